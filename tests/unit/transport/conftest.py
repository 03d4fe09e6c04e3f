"""A server that answers what it is told to, byte by byte, and records what reached it."""

import asyncio
import functools
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import Mock

import aiohttp
import pytest
import structlog
from aioresponses import aioresponses

from pywats.exchange.call import Call, Exchange, raw
from pywats.settings import Options, RetryConfig, ServerSettings
from pywats.transport import Transport

TOKEN = "c2VjcmV0OnRva2VuLW9mLXRoZS10ZXN0"

Step = bytes | Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Request:
    """One request as it reached the server."""

    verb: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int


@dataclass
class RawServer:
    """Serves one step of its script for each request; the last step serves all that follow."""

    script: list[Step] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    port: int = 0
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        connection = self.connections
        try:
            while request := await self._request(reader, connection):
                self.requests.append(request)
                step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                if callable(step):
                    await step(reader, writer)
                else:
                    writer.write(step)
                    await writer.drain()
                if writer.is_closing():
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    @staticmethod
    async def _request(reader: asyncio.StreamReader, connection: int) -> Request | None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.IncompleteReadError:
            return None
        first, *lines = head.strip().split("\r\n")
        verb, target, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        return Request(verb, target, headers, body, connection)


def answer(body: bytes = b"{}", status: int = 200, kind: str = "application/json", **headers: str) -> bytes:
    """An answer as it travels."""
    lines = [f"HTTP/1.1 {status} Words", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close without a word."""
    writer.close()


async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reset the connection."""
    sock: socket.socket = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Say nothing until the other side goes away."""
    await reader.read()


async def half(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Promise more than comes, and close."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
    await writer.drain()
    writer.close()


@dataclass(frozen=True)
class Steps:
    """What a script is made of."""

    answer = staticmethod(answer)
    close = staticmethod(close)
    reset = staticmethod(reset)
    hang = staticmethod(hang)
    half = staticmethod(half)


@pytest.fixture
def step() -> Steps:
    return Steps()


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    raw_server = RawServer([answer()])
    listening = await asyncio.start_server(raw_server, "127.0.0.1", 0)
    raw_server.port = listening.sockets[0].getsockname()[1]
    yield raw_server
    listening.close()  # and no wait_closed(): from Python 3.12 on it would wait for the steps that never end


@pytest.fixture
async def connect() -> AsyncIterator[Callable[..., Transport]]:
    """Makes transports and closes them at the end."""
    made: list[Transport] = []

    def connect(base_url: str, on_retry: Any = None, **settings: Any) -> Transport:
        settings = {"rate_limit": None, "trust_env": False, **settings}
        made.append(Transport(ServerSettings(base_url=base_url, **settings), on_retry=on_retry))
        return made[-1]

    yield connect
    for transport in made:
        await transport.close()


@pytest.fixture
def ask() -> Callable[..., Exchange[Any]]:
    """Makes exchanges: ``ask("GET", "/api/X", repeatable=False, timeout=1.0)``; without retries unless told."""
    options_of = {"timeout", "retry", "lane", "headers", "authorization"}

    def ask(verb: str = "GET", path: str = "/api/Product/X", **values: Any) -> Exchange[Any]:
        given = {name: values.pop(name) for name in list(values) if name in options_of}
        options = {"authorization": f"Basic {TOKEN}", "retry": RetryConfig(base_delay=0.0), "timeout": 20.0, **given}
        return Exchange(Call(verb=verb, path=path, **{"read": raw, **values}), Options(**options))

    return ask


@pytest.fixture
def mocked(monkeypatch: pytest.MonkeyPatch) -> Iterator[aioresponses]:
    """aiohttp without a network. aioresponses 0.7.9 makes responses without the writer that aiohttp 3.14 asks for."""
    whole = functools.partialmethod(aiohttp.ClientResponse.__init__, stream_writer=Mock(output_size=0))
    monkeypatch.setattr(aiohttp.ClientResponse, "__init__", whole)
    with aioresponses() as mock:
        yield mock


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    """The log of a program that asked for every line."""
    structlog.configure()
    with structlog.testing.capture_logs() as entries:
        yield entries
    structlog.reset_defaults()
