"""Viscom AOI: the XML of the repair station, with the boards of a panel and what was found on them."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

from pywats.ingest.converters.building import add_misc, new_test, tell_header, told_whole
from pywats.ingest.converters.elements import (
    Element,
    child,
    children,
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

    Raises:
        ConversionError: it is no such document.
    """
    for data in trees(source.file, {"ViscomData"}, {"ViscomData"}, "result of a Viscom AOI"):
        boards = list(children(_needed(data, "PCBInformation"), "SinglePCB"))
        found: dict[str, list[Element]] = defaultdict(list)
        components = child(data, "ComponentInformation")
        for window in () if components is None else children(components, "Window"):
            found[said(window, "PCBNumber")].append(window)
        unknown = found.keys() - {said(board, "Number") for board in boards}
        if unknown or not boards:
            raise malformed(f"there is no board {', '.join(sorted(unknown))}".strip(), line_of(data))
        general = _needed(data, "GlobalInformation")
        run, notes = _texts(general, _OF_THE_RUN)
        begin = _begin(run, line_of(general))
        for board in boards:
            yield _report(run, begin, notes, board, found, options, context)


def _report(
    run: Mapping[str, str],
    begin: datetime,
    notes: Sequence[str],
    board: Element,
    found: Mapping[str, Sequence[Element]],
    options: Options,
    context: Context,
) -> UUTReport:
    """Return the report of a board: what was told of the run, and of the board, and what was found on it."""
    own, others = _texts(board, _OF_A_BOARD)
    program, duration = run.get("Program InspectionPlanName", ""), run.get("Inspection Duration", "")
    place = own.get("Number", "")
    letter = _LETTERS.get(own.get("Result", "").upper())
    if letter is None:
        detail = f"the result is {own.get('Result', '')!r:.40}, not one of {', '.join(_LETTERS)}"
        raise ConversionError(Reason.WRONG_VALUE, detail, f"{line_of(board)}, SinglePCB {place}")
    report = new_test(
        serial_number=own.get("Barcode", ""),
        part_number=program if options.part_number else "",
        station=run.get("Station Name", ""),
        operator=run.get("Repair OperatorName", ""),
        start=begin,
        seconds=number(board, duration, "Duration of the inspection") if duration else None,
        socket=int(place) if place.isascii() and place.isdecimal() and len(place) < 5 else None,  # noqa: PLR2004
        result=letter,
        sequence=program,
        version=run.get("Program VariantName", ""),
    )
    add_misc(report, "AOI", run.get("Station NameAOI", ""))
    add_misc(report, "Repair result", run.get("Repair Result", ""))
    add_misc(report, "Bad board status", own.get("BadBoardStatus", "").strip("0"))
    report.root.report_text = "\n".join((*notes, *others)) or None
    windows = found.get(place, ())
    for window in windows:
        _add(report.root, window, letter, context)
    if not windows:
        context.tell("Inspection", letter, f"{line_of(board)}, SinglePCB {place}")
        report.root.passed("Inspection", letter == "P", status=letter)
    tell_header(context.explain, report, f"{line_of(board)}, SinglePCB {place}")
    return report


def _add(root: SequenceCall, window: Element, letter: str, context: Context) -> None:
    """Add a finding."""
    own, others = _texts(window, _OF_A_WINDOW)
    status = "P" if letter == "P" or own.get("Result Type") == _FALSE_CALL else "F"
    notes = [f"{name}: {own[path]}" for path, name in _ABOUT.items() if path in own]
    step = StepOptions(report_text="\n".join((*notes, *others)))
    name = own.get("WinID") or own.get("id") or "Window"
    context.tell(name, status, f"{line_of(window)}, Window")
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


def _begin(run: Mapping[str, str], place: str) -> datetime:
    text = f"{run.get('Inspection Date Begin', '')} {run.get('Inspection Time Begin', ''):0>6}"
    return time_in(text, ("%Y%m%d %H%M%S",), "Begin of Inspection", place)


def _needed(element: Element, name: str) -> Element:
    found = child(element, name)
    if found is None:
        raise malformed(f"{local(element)} has no {name}", line_of(element))
    return found
