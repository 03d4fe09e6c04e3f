"""Process capability: how well the spread of a process fits between its limits."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pywats.plots.rows import number_of
from pywats.plots.sample import Sample


@dataclass(frozen=True)
class Capability:
    """The capability of a process for one characteristic.

    An index that cannot be computed is ``None``, and ``note`` says why.

    Attributes:
        count: of the values.
        missing: values that were left out: nothing, NaN or infinity.
        outside: values beyond a limit.
        mean: of the values.
        deviation: their standard deviation, of the sample (n - 1).
        low: the limit below.
        high: the limit above.
        cp: of both limits; it takes no notice of where the mean lies.
        cpl: towards the limit below.
        cpu: towards the limit above.
        cpk: the lesser of the two; of a single limit the only one.
        note: why an index is missing.
    """

    count: int
    missing: int = 0
    outside: int = 0
    mean: float | None = None
    deviation: float | None = None
    low: float | None = None
    high: float | None = None
    cp: float | None = None
    cpl: float | None = None
    cpu: float | None = None
    cpk: float | None = None
    note: str = ""


def process_capability(
    values: Iterable[float | None], *, low: float | None = None, high: float | None = None
) -> Capability:
    """Return the capability indices Cp and Cpk of values.

    With the mean m and the standard deviation s of the values, and the limits L and U::

        Cp  = (U - L) / 6 s
        CpL = (m - L) / 3 s      CpU = (U - m) / 3 s
        Cpk = min(CpL, CpU)

    after D. C. Montgomery, *Introduction to Statistical Quality Control*, section "Process Capability Ratios", and
    ISO 22514-2 for a characteristic with a normal distribution. s is that of all values, ``sqrt(Σ(x - m)² / (n - 1))``;
    where a process is not known to be stable, both call the same figures performance indices, Pp and Ppk. One limit
    alone gives Cpk and no Cp. Fewer than two values, values without any spread, and no limit give no index.

    Args:
        values: that were measured; nothing, NaN and infinity are left out and counted.
        low: the limit below.
        high: the limit above.

    Raises:
        ValidationError: a value or a limit is no number, or the low limit lies above the high one.
    """
    given = list(values)
    kept = [number for each in given if (number := number_of(each, "values")) is not None]
    return capability_of(Sample(kept, len(given) - len(kept), number_of(low, "low"), number_of(high, "high")))


def capability_of(sample: Sample) -> Capability:
    """Return the capability indices of a sample."""
    values, low, high = sample.values, sample.low, sample.high
    if not values:
        return Capability(0, sample.missing, low=low, high=high, note="no values")
    mean, deviation = _moments(values)
    cpl = None if low is None or not deviation else (mean - low) / (3 * deviation)
    cpu = None if high is None or not deviation else (high - mean) / (3 * deviation)
    return Capability(
        len(values),
        sample.missing,
        sum((low is not None and each < low) or (high is not None and each > high) for each in values),
        mean,
        deviation,
        low,
        high,
        cp=None if low is None or high is None or not deviation else (high - low) / (6 * deviation),
        cpl=cpl,
        cpu=cpu,
        cpk=min((each for each in (cpl, cpu) if each is not None), default=None),
        note=_note(sample, deviation),
    )


def _moments(values: Sequence[float]) -> tuple[float, float | None]:
    """Return the mean, and the standard deviation of the sample where there are two values or more."""
    if min(values) == max(values):  # rounding would give equal values a spread
        return values[0], 0.0 if len(values) > 1 else None
    mean = math.fsum(values) / len(values)
    return mean, math.hypot(*(each - mean for each in values)) / math.sqrt(len(values) - 1)


def _note(sample: Sample, deviation: float | None) -> str:
    if deviation is None:
        return "a single value has no spread: no Cp, no Cpk"
    if sample.low is None and sample.high is None:
        return "no limits: no Cp, no Cpk"
    if not deviation:
        return "all values are equal: no Cp, no Cpk"
    return "one limit: no Cp" if sample.low is None or sample.high is None else ""
