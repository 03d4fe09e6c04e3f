"""The durable store between a read file and a stored report: SQLite behind an async face, in a thread of its own."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

from pywats.ingest.errors import SpoolError
from pywats.ingest.reasons import Reason, State
from pywats.ingest.spool.commands import Command
from pywats.ingest.spool.commits import Commits
from pywats.ingest.spool.database import RESERVE, Database, Operation, Outcome
from pywats.ingest.spool.desk import Decision
from pywats.ingest.spool.entry import Change, Claim, Draft, Entry, Fate, PlacedFile, Refusal, SourceFile, Submitted
from pywats.ingest.spool.lock import PATIENCE, SpoolLock
from pywats.ingest.spool.opened import Opened
from pywats.ingest.spool.rescue import is_unfinished, sound
from workers.log import get_logger, traceback_of

log = get_logger(__name__)

T = TypeVar("T")


class Spool:
    """Reports on their way to the server; what is in here survives anything that the disk survives.

    Reports come in by `submit` and leave by `claim` and one of `ack`, `nak` and `term`; a claim is a lease of ``lease``
    seconds that `extend` renews. Every method returns once its change is on the disk. Changes that arrive while the
    disk is busy share the next commit.

    Args:
        path: the SQLite file, on a local disk.
        max_size: bytes the file may hold before `submit` is refused.
        lease: seconds after which a claimed report that nobody answered for is queued again.
        reserve: bytes to set aside for a full disk.
    """

    def __init__(
        self, path: Path, *, max_size: int | None = None, lease: float = 120.0, reserve: int = RESERVE
    ) -> None:
        self.path = path
        self.lease = lease
        self.max_size = max_size
        self._reserve = reserve
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._opened: Opened | None = None
        self._lock: SpoolLock | None = None
        self._seen = 0  # version of the data when others' changes were last looked for
        self._changed = asyncio.Event()
        self._commits = Commits(self._commit, self._changed.set, f"commits of {path.name}")
        self._due: float | None = None
        self._repairing = False

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self, *, shared: bool = False) -> int:
        """Open the file, and queue what was being sent when it was last open; return how many reports that were.

        Args:
            shared: leave the sending to another process, or to a later `lead`; reports may be submitted.

        Raises:
            SpoolLockedError: another process sends from it.
            SpoolError: it cannot be opened, is no spool, or was made by another version.
        """
        if not shared:
            await self._in_thread(lambda: self._take_lock(PATIENCE))
        try:
            self._opened = await self._in_thread(lambda: self._open(upgrade=not shared))
        except SpoolError:
            self._unlock()
            raise
        return 0 if shared else await self._recover()

    async def lead(self) -> int:
        """Become the process that sends; return how many reports were being sent when the last one ended.

        It does not wait for the lock: what is submitted goes through the same thread.

        Raises:
            SpoolLockedError: another process is that.
        """
        await self._in_thread(lambda: self._take_lock(patience=0.0))
        try:
            if self.damaged or await self._in_thread(lambda: self._store.database.is_replaced):
                return await self.repair()
            return await self._recover()
        except SpoolError:
            self._unlock()
            raise

    async def close(self) -> None:
        """Finish what was asked for, and let go of the file."""
        await self._commits.idle()
        opened, self._opened = self._opened, None
        if opened is not None:
            await self._in_thread(opened.database.close)
        self._unlock()
        self._thread.shutdown(wait=False)

    @property
    def damaged(self) -> bool:
        """Whether a part of the file turned out to be unreadable; see `repair`."""
        return self._repairing or (self._opened is not None and self._opened.database.damaged)

    async def repair(self) -> int:
        """Open the file anew; return how many reports were being sent.

        Who leads sets a file aside that is really damaged, and goes on with what could be read of it.

        Raises:
            SpoolError: that cannot be done now; call it again.
        """
        self._repairing = True
        await self._commits.idle()
        opened, self._opened = self._opened, None
        if opened is not None:
            await self._in_thread(opened.database.close)
        leads = self._lock is not None
        self._opened = await self._in_thread(lambda: self._open(upgrade=leads))
        recovered = await self._recover() if leads else 0
        self._repairing = False
        return recovered

    def resize(self, max_size: int | None) -> None:
        """Let the file hold so many bytes from now on before `submit` is refused."""
        self.max_size = max_size
        if self._opened is not None:
            self._opened.database.max_size = max_size

    async def submit(
        self, file: SourceFile, drafts: Sequence[Draft], *, send_collisions: bool = False, more: bool = False
    ) -> Submitted:
        """Take the reports of a file, all or none, and return what became of each.

        With ``more`` they are a part of the reports; all parts come in order. What of the file was taken when a process
        was interrupted is not taken again: the receipts are those of the last drafts.

        A report that is known already is a duplicate. One that has the id of another, or would replace another in the
        server by its identity, is held for a person; with ``send_collisions`` the latter is sent.

        Raises:
            SpoolFullError: nothing was taken; there is no room.
        """
        now = self._now()
        return await self._do(
            lambda: self._store.books.submit(file, drafts, send_collisions=send_collisions, now=now, more=more),
            grows=True,
            stirs=True,
        )

    async def check_room(self) -> None:
        """See whether something new may come in, without trying.

        Raises:
            SpoolFullError: it may not; a report that is submitted all the same may still find room.
        """
        await self._do(self._store.database.check_room)

    async def claim(self, limit: int = 1, *, backlog: int | None = None) -> list[Claim]:
        """Lease up to ``limit`` reports, the most urgent first; there may be none.

        At most ``backlog`` of them, if that is given, are of the backlog.
        """
        self._changed.clear()
        now = self._now()

        def work() -> tuple[list[Claim], float | None]:
            claims = self._store.queue.claim(limit, lease=self.lease, now=now, backlog=backlog)
            return claims, self._store.queue.next_due(now)

        claims, due = await self._do(work)
        self._due = None if due is None else now + due
        return claims

    async def changed(self, timeout: float | None = None) -> None:
        """Wait until it is worth claiming again: something came, left or rested enough, or ``timeout`` passed."""
        waits = [timeout, None if self._due is None else self._due - self._now()]
        shortest = min((max(0.0, wait) for wait in waits if wait is not None), default=None)
        with suppress(TimeoutError):
            async with asyncio.timeout(shortest):
                await self._changed.wait()

    async def extend(self, claims: Sequence[Claim]) -> None:
        """Renew leases that still stand."""
        now = self._now()
        await self._do(lambda: self._store.queue.extend(claims, lease=self.lease, now=now))

    async def ack(self, claim: Claim, server_id: str) -> None:
        """Record that the server has the report."""
        await self._do(lambda: self._store.queue.ack(claim, server_id), stirs=True)

    async def nak(
        self, claim: Claim, reason: Reason, detail: str = "", *, delay: float = 0.0, unknown: bool = False
    ) -> State:
        """Give a report back, to be sent again after ``delay`` seconds; return the state it is in now.

        With ``unknown`` the server may have the report, though no answer says so; after 50 such sends it is held.

        Raises:
            LeaseLostError: it may be with another sender already.
        """
        now = self._now()
        return await self._do(
            lambda: self._store.queue.nak(claim, reason, detail, delay=delay, unknown=unknown, now=now),
            stirs=True,
        )

    async def term(self, claim: Claim, state: State, reason: Reason, detail: str = "") -> None:
        """End the sending of a report for good: it is quarantined, or held for a person.

        Raises:
            LeaseLostError: as for `nak`.
        """
        await self._do(lambda: self._store.queue.term(claim, state, reason, detail), stirs=True)

    async def refuse(self, file: SourceFile, reason: Reason, detail: str, position: str = "") -> PlacedFile:
        """Record that a file gave no report, and why."""
        return await self._do(lambda: self._store.books.refuse(file, reason, detail, position), grows=True)

    async def redirect(self, file: PlacedFile, target: Path, fate: Fate) -> PlacedFile:
        """Record where a file is to go instead."""
        return await self._do(lambda: self._store.books.redirect(file.number, target, fate))

    async def placed(self, file: PlacedFile, explained: Sequence[Refusal] = ()) -> None:
        """Record that a file is where it was to go, and the refusals that are explained beside it."""
        await self._do(lambda: self._store.books.placed(file.number, [refusal.number for refusal in explained]))

    async def stay(self, file: PlacedFile) -> None:
        """Record that a file in the archive stays there after all."""
        await self._do(lambda: self._store.books.stay(file.number))

    async def on_their_way(self) -> list[PlacedFile]:
        """Return the files that lie in their watched folder and are to go elsewhere."""
        return await self._do(self._store.books.on_their_way)

    async def taken_in_part(self) -> list[PlacedFile]:
        """Return the files of which there were more reports to come."""
        return await self._do(self._store.books.taken_in_part)

    async def give_up(self, file: PlacedFile) -> None:
        """Record that the rest of a file cannot be had."""
        await self._do(lambda: self._store.books.give_up(file.number))

    async def unexplained(self) -> list[PlacedFile]:
        """Return the files, moved already, with reports that the server refused and nobody was told of."""
        return await self._do(self._store.books.unexplained)

    async def refusals(self, file: PlacedFile) -> list[Refusal]:
        """Return the reports of a file that the server refused."""
        return await self._do(lambda: self._store.books.refusals(file.number))

    async def entries(self, report_id: str | None = None) -> list[Entry]:
        """Return all reports in the order they came, or those with one id."""
        return await self._do(lambda: self._store.records.entries(report_id))

    async def history(self, entry: int | None = None) -> list[Change]:
        """Return every change in the order it happened, or those of one report."""
        return await self._do(lambda: self._store.records.history(entry))

    async def decide(self, decision: Decision, number: int, by: str) -> None:
        """Do with a report what a person wants: see `Desk`.

        Raises:
            NotPossibleError: the report stands in another state.
        """
        await self._do(lambda: getattr(self._store.desk, decision)(number, by), stirs=True)

    async def decide_all(self, decision: Decision, state: State, reason: Reason, by: str) -> int:
        """Do the same with all reports of one state and reason; return how many. Other work goes on in between."""

        async def some(after: int) -> list[int]:
            return await self._do(lambda: self._store.desk.decide_all(decision, state, reason, by, after), stirs=True)

        count, numbers = 0, await some(0)
        while numbers:
            count, numbers = count + len(numbers), await some(numbers[-1])
        return count

    async def archived(self, source: str, before: int, limit: int) -> list[PlacedFile]:
        """Return files of a source in the archive that were taken before a time, and are finished with."""
        return await self._do(lambda: self._store.ages.archived(source, before, limit))

    async def removed(self, files: Sequence[PlacedFile]) -> None:
        """Record that files are no longer in the archive."""
        await self._do(lambda: self._store.ages.removed(file.number for file in files))

    async def forget(self, before: int, files_before: int, limit: int) -> int:
        """Remove what was finished before a time, up to ``limit`` entries and files; return how many."""
        return await self._do(lambda: self._store.ages.forget(before, files_before, limit))

    async def active(self) -> int:
        """Return how many reports are still on their way."""
        return await self._do(self._store.queue.active)

    async def notice(self) -> list[Command]:
        """Look for what other processes did to the spool; return what they ask and nobody has answered yet.

        Reports that they added, or let go on, are claimed from now on.
        """
        now = self._now()
        changed, commands = await self._in_thread(lambda: self._notice(now))
        if changed:
            self._changed.set()
        return commands

    async def answer(self, command: Command, said: dict[str, Any]) -> None:
        """Answer what another process asked."""
        await self._do(lambda: self._store.commands.answer(command.number, said))

    async def counts(self) -> dict[State, int]:
        """Return how many reports stand in each state."""
        return await self._do(self._store.records.counts)

    @property
    def _store(self) -> Opened:
        if self._opened is None:
            raise SpoolError(f"the spool {self.path} is not open")
        return self._opened

    def _open(self, *, upgrade: bool) -> Opened:
        if not upgrade and is_unfinished(self.path):
            raise SpoolError(f"the spool {self.path} is being repaired; ask again")
        try:
            kind = sound if upgrade else partial(Database, upgrade=False)
            database = kind(self.path, max_size=self.max_size, reserve=self._reserve)
        except (OSError, sqlite3.Error) as error:
            raise SpoolError(f"the spool {self.path} cannot be opened: {error}") from error
        return Opened(database)

    async def _recover(self) -> int:
        recovered: int = await self._do(self._store.queue.recover)
        if recovered:
            log.warning("sends_without_answer", spool=str(self.path), reports=recovered)
        return recovered

    def _take_lock(self, patience: float) -> None:
        """Take the lock in the spool's thread, so that `close` finds it though who asked for it was cancelled."""
        self._lock = SpoolLock(self.path, patience)

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _notice(self, now: float) -> tuple[bool, list[Command]]:
        store = self._store
        try:
            seen = store.database.version_of_data
            if seen == self._seen:
                return False, []
            store.queue.noticed(now)
            commands = store.commands.waiting()
        except sqlite3.Error as error:
            raise store.database.failure(error) from error
        self._seen = seen
        return True, commands

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _do(self, work: Callable[[], T], *, grows: bool = False, stirs: bool = False) -> T:
        if self._opened is None:
            raise SpoolError(f"the spool {self.path} is not open")
        return await self._commits.do(work, grows=grows, stirs=stirs)

    async def _commit(self, operations: Sequence[Operation]) -> list[Outcome]:
        return await self._in_thread(lambda: self._run(operations))

    def _run(self, operations: Sequence[Operation]) -> list[Outcome]:
        try:
            return self._store.database.run(operations)
        except Exception as error:  # noqa: BLE001 - whoever waits for one of these operations must learn of it
            log.error(
                "spool_failed",
                spool=str(self.path),
                error=repr(error),
                traceback=traceback_of(error),
                what_to_do="report this line, a fault of the program; nothing accepted is lost",
            )
            return [Outcome(error=SpoolError(f"the spool {self.path} failed: {error}"))] * len(operations)
