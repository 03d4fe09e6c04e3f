"""Clients that are registered with the server, what they tell about themselves, and their logs."""

import secrets
import time
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import orjson

from pywats.sandbox.answers import refusal
from pywats.sandbox.auth.store import digest
from pywats.sandbox.callers import Caller
from pywats.sandbox.fields import Fields
from pywats.sandbox.store import Database
from pywats.sandbox.system.levels import Levels
from pywats.sandbox.times import TICKS, iso

SCHEMA = """
CREATE TABLE IF NOT EXISTS client (
    client_id INTEGER PRIMARY KEY AUTOINCREMENT,
    identifier TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    digest TEXT NOT NULL,
    display_name TEXT,
    location TEXT,
    purpose TEXT,
    level_id INTEGER REFERENCES level ON DELETE SET NULL,
    status TEXT NOT NULL DEFAULT 'Offline',
    version TEXT,
    pending INTEGER,
    last_ping INTEGER,
    more TEXT
);
CREATE TABLE IF NOT EXISTS client_log (
    log_id INTEGER PRIMARY KEY AUTOINCREMENT,
    client_id INTEGER NOT NULL REFERENCES client ON DELETE CASCADE,
    time INTEGER NOT NULL,
    text TEXT NOT NULL
);
"""

KINDS = ("python",)
"""The kinds of clients that may register."""
CLIENT = 5
"""The type number of a client on a test station."""

_SHOWN = (
    "SELECT client_id, identifier, name, display_name, location, purpose, level_id, status, version, pending,"
    " last_ping, (SELECT max(start) FROM report WHERE station_name = client.name) FROM client"
)
_NAMES = (
    *("clientId", "identifier", "name", "displayName", "location", "purpose", "clientGroupId"),
    *("status", "version", "pendingCount", "lastPing", "lastReport"),
)
_LONGEST = 100


