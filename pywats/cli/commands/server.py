"""Commands that speak to a server: ``call`` and ``doctor``."""

from pathlib import Path
from typing import Annotated

import typer

from pywats.cli.exits import CommandError
from pywats.cli.options import BaseUrl, Json, Level, Overlay, TokenFile, Verbose, start_log


def call(
    method: Annotated[
        str | None, typer.Argument(metavar="DOMAIN.METHOD", show_default=False, help="A method of the client.")
    ] = None,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="ARGS", show_default=False, help="Its arguments: VALUE, name=VALUE or --name VALUE."),
    ] = None,
    *,
    listing: Annotated[bool, typer.Option("--list", help="List the methods, of one DOMAIN if given.")] = False,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="Server and token of this ingest or job file."),
    ] = None,
    base_url: BaseUrl = None,
    token_file: TokenFile = None,
    json: Json = False,
    log_level: Level = None,
    verbose: Verbose = 0,
) -> int:
    """Call a method of the client by its name, and print its result.

    Exit code 1 says that there is nothing. Values are converted to the types of the method: JSON for models, lists and
    filters, @FILE for the content of a file. A value that begins with -- is written name=VALUE, one that begins with @
    is written @@...

    \b
    Examples:
      pywats call product.get_product WIDGET-001
      pywats call report.iter_uut_headers '{"part_number": "WIDGET-001"}' --max-items 5
      pywats call report.get_report_json 0f2b... > report.json
      pywats call --list product
    """  # noqa: D301 - typer's sign for lines that stay as they are
    start_log(log_level, verbose, json=json)
    if listing:
        from pywats.cli.listing import list_methods

        return list_methods(method, json=json)
    if method is None:
        raise CommandError("call: DOMAIN.METHOD is missing; `call --list` shows all methods")
    from pywats.cli.call import call as carry_out
    from pywats.cli.connection import Connection

    return carry_out(Connection.of_options(config, base_url, token_file), method, words or [], json=json)


def doctor(
    config: Annotated[
        Path | None,
        typer.Argument(metavar="CONFIG", show_default=False, help="An ingest or job file: its server and its folders."),
    ] = None,
    *,
    bundle: Annotated[
        Path | None,
        typer.Option("--bundle", metavar="FILE.zip", help="Write what was found, without secrets, for who helps."),
    ] = None,
    log_file: Annotated[
        Path | None, typer.Option("--log-file", metavar="FILE", help="A log whose end goes into the bundle.")
    ] = None,
    overlay: Overlay = None,
    base_url: BaseUrl = None,
    token_file: TokenFile = None,
    json: Json = False,
    log_level: Level = None,
    verbose: Verbose = 0,
) -> int:
    """Check what stands between this machine and its server.

    Each line is ok, or says what to do; exit code 1 if any check failed.

    \b
    Examples:
      pywats doctor
      pywats doctor configs/ingest.yaml --bundle for-support.zip
    """  # noqa: D301 - typer's sign for lines that stay as they are
    start_log(log_level, verbose, json=json)
    from pywats.cli.configuration import load
    from pywats.cli.connection import Connection
    from pywats.cli.doctor import doctor as carry_out

    loaded = None if config is None else load(config, overlay or [])
    try:
        if loaded is not None:
            found: Connection | str = Connection.of_file(loaded)
        else:
            found = Connection.of_environment(base_url, token_file)
    except CommandError as error:
        found = error.message
    return carry_out(found, loaded, bundle=bundle, log=log_file, json=json)
