"""What the server said, and what an error among that means. Nothing here does any I/O."""

import email.utils
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

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

NOT_FOUND: Final = 404
CLOCK_TOLERANCE: Final = 30.0
"""Seconds that two clocks may differ; a ``Date`` header has whole seconds, and the answer takes its time."""

WRONG_PLACE: Final = "a web page answered instead of the API; is base_url right, or did a proxy answer?"

_SHOWN_BYTES: Final = 200
_SHOWN_WORDS: Final = 2000
_TITLE: Final = re.compile(rb"<title[^>]*>(.{1,400}?)</title", re.IGNORECASE | re.DOTALL)
_WORDY: Final = ("message", "messagedetail", "modelstate", "exceptionmessage", "error", "title", "detail", "errors")
_ERRORS: Final[Mapping[int, type[WatsApiError]]] = {
    400: ValidationError,
    401: AuthenticationError,
    403: AuthorizationError,
    404: NotFoundError,
    409: ConflictError,
    429: RateLimitError,
}


@dataclass(slots=True)
class Answer:
    """What the server said: its status, its headers (to be read by lower-case names) and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    verb: str = "GET"
    path: str = ""
    attempts: int = 1

    @property
    def is_html(self) -> bool:
        """Whether the body is a web page: a proxy, a log-in form or a wrong base URL answered, not the API."""
        if "html" in self.headers.get("content-type", "").lower():
            return True
        begin = self.body[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
        return begin.startswith(b"<") and begin[:14].lower().startswith((b"<!doctype html", b"<html"))

    @property
    def is_absence(self) -> bool:
        """Whether this is a 404 of the API itself, which has no body or a JSON one: there is no such thing."""
        if self.status != NOT_FOUND or self.is_html:
            return False
        try:
            if self.body.strip():
                json.loads(self.body)
        except (ValueError, RecursionError):
            return False
        return True

    def refuse_html(self) -> None:
        """Raise ``InvalidResponseError`` if this is a web page."""
        if self.is_html:
            raise self.invalid(WRONG_PLACE)

    def invalid(self, detail: str) -> InvalidResponseError:
        """The error that says why this answer cannot be read, with its first bytes."""
        shown = self.body[:_SHOWN_BYTES]
        error = InvalidResponseError(
            f"{detail}; the answer begins {shown!r}",
            status=self.status,
            method=self.verb,
            path=self.path,
            attempts=self.attempts,
        )
        error.body = shown
        return error


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
        return _words_of_page(answer)
    try:
        said: Any = json.loads(content)
        return (_words_of(said) or content)[:_SHOWN_WORDS]
    except (ValueError, RecursionError):
        return content[:_SHOWN_WORDS]


def _words_of_page(answer: Answer) -> str:
    import html

    title = _TITLE.search(answer.body[:10_000])
    words = "" if title is None else " ".join(html.unescape(title[1].decode("utf-8", errors="replace")).split())
    if answer.status >= 500:  # noqa: PLR2004
        return f"{words or 'no words'} (from a web page; perhaps a proxy answered)"
    return f"{WRONG_PLACE} Its title is {words!r}" if words else WRONG_PLACE


def _words_of(said: object) -> str:
    if isinstance(said, str):
        return said.strip()
    if isinstance(said, Mapping):
        lower = {str(key).lower(): value for key, value in cast("Mapping[object, object]", said).items()}
        found = [_words_of(lower[key]) for key in _WORDY if lower.get(key)]
        if found and lower.get("scimtype"):
            found[-1] += f" ({lower['scimtype']})"
        return "; ".join(dict.fromkeys(part for part in found if part)) or "; ".join(
            f"{key}: {_words_of(value)}" for key, value in lower.items() if value
        )
    if isinstance(said, Sequence) and not isinstance(said, (bytes, bytearray)):
        return "; ".join(part for part in map(_words_of, cast("Sequence[object]", said)) if part)
    return "" if said is None else str(said)


def clock_ahead(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds by which a clock that says ``now`` is ahead of the server's ``Date``, if it says one."""
    try:
        return now - email.utils.parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (ValueError, OverflowError):
        return None
