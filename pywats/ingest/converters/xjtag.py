"""XJTAG: a log archive (``.xjlog``) of one or more test runs, or the XML of one run."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import unescape
from typing import Final, Literal
from zipfile import ZipFile, ZipInfo

from pywats.ingest.converters.building import add_misc, add_note, new_test, shortened, tell_header, told_whole
from pywats.ingest.converters.elements import (
    Element,
    attribute,
    child,
    children,
    line_of,
    number,
    said,
    start_tag,
    told,
    trees,
)
from pywats.ingest.converters.interface import Context, Source
from pywats.ingest.converters.interface import Options as Base
from pywats.ingest.converters.text import malformed, number_or_none
from pywats.ingest.converters.unpacking import Allowance, archive_of, member
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason
from pywats.reports.builder import StepOptions
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall

SUFFIXES: Final = (".xjlog",)

_RUN: Final = re.compile(r"Run ([0-9]{1,9})\.xml")
_INFO: Final = "Info.xml"
_TOTAL: Final = re.compile(r'class="totaltime">([0-9.]{1,20})<')
_TABLES: Final = ("summary", "snippets")
_FUNCTION_NAME: Final = re.compile(r'class="firstcolfunc">([^<]*)<')
_GROUP_NAME: Final = re.compile(r'class="ct_imgtoggle" */>([^<>]*)<')
_SUMMARY: Final = re.compile(r'class="summarycol">([^<]*)<')
_TIME: Final = re.compile(r'class="testtime">([^<]*)<')
_BLOCK_END: Final = re.compile(r"<br ?/?>|</(?:p|li|tr|h[1-6]|div|table|ul)>")
_TAG: Final = re.compile(r"<[^<>]*>")
_BLANKS: Final = re.compile(r"[ \t\r\f]*\n\s*")
_NOT_SHOWN: Final = "ct_allfaults"
"""A link to what stands in another file."""
_KNOWN: Final = frozenset(("project-description", "user", "serial", "result", "time-taken"))
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
    """Yield the reports of an archive, in the order of its runs; nothing is written to a disk, whatever its names."""
    name = ""
    try:
        allowance = Allowance(source.file)
        with archive_of(source.file) as archive:
            runs = _runs(archive)
            name = _INFO
            project = _project(archive, len(runs), allowance)
            for each in runs:
                name = each.filename
                for run in trees(member(archive, each, allowance), {"testrun"}, {"testrun"}, "run of XJTAG"):
                    yield _report(run, options, context, project)
    except ConversionError as error:
        place = ", ".join(filter(None, (name, error.position)))
        raise ConversionError(error.reason, error.detail, place) from error


def _runs(archive: ZipFile) -> list[ZipInfo]:
    """Return the runs in an archive, in their order."""
    found = [(match, each) for each in archive.infolist() if (match := _RUN.fullmatch(each.filename)) is not None]
    if not found:
        raise ConversionError(Reason.EMPTY, "there is no run in the archive")
    return [each for _, each in sorted(found, key=lambda pair: int(pair[0][1]))]


def _project(archive: ZipFile, runs: int, allowance: Allowance) -> str:
    """Return the path of the project.

    Raises:
        ConversionError: the archive says that it has more runs.
    """
    for entry in archive.infolist():
        if entry.filename == _INFO:
            file = member(archive, entry, allowance)
            for info in trees(file, {"LogFileInfo"}, {"LogFileInfo"}, "description of a log of XJTAG"):
                count = said(info, "TestRunCount")
                if count and number(info, count, "TestRunCount") > runs:
                    raise malformed(f"there are {runs} runs in the archive, and {count} are expected")
                return said(info, "ProjectPath")
    return ""


def _report(run: Element, options: Options, context: Context, path: str = "") -> UUTReport:
    info = child(run, "testruninfo")
    result = said(info, "result")
    if info is None or not result:
        raise malformed("the run has no result (testruninfo)", line_of(run))
    taken = said(info, "time-taken")
    project = said(info, "project-description")
    letter = _letter(result, info)
    groups = [(group, list(children(group, "testfunction"))) for group in children(run, "testgroup")]
    shown = _Shown(run, groups)
    report = new_test(
        serial_number=said(info, "serial") or _serial(run),
        part_number=project if options.part_number == "project" else "",
        operator=said(info, "user"),
        start=attribute(run, "datetime"),
        seconds=number(info, taken, "time-taken") / 1000 if taken else shown.seconds,
        result="T" if letter == "S" else letter,
        sequence=project,
        path=path,
    )
    for name, text in told(info, _KNOWN):
        add_misc(report, name, text)
    notes = [said(each) for each in run if each.tag in {"header", "text-output"}]
    add_note(report.root, *notes)
    for group, functions in groups:
        _add_group(report.root, group, functions, shown, context)
    tell_header(context.explain, report, f"{line_of(info)}, testruninfo")
    return report


def _serial(run: Element) -> str:
    """Return the serial number that was set last."""
    found = [match[1] for each in run.iter("text-output", "header") for match in _SERIAL.finditer(said(each))]
    return found[-1].strip() if found else ""


def _add_group(
    root: SequenceCall, group: Element, functions: Sequence[Element], shown: "_Shown", context: Context
) -> None:
    options = StepOptions()
    summary, time = next(shown.groups, ("", ""))
    if (seconds := number_or_none(time)) is not None:
        options["tot_time"] = seconds
    if summary:
        options["report_text"] = unescape(summary)
    sequence = root.sequence(told_whole(attribute(group, "name"), options), **options)
    letters: list[str] = []
    for function in functions:
        parts = {str(each.tag): each for each in function}
        result = parts.get("result")
        if result is None:
            raise malformed(f"testfunction {function.get('name')} has no result", line_of(function))
        letters.append(_letter(attribute(result, "value"), result))
        text = shortened(_output(function, parts), _LONGEST_TEXT)
        options = StepOptions(report_text=text) if text else StepOptions()
        time = next(shown.functions, "")
        if taken := said(parts.get("time-taken")):
            options["tot_time"] = number(function, taken, "time-taken") / 1000
        elif (seconds := number_or_none(time)) is not None:
            options["tot_time"] = seconds
        name = told_whole(attribute(function, "name"), options)
        if context.explain is not None:
            context.tell(name, letters[-1], f"{line_of(function)}, testfunction")
        sequence.passed(name, letters[-1] != "F", status=letters[-1], **options)
    sequence.wire["status"] = max(letters, key=_GRAVITY.index, default="S")


def _output(function: Element, parts: Mapping[str, Element]) -> str:
    """Return what a function wrote, and what it refers to."""
    texts: list[str] = []
    references: list[str] = []
    plain = said(parts.get("plain-text"))
    joins = False
    for each in function:
        text, tag, inline = "", each.tag, False
        if tag == "text-output" and not plain:
            text = said(each)
        elif tag == "html-output" and not plain:
            html, inline = each.text or "", each.get("inline") == "True"
            text = "" if _NOT_SHOWN in html else _text_in(html)
        elif tag == "conntest-errors":
            text = said(each)
        elif tag == "circuit-refs":
            references += [" ".join(reference.values()) for reference in each]
        if text and texts and (joins or inline):
            texts[-1] += f" {text}"
        elif text:
            texts.append(text)
        joins = inline
    if references:
        texts.append(f"refers to {', '.join(dict.fromkeys(references))}")
    return "\n".join([*map(str.strip, plain.splitlines()), *texts])


def _text_in(html: str) -> str:
    """Return the text in HTML, with an end of a line where a paragraph or a row ends."""
    if not _TAG.sub("", html).strip():
        return ""
    return unescape(_BLANKS.sub("\n", _TAG.sub("", _BLOCK_END.sub("\n", html)))).strip()


class _Shown:
    """What only the tables say that a log shows to people: times, and summaries of groups.

    Attributes:
        seconds: of the run.
        groups: summary and seconds of the groups, one after the other.
        functions: seconds of the functions, one after the other.
    """

    def __init__(self, run: Element, groups: Sequence[tuple[Element, Sequence[Element]]]) -> None:
        html, rows = ("".join(text for each in children(run, name) for text in each.itertext()) for name in _TABLES)
        total = _TOTAL.search(html)
        self.seconds = number_or_none(total[1]) if total else None
        self.groups: Iterator[tuple[str, str]] = iter(())
        self.functions: Iterator[str] = iter(())
        if _unescaped(_GROUP_NAME.findall(html)) == [_name(group) for group, _ in groups]:
            self.groups = iter(list(zip(_SUMMARY.findall(html), _TIME.findall(html), strict=False)))
        if _unescaped(_FUNCTION_NAME.findall(rows)) == [_name(each) for _, functions in groups for each in functions]:
            times = _TIME.findall(rows)
            self.functions = iter(times if len(times) == sum(len(functions) for _, functions in groups) else ())


def _name(element: Element) -> str:
    return element.get("name", "").strip()


def _unescaped(found: Iterable[str]) -> list[str]:
    return [unescape(name).strip() for name in found]


def _letter(result: str, element: Element) -> str:
    letter = _LETTERS.get(result.strip().lower())
    if letter is None:
        detail = f"the result is {result!r:.40}, not one of {', '.join(_LETTERS)}"
        raise ConversionError(Reason.WRONG_VALUE, detail, line_of(element))
    return letter
