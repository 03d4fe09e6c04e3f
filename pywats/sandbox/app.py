"""The front of the sandbox: what happens to a request before and after the handler of its route."""

import asyncio
import hmac
import logging
import socket
import struct
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from aiohttp import web
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader

from pywats.sandbox.analytics.internal import routes as analytics_internal
from pywats.sandbox.analytics.routes import routes as analytics
from pywats.sandbox.answers import Answer, Refusal, refusal, unknown_path
from pywats.sandbox.asset.internal import routes as asset_internal
from pywats.sandbox.asset.routes import routes as asset
from pywats.sandbox.auth.routes import routes as auth
from pywats.sandbox.barcode.routes import routes as barcode
from pywats.sandbox.callers import Caller
from pywats.sandbox.export.routes import routes as export
from pywats.sandbox.faults import Fault, Faults, retry_after
from pywats.sandbox.limits import Gate
from pywats.sandbox.live import PATH as LIVE
from pywats.sandbox.live import Live
from pywats.sandbox.manual_inspection.routes import routes as manual_inspection
from pywats.sandbox.process.routes import routes as process
from pywats.sandbox.product.internal import routes as product_internal
from pywats.sandbox.product.routes import routes as product
from pywats.sandbox.production.internal import routes as production_internal
from pywats.sandbox.production.routes import routes as production
from pywats.sandbox.production.serial_routes import routes as serial_numbers
from pywats.sandbox.ranges import ranged
from pywats.sandbox.records import Recorded, Records
from pywats.sandbox.report.queries import routes as report_queries
from pywats.sandbox.report.routes import routes as report
from pywats.sandbox.rootcause.routes import routes as rootcause
from pywats.sandbox.routing import Request, Route, Router, query_pairs
from pywats.sandbox.scim.routes import routes as scim
from pywats.sandbox.software.internal import routes as software_internal
from pywats.sandbox.software.routes import routes as software
from pywats.sandbox.system.routes import routes as system
from pywats.sandbox.workflow.routes import routes as workflow
from pywats.sandbox.world import World
from workers import RateLimit
from workers.log import get_logger, traceback_of

log = get_logger(__name__)

ROUTES: tuple[Route, ...] = (
    *product,
    *product_internal,
    *report,
    *asset,
    *asset_internal,
    *analytics,
    *analytics_internal,
    *process,
    *rootcause,
    *scim,
    *report_queries,
    *auth,
    *barcode,
    *export,
    *system,
    *manual_inspection,
    *software,
    *software_internal,
    *production,
    *production_internal,
    *serial_numbers,
    *workflow,
)
"""Every operation that the sandbox serves."""

MAX_BODY = 64 * 1024 * 1024
"""The most bytes that a request may have."""
MAX_LINE = 16 * 1024
"""The most bytes that the path and the query of a request may have."""
SERVER = "pywats-sandbox"

