"""The spool from outside the daemon, which may run meanwhile: look, decide, take out, put in. It blocks."""

import contextlib
import getpass
import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

from pywats.ingest.conversion.workshop import Job, convert_file
from pywats.ingest.errors import NotPossibleError, SpoolError
from pywats.ingest.files.reading import Stamp
from pywats.ingest.reasons import State
from pywats.ingest.spool.books import Books
from pywats.ingest.spool.commands import Commands
from pywats.ingest.spool.database import Database, Operation
from pywats.ingest.spool.desk import Desk
from pywats.ingest.spool.entry import Change, Draft, Entry, FileEntry, Identity, Receipt, SourceFile
from pywats.ingest.spool.lock import SpoolLock
from pywats.ingest.spool.parcel import packed
from pywats.ingest.spool.queue import Queue
from pywats.ingest.spool.records import Records
from pywats.text import reason_of

T = TypeVar("T")

_LOOKS = 0.05
"""Seconds between two looks for the answer of a daemon."""

IMPORTED = "import"
"""The source of reports that were put in by hand."""


class Ledger:
    """One spool, opened beside its daemon.

    Args:
        path: the SQLite file, which must be there.

    Raises:
        SpoolError: there is none, or it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise SpoolError(f"there is no spool {path}; name the one of your configuration")
        self.path = path
        self._database = Database(path, reserve=0, upgrade=False)
        self._queue = Queue(self._database)
        self._books = Books(self._database, self._queue)
        self._records = Records(self._database)
        self._desk = Desk(self._database, self._queue)
        self._commands = Commands(self._database)

    def __enter__(self) -> Self:
        """Enter a block that closes the spool at its end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the spool."""
        self._database.close()

    def listed(self, *, state: State | None = None, source: str | None = None, limit: int = 100) -> list[Entry]:
        """Return the newest reports, of one state and one source if those are given."""
        return self._read(lambda: self._records.listed(state, source, limit))

    def found(self, text: str) -> list[Entry]:
        """Return the reports that a number here, a serial number, an id, a file or its name stands for."""
        return self._read(lambda: self._records.found(text))

    def files(self, text: str) -> list[FileEntry]:
        """Return the files that a path, or the end of one, stands for, each as often as it was taken."""
        return self._read(lambda: self._records.files(text))

    def counts(self) -> dict[State, int]:
        """Return how many reports stand in each state."""
        return self._read(self._records.counts)

    def history(self, entry: Entry) -> list[Change]:
        """Return every change of a report, in the order they happened."""
        return self._read(lambda: self._records.history(entry.number))

    def body(self, entry: Entry) -> bytes | None:
        """Return the report as it is sent; nothing once it is done or dropped."""
        return self._read(lambda: self._records.body(entry.number))

    def retry(self, entry: Entry) -> None:
        """Send a refused or resting report again; see `Desk.retry`."""
        self._do(lambda: self._desk.retry(entry.number, _person()))

    def release(self, entry: Entry) -> None:
        """Send a report that was held; see `Desk.release`."""
        self._do(lambda: self._desk.release(entry.number, _person()))

    def drop(self, entry: Entry) -> None:
        """Give a report up; see `Desk.drop`."""
        self._do(lambda: self._desk.drop(entry.number, _person()))

    def backup(self, target: Path) -> None:
        """Copy the spool, as it is at one moment, into a new file; the daemon goes on meanwhile.

        Raises:
            SpoolError: the file is there already, or cannot be written.
        """
        try:
            target.touch(exist_ok=False)
            with contextlib.closing(sqlite3.connect(target)) as copy:
                self._database.sql.backup(copy)
        except FileExistsError as error:
            raise SpoolError(f"{target} is there already; a backup overwrites nothing") from error
        except (OSError, sqlite3.Error) as error:
            target.unlink(missing_ok=True)
            raise SpoolError(f"the backup {target} cannot be written: {reason_of(error)}") from error

    def take_in(self, path: Path) -> list[Receipt]:
        """Accept the reports of a file: WSJF, as `body` gives it, or another spool, such as a backup.

        Of a spool, what is neither done nor dropped is taken, a group at a time, so that its daemon can work on
        meanwhile. What is known here already is a duplicate; an import that was cut short is done again.

        Raises:
            SpoolError: the file gives no report; the text says why. Of a file with reports nothing was taken.
        """
        if not _is_sqlite(path):
            return self._take_in_reports(path)
        digest = hashlib.sha256(str(path).encode()).digest()
        with contextlib.closing(Database(path, reserve=0, upgrade=False)) as database:
            try:
                return [
                    receipt
                    for drafts in packed(_drafts(database.sql))
                    for receipt in self._take_in(path, digest, drafts)
                ]
            except sqlite3.Error as error:
                raise database.failure(error) from error

    def _take_in_reports(self, path: Path) -> list[Receipt]:
        converted = convert_file(Job(path=path, stamp=Stamp.of(path.lstat()), folder=self.path.parent))
        if converted.error is not None:
            raise SpoolError(f"{path}: {converted.error}")
        with contextlib.closing(converted.drafts) as drafts:
            return [
                receipt
                for number, part in enumerate(drafts.parts())
                for receipt in self._take_in(path, converted.digest, part, more=number < drafts.laid)
            ]

    def _take_in(
        self, path: Path, digest: bytes, drafts: Sequence[Draft], *, more: bool = False
    ) -> tuple[Receipt, ...]:
        file = SourceFile(
            source=IMPORTED,
            path=path.absolute(),
            digest=digest,
            size=path.stat().st_size,
            converter="wsjf",
            target=path.absolute(),
            backlog=True,
        )

        def work() -> tuple[Receipt, ...]:
            submitted = self._books.submit(file, drafts, send_collisions=False, now=0.0, more=more)
            if not more:
                self._books.placed(submitted.file.number, ())
            return submitted.receipts

        return self._do(work, grows=True)

    def command(self, verb: str, argument: str = "", *, patience: float = 10.0) -> dict[str, Any]:
        """Ask the daemon that works on this spool, and return its answer.

        Args:
            verb: ``stop``, ``reload``, ``pause``, ``resume`` or ``status``.
            argument: of the verb, such as the name of a source.
            patience: seconds to wait for the answer.

        Raises:
            NotPossibleError: no daemon works on this spool, or it did not answer in time; the question is withdrawn.
        """
        if not self.is_served():
            raise NotPossibleError(f"no daemon works on the spool {self.path}")
        number = self._do(lambda: self._commands.ask(verb, argument))
        end = time.monotonic() + patience
        while (said := self._commands.answered(number)) is None:
            if time.monotonic() >= end:
                self._do(lambda: self._commands.withdraw(number))
                raise NotPossibleError(f"the daemon on the spool {self.path} did not answer within {patience:g} s")
            time.sleep(_LOOKS)
        return said

    def is_served(self) -> bool:
        """Whether a daemon, or another process that sends, works on the spool."""
        return SpoolLock.is_held(self.path)

    def _read(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except (sqlite3.Error, ValueError) as error:  # a value that is none comes of damage
            raise self._database.failure(error) from error

    def _do(self, work: Callable[[], T], *, grows: bool = False) -> T:
        (outcome,) = self._database.run([Operation(work, grows)])
        if outcome.error is not None:
            raise outcome.error
        value: T = outcome.value
        return value


def _person() -> str:
    """Who decides, for the history."""
    try:
        return f"by {getpass.getuser()}"
    except (OSError, KeyError):  # a user number without a name
        return "by hand"


def _is_sqlite(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(16) == b"SQLite format 3\0"
    except OSError as error:
        raise SpoolError(f"{path} cannot be read: {reason_of(error)}") from error


def _drafts(sql: sqlite3.Connection) -> Iterator[Draft]:
    rows = sql.execute(
        """SELECT e.report_id, b.bytes, e.digest, e.position, e.type, e.sn, e.pn, e.process, e.start, e.refers_to
        FROM entry e JOIN body b ON b.entry = e.number ORDER BY e.number"""
    )
    for report_id, body, digest, position, type_, sn, pn, process, start, refers_to in rows:
        identity = Identity(type_, sn, pn, process, start)
        yield Draft(
            report_id=report_id, body=body, digest=digest, position=position, identity=identity, refers_to=refers_to
        )
