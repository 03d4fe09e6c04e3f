"""What a call gave, as rows: flat records by the names of the fields."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from pydantic_core import PydanticSerializationError, from_json, to_json

from pywats.concurrency.result import Failure, Success
from pywats.http import Response
from pywats.tables.columns import VALUE

Record = dict[str, Any]

WIDEST = 40
"""Characters of a cell for which a table on a terminal makes room."""


class RowError(ValueError):
    """A result cannot be written as rows; the text says why."""


def items(result: Any) -> Iterable[Any]:
    """Return the rows of a result: the items of a list, nothing for ``None``, else the one thing itself.

    Raises:
        RowError: the result is bytes that are not JSON.
    """
    result = _content(result)
    if result is None:
        return ()
    return cast("Iterable[Any]", result) if _is_list(result) else (result,)


def record(item: Any) -> Record:
    """Return one row as JSON values by field name; instants are ISO 8601 text.

    Raises:
        RowError: it holds something that JSON has no form for.
        PyWATSError: it is the failure of one item of a batch.
    """
    value = plain(item)
    return cast("Record", value) if isinstance(value, dict) else {VALUE: value}


def plain(result: Any) -> Any:
    """Return a result, or one row of it, as JSON values.

    Raises:
        RowError: it holds something that JSON has no form for.
        PyWATSError: it is, or has in it, the failure of one item of a batch.
    """
    result = _content(result)
    if _is_list(result):
        return [plain(item) for item in result]
    try:  # by way of JSON text, so that every value is one that JSON can hold
        return from_json(to_json(result, by_alias=False, inf_nan_mode="strings"))
    except (PydanticSerializationError, RecursionError) as error:
        raise RowError(f"a {type(result).__name__} cannot be written: {error}") from error


def cell(value: Any) -> str:
    """Return a value as the text of a cell: nothing for ``None``, JSON for what has parts."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return to_json(value).decode()
    return str(value)


def without_room(widths: Mapping[str, int], room: int, *, gap: int) -> list[str]:
    """Return the columns that do not fit beside those before them; the first is always shown."""
    hidden: list[str] = []
    used = 0
    for name, width in widths.items():
        needed = width + (gap if used else 0)
        if used and used + needed > room:
            hidden.append(name)
        else:
            used += needed
    return hidden


def _content(result: Any) -> Any:
    """Return what a result holds: the value of a success, the body of an answer, what JSON bytes say."""
    if isinstance(result, Success | Failure):
        result = cast("Success[object] | Failure", result).unwrap()
    if isinstance(result, Response):
        result = result.data
    return _decoded(result) if isinstance(result, bytes) else result


def _decoded(content: bytes) -> Any:
    try:
        return from_json(content)
    except ValueError as error:
        raise RowError(f"the answer is {len(content)} bytes that are not JSON; they have no rows") from error


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple | set | frozenset)
