"""A daemon on a configuration file, and the questions that another process asks it."""

import asyncio
import contextlib
import json

from waiting import PATIENCE

from pywats import config
from pywats.ingest import daemon
from pywats.ingest.journal import Kind
from pywats.ingest.schema import IngestConfig
from pywats.ingest.spool.ledger import Ledger


class Bench:
    """A configuration file, the daemon on it, and the questions that another process asks."""

    def __init__(self, root, wats):
        self.root, self.wats = root, wats
        self.path = root / "line.yaml"
        self.events = []
        (root / "token").write_text(wats.token)
        (root / "token").chmod(0o600)
        self.write("ict")

    def write(self, *sources, **more):
        for name in sources:
            (self.root / name).mkdir(exist_ok=True)
        document = {
            "kind": "ingest",
            "server": {"base_url": self.wats.url, "token": f"${{file:{self.root / 'token'}}}", "trust_env": False},
            "limits": {"rate": "none"},
            "spool": {"path": str(self.root / "spool.db")},
            "sources": [{"name": name, "watch": str(self.root / name), "settle": "10ms"} for name in sources],
            **more,
        }
        self.path.write_text(json.dumps(document))

    def reread(self):
        return config.load(self.path, IngestConfig)

    @contextlib.asynccontextmanager
    async def running(self, **options):
        self.events.clear()
        options = {"progress": self.events.append, "reread": self.reread, "drain": 2.0, **options}
        made = daemon.Daemon(self.reread().value, **options)
        running = asyncio.create_task(made.run())
        try:
            await self.until(made, lambda: self.told(Kind.STARTED))
            yield made
        finally:
            made.stop()
            await running

    def put(self, source, name, report):
        (self.root / source / name).write_text(json.dumps(report))

    async def ask(self, verb, argument=""):
        def asked():
            with Ledger(self.root / "spool.db") as ledger:
                return ledger.command(verb, argument, patience=PATIENCE)

        return await asyncio.to_thread(asked)

    async def until(self, made, condition):
        async with asyncio.timeout(PATIENCE):
            while not condition():
                made.journal.news.clear()
                await made.journal.news.wait()

    def told(self, kind):
        return [event for event in self.events if event.kind is kind]
