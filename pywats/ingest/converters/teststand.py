"""TestStand: the XML reports of the native report generator, and the result dumps that the WATS add-on writes."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from math import isfinite
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
from pywats.ingest.converters.interface import Context, Explain, Options, Source
from pywats.ingest.converters.teststand_properties import TYPES, Prop, as_wire, number_in, number_or_hex
from pywats.ingest.converters.text import malformed
from pywats.reports.builder import StepOptions
from pywats.reports.chart import MOST_POINTS
from pywats.reports.formats.safe_xml import Element, subtrees
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall, Step

SUFFIXES: tuple[str, ...] = ()

STATUSES: Final = {"passed": "P", "failed": "F", "error": "E", "terminated": "T", "skipped": "S", "done": "D"}
GROUPS: Final = {"Setup": "S", "Main": "M", "Cleanup": "C"}
OPERATORS: Final = frozenset(
    ("EQ", "NE", "GT", "GE", "LT", "LE", "GTLT", "GTLE", "GELT", "GELE", "LTGT", "LTGE", "LEGT", "LEGE", "LOG")
)
THRESHOLDS: Final = {"EQT": "GELE", "NET": "LTGT"}
"""Comparisons with a nominal value and a tolerance, whose limits are worked out in the file."""

_ROOT: Final = re.compile(rb"<(Reports|TSReport)[\s>]")
_NATIVE: Final = re.compile(rb"<Report\s[^>]*Type\s*=\s*['\"](UUT|BATCH)['\"]")


def sniff(head: bytes, name: str) -> float:
    """A report begins with ``TSReport``, or with ``Reports`` and a report of a unit in it."""
    del name
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.replace(b"\0", b"")
    found = _ROOT.search(head)
    if found is None or not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return 0.0
    return 1.0 if found[1] == b"TSReport" or _NATIVE.search(head) else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield a report for each unit.

    Raises:
        FormatError: it is no such XML, or not complete.
        ConversionError: a value is none of its kind.
    """
    del options
    roots = frozenset(("Reports", "TSReport"))
    for element, _ in subtrees(source.file, roots, frozenset(("Report", "TSReport")), "TestStand report"):
        if element.get("Type", "UUT") == "UUT":
            yield _Unit(element, context.explain).report()


