"""The reports of one file until all of them are known: a few in memory, the rest in a temporary file."""

import contextlib
import pickle
import tempfile
import weakref
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import IO, Final, Generic, TypeVar

from pywats.ingest.errors import SpoolError
from pywats.ingest.spool.entry import Draft
from pywats.text import reason_of

T = TypeVar("T")

PART: Final = 200
PART_SIZE: Final = 1024 * 1024
"""Reports, and bytes of reports, that the spool takes together at the most: nothing else waits for longer."""


class Parcel(Generic[T]):
    """Reports, in whatever form, in the order of their file, packed in parts.

    The last part is in memory, so a file that gives but one costs no more than a list. Those before lie in a file that
    has no name where the system allows that, and else is removed with its last handle: a process that is killed
    leaves nothing.

    Args:
        folder: where the file is made; the system's own for temporary files unless given.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.size = 0
        """Bytes of all reports."""
        self.laid = 0
        """Parts that lie in the file."""
        self._folder = folder
        self._count = 0
        self._last: list[T] = []
        self._room = PART_SIZE
        self._file: IO[bytes] | None = None

    def __len__(self) -> int:
        """Return how many reports there are."""
        return self._count

    def __iter__(self) -> Iterator[T]:
        """Yield all reports."""
        return (report for part in self.parts() for report in part)

    def add(self, report: T, size: int) -> None:
        """Put a report of so many bytes in.

        Raises:
            SpoolError: there is no room for it on the disk.
        """
        if len(self._last) >= PART or self._room <= 0:
            self._lay()
        self._last.append(report)
        self._count += 1
        self.size += size
        self._room -= size

    def parts(self) -> Iterator[list[T]]:
        """Yield the parts in order; those that lie in the file are read as they are asked for.

        Raises:
            SpoolError: the disk fails.
        """
        if self._file is not None:
            with self._explained("cannot be read back from"):
                self._file.seek(0)
            for _ in range(self.laid):
                with self._explained("cannot be read back from"):
                    part: list[T] = pickle.load(self._file)  # noqa: S301 - nobody but this object can write there
                yield part
        yield self._last

    def close(self) -> None:
        """Let go of everything."""
        self._last = []
        self._count = self.laid = 0
        if self._file is not None:
            _close(self._file)
            self._file = None

    def _lay(self) -> None:
        """Bring the last part to the disk."""
        with self._explained("find no room in"):
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - it outlives this call
                weakref.finalize(self, _close, self._file)
            pickle.dump(self._last, self._file, pickle.HIGHEST_PROTOCOL)
            self._file.flush()  # what does not fit is to fail here
        self.laid += 1
        self._last, self._room = [], PART_SIZE

    @contextlib.contextmanager
    def _explained(self, what: str) -> Generator[None]:
        """In a ``with``: an error of the disk says nothing against the file."""
        try:
            yield
        except OSError as error:
            where = self._folder or tempfile.gettempdir()
            raise SpoolError(f"the reports of a large file {what} {where}: {reason_of(error)}") from error


def packed(drafts: Iterable[Draft]) -> Iterator[list[Draft]]:
    """Yield drafts in parts as they come, however many there are."""
    part: list[Draft] = []
    room = PART_SIZE
    for draft in drafts:
        part.append(draft)
        room -= len(draft.body)
        if len(part) >= PART or room <= 0:
            yield part
            part, room = [], PART_SIZE
    if part:
        yield part


def _close(file: IO[bytes]) -> None:
    with contextlib.suppress(OSError):  # what could not be written is wanted no more
        file.close()
