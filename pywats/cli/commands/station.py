"""Commands of a test station: ``ingest``, ``status``, ``service`` and ``register``."""

from pathlib import Path
from typing import Annotated

import typer

from pywats.cli.exits import CommandError
from pywats.cli.options import BaseUrl, Json, Level, LogLevel, Overlay, TokenFile, Verbose, start_log


def ingest(
    words: Annotated[
        list[str],
        typer.Argument(metavar="[COMMAND] FILE [SOURCE]", show_default=False, help="A file of kind ingest."),
    ],
    *,
    once: Annotated[bool, typer.Option("--once", help="Work through what is there, upload it, and end.")] = False,
    overlay: Overlay = None,
    json: Json = False,
    log_level: Level = None,
    verbose: Verbose = 0,
) -> int:
    """Watch folders for reports of testers, and upload them.

    Nothing is lost, and nothing is twice in the server. It runs until Ctrl-C or SIGTERM; with --once it exits 0 if
    everything is in the server, else 1. With a COMMAND it speaks to the daemon that runs on this FILE: stop (and wait
    until it has), reload (read the configuration again), pause and resume (a SOURCE, or all), status.

    \b
    Examples:
      pywats ingest line.yaml --overlay station-7.yaml
      pywats ingest line.yaml --once --json
      pywats ingest status line.yaml
      pywats ingest pause line.yaml ict
    """  # noqa: D301 - typer's sign for lines that stay as they are
    from pywats.cli.daemon import COMMANDS

    if words[0] in COMMANDS:
        start_log(log_level, verbose, json=json)
        from pywats.cli.daemon import command

        return command(words, overlay or [], json=json)
    if len(words) > 1:
        raise CommandError(f"ingest: {words[0]!r} is no command; there is {', '.join(COMMANDS)}")
    start_log(log_level, verbose, json=json, default=LogLevel.WARNING if once else LogLevel.INFO)
    from pywats.cli.ingest import ingest as carry_out

    return carry_out(Path(words[0]), overlay or [], once=once, json=json, level=log_level, verbose=verbose)


def status(
    urls: Annotated[
        list[str], typer.Argument(metavar="URL", show_default=False, help="Status pages, or HOST:PORT of them.")
    ],
    *,
    password_file: Annotated[
        Path | None, typer.Option("--password-file", metavar="FILE", help="File with the password of the pages.")
    ] = None,
    json: Json = False,
) -> int:
    """Show how several daemons stand, in one table.

    Exit code 1 says that one of them is not well, or does not answer.

    \b
    Example:
      pywats status station-7:8321 station-8:8321 --password-file /etc/pywats/status-password
    """  # noqa: D301 - typer's sign for lines that stay as they are
    from pywats.cli.status import status as carry_out

    return carry_out(urls, password_file, json=json)


def service(
    verb: Annotated[str, typer.Argument(metavar="install|remove|status", show_default=False, help="What to do.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False, help="A file of kind ingest.")],
    *,
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the service.  [default: pywats- and the file's name]")
    ] = None,
    user: Annotated[str | None, typer.Option("--user", help="Who runs it.  [default: who installs it]")] = None,
    printed: Annotated[bool, typer.Option("--print", help="Print what would be installed; nothing is done.")] = False,
    overlay: Overlay = None,
    json: Json = False,
) -> int:
    """Let the ingest daemon start with the machine.

    It starts again when it fails. It is a unit of systemd on Linux, and a task of the Task Scheduler on Windows.

    \b
    Examples:
      pywats service install /etc/pywats/line.yaml --user pywats
      pywats service install line.yaml --print
    """  # noqa: D301 - typer's sign for lines that stay as they are
    from pywats.cli.service import service as carry_out

    return carry_out(verb, file, overlay or [], name=name, user=user, printed=printed, json=json)


def register(
    *,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the station's own token goes, mode 0600.")],
    client_id: Annotated[
        str | None, typer.Option("--id", help="Tells this station from all others.  [default: the host name]")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Shown to users.  [default: the id]")] = None,
    location: Annotated[str, typer.Option("--location", help="Where the station stands.")] = "",
    purpose: Annotated[str, typer.Option("--purpose", help="What it tests for.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Take the place of a client that has this id.")] = False,
    base_url: BaseUrl = None,
    token_file: TokenFile = None,
    json: Json = False,
    log_level: Level = None,
    verbose: Verbose = 0,
) -> int:
    """Trade a token that may only register for the station's own.

    The one to trade is read from --token-file or WATS_AUTH_TOKEN. Registering an id again makes its former token
    invalid, so an id that is known is refused without --force.

    \b
    Example:
      pywats register --token-file register.txt --location Oslo --out /etc/pywats/token
    """  # noqa: D301 - typer's sign for lines that stay as they are
    start_log(log_level, verbose, json=json)
    from pywats.cli.connection import Connection
    from pywats.cli.register import register as carry_out

    return carry_out(
        Connection.of_options(None, base_url, token_file), client_id, name, location, purpose, out, force, json=json
    )
