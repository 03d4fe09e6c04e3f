"""Tickets of the sandbox: what is written can be read back, and the rules of a server hold."""

from collections.abc import Callable
from typing import Any

import pytest

AT = "/api/RootCause"
UNKNOWN = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def post(http) -> Callable[..., dict[str, Any]]:
    def post(**ticket: Any) -> dict[str, Any]:
        reply = http.post(f"{AT}/Ticket", {"subject": "Lamp", **ticket})
        assert reply.status == 200, reply.body
        return reply.json()

    return post


def get(http, ticket_id: str) -> dict[str, Any]:
    return http.get(f"{AT}/Ticket", {"ticketId": ticket_id}).json()


def listed(http, status: int = 63, view: int = 2, **more: str) -> list[str]:
    reply = http.get(f"{AT}/Tickets", {"status": status, "view": view, **more})
    assert reply.status == 200, reply.body
    return [ticket["subject"] for ticket in reply.json()]


def upload(http, content: bytes = b"\x00\r\n", name: str = "a.png", **headers: str):
    form = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode() + content
    sent = {"Content_Type": 'multipart/form-data; boundary="b"', **headers}
    return http.ask("POST", f"{AT}/Attachment", form + b"\r\n--b--\r\n", **sent)


def test_a_ticket_is_stored_and_numbered(http, post):
    tags = [{"key": "Site", "value": "Oslo"}]
    first = post(priority=2, assignee="anna", team="night", reportUuid=UNKNOWN, origin="line 1", tags=tags)
    assert (first["ticketNumber"], first["owner"], first["status"], first["assignee"]) == (1, "sandbox", 1, "anna")
    assert post()["ticketNumber"] == 2
    found = get(http, first["ticketId"].upper())
    assert found == {**first, "assignee": None}, "who asks for a ticket is not told the assignee"
    assert (found["tags"], found["reportUuid"], found["history"]) == (tags, UNKNOWN, [])


def test_unassigned_tickets_must_be_new(http, post):
    assert http.post(f"{AT}/Ticket", {"subject": "Lamp", "status": 2}).status == 400
    ticket = post(status=2, assignee="anna")
    reply = http.put(f"{AT}/Ticket", {**get(http, ticket["ticketId"]), "status": 4})
    assert (reply.status, reply.message) == (400, "Unassigned tickets must be new.")
    assert http.put(f"{AT}/Ticket", {**ticket, "status": 4}).status == 200


def test_what_changes_is_in_the_history(http, post):
    ticket = post(update={"content": "dark"})
    http.put(f"{AT}/Ticket", {**ticket, "assignee": "anna", "status": 2, "progress": "50 %"})
    http.put(f"{AT}/Ticket", {"ticketId": ticket["ticketId"], "priority": 0, "update": {"content": "!"}})
    http.put(f"{AT}/Ticket", {"ticketId": ticket["ticketId"], "status": 1, "update": {"content": "fixed"}})
    history = get(http, ticket["ticketId"])["history"]
    assert [(each["updateType"], each["content"]) for each in history] == [
        (0, "dark"),
        (1, "50 %"),
        (2, "status: in progress\nassignee: anna"),
        (2, "status: open\nassignee: nobody"),
        (0, "fixed"),
    ]
    assert {each["updateUser"] for each in history} == {"sandbox"}


@pytest.mark.parametrize(
    ("ticket", "words"),
    [
        ({}, "subject"),
        ({"subject": ""}, "subject"),
        ({"subject": 5}, "text"),
        ({"subject": "x", "status": 3}, "status"),
        ({"subject": "x", "status": "open"}, "whole number"),
        ({"subject": "x", "priority": 3}, "priority"),
        ({"subject": "x", "reportUuid": "12"}, "GUID"),
        ({"subject": "x", "tags": [{"key": ""}]}, "key"),
        ({"subject": "x", "update": {"attachments": [{"attachmentId": UNKNOWN}]}}, UNKNOWN),
    ],
)
def test_a_wrong_ticket_is_refused_and_nothing_is_stored(http, ticket, words):
    reply = http.post(f"{AT}/Ticket", ticket)
    assert reply.status == 400
    assert words in reply.message
    assert listed(http) == []


