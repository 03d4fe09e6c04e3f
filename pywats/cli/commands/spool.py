"""The commands of ``spool``: their arguments, options and help."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pywats.cli.exits import CommandError
from pywats.cli.options import Json, Overlay, start_log

if TYPE_CHECKING:
    from pywats.ingest.spool.ledger import Ledger

app = typer.Typer(name="spool", help="Show what waits for the server, and take your decisions.", no_args_is_help=False)

Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="The spool of this file of kind ingest."),
]
SpoolFile = Annotated[
    Path | None, typer.Option("--spool", metavar="FILE", help="The spool itself.  [default: var/spool.db]")
]
Names = Annotated[
    list[str],
    typer.Argument(metavar="REPORT", show_default=False, help="A number, id, serial number, or file name."),
]


@app.command(name="ls")
def list_reports(
    *,
    state: Annotated[
        str | None, typer.Option("--state", help="Only queued, sending, resting, done, quarantined, held or dropped.")
    ] = None,
    source: Annotated[str | None, typer.Option("--source", help="Only those of this source.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many, the newest first.")] = 100,
    config: Config = None,
    spool: SpoolFile = None,
    overlay: Overlay = None,
    json: Json = False,
) -> int:
    """List reports, the newest first, and how many stand in each state."""
    from pywats.cli.spool import views

    with _ledger(config, spool, overlay, json=json) as ledger:
        return views.listed(ledger, state=state, source=source, limit=limit, json=json)


@app.command()
def find(
    name: Annotated[
        str, typer.Argument(metavar="NAME", show_default=False, help="Serial number, id, number or file name.")
    ],
    *,
    config: Config = None,
    spool: SpoolFile = None,
    overlay: Overlay = None,
    json: Json = False,
) -> int:
    """Trace a unit, a report or a file: what came of it, and when. Exit code 1 if there is nothing."""
    from pywats.cli.spool import views

    with _ledger(config, spool, overlay, json=json) as ledger:
        return views.found(ledger, name, json=json)


@app.command()
def show(
    names: Names,
    *,
    config: Config = None,
    spool: SpoolFile = None,
    overlay: Overlay = None,
    json: Json = False,
) -> int:
    """Show all that is known of reports, each change of state too."""
    from pywats.cli.spool import views

    with _ledger(config, spool, overlay, json=json) as ledger:
        return views.shown(ledger, names, json=json)


@app.command()
def retry(
    names: Names,
    *,
    config: Config = None,
    spool: SpoolFile = None,
    overlay: Overlay = None,
    json: Json = False,
) -> int:
    """Send again what was refused, or what rests after a failure."""
    return _decide("retry", names, config, spool, overlay, json=json)


@app.command()
def release(
    names: Names,
    *,
    config: Config = None,
    spool: SpoolFile = None,
    overlay: Overlay = None,
    json: Json = False,
) -> int:
    """Send reports that were held for a person."""
    return _decide("release", names, config, spool, overlay, json=json)


@app.command()
def drop(
    names: Names,
    *,
    config: Config = None,
    spool: SpoolFile = None,
    overlay: Overlay = None,
    json: Json = False,
) -> int:
    """Give reports up: their content is deleted, and never sent."""
    return _decide("drop", names, config, spool, overlay, json=json)


@app.command()
def export(
    names: Names,
    *,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write a file for each.")] = Path(),
    config: Config = None,
    spool: SpoolFile = None,
    overlay: Overlay = None,
    json: Json = False,
) -> int:
    """Write reports that are not in the server yet, as WSJF files."""
    from pywats.cli.spool import transfer

    with _ledger(config, spool, overlay, json=json) as ledger:
        return transfer.export(ledger, names, out, json=json)


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(metavar="TARGET", show_default=False, help="A new file.")],
    *,
    config: Config = None,
    spool: SpoolFile = None,
    overlay: Overlay = None,
    json: Json = False,
) -> int:
    """Copy the spool into a new file while the daemon goes on."""
    from pywats.cli.spool import transfer

    with _ledger(config, spool, overlay, json=json) as ledger:
        return transfer.backup(ledger, target, json=json)


@app.command(name="import")
def take_in(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", show_default=False, help="Exported reports, or another spool.")
    ],
    *,
    config: Config = None,
    spool: SpoolFile = None,
    overlay: Overlay = None,
    json: Json = False,
) -> int:
    """Put in exported reports, or what a backup still had to send. What is known already is not taken twice."""
    from pywats.cli.spool import transfer

    with _ledger(config, spool, overlay, json=json) as ledger:
        return transfer.take_in(ledger, files, json=json)


def _decide(
    what: str,
    names: list[str],
    config: Path | None,
    spool: Path | None,
    overlay: list[Path] | None,
    *,
    json: bool,
) -> int:
    from pywats.cli.spool import decisions

    with _ledger(config, spool, overlay, json=json) as ledger:
        return decisions.decide(ledger, what, names, json=json)


def _ledger(config: Path | None, spool: Path | None, overlay: list[Path] | None, *, json: bool) -> "Ledger":
    """The spool that options name."""
    from pywats.ingest.spool.ledger import Ledger

    start_log(None, 0, json=json)
    if config is None:
        return Ledger(spool or Path("var/spool.db"))
    if spool is not None:
        raise CommandError("give either --config or --spool")
    from pywats.config import load
    from pywats.ingest.schema import IngestConfig

    return Ledger(load(config, IngestConfig, overlays=overlay or ()).value.spool.path)
