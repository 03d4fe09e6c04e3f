"""The bounded queue in front of an actor."""

import asyncio
from collections.abc import Callable
from typing import Any, Literal, TypeVar

from workers.errors import DeadlineExceeded, MailboxFull, RuntimeClosed, WorkersError, WrongLoop, again
from workers.lanes import Lane, Lanes
from workers.message import Envelope, Message

R = TypeVar("R")

Overflow = Literal["wait", "reject"]


class Mailbox:
    """Messages waiting for an actor: at most ``capacity``, interactive ones before bulk.

    A full mailbox makes senders wait, which is the backpressure, or with ``overflow="reject"`` refuses them. A message
    whose sender gave up leaves at once; one whose deadline passed is answered and never started.
    """

    def __init__(self, name: str, *, capacity: int = 1000, overflow: Overflow = "wait") -> None:
        if capacity < 1:
            raise ValueError(f"the capacity of a mailbox is 1 or more, not {capacity}")
        self.name = name
        self.capacity = capacity
        self.overflow = overflow
        self.accepted = self.given_up = self.expired = 0
        self._queue: Lanes[Envelope[Any]] = Lanes()
        self._at_the_door: Lanes[Envelope[Any]] = Lanes()
        self._closed: WorkersError | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._hand_over: Callable[[Envelope[Any]], bool] | None = None

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def waiting_senders(self) -> int:
        """How many senders wait for a place."""
        return len(self._at_the_door)

    @property
    def closed(self) -> bool:
        """Whether it takes no more mail."""
        return self._closed is not None

    async def ask(self, message: Message[R], *, lane: Lane = Lane.INTERACTIVE, patience: float | None = None) -> R:
        """Send a message and wait for its answer.

        Args:
            message: what to ask.
            lane: how urgent it is.
            patience: seconds after which the sender waits no longer, wherever the message is then.

        Raises:
            DeadlineExceeded: ``patience`` ran out.
            MailboxFull: the mailbox is full and rejects.
            RuntimeClosed: nobody takes messages here any more.
            ActorStopped, ActorCrashed: the actor ended before it answered.
            WrongLoop: the mailbox belongs to another event loop.
            Exception: whatever the handler raised.
        """
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._belong_to(loop)
        envelope = Envelope(message, loop, lane, patience)
        timer = None if envelope.deadline is None else loop.call_at(envelope.deadline, self._expire, envelope)
        try:
            if not self._enter(envelope):
                await self._wait_at_door(envelope)
            return await envelope.reply
        except asyncio.CancelledError:
            self._withdraw(envelope)
            raise
        finally:
            if timer is not None:
                timer.cancel()
            del envelope  # an error refers to this frame, and must not be referred to by it

    async def tell(self, message: Message[Any], *, lane: Lane = Lane.INTERACTIVE) -> None:
        """Send a message and go on; waits only while the mailbox is full.

        Raises:
            MailboxFull: the mailbox is full and rejects.
            RuntimeClosed: nobody takes messages here any more.
            WrongLoop: the mailbox belongs to another event loop.
        """
        loop = asyncio.get_running_loop()
        self._belong_to(loop)
        envelope = Envelope(message, loop, lane)
        try:
            if not self._enter(envelope):
                await self._wait_at_door(envelope)
        except asyncio.CancelledError:
            self._withdraw(envelope)
            raise

    def take(self) -> Envelope[Any] | None:
        """Take out the envelope whose turn it is, or ``None``; for the actor."""
        while self._queue:
            envelope = self._queue.pop()
            self._admit()
            if not envelope.answered:
                return envelope
            self.given_up += 1
        return None

    def listen(self, hand_over: Callable[[Envelope[Any]], bool] | None) -> None:
        """Offer a message that arrives while none is queued to ``hand_over``, which takes it or not; for the actor."""
        self._hand_over = hand_over

    def close(self, error: WorkersError | None = None) -> None:
        """Take no more mail; senders at the door are refused, what is queued stays for the actor."""
        if self._closed is None:
            self._closed = error or RuntimeClosed(f"{self.name} takes no more messages")
        for envelope in self._at_the_door.drain():
            _open(envelope, again(self._closed))

    def abort(self, error: WorkersError) -> None:
        """Take no more mail and answer all that is queued with ``error``."""
        self.close(error)
        for envelope in self._queue.drain():
            self.given_up += 1
            envelope.fail(again(error))

    def discard(self, unwanted: Callable[[Message[Any]], bool], error: WorkersError) -> None:
        """Answer those queued messages that are unwanted with ``error``."""
        for envelope in self._queue.drain():
            if unwanted(envelope.message):
                self.given_up += 1
                envelope.fail(again(error))
            else:
                self._queue.push(envelope, envelope.lane)
        self._admit()

    def _belong_to(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop not in {None, loop}:
            msg = f"{self.name} belongs to another event loop"
            raise WrongLoop(msg)
        self._loop = loop

    def _enter(self, envelope: Envelope[Any]) -> bool:
        """Take a message in if there is room; ``False``: its sender has to wait at the door."""
        if self._closed is not None:
            raise again(self._closed)
        if len(self._queue) < self.capacity and not self._at_the_door:
            self.accepted += 1
            if self._queue or self._hand_over is None or not self._hand_over(envelope):
                self._queue.push(envelope, envelope.lane)
            return True
        if self.overflow == "reject":
            msg = f"{self.name} holds {self.capacity} messages and takes no more now"
            raise MailboxFull(msg)
        return False

    async def _wait_at_door(self, envelope: Envelope[Any]) -> None:
        envelope.door = envelope.reply.get_loop().create_future()
        self._at_the_door.push(envelope, envelope.lane)
        await envelope.door

    def _admit(self) -> None:
        while self._at_the_door and len(self._queue) < self.capacity:
            envelope = self._at_the_door.pop()
            _open(envelope)
            self.accepted += 1
            self._queue.push(envelope, envelope.lane)

    def _withdraw(self, envelope: Envelope[Any]) -> None:
        """Free the place of a message whose sender is gone, wherever it is."""
        envelope.reply.cancel()
        if self._queue.discard(envelope):
            self.given_up += 1
            self._admit()
        elif not self._at_the_door.discard(envelope) and envelope.task is not None and envelope.attempt:
            envelope.task.cancel()

    def _expire(self, envelope: Envelope[Any]) -> None:
        if envelope.answered:  # in this very moment
            return
        self.expired += 1
        late = DeadlineExceeded(f"{self.name} did not answer in time")
        envelope.fail(late)
        if envelope.door is not None:
            _open(envelope, late)
        self._withdraw(envelope)


def _open(envelope: Envelope[Any], error: WorkersError | None = None) -> None:
    """Let a sender in that waits at the door, or send it away."""
    door = envelope.door
    if door is not None and not door.done():
        if error is None:
            door.set_result(None)
        else:
            door.set_exception(error)
