"""How far events are read: what a reader has seen, so that nothing is lost and nothing comes twice."""

import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Self

from pywats.errors import ValidationError

OVERLAP: Final = 10.0
"""Seconds of the past that are read again each time: a row may show only after one with a higher number."""


class Watermark:
    """How far one kind of event is read: all up to ``low``, and what is in ``seen`` of that beyond.

    Args:
        low: the position up to which everything is read.
        seen: the keys of events beyond it that are read, with their positions.
    """

    def __init__(self, low: int, seen: Mapping[str, int] | None = None) -> None:
        self.low = low
        self.seen = dict(seen or {})
        self._heights: deque[tuple[float, int]] = deque()

    def is_new(self, position: int, key: str) -> bool:
        """Whether an event was not read yet; one whose position moved on is a new one."""
        return position > self.low and self.seen.get(key, self.low) < position

    def note(self, position: int, key: str) -> None:
        """Remember that an event is read."""
        if position > self.low:
            self.seen[key] = max(position, self.seen.get(key, position))

    def settle(self, now: float, overlap: float) -> None:
        """Raise ``low`` to the highest position that was read ``overlap`` seconds ago, and forget what lies below."""
        height = max(self.seen.values(), default=self.low)
        if not self._heights or height > self._heights[-1][1]:
            self._heights.append((now, height))
        while self._heights and self._heights[0][0] <= now - overlap:
            self.low = max(self.low, self._heights.popleft()[1])
        if self._heights or self.seen:
            self.seen = {key: position for key, position in self.seen.items() if position > self.low}


class Watermarks:
    """The marks of all kinds that a reader wants.

    Args:
        marks: of each kind.
        clock: seconds that only move forward.
        overlap: seconds of the past that are read again each time.
    """

    def __init__(self, marks: Mapping[str, Watermark], clock: Callable[[], float], overlap: float = OVERLAP) -> None:
        self._marks = dict(marks)
        self._clock = clock
        self._overlap = overlap

    def __getitem__(self, kind: str) -> Watermark:
        return self._marks[kind]

    def note(self, events: Iterable[tuple[str, int, str]]) -> None:
        """Remember that events, each with kind, position and key, are read."""
        for kind, position, key in events:
            self._marks[kind].note(position, key)
        now = self._clock()
        for mark in self._marks.values():
            mark.settle(now, self._overlap)

    def text_with(self, events: Iterable[tuple[str, int, str]]) -> str:
        """What to store once these events are read, too, so that a later reader goes on behind them."""
        seen = {kind: dict(mark.seen) for kind, mark in self._marks.items()}
        for kind, position, key in events:
            if position > self._marks[kind].low:
                seen[kind][key] = position
        return json.dumps({kind: {"low": mark.low, "seen": seen[kind]} for kind, mark in self._marks.items()})

    @classmethod
    def read(cls, text: str, kinds: Iterable[str], clock: Callable[[], float], overlap: float) -> Self:
        """The marks that were stored.

        Raises:
            ValidationError: this is no watermark, or one kind is missing from it.
        """
        try:
            stored: dict[str, Any] = json.loads(text)
            marks = {
                kind: Watermark(
                    int(stored[kind]["low"]), {key: int(position) for key, position in stored[kind]["seen"].items()}
                )
                for kind in kinds
            }
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ValidationError(
                f"since is no watermark of a subscription to {', '.join(kinds)}: {error!r}"
            ) from error
        return cls(marks, clock, overlap)
