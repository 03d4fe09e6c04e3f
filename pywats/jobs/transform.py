"""SQL over the rows of earlier steps: DuckDB, in memory and on the disk where that is too small.

A query reads the rows of earlier steps and the files that its step names, and nothing else: no other file, no network,
no variable of this program. It can write nowhere.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncGenerator, Generator, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Final, cast

from pywats.jobs.kept import KeptRows
from pywats.jobs.output import Note
from pywats.jobs.rows import Record, RowError
from pywats.jobs.tables import ALONE
from pywats.tables.columns import EXTRA, Kind, Kinds, arrow_schema, fitted, kinds_in, needed

_BATCH: Final = 10_000

_INCOMING: Final = "_incoming"
"""Rows on their way into a table; no step can be called so, since their names begin with a letter."""


def mistake(sql: str) -> str | None:
    """Return what is wrong with a query, as far as that can be seen without its tables, or ``None``.

    Raises:
        ConfigurationError: DuckDB is missing.
    """
    duckdb = needed("duckdb", "frames")
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        return _line(error)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        return "must be one SELECT"
    return None


class Transform:
    """One query under way.

    Args:
        sql: the query; its tables are called as the steps.
        tables: the rows of the steps.
        reads: the files that it may read, or folders of such.
        note: is told the folder that it works in, which a process that is killed leaves behind.
    """

    def __init__(
        self, sql: str, tables: Mapping[str, KeptRows], reads: Sequence[str] = (), note: Note | None = None
    ) -> None:
        self._sql = sql
        self._tables = tables
        self._reads = reads
        self._folder = tempfile.TemporaryDirectory(prefix="pywats-")
        if note is not None:
            note(Path(self._folder.name))
        self._connection: Any = None
        self._batches: Any = None

    async def begin(self) -> Kinds:
        """Run the query, and return the columns of its rows.

        Raises:
            RowError: DuckDB refuses it.
            ConfigurationError: DuckDB is missing.
        """
        return await asyncio.to_thread(self._begin)

    async def rows(self) -> AsyncGenerator[Record, None]:
        """Yield the rows.

        Raises:
            RowError: DuckDB failed.
        """
        while batch := await asyncio.to_thread(self._next):
            for row in batch:
                yield row

    def close(self) -> None:
        """Forget the tables."""
        if self._connection is not None:
            self._connection.close()
        self._folder.cleanup()

    def _begin(self) -> Kinds:
        duckdb = needed("duckdb", "frames")
        with _told(duckdb):
            settings = {**ALONE, "python_enable_replacements": "false", "temp_directory": self._folder.name}
            self._connection = duckdb.connect(str(Path(self._folder.name, "rows.duckdb")), config=settings)
            self._connection.execute("SET TimeZone = 'UTC'")
            for name, rows in self._tables.items():
                self._fill(name, rows)
            self._shut_in()
            self._batches = self._answer(duckdb)
            names = self._batches.schema.names
            twice = next((name for number, name in enumerate(names) if name in names[:number]), None)
            if twice is not None:
                raise RowError(f"transform: two columns are called {twice}; give one another name with AS")
            return {field.name: _kind(field.type) for field in self._batches.schema}

    def _answer(self, duckdb: Any) -> Any:
        try:
            return self._connection.sql(self._sql).to_arrow_reader(_BATCH)
        except duckdb.PermissionException:
            absent = [path for path in self._reads if not Path(path).exists()]
            if absent:  # DuckDB takes such a file for one that it may not read
                raise RowError(f"transform: there is no {' and no '.join(absent)}, which it reads") from None
            raise

    def _shut_in(self) -> None:
        """Leave the query nothing to reach but its tables and the files that the step names."""
        folders = [path for path in self._reads if Path(path).is_dir()]
        files = [path for path in self._reads if path not in folders]
        for setting, paths in (("allowed_directories", folders), ("allowed_paths", files)):
            self._connection.execute(f"SET {setting} = ?", [paths])
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")

    def _fill(self, name: str, rows: KeptRows) -> None:
        kinds = rows.kinds or kinds_in(islice(rows, _BATCH))
        schema = arrow_schema({**kinds, EXTRA: Kind.TEXT})
        arrow = needed("pyarrow", "frames")
        self._connection.register(_INCOMING, schema.empty_table())
        self._connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM {_INCOMING}')  # noqa: S608 - a step's name
        for batch in _batches(rows):
            fitting = [fitted(row, {**kinds, EXTRA: Kind.TEXT}) for row in batch]
            self._connection.register(_INCOMING, arrow.Table.from_pylist(fitting, schema=schema))
            self._connection.execute(f'INSERT INTO "{name}" SELECT * FROM {_INCOMING}')  # noqa: S608 - a step's name
        self._connection.unregister(_INCOMING)

    def _next(self) -> list[Record]:
        duckdb = needed("duckdb", "frames")
        with _told(duckdb):
            for batch in self._batches:
                rows = [{name: _plain(value) for name, value in row.items()} for row in batch.to_pylist()]
                if rows:
                    return rows
        return []


def _batches(rows: KeptRows) -> Iterator[list[Record]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, _BATCH)):
        yield batch


def _kind(type_: Any) -> Kind:
    types = needed("pyarrow.types", "frames")
    for holds, kind in (
        (types.is_boolean, Kind.BOOLEAN),
        (types.is_integer, Kind.INTEGER),
        (types.is_floating, Kind.NUMBER),
        (types.is_timestamp, Kind.TIME),
        (types.is_date, Kind.DATE),
        (types.is_nested, Kind.JSON),
    ):
        if holds(type_):
            return kind
    if types.is_decimal(type_):
        return Kind.INTEGER if type_.scale == 0 else Kind.NUMBER
    return Kind.TEXT


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else float(value)
    if isinstance(value, tuple):  # of Arrow, a span of time
        months, days, nanoseconds = cast("tuple[int, int, int]", value)
        return f"P{months}M{days}DT{nanoseconds / 1e9}S"
    return value


@contextlib.contextmanager
def _told(duckdb: Any) -> Generator[None]:
    """Tell what went wrong in one line; rows are computed as they are read, where Arrow tells it in its own errors."""
    try:
        yield
    except RowError:
        raise
    except (duckdb.Error, OSError, ValueError, OverflowError) as error:
        raise RowError(f"transform: {_line(error)}") from error


def _line(error: Exception) -> str:
    """Return what DuckDB says, without the part of the query that it shows."""
    return " ".join(str(error).split()).partition(" LINE ")[0]
