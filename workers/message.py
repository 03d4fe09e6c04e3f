"""What travels to an actor: a message, and the envelope that holds its reply."""

import asyncio
import contextvars
from typing import Generic, TypeVar

from workers.lanes import Lane

R = TypeVar("R")


class Message(Generic[R]):
    """A request whose answer has type ``R``."""

    __slots__ = ()


class Envelope(Generic[R]):
    """One message on its way: its reply, its deadline and its sender's context.

    Attributes:
        message: what was sent.
        reply: the sender's future.
        lane: how urgent it is.
        deadline: instant of the loop's clock at which the sender stops waiting, or ``None``.
        posted: instant at which it was sent.
        attempt: how often a handler was started with it.
        context: the sender's, so that what the sender bound to its log lines shows in the worker's.
        task: the handling of it, while it is in hand.
        door: what its sender waits for while the mailbox is full.
    """

    __slots__ = ("attempt", "context", "deadline", "door", "lane", "message", "posted", "reply", "task")

    def __init__(
        self,
        message: Message[R],
        loop: asyncio.AbstractEventLoop,
        lane: Lane = Lane.INTERACTIVE,
        patience: float | None = None,
    ) -> None:
        self.message = message
        self.reply: asyncio.Future[R] = loop.create_future()
        self.lane = lane
        self.posted = loop.time()
        self.deadline = None if patience is None else self.posted + patience
        self.attempt = 0
        self.context = contextvars.copy_context()
        self.task: asyncio.Task[bool | None] | None = None
        self.door: asyncio.Future[None] | None = None

    @property
    def answered(self) -> bool:
        """Whether the sender has its answer, or gave up waiting for one."""
        return self.reply.done()

    def resolve(self, result: R) -> None:
        """Answer with a result, unless the sender has gone."""
        if not self.reply.done():
            self.reply.set_result(result)

    def fail(self, error: Exception) -> None:
        """Answer with an error, unless the sender has gone."""
        if not self.reply.done():
            self.reply.set_exception(error)
            # A sender that does not read its answer is no fault to report.
            self.reply.exception()
