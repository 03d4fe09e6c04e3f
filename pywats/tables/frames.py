"""Rows as a table of pandas, polars or Arrow, built chunk by chunk: UTC instants, whole numbers that may be missing."""

from collections.abc import AsyncIterable, Iterable, Mapping
from datetime import UTC, datetime
from enum import Enum
from itertools import islice
from typing import Any, Final, Literal, cast

from pydantic import BaseModel
from pydantic_core import from_json, to_json

from pywats.concurrency.result import Failure, Success
from pywats.errors import ValidationError
from pywats.tables.columns import Kind, Kinds, arrow_type, kind_of, kinds_of, needed, record_of, widest

Engine = Literal["pandas", "polars", "arrow"]

CHUNK: Final = 10_000
"""Rows that are turned into columns at a time."""
_EXACT: Final = 2**53
"""Up to here a floating-point number holds every whole one."""
_MODULES: Final[Mapping[str, str]] = {"pandas": "pandas", "polars": "polars", "arrow": "pyarrow"}


def to_frame(rows: Iterable[Any], engine: Engine = "pandas", *, chunk_size: int = CHUNK) -> Any:
    """A table of rows: a ``pandas.DataFrame``, a ``polars.DataFrame`` or a ``pyarrow.Table``.

    Rows are models, mappings, data classes or single values, in a list or from a walk. Only one chunk of them is in
    memory at a time beside the columns. Instants are UTC, ids are text, enumerations their values; what has parts is
    JSON text, and so is a column that holds different things. Columns of models have the types of their fields, those
    that the outputs of jobs have, whatever the rows hold.

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
        self._target = needed(_MODULES[engine], "frames")
        self._arrow = needed("pyarrow", "frames")
        self._declared: dict[type, Kinds] = {}
        self._kinds: dict[str, set[Kind]] = {}
        self._chunks: list[tuple[int, dict[str, tuple[Kind, Any]]]] = []

    def add(self, rows: list[Any]) -> None:
        """Add a chunk of rows."""
        if not rows:
            return
        rows = [cast("Any", row).unwrap() if isinstance(row, Success | Failure) else row for row in rows]
        models: set[type] = {type(row) for row in rows}
        declared = [self._kinds_of(model) for model in models]
        records = [record_of(row) for row in rows]
        arrays: dict[str, tuple[Kind, Any]] = {}
        for name in dict.fromkeys(name for record in records for name in record):
            values = [_plain(record.get(name)) for record in records]
            found = {kind_of(value) for value in values if value is not None}
            found |= {kinds[name] for kinds in declared if name in kinds}
            self._kinds.setdefault(name, set()).update(found)
            kind = widest(found)
            arrays[name] = kind, self._arrow.array(_fitted(values, kind), arrow_type(kind))
        self._chunks.append((len(records), arrays))

    def table(self) -> Any:
        """The table of all chunks."""
        pa = self._arrow
        table = pa.table({name: self._column(name, widest(found)) for name, found in self._kinds.items()})
        if self._engine == "arrow":
            return table
        if self._engine == "polars":
            return self._target.from_arrow(table)
        pd = self._target
        kinds = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype(), pa.string(): pd.StringDtype()}
        return table.to_pandas(types_mapper=kinds.get, date_as_object=False)

    def _kinds_of(self, model: type) -> Kinds:
        if model not in self._declared:
            self._declared[model] = kinds_of(model) if issubclass(model, BaseModel) else {}
        return self._declared[model]

    def _column(self, name: str, kind: Kind) -> Any:
        type_ = arrow_type(kind)
        parts = [
            self._widened(*arrays[name], kind) if name in arrays else self._arrow.nulls(count, type_)
            for count, arrays in self._chunks
        ]
        return self._arrow.chunked_array(parts, type_)

    def _widened(self, kind: Kind, array: Any, into: Kind) -> Any:
        """Return the values of a chunk as its column holds them, which later chunks have made wider."""
        if kind is into:
            return array
        return self._arrow.array(_fitted(array.to_pylist(), into), arrow_type(into))


def _plain(value: Any) -> Any:
    """A value as one that has a kind: what no column can hold becomes what JSON makes of it."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if value is None or isinstance(value, str) or kind_of(value) is not Kind.JSON:
        return value
    return from_json(_json(value))


def _fitted(values: list[Any], kind: Kind) -> list[Any]:
    if kind is Kind.JSON:
        return [None if value is None else _json(_whole(value)) for value in values]
    if kind is Kind.NUMBER:
        return [None if value is None else float(value) for value in values]
    return values


def _whole(value: Any) -> Any:
    """Return a whole number as one, as what it was is unknown where its chunk held numbers of both kinds."""
    if isinstance(value, float) and abs(value) <= _EXACT and value.is_integer():
        return int(value)
    return value


def _json(value: Any) -> str:
    return to_json(value, inf_nan_mode="constants", bytes_mode="base64", fallback=str).decode()
