"""Limits of time for very many requests, on one timer.

``asyncio.timeout`` around each request cost a tenth of the request: a timer is made, sorted in and cancelled each time.
Nearly all requests end before their limit, and most have the same one. Limits of one length pass in the order in which
they began, so here each length has a line, and one timer looks after the heads of the lines.
"""

import asyncio
from types import TracebackType
from typing import Any, Final, cast

_FEW: Final = 100
"""Up to so many empty lines are kept."""

Line = dict["TimeLimit", float]
"""Limits in force, in the order in which they pass, each with its instant of the loop's clock."""


class TimeLimits:
    """Makes the limits of one event loop."""

    __slots__ = ("_lines", "_timer")

    def __init__(self) -> None:
        self._lines: dict[float, Line] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """How many limits are in force."""
        return sum(map(len, self._lines.values()))

    def limit(self, seconds: float | None, task: asyncio.Task[Any] | None = None) -> "TimeLimit":
        """A block that ends with ``TimeoutError`` after so many seconds; ``None``: never.

        Args:
            seconds: that it may take.
            task: the one that enters the block, where it is at hand.
        """
        return TimeLimit(self, seconds, task)

    def close(self) -> None:
        """Stop the timer; limits that are in force are so no longer."""
        for line in self._lines.values():
            line.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def begin(self, limit: "TimeLimit", seconds: float, loop: asyncio.AbstractEventLoop) -> Line:
        """Look after a block that begins now; returns the line from which it takes itself when it ends."""
        when = loop.time() + seconds
        line = self._lines.get(seconds)
        if line is None:
            line = self._new_line(seconds)
        line[limit] = when
        if self._timer is None or when < self._timer.when():
            self._set_timer(when, loop)
        return line

    def _new_line(self, seconds: float) -> Line:
        if len(self._lines) > _FEW:  # what is left of a time after a retry is a length of its own
            self._lines = {length: line for length, line in self._lines.items() if line}
        line = self._lines[seconds] = {}
        return line

    def _set_timer(self, when: float, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_at(when, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """End what is due, and come back for the next."""
        self._timer = None
        now = loop.time()
        for line in self._lines.values():
            due = [limit for limit, when in line.items() if when <= now]
            for limit in due:
                del line[limit]
                limit.expire()
        first = min((next(iter(line.values())) for line in self._lines.values() if line), default=None)
        if first is not None:
            self._set_timer(first, loop)


class TimeLimit:
    """One block with a limit; made by `TimeLimits.limit`."""

    __slots__ = ("_before", "_expired", "_limits", "_line", "_seconds", "_task")

    def __init__(self, limits: TimeLimits, seconds: float | None, task: asyncio.Task[Any] | None) -> None:
        self._limits = limits
        self._seconds = seconds
        self._task = task
        self._line: Line | None = None
        self._expired = False

    def expire(self) -> None:
        """End the block."""
        if self._task is not None:
            self._expired = True
            self._task.cancel()

    def __enter__(self) -> None:
        if self._seconds is not None:
            task = self._task or cast("asyncio.Task[Any]", asyncio.current_task())
            self._task = task
            self._before = task.cancelling()
            self._line = self._limits.begin(self, self._seconds, task.get_loop())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        line, task, self._task = self._line, self._task, None
        if line is None or task is None:
            return
        if not self._expired:
            line.pop(self, None)
        # As in asyncio.timeout: a task that somebody else cancelled, too, stays cancelled.
        elif task.uncancel() <= self._before and kind is not None and issubclass(kind, asyncio.CancelledError):
            raise TimeoutError from error
