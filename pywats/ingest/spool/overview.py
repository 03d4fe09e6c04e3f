"""The spool at a glance, for whoever watches it: read beside the daemon, so that looking delays no report."""

# ruff: noqa: S608 - nothing but constants of this package is put into SQL

import contextlib
import os
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pywats.ingest.errors import SpoolError
from pywats.ingest.reasons import Reason, State
from pywats.ingest.spool.entry import shown
from pywats.ingest.spool.layout import ACTIVE_SQL, FOR_A_PERSON_SQL

SHOWN: Final = 20
"""Reports that are shown of each group, and files."""

_HOUR: Final = 3_600_000
_DAY: Final = 24 * _HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A report that waits for a person, or a file that gave none; ``at`` is wall-clock time in milliseconds."""

    number: int
    source: str
    file: str
    reason: Reason
    detail: str
    at: int
    report_id: str = ""
    sn: str = ""
    pn: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Reports that wait for a person for the same reason: how many, and the newest of them."""

    state: State
    reason: Reason
    count: int
    newest: Sequence[Trouble]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What the spool holds.

    Attributes:
        waiting: reports on their way.
        oldest: when the oldest of them was accepted, in milliseconds.
        groups: what waits for a person.
        files: those that gave no report in the last day, the newest first.
        lately: how many gave none in the last hour.
        size: of the spool's files, in bytes.
    """

    waiting: int = 0
    oldest: int | None = None
    groups: Sequence[Group] = ()
    files: Sequence[Trouble] = ()
    lately: int = 0
    size: int = 0

    def count(self, state: State) -> int:
        """Return how many reports wait for a person in this state."""
        return sum(group.count for group in self.groups if group.state is state)


def look(path: Path) -> Overview:
    """Return what a spool holds; indexes answer, however much it has seen. It blocks.

    Raises:
        SpoolError: it cannot be read.
    """
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as sql:
            waiting, first = sql.execute(f"SELECT count(*), min(number) FROM entry WHERE {ACTIVE_SQL}").fetchone()
            oldest = sql.execute("SELECT accepted_at FROM entry WHERE number = ?", (first,)).fetchone()
            return Overview(
                waiting=waiting,
                oldest=oldest[0] if oldest else None,
                groups=tuple(_groups(sql)),
                files=tuple(_files(sql)),
                lately=_lately(sql),
                size=sum(_size(path.with_name(path.name + ending)) for ending in ("", "-wal")),
            )
    except (sqlite3.Error, ValueError) as error:  # a state or a reason that is none comes of damage
        raise SpoolError(f"the spool {path} cannot be read: {error}") from error


def _groups(sql: sqlite3.Connection) -> list[Group]:
    counts = sql.execute(
        f"SELECT state, reason, count(*) FROM entry WHERE {FOR_A_PERSON_SQL} GROUP BY state, reason"
    ).fetchall()
    return [
        Group(state=State(state), reason=Reason(reason), count=count, newest=_newest(sql, state, reason))
        for state, reason, count in counts
    ]


def _newest(sql: sqlite3.Connection, state: str, reason: str) -> list[Trouble]:
    rows = sql.execute(
        f"""SELECT e.number, f.source, f.path, e.reason, e.detail, e.changed_at, e.report_id, e.sn, e.pn
        FROM entry e JOIN file f ON f.number = e.file
        WHERE e.{FOR_A_PERSON_SQL} AND e.state = ? AND e.reason = ? ORDER BY e.number DESC LIMIT ?""",
        (state, reason, SHOWN),
    )
    return [_trouble(*row) for row in rows]


def _files(sql: sqlite3.Connection) -> list[Trouble]:
    rows = sql.execute(
        """SELECT number, source, path, reason,
        CASE position WHEN '' THEN '' ELSE position || ': ' END || detail, taken_at FROM file
        WHERE reason IS NOT NULL ORDER BY number DESC LIMIT ?""",
        (SHOWN,),
    )
    since = time.time_ns() // 1_000_000 - _DAY
    return [_trouble(*row) for row in rows if row[5] >= since]


def _lately(sql: sqlite3.Connection) -> int:
    count: int = sql.execute(
        """SELECT count(*) FROM file WHERE reason IS NOT NULL AND number > coalesce(
        (SELECT number FROM file WHERE reason IS NOT NULL AND taken_at < ? ORDER BY number DESC LIMIT 1), 0)""",
        (time.time_ns() // 1_000_000 - _HOUR,),
    ).fetchone()[0]
    return count


def _trouble(number: int, source: str, path: bytes, reason: str, detail: str, at: int, *more: Any) -> Trouble:
    report_id, sn, pn = more or ("", "", "")
    return Trouble(
        number=number,
        source=source,
        file=shown(Path(os.fsdecode(path))),
        reason=Reason(reason),
        detail=detail,
        at=at,
        report_id=report_id,
        sn=sn,
        pn=pn,
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
