"""Every method of the root cause domain on both faces, over a real socket."""

import ast
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from pywats import (
    AuthorizationError,
    ConflictError,
    NotFoundError,
    ServerError,
    Ticket,
    TicketAttachment,
    TicketPriority,
    TicketStatus,
    TicketUpdateType,
    TicketView,
    ValidationError,
)
from pywats import ConnectionError as LostConnection
from pywats.domains.rootcause.service import RootCauseService
from workers.face import method

ME = "sandbox"
PICTURE = bytes(range(256)) + b"\r\n--"


async def test_a_ticket_is_opened_and_found(either):
    report = uuid4()
    made = await either("rootcause.create_ticket", "Lamp æ?", TicketPriority.HIGH, ME, "night", report, "It is dark.")
    assert (made.subject, made.priority, made.team, made.report_uuid) == ("Lamp æ?", 2, "night", report)
    assert (made.status, made.assignee, made.ticket_number) == (TicketStatus.OPEN, ME, 1)
    found = await either("rootcause.get_ticket", made.ticket_id)
    assert (found.ticket_id, found.subject, found.assignee) == (made.ticket_id, "Lamp æ?", None)
    (entry,) = found.history
    assert (entry.content, entry.update_type, entry.update_user) == ("It is dark.", TicketUpdateType.CONTENT, ME)
    assert entry.update_utc.tzinfo is not None


async def test_tickets_are_got_in_batches(either):
    made = await either("rootcause.create_ticket", "Lamp")
    present, missing = await either("rootcause.get_tickets_batch", [made.ticket_id, uuid4()])
    assert (present.unwrap().subject, missing.is_failure) == ("Lamp", True)


async def test_tickets_are_listed_by_status_view_and_words(either):
    for subject, assignee in (("Lamp", ME), ("Fuse", None), ("Relay", "anna")):
        await either("rootcause.create_ticket", subject, assignee=assignee)
    (relay,) = await either("rootcause.get_tickets", TicketStatus.OPEN, TicketView.ALL, "rela")
    await either("rootcause.change_status", relay.ticket_id, TicketStatus.IN_PROGRESS, "anna")

    async def subjects(name: str, *args: object) -> list[str]:
        return [ticket.subject for ticket in await either(f"rootcause.{name}", *args)]

    assert await subjects("get_tickets") == ["Lamp"]
    assert await subjects("get_open_tickets") == ["Lamp"]
    assert await subjects("get_open_tickets", TicketView.FOLLOWING) == ["Lamp", "Fuse"]
    assert await subjects("get_active_tickets", TicketView.ALL) == ["Lamp", "Fuse", "Relay"]
    assert await subjects("get_tickets", TicketStatus.IN_PROGRESS | TicketStatus.SOLVED, TicketView.ALL) == ["Relay"]
    assert await subjects("get_tickets", TicketStatus.CLOSED, TicketView.ALL) == []


async def test_a_ticket_goes_its_way(either):
    made = await either("rootcause.create_ticket", "Lamp")
    assigned = await either("rootcause.assign_ticket", made.ticket_id, "anna")
    assert assigned.assignee == "anna"
    commented = await either("rootcause.add_comment", made.ticket_id, "A dry joint.", "anna")
    assert commented.history[-1].content == "A dry joint."
    solved = await either("rootcause.change_status", made.ticket_id, TicketStatus.SOLVED, "anna")
    assert solved.status is TicketStatus.SOLVED
    solved.team, solved.priority = "day", TicketPriority.LOW
    changed = await either("rootcause.update_ticket", solved)
    assert (changed.team, changed.priority, changed.assignee) == ("day", TicketPriority.LOW, "anna")
    archived = await either("rootcause.archive_tickets", [made.ticket_id])
    assert archived.status is TicketStatus.ARCHIVED
    with pytest.raises(ConflictError, match="archived"):
        await either("rootcause.update_ticket", changed)