def test_an_unknown_ticket_is_a_404_of_the_api(http):
    assert http.get(f"{AT}/Ticket", {"ticketId": UNKNOWN}).status == 404
    assert http.put(f"{AT}/Ticket", {"ticketId": UNKNOWN, "subject": "x"}).status == 404
    assert http.put(f"{AT}/Ticket", {"subject": "x"}).status == 400
    assert http.get(f"{AT}/Ticket", {"ticketId": "12"}).status == 400


def test_tickets_are_found_by_status_view_and_words(http, post):
    post(subject="Lamp Æ", tags=[{"key": "Site", "value": "Oslo"}])
    post(subject="Fuse", status=8, assignee="sandbox")
    post(subject="Relay", status=2, assignee="anna")
    assert listed(http) == ["Lamp Æ", "Fuse", "Relay"]
    assert listed(http, 10) == ["Fuse", "Relay"]
    assert listed(http, view=0) == ["Fuse"]
    assert listed(http, view=1) == ["Lamp Æ", "Fuse", "Relay"]
    for words in ("æ", "SITE", "osl"):
        assert listed(http, searchString=words) == ["Lamp Æ"]
    assert listed(http, searchString="%") == []


@pytest.mark.parametrize("query", [{}, {"status": 1}, {"status": 0, "view": 0}, {"status": 64, "view": 0}, {"view": 3}])
def test_a_search_that_makes_no_sense_is_refused(http, query):
    assert http.get(f"{AT}/Tickets", {"status": 1, **query} if "view" in query else query).status == 400


def test_only_solved_tickets_are_archived_all_or_none(http, post):
    solved, other = post(status=8, assignee="anna"), post(status=16, assignee="anna")
    ids = [solved["ticketId"], other["ticketId"]]
    assert http.post(f"{AT}/ArchiveTickets", ids).status == 400
    assert listed(http, 32) == []
    assert http.post(f"{AT}/ArchiveTickets", ids[:1]).json()["status"] == 32
    assert http.put(f"{AT}/Ticket", {**solved, "status": 8}).status == 409
    assert http.post(f"{AT}/ArchiveTickets", [UNKNOWN]).status == 404
    for wrong in ([], {}, ["x"], "x"):
        assert http.post(f"{AT}/ArchiveTickets", wrong).status == 400


def test_a_file_comes_back_byte_by_byte(http, post):
    attachment = upload(http, b"\x00\xff\r\n--", "æ b.png").json()
    inline = http.get(f"{AT}/Attachment", {"attachmentId": attachment})
    assert (inline.body, inline.headers["Content-Type"]) == (b"\x00\xff\r\n--", "image/png")
    assert inline.headers["Content-Disposition"] is None
    saved = http.get(f"{AT}/Attachment", {"attachmentId": attachment, "fileName": "c d.txt"})
    assert saved.headers["Content-Disposition"] == "attachment; filename*=UTF-8''c%20d.txt"
    ticket = post(update={"content": "see", "attachments": [{"attachmentId": attachment}]})
    assert ticket["history"][0]["attachments"] == [{"attachmentId": attachment, "filename": "æ b.png"}]
    assert http.get(f"{AT}/Attachment", {"attachmentId": UNKNOWN}).status == 404


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"x", "application/octet-stream"),
        (b"x", "multipart/form-data"),
        (b"x", "multipart/form-data; boundary=b"),
        (b"--b\r\n\r\nx\r\n", "multipart/form-data; boundary=b"),
        (b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--b--', "multipart/form-data; boundary=b"),
        (b'--b\r\nContent-Disposition: a; filename="\xff"\r\n\r\nx\r\n--b--', "multipart/form-data; boundary=b"),
    ],
)
def test_what_is_no_form_with_a_file_is_refused(http, body, content_type):
    assert http.ask("POST", f"{AT}/Attachment", body, Content_Type=content_type).status == 400
