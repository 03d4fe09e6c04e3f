"""Data in ATML: numbers, texts, truth values, arrays and collections of them."""

import re
from typing import Any, Final

from pywats.reports.formats.noted import Json
from pywats.reports.formats.safe_xml import Element, local, text_of
from pywats.reports.formats.xml_values import FLAG, NUMBER

__all__ = ["datum_of", "held_in", "is_measured", "named", "number_of", "property_of", "unit_of", "value_of"]

_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
_PREFIX: Final = re.compile(r"[+-]?0([xocb])", re.ASCII | re.IGNORECASE)
_OF_LETTERS: Final = {"x": 16, "o": 8, "c": 8, "b": 2}
_WRITTEN: Final = {
    16: re.compile(r"([+-]?)(?:0?x)?([0-9a-f]{1,64})", re.ASCII | re.IGNORECASE),
    8: re.compile(r"([+-]?)(?:0?[oc])?([0-7]{1,64})", re.ASCII | re.IGNORECASE),
    2: re.compile(r"([+-]?)(?:0?b)?([01]{1,64})", re.ASCII | re.IGNORECASE),
}
"""How numbers of a base are written."""
_BASES: Final = {"hexadecimal": 16, "octal": 8, "binary": 2}
_TEXTS: Final = ("string", "path", "date", "time", "complex", "enum")
_INSIDE: Final = frozenset(("Value", "EnumValue", "NumericValue"))
_NOT_FINITE: Final = re.compile(r"[+-]?(1\.#.*|nan.*|inf.*|ind|qnan)", re.IGNORECASE)
_INDEX: Final = re.compile(r"\[(-?[0-9]{1,9})\]")


def is_measured(result: Element) -> bool:
    """Whether a result is a measurement: it has limits or an outcome, or says that it was only logged."""
    limits = result.find("{*}TestLimits/{*}Limits")
    if limits is not None and len(limits) > 0:
        return True
    return result.find("{*}Outcome") is not None or result.find(".//{*}IsComparisonTypeLog") is not None


def datum_of(result: Element) -> Element | None:
    """The single value of a result."""
    return result.find("{*}TestData/{*}Datum")


def unit_of(result: Element) -> str:
    """The unit of a result."""
    datum = datum_of(result)
    return "" if datum is None else _unit(datum)


def _unit(datum: Element) -> str:
    return datum.get("nonStandardUnit") or datum.get("unit") or datum.get("standardUnit") or ""


def value_of(datum: Element) -> float | str | bool:
    """The value of a datum; a number that JSON does not have, and what is neither number nor truth value, is a text.

    Raises:
        ValueError: it is none of its type.
    """
    said = datum.get("value")
    kind = _kind(datum)
    if "boolean" in kind:
        return bool(FLAG.read(said or ""))
    if said is None or not _is_number(kind):
        return _said(datum)
    return number_of(said, base=next((base for name, base in _BASES.items() if name in kind), 0))


def _is_number(kind: str) -> bool:
    """Whether values of a type are numbers; those without a type are."""
    return not any(word in kind for word in _TEXTS)


def _said(datum: Element) -> str:
    """The value of a datum as it is written."""
    said = datum.get("value")
    if said is not None:
        return said
    if "complex" in _kind(datum):
        real, imaginary = (datum.get(name) or "0" for name in ("real", "imaginary"))
        return f"{real}{'' if imaginary.startswith(('+', '-')) else '+'}{imaginary}i"
    inside = [child for child in datum if local(child) in _INSIDE]
    return next((text for child in inside if (text := child.get("value") or text_of(child))), "")


def number_of(text: str, *, base: int = 0) -> float | str:
    """A number, perhaps a hexadecimal, octal or binary one; infinity and what is no number as they are written.

    Args:
        text: it.
        base: of one that does not tell its own.

    Raises:
        ValueError: it is something else.
    """
    said = text.strip()
    told = _PREFIX.match(said)
    own = base or (0 if told is None else _OF_LETTERS[told[1].lower()])
    if own and (based := _WRITTEN[own].fullmatch(said)) is not None:
        return int(based[1] + based[2], own)
    try:
        value: float | None = NUMBER.read(said)
    except ValueError:
        if _NOT_FINITE.fullmatch(said) is not None:
            return said
        raise
    return said if value is None else value


def named(element: Element) -> Json:
    """A parameter, an item or a result as a named value of additional data."""
    return property_of(element.get("name") or "value", held_in(element))


def held_in(element: Element) -> Element | None:
    """What holds the value of a named element."""
    inside = element
    for child in element:
        if local(child) in {"TestData", "Data"}:
            inside = child
            break
    return next((child for child in inside if local(child) in {"Datum", "Collection", "IndexedArray"}), None)


def property_of(name: str, held: Element | None) -> Json:
    """A datum, a collection or an array as a named value of additional data."""
    if held is None:
        return {"name": name, "type": "String", "value": ""}
    kind = local(held)
    if kind == "Collection":
        items = [child for child in held if local(child) == "Item"]
        return {"name": name, "type": "Obj", "props": [named(item) for item in items]}
    if kind == "IndexedArray":
        return {"name": name, "type": "Array", "array": _array(held)}
    unit = _unit(held)
    return {"name": name, "type": _type(held), "value": _said(held), **({"comment": unit} if unit else {})}


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
    if not kind or not _is_number(kind):
        return "String"
    return "Bool" if "boolean" in kind else "Number"


def _kind(element: Element) -> str:
    """The type that an element says it has, without its prefix."""
    return (element.get(_TYPE) or "").rpartition(":")[2].lower()
