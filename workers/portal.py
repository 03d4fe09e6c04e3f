"""The way from threads into an event loop: calls that block, and handles that do not."""

import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from workers.awaited import SLICE, AwaitedCall
from workers.errors import BlockingInLoop, RuntimeClosed
from workers.handle import Handle
from workers.loopthread import current, loop_thread

R = TypeVar("R")


class Portal:
    """Threads call coroutines through it. One loop thread serves the whole process; it starts with the first call."""

    def call(self, function: Callable[[], Coroutine[Any, Any, R]]) -> R:
        """Run a coroutine function on the loop and return its result; an interrupted caller cancels it.

        Raises:
            BlockingInLoop: the caller is on the loop's own thread and would wait for itself.
            RuntimeClosed: the process is exiting.
            Exception: whatever the coroutine raised.
        """
        self.refuse_own_thread()
        awaited: AwaitedCall[R] = AwaitedCall(loop_thread())
        try:  # from here on the call may have begun, and an interrupt may come between any two steps
            awaited.post(function)
            return awaited.result()
        finally:
            if not awaited.answered:
                awaited.cancel()
            del awaited  # its error refers to this frame, and must not be referred to by it

    def start(
        self, function: Callable[[], Coroutine[Any, Any, R]], *, done: Callable[[], object] | None = None
    ) -> Handle[R]:
        """Start a coroutine function on the loop and return its handle; ``done`` is called when it has ended.

        Raises:
            RuntimeClosed: the process is exiting.
        """
        handle: Handle[R] = Handle(loop_thread())
        if done is not None:
            handle.when_ended(done)
        handle.post(function)
        return handle

    def schedule(self, function: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Have a coroutine function run on the loop some time, if the loop is still there; never waits."""
        thread = current()
        if thread is not None:
            try:
                thread.post(lambda: thread.loop.create_task(function()))
            except RuntimeClosed:
                return

    def look(self, function: Callable[[], R]) -> R:
        """Run a plain function between two steps of the loop and return its result; on the loop's own thread, at once.

        Raises:
            RuntimeClosed: the process is exiting.
        """
        if self._is_own_thread():
            return function()

        async def between() -> R:
            return function()

        return self.call(between)

    def wait_for_place(self, places: threading.Semaphore) -> None:
        """Take a place of a semaphore, waiting for one if need be; Ctrl-C interrupts the wait.

        Raises:
            BlockingInLoop: none is free, and the caller is on the loop's thread, which would have to free one.
        """
        if places.acquire(blocking=False):
            return
        self.refuse_own_thread()
        while not places.acquire(timeout=SLICE):
            pass

    def at_exit(self, close: Callable[[float], Awaitable[None]]) -> Callable[[], None]:
        """Have ``close(seconds)`` awaited on the loop before the process exits; returns what takes that back.

        To be called on the loop's thread. In a forked child nothing that ``close`` refers to is finalized.
        """
        closers = loop_thread().closers
        closers[id(close)] = close
        return lambda: closers.pop(id(close), None) and None

    def refuse_own_thread(self) -> None:
        """Raise ``BlockingInLoop`` on the loop's own thread, which would wait for itself."""
        if self._is_own_thread():
            msg = "a blocking call on the thread of the event loop would wait for itself; use the async client there"
            raise BlockingInLoop(msg)

    def _is_own_thread(self) -> bool:
        thread = current()
        return thread is not None and threading.get_ident() == thread.thread.ident
