"""The stream of events over a WebSocket: an addition of the sandbox, which no document of the vendor's describes.

``GET /api/Events?report=N&unit=N&ticket=N`` upgrades to a WebSocket. Each message is a JSON array of objects with
``kind`` and ``data``: first what happened behind the positions given, then what happens. A kind that is not named is
not told.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import orjson
from aiohttp import web

PATH = "/api/events"

_INTERVAL = 0.05
_PAGE = 1000
_ALL_CHANGES = 2**31 - 1

Ask = Callable[[str], list[dict[str, Any]]]
"""Answers a GET of the API, given path and query; with no rows where the API refuses."""


class Live:
    """Those who listen, each with a connection."""

    def __init__(self) -> None:
        self._transports: dict[web.WebSocketResponse, asyncio.Transport] = {}

    def __len__(self) -> int:
        return len(self._transports)

    async def serve(
        self, request: web.BaseRequest, positions: Mapping[str, int], ask: Ask, closing: asyncio.Event
    ) -> web.StreamResponse:
        """Tell one listener what happens, until it or the sandbox goes away."""
        socket = web.WebSocketResponse(heartbeat=30.0)
        await socket.prepare(request)
        if isinstance(request.transport, asyncio.Transport):
            self._transports[socket] = request.transport
        telling = asyncio.create_task(_tell(socket, dict(positions), ask, closing))
        try:
            async for _ in socket:  # nothing is expected; this notices that the listener goes
                pass
        finally:
            telling.cancel()
            self._transports.pop(socket, None)
            await asyncio.wait({telling})
        return socket

    def break_off(self) -> None:
        """Break all connections without a word."""
        for transport in list(self._transports.values()):
            transport.abort()


async def _tell(socket: web.WebSocketResponse, positions: dict[str, int], ask: Ask, closing: asyncio.Event) -> None:
    while not closing.is_set() and not socket.closed:
        told = False
        for kind, low in positions.items():
            rows = _ROWS[kind](ask, low)
            if rows:
                positions[kind] = max(position for position, _ in rows)
                message = orjson.dumps([{"kind": kind, "data": row} for _, row in rows])
                await socket.send_str(message.decode())
                told = True
        if not told:
            try:
                async with asyncio.timeout(_INTERVAL):
                    await closing.wait()
            except TimeoutError:
                continue
    await socket.close()


def _reports(ask: Ask, low: int) -> list[tuple[int, dict[str, Any]]]:
    wanted = urlencode({"$filter": f"timeStamp gt {low}", "$orderby": "timestamp", "$top": _PAGE})
    return [(row["timeStamp"], row) for row in ask(f"/api/Report/Query/Header?{wanted}")]


def _units(ask: Ask, low: int) -> list[tuple[int, dict[str, Any]]]:
    rows = ask(f"/api/Production/Units/Changes?maxCount={_ALL_CHANGES}")
    return [(row["id"], row) for row in rows if row["id"] > low]


def _tickets(ask: Ask, low: int) -> list[tuple[int, dict[str, Any]]]:
    found = {row["ticketId"]: row for view in (0, 1) for row in ask(f"/api/RootCause/Tickets?status=63&view={view}")}
    placed = [(int(datetime.fromisoformat(row["updatedUtc"]).timestamp() * 1e6), row) for row in found.values()]
    return sorted(((position, row) for position, row in placed if position > low), key=lambda each: each[0])


_ROWS = {"report": _reports, "unit": _units, "ticket": _tickets}
