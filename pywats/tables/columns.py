"""Columns of tables: which kind of value each has, by the type of the rows, and as Arrow and SQL types.

A table has a column for each field of the rows' type, and ``extra`` for the fields of a row that have none, as JSON.
"""

import dataclasses
import importlib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from enum import Enum, StrEnum
from functools import partial
from types import ModuleType, UnionType
from typing import Annotated, Any, Final, Literal, Union, cast, get_args, get_origin, is_typeddict

from pydantic import BaseModel
from pydantic_core import to_json

from pywats.concurrency.result import Failure, Success
from pywats.errors import ConfigurationError

VALUE: Final = "value"
"""The column of rows that are single values."""

EXTRA: Final = "extra"
"""The last column: the fields of a row that no column was made for, as JSON."""


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIME = "time"
    DATE = "date"
    BINARY = "binary"
    JSON = "json"


Kinds = dict[str, Kind]
"""The columns of a table, in their order."""

SQL: Final = {
    Kind.TEXT: "TEXT",
    Kind.INTEGER: "INTEGER",
    Kind.NUMBER: "REAL",
    Kind.BOOLEAN: "INTEGER",
    Kind.TIME: "TEXT",
    Kind.DATE: "TEXT",
    Kind.BINARY: "BLOB",
    Kind.JSON: "TEXT",
}
"""What SQLite calls each kind."""


def record_of(row: Any) -> Mapping[str, Any]:
    """Return a row as its values by name: a model, a mapping, a data class, a success, or a single value."""
    if isinstance(row, Success | Failure):
        row = cast("Success[object] | Failure", row).unwrap()
    if isinstance(row, BaseModel):
        return {**row.__dict__, **(row.model_extra or {})}
    if isinstance(row, Mapping):
        return {str(name): value for name, value in cast("Mapping[object, Any]", row).items()}
    if dataclasses.is_dataclass(row) and not isinstance(row, type):
        return {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}
    return {VALUE: row}


def kinds_of(row: Any) -> Kinds:
    """Return the columns of rows of a type: of a model, a typed dictionary or a data class; empty for any other."""
    if isinstance(row, type) and issubclass(row, BaseModel):
        return {name: _kind(field.annotation) for name, field in row.model_fields.items()}
    if is_typeddict(row):  # pyright: ignore[reportUnknownArgumentType] - any type may be asked for
        return {name: _kind(annotation) for name, annotation in row.__annotations__.items()}
    if isinstance(row, type) and dataclasses.is_dataclass(row):
        return {field.name: _kind(field.type) for field in dataclasses.fields(row)}
    return {}


def kinds_in(rows: Iterable[Mapping[str, Any]]) -> Kinds:
    """Return the columns of rows without a type: of each the narrowest kind that holds all its values."""
    found: dict[str, set[Kind]] = {}
    for row in rows:
        for name, value in row.items():
            held = found.setdefault(name, set())
            if value is not None:
                held.add(kind_of(value))
    return {name: widest(held) for name, held in found.items()}


def kind_of(value: Any) -> Kind:
    """Return the narrowest kind that holds a value."""
    if isinstance(value, int) and not isinstance(value, bool) and not _is_whole(value):
        return Kind.JSON
    plain = (kind for held, kind in _PLAIN if isinstance(value, held))
    return next(plain, Kind.TEXT if isinstance(value, str) else Kind.JSON)


def widest(kinds: Iterable[Kind]) -> Kind:
    """Return the kind that holds what any of these holds; text, if there is none."""
    found = set(kinds)
    if len(found) == 1:
        return found.pop()
    if found == {Kind.INTEGER, Kind.NUMBER}:
        return Kind.NUMBER
    return Kind.JSON if found else Kind.TEXT


def arrow_type(kind: Kind) -> Any:
    """Return the Arrow type of a kind.

    Raises:
        ConfigurationError: pyarrow is missing.
    """
    arrow = needed("pyarrow", "frames")
    types = {
        Kind.INTEGER: arrow.int64,
        Kind.NUMBER: arrow.float64,
        Kind.BOOLEAN: arrow.bool_,
        Kind.TIME: partial(arrow.timestamp, "us", tz="UTC"),
        Kind.DATE: arrow.date32,
        Kind.BINARY: arrow.binary,
    }
    return types.get(kind, arrow.string)()


