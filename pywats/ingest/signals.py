"""What a daemon is told by signals: SIGTERM and Ctrl-C to stop, SIGHUP to read its configuration again."""

import asyncio
import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Generator
from typing import Any


@contextlib.contextmanager
def daemon_signals(stop: Callable[[], None], reload: Callable[[], None] | None = None) -> Generator[None]:
    """Call ``stop`` in the running loop for each SIGTERM and Ctrl-C inside the block, and ``reload`` for each SIGHUP.

    On Windows there is no SIGTERM and no SIGHUP, but Ctrl-Break stops too. Only the main thread gets signals; elsewhere
    nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    if sys.platform == "win32":
        wanted = {signal.SIGINT: stop, signal.SIGBREAK: stop}
    else:
        wanted = {signal.SIGINT: stop, signal.SIGTERM: stop}
        if reload is not None:
            wanted[signal.SIGHUP] = reload

    def heard(number: int, frame: Any) -> None:
        del frame
        loop.call_soon_threadsafe(wanted[signal.Signals(number)])

    before = {number: signal.signal(number, heard) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
