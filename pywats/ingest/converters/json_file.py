"""Reading a file of JSON strictly: what its writer meant, or where it goes wrong."""

import codecs
import json
import math
from typing import Any, NoReturn

from pywats.ingest.conversion.filling import JsonObject
from pywats.ingest.converters.interface import Source
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason


def read_json(source: Source) -> Any:
    """Return what a file holds.

    It is UTF-8 with or without byte order mark, or UTF-16 with one; it has no ``NaN``, no name twice in an object, and
    no number that JSON's readers would change.

    Raises:
        ConversionError: it is no such JSON; the text says where.
    """
    return _parse(_decode(source.file.read()))


def _decode(data: bytes) -> str:
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        detail = f"not {'UTF-16' if utf16 else 'UTF-8'} text: {error.reason}"
        raise ConversionError(Reason.MALFORMED, detail, f"byte {error.start}") from error


def _parse(text: str) -> Any:
    if not text.strip():
        raise ConversionError(Reason.EMPTY, "there is nothing but blanks in the file")
    try:
        return json.loads(text, object_pairs_hook=_object, parse_float=_number, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise ConversionError(Reason.MALFORMED, error.msg, f"line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise ConversionError(Reason.TOO_DEEP, "objects and lists are nested too deeply") from error
    except ValueError as error:  # an integer of thousands of digits
        raise ConversionError(Reason.MALFORMED, str(error)) from error


def _object(pairs: list[tuple[str, Any]]) -> JsonObject:
    found: JsonObject = {}
    for name, value in pairs:
        if name in found:
            raise ConversionError(Reason.MALFORMED, f"{name!r:.60} stands twice in one object; which one is meant?")
        found[name] = value
    return found


def _number(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _no_number(text)


def _no_number(text: str) -> NoReturn:
    raise ConversionError(Reason.MALFORMED, f"{text:.60} is no number in JSON; leave it out or write it as text")
