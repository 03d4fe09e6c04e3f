"""How long what is finished is kept: entries in the spool, and files in the archive."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from pywats.ingest.clock import Clock
from pywats.ingest.errors import SpoolError
from pywats.ingest.spool.entry import PlacedFile, shown
from pywats.ingest.spool.store import Spool
from workers.log import get_logger

log = get_logger(__name__)

ROUND: Final = 3600.0
"""Seconds between two rounds."""

GROUP: Final = 500
"""Entries, and files, that are removed at a time."""

_DRIFT: Final = 3600.0
"""Seconds by which the clock may have been set since the start; beyond them nothing is removed by its word alone."""


class Retention:
    """Removes what is finished and older than it is to be kept.

    Age is told by the computer's clock. While that stands far from where it would stand if nobody had set it since the
    daemon was started, nothing is removed: a clock that is set to next year must not empty the archive. Once the
    server shows about the same time, the clock was set right, and removing goes on.

    Args:
        spool: the books.
        keep: seconds for which finished reports stay in the spool, or ``None``.
        archives: by the names of sources: seconds for which files stay in the archive.
        clock: tells the age.
        ahead: asks the server by how many seconds the clock is ahead of its own; ``None`` where it does not tell.
    """

    def __init__(
        self,
        spool: Spool,
        keep: float | None,
        archives: Mapping[str, float],
        clock: Clock,
        ahead: Callable[[], Awaitable[float | None]],
    ) -> None:
        self._spool = spool
        self._keep = keep
        self._archives = archives
        self._clock = clock
        self._ahead = ahead

    async def run(self) -> None:
        """Remove what is old, again and again."""
        while True:
            try:
                await self.clear()
            except SpoolError as error:
                log.warning("retention_waits", detail=str(error))
            await asyncio.sleep(ROUND)

    async def clear(self) -> None:
        """Remove what is old now."""
        if not await self._is_right():
            detail = f"the clock was set by {self._clock.set_by:.0f} s since the daemon was started"
            log.warning("retention_waits", detail=detail)
            return
        for source, seconds in self._archives.items():
            await self._clear_archive(source, self._before(seconds))
        if self._keep is not None:
            oldest = self._before(max((self._keep, *self._archives.values())))
            while await self._spool.forget(self._before(self._keep), oldest, GROUP):
                continue

    async def _is_right(self) -> bool:
        """Whether the clock may be believed: nobody set it, or the server says the same."""
        if abs(self._clock.set_by) > _DRIFT:
            ahead = await self._ahead()
            if ahead is None or abs(ahead) > _DRIFT:
                return False
            self._clock.trust()
        return True

    def _before(self, seconds: float) -> int:
        return int((self._clock.now() - seconds) * 1000)

    async def _clear_archive(self, source: str, before: int) -> None:
        while files := await self._spool.archived(source, before, GROUP):
            for file in files:
                await asyncio.to_thread(_remove, file)
            await self._spool.removed(files)


def _remove(file: PlacedFile) -> None:
    try:
        file.here.unlink(missing_ok=True)
    except OSError as error:
        log.warning("archive_not_cleared", file=shown(file.here), error=str(error))
