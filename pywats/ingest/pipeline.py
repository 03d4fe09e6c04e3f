"""Watch, convert, spool and upload under one supervisor, for one configuration."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from pywats.client import AsyncPyWATS
from pywats.errors import PyWATSError
from pywats.ingest.clock import Clock
from pywats.ingest.conversion.processes import Processes
from pywats.ingest.errors import IngestError, SpoolError
from pywats.ingest.files.retention import Retention
from pywats.ingest.files.shelf import Folders, Shelf
from pywats.ingest.files.watcher import Files, Watcher
from pywats.ingest.health import Health
from pywats.ingest.intake import Answers, Intake, Take
from pywats.ingest.journal import Event, Journal, Kind
from pywats.ingest.once import Once
from pywats.ingest.presence import Presence
from pywats.ingest.schema import IngestConfig, SourceBlock
from pywats.ingest.spool.store import Spool
from pywats.ingest.upload.line import Line
from pywats.ingest.upload.pace import Pace
from pywats.ingest.upload.uploader import Uploader
from workers import Actor, Child, Lane, Mailbox, Supervisor
from workers.log import get_logger

log = get_logger(__name__)

DRAIN: Final = 30.0
"""Seconds that sends under way are given when the daemon is asked to stop."""

PATIENCE: Final = 60.0
"""Seconds without any progress after which a run with ``once`` ends."""

PROBE_TIMEOUT: Final = 10.0
SHELF_PAUSE: Final = 2.0

MOVE_DRAIN: Final = 20.0
"""Seconds that a move to another disk is given when the daemon is asked to stop."""

TIDY: Final = "Let the daemon's user write into the quarantine and the archive; it is tried again by itself."


class Pipeline:
    """All stages of one configuration: what they are made of, how they start and how they end.

    Args:
        config: what to watch, and where to send.
        api: the client to send with.
        spool: open, and led by this process.
        journal: told of every event.
        clock: tells how old things are.
        once: end when all files that are there were taken and all reports were sent, or nothing moves any more.
        patience: with ``once``: seconds without any progress after which it ends.
        drain: seconds that sends under way are given at the end.
    """

    def __init__(
        self,
        config: IngestConfig,
        api: AsyncPyWATS,
        spool: Spool,
        journal: Journal,
        clock: Clock,
        *,
        once: bool = False,
        patience: float = PATIENCE,
        drain: float = DRAIN,
    ) -> None:
        self._config = config
        self._once = once
        self._patience = patience
        self._drain = drain
        self._stop = asyncio.Event()
        self._resumed = asyncio.Event()
        self._tidying: asyncio.Task[None] | None = None
        self._untidy = Once()
        self._spool = spool
        self._journal = journal
        folders = {
            source.name: Folders(
                source.archive_folder, source.quarantine_folder, by_day=source.archive_layout == "by-day"
            )
            for source in config.sources
        }
        self._shelf = Shelf(spool, folders)
        self.line = Line(api.with_options(retry=None, timeout=PROBE_TIMEOUT).get_version, journal)
        self._uploader = Uploader(
            spool,
            api.with_options(retry=None, lane=Lane.BULK).report.submit_report_json,
            self.line,
            journal,
            concurrency=config.limits.concurrency,
            drain=drain,
            pace=None if once else Pace(config.limits.rate_limit, asyncio.get_running_loop().time),
        )
        limits = config.convert
        self._workshop = Processes(limits.workers, timeout=limits.timeout, memory=limits.memory)
        intake = Intake(spool, self._shelf, self._workshop, journal, config.filling_of)
        self._intake = Actor(Mailbox("intake", capacity=len(config.sources)), intake.take, concurrency=4)
        self._watchers = {
            source.name: Watcher(source, self._take, intake.waits, journal, once=once, patience=patience)
            for source in config.sources
        }
        self._watched = set(self._watchers)
        keeps = {source.name: source.archive_keep for source in config.sources}
        archives = {name: seconds for name, seconds in keeps.items() if seconds is not None}
        self._presence = Presence(api, config, spool.active)
        self.statistics = api.statistics
        self.health = Health(api, config, wall=clock.now)
        self._retention = Retention(spool, config.spool.keep, archives, clock, self._clock_ahead)

    def stop(self) -> None:
        """Finish the sends under way and end."""
        self._stop.set()

    def abandon(self) -> None:
        """Wait no longer for the sends under way; their reports stay in the spool."""
        self._uploader.abandon()

    def pause(self, source: str) -> None:
        """Take no more files of a source until `resume`; what was taken is still sent.

        A source that a reload has just added is none of this pipeline's yet, but of the next one's.
        """
        if source in self._watchers:
            self._watchers[source].pause()
        self._journal.tell(Event(kind=Kind.SOURCE_PAUSED, source=source))

    def resume(self, source: str) -> None:
        """Take files of a source again."""
        if source in self._watchers:
            self._watchers[source].resume()
        self._journal.tell(Event(kind=Kind.SOURCE_RESUMED, source=source))

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the server, the folders, the disks and the clock, a line each."""
        if self.line.state != "open":
            yield f"the way to the server is {self.line.state}: {self.line.detail}"
        elif self.health.server:
            yield f"the server cannot be used: {self.health.server}"
        for name, watcher in self._watchers.items():
            if watcher.state == "failed":
                yield f"the folder of {name} cannot be read"
        yield from self.health.problems()

    def status(self) -> dict[str, Any]:
        """Return how the sources and the way to the server stand, as JSON has it."""
        return {
            "line": {"state": self.line.state, "detail": self.line.detail},
            "sending": self._uploader.in_hand,
            "sources": [
                {"name": name, "state": watcher.state, "files_waiting": watcher.waiting}
                for name, watcher in self._watchers.items()
            ],
        }

    async def run(self) -> None:
        """Run until stopped or, ``once``, until done.

        Raises:
            IngestError: the workers failed again and again.
        """
        await self._supervise()
        if self._tidying is not None:
            await self._tidying
        await self._tidy()

    async def _supervise(self) -> None:
        supervisor = Supervisor(
            (
                Child("upload", self._uploader.run, shutdown=self._drain + 5.0),
                Child("shelf", self._keep_shelf, ready=self._resumed.wait),  # nothing is taken before
                Child("intake", self._intake.run, shutdown=MOVE_DRAIN),
                Child("retention", self._retention.run),
                Child("presence", self._presence.run, restart="transient"),
                Child("health", self._look_around, restart="transient"),
                *(self._watch(name, watcher) for name, watcher in self._watchers.items()),
            )
        )
        supervising = asyncio.create_task(supervisor.run(), name="ingest")
        ends = [supervising, asyncio.create_task(self._stop.wait(), name="stop")]
        if self._once:
            ends.append(asyncio.create_task(self._until_done(), name="until done"))
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in ends:
                task.cancel()
            await asyncio.wait(ends)
            await self._workshop.close()
        for task in ends:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise IngestError(f"the daemon cannot go on: {error}") from error

    async def _look_around(self) -> None:
        """Say once what stands in the way of working, and keep looking where somebody is told."""
        if self._config.status or self._config.alerts:
            await self.health.run()
        elif not self._once:
            await self.health.look()

    async def _clock_ahead(self) -> float | None:
        with suppress(PyWATSError):
            return await self.health.clock_ahead()
        return None

    def _watch(self, name: str, watcher: Watcher) -> Child:
        async def watch() -> None:
            await watcher.run()
            self._watched.discard(name)
            self._journal.news.set()

        return Child(f"watch {name}", watch, restart="transient")

    async def _take(self, source: SourceBlock, files: Files) -> Answers:
        return await self._intake.mailbox.ask(Take(source, files))

    async def _keep_shelf(self) -> None:
        while True:
            self._tidying = asyncio.create_task(self._tidy(), name="tidying")
            await asyncio.shield(self._tidying)  # a move that has begun is finished, also when the daemon ends
            await asyncio.sleep(SHELF_PAUSE)

    async def _tidy(self) -> None:
        """Finish, once, the moves that a crash cut short; then keep the books; put refused files into quarantine."""
        try:
            if self._resumed.is_set():
                await self._shelf.catch_up()
            else:
                await self._shelf.resume()
                self._resumed.set()
            await self._shelf.quarantine_refused()
        except SpoolError as error:  # which is said where it concerns the reports
            if self._untidy.is_news(str(error)):
                log.warning("quarantine_delayed", error=str(error))
        except OSError as error:
            if self._untidy.is_news(str(error)):
                log.error("quarantine_delayed", error=str(error), what_to_do=TIDY)
        else:
            self._untidy.is_over()

    async def _waits(self) -> bool:
        """Whether there is a report on its way; also while the spool cannot be read."""
        try:
            return bool(await self._spool.active())
        except SpoolError:
            return True

    async def _until_done(self) -> None:
        """Wait until all sources are worked through and the spool is empty, or nothing moves any more."""
        now = asyncio.get_running_loop().time
        summary, end, moved = self._journal.summary, now() + self._patience, 0
        while self._watched or await self._waits():
            if self.line.stopped and not self._watched:
                summary.stopped = self.line.stopped
                return
            if moved != (moved := summary.uploaded + summary.quarantined + summary.held) or self._watched:
                end = now() + self._patience
            if now() >= end:
                summary.stopped = f"nothing could be sent for {self._patience:g} s"
                return
            self._journal.news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(1.0, end - now())):
                    await self._journal.news.wait()
