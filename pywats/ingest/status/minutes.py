"""What happened in each of the last minutes."""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

KEPT: Final = 12 * 60
"""Minutes that are remembered."""


@dataclass(slots=True)
class Minute:
    """One minute.

    Attributes:
        waiting: reports in the spool, at the most.
        uploaded: reports that the server took.
        troubled: files and reports that a person has to look at.
        passed: by source: reports of passed tests that came.
        failed: by source: reports of failed tests that came.
    """

    waiting: int = 0
    uploaded: int = 0
    troubled: int = 0
    passed: Counter[str] = field(default_factory=Counter[str])
    failed: Counter[str] = field(default_factory=Counter[str])


class Minutes:
    """A ring of minutes, the newest last; it grows no further than ``kept``, whatever comes.

    Args:
        clock: seconds of a clock that nobody sets.
        kept: minutes.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, kept: int = KEPT) -> None:
        self._clock = clock
        self._ring: deque[Minute] = deque([Minute()], maxlen=kept)
        self._begun = self._number()

    @property
    def current(self) -> Minute:
        """Return the minute that runs; those in which nothing happened have as much waiting as the one before."""
        return self._up_to_now()[-1]

    def all(self) -> list[Minute]:
        """Return every minute that is remembered, the running one last."""
        return list(self._up_to_now())

    def resume(self, former: Sequence[Minute], ago: int) -> None:
        """Go on after the minutes of a former ring, whose last one ran so many minutes ago."""
        self._ring = deque(former, maxlen=self._ring.maxlen)
        self._begun = self._number() - ago

    def last(self, count: int) -> list[Minute]:
        """Return so many minutes, the running one last; those before the first are empty."""
        found = self.all()[-count:]
        return [Minute() for _ in range(count - len(found))] + found

    def hours(self, count: int) -> Iterator[Minute]:
        """Yield the sums of so many hours back from now, the latest last."""
        minutes = self.last(count * 60)
        for begin in range(0, len(minutes), 60):
            total = Minute()
            for minute in minutes[begin : begin + 60]:
                total.uploaded += minute.uploaded
                total.troubled += minute.troubled
                total.passed.update(minute.passed)
                total.failed.update(minute.failed)
                total.waiting = max(total.waiting, minute.waiting)
            yield total

    def _up_to_now(self) -> deque[Minute]:
        passed = self._number() - self._begun
        self._begun += passed
        for _ in range(min(passed, self._ring.maxlen or passed)):
            self._ring.append(Minute(waiting=self._ring[-1].waiting))
        return self._ring

    def _number(self) -> int:
        return int(self._clock() // 60)
