"""Tickets, their history and their files, as they are kept and as they are shown."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from pywats.sandbox.answers import refusal
from pywats.sandbox.fields import Fields
from pywats.sandbox.product.tags import pairs
from pywats.sandbox.store import USER, Database
from pywats.sandbox.times import TICKS, iso

SCHEMA = """
CREATE TABLE IF NOT EXISTS ticket (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket_id TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    progress TEXT,
    owner TEXT NOT NULL,
    assignee TEXT,
    status INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    report_id TEXT,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    team TEXT,
    origin TEXT,
    tags TEXT NOT NULL DEFAULT '[]'
);
CREATE TABLE IF NOT EXISTS ticket_update (
    update_id TEXT PRIMARY KEY,
    ticket_id TEXT NOT NULL REFERENCES ticket (ticket_id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    user TEXT NOT NULL,
    content TEXT,
    type INTEGER NOT NULL,
    attachments TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS ticket_update_by_ticket ON ticket_update (ticket_id);
CREATE TABLE IF NOT EXISTS ticket_attachment (
    attachment_id TEXT PRIMARY KEY,
    filename TEXT NOT NULL,
    content BLOB NOT NULL
);
"""
NEW, SOLVED, ARCHIVED = 1, 8, 32
STATUSES = {1: "open", 2: "in progress", 4: "on hold", 8: "solved", 16: "closed", 32: "archived"}
ASSIGNED, FOLLOWING, ALL = range(3)

_PRIORITIES = {0: "low", 1: "medium", 2: "high"}
_CONTENT, _PROGRESS, _PROPERTIES = range(3)
_TEXTS = ("subject", "progress", "assignee", "team", "origin")
_COLUMNS = ("status", "priority", "report_id", "tags", *_TEXTS)
_SELECT = (
    "SELECT ticket_id, number, progress, owner, assignee, subject, status, priority, report_id, created, updated, team,"
    " origin, tags FROM ticket "
)
_SEARCH = (
    "(instr(tolower(subject), :text) OR EXISTS (SELECT 1 FROM json_each(tags), json_each(json_each.value) AS part"
    " WHERE instr(tolower(part.value), :text)))"
)
_OF_VIEW = {
    ASSIGNED: "assignee = :user",
    FOLLOWING: "(owner = :user OR EXISTS (SELECT 1 FROM ticket_update AS u"
    " WHERE u.ticket_id = ticket.ticket_id AND u.user = :user))",
    ALL: "1",
}


class Tickets:
    """The tickets in the database."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def get(self, ticket_id: str) -> dict[str, Any] | None:
        """Return a ticket with its history, or ``None``."""
        row = self._database.row(_SELECT + "WHERE ticket_id = ?", (ticket_id,))
        return None if row is None else self._shown(row)

    def search(self, status: int, view: int, text: str | None) -> list[dict[str, Any]]:
        """Return the tickets of a view that have one of the statuses and the text, in the order of their numbers."""
        where = f"WHERE status & :status AND {_OF_VIEW[view]}" + (f" AND {_SEARCH}" if text else "")
        values = {"status": status, "user": USER, "text": (text or "").lower()}
        return [self._shown(row) for row in self._database.search(f"{_SELECT}{where} ORDER BY number", values)]

    def add(self, values: dict[str, Any]) -> dict[str, Any]:
        """Add a ticket; return it as it is stored."""
        fields = Fields(values)
        columns = _checked({"status": NEW, "priority": 1} | _given(fields))
        ticket_id, now = str(uuid.uuid4()), self._now()
        with self._database.transaction():
            names = ", ".join(columns)
            self._database.run(
                f"INSERT INTO ticket (ticket_id, owner, created, updated, {names})"  # noqa: S608 - our own names
                f" VALUES (?, ?, ?, ?{', ?' * len(columns)})",
                (ticket_id, USER, now, now, *columns.values()),
            )
            self._comment(ticket_id, fields, now)
        return self._needed(ticket_id)

    def change(self, values: dict[str, Any]) -> dict[str, Any]:
        """Change a ticket and note in its history what changed; return it as it is stored.

        Who is not named as assignee is none any more; all else that is not mentioned stays.
        """
        fields = Fields(values)
        ticket_id = fields.guid("ticketId")
        if ticket_id is None:
            raise refusal(400, "ticketId is required.")
        before = self._needed(ticket_id)
        if before["status"] == ARCHIVED:
            raise refusal(409, f"The ticket {ticket_id} is archived.")
        stored = {name: before[_member(name)] for name in _COLUMNS if name != "tags"}
        columns = _checked({**stored, "assignee": None} | _given(fields))
        with self._database.transaction():
            now = self._now()
            names = ", ".join(f"{name} = ?" for name in columns)
            self._database.run(
                f"UPDATE ticket SET updated = ?, {names} WHERE ticket_id = ?",  # noqa: S608 - our own names
                (now, *columns.values(), ticket_id),
            )
            self._note(ticket_id, stored, columns, now)
            self._comment(ticket_id, fields, now)
        return self._needed(ticket_id)

    def archive(self, ticket_ids: Sequence[str]) -> dict[str, Any]:
        """Archive solved tickets, all of them or none; return the last."""
        shown: dict[str, Any] = {}
        with self._database.transaction():
            for ticket_id in ticket_ids:
                ticket = self._needed(ticket_id)
                if ticket["status"] != SOLVED:
                    raise refusal(400, "Only solved tickets can be archived.")
                shown = self.change({"ticketId": ticket_id, "assignee": ticket["assignee"], "status": ARCHIVED})
        return shown

    def attach(self, filename: str, content: bytes) -> str:
        """Keep a file; return its id."""
        attachment_id = str(uuid.uuid4())
        self._database.run("INSERT INTO ticket_attachment VALUES (?, ?, ?)", (attachment_id, filename, content))
        return attachment_id

    def attachment(self, attachment_id: str) -> tuple[str, bytes] | None:
        """Return name and content of a file, or ``None``."""
        find = "SELECT filename, content FROM ticket_attachment WHERE attachment_id = ?"
        row = self._database.row(find, (attachment_id,))
        return None if row is None else (row[0], row[1])

    def _needed(self, ticket_id: str) -> dict[str, Any]:
        ticket = self.get(ticket_id)
        if ticket is None:
            raise refusal(404, f"There is no ticket {ticket_id}.")
        return ticket

    def _note(self, ticket_id: str, before: dict[str, Any], after: dict[str, Any], now: int) -> None:
        changed = [name for name in before if before[name] != after.get(name, before[name])]
        if "progress" in changed:
            self._insert(ticket_id, after["progress"], _PROGRESS, now)
        lines = [f"{_member(each)}: {_word(each, after[each])}" for each in changed if each != "progress"]
        if lines:
            self._insert(ticket_id, "\n".join(lines), _PROPERTIES, now)

    def _comment(self, ticket_id: str, fields: Fields, now: int) -> None:
        given = fields.get("update")
        if given is None:
            return
        update = Fields(given if isinstance(given, dict) else {})  # pyright: ignore[reportUnknownArgumentType]
        ids = [Fields(each).guid("attachmentId") or "" for each in update.objects("attachments")]
        for attachment_id in ids:
            if self.attachment(attachment_id) is None:
                raise refusal(400, f"There is no attachment {attachment_id}.")
        kind = update.whole("updateType") or _CONTENT
        self._insert(ticket_id, update.text("content"), kind, now, ids)

    def _insert(self, ticket_id: str, content: str | None, kind: int, now: int, files: Sequence[str] = ()) -> None:
        self._database.run(
            "INSERT INTO ticket_update VALUES (?, ?, ?, ?, ?, ?, ?)",
            (str(uuid.uuid4()), ticket_id, now, USER, content, kind, orjson.dumps(files).decode()),
        )

    def _shown(self, row: Sequence[Any]) -> dict[str, Any]:
        find = "SELECT * FROM ticket_update WHERE ticket_id = ? ORDER BY rowid"
        return {
            "ticketId": row[0],
            "ticketNumber": row[1],
            "progress": row[2],
            "owner": row[3],
            "assignee": row[4],
            "subject": row[5],
            "status": row[6],
            "priority": row[7],
            "reportUuid": row[8],
            "createdUtc": iso(row[9]),
            "updatedUtc": iso(row[10]),
            "team": row[11],
            "origin": row[12],
            "tags": orjson.loads(row[13]),
            "history": [self._update(update) for update in self._database.rows(find, (row[0],))],
            "update": None,
        }

    def _update(self, row: Sequence[Any]) -> dict[str, Any]:
        find = (
            "SELECT attachment_id, filename FROM ticket_attachment"
            " WHERE attachment_id IN (SELECT value FROM json_each(?))"
        )
        attachments = self._database.rows(find, (row[6],))
        return {
            "updateId": row[0],
            "updateUtc": iso(row[2]),
            "updateUser": row[3],
            "content": row[4],
            "updateType": row[5],
            "attachments": [{"attachmentId": each, "filename": name} for each, name in attachments],
        }

    def _now(self) -> int:
        return int(self._clock() * TICKS)


def _given(fields: Fields) -> dict[str, Any]:
    """The columns that a request gives values to."""
    columns: dict[str, Any] = {name: fields.text(name) for name in _TEXTS if name in fields}
    columns |= fields.given({"report_id": "reportUuid:guid"})
    columns |= {name: fields.whole(name) for name in ("status", "priority") if fields.get(name) is not None}
    if fields.get("tags") is not None:
        tags = [{"key": key, "value": value} for key, value in pairs(fields.objects("tags")).items()]
        columns["tags"] = orjson.dumps(tags).decode()
    return columns


def _checked(columns: dict[str, Any]) -> dict[str, Any]:
    if not columns.get("subject"):
        raise refusal(400, "subject is required.")
    if columns["status"] not in STATUSES:
        raise refusal(400, f"status is required to be one of {', '.join(map(str, STATUSES))}.")
    if columns["priority"] not in _PRIORITIES:
        raise refusal(400, "priority is required to be 0, 1 or 2.")
    if columns["status"] != NEW and not columns.get("assignee"):
        raise refusal(400, "Unassigned tickets must be new.")
    return columns


def _member(column: str) -> str:
    return "reportUuid" if column == "report_id" else column


def _word(column: str, value: Any) -> str:
    words = {"status": STATUSES, "priority": _PRIORITIES}.get(column)
    return words[value] if words else str(value or "nobody" if column == "assignee" else value)
