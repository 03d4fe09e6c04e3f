"""How many starts a server allows: a number in a period, and the pace; and how far that is used at one moment."""

import math
import re
from dataclasses import dataclass
from typing import Final, Self

PACE: Final = 6.0
"""The pace, unless set, as a multiple of the mean rate."""

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_RATE: Final = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*/\s*(\d{1,9}(?:\.\d{1,9})?)?\s*(ms|s|m|h)\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most ``rate`` starts in any ``period`` of seconds, no faster than ``pace`` starts per second.

    Without a ``pace`` it is six times the mean rate: 50 per second for 500 per 60 s.
    """

    rate: int
    period: float
    pace: float | None = None

    def __post_init__(self) -> None:
        """Refuse numbers that make no limit."""
        if self.rate < 1:
            raise ValueError(f"the rate must be 1 or more, not {self.rate}")
        for name, value in (("period", self.period), ("pace", self.pace)):
            if value is not None and not 0 < value < math.inf:
                raise ValueError(f"the {name} must be a number above 0, not {value}")

    @classmethod
    def parse(cls, text: str, pace: str | None = None) -> Self:
        """Read ``500/60s``, with a pace such as ``50/s`` if one is given.

        The units are ms, s, m and h; a unit alone means one of it. A rate is a whole number, a pace may have a
        fraction. Anything else is a `ValueError` that says what is allowed.
        """
        count, period = _read(text, "rate", "500/60s")
        if not count.is_integer():
            raise ValueError(f"a rate counts whole starts, not {count:g}: write 83/10s for 8.3/s")
        if pace is None:
            return cls(int(count), period)
        paced, seconds = _read(pace, "pace", "50/s")
        return cls(int(count), period, paced / seconds)

    @property
    def starts_per_second(self) -> float:
        """The pace in force."""
        return PACE * self.rate / self.period if self.pace is None else self.pace

    def __str__(self) -> str:
        """Write it as `parse` reads it."""
        pace = "" if self.pace is None else f", pace {self.pace:.12g}/s"
        return f"{self.rate}/{self.period:.12g}s{pace}"


@dataclass(frozen=True, slots=True)
class LimiterStatistics:
    """A limiter at one moment."""

    limit: RateLimit | None
    started: int
    waiting_interactive: int
    waiting_bulk: int
    gate_closed_for: float
    gate_closings: int
    share: float = 1.0  # of the limit; less than 1 after `slow_down`


def _read(text: str, what: str, example: str) -> tuple[float, float]:
    """Return the count and the seconds of a text such as ``500/60s``."""
    match = _RATE.fullmatch(text)
    if match is None:
        raise ValueError(f"not a {what}: {text!r}; write it as {example}, with one of the units ms, s, m, h")
    count, number, unit = match.groups()
    seconds = float(number or 1) * _UNITS[unit]
    if not seconds:
        raise ValueError(f"the period of a {what} must be more than 0: {text!r}")
    return float(count), seconds
