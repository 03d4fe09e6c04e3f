"""The command line: ``pywats``, ``python -m pywats`` and, in a checkout, ``python run.py``.

Modules that take long to load are imported by the commands that need them, so that ``--help`` answers at once.
"""

import contextlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from pywats.cli.aside import say, spoken_to
from pywats.cli.exits import ExitCode

__all__ = ["ExitCode", "main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command line and return its exit code, one of `ExitCode`.

    What goes wrong is one line on standard error, with ``--json`` an object; no exception leaves, and no traceback is
    shown.

    Args:
        argv: the arguments without the program's name; those of this process unless given.
    """
    for name in ("stdout", "stderr"):  # a scheduler may start us without them
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - for the whole process
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what the terminal's encoding lacks is escaped, not an error
            stream.reconfigure(errors="backslashreplace")
    words = list(sys.argv[1:] if argv is None else argv)
    with spoken_to(words):
        try:
            code = _carry_out(words)
            sys.stdout.flush()
        except KeyboardInterrupt:
            code = ExitCode.INTERRUPTED
        except BrokenPipeError:  # who reads our output, such as `head`, has enough
            from pywats.cli.output import let_go

            let_go()
            return ExitCode.FAILED
        if code == ExitCode.INTERRUPTED:
            with contextlib.suppress(OSError):
                say({"event": "interrupted", "exit_code": int(code)}, "pywats: interrupted")
    return code


def _carry_out(arguments: list[str]) -> int:
    try:
        from pywats.cli.app import run

        return run(arguments)
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the last place where a fault can become a line instead of a traceback
        from pywats.cli.failures import explain

        failure = explain(error)
        sys.stdout.flush()
        say(failure.as_json(), str(failure))
        return failure.code
