"""What the charts of the status page show, over a restart of the daemon: a small file beside the spool."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import FiniteFloat, TypeAdapter

from pywats.ingest.files.moves import write_whole
from pywats.ingest.status.minutes import Minute, Minutes
from workers.log import get_logger

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Kept:
    """The minutes up to a moment, in seconds since 1970."""

    at: FiniteFloat
    minutes: list[Minute]


_KEPT: Final = TypeAdapter(_Kept)


class Memory:
    """Keeps minutes in a file; they are figures for the eye, so without the file the charts just begin anew.

    Args:
        path: the file.
        wall: seconds since 1970.
    """

    def __init__(self, path: Path, wall: Callable[[], float] = time.time) -> None:
        self._path = path
        self._wall = wall

    async def keep(self, minutes: Minutes) -> None:
        """Write the file."""
        content = _KEPT.dump_json(_Kept(self._wall(), minutes.all()))
        try:
            await asyncio.to_thread(write_whole, self._path, content)
        except OSError as error:
            log.info("charts_not_kept", error=str(error))

    async def recall(self, minutes: Minutes) -> None:
        """Put what was kept before the present minute; nothing where there is no file, or none of ours."""
        try:
            kept = _KEPT.validate_json(await asyncio.to_thread(self._path.read_bytes))
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            log.info("charts_not_recalled", error=str(error))
            return
        if kept.minutes:
            minutes.resume(kept.minutes, max(0, int(self._wall() // 60 - kept.at // 60)))
