"""The status page as a part of the daemon: it outlives configurations, and does what its buttons say."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Protocol, cast

from pywats.ingest.alerts import Alerts
from pywats.ingest.errors import NotPossibleError
from pywats.ingest.health import LOW
from pywats.ingest.journal import Journal
from pywats.ingest.pipeline import Pipeline
from pywats.ingest.reasons import Reason, State
from pywats.ingest.schema import AlertsBlock, IngestConfig, StatusBlock
from pywats.ingest.spool.commands import Command
from pywats.ingest.spool.desk import Decision
from pywats.ingest.spool.store import Spool
from pywats.ingest.status.board import Board
from pywats.ingest.status.metrics import exposition
from pywats.ingest.status.page import span
from pywats.ingest.status.server import StatusServer

BY: Final = "on the status page"
"""Who decided, in the history of a report."""

_DONE: Final = {"retry": "is sent again", "release": "is let go", "drop": "is given up"}


class Host(Protocol):
    """What the page needs of the daemon."""

    spool: Spool
    journal: Journal

    @property
    def pipeline(self) -> Pipeline | None:
        """The one that runs."""
        ...

    def standing(self) -> dict[str, Any]:
        """How the daemon stands."""
        ...

    def pause_or_resume(self, command: Command) -> dict[str, Any]:
        """Do it, and say what was done, or under ``error`` why not."""
        ...

    def secrets(self) -> list[str]:
        """What must not be shown."""
        ...


class Front:
    """Watches from the daemon's start on, and serves the page while a configuration asks for it."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.board = Board(host.spool.path, host.standing, self._problems)
        host.journal.listeners.append(self.board.note)
        self.server: StatusServer | None = None
        self._alerts: Alerts | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def adopt(self, config: IngestConfig) -> None:
        """Serve and tell as a configuration says; what is the same goes on undisturbed.

        Raises:
            IngestError: the address cannot be listened on; what was served before still is.
        """
        if (config.status or config.alerts) and "board" not in self._tasks:
            await self.board.begin()
            self._tasks["board"] = asyncio.create_task(self.board.run(), name="status board")
        await self._serve(config.status)
        if config.alerts != (None if self._alerts is None else self._alerts.block):
            await self._tell(config.alerts, config.station_name)

    async def close(self) -> None:
        """Serve and tell no more."""
        await self._tell(None)
        await self._serve(None)
        if "board" in self._tasks:
            await self._end("board")
            await self.board.keep()

    async def _tell(self, block: AlertsBlock | None, station: str = "") -> None:
        """Send alerts as a block says; what was not told yet of the former one is not told any more."""
        if self._alerts is not None:
            self._host.journal.listeners.remove(self._alerts.note)
            self._alerts = None
            await self._end("alerts")
        if block is not None:
            self._alerts = Alerts(block, station, self._conditions)
            self._host.journal.listeners.append(self._alerts.note)
            self._tasks["alerts"] = asyncio.create_task(self._alerts.run(), name="alerts")

    async def _serve(self, block: StatusBlock | None) -> None:
        former = self.server
        if block == (None if former is None else former.block):
            return
        if block is None:
            self.server = None
            if former is not None:
                await former.close()
            return
        server = StatusServer(block, self.board, self._act, self._metrics, self._problems, self._host.secrets)
        if former is not None and (former.block.host, former.block.port) == (block.host, block.port):
            await former.close()
        await server.open()
        self.server = server
        if former is not None:
            await former.close()

    async def _end(self, name: str) -> None:
        task = self._tasks.pop(name, None)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def _conditions(self, old: float) -> Iterator[tuple[str, str]]:
        """Yield what lasts at this moment and may be worth an alert."""
        pipeline = self._host.pipeline
        if pipeline is not None and pipeline.line.stopped:
            yield "stopped", pipeline.line.stopped
        oldest = self.board.oldest
        if oldest is not None and oldest > old:
            yield "queue_older_than", f"{self.board.overview.waiting:,} reports wait, the oldest for {span(oldest)}"
        for folder, free in (pipeline.health.free if pipeline is not None else {}).items():
            if free < LOW:
                yield "disk", f"{free / 1024**2:.0f} MiB free at {folder}"

    def _problems(self) -> list[str]:
        pipeline = self._host.pipeline
        return ["the daemon is starting"] if pipeline is None else list(pipeline.problems())

    def _metrics(self) -> str:
        pipeline = self._host.pipeline
        started = datetime.fromisoformat(self._host.standing()["since"]).timestamp()
        health, actors = (None, ()) if pipeline is None else (pipeline.health, pipeline.statistics())
        return exposition(self.board, health, started, actors)

    async def _act(self, verb: str, form: Mapping[str, str]) -> str:
        """Do what a button says; return what came of it."""
        if verb in {"pause", "resume"}:
            said = self._host.pause_or_resume(Command(0, verb, form.get("source", "")))
            return said.get("error") or f"{', '.join(said[f'{verb}d'])}: {verb}d"
        if verb not in _DONE:
            raise NotPossibleError(f"there is no button {verb!r:.40}")
        decision = cast("Decision", verb)
        if "number" in form:
            number = _number(form["number"])
            await self._host.spool.decide(decision, number, BY)
            return f"report number {number} {_DONE[verb]}"
        try:
            state, reason = State(form.get("state", "")), Reason(form.get("reason", ""))
        except ValueError as error:
            raise NotPossibleError(str(error)) from error
        count = await self._host.spool.decide_all(decision, state, reason, BY)
        return f"{count:,} {'report' if count == 1 else 'reports'} ({reason}): each {_DONE[verb]}"


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):  # noqa: PLR2004 - what SQLite has room for
        raise NotPossibleError(f"{text!r:.40} is no number of a report")
    return int(text)
