"""A virtual clock: tests of waiting, pacing and giving up that take no real time.

``VirtualClockLoop`` is an asyncio event loop whose ``time()`` stands still while there is anything to do and jumps to
the next timer when there is not. An hour of backoff passes at once, in the same order as in reality, on every run::

    @virtual_time
    async def test_a_minute_is_not_waited_for():
        await asyncio.sleep(60)
        assert asyncio.get_running_loop().time() == 60

What comes from outside the loop must not be overtaken by a jump:

* While a job given to ``run_in_executor`` (``asyncio.to_thread``, name look-ups) runs, the clock stands still.
* Around everything else, a thread of your own that will use ``call_soon_threadsafe`` or an answer on a socket, write
  ``with loop.standing_still():``. Without it sockets and threads are noticed between two jumps, and not waited for.

When nothing is ready and no timer is set the test can never end. It then fails with a `DeadlockError` that names the
tasks that wait: at once where no thread or socket could speak up, else after ``patience`` seconds of real time. Timers
that follow each other for ever end in a `TimeLimitError`.
"""

import asyncio
import functools
import inspect
import math
import selectors
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any, Final, ParamSpec, TypeAlias, TypeVar, TypeVarTuple

P = ParamSpec("P")
T = TypeVar("T")
Ts = TypeVarTuple("Ts")
Happened: TypeAlias = list[tuple[selectors.SelectorKey, int]]

STEP: Final = 1e-9
"""Seconds that the clock moves at least when idle: a timer that rounding set to this very moment must not spin."""

AN_HOUR: Final = 3600.0
PATIENCE: Final = 10.0


class DeadlockError(AssertionError):
    """Nothing is ready, no timer may fire, and nobody outside the loop spoke up."""


class TimeLimitError(AssertionError):
    """More virtual time passed than the test allows."""


class _Selector(selectors.DefaultSelector):
    """The platform's selector, with the clock deciding how to wait."""

    def __init__(self, wait: Callable[[float | None, Callable[[float], Happened]], Happened]) -> None:
        super().__init__()
        self._wait = wait

    def select(self, timeout: float | None = None) -> Happened:
        return self._wait(timeout, super().select)


class VirtualClockLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes only while it has nothing to do.

    Args:
        limit: seconds of virtual time after which the run ends with a `TimeLimitError`; ``None`` for no end.
        patience: seconds of real time to wait for a thread or a socket before that is a `DeadlockError`.
    """

    # Attributes of the base class that its type stubs leave out.
    _ready: deque[asyncio.Handle]
    _selector: selectors.BaseSelector
    _clock_resolution: float

    def __init__(self, *, limit: float | None = AN_HOUR, patience: float = PATIENCE) -> None:
        self._now = 0.0
        self._limit = self._allowance = limit
        self._patience = patience
        self._holds = 0
        super().__init__(_Selector(self._wait))
        self._clock_resolution = STEP  # a coarse system clock would let timers up to 16 ms apart fire together

    def time(self) -> float:
        """Return the virtual time in seconds; it starts at 0."""
        return self._now

    @contextmanager
    def standing_still(self) -> Generator[None]:
        """Let no time pass inside the block: idle means waiting, in reality, for a thread or a socket."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        """Run a function in a thread and let no time pass until it has returned."""
        future = super().run_in_executor(executor, func, *args)
        hold = self.standing_still()
        hold.__enter__()
        future.add_done_callback(lambda _: hold.__exit__(None, None, None))
        return future

    async def shutdown_default_executor(self, *args: Any, **kwargs: Any) -> None:
        """Wait in real time for the threads of the default executor to end."""
        with self.standing_still():
            await super().shutdown_default_executor(*args, **kwargs)

    def _wait(self, timeout: float | None, select: Callable[[float], Happened]) -> Happened:
        """Return what happened outside; where a real loop would sleep, jump."""
        happened = select(0)
        if happened or self._ready:
            return happened
        if timeout is not None and not self._holds:
            self._jump(timeout)
            return happened
        happened = select(self._patience if self._somebody_outside() else 0)
        if not happened:
            raise DeadlockError(self._deadlock())
        return happened

    def _jump(self, seconds: float) -> None:
        self._now = max(self._now + max(seconds, STEP), math.nextafter(self._now, math.inf))
        if self._limit is not None and self._now > self._limit:
            passed, self._limit = self._limit, self._now + (self._allowance or 0)  # tasks may take time to be cancelled
            raise TimeLimitError(f"more than {passed:g} s of virtual time passed; {self._tasks()}")

    def _somebody_outside(self) -> bool:
        own = 1  # the loop's end of the pipe that wakes it
        return self._holds > 0 or threading.active_count() > 1 or len(self._selector.get_map()) > own

    def _deadlock(self) -> str:
        held = f" and the clock was held for {self._patience:g} s of real time" if self._holds else ""
        return f"nothing can happen any more at {self._now:g} s{held}; {self._tasks()}"

    def _tasks(self) -> str:
        """Say which tasks wait, and in which line."""
        tasks = sorted(f"{task.get_name()} at {_line_of(task)}" for task in asyncio.all_tasks(self))
        return "waiting: " + (", ".join(tasks) or "no task")


def _line_of(task: asyncio.Task[Any]) -> str:
    """Return file and line of the innermost coroutine that a task waits in."""
    coroutine: Any = task.get_coro()
    while inspect.iscoroutine(inner := getattr(coroutine, "cr_await", None)):
        coroutine = inner
    frame = coroutine.cr_frame
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def run_virtual(
    main: Coroutine[Any, Any, T] | Callable[[], Coroutine[Any, Any, T]],
    *,
    limit: float | None = AN_HOUR,
    patience: float = PATIENCE,
) -> T:
    """Return the result of a coroutine, or of the coroutine function given, run under a virtual clock.

    Like ``asyncio.run`` it uses a loop of its own, cancels what is left at the end and closes the loop.
    """
    factory = functools.partial(VirtualClockLoop, limit=limit, patience=patience)
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main() if callable(main) else main)


def virtual_time(test: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Make a coroutine function, such as a test, a plain one that runs under a virtual clock of its own."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        return run_virtual(test(*args, **kwargs))

    return run
