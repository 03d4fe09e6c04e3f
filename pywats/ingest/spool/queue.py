"""The order in which accepted reports are sent: per unit one after the other, fresh ones before the backlog."""

# ruff: noqa: S608 - nothing but constants of this package is put into SQL

import os
from collections import deque
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Final

from pywats.ingest.errors import LeaseLostError
from pywats.ingest.reasons import ACTIVE, Reason, State
from pywats.ingest.spool.database import Database, now_ms
from pywats.ingest.spool.entry import Claim, shown
from pywats.ingest.spool.layout import ACTIVE_SQL

FRESH: Final = 60.0
"""Seconds for which an accepted report goes before the backlog."""

MOST_UNKNOWN: Final = 50
"""Sends of one report that may end without a readable answer; the server itself stops at 100 receives."""

# A repair report waits for its test report while that is on its way, and meanwhile holds up nothing of its unit:
# else the two could wait for each other.
_WAITS: Final = f"""(e.refers_to IS NOT NULL AND EXISTS (
    SELECT 1 FROM entry t WHERE t.report_id = e.refers_to AND t.type = 'T' AND t.{ACTIVE_SQL}))"""


class Queue:
    """Which report is to be sent next, and what became of the ones that were.

    An entry is ``ready`` when it is queued, nothing of its unit goes before it, and it waits for no test report. The
    mark is kept right by every change, so that finding the next reports costs the same for ten and for a million.

    Times are seconds of a clock that only goes forward, given by the caller. They live in memory: a restart lets
    everything that rested or was leased be sent at once.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = database.sql
        self._until: dict[int, float] = {}  # when a lease or a rest ends
        self._arrivals: deque[tuple[float, int]] = deque()
        self._old: int = self._sql.execute("SELECT coalesce(max(number), 0) FROM entry").fetchone()[0]

    def recover(self) -> int:
        """Queue what was being sent, or rested, when the spool was last open; return how many sends got no answer."""
        found = self._sql.execute(
            f"SELECT number, state FROM entry WHERE {ACTIVE_SQL} AND state <> 'queued'"
        ).fetchall()
        for number, state in found:
            self._take_back(number, state, Reason.RESTARTED)
        return sum(state == State.SENDING for _, state in found)

    def claim(self, limit: int, *, lease: float, now: float, backlog: int | None = None) -> list[Claim]:
        """Lease up to ``limit`` ready reports for ``lease`` seconds, the most urgent first.

        At most ``backlog`` of them, if that is given, are of the backlog.
        """
        self._wake(now)
        self._age(now)
        fresh = self._ready("backlog = 0 AND number > ?", limit)
        room = limit - len(fresh)
        old = self._backlog(room if backlog is None else min(room, backlog))
        until = now + lease
        return [
            *(self._lease(number, until, backlog=False) for number in fresh),
            *(self._lease(number, until, backlog=True) for number in old),
        ]

    def next_due(self, now: float) -> float | None:
        """Return in how many seconds a rest or a lease ends, or ``None`` when none is running."""
        return max(0.0, min(self._until.values()) - now) if self._until else None

    def extend(self, claims: Iterable[Claim], *, lease: float, now: float) -> None:
        """Give leases that still stand ``lease`` seconds from now."""
        for claim in claims:
            if self._state(claim) == State.SENDING:
                self._until[claim.number] = now + lease

    def ack(self, claim: Claim, server_id: str) -> None:
        """Record that the server has the report, and drop its body.

        An answer is good however late it comes: it does not matter whether the lease still stands.

        Raises:
            LeaseLostError: the report is no longer on its way.
        """
        before = self._state(claim)
        if before == State.DONE:
            return
        if before not in ACTIVE:
            raise LeaseLostError(f"report {claim.report_id} is {before}; its answer {server_id} came too late")
        self._sql.execute("UPDATE entry SET server_id = ? WHERE number = ?", (server_id, claim.number))
        self._sql.execute("DELETE FROM body WHERE entry = ?", (claim.number,))
        self._change(claim.number, before, State.DONE, Reason.STORED, server_id)

    def nak(self, claim: Claim, reason: Reason, detail: str, *, delay: float, unknown: bool, now: float) -> State:
        """Give a report back: it is sent again after ``delay`` seconds; return the state it is in now.

        With ``unknown`` the server may have it, though no answer says so; after 50 such sends the report is held.

        Raises:
            LeaseLostError: the lease ran out, and the report may be with another sender.
        """
        before = self._leased(claim)
        if unknown and self._count_unknown(claim.number):
            self._change(claim.number, before, State.HELD, Reason.OUTCOME_UNKNOWN, detail)
            return State.HELD
        after = State.RESTING if delay > 0 else State.QUEUED
        self._change(claim.number, before, after, reason, detail)
        if delay > 0:
            self._database.after_commit(lambda: self._until.update({claim.number: now + delay}))
        return after

    def term(self, claim: Claim, state: State, reason: Reason, detail: str) -> None:
        """End the sending of a report for good: it is quarantined or held.

        Raises:
            LeaseLostError: as for `nak`.
        """
        self._change(claim.number, self._leased(claim), state, reason, detail)
        if state == State.QUARANTINED:
            self._sql.execute("UPDATE entry SET filed = 0 WHERE number = ?", (claim.number,))

    def arrived(self, number: int, now: float) -> None:
        """Take an accepted report into the order of its unit."""
        self._age(now)
        self._refresh_around(number)
        self._database.after_commit(lambda: self._arrivals.append((now, number)))

    def put_back(self, number: int, reason: Reason, detail: str) -> None:
        """Queue a report that a person lets go on, as one that was never sent."""
        before = self._sql.execute(
            "UPDATE entry SET unknown = 0, filed = 1 WHERE number = ? RETURNING state", (number,)
        ).fetchone()[0]
        self._change(number, before, State.QUEUED, reason, detail)

    def drop(self, number: int, detail: str) -> None:
        """Give a report up, and drop its body."""
        (before,) = self._sql.execute("SELECT state FROM entry WHERE number = ?", (number,)).fetchone()
        self._sql.execute("DELETE FROM body WHERE entry = ?", (number,))
        self._change(number, before, State.DROPPED, Reason.DROPPED, detail)

    def noticed(self, now: float) -> None:
        """Take in that another process may have added reports."""
        self._age(now)
        newest: int = self._sql.execute("SELECT coalesce(max(number), 0) FROM entry").fetchone()[0]
        self._arrivals.append((now, newest))

    def refresh_all(self) -> None:
        """Set right the marks of all units."""
        self._sql.execute("UPDATE entry SET ready = 0 WHERE ready = 1")
        for unit in self._sql.execute(f"SELECT DISTINCT pn, sn FROM entry WHERE {ACTIVE_SQL}").fetchall():
            self._refresh(unit)

    def active(self) -> int:
        """Return how many reports are still on their way."""
        count: int = self._sql.execute(f"SELECT count(*) FROM entry WHERE {ACTIVE_SQL}").fetchone()[0]
        return count

    def _age(self, now: float) -> None:
        """Let what came a while ago become backlog."""
        while self._arrivals and self._arrivals[0][0] <= now - FRESH:
            self._old = max(self._old, self._arrivals.popleft()[1])

    def _backlog(self, limit: int) -> list[int]:
        if limit <= 0:
            return []
        aged = self._ready("backlog = 0 AND number <= ?", limit)
        return sorted(aged + self._ready("backlog = 1 AND ? IS NOT NULL", limit))[:limit]

    def _ready(self, which: str, limit: int) -> list[int]:
        rows = self._sql.execute(
            f"SELECT number FROM entry WHERE ready = 1 AND {which} ORDER BY number LIMIT ?", (self._old, limit)
        )
        return [number for (number,) in rows]

    def _lease(self, number: int, until: float, *, backlog: bool) -> Claim:
        report_id, attempts, unknown, state, source, path, body = self._sql.execute(
            """SELECT e.report_id, e.attempts, e.unknown, e.state, f.source, f.path, b.bytes
            FROM entry e JOIN file f ON f.number = e.file JOIN body b ON b.entry = e.number WHERE e.number = ?""",
            (number,),
        ).fetchone()
        self._sql.execute("UPDATE entry SET attempts = attempts + 1, ready = 0 WHERE number = ?", (number,))
        self._write(number, state, State.SENDING, Reason.CLAIMED)
        self._database.after_commit(lambda: self._until.update({number: until}))
        return Claim(
            number=number,
            lease=attempts + 1,
            report_id=report_id,
            body=body,
            source=source,
            file=shown(Path(os.fsdecode(path))),
            unknown=unknown,
            backlog=backlog,
        )

    def _wake(self, now: float) -> None:
        """Queue again what has rested enough, and what was leased and never answered for."""
        for number in [number for number, until in self._until.items() if until <= now]:
            row = self._sql.execute("SELECT state FROM entry WHERE number = ?", (number,)).fetchone()
            if row is not None and row[0] in {State.SENDING, State.RESTING}:
                self._take_back(number, row[0], Reason.LEASE_EXPIRED if row[0] == State.SENDING else Reason.RESTED)
            else:  # a person was quicker
                self._until.pop(number)

    def _take_back(self, number: int, state: str, reason: Reason) -> None:
        unanswered = state == State.SENDING
        detail = "the answer to the last send was not recorded" if unanswered else ""
        if unanswered and self._count_unknown(number):
            self._change(number, state, State.HELD, Reason.OUTCOME_UNKNOWN, detail)
        else:
            self._change(number, state, State.QUEUED, reason, detail)

    def _count_unknown(self, number: int) -> bool:
        row = self._sql.execute(
            "UPDATE entry SET unknown = unknown + 1 WHERE number = ? RETURNING unknown", (number,)
        ).fetchone()
        return bool(row[0] >= MOST_UNKNOWN)

    def _state(self, claim: Claim) -> str:
        row = self._sql.execute("SELECT state FROM entry WHERE number = ?", (claim.number,)).fetchone()
        return str(row[0]) if row else ""

    def _leased(self, claim: Claim) -> str:
        row = self._sql.execute(
            "SELECT state FROM entry WHERE number = ? AND state = 'sending' AND attempts = ?",
            (claim.number, claim.lease),
        ).fetchone()
        if row is None:
            raise LeaseLostError(f"report {claim.report_id} is no longer leased to this sender")
        return str(row[0])

    def _change(self, number: int, before: str, after: State, reason: Reason, detail: str = "") -> None:
        """Move a report from one state to another, and let go on what that sets free."""
        self._write(number, before, after, reason, detail)
        self._sql.execute("UPDATE entry SET ready = 0 WHERE number = ? AND ready = 1", (number,))
        self._database.after_commit(partial(self._until.pop, number, None))
        self._refresh_around(number)

    def _write(self, number: int, before: str, after: State, reason: Reason, detail: str = "") -> None:
        self._sql.execute(
            "UPDATE entry SET state = ?, reason = ?, detail = ?, changed_at = ? WHERE number = ?",
            (after, reason, detail, now_ms(), number),
        )
        self._database.note(reason, entry=number, before=before, after=after, detail=detail)

    def _refresh_around(self, number: int) -> None:
        """Set right which report of this one's unit is next, and of the units whose repairs wait for it."""
        row = self._sql.execute("SELECT report_id, pn, sn FROM entry WHERE number = ?", (number,)).fetchone()
        units: set[tuple[str, str]] = {(row[1], row[2])}
        units.update(
            self._sql.execute(f"SELECT pn, sn FROM entry WHERE refers_to = ? AND {ACTIVE_SQL}", row[:1]).fetchall()
        )
        for unit in units:
            self._refresh(unit)

    def _refresh(self, unit: tuple[str, str]) -> None:
        row = self._sql.execute(
            f"SELECT number FROM entry e WHERE pn = ? AND sn = ? AND {ACTIVE_SQL} AND NOT {_WAITS} "
            "ORDER BY number LIMIT 1",
            unit,
        ).fetchone()
        head: int | None = row[0] if row else None
        self._sql.execute(
            "UPDATE entry SET ready = 0 WHERE ready = 1 AND pn = ? AND sn = ? AND number IS NOT ?", (*unit, head)
        )
        self._sql.execute("UPDATE entry SET ready = 1 WHERE number = ? AND state = 'queued' AND ready = 0", (head,))
