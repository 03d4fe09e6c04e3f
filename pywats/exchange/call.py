"""One HTTP exchange as a value: what to send, and how to read the answer. Nothing here does any I/O."""

import json
import re
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, Generic, NoReturn, Protocol, TypeVar, cast
from urllib.parse import quote

import pydantic
from pydantic_core import PydanticSerializationError, to_json

from pywats.errors import ValidationError
from pywats.exchange.answer import NOT_FOUND, Answer, error_of
from pywats.exchange.upload import FileBody
from pywats.settings import Options
from workers.message import Message

R = TypeVar("R")
M = TypeVar("M")

_NOTHING = frozenset({b"", b"null", b"{}", b"[]"})
_QUOTED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})  # as browsers write a file name into a form
_PLAIN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.~-]*").fullmatch  # what travels as it is; `.` and `..` mean folders
_LONGER_THAN_NOTHING = 32  # with a line break and blanks around it; a long body is not hashed to find that out


@dataclass(slots=True, kw_only=True)
class Call(Generic[R]):
    """One HTTP exchange, and how to read its answer. It is never changed (a frozen dataclass costs 3 us more to make).

    Attributes:
        verb: ``GET``, ``POST``, ...
        path: below the base URL, percent-encoded (see ``url``).
        read: turns the answer into the result; it is given error statuses only where ``absent`` allows a 404.
        query: names and values as text, sent in this order.
        body: the bytes to send, a file that is read while it is sent, or ``None``.
        headers: sent over those of the options.
        content_type: of the body.
        accept: media type asked for.
        repeatable: may be sent again although the server may have acted on the first one. ``None``: by its verb.
        asks: changes nothing in the server although it is a POST: a question that is too long for a path.
        absent: a 404 that the API itself gave is an answer: there is no such thing.
        any_status: no status is an error; ``read`` is given the last answer, whatever it is.
        internal: belongs to the server's own web pages, which must be named as the referrer.
        bulk: one of many that a walk or a batch sends; it goes by the bulk lane whatever the options say.
        long: a long transfer; these hold at most half of the connections.
        stream: the result is not read but handed out as it arrives (see ``download``).
        socket: the result is a WebSocket (see ``messages``).
        fresh: what is read decides what is written next, so it never comes from a cache.
    """

    verb: str
    path: str
    read: Callable[[Answer], R]
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes | FileBody | None = field(default=None, repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    content_type: str = "application/json"
    accept: str = "application/json"
    repeatable: bool | None = None
    asks: bool = False
    absent: bool = False
    any_status: bool = False
    internal: bool = False
    bulk: bool = False
    long: bool = False
    stream: bool = False
    socket: bool = False
    fresh: bool = False


@dataclass(slots=True, eq=False)
class Exchange(Message[R]):
    """A call on its way to the server: the message that a domain's actor handles.

    ``attempts`` counts how often it was sent, not counting the steps of a redirect; ``answer`` is what the server said,
    once the result was read from it; ``on_retry`` is told before it is sent again.
    """

    call: Call[R]
    options: Options
    attempts: int = field(default=0)
    answer: Answer | None = field(default=None, init=False, repr=False)
    on_retry: Callable[[Any], object] | None = field(default=None, init=False, repr=False)
    _request_id: str = field(default="", init=False, repr=False)

    @property
    def request_id(self) -> str:
        """Tells this call from others in the log; all its attempts share it."""
        if not self._request_id:
            self._request_id = uuid.uuid4().hex[:12]
        return self._request_id


class Download(Protocol):
    """A body that is handed out as it arrives. Iterate over it, and close it, also after an error or a ``break``."""

    status: int
    headers: Mapping[str, str]
    size: int | None
    """Bytes to come, if the server said so and does not pack them."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The chunks of the body."""
        ...

    async def aclose(self) -> None:
        """Give back the connection; a body that was not read to its end breaks off."""
        ...


def download(
    verb: str, path: str, query: tuple[tuple[str, str], ...] = (), *, accept: str = "*/*", internal: bool = False
) -> Call[Download]:
    """The call whose result is a body to be read piece by piece."""
    return Call(
        verb=verb, path=path, query=query, read=_not_read, accept=accept, internal=internal, long=True, stream=True
    )


class Messages(Protocol):
    """Messages as the server sends them. Iterate over it, and close it, also after an error or a ``break``."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The messages."""
        ...

    async def aclose(self) -> None:
        """End it and give back the connection."""
        ...


def messages(path: str, query: tuple[tuple[str, str], ...] = ()) -> Call[Messages]:
    """The call whose result are the messages of a WebSocket."""
    return Call(verb="GET", path=path, query=query, read=_no_socket, accept="*/*", long=True, stream=True, socket=True)


def _no_socket(answer: Answer) -> NoReturn:
    raise answer.invalid("a WebSocket was asked for, and the server answered without one")


def _not_read(answer: Answer) -> NoReturn:
    raise answer.invalid("a download was expected to be handed out as it arrives")


def url(template: str, *segments: object) -> str:
    """The path with each ``{}`` replaced by one percent-encoded segment, ``/ ? # %`` included.

    Raises:
        ValidationError: a segment is ``None`` or empty, would be taken for ``.`` or ``..`` on the way, or is no valid
            Unicode.
    """
    return template.format(*[_segment(segment, template) for segment in segments])


def _segment(segment: object, template: str) -> str:
    if segment is None:
        raise ValidationError(f"None cannot be part of a path ({template})")
    text = segment if type(segment) is str else wire_text(segment)
    if _PLAIN(text):
        return text
    if text in {"", ".", ".."}:
        raise ValidationError(f"{text!r} cannot be part of a path ({template})")
    try:
        return quote(text, safe="")
    except UnicodeEncodeError as error:
        raise ValidationError(f"{text!r} cannot be part of a path ({template}): {error.reason}") from error


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
        if value.utcoffset() is None:
            raise ValidationError(f"{value} has no time zone; give an aware one such as datetime.now(timezone.utc)")
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return ",".join(map(wire_text, cast("Sequence[object]", value)))
    return str(value)


def body(value: object) -> bytes:
    """A value as JSON bytes: models by their wire names and without what is ``None``.

    Raises:
        ValidationError: JSON has no way to write it, such as a number that is not finite.
    """
    try:
        written = to_json(value, by_alias=True, exclude_none=True, inf_nan_mode="constants")
        if b"NaN" in written or b"Infinity" in written:
            json.loads(written, parse_constant=_not_finite)
    except (PydanticSerializationError, UnicodeError) as error:
        raise ValidationError(f"this cannot be written as JSON: {error}") from error
    return written


def form_file(content: bytes | FileBody, filename: str, media_type: str) -> tuple[bytes | FileBody, str]:
    """A form with one file, in a part called ``file``: the body, and its content type with the boundary (RFC 7578).

    Raises:
        ValidationError: the file has no name.
    """
    if not filename:
        raise ValidationError("filename is empty; the server stores a file under its name")
    boundary = uuid.uuid4().hex
    name = filename.translate(_QUOTED).encode("utf-8", errors="replace").decode("utf-8")
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    start = f"{head}Content-Type: {media_type}\r\n\r\n".encode()
    end, content_type = f"\r\n--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"
    return (start + content + end if isinstance(content, bytes) else content.wrapped(start, end)), content_type


def _not_finite(constant: str) -> NoReturn:
    raise ValidationError(f"JSON has no number {constant}; leave the value out, or give it as text")


def checked(kind: type[M], values: Mapping[str, Any]) -> M:
    """A payload made of a caller's arguments.

    Raises:
        ValidationError: some do not fit; the text names each.
    """
    try:
        made: M = pydantic.TypeAdapter(kind).validate_python(values)
    except pydantic.ValidationError as error:
        wrong = (f"{'.'.join(map(str, fault['loc'])) or kind.__name__}: {fault['msg']}" for fault in error.errors())
        raise ValidationError("; ".join(wrong)) from error
    return made


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
        value: M = parse(kind, answer)
        return value

    return read


def maybe(kind: type[M]) -> Callable[[Answer], M | None]:
    """Reads one value, or ``None`` for a 404 of the API, ``null``, ``{}``, ``[]`` and an empty body."""
    return _maybe(cast("Any", kind))


@cache
def _maybe(kind: Any) -> Callable[[Answer], Any]:
    return maybe_by(_reader(kind))


def maybe_by(reader: Callable[[bytes], M]) -> Callable[[Answer], M | None]:
    """Reads what a reader makes of the bytes, or ``None`` where there is nothing."""

    def read(answer: Answer) -> M | None:
        return None if answer.status == NOT_FOUND or is_nothing(answer) else parse_by(reader, answer)

    return read


def many(kind: type[M]) -> Callable[[Answer], list[M]]:
    """Reads a list; an empty answer and ``null`` are an empty list."""
    kinds = list[kind]  # type: ignore[valid-type]

    def read(answer: Answer) -> list[M]:
        return [] if answer.status == NOT_FOUND or is_nothing(answer) else parse(kinds, answer)

    return read


def file_or_none(answer: Answer) -> bytes | None:
    """Reads the bytes of a file of any kind, or ``None`` for a 404 of the API, a JSON ``null`` and no body."""
    is_null = answer.body.strip() == b"null" and "json" in answer.headers.get("content-type", "").lower()
    return None if answer.status == NOT_FOUND or is_null else answer.body or None


def raw(answer: Answer) -> bytes:
    """Reads the bytes as they are; a web page is an error."""
    answer.refuse_html()
    return answer.body


def raw_or_none(answer: Answer) -> bytes | None:
    """Reads the bytes as they are, or ``None`` for a 404 of the API, ``null`` and an empty body."""
    if answer.status == NOT_FOUND or answer.body.strip() in (b"", b"null"):
        return None
    return raw(answer)


def text(answer: Answer) -> str:
    """Reads a text: a JSON string in quotes, or the bare text; ``null`` and a 404 of the API are an empty one."""
    if answer.status == NOT_FOUND:
        return ""
    answer.refuse_html()
    words = answer.body.decode("utf-8-sig", errors="replace").strip()
    if len(words) > 1 and words.startswith('"') and words.endswith('"'):
        try:
            return str(json.loads(words))
        except ValueError as error:
            msg = f"the answer begins and ends with a quote but is no JSON text: {error}"
            raise answer.invalid(msg) from error
    return "" if words == "null" else words


def deleted(answer: Answer) -> None:
    """Reads that a thing is gone. A 404 says so, too, if an earlier attempt of this call may have removed it."""
    if answer.status == NOT_FOUND and answer.attempts <= 1:
        raise error_of(answer)
    answer.refuse_html()


def nothing(answer: Answer) -> None:
    """Reads nothing: that the server accepted is the answer. A web page, such as a log-in form, accepts nothing."""
    answer.refuse_html()


def is_nothing(answer: Answer) -> bool:
    """Whether the server says that there is nothing."""
    return len(answer.body) < _LONGER_THAN_NOTHING and answer.body.strip() in _NOTHING


def parse(kind: Any, answer: Answer) -> Any:
    """The body as a value of this type.

    Raises:
        InvalidResponseError: it is a web page, no JSON, or JSON of another shape; the text has the path into the JSON.
    """
    return parse_by(_reader(kind), answer)


def _reader(kind: Any) -> Callable[[bytes], Any]:
    return adapter(kind).validate_json


def parse_by(reader: Callable[[bytes], M], answer: Answer) -> M:
    """The body as what a reader makes of its bytes; that it does not parse is told as by ``parse``."""
    answer.refuse_html()
    try:
        return reader(answer.body)
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the top"
        msg = f"the answer does not parse at {where}: {first['msg']}"
        raise answer.invalid(msg) from error
