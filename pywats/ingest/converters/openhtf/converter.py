"""OpenHTF: the JSON record of a test, as its ``OutputToJSON`` writes it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
from pydantic import Field

from pywats.ingest.conversion.filling import JsonObject
from pywats.ingest.conversion.posting import as_list, as_object
from pywats.ingest.converters.building import (
    add_misc,
    add_report_text,
    new_test,
    shortened,
    tell_header,
    told_whole,
)
from pywats.ingest.converters.fields import process_code
from pywats.ingest.converters.interface import Context, Source
from pywats.ingest.converters.interface import Options as Base
from pywats.ingest.converters.json_file import read_json
from pywats.ingest.converters.openhtf.measurements import add_attachment, add_measurement
from pywats.ingest.faults import ConversionError, ForeignFileError
from pywats.ingest.reasons import Reason
from pywats.reports.binary import Attachment
from pywats.reports.builder import StepOptions
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall

SUFFIXES: Final = (".json",)

_RESULTS: Final = {"PASS": "P", "FAIL": "F", "ERROR": "E", "TIMEOUT": "E", "ABORTED": "T"}
_OUTCOMES: Final = {"PASS": "P", "FAIL": "F", "SKIP": "S", "ERROR": "E", "STOP": "T"}
_WARNING: Final = 30
_LONGEST_MESSAGE: Final = 500
_LONGEST_REASON: Final = 200
_LONGEST_TEXT: Final = 100_000


class Options(Base):
    """Names that the metadata of a test have for what a report needs.

    Attributes:
        part_number: of the unit.
        revision: of the unit.
        operator: who tested.
        batch: serial number of the batch.
        process: code of the test operation.
        log: attach the log of the test: nothing, warnings and errors, or all of it.
    """

    part_number: str = "part_number"
    revision: str = "revision"
    operator: str = "operator"
    batch: str = "batch_number"
    process: str = "process_code"
    log: str = Field(default="none", pattern="^(none|warnings|all)$")


def sniff(head: bytes, name: str) -> float:
    """Return how sure it is that this is OpenHTF: JSON that names the unit and times as OpenHTF does."""
    del name
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return 0.95 if text[:1] in {b"{", b"["} and b'"dut_id"' in text and b'_time_millis"' in text else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield the report of each record in the file: one, or a list of them.

    Raises:
        ConversionError: it is no JSON, or no record.
    """
    for value, place in read_json(source):
        record = as_object(value)
        if record is None or "dut_id" not in record:
            raise ForeignFileError("a record of OpenHTF is an object with dut_id", place)
        yield _Record(record, place, options, context).report()


