"""Viscom AOI: the XML of the repair station, with the boards of a panel and what was found on them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

from pywats.ingest.converters.building import add_misc, new_test, shortened, tell_header
from pywats.ingest.converters.elements import Element, child, children, line_of, local, number, said, start_tag, trees
from pywats.ingest.converters.interface import Context, Source
from pywats.ingest.converters.interface import Options as Base
from pywats.ingest.converters.text import malformed, time_in
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason
from pywats.reports.models import UUTReport

SUFFIXES: Final = ()

_LETTERS: Final = {"PASS": "P", "OK": "P", "FAIL": "F", "NOK": "F"}
_FALSE_CALL: Final = "2"
"""Type of a finding that the operator judged as none."""
_ABOUT: Final = {
    "error": ("Result", "ErrorDescription"),
    "type": ("Result", "Type"),
    "package": ("PartNumber",),
    "window type": ("WinType",),
    "solder joint": ("SolderjointNumber",),
    "analysis": ("Analysis", "Mode"),
    "analysis mode": ("Analysis", "SubMode"),
    "x": ("CADPosition", "X"),
    "y": ("CADPosition", "Y"),
}


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
        for board in boards:
            yield _report(_needed(data, "GlobalInformation"), board, found, options, context)


def _report(
    about: Element, board: Element, found: Mapping[str, Sequence[Element]], options: Options, context: Context
) -> UUTReport:
    program = said(about, "Program", "InspectionPlanName")
    inspection = _needed(about, "Inspection")
    duration, place = said(inspection, "Duration"), said(board, "Number")
    result = said(board, "Result")
    letter = _LETTERS.get(result.upper())
    if letter is None:
        detail = f"the result is {result!r:.40}, not one of {', '.join(_LETTERS)}"
        raise ConversionError(Reason.WRONG_VALUE, detail, f"{line_of(board)}, SinglePCB {place}")
    report = new_test(
        serial_number=said(board, "Barcode"),
        part_number=program if options.part_number else "",
        station=said(about, "Station", "Name"),
        operator=said(about, "Repair", "OperatorName"),
        start=_begin(inspection),
        seconds=number(inspection, duration, "Duration") if duration else None,
        socket=int(place) if place.isascii() and place.isdecimal() and len(place) < 5 else None,  # noqa: PLR2004
        result=letter,
        sequence=program,
        version=said(about, "Program", "VariantName"),
    )
    add_misc(report, "AOI", said(about, "Station", "NameAOI"))
    add_misc(report, "Repair result", said(about, "Repair", "Result"))
    add_misc(report, "Bad board status", said(board, "BadBoardStatus").strip("0"))
    windows = found.get(place, ())
    for window in windows:
        status = "P" if letter == "P" or said(window, "Result", "Type") == _FALSE_CALL else "F"
        notes = [f"{name}: {text}" for name, path in _ABOUT.items() if (text := said(window, *path))]
        name = said(window, "WinID") or window.get("id", "") or "Window"
        context.tell(name, status, f"{line_of(window)}, Window")
        report.root.passed(shortened(name), status == "P", status=status, report_text="\n".join(notes))
    if not windows:
        context.tell("Inspection", letter, f"{line_of(board)}, SinglePCB {place}")
        report.root.passed("Inspection", letter == "P", status=letter)
    tell_header(context.explain, report, f"{line_of(board)}, SinglePCB {place}")
    return report


def _begin(inspection: Element) -> datetime:
    text = f"{said(inspection, 'Date', 'Begin')} {said(inspection, 'Time', 'Begin'):0>6}"
    return time_in(text, ("%Y%m%d %H%M%S",), "Begin of Inspection", line_of(inspection))


def _needed(element: Element, name: str) -> Element:
    found = child(element, name)
    if found is None:
        raise malformed(f"{local(element)} has no {name}", line_of(element))
    return found
