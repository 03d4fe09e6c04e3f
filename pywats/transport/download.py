"""A body that is handed out as it arrives."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import aiohttp

from pywats.errors import ClientClosedError
from pywats.exchange.call import Exchange
from pywats.transport.body import NotUnpackedError, pieces
from pywats.transport.retry import Failure


class HttpDownload:
    """An answer whose body is still to be read; it holds a connection and a slot until it is closed.

    Each chunk must come within the call's ``timeout``. Collected without being closed, it has its loop close it.

    Args:
        response: the answer, its headers read.
        give_back: frees the slot.
        exchange: the call.
        explain: makes the failure of an error of aiohttp.

    Attributes:
        status: of the answer.
        headers: of the answer; names in any case.
        size: bytes to come, if the server said so and does not pack them.
    """

    def __init__(
        self,
        response: aiohttp.ClientResponse,
        give_back: Callable[[], None],
        exchange: Exchange[Any],
        explain: Callable[[Exception, Exchange[Any]], Failure],
    ) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers
        self.size = None if "Content-Encoding" in response.headers else response.content_length
        self._response: aiohttp.ClientResponse | None = response
        self._pieces = pieces(response)
        self._give_back = give_back
        self._exchange = exchange
        self._explain = explain
        self._loop = asyncio.get_running_loop()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The chunks of the body, unpacked.

        Raises:
            ConnectionError: the connection broke before the end.
            TimeoutError: the server fell silent.
            ClientClosedError: it was closed.
        """
        while chunk := await self._next():
            yield chunk

    async def _next(self) -> bytes:
        if self._response is None:
            call = self._exchange.call
            raise ClientClosedError("the download is closed", method=call.verb, path=call.path)
        try:
            async with asyncio.timeout(self._exchange.options.timeout):
                return await anext(self._pieces, b"")
        except (aiohttp.ClientError, OSError, NotUnpackedError) as error:
            failure = self._explain(error, self._exchange)
        await self.aclose()
        raise failure.error

    async def aclose(self) -> None:
        """Give back slot and connection; a body that was not read to its end breaks off. Closing twice does no harm."""
        response, self._response = self._response, None
        if response is not None:
            _let_go(response, self._give_back)
            with contextlib.suppress(RuntimeError):  # somebody is reading, and meets the closed connection
                await self._pieces.aclose()

    def __del__(self) -> None:
        # This may run on any thread, at any moment.
        if self._response is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_let_go, self._response, self._give_back)


def _let_go(response: aiohttp.ClientResponse, give_back: Callable[[], None]) -> None:
    response.close()  # a body that was read to its end has given its connection back already
    give_back()
