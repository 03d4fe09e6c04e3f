"""The kinds of step of a test report. Each follows from what a step holds; ``step_type`` is but an icon."""

from collections.abc import Iterator

from pywats.reports.evaluation import CompOp
from pywats.reports.measurements import BooleanMeasurement, NumericMeasurement, StringMeasurement
from pywats.reports.member import Parts, number, only, part, parts, text, whole
from pywats.reports.record import R, Record
from pywats.reports.step import LoopInfo, Step, StepGroup

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


class SequenceCallInfo(Record):
    """The sequence that a step ran."""

    path: str | None = text(longest=500, default=None)
    file_name: str | None = text("name", longest=200, default=None)
    version: str | None = text(longest=30, default=None)


class SequenceCall(Step, holds="seqCall"):
    """A sequence: the only step that has steps of its own."""

    step_type: str = text(default="SequenceCall", needed=True)
    sequence: SequenceCallInfo | None = part(SequenceCallInfo, "seqCall", default=None)
    steps: Parts[Step] = parts(Step, default=None)

    def inside(self, part: R) -> R:
        """A step in it, which knows where it is."""
        if isinstance(part, Step):
            part.above = self
        return part

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


class NumericStep(Step, holds="numericMeas"):
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


class MultiNumericStep(Step, holds="numericMeas", several=True):
    """A step with several numbers, each with a name."""

    step_type: str = text(default="ET_MNLT", needed=True)
    measurements: Parts[NumericMeasurement] = parts(NumericMeasurement, "numericMeas", default=None)


class StringValueStep(Step, holds="stringMeas"):
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


class MultiStringStep(Step, holds="stringMeas", several=True):
    """A step with several texts, each with a name."""

    step_type: str = text(default="ET_MSVT", needed=True)
    measurements: Parts[StringMeasurement] = parts(StringMeasurement, "stringMeas", default=None)


class PassFailStep(Step, holds="booleanMeas"):
    """A step that passes or fails."""

    step_type: str = text(default="ET_PFT", needed=True)
    measurement: BooleanMeasurement | None = only(BooleanMeasurement, "booleanMeas", default=None)

    @property
    def value(self) -> bool | None:
        """Whether it passed."""
        return None if self.measurement is None else self.measurement.value


class MultiBooleanStep(Step, holds="booleanMeas", several=True):
    """A step with several passes and fails, each with a name."""

    step_type: str = text(default="ET_MPFT", needed=True)
    measurements: Parts[BooleanMeasurement] = parts(BooleanMeasurement, "booleanMeas", default=None)


class CallExeStepInfo(Record):
    """How a program ended."""

    exit_code: float = number()
    exit_code_format: str | None = text(default=None)


class CallExeStep(Step, holds="callExe"):
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


class MessagePopUpStep(Step, holds="messagePopup"):
    """A step that showed a message."""

    step_type: str = text(default="MessagePopup", needed=True)
    info: MessagePopupInfo | None = part(MessagePopupInfo, "messagePopup", default=None)


class ChartStep(Step, holds="chart"):
    """A step with a chart and nothing else."""

    step_type: str = text(default="WATS_XYGMNLT", needed=True)


class GenericStep(Step, holds=""):
    """Any other step: an action, a label, flow control, or a type that nobody knows; it may hold a file."""


ActionStep = GenericStep
UnknownStep = GenericStep