async def test_the_assignee_is_named_again_with_each_change(either):
    made = await either("rootcause.create_ticket", "Lamp", assignee="anna")
    await either("rootcause.change_status", made.ticket_id, TicketStatus.ON_HOLD, "anna")
    with pytest.raises(ValidationError, match="assignee is missing") as caught:
        await either("rootcause.add_comment", made.ticket_id, "Still dark.")
    assert caught.value.status is None
    with pytest.raises(ValidationError, match="Unassigned tickets must be new") as caught:
        await either("http.put", "/api/RootCause/Ticket", {"ticketId": str(made.ticket_id), "status": 2})
    assert caught.value.status == 400


async def test_files_go_up_and_come_down(either, wats_sandbox, tmp_path):
    wats_sandbox.clear_requests()
    identity = await either("rootcause.upload_attachment", PICTURE, 'scope "æ".png')
    assert isinstance(identity, UUID)
    assert wats_sandbox.requests[0].headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert await either("rootcause.get_attachment", identity) == PICTURE
    assert await either("rootcause.get_attachment", str(identity), "a.png") == PICTURE
    path = tmp_path / "scope.png"
    saved = await either("rootcause.download_attachment", identity, path)
    assert (saved.size, path.read_bytes()) == (len(PICTURE), PICTURE)
    again = await either("rootcause.upload_attachment", path, "again.png")
    assert await either("rootcause.get_attachment", again) == PICTURE
    assert await either("rootcause.download_attachment", uuid4(), path) is None
    made = await either("rootcause.create_ticket", "Lamp")
    file = TicketAttachment(attachment_id=identity)
    ticket = await either("rootcause.add_comment", made.ticket_id, "See.", attachments=[file])
    assert ticket.history[-1].attachments[0].attachment_id == identity


async def test_what_is_not_there_is_none(either):
    assert await either("rootcause.get_ticket", uuid4()) is None
    assert await either("rootcause.get_attachment", uuid4()) is None
    for name in ("add_comment", "change_status", "assign_ticket"):
        with pytest.raises(NotFoundError, match="no ticket"):
            await either(f"rootcause.{name}", uuid4(), "solved")
    with pytest.raises(NotFoundError):
        await either("rootcause.update_ticket", Ticket(ticket_id=uuid4(), subject="x"))


async def test_only_solved_tickets_are_archived(either):
    made = await either("rootcause.create_ticket", "Lamp")
    with pytest.raises(ValidationError, match="Only solved"):
        await either("rootcause.archive_tickets", [made.ticket_id])


@pytest.mark.parametrize(
    ("status", "kind"), [(400, ValidationError), (403, AuthorizationError), (409, ConflictError), (500, ServerError)]
)
async def test_errors_of_the_server_have_their_types(either, wats_sandbox, status, kind):
    wats_sandbox.fail("GET /api/RootCause/Tickets*", status=status)
    with pytest.raises(kind) as caught:
        await either.of(either.api.with_options(retry=None), "rootcause.get_tickets", view=TicketView.ALL)
    assert (caught.value.status, caught.value.path) == (status, "/api/RootCause/Tickets")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("create_ticket", ("Lamp",)), ("upload_attachment", (b"x", "x.txt")), ("add_comment", ("dark",))],
)
async def test_what_adds_is_sent_once_although_the_answer_is_lost(either, wats_sandbox, name, arguments):
    made = await either("rootcause.create_ticket", "Fuse")
    of = (made.ticket_id,) if name == "add_comment" else ()
    wats_sandbox.clear_requests()
    verb = "PUT" if of else "POST"
    wats_sandbox.fail(f"{verb} /api/RootCause/*", reset="after")
    with pytest.raises(LostConnection):
        await either(f"rootcause.{name}", *of, *arguments)
    assert [each.method for each in wats_sandbox.requests if each.method != "GET"] == [verb]


def test_every_method_is_called_here():
    declared = {name for name, member in vars(RootCauseService).items() if isinstance(member, method)}
    tree = ast.parse(Path(__file__).read_text(encoding="utf-8"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert declared - {text.removeprefix("rootcause.") for text in texts} == set()
