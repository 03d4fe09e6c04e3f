"""Connections to the status page: few, short, and closed when nothing comes or nothing is taken."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from aiohttp import web
from aiohttp.http import HttpProcessingError, RawRequestMessage
from aiohttp.streams import StreamReader

CONNECTIONS: Final = 200
"""Connections at once; a further one is closed."""

PATIENCE: Final = 20.0
"""Seconds in which a request must have come, and its answer must have been taken."""

LARGEST_BODY: Final = 16 * 1024

_SWEEP: Final = 5.0

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Door(web.Server):
    """A server that never has more than so many connections, and none that stands still.

    Args:
        handler: answers a request; while it does, its connection is its own business.
    """

    def __init__(self, handler: Handler) -> None:
        loop = asyncio.get_running_loop()

        def make(
            message: RawRequestMessage, payload: StreamReader, protocol: Any, writer: Any, task: asyncio.Task[None]
        ) -> web.BaseRequest:
            return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=LARGEST_BODY)

        super().__init__(
            self._answer,
            request_factory=make,
            handler_cancellation=True,
            access_log=None,
            logger=_Log(logging.getLogger("aiohttp.server"), {}),
            keepalive_timeout=PATIENCE,
            lingering_time=1.0,
        )
        self._inner = handler
        self._moved: dict[Any, float] = {}

    def __call__(self) -> Any:
        """Take a connection, or one that closes itself where there are enough."""
        self._moved = {each: at for each, at in self._moved.items() if each in self.connections}
        if len(self._moved) >= CONNECTIONS:
            return _Closed()
        taken = super().__call__()
        self._moved[taken] = asyncio.get_running_loop().time()
        return taken

    async def sweep(self) -> None:
        """Close what stands still, again and again."""
        while True:
            await asyncio.sleep(_SWEEP)
            late = asyncio.get_running_loop().time() - PATIENCE
            for connection in [each for each in self.connections if self._moved.get(each, late) < late]:
                connection.force_close()
                if connection.transport is not None:
                    connection.transport.abort()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        now = asyncio.get_running_loop().time
        self._moved[request.protocol] = float("inf")
        try:
            return await self._inner(request)
        finally:
            self._moved[request.protocol] = now()


class _Log(logging.LoggerAdapter[logging.Logger]):
    """Says at level ``debug`` alone that a request was none: whoever reaches the port can send what fills a log."""

    def exception(self, msg: object, *args: object, exc_info: Any = True, **more: Any) -> None:
        """Say what went wrong."""
        level = logging.DEBUG if isinstance(exc_info, HttpProcessingError) else logging.ERROR
        self.log(level, msg, *args, exc_info=exc_info, **more)


class _Closed(asyncio.Protocol):
    """A connection that there is no room for."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Close it."""
        with suppress(OSError):
            transport.close()
