"""Saki AOI: the XML of one panel with its images (boards), false calls and failures."""

import re
import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from itertools import chain, islice
from typing import BinaryIO, Final, Literal

from pywats.ingest.converters import temporary
from pywats.ingest.converters.building import add_misc, lines, new_test, shortened, tell_header
from pywats.ingest.converters.elements import (
    Element,
    attribute,
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
_FEW: Final = 10_000
"""Barcodes that are held in memory: no panel has more."""
_BARCODES: Final = "CREATE TABLE barcodes (barcode TEXT PRIMARY KEY CHECK (barcode <> '')) WITHOUT ROWID; BEGIN;"


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

    The file is read twice: what is told of the panel, and whether all images have barcodes, is known at its end.

    Raises:
        ConversionError: it is no such document.
    """
    about = _About(source.file)
    source.file.seek(0)
    start = _start(about.panel, options)
    whole = _report(about, about.panel, start, options) if about.is_one_unit else None
    for _, image in _images(source.file):
        report = _report(about, image, start, options) if whole is None else whole
        _add(report.root, image, context)
        if whole is None:
            tell_header(context.explain, report, f"{line_of(about.panel)}, Panel")
            yield report
    if whole is not None:
        tell_header(context.explain, whole, f"{line_of(about.panel)}, Panel")
        yield whole


def _images(file: BinaryIO) -> Iterator[tuple[Element, Element]]:
    """Yield the panel with each of its images, which is emptied when the next one is asked for."""
    for image in trees(file, {"Panel"}, {"Image"}, "result of a Saki AOI"):
        panel = image.getparent()
        if panel is None or panel.getparent() is not None:
            raise malformed("an Image stands in another element than Panel", line_of(image))
        yield panel, image


class _About:
    """What is told of a panel once, for all the reports of its images.

    Attributes:
        panel: its element.
        is_one_unit: not every image has a barcode of its own.
        misc: what has no field.

    Args:
        file: the document, which is read to its end.
    """

    panel: Element
    _program: Element | None = None

    def __init__(self, file: BinaryIO) -> None:
        self._others: list[tuple[str, str]] = []
        self.is_one_unit = not _all_different(self._barcodes(file))
        own = [(name, text.strip()) for name, text in self.panel.items() if name not in _OF_A_PANEL]
        self.misc = own + self._others
        if self._program is not None:
            self.misc += [(f"Program {key}", text) for key, text in told(self._program, ("name", "ver"))]

    def of_program(self, name: str) -> str:
        """Return an attribute of the inspection program."""
        return "" if self._program is None else self._program.get(name, "")

    def _barcodes(self, file: BinaryIO) -> Iterator[str]:
        """Yield the barcodes of all images, and take in what else stands in the panel."""
        for self.panel, image in _images(file):
            self._take_others(image)
            yield _barcode(image)
        self._take_others()

    def _take_others(self, before: Element | None = None) -> None:
        """Take in what stands before an image, or the end, and behind the image before, which is empty by now."""
        for each in self.panel:
            if each is before:
                return
            name = local(each)
            if name == "Program" and self._program is None:
                self._program = each
            elif name not in _OF_A_PANEL:
                self._others += told(each, path=name)


def _all_different(barcodes: Iterator[str]) -> bool:
    """Return whether none is missing or there twice, having read them to the end."""
    few = list(islice(barcodes, _FEW))
    if len(few) < _FEW:
        return all(few) and len(set(few)) == len(few)
    with temporary.explained(), closing(temporary.database(_BARCODES)) as many:
        try:
            many.executemany("INSERT INTO barcodes VALUES (?)", ((each,) for each in chain(few, barcodes)))
        except sqlite3.IntegrityError:
            deque(barcodes, maxlen=0)
            return False
    return True


def _start(panel: Element, options: Options) -> datetime:
    date = _SEPARATORS.sub("/", f"{attribute(panel, 'startDate')} {attribute(panel, 'startTime')}")
    return time_in(date, _DATES[options.date], "startDate", line_of(panel))


def _report(about: _About, unit: Element, start: datetime, options: Options) -> UUTReport:
    """Return the report of an image, or of the whole panel, without steps."""
    panel, name = about.panel, about.of_program("name")
    side = panel.get("side", "")
    letter = _letter(unit.get("result", ""), unit)
    report = new_test(
        serial_number=_barcode(unit),
        part_number={"side": side, "program": name}.get(options.part_number, ""),
        operator=panel.get("operator", ""),
        start=start,
        result="T" if letter == "S" else letter,
        sequence=name,
        version=about.of_program("ver"),
    )
    add_misc(report, "side", "" if options.part_number == "side" else side)
    for key, text in about.misc:
        add_misc(report, key, text)
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
                about = [f"{key}: {text}" for key, text in told(reference, ("designator",))]
                text = lines(note, *about)
                name = shortened(attribute(reference, "designator"))
                if context.explain is not None:
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
