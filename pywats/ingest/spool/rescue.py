"""What becomes of a damaged spool: it is set aside, and what can be read of it goes into a new one."""

import contextlib
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pywats.ingest.errors import SpoolDamagedError
from pywats.ingest.files.moves import sync_folder
from pywats.ingest.reasons import Reason, State
from pywats.ingest.spool.database import CHECKS, SUSPECT, Database, now_ms
from pywats.ingest.spool.layout import ACTIVE_SQL
from pywats.ingest.spool.queue import Queue
from workers.log import get_logger

log = get_logger(__name__)

_TABLES: Final = ("file", "entry", "body", "event")
_PARTS: Final = ("", "-wal", "-shm")

RESCUED: Final = ".rescued"
"""Ending of a new spool that holds all that could be read, and is not in its place yet."""


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


def sound(path: Path, *, max_size: int | None, reserve: int) -> Database:
    """Open a spool, and save what can be saved of a damaged one: the business of the one who leads."""
    finish(path)
    try:
        return _checked(path, max_size, reserve)
    except SpoolDamagedError:
        rescue(path)
        return _checked(path, max_size, reserve)


def _checked(path: Path, max_size: int | None, reserve: int) -> Database:
    database = Database(path, max_size=max_size, reserve=reserve)
    try:
        database.check_suspicion()
    except SpoolDamagedError:
        database.close()
        raise
    return database


def rescue(path: Path) -> Rescued:
    """Make a new spool of what can be read of a damaged one, and set that aside; it is the business of who leads.

    A report that was not sent yet and whose content is lost is held for a person: its file is in the archive. The new
    spool takes the place of the other only when it is whole, so a crash in between costs nothing: see `finish`.

    Other processes that put reports in wait meanwhile. What they change in the old file afterwards fails, because they
    see that it is no longer in its place.
    """
    new = _beside(path, ".rescuing")
    for part in _PARTS:
        _beside(new, part).unlink(missing_ok=True)
    with contextlib.ExitStack() as stack:
        damaged = stack.enter_context(contextlib.closing(sqlite3.connect(path, isolation_level=None)))
        with contextlib.suppress(sqlite3.Error):  # where nothing can be locked, nobody can write
            damaged.execute("BEGIN IMMEDIATE")
        with contextlib.closing(Database(new, reserve=0)) as database:
            for table in _TABLES:
                _copy(damaged, database.sql, table)
            lost = _complete(database)
            (reports,) = database.sql.execute("SELECT count(*) FROM entry").fetchone()
        new.replace(_beside(path, RESCUED))
        sync_folder(path.parent)
        if sys.platform == "win32":  # a file that somebody has open cannot be renamed there
            stack.close()
        rescued = Rescued(finish(path) or path, reports, lost)
    log.error(
        "spool_damaged",
        spool=str(path),
        set_aside=str(rescued.aside),
        reports=reports,
        without_content=lost,
        what_to_do="check the disk; the files of the reports that lost their content are in the archive",
    )
    return rescued


def is_unfinished(path: Path) -> bool:
    """Whether a rescued spool waits to be put in its place; until then nobody else may make one there."""
    return _beside(path, RESCUED).exists()


def finish(path: Path) -> Path | None:
    """Put a spool that was rescued completely in its place; return where the damaged one is, or ``None``.

    It does what is left to do, however often it was begun.
    """
    if not is_unfinished(path):
        return None
    aside = _beside(path, f".damaged-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}")
    for part in reversed(_PARTS):  # first the WAL, which must not be taken for that of the new file
        with contextlib.suppress(FileNotFoundError):
            _beside(path, part).rename(_beside(aside, part))
    _beside(path, SUSPECT).unlink(missing_ok=True)
    _beside(path, RESCUED).rename(path)
    sync_folder(path.parent)
    return aside


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _copy(damaged: sqlite3.Connection, sql: sqlite3.Connection, table: str) -> None:
    """Copy the rows of a table that can be read, from its beginning and from its end up to the damage."""
    known = [row[1] for row in sql.execute(f"PRAGMA table_info({table})")]
    with contextlib.suppress(sqlite3.Error):  # the damage may have kept it from being brought to today's layout
        there = {row[1] for row in damaged.execute(f"PRAGMA table_info({table})")}
        known = [name for name in known if name in there]
    statement = f"INSERT OR IGNORE INTO {table}({', '.join(known)}) VALUES ({', '.join('?' * len(known))})"  # noqa: S608
    sql.execute("PRAGMA foreign_keys = OFF")
    sql.execute("BEGIN")
    for beyond, order in ((">", "ASC"), ("<", "DESC")):
        query = (
            f"SELECT rowid, {', '.join(known)} FROM {table} "  # noqa: S608
            f"WHERE :last IS NULL OR rowid {beyond} :last ORDER BY rowid {order}"
        )
        for row in _readable(damaged, query):
            with contextlib.suppress(sqlite3.IntegrityError):  # a value that the damage has changed
                sql.execute(statement, row)
    sql.execute("COMMIT")


def _readable(damaged: sqlite3.Connection, query: str) -> Iterator[tuple[Any, ...]]:
    """Yield rows without their rowid, up to one that cannot be read however often it is tried."""
    last, failures = None, 0
    while failures < CHECKS:
        try:
            for row in damaged.execute(query, {"last": last}):
                last, failures = row[0], 0
                yield row[1:]
        except sqlite3.Error:
            failures += 1
        else:
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