def arrow_schema(kinds: Kinds) -> Any:
    """Return the Arrow schema of columns; every one of them may be null.

    Raises:
        ConfigurationError: pyarrow is missing.
    """
    return needed("pyarrow", "frames").schema([(name, arrow_type(kind)) for name, kind in kinds.items()])


def needed(module: str, extra: str) -> ModuleType:
    """Return a module of an extra.

    Raises:
        ConfigurationError: it is not installed; the text says how to get it.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != module.partition(".")[0]:
            raise
        package = module.partition(".")[0]
        raise ConfigurationError(
            f"needs {package}, which is not installed: pip install 'pywats-workers[{extra}]'"
        ) from error


_PLAIN: Final = (
    (bool, Kind.BOOLEAN),
    (int, Kind.INTEGER),
    (float, Kind.NUMBER),
    (datetime, Kind.TIME),
    (date, Kind.DATE),
    (bytes, Kind.BINARY),
)


def _kind(annotation: Any) -> Kind:
    """Return the kind that holds every value of a type as rows have it; a model in a row is JSON."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kind(get_args(annotation)[0])
    if origin in (Union, UnionType):
        kinds = {_kind(each) for each in get_args(annotation) if each is not type(None)}
        return widest(kinds)
    if not isinstance(annotation, type) or origin is not None:
        return Kind.TEXT if origin is Literal else Kind.JSON
    if issubclass(annotation, Enum):
        return widest(kind_of(member.value) for member in annotation)
    plain = (kind for held, kind in _PLAIN if issubclass(annotation, held))
    holds_parts = issubclass(annotation, BaseModel | dict | list | tuple | set | frozenset)
    return next(plain, Kind.JSON if holds_parts or annotation in (object, Any) else Kind.TEXT)


_OFF_SCALE: Final = frozenset({"NaN", "Infinity", "-Infinity"})
_INT64: Final = 2**63


def fit(value: Any, kind: Kind) -> Any:
    """Return a value of a row as a column of this kind holds it.

    Raises:
        ValueError: it does not fit.
    """
    if value is None:
        return None
    if kind in _CONVERSIONS:
        return _CONVERSIONS[kind](value)
    fits = _is_whole(value) if kind is Kind.INTEGER else isinstance(value, bool if kind is Kind.BOOLEAN else str)
    if not fits:
        raise ValueError(f"{value!r} is no {kind}")
    return value


def fitted(row: Mapping[str, Any], kinds: Kinds) -> dict[str, Any]:
    """Return a row as its table holds it: what has no column, or does not fit its own, goes into ``extra``."""
    kept: dict[str, Any] = dict.fromkeys(kinds)
    rest: list[str] = []
    for name, value in row.items():
        kind = kinds.get(name)
        if kind is None:
            rest.append(name)
            continue
        try:
            kept[name] = fit(value, kind)
        except ValueError:
            rest.append(name)
    if rest:
        extra = extra_of(row, rest)
        kept[EXTRA] = extra if extra is None or isinstance(extra, str) else to_json(extra).decode()
    return kept


def extra_of(row: Mapping[str, Any], names: Iterable[str]) -> Any:
    """Return what ``extra`` holds of a row: the fields of these names, with what its own ``extra`` has."""
    rest = {name: row[name] for name in names if name != EXTRA}
    own = row.get(EXTRA)
    if not rest or own is None:
        return rest or own
    return {**rest, EXTRA: own}


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -_INT64 <= value < _INT64


def _number(value: Any) -> float:
    if value in _OFF_SCALE or (isinstance(value, int | float) and not isinstance(value, bool)):
        return float(value)
    raise ValueError(f"{value!r} is no number")


def _instant(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no time")  # noqa: TRY004 - a value that does not fit, whatever its type
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _bytes(value: Any) -> bytes:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")  # noqa: TRY004 - a value that does not fit, whatever its type
    return value.encode()


_CONVERSIONS: Final[Mapping[Kind, Callable[[Any], Any]]] = {
    Kind.JSON: lambda value: to_json(value).decode(),
    Kind.TIME: _instant,
    Kind.NUMBER: _number,
    Kind.DATE: lambda value: date.fromisoformat(str(value)),
    Kind.BINARY: _bytes,
}