class _Unit:
    """Makes the report of one unit."""

    def __init__(self, element: Element, explain: Explain | None) -> None:
        self._prop = Prop(element)
        self._explain = explain
        self._info = {each.get("key"): each.get("value") or "" for each in element.iterchildren("ReportInfo")}

    def report(self) -> UUTReport:
        """Return the report."""
        prop, info = self._prop, self._info
        results = [each for each in map(Prop, prop.element.iterchildren("Prop")) if _is_result(each)]
        main = results[0] if results else None
        status = prop.element.get("UUTResult") or ("" if main is None else main.text("Status"))
        report = new_test(
            serial_number=self._field("serial_number", info.get("SN") or prop.text("UUT", "SerialNumber")),
            part_number=self._field(
                "part_number",
                info.get("PN") or prop.text("UUT", "PartNumber") or prop.text("UUT", "UUTPartNumber"),
            ),
            revision=self._field("revision", info.get("Rev") or prop.text("UUT", "UUTPartRevisionNumber")),
            process=self._process(),
            station=self._field("station", prop.text("StationInfo", "StationID")),
            location=self._field("location", prop.text("StationInfo", "Location")),
            purpose=self._field("purpose", prop.text("StationInfo", "Purpose")),
            operator=self._field("operator", prop.text("StationInfo", "LoginName")),
            comment=prop.text("UUT", "Comment"),
            batch=prop.text("UUT", "BatchSerialNumber"),
            fixture=prop.text("UUT", "UUT_Fixture_ID"),
            socket=prop.whole("UUT", "TestSocketIndex"),
            start=self._start(),
            seconds=None if main is None else main.number("TS", "TotalTime"),
            result=self._result(status),
            sequence="" if main is None else main.text("TS", "SequenceCall", "Sequence"),
            path="" if main is None else main.text("TS", "SequenceCall", "SequenceFile"),
            version="" if main is None else main.text("TS", "SequenceCall", "SequenceFileVersion"),
        )
        if info.get("ID"):
            report.wire["id"] = info["ID"]
        self._add_misc(report)
        self._add_error(report, main)
        for result in results:
            self._fill(report.root, result)
        tell_header(self._explain, report, prop.place)
        return report

    def _field(self, name: str, value: str) -> str:
        if self._explain is not None:
            self._explain(name, value, self._prop.place)
        return value

    def _process(self) -> int | None:
        text = self._info.get("PCode") or self._prop.text("UUT", "UUTOperationType")
        number = number_in(text) if text else None
        if number is None:
            return None
        self._field("process", text)
        return int(number) if 0 < number < 2**15 else None

    def _start(self) -> datetime | str | None:
        """Return when it began: with its zone in the dumps of the add-on, without one in native reports."""
        if self._info.get("Start"):
            return self._field("start", self._info["Start"])
        date = [self._prop.whole("StartDate", name) for name in ("Year", "Month", "MonthDay")]
        time = [self._prop.whole("StartTime", name) for name in ("Hours", "Minutes", "Seconds", "Milliseconds")]
        year, month, day, hour, minute, second = (*date, *time[:3])
        if year is None or month is None or day is None or hour is None or minute is None or second is None:
            return None
        try:
            start = datetime(year, month, day, hour, minute, second, 1000 * (time[3] or 0))  # noqa: DTZ001 - as written
        except ValueError as error:
            raise malformed(f"its start is no time: {error}", self._prop.place) from error
        self._field("start", start.isoformat())
        return start

    def _result(self, status: str) -> str:
        letter = STATUSES.get(status.lower(), "")
        if letter not in {"P", "F", "E", "T", "D"}:
            raise malformed(f"its result is {status!r:.30}, not Passed, Failed, Error or Terminated", self._prop.place)
        return "P" if letter == "D" else letter

    def _add_misc(self, report: UUTReport) -> None:
        """Keep what a station adds of its own: texts and numbers beside the properties that every report has."""
        for each in self._prop.element.iterchildren("Prop"):
            name, value = each.get("Name"), (each.findtext("Value") or "").strip()
            if name and each.get("Type") in TYPES and value not in {"", report.sn if "sn" in report.wire else ""}:
                add_misc(report, name, value)
        extra = self._prop.inner("UUT", "AdditionalData")
        props = [] if extra is None else [as_wire(each) for each in extra.element.iterchildren("Prop")]
        if props:
            report.wire["additionalData"] = [{"name": "UUT", "props": props}]

    def _add_error(self, report: UUTReport, main: Prop | None) -> None:
        if main is not None and main.text("Error", "Occurred").lower() == "true":
            report.wire["uut"]["errorCode"] = main.whole("Error", "Code") or 0
            report.wire["uut"]["errorMessage"] = main.text("Error", "Msg")[:500]

    def _fill(self, into: SequenceCall, result: Prop) -> None:
        """Add the steps of a sequence; iterations of a loop go behind their summary."""
        steps = [step for _, step in result.values("TS", "SequenceCall", "ResultList")]
        for _, group in groupby(steps, key=_loop_of):
            same = list(group)
            summary = next((step for step in same if step.text("TS", "NumLoops")), None)
            iterations = [step for step in same if step.text("TS", "LoopIndex")]
            if summary is None or not iterations:
                for step in same:
                    self._add(into, step)
                continue
            self._add_loop(into, summary, iterations)
            for step in same:
                if step is not summary and step not in iterations:
                    self._add(into, step)

    def _add_loop(self, into: SequenceCall, summary: Prop, iterations: Sequence[Prop]) -> None:
        statuses = [STATUSES.get(step.text("Status").lower()) for step in iterations]
        failed = sum(status in {"F", "E", "T"} for status in statuses)
        last = len(iterations) - 1
        loop = {"num": last + 1, "endingIndex": last, "passed": last + 1 - failed, "failed": failed}
        self._add(into, summary).wire["loop"] = loop
        for index, step in enumerate(iterations):
            self._add(into, step).wire["loop"] = {"idx": index}

    def _add(self, into: SequenceCall, result: Prop) -> Step:
        """Add a step: what it is, its content says."""
        name = result.text("TS", "StepName") or "step"
        status = result.text("Status")
        options = _options(result)
        letter = STATUSES.get(status.lower())
        if letter is None:
            letter = "D"
            options["report_text"] = "\n".join(filter(None, (options.get("report_text"), f"status {status}")))
        if self._explain is not None:
            self._explain(name, f"{status} {result.text('Numeric') or result.text('String')}".rstrip(), result.place)
        step = self._made(into, result, name, letter, options)
        additional = [as_wire(each) for each in _additional(result)]
        if additional:
            step.wire["additionalResults"] = [{"name": "AdditionalResults", "props": additional}]
        return step

    def _made(self, into: SequenceCall, result: Prop, name: str, letter: str, options: StepOptions) -> Step:
        called = result.inner("TS", "SequenceCall")
        if called is not None:
            sequence = into.sequence(
                told_whole(name, options),
                path=called.text("SequenceFile")[-500:],
                file_name=called.text("Sequence")[:200],
                version=called.text("SequenceFileVersion")[:30],
                status=letter,
                **options,
            )
            self._fill(sequence, result)
            return sequence
        curve = _curve(result)
        if curve is not None:
            title = told_whole(name, options)
            return into.chart(title, {title: curve}, max_points=MOST_POINTS, status=letter, **options)
        several = list(result.values("Measurement"))
        if several and several[0][1].text("Data") and letter in {"P", "F", "D"}:
            return _several(into, name, several, letter, options)
        if result.text("Numeric"):
            return _numeric(into, name, result, letter, options)
        if result.inner("String") is not None and result.inner("Comp") is not None:
            limit, comp_op = _text_comparison(result)
            value = result.text("String")
            return add_text(into, name, value, limit=limit, comp_op=comp_op, status=letter, **options)
        return _unmeasured(into, name, result, letter, options)