_SECRETS = {"authorization", "proxy-authorization", "cookie"}
_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class Front:
    """Takes every request: records, faults, rate limit, latency, authentication, routes.

    Args:
        world: the state behind the routes.
        tokens: who may come in.
        limit: how many requests are let through.
        latency: seconds that every request takes before it is served.
        keepalive: seconds after which an idle connection is closed.
        history: how many requests are remembered.
    """

    def __init__(
        self,
        world: World,
        tokens: Mapping[str, Caller],
        *,
        limit: RateLimit | None,
        latency: float,
        keepalive: float,
        history: int,
    ) -> None:
        self.world = world
        self.faults = Faults()
        self.records = Records(history)
        self.latency = latency
        self.busy: float | None = None
        self._keepalive = keepalive
        self._tokens = {f"basic {token}".encode(): caller for token, caller in tokens.items()}
        self._gate = Gate(limit)
        self._router = Router()
        for route in ROUTES:
            self._router.add(route)
        self._closing: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.live = Live()

    def open(self) -> web.Server:
        """Return the server of this loop; its answers have a ``Date``, it writes no access log."""
        loop = asyncio.get_running_loop()
        self._closing = asyncio.Event()
        self._loop = loop

        def make(
            message: RawRequestMessage, payload: StreamReader, protocol: Any, writer: Any, task: asyncio.Task[None]
        ) -> web.BaseRequest:
            return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=MAX_BODY)

        return web.Server(
            self.handle,
            request_factory=make,
            access_log=None,
            keepalive_timeout=self._keepalive,
            logger=_quiet(),
            max_line_size=MAX_LINE,
        )

    def break_events(self) -> None:
        """Break the connections of those who listen to events; from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.live.break_off)

    def close(self) -> None:
        """Let go of the requests that are never answered."""
        if self._closing is not None:
            self._closing.set()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve one request."""
        record = Recorded(time.time(), request.method, request.raw_path, _shown(request.headers))
        start = time.monotonic()
        with self.world.database.lock:
            self.records.arrive(record, start)
        try:
            if request.headers.get("Expect", "").lower() == "100-continue":
                await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                request.writer.output_size = 0
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return self._finish(record, refusal(413).answer())
        except (ConnectionError, web.RequestPayloadError):
            return web.Response(status=400)
        with self.world.database.lock:
            self.records.complete(record, body)
        fault = self.faults.take(record.method, record.raw_path)
        if fault is not None:
            return await self._with_fault(fault, request, record)
        waiting = self.busy or self._gate.wait(start)
        if waiting:
            return self._finish(record, _too_many(waiting))
        if self.latency:
            await asyncio.sleep(self.latency)
        if record.path.lower() == LIVE and "Upgrade" in request.headers:
            return await self._tell(request, record)
        return self._finish(record, self._answer_or_part(record, request.headers))

    async def _tell(self, request: web.BaseRequest, record: Recorded) -> web.StreamResponse:
        """Tell a listener what happens."""
        asked = dict(query_pairs(record.query))
        positions = {kind: int(asked[kind]) for kind in ("report", "unit", "ticket") if asked.get(kind, "").isdecimal()}
        if self._closing is None or self._caller(request.headers) is None:
            return self._finish(record, refusal(401).answer())

        def ask(target: str) -> list[dict[str, Any]]:
            answer = self.answer(Recorded(0.0, "GET", target, {}), request.headers)
            return orjson.loads(answer.body) if answer.status == 200 else []  # noqa: PLR2004

        with self.world.database.lock:
            self.records.answered(record, 101)
        return await self.live.serve(request, positions, ask, self._closing)

    def _answer_or_part(self, record: Recorded, headers: Mapping[str, str]) -> Answer:
        """Return what the API answers to a request, of a file the part that is asked for."""
        answer = self.answer(record, headers)
        return ranged(answer, headers) if record.method == "GET" else answer

    def answer(self, record: Recorded, headers: Mapping[str, str]) -> Answer:
        """Return what the API answers to a request."""
        try:
            return self._served(record, headers)
        except Refusal as error:
            return error.answer()
        except Exception as error:  # noqa: BLE001 - a mistake of ours must look like one of a server
            log.error(
                "sandbox_failed",
                method=record.method,
                path=record.raw_path,
                error=repr(error),
                traceback=traceback_of(error),
            )
            return refusal(500).answer()

    def _served(self, record: Recorded, headers: Mapping[str, str]) -> Answer:
        path, _, query = record.raw_path.partition("?")
        found = self._router.find(record.method, path)
        if found is None:
            return unknown_path()
        route, params = found
        caller = self._caller(headers)
        if caller is None:
            denied = refusal(401).answer()
            denied.headers["WWW-Authenticate"] = "Basic"
            return denied
        if route.writes and not caller.writes:
            raise refusal(403)
        if route.internal and not _from_own_pages(headers):
            raise refusal(403, "This operation serves the server's own web pages; send its base URL as Referer.")
        pairs = query_pairs(query)
        request = Request(record.method, path, dict(pairs), headers, record.body, params, caller, pairs)
        with self.world.database.lock:
            return route.handler(self.world, request)

    def _caller(self, headers: Mapping[str, str]) -> Caller | None:
        """Return the owner of the token, ``None`` for none or a wrong one."""
        scheme, _, given = headers.get("Authorization", "").partition(" ")
        sent = f"{scheme.lower()} {given.strip()}".encode("utf-8", "surrogateescape")
        found: Caller | None = None
        for token, caller in self._tokens.items():
            if hmac.compare_digest(sent, token):
                found = caller
        if found is None and scheme.lower() == "basic":
            with self.world.database.lock:
                found = self.world.tokens.owner(given.strip()) or self.world.clients.owner(given.strip())
        return found

    def _finish(self, record: Recorded, answer: Answer) -> web.Response:
        with self.world.database.lock:
            self.records.answered(record, answer.status)
        return _response(answer)

    async def _with_fault(self, fault: Fault, request: web.BaseRequest, record: Recorded) -> web.StreamResponse:
        await asyncio.sleep(self.latency + fault.delay)
        if fault.hang == "before":
            return await self._hang(request)
        if fault.reset == "before":
            return _reset(request)
        now = datetime.now(UTC)
        if fault.replaces:
            if fault.handle:
                self.answer(record, request.headers)
            answer = fault.answer(now)
        else:
            answer = fault.decorate(self._answer_or_part(record, request.headers), now)
        if fault.delay_after:
            await asyncio.sleep(fault.delay_after)
        if fault.hang == "after":
            return await self._hang(request)
        if fault.reset == "after":
            return _reset(request)
        if fault.reset == "mid-body" or fault.body == "half":
            with self.world.database.lock:
                self.records.answered(record, answer.status)
            return await _cut(request, answer, reset=fault.reset == "mid-body")
        return self._finish(record, answer)

    async def _hang(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer nothing until the client or the sandbox goes away."""
        closing = self._closing
        while closing is not None and not closing.is_set() and request.transport and not request.transport.is_closing():
            try:
                async with asyncio.timeout(0.05):
                    await closing.wait()
            except TimeoutError:
                continue
        if closing is None or not closing.is_set():
            with self.world.database.lock:
                self.records.abandoned()
        return _reset(request)


def _quiet() -> logging.Logger:
    """Return the logger of what is no HTTP at all: it is answered with 400, and nobody wants a traceback of it."""
    logger = logging.getLogger("pywats.sandbox.http")
    logger.propagate = False
    logger.addHandler(logging.NullHandler())
    return logger


def _shown(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: _starred(value) if name.lower() in _SECRETS else value for name, value in headers.items()}


def _starred(value: str) -> str:
    scheme, space, _ = value.partition(" ")
    return f"{scheme} ***" if space else "***"


def _from_own_pages(headers: Mapping[str, str]) -> bool:
    origin = headers.get("Referer", "").lower().split("/")
    return len(origin) > 2 and origin[0] in {"http:", "https:"} and origin[2] == headers.get("Host", "").lower()  # noqa: PLR2004


def _too_many(seconds: float) -> Answer:
    answer = refusal(429).answer()
    answer.headers["Retry-After"] = retry_after(seconds, datetime.now(UTC))
    return answer


def _headers(answer: Answer) -> dict[str, str]:
    if answer.status == 204:  # noqa: PLR2004
        return {"Server": SERVER, **answer.headers}
    return {"Server": SERVER, "Content-Type": answer.content_type, **answer.headers}


def _response(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, body=answer.body or None, headers=_headers(answer))


def _reset(request: web.BaseRequest) -> web.Response:
    """Break the connection: unsent data is dropped, and the client gets a TCP reset."""
    transport = request.transport
    if transport is not None:
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
        transport.abort()
    return web.Response()


async def _cut(request: web.BaseRequest, answer: Answer, *, reset: bool) -> web.StreamResponse:
    """Send the head and half of the body, then end or break the connection."""
    response = web.StreamResponse(status=answer.status, headers=_headers(answer))
    response.content_length = max(len(answer.body), 2)
    try:
        await response.prepare(request)
        await response.write(answer.body[: len(answer.body) // 2] or b"\x20")
    except ConnectionError:
        return response
    if reset:
        _reset(request)
    elif request.transport is not None:
        request.transport.close()
    return response
