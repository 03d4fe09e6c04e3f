"""The routes of root cause tickets."""

import mimetypes
from typing import Any
from urllib.parse import quote

from pywats.sandbox.answers import Answer, ok, refusal
from pywats.sandbox.fields import guid, is_array
from pywats.sandbox.multipart import form_file
from pywats.sandbox.rootcause.store import ALL, STATUSES
from pywats.sandbox.routing import Request, Routes
from pywats.sandbox.world import World

routes = Routes()


@routes.serve("GET", "/api/RootCause/Ticket")
def get_ticket(world: World, request: Request) -> Answer:
    """One ticket with its history."""
    ticket_id = _guid(request, "ticketId")
    ticket = world.tickets.get(ticket_id)
    if ticket is None:
        raise refusal(404, f"There is no ticket {ticket_id}.")
    return ok(_unassigned(ticket))


@routes.serve("POST", "/api/RootCause/Ticket")
def post_ticket(world: World, request: Request) -> Answer:
    """Open a ticket."""
    return ok(world.tickets.add(request.object()))


@routes.serve("PUT", "/api/RootCause/Ticket")
def put_ticket(world: World, request: Request) -> Answer:
    """Change a ticket, and add its ``update`` to the history."""
    return ok(world.tickets.change(request.object()))


@routes.serve("GET", "/api/RootCause/Tickets")
def get_tickets(world: World, request: Request) -> Answer:
    """The tickets of a view that have one of the statuses."""
    status, view = request.number("status"), request.number("view")
    if status is None or not 0 < status < 2 * max(STATUSES):
        raise refusal(400, "The query parameter status is required to be a sum of ticket statuses.")
    if view is None or view > ALL:
        raise refusal(400, "The query parameter view is required to be 0, 1 or 2.")
    found = world.tickets.search(status, view, request.text("searchString"))
    return ok([_unassigned(ticket) for ticket in found])


@routes.serve("POST", "/api/RootCause/ArchiveTickets")
def archive_tickets(world: World, request: Request) -> Answer:
    """Archive solved tickets."""
    given = request.json()
    ids = [guid(each) for each in given] if is_array(given) else []
    wanted = [each for each in ids if each is not None]
    if not wanted or len(wanted) < len(ids):
        raise refusal(400, "The request body is required to be a JSON array of ticket ids.")
    return ok(world.tickets.archive(wanted))


@routes.serve("GET", "/api/RootCause/Attachment")
def get_attachment(world: World, request: Request) -> Answer:
    """The content of a file, to be saved under a name if one is given."""
    attachment_id = _guid(request, "attachmentId")
    found = world.tickets.attachment(attachment_id)
    if found is None:
        raise refusal(404, f"There is no attachment {attachment_id}.")
    stored, content = found
    filename = request.text("fileName")
    media_type = mimetypes.guess_type(filename or stored)[0] or "application/octet-stream"
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(filename, safe='')}"} if filename else {}
    return Answer(200, content, media_type, headers)


@routes.serve("POST", "/api/RootCause/Attachment")
def post_attachment(world: World, request: Request) -> Answer:
    """Keep a file; its id is the answer."""
    file = form_file(request)
    return ok(world.tickets.attach(file.filename, file.content))


def _guid(request: Request, name: str) -> str:
    found = guid(request.needed(name))
    if found is None:
        raise refusal(400, f"The query parameter {name} is required to be a GUID.")
    return found


def _unassigned(ticket: dict[str, Any]) -> dict[str, Any]:
    """A ticket as queries show it: they never tell the assignee."""
    return {**ticket, "assignee": None}
