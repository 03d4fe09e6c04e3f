"""What becomes of a damaged spool: it is set aside, and what can be read of it goes into a new one."""

# ruff: noqa: S608 - nothing but constants of this package is put into SQL

import contextlib
import shutil
import sqlite3
import sys
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import orjson

from pywats.ingest.errors import SpoolDamagedError, SpoolError
from pywats.ingest.files.moves import sync_folder
from pywats.ingest.reasons import Reason, State
from pywats.ingest.spool.database import CHECKS, SUSPECT, Database, now_ms
from pywats.ingest.spool.entry import Fate, content_digest
from pywats.ingest.spool.queue import Queue
from pywats.text import reason_of
from workers.log import get_logger

log = get_logger(__name__)

_TABLES: Final = ("file", "entry", "body", "event")
LAST_MS: Final = 4_102_444_800_000
"""The year 2100 in milliseconds: later is no time of a report."""

_PARTS: Final = ("", "-wal", "-shm")

_PAGES_IN_HEAD: Final = slice(28, 32)
"""Where the first page says how many there are (https://www.sqlite.org/fileformat.html, 1.3.7)."""

LONGEST_GAP: Final = 1_000_000
"""Rows that are looked for behind one that cannot be read; else the table is taken to end there."""


def _in_sql(names: type[StrEnum]) -> str:
    return ", ".join(f"'{name}'" for name in names)


# What a row may hold after the damage that nothing here could work with.
_SET_RIGHT: Final = (
    f"DELETE FROM event WHERE cause NOT IN ({_in_sql(Reason)}) OR at NOT BETWEEN 0 AND {LAST_MS}",
    f"UPDATE file SET fate = 'archive' WHERE fate NOT IN ({_in_sql(Fate)})",
    f"UPDATE file SET reason = NULL WHERE reason NOT IN ({_in_sql(Reason)})",
    f"UPDATE file SET taken_at = :now WHERE taken_at NOT BETWEEN 0 AND {LAST_MS}",
    f"UPDATE entry SET reason = 'restarted' WHERE reason NOT IN ({_in_sql(Reason)})",
    f"UPDATE entry SET accepted_at = :now WHERE accepted_at NOT BETWEEN 0 AND {LAST_MS}",
    f"UPDATE entry SET changed_at = :now WHERE changed_at NOT BETWEEN 0 AND {LAST_MS}",
    f"UPDATE entry SET start = 0 WHERE start NOT BETWEEN -{LAST_MS} * 1000 AND {LAST_MS} * 1000",
    "UPDATE entry SET backlog = 1 WHERE backlog NOT IN (0, 1)",
    "UPDATE entry SET filed = 1 WHERE filed NOT IN (0, 1)",
)

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
    _remove(new)
    with contextlib.ExitStack() as stack:
        damaged = stack.enter_context(_readable(path))
        with contextlib.closing(Database(new, reserve=0)) as database:
            if not _has_tables(damaged):
                damaged = stack.enter_context(_with_its_head(path, database))
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


def _remove(path: Path) -> None:
    for part in _PARTS:
        _beside(path, part).unlink(missing_ok=True)


