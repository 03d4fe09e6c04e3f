"""The log of a command: on standard error, for people on a terminal and for machines elsewhere."""

import logging
import logging.handlers
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from pywats.cli import colours
from pywats.cli.aside import note
from pywats.cli.exits import CommandError
from pywats.cli.options import LogLevel
from pywats.text import reason_of

_ORDER = (LogLevel.CRITICAL, LogLevel.ERROR, LogLevel.WARNING, LogLevel.INFO, LogLevel.DEBUG)
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@")


class _Patient(logging.Handler):
    """Says once, beside the log, that it cannot be written, as on a full disk; that is no reason to stop."""

    _said = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - its name in logging
        """Take in why a line was not written."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
        elif not self._said:
            self._said = True
            note(f"the log cannot be written: {reason_of(error)}")


class _Stream(_Patient, logging.StreamHandler["_StandardError"]):
    """Writes to standard error."""


class _RotatingFile(_Patient, logging.handlers.RotatingFileHandler):
    """Writes a file."""


@dataclass(frozen=True)
class LogFile:
    """A file that is set aside when it is larger than ``size``; ``keep`` former ones stay."""

    path: Path
    size: int
    keep: int

    def open(self) -> logging.Handler:
        """Return what writes it.

        Raises:
            CommandError: it cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return _RotatingFile(
                self.path, maxBytes=self.size, backupCount=self.keep, encoding="utf-8", errors="backslashreplace"
            )
        except OSError as error:
            raise CommandError(
                f"the log {self.path} cannot be written: {reason_of(error)}; name another log.file, or give the "
                "user of the daemon the right to write"
            ) from error


def start_logging(
    level: LogLevel | None = None,
    verbose: int = 0,
    *,
    default: LogLevel = LogLevel.WARNING,
    json: bool = False,
    file: LogFile | None = None,
) -> None:
    """Send the log of this process, that of the libraries it uses included, to standard error or into a file.

    It is coloured on a terminal, ``key=value`` fields elsewhere, and a JSON object a line with ``json``. No traceback
    shows local variables: they hold what must stay secret.

    Args:
        level: the least level that is written.
        verbose: without ``level``: so many levels more than ``default``, counted from ``warning`` at least.
        default: the level of a command that was told nothing.
        json: write JSON lines.
        file: written instead of standard error.

    Raises:
        CommandError: the file cannot be written.
    """
    chosen = level or _more(default, verbose)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _Stream(_StandardError()) if file is None else file.open()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(json, file)],
        )
    )
    root = logging.getLogger()
    for former in root.handlers:
        if isinstance(former, logging.FileHandler):
            former.close()
    root.handlers[:] = [handler]
    root.setLevel(chosen.upper())
    logging.getLogger("watchfiles").setLevel(logging.WARNING)  # it counts changes; ours say what came of each file
    logging.captureWarnings(capture=True)


def _more(default: LogLevel, verbose: int) -> LogLevel:
    """Return the level of so many ``-v``: one shows what happens, two show everything."""
    if not verbose:
        return default
    return _ORDER[min(max(_ORDER.index(default), _ORDER.index(LogLevel.WARNING)) + verbose, len(_ORDER) - 1)]


class _StandardError:
    """Standard error as it is when a line is written: progress bars take its place while they are drawn."""

    def write(self, text: str) -> None:
        sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def _rendering(json: bool, file: LogFile | None) -> list[Processor]:
    coloured = colours.wanted(sys.stderr)
    if file is None and (sys.stderr.isatty() or coloured) and not json:
        plain = structlog.dev.plain_traceback
        return [_masked, structlog.dev.ConsoleRenderer(colors=coloured, exception_formatter=plain)]
    lines: Processor = (
        structlog.processors.JSONRenderer()
        if json
        else structlog.processors.LogfmtRenderer(key_order=("timestamp", "level", "event"), bool_as_flag=False)
    )
    return [structlog.processors.format_exc_info, _masked, lines]


def _masked(_: Any, __: str, event: EventDict) -> EventDict:
    """Take user names and passwords out of addresses: other libraries log what they were given."""
    for key, value in event.items():
        if isinstance(value, str) and "@" in value:
            event[key] = _CREDENTIALS.sub("***@", value)
    return event
