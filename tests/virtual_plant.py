"""A folder of a tester, the daemon that watches it and the server that it sends to, on one loop with a virtual clock.

The server has real sockets and is served by the daemon's own loop, so an hour of failures passes at once, and nothing
is overtaken by the clock. Folders report no events, as network shares do; they are read every half minute.
"""

import asyncio
import contextlib
import functools
import json
import os
import time
from collections import defaultdict

from pywats import config
from pywats.ingest import daemon, pipeline
from pywats.ingest.clock import Clock
from pywats.ingest.conversion.workshop import Threads
from pywats.ingest.files import watcher
from pywats.ingest.schema import IngestConfig
from pywats.ingest.spool.store import Spool
from pywats.sandbox import Sandbox
from pywats.sandbox.listener import listen
from workers.testing import run_virtual

STEP = 10.0
"""Virtual seconds between two looks at a condition."""


def virtual_days(test):
    """Run a test under a virtual clock without an end."""

    @functools.wraps(test)
    def run(**fixtures):
        return run_virtual(test(**fixtures), limit=None)

    return run


def now():
    return asyncio.get_running_loop().time()


def calm(monkeypatch):
    """Let the daemon look around less often, so that a virtual day takes no real minutes."""

    async def no_events(*_, **__):
        await asyncio.Event().wait()
        yield set()

    monkeypatch.setattr(daemon, "LOOK", 30.0)
    monkeypatch.setattr(pipeline, "SHELF_PAUSE", 30.0)
    monkeypatch.setattr(watcher.watchfiles, "awatch", no_events)
    monkeypatch.setitem(vars(pipeline), "Processes", lambda *_, **__: Threads())


class Plant:
    """All of it; ``server`` is a sandbox that this loop serves while it is up."""

    def __init__(self, root, make_report):
        self.root, self.make_report = root, make_report
        self.server = Sandbox(token="first")
        self.inbox = root / "in"
        self.inbox.mkdir(parents=True)
        self.token = root / "token"
        self.token.write_text(self.server.token)
        self.events = []
        self.clock_set, self._begun = 0.0, time.time()
        self.path = root / "line.json"
        self._loop = self._serving = None
        self._stop = None
        self._written = 0

    def write(self, **more):
        document = {
            "kind": "ingest",
            "server": {
                "base_url": self.server.url,
                "token": f"${{file:{self.token}}}",
                "trust_env": False,
                "timeout": "5s",
            },
            "limits": {"rate": "none"},
            "spool": {"path": str(self.root / "spool.db")},
            "sources": [{"name": "ict", "watch": str(self.inbox), "settle": "1s", "rescan": "30s"}],
            **more,
        }
        self.path.write_text(json.dumps(document))

    def wall(self):
        """The computer's clock, for any thread: seconds since 1970."""
        return self._begun + self._loop.time() + self.clock_set

    def reread(self):
        return config.load(self.path, IngestConfig)

    async def up(self):
        """Serve, on the same port each time."""
        self._loop = asyncio.get_running_loop()
        ready = asyncio.Event()

        def listening(port, stop):
            self.server.port, self._stop = port, stop
            ready.set()

        self._serving = asyncio.create_task(
            listen(self.server.front, self.server.world, "127.0.0.1", self.server.port, listening), name="server"
        )
        await ready.wait()

    async def down(self):
        """Serve no more: connections are refused."""
        self._stop()
        await self._serving

    @contextlib.asynccontextmanager
    async def running(self, **options):
        """The server and the daemon, until the block ends."""
        if self._serving is None:
            await self.up()
        if not self.path.exists():
            self.write()
        made = daemon.Daemon(self.reread().value, progress=self.events.append, reread=self.reread, drain=2.0, **options)
        made.clock = Clock(self.wall, self._loop.time)
        running = asyncio.create_task(made.run(), name="daemon")
        try:
            yield made
        finally:
            made.stop()
            await running
            if not self._serving.done():
                await self.down()

    def put(self, *units, age=None, **fields):
        """Write a file with a report of each of these units, each file older than the next; years ago unless told."""
        for unit in units:
            self._written += 1
            report = self.make_report(self._written, sn=unit, **fields)
            path = self.inbox / f"{self._written}.json"
            path.write_text(json.dumps(report))
            written = 1_700_000_000 + self._written if age is None else time.time() - age
            os.utime(path, (written, written))

    async def until(self, condition, limit=86_400.0):
        """Wait for something, looking now and then."""
        end = now() + limit
        while not condition():
            assert now() < end, f"it never came about; the last events: {self.events[-5:]}"
            await asyncio.sleep(STEP)

    def told(self, kind):
        return [event for event in self.events if event.kind is kind]

    async def entries(self):
        """What the spool holds, once the daemon is gone."""
        async with Spool(self.root / "spool.db") as spool:
            return await spool.entries()

    def sent(self):
        """By id: the bodies that the server was sent, in order."""
        found = defaultdict(list)
        for request in self.server.requests:
            if request.method == "POST" and request.body:
                found[json.loads(request.body)["id"]].append(request.body)
        return found

    def stored(self):
        """By unit: the numbers of the stored reports, in order."""
        found = defaultdict(list)
        for report in self.server.reports():
            found[report["sn"]].append(int(report["id"][-6:], 16))
        return found
