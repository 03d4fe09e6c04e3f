"""Measured values with their limits, as rows have them."""

from collections.abc import Sequence
from dataclasses import dataclass

from pywats.errors import ValidationError
from pywats.plots.rows import Rows, columns_of, number_of

Limit = float | str
"""A limit: a number, or the name of the column that holds it."""


@dataclass(frozen=True)
class Sample:
    """Values of one thing that was measured.

    Attributes:
        values: that were measured.
        missing: rows that have none: nothing, NaN or infinity.
        low: the limit below, if there is one.
        high: the limit above, if there is one.
        unit: of the values, if it is known.
    """

    values: Sequence[float]
    missing: int = 0
    low: float | None = None
    high: float | None = None
    unit: str | None = None

    def __post_init__(self) -> None:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValidationError(f"the low limit, {self.low:g}, lies above the high one, {self.high:g}")


def sample_of(rows: Rows, value: str, low: Limit | None, high: Limit | None, unit: str | None) -> Sample:
    """Return the values of rows.

    Args:
        rows: with one measurement each.
        value: the column of the values.
        low: the limit below, or its column.
        high: the limit above, or its column.
        unit: the column of the unit.

    Raises:
        ValidationError: the rows lack a column, or are of things with different limits or units.
    """
    named = [value, *(name for name in (low, high, unit) if isinstance(name, str))]
    rows_found = columns_of(rows, named)
    by_name: dict[str, list[object]] = {name: [row[place] for row in rows_found] for place, name in enumerate(named)}
    values = [number for each in by_name[value] if (number := number_of(each, value)) is not None]
    units = sorted({str(each) for each in by_name[unit] if each not in (None, "")}) if unit else []
    if len(units) > 1:
        raise ValidationError(f"the rows have different units, {' and '.join(units[:3])}; draw those of one")
    return Sample(
        values,
        len(rows_found) - len(values),
        _limit(low, "low", by_name),
        _limit(high, "high", by_name),
        units[0] if units else None,
    )


def _limit(limit: Limit | None, which: str, by_name: dict[str, list[object]]) -> float | None:
    if limit is None or not isinstance(limit, str):
        return number_of(limit, which)
    found = sorted({number for each in by_name[limit] if (number := number_of(each, limit)) is not None})
    if len(found) > 1:
        some = " and ".join(f"{each:g}" for each in found[:3])
        raise ValidationError(
            f"{limit} has different values, {some}; draw the rows of one limit, or give {which} as a number"
        )
    return found[0] if found else None
