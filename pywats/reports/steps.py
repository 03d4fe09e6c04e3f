"""The steps of a test report. What kind a step is follows from what it holds; its ``step_type`` is but an icon."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from typing import Self, cast

from pywats.reports.additional_data import AdditionalData
from pywats.reports.binary import Attachment
from pywats.reports.chart import Chart
from pywats.reports.evaluation import CompOp
from pywats.reports.measurements import (
    BooleanMeasurement,
    NumericMeasurement,
    StepStatus,
    StringMeasurement,
)
from pywats.reports.member import Json, Member, Parts, flag, number, only, part, parts, text, time, whole, word
from pywats.reports.record import Record
from pywats.wire import OpenStrEnum

__all__ = [
    "ActionStep",
    "CallExeStep",
    "CallExeStepInfo",
    "ChartStep",
    "GenericStep",
    "LoopInfo",
    "MessagePopUpStep",
    "MessagePopupInfo",
    "MultiBooleanStep",
    "MultiNumericStep",
    "MultiStringStep",
    "NumericStep",
    "PassFailStep",
    "SequenceCall",
    "SequenceCallInfo",
    "Step",
    "StepGroup",
    "StringValueStep",
    "UnknownStep",
]


class StepGroup(OpenStrEnum):
    """The part of its sequence that a step belongs to."""

    Setup = "S"
    Main = "M"
    Cleanup = "C"


class LoopInfo(Record):
    """What a step is in a loop: the summary, which comes first, or one of the iterations.

    Attributes:
        index: of an iteration, from 0.
        count: iterations; of a summary.
        ending_index: highest index; of a summary.
        passed: iterations that passed; of a summary.
        failed: iterations that failed; of a summary.
    """

    index: int | None = whole("idx", default=None)
    count: int | None = whole("num", default=None)
    ending_index: int | None = whole(default=None)
    passed: int | None = whole(default=None)
    failed: int | None = whole(default=None)


class Step(Record):
    """What all steps have.

    Attributes:
        tot_time: in seconds.
        ts_guid: of the step in TestStand.
    """

    id: int | None = whole(default=None)
    group: StepGroup = word(StepGroup, default=StepGroup.Main, needed=True)
    step_type: str = text(default="Action", needed=True)
    name: str = text(longest=100)
    status: StepStatus = word(StepStatus, default=StepStatus.Passed, needed=True)
    start: datetime | None = time(default=None)
    tot_time: float | None = number(default=None)
    tot_time_format: str | None = text(default=None)
    error_code: int | None = whole(default=None)
    error_code_format: str | None = text(default=None)
    error_message: str | None = text(longest=200, default=None)
    report_text: str | None = text(longest=100_000, default=None)
    ts_guid: str | None = text(longest=30, default=None)
    interactive_exe_num: int | None = whole(default=None)
    interactive_exe_num_format: str | None = text(default=None)
    caused_seq_failure: bool | None = flag(default=None)
    caused_uut_failure: bool | None = flag("causedUUTFailure", default=None)
    loop: LoopInfo | None = part(LoopInfo, default=None)
    chart: Chart | None = part(Chart, default=None)
    attachment: Attachment | None = part(Attachment, default=None)
    additional_results: Parts[AdditionalData] = parts(AdditionalData, default=None)

    @classmethod
    def over(cls, wire: Json) -> Self:
        """The step that is this JSON object; of the kind that its content tells, unless a kind is asked for."""
        step = object.__new__(kind_of(wire) if cls is Step else cls)
        step.wire = wire
        return cast("Self", step)

    @classmethod
    def shape(cls) -> tuple[str, Iterable[Member]]:
        """One for all kinds: a step may hold what its kind does not name."""
        return "Step", _members()


class SequenceCallInfo(Record):
    """The sequence that a step ran."""

    path: str | None = text(longest=500, default=None)
    file_name: str | None = text("name", longest=200, default=None)
    version: str | None = text(longest=30, default=None)


class SequenceCall(Step):
    """A sequence: the only step that has steps of its own."""

    step_type: str = text(default="SequenceCall", needed=True)
    sequence: SequenceCallInfo | None = part(SequenceCallInfo, "seqCall", default=None)
    steps: Parts[Step] = parts(Step, default=None)

    def walk(self) -> Iterator[Step]:
        """The steps below, each before those below it."""
        waiting: list[Iterator[Step]] = [iter(self.steps)]
        while waiting:
            step = next(waiting[-1], None)
            if step is None:
                waiting.pop()
                continue
            yield step
            if isinstance(step, SequenceCall):
                waiting.append(iter(step.steps))


class NumericStep(Step):
    """A step with one number."""

    step_type: str = text(default="ET_NLT", needed=True)
    measurement: NumericMeasurement | None = only(NumericMeasurement, "numericMeas", default=None)

    @property
    def value(self) -> float | None:
        """What was measured."""
        return None if self.measurement is None else self.measurement.value

    @property
    def unit(self) -> str | None:
        """Its unit."""
        return None if self.measurement is None else self.measurement.unit

    @property
    def comp_op(self) -> CompOp | None:
        """How it was compared."""
        return None if self.measurement is None else self.measurement.comp_op

    @property
    def low_limit(self) -> float | None:
        """The low limit, or the only one."""
        return None if self.measurement is None else self.measurement.low_limit

    @property
    def high_limit(self) -> float | None:
        """The high limit."""
        return None if self.measurement is None else self.measurement.high_limit


class MultiNumericStep(Step):
    """A step with several numbers, each with a name."""

    step_type: str = text(default="ET_MNLT", needed=True)
    measurements: Parts[NumericMeasurement] = parts(NumericMeasurement, "numericMeas", default=None)


class StringValueStep(Step):
    """A step with one text."""

    step_type: str = text(default="ET_SVT", needed=True)
    measurement: StringMeasurement | None = only(StringMeasurement, "stringMeas", default=None)

    @property
    def value(self) -> str | None:
        """What was read."""
        return None if self.measurement is None else self.measurement.value

    @property
    def comp(self) -> CompOp | None:
        """How it was compared."""
        return None if self.measurement is None else self.measurement.comp_op

    @property
    def limit(self) -> str | None:
        """What it was compared with."""
        return None if self.measurement is None else self.measurement.limit


class MultiStringStep(Step):
    """A step with several texts, each with a name."""

    step_type: str = text(default="ET_MSVT", needed=True)
    measurements: Parts[StringMeasurement] = parts(StringMeasurement, "stringMeas", default=None)


class PassFailStep(Step):
    """A step that passes or fails."""

    step_type: str = text(default="ET_PFT", needed=True)
    measurement: BooleanMeasurement | None = only(BooleanMeasurement, "booleanMeas", default=None)

    @property
    def value(self) -> bool | None:
        """Whether it passed."""
        return None if self.measurement is None else self.measurement.value


class MultiBooleanStep(Step):
    """A step with several passes and fails, each with a name."""

    step_type: str = text(default="ET_MPFT", needed=True)
    measurements: Parts[BooleanMeasurement] = parts(BooleanMeasurement, "booleanMeas", default=None)


class CallExeStepInfo(Record):
    """How a program ended."""

    exit_code: float = number()
    exit_code_format: str | None = text(default=None)


class CallExeStep(Step):
    """A step that ran a program."""

    step_type: str = text(default="CallExecutable", needed=True)
    info: CallExeStepInfo | None = part(CallExeStepInfo, "callExe", default=None)


class MessagePopupInfo(Record):
    """What was answered to a message.

    Attributes:
        button: number of the button.
        response: text that was typed.
    """

    button: int = whole(bits=16)
    button_format: str | None = text(default=None)
    response: str | None = text(longest=100, default=None)


class MessagePopUpStep(Step):
    """A step that showed a message."""

    step_type: str = text(default="MessagePopup", needed=True)
    info: MessagePopupInfo | None = part(MessagePopupInfo, "messagePopup", default=None)


class ChartStep(Step):
    """A step with a chart and nothing else."""

    step_type: str = text(default="WATS_XYGMNLT", needed=True)


class GenericStep(Step):
    """Any other step: an action, a label, flow control, or a type that nobody knows; it may hold a file."""


ActionStep = GenericStep
UnknownStep = GenericStep

_MEASURING: tuple[tuple[str, type[Step], type[Step]], ...] = (
    ("numericMeas", NumericStep, MultiNumericStep),
    ("stringMeas", StringValueStep, MultiStringStep),
    ("booleanMeas", PassFailStep, MultiBooleanStep),
)
_HOLDING: tuple[tuple[str, type[Step]], ...] = (
    ("callExe", CallExeStep),
    ("messagePopup", MessagePopUpStep),
    ("chart", ChartStep),
)


def kind_of(wire: Json) -> type[Step]:
    """The kind of step that a JSON object is: the first whose content it has.

    A sequence may hold anything; a chart may stand with a measurement. The only measurement of a step has no name.
    """
    if wire.get("seqCall") is not None or wire.get("steps"):
        return SequenceCall
    for key, single, multiple in _MEASURING:
        measured: list[Json | None] | None = wire.get(key)
        if measured:
            alone = len(measured) == 1 and (measured[0] is None or measured[0].get("name") is None)
            return single if alone else multiple
    return next((kind for key, kind in _HOLDING if wire.get(key) is not None), GenericStep)


@cache
def _members() -> tuple[Member, ...]:
    kinds: tuple[type[Step], ...] = (
        SequenceCall,
        *(multiple for _, _, multiple in _MEASURING),
        *(kind for _, kind in _HOLDING),
    )
    return tuple({member.key: member for kind in kinds for member in kind.members.values()}.values())
