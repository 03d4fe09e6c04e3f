"""What the spool's books know to be finished for so long that it may go."""

# ruff: noqa: S608 - nothing but constants of this package is put into SQL

from collections.abc import Iterable
from typing import Final

from pywats.ingest.spool.books import FILE_COLUMNS, placed_of
from pywats.ingest.spool.database import Database
from pywats.ingest.spool.entry import Fate, PlacedFile

_FINISHED: Final = "state IN ('done', 'dropped')"


class Ages:
    """Old files and entries; times are wall-clock, in milliseconds."""

    def __init__(self, database: Database) -> None:
        self._sql = database.sql

    def archived(self, source: str, before: int, limit: int) -> list[PlacedFile]:
        """Return archived files of a source that were taken before a time, and whose reports are finished."""
        rows = self._sql.execute(
            f"""SELECT {FILE_COLUMNS} FROM file WHERE source = ? AND taken_at < ? AND fate = ? AND target IS NULL
            AND here <> path AND NOT EXISTS (SELECT 1 FROM entry WHERE file = file.number AND NOT {_FINISHED})
            ORDER BY number LIMIT ?""",
            (source, before, Fate.ARCHIVE, limit),
        ).fetchall()
        return [placed_of(row) for row in rows]

    def removed(self, numbers: Iterable[int]) -> None:
        """Record that files are no longer in the archive."""
        self._sql.executemany("UPDATE file SET fate = ? WHERE number = ?", ((Fate.REMOVED, each) for each in numbers))

    def forget(self, before: int, files_before: int, limit: int) -> int:
        """Remove entries that were finished before a time, and files without entries; return how many."""
        entries = self._sql.execute(
            f"SELECT number FROM entry WHERE {_FINISHED} AND changed_at < ? ORDER BY number LIMIT ?", (before, limit)
        ).fetchall()
        self._sql.executemany("DELETE FROM event WHERE entry = ?", entries)
        self._sql.executemany("DELETE FROM entry WHERE number = ?", entries)
        files = self._sql.execute(
            """SELECT number FROM file WHERE taken_at < ? AND target IS NULL
            AND NOT EXISTS (SELECT 1 FROM entry WHERE file = file.number) ORDER BY number LIMIT ?""",
            (files_before, limit),
        ).fetchall()
        self._sql.executemany("DELETE FROM event WHERE file = ?", files)
        self._sql.executemany("DELETE FROM file WHERE number = ?", files)
        return len(entries) + len(files)
