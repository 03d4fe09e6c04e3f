"""The kinds of step of a test report. Each follows from what a step holds; ``step_type`` is but an icon."""

from collections.abc import Iterator
from typing import Any

from pywats.reports.builder import TRAVELS, add_measurement, naming
from pywats.reports.classic import ClassicNames
from pywats.reports.evaluation import CompOp
from pywats.reports.measurements import BooleanMeasurement, NumericMeasurement, StepStatus, StringMeasurement
from pywats.reports.measuring import boolean_measurement, numeric_measurement, string_measurement
from pywats.reports.member import Parts, number, only, part, parts, text
from pywats.reports.popup import MessagePopupInfo
from pywats.reports.record import R, Record
from pywats.reports.step import Leaf, LoopInfo, Step, StepGroup

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


class SequenceCall(ClassicNames, holds="seqCall"):
    """A sequence: the only step that has steps of its own.

    Attributes:
        called: what it ran.
    """

    step_type: str = text(default="SequenceCall", needed=True)
    called: SequenceCallInfo | None = part(SequenceCallInfo, "seqCall", default=None)
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

    def count_steps(self) -> int:
        """How many steps stand below."""
        return sum(1 for _ in self.walk())

    def find_step(self, name: str) -> Step | None:
        """The first step below with this name, or ``None``."""
        return next((step for step in self.walk() if step.name == name), None)

    def find_all_steps(self, name: str) -> list[Step]:
        """The steps below with this name."""
        return [step for step in self.walk() if step.name == name]

    def get_failed_steps(self) -> list[Step]:
        """The steps below that failed."""
        return [step for step in self.walk() if step.status is StepStatus.Failed]


class NumericStep(Leaf, holds="numericMeas"):
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


class MultiNumericStep(Leaf, holds="numericMeas", several=True):
    """A step with several numbers, each with a name."""

    step_type: str = text(default="ET_MNLT", needed=True)
    measurements: Parts[NumericMeasurement] = parts(NumericMeasurement, "numericMeas", default=None)

    def add(
        self,
        name: str,
        value: Any,
        unit: str = "",
        *,
        low: Any = None,
        high: Any = None,
        comp_op: CompOp | str | None = None,
        status: StepStatus | str | None = None,
    ) -> NumericMeasurement:
        """Add a number; without an operator, its limits tell how it is compared."""
        with naming(self, name):
            made = numeric_measurement(value, unit, low, high, comp_op)
            return NumericMeasurement.over(add_measurement(self, "numericMeas", name, made, status))

    def add_measurement(
        self,
        *,
        name: str,
        value: Any,
        unit: str = "",
        comp_op: CompOp | str | None = None,
        low_limit: Any = None,
        high_limit: Any = None,
        status: StepStatus | str | None = None,
    ) -> NumericMeasurement:
        """Add a number; the same as ``add``."""
        return self.add(name, value, unit, low=low_limit, high=high_limit, comp_op=comp_op, status=status)


class StringValueStep(Leaf, holds="stringMeas"):
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


class MultiStringStep(Leaf, holds="stringMeas", several=True):
    """A step with several texts, each with a name."""

    step_type: str = text(default="ET_MSVT", needed=True)
    measurements: Parts[StringMeasurement] = parts(StringMeasurement, "stringMeas", default=None)

    def add(
        self,
        name: str,
        value: Any,
        *,
        limit: str | None = None,
        comp_op: CompOp | str | None = None,
        status: StepStatus | str | None = None,
    ) -> StringMeasurement:
        """Add a text; without an operator it must be the same as the limit, if there is one."""
        with naming(self, name):
            made = string_measurement(value, limit, comp_op)
            return StringMeasurement.over(add_measurement(self, "stringMeas", name, made, status))

    add_measurement = add


class PassFailStep(Leaf, holds="booleanMeas"):
    """A step that passes or fails."""

    step_type: str = text(default="ET_PFT", needed=True)
    measurement: BooleanMeasurement | None = only(BooleanMeasurement, "booleanMeas", default=None)

    @property
    def value(self) -> bool | None:
        """Whether it passed."""
        return None if self.measurement is None else self.measurement.value


class MultiBooleanStep(Leaf, holds="booleanMeas", several=True):
    """A step with several passes and fails, each with a name."""

    step_type: str = text(default="ET_MPFT", needed=True)
    measurements: Parts[BooleanMeasurement] = parts(BooleanMeasurement, "booleanMeas", default=None)

    def add(self, name: str, value: Any = True, *, status: StepStatus | str | None = None) -> BooleanMeasurement:
        """Add whether something passed."""
        with naming(self, name):
            made = boolean_measurement(value)
            return BooleanMeasurement.over(add_measurement(self, "booleanMeas", name, made, status))

    add_measurement = add


class CallExeStepInfo(Record):
    """How a program ended."""

    exit_code: float = number()
    exit_code_format: str | None = text(default=None)


class CallExeStep(Leaf, holds="callExe"):
    """A step that ran a program."""

    step_type: str = text(default="CallExecutable", needed=True)
    info: CallExeStepInfo | None = part(CallExeStepInfo, "callExe", default=None)


class MessagePopUpStep(Leaf, holds="messagePopup"):
    """A step that showed a message."""

    step_type: str = text(default="MessagePopup", needed=True)
    info: MessagePopupInfo | None = part(MessagePopupInfo, "messagePopup", default=None)


class ChartStep(Leaf, holds="chart"):
    """A step with a chart and nothing else."""

    step_type: str = text(default="WATS_XYGMNLT", needed=True)


class GenericStep(Leaf, holds=""):
    """Any other step: an action, a label, flow control, or a type that nobody knows; it may hold a file."""


ActionStep = GenericStep
UnknownStep = GenericStep


def is_failure(step: Step) -> bool:
    """Whether a step went wrong itself, rather than one below it."""
    if step.wire.get("status") not in TRAVELS:
        return False
    below = step.steps if isinstance(step, SequenceCall) else ()
    return not any(child.wire.get("status") in TRAVELS for child in below)
