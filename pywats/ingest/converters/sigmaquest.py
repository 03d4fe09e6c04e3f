"""SigmaQuest XML: the report of a unit with nested test runs."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from pywats.ingest.converters.building import (
    add_misc,
    add_note,
    add_number,
    add_text,
    new_test,
    tell_header,
    told_whole,
)
from pywats.ingest.converters.elements import Element, line_of, local, number, said, start_tag, told, trees
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
_ABOUT: Final = ("Station", "Operator", "Category", "Product")
_HEADER: Final = frozenset((("Station", "name"), ("Station", "guid"), ("Operator", "name")))
_VALUES: Final = ("Result", "Property", "Comment")
_OF_A_RUN: Final = frozenset(("name", "grade", "start-time", "end-time"))
_OF_A_NUMBER: Final = frozenset(("name", "lsl", "usl", "unit"))
_NO_LIMIT: Final = frozenset(("", "0"))
"""A limit that is not set; one that is zero has a decimal point."""


def sniff(head: bytes, name: str) -> float:
    """Return how sure it is that this is a report of SigmaQuest, by the first elements."""
    del name
    tag = start_tag(head)
    return 0.9 if tag.startswith((b"<UnitReport>", b"<UnitReport ")) else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield the report of the unit: one for each of its outermost test runs, of which one is held at a time.

    Raises:
        ConversionError: it is no such document.
    """
    del options
    unit = _Unit()
    held: UUTReport | None = None
    runs = 0
    for element in trees(source.file, {"UnitReport"}, {"TestRun", *_ABOUT, *_VALUES}, "report of SigmaQuest"):
        if local(element) != "TestRun":
            unit.take(element, is_late=held is not None)
            continue
        if held is not None:
            yield unit.finished(held, context)
        held = _report(unit, element, context)
        runs += 1
    if held is None:
        raise malformed("the unit has no TestRun", unit.place)
    if runs == 1:
        unit.give_times(held)
    yield unit.finished(held, context)


class _Unit:
    """What a report says of the unit, outside of its test runs."""

    def __init__(self) -> None:
        self.place = ""
        self.about: dict[str, dict[str, str]] = {}
        self._times: dict[str, str] = {}
        self._notes: list[str] = []
        self._late: list[str] = []
        """Notes from behind a run, which its report gets."""

    def take(self, element: Element, *, is_late: bool) -> None:
        """Note an element."""
        self.enter(element)
        kind = local(element)
        if kind in _VALUES:
            notes = self._late if is_late else self._notes
            notes += [f"{name}: {text}" for name, text in told(element, path=kind)]
        elif is_late:
            raise malformed(f"{kind} stands behind a TestRun, whose report needs it", line_of(element))
        for name, attributes in _about(element).items():
            self.about.setdefault(name, attributes)

    def enter(self, element: Element) -> None:
        """Note the element around all others, which is emptied at its end."""
        if not self.place:
            root = element.getroottree().getroot()
            self.place = f"{line_of(root)}, UnitReport"
            self._times = {name: str(text).strip() for name, text in root.attrib.items()}

    def give_times(self, report: UUTReport) -> None:
        """Give the only report the times of the unit."""
        start = self._times.get("start-time")
        if start:
            report.wire["start"] = start
        if (seconds := _seconds(start, self._times.get("end-time"), self.place)) is not None:
            report.wire["uut"]["execTime"] = seconds

    def finished(self, report: UUTReport, context: Context) -> UUTReport:
        """Return a report with what is known of the unit by now."""
        add_note(report.root, *self._notes, *self._late)
        self._late = []
        tell_header(context.explain, report, self.place)
        return report


def _report(unit: _Unit, run: Element, context: Context) -> UUTReport:
    """Return the report of a test run; what the run says of itself goes before what the unit says."""
    unit.enter(run)
    about = {kind: dict(attributes) for kind, attributes in (unit.about | _about(run)).items()}
    product, station, operator = (about.setdefault(kind, {}) for kind in ("Product", "Station", "Operator"))
    result = _letter(run)
    name = station.get("name", "")
    start, end, place = _times(run)
    report = new_test(
        serial_number=product.pop("serial-no", ""),
        part_number=product.pop("part-no", ""),
        revision=product.pop("revision", ""),
        station=station.get("guid", "") if name.startswith("<") or not name else name,
        operator=operator.get("name", ""),
        start=start,
        seconds=_seconds(start, end, place),
        result="T" if result == "S" else result,
        sequence=run.get("name", ""),
    )
    order = product.pop("factory-order", "")
    add_misc(report, "Factory order", "" if order == "None" else order)
    for kind, attributes in about.items():
        for key, text in attributes.items():
            if (kind, key) not in _HEADER:
                add_misc(report, f"{kind} {key}", text)
    if report.wire.get("machineName") == name:
        add_misc(report, "Station guid", station.get("guid", ""))
    _fill(report.root, run, context)
    return report


