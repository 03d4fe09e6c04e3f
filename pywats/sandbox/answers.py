"""What the sandbox answers: statuses, bodies and the shapes of its errors."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"

WORDS = {
    400: "The request is invalid.",
    401: "Authorization has been denied for this request.",
    403: "The token has no permission for this request.",
    404: "No such thing was found.",
    405: "The requested resource does not support this http method.",
    409: "The request contradicts what is stored.",
    413: "The request is larger than this server takes.",
    429: "Too many requests.",
    500: "An error has occurred.",
    502: "Bad gateway.",
    503: "The service is unavailable.",
    504: "Gateway timeout.",
}
"""The server's words for a status, where nothing more is known."""


@dataclass(slots=True)
class Answer:
    """A status, a whole body and what goes into the head."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict[str, str])


class Refusal(Exception):
    """The request is answered with an error status.

    ``said`` becomes the body as JSON: an object with ``Message``, or a plain text for a validation error.
    """

    def __init__(self, status: int, said: str | dict[str, Any]) -> None:
        self.status = status
        self.said = said
        super().__init__(f"{status} {said}")

    @property
    def words(self) -> str:
        """The message alone."""
        return self.said if isinstance(self.said, str) else str(self.said["Message"])

    def answer(self) -> Answer:
        """Return the answer that carries this refusal."""
        return Answer(self.status, orjson.dumps(self.said))


def ok(value: Any) -> Answer:
    """Return a value as JSON with status 200."""
    return Answer(200, dumped(value))


def dumped(value: Any) -> bytes:
    """Return a value as JSON; what is nested too deeply to be written is refused."""
    try:
        return orjson.dumps(value)
    except TypeError as error:
        raise refusal(400, "The document is nested too deeply.") from error


def no_content() -> Answer:
    """Return status 204."""
    return Answer(204)


def refusal(status: int, message: str | None = None, **more: Any) -> Refusal:
    """Return an error in the server's usual shape, an object with ``Message``."""
    return Refusal(status, {"Message": WORDS.get(status, "Error.") if message is None else message, **more})


def invalid(lines: Iterable[str]) -> Refusal:
    """Return a validation error: status 400, one JSON string with a line for each problem."""
    return Refusal(400, "\n".join(lines))


def page(status: int, title: str, text: str) -> Answer:
    """Return a web page, as the web server in front of the API answers when the API was never reached."""
    body = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\n'
        f'<html xmlns="http://www.w3.org/1999/xhtml">\n<head><title>{title}</title></head>\n'
        f"<body>\n<h1>Server Error</h1>\n<h2>{title}</h2>\n<p>{text}</p>\n</body>\n</html>\n"
    )
    return Answer(status, body.encode(), HTML)


def unknown_path() -> Answer:
    """Return the web page for a path that no route serves."""
    return page(
        404,
        "404 - File or directory not found.",
        "The resource you are looking for was removed, had its name changed, or is temporarily unavailable.",
    )
