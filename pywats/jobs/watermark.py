"""How far a job has read a list that only grows."""

import heapq
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Self

from pywats.jobs.rows import Record, RowError

OVERLAP: Final = 1000
"""Rows that are read again in the next run: the server may show a row only after one with a higher position."""

Position = int | float | str


class Watermark:
    """What is read of a list: everything up to ``low``, and the rows in ``recent``, which lie beyond.

    Args:
        low: the position up to which everything is read; ``None`` while there is no such.
        recent: the rows beyond, their positions by their keys.
    """

    def __init__(self, low: Position | None = None, recent: Mapping[str, Position] | None = None) -> None:
        self.low = low
        self._start = low  # rows may come in any order, so what is passed in this run drops none of it
        self._known = dict(recent or {})
        self._recent = dict(self._known)
        self._heap = [(_order(position), key, position) for key, position in self._recent.items()]
        heapq.heapify(self._heap)
        self._highest = max((order for order, _, _ in self._heap), default=(-math.inf, ""))

    @property
    def height(self) -> Position | None:
        """The highest position that was read."""
        return max(self._recent.values(), key=_order, default=self.low)

    def take(self, row: Record, by: str, key: str) -> bool:
        """Remember a row; say whether it is new. One that has moved on since it was read is new.

        Raises:
            RowError: it has no position, or no key.
        """
        position, name = row.get(by), row.get(key)
        if position is None or name is None:
            raise RowError(f"a row has no {by if position is None else key}, which resume needs")
        name, order = str(name), _order(position)
        if self._start is not None and order <= _order(self._start):
            return False
        if any(name in seen and _order(seen[name]) >= order for seen in (self._known, self._recent)):
            return False
        self._recent[name] = position
        heapq.heappush(self._heap, (order, name, position))
        self._highest = max(self._highest, order)
        self._pass()
        return True

    def _pass(self) -> None:
        """Raise ``low`` over what lies far behind; rows of one position are passed together."""
        while len(self._recent) > OVERLAP and self._heap[0][0] < self._highest:
            order = self._heap[0][0]
            while self._heap[0][0] == order:
                _, name, passed = heapq.heappop(self._heap)
                if self._recent.get(name) == passed:
                    del self._recent[name]
                    if self.low is None or _order(self.low) < order:
                        self.low = passed

    def as_json(self) -> dict[str, Any]:
        """Return it as a file can keep it."""
        return {"low": self.low, "recent": self._recent}

    @classmethod
    def of_json(cls, kept: dict[str, Any]) -> Self:
        """Return what ``as_json`` gave."""
        return cls(kept["low"], kept["recent"])


def _order(position: Position) -> tuple[float, str]:
    """Numbers by their value, times by the instant, other texts by their letters."""
    if isinstance(position, str):
        try:
            return datetime.fromisoformat(position).timestamp(), ""
        except ValueError:
            return 0.0, position
    return position, ""
