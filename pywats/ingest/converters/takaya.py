"""Takaya flying probe testers: ATD with tabs or quotes, and ATDX."""

from collections.abc import Iterator
from itertools import groupby
from typing import Final, Literal

from pywats.ingest.converters.building import add_misc, add_number, add_text, new_test, shortened, tell_header
from pywats.ingest.converters.interface import Context, Source
from pywats.ingest.converters.interface import Options as Base
from pywats.ingest.converters.takaya_atd import read_atd
from pywats.ingest.converters.takaya_atdx import is_atdx, read_atdx
from pywats.ingest.converters.takaya_run import Judged, Run
from pywats.ingest.converters.text import malformed, read_text, time_in
from pywats.reports.builder import StepOptions
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall

SUFFIXES: Final = (".atd", ".atdx")

_DATES: Final = {
    "day": ("%d/%m/%Y %H:%M:%S", "%d/%m/%y %H:%M:%S", "%Y/%m/%d %H:%M:%S"),
    "month": ("%m/%d/%Y %H:%M:%S", "%m/%d/%y %H:%M:%S", "%Y/%m/%d %H:%M:%S"),
}
_STATUSES: Final = {"PASS": "P", "......": "S", "SKIP": "S", "UNTESTED": "S", "": "S"}


class Options(Base):
    """How the files of a tester are read.

    Attributes:
        date: what comes first in a date: the day or the month.
        runs: a file that was saved again after each repeat or review holds the same test, with the same serial number
            and time, several times: report the last only, which is what the server would be left with, or all.
    """

    date: Literal["day", "month"] = "day"
    runs: Literal["last", "all"] = "last"


def sniff(head: bytes, name: str) -> float:
    """Return how sure it is that this is ATD or ATDX, by how it begins."""
    del name
    if is_atdx(head):
        return 0.95
    lines = head.split(b"\n", 12)
    begins = lines[0].strip() == b"@" and any(line.startswith(b"D.T:") for line in lines)
    return 0.95 if begins else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield a report for each unit of each run: groups of a panel that have their own serial numbers are units.

    Raises:
        ConversionError: it is not in this format, or it ends too early.
    """
    text = read_text(source, context)
    lines = text.splitlines()
    semicolons = is_atdx(text[:40].encode())
    if semicolons and not text.endswith("\n"):
        raise malformed("the last line has no end: the file ends too early", f"line {len(lines)}")
    runs = read_atdx(lines) if semicolons else read_atd(lines)
    for _, repeats in groupby(runs, key=lambda run: (run.serials, run.date)):
        if options.runs == "all":
            for run in repeats:
                yield from _reports(run, options, 1, context)
            continue
        count, last = 0, None
        for run in repeats:
            count, last = count + 1, run
        if last is not None:
            yield from _reports(last, options, count, context)


def _reports(run: Run, options: Options, repeats: int, context: Context) -> Iterator[UUTReport]:
    """Yield the reports of a run."""
    serials = dict.fromkeys(group.serial or run.serial for group in run.groups)
    for serial in serials:
        groups = [group for group in run.groups if (group.serial or run.serial) == serial]
        result = "P" if all(group.result == "PASS" for group in groups) else "F"
        report = new_test(
            serial_number=serial,
            part_number=run.model,
            station=run.tester,
            start=time_in(run.date, _DATES[options.date], "the date of the test", run.place) if run.date else None,
            seconds=run.seconds,
            result=result,
            sequence=run.model,
            socket=int(groups[0].number) if len(groups) == 1 and len(run.groups) > 1 else None,
        )
        if repeats > 1:
            add_misc(report, "Runs in the file", str(repeats))
        for key, text in run.others.items():
            add_misc(report, key, text)
        for group in groups:
            name = f"Group {group.number}{' side ' + group.side if group.side else ''}"
            status = "P" if group.result == "PASS" else "F"
            sequence = report.root.sequence(name, status=status)
            for step in group.steps:
                context.tell(step.name, f"{step.measured} {step.judgement}".strip(), step.place)
                _add(sequence, step)
        tell_header(context.explain, report, run.place)
        yield report


def _add(into: SequenceCall, step: Judged) -> None:
    status = _STATUSES.get(step.judgement.upper(), "F")
    notes = [note for note in step.notes if note]
    if step.judgement not in {"PASS", "FAIL"}:
        notes.insert(0, f"judged {step.judgement}")
    options = StepOptions(report_text="\n".join(notes)) if notes else StepOptions()
    if status == "S" or not step.measured:
        into.action(shortened(step.name), status=status, **options)
    elif step.value is None:
        add_text(into, step.name, step.measured, status=status, **options)
    else:
        add_number(into, step.name, step.value, step.unit, low=step.low, high=step.high, status=status, **options)
