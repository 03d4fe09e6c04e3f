"""Takaya flying probe testers: ATD with tabs or quotes, and ATDX."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final, Literal

from pywats.ingest.converters.building import add_misc, add_number, add_text, new_test, tell_header, told_whole
from pywats.ingest.converters.interface import Context, Source
from pywats.ingest.converters.interface import Options as Base
from pywats.ingest.converters.takaya.atd import read_atd
from pywats.ingest.converters.takaya.atdx import is_atdx, read_atdx
from pywats.ingest.converters.takaya.run import Group, Judged, Run
from pywats.ingest.converters.text import begin_of, read_lines, time_in
from pywats.reports.builder import StepOptions
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall

SUFFIXES: Final = (".atd", ".atdx")

_TIMES: Final = ("%H:%M:%S", "%I:%M:%S %p")
_DATES: Final = {
    first: tuple(f"{date} {time}" for time in _TIMES for date in (*dates, "%Y/%m/%d"))
    for first, dates in {"day": ("%d/%m/%Y", "%d/%m/%y"), "month": ("%m/%d/%Y", "%m/%d/%y")}.items()
}
_SEPARATORS: Final = re.compile(r"(?<=\d)[-.](?=\d)")
_STATUSES: Final = {"PASS": "P", "......": "S", "SKIP": "S", "UNTESTED": "S", "NOT TESTED": "S", "": "S"}
_RESULTS: Final = {**_STATUSES, "ABORT": "T", "ABORTED": "T", "STOP": "T", "STOPPED": "T"}
_GRAVITY: Final = "SPTF"
_LONGEST_LINE: Final = 65_536
"""Characters: a row is a step, and its cells are few."""


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
    lines = begin_of(head).lstrip().split(b"\n", 12)
    begins = lines[0].strip() == b"@" and any(line.startswith((b"D.T:", b"Model")) for line in lines)
    return 0.95 if begins else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield a report for each unit of each run: groups of a panel that have their own serial numbers are units.

    Raises:
        ConversionError: it is not in this format, or it ends too early.
    """
    semicolons = is_atdx(source.file.read(200))
    source.file.seek(0)
    lines = read_lines(source, context, ended=semicolons, longest=_LONGEST_LINE)
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
    units: dict[str, list[Group]] = {}
    for serial, group in zip(run.serials, run.groups, strict=True):
        units.setdefault(serial, []).append(group)
    start = _start(run, options) if run.date else None
    for serial, groups in units.items():
        report = new_test(
            serial_number=serial,
            part_number=run.model,
            station=run.tester,
            operator=run.operator,
            batch=run.batch,
            start=start,
            seconds=run.seconds,
            result=_result(run, groups, alone=len(units) == 1),
            sequence=run.model,
            path=run.path,
            comment="\n".join(run.comment),
            socket=int(groups[0].number) if len(groups) == 1 and len(run.groups) > 1 else None,
        )
        if repeats > 1:
            add_misc(report, "Runs in the file", str(repeats))
        for key, text in run.others.items():
            add_misc(report, key, text)
        for group in groups:
            _add_group(report.root, group, context)
        tell_header(context.explain, report, run.place)
        yield report


def _start(run: Run, options: Options) -> datetime:
    return time_in(_SEPARATORS.sub("/", run.date), _DATES[options.date], "the date of the test", run.place)


def _result(run: Run, groups: Sequence[Group], *, alone: bool) -> str:
    """Return the gravest result of some groups, and of the run if they are all of it; what was not tested ended."""
    results = [group.result for group in groups] + ([run.result] if alone and run.result else [])
    gravest = max((_RESULTS.get(result.upper(), "F") for result in results), key=_GRAVITY.index)
    return "T" if gravest == "S" else gravest


def _add_group(root: SequenceCall, group: Group, context: Context) -> None:
    status = _RESULTS.get(group.result.upper(), "F")
    if status == "S" and any(step.measured for step in group.steps):
        status = "D"  # what a skipped step holds is lost on the server
    notes = [] if group.result in {"PASS", "FAIL"} else [f"judged {group.result}"]
    sequence = root.sequence(f"Group {group.number}{' side ' + group.side if group.side else ''}", status=status)
    if text := "\n".join(notes + group.notes):
        sequence.wire["reportText"] = text
    for step in group.steps:
        context.tell(step.name, f"{step.measured} {step.judgement}".strip(), step.place)
        _add(sequence, step)


def _add(into: SequenceCall, step: Judged) -> None:
    status = _STATUSES.get(step.judgement.upper(), "F")
    notes = list(step.notes)
    if step.judgement not in {"PASS", "FAIL"}:
        notes.insert(0, f"judged {step.judgement}")
    options = StepOptions(report_text="\n".join(notes)) if notes else StepOptions()
    if status == "S" or not step.measured:
        if step.measured:
            options["report_text"] = "\n".join((f"measured {step.measured}", *notes))
        into.action(told_whole(step.name, options), status=status, **options)
    elif step.value is None:
        add_text(into, step.name, step.measured, status=status, **options)
    else:
        add_number(into, step.name, step.value, step.unit, low=step.low, high=step.high, status=status, **options)
