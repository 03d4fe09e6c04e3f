"""Commands for job files: ``run``, and ``jobs`` with what it did."""

from pathlib import Path
from typing import Annotated

import typer

from pywats.cli.options import Json, Level, Overlay, Verbose, start_log

app = typer.Typer(name="jobs", help="Look at what the runs of jobs did.", no_args_is_help=False)

_STATE = Path("var/jobs.db")

StateFile = Annotated[
    Path, typer.Option("--state", metavar="FILE", help="The state file of the jobs.", show_default=str(_STATE))
]
Name = Annotated[str, typer.Argument(metavar="NAME", show_default=False, help="Name of a job.")]


@app.command(name="ls")
def list_jobs(*, state: StateFile = _STATE, json: Json = False) -> int:
    """List the jobs, each with its last run."""
    from pywats.cli import past

    return past.listed(state, json=json)


@app.command()
def last(name: Name, *, state: StateFile = _STATE, json: Json = False) -> int:
    """Show the steps of the last run of a job. Exit code 1 if it failed or did not end."""
    from pywats.cli import past

    return past.last(state, name, json=json)


@app.command()
def log(
    name: Name,
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many, the latest first.")] = 20,
    state: StateFile = _STATE,
    json: Json = False,
) -> int:
    """List the runs of a job, the latest first."""
    from pywats.cli import past

    return past.log(state, name, limit, json=json)


def run_job(
    file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False, help="A file of kind job.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be called; nothing is sent.")] = False,
    overlay: Overlay = None,
    json: Json = False,
    log_level: Level = None,
    verbose: Verbose = 0,
) -> int:
    """Run a job file now: calls, and files made of their rows.

    Files appear when the whole job has succeeded; after a failure the former ones are still there.

    \b
    Examples:
      pywats run nightly.yaml --dry-run
      pywats run nightly.yaml
    """  # noqa: D301 - typer's sign for lines that stay as they are
    start_log(log_level, verbose, json=json)
    from pywats.cli.jobs import run as carry_out

    return carry_out(file, overlay or [], dry_run=dry_run, json=json)
