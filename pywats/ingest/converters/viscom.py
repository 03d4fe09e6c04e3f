"""Viscom AOI: the XML of the repair station, with the boards of a panel and what was found on them."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from typing import BinaryIO, Final, Literal

import orjson

from pywats.ingest.converters import temporary
from pywats.ingest.converters.building import add_misc, new_test, tell_header, told_whole
from pywats.ingest.converters.elements import (
    Element,
    line_of,
    local,
    number,
    said,
    start_tag,
    told,
    trees,
)
from pywats.ingest.converters.interface import Context, Source
from pywats.ingest.converters.interface import Options as Base
from pywats.ingest.converters.text import malformed, time_in
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason
from pywats.reports.builder import StepOptions
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall

SUFFIXES: Final = ()

_LETTERS: Final = {"PASS": "P", "OK": "P", "FAIL": "F", "NOK": "F"}
_FALSE_CALL: Final = "2"
"""Type of a finding that the operator judged as none."""
_OF_THE_RUN: Final = frozenset(
    (
        *(
            "Station Name",
            "Station NameAOI",
            "Program InspectionPlanName",
            "Program VariantName",
            "Repair OperatorName",
        ),
        *("Repair Result", "Inspection Date Begin", "Inspection Time Begin", "Inspection Duration"),
    )
)
_OF_A_BOARD: Final = frozenset(("no", "Barcode", "Number", "Result", "BadBoardStatus"))
_ABOUT: Final = {
    "Result ErrorDescription": "error",
    "Result Type": "type",
    "PartNumber": "package",
    "WinType": "window type",
    "SolderjointNumber": "solder joint",
    "Analysis Mode": "analysis",
    "Analysis SubMode": "analysis mode",
    "CADPosition X": "x",
    "CADPosition Y": "y",
    "id": "id",
}
_OF_A_WINDOW: Final = frozenset(("WinID", "PCBNumber", "Barcode", *_ABOUT))
"""Paths of what has a field or a name of its own; all else is told as text, by its path."""

_INSIDE: Final = {
    "GlobalInformation": "ViscomData",
    "SinglePCB": "PCBInformation",
    "Window": "ComponentInformation",
}
"""The parts of a document, and where they stand: there is another kind of windows elsewhere."""
_TABLES: Final = """
CREATE TABLE boards (number TEXT, row BLOB);
CREATE TABLE findings (number TEXT, at INTEGER, place TEXT, name TEXT, type TEXT, text TEXT, PRIMARY KEY (number, at))
WITHOUT ROWID;
BEGIN;
"""
_BOARDS: Final = "SELECT number, row FROM boards ORDER BY rowid"
_FINDINGS: Final = "SELECT place, name, type, text FROM findings WHERE number = ? ORDER BY at"
_STRAY: Final = "SELECT number, place FROM findings WHERE number NOT IN (SELECT number FROM boards)"
_Finding = tuple[str, str, str, str]
"""Where it stands, name, type and text."""


class Options(Base):
    """What the files do not tell by themselves.

    Attributes:
        part_number: take the name of the inspection plan for the part number of the unit.
    """

    part_number: Literal["", "program"] = ""


def sniff(head: bytes, name: str) -> float:
    """Return how sure it is that this is a result of a Viscom AOI, by the first element."""
    del name
    return 0.95 if start_tag(head).startswith((b"<ViscomData>", b"<ViscomData ")) else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield the report of each board.

    What was found stands behind the boards, in any order, and is kept until all of it is known.

    Raises:
        ConversionError: it is no such document.
    """
    with temporary.explained(), closing(temporary.database(_TABLES)) as kept:
        run = _read(source.file, kept)
        for number, row in kept.execute(_BOARDS):
            yield _report(run, orjson.loads(row), kept.execute(_FINDINGS, (number,)), options, context)


