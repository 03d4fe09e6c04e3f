"""What becomes of a damaged spool: it is set aside, and what can be read of it goes into a new one."""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pywats.ingest.database import Database, now_ms
from pywats.ingest.layout import ACTIVE_SQL
from pywats.ingest.queue import Queue
from pywats.ingest.reasons import Reason, State
from workers.log import get_logger

log = get_logger(__name__)

_TABLES: Final = ("file", "entry", "body", "event")
_PARTS: Final = ("", "-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Rescued:
    """What came of a rescue.

    Attributes:
        aside: where the damaged file is now.
        reports: reports of which something could be read.
        without_content: reports that were not sent yet, and whose content is lost.
    """

    aside: Path
    reports: int
    without_content: int


def rescue(path: Path) -> Rescued:
    """Set a damaged spool aside and make a new one of what can be read; nobody may have it open.

    A report that was not sent yet and whose content is lost is held for a person: its file is in the archive.
    """
    aside = path.with_name(f"{path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}")
    for part in _PARTS:
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + part).rename(aside.with_name(aside.name + part))
    database = Database(path)
    try:
        with contextlib.closing(sqlite3.connect(aside)) as damaged:
            for table in _TABLES:
                _copy(damaged, database.sql, table)
        lost = _complete(database)
        (reports,) = database.sql.execute("SELECT count(*) FROM entry").fetchone()
    finally:
        database.close()
    rescued = Rescued(aside, reports, lost)
    log.error(
        "spool_damaged",
        spool=str(path),
        set_aside=str(aside),
        reports=reports,
        without_content=lost,
        what_to_do="check the disk; the files of the reports that lost their content are in the archive",
    )
    return rescued


def _copy(damaged: sqlite3.Connection, sql: sqlite3.Connection, table: str) -> None:
    """Copy the rows of a table that can be read, from its beginning and from its end up to the damage."""
    known = [row[1] for row in sql.execute(f"PRAGMA table_info({table})")]
    statement = f"INSERT OR IGNORE INTO {table}({', '.join(known)}) VALUES ({', '.join('?' * len(known))})"  # noqa: S608
    sql.execute("PRAGMA foreign_keys = OFF")
    sql.execute("BEGIN")
    for order in ("ASC", "DESC"):
        for row in _readable(damaged, f"SELECT {', '.join(known)} FROM {table} ORDER BY rowid {order}"):  # noqa: S608
            with contextlib.suppress(sqlite3.IntegrityError):  # a value that the damage has changed
                sql.execute(statement, row)
    sql.execute("COMMIT")


def _readable(damaged: sqlite3.Connection, query: str) -> Iterator[tuple[Any, ...]]:
    try:
        yield from damaged.execute(query)
    except sqlite3.Error:
        return


def _complete(database: Database) -> int:
    """Make rows that lost what they refer to fit to be worked with; return how many reports lost their content."""
    sql = database.sql
    sql.execute("BEGIN")
    sql.execute(
        """INSERT INTO file(number, source, path, digest, size, converter, taken_at, fate, here)
        SELECT DISTINCT file, 'damaged', x'', x'', 0, '', accepted_at, 'archive', x'' FROM entry
        WHERE file NOT IN (SELECT number FROM file)"""
    )
    sql.execute("DELETE FROM body WHERE entry NOT IN (SELECT number FROM entry)")
    sql.execute("UPDATE event SET entry = NULL WHERE entry NOT IN (SELECT number FROM entry)")
    sql.execute("UPDATE event SET file = NULL WHERE file NOT IN (SELECT number FROM file)")
    lost = sql.execute(
        f"""SELECT number, state FROM entry WHERE ({ACTIVE_SQL} OR state IN ('held', 'quarantined'))
        AND number NOT IN (SELECT entry FROM body)"""  # noqa: S608
    ).fetchall()
    detail = "its content was in a part of the spool that cannot be read"
    for number, before in lost:
        sql.execute(
            "UPDATE entry SET state = ?, reason = ?, detail = ?, ready = 0, changed_at = ? WHERE number = ?",
            (State.HELD, Reason.CONTENT_LOST, detail, now_ms(), number),
        )
        database.note(Reason.CONTENT_LOST, entry=number, before=before, after=State.HELD, detail=detail)
    Queue(database).refresh_all()
    sql.execute("COMMIT")
    sql.execute("PRAGMA foreign_keys = ON")
    return len(lost)
