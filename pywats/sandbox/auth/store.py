"""Tokens that were made by the API; of each only a digest is kept."""

import secrets
from base64 import b64encode
from hashlib import sha256

from pywats.sandbox.callers import Caller
from pywats.sandbox.store import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS access_token (
    owner TEXT NOT NULL,
    identifier TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE,
    writes INTEGER NOT NULL,
    PRIMARY KEY (owner, identifier)
);
"""


class Tokens:
    """The tokens in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def make(self, caller: Caller, identifier: str, *, reset: bool) -> str | None:
        """Make a token of the caller and return it; one that is there is not shown again, but replaced if asked for."""
        find = "SELECT 1 FROM access_token WHERE owner = ? AND identifier = ?"
        if not reset and self._database.row(find, (caller.name, identifier)):
            return None
        token = b64encode(f"{identifier}:{secrets.token_urlsafe(24)}".encode()).decode()
        insert = "INSERT OR REPLACE INTO access_token VALUES (?, ?, ?, ?)"
        self._database.run(insert, (caller.name, identifier, digest(token), caller.writes))
        return token

    def owner(self, token: str) -> Caller | None:
        """Return whose token this is, ``None`` for a wrong one."""
        find = "SELECT owner, identifier, writes FROM access_token WHERE digest = ?"
        row = self._database.row(find, (digest(token),))
        return None if row is None else Caller(f"{row[0]}/{row[1]}" if row[1] else row[0], writes=bool(row[2]))


def digest(secret: str) -> str:
    """Return what is kept of a secret."""
    return sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
