"""SigmaQuest XML: the report of a unit with nested test runs."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from pywats.ingest.converters.building import (
    add_misc,
    add_number,
    add_text,
    new_test,
    shortened,
    tell_header,
    told_whole,
)
from pywats.ingest.converters.elements import Element, children, line_of, local, number, said, start_tag, trees
from pywats.ingest.converters.interface import Context, Options, Source
from pywats.ingest.converters.text import malformed
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason
from pywats.reports.builder import StepOptions
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall

__all__ = ["SUFFIXES", "Options", "convert", "sniff"]

SUFFIXES: Final = ()

_GRADES: Final = {
    "PASS": "P",
    "PASSED": "P",
    "DONE": "P",
    "FAIL": "F",
    "FAILED": "F",
    "ERROR": "E",
    "ABORT": "T",
    "ABORTED": "T",
    "TERMINATED": "T",
    "SKIPPED": "S",
    "PENDING": "S",
}
_NO_LIMIT: Final = frozenset(("", "0"))
"""A limit that is not set; one that is zero has a decimal point."""


def sniff(head: bytes, name: str) -> float:
    """Return how sure it is that this is a report of SigmaQuest, by the first elements."""
    del name
    tag = start_tag(head)
    return 0.9 if tag.startswith((b"<UnitReport>", b"<UnitReport ")) else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield the report of the unit: one for each of its outermost test runs.

    Raises:
        ConversionError: it is no such document.
    """
    del options
    for unit in trees(source.file, {"UnitReport"}, {"UnitReport"}, "report of SigmaQuest"):
        runs = list(children(unit, "TestRun"))
        if not runs:
            raise malformed("the unit has no TestRun", line_of(unit))
        for run in runs:
            yield _report(unit, run, unit if len(runs) == 1 else run, context)


def _report(unit: Element, run: Element, timed: Element, context: Context) -> UUTReport:
    """Return the report of a test run; with the times of the whole unit if there is no other run."""
    product, station, operator = (next(unit.iter(name), None) for name in ("Product", "Station", "Operator"))
    result = _letter(run)
    report = new_test(
        serial_number=_of(product, "serial-no"),
        part_number=_of(product, "part-no"),
        revision=_of(product, "revision"),
        station=_of(station, "name") if not _of(station, "name").startswith("<") else _of(station, "guid"),
        operator=_of(operator, "name"),
        start=timed.get("start-time") or run.get("start-time"),
        seconds=_seconds(timed),
        result="T" if result == "S" else result,
        sequence=run.get("name", ""),
    )
    order = _of(product, "factory-order")
    add_misc(report, "Factory order", "" if order == "None" else order)
    tell_header(context.explain, report, f"{line_of(unit)}, UnitReport")
    _fill(report.root, run, context)
    return report


def _fill(sequence: SequenceCall, run: Element, context: Context) -> None:
    """Add what is in a test run, in the order in which it stands there."""
    for each in run:
        if local(each) == "TestRun":
            _add_run(sequence, each, context)
        elif local(each) in {"Result", "Property"}:
            for value in each.iter():
                _add_value(sequence, value, context)


def _add_run(into: SequenceCall, run: Element, context: Context) -> None:
    status = _letter(run)
    options = StepOptions()
    if (seconds := _seconds(run)) is not None:
        options["tot_time"] = seconds
    start = run.get("start-time")
    if start:
        options["start"] = _time(start, run)
    grade = run.get("grade", "")
    pending = status == "S" and grade.upper() == "PENDING"
    if pending:
        options["report_text"] = f"grade {grade}"
    name = told_whole(run.get("name") or "TestRun", options)
    # What a skipped step holds is lost on the server; what a pending one measured is not.
    sequence = into.sequence(name, status="D" if pending and len(run) else status, **options)
    context.tell(name, status, f"{line_of(run)}, TestRun")
    _fill(sequence, run, context)


def _add_value(sequence: SequenceCall, value: Element, context: Context) -> None:
    kind, name = local(value), value.get("name") or "value"
    if kind.startswith("Value"):
        context.tell(name, said(value) or "a file", f"{line_of(value)}, {kind}")
    if kind == "ValueDouble" or kind == "ValueInteger":  # noqa: PLR1714 - they are not the same
        low, high = (_limit(value, key) for key in ("lsl", "usl"))
        text = said(value)
        missing = text.lower() in {"", "null"}
        measured = None if missing else number(value, text, name)
        status = "S" if missing else None
        add_number(sequence, name, measured, value.get("unit", ""), low=low, high=high, status=status)
    elif kind == "ValueAttachment":
        text = "\n".join(f"{key}: {given}" for key, given in value.attrib.items() if given and key != "name")
        sequence.action(shortened(name), report_text=f"file, which is not in the report\n{text}")
    elif kind.startswith("Value"):
        add_text(sequence, name, said(value))


def _limit(value: Element, key: str) -> float | None:
    text = value.get(key, "").strip()
    return None if text in _NO_LIMIT else number(value, text, key)


def _letter(run: Element) -> str:
    grade = run.get("grade", "").strip().upper()
    letter = _GRADES.get(grade)
    if letter is None:
        detail = f"the grade is {grade!r:.40}, not one of {', '.join(_GRADES)}"
        raise ConversionError(Reason.WRONG_VALUE, detail, f"{line_of(run)}, TestRun {run.get('name', '')}")
    return letter


def _seconds(timed: Element) -> float | None:
    start, end = timed.get("start-time"), timed.get("end-time")
    if not start or not end:
        return None
    began, ended = _time(start, timed), _time(end, timed)
    if (began.tzinfo is None) != (ended.tzinfo is None):
        raise malformed("start-time and end-time must both have an offset, or neither", line_of(timed))
    return max(0.0, (ended - began).total_seconds())


def _time(text: str, element: Element) -> datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError as error:
        detail = f"the time is {text!r:.40}, not such as 2026-01-31T12:00:00+01:00"
        raise ConversionError(Reason.WRONG_VALUE, detail, line_of(element)) from error


def _of(element: Element | None, name: str) -> str:
    return "" if element is None else element.get(name, "").strip()
