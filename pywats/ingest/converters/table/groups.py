"""Which rows belong to one report: held are those of the reports that have begun and not ended."""

import sqlite3
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import closing
from itertools import chain, islice
from typing import Final, cast

import orjson

from pywats.ingest.converters import temporary
from pywats.ingest.converters.table.rows import Columns, Row

FEW: Final = 10_000
"""Rows that are held without more ado: most files have less."""
_GROUPS: Final = 50_000
_TABLES: Final = """
CREATE TABLE ends (mark INTEGER PRIMARY KEY, number INTEGER NOT NULL);
CREATE TABLE held (mark INTEGER NOT NULL, row BLOB NOT NULL);
CREATE INDEX of_mark ON held (mark);
"""


def grouped(
    rows: Iterable[Row], key: Callable[[Row], Hashable], again: Callable[[], Iterable[Row]]
) -> Iterator[list[Row]]:
    """Yield the rows of each group when its last one has come.

    Where a group ends, a first reading tells; of few rows it needs none of the file. What is too much for the memory,
    a number for each group and the rows of groups that lie far apart, is in temporary files.

    Args:
        rows: all of them.
        key: what rows of one group have in common.
        again: gives the same rows once more.

    Raises:
        OSError: the temporary files cannot be written.
    """
    rows = iter(rows)
    first = list(islice(rows, FEW))
    with temporary.explained(), closing(_Stored()) as stored:
        ends, held = _Ends(stored), _Held(stored)
        for number, row in enumerate(first if len(first) < FEW else again()):
            ends.note(hash(key(row)), number)
        coming = iter(ends)
        end = next(coming, None)
        first.reverse()
        for number, row in enumerate(chain(_taken(first), rows)):
            mark = hash(key(row))
            held.add(mark, row)
            if number == end:
                yield from _apart(held.take(mark), key)
                end = next(coming, None)


def _taken(rows: list[Row]) -> Iterator[Row]:
    while rows:
        yield rows.pop()


def _apart(rows: Iterable[Row], key: Callable[[Row], Hashable]) -> Iterator[list[Row]]:
    """Yield the rows of each group, of those that have the same hash."""
    groups: dict[Hashable, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    yield from groups.values()


class _Stored:
    """A database in temporary files, which is made when it is needed."""

    def __init__(self) -> None:
        self._database: sqlite3.Connection | None = None

    @property
    def exists(self) -> bool:
        return self._database is not None

    @property
    def database(self) -> sqlite3.Connection:
        if self._database is None:
            self._database = temporary.database(_TABLES)
        return self._database

    def close(self) -> None:
        if self._database is not None:
            self._database.close()

    def put(self, statement: str, values: Iterable[tuple[int, object]]) -> None:
        self.database.execute("BEGIN")
        self.database.executemany(statement, values)
        self.database.execute("COMMIT")


class _Ends:
    """The numbers of the last rows of groups, which are told apart by hashes: those with the same one end together."""

    def __init__(self, stored: _Stored) -> None:
        self._stored = stored
        self._last: dict[int, int] = {}

    def note(self, mark: int, number: int) -> None:
        """Note that a group has a row with this number, which is above those before."""
        self._last[mark] = number
        if len(self._last) > _GROUPS:
            self._store()

    def __iter__(self) -> Iterator[int]:
        if not self._stored.exists:
            return iter(sorted(self._last.values()))
        self._store()
        return (number for (number,) in self._stored.database.execute("SELECT number FROM ends ORDER BY number"))

    def _store(self) -> None:
        self._stored.put("INSERT OR REPLACE INTO ends VALUES (?, ?)", sorted(self._last.items()))
        self._last.clear()


class _Held:
    """The rows of groups that have begun and not ended."""

    def __init__(self, stored: _Stored) -> None:
        self._stored = stored
        self._rows: dict[int, list[Row]] = {}
        self._count = 0
        self._columns: list[Columns] = []
        self._any_stored = False

    def add(self, mark: int, row: Row) -> None:
        """Hold a row of a group."""
        self._rows.setdefault(mark, []).append(row)
        self._count += 1
        if self._count > FEW:
            self._store()

    def take(self, mark: int) -> Iterator[Row]:
        """Give back the rows of a group."""
        if self._any_stored:
            found = self._stored.database.execute("SELECT row FROM held WHERE mark = ? ORDER BY rowid", (mark,))
            bodies: list[tuple[bytes]] = found.fetchall()
            for (body,) in bodies:
                number, position, cells, columns = cast("tuple[int, int, list[str], int]", orjson.loads(body))
                yield Row(number, position, cells, self._columns[columns])
        rows = self._rows.pop(mark, [])
        self._count -= len(rows)
        yield from rows

    def _store(self) -> None:
        self._stored.put("INSERT INTO held VALUES (?, ?)", self._packed())
        self._rows.clear()
        self._count, self._any_stored = 0, True

    def _packed(self) -> Iterator[tuple[int, bytes]]:
        for mark, rows in self._rows.items():
            for row in rows:
                if row.columns not in self._columns:
                    self._columns.append(row.columns)
                yield mark, orjson.dumps((row.number, row.position, row.cells, self._columns.index(row.columns)))
