"""Saki AOI: the XML of one panel with its images (boards), false calls and failures."""

import re
from collections.abc import Iterator
from typing import Final, Literal

from pywats.ingest.converters.building import add_misc, new_test, shortened, tell_header
from pywats.ingest.converters.elements import Element, attribute, child, children, line_of, local, start_tag, trees
from pywats.ingest.converters.interface import Context, Source
from pywats.ingest.converters.interface import Options as Base
from pywats.ingest.converters.text import malformed, time_in
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall

SUFFIXES: Final = ()

_DATES: Final = {"day": ("%d/%m/%Y %H:%M:%S",), "month": ("%m/%d/%Y %H:%M:%S",)}
_LETTERS: Final = {"passed": "P", "pass": "P", "good": "P", "failed": "F", "fail": "F", "skipped": "S"}
_LISTS: Final = {"FalseCalls": ("P", "false call"), "Failed": ("F", "")}
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
        if all(barcodes) and len(set(barcodes)) == len(barcodes):
            for image, barcode in zip(images, barcodes, strict=True):
                yield _report(panel, barcode, image.get("result", ""), [image], options, context)
        else:
            yield _report(panel, _barcode(panel), panel.get("result", ""), images, options, context)


def _report(
    panel: Element, serial: str, result: str, images: list[Element], options: Options, context: Context
) -> UUTReport:
    program = child(panel, "Program")
    name = "" if program is None else program.get("name", "")
    side = panel.get("side", "")
    date = f"{attribute(panel, 'startDate')} {attribute(panel, 'startTime')}"
    report = new_test(
        serial_number=serial,
        part_number={"side": side, "program": name}.get(options.part_number, ""),
        operator=panel.get("operator", ""),
        start=time_in(date, _DATES[options.date], "startDate", line_of(panel)),
        result=_letter(result, images[0] if len(images) == 1 else panel),
        sequence=name,
        version="" if program is None else program.get("ver", ""),
    )
    add_misc(report, "side", "" if options.part_number == "side" else side)
    for image in images:
        _add(report.root, image, context)
    tell_header(context.explain, report, f"{line_of(panel)}, Panel")
    return report


def _add(root: SequenceCall, image: Element, context: Context) -> None:
    status = _letter(image.get("result", ""), image)
    sequence = root.sequence(shortened(f"Image {image.get('id', '')}".strip()), status=status)
    for results in children(image, "Results"):
        for listed in results:
            letter, note = _LISTS.get(local(listed), ("", ""))
            if not letter:
                raise malformed(f"{local(listed)} is neither {' nor '.join(_LISTS)}", line_of(listed))
            for reference in children(listed, "Reference"):
                about = {key: value for key, value in reference.attrib.items() if value and key != "designator"}
                text = "\n".join(filter(None, (note, *(f"{key}: {value}" for key, value in about.items()))))
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
