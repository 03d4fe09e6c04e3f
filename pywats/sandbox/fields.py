"""Reading the members of a JSON object, as the server does: names without regard to case, types checked."""

import re
from collections.abc import Mapping
from typing import Any, TypeGuard

from pywats.sandbox.answers import refusal
from pywats.sandbox.times import ticks

_GUID = re.compile(
    r"(?a:\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?)", re.IGNORECASE
)
_NO_GUID = "00000000-0000-0000-0000-000000000000"
_INT32 = 2**31


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Tell whether a JSON value is an object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    """Tell whether a JSON value is an array."""
    return isinstance(value, list)


def guid(text: object) -> str | None:
    """Return a GUID in lower case with dashes, as it is stored, or ``None`` for what is no GUID."""
    found = _GUID.fullmatch(text) if isinstance(text, str) else None
    return "-".join(found.groups()).lower() if found else None


class Fields:
    """The members of one JSON object. A value of the wrong type refuses the request with 400."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        self._values = {name.lower(): member for name, member in value.items()}

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._values

    def get(self, *names: str) -> Any:
        """Return the first member of these names that is not null, as it is."""
        found = (self._values.get(name.lower()) for name in names)
        return next((value for value in found if value is not None), None)

    def text(self, *names: str, longest: int | None = None) -> str | None:
        """Return a text, or ``None`` when it is null or absent."""
        value = self.get(*names)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self._wrong(names[0], "text")
        if longest is not None and len(value) > longest:
            raise refusal(400, f"{names[0]} is longer than {longest} characters.")
        return value

    def whole(self, *names: str) -> int | None:
        """Return a whole number of 32 bits, or ``None`` when it is null or absent."""
        value = self.get(*names)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not -_INT32 <= value < _INT32:
            raise self._wrong(names[0], "a whole number")
        return value

    def number(self, *names: str) -> float | None:
        """Return a number, or ``None`` when it is null or absent."""
        value = self.get(*names)
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self._wrong(names[0], "a number")
        return float(value)

    def instant(self, *names: str) -> int | None:
        """Return a date and time with offset as ticks, or ``None`` when it is null or absent."""
        value = self.text(*names)
        if value is None:
            return None
        try:
            return ticks(value)
        except ValueError as error:
            raise self._wrong(names[0], "a date and time with an offset") from error

    def flag(self, *names: str) -> bool | None:
        """Return a boolean, or ``None`` when it is null or absent."""
        value = self.get(*names)
        if value is not None and not isinstance(value, bool):
            raise self._wrong(names[0], "true or false")
        return value

    def guid(self, *names: str) -> str | None:
        """Return a GUID as it is stored, or ``None`` when it is null, absent or all zeros."""
        value = self.get(*names)
        if value is None or value == "":
            return None
        found = guid(value)
        if found is None:
            raise self._wrong(names[0], "a GUID")
        return None if found == _NO_GUID else found

    def objects(self, *names: str) -> list[dict[str, Any]]:
        """Return an array of objects, empty when it is null or absent."""
        value = self.get(*names)
        if value is None:
            return []
        if not is_array(value) or not all(is_object(item) for item in value):
            raise self._wrong(names[0], "an array of objects")
        return value

    def needed(self, *names: str, longest: int | None = None) -> str:
        """Return a text that must be there and not be empty."""
        value = self.text(*names, longest=longest)
        if not value:
            raise refusal(400, f"{names[0]} is required.")
        return value

    def given(self, columns: Mapping[str, str]) -> dict[str, Any]:
        """Return what the object says of these members, by column: null too, but nothing for what is absent.

        Args:
            columns: the member and its type, the name of a method such as ``text``, by column: ``name:text``.
        """
        found: dict[str, Any] = {}
        for column, member in columns.items():
            name, kind = member.split(":")
            if name in self:
                found[column] = getattr(self, kind)(name)
        return found

    @staticmethod
    def _wrong(name: str, wanted: str) -> Exception:
        return refusal(400, f"{name} is required to be {wanted}.")
