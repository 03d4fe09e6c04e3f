"""``run``: a job file, now."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from pywats import config, jobs
from pywats.cli.aside import note
from pywats.cli.connection import Connection
from pywats.cli.exits import ExitCode
from pywats.cli.output import write_json, write_line, write_table
from pywats.cli.progress import Meter, metered
from pywats.jobs import Job, JobFile, RunSummary, StepSummary
from workers import loops


def run(path: Path, overlays: Sequence[Path], *, dry_run: bool, json: bool) -> ExitCode:
    """Run a job file and print what it did, or with ``dry_run`` what it would do.

    Raises:
        ConfigurationError: the file is wrong; nothing was sent.
    """
    job = config.load(path, JobFile, overlays=overlays)
    for warning in job.warnings:
        note(f"warning: {warning}")
    if dry_run:
        return asyncio.run(_show(job, json=json))
    summary = loops.run(carry_out(job, json=json))
    if json:
        write_json({**asdict(summary), "ok": summary.ok})
    else:
        print_summary(summary)
    return ExitCode.OK if summary.ok else ExitCode.FAILED


async def carry_out(job: Job, *, json: bool = False) -> RunSummary:
    """Run a job with progress on standard error; tables that it prints make way for JSON on standard output."""
    with metered(quiet=json) as meter:
        async with Connection.of_file(job).client() as api:
            return await jobs.run(job, api, progress=_Told(meter), out=sys.stderr if json else sys.stdout)


def print_summary(summary: RunSummary) -> None:
    """Print what each step did, and what became of the whole."""
    if summary.recovered:
        note(f"pywats: {summary.job}: put in its place what a killed run had finished; run it again for what is new")
    for step in summary.steps:
        for item in step.failed:
            note(f"pywats: {summary.job}: step {step.id}: missing: {item}")
    write_table(
        {"step": step.id, "call": step.call, "rows": step.rows, "seconds": f"{step.seconds:.1f}", "files": _files(step)}
        for step in summary.steps
    )
    if summary.error:
        words = f"{summary.error}; {_missing(summary)}outputs of an earlier run were left as they were"
        note(f"pywats: {summary.job}: {words}")
    else:
        write_line(f"{summary.job}: {summary.rows:,} rows in {summary.seconds:.1f} s")


def _missing(summary: RunSummary) -> str:
    """Say which rows a run that failed has given nobody."""
    parts = [f"the {summary.rows:,} rows that were read are in no output"] if summary.rows else []
    if summary.not_begun:
        parts.append(f"{', '.join(summary.not_begun)} {'was' if len(summary.not_begun) == 1 else 'were'} not begun")
    return f"{', '.join(parts)}; " if parts else ""


async def _show(job: Job, *, json: bool) -> ExitCode:
    """Print the calls of a job; nothing is sent."""
    plan = jobs.prepare(job, Connection.of_file(job).client())
    if json:
        write_json([{"id": step.step.id, "call": step.step.call, "shown": step.shown} for step in plan.steps])
    else:
        for line in str(plan).splitlines():
            write_line(line)
    return ExitCode.OK


class _Told(jobs.Progress):
    """Passes on to a meter how a run goes on."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    def step_started(self, step: str, call: str) -> None:  # noqa: ARG002 - the name of the step says enough
        """Show the step, without rows yet."""
        self._meter.update(step, 0)

    def rows(self, step: str, count: int) -> None:
        """Show the rows so far."""
        self._meter.update(step, count)

    def step_finished(self, summary: StepSummary) -> None:
        """Show what came of the step."""
        rate = f" ({summary.rows / summary.seconds:,.0f}/s)" if summary.seconds > 0.1 else ""  # noqa: PLR2004
        self._meter.end(summary.id, summary.error or f"{summary.rows:,} rows in {summary.seconds:.1f} s{rate}")


def _files(step: StepSummary) -> str:
    return "skipped" if step.skipped else ", ".join(step.files)
