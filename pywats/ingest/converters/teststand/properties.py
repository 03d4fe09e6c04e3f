"""Property objects of TestStand, as its XML has them: names, types and values in each other."""

import re
from collections.abc import Iterator
from math import inf, nan
from typing import Any, Final

from pywats.ingest.conversion.filling import JsonObject
from pywats.ingest.converters.text import malformed, number_or_none
from pywats.reports.formats.safe_xml import Element, line_of

_INDEX: Final = re.compile(r"\[(\d{1,9})\]")
_BASED: Final = re.compile(r"([+-]?)0([xbc])([0-9a-f]{1,64})", re.ASCII | re.IGNORECASE)
_BASES: Final = {"x": 16, "c": 8, "b": 2}
_UNDEFINED: Final = re.compile(r"[+-]?(1\.#)?(ind|[qs]?nan)\d*", re.ASCII | re.IGNORECASE)
_INFINITE: Final = re.compile(r"([+-]?)1\.#inf\d*", re.ASCII | re.IGNORECASE)
TYPES: Final = {"String": "String", "Number": "Number", "Boolean": "Bool"}
"""Types of single values, and what additional data calls them."""


class Prop:
    """A property object of TestStand."""

    __slots__ = ("_props", "element")

    def __init__(self, element: Element) -> None:
        self.element = element
        self._props: dict[str, Prop] | None = None

    @property
    def props(self) -> "dict[str, Prop]":
        """The properties right in it by their names; of several with the same name the first."""
        if self._props is None:
            self._props = {}
            for each in self.element.iterchildren("Prop"):
                self._props.setdefault(each.get("Name") or "", Prop(each))
        return self._props

    @property
    def kind(self) -> str:
        """Its type."""
        return self.element.get("Type") or ""

    @property
    def value(self) -> str:
        """Its value as text; none if there is none, or there are several."""
        return "" if self.kind == "Array" else (self.element.findtext("Value") or "").strip()

    def inner(self, *path: str) -> "Prop | None":
        """Return the property at a path."""
        found = self
        for name in path:
            inner = found.props.get(name)
            if inner is None:
                return None
            found = inner
        return found

    def text(self, *path: str) -> str:
        """Return the value at a path as text; none if there is none."""
        found = self.inner(*path)
        return "" if found is None else found.value

    def flag(self, *path: str) -> bool:
        """Return whether the value at a path is true."""
        return self.text(*path).lower() == "true"

    def number(self, *path: str) -> float | None:
        """Return the number at a path, or ``None`` if there is none."""
        text = self.text(*path)
        return None if not text else number_in(text, self)

    def whole(self, *path: str) -> int | None:
        """Return the whole number at a path, or ``None`` if there is none."""
        found = self.number(*path)
        return int(found) if found is not None and abs(found) < 2**31 else None

    def values(self, *path: str) -> "Iterator[tuple[str, Prop]]":
        """Yield the objects in an array at a path, with the names that they have."""
        found = self.inner(*path)
        if found is None:
            return
        for value in found.element.iterchildren("Value"):
            for inner in value.iterchildren("Prop"):
                yield value.get("Name") or inner.get("Name") or "", Prop(inner)

    def numbers(self) -> list[float] | None:
        """Return the numbers of an array of one dimension, or ``None`` if it is none, or of something else."""
        element = self.element
        if (
            self.kind != "Array"
            or element.get("ElementType") != "Number"
            or (element.get("LBound") or "").count("[") > 1
        ):
            return None
        numbers = [number_or_hex((each.text or "").strip()) for each in element.iterchildren("Value")]
        return None if None in numbers else [number for number in numbers if number is not None]

    @property
    def place(self) -> str:
        """Where it stands."""
        return line_of(self.element)


def says_something(element: Element) -> bool:
    """Return whether there is a value in a property, or in those in it."""
    for each in element.iterchildren("Value", "Prop"):
        if (each.tag == "Value" and (each.text or "").strip()) or says_something(each):
            return True
    return False


def as_wire(element: Element, otherwise: str = "value") -> JsonObject:
    """Return a property as additional data has it; ``otherwise`` is the name of one without a name."""
    name = element.get("Name") or otherwise
    held = tuple(element.iterchildren("Prop"))
    values = tuple(element.iterchildren("Value"))
    said: JsonObject = {key: text for key, text in _told(element) if text}
    if element.get("Type") == "Array" and not held and not any(len(each) for each in values):
        kind = TYPES.get(element.get("ElementType") or "", "String")
        return {"name": name, "type": "Array", **said, "array": _array(values, kind)}
    kind = TYPES.get(element.get("Type") or "", "" if held or any(len(each) for each in values) else "String")
    if kind and values:
        return {"name": name, "type": kind, "value": (values[0].text or "").strip(), **said}
    inside = ((each, value.get("Name") or value.get("ID") or "value") for value in values for each in value)
    props: list[Any] = [as_wire(each) for each in held]
    props += [as_wire(each, title) for each, title in inside if each.tag == "Prop"]
    return {"name": name, "type": "Obj", "props": props, **said}


def _told(element: Element) -> Iterator[tuple[str, str]]:
    """Yield what is said of a value: how it is shown, and a comment."""
    yield "numFormat", format_of(element)
    yield "comment", (element.findtext("Comment") or "").strip()


def format_of(element: Element) -> str:
    """Return how a number is shown, as C writes it; TestStand adds ``$``: with the decimal sign of the station."""
    return (element.get("NumFmt") or "").replace("$", "")


def _array(values: tuple[Element, ...], kind: str) -> JsonObject:
    """Return the single values of an array, each with its indexes."""
    said = [(each.get("ID") or "", (each.text or "").strip()) for each in values]
    indexes = [(text, [int(index) for index in _INDEX.findall(text)], value) for text, value in said]
    return {
        "dimension": max((len(found) for _, found, _ in indexes), default=1),
        "type": kind,
        "indexes": [
            {"text": text, "indexes": found, "value": {"name": text or "value", "type": kind, "value": value}}
            for text, found, value in indexes
        ],
    }


def number_or_hex(text: str) -> float | None:
    """Return the number that a text is: decimal, with the point or comma of the station, hexadecimal, octal or binary.

    What is undefined (``IND``) is no number.
    """
    if (based := _BASED.fullmatch(text)) is not None:
        try:
            return float(int(based[1] + based[3], _BASES[based[2].lower()]))
        except ValueError:
            return None
    if (number := number_or_none(text, decimal="," if "," in text and "." not in text else ".")) is not None:
        return number
    if _UNDEFINED.fullmatch(text) is not None:
        return nan
    if (infinite := _INFINITE.fullmatch(text)) is not None:
        return -inf if infinite[1] == "-" else inf
    return None


def number_in(text: str, of: Prop) -> float:
    """Return the number that a text of a property has to be.

    Raises:
        ConversionError: it is none.
    """
    number = number_or_hex(text)
    if number is None:
        raise malformed(f"{text!r:.40} is no number", of.place)
    return number
