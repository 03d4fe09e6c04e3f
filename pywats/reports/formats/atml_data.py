"""Data in ATML: numbers, texts, truth values, arrays and collections of them."""

import re
from typing import Any, Final

from pywats.reports.formats.noted import Json
from pywats.reports.formats.safe_xml import Element, local, text_of
from pywats.reports.formats.xml_values import FLAG, NUMBER

__all__ = ["datum_of", "is_measured", "named", "number_of", "unit_of", "value_of"]

_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
_HEXADECIMAL: Final = re.compile(r"[+-]?0[xX][0-9a-fA-F]{1,16}")
_NOT_FINITE: Final = re.compile(r"[+-]?(1\.#.*|nan.*|inf.*|ind|qnan)", re.IGNORECASE)
_INDEX: Final = re.compile(r"\[(-?[0-9]{1,9})\]")


def is_measured(result: Element) -> bool:
    """Whether a result is a measurement: it has limits, or says that it was only logged."""
    limits = result.find("{*}TestLimits/{*}Limits")
    return (limits is not None and len(limits) > 0) or result.find(".//{*}IsComparisonTypeLog") is not None


def datum_of(result: Element) -> Element | None:
    """The single value of a result."""
    return result.find("{*}TestData/{*}Datum")


def unit_of(result: Element) -> str:
    """The unit of a result."""
    datum = datum_of(result)
    return "" if datum is None else datum.get("nonStandardUnit") or datum.get("unit") or datum.get("standardUnit") or ""


def value_of(datum: Element) -> float | str | bool:
    """The value of a datum; a number that JSON does not have is a text.

    Raises:
        ValueError: it is none of its type.
    """
    said = datum.get("value")
    kind = _kind(datum)
    if "boolean" in kind:
        return bool(FLAG.read(said or ""))
    if said is None or "string" in kind:
        inside = datum.find("{*}Value")
        return said if said is not None else "" if inside is None else text_of(inside)
    return number_of(said)


def number_of(text: str) -> float | str:
    """A number, perhaps a hexadecimal one; infinity and what is no number as they are written.

    Raises:
        ValueError: it is something else.
    """
    said = text.strip()
    if _HEXADECIMAL.fullmatch(said) is not None:
        return int(said, 16)
    if _NOT_FINITE.fullmatch(said) is not None:
        return said
    value: float | None = NUMBER.read(said)
    return said if value is None else value


def named(element: Element) -> Json:
    """A parameter, an item or a result as a named value of additional data."""
    return _property(element.get("name") or "value", _held(element))


def _held(element: Element) -> Element | None:
    """What holds the value of a named element."""
    inside = element
    for child in element:
        if local(child) in {"TestData", "Data"}:
            inside = child
            break
    return next((child for child in inside if local(child) in {"Datum", "Collection", "IndexedArray"}), None)


def _property(name: str, held: Element | None) -> Json:
    if held is None:
        return {"name": name, "type": "String", "value": ""}
    kind = local(held)
    if kind == "Collection":
        items = [child for child in held if local(child) == "Item"]
        return {"name": name, "type": "Obj", "props": [named(item) for item in items]}
    if kind == "IndexedArray":
        return {"name": name, "type": "Array", "array": _array(held)}
    said = held.get("value")
    if said is None:
        inside = next((child for child in held if local(child) in {"Value", "NumericValue"}), None)
        said = "" if inside is None else inside.get("value") or text_of(inside)
    unit = held.get("nonStandardUnit") or held.get("unit")
    return {"name": name, "type": _type(held), "value": said, **({"comment": unit} if unit else {})}


def _array(held: Element) -> Json:
    kind = _type(held)
    indexes: list[Json] = []
    for element in held:
        if local(element) != "Element":
            continue
        position = element.get("position") or ""
        inside = element.find("{*}Value")
        said = element.get("value")
        value: Any = said if said is not None else "" if inside is None else text_of(inside)
        numbers = [int(each) for each in _INDEX.findall(position)]
        indexes.append(
            {"text": position, "indexes": numbers, "value": {"name": position, "type": kind, "value": value}}
        )
    dimension = len(_INDEX.findall(held.get("dimensions") or "")) or 1
    return {"dimension": dimension, "type": kind, "indexes": indexes}


def _type(element: Element) -> str:
    kind = _kind(element)
    if "string" in kind or "path" in kind or "enum" in kind or not kind:
        return "String"
    return "Bool" if "boolean" in kind else "Number"


def _kind(element: Element) -> str:
    """The type that an element says it has, without its prefix."""
    return (element.get(_TYPE) or "").rpartition(":")[2].lower()
