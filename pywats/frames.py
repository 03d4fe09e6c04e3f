"""Rows as a table of pandas, polars or Arrow, built chunk by chunk: UTC instants, whole numbers that may be missing."""

import importlib
from collections.abc import AsyncIterable, Iterable, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from itertools import islice
from typing import Any, Final, Literal
from uuid import UUID

from pydantic_core import to_json

from pywats.columns import record_of
from pywats.errors import ConfigurationError, ValidationError

Engine = Literal["pandas", "polars", "arrow"]

CHUNK: Final = 10_000
"""Rows that are turned into columns at a time."""
_MODULES: Final[Mapping[str, str]] = {"pandas": "pandas", "polars": "polars", "arrow": "pyarrow"}
_LEAST: Final = -(2**63)
_MOST: Final = 2**63 - 1


def to_frame(rows: Iterable[Any], engine: Engine = "pandas", *, chunk_size: int = CHUNK) -> Any:
    """A table of rows: a ``pandas.DataFrame``, a ``polars.DataFrame`` or a ``pyarrow.Table``.

    Rows are models, mappings, data classes or single values, in a list or from a walk. Only one chunk of them is in
    memory at a time beside the columns. Instants are UTC, ids are text, enumerations their values; what has parts is
    JSON text. A column that holds different things is text.

    Args:
        rows: in their order.
        engine: whose table.
        chunk_size: rows that are turned into columns at a time.

    Raises:
        ConfigurationError: the package that makes such tables is not installed.
    """
    made = _Columns(engine, chunk_size)
    remaining = iter(rows)
    while chunk := list(islice(remaining, chunk_size)):
        made.add(chunk)
    return made.table()


async def to_frame_async(rows: AsyncIterable[Any], engine: Engine = "pandas", *, chunk_size: int = CHUNK) -> Any:
    """The same for the walks of ``AsyncPyWATS``."""
    made = _Columns(engine, chunk_size)
    chunk: list[Any] = []
    async for row in rows:
        chunk.append(row)
        if len(chunk) == chunk_size:
            made.add(chunk)
            chunk = []
    made.add(chunk)
    return made.table()


class _Columns:
    """Columns that grow chunk by chunk; what a column holds is known at the end."""

    def __init__(self, engine: Engine, chunk_size: int) -> None:
        if engine not in _MODULES:
            raise ValidationError(f"engine is {engine!r}; it is one of {', '.join(_MODULES)}")
        if chunk_size < 1:
            raise ValidationError(f"chunk_size is {chunk_size}; it must be 1 or more")
        self._engine = engine
        self._target = _package(engine)
        self._arrow = _package("arrow")
        self._kinds: dict[str, str] = {}
        self._chunks: list[tuple[int, dict[str, Any]]] = []

    def add(self, rows: list[Any]) -> None:
        """Add a chunk of rows."""
        if not rows:
            return
        records = [record_of(row) for row in rows]
        arrays: dict[str, Any] = {}
        for name in dict.fromkeys(name for record in records for name in record):
            values = [_cell(record.get(name)) for record in records]
            kind = _kind_of_all(map(_kind, values))
            arrays[name] = self._array(values, kind)
            self._kinds[name] = _merged(self._kinds.get(name, "null"), kind)
        self._chunks.append((len(records), arrays))

    def table(self) -> Any:
        """The table of all chunks."""
        pa = self._arrow
        columns = {
            name: self._column(name, pa.string() if kind == "null" else self._type(kind))
            for name, kind in self._kinds.items()
        }
        table = pa.table(columns)
        if self._engine == "arrow":
            return table
        if self._engine == "polars":
            return self._target.from_arrow(table)
        pd = self._target
        kinds = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype(), pa.string(): pd.StringDtype()}
        return table.to_pandas(types_mapper=kinds.get, date_as_object=False)

    def _column(self, name: str, kind: Any) -> Any:
        parts = [
            arrays[name].cast(kind) if name in arrays else self._arrow.nulls(count, kind)
            for count, arrays in self._chunks
        ]
        return self._arrow.chunked_array(parts, kind)

    def _array(self, values: list[Any], kind: str) -> Any:
        if kind == "text":
            values = [value if value is None or isinstance(value, str) else _text(value) for value in values]
        elif kind == "real":
            values = [None if value is None else float(value) for value in values]
        return self._arrow.array(values, self._type(kind))

    def _type(self, kind: str) -> Any:
        pa = self._arrow
        return {
            "null": pa.null,
            "flag": pa.bool_,
            "whole": pa.int64,
            "real": pa.float64,
            "instant": lambda: pa.timestamp("us", "UTC"),
            "day": pa.date32,
            "bytes": pa.binary,
            "text": pa.string,
        }[kind]()


def _package(engine: str) -> Any:
    name = _MODULES[engine]
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ConfigurationError(
            f"a table of {engine} needs the package {name}: pip install 'pywats-workers[frames]'"
        ) from error


def _cell(value: Any) -> Any:
    """A value as one that a column can hold."""
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool | float | str | bytes):
        return value
    if isinstance(value, int):
        return value if _LEAST <= value <= _MOST else str(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, UUID):
        return str(value)
    return value if isinstance(value, date) else to_json(value, inf_nan_mode="constants", fallback=str).decode()


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    kinds = ((bool, "flag"), (int, "whole"), (float, "real"), (datetime, "instant"), (date, "day"), (bytes, "bytes"))
    return next((kind for type_, kind in kinds if isinstance(value, type_)), "text")


def _kind_of_all(kinds: Iterable[str]) -> str:
    found = "null"
    for kind in set(kinds):
        found = _merged(found, kind)
    return found


def _merged(one: str, other: str) -> str:
    if other in {one, "null"}:
        return one
    if one == "null":
        return other
    return "real" if {one, other} == {"whole", "real"} else "text"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):  # and instants
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
