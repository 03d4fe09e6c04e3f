"""Exports: files made in the background, each for who ordered it."""

import time
from collections.abc import Callable

from pywats.sandbox.store import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS export (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    done REAL NOT NULL,
    content BLOB NOT NULL
);
"""


class Exports:
    """The exports in the database. ``delay`` is how many seconds after its order an export is there."""

    def __init__(self, database: Database, *, delay: float = 0.0, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._delay = delay
        self._clock = clock

    def add(self, owner: str, stem: str, suffix: str, content: bytes) -> str:
        """Keep a file for its owner; return the name that it was given."""
        done = self._clock() + self._delay
        insert = "INSERT INTO export (owner, name, done, content) VALUES (?, '', ?, ?)"
        number = self._database.insert(insert, (owner, done, content))
        name = f"{stem}-{number}{suffix}"
        self._database.run("UPDATE export SET name = ? WHERE number = ?", (name, number))
        return name

    def names(self, owner: str) -> list[str]:
        """Return the names of the exports of an owner that are done."""
        find = "SELECT name FROM export WHERE owner = ? AND done <= ? ORDER BY number"
        return [name for (name,) in self._database.rows(find, (owner, self._clock()))]

    def content(self, owner: str, name: str) -> tuple[str, bytes] | None:
        """Return name and content of an export that is done, by its name with or without the suffix."""
        find = (
            "SELECT name, content FROM export"
            " WHERE owner = ? AND done <= ? AND ? IN (name, substr(name, 1, length(name) - 4))"
        )
        row = self._database.row(find, (owner, self._clock(), name))
        return None if row is None else (row[0], row[1])
