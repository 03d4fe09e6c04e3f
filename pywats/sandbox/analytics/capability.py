"""Statistics of measured values, and the capability of the process that made them.

Mean, sample standard deviation and capability indices as in D. C. Montgomery, *Introduction to Statistical Quality
Control* (6th edition, chapter 8): Cp = (USL - LSL) / 6s, Cpu = (USL - mean) / 3s, Cpl = (mean - LSL) / 3s, and Cpk is
the lesser of the last two. Towards a limit that is not there, and without any spread, there is no index.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_BOTH = frozenset(("GTLT", "GELE", "GELT", "GTLE"))
_LOWER = frozenset(("GT", "GE"))
_UPPER = frozenset(("LT", "LE"))


@dataclass(frozen=True, slots=True)
class Statistics:
    """What is known of some values; what cannot be said of so few is ``None``."""

    count: int
    least: float | None = None
    greatest: float | None = None
    mean: float | None = None
    variance: float | None = None
    deviation: float | None = None
    cp: float | None = None
    cpl: float | None = None
    cpu: float | None = None
    cpk: float | None = None
    three_below: float | None = None
    three_above: float | None = None


def statistics_of(values: Sequence[float], lower: float | None, upper: float | None) -> Statistics:
    """Return the statistics of values that should lie between two specification limits."""
    count = len(values)
    if not count:
        return Statistics(0)
    try:
        mean = math.fsum(values) / count
        variance = math.fsum((value - mean) ** 2 for value in values) / (count - 1) if count > 1 else None
    except OverflowError:  # the values lie too far apart for numbers of this size
        return Statistics(count, min(values), max(values))
    if variance is None:
        return Statistics(1, values[0], values[0], mean)
    s = math.sqrt(variance)
    cpl = (mean - lower) / (3 * s) if s and lower is not None else None
    cpu = (upper - mean) / (3 * s) if s and upper is not None else None
    cp = (upper - lower) / (6 * s) if s and upper is not None and lower is not None else None
    cpk = min((each for each in (cpl, cpu) if each is not None), default=None)
    around = (mean - 3 * s, mean + 3 * s)
    return Statistics(count, min(values), max(values), mean, variance, s, cp, cpl, cpu, cpk, *around)


def specification(operator: str | None, low: float | None, high: float | None) -> tuple[float | None, float | None]:
    """Return the lower and the upper specification limit of a comparison; one limit alone stands in ``low``."""
    operator = (operator or "").upper()
    if operator in _BOTH:
        return low, high
    return low if operator in _LOWER else None, low if operator in _UPPER else None
