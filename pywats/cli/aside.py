"""What is said beside the output, on standard error: a line for people, a JSON object a line for machines."""

import json
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from pywats.text import printable

_TO_MACHINES: Final[ContextVar[bool]] = ContextVar("to_machines", default=False)


@contextmanager
def spoken_to(arguments: Sequence[str]) -> Generator[None]:
    """Speak to machines for the time of a block, if a command line has ``--json``, and else to people."""
    before = _TO_MACHINES.set("--json" in arguments)
    try:
        yield
    finally:
        _TO_MACHINES.reset(before)


def note(text: str) -> None:
    """Say one thing beside the output."""
    say({"event": "note", "message": text}, printable(text))


def say(fields: dict[str, Any], text: str) -> None:
    """Say something: its fields to machines, its text to people. Where a full disk keeps it unsaid, work goes on."""
    try:
        sys.stderr.write(f"{json.dumps(fields) if _TO_MACHINES.get() else text}\n")
    except BrokenPipeError:
        raise
    except OSError:
        return