class Clients:
    """The registered clients in the database."""

    def __init__(self, database: Database, levels: Levels, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._levels = levels
        self._clock = clock

    def register(self, identifier: str, kind: str, name: str, location: str, purpose: str) -> str:
        """Register a client, or register it anew; return its passcode, which makes an earlier one invalid."""
        if kind.lower() not in KINDS:
            raise refusal(400, f"There is no client type {kind}.")
        if not identifier or not name or max(map(len, (identifier, name))) > _LONGEST or ":" in identifier:
            raise refusal(400, f"id and name are required, with at most {_LONGEST} characters; id without a colon.")
        same = "SELECT client_id FROM client WHERE identifier = ?"
        known = self._database.value(same, (identifier,))
        other = self._database.value("SELECT client_id FROM client WHERE name = ?", (name,))
        if other not in {None, known}:
            raise refusal(409, f"There is a client {name} already.")
        passcode = secrets.token_urlsafe(24)
        self._database.run(
            "INSERT INTO client (identifier, name, kind, digest, location, purpose) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (identifier) DO UPDATE SET name = excluded.name, digest = excluded.digest,"
            " location = excluded.location, purpose = excluded.purpose",
            (identifier, name, kind.lower(), digest(passcode), location, purpose),
        )
        self._note(identifier, "registered")
        return passcode

    def owner(self, token: str) -> Caller | None:
        """Return whose token this is, made of a client's id and passcode; ``None`` for a wrong one."""
        try:
            identifier, colon, passcode = b64decode(token, validate=True).decode().partition(":")
        except ValueError:
            return None
        find = "SELECT identifier FROM client WHERE identifier = ? AND digest = ?"
        if not colon or self._database.row(find, (identifier, digest(passcode))) is None:
            return None
        return Caller(f"client {identifier}", writes=True, client=identifier)

    def all(self) -> list[dict[str, Any]]:
        """Return all clients by name."""
        return [_shown(row) for row in self._database.rows(f"{_SHOWN} ORDER BY name")]

    def find(self, name: str | None, identifier: str | None) -> dict[str, Any] | None:
        """Return the client of a name or of an identifier, both if both are given."""
        row = self._database.row(
            f"{_SHOWN} WHERE (:name IS NULL OR name = :name) AND (:identifier IS NULL OR identifier = :identifier)",
            {"name": name, "identifier": identifier},
        )
        return None if row is None else _shown(row)

    def change(self, values: dict[str, Any]) -> None:
        """Change display name, location, purpose and level of the client of an id, as far as they are given."""
        fields = Fields(values)
        client_id, level_id = fields.whole("clientId"), fields.whole("clientGroupId")
        if client_id is None or not self._database.row("SELECT 1 FROM client WHERE client_id = ?", (client_id,)):
            raise refusal(404, f"There is no client with the id {client_id}.")
        if level_id and not self._levels.exists(level_id):
            raise refusal(400, f"There is no level with the id {level_id}.")
        columns = {"display_name": "displayName:text", "location": "location:text", "purpose": "purpose:text"}
        given = fields.given({**columns, "level_id": "clientGroupId:whole"})
        if "level_id" in given:
            given["level_id"] = level_id or None
        for column, value in given.items():
            self._database.run(f"UPDATE client SET {column} = ? WHERE client_id = ?", (value, client_id))  # noqa: S608

    def tell(self, identifier: str, values: dict[str, Any]) -> None:
        """Note what a client says of itself."""
        fields = Fields(values)
        columns = {
            "name": "name:text",
            "location": "location:text",
            "purpose": "purpose:text",
            "version": "version:text",
            "status": "status:text",
            "pending": "pendingTotal:whole",
        }
        given = {column: value for column, value in fields.given(columns).items() if value is not None}
        if not given.get("name", " "):
            raise refusal(400, "name is required.")
        if self._database.row(
            "SELECT 1 FROM client WHERE name = ? AND identifier <> ?", (given.get("name"), identifier)
        ):
            raise refusal(409, f"There is a client {given['name']} already.")
        if given.get("status", "Online") not in {"Online", "Offline"}:
            raise refusal(400, "status is required to be Online or Offline.")
        more = {name: value for name, value in values.items() if name.lower() in {"computer", "converters", "miscinfo"}}
        for column, value in given.items():
            self._database.run(f"UPDATE client SET {column} = ? WHERE identifier = ?", (value, identifier))  # noqa: S608
        if more:
            self._database.run(
                "UPDATE client SET more = ? WHERE identifier = ?", (orjson.dumps(more).decode(), identifier)
            )
        self._note(identifier, f"updated, {given['status'].lower()}" if "status" in given else "updated")

    def ping(self, identifier: str) -> None:
        """Note that a client lives."""
        update = "UPDATE client SET last_ping = ?, status = 'Online' WHERE identifier = ?"
        self._database.run(update, (self._now(), identifier))

    def disconnect(self, identifier: str) -> None:
        """Note that a client goes offline."""
        if self._database.run("UPDATE client SET status = 'Offline' WHERE identifier = ?", (identifier,)):
            self._note(identifier, "disconnected")

    def log(self, identifier: str) -> dict[str, Any] | None:
        """Return the latest log of a client, ``None`` if there is no such client."""
        row = self._database.row(
            "SELECT log_id, client_id, time, identifier, client_log.text FROM client_log JOIN client USING (client_id)"
            " WHERE identifier = ? ORDER BY log_id DESC",
            (identifier,),
        )
        names = ("clientLogId", "clientId", "logDate", "userName", "text")
        return None if row is None else dict(zip(names, row, strict=True)) | {"logDate": iso(row[2])}

    def _note(self, identifier: str, text: str) -> None:
        insert = (
            "INSERT INTO client_log (client_id, time, text) SELECT client_id, ?, ? FROM client WHERE identifier = ?"
        )
        self._database.run(insert, (self._now(), text, identifier))

    def _now(self) -> int:
        return int(self._clock() * TICKS)


def _shown(row: tuple[Any, ...]) -> dict[str, Any]:
    client = dict(zip(_NAMES, row, strict=True))
    for name in ("lastPing", "lastReport"):
        client[name] = None if client[name] is None else iso(client[name])
    return {**client, "type": CLIENT}
