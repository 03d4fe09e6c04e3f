"""What the daemon needs around it: a server that answers, room on the disks, a clock that is right."""

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from pywats.client import AsyncPyWATS
from pywats.errors import PyWATSError
from pywats.exchange.answer import CLOCK_TOLERANCE, clock_ahead
from pywats.ingest.schema import IngestConfig
from workers.log import get_logger

log = get_logger(__name__)

ROUND: Final = 60.0
"""Seconds between two looks."""

TIMEOUT: Final = 10.0

LOW: Final = 1024**3
"""Bytes of free disk below which a person should know."""

EMPTY: Final = 100 * 1024**2
"""Bytes of free disk below which it is a failure."""


def folders_of(config: IngestConfig) -> list[Path]:
    """Return the folders of a configuration that are written to."""
    folders = [config.spool.path.parent]
    for source in config.sources:
        folders += [source.archive_folder, source.quarantine_folder]
    return folders


class Health:
    """Looks once a minute, with one cheap request; what it finds is said in the log when it changes.

    Args:
        api: to ask the server with.
        config: names the folders.
        wall: seconds since 1970.

    Attributes:
        server: why the server cannot be used, or nothing; ``None`` before the first look.
        ahead: seconds by which this machine's clock is ahead of the server's, where that is known.
        free: by folder: the bytes that are free on its disk, each disk once.
    """

    def __init__(self, api: AsyncPyWATS, config: IngestConfig, *, wall: Callable[[], float] = time.time) -> None:
        self._api = api.with_options(retry=None, timeout=TIMEOUT)
        self._folders = folders_of(config)
        self._wall = wall
        self._said: tuple[str, ...] = ()
        self.server: str | None = None
        self.ahead: float | None = None
        self.free: dict[str, int] = {}

    async def run(self) -> None:
        """Look again and again."""
        while True:
            await self.look()
            await asyncio.sleep(ROUND)

    async def look(self) -> None:
        """Look now."""
        self.free = await asyncio.to_thread(lambda: dict(_rooms(self._folders)))
        try:
            self.ahead = await self.clock_ahead()
        except PyWATSError as error:
            self.server = str(error)
        else:
            self.server = ""
        said = (*([self.server] if self.server else ()), *self.problems())
        for problem in said:
            if problem not in self._said:
                log.warning("not_well", detail=problem)
        self._said = said

    async def clock_ahead(self) -> float | None:
        """Ask the server; return by how many seconds this machine's clock is ahead of its own, if it tells the time.

        Raises:
            PyWATSError: it cannot be used.
        """
        before = self._wall()
        answer = await self._api.http.get("/api/App/Version")
        return clock_ahead(answer.headers, (before + self._wall()) / 2)

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with clock and disks, and what to do, a line each."""
        if not self.clock_is_right:
            side = "ahead of" if (self.ahead or 0) > 0 else "behind"
            days = abs(self.ahead or 0) / 86400
            by = f"{days:.0f} days" if days > 1 else f"{abs(self.ahead or 0):.0f} s"
            yield f"this machine's clock is {by} {side} the server's; set it by NTP, or reports are put aside there"
        for folder, free in self.free.items():
            if free < EMPTY:
                yield f"the disk of {folder} is full ({free / 1024**2:.0f} MiB free); make room, or no file is taken"

    @property
    def clock_is_right(self) -> bool:
        """Return whether the clock is near the server's, as far as that is known."""
        return self.ahead is None or abs(self.ahead) <= CLOCK_TOLERANCE

    def as_json(self) -> dict[str, Any]:
        """Return what was found."""
        return {
            "server": "unknown" if self.server is None else self.server or "ok",
            "clock_ahead_seconds": None if self.ahead is None else round(self.ahead),
            "disks": [{"folder": folder, "free_bytes": free} for folder, free in self.free.items()],
        }


def _rooms(folders: list[Path]) -> Iterator[tuple[str, int]]:
    seen: set[int] = set()
    for folder in folders:
        there = next((each for each in (folder.absolute(), *folder.absolute().parents) if each.is_dir()), None)
        try:
            if there is not None and (device := there.stat().st_dev) not in seen:
                seen.add(device)
                yield str(there), shutil.disk_usage(there).free
        except OSError as error:
            log.warning("disk_not_looked_at", folder=str(folder), error=str(error))
