"""Rows of any kind as columns: mappings, models, data classes, single values, and tables of pandas, polars or Arrow."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

from pywats.config.problems import nearest
from pywats.errors import ValidationError
from pywats.tables.columns import record_of

Rows = Iterable[Any]
"""What a chart is drawn of: rows, or a table of pandas, polars or Arrow."""

_LARGEST: Final = 1e100
"""Beyond it axes have no room for the digits, nor floats for the squares."""


def columns_of(rows: Rows, names: Sequence[str]) -> list[tuple[Any, ...]]:
    """Return what each row has in these columns; ``None`` where it has nothing.

    Raises:
        ValidationError: there are rows, and none of them has such a column.
    """
    found: list[tuple[Any, ...]] = []
    seen: dict[str, None] = {}
    for record in _records(rows, names):
        seen.update(dict.fromkeys(record))
        found.append(tuple(record.get(name) for name in names))
    for name in names if found else ():
        if name not in seen:
            raise ValidationError(f"the rows have no column {name}{nearest(name, seen)}; they have {', '.join(seen)}")
    return found


def number_of(value: Any, name: str) -> float | None:
    """Return a value as a number that can be drawn, or ``None`` where there is none: nothing, NaN or infinity.

    Raises:
        ValidationError: it is something else.
    """
    if value is None:
        return None
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = None
    if number is None or isinstance(value, bool):
        raise ValidationError(f"{name} holds {value!r}, which is no number")
    if not math.isfinite(number):
        return None
    if abs(number) > _LARGEST:
        raise ValidationError(f"{name} holds {number:g}, which is too large to draw; leave such rows out")
    return number


def _records(rows: Any, names: Sequence[str]) -> Any:
    """Return rows as mappings. A table is known by the method that gives its rows."""
    if hasattr(rows, "to_pylist"):  # Arrow
        return rows.to_pylist()
    if hasattr(rows, "to_dicts"):  # polars
        return rows.to_dicts()
    if hasattr(rows, "notna"):  # pandas, whose missing values compare with nothing
        wanted = rows[[name for name in rows.columns if name in names]] if set(names) <= set(rows.columns) else rows
        return wanted.astype(object).where(wanted.notna(), None).to_dict("records")
    return map(record_of, rows)