def _read(file: BinaryIO, kept: sqlite3.Connection) -> "_Run":
    """Keep the boards and what was found on them; return what is told of the run."""
    run: _Run | None = None
    at = boards = 0
    for element in trees(file, {"ViscomData"}, set(_INSIDE), "result of a Viscom AOI"):
        above, kind = element.getparent(), local(element)
        if above is None or local(above) != _INSIDE[kind]:
            continue
        if kind == "Window":
            at += 1
            row = (said(element, "PCBNumber"), at, *_finding(element))
            kept.execute("INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?)", row)
        elif kind == "SinglePCB":
            boards += 1
            board = orjson.dumps((line_of(element), *_texts(element, _OF_A_BOARD)))
            kept.execute("INSERT INTO boards VALUES (?, ?)", (said(element, "Number"), board))
        elif run is None:
            run = _Run(element)
    if run is None:
        raise malformed("ViscomData has no GlobalInformation")
    if boards == 0:
        raise malformed("ViscomData has no SinglePCB in PCBInformation")
    stray: tuple[str, str] | None = kept.execute(_STRAY).fetchone()
    if stray is not None:
        raise malformed(f"there is no board {stray[0]}".strip(), stray[1])
    return run


class _Run:
    """What is told of the inspection of a panel, for the reports of all its boards.

    Attributes:
        texts: by their paths.
        notes: what has no field.
        begin: of the inspection.
        seconds: that it took.
    """

    def __init__(self, general: Element) -> None:
        self.texts, self.notes = _texts(general, _OF_THE_RUN)
        date, time = (self.texts.get(f"Inspection {each} Begin", "") for each in ("Date", "Time"))
        self.begin = time_in(f"{date} {time:0>6}", ("%Y%m%d %H%M%S",), "Begin of Inspection", line_of(general))
        duration = self.texts.get("Inspection Duration")
        self.seconds = number(general, duration, "Duration of Inspection") if duration else None


def _finding(window: Element) -> _Finding:
    own, others = _texts(window, _OF_A_WINDOW)
    notes = [f"{name}: {own[path]}" for path, name in _ABOUT.items() if path in own]
    name = own.get("WinID") or own.get("id") or "Window"
    return f"{line_of(window)}, Window", name, own.get("Result Type", ""), "\n".join((*notes, *others))


def _report(
    run: _Run,
    board: tuple[str, dict[str, str], list[str]],
    findings: Iterable[_Finding],
    options: Options,
    context: Context,
) -> UUTReport:
    """Return the report of a board: what was told of the run, and of the board, and what was found on it."""
    line, own, others = board
    told, program = run.texts, run.texts.get("Program InspectionPlanName", "")
    number = own.get("Number", "")
    place = f"{line}, SinglePCB {number}"
    letter = _LETTERS.get(own.get("Result", "").upper())
    if letter is None:
        detail = f"the result is {own.get('Result', '')!r:.40}, not one of {', '.join(_LETTERS)}"
        raise ConversionError(Reason.WRONG_VALUE, detail, place)
    report = new_test(
        serial_number=own.get("Barcode", ""),
        part_number=program if options.part_number else "",
        station=told.get("Station Name", ""),
        operator=told.get("Repair OperatorName", ""),
        start=run.begin,
        seconds=run.seconds,
        socket=int(number) if number.isascii() and number.isdecimal() and len(number) < 5 else None,  # noqa: PLR2004
        result=letter,
        sequence=program,
        version=told.get("Program VariantName", ""),
    )
    add_misc(report, "AOI", told.get("Station NameAOI", ""))
    add_misc(report, "Repair result", told.get("Repair Result", ""))
    add_misc(report, "Bad board status", own.get("BadBoardStatus", "").strip("0"))
    root = report.root
    root.report_text = "\n".join((*run.notes, *others)) or None
    for finding in findings:
        _add(root, finding, letter, context)
    if not root.steps:
        context.tell("Inspection", letter, place)
        root.passed("Inspection", letter == "P", status=letter)
    tell_header(context.explain, report, place)
    return report


def _add(root: SequenceCall, finding: _Finding, letter: str, context: Context) -> None:
    """Add a finding."""
    place, name, kind, text = finding
    status = "P" if letter == "P" or kind == _FALSE_CALL else "F"
    step = StepOptions(report_text=text)
    context.tell(name, status, place)
    root.passed(told_whole(name, step), status == "P", status=status, **step)


def _texts(element: Element, known: Collection[str]) -> tuple[dict[str, str], list[str]]:
    """Return the texts of known paths in an element, and the rest as notes."""
    own: dict[str, str] = {}
    others: list[str] = []
    for path, text in told(element):
        if path in known and path not in own:
            own[path] = text
        else:
            others.append(f"{path}: {text}")
    return own, others
