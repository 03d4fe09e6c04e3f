"""An actor: a mailbox, a handler, and how many messages are in hand at once."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from workers.errors import ActorBroken, ActorCrashed, ActorStopped, WorkersError, again
from workers.log import get_logger, traceback_of
from workers.mailbox import Mailbox
from workers.message import Envelope, Message
from workers.observe import ActorStatistics, Histogram, Observer

log = get_logger(__name__)

Handler = Callable[[Any], Awaitable[Any]]
Lifespan = Callable[[], AbstractAsyncContextManager[object]]


class Actor:
    """Answers the messages of one mailbox, ``concurrency`` of them at once.

    Whatever the handler raises is the answer to that message, and the actor goes on; ``expected`` lists the errors that
    are ordinary answers, others are logged with their traceback. ``ActorBroken`` from the handler, an error of
    ``lifespan`` (what the actor owns while it runs) and a call of ``crash`` are failures of the actor itself: ``run``
    ends with them, and what is in hand finishes on its own while a supervisor runs the actor again.
    """

    def __init__(
        self,
        mailbox: Mailbox,
        handler: Handler,
        *,
        concurrency: int = 100,
        lifespan: Lifespan = contextlib.nullcontext,
        expected: tuple[type[Exception], ...] = (),
        observer: Observer | None = None,
    ) -> None:
        if concurrency < 1:
            msg = f"the concurrency of an actor is 1 or more, not {concurrency}"
            raise ValueError(msg)
        self.name = mailbox.name
        self._task_name = f"{self.name}:message"
        self.mailbox = mailbox
        self.concurrency = concurrency
        self.started = asyncio.Event()
        self._handler = handler
        self._lifespan = lifespan
        self._expected = expected
        self._observer = observer
        self._fate: asyncio.Future[None] | None = None
        self._in_hand: dict[asyncio.Task[bool | None], Envelope[Any]] = {}
        self._left_behind: dict[asyncio.Task[bool | None], Envelope[Any]] = {}
        self._runs = self._done = self._failed = self._given_up = 0
        self._waited, self._handled = Histogram(), Histogram()

    async def run(self) -> None:
        """Handle messages until the mailbox is closed and empty, or the actor breaks, or it is cancelled.

        Cancelled, it cancels what is in hand; broken, it leaves that alone.

        Raises:
            Exception: what broke the actor.
        """
        self._runs += 1
        self._left_behind.update(self._in_hand)
        self._in_hand = {}
        async with self._lifespan():
            self._fate = asyncio.get_running_loop().create_future()
            self.mailbox.listen(self._take_at_once)
            self.started.set()
            try:
                self._pump()
                await self._fate
            except asyncio.CancelledError:
                await self.release()
                raise
            finally:
                self._fate = None
                self.mailbox.listen(None)
                self.started.clear()

    def crash(self, error: Exception) -> None:
        """Report that something the actor owns has failed; ``run`` ends with the error."""
        if self._fate is not None and not self._fate.done():
            self._fate.set_exception(error)
            self._fate.exception()  # if the actor is cancelled in this moment, nobody else looks

    async def release(self, error: WorkersError | None = None) -> None:
        """Cancel what is in hand, in this run and those before, and wait until it has ended."""
        hands = self.hands()
        for task, envelope in hands.items():
            envelope.fail(again(error or ActorStopped(f"{self.name} was stopped")))
            task.cancel()
        if hands:
            await asyncio.wait(hands)

    def hands(self) -> dict[asyncio.Task[bool | None], Envelope[Any]]:
        """The messages that are being handled, in this run and those before, by the task of each."""
        return {**self._left_behind, **self._in_hand}

    def abandon(self, unwanted: Callable[[Message[Any]], bool], error: WorkersError) -> None:
        """Cancel those messages, queued or in hand, that are unwanted; their senders get ``error``."""
        self.mailbox.discard(unwanted, error)
        for task, envelope in self.hands().items():
            if unwanted(envelope.message):
                envelope.fail(again(error))
                task.cancel()

    def settle(self) -> None:
        """End ``run`` if the mailbox is closed and nothing is queued or in hand; for whoever has closed the mailbox."""
        idle = not (self._in_hand or self._left_behind or self.mailbox)
        if idle and self.mailbox.closed and self._fate is not None and not self._fate.done():
            self._fate.set_result(None)

    def statistics(self) -> ActorStatistics:
        """What the actor did so far."""
        return ActorStatistics(
            name=self.name,
            accepted=self.mailbox.accepted,
            depth=len(self.mailbox),
            waiting_senders=self.mailbox.waiting_senders,
            in_hand=len(self.hands()),
            done=self._done,
            failed=self._failed,
            given_up=self.mailbox.given_up + self._given_up,
            expired=self.mailbox.expired,
            restarts=max(0, self._runs - 1),
            waiting=self._waited.percentiles(),
            handling=self._handled.percentiles(),
        )

    def _pump(self) -> None:
        """Start handling as long as there is mail and a free hand.

        It looks at the state and not at what happened, so a call too many does no harm and none is missed.
        """
        while self.mailbox and self._has_a_free_hand() and (envelope := self.mailbox.take()):
            self._begin(envelope)
        self.settle()

    def _take_at_once(self, envelope: Envelope[Any]) -> bool:
        """Start handling a message before which none is queued, if there is a free hand."""
        if free := self._has_a_free_hand():
            self._begin(envelope)
        return free

    def _has_a_free_hand(self) -> bool:
        return self._fate is not None and not self._fate.done() and len(self._in_hand) < self.concurrency

    def _begin(self, envelope: Envelope[Any]) -> None:
        create_task = envelope.reply.get_loop().create_task
        envelope.task = task = create_task(self._answer(envelope), name=self._task_name, context=envelope.context)
        self._in_hand[task] = envelope
        task.add_done_callback(self._free)

    def _free(self, task: asyncio.Task[bool | None]) -> None:
        """Count what became of a message that was in hand, and see to the next."""
        envelope = self._in_hand.pop(task, None) or self._left_behind.pop(task)
        envelope.task = None
        answered = None if task.cancelled() else not task.exception() and task.result()
        self._given_up += answered is None
        self._done += answered is True
        self._failed += answered is False
        if not envelope.answered:  # the task was cancelled from outside, perhaps before its first step
            envelope.fail(ActorStopped(f"{self.name} was stopped"))
        self._pump()

    async def _answer(self, envelope: Envelope[Any]) -> bool | None:
        """Handle one message; whatever happens, its sender is answered.

        Returns whether the handler gave a result, or ``None`` if the sender was gone before.
        """
        if envelope.answered:
            return None
        clock = envelope.reply.get_loop().time
        begun = clock()
        envelope.attempt += 1
        failure: Exception | None = None
        try:
            envelope.resolve(await self._handler(envelope.message))
        except ActorBroken as broken:
            failure = ActorCrashed(f"{self.name} broke: {broken}")
            failure.__cause__ = broken
            self.crash(broken)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is the answer to its message
            failure = error
            if not isinstance(error, self._expected):
                log.error("handler_failed", actor=self.name, error=repr(error), traceback=traceback_of(error))
        if failure is not None:
            envelope.fail(failure)
        waited, handled = begun - envelope.posted, clock() - begun
        self._waited.record(waited)
        self._handled.record(handled)
        if self._observer is not None:
            self._observer.message_handled(self.name, waited, handled, failure)
        succeeded = failure is None
        del envelope, failure  # an error refers to this frame, and must not be referred to by it
        return succeeded
