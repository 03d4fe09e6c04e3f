"""Running a job: its calls one after the other, their rows into files that appear together at the end."""

import contextlib
import sys
import time
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, TextIO

from pywats.errors import PyWATSError
from pywats.jobs import rows
from pywats.jobs.plan import Job, Plan, PlannedStep, prepare
from pywats.jobs.sinks import Sink, open_sinks
from pywats.jobs.summary import Progress, RunSummary, StepSummary

PROGRESS_INTERVAL = 0.1
"""Seconds between two notices of how many rows there are."""


async def run(
    job: Job,
    api: object,
    *,
    progress: Progress | None = None,
    out: TextIO | None = None,
    started: datetime | None = None,
) -> RunSummary:
    """Run a job and return what it did; a step that fails ends the run and is told in the summary.

    Outputs appear together, once every step has succeeded. After a failure, or when the run is cancelled, the former
    outputs are as they were.

    Args:
        job: the file.
        api: an open ``AsyncPyWATS``; it is not closed.
        progress: is told how the run goes on.
        out: where tables are printed; standard output, if not given.
        started: the time of the run, for ``run.date`` and its like; now, if not given.

    Raises:
        ConfigurationError: the job cannot be run as it is written; nothing was sent.
    """
    started = started or datetime.now().astimezone()
    plan = prepare(job, api, started=started)
    runner = _Run(plan, progress or Progress(), out or sys.stdout)
    begun = time.monotonic()
    try:
        error = await runner.steps()
    finally:
        runner.discard()
    return RunSummary(job.value.name, started, time.monotonic() - begun, tuple(runner.summaries), error)


class _Run:
    """One run under way."""

    def __init__(self, plan: Plan, progress: Progress, out: TextIO) -> None:
        self.summaries: list[StepSummary] = []
        self._plan = plan
        self._progress = progress
        self._out = out
        self._results: dict[str, dict[str, Any]] = {}
        self._pending: list[Sink] = []

    async def steps(self) -> str | None:
        """Do every step and show the outputs; returns why it failed, if it did."""
        for planned in self._plan.steps:
            summary = await self._step(planned)
            self.summaries.append(summary)
            self._progress.step_finished(summary)
            if summary.error:
                return f"step {summary.id}: {summary.error}"
        return self._commit()

    def discard(self) -> None:
        """Drop what was written and not shown."""
        while self._pending:
            self._pending.pop().discard()

    def _commit(self) -> str | None:
        while self._pending:
            try:
                self._pending[0].commit()
            except OSError as error:
                return f"output {self._pending[0].path}: {error}"
            self._pending.pop(0)
        return None

    async def _step(self, planned: PlannedStep) -> StepSummary:
        self._progress.step_started(planned.step.id, planned.step.call)
        begun, count = time.monotonic(), _Count(self._progress, planned.step.id)
        error, sinks, result = None, list[Sink](), None
        try:
            arguments, into = self._plan.settle(planned, self._results)
            if into is not None:
                sinks = open_sinks(into, planned.step.id, planned.target.columns, self._out)
                self._pending += sinks
            result = await self._call(planned, arguments, sinks, count)
            for sink in sinks:
                sink.finish()
        except (PyWATSError, OSError, rows.RowError) as failed:
            error = self._plan.job.scrub(str(failed)) or type(failed).__name__
        count.tell()
        seconds = time.monotonic() - begun
        files = () if error else tuple(sink.path for sink in sinks if sink.path)
        self._results[planned.step.id] = {"count": count.rows, "seconds": seconds, "files": files, "result": result}
        return StepSummary(planned.step.id, planned.step.call, count.rows, seconds, files, error)

    async def _call(self, planned: PlannedStep, arguments: dict[str, Any], sinks: list[Sink], count: "_Count") -> Any:
        """Make the call and write its rows; returns the result, if a later step wants it."""
        if planned.target.streams:
            async with contextlib.aclosing(planned.target.start(arguments)) as stream:
                await _drain(stream, sinks, count)
            return None
        result = await planned.target.start(arguments)
        for item in rows.items(result):
            _write(item, sinks, count)
        return rows.plain(result) if planned.step.id in self._plan.wanted else None


async def _drain(stream: AsyncIterator[Any], sinks: list[Sink], count: "_Count") -> None:
    async for item in stream:
        _write(item, sinks, count)


def _write(item: Any, sinks: list[Sink], count: "_Count") -> None:
    row = rows.record(item)
    for sink in sinks:
        sink.write(row)
    count.add()


class _Count:
    """Counts the rows of a step and tells of them now and then."""

    def __init__(self, progress: Progress, step: str) -> None:
        self.rows = 0
        self._progress = progress
        self._step = step
        self._next = 0.0

    def add(self) -> None:
        self.rows += 1
        if (now := time.monotonic()) >= self._next:
            self._next = now + PROGRESS_INTERVAL
            self._progress.rows(self._step, self.rows)

    def tell(self) -> None:
        self._progress.rows(self._step, self.rows)
