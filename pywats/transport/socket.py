"""A WebSocket to the server: messages as they come."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp

from pywats import errors
from pywats.exchange.call import Exchange

_SWITCHING_PROTOCOLS = 101


class HttpSocket:
    """Messages that the server sends, until it or the reader ends it; holds a connection and a slot meanwhile.

    Collected without being closed, it has its loop close it.

    Args:
        socket: the connection.
        give_back: frees the slot.
        exchange: the call.
    """

    status = _SWITCHING_PROTOCOLS

    def __init__(
        self, socket: aiohttp.ClientWebSocketResponse, give_back: Callable[[], None], exchange: Exchange[Any]
    ) -> None:
        self._socket: aiohttp.ClientWebSocketResponse | None = socket
        self._give_back = give_back
        self._exchange = exchange
        self._loop = asyncio.get_running_loop()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The messages.

        Raises:
            ConnectionError: the connection broke, or the server closed it.
        """
        while (socket := self._socket) is not None:
            message = await socket.receive()
            if message.type is aiohttp.WSMsgType.TEXT:
                yield message.data.encode()
            elif message.type is aiohttp.WSMsgType.BINARY:
                yield message.data
            else:
                await self.aclose()
                call = self._exchange.call
                why = f"code {socket.close_code}" if socket.close_code else "without a word"
                raise errors.ConnectionError(f"the server ended the stream ({why})", method=call.verb, path=call.path)

    async def aclose(self) -> None:
        """End it and give back the connection; closing twice does no harm."""
        socket, self._socket = self._socket, None
        if socket is not None:
            self._give_back()
            await socket.close()

    def __del__(self) -> None:
        # This may run on any thread, at any moment.
        if self._socket is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_let_go, self._socket, self._give_back)


def _let_go(socket: aiohttp.ClientWebSocketResponse, give_back: Callable[[], None]) -> None:
    give_back()
    closing = asyncio.get_running_loop().create_task(socket.close())
    _closing.add(closing)  # a loop holds its tasks weakly
    closing.add_done_callback(_closing.discard)


_closing: set[asyncio.Task[bool]] = set()
