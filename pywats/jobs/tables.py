"""Tables of SQLite and DuckDB files: rows that were written aside are taken over in one transaction."""

import contextlib
import hashlib
import sqlite3
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

from pywats.jobs.rows import RowError
from pywats.tables.columns import EXTRA, SQL, Kind, Kinds, needed

STAGED: Final = "pywats_staged"
"""The table of a part."""

_RUNS: Final = "pywats_runs"
"""The table that says which rows a job has put into a table last."""

_DUCKDB: Final = {
    **SQL,
    Kind.TEXT: "VARCHAR",
    Kind.INTEGER: "BIGINT",
    Kind.NUMBER: "DOUBLE",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.TIME: "TIMESTAMP WITH TIME ZONE",
    Kind.DATE: "DATE",
    Kind.BINARY: "BLOB",
    Kind.JSON: "VARCHAR",
}
TYPES: Final = {"sqlite": SQL, "duckdb": _DUCKDB}

_SAME: Final = {"sqlite": "IS", "duckdb": "IS NOT DISTINCT FROM"}
"""What tells that two values are the same, of which either may be null."""

_DESCRIBED: Final = {
    "sqlite": "PRAGMA table_info({})",
    "duckdb": "SELECT 0, column_name, column_type FROM (DESCRIBE {})",
}
"""Gives the columns of a table: a number, the name and the type of each."""

ALONE: Final = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
"""DuckDB fetches and loads nothing by itself."""


@dataclass(frozen=True)
class Target:
    """A table that rows go to.

    Attributes:
        name: of the table.
        kinds: the columns of the rows.
        mode: ``replace``, ``append`` or ``upsert``.
        key: the columns that tell rows apart, for ``upsert``.
        union: whether columns that differ from those of the table are brought together; refused otherwise.
        job: whose rows they are.
        taken: stands in the file, for this table and job, when these rows are in the table.
    """

    name: str
    kinds: Kinds
    mode: str
    key: Sequence[str]
    union: bool
    job: str = ""
    taken: str = ""

    @property
    def adds_nothing(self) -> bool:
        """Whether there are neither rows nor a type that says their columns, and the table stays as it is."""
        return self.mode != "replace" and not self.kinds.keys() - {EXTRA}


class _Cursor(Protocol):
    def fetchall(self) -> list[Any]: ...


class _Connection(Protocol):
    def execute(self, statement: str, parameters: Any = ..., /) -> _Cursor: ...


