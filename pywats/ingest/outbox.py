"""The outbox: reports of a test program, safe on the disk at once and sent in the background."""
# An outbox and a client are facades, whose faces use each other's private names.
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, cast

from pywats.client import AsyncPyWATS, Client
from pywats.errors import ClientClosedError, PyWATSError, ValidationError, translated
from pywats.exchange.call import body
from pywats.ingest.clock import Clock
from pywats.ingest.conversion.draft import draft
from pywats.ingest.conversion.filling import Filling
from pywats.ingest.errors import SpoolError, SpoolLockedError
from pywats.ingest.faults import ConversionError
from pywats.ingest.files.retention import Retention
from pywats.ingest.journal import Journal, Progress
from pywats.ingest.once import Once
from pywats.ingest.reasons import State
from pywats.ingest.spool.entry import Draft, SourceFile, Verdict
from pywats.ingest.spool.store import Spool
from pywats.ingest.upload.line import Line
from pywats.ingest.upload.uploader import Uploader
from pywats.reports.models import UURReport, UUTReport
from pywats.station import Station
from workers import Child, Lane, RestartsExceeded, Supervisor
from workers.errors import WorkersError
from workers.facade import Async, Blocking, Facade, Face
from workers.face import method
from workers.log import get_logger
from workers.portal import Portal

log = get_logger(__name__)

SOURCE: Final = "outbox"
"""The source that reports of an outbox have in the spool."""

LOOK: Final = 0.5
"""Seconds between two looks at what other processes did to the spool."""

DRAIN: Final = 30.0
PROBE_TIMEOUT: Final = 10.0
REST: Final = 60.0
"""Seconds until sending is tried again after it has failed time and again."""

CONCURRENCY: Final = 10

KEEP: Final = 365 * 86400.0
"""Seconds for which what is known of a finished report stays."""