def _fill(sequence: SequenceCall, run: Element, context: Context) -> None:
    """Add what is in a test run, in the order in which it stands there; what is neither run nor value is text."""
    notes = [f"{name}: {text}" for name, text in run.items() if name not in _OF_A_RUN and text.strip()]
    for each in run:
        kind = local(each)
        if kind == "TestRun":
            _add_run(sequence, each, context)
        elif kind in _VALUES:
            for value in each.iter():
                inner = local(value)
                if inner.startswith("Value"):
                    _add_value(sequence, inner, value, context)
                else:
                    notes += [f"{inner} {name}: {text}" for name, text in value.items() if text.strip()]
                    notes += [f"{inner}: {text}" for text in (value.text,) if text and text.strip()]
        elif kind not in _ABOUT:
            notes += [f"{name}: {text}" for name, text in told(each, path=kind)]
    add_note(sequence, *notes)


def _add_run(into: SequenceCall, run: Element, context: Context) -> None:
    status = _letter(run)
    options = StepOptions()
    start, end, place = _times(run)
    if (seconds := _seconds(start, end, place)) is not None:
        options["tot_time"] = seconds
    if start:
        options["start"] = _time(start, place)
    grade = run.get("grade", "")
    pending = status == "S" and grade.upper() == "PENDING"
    if pending:
        options["report_text"] = f"grade {grade}"
    name = told_whole(run.get("name") or "TestRun", options)
    # What a skipped step holds is lost on the server; what a pending one measured is not.
    sequence = into.sequence(name, status="D" if pending and len(run) else status, **options)
    context.tell(name, status, f"{line_of(run)}, TestRun")
    _fill(sequence, run, context)


def _add_value(sequence: SequenceCall, kind: str, value: Element, context: Context) -> None:
    name = value.get("name") or "value"
    text = said(value)
    if context.explain is not None:
        context.tell(name, text or "a file", f"{line_of(value)}, {kind}")
    is_number = kind in {"ValueDouble", "ValueInteger"}
    known = _OF_A_NUMBER if is_number else ("name",)
    more = "\n".join([f"{key}: {given}" for key, given in value.items() if key not in known and given.strip()])
    options = StepOptions(report_text=more) if more else StepOptions()
    if is_number:
        low, high = (_limit(value, key) for key in ("lsl", "usl"))
        missing = text.lower() in {"", "null"}
        measured = None if missing else number(value, text, name)
        status = "S" if missing else None
        add_number(sequence, name, measured, value.get("unit", ""), low=low, high=high, status=status, **options)
    elif kind == "ValueAttachment":
        options["report_text"] = f"file, which is not in the report\n{more}".strip()
        sequence.action(told_whole(name, options), **options)
    else:
        add_text(sequence, name, text, **options)


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


def _about(element: Element) -> dict[str, dict[str, str]]:
    """Return what an element and those in it say of the unit, by their names: the first of each."""
    found: dict[str, dict[str, str]] = {}
    for each in element.iter(*_ABOUT):
        found.setdefault(local(each), {name: str(text).strip() for name, text in each.attrib.items()})
    return found


def _times(run: Element) -> tuple[str | None, str | None, str]:
    start, end = (run.get(name, "").strip() or None for name in ("start-time", "end-time"))
    return start, end, line_of(run)


def _seconds(start: str | None, end: str | None, place: str) -> float | None:
    began, ended = (_time(text, place) if text else None for text in (start, end))
    if began is None or ended is None:
        return None
    if (began.tzinfo is None) != (ended.tzinfo is None):
        raise malformed("start-time and end-time must both have an offset, or neither", place)
    return max(0.0, (ended - began).total_seconds())


def _time(text: str, place: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        detail = f"the time is {text!r:.40}, not such as 2026-01-31T12:00:00+01:00"
        raise ConversionError(Reason.WRONG_VALUE, detail, place) from error
