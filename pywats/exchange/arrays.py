"""The values of a JSON array of any length, parsed while it arrives."""

from collections.abc import AsyncGenerator, Callable
from typing import Any, Final

from pywats.errors import InvalidResponseError
from pywats.exchange.answer import Answer
from pywats.exchange.call import Download

_SHOWN: Final = 200
_WHOLE: Final = "item"
"""The prefix of an answer that is the array itself."""
_PIECE: Final = 1 << 16
"""Bytes that are parsed at a time; whoever reads slowly finds much more of them waiting."""


async def parsed(body: Download, prefix: str, path: str) -> AsyncGenerator[list[Any], None]:
    """The values under ``prefix``, as many at a time as 64 KB of the body hold.

    Raises:
        InvalidResponseError: the body is no JSON, no array where it should be one, or ends too early; the text has its
            first bytes.
    """
    import ijson  # type: ignore[import-untyped]

    values: Any = ijson.sendable_list()
    parser = ijson.items_coro(values, prefix, use_float=True)
    head = b""

    def invalid(words: str) -> InvalidResponseError:
        answer = Answer(body.status, {name.lower(): value for name, value in body.headers.items()}, head, path=path)
        answer.refuse_html()
        return answer.invalid(words)

    def feed(step: Callable[[], object]) -> None:
        try:
            step()
        except (ijson.JSONError, ValueError) as error:
            raise invalid(f"the answer is no JSON: {' '.join(str(error).split())}") from error

    async for chunk in body:
        head = head or chunk[:_SHOWN]
        for at in range(0, len(chunk), _PIECE):
            piece = chunk[at : at + _PIECE]
            feed(lambda: parser.send(piece))  # noqa: B023 - it is called at once
            if values:
                found, values[:] = list(values), []
                yield found
                del found
    feed(parser.close)
    if prefix == _WHOLE and head.lstrip()[:1] not in {b"", b"["} and head.strip() != b"null":
        raise invalid("the answer is no JSON array; where is it, for prefix=?")
    if not head.strip():
        raise InvalidResponseError("the answer is empty; a JSON array was expected", method="GET", path=path)
    if values:
        yield list(values)
