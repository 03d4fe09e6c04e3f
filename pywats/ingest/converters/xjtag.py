"""XJTAG: a log archive (``.xjlog``) of one or more test runs, or the XML of one run."""

import re
from collections.abc import Iterator
from typing import Final, Literal
from zipfile import ZipFile

from pywats.ingest.converters.building import add_misc, new_test, shortened, tell_header, told_whole
from pywats.ingest.converters.elements import (
    Element,
    attribute,
    child,
    children,
    line_of,
    number,
    said,
    start_tag,
    trees,
)
from pywats.ingest.converters.interface import Context, Source
from pywats.ingest.converters.interface import Options as Base
from pywats.ingest.converters.text import malformed
from pywats.ingest.converters.unpacking import Allowance, archive_of, member
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason
from pywats.reports.builder import StepOptions
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall

SUFFIXES: Final = (".xjlog",)

_RUN: Final = re.compile(r"Run (\d+)\.xml")
_SERIAL: Final = re.compile(r"Serial number set to (.+) by ")
_LETTERS: Final = {
    "passed": "P",
    "failed": "F",
    "skipped": "S",
    "error": "E",
    "aborted": "T",
    "cancelled": "T",
    "terminated": "T",
}
_GRAVITY: Final = "SPFET"
_LONGEST_TEXT: Final = 100_000


class Options(Base):
    """What the files do not tell by themselves.

    Attributes:
        part_number: take the description of the project for the part number of the unit.
    """

    part_number: Literal["", "project"] = ""


def sniff(head: bytes, name: str) -> float:
    """Return how sure it is that this is a log of XJTAG: an archive of runs, or a run."""
    if head.startswith(b"PK\x03\x04"):
        return 0.95 if b"Run 1.xml" in head or name.lower().endswith(".xjlog") else 0.0
    return 0.9 if start_tag(head).startswith(b"<testrun datetime=") else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield the report of each run.

    Raises:
        ConversionError: it is no log of XJTAG, or a run has no result.
    """
    if source.file.read(2) == b"PK":
        yield from _archived(source, options, context)
        return
    source.file.seek(0)
    for run in trees(source.file, {"testrun"}, {"testrun"}, "log of XJTAG"):
        yield _report(run, options, context)


def _archived(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield the reports of an archive, in the order of its runs."""
    name = ""
    try:
        allowance = Allowance(source.file)
        with archive_of(source.file) as archive:
            for name in _runs(archive):
                for run in trees(member(archive, name, allowance), {"testrun"}, {"testrun"}, "run of XJTAG"):
                    yield _report(run, options, context)
    except ConversionError as error:
        place = ", ".join(filter(None, (name, error.position)))
        raise ConversionError(error.reason, error.detail, place) from error


def _runs(archive: ZipFile) -> list[str]:
    """Return the names of the runs in an archive, in their order."""
    found = [match for each in archive.namelist() if (match := _RUN.fullmatch(each)) is not None]
    if not found:
        raise ConversionError(Reason.EMPTY, "there is no run in the archive")
    return [match[0] for match in sorted(found, key=lambda match: int(match[1]))]


def _report(run: Element, options: Options, context: Context) -> UUTReport:
    info = child(run, "testruninfo")
    result = said(info, "result")
    if info is None or not result:
        raise malformed("the run has no result (testruninfo)", line_of(run))
    taken = said(info, "time-taken")
    project = said(info, "project-description")
    report = new_test(
        serial_number=said(info, "serial") or _serial(run),
        part_number=project if options.part_number == "project" else "",
        operator=said(info, "user"),
        start=attribute(run, "datetime"),
        seconds=number(info, taken, "time-taken") / 1000 if taken else None,
        result=_letter(result, info),
        sequence=project,
    )
    for name in ("xjlink-serial", "xjlink-name", "xjtag-version"):
        add_misc(report, name, said(info, name))
    for group in children(run, "testgroup"):
        _add_group(report.root, group, context)
    tell_header(context.explain, report, f"{line_of(info)}, testruninfo")
    return report


def _serial(run: Element) -> str:
    """Return the serial number that was set last."""
    found = [match[1] for each in run.iter("text-output", "header") for match in _SERIAL.finditer(said(each))]
    return found[-1].strip() if found else ""


def _add_group(root: SequenceCall, group: Element, context: Context) -> None:
    sequence = root.sequence(shortened(attribute(group, "name")))
    letters: list[str] = []
    for function in children(group, "testfunction"):
        result = child(function, "result")
        if result is None:
            raise malformed(f"testfunction {function.get('name')} has no result", line_of(function))
        letters.append(_letter(attribute(result, "value"), result))
        outputs = [said(each) for each in function if each.tag in {"text-output", "conntest-errors"}]
        text = shortened("\n".join(filter(None, outputs)), _LONGEST_TEXT)
        options = StepOptions(report_text=text) if text else StepOptions()
        if taken := said(function, "time-taken"):
            options["tot_time"] = number(function, taken, "time-taken") / 1000
        name = told_whole(attribute(function, "name"), options)
        context.tell(name, letters[-1], f"{line_of(function)}, testfunction")
        sequence.passed(name, letters[-1] != "F", status=letters[-1], **options)
    sequence.wire["status"] = max(letters, key=_GRAVITY.index, default="S")


def _letter(result: str, element: Element) -> str:
    letter = _LETTERS.get(result.strip().lower())
    if letter is None:
        detail = f"the result is {result!r:.40}, not one of {', '.join(_LETTERS)}"
        raise ConversionError(Reason.WRONG_VALUE, detail, line_of(element))
    return letter
