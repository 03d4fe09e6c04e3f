"""Sinks whose columns have types: Parquet files and folders, tables of SQLite and DuckDB."""

import contextlib
import os
import sqlite3
from abc import abstractmethod
from collections.abc import Generator
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from pywats.jobs import tables
from pywats.jobs.output import Note, part_of, remove, to_disk
from pywats.jobs.placing import Placement
from pywats.jobs.rows import Record, RowError, cell
from pywats.jobs.schema import Database, Parquet
from pywats.jobs.sinks import Sink
from pywats.tables.columns import EXTRA, Kind, Kinds, arrow_schema, fitted, kinds_in, needed

BATCH: Final = 10_000
"""Rows that are converted at a time; where no type says the columns, the first so many do."""

MOST_PARTITIONS: Final = 500
"""Files that one step writes at the same time."""


class TypedSink(Sink):
    """Collects rows, and writes so many at a time, each column in its type."""

    def __init__(self, path: Path, kinds: Kinds, note: Note | None) -> None:
        self.path = str(path)
        self._destination, self._part = part_of(path, note)
        self._kinds = {**kinds, EXTRA: Kind.TEXT} if kinds else {}
        self._waiting: list[Record] = []

    def write(self, row: Record) -> None:
        """Take one row."""
        self._waiting.append(row)
        if len(self._waiting) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        if not self._kinds:
            self._kinds = {**kinds_in(self._waiting), EXTRA: Kind.TEXT}
        self._put([fitted(row, self._kinds) for row in self._waiting])
        self._waiting.clear()

    @abstractmethod
    def _put(self, rows: list[Record]) -> None:
        """Write rows that fit."""

    @property
    @abstractmethod
    def placement(self) -> Placement:
        """What was written, and where it belongs."""

    def commit(self) -> None:
        """Put it in its place."""
        self.placement.place()

    def discard(self) -> None:
        """Remove what was written."""
        remove(self._part)


class ParquetSink(TypedSink):
    """One Parquet file, or a folder with a file for each value of the columns that it is divided by."""

    def __init__(self, settings: Parquet, kinds: Kinds, note: Note | None = None) -> None:
        super().__init__(Path(settings.path), kinds, note)
        self._settings = settings
        if not settings.is_folder and self._destination.is_dir():
            raise IsADirectoryError(f"{settings.path} is a folder; name a file in it")
        if settings.is_folder and self._destination.is_file():
            raise NotADirectoryError(f"{settings.path} is a file; partition_by and append need a folder")
        self._arrow = needed("pyarrow", "frames")
        self._parquet = needed("pyarrow.parquet", "frames")
        self._writers: dict[tuple[Any, ...], Any] = {}

    @property
    def placement(self) -> Placement:
        """The file, or the folder."""
        settings = self._settings
        how = "file" if not settings.is_folder else "folder" if settings.mode == "replace" else "files"
        return Placement(how, str(self._part), str(self._destination))

    def _put(self, rows: list[Record]) -> None:
        by = self._settings.partition_by
        groups: dict[tuple[Any, ...], list[Record]] = {}
        for row in rows:
            groups.setdefault(tuple(row.get(name) for name in by), []).append(row)
        if not rows and not by:
            groups[()] = []
        for values, group in groups.items():
            writer = self._writers.get(values) or self._open(values)
            writer.write_table(self._arrow.Table.from_pylist(group, schema=writer.schema))

    def _open(self, values: tuple[Any, ...]) -> Any:
        if len(self._writers) >= MOST_PARTITIONS:
            raise RowError(f"partition_by gives more than {MOST_PARTITIONS} files; name columns with fewer values")
        by = self._settings.partition_by
        file = self._part
        if self._settings.is_folder:
            file = file.joinpath(*map(_folder, by, values)) / "rows.parquet"
            file.parent.mkdir(parents=True, exist_ok=True)
        schema = arrow_schema({name: kind for name, kind in self._kinds.items() if name not in by})
        self._writers[values] = self._parquet.ParquetWriter(str(file), schema, compression="zstd")
        return self._writers[values]

    def finish(self) -> None:
        """Bring the files to the disk."""
        if self._settings.is_folder:
            self._part.mkdir(exist_ok=True)
        if self._waiting or not (self._writers or self._adds_nothing):
            self._flush()
        for writer in self._writers.values():
            writer.close()
        if not self._settings.is_folder:
            to_disk(self._part)
            return
        self._compare()
        for folder, _, names in os.walk(self._part):
            for name in names:
                to_disk(Path(folder, name))
            to_disk(Path(folder))

    @property
    def _adds_nothing(self) -> bool:
        """Whether there are neither rows nor a type that says their columns, and the folder stays as it is."""
        return self._settings.mode == "append" and not self._kinds

    def _compare(self) -> None:
        """Refuse other columns than those of the files that are there, unless both are taken.

        Raises:
            RowError: they differ.
        """
        settings = self._settings
        former = sorted(self._destination.rglob("*.parquet"))
        if not former or not self._writers or settings.mode == "replace":
            return
        there: dict[str, str] = {}
        for file in former if settings.on_drift == "union" else former[:1]:
            there |= {field.name: str(field.type) for field in self._parquet.read_schema(str(file))}
        ours = {field.name: str(field.type) for field in next(iter(self._writers.values())).schema}
        tables.drift(settings.path, there, ours, union=settings.on_drift == "union")

    def discard(self) -> None:
        """Remove what was written."""
        for writer in self._writers.values():
            with contextlib.suppress(Exception):  # the file may be full, or closed already
                writer.close()
        super().discard()


