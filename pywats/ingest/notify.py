"""Speaking to systemd: ready, alive, stopping. Nothing is said where it does not listen."""

import asyncio
import contextlib
import os
import socket
import sys
from typing import Final

_SOCKET: Final = "NOTIFY_SOCKET"


def notify(*words: str) -> None:
    """Tell the service manager, such as ``READY=1``; a manager that is gone is no reason to stop."""
    address = os.environ.get(_SOCKET, "")
    if address and sys.platform != "win32":
        if address.startswith("@"):  # a name in the kernel's own space
            address = "\0" + address[1:]
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaking:
            speaking.sendto("\n".join(words).encode(), address)


def watchdog_pause() -> float | None:
    """Return the seconds between two signs of life that the manager wants, or ``None`` if it wants none."""
    wanted, process = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not wanted.isdigit() or int(wanted) == 0 or (process and process != str(os.getpid())):
        return None
    return int(wanted) / 2e6


async def stay_alive() -> None:
    """Give signs of life from the event loop, so that a loop that hangs is noticed."""
    pause = watchdog_pause()
    while pause is not None:
        notify("WATCHDOG=1")
        await asyncio.sleep(pause)
