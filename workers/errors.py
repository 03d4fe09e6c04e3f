"""The errors of the runtime: how a message ends when its handler did not answer it."""


class WorkersError(Exception):
    """The runtime could not carry a message to its end."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or (type(self).__doc__ or type(self).__name__).strip().splitlines()[0])


class MailboxFull(WorkersError):
    """The mailbox is at its capacity and its rule is to reject."""


class DeadlineExceeded(WorkersError):
    """The message's deadline passed before it was answered."""


class ActorStopped(WorkersError):
    """The actor was stopped before it answered the message."""


class ActorCrashed(WorkersError):
    """The actor failed while it had the message in hand."""


class RuntimeClosed(WorkersError):
    """The runtime takes no messages: it was closed, or its supervisor gave up."""


class RestartsExceeded(WorkersError):
    """Children failed more often than their supervisor allows."""


class WrongLoop(WorkersError):
    """An object that belongs to one event loop was used from another."""


class BlockingInLoop(WorkersError):
    """A blocking call was made on the thread that would have to answer it."""


class ActorBroken(Exception):
    """Raise it in a handler: the actor itself is unfit, restart it; the sender is answered ``ActorCrashed``."""


def again(error: WorkersError) -> WorkersError:
    """The same error as an object of its own: one that is raised many times would gather tracebacks without end."""
    return type(error)(*error.args)
