"""The root cause domain: tickets, comments on them, and files."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from pywats.concurrency.result import Result
from pywats.domains.rootcause.models import (
    Ticket,
    TicketAttachment,
    TicketPriority,
    TicketStatus,
    TicketUpdate,
    TicketUpdateType,
    TicketView,
)
from pywats.errors import ValidationError
from pywats.exchange.arguments import guid, member
from pywats.exchange.call import checked, maybe, one, query
from pywats.exchange.saving import Saved, Target
from pywats.progress import Progress
from pywats.service import Async, Face, Service, each_found, found, method

_TICKET = "/api/RootCause/Ticket"
_ATTACHMENT = "/api/RootCause/Attachment"


class RootCauseService(Service[Face]):
    """Tickets about failures.

    A server takes a ticket without an assignee only while it is new (``OPEN``), and does not say who the assignee is
    when it is asked for a ticket. So whoever changes a ticket that is not new names the assignee again.
    """

    domain = "rootcause"

    @method
    async def get_ticket(self, ticket_id: UUID | str) -> Ticket | None:
        """Return one ticket with its history, or ``None``."""
        return await self._find(_TICKET, Ticket, query(ticketId=guid("ticket_id", ticket_id)))

    @method
    async def get_tickets_batch(
        self: "RootCauseService[Async]",
        ticket_ids: Sequence[UUID | str],
        max_concurrent: int = 10,
        progress: Progress = False,
    ) -> list[Result[Ticket]]:
        """Return the result of ``get_ticket`` for each id, in order; one that is missing is a ``Failure``."""
        return await each_found(self.get_ticket, ticket_ids, "ticket", max_concurrent, progress)

    @method
    async def get_tickets(
        self,
        status: TicketStatus = TicketStatus.OPEN,
        view: TicketView = TicketView.ASSIGNED,
        search_string: str | None = None,
    ) -> list[Ticket]:
        """Return the tickets that have one of some statuses.

        Args:
            status: one status, or several joined by ``|``.
            view: those assigned to the token's user, those that this user follows, or all, which needs a permission.
            search_string: a part of the subject, of a tag or of its value.
        """
        statuses = checked(Ticket, {"status": status}).status
        if not statuses:
            raise ValidationError("status is empty; give at least one, such as TicketStatus.OPEN")
        wanted = query(status=statuses, view=member("view", view, TicketView), searchString=search_string)
        return await self._list("/api/RootCause/Tickets", Ticket, wanted)

    @method
    async def get_open_tickets(self: "RootCauseService[Async]", view: TicketView = TicketView.ASSIGNED) -> list[Ticket]:
        """Return the tickets that are new."""
        return await self.get_tickets(TicketStatus.OPEN, view)

    @method
    async def get_active_tickets(
        self: "RootCauseService[Async]", view: TicketView = TicketView.ASSIGNED
    ) -> list[Ticket]:
        """Return the tickets that are new or in progress."""
        return await self.get_tickets(TicketStatus.OPEN | TicketStatus.IN_PROGRESS, view)

    @method
    async def create_ticket(
        self,
        subject: str,
        priority: TicketPriority = TicketPriority.MEDIUM,
        assignee: str | None = None,
        team: str | None = None,
        report_uuid: UUID | str | None = None,
        initial_comment: str | None = None,
    ) -> Ticket | None:
        """Open a ticket; return it as stored, with its id and number."""
        ticket = checked(
            Ticket,
            {
                "subject": subject,
                "priority": priority,
                "status": TicketStatus.OPEN,
                "assignee": assignee,
                "team": team,
                "report_uuid": report_uuid,
                "update": None if initial_comment is None else _comment(initial_comment),
            },
        )
        return await self._write("POST", _TICKET, ticket, maybe(Ticket), repeatable=False)

    @method
    async def update_ticket(self, ticket: Ticket) -> Ticket | None:
        """Store a ticket, known by its id; return it as stored. What its ``update`` holds is added to the history."""
        if ticket.ticket_id is None:
            raise ValidationError("ticket.ticket_id is None; the ticket to store is known by its id")
        if not ticket.assignee and ticket.status is not None and ticket.status != TicketStatus.OPEN:
            raise ValidationError(
                f"assignee is missing; a ticket that is {ticket.status!r} must have one, and the server does not "
                "say who it was"
            )
        adds = ticket.update is not None
        return await self._write("PUT", _TICKET, ticket, maybe(Ticket), repeatable=False if adds else None)

    @method
    async def add_comment(
        self: "RootCauseService[Async]",
        ticket_id: UUID | str,
        comment: str,
        assignee: str | None = None,
        *,
        attachments: Sequence[TicketAttachment] = (),
    ) -> Ticket | None:
        """Add words to a ticket; return it as stored.

        Args:
            ticket_id: of the ticket.
            comment: the words.
            assignee: who works on it; a ticket that is not new must have one.
            attachments: files that were uploaded with ``upload_attachment``.

        Raises:
            NotFoundError: there is no such ticket.
        """
        ticket = await self._needed(ticket_id, assignee)
        ticket.update = _comment(comment, attachments)
        return await self.update_ticket(ticket)

    @method
    async def change_status(
        self: "RootCauseService[Async]", ticket_id: UUID | str, status: TicketStatus, assignee: str | None = None
    ) -> Ticket | None:
        """Change where a ticket stands; return it as stored.

        Args:
            ticket_id: of the ticket.
            status: the new one.
            assignee: who works on it; all but ``OPEN`` need one.

        Raises:
            NotFoundError: there is no such ticket.
        """
        ticket = await self._needed(ticket_id, assignee)
        ticket.status = checked(Ticket, {"status": status}).status
        return await self.update_ticket(ticket)

    @method
    async def assign_ticket(self: "RootCauseService[Async]", ticket_id: UUID | str, assignee: str) -> Ticket | None:
        """Give a ticket to somebody; return it as stored.

        Raises:
            NotFoundError: there is no such ticket.
        """
        if not assignee:
            raise ValidationError("assignee is empty; name the user who is to work on the ticket")
        return await self.update_ticket(await self._needed(ticket_id, assignee))

    @method
    async def archive_tickets(self, ticket_ids: Sequence[UUID | str]) -> Ticket | None:
        """Put solved tickets away, as their owner or whoever manages all; return the ticket that the server shows."""
        if not ticket_ids:
            raise ValidationError("ticket_ids is empty; name at least one ticket")
        ids = [guid("ticket_ids", each) for each in ticket_ids]
        return await self._write("POST", "/api/RootCause/ArchiveTickets", ids, maybe(Ticket), repeatable=False)

    @method
    async def get_attachment(self, attachment_id: UUID | str, filename: str | None = None) -> bytes | None:
        """Return the bytes of a file, or ``None``.

        Args:
            attachment_id: of the file.
            filename: the name under which the server is to hand it out.
        """
        return await self._file(
            _ATTACHMENT, query(attachmentId=guid("attachment_id", attachment_id), fileName=filename)
        )

    @method
    async def download_attachment(
        self, attachment_id: UUID | str, to: Target, progress: Progress = False
    ) -> Saved | None:
        """Save a file while it arrives, at a path or into a file object; ``None`` if there is none."""
        wanted = query(attachmentId=guid("attachment_id", attachment_id))
        return await self._save(_ATTACHMENT, wanted, to, progress)

    @method
    async def upload_attachment(self, file_content: bytes | Path, filename: str) -> UUID:
        """Store a file, given as bytes or by its path; return its id, which ``add_comment`` can attach to a ticket."""
        return await self._upload(_ATTACHMENT, file_content, filename, one(UUID))

    async def _needed(self: "RootCauseService[Async]", ticket_id: UUID | str, assignee: str | None) -> Ticket:
        wanted = query(ticketId=guid("ticket_id", ticket_id))
        ticket = found(await self._find(_TICKET, Ticket, wanted, fresh=True), f"ticket {ticket_id}")
        ticket.assignee = assignee or ticket.assignee
        ticket.update = None
        return ticket


def _comment(words: str, attachments: Sequence[TicketAttachment] = ()) -> TicketUpdate:
    return TicketUpdate(content=words, update_type=TicketUpdateType.CONTENT, attachments=list(attachments) or None)
