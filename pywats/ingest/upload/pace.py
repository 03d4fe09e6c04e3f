"""How fast a backlog may go: at half of the rate, so that the server has room for what is tested now."""

import random
from collections.abc import Callable
from typing import Final

from workers import RateLimit

SHARE: Final = 0.5
JITTER: Final = 1.0
"""Seconds within which a backlog begins: forty stations that come back at once do not begin in the same moment."""

_TINY: Final = 1e-9
"""What rounding may keep back: after the wait that was named one may go."""


class Pace:
    """An allowance that grows by half of the rate, up to a second's worth.

    Args:
        limit: the rate of the whole client; ``None`` for no limit.
        clock: seconds of a clock that only goes forward.
    """

    def __init__(self, limit: RateLimit | None, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._rate = None if limit is None else SHARE * limit.rate / limit.period
        self._most = max(1.0, self._rate or 0.0)
        self._allowed = self._most
        self._at = clock() + random.uniform(0.0, JITTER)

    def room(self) -> int | None:
        """Return how many reports of the backlog may go now; ``None`` for as many as there are."""
        now = self._clock()
        if now < self._at:
            return 0
        if self._rate is None:
            return None
        self._allowed = min(self._most, self._allowed + (now - self._at) * self._rate)
        self._at = now
        return int(self._allowed + _TINY)

    def take(self, count: int) -> None:
        """Count reports of the backlog that go."""
        self._allowed -= count

    def wait(self) -> float:
        """Return in how many seconds one may go."""
        missing = 0.0 if self._rate is None else max(0.0, 1.0 - self._allowed) / self._rate
        return max(0.0, self._at - self._clock()) + missing
