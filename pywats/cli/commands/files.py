"""Commands that look at files: ``validate``, ``convert`` and ``show``."""

from pathlib import Path
from typing import Annotated

import typer

from pywats.cli.exits import CommandError
from pywats.cli.options import BaseUrl, Json, Level, Overlay, TokenFile, Verbose, start_log


def validate(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", show_default=False, help="Configuration or report files.")
    ],
    *,
    show: Annotated[
        bool, typer.Option("--show", help="Print the effective values, and where each comes from.")
    ] = False,
    overlay: Overlay = None,
    json: Json = False,
) -> int:
    """Check configuration files and report files, without a server.

    Every mistake is named by file, line and column; those of a report by the names of the steps down to it.

    \b
    Examples:
      pywats validate configs/*.yaml
      pywats validate report.xml
      pywats validate line.yaml --overlay station-7.yaml --show
    """  # noqa: D301 - typer's sign for lines that stay as they are
    from pywats.cli.validate import validate as carry_out

    return carry_out(files, overlay or [], show=show, json=json)


def convert(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", show_default=False, help="Files of reports.")],
    *,
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help="What to write: wsjf or wsxf.")],
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder for the files.", show_default="here")
    ] = Path(),
    converter: Annotated[
        str | None,
        typer.Option("--converter", metavar="NAME", help="Format or converter that reads; else the content tells."),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="Read them as a source of this ingest file is read."),
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="NAME", help="Which source, if the file has several.")
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Tell how a converter understood each value.")] = False,
    json: Json = False,
    log_level: Level = None,
    verbose: Verbose = 0,
) -> int:
    """Convert report files, without a server.

    Each report goes into a file of its own, as the server takes it.

    Reads WSJF, WSXF, WSTF, ATML, and what the converters of the daemon read. What had to be corrected for the server,
    and what a format has no place for, is told. A file that is there is not overwritten. Exit code 1 if a file could
    not be read.

    \b
    Examples:
      pywats convert results/*.xml --to wsjf --out converted
      pywats convert lot.json --to wsxf --json
      pywats convert SN1.csv --to wsjf --config line.yaml --source ict --explain
    """  # noqa: D301 - typer's sign for lines that stay as they are
    start_log(log_level, verbose, json=json)
    from pywats.cli.convert import convert as carry_out

    if config is None and source is not None:
        raise CommandError("--source: it is a source of an ingest file; name that with --config")
    if config is not None and converter is not None:
        raise CommandError("--converter: the source of --config names its own; give one of the two")
    from pywats.cli.report_files import setting_of

    setting = None if config is None else setting_of(config, source)
    return carry_out(files, to, out, converter, setting=setting, explain=explain, json=json)


def show(
    report: Annotated[
        str, typer.Argument(metavar="FILE|REPORT_ID", show_default=False, help="A file, or a report on the server.")
    ],
    *,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="OUT", help="Write a page for a browser to this file.")
    ] = None,
    number: Annotated[
        int | None, typer.Option("--number", min=1, help="Which report of the file, from 1; else all.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="Server and token of this ingest or job file.")
    ] = None,
    base_url: BaseUrl = None,
    token_file: TokenFile = None,
    json: Json = False,
    log_level: Level = None,
    verbose: Verbose = 0,
) -> int:
    """Show a report as a tree: each step with its value and limits.

    \b
    Examples:
      pywats show report.xml
      pywats show report.json --html report.html
      pywats show 0f2b6a7e-5d0f-4c0a-9b52-6a3f6f1f0d11
    """  # noqa: D301 - typer's sign for lines that stay as they are
    start_log(log_level, verbose, json=json)
    from pywats.cli.show import is_id
    from pywats.cli.show import show as carry_out

    connection = None
    if is_id(report) and not Path(report).exists():
        from pywats.cli.connection import Connection

        connection = Connection.of_options(config, base_url, token_file)
    return carry_out(report, connection, number, html, json=json)
