"""The daemon: one pipeline after another on one spool, and what it is told meanwhile."""

import asyncio
import os
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from typing import Any, Final

from pywats.client import AsyncPyWATS
from pywats.config import Loaded
from pywats.errors import ConfigurationError
from pywats.ingest.clock import Clock
from pywats.ingest.errors import IngestError, SpoolError
from pywats.ingest.journal import Event, Journal, Kind, Progress, Summary
from pywats.ingest.notify import notify, stay_alive
from pywats.ingest.once import Once
from pywats.ingest.pipeline import DRAIN, PATIENCE, Pipeline
from pywats.ingest.schema import IngestConfig
from pywats.ingest.signals import daemon_signals
from pywats.ingest.spool.commands import Command
from pywats.ingest.spool.store import Spool
from pywats.ingest.status.front import Front
from workers import Lane
from workers.log import get_logger, traceback_of

log = get_logger(__name__)

LOOK: Final = 0.5
"""Seconds between two looks at what other processes did to the spool."""

REPAIR_PAUSE: Final = 5.0
"""Seconds between two tries to open a spool that could not be read."""

TOKEN_LOOK: Final = 60.0
"""Seconds between two looks for another token after the server refused the present one."""

Reread = Callable[[], Loaded[IngestConfig]]
Follow = Callable[[Loaded[IngestConfig]], None]


