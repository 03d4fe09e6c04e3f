"""One HTTP exchange as a value: what to send, and how to read the answer. Nothing here does any I/O."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import pydantic

from pywats.errors import (
    AuthenticationError,
    AuthorizationError,
    ConflictError,
    InvalidResponseError,
    NotFoundError,
    RateLimitError,
    RedirectError,
    ServerError,
    ValidationError,
    WatsApiError,
)
from pywats.settings import Options
from workers.message import Message

R = TypeVar("R")
M = TypeVar("M")

SHOWN_BYTES = 200
_NOTHING = frozenset({b"", b"null", b"{}", b"[]"})
_ERRORS: Mapping[int, type[WatsApiError]] = {
    400: ValidationError,
    401: AuthenticationError,
    403: AuthorizationError,
    404: NotFoundError,
    409: ConflictError,
    429: RateLimitError,
}


@dataclass(slots=True)
class Answer:
    """What the server said: its status, its headers (names in lower case) and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    verb: str = "GET"
    path: str = ""
    attempts: int = 1

    @property
    def is_html(self) -> bool:
        """Whether the body is a web page: a proxy, a log-in form or a wrong base URL answered, not the API."""
        return "html" in self.headers.get("content-type", "").lower() or self.body.lstrip()[:1] == b"<" and (
            self.body.lstrip()[:9].lower().startswith((b"<!doctype", b"<html"))
        )

    def invalid(self, detail: str) -> InvalidResponseError:
        """The error that says why this answer cannot be read, with its first bytes."""
        shown = self.body[:SHOWN_BYTES]
        error = InvalidResponseError(
            f"{detail}; the answer begins {shown!r}",
            status=self.status,
            method=self.verb,
            path=self.path,
            attempts=self.attempts,
        )
        error.body = shown
        return error


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[R]):
    """One HTTP exchange, and how to read its answer.

    Attributes:
        verb: ``GET``, ``POST``, ...
        path: below the base URL, percent-encoded (see ``url``).
        read: turns the answer into the result; it is given error statuses only where ``absent`` allows a 404.
        query: names and values as text, sent in this order.
        body: the bytes to send, or ``None``.
        content_type: of the body.
        accept: media type asked for.
        repeatable: may be sent again although the server may have acted on the first one. ``None``: by its verb.
        absent: a 404 that the API itself gave is an answer: there is no such thing.
        internal: belongs to the server's own web pages, which must be named as the referrer.
        long: a long transfer; these hold at most half of the connections.
    """

    verb: str
    path: str
    read: Callable[[Answer], R]
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    content_type: str = "application/json"
    accept: str = "application/json"
    repeatable: bool | None = None
    absent: bool = False
    internal: bool = False
    long: bool = False


@dataclass(slots=True, eq=False)
class Exchange(Message[R]):
    """A call on its way to the server: the message that a domain's actor handles.

    ``attempts`` counts how often it was sent.
    """

    call: Call[R]
    options: Options
    attempts: int = field(default=0)


def url(template: str, *segments: object) -> str:
    """The path with each ``{}`` replaced by one percent-encoded segment, ``/ ? # %`` included.

    Raises:
        ValidationError: a segment is empty, or would be taken for ``.`` or ``..`` on the way.
    """
    quoted: list[str] = []
    for segment in segments:
        text = str(segment)
        if text in {"", ".", ".."}:
            msg = f"{text!r} cannot be part of a path ({template})"
            raise ValidationError(msg)
        quoted.append(quote(text, safe=""))
    return template.format(*quoted)


def query(**values: object) -> tuple[tuple[str, str], ...]:
    """Query names and values as the server reads them; ``None`` is left out.

    ``filter_`` and ``top_`` style names become OData's ``$filter`` and ``$top``.
    """
    return tuple(
        ("$" + name[:-1] if name.endswith("_") else name, wire_text(value))
        for name, value in values.items()
        if value is not None
    )


