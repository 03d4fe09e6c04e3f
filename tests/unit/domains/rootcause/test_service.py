"""What each method of the root cause domain sends, and what it makes of the answers."""

import re
from typing import Any
from uuid import UUID

import pytest

from pywats.domains.rootcause.models import Ticket, TicketAttachment, TicketStatus, TicketUpdate, TicketView
from pywats.domains.rootcause.service import RootCauseService
from pywats.errors import InvalidResponseError, NotFoundError, ValidationError
from pywats.service import Async

ID = UUID(int=1)
FILE = UUID(int=2)
AT = "/api/RootCause"


@pytest.fixture
def rootcause(line) -> RootCauseService[Async]:
    return RootCauseService(line)


REQUESTS: list[tuple[str, tuple[Any, ...], str, Any]] = [
    ("get_ticket", (ID,), f"GET {AT}/Ticket?ticketId={ID}", None),
    ("get_ticket", (str(ID),), f"GET {AT}/Ticket?ticketId={ID}", None),
    ("get_tickets", (), f"GET {AT}/Tickets?status=1&view=0", None),
    (
        "get_tickets",
        (TicketStatus.SOLVED | TicketStatus.CLOSED, TicketView.ALL, "a b"),
        f"GET {AT}/Tickets?status=24&view=2&searchString=a b",
        None,
    ),
    ("get_tickets", ("open, solved", "all"), f"GET {AT}/Tickets?status=9&view=2", None),
    ("get_open_tickets", (TicketView.FOLLOWING,), f"GET {AT}/Tickets?status=1&view=1", None),
    ("get_active_tickets", (), f"GET {AT}/Tickets?status=3&view=0", None),
    (
        "create_ticket",
        ("Lamp",),
        f"POST {AT}/Ticket",
        {"subject": "Lamp", "priority": 1, "status": 1},
    ),
    (
        "create_ticket",
        ("Lamp", 2, "anna", "night", str(FILE), "dark"),
        f"POST {AT}/Ticket",
        {
            "subject": "Lamp",
            "priority": 2,
            "status": 1,
            "assignee": "anna",
            "team": "night",
            "reportUuid": str(FILE),
            "update": {"content": "dark", "updateType": 0},
        },
    ),
    (
        "update_ticket",
        (Ticket(ticket_id=ID, subject="Lamp"),),
        f"PUT {AT}/Ticket",
        {"ticketId": str(ID), "subject": "Lamp"},
    ),
    ("archive_tickets", ([ID, str(FILE)],), f"POST {AT}/ArchiveTickets", [str(ID), str(FILE)]),
    ("get_attachment", (FILE,), f"GET {AT}/Attachment?attachmentId={FILE}", None),
    ("get_attachment", (FILE, "a b.png"), f"GET {AT}/Attachment?attachmentId={FILE}&fileName=a b.png", None),
]


@pytest.mark.parametrize(("name", "arguments", "request_line", "body"), REQUESTS)
async def test_a_method_sends_one_request(rootcause, line, name, arguments, request_line, body):
    await getattr(rootcause, name)(*arguments)
    assert line.sent == [request_line]
    call = line.calls[0]
    assert not call.internal
    assert call.repeatable is (False if call.verb == "POST" else None)
    assert call.body is None if body is None else line.json() == body


async def test_a_file_travels_as_a_form(rootcause, line):
    line.answer(str(FILE))
    assert await rootcause.upload_attachment(b"\x00\r\n--\xff", 'scope "1"\r\n.png') == FILE
    (call,) = line.calls
    assert (call.verb, call.path, call.repeatable, call.long) == ("POST", f"{AT}/Attachment", False, True)
    found = re.fullmatch("multipart/form-data; boundary=(\\w+)", call.content_type)
    assert found is not None
    boundary = found[1].encode()
    assert call.body == (
        b"--" + boundary + b'\r\nContent-Disposition: form-data; name="file"; filename="scope %221%22%0D%0A.png"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n\x00\r\n--\xff\r\n--" + boundary + b"--\r\n"
    )


@pytest.mark.parametrize("said", [b"", b"null", b'"no id"', b"true"])
async def test_an_upload_without_an_id_in_the_answer_is_an_error(rootcause, line, said):
    line.answer(said)
    with pytest.raises(InvalidResponseError):
        await rootcause.upload_attachment(b"x", "x.txt")


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("get_ticket", ("12",), "ticket_id is '12'"),
        ("get_attachment", (None,), "attachment_id is None"),
        ("archive_tickets", ([],), "ticket_ids is empty"),
        ("archive_tickets", (["x"],), "ticket_ids is 'x'"),
        ("get_tickets", (TicketStatus(0),), "status is empty"),
        ("get_tickets", ("melted",), "status"),
        ("get_tickets", (TicketStatus.OPEN, "mine"), "view is 'mine'"),
        ("create_ticket", ("Lamp", "urgent!", None, None, "no id"), "report_uuid"),
        ("update_ticket", (Ticket(subject="Lamp"),), "ticket_id is None"),
        ("update_ticket", (Ticket(ticket_id=ID, status=TicketStatus.SOLVED),), "assignee is missing"),
        ("assign_ticket", (ID, ""), "assignee is empty"),
        ("upload_attachment", (b"x", ""), "filename is empty"),
    ],
)
async def test_arguments_that_do_not_fit_are_named_and_nothing_is_sent(rootcause, line, name, arguments, words):
    with pytest.raises(ValidationError, match=words):
        await getattr(rootcause, name)(*arguments)
    assert line.calls == []


