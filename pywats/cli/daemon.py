"""``ingest stop|reload|pause|resume|status``: speaking to a daemon that runs."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from pywats import config
from pywats.cli.exits import CommandError, ExitCode
from pywats.cli.output import write_closing, write_json, write_line
from pywats.ingest.schema import IngestConfig
from pywats.ingest.spool.ledger import Ledger

COMMANDS: Final = ("stop", "reload", "pause", "resume", "status")

_ENDING: Final = 60.0
"""Seconds in which a daemon that was stopped finishes its sends, and lets go of its spool."""


def command(words: Sequence[str], overlays: Sequence[Path], *, json: bool) -> ExitCode:
    """Ask the daemon of a configuration; what it says decides the exit code.

    Raises:
        CommandError: the words make no sense.
        ConfigurationError: the file is wrong.
        PyWATSError: no daemon runs on this configuration, or it does not answer.
    """
    verb, file, source = _words(words)
    path = config.load(file, IngestConfig, overlays=overlays).value.spool.path
    with Ledger(path) as ledger:
        said = ledger.command(verb, source)
        if verb == "stop":
            _await_end(ledger)
    if json:
        write_json(said)
    elif "error" in said:
        write_line(f"{verb}: {said['error']}")
    elif verb == "status":
        _show(said)
    else:
        write_line(
            _DONE[verb] + (f": {', '.join(said[f'{verb}d'])}" if f"{verb}d" in said and verb != "reload" else "")
        )
    return ExitCode.FAILED if "error" in said else ExitCode.OK


_DONE: Final = {"stop": "stopped", "reload": "reloaded", "pause": "paused", "resume": "resumed"}
_OF_SOURCES: Final = frozenset({"pause", "resume"})


def _words(words: Sequence[str]) -> tuple[str, Path, str]:
    verb, *rest = words
    takes_source = verb in _OF_SOURCES
    if not rest or len(rest) > 1 + takes_source:
        raise CommandError(f"ingest {verb}: give the FILE that the daemon runs on{' and a SOURCE' * takes_source}")
    return verb, Path(rest[0]), rest[1] if len(rest) > 1 else ""


def _await_end(ledger: Ledger) -> None:
    end = time.monotonic() + _ENDING
    while ledger.is_served():
        if time.monotonic() >= end:
            raise CommandError("the daemon finishes its sends; it has not ended yet", ExitCode.FAILED)
        time.sleep(0.05)


def _show(said: dict[str, Any]) -> None:
    line = said["line"]
    write_line(f"process {said['pid']} since {said['since']}, for {said['server']}")
    write_line(f"line: {line['state']}" + (f": {line['detail']}" if line["detail"] else ""))
    counts = [f"{count:,} {state}" for state, count in said["reports"].items() if count]
    write_line(f"reports: {', '.join(counts) or 'none'}")
    write_closing("Sources", said["sources"])
