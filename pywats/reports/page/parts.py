"""Objects in objects, whatever stands there."""

from typing import Any

from pywats.reports.member import Json
from pywats.reports.values import is_object, objects

__all__ = ["part", "parts"]


def part(wire: Json, key: str) -> Json:
    """The object of this name; an empty one if there is none."""
    value: Any = wire.get(key)
    return value if is_object(value) else {}


def parts(wire: Json, key: str) -> list[Json]:
    """The objects in the list of this name."""
    return [each for _, each in objects(wire, key)]
