"""The arguments and options that several commands share, so that they read the same everywhere."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class LogLevel(StrEnum):
    """How much of what happens is written to the log."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


Json = Annotated[bool, typer.Option("--json", help="Machine-readable output, and JSON lines as the log.")]
Level = Annotated[LogLevel | None, typer.Option("--log-level", help="Least level of the log on standard error.")]
Verbose = Annotated[
    int, typer.Option("--verbose", "-v", count=True, show_default=False, help="More log; twice for all of it.")
]
Overlay = Annotated[
    list[Path] | None,
    typer.Option("--overlay", metavar="FILE", help="A file laid over the configuration; may be given several times."),
]
BaseUrl = Annotated[
    str | None,
    typer.Option("--base-url", metavar="URL", help="Address of the server; else the variable WATS_BASE_URL."),
]
TokenFile = Annotated[
    Path | None,
    typer.Option("--token-file", metavar="FILE", help="File that holds the token; else the variable WATS_AUTH_TOKEN."),
]


def start_log(
    level: LogLevel | None, verbose: int, *, json: bool = False, default: LogLevel = LogLevel.WARNING
) -> None:
    """Begin the log as the options of a command say."""
    from pywats.cli.logs import start_logging

    start_logging(level, verbose, default=default, json=json)