def _unmeasured(into: SequenceCall, name: str, result: Prop, letter: str, options: StepOptions) -> Step:
    """Add a step that passes or fails, or did something, by its content."""
    if result.text("PassFail") and letter in {"P", "F"}:
        return into.passed(told_whole(name, options), letter == "P", **options)
    code, button = result.number("ExitCode"), result.whole("ButtonHit")
    if code is not None:
        return into.call_exe(told_whole(name, options), code, status=letter, **options)
    if button is not None:
        response = shortened(result.text("Response")) or None
        return into.message(told_whole(name, options), button, response, status=letter, **options)
    return into.action(told_whole(name, options), status=letter, **options)


def _curve(result: Prop) -> list[float] | None:
    """Return the numbers of an array that was measured, if the step has one and all of them are numbers."""
    found = result.inner("Numeric") or result.inner("NumericArray")
    if found is None or found.element.get("Type") != "Array" or found.element.get("ElementType") != "Number":
        return None
    numbers = [number_or_hex((each.text or "").strip()) for each in found.element.iterchildren("Value")]
    finite = [number for number in numbers if number is not None and isfinite(number)]
    return finite if finite and len(finite) == len(numbers) else None


def _loop_of(step: Prop) -> tuple[str, str] | int:
    """Return what the iterations of a loop have in common: the step and the name that it has."""
    known = step.text("TS", "StepId")
    return (known, step.text("TS", "StepName")) if known else id(step)


def _is_result(prop: Prop) -> bool:
    return prop.element.get("Type") == "TEResult" and prop.inner("TS", "SequenceCall") is not None


