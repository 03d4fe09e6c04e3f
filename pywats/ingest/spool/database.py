"""The spool's SQLite file: opened for durability, changed in groups, kept alive on a full disk."""

import contextlib
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pywats.ingest.errors import SpoolDamagedError, SpoolError, SpoolFullError
from pywats.ingest.reasons import Reason
from pywats.ingest.spool.layout import APPLICATION_ID, TABLES, UPGRADES, VERSION
from pywats.text import reason_of
from workers.log import get_logger

log = get_logger(__name__)

RESERVE: Final = 512 * 1024
"""Bytes set aside on the disk, so that accepted reports can still be marked as sent when it is full."""

SUSPECT: Final = ".suspect"
"""Ending of the file that says that a part of the spool could not be read."""

CHECKS: Final = 3
"""So often a file is read before it is called damaged."""

# The WAL stays near 128 KiB, so that on a full disk a change of state fits into what the reserve gave back.
# Overwriting deleted bodies with zeros (Debian's default) would need as much room again as the body took.
_PRAGMAS: Final = (
    "synchronous = FULL",
    "wal_autocheckpoint = 32",
    "journal_size_limit = 262144",
    "secure_delete = OFF",
    "foreign_keys = ON",
    "temp_store = MEMORY",
    "busy_timeout = 30000",
)