async def run(
    config: IngestConfig,
    *,
    once: bool = False,
    progress: Progress | None = None,
    api: AsyncPyWATS | None = None,
    patience: float = PATIENCE,
    token_source: str | None = None,
    reread: Reread | None = None,
    follow: Follow | None = None,
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
        token_source: where the token was read from, for the error that says it was refused.
        reread: reads the configuration again, for SIGHUP and for a token that the server refuses.
        follow: told of a configuration that was read again, before the daemon goes on with it; refuses it by raising
            `IngestError`.

    Raises:
        SpoolError: the spool cannot be used, or another process works on it.
        IngestError: the workers failed again and again.
    """
    daemon = Daemon(
        config,
        once=once,
        progress=progress,
        api=api,
        patience=patience,
        token_source=token_source,
        reread=reread,
        follow=follow,
    )
    return await daemon.run()


def client_of(config: IngestConfig, token_source: str | None = None) -> AsyncPyWATS:
    """Return the client that a configuration describes."""
    server = config.server
    return AsyncPyWATS(
        server.base_url,
        server.token.get_secret_value(),
        timeout=server.timeout,
        verify_ssl=server.verify_ssl,
        rate_limit=config.limits.rate_limit,
        rate_rule="lead",
        ca_file=None if server.ca_file is None else str(server.ca_file),
        proxy=server.proxy,
        trust_env=server.trust_env,
        lane=Lane.BULK,
        token_source=token_source,
    )


class Daemon:
    """What stays while configurations come and go: the spool, the journal, the clock, the signals and commands."""

    def __init__(
        self,
        config: IngestConfig,
        *,
        once: bool = False,
        progress: Progress | None = None,
        api: AsyncPyWATS | None = None,
        patience: float = PATIENCE,
        drain: float = DRAIN,
        token_source: str | None = None,
        reread: Reread | None = None,
        follow: Follow | None = None,
    ) -> None:
        self.journal = Journal(progress)
        self.clock = Clock()
        self.spool = Spool(config.spool.path, max_size=config.spool.max_size)
        self.token_source = token_source
        self._config = config
        self._once = once
        self._api = api
        self._patience = patience
        self._drain = drain
        self._reread = reread
        self._follow = follow
        self._pipeline: Pipeline | None = None
        self._paused: set[str] = set()
        self._stopping = False
        self._renewed = False
        self._turning = asyncio.Lock()
        """Held from the reading of a configuration until it is adopted or refused."""
        self._reloads: set[asyncio.Task[str]] = set()
        self._since = datetime.now(UTC)
        self.front = Front(self)

    @property
    def pipeline(self) -> Pipeline | None:
        """The pipeline of the present configuration, once there is one."""
        return self._pipeline

    def secrets(self) -> list[str]:
        """Return what no page may show, whoever says it."""
        alerts = self._config.alerts
        webhook = [] if alerts is None else [alerts.webhook.get_secret_value()]
        return [self._config.server.token.get_secret_value(), *webhook]

    def stop(self) -> None:
        """Finish the sends under way and end; called again: do not wait for them."""
        notify("STOPPING=1")
        again, self._stopping = self._stopping, True
        self.journal.summary.interrupted = True
        if self._pipeline is not None:
            (self._pipeline.abandon if again else self._pipeline.stop)()

    def reload(self) -> None:
        """Read the configuration again, and go on with it if it is right."""
        reloading = asyncio.create_task(self._reload(), name="reload")  # one that runs may have read it before
        self._reloads.add(reloading)
        reloading.add_done_callback(self._reloads.discard)

    async def run(self) -> Summary:
        """Run until stopped or, ``once``, until done; return what came of it."""
        with daemon_signals(self.stop, None if self._reread is None else self.reload):
            async with self.spool:
                for command in await self.spool.notice():
                    await self.spool.answer(command, {"error": "the daemon was started after this was asked"})
                if not self._once:
                    await self.front.adopt(self._config)
                self.journal.tell(Event(kind=Kind.STARTED))
                services = (self._attend, self._renew, stay_alive)
                attending = [asyncio.create_task(each(), name=each.__name__) for each in services]
                notify("READY=1")
                try:
                    await self._go_on()
                finally:
                    for task in attending:
                        task.cancel()
                    await asyncio.wait(attending)
                    await self.front.close()
                self.journal.summary.waiting = await self.spool.active()
        return self.journal.summary

    async def _go_on(self) -> None:
        """Run one pipeline after the other: a new one for each new configuration."""
        while not self._stopping:
            self._renewed = False
            async with AsyncExitStack() as stack:
                api = self._api
                if api is None:
                    api = await stack.enter_async_context(client_of(self._config, self.token_source))
                self._pipeline = Pipeline(
                    self._config,
                    api,
                    self.spool,
                    self.journal,
                    self.clock,
                    once=self._once,
                    patience=self._patience,
                    drain=self._drain,
                )
                for name in self._paused & {source.name for source in self._config.sources}:
                    self._pipeline.pause(name)
                await self._pipeline.run()
            if self.spool.damaged:
                await self._repair()
            elif not self._renewed:
                return

    async def _repair(self) -> None:
        """Try until the spool can be worked with again."""
        trouble = Once()
        while self.spool.damaged and not self._stopping:
            try:
                await self.spool.repair()
            except SpoolError as error:
                if trouble.is_news(str(error)):
                    log.error("spool_not_repaired", error=str(error), what_to_do="see to the disk of the spool")
                await asyncio.sleep(REPAIR_PAUSE)

    async def _attend(self) -> None:
        """Notice what other processes did to the spool, and answer what they ask."""
        trouble = Once()
        while True:
            await asyncio.sleep(LOOK)
            if self.spool.damaged and self._pipeline is not None:
                self._pipeline.stop()
                self._pipeline.abandon()
                continue
            try:
                for command in await self.spool.notice():
                    await self.spool.answer(command, await self._answer(command))
            except SpoolError as error:
                if trouble.is_news(str(error)):
                    log.warning("spool_not_looked_at", error=str(error))
            else:
                trouble.is_over()

    async def _answer(self, command: Command) -> dict[str, Any]:
        """Obey, and say what came of it; a command that fails is no reason to hear no other."""
        try:
            return await self._obey(command)
        except SpoolError as error:
            return {"error": str(error)}
        except Exception as error:  # noqa: BLE001 - whoever asked must learn of it
            log.error("command_failed", verb=command.verb, error=repr(error), traceback=traceback_of(error))
            return {"error": f"the daemon failed at it: {error!r}"}

    async def _obey(self, command: Command) -> dict[str, Any]:
        if command.verb == "stop":
            self.stop()
            return {"stopping": True}
        if command.verb == "reload":
            refused = await self._reload()
            return {"error": refused} if refused else {"reloaded": True}
        if command.verb in {"pause", "resume"}:
            return self.pause_or_resume(command)
        if command.verb == "status":
            return await self.status()
        return {"error": f"the daemon does not know what {command.verb!r} means"}

    def pause_or_resume(self, command: Command) -> dict[str, Any]:
        """Take no more files of a source, or of all, or take them again; return what was done."""
        names = [source.name for source in self._config.sources]
        chosen = [command.argument] if command.argument else names
        if unknown := sorted(set(chosen) - set(names)):
            return {"error": f"there is no source {unknown[0]!r}; there is {', '.join(names)}"}
        pipeline = self._pipeline
        for name in chosen:
            if command.verb == "pause":
                self._paused.add(name)
            else:
                self._paused.discard(name)
            if pipeline is not None:
                (pipeline.pause if command.verb == "pause" else pipeline.resume)(name)
        return {f"{command.verb}d": chosen}

    async def status(self) -> dict[str, Any]:
        """Return how the daemon stands, as JSON has it."""
        counts = await self.spool.counts()
        return {**self.standing(), "reports": {state.value: count for state, count in counts.items()}}

    def standing(self) -> dict[str, Any]:
        """Return what it knows of itself without asking the spool."""
        return {
            "station": self._config.station_name,
            "pid": os.getpid(),
            "since": self._since.isoformat(timespec="seconds"),
            "server": self._config.server.base_url,
            "spool": str(self.spool.path),
            **({} if self._pipeline is None else self._pipeline.status()),
        }

    async def _reload(self) -> str:
        """Read the configuration again and go on with it; return why not, if it is wrong."""
        if self._reread is None:
            return "this daemon was started without a configuration file"
        async with self._turning:
            try:
                loaded = await asyncio.to_thread(self._reread)
            except ConfigurationError as error:
                return self._refuse(str(error))
            return await self._adopt(loaded)

    def _refuse(self, detail: str) -> str:
        self.journal.tell(Event(kind=Kind.RELOAD_REFUSED, detail=f"{detail}; the former configuration goes on"))
        return detail

    async def _adopt(self, loaded: Loaded[IngestConfig], detail: str = "") -> str:
        """Go on with another configuration; return why not, if that is impossible."""
        if loaded.value.spool.path.absolute() != self.spool.path.absolute():
            return self._refuse("spool.path cannot change while the daemon runs; stop it and start it again")
        try:
            await self.front.adopt(loaded.value)
            if self._follow is not None:
                self._follow(loaded)
        except IngestError as error:
            with suppress(IngestError):
                await self.front.adopt(self._config)
            return self._refuse(str(error))
        self._config, self.token_source = loaded.value, loaded.origin("server", "token")
        self.spool.resize(loaded.value.spool.max_size)
        self._renewed = True
        if self._pipeline is not None:
            self._pipeline.stop()
        self.journal.tell(Event(kind=Kind.RELOADED, detail=detail))
        return ""

    async def _renew(self) -> None:
        """While the server refuses the token: look whether there is another one by now."""
        while True:
            await asyncio.sleep(TOKEN_LOOK)
            async with self._turning:
                if self._reread is None or self._pipeline is None or not self._pipeline.line.refuses_token:
                    continue
                try:
                    loaded = await asyncio.to_thread(self._reread)
                except ConfigurationError as error:
                    log.warning("token_not_read", error=str(error))
                    continue
                if loaded.value.server.token != self._config.server.token:
                    await self._adopt(loaded, "the token has changed")
