"""What a run says about itself: while it goes on, and at its end."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Self


@dataclass(frozen=True)
class StepSummary:
    """What one step did.

    Attributes:
        id: the step.
        call: the method it called, or the key that says what it does.
        rows: how many rows came.
        seconds: how long it took.
        files: the files that its rows go to; they appear when the whole run has succeeded.
        error: why it failed, or ``None``.
        failed: the items of ``for_each`` that failed, and why.
        skipped: whether it was not done, because of ``when``.
    """

    id: str
    call: str
    rows: int
    seconds: float
    files: tuple[str, ...] = ()
    error: str | None = None
    failed: tuple[str, ...] = ()
    skipped: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as a file can keep it."""
        return asdict(self)

    @classmethod
    def of_json(cls, kept: dict[str, Any]) -> Self:
        """Return what ``as_json`` gave."""
        return replace(cls(**kept), files=tuple(kept["files"]), failed=tuple(kept["failed"]))


@dataclass(frozen=True)
class RunSummary:
    """What a run did.

    Attributes:
        job: the job's name.
        started: when it began.
        seconds: how long it took.
        steps: the steps that were begun, in their order.
        error: why it failed, or ``None``; former outputs are untouched then.
        recovered: whether it did no more than put in its place what a killed run had finished.
        not_begun: the steps that were left when it failed.
    """

    job: str
    started: datetime
    seconds: float
    steps: tuple[StepSummary, ...]
    error: str | None = None
    recovered: bool = False
    not_begun: tuple[str, ...] = ()

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
