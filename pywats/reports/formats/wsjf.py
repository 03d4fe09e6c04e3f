"""WSJF, the JSON form of WATS reports: an object, a list of them, or objects one after the other, on a line each."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NoReturn

import pydantic

from pywats.errors import FormatError
from pywats.reports.formats.json_text import JsonText
from pywats.reports.formats.source import Source, opened
from pywats.reports.formats.target import Reports, Target, created, each
from pywats.reports.models import UURReport, UUTReport, read_report

__all__ = ["read", "write"]

_WORDS: Final = ("NaN", "Infinity")
_LARGE: Final = re.compile(r"[0-9][eE]\+?[0-9]{3}")
"""What looks like a number that JSON does not have, or that a computer does not."""


def read(source: Source) -> Iterator[UUTReport | UURReport]:
    """Yield the reports of a file as they come; UTF-8, or UTF-16 with a byte order mark.

    Raises:
        FormatError: it is not JSON, or something other than reports; ``position`` says where.
        OSError: the file cannot be read.
    """
    with opened(source) as (stream, file):
        texts, found = JsonText(stream, file), False
        for text, position in texts.values():
            found = True
            yield _report(text, file, position)
        if not found:
            raise texts.error("there is no report in it")


def write(reports: Reports, target: Target) -> None:
    """Write one report as an object, or several as a list, each as it is.

    Raises:
        FormatError: a text is none that UTF-8 can hold; nothing is at the path then.
    """
    with created(target) as file:
        if isinstance(reports, UUTReport | UURReport):
            file.write(_content(reports))
            return
        begun = False
        for report in each(reports):
            file.write((b",\n" if begun else b"[\n") + _content(report))
            begun = True
        file.write(b"\n]\n" if begun else b"[]\n")


def _content(report: UUTReport | UURReport) -> bytes:
    try:
        return report.to_json()
    except ValueError as error:  # a lone surrogate
        raise FormatError(f"JSON cannot hold it: {error}", position=str(report.wire.get("id"))) from error


def _report(text: str, file: str, position: str) -> UUTReport | UURReport:
    if not text.startswith("{"):
        raise FormatError(f"a report is a JSON object, this is {text:.60}", file=file, position=position)
    try:
        if any(word in text for word in _WORDS) or _LARGE.search(text) is not None:
            json.loads(text, parse_constant=_no_number, parse_float=_number)
        return read_report(text)
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"][1:]))  # the first is the type of report
        raise FormatError(first["msg"], file=file, position=": ".join(filter(None, (position, where)))) from error
    except RecursionError as error:
        raise FormatError("objects and lists are nested too deeply", file=file, position=position) from error
    except ValueError as error:
        raise FormatError(str(error), file=file, position=position) from error


def _number(text: str) -> Any:
    return _no_number(text) if float(text) in (float("inf"), float("-inf")) else text


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text:.60} is no number in JSON")
