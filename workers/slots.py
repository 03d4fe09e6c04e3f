"""A fixed set of slots, such as a pool's connections: who gets a freed one, and how many long transfers may hold."""

import asyncio
import itertools
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from types import TracebackType

from workers.lanes import Lane, Lanes, Turns


@dataclass(frozen=True, slots=True)
class SlotsStatistics:
    """A set of slots at one moment."""

    capacity: int
    held: int
    held_long: int
    waiting_interactive: int
    waiting_bulk: int
    allowed: int = 0
    """How many may be held now."""


@dataclass(eq=False, slots=True)
class _Waiter:
    number: int  # in order of arrival
    given: asyncio.Future[None]
    long: bool


class Slots:
    """So many slots, each held by one piece of work at a time.

    A freed slot goes to an interactive waiter first, and to a bulk one every eighth time while both wait; within a lane
    the first to come is the first to go. Long work, such as a download, holds at most half of the slots (of a single
    slot: that one), so that a short call never waits for transfers alone. A set of slots belongs to one event loop.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"there must be 1 slot or more, not {capacity}")
        self.capacity = capacity
        self.allowed = capacity
        self.long_capacity = max(1, capacity // 2)
        self._held = 0
        self._held_long = 0
        self._short: Lanes[_Waiter] = Lanes()
        self._long: Lanes[_Waiter] = Lanes()
        self._turns = Turns()
        self._arrivals = itertools.count()

    def hold(self, lane: Lane = Lane.INTERACTIVE, *, long: bool = False) -> AbstractAsyncContextManager[None]:
        """Return what holds a slot while in an ``async with`` block; entering the block waits for a free one."""
        return _Hold(self, lane, long=long)

    def statistics(self) -> SlotsStatistics:
        """Return the numbers of this moment."""
        interactive, bulk = (self._short.waiting(lane) + self._long.waiting(lane) for lane in Lane)
        return SlotsStatistics(self.capacity, self._held, self._held_long, interactive, bulk, self.allowed)

    async def take(self, lane: Lane, *, long: bool) -> None:
        """Wait for a slot and hold it; `hold` gives it back by itself."""
        if self.take_now(long=long):
            return
        waiter = _Waiter(next(self._arrivals), asyncio.get_running_loop().create_future(), long)
        line = self._long if long else self._short
        line.push(waiter, lane)
        try:
            await waiter.given
        except BaseException:
            was_waiting = line.discard(waiter)
            if not was_waiting and not waiter.given.cancelled():
                self.give_back(long=long)
            raise

    def take_now(self, *, long: bool) -> bool:
        """Hold a slot if one is free now; ``False``: use `take`."""
        # While a slot is free nobody waits who could use it: so nobody is overtaken here.
        if not self._is_free(long=long):
            return False
        self._hold(long=long)
        return True

    def give_back(self, *, long: bool) -> None:
        """Free a slot that was taken, and hand it on."""
        self._held -= 1
        self._held_long -= long
        self._hand_on()

    def allow(self, count: int) -> None:
        """Have no more than so many held from now on, however many there are; those that are held stay so."""
        self.allowed = min(count, self.capacity)
        self._hand_on()

    @property
    def held(self) -> int:
        """How many are held."""
        return self._held

    def _hand_on(self) -> None:
        while (self._short or self._long) and (waiter := self._next()):
            if not waiter.given.done():
                self._hold(long=waiter.long)
                waiter.given.set_result(None)

    def _is_free(self, *, long: bool) -> bool:
        return self._held < self.allowed and not (long and self._held_long >= self.long_capacity)

    def _hold(self, *, long: bool) -> None:
        self._held += 1
        self._held_long += long

    def _next(self) -> _Waiter | None:
        """Take the waiter whose turn it is out of its line, if a slot is free for it."""
        lines = [line for line, long in ((self._short, False), (self._long, True)) if self._is_free(long=long)]
        heads = [[waiter for line in lines if (waiter := line.peek(lane))] for lane in Lane]
        interactive, bulk = map(bool, heads)
        if not (interactive or bulk):
            return None
        waiter = min(heads[self._turns.take(interactive=interactive, bulk=bulk)], key=lambda head: head.number)
        (self._long if waiter.long else self._short).discard(waiter)
        return waiter


class _Hold(AbstractAsyncContextManager[None]):
    __slots__ = ("_lane", "_long", "_slots")

    def __init__(self, slots: Slots, lane: Lane, *, long: bool) -> None:
        self._slots = slots
        self._lane = lane
        self._long = long

    async def __aenter__(self) -> None:
        await self._slots.take(self._lane, long=self._long)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._slots.give_back(long=self._long)
