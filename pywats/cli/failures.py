"""What went wrong: lines for people, facts for machines, and an exit code for both."""

import sys
from dataclasses import dataclass, field
from typing import Any

import typer

from pywats.cli.exits import CommandError, ExitCode
from pywats.text import line, printable, reason_of


@dataclass(frozen=True)
class Failure:
    """Why a command ends.

    Attributes:
        error: the name of the error's class; ``CommandError`` for all that is wrong with a command line.
        message: what happened and what to do. The mistakes of a configuration file are a line each,
            ``FILE:LINE:COL: key: what is wrong``; everything else is one line.
        code: the exit code.
        facts: of an error of the client: ``status``, ``method``, ``path`` and ``attempts``, as far as they apply.
    """

    error: str
    message: str
    code: ExitCode
    facts: dict[str, Any] = field(default_factory=dict[str, Any])

    def __str__(self) -> str:
        """Return what people are told: the message, and who says it unless it begins with the name of a file."""
        return self.message if self.error == "ConfigurationError" else f"pywats: {self.message}"

    def as_json(self) -> dict[str, Any]:
        """Return what machines are told."""
        return {
            "event": "failed",
            "exit_code": int(self.code),
            "error": self.error,
            "message": self.message,
            **self.facts,
        }


def explain(error: Exception) -> Failure:
    """Return what to say about an error."""
    if isinstance(error, typer.TyperException):
        return Failure(CommandError.__name__, line(_of_command_line(error)), ExitCode.USAGE)
    if isinstance(error, CommandError):
        return _failed(error, error.message, error.code)
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] not in {"pywats", "workers"}:
        advice = f"install pywats-workers with its dependencies for {sys.executable}"
        return _failed(error, f"the package {error.name} is missing; {advice}")
    return _of_work(error)


def _of_command_line(error: typer.TyperException) -> str:
    context: typer.Context | None = getattr(error, "ctx", None)
    if context is None:
        return error.format_message()
    message = line(error.format_message()).rstrip(".")
    join = " -" if message.endswith("?") else ";"
    return f"{message}{join} `{context.command_path} --help` shows how it is used"


def _of_work(error: Exception) -> Failure:
    """What nobody expected is a fault of the program: its traceback goes to the log, at debug level."""
    from pywats.errors import ConfigurationError, PyWATSError
    from pywats.jobs.rows import RowError
    from workers.log import get_logger, traceback_of

    if isinstance(error, ConfigurationError):
        message = "\n".join(map(printable, str(error).splitlines()))
        return Failure(ConfigurationError.__name__, message, ExitCode.USAGE)
    get_logger(__name__).debug("command_failed", traceback=traceback_of(error))
    if isinstance(error, PyWATSError):
        facts = {name: getattr(error, name) for name in ("status", "method", "path", "attempts")}
        return _failed(error, str(error), facts={name: value for name, value in facts.items() if value})
    if isinstance(error, RowError):
        return _failed(error, str(error))
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return _failed(error, f"{where}{reason_of(error)}")
    words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return _failed(error, f"unexpected {words}; this is a fault of pywats, -vv logs where it happened")


def _failed(
    error: Exception, message: str, code: ExitCode = ExitCode.FAILED, facts: dict[str, Any] | None = None
) -> Failure:
    return Failure(type(error).__name__, line(message), code, facts or {})
