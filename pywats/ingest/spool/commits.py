"""Changes of the spool that arrive while the disk is busy share the next commit."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pywats.ingest.spool.database import Operation, Outcome

T = TypeVar("T")

LARGEST_GROUP: Final = 256
"""Operations that share one commit at the most."""


@dataclass(frozen=True, slots=True)
class _Request:
    """An operation, who waits for it, and whether another report may be ready after it."""

    operation: Operation
    future: asyncio.Future[Any]
    stirs: bool


class Commits:
    """Operations that wait for a commit, and the task that makes one after the other.

    Args:
        run: commits a group of operations, and returns what came of each.
        stirred: called after a commit that may have made another report ready.
        name: of the task.
    """

    def __init__(
        self, run: Callable[[Sequence[Operation]], Awaitable[list[Outcome]]], stirred: Callable[[], None], name: str
    ) -> None:
        self._run = run
        self._stirred = stirred
        self._name = name
        self._waiting: list[_Request] = []
        self._committing: asyncio.Task[None] | None = None

    async def do(self, work: Callable[[], T], *, grows: bool = False, stirs: bool = False) -> T:
        """Carry out a piece of work in the next commit; it is done even when its caller is cancelled meanwhile."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Request(Operation(work, grows), future, stirs))
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit(), name=self._name)
        return await future

    async def idle(self) -> None:
        """Wait until nothing waits for a commit."""
        while self._committing is not None:
            await asyncio.wait([self._committing])

    async def _commit(self) -> None:
        """Commit what waits, in groups, until nothing does."""
        group: list[_Request] = []
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:LARGEST_GROUP], self._waiting[LARGEST_GROUP:]
                outcomes = await self._run([request.operation for request in group])
                for request, outcome in zip(group, outcomes, strict=True):
                    _answer(request.future, outcome)
                if any(request.stirs for request in group):
                    self._stirred()
        finally:
            self._committing = None
            for request in (*group, *self._waiting):
                request.future.cancel()
            self._waiting.clear()


def _answer(future: asyncio.Future[Any], outcome: Outcome) -> None:
    if future.done():
        return
    if outcome.error is None:
        future.set_result(outcome.value)
    else:
        future.set_exception(outcome.error)
