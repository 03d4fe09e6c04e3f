"""Property objects of TestStand, as its XML has them: names, types and values in each other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pywats.ingest.conversion.filling import JsonObject
from pywats.ingest.converters.text import malformed, number_or_none
from pywats.reports.formats.safe_xml import Element, line_of

TYPES: Final = {"String": "String", "Number": "Number", "Boolean": "Bool"}
"""Types of single values, and what additional data calls them."""


@dataclass(frozen=True, slots=True)
class Prop:
    """A property object of TestStand."""

    element: Element

    def inner(self, *path: str) -> "Prop | None":
        """Return the property at a path."""
        found = self.element
        for name in path:
            inner = next((each for each in found.iterchildren("Prop") if each.get("Name") == name), None)
            if inner is None:
                return None
            found = inner
        return Prop(found)

    def text(self, *path: str) -> str:
        """Return the value at a path as text; none if there is none."""
        found = self.inner(*path)
        return "" if found is None else (found.element.findtext("Value") or "").strip()

    def number(self, *path: str) -> float | None:
        """Return the number at a path, or ``None`` if there is none."""
        text = self.text(*path)
        return None if not text else number_in(text)

    def whole(self, *path: str) -> int | None:
        """Return the whole number at a path, or ``None`` if there is none."""
        found = self.number(*path)
        return int(found) if found is not None and found == found and abs(found) < 2**31 else None  # noqa: PLR0124

    def values(self, *path: str) -> "Iterator[tuple[str, Prop]]":
        """Yield the objects in an array at a path, with the names that they have."""
        found = self.inner(*path)
        if found is None:
            return
        for value in found.element.iterchildren("Value"):
            for inner in value.iterchildren("Prop"):
                yield value.get("Name") or inner.get("Name") or "", Prop(inner)

    @property
    def place(self) -> str:
        """Where it stands."""
        return line_of(self.element)


def as_wire(element: Element) -> JsonObject:
    """Return a property as additional data has it."""
    name = element.get("Name") or "value"
    kind = TYPES.get(element.get("Type") or "")
    if kind is not None:
        return {"name": name, "type": kind, "value": (element.findtext("Value") or "").strip()}
    elements = (each for value in element.iterchildren("Value") for each in value.iterchildren("Prop"))
    props: list[Any] = [as_wire(each) for each in (*element.iterchildren("Prop"), *elements)]
    return {"name": name, "type": "Obj", "props": props}


def number_or_hex(text: str) -> float | None:
    """Return the number that a text is, decimal or hexadecimal."""
    try:
        return float(int(text, 16)) if text.lower().startswith(("0x", "-0x")) else number_or_none(text)
    except (ValueError, OverflowError):
        return None


def number_in(text: str) -> float:
    """Return the number that a text has to be.

    Raises:
        ConversionError: it is none.
    """
    number = number_or_hex(text)
    if number is None:
        raise malformed(f"{text!r:.40} is no number")
    return number
