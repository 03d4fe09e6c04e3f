"""What jobs remember: how far they have read, what they are about to put in its place, and what their runs did."""

import contextlib
import json
import os
import sqlite3
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from pywats.errors import PyWATSError
from pywats.filelock import lock
from pywats.jobs.output import remove
from pywats.jobs.placing import Placement
from pywats.jobs.summary import RunSummary, StepSummary
from pywats.jobs.watermark import Watermark
from pywats.text import reason_of

KEPT: Final = 1000
"""Runs of a job that are remembered."""

STOPPED: Final = "was stopped"
"""Why a run failed that was interrupted."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS mark (job TEXT, step TEXT, server TEXT, mark TEXT, PRIMARY KEY (job, step, server));
CREATE TABLE IF NOT EXISTS part (job TEXT, path BLOB);
CREATE TABLE IF NOT EXISTS intent (job TEXT PRIMARY KEY, placements TEXT, marks TEXT, ended TEXT);
CREATE TABLE IF NOT EXISTS seen (job TEXT PRIMARY KEY, moment TEXT);
CREATE TABLE IF NOT EXISTS run (
    number INTEGER PRIMARY KEY, job TEXT, started TEXT, seconds REAL, error TEXT, ended INTEGER, steps TEXT
);
CREATE INDEX IF NOT EXISTS run_by_job ON run (job, number);
"""


class StateError(PyWATSError):
    """The file that jobs remember things in cannot be used."""


class JobRunningError(PyWATSError):
    """Another process runs the same job."""


@dataclass(frozen=True)
class PastRun:
    """A run, as it is remembered.

    Attributes:
        job: the job.
        started: when it began.
        seconds: how long it took; ``None`` while it goes on, and for one that was killed.
        error: why it failed, or ``None``.
        ended: whether it came to an end.
        steps: what each step did.
    """

    job: str
    started: datetime
    seconds: float | None
    error: str | None
    ended: bool
    steps: tuple[StepSummary, ...]

    @property
    def outcome(self) -> str:
        """What came of it, in a word or two."""
        return "did not end" if not self.ended else "failed" if self.error else "ok"


