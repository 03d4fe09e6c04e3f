"""Limits of time for very many requests, on one timer.

``asyncio.timeout`` around each request cost a tenth of the request: a timer is made, sorted in and cancelled each time.
Nearly all requests end before their limit, so here a limit is a note, and one timer looks after the earliest of them.
"""

import asyncio
import heapq
from types import TracebackType
from typing import Any, Final, cast

_FEW: Final = 100
"""Up to so many notes of requests that have ended are kept; beyond, at most as many as there are live ones."""


class TimeLimits:
    """Makes the limits of one event loop."""

    __slots__ = ("_ended", "_latest", "_notes", "_timer")

    def __init__(self) -> None:
        self._notes: list[tuple[float, int, TimeLimit]] = []
        self._latest = 0
        self._ended = 0
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """How many notes are kept, those of ended blocks among them."""
        return len(self._notes)

    def limit(self, seconds: float | None) -> "TimeLimit":
        """A block that ends with ``TimeoutError`` after so many seconds; ``None``: never."""
        return TimeLimit(self, seconds)

    def close(self) -> None:
        """Stop the timer; limits that are in force are so no longer."""
        self._notes.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def note(self, limit: "TimeLimit", seconds: float, loop: asyncio.AbstractEventLoop) -> None:
        """Look after a block that begins now."""
        when = loop.time() + seconds
        self._latest += 1
        heapq.heappush(self._notes, (when, self._latest, limit))
        if self._timer is None or when < self._timer.when():
            self._set_timer(when, loop)

    def forget_one(self) -> None:
        """Take note that a block has ended; its note goes when there are too many such."""
        self._ended += 1
        if self._ended > _FEW and self._ended * 2 > len(self._notes):
            self._notes = [note for note in self._notes if note[2].task is not None]
            heapq.heapify(self._notes)
            self._ended = 0

    def _set_timer(self, when: float, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_at(when, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """End what is due, and come back for the next."""
        self._timer = None
        now = loop.time()
        while self._notes:
            when, _, limit = self._notes[0]
            if limit.task is None:
                self._ended -= 1
            elif when <= now:
                limit.expire()
            else:
                self._set_timer(when, loop)
                return
            heapq.heappop(self._notes)


class TimeLimit:
    """One block with a limit; made by `TimeLimits.limit`. ``task`` is the task inside, while it is."""

    __slots__ = ("_before", "_expired", "_limits", "_seconds", "task")

    def __init__(self, limits: TimeLimits, seconds: float | None) -> None:
        self._limits = limits
        self._seconds = seconds
        self._expired = False
        self._before = 0
        self.task: asyncio.Task[Any] | None = None

    def expire(self) -> None:
        """End the block."""
        if self.task is not None:
            self._expired = True
            self.task.cancel()

    def __enter__(self) -> None:
        if self._seconds is not None:
            self.task = task = cast("asyncio.Task[Any]", asyncio.current_task())
            self._before = task.cancelling()
            self._limits.note(self, self._seconds, task.get_loop())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task, self.task = self.task, None
        if task is None:
            return
        if not self._expired:
            self._limits.forget_one()
        # As in asyncio.timeout: a task that somebody else cancelled, too, stays cancelled.
        elif task.uncancel() <= self._before and kind is not None and issubclass(kind, asyncio.CancelledError):
            raise TimeoutError from error
