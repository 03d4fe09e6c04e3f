"""What the spool's books show: reports, what became of them, and how many there are."""

# ruff: noqa: S608 - nothing but the constants below is put into SQL

import os
from collections.abc import Sequence
from typing import Any, Final

from pywats.ingest.reasons import Reason, State
from pywats.ingest.spool.books import FILE_COLUMNS, path_of, placed_of
from pywats.ingest.spool.database import Database
from pywats.ingest.spool.entry import Change, Entry, FileEntry, Identity, shown

LARGEST_NUMBER: Final = 18
"""Digits that a whole number of SQLite has room for."""

_ENTRY: Final = """e.number, e.report_id, e.state, e.reason, e.detail, f.source, f.path, e.type, e.sn, e.pn, e.process,
    e.start, e.attempts, e.unknown, e.server_id, f.here, e.accepted_at, e.changed_at"""

# A path may be given whole or by its end, as the configuration has it or not, and as it was found or where it is now.
_NAMED: Final = " OR ".join(
    f"""f.{column} IN (:name, :whole) OR substr(f.{column}, -length(:tail)) = :tail
    OR (substr(:whole, -length(f.{column})) = f.{column} AND substr(:whole, -length(f.{column}) - 1, 1) = :separator)"""
    for column in ("path", "here")
)

SHOWN: Final = 3
"""Files that are named as those in which the reports of another one had come before."""


class Records:
    """Looks things up; it changes nothing."""

    def __init__(self, database: Database) -> None:
        self._sql = database.sql

    def entries(self, report_id: str | None = None) -> list[Entry]:
        """Return all reports in the order they came, or those with one id."""
        rows = self._sql.execute(
            f"""SELECT {_ENTRY} FROM entry e JOIN file f ON f.number = e.file
            WHERE :report_id IS NULL OR e.report_id = :report_id ORDER BY e.number""",
            {"report_id": report_id},
        ).fetchall()
        return [_entry(row) for row in rows]

    def listed(self, state: State | None, source: str | None, limit: int) -> list[Entry]:
        """Return the newest reports, at most ``limit``, of one state and one source if those are given."""
        rows = self._sql.execute(
            f"""SELECT {_ENTRY} FROM entry e JOIN file f ON f.number = e.file
            WHERE (:state IS NULL OR e.state = :state) AND (:source IS NULL OR f.source = :source)
            ORDER BY e.number DESC LIMIT :limit""",
            {"state": state, "source": source, "limit": limit},
        ).fetchall()
        return [_entry(row) for row in rows]

    def found(self, text: str) -> list[Entry]:
        """Return the reports, in the order they came, that a text names.

        It may be a number here, a serial number, an id, or a file: its whole path, or the end of it, as it was found
        or where it is now.
        """
        rows = self._sql.execute(
            f"""SELECT {_ENTRY} FROM entry e JOIN file f ON f.number = e.file
            WHERE e.number = :number OR e.sn = :text OR e.report_id = :id OR e.server_id = :id OR {_NAMED}
            ORDER BY e.number""",
            {
                "number": int(text) if text.isascii() and text.isdigit() and len(text) < LARGEST_NUMBER else None,
                "text": text if text.isprintable() else None,
                "id": text.lower().strip("{}") if text.isascii() else None,
                **_names(text),
            },
        ).fetchall()
        return [_entry(row) for row in rows]

    def files(self, text: str) -> list[FileEntry]:
        """Return the files that a path, or the end of one, names, each as often as it was taken, in this order."""
        rows = self._sql.execute(
            f"""SELECT f.size, f.taken_at, (SELECT count(*) FROM entry WHERE file = f.number),
            (SELECT count(*) FROM event WHERE file = f.number AND cause = 'duplicate'), {FILE_COLUMNS}
            FROM file f WHERE {_NAMED} ORDER BY f.number""",
            _names(text),
        ).fetchall()
        return [
            FileEntry(
                file=file,
                size=size,
                taken_at=taken_at,
                reports=reports,
                duplicates=duplicates,
                duplicate_of=self._before(file.number) if duplicates else (),
            )
            for size, taken_at, reports, duplicates, *columns in rows
            for file in (placed_of(columns),)
        ]

    def _before(self, file: int) -> tuple[str, ...]:
        """Return the files in which reports of this one had come before."""
        rows = self._sql.execute(
            """SELECT DISTINCT f.path FROM event v JOIN entry e ON e.number = v.entry JOIN file f ON f.number = e.file
            WHERE v.file = ? AND v.cause = 'duplicate' ORDER BY f.number LIMIT ?""",
            (file, SHOWN),
        ).fetchall()
        return tuple(shown(path_of(path)) for (path,) in rows)

    def body(self, entry: int) -> bytes | None:
        """Return what is, or was refused to be, sent; nothing once the report is done or dropped."""
        row = self._sql.execute("SELECT bytes FROM body WHERE entry = ?", (entry,)).fetchone()
        return None if row is None else bytes(row[0])

    def history(self, entry: int | None = None) -> list[Change]:
        """Return every change in the order it happened, or those of one report."""
        rows = self._sql.execute(
            """SELECT number, at, entry, file, before, after, cause, detail FROM event
            WHERE :entry IS NULL OR entry = :entry ORDER BY number""",
            {"entry": entry},
        ).fetchall()
        return [
            Change(
                number=row[0],
                at=row[1],
                entry=row[2],
                file=row[3],
                before=row[4],
                after=row[5],
                cause=Reason(row[6]),
                detail=row[7],
            )
            for row in rows
        ]

    def counts(self) -> dict[State, int]:
        """Return how many reports stand in each state."""
        found = dict(self._sql.execute("SELECT state, count(*) FROM entry GROUP BY state").fetchall())
        return {state: found.get(state.value, 0) for state in State}


def _names(text: str) -> dict[str, bytes]:
    """Return what a path may stand as."""
    separator = os.fsencode(os.sep)
    normal = os.fsencode(os.path.normpath(text))
    whole = os.fsencode(os.path.abspath(text))  # noqa: PTH100 - as it is written: what it was a link to may be gone
    return {"name": normal, "whole": whole, "tail": separator + normal.lstrip(separator), "separator": separator}


def _entry(row: Sequence[Any]) -> Entry:
    number, report_id, state, reason, detail, source, path, *rest = row
    type_, sn, pn, process, start, attempts, unknown, server_id, here, accepted_at, changed_at = rest
    return Entry(
        number=number,
        report_id=report_id,
        state=State(state),
        reason=Reason(reason),
        detail=detail,
        source=source,
        file=shown(path_of(path)),
        identity=Identity(type_, sn, pn, process, start),
        attempts=attempts,
        unknown=unknown,
        server_id=server_id,
        place=shown(path_of(here)),
        accepted_at=accepted_at,
        changed_at=changed_at,
    )
