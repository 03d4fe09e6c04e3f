"""Measurements: what the steps of a test report hold."""

from pywats.exchange.wire import OpenStrEnum
from pywats.reports.evaluation import CompOp
from pywats.reports.member import number, text, word
from pywats.reports.record import Record

__all__ = [
    "BaseMeasurement",
    "BooleanMeasurement",
    "MultiBooleanMeasurement",
    "MultiNumericMeasurement",
    "MultiStringMeasurement",
    "NumericMeasurement",
    "StepStatus",
    "StringMeasurement",
]


class StepStatus(OpenStrEnum):
    """How a step or a measurement ended; measurements only pass, fail or are skipped."""

    Passed = "P"
    Failed = "F"
    Skipped = "S"
    Done = "D"
    Error = "E"
    Terminated = "T"


class BaseMeasurement(Record):
    """What all measurements have.

    Attributes:
        name: of one of several; the only measurement of a step has none.
    """

    name: str | None = text(longest=100, default=None)
    status: StepStatus = word(StepStatus, default=StepStatus.Passed, needed=True)


class NumericMeasurement(BaseMeasurement):
    """A number, and the limits that it was compared with."""

    comp_op: CompOp = word(CompOp, default=CompOp.LOG, needed=True)
    unit: str | None = text(longest=20, default=None)
    value: float | None = number(default=None, needed=True)
    low_limit: float | None = number(default=None)
    high_limit: float | None = number(default=None)
    value_format: str | None = text(default=None)
    low_limit_format: str | None = text(default=None)
    high_limit_format: str | None = text(default=None)


class StringMeasurement(BaseMeasurement):
    """A text, and the one that it was compared with."""

    comp_op: CompOp = word(CompOp, default=CompOp.LOG, needed=True)
    value: str | None = text(longest=100, default=None)
    limit: str | None = text(longest=100, default=None)


class BooleanMeasurement(BaseMeasurement):
    """A pass or a fail, which its status says."""

    @property
    def value(self) -> bool:
        """Whether it passed."""
        return self.status is StepStatus.Passed


MultiNumericMeasurement = NumericMeasurement
MultiStringMeasurement = StringMeasurement
MultiBooleanMeasurement = BooleanMeasurement
