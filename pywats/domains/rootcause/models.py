"""Tickets of root cause analysis, what happened to them, and their files."""

from uuid import UUID

from pywats.exchange.wire import OpenIntEnum, OpenIntFlag, PyWATSModel, Setting, UtcDatetime

__all__ = [
    "Ticket",
    "TicketAttachment",
    "TicketPriority",
    "TicketStatus",
    "TicketUpdate",
    "TicketUpdateType",
    "TicketView",
]


class TicketStatus(OpenIntFlag):
    """Where a ticket stands; a search takes several, joined by ``|``."""

    OPEN = 1
    IN_PROGRESS = 2
    ON_HOLD = 4
    SOLVED = 8
    CLOSED = 16
    ARCHIVED = 32


class TicketPriority(OpenIntEnum):
    """How urgent a ticket is."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2


class TicketView(OpenIntEnum):
    """Whose tickets a search is about; ``ALL`` needs a permission."""

    ASSIGNED = 0
    FOLLOWING = 1
    ALL = 2


class TicketUpdateType(OpenIntEnum):
    """What an entry of a ticket's history is: words, progress, changed properties, or a notification."""

    CONTENT = 0
    PROGRESS = 1
    PROPERTIES = 2
    NOTIFICATION = 3


class TicketAttachment(PyWATSModel):
    """A file of a ticket, without its content."""

    attachment_id: UUID | None = None
    filename: str | None = None


class TicketUpdate(PyWATSModel):
    """An entry of a ticket's history."""

    update_id: UUID | None = None
    update_utc: UtcDatetime | None = None
    update_user: str | None = None
    content: str | None = None
    update_type: TicketUpdateType | None = None
    attachments: list[TicketAttachment] | None = None


class Ticket(PyWATSModel):
    """A question about a failure that somebody works on.

    Attributes:
        assignee: who works on it. Servers leave it out of what they answer, although they want it in every update.
        report_uuid: the report that it is about.
        history: what happened so far.
        update: what a request adds to the history.
    """

    ticket_id: UUID | None = None
    ticket_number: int | None = None
    progress: str | None = None
    owner: str | None = None
    assignee: str | None = None
    subject: str | None = None
    status: TicketStatus | None = None
    priority: TicketPriority | None = None
    report_uuid: UUID | None = None
    created_utc: UtcDatetime | None = None
    updated_utc: UtcDatetime | None = None
    team: str | None = None
    origin: str | None = None
    tags: list[Setting] | None = None
    history: list[TicketUpdate] | None = None
    update: TicketUpdate | None = None
