"""A call under way on the loop thread, as a future of threads."""

import asyncio
import concurrent.futures
import contextvars
import os
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from workers.errors import RuntimeClosed
from workers.loopthread import LoopThread

R = TypeVar("R")


class Handle(concurrent.futures.Future[R], Generic[R]):
    """A call under way. ``wait`` and ``as_completed`` of ``concurrent.futures`` take it.

    ``cancel`` ends the call; a ``result(timeout)`` that runs out leaves it running. Callbacks run on a thread of their
    own, so that they may block and make calls themselves.
    """

    def __init__(self, thread: LoopThread) -> None:
        super().__init__()
        self._thread = thread
        self._task: asyncio.Task[R] | None = None

    def cancel(self) -> bool:
        """End the call; ``False`` if it has ended already."""
        cancelled = super().cancel()
        if cancelled:
            try:
                self._thread.loop.call_soon_threadsafe(self._cancel_task)
            except RuntimeError:  # the loop is closed, and with it the call
                return cancelled
        return cancelled

    def add_done_callback(self, fn: Callable[[concurrent.futures.Future[R]], object]) -> None:
        """Call ``fn`` with the handle once it is done, on a thread that is neither the caller's nor the loop's."""
        super().add_done_callback(lambda handle: _callbacks().submit(fn, handle))

    def _cancel_task(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def when_ended(self, done: Callable[[], object]) -> None:
        """Call ``done`` on the loop's thread; for the portal, which does not block there."""
        super().add_done_callback(lambda _: done())

    def post(self, function: Callable[[], Coroutine[Any, Any, R]]) -> None:
        """Have the call begin, in the caller's context; for the portal."""
        self._thread.post(self._begin, function, context=contextvars.copy_context())

    def _begin(self, function: Callable[[], Coroutine[Any, Any, R]]) -> None:
        if self.cancelled():
            self.set_running_or_notify_cancel()
            return
        self._thread.handles.add(self)
        try:
            coroutine = function()
        except Exception as error:  # noqa: BLE001 - the arguments do not fit, which concerns the caller
            self.fail(error)
            return
        self._task = self._thread.loop.create_task(coroutine)
        self._task.add_done_callback(self._copy)

    def _copy(self, task: asyncio.Task[R]) -> None:
        error = RuntimeClosed("the call was stopped") if task.cancelled() else task.exception()
        if error is not None:
            self.fail(error)
        elif self in self._thread.handles:
            self._thread.handles.discard(self)
            self._task = None
            if self.set_running_or_notify_cancel():
                self.set_result(task.result())

    def fail(self, error: BaseException) -> None:
        """Answer with an error, unless it is answered; for the portal, on the loop."""
        if self in self._thread.handles:
            self._thread.handles.discard(self)
            self._task = None
            if self.set_running_or_notify_cancel():
                self.set_exception(error)


def _callbacks() -> ThreadPoolExecutor:
    """The thread that runs callbacks of handles; there is none before the first callback."""
    global _callback_thread  # noqa: PLW0603
    if _callback_thread is None or _callback_thread[0] != os.getpid():
        executor = ThreadPoolExecutor(1, thread_name_prefix="workers-callbacks")
        _callback_thread = (os.getpid(), executor)
    return _callback_thread[1]


_callback_thread: tuple[int, ThreadPoolExecutor] | None = None