class SqliteSink(TypedSink):
    """A table of a SQLite file. The rows are written into a file beside it, and taken over when the run succeeds."""

    def __init__(self, settings: Database, kinds: Kinds, note: Note | None = None) -> None:
        super().__init__(Path(settings.path), kinds, note)
        if self._destination.is_dir():
            raise IsADirectoryError(f"{settings.path} is a folder; name a file in it")
        self._settings = settings
        with self._told():
            self._connection = sqlite3.connect(self._part, isolation_level=None)
            try:
                self._connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
            except BaseException:
                self._connection.close()
                raise
        self._begun = False

    @property
    def placement(self) -> Placement:
        """The file, and the table that its rows belong to."""
        return Placement("sqlite", str(self._part), str(self._destination), _target(self._settings, self._kinds))

    def _put(self, rows: list[Record]) -> None:
        with self._told():
            self._insert(rows)

    def _insert(self, rows: list[Record]) -> None:
        names = ", ".join(map(tables.quoted, self._kinds))
        if not self._begun:
            types = tables.TYPES["sqlite"]
            columns = ", ".join(f"{tables.quoted(name)} {types[kind]}" for name, kind in self._kinds.items())
            self._connection.execute(f"CREATE TABLE {tables.STAGED} ({columns})")
            self._connection.execute("BEGIN")
            self._begun = True
        marks = ", ".join("?" * len(self._kinds))
        statement = f"INSERT INTO {tables.STAGED} ({names}) VALUES ({marks})"  # noqa: S608 - names are quoted
        values = ([_sql(row[name]) for name in self._kinds] for row in rows)
        self._connection.executemany(statement, values)

    def finish(self) -> None:
        """Bring the rows to the disk."""
        if self._waiting or not self._begun:
            self._flush()
        with self._told():
            self._connection.execute("COMMIT")
            if self._settings.key and self._kinds.keys() >= set(self._settings.key):  # rows of the table look up these
                key = ", ".join(map(tables.quoted, self._settings.key))
                self._connection.execute(f"CREATE INDEX by_key ON {tables.STAGED} ({key})")
            self._connection.close()
        to_disk(self._part)

    @contextlib.contextmanager
    def _told(self) -> Generator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise RowError(f"{self.path}: {error}") from error

    def discard(self) -> None:
        """Remove what was written."""
        self._connection.close()
        super().discard()


class DuckDbSink(ParquetSink):
    """A table of a DuckDB file. The rows are written into a Parquet file beside it, and taken over in the end."""

    def __init__(self, settings: Database, kinds: Kinds, note: Note | None = None) -> None:
        needed("duckdb", "frames")
        super().__init__(Parquet(path=settings.path), kinds, note)
        self._table = settings

    @property
    def placement(self) -> Placement:
        """The file, and the table that its rows belong to."""
        return Placement("duckdb", str(self._part), str(self._destination), _target(self._table, self._kinds))


def _target(settings: Database, kinds: Kinds) -> dict[str, Any]:
    return {
        "name": settings.table,
        "kinds": dict(kinds),
        "mode": settings.mode,
        "key": list(settings.key),
        "union": settings.on_drift == "union",
    }


def _sql(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def _folder(name: str, value: Any) -> str:
    """Name a folder as Hive does: the column and its value."""
    text = "__HIVE_DEFAULT_PARTITION__" if value is None else quote(cell(_sql(value)), safe=" ")
    return f"{name}={text}"
