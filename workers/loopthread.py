"""The loop thread of the process: it runs for callers that have no loop, from the first call to the exit."""

import asyncio
import concurrent.futures.thread
import contextvars
import os
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

from workers.errors import RuntimeClosed
from workers.log import get_logger, traceback_of

log = get_logger(__name__)

EXIT_DRAIN: Final = 5.0
"""Seconds that the interpreter's exit waits for work that was sent."""


class Call(Protocol):
    """Something that runs on the loop and that somebody waits for."""

    def fail(self, error: BaseException) -> None:
        """Answer with an error, unless it is answered."""
        ...


class LoopThread:
    """A thread that runs an event loop until it is told to stop."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.handles: set[Call] = set()
        self.closers: dict[int, Callable[[float], Awaitable[None]]] = {}
        self.died = False
        self._open = True
        self._lock = threading.RLock()  # the garbage collector may come between, and what it finalizes may post, too
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


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forget_in_child)
# The hook registered last runs first: before that of the executors, imported above. Threads still work then; with
# atexit, name look-ups of pending requests would fail already.
threading._register_atexit(_stop_at_exit)  # type: ignore[attr-defined]  # noqa: SLF001
