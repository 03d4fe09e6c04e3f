"""WSJF, the JSON form of WATS reports: one object, a list of them, or objects one after the other."""

import json
from collections.abc import Iterator
from typing import Any, Final

import orjson

from pywats.ingest.conversion.filling import JsonObject
from pywats.ingest.conversion.posting import as_object
from pywats.ingest.converters.interface import Context, Options, Source
from pywats.ingest.converters.json_file import read_json
from pywats.ingest.converters.text import begin_of
from pywats.ingest.faults import ConversionError, ForeignFileError
from pywats.ingest.reasons import Reason

SUFFIXES: tuple[str, ...] = (".json", ".wsjf")

_NAMES: Final = (b'"type"', b'"pn"', b'"sn"', b'"processCode"', b'"machineName"', b'"root"', b'"uur"')
_OWN: Final = frozenset(("type", "pn", "sn", "root"))
_WHOLE: Final = 4096
"""A head that is shorter is the whole file."""
_BLANKS: Final = b" \t\r\n"


def sniff(head: bytes, name: str) -> float:
    """Return how sure it is that this is WSJF: JSON that names what every report has."""
    del name
    text = begin_of(head).lstrip(_BLANKS)
    if not text.startswith((b"{", b"[")):
        return 0.0
    found = sum(name in text for name in _NAMES)
    return min(0.9, 0.3 * found) if found or len(head) < _WHOLE else 0.1


def convert(source: Source, options: Options, context: Context) -> Iterator[bytes]:
    """Yield each report of the file as it stands there, written as plain UTF-8 JSON.

    The file is read strictly: UTF-8 with or without byte order mark, or UTF-16 with one; no ``NaN``, no name twice in
    an object, no number that JSON's readers would change.

    Raises:
        ConversionError: it is no such JSON, or something other than report objects.
    """
    del options
    context.tell("format", "wsjf", "every value stands under its own name")
    for report, position in read_json(source):
        yield _written(_report(report, position), position)


def _report(value: Any, position: str) -> JsonObject:
    report = as_object(value)
    if report is None:
        detail = f"a report is a JSON object, this is {json.dumps(value):.60}"
        raise ForeignFileError(detail, position)
    if _OWN.isdisjoint(report):
        raise ForeignFileError("it is JSON, and no report: it has no type, pn, sn or root", position)
    return report


def _written(report: JsonObject, position: str) -> bytes:
    try:
        return orjson.dumps(report)
    except orjson.JSONEncodeError as error:
        if "recursion" in str(error).lower():
            raise ConversionError(Reason.TOO_DEEP, "steps are nested too deeply", position) from error
        raise ConversionError(Reason.WRONG_VALUE, f"it cannot be written again: {error}", position) from error
