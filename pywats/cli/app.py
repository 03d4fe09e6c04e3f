"""The command line: all commands. Each kind of them has its options in a module of `commands`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from pywats import __version__
from pywats.cli.commands import files, jobs, migrate, server, spool, station, trials
from pywats.cli.exits import CommandError, ExitCode

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)

app.command()(trials.demo)
app.command()(trials.sandbox)

app.command()(station.ingest)
app.add_typer(spool.app)
app.command()(station.status)
app.command()(station.service)
app.command()(station.register)

app.command(name="run")(jobs.run_job)
app.add_typer(jobs.app)

app.command()(files.validate)
app.command()(files.convert)
app.command()(files.show)

app.command(context_settings={"ignore_unknown_options": True})(server.call)
app.command()(server.doctor)

app.add_typer(migrate.app)


def run(arguments: list[str]) -> int:
    """Carry out a command line and return its exit code; whatever goes wrong is raised."""
    _refuse_tokens(arguments)
    name = "run.py" if Path(sys.argv[0]).name == "run.py" else "pywats"
    code: int | None = app(arguments or ["--help"], prog_name=name, standalone_mode=False)
    if not arguments:
        return ExitCode.USAGE
    return ExitCode.OK if code is None else code


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"pywats {__version__}\n")
        raise typer.Exit


@app.callback()
def describe(
    *,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and exit.")
    ] = False,
) -> None:
    """Move test data to and from WATS: a daemon for test stations, jobs without programming, tools around them.

    \b
    Exit codes:
      0    everything was done
      1    the work, or a part of it, failed
      2    the command line or a file given on it is wrong; nothing was done
      130  stopped by Ctrl-C
    """  # noqa: D301 - typer's sign for lines that stay as they are
    del version


def _refuse_tokens(arguments: list[str]) -> None:
    """Every user of a machine can read the command lines of all processes; only the sandbox's token is no secret."""
    given = any(word == "--token" or word.startswith("--token=") for word in arguments)
    if given and "sandbox" not in arguments[:1]:
        raise CommandError("--token: other users can read command lines; set WATS_AUTH_TOKEN or give --token-file FILE")
