"""Two waiting lines served as one: interactive first, and bulk never starved."""

from collections import OrderedDict
from enum import IntEnum
from typing import Final, Generic, TypeVar

T = TypeVar("T")

BULK_EVERY: Final = 8
"""While both lanes wait, one turn in this many is bulk's."""


class Lane(IntEnum):
    """How urgent something is; the lower number goes first."""

    INTERACTIVE = 0
    BULK = 1


class Turns:
    """Whose turn it is: interactive's, but every eighth one is bulk's while both wait."""

    __slots__ = ("_in_a_row",)

    def __init__(self) -> None:
        self._in_a_row = 0  # interactive turns taken while bulk was waiting, since bulk's last

    def take(self, *, interactive: bool, bulk: bool) -> Lane:
        """Return the lane to serve now, given which lanes have somebody waiting (at least one must), and count it."""
        if bulk and not (interactive and self._in_a_row < BULK_EVERY - 1):
            self._in_a_row = 0
            return Lane.BULK
        if bulk:
            self._in_a_row += 1
        return Lane.INTERACTIVE


class Lanes(Generic[T]):
    """A queue of two lanes: first in, first out within a lane, `Turns` between them.

    Items are told apart by identity, so they need no hash and no equality; the same object waits at most once.
    Every operation takes constant time, so a thousand waiters that give up at once cost a thousand steps.
    Not thread-safe: one event loop owns it.
    """

    __slots__ = ("_bulk", "_interactive", "_lanes", "_turns")

    def __init__(self) -> None:
        self._interactive: OrderedDict[int, T] = OrderedDict()
        self._bulk: OrderedDict[int, T] = OrderedDict()
        self._lanes = (self._interactive, self._bulk)
        self._turns = Turns()

    def __len__(self) -> int:
        return len(self._interactive) + len(self._bulk)

    def __bool__(self) -> bool:
        return bool(self._interactive or self._bulk)

    def waiting(self, lane: Lane) -> int:
        """Return how many items wait in one lane."""
        return len(self._lanes[lane])

    def push(self, item: T, lane: Lane = Lane.INTERACTIVE) -> None:
        """Put an item at the end of a lane; an item that already waits is a `ValueError`."""
        key = id(item)
        if key in self._interactive or key in self._bulk:
            raise ValueError(f"it waits already: {item!r}")
        self._lanes[lane][key] = item

    def peek(self, lane: Lane) -> T | None:
        """Return the item that is first in a lane and leave it there, or ``None``."""
        return next(iter(self._lanes[lane].values()), None)

    def pop(self) -> T:
        """Take out the item whose turn it is; `IndexError` when nothing waits."""
        if not self:
            raise IndexError("nothing waits")
        if not self._bulk:  # as nearly always; then a turn is not counted
            return self._interactive.popitem(last=False)[1]
        lane = self._turns.take(interactive=bool(self._interactive), bulk=True)
        return self._lanes[lane].popitem(last=False)[1]

    def discard(self, item: T) -> bool:
        """Take an item out, wherever it stands; return whether it was waiting."""
        key = id(item)
        for queue in self._lanes:
            if key in queue:
                del queue[key]
                return True
        return False

    def drain(self) -> list[T]:
        """Take out everything: interactive first, each lane in its order."""
        items = [item for queue in self._lanes for item in queue.values()]
        for queue in self._lanes:
            queue.clear()
        return items
