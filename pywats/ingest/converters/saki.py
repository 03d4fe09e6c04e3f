"""Saki AOI: the XML of one panel with its images (boards), false calls and failures."""

import re
from collections.abc import Iterator
from typing import Final, Literal

from pywats.ingest.converters.building import add_misc, lines, new_test, shortened, tell_header
from pywats.ingest.converters.elements import (
    Element,
    attribute,
    child,
    children,
    line_of,
    local,
    start_tag,
    told,
    trees,
)
from pywats.ingest.converters.interface import Context, Source
from pywats.ingest.converters.interface import Options as Base
from pywats.ingest.converters.text import malformed, time_in
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall

SUFFIXES: Final = ()

_TIMES: Final = ("%H:%M:%S", "%I:%M:%S %p")
_DATES: Final = {
    first: tuple(f"{date} {time}" for time in _TIMES for date in (form, "%Y/%m/%d"))
    for first, form in {"day": "%d/%m/%Y", "month": "%m/%d/%Y"}.items()
}
_SEPARATORS: Final = re.compile(r"(?<=\d)[-.](?=\d)")
_LETTERS: Final = {
    **dict.fromkeys(("passed", "pass", "good", "ok"), "P"),
    **dict.fromkeys(("failed", "fail", "ng"), "F"),
    "skipped": "S",
}
_LISTS: Final = {"FalseCalls": ("P", "false call"), "Failed": ("F", "")}
_OF_A_PANEL: Final = frozenset(("barcode", "result", "startDate", "startTime", "side", "operator", "Program", "Image"))
_OF_AN_IMAGE: Final = frozenset(("id", "result", "Results"))
_NO_BARCODE: Final = frozenset(("", "N/A", "NA", "NONE", "NOREAD"))


class Options(Base):
    """What the files do not tell by themselves.

    Attributes:
        date: what comes first in a date: the day or the month.
        part_number: what holds the part number: the side of the panel, the name of the program, or nothing.
    """

    date: Literal["day", "month"] = "day"
    part_number: Literal["", "side", "program"] = ""


def sniff(head: bytes, name: str) -> float:
    """Return how sure it is that this is a result of a Saki AOI, by the first element."""
    del name
    tag = start_tag(head)
    return 0.9 if re.match(rb"<Panel\s", tag) and all(each in tag for each in (b"barcode=", b"startDate=")) else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield the report of the panel, or of each of its images if they have barcodes.

    Raises:
        ConversionError: it is no such document.
    """
    for panel in trees(source.file, {"Panel"}, {"Panel"}, "result of a Saki AOI"):
        images = list(children(panel, "Image"))
        if not images:
            raise malformed("the panel has no image", line_of(panel))
        barcodes = [_barcode(image) for image in images]
        about = _About(panel, child(panel, "Program"))
        if all(barcodes) and len(set(barcodes)) == len(barcodes):
            for image, barcode in zip(images, barcodes, strict=True):
                yield _report(about, barcode, image.get("result", ""), [image], options, context)
        else:
            yield _report(about, _barcode(panel), panel.get("result", ""), images, options, context)


class _About:
    """What is told of a panel once, for all the reports of its images."""

    def __init__(self, panel: Element, program: Element | None) -> None:
        self.panel = panel
        self.program = "" if program is None else program.get("name", "")
        self.version = "" if program is None else program.get("ver", "")
        self.misc = told(panel, _OF_A_PANEL)
        if program is not None:
            self.misc += [(f"Program {key}", text) for key, text in told(program, ("name", "ver"))]


def _report(
    about: _About, serial: str, result: str, images: list[Element], options: Options, context: Context
) -> UUTReport:
    panel, name = about.panel, about.program
    side = panel.get("side", "")
    date = _SEPARATORS.sub("/", f"{attribute(panel, 'startDate')} {attribute(panel, 'startTime')}")
    letter = _letter(result, images[0] if len(images) == 1 else panel)
    report = new_test(
        serial_number=serial,
        part_number={"side": side, "program": name}.get(options.part_number, ""),
        operator=panel.get("operator", ""),
        start=time_in(date, _DATES[options.date], "startDate", line_of(panel)),
        result="T" if letter == "S" else letter,
        sequence=name,
        version=about.version,
    )
    add_misc(report, "side", "" if options.part_number == "side" else side)
    for key, text in about.misc:
        add_misc(report, key, text)
    for image in images:
        _add(report.root, image, context)
    tell_header(context.explain, report, f"{line_of(panel)}, Panel")
    return report


def _add(root: SequenceCall, image: Element, context: Context) -> None:
    status = _letter(image.get("result", ""), image)
    sequence = root.sequence(shortened(f"Image {image.get('id', '')}".strip()), status=status)
    if notes := [f"{key}: {text}" for key, text in told(image, _OF_AN_IMAGE) if text not in _NO_BARCODE]:
        sequence.report_text = "\n".join(notes)
    for results in children(image, "Results"):
        for listed in results:
            letter, note = _LISTS.get(local(listed), ("", ""))
            if not letter:
                raise malformed(f"{local(listed)} is neither {' nor '.join(_LISTS)}", line_of(listed))
            for reference in children(listed, "Reference"):
                about = (f"{key}: {text}" for key, text in told(reference, ("designator",)))
                text = lines(note, *about)
                name = shortened(attribute(reference, "designator"))
                context.tell(name, letter, f"{line_of(reference)}, {local(listed)}")
                sequence.passed(name, letter == "P", status=letter, report_text=text)


def _barcode(element: Element) -> str:
    barcode = element.get("barcode", "").strip()
    return "" if barcode.upper() in _NO_BARCODE else barcode


def _letter(result: str, element: Element) -> str:
    letter = _LETTERS.get(result.strip().lower())
    if letter is None:
        detail = f"result is {result!r:.40}, not one of {', '.join(_LETTERS)}"
        raise ConversionError(Reason.WRONG_VALUE, detail, line_of(element))
    return letter
