"""The commands: their arguments, options and help. What each does is in a module of its own, imported when it runs."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pywats import __version__
from pywats.cli.exits import CommandError, ExitCode
from pywats.cli.jobs_app import app as jobs_app
from pywats.cli.migrate.app import app as migrate_app
from pywats.cli.options import BaseUrl, Json, Level, LogLevel, Overlay, TokenFile, Verbose
from pywats.cli.report_commands import convert, show
from pywats.cli.spool.app import app as spool_app

if TYPE_CHECKING:
    pass

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)


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


@app.command()
def demo(*, json: Json = False, log_level: Level = None, verbose: Verbose = 0) -> int:
    """Show it all on sample reports: sandbox, ingest, a job.

    Everything goes into the folder out/ here; each run begins anew.
    """
    _log(log_level, verbose, json=json, default=LogLevel.CRITICAL)
    from pywats.cli.demo import demo as carry_out

    return carry_out(json=json)


@app.command()
def sandbox(
    *,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 0,
    token: Annotated[str | None, typer.Option("--token", help="What clients must send.  [default: sandbox]")] = None,
    db: Annotated[Path | None, typer.Option("--db", metavar="FILE", help="Keep the state in this file.")] = None,
    latency_ms: Annotated[float, typer.Option("--latency-ms", min=0, help="How long every request takes.")] = 0,
    rate_limit: Annotated[
        str | None, typer.Option("--rate-limit", metavar="500/60s", help="Answer 429 to more requests than this.")
    ] = None,
    faults: Annotated[Path | None, typer.Option("--faults", metavar="FILE.yaml", help="Faults to answer with.")] = None,
    processing_delay: Annotated[
        float, typer.Option("--processing-delay", min=0, help="Seconds until a report can be queried.")
    ] = 0,
    seed_demo: Annotated[
        bool, typer.Option("--seed-demo", help="Begin with a small factory and its last thirty days.")
    ] = False,
    log_level: Level = None,
    verbose: Verbose = 0,
) -> int:
    """Run a WATS server for trials and tests, until Ctrl-C.

    It prints one line when it listens: sandbox ready http://127.0.0.1:PORT
    """
    _log(log_level, verbose, json=False)
    from pywats.sandbox.server import serve

    serve(
        host=host,
        port=port,
        token=token,
        db=db or ":memory:",
        latency_ms=latency_ms,
        rate_limit=rate_limit,
        faults=faults,
        processing_delay=processing_delay,
        seed_demo=seed_demo,
    )
    return ExitCode.OK


app.add_typer(spool_app)
app.command()(convert)
app.command()(show)
app.add_typer(jobs_app)
app.add_typer(migrate_app)


@app.command()
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
        _log(log_level, verbose, json=json)
        from pywats.cli.daemon import command

        return command(words, overlay or [], json=json)
    if len(words) > 1:
        raise CommandError(f"ingest: {words[0]!r} is no command; there is {', '.join(COMMANDS)}")
    _log(log_level, verbose, json=json, default=LogLevel.WARNING if once else LogLevel.INFO)
    from pywats.cli.ingest import ingest as carry_out

    return carry_out(Path(words[0]), overlay or [], once=once, json=json, level=log_level, verbose=verbose)


@app.command()
def status(
    urls: Annotated[
        list[str], typer.Argument(metavar="URL...", show_default=False, help="Status pages, or HOST:PORT of them.")
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


@app.command()
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
) -> int:
    """Let the ingest daemon start with the machine, and start again when it fails.

    It is a unit of systemd on Linux, and a task of the Task Scheduler on Windows.

    \b
    Examples:
      pywats service install /etc/pywats/line.yaml --user pywats
      pywats service install line.yaml --print
    """  # noqa: D301 - typer's sign for lines that stay as they are
    from pywats.cli.service import service as carry_out

    return carry_out(verb, file, overlay or [], name=name, user=user, printed=printed)


@app.command()
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
    _log(log_level, verbose, json=json)
    from pywats.cli.connection import Connection
    from pywats.cli.register import register as carry_out

    return carry_out(
        Connection.of_options(None, base_url, token_file), client_id, name, location, purpose, out, force, json=json
    )


@app.command(name="run")
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
    _log(log_level, verbose, json=json)
    from pywats.cli.jobs import run as carry_out

    return carry_out(file, overlay or [], dry_run=dry_run, json=json)


@app.command()
def validate(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", show_default=False, help="Configuration or report files.")
    ],
    *,
    show: Annotated[
        bool, typer.Option("--show", help="Print the effective values, and where each comes from.")
    ] = False,
    overlay: Overlay = None,
    json: Json = False,
) -> int:
    """Check configuration files and files of reports, without a server.

    Every mistake is named by file, line and column; those of a report by the names of the steps down to it.

    \b
    Examples:
      pywats validate configs/*.yaml
      pywats validate report.xml
      pywats validate line.yaml --overlay station-7.yaml --show
    """  # noqa: D301 - typer's sign for lines that stay as they are
    from pywats.cli.validate import validate as carry_out

    return carry_out(files, overlay or [], show=show, json=json)


@app.command(context_settings={"ignore_unknown_options": True})
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
    _log(log_level, verbose, json=json)
    if listing:
        from pywats.cli.listing import list_methods

        return list_methods(method, json=json)
    if method is None:
        raise CommandError("call: DOMAIN.METHOD is missing; `call --list` shows all methods")
    from pywats.cli.call import call as carry_out
    from pywats.cli.connection import Connection

    return carry_out(Connection.of_options(config, base_url, token_file), method, words or [], json=json)


@app.command()
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
    _log(log_level, verbose, json=json)
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


def _log(level: LogLevel | None, verbose: int, *, json: bool, default: LogLevel = LogLevel.WARNING) -> None:
    from pywats.cli.logs import start_logging

    start_logging(level, verbose, default=default, json=json)


def _refuse_tokens(arguments: list[str]) -> None:
    """Every user of a machine can read the command lines of all processes; only the sandbox's token is no secret."""
    given = any(word == "--token" or word.startswith("--token=") for word in arguments)
    if given and "sandbox" not in arguments[:1]:
        raise CommandError("--token: other users can read command lines; set WATS_AUTH_TOKEN or give --token-file FILE")
