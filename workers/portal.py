"""The way from threads into an event loop: one loop thread per process, calls that block, handles that do not."""

import asyncio
import concurrent.futures
import contextvars
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures.thread import ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from workers.errors import BlockingInLoop, RuntimeClosed
from workers.log import get_logger, traceback_of

log = get_logger(__name__)

R = TypeVar("R")

EXIT_DRAIN = 5.0
"""Seconds that the interpreter's exit waits for work that was sent."""

_SLICE = 0.5
"""Seconds that a caller waits at a stretch: an untimed wait ignores Ctrl-C on Windows, and elsewhere one that comes in
the moment before the wait begins."""


class Handle(concurrent.futures.Future[R], Generic[R]):
    """A call under way. ``wait`` and ``as_completed`` of ``concurrent.futures`` take it.

    ``cancel`` ends the call; a ``result(timeout)`` that runs out leaves it running. Callbacks run on a thread of their
    own, so that they may block and make calls themselves.
    """

    def __init__(self, thread: "_LoopThread") -> None:
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
        self._task = self._thread.loop.create_task(function())
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


class _LoopThread:
    """A thread that runs an event loop until it is told to stop."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.handles: set[Handle[Any]] = set()
        self.closers: dict[int, Callable[[float], Awaitable[None]]] = {}
        self.died = False
        self._open = True
        self._lock = threading.Lock()
        self.thread = threading.Thread(target=self._run, name="workers-loop", daemon=True)
        self.thread.start()

    def post(self, callback: Callable[..., object], *args: object, context: contextvars.Context | None = None) -> None:
        """Have a callback run on the loop; ``RuntimeClosed`` if it would not run any more."""
        with self._lock:
            if not self._open:
                raise RuntimeClosed("the process is exiting")
            self.loop.call_soon_threadsafe(callback, *args, context=context)

    def stop(self, drain: float) -> None:
        """Let the closers finish, answer what is left, end the thread."""
        with self._lock:
            if self._open:
                self._open = False
                self.loop.call_soon_threadsafe(self._begin_close, drain)
        self.thread.join()

    def _begin_close(self, drain: float) -> None:
        self._closing = self.loop.create_task(self._close(drain))  # a loop holds its tasks weakly

    async def _close(self, drain: float) -> None:
        results = await asyncio.gather(*(close(drain) for close in self.closers.values()), return_exceptions=True)
        for error in results:
            if isinstance(error, BaseException):
                log.warning("close_failed", error=repr(error), traceback=traceback_of(error))
        self.loop.stop()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        except BaseException as error:  # noqa: BLE001 - a task raised SystemExit or the like; who waits must learn of it
            self.died = True
            log.error("loop_thread_died", error=repr(error), traceback=traceback_of(error))
        finally:
            with self._lock:
                self._open = False
            self._wind_up()

    def _wind_up(self) -> None:
        """Answer every handle, whatever the tasks behind them do, and close the loop."""
        try:
            self.loop.run_until_complete(_end_all(asyncio.all_tasks(self.loop)))
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
        finally:
            for handle in list(self.handles):
                handle.fail(RuntimeClosed("the event loop ended"))
            self.loop.close()


async def _end_all(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=1.0)


class Portal:
    """Threads call coroutines through it. One loop thread serves the whole process; it starts with the first call."""

    def call(self, function: Callable[[], Coroutine[Any, Any, R]]) -> R:
        """Run a coroutine function on the loop and return its result; an interrupted caller cancels it.

        Raises:
            BlockingInLoop: the caller is on the loop's own thread and would wait for itself.
            RuntimeClosed: the process is exiting.
            Exception: whatever the coroutine raised.
        """
        self._refuse_own_thread()
        thread = _loop_thread()
        handle: Handle[R] = Handle(thread)
        try:  # from here on the call may have begun, and an interrupt may come between any two steps
            handle.post(function)
            while True:
                try:
                    return handle.result(_SLICE)
                except concurrent.futures.TimeoutError:
                    if handle.done():  # it is the call's own error
                        return handle.result()
        finally:
            if not handle.done():
                handle.cancel()

    def start(
        self, function: Callable[[], Coroutine[Any, Any, R]], *, done: Callable[[], object] | None = None
    ) -> Handle[R]:
        """Start a coroutine function on the loop and return its handle; ``done`` is called when it has ended.

        Raises:
            RuntimeClosed: the process is exiting.
        """
        handle: Handle[R] = Handle(_loop_thread())
        if done is not None:
            handle.when_ended(done)
        handle.post(function)
        return handle

    def schedule(self, function: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Have a coroutine function run on the loop some time, if the loop is still there; never waits."""
        thread = _current
        if thread is not None:
            try:
                thread.post(lambda: thread.loop.create_task(function()))
            except RuntimeClosed:
                return

    def wait_for_place(self, places: threading.Semaphore) -> None:
        """Take a place of a semaphore, waiting for one if need be; Ctrl-C interrupts the wait.

        Raises:
            BlockingInLoop: none is free, and the caller is on the loop's thread, which would have to free one.
        """
        if places.acquire(blocking=False):
            return
        self._refuse_own_thread()
        while not places.acquire(timeout=_SLICE):
            pass

    def at_exit(self, close: Callable[[float], Awaitable[None]]) -> Callable[[], None]:
        """Have ``close(seconds)`` awaited on the loop before the process exits; returns what takes that back.

        To be called on the loop's thread. In a forked child nothing that ``close`` refers to is finalized.
        """
        closers = _loop_thread().closers
        closers[id(close)] = close
        return lambda: closers.pop(id(close), None) and None

    def _refuse_own_thread(self) -> None:
        if _current is not None and threading.current_thread() is _current.thread:
            msg = "a blocking call on the thread of the event loop would wait for itself; use the async client there"
            raise BlockingInLoop(msg)


_current: _LoopThread | None = None
_starting = threading.Lock()


def _loop_thread() -> _LoopThread:
    global _current  # noqa: PLW0603
    if _current is None or _current.died:
        with _starting:
            if _current is None or _current.died:
                _current = _LoopThread()
    return _current


def _stop_at_exit() -> None:
    """Finish what was sent, for a stated time; after Ctrl-C, at once."""
    if _current is None:
        return
    interrupted = isinstance(getattr(sys, "last_value", None), KeyboardInterrupt)
    try:
        _current.stop(0.0 if interrupted else EXIT_DRAIN)
    except KeyboardInterrupt:
        return


def _forget_in_child() -> None:
    """In a forked child the loop's thread does not exist, and its connections are the parent's: leave them alone.

    The child shares the parent's epoll object; it is closed first, so that nothing done here can change what the parent
    waits for.
    """
    global _current, _starting  # noqa: PLW0603
    _starting = threading.Lock()
    if _current is not None:
        selector: Any = getattr(_current.loop, "_selector", None)
        poll: Any = getattr(selector, "_selector", None)
        if poll is not None and hasattr(poll, "close"):
            poll.close()
        _keep_for_ever(_current)
        _current = None


def _keep_for_ever(thing: object) -> None:
    """Leak a reference: what belongs to the parent must not be finalized here, not even when the interpreter ends."""
    import ctypes  # only forked children need it

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
# The hook registered last runs first: before that of the executors, imported above. Threads still work then; with
# atexit, name look-ups of pending requests would fail already.
threading._register_atexit(_stop_at_exit)  # type: ignore[attr-defined]  # noqa: SLF001
