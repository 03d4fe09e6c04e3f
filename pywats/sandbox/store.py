"""The sandbox's memory: one SQLite database, in memory or in a file."""

import sqlite3
import threading
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pywats.errors import ConfigurationError
from pywats.sandbox.answers import refusal

MEMORY = ":memory:"
USER = "sandbox"
"""The user that every token stands for."""
VERSION = 1
_APPLICATION = 0x57534258
_TOO_COMPLEX = ("parser stack overflow", "Expression tree is too large", "too many SQL variables")

Values = Sequence[Any] | Mapping[str, Any]
"""What is bound to a statement: by position for ``?``, by name for ``:name``. SQLite's ``?1`` is bound by neither."""


class Database:
    """A SQLite connection that several threads share: hold ``lock`` around everything that belongs together."""

    def __init__(self, path: str | Path, schemas: Iterable[str]) -> None:
        self.lock = threading.RLock()
        try:
            self._connection = sqlite3.connect(str(path), isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise ConfigurationError(f"the sandbox cannot open its database {path}: {error}") from error
        try:
            self._prepare(path, schemas)
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self, path: str | Path, schemas: Iterable[str]) -> None:
        try:
            application = self.value("PRAGMA application_id")
            if application != _APPLICATION and self.value("SELECT count(*) FROM sqlite_master"):
                raise ConfigurationError(f"{path} is a database of another program; give the sandbox a file of its own")
            if application == _APPLICATION and self.value("PRAGMA user_version") != VERSION:
                raise ConfigurationError(f"{path} was made by another version of the sandbox; give it a new file")
            self._connection.executescript(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;"
                "PRAGMA case_sensitive_like = ON;"
                f"PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {VERSION};"
            )
            for schema in schemas:
                self._connection.executescript(schema)
        except sqlite3.Error as error:
            raise ConfigurationError(f"the sandbox cannot use {path} as its database: {error}") from error
        for name, function in (("tolower", str.lower), ("toupper", str.upper), ("trimmed", str.strip)):
            self._connection.create_function(name, 1, _on_text(function), deterministic=True)

    def run(self, sql: str, values: Values = ()) -> int:
        """Run a statement that changes something; return the number of rows it touched."""
        return self._connection.execute(sql, values).rowcount

    def insert(self, sql: str, values: Values = ()) -> int:
        """Insert one row; return its row id."""
        return self._connection.execute(sql, values).lastrowid or 0

    def insert_all(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows."""
        self._connection.executemany(sql, rows)

    def rows(self, sql: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        return self._connection.execute(sql, values).fetchall()

    def search(self, sql: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query made of a client's filter; one that SQLite finds too complex is refused."""
        try:
            return self.rows(sql, values)
        except sqlite3.OperationalError as error:
            if not any(words in str(error) for words in _TOO_COMPLEX):
                raise
            raise refusal(400, "The query specified in the URI is not valid. The filter is too complex.") from error

    def row(self, sql: str, values: Values = ()) -> tuple[Any, ...] | None:
        """Return the first row of a query, or ``None``."""
        row: tuple[Any, ...] | None = self._connection.execute(sql, values).fetchone()
        return row

    def value(self, sql: str, values: Values = ()) -> Any:
        """Return the first value of the first row, or ``None``."""
        row = self.row(sql, values)
        return None if row is None else row[0]

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Do all that happens inside, or nothing of it; inside another transaction it is part of that one."""
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def clear(self) -> None:
        """Empty every table; the counters of row ids go on."""
        with self.lock, self.transaction():
            self._connection.execute("PRAGMA defer_foreign_keys = ON")
            for (table,) in self.rows(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            ):
                self._connection.execute(f'DELETE FROM "{table}"')  # noqa: S608 - names of our own tables

    def close(self) -> None:
        """Close the database; what was in memory is gone."""
        with self.lock:
            self._connection.close()


def _on_text(function: Any) -> Any:
    def applied(value: Any) -> Any:
        return function(value) if isinstance(value, str) else value

    return applied