class Outbox(Facade[Face]):
    """Takes reports, keeps them on the disk until the server has confirmed them, and sends them in the background.

    A test program never waits for the network and never loses a result: what `put` has returned for is on the disk. The
    file is a spool as that of the ingest daemon. One process at a time sends from it; others that use the same file,
    another test program or this one, only put reports in, and the one that sends takes them.

    Args:
        path: the spool, an SQLite file on a local disk; it is made.
        api: the client to send with; its face is the outbox's, and its station is filled in where reports lack one.
        max_size: bytes that the file may hold before `put` is refused, or ``None``. What is known of the reports that
            were sent within a year counts, too: about 1 kB each.
        progress: told of every event as it happens, on the loop's thread; it must not block.
    """

    def __init__(
        self, path: Path | str, api: Client[Face], *, max_size: int | None = None, progress: Progress | None = None
    ) -> None:
        self.path = Path(path)
        if api._portal is not None:
            self._portal = api._portal
            self._aio = Outbox(path, api._aio, max_size=max_size, progress=progress)
            self._aio._exits = self._portal
            return
        sender = cast("AsyncPyWATS", api).with_options(retry=None, lane=Lane.BULK)
        self._filling = _filling_of(api.station)
        self._spool = Spool(self.path, max_size=max_size)
        journal = Journal(progress)
        line = Line(sender.with_options(timeout=PROBE_TIMEOUT).get_version, journal)
        send = sender.report.submit_report_json
        self._uploader = Uploader(self._spool, send, line, journal, concurrency=CONCURRENCY, drain=DRAIN)
        self._exits: Portal | None = None
        self._stay: Callable[[], None] | None = None
        self._serving: asyncio.Task[None] | None = None
        self._gate = asyncio.Lock()
        self._trouble = Once()
        self._closed = False

    @method
    async def put(self, report: UUTReport | UURReport | Mapping[str, Any] | bytes) -> str:
        """Take a report; return its id once it is safely on the disk.

        A report without an id is given one that follows from its content, so that the same one put twice is one.

        Args:
            report: as it is made here, as decoded WSJF, or as WSJF bytes.

        Raises:
            ValidationError: it is no report, or a field is missing without which no report can be told from another.
            SpoolFullError: there is no room; it was not taken.
            SpoolError: the spool cannot be used.
        """
        await self._open()
        content = report if isinstance(report, bytes) else body(report)
        made = _drafted(content, self._filling)
        path = Path(SOURCE, made.report_id)
        digest = hashlib.sha256(content).digest()
        file = SourceFile(source=SOURCE, path=path, digest=digest, size=len(content), converter="wsjf", target=path)
        submitted = await self._spool.submit(file, [made])
        await self._spool.placed(submitted.file)
        for receipt in submitted.receipts:
            if receipt.verdict is Verdict.HELD:
                log.error("report_held", report_id=receipt.report_id, reason=receipt.reason, spool=str(self.path))
        return made.report_id

    @method
    async def counts(self) -> dict[State, int]:
        """Return how many reports stand in each state."""
        await self._open()
        return await self._spool.counts()

    @method
    async def flush(self, timeout: float | None = None) -> int:
        """Wait until everything is sent, or ``timeout`` seconds have passed; return how many reports still wait."""
        await self._open()
        clock = asyncio.get_running_loop().time
        end = None if timeout is None else clock() + timeout
        while waiting := await self._spool.active():
            if end is not None and clock() >= end:
                return waiting
            await asyncio.sleep(0.05 if end is None else max(0.0, min(0.05, end - clock())))
        return 0

    @method
    async def close(self, drain: float = DRAIN) -> None:
        """Finish the sends under way within ``drain`` seconds; what is not sent waits for the next process."""
        await self._end(drain)

    async def _end(self, drain: float) -> None:
        async with self._gate:
            self._closed = True
            serving, self._serving = self._serving, None
            if serving is None:
                return
            if self._stay is not None:
                self._stay()
            serving.cancel()
            await asyncio.wait([serving], timeout=drain)
            self._uploader.abandon()
            await asyncio.wait([serving])
            await self._spool.close()

    async def _open(self) -> None:
        """Open the spool with the first call, and begin to send."""
        if self._serving is not None:
            return
        async with self._gate:
            if self._closed:
                raise ClientClosedError("the outbox is closed")
            if self._serving is None:
                await self._spool.open(shared=True)
                self._serving = asyncio.create_task(self._serve(), name=f"outbox {self.path.name}")
                if self._exits is not None:
                    self._stay = self._exits.at_exit(self._end)

    async def _serve(self) -> None:
        """Become the process that sends as soon as no other is, and send."""
        while True:
            try:
                await self._spool.lead()
                break
            except SpoolLockedError:
                await asyncio.sleep(LOOK)
                await self._reopen()
            except SpoolError as error:
                log.error("outbox_rests", spool=str(self.path), error=str(error), seconds=REST)
                await asyncio.sleep(REST)
        children = (
            Child("notice", self._notice),
            Child("retention", Retention(self._spool, KEEP, {}, Clock(), _unknown).run),
            Child("upload", self._uploader.run, shutdown=DRAIN + 5.0),
        )
        while True:
            try:
                await Supervisor(children).run()
            except RestartsExceeded as error:
                log.error("outbox_rests", spool=str(self.path), error=str(error), seconds=REST)
                await asyncio.sleep(REST)

    async def _reopen(self) -> None:
        """Open the spool anew if it could not be read, or if the one that sends has set it aside."""
        if self._spool.damaged:
            try:
                await self._spool.repair()
            except SpoolError as error:
                if self._trouble.is_news(str(error)):
                    log.warning("spool_not_repaired", spool=str(self.path), error=str(error))

    async def _notice(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            await self._reopen()
            try:
                for command in await self._spool.notice():
                    await self._spool.answer(command, {"error": "a test program sends from this spool"})
            except SpoolError as error:
                if self._trouble.is_news(str(error)):
                    log.warning("spool_not_looked_at", spool=str(self.path), error=str(error))
            else:
                self._trouble.is_over()

    def _translate(self, error: WorkersError) -> PyWATSError:
        return translated(error)

    async def __aenter__(self: "Outbox[Async]") -> "Outbox[Async]":
        """Enter a block that closes the outbox at its end."""
        await self._open()
        return self

    async def __aexit__(
        self: "Outbox[Async]",
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the outbox."""
        await self.close()

    def __enter__(self: "Outbox[Blocking]") -> "Outbox[Blocking]":
        """Enter a block that closes the outbox at its end."""
        self.counts()  # opens it: what is wrong with the file is said before a unit is tested
        return self

    def __exit__(
        self: "Outbox[Blocking]",
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the outbox."""
        self.close()


async def _unknown() -> None:
    """Tell nothing of the server's clock: where this machine's was set, nothing is removed."""


def _filling_of(station: Station | None) -> Filling:
    if station is None:
        return Filling()
    values = {"station": station.name, "location": station.location, "purpose": station.purpose}
    return Filling(defaults={name: value for name, value in values.items() if value})


def _drafted(content: bytes, filling: Filling) -> Draft:
    try:
        return draft(content, source=hashlib.sha256(content).digest(), position=0, filling=filling)
    except ConversionError as error:
        raise ValidationError(str(error)) from error
