"""The spool's books: which files were read, which reports they gave, and what stands against each other."""

# ruff: noqa: S608 - nothing but the constants below is put into SQL

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from pywats.ingest.reasons import Reason, State
from pywats.ingest.spool.database import Database, now_ms
from pywats.ingest.spool.entry import (
    SAME_START,
    Draft,
    Fate,
    PlacedFile,
    Receipt,
    Refusal,
    SourceFile,
    Submitted,
    Verdict,
    shown,
)
from pywats.ingest.spool.queue import Queue

FILE_COLUMNS: Final = "number, source, path, digest, converter, fate, here, target, reason, detail, position, so_far"


class Books:
    """What was accepted, from where, and where the files are."""

    def __init__(self, database: Database, queue: Queue) -> None:
        self._database = database
        self._sql = database.sql
        self._queue = queue

    def submit(
        self, file: SourceFile, drafts: Sequence[Draft], *, send_collisions: bool, now: float, more: bool = False
    ) -> Submitted:
        """Take the reports of a file, or a part of them, with ``more`` to come.

        A file that was taken before and is not where it belongs yet (there was a crash in between) gives no reports
        again: only its move is resumed. One that was taken in part goes on where it stopped.
        """
        known = self._on_its_way(file)
        if known is not None and known.so_far is None:
            return Submitted(file=known, receipts=(), resumed=True)
        placed = known or self._record(file, Fate.ARCHIVE)
        before = placed.so_far or 0
        new = [draft for draft in drafts if draft.position >= before]
        receipts = tuple(self._take(placed, file, draft, send_collisions, now) for draft in new)
        if more or known is not None:
            placed = self._count_so_far(placed.number, max(before, drafts[-1].position + 1) if more else None)
        return Submitted(file=placed, receipts=receipts)

    def refuse(self, file: SourceFile, reason: Reason, detail: str, position: str) -> PlacedFile:
        """Record that a file gave no report, and why; it is to go into quarantine."""
        known = self._on_its_way(file)
        if known is None:
            return self._record(file, Fate.QUARANTINE, reason, detail, position)
        if known.so_far is not None:
            self._cut_short(known, reason, detail, position)
            return self.redirect(known.number, file.target, Fate.QUARANTINE)
        return known

    def taken_in_part(self) -> list[PlacedFile]:
        """Return the files of which there were more reports to come."""
        rows = self._sql.execute(
            f"SELECT {FILE_COLUMNS} FROM file WHERE target IS NOT NULL AND so_far IS NOT NULL ORDER BY number"
        ).fetchall()
        return [placed_of(row) for row in rows]

    def give_up(self, number: int) -> None:
        """Record that the rest of a file cannot be had: what was read first is no longer there."""
        file = self._file(number)
        self._cut_short(file, Reason.CUT_SHORT, "it was taken away, or changed, before the rest was read", "")
        self._sql.execute("UPDATE file SET target = NULL WHERE number = ?", (number,))

    def redirect(self, number: int, target: Path, fate: Fate) -> PlacedFile:
        """Record where a file is to go instead."""
        self._sql.execute("UPDATE file SET target = ?, fate = ? WHERE number = ?", (os.fsencode(target), fate, number))
        return self._file(number)

    def placed(self, number: int, explained: Iterable[int]) -> None:
        """Record that a file has arrived where it was to go, and which of its refused reports are explained there."""
        self._sql.execute("UPDATE file SET here = coalesce(target, here), target = NULL WHERE number = ?", (number,))
        self._sql.executemany("UPDATE entry SET filed = 1 WHERE number = ?", ((entry,) for entry in explained))

    def on_their_way(self) -> list[PlacedFile]:
        """Return the files that lie in their watched folder and are to go elsewhere."""
        rows = self._sql.execute(
            f"""SELECT {FILE_COLUMNS} FROM file WHERE target IS NOT NULL AND here = path AND so_far IS NULL
            ORDER BY number"""
        ).fetchall()
        return [placed_of(row) for row in rows]

    def stay(self, number: int) -> None:
        """Record that a file in the archive stays there after all."""
        self._sql.execute("UPDATE file SET target = NULL, fate = ? WHERE number = ?", (Fate.ARCHIVE, number))

    def unexplained(self) -> list[PlacedFile]:
        """Return the files, moved already, with reports that the server refused and nobody was told of.

        And those that were to move for such reports, whatever became of these since.
        """
        rows = self._sql.execute(
            f"""SELECT {FILE_COLUMNS} FROM file WHERE (target IS NULL OR here <> path)
            AND number IN (SELECT file FROM entry WHERE filed = 0 AND state = 'quarantined')
            UNION SELECT {FILE_COLUMNS} FROM file WHERE target IS NOT NULL AND here <> path ORDER BY number"""
        ).fetchall()
        return [placed_of(row) for row in rows]

    def refusals(self, number: int) -> list[Refusal]:
        """Return the reports of a file that the server refused."""
        rows = self._sql.execute(
            """SELECT e.number, e.report_id, e.position, e.detail, b.bytes
            FROM entry e JOIN body b ON b.entry = e.number
            WHERE e.file = ? AND e.state = 'quarantined' ORDER BY e.position""",
            (number,),
        ).fetchall()
        return [Refusal(number=row[0], report_id=row[1], position=row[2], detail=row[3], body=row[4]) for row in rows]

    def _on_its_way(self, file: SourceFile) -> PlacedFile | None:
        rows = self._sql.execute(
            f"SELECT {FILE_COLUMNS} FROM file WHERE target IS NOT NULL AND path = ? AND here = path",
            (os.fsencode(file.path),),
        ).fetchall()
        found: PlacedFile | None = None
        for known in map(placed_of, rows):
            if known.digest == file.digest:
                found = known
            elif known.so_far is not None:  # another file lies in its place
                self.give_up(known.number)
        return found

    def _record(
        self, file: SourceFile, fate: Fate, reason: Reason | None = None, detail: str = "", position: str = ""
    ) -> PlacedFile:
        self._database.check_size()
        path = os.fsencode(file.path)
        number: int = self._sql.execute(
            """INSERT INTO file(source, path, digest, size, converter, taken_at, fate, here, target, reason, detail,
            position) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number""",
            (
                file.source,
                path,
                file.digest,
                file.size,
                file.converter,
                now_ms(),
                fate,
                path,
                os.fsencode(file.target),
                reason,
                detail,
                position,
            ),
        ).fetchone()[0]
        if reason is not None:
            self._database.note(reason, file=number, after=State.QUARANTINED, detail=detail)
        return self._file(number)

    def _count_so_far(self, number: int, count: int | None) -> PlacedFile:
        self._sql.execute("UPDATE file SET so_far = ? WHERE number = ?", (count, number))
        return self._file(number)

    def _cut_short(self, file: PlacedFile, reason: Reason, detail: str, position: str) -> None:
        """Record why nothing more comes of a file of which a part was taken before the daemon was interrupted."""
        detail = f"{detail}; {file.so_far} of its reports were taken before the daemon was interrupted"
        self._sql.execute(
            "UPDATE file SET so_far = NULL, reason = ?, detail = ?, position = ? WHERE number = ?",
            (reason, detail, position, file.number),
        )
        self._database.note(reason, file=file.number, detail=detail)

    def _file(self, number: int) -> PlacedFile:
        return placed_of(self._sql.execute(f"SELECT {FILE_COLUMNS} FROM file WHERE number = ?", (number,)).fetchone())

    def _take(self, placed: PlacedFile, file: SourceFile, draft: Draft, send_collisions: bool, now: float) -> Receipt:
        same_id = self._sql.execute(
            """SELECT e.number, e.state, e.digest, e.position, f.digest, f.path
            FROM entry e JOIN file f ON f.number = e.file WHERE e.report_id = ? ORDER BY e.number""",
            (draft.report_id,),
        ).fetchall()
        origin = (draft.position, placed.digest)
        # Read again under other settings, a report of the same source bytes is still the same report.
        same = [row for row in same_id if row[2] == draft.digest] or [row for row in same_id if row[3:5] == origin]
        if same:
            number, state, _, _, _, path = same[0]
            if state == State.QUARANTINED:
                return self._give_again(number, placed, draft, now)
            return self._duplicate(number, state, placed, draft, path)
        standing = [row for row in same_id if row[1] != State.QUARANTINED]
        if standing:
            return self._hold(placed, file, draft, Reason.ID_CONFLICT, standing[0][5])
        collision = self._collision(draft)
        if collision is not None:
            number, state, digest, path = collision
            if digest == draft.digest:
                return self._duplicate(number, state, placed, draft, path)
            if not send_collisions:
                return self._hold(placed, file, draft, Reason.IDENTITY_COLLISION, path)
        number = self._insert(placed, draft, State.QUEUED, Reason.ACCEPTED, backlog=file.backlog)
        self._queue.arrived(number, now)
        return Receipt(verdict=Verdict.ACCEPTED, number=number, report_id=draft.report_id, reason=Reason.ACCEPTED)

    def _collision(self, draft: Draft) -> tuple[int, str, bytes, bytes] | None:
        identity = draft.identity
        row: tuple[int, str, bytes, bytes] | None = self._sql.execute(
            """SELECT e.number, e.state, e.digest, f.path FROM entry e JOIN file f ON f.number = e.file
            WHERE e.sn = ? AND e.start BETWEEN ? AND ? AND e.pn = ? AND e.type = ? AND e.process IS ?
            AND e.report_id <> ? AND e.state IN ('queued', 'sending', 'resting', 'done') ORDER BY e.number LIMIT 1""",
            (
                identity.sn,
                identity.start - SAME_START,
                identity.start + SAME_START,
                identity.pn,
                identity.type,
                identity.process,
                draft.report_id,
            ),
        ).fetchone()
        return row

    def _duplicate(self, number: int, state: str, placed: PlacedFile, draft: Draft, path: bytes) -> Receipt:
        detail = f"{shown(placed.path)} holds it again"
        self._database.note(
            Reason.DUPLICATE, entry=number, file=placed.number, before=state, after=state, detail=detail
        )
        return Receipt(
            verdict=Verdict.DUPLICATE,
            number=number,
            report_id=draft.report_id,
            reason=Reason.DUPLICATE,
            other=shown(path_of(path)),
        )

    def _give_again(self, number: int, placed: PlacedFile, draft: Draft, now: float) -> Receipt:
        """Queue a refused report again: a person put its file back, after setting something right on the server."""
        self._sql.execute(
            """UPDATE entry SET state = 'queued', reason = ?, detail = '', digest = ?, file = ?, position = ?,
            unknown = 0, filed = 1, changed_at = ? WHERE number = ?""",
            (Reason.GIVEN_AGAIN, draft.digest, placed.number, draft.position, now_ms(), number),
        )
        self._sql.execute("UPDATE body SET bytes = ? WHERE entry = ?", (draft.body, number))
        self._database.note(
            Reason.GIVEN_AGAIN,
            entry=number,
            file=placed.number,
            before=State.QUARANTINED,
            after=State.QUEUED,
            detail=shown(placed.path),
        )
        self._queue.arrived(number, now)
        return Receipt(verdict=Verdict.ACCEPTED, number=number, report_id=draft.report_id, reason=Reason.GIVEN_AGAIN)

    def _hold(self, placed: PlacedFile, file: SourceFile, draft: Draft, reason: Reason, other: bytes) -> Receipt:
        detail = f"{shown(placed.path)} stands against {shown(path_of(other))}"
        number = self._insert(placed, draft, State.HELD, reason, backlog=file.backlog, detail=detail)
        return Receipt(
            verdict=Verdict.HELD, number=number, report_id=draft.report_id, reason=reason, other=shown(path_of(other))
        )

    def _insert(
        self,
        placed: PlacedFile,
        draft: Draft,
        state: State,
        reason: Reason,
        *,
        backlog: bool,
        detail: str = "",
    ) -> int:
        identity, now = draft.identity, now_ms()
        number: int = self._sql.execute(
            """INSERT INTO entry(report_id, digest, file, position, type, sn, pn, process, start, refers_to, state,
            backlog, reason, detail, accepted_at, changed_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number""",
            (
                draft.report_id,
                draft.digest,
                placed.number,
                draft.position,
                identity.type,
                identity.sn,
                identity.pn,
                identity.process,
                identity.start,
                draft.refers_to,
                state,
                backlog,
                reason,
                detail,
                now,
                now,
            ),
        ).fetchone()[0]
        self._sql.execute("INSERT INTO body(entry, bytes) VALUES (?, ?)", (number, draft.body))
        self._database.note(reason, entry=number, file=placed.number, after=state, detail=detail)
        return number


def path_of(name: bytes) -> Path:
    """Return a path of the books."""
    return Path(os.fsdecode(name))


def placed_of(row: Sequence[Any]) -> PlacedFile:
    """Return the file of a row of ``FILE_COLUMNS``."""
    number, source, path, digest, converter, fate, here, target, reason, detail, position, so_far = row
    return PlacedFile(
        number=number,
        source=source,
        path=path_of(path),
        digest=digest,
        converter=converter,
        fate=Fate(fate),
        here=path_of(here),
        target=path_of(target) if target is not None else None,
        reason=Reason(reason) if reason else None,
        detail=detail,
        position=position,
        so_far=so_far,
    )
