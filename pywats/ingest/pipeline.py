"""The daemon: watch, convert, spool and upload under one supervisor, until it is stopped or all is done."""

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import Final

from pywats.client import AsyncPyWATS
from pywats.ingest.convert import Threads
from pywats.ingest.errors import IngestError, SpoolError
from pywats.ingest.intake import Answers, Intake, Take
from pywats.ingest.journal import Journal, Progress, Summary
from pywats.ingest.line import Line
from pywats.ingest.schema import IngestConfig, SourceBlock
from pywats.ingest.shelf import Folders, Shelf
from pywats.ingest.spool import Spool
from pywats.ingest.stopping import stop_signals
from pywats.ingest.upload import Uploader
from pywats.ingest.watch import Files, Taker, Watcher
from workers import Actor, Child, Lane, Mailbox, Supervisor
from workers.log import get_logger

log = get_logger(__name__)

DRAIN: Final = 30.0
"""Seconds that sends under way are given when the daemon is asked to stop."""

PATIENCE: Final = 60.0
"""Seconds without any progress after which a run with ``once`` ends."""

PROBE_TIMEOUT: Final = 10.0
SHELF_PAUSE: Final = 2.0


async def run(
    config: IngestConfig,
    *,
    once: bool = False,
    progress: Progress | None = None,
    api: AsyncPyWATS | None = None,
    patience: float = PATIENCE,
) -> Summary:
    """Run the daemon until it is asked to stop, or ``once``: work through what is there, and return what came of it.

    SIGTERM and Ctrl-C let it finish the sends under way; a second one does not wait for them. Whatever is not sent then
    waits in the spool.

    Args:
        config: what to watch, and where to send.
        once: end when all files that are there were taken and all reports were sent. It also ends, with reports left
            in the spool, when the server refuses the token, or when nothing has moved for ``patience`` seconds.
        progress: told of every event as it happens; it must not block.
        api: the client to send with; one is made from ``config`` unless given.
        patience: seconds.

    Raises:
        SpoolError: the spool cannot be used, or another process works on it.
        IngestError: the workers failed again and again.
    """
    async with AsyncExitStack() as stack:
        if api is None:
            api = await stack.enter_async_context(client_of(config))
        return await Pipeline(config, api, once=once, progress=progress, patience=patience).run()


def client_of(config: IngestConfig, token_source: str | None = None) -> AsyncPyWATS:
    """Return the client that a configuration describes."""
    server = config.server
    return AsyncPyWATS(
        server.base_url,
        server.token.get_secret_value(),
        timeout=server.timeout,
        verify_ssl=server.verify_ssl,
        rate_limit=config.limits.rate_limit,
        ca_file=None if server.ca_file is None else str(server.ca_file),
        proxy=server.proxy,
        trust_env=server.trust_env,
        lane=Lane.BULK,
        token_source=token_source,
    )


class Pipeline:
    """One run of the daemon: what it is made of, how it starts and how it ends."""

    def __init__(
        self,
        config: IngestConfig,
        api: AsyncPyWATS,
        *,
        once: bool = False,
        progress: Progress | None = None,
        patience: float = PATIENCE,
        drain: float = DRAIN,
    ) -> None:
        self._config = config
        self._once = once
        self._patience = patience
        self._drain = drain
        self._stop = asyncio.Event()
        self._watched = {source.name for source in config.sources}
        self.journal = Journal(progress)
        self.spool = Spool(config.spool.path, max_size=config.spool.max_size)
        folders = {source.name: Folders(source.archive_folder, source.quarantine_folder) for source in config.sources}
        self._shelf = Shelf(self.spool, folders)
        self._line = Line(api.with_options(retry=None, timeout=PROBE_TIMEOUT).get_version, self.journal)
        self._uploader = Uploader(
            self.spool,
            api.with_options(retry=None, lane=Lane.BULK).report.submit_report_json,
            self._line,
            self.journal,
            concurrency=config.limits.concurrency,
            drain=drain,
        )

    def stop(self) -> None:
        """Finish the sends under way and end; called again: do not wait for them."""
        if self._stop.is_set():
            self._uploader.abandon()
        self.journal.summary.interrupted = True
        self._stop.set()

    async def run(self) -> Summary:
        """Run until stopped or, ``once``, until done; return what came of it."""
        with stop_signals(self.stop):
            async with self.spool:
                await self._shelf.resume()
                self._tidying = asyncio.create_task(self._quarantine_refused(), name="tidying")
                await self._supervise()
                await self._tidying
                await self._quarantine_refused()
                summary = self.journal.summary
                summary.waiting = await self.spool.active()
                return summary

    async def _supervise(self) -> None:
        workshop = Threads()
        intake = Intake(self.spool, self._shelf, workshop, self.journal, self._config.station_fields)
        actor = Actor(Mailbox("intake", capacity=len(self._config.sources)), intake.take, concurrency=4)

        async def take(source: SourceBlock, files: Files) -> Answers:
            return await actor.mailbox.ask(Take(source, files))

        supervisor = Supervisor(
            (
                Child("upload", self._uploader.run, shutdown=self._drain + 5.0),
                Child("shelf", self._keep_shelf),
                Child("intake", actor.run),
                *(self._watch(source, take) for source in self._config.sources),
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
            await workshop.close()
        for task in ends:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise IngestError(f"the daemon cannot go on: {error}") from error

    def _watch(self, source: SourceBlock, take: Taker) -> Child:
        async def watch() -> None:
            await Watcher(source, take, self.journal, once=self._once, patience=self._patience).run()
            self._watched.discard(source.name)
            self.journal.news.set()

        return Child(f"watch {source.name}", watch, restart="transient")

    async def _keep_shelf(self) -> None:
        while True:
            self._tidying = asyncio.create_task(self._quarantine_refused(), name="tidying")
            await asyncio.shield(self._tidying)  # a move that has begun is finished, also when the daemon ends
            await asyncio.sleep(SHELF_PAUSE)

    async def _quarantine_refused(self) -> None:
        try:
            await self._shelf.quarantine_refused()
        except (OSError, SpoolError) as error:
            log.warning("quarantine_delayed", error=str(error))

    async def _until_done(self) -> None:
        """Wait until all sources are worked through and the spool is empty, or nothing moves any more."""
        now = asyncio.get_running_loop().time
        summary, end, moved = self.journal.summary, now() + self._patience, 0
        while self._watched or await self.spool.active():
            if self._line.stopped and not self._watched:
                summary.stopped = self._line.stopped
                return
            if moved != (moved := summary.uploaded + summary.quarantined + summary.held) or self._watched:
                end = now() + self._patience
            if now() >= end:
                summary.stopped = f"nothing could be sent for {self._patience:g} s"
                return
            self.journal.news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(1.0, end - now())):
                    await self.journal.news.wait()
