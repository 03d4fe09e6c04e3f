"""Waiting for calls that were started with ``submit`` on the blocking client."""

import asyncio
import concurrent.futures
import queue
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from typing import Any, Final, Generic, Literal, NamedTuple, TypeVar, get_args

from pywats import errors
from pywats.errors import UsageError, ValidationError, translated
from workers.errors import BlockingInLoop
from workers.portal import Portal

R = TypeVar("R")

_ReturnWhen = Literal["ALL_COMPLETED", "FIRST_COMPLETED", "FIRST_EXCEPTION"]
_SLICE: Final = 0.5
"""Seconds that a thread waits at a stretch: an untimed wait ignores Ctrl-C on Windows."""


class Waited(NamedTuple, Generic[R]):
    """What `wait` found."""

    done: set[Future[R]]
    not_done: set[Future[R]]


def wait(
    handles: Iterable[Future[R]],
    timeout: float | None = None,
    return_when: _ReturnWhen = "ALL_COMPLETED",
) -> Waited[R]:
    """Wait until calls have ended, and return which have and which have not; as ``concurrent.futures.wait``.

    Time that runs out leaves the calls running, and so does Ctrl-C; ``handle.cancel()`` ends one.

    Raises:
        UsageError: the handles are futures of asyncio, or this is the thread of the event loop.
        ValidationError: there is no such ``return_when``.
    """
    if return_when not in get_args(_ReturnWhen):
        raise ValidationError(f"return_when is {return_when!r}; it is one of {', '.join(get_args(_ReturnWhen))}")
    pending = _checked(handles)
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        left = _SLICE if end is None else min(_SLICE, max(0.0, end - time.monotonic()))
        done, not_done = concurrent.futures.wait(pending, left, return_when)
        failed = any(not handle.cancelled() and handle.exception() is not None for handle in done)
        enough = {"ALL_COMPLETED": not not_done, "FIRST_COMPLETED": bool(done), "FIRST_EXCEPTION": failed}[return_when]
        if enough or not not_done or (end is not None and time.monotonic() >= end):
            return Waited(done, not_done)


def as_completed(handles: Iterable[Future[R]], timeout: float | None = None) -> Iterator[Future[R]]:
    """Give each handle as its call ends; as ``concurrent.futures.as_completed``.

    Raises:
        TimeoutError: ``timeout`` seconds were over before all had ended; the calls go on.
        UsageError: the handles are futures of asyncio, or this is the thread of the event loop.
    """
    return _as_completed(_checked(handles), timeout)


def _as_completed(pending: set[Future[R]], timeout: float | None) -> Iterator[Future[R]]:
    end = None if timeout is None else time.monotonic() + timeout
    done: queue.SimpleQueue[Future[R]] = queue.SimpleQueue()
    for handle in pending:
        Future[R].add_done_callback(handle, done.put)  # not by the handle's own, which takes a thread to the callback
    left = len(pending)
    while left:
        patience = _SLICE if end is None else min(_SLICE, max(0.0, end - time.monotonic()))
        try:
            yield done.get(timeout=patience)
            left -= 1
        except queue.Empty:
            if end is not None and time.monotonic() >= end:
                raise errors.TimeoutError(f"{left} of {len(pending)} calls had not ended after {timeout:g} s") from None


def _checked(handles: Iterable[Future[R]]) -> set[Future[R]]:
    found: set[Any] = set(handles)
    if any(isinstance(handle, asyncio.Future) for handle in found):
        raise UsageError("these are futures of asyncio; await asyncio.wait(...) or asyncio.gather(...) instead")
    if not all(handle.done() for handle in found):
        try:
            Portal().refuse_own_thread()
        except BlockingInLoop as error:
            raise translated(error) from error
    return found
