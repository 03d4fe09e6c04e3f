"""A general actor runtime: mailboxes, actors, supervisors, a limiter, and faces for sync and async callers."""

from workers.actor import Actor
from workers.errors import (
    ActorBroken,
    ActorCrashed,
    ActorStopped,
    BlockingInLoop,
    DeadlineExceeded,
    MailboxFull,
    RestartsExceeded,
    RuntimeClosed,
    WorkersError,
    WrongLoop,
)
from workers.facade import Async, Blocking, Facade, Face
from workers.face import method, stream
from workers.handle import Handle
from workers.lanes import Lane
from workers.limiter import Limiter, RateLimit
from workers.mailbox import Mailbox
from workers.message import Envelope, Message
from workers.methods import AsyncMethod, BlockingMethod
from workers.observe import ActorStatistics, Observer, Percentiles, prometheus
from workers.portal import Portal
from workers.runtime import Runtime
from workers.slots import Slots
from workers.streams import AsyncStream, BlockingStream
from workers.supervisor import Backoff, Child, Supervisor

__all__ = [
    "Actor",
    "ActorBroken",
    "ActorCrashed",
    "ActorStatistics",
    "ActorStopped",
    "Async",
    "AsyncMethod",
    "AsyncStream",
    "Backoff",
    "Blocking",
    "BlockingInLoop",
    "BlockingMethod",
    "BlockingStream",
    "Child",
    "DeadlineExceeded",
    "Envelope",
    "Facade",
    "Face",
    "Handle",
    "Lane",
    "Limiter",
    "Mailbox",
    "MailboxFull",
    "Message",
    "Observer",
    "Percentiles",
    "Portal",
    "RateLimit",
    "RestartsExceeded",
    "Runtime",
    "RuntimeClosed",
    "Slots",
    "Supervisor",
    "WorkersError",
    "WrongLoop",
    "method",
    "prometheus",
    "stream",
]