class State:
    """The memory of jobs, one SQLite file.

    Args:
        path: the file; it is made where it is missing.

    Raises:
        StateError: it cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._told():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=30.0, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.executescript(_SCHEMA)

    def __enter__(self) -> Self:
        """Enter a block that closes the file at its end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._connection.close()

    @contextlib.contextmanager
    def lock(self, job: str) -> Generator[None]:
        """Keep other processes from running this job.

        Raises:
            JobRunningError: one does; who it is is said.
        """
        path = self.path.with_name(f"{self.path.name}.{job}.lock")
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StateError(f"the lock {path} cannot be made: {reason_of(error)}") from error
        try:
            try:
                lock(descriptor)
            except OSError as error:
                holder = os.read(descriptor, 20).decode("ascii", "replace").strip() or "(unknown)"
                raise JobRunningError(f"job {job} is running already, in process {holder}; nothing was done") from error
            os.ftruncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
            yield
        finally:
            os.close(descriptor)

    # Watermarks

    def mark(self, job: str, step: str, server: str) -> Watermark:
        """Return how far a step has read on a server."""
        found = self._all("SELECT mark FROM mark WHERE job = ? AND step = ? AND server = ?", job, step, server)
        return Watermark.of_json(json.loads(found[0][0])) if found else Watermark()

    def marks(self, job: str) -> dict[str, Any]:
        """Return how far the steps of a job have read, the highest position by their names."""
        found = self._all("SELECT step, mark FROM mark WHERE job = ? ORDER BY step", job)
        return {step: Watermark.of_json(json.loads(text)).height for step, text in found}

    # Parts and placements

    def note(self, job: str, part: Path) -> None:
        """Remember a part that is about to be written."""
        self._do("INSERT INTO part VALUES (?, ?)", job, os.fsencode(part))

    def place(
        self,
        number: int,
        summary: RunSummary,
        placements: Sequence[Placement],
        marks: dict[tuple[str, str], Watermark],
    ) -> None:
        """Put everything in its place, move the marks and end the run: all of it, even if it is killed meanwhile.

        Args:
            number: of the run.
            summary: what it did.
            placements: what it wrote.
            marks: how far it has read, by step and server.

        Raises:
            OSError, RowError: something cannot be put in its place. If it was the first, nothing has changed;
                otherwise the next run begins with the rest.
        """
        job = summary.job
        checked = [placement.checked(job) for placement in placements]
        kept = [[step, server, mark.as_json()] for (step, server), mark in marks.items()]
        told = json.dumps([placement.as_json() for placement in checked])
        ended = json.dumps(_ended(number, summary))
        self._do("INSERT OR REPLACE INTO intent VALUES (?, ?, ?, ?)", job, told, json.dumps(kept), ended)
        self._carry_out(job)

    def recover(self, job: str) -> bool:
        """Finish what a killed run had begun to put in its place, else remove what it left; say whether it was so.

        Raises:
            OSError, RowError: it cannot be finished.
        """
        finished = bool(self._all("SELECT 1 FROM intent WHERE job = ?", job))
        if finished:
            self._carry_out(job)
        for (part,) in self._all("SELECT path FROM part WHERE job = ?", job):
            remove(Path(os.fsdecode(part)))
        self._do("DELETE FROM part WHERE job = ?", job)
        return finished

    def _carry_out(self, job: str) -> None:
        ((placements, marks, ended),) = self._all("SELECT placements, marks, ended FROM intent WHERE job = ?", job)
        placed = 0
        try:
            for kept in json.loads(placements):
                Placement.of_json(kept).place()
                placed += 1
        except Exception:
            if not placed:
                self._do("DELETE FROM intent WHERE job = ?", job)
            raise
        with self._told(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            for step, server, mark in json.loads(marks):
                row = (job, step, server, json.dumps(mark))
                self._connection.execute("INSERT OR REPLACE INTO mark VALUES (?, ?, ?, ?)", row)
            self._connection.execute("DELETE FROM intent WHERE job = ?", (job,))
            self._connection.execute("DELETE FROM part WHERE job = ?", (job,))
            self._connection.execute(_END, json.loads(ended))

    # Runs

    def begin(self, job: str, started: datetime) -> int:
        """Write down that a run begins, and return its number."""
        self._do(_FORGET, job, job, KEPT - 1)
        with self._told():
            cursor = self._connection.execute(
                "INSERT INTO run (job, started, ended, steps) VALUES (?, ?, 0, '[]')", (job, _utc(started))
            )
        return cursor.lastrowid or 0

    def end(self, number: int, summary: RunSummary) -> None:
        """Write down what a run did."""
        self._do(_END, *_ended(number, summary))

    def runs(self, job: str, limit: int = 20) -> list[PastRun]:
        """Return the runs of a job, the latest first."""
        return [_past(row) for row in self._all(f"{_RUN} WHERE job = ? ORDER BY number DESC LIMIT ?", job, limit)]

    def was_cut_short(self, job: str) -> bool:
        """Whether the last run of a job was killed or stopped, and the one before it was not."""
        cut_short = [not past.ended or past.error == STOPPED for past in self.runs(job, limit=2)]
        return cut_short in ([True], [True, False])

    def latest(self) -> list[PastRun]:
        """Return the latest run of every job."""
        return [_past(row) for row in self._all(_LATEST)]

    def seen(self, job: str, now: datetime) -> datetime:
        """Return from when on the runs of a scheduled job count: when it last began, or when it was first seen."""
        self._do("INSERT OR IGNORE INTO seen VALUES (?, ?)", job, _utc(now))
        moments = self._all("SELECT moment FROM seen WHERE job = ?", job)
        return datetime.fromisoformat(moments[0][0])

    def began(self, job: str, now: datetime) -> None:
        """Write down that a scheduled run begins."""
        self._do("INSERT OR REPLACE INTO seen VALUES (?, ?)", job, _utc(now))

    def _all(self, statement: str, *values: Any) -> list[Any]:
        with self._told():
            return self._connection.execute(statement, values).fetchall()

    def _do(self, statement: str, *values: Any) -> None:
        with self._told():
            self._connection.execute(statement, values)

    @contextlib.contextmanager
    def _told(self) -> Generator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StateError(
                f"the state file {self.path} cannot be used: {reason_of(error)}; name another with state:"
            ) from error


_RUN: Final = "SELECT job, started, seconds, error, ended, steps FROM run"
_LATEST: Final = f"{_RUN} WHERE number IN (SELECT max(number) FROM run GROUP BY job) ORDER BY job"  # noqa: S608
_END: Final = "UPDATE run SET seconds = ?, error = ?, ended = 1, steps = ? WHERE number = ?"
_FORGET: Final = """
DELETE FROM run WHERE job = ? AND number NOT IN (SELECT number FROM run WHERE job = ? ORDER BY number DESC LIMIT ?)
"""


def _ended(number: int, summary: RunSummary) -> list[Any]:
    """Return the values of ``_END``."""
    return [summary.seconds, summary.error, json.dumps([step.as_json() for step in summary.steps]), number]


def _past(row: Sequence[Any]) -> PastRun:
    job, started, seconds, error, ended, steps = row
    done = tuple(StepSummary.of_json(step) for step in json.loads(steps))
    return PastRun(job, datetime.fromisoformat(started), seconds, error, bool(ended), done)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