def wire_text(value: object) -> str:
    """One value as text for the wire: ``true``/``false``, enum values, ISO 8601 with offset, plain text.

    Raises:
        ValidationError: a datetime without a zone, which would be another instant for the server.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return wire_text(value.value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            msg = f"{value.isoformat()} has no time zone; give an aware datetime such as datetime.now(timezone.utc)"
            raise ValidationError(msg)
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return ",".join(wire_text(item) for item in value)  # pyright: ignore[reportUnknownVariableType]
    return str(value)


def body(value: object) -> bytes:
    """A value as JSON bytes: models by their wire names and without what was never set."""
    return adapter(Any).dump_json(value, by_alias=True, exclude_none=True)


@cache
def adapter(kind: Any) -> pydantic.TypeAdapter[Any]:
    """The one parser and writer of a type."""
    return pydantic.TypeAdapter(kind)


def one(kind: type[M]) -> Callable[[Answer], M]:
    """Reads one value; an empty answer is an error."""

    def read(answer: Answer) -> M:
        if is_nothing(answer):
            msg = f"a {kind.__name__} was expected"
            raise answer.invalid(msg)
        return parse(kind, answer)

    return read


def maybe(kind: type[M]) -> Callable[[Answer], M | None]:
    """Reads one value, or ``None`` for a 404 of the API, ``null``, ``{}``, ``[]`` and an empty body."""

    def read(answer: Answer) -> M | None:
        return None if answer.status == 404 or is_nothing(answer) else parse(kind, answer)  # noqa: PLR2004

    return read


def many(kind: type[M]) -> Callable[[Answer], list[M]]:
    """Reads a list; an empty answer and ``null`` are an empty list."""
    kinds = list[kind]  # type: ignore[valid-type]

    def read(answer: Answer) -> list[M]:
        return [] if answer.status == 404 or is_nothing(answer) else parse(kinds, answer)  # noqa: PLR2004

    return read


def raw(answer: Answer) -> bytes:
    """Reads the bytes as they are."""
    return answer.body


def raw_or_none(answer: Answer) -> bytes | None:
    """Reads the bytes as they are, or ``None`` for a 404 of the API, ``null`` and an empty body."""
    return None if answer.status == 404 or answer.body.strip() in {b"", b"null"} else answer.body  # noqa: PLR2004


def text(answer: Answer) -> str:
    """Reads a text: a JSON string in quotes, or the bare text."""
    words = answer.body.decode("utf-8-sig", errors="replace").strip()
    return json.loads(words) if words.startswith('"') and words.endswith('"') and len(words) > 1 else words


def nothing(answer: Answer) -> None:
    """Reads nothing: that the server accepted is the answer."""
    del answer


def is_nothing(answer: Answer) -> bool:
    """Whether the server says that there is nothing."""
    return answer.body.strip() in _NOTHING


def parse(kind: Any, answer: Answer) -> Any:
    """The body as a value of this type.

    Raises:
        InvalidResponseError: it is a web page, no JSON, or JSON of another shape; the text has the path into the JSON.
    """
    if answer.is_html:
        msg = "the server answered a web page instead of data; is base_url right, or did a proxy answer?"
        raise answer.invalid(msg)
    try:
        return adapter(kind).validate_json(answer.body)
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the top"
        msg = f"the answer does not parse at {where}: {first['msg']}"
        raise answer.invalid(msg) from error


def error_of(answer: Answer) -> WatsApiError:
    """The error that an error status stands for, with the server's words."""
    status = answer.status
    if status in _ERRORS:
        kind = _ERRORS[status]
    elif status >= 500:  # noqa: PLR2004
        kind = ServerError
    elif 300 <= status < 400:  # noqa: PLR2004
        kind = RedirectError
    else:
        kind = WatsApiError
    return kind(words(answer), status=status, method=answer.verb, path=answer.path, attempts=answer.attempts)


def words(answer: Answer) -> str:
    """The server's own words in an error answer: an object, a JSON string, plain text or a web page."""
    content = answer.body.decode("utf-8-sig", errors="replace").strip()
    if answer.is_html:
        return "the answer is a web page, not the API's; is base_url right, or did a proxy answer?"
    try:
        said: Any = json.loads(content)
    except (ValueError, RecursionError):
        return content[:2000]
    return _words_of(said) or content[:2000]


def _words_of(said: object) -> str:
    if isinstance(said, str):
        return said.strip()
    if isinstance(said, Mapping):
        lower: dict[str, object] = {str(key).lower(): value for key, value in said.items()}  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
        found = [_words_of(lower[key]) for key in ("message", "error", "title", "detail", "errors") if lower.get(key)]
        return "; ".join(dict.fromkeys(part for part in found if part)) or "; ".join(
            f"{key}: {_words_of(value)}" for key, value in lower.items() if value
        )
    if isinstance(said, Sequence) and not isinstance(said, (bytes, bytearray)):
        return "; ".join(part for part in (_words_of(item) for item in said) if part)  # pyright: ignore[reportUnknownVariableType]
    return "" if said is None else str(said)
