"""Where files go when they are done with: into the archive, or into quarantine with an explanation beside them."""

import asyncio
import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pywats.ingest.errors import SpoolError
from pywats.ingest.files.moves import ChangedError, beside, digest, free_name, move, stamp, write_whole
from pywats.ingest.files.reading import Stamp
from pywats.ingest.reasons import WHAT_TO_DO, Reason
from pywats.ingest.spool.entry import Fate, PlacedFile, Refusal, shown
from pywats.ingest.spool.store import Spool
from workers.log import get_logger

log = get_logger(__name__)

EXPLANATION: Final = ".reason.json"
SENT: Final = ".sent.json"


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the files of one source go."""

    archive: Path
    quarantine: Path
    by_day: bool = False

    def of(self, fate: Fate) -> Path:
        """Return the folder for a fate."""
        if fate != Fate.ARCHIVE:
            return self.quarantine
        return self.archive / f"{datetime.now(UTC):%Y-%m-%d}" if self.by_day else self.archive


class Shelf:
    """Puts files where they belong, in step with the spool's books.

    The books say where a file is to go before it moves, and that it has arrived once it has. A crash in between is
    made good by `resume`.
    """

    def __init__(self, spool: Spool, sources: Mapping[str, Folders]) -> None:
        self._spool = spool
        self._sources = sources
        self._promised: set[Path] = set()

    async def choose(self, source: str, name: str, fate: Fate) -> Path:
        """Return a path that is free, and keep it for this caller until the file is put there."""
        folder = self._sources[source].of(fate)
        path = await asyncio.to_thread(
            free_name, folder, name, companions=(EXPLANATION, SENT), promised=frozenset(self._promised)
        )
        self._promised.add(path)
        return path

    def release(self, path: Path | None) -> None:
        """Give back a path that is not needed after all."""
        if path is not None:
            self._promised.discard(path)

    async def put(self, file: PlacedFile, expected: Stamp) -> PlacedFile:
        """Move a file to its target and record it; return the file with the place that it really got.

        Raises:
            OSError: it cannot be moved now.
        """
        explained: list[Refusal] = []
        while file.target is not None:
            try:
                if file.fate == Fate.QUARANTINE:
                    explained = await self._explain(file, file.target)
                await asyncio.to_thread(move, file.here, file.target, expected)
            except FileExistsError:
                file = await self._elsewhere(file)
                continue
            except ChangedError:
                # Its reports are in the spool; what lies there now is another file, which is read in its turn.
                log.warning("file_replaced", source=file.source, file=shown(file.here))
            break
        await self._spool.placed(file, explained)
        self.release(file.target)
        return file

    async def resume(self) -> None:
        """Finish the moves that a crash cut short."""
        for file in await self._spool.on_their_way():
            with contextlib.suppress(OSError):  # it is tried again when the file is found by the watch
                found = await asyncio.to_thread(stamp, file.here)
                if found is not None and await asyncio.to_thread(digest, file.here) == file.digest:
                    await self.put(file, found)
                else:
                    await self._spool.placed(file)  # it had arrived, or somebody took it away

    async def quarantine_refused(self) -> list[PlacedFile]:
        """Bring the files whose reports the server refused from the archive into quarantine; return them.

        Raises:
            OSError: a file cannot be moved now; the rest is done with the next call.
        """
        moved: list[PlacedFile] = []
        for file in await self._spool.unexplained():
            if file.source not in self._sources:  # put in by a program or by hand: there is no file to move
                continue
            if file.fate == Fate.QUARANTINE and file.target is None:  # it is there for an earlier one
                await self._spool.placed(file, await self._explain(file, file.here))
                continue
            target = file.target or await self.choose(file.source, file.path.name, Fate.QUARANTINE)
            try:
                refused = await self._spool.redirect(file, target, Fate.QUARANTINE)
            except SpoolError:
                self.release(target)
                raise
            found = await asyncio.to_thread(stamp, file.here)
            if found is not None:
                refused = await self.put(refused, found)
            else:  # the archive was cleared; what was sent is still in the spool
                await self._spool.placed(refused, await self._explain(refused, target))
                self.release(target)
            moved.append(refused)
        return moved

    async def _elsewhere(self, file: PlacedFile) -> PlacedFile:
        """Choose another name for a file whose target was taken meanwhile."""
        self.release(file.target)
        target = await self.choose(file.source, file.path.name, file.fate)
        return await self._spool.redirect(file, target, file.fate)

    async def _explain(self, file: PlacedFile, target: Path) -> list[Refusal]:
        """Write beside the target why the file is there; return the refusals that are told of."""
        refusals = await self._spool.refusals(file)
        await asyncio.to_thread(_write_explanation, file, target, refusals)
        return refusals


def _write_explanation(file: PlacedFile, target: Path, refusals: list[Refusal]) -> None:
    """Write what was sent, and why the file is here, beside it."""
    reports: list[dict[str, Any]] = []
    for refusal in refusals:
        sent = beside(target, SENT if len(refusals) == 1 else f".{refusal.position}{SENT}")
        write_whole(sent, refusal.body)
        reports.append(
            {"id": refusal.report_id, "position": refusal.position, "server": refusal.detail, "sent": sent.name}
        )
    reason = Reason.REFUSED if refusals else file.reason or Reason.CONVERTER_FAILED
    explanation = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "file": shown(file.path),
        "source": file.source,
        "converter": file.converter,
        "reason": reason,
        "detail": refusals[0].detail if refusals else file.detail,
        "position": file.position or None,
        "server": refusals[0].detail if refusals else None,
        "what_to_do": WHAT_TO_DO[reason],
        "reports": reports,
    }
    write_whole(beside(target, EXPLANATION), json.dumps(explanation, indent=2, ensure_ascii=True).encode())
