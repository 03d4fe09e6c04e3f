"""Reading a file of JSON strictly: what its writer meant, or where it goes wrong."""

import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn

from pywats.errors import FormatError
from pywats.ingest.conversion.filling import JsonObject
from pywats.ingest.converters.interface import Source
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason
from pywats.reports.formats.json_text import JsonText


def read_json(source: Source) -> Iterator[tuple[Any, str]]:
    """Yield what a file holds, and the path of each: the elements of its list, or values one after the other.

    It is UTF-8 with or without byte order mark, or UTF-16 with one; it has no ``NaN``, no name twice in an object, and
    no number that JSON's readers would change. Not more than one value is held.

    Raises:
        ConversionError: it is no such JSON; the text says where.
    """
    texts, count = JsonText(source.file, source.path.name), 0
    try:
        for text, position in texts.values():
            yield _parsed(text, position), f"[{count}]" if texts.listed or count else ""
            count += 1
    except FormatError as error:
        reason = Reason.TOO_DEEP if isinstance(error.__cause__, RecursionError) else Reason.MALFORMED
        raise ConversionError(reason, error.args[0], error.position) from error
    if not count:
        raise ConversionError(Reason.EMPTY, "there is no report in it")


def _parsed(text: str, position: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_object, parse_float=_number, parse_constant=_no_number)
    except ConversionError as error:
        raise ConversionError(error.reason, error.detail, position) from error
    except RecursionError as error:
        raise ConversionError(Reason.TOO_DEEP, "objects and lists are nested too deeply", position) from error


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
