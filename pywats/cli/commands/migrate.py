"""The commands of ``migrate``: their arguments, options and help."""

from pathlib import Path
from typing import Annotated

import typer

from pywats.cli.options import Json

app = typer.Typer(name="migrate", help="Move a program from the vendor's client to this one.", no_args_is_help=False)


@app.callback()
def describe() -> None:
    """Move a program from the vendor's client to this one."""


@app.command()
def check(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH", show_default=False, help="Programs, notebooks, or folders of them."),
    ],
    *,
    json: Json = False,
) -> int:
    """Name what a program for the vendor's client has to change.

    It names the lines that this client does not take, or takes differently. Programs are read and never
    run. Exit code 0 if there is nothing to change, else 1.

    \b
    Examples:
      pywats migrate check station/ report.py
      pywats migrate check . --json
    """  # noqa: D301 - typer's sign for lines that stay as they are
    from pywats.cli.migrate.files import check as carry_out

    return carry_out(paths, json=json)
