"""The embedded WATS server as a process of its own, until somebody ends it."""

import asyncio
import ipaddress
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Final

from pywats.errors import ConfigurationError
from pywats.sandbox.listener import listen
from pywats.sandbox.server import Sandbox
from pywats.sandbox.store import MEMORY
from workers import RateLimit

DEFAULT_TOKEN: Final = "sandbox"  # noqa: S105 - a well-known one, for the loopback interface only
"""The token of a sandbox of the command line that was given none."""


def say_ready(url: str) -> None:
    """Print where a sandbox listens, and nothing else."""
    print(f"sandbox ready {url}", flush=True)  # noqa: T201 - who started it waits for this line


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    token: str | None = None,
    db: str | Path = MEMORY,
    latency_ms: float = 0.0,
    rate_limit: RateLimit | str | None = None,
    faults: Path | str | None = None,
    processing_delay: float = 0.0,
    seed_demo: bool = False,
    announce: Callable[[str], None] = say_ready,
) -> None:
    """Be a WATS server until the process is interrupted or terminated; announce its address when it listens.

    Without a token it takes ``sandbox``, which is only allowed on the loopback interface.

    Raises:
        ConfigurationError: an option is wrong, or the address cannot be listened on.
    """
    if token is None and not _is_loopback(host):
        raise ConfigurationError(f"a sandbox on {host} can be reached by others: give it a token (--token)")
    sandbox = Sandbox(
        token=DEFAULT_TOKEN if token is None else token,
        host=host,
        port=port,
        db=db,
        latency_ms=latency_ms,
        rate_limit=rate_limit,
        faults=faults,
        processing_delay=processing_delay,
        seed_demo=seed_demo,
        history=0,
    )
    stop: Callable[[], None] | None = None

    def ready(port: int, stopping: Callable[[], None]) -> None:
        nonlocal stop
        sandbox.port, stop = port, stopping
        announce(sandbox.url)

    def end(_: int, __: FrameType | None) -> None:
        if stop is not None:
            stop()

    before = {number: signal.signal(number, end) for number in _SIGNALS}
    try:
        asyncio.run(listen(sandbox.front, sandbox.world, host, port, ready))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        sandbox.close()


def _signals() -> tuple[signal.Signals, ...]:
    if sys.platform == "win32":
        return (signal.SIGINT, signal.SIGTERM, signal.SIGBREAK)
    else:  # noqa: RET505 - type checkers read one branch for each platform
        return (signal.SIGINT, signal.SIGTERM)


_SIGNALS = _signals()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
