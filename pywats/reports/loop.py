"""Loops: a row of steps of one name, the summary first."""

import copy
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Unpack

from pywats.reports.member import Json

if TYPE_CHECKING:
    from pywats.reports.builder import Status, StepOptions
    from pywats.reports.evaluation import CompOp
    from pywats.reports.step import Step
    from pywats.reports.steps import GenericStep, NumericStep, PassFailStep, SequenceCall, StringValueStep

_CONTENT = ("numericMeas", "stringMeas", "booleanMeas", "callExe", "messagePopup", "seqCall")


class Loop:
    """A loop that is being run: each call adds an iteration."""

    def __init__(self, sequence: "SequenceCall", name: str) -> None:
        self._sequence = sequence
        self._iterations: list[Json] = []
        self.name = name
        self.summary = sequence.action(name).wire

    def numeric(
        self,
        value: Any,
        unit: str = "",
        *,
        low: Any = None,
        high: Any = None,
        comp_op: "CompOp | str | None" = None,
        status: "Status | None" = None,
        **options: Unpack["StepOptions"],
    ) -> "NumericStep":
        """Add an iteration that measured a number; all of them have the same limits."""
        step = self._sequence.numeric(
            self.name, value, unit, low=low, high=high, comp_op=comp_op, status=status, **options
        )
        self._iterated(step)
        return step

    def string(
        self,
        value: Any,
        *,
        limit: str | None = None,
        comp_op: "CompOp | str | None" = None,
        status: "Status | None" = None,
        **options: Unpack["StepOptions"],
    ) -> "StringValueStep":
        """Add an iteration that read a text."""
        step = self._sequence.string(self.name, value, limit=limit, comp_op=comp_op, status=status, **options)
        self._iterated(step)
        return step

    def passed(
        self, value: Any = True, *, status: "Status | None" = None, **options: Unpack["StepOptions"]
    ) -> "PassFailStep":
        """Add an iteration that passed or failed."""
        step = self._sequence.passed(self.name, value, status=status, **options)
        self._iterated(step)
        return step

    def action(self, *, status: "Status | None" = None, **options: Unpack["StepOptions"]) -> "GenericStep":
        """Add an iteration that measured nothing."""
        step = self._sequence.action(self.name, status=status, **options)
        self._iterated(step)
        return step

    @contextmanager
    def sequence(self, **options: Unpack["StepOptions"]) -> Generator["SequenceCall"]:
        """Add an iteration that is a sequence of steps."""
        with self._sequence.sequence(self.name, **options) as step:
            self._iterated(step)
            yield step

    def close(self) -> None:
        """Fill in the summary: it repeats the last iteration and counts them."""
        failed = sum(each["status"] in "FET" for each in self._iterations)
        count = len(self._iterations)
        if not count:
            return
        last = self._iterations[-1]
        self.summary["stepType"] = last["stepType"]
        self.summary["status"] = last["status"]
        for key in _CONTENT:
            if key in last:
                self.summary[key] = copy.deepcopy(last[key])
        self.summary["loop"] = {"num": count, "endingIndex": count - 1, "passed": count - failed, "failed": failed}

    def _iterated(self, step: "Step") -> None:
        step.wire["loop"] = {"idx": len(self._iterations)}
        self._iterations.append(step.wire)
