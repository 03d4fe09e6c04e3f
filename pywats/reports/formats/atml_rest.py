"""What of an ATML document no field of a report takes, as additional data."""

from collections.abc import Collection, Iterator
from typing import Any, Final

from pywats.reports.formats.atml_data import held_in, property_of
from pywats.reports.formats.noted import Json
from pywats.reports.formats.safe_xml import Element, local

__all__ = ["Taken", "rest_of"]

Taken = Collection[tuple[Element, str]]
"""Attributes that a report has already; an empty name stands for the text of the element."""
_SCHEMA: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
_DATA: Final = frozenset(("Datum", "Collection", "IndexedArray"))


def rest_of(element: Element, taken: Taken = (), without: Collection[str] = ()) -> list[Any]:
    """The attributes and elements in an element as named values, but for what is taken and elements of some names."""
    return [*_attributes(element, taken), *_elements(element, taken, without)]


def _attributes(element: Element, taken: Taken) -> Iterator[Json]:
    for key, value in element.items():
        if value and not str(key).startswith(_SCHEMA) and (element, str(key)) not in taken:
            yield {"name": str(key).rpartition("}")[2], "type": "String", "value": str(value)}


def _elements(element: Element, taken: Taken, without: Collection[str]) -> Iterator[Json]:
    for child in element:
        name = local(child)
        if not name or name in without:
            continue
        if name in _DATA:
            yield property_of(child.get("name") or name, child)
            continue
        if name == "Item" and held_in(child) is not None:
            yield property_of(child.get("name") or name, held_in(child))
            continue
        props = rest_of(child, taken, without)
        text = "" if (child, "") in taken else (child.text or "").strip()
        if not props and text:
            yield {"name": name, "type": "String", "value": text}
        elif len(props) == 1 and not text and props[0]["name"] == "value" and not len(child):
            yield {**props[0], "name": name}
        elif props:
            said = [{"name": "text", "type": "String", "value": text}] if text else []
            yield {"name": name, "type": "Obj", "props": [*said, *props]}