STORED = {"ticketId": str(ID), "subject": "Lamp", "status": 2, "newer": 1, "update": {"content": "old"}}


@pytest.mark.parametrize(
    ("name", "arguments", "changed"),
    [
        ("add_comment", ("dark",), {"update": {"content": "dark", "updateType": 0}}),
        ("change_status", (TicketStatus.SOLVED,), {"status": 8}),
        ("change_status", ("on hold",), {"status": 4}),
    ],
)
async def test_a_ticket_is_read_and_sent_back_whole_with_the_change(rootcause, line, name, arguments, changed):
    line.answer(STORED)
    await getattr(rootcause, name)(ID, *arguments, assignee="anna")
    assert line.sent == [f"GET {AT}/Ticket?ticketId={ID}", f"PUT {AT}/Ticket"]
    assert line.calls[0].fresh, "what is written next depends on it"
    kept = {name: value for name, value in STORED.items() if name != "update"}
    assert line.json() == {**kept, "assignee": "anna", **changed}


async def test_an_assignment_keeps_the_rest(rootcause, line):
    line.answer(STORED)
    await rootcause.assign_ticket(ID, "bjorn")
    assert (line.json()["assignee"], line.json()["status"], "update" in line.json()) == ("bjorn", 2, False)


async def test_a_comment_is_never_sent_twice_and_a_change_of_status_may_be(rootcause, line):
    for name, argument in (("add_comment", "dark"), ("change_status", TicketStatus.SOLVED)):
        line.answer(STORED)
        await getattr(rootcause, name)(ID, argument, assignee="anna")
    assert [call.repeatable for call in line.calls if call.verb == "PUT"] == [False, None]
    await rootcause.update_ticket(Ticket(ticket_id=ID, update=TicketUpdate(content="x")))
    assert line.calls[-1].repeatable is False


async def test_a_comment_carries_files(rootcause, line):
    line.answer({"ticketId": str(ID), "status": 1})
    await rootcause.add_comment(ID, "see", attachments=[TicketAttachment(attachment_id=FILE, filename="a.png")])
    assert line.json()["update"]["attachments"] == [{"attachmentId": str(FILE), "filename": "a.png"}]


async def test_an_assignee_that_the_server_does_tell_is_kept(rootcause, line):
    line.answer({**STORED, "assignee": "anna"})
    await rootcause.change_status(ID, TicketStatus.ON_HOLD)
    assert line.json()["assignee"] == "anna"


async def test_a_ticket_in_progress_needs_its_assignee_again(rootcause, line):
    line.answer(STORED)
    with pytest.raises(ValidationError, match=r"assignee is missing; .*IN_PROGRESS"):
        await rootcause.add_comment(ID, "dark")
    assert len(line.calls) == 1


@pytest.mark.parametrize("name", ["add_comment", "change_status", "assign_ticket"])
async def test_what_is_not_there_is_not_changed(rootcause, line, name):
    line.answer(b"null")
    with pytest.raises(NotFoundError, match=f"ticket {ID}"):
        await getattr(rootcause, name)(ID, "solved")
    assert len(line.calls) == 1


async def test_what_is_not_there_is_none(rootcause, line):
    line.answer({"Message": "no"}, 404)
    line.answer({"Message": "no"}, 404)
    assert await rootcause.get_ticket(ID) is None
    assert await rootcause.get_attachment(FILE) is None


async def test_an_answer_of_another_shape_is_an_error_and_not_an_empty_list(rootcause, line):
    line.answer({"tickets": []})
    with pytest.raises(InvalidResponseError, match="does not parse"):
        await rootcause.get_tickets()


async def test_values_of_newer_servers_are_kept(rootcause, line):
    line.answer({"ticketId": str(ID), "status": 65, "priority": 9, "createdUtc": "2026-01-05T08:00:00", "x": [1]})
    ticket = await rootcause.get_ticket(ID)
    assert (ticket.status, ticket.priority, ticket.x) == (65, 9, [1])
    assert TicketStatus.OPEN in ticket.status
    assert ticket.created_utc.isoformat() == "2026-01-05T08:00:00+00:00"
    assert ticket.to_wire()["status"] == 65


@pytest.mark.parametrize("value", [3, "3", "Open, In Progress", "OPEN|in_progress", TicketStatus(3)])
def test_statuses_are_read_from_numbers_and_words(value):
    assert Ticket.model_validate({"status": value}).status == TicketStatus.OPEN | TicketStatus.IN_PROGRESS


def test_a_status_that_nobody_knows_is_an_error():
    with pytest.raises(ValueError, match="Melted"):
        TicketStatus("Open, Melted")
