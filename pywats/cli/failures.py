"""What went wrong, as one line for people and an exit code for machines."""

import sys

import typer

from pywats.cli.exits import CommandError, ExitCode
from pywats.cli.text import line, printable


def explain(error: Exception) -> tuple[str, ExitCode]:
    """Return what to say about an error, and the exit code it leads to.

    The mistakes of a configuration file are a line each, ``FILE:LINE:COL: key: what is wrong``; everything else is one
    line.
    """
    if isinstance(error, typer.TyperException):
        return _said(_of_command_line(error)), ExitCode.USAGE
    if isinstance(error, CommandError):
        return _said(error.message), error.code
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] not in {"pywats", "workers"}:
        advice = f"install pywats-workers with its dependencies for {sys.executable}"
        return _said(f"the package {error.name} is missing; {advice}"), ExitCode.FAILED
    return _of_work(error)


def _of_command_line(error: typer.TyperException) -> str:
    context: typer.Context | None = getattr(error, "ctx", None)
    if context is None:
        return error.format_message()
    message = line(error.format_message()).rstrip(".")
    join = " -" if message.endswith("?") else ";"
    return f"{message}{join} `{context.command_path} --help` shows how it is used"


def _of_work(error: Exception) -> tuple[str, ExitCode]:
    """What nobody expected is a fault of the program: its traceback goes to the log, at debug level."""
    from pywats.errors import ConfigurationError, PyWATSError
    from pywats.jobs.rows import RowError
    from workers.log import get_logger, traceback_of

    if isinstance(error, ConfigurationError):
        return "\n".join(map(printable, str(error).splitlines())), ExitCode.USAGE
    get_logger(__name__).debug("command_failed", traceback=traceback_of(error))
    if isinstance(error, PyWATSError | RowError):
        return _said(str(error)), ExitCode.FAILED
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return _said(f"{where}{error.strerror or error}"), ExitCode.FAILED
    words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return _said(f"unexpected {words}; this is a fault of pywats, -vv logs where it happened"), ExitCode.FAILED


def _said(message: str) -> str:
    return f"pywats: {line(message)}"
