"""How a daemon is asked to stop: SIGTERM and Ctrl-C, once politely, twice firmly."""

import asyncio
import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Generator
from typing import Any


@contextlib.contextmanager
def stop_signals(stop: Callable[[], None]) -> Generator[None]:
    """Call ``stop`` in the running loop for each SIGTERM and Ctrl-C (on Windows also Ctrl-Break) inside the block.

    Only the main thread gets signals; elsewhere nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    if sys.platform == "win32":
        wanted = (signal.SIGINT, signal.SIGBREAK)
    else:
        wanted = (signal.SIGINT, signal.SIGTERM)

    def heard(number: int, frame: Any) -> None:
        del number, frame
        loop.call_soon_threadsafe(stop)

    before = {number: signal.signal(number, heard) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
