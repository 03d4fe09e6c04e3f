"""Reading the body of an answer: piece by piece, unpacked, and never more than is wanted."""

import asyncio
import zlib
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Final

import aiohttp

GZIP: Final = "gzip"
_PIECE: Final = 2**20
_GZIP_ONLY: Final = 16 + zlib.MAX_WBITS


class AnswerTooLargeError(Exception):
    """The body holds more bytes than are wanted."""


class NotUnpackedError(Exception):
    """The body cannot be unpacked by its Content-Encoding; the text says why."""


async def read_whole(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The body of an answer, unpacked.

    Raises:
        AnswerTooLargeError: it holds more than ``limit`` bytes; the rest was not read.
        NotUnpackedError: it is not packed as its header says, or ends too early.
    """
    length = response.content_length
    if length is not None:
        if length > limit:
            raise AnswerTooLargeError
        if "Content-Encoding" not in response.headers:
            content = response.content
            return content.read_nowait() if content.is_eof() else await response.read()  # often all is there already
    found: list[bytes] = []
    size = 0
    async with aclosing(pieces(response)) as parts:
        async for piece in parts:
            size += len(piece)
            if size > limit:
                raise AnswerTooLargeError
            found.append(piece)
    return b"".join(found)


async def pieces(response: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
    """The body of an answer as it arrives, unpacked, in pieces of any size.

    aiohttp's own unpacking is not used: it takes a gzip body that ends too early for a whole one.
    """
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in {"", "identity"}:
        async for chunk in response.content.iter_any():
            yield chunk
        return
    if encoding not in {GZIP, "x-gzip"}:
        raise NotUnpackedError(f"Content-Encoding {encoding!r} was not asked for")
    unpacker = _Unpacker()
    async for chunk in response.content.iter_any():
        for piece in unpacker.feed(chunk):
            yield piece
            await asyncio.sleep(0)  # a small chunk may hold very many pieces
    unpacker.finish()


class _Unpacker:
    """Undoes gzip (RFC 1952), of one member or several."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP_ONLY)
        self._begun = False

    def feed(self, packed: bytes) -> Iterator[bytes]:
        """What a chunk holds, in pieces of bounded size."""
        while packed:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP_ONLY)
            self._begun = True
            try:
                piece = self._member.decompress(packed, _PIECE)
            except zlib.error as error:
                raise NotUnpackedError(f"it is no gzip: {error}") from None
            packed = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            if piece:
                yield piece

    def finish(self) -> None:
        """Say that nothing follows."""
        if self._begun and not self._member.eof:
            raise NotUnpackedError("it ends in the middle")
