"""Levels: the tree of places and departments that clients belong to."""

from collections.abc import Sequence

from pywats.sandbox.answers import refusal
from pywats.sandbox.store import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS level (
    level_id INTEGER PRIMARY KEY AUTOINCREMENT,
    parent_id INTEGER REFERENCES level ON DELETE CASCADE,
    name TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS level_by_name ON level (coalesce(parent_id, 0), name);
"""


class Levels:
    """The levels in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, hierarchy: Sequence[str]) -> int | None:
        """Return the id of the level at the end of a path of names, ``None`` if any of them is missing."""
        level_id: int | None = None
        for name in hierarchy:
            level_id = self._child(level_id, name)
            if level_id is None:
                return None
        return level_id

    def make(self, hierarchy: Sequence[str]) -> int | None:
        """Add what is missing of a path of levels; return the id of the last."""
        level_id: int | None = None
        with self._database.transaction():
            for name in hierarchy:
                if not name.strip():
                    raise refusal(400, "A level is required to have a name.")
                insert = "INSERT INTO level (parent_id, name) VALUES (?, ?)"
                level_id = self._child(level_id, name) or self._database.insert(insert, (level_id, name))
        return level_id

    def exists(self, level_id: int) -> bool:
        """Tell whether there is a level of this id."""
        return self._database.row("SELECT 1 FROM level WHERE level_id = ?", (level_id,)) is not None

    def all(self) -> list[tuple[int, int | None, str]]:
        """Return the id, the parent's id and the name of each level."""
        return [(row[0], row[1], row[2]) for row in self._database.rows("SELECT level_id, parent_id, name FROM level")]

    def _child(self, parent_id: int | None, name: str) -> int | None:
        find = "SELECT level_id FROM level WHERE coalesce(parent_id, 0) = ? AND name = ?"
        found: int | None = self._database.value(find, (parent_id or 0, name))
        return found
