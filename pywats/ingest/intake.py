"""Takes complete files: converts them, puts their reports into the spool, and only then moves them."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pywats.ingest.conversion.filling import Filling
from pywats.ingest.conversion.workshop import Converted, Job, Workshop
from pywats.ingest.errors import SpoolError
from pywats.ingest.faults import NotReadyError
from pywats.ingest.files.reading import Stamp
from pywats.ingest.files.shelf import Shelf
from pywats.ingest.journal import Event, Journal, Kind
from pywats.ingest.reasons import Reason
from pywats.ingest.schema import SourceBlock
from pywats.ingest.spool.entry import Draft, Fate, PlacedFile, Receipt, SourceFile, Submitted, Verdict, shown
from pywats.ingest.spool.queue import FRESH
from pywats.ingest.spool.store import Spool
from pywats.text import reason_of
from workers import Message
from workers.log import get_logger

log = get_logger(__name__)

SPOOL_PAUSE: Final = 5.0
"""Seconds until a file is offered again that the spool had no room for."""

ROOM_PAUSE: Final = 60.0
"""Seconds until a file is offered again whose reports the disk had no room for: to read it takes a while."""

MOVE_PAUSE: Final = 60.0
"""Seconds until a file is offered again that could not be moved."""

Answers = Sequence[float | None]

Found = tuple[tuple[Path, Stamp], Converted | float]
"""A file, and what came of it, or in how many seconds to offer it again."""

Ready = tuple[SourceFile, Converted] | float
"""A file on its way into the books, or in how many seconds to offer it again."""


@dataclass(frozen=True, slots=True)
class Take(Message[Answers]):
    """Complete files of one source, the oldest first; the answer says of each when to offer it again, if at all."""

    source: SourceBlock
    files: Sequence[tuple[Path, Stamp]]


class Intake:
    """Takes batches of files; the reports of a batch share commits, and keep the order of their files.

    Args:
        spool: where reports go.
        shelf: where files go.
        workshop: converts.
        journal: told what came of each file and report.
        filling: what a source says about its reports.
    """

    def __init__(
        self,
        spool: Spool,
        shelf: Shelf,
        workshop: Workshop,
        journal: Journal,
        filling: Callable[[SourceBlock], Filling],
    ) -> None:
        self._spool = spool
        self._shelf = shelf
        self._workshop = workshop
        self._journal = journal
        self._filling = filling
        self._paused = False
        self._stuck: set[Path] = set()

    async def waits(self) -> float:
        """Return in how many seconds it is worth offering files, 0 for now: none is read that the spool must refuse."""
        try:
            await self._spool.check_room()
        except SpoolError as error:
            self._pause(error)
            return SPOOL_PAUSE
        return 0.0

    async def take(self, message: Take) -> Answers:
        """Take the files of one message."""
        source = message.source
        converted = await asyncio.gather(*(self._convert(source, path, stamp) for path, stamp in message.files))
        answers: list[float | None] = []
        try:
            for run in _runs(list(zip(message.files, converted, strict=True))):
                if SPOOL_PAUSE in answers:  # a file of which a part is missing keeps its place before the others
                    answers += [SPOOL_PAUSE] * len(run)
                    continue
                ready = [await self._ready(source, path, stamp, found) for (path, stamp), found in run]
                finishing = zip(run, ready, strict=True)
                answers += await asyncio.gather(
                    *(self._finish(source, stamp, each) for ((_, stamp), _), each in finishing)
                )
        finally:
            for found in converted:
                if isinstance(found, Converted):
                    found.drafts.close()
        return answers

    async def _convert(self, source: SourceBlock, path: Path, stamp: Stamp) -> Converted | float:
        """Return what came of a file, or in how many seconds to offer it again."""
        job = Job(
            path=path,
            stamp=stamp,
            converter=source.converter,
            options=source.options,
            encoding=source.encoding,
            filling=self._filling(source),
            max_size=source.max_file_size,
            room=self._spool.max_size,
            folder=self._spool.path.parent,
        )
        try:
            return await self._workshop.convert(job)
        except NotReadyError:
            return max(source.settle, 1.0)
        except SpoolError as error:
            self._pause(error)
            return ROOM_PAUSE

    async def _ready(self, source: SourceBlock, path: Path, stamp: Stamp, found: Converted | float) -> Ready:
        """Decide where a file is to go."""
        if not isinstance(found, Converted):
            return found
        fate = Fate.QUARANTINE if found.error else Fate.ARCHIVE
        file = SourceFile(
            source=source.name,
            path=path,
            digest=found.digest,
            size=found.size,
            converter=found.converter,
            target=await self._shelf.choose(source.name, path.name, fate),
            backlog=time.time() - stamp.mtime_ns / 1e9 > FRESH,
        )
        return file, found

    async def _finish(self, source: SourceBlock, stamp: Stamp, ready: Ready) -> float | None:
        """Spool the reports of a file, tell of it, and move the file."""
        if not isinstance(ready, tuple):
            return ready
        file, found = ready
        try:
            placed = await self._submit(source, file, found)
        except SpoolError as error:
            self._shelf.release(file.target)
            self._pause(error)
            return SPOOL_PAUSE
        self._paused = False
        if placed.target != file.target:
            self._shelf.release(file.target)
        try:
            await self._shelf.put(placed, stamp)
        except SpoolError as error:
            self._pause(error)
            return SPOOL_PAUSE
        except OSError as error:
            self._tell_stuck(file, error)
            return MOVE_PAUSE
        self._stuck.discard(file.path)
        return None

    async def _submit(self, source: SourceBlock, file: SourceFile, found: Converted) -> PlacedFile:
        error = found.error
        if error is not None:
            placed = await self._spool.refuse(file, error.reason, error.detail, error.position)
            if file.path not in self._stuck:
                detail = f"{error.position}: {error.detail}" if error.position else error.detail
                self._tell(Kind.FILE_QUARANTINED, file, reason=error.reason, detail=detail)
            return placed
        if found.said:
            log.warning("converter_chosen", file=shown(file.path), converter=found.converter, detail=found.said)
        parts = found.drafts.parts()
        for _ in range(found.drafts.laid):
            part = await asyncio.to_thread(next, parts)
            submitted = await self._submit_part(source, file, part, more=True)
            if submitted.resumed:
                return submitted.file
        return (await self._submit_part(source, file, next(parts), more=False)).file

    async def _submit_part(
        self, source: SourceBlock, file: SourceFile, drafts: Sequence[Draft], *, more: bool
    ) -> Submitted:
        collisions = source.on_collision == "send"
        submitted = await self._spool.submit(file, drafts, send_collisions=collisions, more=more)
        if not submitted.resumed:
            if not more:
                self._tell(Kind.FILE_TAKEN, file)
            self._tell_reports(file, submitted.receipts, drafts[len(drafts) - len(submitted.receipts) :])
        return submitted

    def _tell_reports(self, file: SourceFile, receipts: Sequence[Receipt], drafts: Sequence[Draft]) -> None:
        for receipt, draft in zip(receipts, drafts, strict=True):
            self._tell_report(file, receipt, draft.result)
        for draft in drafts:
            if draft.said:
                log.warning("report_read", file=shown(file.path), report_id=draft.report_id, detail=draft.said)

    def _tell_report(self, file: SourceFile, receipt: Receipt, result: str) -> None:
        if receipt.verdict is Verdict.DUPLICATE:
            kind, detail = Kind.REPORT_DUPLICATE, f"it came before, in {receipt.other}"
        elif receipt.verdict is Verdict.HELD:
            kind, detail = Kind.REPORT_HELD, f"it stands against a report in {receipt.other}"
        else:
            kind, detail = Kind.REPORT_ACCEPTED, ""
        self._journal.tell(
            Event(
                kind=kind,
                source=file.source,
                file=shown(file.path),
                report_id=receipt.report_id,
                reason=receipt.reason,
                detail=detail,
                result=result if kind is Kind.REPORT_ACCEPTED else "",
            )
        )

    def _tell_stuck(self, file: SourceFile, error: OSError) -> None:
        if file.path not in self._stuck:
            detail = f"it was read, but cannot be moved to {shown(file.target.parent)}: {reason_of(error)}"
            self._tell(Kind.FILE_STUCK, file, detail=detail)
            self._stuck.add(file.path)

    def _pause(self, error: SpoolError) -> None:
        if not self._paused:
            self._journal.tell(Event(kind=Kind.INTAKE_PAUSED, detail=str(error)))
        self._paused = True

    def _tell(self, kind: Kind, file: SourceFile, *, reason: Reason | None = None, detail: str = "") -> None:
        self._journal.tell(Event(kind=kind, source=file.source, file=shown(file.path), reason=reason, detail=detail))


def _runs(files: Sequence[Found]) -> Iterator[list[Found]]:
    """Yield files that can be finished together: none behind one that gives its reports in parts."""
    run: list[Found] = []
    for each in files:
        run.append(each)
        if isinstance(each[1], Converted) and each[1].drafts.laid:
            yield run
            run = []
    if run:
        yield run
