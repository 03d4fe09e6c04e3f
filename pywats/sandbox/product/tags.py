"""Tags of products and revisions: named texts, which the server also shows as an XML document, and their changes."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import quoteattr

from pywats.sandbox.answers import refusal
from pywats.sandbox.fields import Fields

NONE, ADD, UPDATE, DELETE = range(4)

_ENCODED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)


def changed(tags: Mapping[str, str | None], settings: Iterable[Mapping[str, Any]]) -> dict[str, str | None]:
    """Return the tags after the changes that settings ask for; a setting without a change code changes nothing."""
    result = dict(tags)
    for setting in settings:
        fields = Fields(setting)
        key = fields.needed("key")
        change = fields.whole("change") or NONE
        if change in {ADD, UPDATE}:
            result[key] = fields.text("value")
        elif change == DELETE:
            result.pop(key, None)
    return result


def pairs(values: Iterable[Mapping[str, Any]]) -> dict[str, str | None]:
    """Return tags from a list of objects with ``key`` and ``value``."""
    found = [Fields(value) for value in values]
    return {fields.needed("key"): fields.text("value") for fields in found}


def settings(tags: Mapping[str, str | None]) -> list[dict[str, Any]]:
    """Return tags as the settings that an answer carries."""
    return [{"key": key, "value": value, "change": NONE} for key, value in tags.items()]


def to_xml(tags: Mapping[str, str | None]) -> str | None:
    """Return tags as an XML document: a root with an element for each tag, or ``None`` when there are none."""
    if not tags:
        return None
    elements = (f"<{_encoded(key)} Value={quoteattr(value or '')} />" for key, value in tags.items())
    return f"<Root>{''.join(elements)}</Root>"


def from_xml(text: str) -> dict[str, str | None]:
    """Return the tags of an XML document, or refuse what is none with 400."""
    root = parsed(text)
    found: dict[str, str | None] = {}
    for element in root:
        value = element.get("Value", element.get("value"))
        if value is not None:
            found[_decoded(element.tag.rpartition("}")[2])] = value
    return found


def parsed(text: str | bytes) -> ET.Element:
    """Return the root of an XML document; one with a document type, or that is not well-formed, is refused with 400."""
    parser = ET.XMLParser(target=_Builder())  # noqa: S314 - the builder refuses document types, so there are no entities
    try:
        parser.feed(text)
        root: ET.Element = parser.close()
    except (ET.ParseError, ValueError, LookupError) as error:
        raise refusal(400, f"The XML document cannot be read: {error}") from error
    return root


class _Builder(ET.TreeBuilder):
    def doctype(self, *_: str | None) -> None:
        raise refusal(400, "The XML document must not have a document type.")


def _encoded(name: str) -> str:
    """A name as an element name: every character that XML does not allow there as ``_xHHHH_``."""
    if _NAME.fullmatch(name) and not _ENCODED.search(name):
        return name
    units = name.encode("utf-16-be")
    codes = [int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2)]
    return "".join(
        chr(code)
        if re.fullmatch(r"[A-Za-z]" if at == 0 else r"[\w.-]", chr(code), re.ASCII) and chr(code) != "_"
        else f"_x{code:04X}_"
        for at, code in enumerate(codes)
    )


def _decoded(name: str) -> str:
    units = _ENCODED.sub(lambda found: chr(int(found[1], 16)), name)
    return units.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")
