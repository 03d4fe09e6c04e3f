"""The status page's server: a few addresses, answered from the board."""

import asyncio
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import parse_qs

import orjson
from aiohttp import web

from pywats.errors import PyWATSError
from pywats.ingest.errors import IngestError
from pywats.ingest.schema import StatusBlock
from pywats.ingest.status import page
from pywats.ingest.status.board import Board
from pywats.ingest.status.door import Door
from pywats.ingest.status.gate import Gate, RefusedError
from pywats.ingest.status.metrics import CONTENT_TYPE
from pywats.text import reason_of
from workers.log import get_logger

log = get_logger(__name__)

STREAMS: Final = 100
"""Pages that are kept up to date at once; a further one is told to try again."""

SLOWEST: Final = 20.0
"""Seconds in which a request must be complete, and an open page must take what changed."""

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

_REUSE: Final = None if sys.platform == "win32" else True  # there it would let two servers share a port

Act = Callable[[str, Mapping[str, str]], Awaitable[str]]
"""Does what a button says, with the values of its form; returns what came of it, in words."""

Make = Callable[[Board, str], str]
"""Makes the text of a page from the board, and the token of its forms."""


class StatusServer:
    """Listens on one address.

    Args:
        block: where, and with which password.
        board: what is shown.
        act: does what a button says.
        metrics: the text for Prometheus.
        ready: what stands in the way of working, if anything.
        masked: what must not leave the process, whoever else said it.
    """

    def __init__(
        self,
        block: StatusBlock,
        board: Board,
        act: Act,
        metrics: Callable[[], str],
        ready: Callable[[], list[str]],
        masked: Callable[[], list[str]],
    ) -> None:
        self.block = block
        self._board = board
        self._act = act
        self._ready = ready
        self._masked = masked
        self._gate = Gate(block)
        self._pages: Mapping[str, tuple[str, Make]] = {
            "/": ("text/html", page.whole),
            "/status.json": ("application/json", _as_json),
            "/metrics": (CONTENT_TYPE, lambda _, __: metrics()),
            "/healthz": ("text/plain", lambda _, __: "alive\n"),
            "/page.css": ("text/css", lambda _, __: page.STYLE),
            "/page.js": ("text/javascript", lambda _, __: page.SCRIPT),
        }
        self._made: tuple[int, dict[str, bytes]] = (0, {})
        self._streams: set[web.StreamResponse] = set()
        self._runner: web.ServerRunner | None = None
        self._sweeping: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()
        self.port = 0

    async def open(self) -> None:
        """Listen.

        Raises:
            IngestError: the address cannot be listened on.
        """
        door = Door(self._answer)
        runner = web.ServerRunner(door, shutdown_timeout=1.0)
        await runner.setup()
        block = self.block
        try:
            await web.TCPSite(runner, block.host, block.port, backlog=128, reuse_address=_REUSE).start()
        except OSError as error:
            await runner.cleanup()
            raise IngestError(
                f"the status page cannot listen on {block.host} port {block.port}: {_words(error)}; give status.port "
                "another number, or end the program that has it"
            ) from error
        self._runner, self.port = runner, runner.addresses[0][1]
        self._sweeping = asyncio.create_task(door.sweep(), name="status connections")
        log.info("status_page_ready", address=f"http://{block.host}:{self.port}")

    async def close(self) -> None:
        """Stop listening; open pages are let go."""
        self._closing.set()
        if self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.wait([self._sweeping])
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            async with asyncio.timeout(SLOWEST):
                await self._gate.check(request.headers)
                if request.path == "/do":
                    return await self._do(request)
                answer = self._read(request)
        except RefusedError as refusal:
            return self._refuse(refusal)
        except TimeoutError:
            return self._refuse(RefusedError(408, "the request did not come to its end"))
        return answer if answer is not None else await self._stream(request)

    def _read(self, request: web.BaseRequest) -> web.Response | None:
        """Answer a request that changes nothing; ``None`` for one that stays open."""
        if request.method not in {"GET", "HEAD"}:
            raise RefusedError(405, f"{request.method} is not known here")
        if request.path == "/events":
            if request.method != "GET":
                raise RefusedError(405, "events are asked for by GET")
            if len(self._streams) >= STREAMS:
                raise RefusedError(429, "enough pages are open")
            return None
        if request.path == "/readyz":
            problems = self._ready()
            text = "\n".join(problems) or "ready"
            return self._said(f"{text}\n", status=503 if problems else 200)
        if request.path not in self._pages:
            raise RefusedError(404, "there is no such page")
        kind, make = self._pages[request.path]
        return self._said(self._of_turn(request.path, make), kind)

    async def _do(self, request: web.BaseRequest) -> web.Response:
        """Do what a button says, and show the page again."""
        if request.method != "POST":
            raise RefusedError(405, "buttons are sent by POST")
        try:
            body = (await request.read()).decode()
            form = {name: values[0] for name, values in parse_qs(body, max_num_fields=20).items()}
        except web.HTTPRequestEntityTooLarge:
            raise RefusedError(413, "no form is that large") from None
        except ValueError:
            raise RefusedError(400, "this is no form") from None
        self._gate.check_change(request.headers, form.pop("token", ""))
        try:
            said = await self._act(form.pop("verb", ""), form)
        except PyWATSError as error:
            said = str(error)
        log.info("asked_on_the_page", peer=request.remote, said=said)
        self._board.remark(said)
        await self._board.refresh()
        return self._said("", status=303, more={"Location": "./"})

    async def _stream(self, request: web.BaseRequest) -> web.StreamResponse:
        """Send what is shown whenever it changes, until the page is closed or takes nothing more."""
        response = web.StreamResponse(headers={**HEADERS, "X-Accel-Buffering": "no"})
        response.content_type = "text/event-stream"
        self._streams.add(response)
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            await response.prepare(request)
            while not closing.done():
                lines = self._of_turn("inside", page.inside).splitlines()
                async with asyncio.timeout(SLOWEST):
                    await response.write(b"".join(b"data: %b\n" % line for line in lines) + b"\n")
                turning = asyncio.ensure_future(self._board.changed())
                try:
                    await asyncio.wait([turning, closing], return_when=asyncio.FIRST_COMPLETED)
                finally:
                    turning.cancel()
        except (TimeoutError, ConnectionError):
            if request.transport is not None:
                request.transport.abort()
        finally:
            closing.cancel()
            self._streams.discard(response)
        return response

    def _refuse(self, refusal: RefusedError) -> web.Response:
        more = {"WWW-Authenticate": 'Basic realm="pywats", charset="UTF-8"'} if refusal.status == 401 else {}  # noqa: PLR2004
        answer = self._said(f"{refusal.text}\n", status=refusal.status, more=more)
        answer.force_close()
        return answer

    def _said(
        self, body: str | bytes, kind: str = "text/plain", *, status: int = 200, more: Mapping[str, str] | None = None
    ) -> web.Response:
        raw = self._masked_bytes(body) if isinstance(body, str) else body
        headers = {**HEADERS, "Content-Type": f"{kind}; charset=utf-8", **(more or {})}
        return web.Response(body=raw, status=status, headers=headers)

    def _of_turn(self, name: str, make: Make) -> bytes:
        """Return what is shown in this turn of the board; it is made once, however many look."""
        turn, made = self._made
        if turn != self._board.turn:
            made = {}
            self._made = (self._board.turn, made)
        if name not in made:
            made[name] = self._masked_bytes(make(self._board, self._gate.token))
        return made[name]

    def _masked_bytes(self, text: str) -> bytes:
        """Take out what must stay secret: a server's words may repeat what was sent to it."""
        for secret in self._masked():
            text = text.replace(secret, "***")
        return text.encode("utf-8", "backslashreplace")


def _as_json(board: Board, _: str) -> str:
    return orjson.dumps(board.snapshot(), option=orjson.OPT_INDENT_2).decode()


def _words(error: OSError) -> str:
    """Return the reason alone: asyncio writes the address into its own."""
    of_name = isinstance(error, socket.gaierror)
    return os.strerror(error.errno) if error.errno and not of_name else reason_of(error)
