"""Checks of a caller's arguments before anything is sent. Each gives the value back, or says the argument's name."""

from contextlib import suppress
from datetime import datetime
from typing import Final, TypeVar, cast
from uuid import UUID

from pywats.errors import ValidationError
from pywats.exchange.wire import OpenIntEnum

T = TypeVar("T", bound=str | None)
E = TypeVar("E", bound=OpenIntEnum)

LARGEST: Final = 2**31 - 1
"""The largest whole number that the server takes."""


def filled(name: str, value: T) -> T:
    """A text that is not empty, or ``None``.

    Raises:
        ValidationError: it is empty.
    """
    if value == "":
        raise ValidationError(f"{name} is empty")
    return value


def whole(name: str, value: int | None, *, least: int = 0) -> int | None:
    """A whole number that the server can hold, from ``least`` on, or ``None``.

    Raises:
        ValidationError: it is smaller or larger.
    """
    if value is not None and not least <= value <= LARGEST:
        raise ValidationError(f"{name} is {value}; it must be from {least} to {LARGEST}")
    return value


def aware(name: str, value: datetime | None) -> datetime | None:
    """A datetime that names an instant, or ``None``.

    Raises:
        ValidationError: it has no zone, so that it would be another instant for the server.
    """
    if value is not None and value.utcoffset() is None:
        raise ValidationError(f"{name} {value} has no time zone; give an aware one such as datetime.now(timezone.utc)")
    return value


def member(name: str, value: E | int | str, kind: type[E]) -> E:
    """A member of an enumeration, given as itself, as its number or as its word. Any number will do, as servers grow.

    Raises:
        ValidationError: it is a word that nobody knows.
    """
    with suppress(ValueError):
        found: E = kind(value)  # type: ignore[arg-type]  # a word will do
        if isinstance(cast("object", found.value), int):
            return found
    raise ValidationError(f"{name} is {value!r}; it must be a number or one of {', '.join(kind.__members__)}")


def guid(name: str, value: UUID | str) -> UUID:
    """A GUID, given as itself or as its text in any form.

    Raises:
        ValidationError: it is none.
    """
    if isinstance(value, UUID):
        return value
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError) as error:
        raise ValidationError(f"{name} is {value!r}; it must be a GUID") from error
