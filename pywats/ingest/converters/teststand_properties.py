"""Property objects of TestStand, as its XML has them: names, types and values in each other."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pywats.ingest.conversion.filling import JsonObject
from pywats.ingest.converters.text import malformed, number_or_none
from pywats.reports.formats.safe_xml import Element, line_of

_INDEX: Final = re.compile(r"\[(\d{1,9})\]")
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
    if element.get("Type") == "Array" and element.get("ElementType") in TYPES:
        return {"name": name, "type": "Array", "array": _array(element, TYPES[element.get("ElementType", "")])}
    elements = (each for value in element.iterchildren("Value") for each in value.iterchildren("Prop"))
    props: list[Any] = [as_wire(each) for each in (*element.iterchildren("Prop"), *elements)]
    return {"name": name, "type": "Obj", "props": props}


def _array(element: Element, kind: str) -> JsonObject:
    """Return the single values of an array, each with its indexes."""
    values = [(each.get("ID") or "", (each.text or "").strip()) for each in element.iterchildren("Value")]
    indexes = [(text, [int(index) for index in _INDEX.findall(text)], value) for text, value in values]
    return {
        "dimension": max((len(found) for _, found, _ in indexes), default=1),
        "type": kind,
        "indexes": [
            {"text": text, "indexes": found, "value": {"name": text or "value", "type": kind, "value": value}}
            for text, found, value in indexes
        ],
    }


def number_or_hex(text: str) -> float | None:
    """Return the number that a text is: decimal, with the point or comma of the station, hexadecimal or binary.

    What is undefined (``IND``) is no number.
    """
    said = text.lower().lstrip("+-")
    try:
        if said.startswith(("0x", "0b")):
            return float(int(text, 0))
    except (ValueError, OverflowError):
        return None
    if said.startswith("ind"):
        return float("nan")
    return number_or_none(text, decimal="," if "," in text and "." not in text else ".")


def number_in(text: str) -> float:
    """Return the number that a text has to be.

    Raises:
        ConversionError: it is none.
    """
    number = number_or_hex(text)
    if number is None:
        raise malformed(f"{text!r:.40} is no number")
    return number