class _Record:
    """One test."""

    def __init__(self, record: JsonObject, place: str, options: Options, context: Context) -> None:
        self._record = record
        self._place = place
        self._options = options
        self._zone = None if context.timezone is None else ZoneInfo(context.timezone)
        self._context = context
        self._metadata = as_object(record.get("metadata")) or {}

    def report(self) -> UUTReport:
        """Return its report."""
        options = self._options
        start, seconds = self._times(self._record, self._place)
        report = new_test(
            serial_number=_text(self._record.get("dut_id")),
            part_number=self._named(options.part_number),
            revision=self._named(options.revision),
            operator=self._named(options.operator),
            batch=self._named(options.batch),
            process=process_code(self._named(options.process), f"{self._place}metadata.{options.process}"),
            station=_text(self._record.get("station_id")),
            start=start,
            seconds=seconds,
            result=self._letter(self._record, _RESULTS, self._place),
            sequence=_text(self._metadata.get("test_name")),
            version=_text(self._metadata.get("test_version")),
            comment=_text(self._metadata.get("test_description")),
        )
        self._say_why(report)
        self._add_metadata(report)
        phases = self._objects(self._record, "phases", self._place)
        subtests = {_text(each.get("name")): each for each in self._objects(self._record, "subtests", self._place)}
        for subtest, grouped in groupby(enumerate(phases), lambda each: _text(each[1].get("subtest_name"))):
            into = report.root
            if subtest:
                into = self._subtest(report.root, subtest, subtests.get(subtest, {}))
            self._add_phases(into, list(grouped))
            if subtest and subtest not in subtests:
                into.wire["status"] = max((str(step.wire["status"]) for step in into.steps), key="SPFET".index)
        met = {_text(phase.get("subtest_name")) for phase in phases}
        for name, subtest_record in subtests.items():
            if name not in met:
                self._subtest(report.root, name, subtest_record)
        self._add_decisions(report.root)
        self._add_log(report.root)
        tell_header(self._context.explain, report, self._place or "record")
        return report

    def _subtest(self, root: SequenceCall, name: str, subtest: JsonObject) -> SequenceCall:
        place = f"{self._place}subtests / {name}"
        options, status = StepOptions(), "P"
        if subtest:
            options, status = self._timed(subtest, place), self._letter(subtest, _OUTCOMES, place)
        return root.sequence(shortened(name), status=status, **options)

    def _add_phases(self, into: SequenceCall, phases: Sequence[tuple[int, JsonObject]]) -> None:
        """Add phases; those that were repeated are a loop."""
        at = 0
        while at < len(phases):
            last = at
            while last + 1 < len(phases) and _repeats(phases[last][1], phases[last + 1][1]):
                last += 1
            name = _text(phases[at][1].get("name")) or "phase"
            if last == at:
                options = self._options_of(*phases[at])
                self._fill(into.sequence(told_whole(name, options), **options), *phases[at])
            else:
                with into.loop(shortened(name)) as loop:
                    for number, phase in phases[at : last + 1]:
                        with loop.sequence(**self._options_of(number, phase)) as sequence:
                            self._fill(sequence, number, phase)
            at = last + 1

    def _options_of(self, number: int, phase: JsonObject) -> StepOptions:
        options = self._timed(phase, f"{self._place}phases[{number}]")
        code = as_object(phase.get("codeinfo")) or {}
        add_report_text(options, _text(code.get("docstring")))
        add_report_text(options, "marginal" if phase.get("marginal") is True else "")
        raised = as_object(_result_of(phase))
        if raised:
            whole = _raised(raised)
            options["error_message"] = shortened(whole, _LONGEST_REASON)
            add_report_text(options, whole if len(whole) > _LONGEST_REASON else "")
            add_report_text(options, _text(raised.get("exc_tb")))
        said = [_diagnosis(each) for each in self._objects(phase, "diagnosis_results", f"phases[{number}]")]
        said += [_diagnosis(each) for each in self._objects(phase, "failure_diagnosis_results", f"phases[{number}]")]
        add_report_text(options, "\n".join(said))
        return options

    def _fill(self, sequence: SequenceCall, number: int, phase: JsonObject) -> None:
        place = f"{self._place}phases[{number}]"
        status = self._letter(phase, _OUTCOMES, place)
        sequence.wire["status"] = status
        measurements = as_object(phase.get("measurements")) or {}
        for name, value in measurements.items():
            measurement = as_object(value)
            if measurement is None:
                raise ConversionError(Reason.MALFORMED, "a measurement is an object", f"{place}.measurements.{name}")
            said = f"{measurement.get('measured_value')!s:.60} {measurement.get('outcome')}"
            self._context.tell(name, said, f"{place}.measurements.{name}")
            add_measurement(sequence, name, measurement, failed=status in "FET", place=f"{place}.measurements.{name}")
        for name, value in (as_object(phase.get("attachments")) or {}).items():
            self._context.tell(name, "file", f"{place}.attachments.{name}")
            add_attachment(sequence, name, as_object(value) or {}, f"{place}.attachments.{name}")

    def _add_metadata(self, report: UUTReport) -> None:
        """Keep the metadata that no field takes."""
        options = self._options
        taken = {options.part_number, options.revision, options.operator, options.batch, options.process}
        taken |= {"test_name", "test_version", "test_description"}
        trees: list[JsonObject] = []
        for name, value in self._metadata.items():
            if name in taken or value is None:
                continue
            if isinstance(value, str | int | float):
                add_misc(report, name, str(value))
            elif name != "config":
                trees.append({"name": name, "type": "String", "value": _json(value)})
        if trees:
            report.wire["additionalData"] = [{"name": "metadata", "props": trees}]

    def _say_why(self, report: UUTReport) -> None:
        """Say why the test ended as it did."""
        details = self._objects(self._record, "outcome_details", self._place)
        said = "; ".join(": ".join(filter(None, map(_text, (d.get("code"), d.get("description"))))) for d in details)
        if said:
            report.wire["uut"]["errorMessage"] = shortened(said, _LONGEST_MESSAGE)
        if len(said) > _LONGEST_MESSAGE:
            report.root.report_text = said

    def _add_decisions(self, root: SequenceCall) -> None:
        """Keep what the test decided by, as it is written: diagnoses, branches and checkpoints."""
        lines = [root.report_text or "", "marginal" if self._record.get("marginal") is True else ""]
        for key in ("diagnoses", "branches", "checkpoints"):
            lines += [f"{key}: {_json(each)}" for each in as_list(self._record.get(key)) or ()]
        root.report_text = shortened("\n".join(filter(None, lines)), _LONGEST_TEXT) or None

    def _add_log(self, root: SequenceCall) -> None:
        if self._options.log == "none":
            return
        least = _WARNING if self._options.log == "warnings" else 0
        lines: list[str] = []
        for record in self._objects(self._record, "log_records", self._place):
            level, millis = record.get("level"), record.get("timestamp_millis")
            if isinstance(level, int) and level >= least:
                moment = self._moment(millis, "log_records.timestamp_millis")
                lines.append(f"{moment.isoformat()} {level} {record.get('logger_name')}: {record.get('message')}\n")
        if lines:
            file = Attachment.from_bytes("log.txt", "".join(lines).encode())
            root.action("Log", step_type="WATS_AttachFile").wire["attachment"] = file.wire

    def _named(self, key: str) -> str:
        return _text(self._metadata.get(key)) if key else ""

    def _timed(self, timed: JsonObject, place: str) -> StepOptions:
        start, seconds = self._times(timed, place)
        return StepOptions(start=start, tot_time=seconds)

    def _times(self, timed: JsonObject, place: str) -> tuple[datetime, float]:
        start, end = timed.get("start_time_millis"), timed.get("end_time_millis")
        began, ended = (self._moment(value, f"{place}.{key}") for key, value in (("start", start), ("end", end)))
        return began, max(0.0, (ended - began).total_seconds())

    def _moment(self, millis: object, place: str) -> datetime:
        if isinstance(millis, int | float) and not isinstance(millis, bool) and 0 <= millis < 253_402_000_000_000:  # noqa: PLR2004 - the year 9999
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=millis)
            return moment if self._zone is None else moment.astimezone(self._zone)
        detail = f"a time is milliseconds since 1970, not {millis!r:.40}"
        raise ConversionError(Reason.MALFORMED, detail, place.lstrip("."))

    def _letter(self, of: JsonObject, letters: Mapping[str, str], place: str) -> str:
        outcome = of.get("outcome")
        letter = letters.get(outcome.rpartition(".")[2].upper()) if isinstance(outcome, str) else None
        if letter is None:
            detail = f"outcome is {outcome!r:.40}, not {', '.join(letters)}"
            raise ConversionError(Reason.WRONG_VALUE, detail, f"{place}.outcome".lstrip("."))
        return letter

    def _objects(self, of: JsonObject, key: str, place: str) -> list[JsonObject]:
        found: list[JsonObject] = []
        for index, value in enumerate(as_list(of.get(key)) or ()):
            each = as_object(value)
            if each is None:
                where = f"{place}.{key}[{index}]".lstrip(".")
                raise ConversionError(Reason.MALFORMED, f"an object is expected, not {value!r:.40}", where)
            found.append(each)
        return found


def _repeats(phase: JsonObject, following: JsonObject) -> bool:
    """Return whether a phase asked for another go, and the next one is it."""
    return _result_of(phase) == "REPEAT" and phase.get("name") == following.get("name")


def _result_of(phase: JsonObject) -> Any:
    return (as_object(phase.get("result")) or {}).get("phase_result")


def _raised(raised: JsonObject) -> str:
    kind, value = (_text(raised.get(key)) for key in ("exc_type", "exc_val"))
    return ": ".join(filter(None, (kind, value))) or _json(raised)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _diagnosis(diagnosis: JsonObject) -> str:
    return ": ".join(filter(None, (_text(diagnosis.get(key)) for key in ("result", "description"))))


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()
