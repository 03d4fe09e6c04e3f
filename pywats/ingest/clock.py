"""The computer's clock, which people, NTP and flat batteries set, held against one that nobody sets."""

import sys
import time
from collections.abc import Callable

if sys.platform == "linux":

    def uptime() -> float:
        """Return seconds of a clock that nobody sets, and that goes on while the computer sleeps."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

elif sys.platform == "darwin":

    def uptime() -> float:
        """Return seconds of a clock that nobody sets, and that goes on while the computer sleeps."""
        return time.clock_gettime(time.CLOCK_MONOTONIC)

else:
    uptime = time.monotonic


class Clock:
    """Tells the time, and by how much it was set since this was made, or was last trusted.

    Args:
        wall: seconds since 1970.
        steady: seconds of a clock that nobody sets.
    """

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = uptime) -> None:
        self._wall = wall
        self._steady = steady
        self._begun = wall() - steady()

    def now(self) -> float:
        """Return the seconds since 1970."""
        return self._wall()

    @property
    def set_by(self) -> float:
        """By how many seconds the clock was set; it is ahead of where it would be where this is positive."""
        return self._wall() - self._steady() - self._begun

    def trust(self) -> None:
        """Take what the clock shows now for right."""
        self._begun = self._wall() - self._steady()
