"""Where files go when they are done with: into the archive, or into quarantine with an explanation beside them."""

import asyncio
import contextlib
import json
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pywats.ingest.errors import SpoolError
from pywats.ingest.files.moves import COPY, ChangedError, beside, clear, digest, free_name, move, stamp, write_whole
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
        self._in_hand: set[int] = set()

    async def choose(self, source: str, name: str, fate: Fate) -> Path:
        """Return a path that is free, and keep it for this caller until the file is put there."""
        return await self._choose(self._sources[source].of(fate), name)

    async def _choose(self, folder: Path, name: str) -> Path:
        path = await asyncio.to_thread(
            free_name, folder, name, companions=(EXPLANATION, SENT, COPY), promised=frozenset(self._promised)
        )
        self._promised.add(path)
        return path

    def release(self, path: Path | None) -> None:
        """Give back a path that is not needed after all."""
        if path is not None:
            self._promised.discard(path)

    async def put(self, file: PlacedFile, expected: Stamp) -> PlacedFile:
        """Move a file to its target and record it; return the file with the place that it really got.

        Its target stays promised to it until it is recorded there, however many tries that takes.

        Raises:
            OSError: it cannot be moved now.
            SpoolError: it may have moved, but that could not be recorded now; see `catch_up`.
        """
        self._in_hand.add(file.number)
        try:
            return await self._put(file, expected)
        finally:
            self._in_hand.discard(file.number)

    async def _put(self, file: PlacedFile, expected: Stamp) -> PlacedFile:
        explained: list[Refusal] = []
        while file.target is not None:
            try:
                if file.fate == Fate.QUARANTINE:
                    explained = await self._explain(file, file.target)
                await _finished(asyncio.to_thread(move, file.here, file.target, expected))
            except FileExistsError:
                file = await self._redirect(file, file.target.parent, file.fate)
                continue
            except ChangedError:
                # Its reports are in the spool; what lies there now is another file, which is read in its turn.
                log.warning("file_replaced", source=file.source, file=shown(file.here))
            break
        await self._placed(file, explained)
        return file

    async def resume(self) -> None:
        """Finish the moves that a crash cut short; to be called before any file is taken."""
        for file in await self._spool.on_their_way():
            if file.target is not None:
                await asyncio.to_thread(clear, file.target)
            with contextlib.suppress(OSError):  # it is tried again when the file is found by the watch
                found = await asyncio.to_thread(stamp, file.here)
                if found is not None and await asyncio.to_thread(digest, file.here) == file.digest:
                    await self.put(file, found)
                else:
                    await self._placed(file)  # it had arrived, or somebody took it away
        for file in await self._spool.taken_in_part():
            if file.source in self._sources:  # else another process is at it: a person puts it in by hand
                with contextlib.suppress(OSError):
                    await self._look_for_the_rest(file)

    async def _look_for_the_rest(self, file: PlacedFile) -> None:
        """Leave a file that was taken in part to the watch, which offers it again, if it is there as it was."""
        if await asyncio.to_thread(digest, file.here) != file.digest:
            log.error(
                "file_cut_short", source=file.source, file=shown(file.here), what_to_do=WHAT_TO_DO[Reason.CUT_SHORT]
            )
            await self._spool.give_up(file)

    async def catch_up(self) -> None:
        """Record the arrival of files that have moved while the spool could not be written.

        A file that is still there is left to the watch, which offers it again.
        """
        for file in await self._spool.on_their_way():
            with contextlib.suppress(OSError):  # its folder cannot be reached now
                if file.number not in self._in_hand and await asyncio.to_thread(stamp, file.here) is None:
                    await self._placed(file)

    async def quarantine_refused(self) -> list[PlacedFile]:
        """Bring the files whose reports the server refused from the archive into quarantine; return them.

        Raises:
            OSError: a file could not be moved now, which the next call tries again; the others were.
        """
        moved: list[PlacedFile] = []
        failed: OSError | None = None
        for file in await self._spool.unexplained():
            if file.source not in self._sources:  # put in by a program or by hand: there is no file to move
                continue
            try:
                moved += await self._quarantine(file)
            except OSError as error:
                failed = error
        if failed is not None:
            raise failed
        return moved

    async def _quarantine(self, file: PlacedFile) -> list[PlacedFile]:
        found = await asyncio.to_thread(stamp, file.here)
        if not await self._spool.refusals(file):  # a person was quicker, and has let all of them go on
            if found is None:
                await self._placed(file)
            else:
                await self._spool.stay(file)
                self.release(file.target)
            return []
        if file.fate == Fate.QUARANTINE and file.target is None:  # it is there for an earlier one
            await self._spool.placed(file, await self._explain(file, file.here))
            return []
        if file.target is None:
            file = await self._redirect(file, self._sources[file.source].of(Fate.QUARANTINE), Fate.QUARANTINE)
        if found is not None:
            return [await self.put(file, found)]
        if file.target is not None:  # the archive was cleared; what was sent is still in the spool
            await asyncio.to_thread(clear, file.target)
            await self._placed(file, await self._explain(file, file.target))
        return [file]

    async def _placed(self, file: PlacedFile, explained: Sequence[Refusal] = ()) -> None:
        """Record that a file is where it was to go."""
        await self._spool.placed(file, explained)
        self.release(file.target)

    async def _redirect(self, file: PlacedFile, folder: Path, fate: Fate) -> PlacedFile:
        """Choose where in a folder a file is to go, and record it."""
        target = await self._choose(folder, file.path.name)
        try:
            redirected = await self._spool.redirect(file, target, fate)
        except SpoolError:
            self.release(target)
            raise
        self.release(file.target)
        return redirected

    async def _explain(self, file: PlacedFile, target: Path) -> list[Refusal]:
        """Write beside the target why the file is there; return the refusals that are told of."""
        refusals = await self._spool.refusals(file)
        await asyncio.to_thread(_write_explanation, file, target, refusals)
        return refusals


async def _finished(moving: Coroutine[Any, Any, None]) -> None:
    """Wait for a move to its end, though this is cancelled: nobody may begin it again meanwhile."""
    task = asyncio.ensure_future(moving)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise


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
