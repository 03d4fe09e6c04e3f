"""``jobs``: what the runs of jobs did, as their state file remembers it."""

from dataclasses import asdict
from pathlib import Path

from pywats.cli.exits import CommandError, ExitCode
from pywats.cli.output import write_json, write_line, write_table
from pywats.jobs import PastRun, State


def listed(path: Path, *, json: bool) -> ExitCode:
    """Print the last run of every job."""
    with _opened(path) as state:
        runs = state.latest()
    if json:
        write_json([_as_json(past) for past in runs])
    elif runs:
        write_table(_row(past) for past in runs)
    else:
        write_line("no job has run")
    return ExitCode.OK


def last(path: Path, name: str, *, json: bool) -> ExitCode:
    """Print what each step of a job did in its last run, and how far it has read; exit code 1 if it failed."""
    with _opened(path) as state:
        runs, marks = state.runs(name, limit=1), state.marks(name)
    if not runs:
        raise CommandError(f"{path} knows no run of {name}", ExitCode.FAILED)
    (past,) = runs
    if json:
        write_json({**_as_json(past), "marks": marks})
    else:
        started = past.started.astimezone().isoformat(sep=" ", timespec="seconds")
        write_line(f"{past.job}: {past.outcome}, started {started}" + (f": {past.error}" if past.error else ""))
        write_table(
            {
                "step": step.id,
                "rows": step.rows,
                "missing": len(step.failed),
                "read up to": marks.get(step.id, ""),
                "files": "skipped" if step.skipped else ", ".join(step.files),
            }
            for step in past.steps
        )
        for step in past.steps:
            for item in step.failed:
                write_line(f"missing in {step.id}: {item}")
    return ExitCode.OK if past.outcome == "ok" else ExitCode.FAILED


def log(path: Path, name: str, limit: int, *, json: bool) -> ExitCode:
    """Print the runs of a job, the latest first."""
    with _opened(path) as state:
        runs = state.runs(name, limit=limit)
    if not runs:
        raise CommandError(f"{path} knows no run of {name}", ExitCode.FAILED)
    if json:
        write_json([_as_json(past) for past in runs])
    else:
        write_table(_row(past) for past in runs)
    return ExitCode.OK


def _opened(path: Path) -> State:
    if not path.is_file():
        raise CommandError(f"there is no state file {path}; name the one of your job with --state")
    return State(path)


def _row(past: PastRun) -> dict[str, str | int]:
    return {
        "job": past.job,
        "started": past.started.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
        "outcome": past.outcome,
        "rows": sum(step.rows for step in past.steps),
        "seconds": "" if past.seconds is None else f"{past.seconds:.1f}",
        "error": past.error or "",
    }


def _as_json(past: PastRun) -> dict[str, object]:
    return {**asdict(past), "outcome": past.outcome}
