"""The loop thread of the process: it runs for callers that have no loop, from the first call to the exit."""

import asyncio
import concurrent.futures.thread
import contextlib
import contextvars
import os
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol, TypeAlias

from workers import forking
from workers.errors import RuntimeClosed
from workers.log import get_logger, traceback_of
from workers.loops import loop_factory

log = get_logger(__name__)

EXIT_DRAIN: Final = 5.0
"""Seconds that the interpreter's exit waits for work that was sent."""


class Call(Protocol):
    """Something that runs on the loop and that somebody waits for."""

    def fail(self, error: BaseException) -> None:
        """Answer with an error, unless it is answered."""
        ...


Posted: TypeAlias = tuple[Callable[..., object], tuple[object, ...], contextvars.Context | None]


class LoopThread:
    """A thread that runs an event loop until it is told to stop."""

    def __init__(self) -> None:
        self.loop = loop_factory(by_default=False)()
        self.handles: set[Call] = set()
        self.closers: dict[int, Callable[[float], Awaitable[None]]] = {}
        self.died = False
        self._open = True
        self._posted: list[Posted] = []
        self._woken = False
        self._lock = threading.RLock()  # the garbage collector may come between, and what it finalizes may post, too
        self.thread = threading.Thread(target=self._run, name="workers-loop", daemon=True)
        self.thread.start()

    def post(self, callback: Callable[..., object], *args: object, context: contextvars.Context | None = None) -> None:
        """Have a callback run on the loop; ``RuntimeClosed`` if it would not run any more.

        Callbacks that come faster than the loop takes them wake it once for all.
        """
        with self._lock:
            if not self._open:
                raise RuntimeClosed("the process is exiting")
            self._posted.append((callback, args, context))
            if not self._woken:
                self._woken = True
                self.loop.call_soon_threadsafe(self._run_posted)

    def stop(self, drain: float) -> None:
        """Let the closers finish, answer what is left, end the thread."""
        with self._lock:
            if self._open:
                self._open = False
                self.loop.call_soon_threadsafe(self._begin_close, drain)
        self.thread.join()

    def _run_posted(self) -> None:
        with self._lock:
            self._woken = False  # first: what the collector finalizes now may post, and must wake the loop again
            posted, self._posted = self._posted, []
        for callback, args, context in posted:
            try:
                if context is None:
                    callback(*args)
                else:
                    context.run(callback, *args)
            except Exception as error:  # noqa: BLE001 - it is not that of the next one
                log.error("callback_failed", error=repr(error), traceback=traceback_of(error))

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
            with contextlib.suppress(RuntimeError):  # CPython 3.12 starts no thread at its exit, which this needs
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


_current: LoopThread | None = None
_starting = threading.Lock()


def current() -> LoopThread | None:
    """The loop thread of this process, if one was started."""
    return _current


def loop_thread() -> LoopThread:
    """The loop thread of this process, started now if need be."""
    global _current  # noqa: PLW0603
    if _current is None or _current.died:
        with _starting:
            if _current is None or _current.died:
                _current = LoopThread()
    return _current


def _stop_at_exit() -> None:
    """Finish what was sent, for a stated time; after Ctrl-C, at once."""
    if _current is None:
        return
    interrupted = isinstance(getattr(sys, "last_value", None), KeyboardInterrupt)
    try:
        if not interrupted:
            _wait_for_callers()
        _current.stop(0.0 if interrupted else EXIT_DRAIN)
    except KeyboardInterrupt:
        return


def _wait_for_callers() -> None:
    """Wait for threads that the exit waits for in any case, as they may have calls to make yet.

    Those of executors are left out: they end by a hook that runs later.
    """
    executors = {*concurrent.futures.thread._threads_queues}  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    if (processes := sys.modules.get("concurrent.futures.process")) is not None:
        executors |= {*processes._threads_wakeups}  # noqa: SLF001
    for thread in threading.enumerate():
        if not thread.daemon and thread is not threading.main_thread() and thread not in executors:
            thread.join()


def _forget_in_child() -> None:
    """In a forked child the loop's thread does not exist, and its connections are the parent's: leave them alone.

    The child shares the parent's epoll object; it is closed first, so that nothing done here can change what the parent
    waits for.
    """
    global _current, _starting  # noqa: PLW0603
    _starting = threading.Lock()
    if _current is not None:
        forking.close_poll(_current.loop)
        forking.keep_for_ever(_current)
        _current = None


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forget_in_child)
# The hook registered last runs first: before that of the executors, imported above. Threads still work then; with
# atexit, name look-ups of pending requests would fail already.
threading._register_atexit(_stop_at_exit)  # type: ignore[attr-defined]  # noqa: SLF001
