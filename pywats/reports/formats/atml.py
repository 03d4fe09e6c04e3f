"""ATML test results (IEEE 1636.1) as TestStand writes them: 2.02, 5.00 and 6.01."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from lxml import etree

from pywats.errors import FormatError, PyWATSError
from pywats.reports.formats import atml_data as data
from pywats.reports.formats.atml_limits import Limits, limits_of
from pywats.reports.formats.content_id import content_id
from pywats.reports.formats.local_time import Zone, instant
from pywats.reports.formats.safe_xml import Element, line_of, local, subtrees, text_of
from pywats.reports.formats.source import Source
from pywats.reports.models import UUTReport
from pywats.reports.step import Step
from pywats.reports.steps import SequenceCall, SequenceCallInfo
from pywats.reports.units import UUTInfo

__all__ = ["read"]

_COLLECTIONS: Final = (
    "urn:IEEE-1636.1:2011:TestResultsCollection",
    "urn:IEEE-1636.1:2011:01:TestResultsCollection",
    "urn:IEEE-1636.1:2013:TestResultsCollection",
)
_RESULTS: Final = (
    "http://www.ieee.org/ATML/2007/TestResults",
    "urn:IEEE-1636.1:2011:TestResults",
    "urn:IEEE-1636.1:2011:01:TestResults",
    "urn:IEEE-1636.1:2013:TestResults",
)
_WANTED: Final = frozenset(f"{{{space}}}TestResults" for space in (*_COLLECTIONS, *_RESULTS))
_ROOTS: Final = _WANTED.union(f"{{{space}}}TestResultsCollection" for space in _COLLECTIONS)

_LETTERS: Final = {
    "passed": "P",
    "failed": "F",
    "done": "D",
    "notstarted": "S",
    "skipped": "S",
    "error": "E",
    "aborted": "T",
    "terminated": "T",
}
_GRAVER: Final = frozenset("SET")


def read(source: Source, *, timezone: Zone = None) -> Iterator[UUTReport]:
    """Yield a report for each ``TestResults`` of a document, as they come.

    What a step holds follows from its data and limits, not from the name of its type.

    Args:
        source: the document.
        timezone: of its times, which have none; that of this computer unless given. ``"kept"`` leaves them without.

    Raises:
        FormatError: it is no such document; ``position`` says where.
        OSError: the file cannot be read.
    """
    for element, file in subtrees(source, _ROOTS, _WANTED, "ATML"):
        try:
            report = _Reader(file, timezone).report(element)
        except RecursionError as error:
            raise FormatError("elements stand too deep in each other", file=file, position=line_of(element)) from error
        yield report


class _Reader:
    """Reads the elements of one report."""

    def __init__(self, file: str, timezone: Zone) -> None:
        self._file = file
        self._timezone: Zone = timezone

    def report(self, element: Element) -> UUTReport:
        """The report of an element ``TestResults``."""
        results = element.find("{*}ResultSet")
        unit = element.find("{*}UUT")
        serial = None if unit is None else unit.find("{*}SerialNumber")
        if results is None or unit is None or serial is None:
            missing = "ResultSet" if results is None else "UUT with a SerialNumber"
            raise self._error(element, f"it has no {missing}")
        report = UUTReport(pn=_part_number(unit), sn=text_of(serial).strip(), rev="", info=UUTInfo())
        report.mode = "import"
        report.id = _id(element)
        self._surroundings(element, report)
        start, end = (self._time(results, name) for name in ("startDateTime", "endDateTime"))
        if start is not None:
            report.wire["start"] = start[0]
            if start[1] is not None:
                report.wire["startUTC"] = start[1]
        if start is not None and end is not None:
            report.wire["uut"]["execTime"] = _seconds(start[0], end[0])
        self._root(results, report.root)
        report.wire["result"] = report.root.wire["status"]
        return report

    def _surroundings(self, element: Element, report: UUTReport) -> None:
        """Who tested, where, and in which socket."""
        info = report.wire["uut"]
        operator = element.find("{*}Personnel/{*}SystemOperator")
        if operator is not None and (name := operator.get("ID") or operator.get("name")):
            info["user"] = name
        station = element.find("{*}TestStation/{*}SerialNumber")
        if station is not None and (name := text_of(station).strip()):
            report.wire["machineName"] = name
        properties = element.find("{*}Extension/{*}TSResultSetProperties")
        if properties is None:
            return
        socket = properties.find("{*}TestSocketIndex")
        if socket is not None and (number := self._number(socket)) is not None:
            info["testSocketIndex"] = int(number)
        batch = properties.find("{*}BatchSerialNumber")
        if batch is not None and (name := (batch.get("value") or text_of(batch)).strip()):
            info["batchSN"] = name

    def _root(self, results: Element, root: SequenceCall) -> None:
        path, _, name = (results.get("name") or "").rpartition("#")
        root.name = name or path or "MainSequence"
        root.called = SequenceCallInfo(path=path or None, file_name=name or None)
        for option, value in self._options(results).items():
            setattr(root, option, value)
        self._steps(results, root)
        letter = self._outcome(results) or "P"
        root.wire["status"] = letter if letter in "PFET" else "P"
        self._more(results, root)

    def _steps(self, element: Element, sequence: SequenceCall) -> None:
        for child in element:
            kind = local(child)
            if kind not in {"TestGroup", "Test", "SessionAction"}:
                continue
            try:
                step = self._step(kind, child, sequence)
            except FormatError:
                raise
            except (PyWATSError, TypeError, ValueError) as error:
                raise self._error(child, str(error)) from error
            self._more(child, step)

    def _step(self, kind: str, element: Element, sequence: SequenceCall) -> Step:
        options = self._options(element)
        name = element.get("name") or ""
        if kind == "TestGroup":
            path, _, called = name.rpartition("#")
            step = sequence.sequence(
                element.get("callerName") or called, path=path or None, file_name=called or None, **options
            )
            self._steps(element, step)
            step.wire["status"] = self._outcome(element) or "D"
            return step
        if kind == "SessionAction":
            return sequence.action(name, status=self._outcome(element) or "D", **options)
        return self._test(element, sequence, name, options)

    def _test(self, element: Element, sequence: SequenceCall, name: str, options: dict[str, Any]) -> Step:
        """A test, of the kind that its data say; of several kinds the first counts, the others are extra data."""
        status = self._outcome(element) or "D"
        measured = [
            (result, value, limits)
            for result in element.findall("{*}TestResult")
            if data.is_measured(result) and (value := self._value(result)) is not None
            for limits in [self._limits(result, value)]
        ]
        if not measured:
            return _without_data(sequence, name, status, options)
        same = [each for each in measured if _kind(each[1]) == _kind(measured[0][1])]
        if len(same) > 1:
            return self._several(same, sequence, name, status, options)
        result, value, limits = same[0]
        if isinstance(value, bool):
            return sequence.passed(name, value, status=status, **options)
        if isinstance(value, str):
            return sequence.string(name, value, limit=limits.text, comp_op=limits.comp_op, status=status, **options)
        return sequence.numeric(
            name,
            value,
            data.unit_of(result),
            low=limits.low,
            high=limits.high,
            comp_op=limits.comp_op,
            status=status,
            **options,
        )

    def _several(
        self,
        measured: list[tuple[Element, float | str | bool, Limits]],
        sequence: SequenceCall,
        name: str,
        status: str,
        options: dict[str, Any],
    ) -> Step:
        first = measured[0][1]
        if isinstance(first, bool):
            step: Any = sequence.multi_passed(name, **options)
        elif isinstance(first, str):
            step = sequence.multi_string(name, **options)
        else:
            step = sequence.multi_numeric(name, **options)
        for result, value, limits in measured:
            own = self._outcome(result)
            given: dict[str, Any] = {"status": own} if own in ("P", "F", "S") else {}
            if isinstance(value, str):
                given |= {"limit": limits.text, "comp_op": limits.comp_op}
            elif not isinstance(value, bool):
                given |= {"unit": data.unit_of(result), "low": limits.low, "high": limits.high}
                given |= {"comp_op": limits.comp_op}
            step.add(result.get("name") or "", value, **given)
        made: Step = step
        made.wire["status"] = status
        return made

    def _more(self, element: Element, step: Step) -> None:
        """What a step has besides its measurement: parameters, data, results without limits, and errors."""
        if (start := self._time(element, "startDateTime")) is not None and not isinstance(step.above, UUTReport):
            step.wire["start"] = start[0]
        held = {
            "Parameters": element.findall("{*}Parameters/{*}Parameter"),
            "Data": element.findall("{*}Data/{*}Collection/{*}Item"),
            "Results": [each for each in element.findall("{*}TestResult") if not self._is_told(each, step)],
        }
        for name, elements in held.items():
            if elements:
                values = [data.named(each) for each in elements]
                step.wire.setdefault("additionalResults", []).append({"name": name, "props": values})
        event = element.find("{*}Events/{*}Event")
        message = None if event is None else event.find("{*}Message")
        if message is not None and step.error_message is None:
            step.error_message = text_of(message).strip()

    def _is_told(self, result: Element, step: Step) -> bool:
        """Whether a result is a measurement of a step already."""
        if not data.is_measured(result):
            return False
        value = self._value(result)
        return value is not None and _kind(value) in step.wire

    def _options(self, element: Element) -> dict[str, Any]:
        """What any step has."""
        found: dict[str, Any] = {"group": "M"}
        properties = element.find("{*}Extension/{*}TSStepProperties")
        if properties is not None:
            kind, group = properties.find("{*}StepType"), properties.find("{*}StepGroup")
            if kind is not None and (name := text_of(kind).strip()):
                found["step_type"] = name
            if group is not None and (letter := text_of(group).strip()[:1].upper()) in {"S", "M", "C"}:
                found["group"] = letter
            total = properties.find("{*}TotalTime")
            if total is not None and (seconds := self._number(total)) is not None:
                found["tot_time"] = seconds
            words = properties.find("{*}ReportText")
            if words is not None and (said := words.get("value") or text_of(words)):
                found["report_text"] = said
        if guid := element.get("testReferenceID"):
            found["ts_guid"] = guid
        return found

    def _outcome(self, element: Element) -> str | None:
        """The letter of how something ended, if it says so."""
        outcome = element.find("{*}Outcome")
        if outcome is None:
            outcome = element.find("{*}ActionOutcome")
        if outcome is None:
            return None
        value = (outcome.get("value") or "").replace(" ", "").lower()
        qualifier = (outcome.get("qualifier") or "").replace(" ", "").lower()
        qualified = _LETTERS.get(qualifier)
        if value == "userdefined" or (qualified is not None and qualified in _GRAVER):
            return qualified or "D"
        if value not in _LETTERS:
            raise self._error(outcome, f"value is {outcome.get('value')!r:.50}, which is no outcome")
        return _LETTERS[value]

    def _value(self, result: Element) -> float | str | bool | None:
        """What was measured; a number that JSON does not have is a text."""
        datum = data.datum_of(result)
        try:
            return None if datum is None else data.value_of(datum)
        except ValueError as error:
            raise self._error(result, str(error)) from error

    def _limits(self, result: Element, value: float | str | bool) -> Limits:
        try:
            return limits_of(result, number=not isinstance(value, str | bool))
        except ValueError as error:
            raise self._error(result, str(error)) from error

    def _number(self, element: Element) -> float | None:
        try:
            value = data.number_of(element.get("value") or text_of(element))
        except ValueError as error:
            raise self._error(element, str(error)) from error
        return value if isinstance(value, int | float) else None

    def _time(self, element: Element, name: str) -> tuple[str, str | None] | None:
        said = element.get(name)
        if not said:
            return None
        try:
            return instant(said, self._timezone)
        except ValueError as error:
            raise self._error(element, f"{name} is {said!r:.50}; a date and time is needed") from error

    def _error(self, element: Element, detail: str) -> FormatError:
        return FormatError(detail, file=self._file, position=f"{line_of(element)}, {local(element)}")


def _without_data(sequence: SequenceCall, name: str, status: str, options: dict[str, Any]) -> Step:
    """A test that measured nothing: a sequence whose steps are not told, a pass or a fail, or nothing of these."""
    if options.get("step_type") == "SequenceCall":
        return sequence.sequence(name, status=status, **options)
    if status in "PF":
        return sequence.passed(name, value=status == "P", status=status, **options)
    return sequence.action(name, status=status, **options)


def _kind(value: float | str | bool) -> str:
    """The member of a step that measurements of a value stand in."""
    if isinstance(value, bool):
        return "booleanMeas"
    return "stringMeas" if isinstance(value, str) else "numericMeas"


def _seconds(start: str, end: str) -> float:
    """From one time to another; nothing if one of them has an offset and the other has not."""
    begin, until = datetime.fromisoformat(start), datetime.fromisoformat(end)
    if (begin.utcoffset() is None) != (until.utcoffset() is None):
        return 0.0
    return max(0.0, (until - begin).total_seconds())


def _part_number(unit: Element) -> str:
    """The number of the part, or of what else there is; empty if there is none."""
    numbers = unit.findall("{*}Definition//{*}IdentificationNumber")
    parts = [each for each in numbers if (each.get("type") or "").lower() == "part"]
    return next((said for each in (*parts, *numbers) if (said := (each.get("number") or "").strip())), "")


def _id(element: Element) -> UUID:
    """The id of the results, or one that follows from their content."""
    try:
        return UUID(element.get("uuid") or "")
    except ValueError:
        return content_id(etree.tostring(element, with_tail=False))
