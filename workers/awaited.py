"""A call under way on the loop thread that one thread waits for."""

import asyncio
import contextvars
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Final, Generic, TypeVar, cast

from workers.errors import RuntimeClosed
from workers.loopthread import LoopThread

R = TypeVar("R")

SLICE: Final = 0.5
"""Seconds that a caller waits at a stretch: an untimed wait ignores Ctrl-C on Windows, and elsewhere one that comes in
the moment before the wait begins."""


class AwaitedCall(Generic[R]):
    """A call that one thread waits for. What a `Handle` can do beyond that would make it cost twice as much."""

    def __init__(self, thread: LoopThread) -> None:
        self._thread = thread
        self._task: asyncio.Task[None] | None = None
        self._result: R | None = None
        self._error: BaseException | None = None
        self._given_up = False
        self.answered = False
        self._signal = threading.Lock()  # held until there is an answer
        self._signal.acquire()

    def post(self, function: Callable[[], Coroutine[Any, Any, R]]) -> None:
        """Have the call begin, in the caller's context."""
        self._thread.post(self._begin, function, context=contextvars.copy_context())

    def result(self) -> R:
        """Wait for the end of the call; returns its result or raises its error."""
        while not self._signal.acquire(timeout=SLICE):
            if self._task is not None and self._task.done() and not self.answered:
                raise RuntimeClosed("the call was stopped")  # before its first step
        error, self._error = self._error, None
        try:
            if error is not None:
                raise error
            return cast("R", self._result)
        finally:
            del error  # it refers to this frame, and must not be referred to by it

    def cancel(self) -> None:
        """End the call; nobody waits for it any more."""
        self._given_up = True
        try:
            self._thread.loop.call_soon_threadsafe(self._cancel_task)
        except RuntimeError:  # the loop is closed, and with it the call
            return

    def fail(self, error: BaseException) -> None:
        """Answer with an error, unless it is answered."""
        if not self.answered:
            self._error = error
            self._answer()

    def _begin(self, function: Callable[[], Coroutine[Any, Any, R]]) -> None:
        if self._given_up:
            return
        self._thread.handles.add(self)
        self._task = self._thread.loop.create_task(self._run(function))

    async def _run(self, function: Callable[[], Coroutine[Any, Any, R]]) -> None:
        try:
            self._result = await function()
        except asyncio.CancelledError:
            self.fail(RuntimeClosed("the call was stopped"))
            raise
        except Exception as error:  # noqa: BLE001 - it is the caller's
            self.fail(error)
        else:
            if not self.answered:
                self._answer()

    def _answer(self) -> None:
        self._thread.handles.discard(self)
        self.answered = True
        self._signal.release()

    def _cancel_task(self) -> None:
        if self._task is not None:
            self._task.cancel()