def quoted(name: str) -> str:
    """Return a name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def checked(engine: str, part: Path, path: Path, target: Target, job: str) -> Target:
    """Compare the columns of the rows with those of the table, where one is there and its rows stay.

    Returns:
        The target with what will tell that its rows are taken: it follows from the rows, and from what the job has put
        into the table before. So equal runs leave equal files, and the same rows a second time are other rows.

    Raises:
        RowError: they differ, and are not to be brought together.
    """
    before = ""
    if path.exists():
        with _opened(engine, path) as connection:
            before = _taken(connection, target.name, job)
            if target.mode != "replace":
                _differences(engine, connection, path, target)
    with part.open("rb") as stream:
        rows = hashlib.file_digest(stream, "sha256").hexdigest()
    return replace(target, job=job, taken=hashlib.sha256(f"{before} {rows}".encode()).hexdigest())


def load(engine: str, part: Path, path: Path, target: Target) -> None:
    """Take the rows of a part into a table; what is taken already is not taken again.

    Raises:
        RowError: the table does not take them; it is as it was.
    """
    with _opened(engine, path) as connection:
        source = _attach(engine, connection, part)
        connection.execute("BEGIN")
        try:
            if _taken(connection, target.name, target.job) != target.taken:
                _take(engine, connection, path, source, target)
                connection.execute(f"CREATE TABLE IF NOT EXISTS {_RUNS} (name TEXT, job TEXT, taken TEXT)")
                where = [target.name, target.job]
                connection.execute(f"DELETE FROM {_RUNS} WHERE name = ? AND job = ?", where)  # noqa: S608
                connection.execute(f"INSERT INTO {_RUNS} VALUES (?, ?, ?)", [*where, target.taken])  # noqa: S608
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(Exception):
                connection.execute("ROLLBACK")
            raise


def _taken(connection: _Connection, name: str, job: str) -> str:
    """Return what stands in the file of what this job has put into a table; nothing, if it has put nothing there."""
    if not _has(connection, _RUNS):
        return ""
    found = connection.execute(f"SELECT taken FROM {_RUNS} WHERE name = ? AND job = ?", [name, job]).fetchall()  # noqa: S608
    return str(found[0][0]) if found else ""


def _take(engine: str, connection: _Connection, path: Path, source: str, target: Target) -> None:
    table, types = quoted(target.name), TYPES[engine]
    if target.adds_nothing:
        return
    if target.mode == "replace":
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    columns = ", ".join(f"{quoted(name)} {types[kind]}" for name, kind in target.kinds.items())
    connection.execute(f"CREATE TABLE IF NOT EXISTS {table} ({columns})")
    for name in _differences(engine, connection, path, target):
        connection.execute(f"ALTER TABLE {table} ADD COLUMN {quoted(name)} {types[target.kinds[name]]}")
    names = ", ".join(map(quoted, target.kinds))
    rows = f"SELECT {names} FROM {source}"  # noqa: S608 - names are quoted
    if target.mode == "upsert":
        same = " AND ".join(f"{table}.{quoted(name)} {_SAME[engine]} {source}.{quoted(name)}" for name in target.key)
        keys = ", ".join(map(quoted, target.key))
        connection.execute(f"DELETE FROM {table} WHERE EXISTS (SELECT 1 FROM {source} WHERE {same})")  # noqa: S608
        last = f"SELECT max(rowid) FROM {source} GROUP BY {keys}"  # noqa: S608
        rows = f"{rows} WHERE rowid IN ({last}) ORDER BY rowid"
    connection.execute(f"INSERT INTO {table} ({names}) {rows}")


def _differences(engine: str, connection: _Connection, path: Path, target: Target) -> list[str]:
    """Return the columns that the table lacks."""
    if target.adds_nothing or not _has(connection, target.name):
        return []
    described = connection.execute(_DESCRIBED[engine].format(quoted(target.name))).fetchall()
    there = {str(row[1]): str(row[2]).upper() for row in described}
    return drift(
        f"table {target.name} of {path}",
        there,
        {name: TYPES[engine][kind] for name, kind in target.kinds.items()},
        union=target.union,
    )


def drift(what: str, there: Mapping[str, str], ours: Mapping[str, str], *, union: bool) -> list[str]:
    """Compare the types of columns with those that are there, by their names; return the columns that are new.

    Raises:
        RowError: they differ, and not only in which there are, or are not to be brought together.
    """
    missing = [name for name in ours if name not in there]
    gone = [name for name in there if name not in ours]
    other = [name for name in ours if name in there and there[name] != ours[name]]
    words = [
        *(f"{name} is new" for name in missing),
        *(f"{name} is gone" for name in gone),
        *(f"{name} was {there[name]} and is {ours[name]}" for name in other),
    ]
    if words and (other or not union):
        advice = "" if other else "; on_drift: union takes both"
        raise RowError(f"{what} has other columns: {', '.join(words)}{advice}")
    return missing


def _has(connection: _Connection, table: str) -> bool:
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", [table])
    return bool(found.fetchall())


def _attach(engine: str, connection: _Connection, part: Path) -> str:
    if engine == "sqlite":
        connection.execute("ATTACH ? AS part", [str(part)])
        return f"part.{STAGED}"
    connection.execute(f"CREATE TEMP TABLE {STAGED} AS SELECT * FROM read_parquet(?)", [str(part)])  # noqa: S608
    return STAGED


@contextlib.contextmanager
def _opened(engine: str, path: Path) -> Generator[_Connection]:
    """Open a database; what it says against us is an error in one line."""
    if engine == "sqlite":
        errors: type[Exception] = sqlite3.Error
        opened: Any = sqlite3.connect
        options: dict[str, Any] = {"isolation_level": None, "timeout": 30.0}
    else:
        duckdb = needed("duckdb", "frames")
        errors, opened, options = duckdb.Error, duckdb.connect, {"config": ALONE}
    try:
        with contextlib.closing(opened(str(path), **options)) as connection:
            if engine == "sqlite":
                connection.execute("PRAGMA synchronous = FULL")
            yield connection
    except errors as error:
        raise RowError(f"{path}: {' '.join(str(error).split())}") from error
