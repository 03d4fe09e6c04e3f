"""What a run says about itself: while it goes on, and at its end."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class StepSummary:
    """What one step did.

    Attributes:
        id: the step.
        call: the method it called.
        rows: how many rows came.
        seconds: how long it took.
        files: the files that its rows go to; they appear when the whole run has succeeded.
        error: why it failed, or ``None``.
    """

    id: str
    call: str
    rows: int
    seconds: float
    files: tuple[str, ...] = ()
    error: str | None = None


@dataclass(frozen=True)
class RunSummary:
    """What a run did.

    Attributes:
        job: the job's name.
        started: when it began.
        seconds: how long it took.
        steps: the steps that were begun, in their order.
        error: why it failed, or ``None``; former outputs are untouched then.
    """

    job: str
    started: datetime
    seconds: float
    steps: tuple[StepSummary, ...]
    error: str | None = None

    @property
    def ok(self) -> bool:
        """Whether every step succeeded and every output is in its place."""
        return self.error is None

    @property
    def rows(self) -> int:
        """The rows of all steps."""
        return sum(step.rows for step in self.steps)


class Progress:
    """Is told how a run goes on; does nothing by itself."""

    def step_started(self, step: str, call: str) -> None:
        """Take notice that a step begins."""

    def rows(self, step: str, count: int) -> None:
        """Take notice of how many rows a step has so far; several times a second at the most."""

    def step_finished(self, summary: StepSummary) -> None:
        """Take notice of what a step did, or why it failed."""
