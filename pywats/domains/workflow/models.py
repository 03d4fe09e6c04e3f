"""What workflows are known by."""

from pywats.exchange.wire import OpenIntEnum

__all__ = ["WorkflowStatus"]


class WorkflowStatus(OpenIntEnum):
    """How far the definition of a workflow has come."""

    DRAFT = 0
    PENDING = 1
    RELEASED = 2
    REVOKED = 3
