"""The small rules that every object of a report is checked by: types, lengths, words, required members."""

import base64
import binascii
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pywats.sandbox.fields import guid, is_array, is_object
from pywats.sandbox.times import is_date_time

MAX_LINES = 100
_NUMBERS = frozenset((int, float))  # not bool

Check = Callable[[Any], str | None]
"""Says what is wrong with a value that is not null, or ``None``."""


class Problems:
    """What is wrong with a report: lines of path and message."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._more = 0

    def add(self, path: str, message: str) -> None:
        """Note a problem; past a hundred they are only counted."""
        if len(self.lines) < MAX_LINES:
            self.lines.append(f"{path}: {message}")
        else:
            self._more += 1

    def report(self) -> list[str]:
        """Return the lines."""
        return [*self.lines, f"... and {self._more} more"] if self._more else self.lines

    def check(
        self, path: str, value: Mapping[str, Any], checks: Mapping[str, Check], needed: Iterable[str] = ()
    ) -> None:
        """Check the members of an object: null is as good as absent, unknown members are let through."""
        for name, member in value.items():
            if member is not None and (check := checks.get(name)) is not None and (wrong := check(member)) is not None:
                self.add(path, f"{name} {wrong}")
        for name in needed:
            if value.get(name) is None:
                self.add(path, f"{name} is required.")

    def objects(self, path: str, value: Any) -> list[tuple[str, dict[str, Any]]]:
        """Return the objects of an array with their paths; what is none is a problem. Null has none."""
        if value is None:
            return []
        if not is_array(value):
            self.add(path, "is required to be an array.")
            return []
        found: list[tuple[str, dict[str, Any]]] = []
        for index, item in enumerate(value):
            if is_object(item):
                found.append((f"{path} -> Index {index}", item))
            else:
                self.add(f"{path} -> Index {index}", "is required to be an object.")
        return found


def text(longest: int = sys.maxsize, *, empty: bool = True) -> Check:
    """Check for a text of at most so many characters."""
    least = 0 if empty else 1

    def check(value: Any) -> str | None:
        if type(value) is str and least <= len(value) <= longest:
            return None
        if not isinstance(value, str):
            return "is required to be a text."
        if not value:
            return "is required to be not empty."
        return f"is required to be at most {longest} characters, not {len(value)}."

    return check


def whole(bits: int = 32) -> Check:
    """Check for a whole number of so many bits, with sign."""
    limit = 2 ** (bits - 1)

    def check(value: Any) -> str | None:
        if type(value) not in _NUMBERS or value != value // 1:
            return "is required to be a whole number."
        if not -limit <= value < limit:
            return f"is required to be between {-limit} and {limit - 1}."
        return None

    return check


def number(value: Any) -> str | None:
    """Check for a number; JSON has no others than finite ones."""
    return None if type(value) in _NUMBERS else "is required to be a number."


def flag(value: Any) -> str | None:
    """Check for true or false."""
    return None if isinstance(value, bool) else "is required to be true or false."


def words(*allowed: str) -> Check:
    """Check for one of some words."""
    known = frozenset(allowed)
    wrong = f"is required to be one of {', '.join(allowed)}."

    def check(value: Any) -> str | None:
        return None if type(value) is str and value in known else wrong

    return check


def an_object(value: Any) -> str | None:
    """Check for an object."""
    return None if is_object(value) else "is required to be an object."


def a_guid(value: Any) -> str | None:
    """Check for a GUID."""
    return None if guid(value) else "is required to be a GUID."


def date_time(value: Any) -> str | None:
    """Check for an ISO 8601 date and time, with or without an offset."""
    return None if isinstance(value, str) and is_date_time(value) else "is required to be a date and time (ISO 8601)."


def base64_text(value: Any) -> str | None:
    """Check for bytes as base64."""
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError, TypeError):
        return "is required to be base64."
    return None


BINARY: Mapping[str, Check] = {
    "contentType": text(100),
    "name": text(100),
    "data": base64_text,
    "id": a_guid,
}
"""The members of an attachment."""
BINARY_NEEDED = ("contentType", "name", "data")
