"""The sandbox's event loop: it listens, and processes reports when they are due."""

import asyncio
import errno
import ipaddress
import os
import socket
import sys
from collections.abc import Callable

from aiohttp import web

from pywats.errors import ConfigurationError
from pywats.sandbox.app import Front
from pywats.sandbox.world import World

_BACKLOG = 1024
_REUSE = None if sys.platform == "win32" else True  # there it would let two servers share a port
_LAST_ANSWERS = 0.1


Ready = Callable[[int, Callable[[], None]], None]
"""Takes the port, and a function for any thread that stops the server."""


async def listen(front: Front, world: World, host: str, port: int, ready: Ready) -> None:
    """Serve until told to stop.

    Args:
        front: what takes the requests.
        world: the state behind it.
        host: the address to listen on.
        port: 0 takes a free one.
        ready: called as soon as clients can connect.

    Raises:
        ConfigurationError: the address cannot be listened on.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    runner = web.ServerRunner(front.open(), shutdown_timeout=_LAST_ANSWERS)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, backlog=_BACKLOG, reuse_address=_REUSE).start()
    except (OSError, OverflowError) as error:
        await runner.cleanup()
        number = getattr(error, "errno", None) or 0
        reason = os.strerror(number) if number > 0 else getattr(error, "strerror", None) or error
        advice = "; end the program that has the port, or name another" if number == errno.EADDRINUSE else ""
        raise ConfigurationError(f"the sandbox cannot listen on {host} port {port}: {reason}{advice}") from error
    work = asyncio.create_task(_process(world))
    try:
        ready(runner.addresses[0][1], _soon(loop, stop.set))
        await stop.wait()
    finally:
        work.cancel()
        front.close()
        await runner.cleanup()
        await asyncio.gather(work, return_exceptions=True)


def kept_port(host: str) -> socket.socket | None:
    """Return a socket that has a free port of an address and does not listen; ``None`` where that cannot be.

    As long as it is open the system gives its port to nobody else, and who asks for this very one can listen there.
    """
    if sys.platform == "linux":  # elsewhere two sockets cannot have one port
        kept = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        try:
            ipaddress.ip_address(host)  # a name may stand for several
            kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            kept.bind((host, 0))
        except (OSError, ValueError):
            kept.close()
        else:
            return kept
    return None


async def _process(world: World) -> None:
    """Process reports when they are due."""
    queued = asyncio.Event()
    world.reports.on_queue = _soon(asyncio.get_running_loop(), queued.set)
    while True:
        queued.clear()
        with world.database.lock:
            due = world.reports.process_due()
        try:
            async with asyncio.timeout(None if due is None else max(due - world.clock(), 0.001)):
                await queued.wait()
        except TimeoutError:
            continue


def _soon(loop: asyncio.AbstractEventLoop, action: Callable[[], None]) -> Callable[[], None]:
    """Return a function that does this in the loop, from any thread; nothing once the loop is closed."""

    def act() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(action)

    return act
