"""Rows of a step that later steps read: on the disk, so that memory does not grow with them."""

import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, overload

from pydantic_core import from_json, to_json

from pywats.jobs.rows import Record
from pywats.tables.columns import Kinds


class KeptRows(Sequence[Record]):
    """Rows in a file without a name, which the system removes with the process.

    Attributes:
        kinds: their columns, where the type of the rows says them.
    """

    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed with the run
        self._count = 0

    def write(self, row: Record) -> None:
        """Keep one row."""
        self._file.write(to_json(row) + b"\n")
        self._count += 1

    def close(self) -> None:
        """Forget the rows."""
        self._file.close()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Record]:
        place = 0
        for _ in range(self._count):
            self._file.seek(place)  # others may read in between
            line = self._file.readline()
            place += len(line)
            yield from_json(line)

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> list[Record]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            numbers = range(self._count)[index]
            return [self[number] for number in numbers]
        number = range(self._count)[index]
        return next(islice(self, number, None))