@dataclass(frozen=True, slots=True)
class Operation:
    """A piece of work inside a transaction; ``grows`` says that it stores something new."""

    work: Callable[[], Any]
    grows: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an operation returned, or why it failed."""

    value: Any = None
    error: Exception | None = None


class Database:
    """One SQLite file in the hands of one thread.

    Args:
        path: the file; its folder is made.
        max_size: bytes that the file may hold before nothing new is taken; ``None`` for no limit.
        reserve: bytes to set aside beside it; 0 for none.
        upgrade: bring a spool of an older version to today's layout; whoever does not hold the lock must not.

    Raises:
        SpoolError: the file cannot be opened, is no spool, or was made by another version.
    """

    def __init__(
        self, path: Path, *, max_size: int | None = None, reserve: int = RESERVE, upgrade: bool = True
    ) -> None:
        self.path = path
        self.max_size = max_size
        self._upgrades = upgrade
        self._reserve = Reserve(path.with_name(f"{path.name}.reserve"), reserve)
        self._after: list[Callable[[], object]] = []
        self.damaged = False
        self._suspicion = path.with_name(path.name + SUSPECT)  # so that the next start knows of it
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.sql = sqlite3.connect(path, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise SpoolError(
                f"the spool {path} cannot be opened: {reason_of(error)}; is its folder writable?"
            ) from error
        try:
            self._prepare()
            self._file = _identity(path)
        except (OSError, sqlite3.Error) as error:
            self.sql.close()
            kind = SpoolDamagedError if _is_damaged(error) or self._lost_its_head(error) else SpoolError
            raise kind(f"the spool {path} cannot be used: {reason_of(error)}") from error
        except SpoolError:
            self.sql.close()
            raise
        self._reserve.hold()

    def _lost_its_head(self, error: Exception) -> bool:
        """Whether what is no database was a spool of ours, and no file of somebody else: the reserve lies beside it."""
        return _is_of(error, sqlite3.SQLITE_NOTADB) and self._reserve.was_held()

    def _prepare(self) -> None:
        for pragma in _PRAGMAS:
            self._pragma(pragma)
        marks = (self._pragma("application_id"), self._pragma("user_version"))
        if marks == (0, 0) and not self.sql.execute("SELECT 1 FROM sqlite_schema").fetchone():
            version = 0
        elif marks[0] != APPLICATION_ID:
            raise SpoolError(f"{self.path} is an SQLite file, but no spool; name another file in spool.path")
        elif marks[1] > VERSION:
            raise SpoolError(
                f"the spool {self.path} has layout {marks[1]}, this program knows up to {VERSION}; install the version "
                "that made it, or a newer one"
            )
        else:
            version = int(marks[1])
        if 0 < version < VERSION and not self._upgrades:
            raise SpoolError(f"the spool {self.path} has an older layout; start the daemon once to bring it up to date")
        if self._pragma("journal_mode = WAL") != "wal":
            raise SpoolError(f"the spool {self.path} needs a local disk: this file system does not take a WAL")
        if version < VERSION:
            self._upgrade()

    def _pragma(self, text: str) -> Any:
        row = self.sql.execute(f"PRAGMA {text}").fetchone()
        return row[0] if row else None

    def _upgrade(self) -> None:
        self.sql.execute("BEGIN IMMEDIATE")
        version: int = self._pragma("user_version")  # another process may have been quicker
        steps = [UPGRADES[step] for step in range(version, VERSION)] if version else [TABLES]
        for statements in steps:
            for statement in statements:
                self.sql.execute(statement)
        self.sql.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        self.sql.execute(f"PRAGMA user_version = {VERSION}")
        self.sql.execute("COMMIT")

    def check_suspicion(self) -> None:
        """If something could not be read the last time, read the whole file and see whether it is sound.

        Raises:
            SpoolDamagedError: it is not.
        """
        if not self._suspicion.exists():
            return
        found = ""
        for _ in range(CHECKS):  # what cannot be read once may be a cable
            try:
                found = self._pragma("quick_check(1)")
                break
            except sqlite3.DatabaseError as error:
                found = str(error)
        if found != "ok":
            raise SpoolDamagedError(f"the spool {self.path} is damaged: {found}")
        self.trust()

    def trust(self) -> None:
        """Suspect the file no longer: it was found to be sound, or is another one."""
        self._suspicion.unlink(missing_ok=True)

    @property
    def version_of_data(self) -> int:
        """A number that changes when another connection has changed the file."""
        version: int = self._pragma("data_version")
        return version

    @property
    def is_replaced(self) -> bool:
        """Whether there is another file at the path by now: this one was damaged, and another process set it aside."""
        try:
            return _identity(self.path) != self._file
        except OSError:
            return True

    def close(self) -> None:
        """Close the file; the WAL is folded into it, if the disk lets it."""
        with contextlib.suppress(sqlite3.Error):
            self.sql.close()

    def run(self, operations: Sequence[Operation]) -> list[Outcome]:
        """Carry out operations in one transaction, and return what came of each once all of it is on the disk.

        An operation that fails is undone alone. When the disk is full, the reserve is given back, what grows the file
        is refused with `SpoolFullError`, and the rest is carried out in the room so won.
        """
        try:
            outcomes = self._transaction(operations)
        except sqlite3.Error as error:
            if not _is_full(error):
                return [Outcome(error=self.failure(error))] * len(operations)
            return self._run_on_full_disk(operations)
        if self.is_replaced:
            self.damaged = True
            replaced = SpoolError(f"the spool {self.path} was damaged and set aside meanwhile; ask again")
            return [Outcome(error=replaced)] * len(operations)
        if any(operation.grows for operation in operations):
            self._reserve.hold()
        return outcomes

    def _run_on_full_disk(self, operations: Sequence[Operation]) -> list[Outcome]:
        if self._reserve.release():
            log.error("disk_full", spool=str(self.path), what_to_do="free space on this disk; nothing accepted is lost")
        # What is committed moves into the main file before another program takes the room; from then on the WAL is
        # written over from its start, which needs none.
        with contextlib.suppress(sqlite3.Error):
            self._pragma("wal_checkpoint(RESTART)")
        outcomes: list[Outcome] = []
        for operation in operations:
            if operation.grows:
                outcomes.append(Outcome(error=SpoolFullError(f"the disk of the spool {self.path} is full")))
                continue
            try:
                outcomes += self._transaction([operation])
            except sqlite3.Error as error:
                outcomes.append(Outcome(error=self.failure(error)))
        return outcomes

    def failure(self, error: Exception) -> SpoolError:
        """Return what an error of SQLite means for the spool, and remember it if the file is damaged."""
        kind, what = (SpoolFullError if _is_full(error) else SpoolError), "could not be worked with"
        if _is_of(error, sqlite3.SQLITE_READONLY):  # for good, in this connection: its shared memory could not be had
            self.damaged = True
        elif _is_damaged(error):
            kind, what, self.damaged = SpoolDamagedError, "is damaged; the daemon saves what can be read of it", True
            with contextlib.suppress(OSError):
                self._suspicion.touch()
        failure = kind(f"the spool {self.path} {what}: {error}")
        failure.__cause__ = error
        return failure

    def _transaction(self, operations: Sequence[Operation]) -> list[Outcome]:
        self._after.clear()
        if self.sql.in_transaction:  # a fault of the disk has kept the last one from being undone
            self.sql.execute("ROLLBACK")
        self.sql.execute("BEGIN IMMEDIATE")
        try:
            outcomes = [self._step(operation) for operation in operations]
            self.sql.execute("COMMIT")
        except BaseException:
            if self.sql.in_transaction:
                self.sql.execute("ROLLBACK")
            raise
        for action in self._after:
            action()
        return outcomes

    def _step(self, operation: Operation) -> Outcome:
        self.sql.execute("SAVEPOINT step")
        mark = len(self._after)
        try:
            outcome = Outcome(operation.work())
        except Exception as error:
            if isinstance(error, sqlite3.Error) and not isinstance(error, sqlite3.IntegrityError):
                raise
            del self._after[mark:]
            self.sql.execute("ROLLBACK TO step")
            outcome = Outcome(error=error if isinstance(error, SpoolError) else self.failure(error))
        self.sql.execute("RELEASE step")
        return outcome

    def check_room(self) -> None:
        """See whether something new may come in: below the limit, and with the reserve set aside for what comes after.

        Raises:
            SpoolFullError: it may not.
        """
        self.check_size()
        if not self._reserve.hold():
            raise SpoolFullError(f"the disk of the spool {self.path} is full, or nearly so: there is no reserve on it")

    def check_size(self) -> None:
        """See whether the file is below its limit.

        Raises:
            SpoolFullError: it is not.
        """
        if self.max_size is None:
            return
        used = (self._pragma("page_count") - self._pragma("freelist_count")) * self._pragma("page_size")
        if used >= self.max_size:
            raise SpoolFullError(f"the spool {self.path} has reached its max_size; it goes on as reports are uploaded")

    def after_commit(self, action: Callable[[], object]) -> None:
        """Do something in memory once the running transaction is on the disk, and not if it is undone."""
        self._after.append(action)

    def note(
        self,
        cause: Reason,
        *,
        entry: int | None = None,
        file: int | None = None,
        before: str | None = None,
        after: str | None = None,
        detail: str = "",
    ) -> None:
        """Write one line of history."""
        self.sql.execute(
            "INSERT INTO event(at, entry, file, before, after, cause, detail) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (now_ms(), entry, file, before, after, cause, detail),
        )


class Reserve:
    """A file that holds room on the disk until it is needed."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size
        self._held = False
        self._failed = False

    def hold(self) -> bool:
        """Set the room aside, unless that would itself fill the disk; return whether it is set aside."""
        if not self._size or self._held:
            return True
        try:
            self._held = self._is_there() or self._make()
        except OSError as error:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
            if not self._failed:
                log.warning("reserve_not_held", path=str(self._path), error=str(error))
        self._failed = not self._held
        return self._held

    def was_held(self) -> bool:
        """Return whether an earlier process has left it."""
        return self._path.exists()

    def _is_there(self) -> bool:
        """Whether an earlier process has left it; a smaller one is what a crash left."""
        return self._path.exists() and self._path.stat().st_size == self._size

    def _make(self) -> bool:
        if shutil.disk_usage(self._path.parent).free < 4 * self._size:
            return False
        with self._path.open("wb") as file:
            file.write(os.urandom(self._size))  # neither a hole nor compressible: the room is really taken
            file.flush()
            os.fsync(file.fileno())
        return True

    def release(self) -> bool:
        """Give the room back; return whether there was any."""
        self._held = False
        try:
            self._path.unlink()
        except OSError:
            return False
        return True


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def now_ms() -> int:
    """Return the wall-clock time in milliseconds, for the record; nothing is timed by it."""
    return time.time_ns() // 1_000_000


def _is_damaged(error: Exception) -> bool:
    return _is_of(error, sqlite3.SQLITE_CORRUPT)


def _is_full(error: Exception) -> bool:
    return _is_of(error, sqlite3.SQLITE_FULL)


def _is_of(error: Exception, kind: int) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == kind
