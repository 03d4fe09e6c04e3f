"""The steps of an ATML document: groups, tests and actions, and what each holds."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from pywats.errors import FormatError, PyWATSError
from pywats.reports.evaluation import passes, text_passes
from pywats.reports.formats import atml_data as data
from pywats.reports.formats.atml_limits import Limits, limits_of
from pywats.reports.formats.atml_node import LETTERS, PROPERTIES, STEPS, Node
from pywats.reports.formats.atml_rest import rest_of
from pywats.reports.formats.local_time import Zone, instant, seconds_between
from pywats.reports.formats.safe_xml import Element, line_of, local, text_of
from pywats.reports.formats.teststand_loops import grouped, summed
from pywats.reports.measuring import MEASURED
from pywats.reports.step import Step
from pywats.reports.steps import SequenceCall

__all__ = ["Steps"]

_READ: Final = STEPS.union(
    ("", "Outcome", "ActionOutcome", "TestResult", "Parameters", "Data", "Events", "Extension", "Description"),
)
_PLAIN: Final = frozenset(("", "Outcome", "ActionOutcome", "Extension", "Description"))
_NAMES: Final = ("ID", "name", "callerName", "testReferenceID", "startDateTime", "endDateTime")
_GRAVER: Final = frozenset("SET")
_LONGEST: Final = 100
_LONGEST_UNIT: Final = 20
_LONGEST_MESSAGE: Final = 200
Value = float | str | bool


class _Measured(NamedTuple):
    """A result with a value, and how it was compared."""

    result: Element
    value: Value
    limits: Limits


class Steps:
    """Reads steps into sequences."""

    def __init__(self, file: str, timezone: Zone) -> None:
        self._file = file
        self._timezone: Zone = timezone

    def fill(self, node: Node, sequence: SequenceCall) -> None:
        """Add the steps that stand in an element; iterations of a loop go behind their summary."""
        told = [(inner, inner.loop) for each in node.steps for inner in [Node(*each)]]
        for summary, others in grouped(told, lambda pair: pair[1]):
            if summary is None:
                for inner, loop in others:
                    self._add(inner, sequence, loop.note())
                continue
            wire, note = summed(summary[1], [self.outcome(inner) or "D" for inner, _ in others])
            step = self._add(summary[0], sequence, note)
            if wire is not None:
                step.wire["loop"] = wire
            for index, (inner, loop) in enumerate(others):
                self._add(inner, sequence, loop.note(index)).wire["loop"] = {"idx": index}

    def _add(self, node: Node, sequence: SequenceCall, note: str) -> Step:
        try:
            step, told = self._step(node, sequence, self.options(node, note))
        except FormatError:
            raise
        except (PyWATSError, TypeError, ValueError) as error:
            raise self.error(node.element, str(error)) from error
        self.complete(node, step, told)
        return step

    def _step(self, node: Node, sequence: SequenceCall, options: dict[str, Any]) -> tuple[Step, Sequence[_Measured]]:
        """The step of an element, and the results that it tells of."""
        name = node.element.get("name") or ""
        status = self.outcome(node) or "D"
        if node.kind == "TestGroup" or node.steps:
            path, _, called = name.rpartition("#")
            title = node.element.get("callerName") or called
            step = sequence.sequence(title, path=path or None, file_name=called or None, **options)
            self.fill(node, step)
            step.wire["status"] = status
            return step, ()
        if node.kind == "SessionAction":
            return sequence.action(name, status=status, **options), ()
        measured = self._measured(node)
        same = [each for each in measured if _kind(each.value) == _kind(measured[0].value)]
        if not same:
            return _without_data(sequence, name, status, options), ()
        told = () if isinstance(same[0].value, bool) and status in "ET" else same
        if len(same) > 1:
            return self._several(same, sequence, name, status, options), told
        return _single(same[0], sequence, name, status, options), told

    def _several(
        self, measured: Sequence[_Measured], sequence: SequenceCall, name: str, status: str, options: dict[str, Any]
    ) -> Step:
        """A test with several values, which fails if one of them does; what is told otherwise stands in the text."""
        statuses = [self._status(each) for each in measured]
        failed = "F" in statuses
        if status in "ET" or (status == "F" and not failed) or not MEASURED.issuperset(statuses):
            for each, own in zip(measured, statuses, strict=True):
                low, high, comp_op = each.limits.low, each.limits.high, each.limits.comp_op
                limits = [str(said) for said in (comp_op, low, high, each.limits.text) if said is not None]
                value = f"{each.value} {data.unit_of(each.result)}".strip()
                _note(options, f"{each.result.get('name') or 'value'}: {value}, {' '.join(limits)}, {own}")
            return sequence.action(name, status=status, **options)
        if failed and status != "F":
            _note(options, f"status {status}")
        first = measured[0].value
        step: Any
        if isinstance(first, bool):
            step = sequence.multi_passed(name)
        elif isinstance(first, str):
            step = sequence.multi_string(name)
        else:
            step = sequence.multi_numeric(name)
        used: set[str] = set()
        for index, (each, own) in enumerate(zip(measured, statuses, strict=True)):
            title = _short(each.result.get("name") or f"value {index}", options, 90)
            title = title if title not in used else f"{title} {index}"
            used.add(title)
            given: dict[str, Any] = {"status": own}
            if isinstance(each.value, str):
                text = None if each.limits.text is None else _short(each.limits.text, options)
                given |= {"limit": text, "comp_op": each.limits.comp_op}
                step.add(title, _short(each.value, options), **given)
                continue
            if not isinstance(each.value, bool):
                given |= {"low": each.limits.low, "high": each.limits.high, "comp_op": each.limits.comp_op}
                given |= {"unit": _short(data.unit_of(each.result), options, _LONGEST_UNIT)}
            step.add(title, each.value, **given)
        made: Step = step
        for option, said in options.items():
            setattr(made, option, said)
        made.wire["status"] = "F" if failed else "S" if status == "S" else "P"
        return made

    def _status(self, measured: _Measured) -> str:
        """How one of several values ended: as it says, or as it compares."""
        own = self.outcome(Node(measured.result))
        if own is not None:
            return "P" if own == "D" else own
        value, limits = measured.value, measured.limits
        if isinstance(value, bool):
            return "P" if value else "F"
        if isinstance(value, str):
            return "P" if text_passes(limits.comp_op, value, limits.text) else "F"
        return "P" if passes(limits.comp_op, value, limits.low, limits.high) else "F"

    def complete(self, node: Node, step: Step, told: Sequence[_Measured] = ()) -> None:
        """Add what a step has besides its measurement: parameters, data, results without limits, and errors."""
        start, end = (self.time(node.element, name) for name in ("startDateTime", "endDateTime"))
        if start is not None:
            step.wire["start"] = start[0]
            if end is not None and step.tot_time is None:
                step.tot_time = seconds_between(start[0], end[0])
        if node.foreign or not node.parts.keys() <= _PLAIN or not node.properties.keys() <= PROPERTIES:
            results = node.parts.get("TestResult", ())
            held = {
                "Parameters": _data(node, "Parameters", "{*}Parameter"),
                "Data": _data(node, "Data", "{*}Collection/{*}Item"),
                "Results": [data.named(each) for each in results if each not in [measured.result for measured in told]],
                "Limits": [limit for each in results for limit in _untold(each, told)],
                "Properties": [each for part in node.parts.get("Extension", ()) for each in _properties(part, node)],
                "Events": self._events(node, step),
                "Other": _other(node),
            }
            additional = [{"name": name, "props": props} for name, props in held.items() if props]
            if additional:
                step.wire["additionalResults"] = additional

    def _events(self, node: Node, step: Step) -> list[Any]:
        """The first message of a step becomes that of its error; others, and what is told beside them, are kept."""
        found: list[Any] = []
        for event in (event for events in node.parts.get("Events", ()) for event in events.iterchildren("{*}Event")):
            message = event.find("{*}Message")
            said = "" if message is None else text_of(message).strip()
            if said and step.error_message is None:
                step.error_message = said if len(said) <= _LONGEST_MESSAGE else f"{said[: _LONGEST_MESSAGE - 1]}…"
                if len(said) <= _LONGEST_MESSAGE:
                    found += rest_of(event, [(event, "ID")], ("Message",))
                    continue
            found.append({"name": event.get("ID") or "Event", "type": "Obj", "props": rest_of(event, [(event, "ID")])})
        return found

    def _measured(self, node: Node) -> list[_Measured]:
        return [
            _Measured(result, value, self._limits(result, value))
            for result in node.parts.get("TestResult", ())
            if data.is_measured(result) and (value := self._value(result)) is not None
        ]

    def options(self, node: Node, note: str = "") -> dict[str, Any]:
        """What any step has."""
        found: dict[str, Any] = {"group": "M"}
        if kind := node.said("StepType"):
            found["step_type"] = kind
        if (letter := node.said("StepGroup")[:1].upper()) in {"S", "M", "C"}:
            found["group"] = letter
        if "TotalTime" in node.properties and (seconds := self.number(node.properties["TotalTime"])) is not None:
            found["tot_time"] = seconds
        if node.said("ReportText"):
            words = node.properties["ReportText"]
            found["report_text"] = words.get("value") or text_of(words)
        if node.said("StepCausedSequenceFailure").lower() == "true":
            found["caused_seq_failure"] = True
        if guid := node.element.get("testReferenceID"):
            found["ts_guid"] = guid[:30]
        description = node.first("Description")
        for said in ("" if description is None else text_of(description).strip(), note, node.qualifier):
            _note(found, said)
        return found

    def outcome(self, node: Node) -> str | None:
        """The letter of how something ended, if it says so."""
        outcome = node.outcome
        if outcome is None:
            return None
        value = (outcome.get("value") or "").replace(" ", "").lower()
        qualifier = (outcome.get("qualifier") or "").replace(" ", "").lower()
        qualified = LETTERS.get(qualifier)
        if value == "userdefined" or (qualified is not None and qualified in _GRAVER):
            return qualified or "D"
        if value not in LETTERS:
            raise self.error(outcome, f"value is {outcome.get('value')!r:.50}, which is no outcome")
        return LETTERS[value]

    def _value(self, result: Element) -> Value | None:
        """What was measured; a number that JSON does not have is a text."""
        datum = data.datum_of(result)
        try:
            return None if datum is None else data.value_of(datum)
        except ValueError as error:
            raise self.error(result, str(error)) from error

    def _limits(self, result: Element, value: Value) -> Limits:
        try:
            return limits_of(result, number=not isinstance(value, str | bool))
        except ValueError as error:
            raise self.error(result, str(error)) from error

    def number(self, element: Element) -> float | None:
        """The number that an element says; none if it is not finite."""
        try:
            value = data.number_of(element.get("value") or text_of(element))
        except ValueError as error:
            raise self.error(element, str(error)) from error
        return value if isinstance(value, int | float) else None

    def time(self, element: Element, name: str) -> tuple[str, str | None] | None:
        """The time in an attribute, and the same in UTC if that is known."""
        said = element.get(name)
        if not said:
            return None
        try:
            return instant(said, self._timezone)
        except ValueError as error:
            raise self.error(element, f"{name} is {said!r:.50}; a date and time is needed") from error

    def error(self, element: Element, detail: str) -> FormatError:
        """What is wrong with an element."""
        return FormatError(detail, file=self._file, position=f"{line_of(element)}, {local(element)}")


def _single(measured: _Measured, sequence: SequenceCall, name: str, status: str, options: dict[str, Any]) -> Step:
    """A test with one value."""
    result, value, limits = measured
    if isinstance(value, bool):
        return sequence.passed(name, value, status=status, **options)
    if isinstance(value, str):
        said, limit = _short(value, options), None if limits.text is None else _short(limits.text, options)
        return sequence.string(name, said, limit=limit, comp_op=limits.comp_op, status=status, **options)
    unit = _short(data.unit_of(result), options, _LONGEST_UNIT)
    low, high, comp_op = limits.low, limits.high, limits.comp_op
    return sequence.numeric(name, value, unit, low=low, high=high, comp_op=comp_op, status=status, **options)


def _without_data(sequence: SequenceCall, name: str, status: str, options: dict[str, Any]) -> Step:
    """A test that measured nothing: a sequence whose steps are not told, a pass or a fail, or nothing of these."""
    if options.get("step_type") == "SequenceCall":
        return sequence.sequence(name, status=status, **options)
    if status in "PF":
        return sequence.passed(name, value=status == "P", status=status, **options)
    return sequence.action(name, status=status, **options)


def _kind(value: Value) -> str:
    """The member of a step that measurements of a value stand in."""
    if isinstance(value, bool):
        return "booleanMeas"
    return "stringMeas" if isinstance(value, str) else "numericMeas"


def _note(options: dict[str, Any], text: str) -> None:
    """Add a line to the text of a step, if there is one to add."""
    if text:
        options["report_text"] = "\n".join(filter(None, (options.get("report_text"), text)))


def _short(text: str, options: dict[str, Any], longest: int = _LONGEST) -> str:
    """A text that is not longer; the whole one stands in the text of the step then."""
    if len(text) <= longest:
        return text
    _note(options, text)
    return f"{text[: longest - 1]}…"


def _untold(result: Element, told: Sequence[_Measured]) -> list[Any]:
    """The limits of a result that no measurement tells of: reports have no operator for them, or for what it holds."""
    if any(each.result is result and (isinstance(each.value, bool) or each.limits.comp_op != "LOG") for each in told):
        return []
    limits = result.find("{*}TestLimits/{*}Limits")
    if limits is None or not (props := rest_of(limits)):
        return []
    return [{"name": result.get("name") or "Limits", "type": "Obj", "props": props}]


def _data(node: Node, part: str, path: str) -> list[Any]:
    return [data.named(each) for held in node.parts.get(part, ()) for each in held.findall(path)]


def _other(node: Node) -> list[Any]:
    """What stands in an element beside what is read."""
    if node.parts.keys() <= _READ:
        return []
    return rest_of(node.element, [(node.element, name) for name in _NAMES], _READ)


def _properties(extension: Element, node: Node) -> list[Any]:
    """What a tool says of a step that a report has no field for."""
    if not node.foreign and node.properties.keys() <= PROPERTIES:
        return []
    return [each for inside in extension for each in rest_of(inside, without=PROPERTIES)]
