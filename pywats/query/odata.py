"""OData filters as text. Values are written as literals, quoted and escaped; they are never pasted.

Every function returns the text of a condition, to be given as ``filter`` or ``odata_filter`` or put into another one:
``and_(eq("partNumber", "O'Brien"), ge("start", since))``.
"""

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Final
from uuid import UUID

from pywats.errors import ValidationError

Value = str | bool | int | float | Decimal | UUID | datetime | Enum | None
"""What a field can be compared with."""

_FIELD: Final = re.compile(r"[A-Za-z_]\w*(/[A-Za-z_]\w*)*", re.ASCII)


class _Atom(str):
    """A condition that needs no parentheses inside another one."""

    __slots__ = ()


def eq(field: str, value: Value) -> str:
    """The field equals the value."""
    return _compared(field, "eq", value)


def ne(field: str, value: Value) -> str:
    """The field differs from the value."""
    return _compared(field, "ne", value)


def gt(field: str, value: Value) -> str:
    """The field is greater than the value."""
    return _compared(field, "gt", value)


def ge(field: str, value: Value) -> str:
    """The field is the value or greater."""
    return _compared(field, "ge", value)


def lt(field: str, value: Value) -> str:
    """The field is less than the value."""
    return _compared(field, "lt", value)


def le(field: str, value: Value) -> str:
    """The field is the value or less."""
    return _compared(field, "le", value)


def in_(field: str, values: Iterable[Value]) -> str:
    """The field is one of the values, of which there must be at least one."""
    listed = ",".join(literal(value) for value in values)
    if not listed:
        raise ValidationError(f"in_ needs at least one value to compare {field} with")
    return _Atom(f"{_field(field)} in ({listed})")


def startswith(field: str, text: str) -> str:
    """The field begins with the text."""
    return _Atom(f"startswith({_field(field)},{literal(text)})")


def endswith(field: str, text: str) -> str:
    """The field ends with the text."""
    return _Atom(f"endswith({_field(field)},{literal(text)})")


def contains(field: str, text: str) -> str:
    """The field has the text somewhere in it."""
    return _Atom(f"contains({_field(field)},{literal(text)})")


def and_(*conditions: str | None) -> str | None:
    """All conditions hold. ``None`` and empty ones do not count; ``None`` if there are no others."""
    return _joined(" and ", conditions)


def or_(*conditions: str | None) -> str | None:
    """At least one condition holds. ``None`` and empty ones do not count; ``None`` if there are no others."""
    return _joined(" or ", conditions)


def not_(condition: str) -> str:
    """The condition does not hold."""
    return _Atom(f"not ({condition})")


def any_(collection: str, condition: str) -> str:
    """At least one item of a collection meets a condition, in which the item is called ``x``.

    ``any_("subUnits", eq("x/partNumber", "PCB-7"))``
    """
    return _Atom(f"{_field(collection)}/any(x: {condition})")


def literal(value: Value) -> str:
    """A value as OData writes it: text in quotes, ``null``, and all else bare; an instant is written in UTC.

    Raises:
        ValidationError: a datetime without a zone, a bare date, or a number that is not finite.
    """
    if isinstance(value, Enum):
        return literal(value.value)
    if value is None:
        return "null"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, (float, Decimal)) and not math.isfinite(value):
        raise ValidationError(f"{value} is no number that a filter can compare with")
    if not isinstance(value, (int, float, Decimal, UUID)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValidationError(f"a filter cannot compare with {value!r}; a day needs a time and a zone")
    return str(value)


def instant(value: datetime) -> str:
    """An instant in UTC, such as ``2026-01-31T12:00:00Z``, with its fraction of a second if it has one.

    Raises:
        ValidationError: the datetime has no zone, so that it would be another instant for the server.
    """
    if value.utcoffset() is None:
        raise ValidationError(
            f"{value.isoformat()} has no time zone; give a datetime such as datetime.now(timezone.utc)"
        )
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _compared(field: str, operator: str, value: Value) -> str:
    return _Atom(f"{_field(field)} {operator} {literal(value)}")


def _field(name: str) -> str:
    if not _FIELD.fullmatch(name):
        raise ValidationError(f"{name!r} is no field name for a filter")
    return name


def _joined(word: str, conditions: Iterable[str | None]) -> str | None:
    parts: list[str] = []
    for condition in conditions:
        if condition is not None and not isinstance(condition, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ValidationError(f"the filter is {condition!r}; it must be a condition in OData, as a text")
        if condition and not condition.isspace():
            parts.append(condition)
    if len(parts) <= 1:
        return parts[0] if parts else None
    return word.join(part if isinstance(part, _Atom) else f"({part})" for part in parts)