def _options(result: Prop) -> StepOptions:
    """Return what a step of any kind has."""
    options: StepOptions = {"group": GROUPS.get(result.text("TS", "StepGroup"), "M")}
    if kind := result.text("TS", "StepType"):
        options["step_type"] = kind
    if text := result.text("ReportText"):
        options["report_text"] = text[:100_000]
    if (seconds := result.number("TS", "TotalTime")) is not None and seconds >= 0:
        options["tot_time"] = seconds
    if guid := result.text("TS", "StepId"):
        options["ts_guid"] = guid[:30]
    if (number := result.whole("TS", "InteractiveExeNum")) is not None:
        options["interactive_exe_num"] = number
    if result.text("TS", "StepCausedSequenceFailure").lower() == "true":
        options["caused_seq_failure"] = True
    if result.text("Error", "Occurred").lower() == "true":
        options["error_code"] = result.whole("Error", "Code") or 0
        options["error_message"] = result.text("Error", "Msg")[:200]
    return options


def _numeric(into: SequenceCall, name: str, result: Prop, letter: str, options: StepOptions) -> Step:
    value = number_or_hex(result.text("Numeric"))
    if value is None:
        return add_text(into, name, result.text("Numeric"), status=letter, **options)
    low, high, comp_op = _comparison(result)
    unit = result.text("Units")
    return add_number(into, name, value, unit, low=low, high=high, comp_op=comp_op, status=letter, **options)


def _several(
    into: SequenceCall, name: str, several: Sequence[tuple[str, Prop]], letter: str, options: StepOptions
) -> Step:
    """Add a step with several numbers; it fails if one of them does, as the server wants it."""
    step = into.multi_numeric(told_whole(name, options), **options)
    used: set[str] = set()
    for index, (given, measured) in enumerate(several):
        title = shortened(given or f"Measurement {index}", 90)
        while title in used:
            title += f" {index}"
        used.add(title)
        low, high, comp_op = _comparison(measured)
        status = STATUSES.get(measured.text("Status").lower(), "P")
        step.add(
            title,
            number_in(measured.text("Data")),
            measured.text("Units")[:20],
            low=low,
            high=high,
            comp_op=comp_op,
            status=status if status in {"P", "F", "S"} else "P",
        )
    any_failed = any(each["status"] == "F" for each in step.wire["numericMeas"])
    step.wire["status"] = "F" if any_failed else "P"
    if (letter == "F") != any_failed:
        step.report_text = "\n".join(filter(None, (step.report_text, f"status {letter}")))
    return step


def _comparison(result: Prop) -> tuple[float | None, float | None, str | None]:
    """Return the limits that a comparison has, and its operator."""
    low, high = result.number("Limits", "Low"), result.number("Limits", "High")
    comp_op = result.text("Comp").upper()
    comp_op = THRESHOLDS.get(comp_op, comp_op)
    if comp_op not in OPERATORS or comp_op == "LOG":
        return None, None, None
    if len(comp_op) == 2:  # noqa: PLR2004 - one limit, which stands for low whatever the operator
        limit = low if low is not None else high
        return (None, None, None) if limit is None else (limit, None, comp_op)
    return (None, None, None) if low is None or high is None else (low, high, comp_op)


def _text_comparison(result: Prop) -> tuple[str | None, str | None]:
    limit, comp_op = result.text("Limits", "String"), result.text("Comp").lower()
    if not limit or not comp_op.startswith(("case", "ignore", "eq", "ne")):
        return None, None
    words = {"case": "CASESENSIT", "igno": "IGNORECASE"}
    return limit, words.get(comp_op[:4], comp_op[:2].upper())


def _additional(result: Prop) -> Iterator[Element]:
    found = result.inner("AdditionalResults")
    if found is not None:
        for value in found.element.iterchildren("Value"):
            yield from value.iterchildren("Prop")
