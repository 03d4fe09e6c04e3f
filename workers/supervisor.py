"""A supervisor: starts its children in order, restarts them by rule, stops them in reverse.

The words and rules are those of OTP (Erlang/OTP Design Principles, "Supervisor Behaviour").
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from workers.errors import RestartsExceeded
from workers.log import get_logger, traceback_of
from workers.observe import Observer

log = get_logger(__name__)

Strategy = Literal["one_for_one", "rest_for_one", "one_for_all"]
Restart = Literal["permanent", "transient", "temporary"]


@dataclass(frozen=True, slots=True)
class Child:
    """What a supervisor runs.

    Attributes:
        name: unique among its siblings.
        run: starts it and returns when it has ended; cancelled to stop it.
        restart: ``permanent`` is run again whenever it ends, ``transient`` when it failed, ``temporary`` never.
        shutdown: seconds it is given to stop before it is left to itself.
        ready: waited for before the next sibling is started.
    """

    name: str
    run: Callable[[], Coroutine[Any, Any, None]]
    restart: Restart = "permanent"
    shutdown: float = 5.0
    ready: Callable[[], Awaitable[object]] | None = None


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds before a restart: none before the first in a period, then up to ``base`` doubled each time, jittered."""

    base: float = 0.5
    most: float = 30.0

    def delay(self, earlier: int) -> float:
        """The wait before a restart that follows ``earlier`` ones in the period."""
        if not earlier:
            return 0.0
        ceiling = min(self.most, self.base * 2.0 ** (earlier - 1))
        return random.uniform(ceiling / 2, ceiling)


class Supervisor:
    """Keeps its children running.

    When a child ends and its restart type asks for it, ``one_for_one`` starts that child again, ``rest_for_one`` also
    those started after it, ``one_for_all`` all of them. More than ``intensity`` restarts within ``period`` seconds, and
    the supervisor stops its children and fails itself, for its own supervisor to deal with.
    """

    def __init__(
        self,
        children: Sequence[Child],
        *,
        strategy: Strategy = "one_for_one",
        intensity: int = 3,
        period: float = 5.0,
        backoff: Backoff | None = None,
        observer: Observer | None = None,
    ) -> None:
        self._children = {child.name: child for child in children}
        if len(self._children) != len(children):
            msg = f"two children have one name: {[child.name for child in children]}"
            raise ValueError(msg)
        self.strategy = strategy
        self.intensity = intensity
        self.period = period
        self._backoff = backoff or Backoff()
        self._observer = observer or Observer()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._restarts: deque[float] = deque()

    async def run(self) -> None:
        """Start the children and keep them running until none is left, or they fail too often, or it is cancelled.

        Raises:
            RestartsExceeded: the restart intensity was passed; its cause is the last failure.
        """
        try:
            for name in self._children:
                await self._start(name)
            while self._tasks:
                await asyncio.wait(self._tasks.values(), return_when=asyncio.FIRST_COMPLETED)
                for name in [name for name, task in self._tasks.items() if task.done()]:
                    if (task := self._tasks.get(name)) is not None and task.done():
                        await self._ended(name, task)
        finally:
            await self._stop(list(self._tasks))

    async def _start(self, name: str, delay: float = 0.0) -> None:
        child = self._children[name]
        task = asyncio.get_running_loop().create_task(_after(delay, child.run), name=f"child:{name}")
        self._tasks[name] = task
        if child.ready is not None:
            ready = asyncio.ensure_future(child.ready())
            try:
                await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                ready.cancel()

    async def _ended(self, name: str, task: asyncio.Task[None]) -> None:
        """Deal with a child that has ended by itself."""
        del self._tasks[name]
        child = self._children[name]
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if child.restart == "temporary" or (child.restart == "transient" and error is None):
            if error is not None:
                log.error(
                    "child_failed", child=name, restart=child.restart, error=repr(error), traceback=traceback_of(error)
                )
            return
        delay = self._next_delay(name, error)
        log.warning(
            "child_restarts", child=name, delay=round(delay, 3), error=repr(error), traceback=traceback_of(error)
        )
        self._observer.child_restarted(name, error, delay)
        if self.strategy == "one_for_one":
            # Its siblings need not wait for the delay, so nobody waits for it to be ready either.
            self._tasks[name] = asyncio.get_running_loop().create_task(_after(delay, child.run), name=f"child:{name}")
            return
        names = list(self._children)
        concerned = names if self.strategy == "one_for_all" else names[names.index(name) :]
        alive = [other for other in concerned if other in self._tasks]
        await self._stop(alive)
        again = [other for other in concerned if other == name or other in alive]
        for position, other in enumerate(again):
            await self._start(other, 0.0 if position else delay)

    def _next_delay(self, name: str, error: BaseException | None) -> float:
        now = asyncio.get_running_loop().time()
        while self._restarts and self._restarts[0] <= now - self.period:
            self._restarts.popleft()
        if len(self._restarts) >= self.intensity:
            gave_up = RestartsExceeded(
                f"{name} ended once more after {len(self._restarts)} restarts within {self.period:g} s: {error!r}"
            )
            log.error("supervisor_gave_up", child=name, error=repr(error), traceback=traceback_of(error))
            self._observer.supervisor_gave_up(gave_up)
            raise gave_up from error
        delay = self._backoff.delay(len(self._restarts))
        self._restarts.append(now)
        return delay

    async def _stop(self, names: Sequence[str]) -> None:
        """Stop children in the reverse of their order, each within its own time."""
        order = [name for name in self._children if name in names]
        for name in reversed(order):
            task = self._tasks.pop(name)
            task.cancel()
            try:
                await asyncio.wait({task}, timeout=self._children[name].shutdown)
            except asyncio.CancelledError:  # no time is left for the others: all of them end now
                for other in self._tasks.values():
                    other.cancel()
                raise
            if not task.done():
                log.error("child_does_not_stop", child=name, seconds=self._children[name].shutdown)
            elif not task.cancelled() and (error := task.exception()) is not None:
                log.warning("child_failed_while_stopping", child=name, error=repr(error), traceback=traceback_of(error))


async def _after(delay: float, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
    if delay:
        await asyncio.sleep(delay)
    await run()
