"""Which event loop this project's own threads and processes run: asyncio's or uvloop's."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from workers.log import get_logger

log = get_logger(__name__)

R = TypeVar("R")

VARIABLE: Final = "WORKERS_LOOP"
"""Environment variable: ``uvloop`` or ``asyncio``."""


def loop_factory(*, by_default: bool) -> Callable[[], asyncio.AbstractEventLoop]:
    """What makes the event loops of threads and processes that are this project's own.

    Args:
        by_default: whether to take uvloop's where the environment says nothing.
    """
    wanted = os.environ.get(VARIABLE, "").strip().lower()
    if wanted not in {"", "asyncio", "uvloop"}:
        log.warning("loop_unknown", variable=VARIABLE, value=wanted, known="uvloop, asyncio")
    if wanted == "asyncio" or not (wanted or by_default):
        return asyncio.new_event_loop
    if sys.platform != "win32":  # there is no uvloop
        try:
            import uvloop  # an extra; what does without it pays nothing
        except ImportError:
            if wanted == "uvloop":
                log.warning("uvloop_missing", variable=VARIABLE, hint="pip install pywats-workers[fast]")
        else:
            return uvloop.new_event_loop
    return asyncio.new_event_loop


def run(main: Coroutine[Any, Any, R]) -> R:
    """Run the main coroutine of a process that is this project's own; as ``asyncio.run``."""
    with asyncio.Runner(loop_factory=loop_factory(by_default=True)) as runner:
        return runner.run(main)