@contextlib.contextmanager
def _readable(path: Path) -> Generator[sqlite3.Connection]:
    """A file of which as much can be read as possible, and that nobody writes meanwhile."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as sql:
        sql.text_factory = _text
        with contextlib.suppress(sqlite3.Error):
            sql.execute("PRAGMA writable_schema = ON")  # else nothing is read of a file whose end is missing
        with contextlib.suppress(sqlite3.Error):  # where nothing can be locked, nobody can write
            sql.execute("BEGIN IMMEDIATE")
        yield sql


def _has_tables(sql: sqlite3.Connection) -> bool:
    """Whether the first page of a file, which says where the tables are, can be read."""
    with contextlib.suppress(sqlite3.Error):
        names = {name for (name,) in sql.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        return names.issuperset(_TABLES)
    return False


@contextlib.contextmanager
def _with_its_head(path: Path, new: Database) -> Generator[sqlite3.Connection]:
    """A copy of a file, readable by the first page of a new spool: each table begins at the same place in both.

    Raises:
        SpoolError: there is no room for the copy.
    """
    new.sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (size,) = new.sql.execute("PRAGMA page_size").fetchone()
    with new.path.open("rb") as file:
        head = bytearray(file.read(size))
    pages = path.stat().st_size // size
    head[_PAGES_IN_HEAD] = pages.to_bytes(4, "big")
    copy = _beside(path, ".reading")
    _remove(copy)
    try:
        try:
            for part in ("", "-wal"):
                with contextlib.suppress(FileNotFoundError):
                    shutil.copyfile(_beside(path, part), _beside(copy, part))
            with copy.open("r+b") as file:
                file.write(head)
        except OSError as error:
            raise SpoolError(f"the damaged spool {path} cannot be copied to be read: {reason_of(error)}") from error
        with _readable(copy) as sql:
            yield sql
    finally:
        _remove(copy)


def _copy(damaged: sqlite3.Connection, sql: sqlite3.Connection, table: str) -> None:
    """Copy the rows of a table that can be read, from its beginning and then from its end."""
    known = [row[1] for row in sql.execute(f"PRAGMA table_info({table})")]
    with contextlib.suppress(sqlite3.Error):  # the damage may have kept it from being brought to today's layout
        there = {row[1] for row in damaged.execute(f"PRAGMA table_info({table})")}
        known = [name for name in known if name in there]
    statement = f"INSERT OR IGNORE INTO {table}({', '.join(known)}) VALUES ({', '.join('?' * len(known))})"
    sql.execute("PRAGMA foreign_keys = OFF")
    sql.execute("BEGIN")
    for beyond, order, most in ((">", "ASC", LONGEST_GAP), ("<", "DESC", 0)):
        query = (
            f"SELECT rowid, {', '.join(known)} FROM {table} "
            f"WHERE :last IS NULL OR rowid {beyond} :last ORDER BY rowid {order}"
        )
        for row in _rows(damaged, query, most):
            with contextlib.suppress(sqlite3.IntegrityError):  # a value that the damage has changed
                sql.execute(statement, row)
    sql.execute("COMMIT")


def _rows(damaged: sqlite3.Connection, query: str, most: int) -> Iterator[tuple[Any, ...]]:
    """Yield rows without their rowid; those that cannot be read, however often it is tried, are skipped.

    Up to ``most`` of them in one gap: what is behind it is found by its number, in steps that grow with the gap.
    """
    last: int | None = None
    failures = skipped = 0
    while failures < CHECKS or skipped < most:
        if failures >= CHECKS:
            step = 1 + skipped // 64
            last, skipped = (last or 0) + step, skipped + step
        try:
            for row in damaged.execute(query, {"last": last}):
                last, failures, skipped = row[0], 0, 0
                yield row[1:]
        except sqlite3.Error:
            failures += 1
        else:
            return


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _complete(database: Database) -> int:
    """Make rows that lost what they refer to fit to be worked with; return how many reports lost their content."""
    sql = database.sql
    sql.execute("BEGIN")
    sql.execute(
        """INSERT INTO file(number, source, path, digest, size, converter, taken_at, fate, here)
        SELECT file, 'damaged', x'', x'', 0, '', min(accepted_at), 'archive', x'' FROM entry
        WHERE file NOT IN (SELECT number FROM file) GROUP BY file"""
    )
    for statement in _SET_RIGHT:
        sql.execute(statement, {"now": now_ms()})
    sql.execute("DELETE FROM body WHERE entry NOT IN (SELECT number FROM entry)")
    sql.execute("UPDATE event SET entry = NULL WHERE entry NOT IN (SELECT number FROM entry)")
    sql.execute("UPDATE event SET file = NULL WHERE file NOT IN (SELECT number FROM file)")
    changed = [
        (number,)
        for number, report_id, digest, body in sql.execute(
            "SELECT e.number, e.report_id, e.digest, b.bytes FROM entry e JOIN body b ON b.entry = e.number"
        )
        if not _is_whole(body, report_id, digest)
    ]
    sql.executemany("DELETE FROM body WHERE entry = ?", changed)
    lost = sql.execute(
        "SELECT number, state FROM entry WHERE state NOT IN ('done', 'dropped') "
        f"AND (state NOT IN ({_in_sql(State)}) OR number NOT IN (SELECT entry FROM body))"
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


def _is_whole(body: bytes, report_id: str, digest: bytes) -> bool:
    """Whether a body is the one that was accepted."""
    try:
        report = orjson.loads(body)
        return bool(report["id"] == report_id and content_digest(report) == digest)
    except (ValueError, LookupError, TypeError, AttributeError):
        return False
