"""TestStand: the XML reports of the native report generator, and the result dumps that the WATS add-on writes."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from pywats.ingest.conversion.filling import JsonObject
from pywats.ingest.converters.building import add_misc, add_note, new_test, shortened, tell_header
from pywats.ingest.converters.interface import Context, Explain, Options, Source
from pywats.ingest.converters.teststand.measured import STATUSES
from pywats.ingest.converters.teststand.parts import add_parts
from pywats.ingest.converters.teststand.properties import TYPES, Prop, as_wire, number_or_hex, says_something
from pywats.ingest.converters.teststand.steps import Steps
from pywats.ingest.converters.text import malformed
from pywats.reports.formats.safe_xml import subtrees
from pywats.reports.models import UUTReport

SUFFIXES: tuple[str, ...] = ()

_ROOT: Final = re.compile(rb"<(Reports|TSReport)[\s>]")
_NATIVE: Final = re.compile(rb"<Report\s[^>]*Type\s*=\s*['\"](?i:UUT|BATCH)['\"]")
_INFO: Final = frozenset(("ID", "Start", "SN", "PN", "Rev", "PCode", "EngineStarted", "ReportWritten"))
_UUT: Final = frozenset(
    (
        *("SerialNumber", "PartNumber", "UUTPartNumber", "UUTPartRevisionNumber", "Comment", "UUT_Fixture_ID"),
        *("BatchSerialNumber", "BatchLoopIndex", "BatchFailCount", "TestSocketIndex", "AdditionalData"),
        *("UUTOperationType", "UUTOperationTypeDetails", "MiscUUTResult"),
    )
)
_STATION: Final = frozenset(("StationID", "LoginName", "Location", "Purpose"))
_TAKEN: Final = frozenset(("UUT", "StationInfo", "StartDate", "StartTime", "ReportOptions"))
_LONGEST_MESSAGE: Final = 500
_LONGEST_COMMENT: Final = 5000


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
        if element.get("Type", "UUT").upper() == "UUT":
            yield _Unit(Prop(element), context.explain).report()


class _Unit:
    """Makes the report of one unit."""

    def __init__(self, prop: Prop, explain: Explain | None) -> None:
        self._prop = prop
        self._explain = explain
        self._info = {each.get("key"): each.get("value") or "" for each in prop.element.iterchildren("ReportInfo")}
        top = [Prop(each) for each in prop.element.iterchildren("Prop")]
        self._results = [each for each in top if _is_result(each)]
        self._others = [each for each in top if each not in self._results and each.element.get("Name") not in _TAKEN]

    def report(self) -> UUTReport:
        """Return the report."""
        prop, info = self._prop, self._info
        main = self._results[0] if self._results else None
        told = prop.element.get("UUTResult") or prop.element.get("UUTStatus")
        start = self._start()
        report = new_test(
            serial_number=self._field("serial_number", info.get("SN") or prop.text("UUT", "SerialNumber")),
            part_number=self._field(
                "part_number",
                info.get("PN") or prop.text("UUT", "PartNumber") or prop.text("UUT", "UUTPartNumber"),
            ),
            revision=self._field("revision", info.get("Rev") or prop.text("UUT", "UUTPartRevisionNumber")),
            station=self._field("station", prop.text("StationInfo", "StationID")),
            location=self._field("location", prop.text("StationInfo", "Location")),
            purpose=self._field("purpose", prop.text("StationInfo", "Purpose")),
            operator=self._field("operator", prop.text("StationInfo", "LoginName")),
            comment=shortened(prop.text("UUT", "Comment"), _LONGEST_COMMENT),
            batch=prop.text("UUT", "BatchSerialNumber"),
            fixture=prop.text("UUT", "UUT_Fixture_ID"),
            socket=prop.whole("UUT", "TestSocketIndex"),
            start=start,
            seconds=None if main is None else main.number("TS", "TotalTime"),
            result=self._result(told or ("" if main is None else main.text("Status"))),
            sequence="" if main is None else main.text("TS", "SequenceCall", "Sequence")[:200],
            path="" if main is None else main.text("TS", "SequenceCall", "SequenceFile")[-500:],
            version="" if main is None else main.text("TS", "SequenceCall", "SequenceFileVersion"),
        )
        if info.get("ID"):
            report.wire["id"] = info["ID"]
        self._add_process(report)
        self._add_unit(report)
        self._add_others(report)
        self._add_steps(report, main, start)
        tell_header(self._explain, report, prop.place)
        return report

    def _field(self, name: str, value: str) -> str:
        if self._explain is not None:
            self._explain(name, value, self._prop.place)
        return value

    def _add_process(self, report: UUTReport) -> None:
        """Tell the operation: by its code, or else by its name."""
        details = self._prop.inner("UUT", "UUTOperationTypeDetails")
        told = [self._info.get("PCode", ""), self._prop.text("UUT", "UUTOperationType")]
        told += [] if details is None else [details.text("OpTypeCodeInt"), details.text("OpTypeName")]
        for said in map(str.strip, filter(None, told)):
            number = number_or_hex(said)
            if number is None:
                report.wire.setdefault("processName", self._field("process name", said))
            elif 0 < number < 2**15 and "processCode" not in report.wire:
                report.wire["processCode"] = int(number)
                self._field("process", said)

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

    def _add_unit(self, report: UUTReport) -> None:
        """Keep what is told of the unit and the station besides the fields of a report."""
        info: JsonObject = report.wire["uut"]
        for name, key in (("BatchLoopIndex", "batchLoopIndex"), ("BatchFailCount", "batchFailCount")):
            if number := self._prop.whole("UUT", name):  # zero without a batch
                info[key] = number
        extra = self._prop.inner("UUT", "AdditionalData")
        held = [] if extra is None else [as_wire(each) for each in extra.element.iterchildren("Prop")]
        for each in self._rest("UUT", _UUT):
            if each.kind in TYPES:
                add_misc(report, each.element.get("Name") or "value", each.value)
            else:
                held.append(as_wire(each.element))
        held += add_parts(report, self._prop.inner("UUT", "MiscUUTResult"))
        _add_data(report, "UUT", held)
        _add_data(report, "StationInfo", [as_wire(each.element) for each in self._rest("StationInfo", _STATION)])

    def _rest(self, name: str, taken: frozenset[str]) -> Iterator[Prop]:
        held = self._prop.inner(name)
        for key, each in () if held is None else held.props.items():
            if key not in taken and each.element.get("Type") != "Reference" and says_something(each.element):
                yield each

    def _add_others(self, report: UUTReport) -> None:
        """Keep what a station adds of its own beside the properties that every report has."""
        for each in self._others:
            name = each.element.get("Name") or "value"
            if each.kind in TYPES:
                add_misc(report, name, each.value if each.value != report.wire.get("sn") else "")
            elif says_something(each.element):
                _add_data(report, name, [as_wire(each.element)])
        for key, value in self._info.items():
            if key and key not in _INFO:
                add_misc(report, key, value)

    def _add_steps(self, report: UUTReport, main: Prop | None, start: datetime | str | None) -> None:
        began = None if main is None else main.number("TS", "StartTime")
        moment = start if isinstance(start, datetime) else _moment(start)
        steps = Steps(
            None if moment is None or began is None else (moment, began),
            frozenset(
                number
                for _, each in self._prop.values("UUT", "CriticalFailureStack")
                if (number := each.whole("ResultId")) is not None
            ),
            self._explain,
        )
        if main is not None:
            if main.flag("Error", "Occurred"):
                report.wire["uut"]["errorCode"] = main.whole("Error", "Code") or 0
                report.wire["uut"]["errorMessage"] = shortened(main.text("Error", "Msg"), _LONGEST_MESSAGE)
                if len(main.text("Error", "Msg")) > _LONGEST_MESSAGE:
                    add_note(report.root, main.text("Error", "Msg"))
            if said := main.text("ReportText"):
                add_note(report.root, shortened(said, 50_000))
            steps.complete(report.root, main, frozenset())
        for result in self._results:
            steps.fill(report.root, result)


def _is_result(prop: Prop) -> bool:
    return prop.kind == "TEResult" and prop.inner("TS", "SequenceCall") is not None


def _moment(text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None


def _add_data(report: UUTReport, name: str, props: list[Any]) -> None:
    if props:
        report.wire.setdefault("additionalData", []).append({"name": shortened(name, 200), "props": props})
