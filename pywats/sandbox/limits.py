"""How many requests come in, and how many are let through."""

import math
from collections import deque
from collections.abc import Iterable

from pywats.errors import ConfigurationError
from workers.limiter import RateLimit

MAX_STARTS = 1_000_000
"""So many arrivals are remembered."""


def rate_limit(value: "RateLimit | str | tuple[int, float] | None") -> RateLimit | None:
    """Return a rate limit from any of its forms: ``500/60s``, a pair of number and seconds, or ready.

    Raises:
        ConfigurationError: it is none.
    """
    if value is None or isinstance(value, RateLimit):
        return value
    try:
        return RateLimit.parse(value) if isinstance(value, str) else RateLimit(*value)
    except Exception as error:
        raise ConfigurationError(f"rate limit {value!r}: is requests per time, such as 500/60s") from error


class Gate:
    """Lets at most ``rate`` requests through in any window of ``period`` seconds."""

    def __init__(self, limit: RateLimit | None) -> None:
        self._limit = limit
        self._passed: deque[float] = deque()

    def wait(self, now: float) -> float:
        """Return 0 and count the request, or how many seconds from ``now`` the next one may pass."""
        if self._limit is None:
            return 0.0
        while self._passed and self._passed[0] <= now - self._limit.period:
            self._passed.popleft()
        if len(self._passed) < self._limit.rate:
            self._passed.append(now)
            return 0.0
        return max(self._passed[0] + self._limit.period - now, math.ulp(now))


def most_in_window(starts: Iterable[float], period: float) -> int:
    """Return the most starts, given in order, that any window of ``period`` seconds holds; it is open at one end."""
    window: deque[float] = deque()
    most = 0
    for start in starts:
        window.append(start)
        while window[0] <= start - period:
            window.popleft()
        most = max(most, len(window))
    return most
