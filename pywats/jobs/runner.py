"""Running a job: its steps one after the other, their rows into files that appear together at the end."""

import sys
import time
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from pywats.exchange.paging import Cursor
from pywats.jobs import rows
from pywats.jobs.kept import KeptRows
from pywats.jobs.opening import open_sinks
from pywats.jobs.plan import Plan, prepare
from pywats.jobs.planner import Job, PlannedStep
from pywats.jobs.sinks import Sink
from pywats.jobs.state import STOPPED, State
from pywats.jobs.summary import Progress, RunSummary, StepSummary
from pywats.jobs.watermark import Watermark
from pywats.jobs.work import FAILURES, Work, is_per_item, true_or_false
from pywats.text import reason_of

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
    outputs are as they were. Where a killed run had finished, and not put everything in its place, this one does that
    alone, so that it leaves what the other would have left.

    Args:
        job: the file.
        api: an open ``AsyncPyWATS``; it is not closed.
        progress: is told how the run goes on.
        out: where tables are printed; standard output, if not given.
        started: the time of the run, for ``run.date`` and its like; now, if not given.

    Raises:
        ConfigurationError: the job cannot be run as it is written; nothing was sent.
        JobRunningError: another process runs it.
        StateError: the state file cannot be used.
    """
    started = started or datetime.now().astimezone()
    plan = prepare(job, api, started=started)
    with State(job.value.state) as state, state.lock(job.value.name):
        runner = _Run(plan, api, progress or Progress(), out or sys.stdout, state, started)
        error: str | None = STOPPED
        try:
            error = await runner.steps()
        finally:
            runner.discard()
            summary = runner.summary(error)
            state.end(runner.number, summary)
    return summary


class _Run:
    """One run under way."""

    def __init__(
        self, plan: Plan, api: object, progress: Progress, out: TextIO, state: State, started: datetime
    ) -> None:
        self.number = state.begin(plan.job.value.name, started)
        self._started = started
        self._begun = time.monotonic()
        self._summaries: list[StepSummary] = []
        self._recovered = False
        self._plan = plan
        self._api = api
        self._progress = progress
        self._out = out
        self._state = state
        self._job = plan.job.value.name
        self._server = plan.job.value.server.base_url
        self._results: dict[str, dict[str, Any]] = {}
        self._pending: list[Sink] = []
        self._marks: dict[tuple[str, str], Watermark] = {}

    async def steps(self) -> str | None:
        """Do every step and show the outputs; returns why it failed, if it did."""
        try:
            self._recovered = self._state.recover(self._job)
        except FAILURES as error:
            return (
                f"what the last run had finished cannot be put in its place: {self._plan.job.scrub(_in_words(error))}"
            )
        if self._recovered:
            return None
        for planned in self._plan.steps:
            summary = await self._step(planned)
            self._summaries.append(summary)
            self._progress.step_finished(summary)
            if summary.error:
                return f"step {summary.id}: {summary.error}"
        return self._commit()

    def summary(self, error: str | None) -> RunSummary:
        """Return what was done so far."""
        seconds = time.monotonic() - self._begun
        left = self._plan.steps[len(self._summaries) :] if error else ()
        not_begun = tuple(planned.step.id for planned in left)
        return RunSummary(self._job, self._started, seconds, tuple(self._summaries), error, self._recovered, not_begun)

    def discard(self) -> None:
        """Drop what was written and not shown, and what was kept for later steps."""
        while self._pending:
            self._pending.pop().discard()
        for done in self._results.values():
            if done["rows"] is not None:
                done["rows"].close()

    def _commit(self) -> str | None:
        placed = [(sink, placement) for sink in self._pending if (placement := sink.placement)]
        placed.sort(key=lambda each: not each[1].table)  # a table may be refused, a file hardly
        try:
            self._state.place(self.number, self.summary(None), [placement for _, placement in placed], self._marks)
        except FAILURES as error:
            return f"output {self._plan.job.scrub(_in_words(error))}"
        for sink in self._pending:
            if sink.placement is None:
                sink.commit()
        self._pending.clear()
        return None

    async def _step(self, planned: PlannedStep) -> StepSummary:
        step, begun = planned.step, time.monotonic()
        self._progress.step_started(step.id, step.work)
        under_way = _UnderWay(_Count(self._progress, step.id))
        error, skipped = None, False
        try:
            skipped = not self._is_wanted(planned)
            if not skipped:
                await self._do(planned, under_way)
        except FAILURES as failed:
            error = self._plan.job.scrub(_in_words(failed)) or type(failed).__name__
        under_way.count.tell()
        seconds = time.monotonic() - begun
        files = () if error else tuple(sink.path for sink in under_way.sinks if sink.path)
        failed_items = tuple(map(self._plan.job.scrub, under_way.failed))
        if under_way.kept is None and step.id in self._plan.wanted_rows:
            under_way.kept = KeptRows(planned.kinds)
        self._results[step.id] = {
            "count": under_way.count.rows,
            "seconds": seconds,
            "files": files,
            "failed": failed_items,
            "rows": under_way.kept,
            "result": under_way.result,
        }
        told = tuple(map(self._plan.job.scrub, files))
        return StepSummary(step.id, step.work, under_way.count.rows, seconds, told, error, failed_items, skipped)

    def _is_wanted(self, planned: PlannedStep) -> bool:
        if is_per_item(planned):
            return True
        value = planned.step.when
        return value if isinstance(value, bool) else true_or_false(self._plan.value(planned, "when", self._results))

    async def _do(self, planned: PlannedStep, under_way: "_UnderWay") -> None:
        arguments, into = self._plan.settle(planned, self._results)
        mark = self._mark(planned)
        if mark is not None and planned.passes_on:
            cursor = None if mark.low is None else str(Cursor(order="timestamp", after=_whole(mark.low)))
            arguments |= {"oldest_first": True, "resume_from": cursor}
        work = Work(self._plan, planned, self._api, self._results, arguments, self._note)
        under_way.failed = work.failed
        try:
            await work.begin()
            if into is not None:
                self._plan.check_columns(planned, into, work.kinds)
                under_way.sinks = open_sinks(
                    into, planned.step.id, work.kinds, self._out, self._note, pictures=work.pictures
                )
                self._pending += under_way.sinks
            if planned.step.id in self._plan.wanted_rows:
                under_way.kept = KeptRows(work.kinds)
            async with aclosing(work.rows()) as given:
                async for row in given:
                    if mark is None or planned.resume is None or mark.take(row, planned.resume.by, planned.resume.key):
                        under_way.take(row)
            under_way.finish()
            under_way.result = work.result
        finally:
            work.close()

    def _mark(self, planned: PlannedStep) -> Watermark | None:
        if planned.resume is None:
            return None
        mark = self._state.mark(self._job, planned.step.id, self._server)
        self._marks[planned.step.id, self._server] = mark
        return mark

    def _note(self, part: Path) -> None:
        self._state.note(self._job, part)


class _UnderWay:
    """What there is of a step so far."""

    def __init__(self, count: "_Count") -> None:
        self.count = count
        self.sinks: list[Sink] = []
        self.kept: KeptRows | None = None
        self.failed: list[str] = []
        self.result: Any = None

    def take(self, row: rows.Record) -> None:
        for sink in self.sinks:
            try:
                sink.write(row)
            except OSError as error:
                raise _named(error, sink.path) from error
        if self.kept is not None:
            self.kept.write(row)
        self.count.add()

    def finish(self) -> None:
        for sink in self.sinks:
            try:
                sink.finish()
            except OSError as error:
                raise _named(error, sink.path) from error


def _named(error: OSError, path: str | None) -> OSError:
    """Return what was raised with the file that it is about; a full disk says none."""
    return error if error.filename else OSError(error.errno, reason_of(error), path)


def _in_words(error: Exception) -> str:
    """Return what was raised; of a file without its number, and without the name of its part."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename2 or error.filename}: {error.strerror}"
    return str(error)


def _whole(position: Any) -> int:
    if not isinstance(position, int):
        raise rows.RowError(f"time_stamp is {position!r}, which is no whole number")
    return position


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
