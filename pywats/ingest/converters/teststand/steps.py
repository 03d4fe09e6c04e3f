"""The results of TestStand as steps: sequences with their steps, loops, and what any step has."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Final

from pywats.ingest.converters.building import add_note, add_report_text, shortened, told_whole
from pywats.ingest.converters.interface import Explain
from pywats.ingest.converters.teststand.measured import STATUSES, Made, curve, number, several, text
from pywats.ingest.converters.teststand.properties import TYPES, Prop, as_wire, says_something
from pywats.reports.builder import LONGEST_MESSAGE, StepOptions
from pywats.reports.formats.teststand_loops import Told, grouped, summed
from pywats.reports.steps import SequenceCall, Step

GROUPS: Final = {"Setup": "S", "Main": "M", "Cleanup": "C"}

_OF_ANY: Final = frozenset(("Error", "Status", "ReportText", "TS", "AdditionalResults"))
_OF_ENGINE: Final = frozenset(
    (
        *("StartTime", "TotalTime", "ModuleTime", "Index", "Id", "BlockLevel", "StepName", "StepType", "StepGroup"),
        *("StepId", "InteractiveExeNum", "StepCausedSequenceFailure", "SequenceCall"),
        *("LoopIndex", "NumLoops", "NumPassed", "NumFailed", "EndingLoopIndex"),
    )
)
"""What the engine notes of each step; the rest of it is data."""
_LONGEST_TEXT: Final = 100_000
_NO_LOOP: Final = Told("")


class Steps:
    """Adds the results of sequences to a report.

    Attributes:
        start: when the report began, and the seconds that the engine counted then; ``None`` if the file does not say.
        critical: numbers of the results that the failure of the unit is blamed on.
    """

    def __init__(self, start: tuple[datetime, float] | None, critical: frozenset[int], explain: Explain | None) -> None:
        self._start = start
        self._critical = critical
        self._explain = explain

    def fill(self, into: SequenceCall, result: Prop) -> None:
        """Add the steps of a sequence; iterations of a loop go behind their summary."""
        told = [(step, _loop_told(step)) for _, step in result.values("TS", "SequenceCall", "ResultList")]
        for summary, others in grouped(told, itemgetter(1)):
            if summary is not None:
                self._add_loop(into, summary, others)
                continue
            for step, loop in others:
                self._add(into, step, loop.note())

    def options_of(self, result: Prop) -> StepOptions:
        """Return what a step of any kind has."""
        options: StepOptions = {"group": GROUPS.get(result.text("TS", "StepGroup"), "M")}
        if kind := result.text("TS", "StepType"):
            options["step_type"] = kind
        if said := result.text("ReportText"):
            options["report_text"] = shortened(said, _LONGEST_TEXT)
        if (seconds := result.number("TS", "TotalTime")) is not None and seconds >= 0:
            options["tot_time"] = seconds
        if guid := result.text("TS", "StepId"):
            options["ts_guid"] = guid[:30]
        if (count := result.whole("TS", "InteractiveExeNum")) is not None:
            options["interactive_exe_num"] = count
        if result.flag("TS", "StepCausedSequenceFailure"):
            options["caused_seq_failure"] = True
        if self._critical and result.whole("TS", "Id") in self._critical and result.inner("TS", "SequenceCall") is None:
            options["caused_uut_failure"] = True
        if result.flag("Error", "Occurred"):
            options["error_code"] = result.whole("Error", "Code") or 0
            options["error_message"] = message = shortened(result.text("Error", "Msg"), LONGEST_MESSAGE)
            add_report_text(options, "" if message == result.text("Error", "Msg") else result.text("Error", "Msg"))
        return options

    def complete(self, step: Step, result: Prop, used: frozenset[str]) -> None:
        """Add to a step when it began, and what else its result holds."""
        began = result.number("TS", "StartTime")
        if self._start is not None and began is not None:
            try:
                step.wire["start"] = (self._start[0] + timedelta(seconds=began - self._start[1])).isoformat()
            except (OverflowError, ValueError):
                add_note(step, f"begun {began} s after the engine")
        held = {"AdditionalResults": list(_additional(result)), "Results": list(_rest(result, used))}
        additional = [{"name": name, "props": props} for name, props in held.items() if props]
        if additional:
            step.wire["additionalResults"] = additional

    def _add_loop(
        self, into: SequenceCall, summary: tuple[Prop, Told], iterations: Sequence[tuple[Prop, Told]]
    ) -> None:
        ended = [STATUSES.get(step.text("Status").lower(), "D") for step, _ in iterations]
        loop, note = summed(summary[1], ended)
        step = self._add(into, summary[0], note)
        if loop is not None:
            step.wire["loop"] = loop
        for index, (iteration, told) in enumerate(iterations):
            self._add(into, iteration, told.note(index)).wire["loop"] = {"idx": index}

    def _add(self, into: SequenceCall, result: Prop, note: str = "") -> Step:
        """Add a step: what it is, its content says."""
        name = result.text("TS", "StepName") or "step"
        status = result.text("Status")
        options = self.options_of(result)
        add_report_text(options, note)
        letter = STATUSES.get(status.lower())
        if letter is None:
            letter = "D"
            add_report_text(options, f"status {status}" if status else "")
        if self._explain is not None:
            self._explain(name, f"{status} {result.text('Numeric') or result.text('String')}".rstrip(), result.place)
        step, used = self._made(into, result, name, letter, options)
        self.complete(step, result, used)
        return step

    def _made(self, into: SequenceCall, result: Prop, name: str, letter: str, options: StepOptions) -> Made:
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
            self.fill(sequence, result)
            return Made(sequence)
        props = result.props
        made = curve(into, name, result, letter, options) or several(into, name, result, letter, options)
        if made is not None:
            return made
        if result.text("Numeric"):
            return number(into, name, result, letter, options)
        if "String" in props and props["String"].kind == "String" and (props["String"].value or "Comp" in props):
            return text(into, name, result, letter, options)
        return _unmeasured(into, name, result, letter, options)


def _unmeasured(into: SequenceCall, name: str, result: Prop, letter: str, options: StepOptions) -> Made:
    """Add a step that passes or fails, or did something, by its content."""
    name = told_whole(name, options)
    if result.text("PassFail") and letter in {"P", "F"}:
        return Made(into.passed(name, letter == "P", **options), frozenset(("PassFail",)))
    code, button = result.number("ExitCode"), result.whole("ButtonHit")
    if code is not None:
        return Made(into.call_exe(name, code, status=letter, **options), frozenset(("ExitCode",)))
    if button is not None and -(2**15) <= button < 2**15:
        said = result.text("Response")
        add_report_text(options, "" if shortened(said) == said else said)
        step = into.message(name, button, shortened(said) or None, status=letter, **options)
        return Made(step, frozenset(("ButtonHit", "Response")))
    return Made(into.action(name, status=letter, **options))


def _loop_told(step: Prop) -> Told:
    """Return what a step says of its loop; old versions give steps no id."""
    engine = step.props.get("TS")
    if engine is None or engine.props.keys().isdisjoint(("LoopIndex", "NumLoops")):
        return _NO_LOOP
    said = [engine.text(name) for name in ("LoopIndex", "NumLoops", "NumPassed", "NumFailed")]
    known = step.text("TS", "StepId") or f"{step.text('TS', 'StepGroup')} {step.text('TS', 'Index')}"
    return Told(f"{known} {step.text('TS', 'StepName')}", *said)


def _additional(result: Prop) -> Iterator[object]:
    found = result.inner("AdditionalResults")
    if found is not None:
        for value in found.element.iterchildren("Value"):
            for each in value.iterchildren("Prop"):
                yield as_wire(each, value.get("Name") or "value")


def _rest(result: Prop, used: frozenset[str]) -> Iterator[object]:
    """Yield what a result holds besides: properties of its type of step, and those that a station adds."""
    for each in result.element.iterchildren("Prop"):
        name = each.get("Name")
        if name not in used and name not in _OF_ANY and says_something(each):
            yield as_wire(each)
    engine = result.props.get("TS")
    for key, prop in () if engine is None else engine.props.items():
        if key not in _OF_ENGINE and prop.kind in TYPES and prop.value:
            yield as_wire(prop.element)
