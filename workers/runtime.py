"""A tree of actors under one supervisor: started, asked, drained and closed as one."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workers.actor import Actor
from workers.errors import RuntimeClosed, again
from workers.message import Message
from workers.observe import ActorStatistics, Observer
from workers.supervisor import Child, Supervisor

DRAIN = 30.0


class Runtime:
    """Actors under one supervisor.

    Every message that is sent to one of them is answered, whatever becomes of the actor, the supervisor or the loop.
    """

    def __init__(
        self, actors: Sequence[Actor], *, intensity: int = 3, period: float = 5.0, observer: Observer | None = None
    ) -> None:
        self.actors: Mapping[str, Actor] = {actor.name: actor for actor in actors}
        self._supervisor = Supervisor(
            [Child(actor.name, actor.run, restart="transient") for actor in actors],
            intensity=intensity,
            period=period,
            observer=observer,
        )
        self._task: asyncio.Task[None] | None = None
        self._end: RuntimeClosed | None = None

    @property
    def closed(self) -> bool:
        """Whether it takes no messages: it was closed, or its supervisor gave up."""
        return self._end is not None

    def start(self) -> None:
        """Start the actors in the running loop; messages may be sent at once."""
        self._task = asyncio.get_running_loop().create_task(self._supervisor.run(), name="supervisor")
        self._task.add_done_callback(self._ended)

    async def close(self, drain: float = DRAIN, *, unwanted: Callable[[Message[Any]], bool] | None = None) -> None:
        """Take no new messages, finish those that were sent, and stop.

        Args:
            drain: seconds to finish in; what is left then is answered ``RuntimeClosed``.
            unwanted: picks messages that are answered ``RuntimeClosed`` at once instead of being finished.
        """
        task = self._task
        if task is None or task.done():
            self._finish(RuntimeClosed("it was closed"))
            return
        closed = self._end = self._end or RuntimeClosed("it was closed")
        for actor in self.actors.values():
            actor.mailbox.close(closed)
            if unwanted is not None:
                actor.abandon(unwanted, closed)
            actor.settle()
        try:
            if drain > 0:
                await asyncio.wait({task}, timeout=drain)
        finally:  # an interrupted drain is over, too
            for actor in self.actors.values():
                actor.abandon(lambda _: True, closed)
            task.cancel()
            await asyncio.wait({task})
            for actor in self.actors.values():
                await actor.release(closed)

    def statistics(self) -> tuple[ActorStatistics, ...]:
        """What each actor did so far, all at one moment."""
        return tuple(actor.statistics() for actor in self.actors.values())

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Answer everything: nobody is left to handle it."""
        error = None if task.cancelled() else task.exception()
        self._finish(RuntimeClosed("it was closed" if error is None else f"its workers failed too often: {error}"))

    def _finish(self, closed: RuntimeClosed) -> None:
        self._end = self._end or closed
        for actor in self.actors.values():
            actor.mailbox.abort(self._end)
            for task, envelope in actor.hands().items():
                envelope.fail(again(closed))
                task.cancel()
