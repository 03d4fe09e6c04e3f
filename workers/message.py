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

    ``deadline`` is an instant of the loop's clock, or ``None``; ``attempt`` counts how often a handler was started with
    the message; ``context`` is the sender's, so that what the sender bound to its log lines shows in the worker's.
    """

    __slots__ = ("attempt", "context", "deadline", "lane", "message", "posted", "reply")

    def __init__(
        self,
        message: Message[R],
        reply: asyncio.Future[R],
        *,
        lane: Lane = Lane.INTERACTIVE,
        deadline: float | None = None,
        posted: float = 0.0,
    ) -> None:
        self.message = message
        self.reply = reply
        self.lane = lane
        self.deadline = deadline
        self.posted = posted
        self.attempt = 0
        self.context = contextvars.copy_context()

    @property
    def answered(self) -> bool:
        """Whether the sender has its answer, or gave up waiting for one."""
        return self.reply.done()

    def resolve(self, result: R) -> None:
        """Answer with a result, unless the sender has gone."""
        if not self.reply.done():
            self.reply.set_result(result)

    def fail(self, error: BaseException) -> None:
        """Answer with an error, unless the sender has gone."""
        if not self.reply.done():
            self.reply.set_exception(error)
            # Who sent the message may be gone by now; an answer nobody reads is not a fault to report.
            self.reply.exception()
