"""How tests and what threads, servers and processes bring about come together: by the thing itself, never by luck."""

import asyncio
import contextlib
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, TypeVar

from pywats.sandbox import Sandbox

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds after which a wait was in vain. Where all is well none comes near it, however slow the machine is."""
IN_VAIN = f"what was waited for did not happen within {PATIENCE:g} s"


def until(happened: Callable[[], T]) -> T:
    """Wait for what another thread or process brings about, and return it."""
    for _ in _looks():
        if found := happened():
            return found
        time.sleep(0.005)
    raise AssertionError(IN_VAIN)


async def soon(happened: Callable[[], T]) -> T:
    """Wait for what another task, thread or process brings about while the loop goes on, and return it."""
    for _ in _looks():
        if found := happened():
            return found
        await asyncio.sleep(0.001)
    raise AssertionError(IN_VAIN)


def _looks() -> Iterator[None]:
    """Go on for the patience, by the clock of the computer."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        yield


def leap(seconds: float) -> None:
    """Let so many seconds pass at once on the clock of this loop: what waits there for a time goes on.

    A limit of a minute, which no slow machine reaches, is over in this moment.
    """
    loop: Any = asyncio.get_running_loop()
    loop.leapt += seconds


# In the class, as what looks after the time may hold the method of its loop.
asyncio.BaseEventLoop.leapt = 0.0
asyncio.BaseEventLoop.time = lambda loop: time.monotonic() + loop.leapt


@contextlib.contextmanager
def held(wats: Sandbox, match: str, times: int | None = 1) -> Generator[None]:
    """Requests that fit wait at the server's door until the end of the block, and are served then."""
    serve, opened = wats.front._with_fault, threading.Event()

    async def wait(*request: Any) -> Any:
        while not opened.is_set():  # noqa: ASYNC110 - it is opened in another thread
            await asyncio.sleep(0.001)
        return await serve(*request)

    wats.front._with_fault = wait  # type: ignore[method-assign]
    wats.fail(match, times=times)
    try:
        yield
    finally:
        opened.set()


def put(path: Path, content: str | bytes) -> None:
    """Write a file that another process looks for; it never sees half of it."""
    hidden = path.with_name(f".{path.name}")
    hidden.write_bytes(content if isinstance(content, bytes) else content.encode())
    hidden.replace(path)


@contextlib.contextmanager
def running(command: list[str], **settings: Any) -> Generator[subprocess.Popen[str]]:
    """A process, which the end of the block ends; an error in the block tells what the process said."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **{**streams, **settings}) as process:
        try:
            yield process
        except BaseException as error:
            process.kill()
            error.add_note(f"{command} said:\n" + "".join(filter(None, process.communicate())))
            raise
        finally:
            process.kill()
