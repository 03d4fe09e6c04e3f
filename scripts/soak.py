"""Let the ingest daemon work at a steady rate, on a large backlog and on many files, and see that nothing grows.

It prints one table, and ends with 1 when something is beyond its bound. CPU times tell where the rate goes when it is
not reached: on two processors the parts of a report may take 1000 * 2 / rate milliseconds together.
"""

import argparse
import asyncio
import hashlib
import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psutil

from pywats.ingest.files.reading import Stamp
from pywats.ingest.files.watcher import Watcher
from pywats.ingest.journal import Journal
from pywats.ingest.schema import SourceBlock
from pywats.ingest.spool.entry import Draft, Identity, SourceFile
from pywats.ingest.spool.store import Spool

ROOT = Path(__file__).resolve().parents[1]
GROUP = 500
SAMPLES = 40
STEP = {"group": "M", "name": "Supply", "status": "P", "stepType": "ET_NLT"}
VALUE = {"compOp": "GELE", "status": "P", "unit": "V", "value": 5.02, "lowLimit": 4.75, "highLimit": 5.25}


@dataclass(frozen=True)
class Row:
    """One thing that was measured, and what it may be at most; ``None`` where it is just told."""

    what: str
    value: float
    most: float | None = None

    @property
    def good(self) -> bool:
        """Whether it is within its bound."""
        return self.most is None or self.value <= self.most


@dataclass(frozen=True)
class Sample:
    """The daemon at one moment: megabytes, open files, and files that it has not taken yet."""

    at: float
    memory: float
    descriptors: int
    wal: float
    waiting: int


def main() -> int:
    """Run all parts; return 1 if something is beyond its bound."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(".")[0])
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--rate", type=int, default=200, help="reports a second")
    parser.add_argument("--backlog", type=int, default=200_000, help="reports that wait in the spool")
    parser.add_argument("--files", type=int, default=100_000, help="files that wait in the folder")
    options = parser.parse_args()
    say(f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder, sandbox() as server:
        rows = [
            *steady(Path(folder) / "steady", server, options.seconds, options.rate),
            *backlog(Path(folder) / "backlog", server, options.backlog, min(options.seconds, 60.0)),
            *waiting(Path(folder) / "waiting", options.files),
        ]
    say(f"\n{'':58}{'measured':>12}{'at most':>12}")
    for row in rows:
        bound = "" if row.most is None else f"{row.most:,.10g}"
        say(f"{row.what:58}{row.value:>12,.2f}{bound:>12}{'' if row.good else '  TOO MUCH'}")
    return 0 if all(row.good for row in rows) else 1


@dataclass(frozen=True)
class Server:
    """The sandbox: its address and its process."""

    url: str
    process: psutil.Process


@contextmanager
def sandbox() -> Iterator[Server]:
    """A server in a process of its own."""
    command = [sys.executable, "run.py", "sandbox", "--port", "0", "--token", "soak"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            url = process.stdout.readline().split()[-1] if process.stdout else ""
            yield Server(url, psutil.Process(process.pid))
        finally:
            process.terminate()


@contextmanager
def daemon(root: Path, url: str) -> Iterator[psutil.Process]:
    """The daemon on a folder of its own."""
    (root / "in").mkdir(parents=True, exist_ok=True)
    config = root / "ingest.json"
    config.write_text(
        json.dumps(
            {
                "kind": "ingest",
                "server": {"base_url": url, "token": "soak", "trust_env": False},
                "limits": {"rate": "none"},
                "spool": {"path": str(root / "spool.db")},
                "sources": [{"name": "line", "watch": str(root / "in"), "settle": "100ms", "pattern": "*.json"}],
            }
        )
    )
    command = [sys.executable, "run.py", "ingest", str(config)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield psutil.Process(process.pid)
        finally:
            process.terminate()


def steady(root: Path, server: Server, seconds: float, rate: int) -> Iterator[Row]:
    """Write reports at a steady rate, and look at the daemon meanwhile."""
    samples: list[Sample] = []
    before = seconds_of(server.process)
    with daemon(root, server.url) as process:
        begun, written = time.monotonic(), 0
        while (passed := time.monotonic() - begun) < seconds:
            while written < passed * rate:
                write(root / "in", written)
                written += 1
            if passed >= len(samples) * seconds / SAMPLES:
                samples.append(sample(process, root, passed))
            time.sleep(0.02)
        last = time.monotonic()
        while sent(root / "spool.db") < written and time.monotonic() < last + seconds:
            time.sleep(0.1)
        drained = time.monotonic() - last
        stored = max(1, sent(root / "spool.db"))
        threads = {each.id: each.user_time + each.system_time for each in process.threads()}
        converters = process.cpu_times().children_user + process.cpu_times().children_system
        converters += sum(seconds_of(each) for each in process.children())
    say(f"steady: {written} reports in {seconds:g} s")
    for each in samples[:: SAMPLES // 10]:
        say(
            f"  {each.at:6.1f} s: {each.memory:6.1f} MB, {each.descriptors} files open, WAL {each.wal:.2f} MB, "
            f"{each.waiting} files wait"
        )
    quarter = len(samples) // 4
    early, late = samples[quarter : 2 * quarter], samples[-quarter:]
    yield Row("steady: reports lost", written - stored, 0)
    yield Row("steady: seconds until the last one is stored", drained, 5.0)
    yield Row(
        "steady: files that wait to be taken, in the last quarter", max(each.waiting for each in late), 2.0 * rate
    )
    growth = max(each.memory for each in late) - max(each.memory for each in early)
    yield Row("steady: memory, growth since the second quarter, MB", growth, 10.0)
    files = max(each.descriptors for each in late) - max(each.descriptors for each in early)
    yield Row("steady: open files, growth since the second quarter", files, 5.0)
    yield Row("steady: WAL, MB", max(each.wal for each in samples), 1.0)
    loop = threads.pop(process.pid, 0.0)
    yield Row("  CPU of a report in the daemon's event loop, ms", 1000 * loop / stored)
    yield Row("  in its other threads, ms", 1000 * sum(threads.values()) / stored)
    yield Row("  in its converters, ms", 1000 * converters / stored)
    yield Row("  in the sandbox, ms", 1000 * (seconds_of(server.process) - before) / stored)


def backlog(root: Path, server: Server, count: int, seconds: float) -> Iterator[Row]:
    """Send from a spool that holds many reports already."""
    root.mkdir(parents=True)
    asyncio.run(fill(root / "spool.db", count))
    begun = time.monotonic()
    most, first = 0.0, 0.0
    with daemon(root, server.url) as process:
        while time.monotonic() - begun < seconds:
            most = max(most, process.memory_info().rss / 1e6)
            first = first or (time.monotonic() - begun if sent(root / "spool.db") else 0.0)
            time.sleep(0.02 if not first else 0.5)
    yield Row(f"backlog of {count}: memory, MB", most, 200.0)
    yield Row("backlog: seconds from the start to the first one stored", first or seconds, 2.0)
    yield Row("backlog: stored in a second", sent(root / "spool.db") / seconds)


def waiting(root: Path, count: int) -> Iterator[Row]:
    """Find many files, and hand them on to somebody who does nothing with them."""
    root.mkdir(parents=True)
    for number in range(count):
        (root / f"{number}.json").touch()
        os.utime(root / f"{number}.json", (1_700_000_000 + number * 7919 % count,) * 2)
    before = psutil.Process().memory_info().rss / 1e6
    first, busy, ordered = asyncio.run(watch_files(root, count))
    grown = psutil.Process().memory_info().rss / 1e6 - before
    yield Row(f"{count} waiting files: memory, MB", grown, 150.0)
    yield Row("waiting files: seconds until the first are taken", first)
    yield Row("waiting files: longest that the loop is busy, ms of CPU", 1000 * busy, 100.0)
    yield Row("waiting files: taken out of order", 0 if ordered else 1, 0)


async def watch_files(root: Path, count: int) -> tuple[float, float, bool]:
    """Return when the first files were taken, how long the loop was busy at most, and whether the oldest went first."""
    taken: list[int] = []
    firsts: list[float] = []
    busy, done = 0.0, asyncio.Event()

    async def take(_: SourceBlock, files: Sequence[tuple[Path, Stamp]]) -> list[None]:
        firsts.append(time.monotonic())
        taken.extend(stamp.mtime_ns for _, stamp in files)
        if len(taken) == count:
            done.set()
        return [None] * len(files)

    async def at_once() -> float:
        return 0.0

    async def attend() -> None:
        nonlocal busy
        last = time.thread_time()
        while True:
            await asyncio.sleep(0.001)
            now = time.thread_time()
            busy, last = max(busy, now - last), now

    watcher = Watcher(SourceBlock(name="many", watch=root, settle=0.0), take, at_once, Journal())
    begun = time.monotonic()
    running = [asyncio.create_task(each) for each in (watcher.run(), attend())]
    await done.wait()
    for task in running:
        task.cancel()
    await asyncio.wait(running)
    return firsts[0] - begun, busy, taken == sorted(taken)


def seconds_of(process: psutil.Process) -> float:
    """Seconds of CPU that a process has had."""
    times = process.cpu_times()
    return float(times.user + times.system)


def sent(spool: Path) -> int:
    """How many reports are done: they go in their order, but for the few that are under way."""
    if not spool.exists():
        return 0
    with closing(sqlite3.connect(f"file:{spool}?mode=ro", uri=True, timeout=30.0)) as sql:
        try:
            (first,) = sql.execute("SELECT min(entry) FROM body").fetchone()  # to count them would read the whole file
            (last,) = sql.execute("SELECT max(number) FROM entry").fetchone()
        except sqlite3.OperationalError:  # it is being made
            return 0
    return int((last or 0) if first is None else first - 1)


async def fill(path: Path, count: int) -> None:
    """Make a spool with so many reports in it."""
    async with Spool(path) as spool:
        for start in range(0, count, GROUP):
            drafts = [draft(number) for number in range(start, min(count, start + GROUP))]
            name = Path(f"/in/{start}.json")
            digest = hashlib.sha256(name.name.encode()).digest()
            file = SourceFile(
                source="line", path=name, digest=digest, size=1, converter="wsjf", target=name, backlog=True
            )
            submitted = await spool.submit(file, drafts)
            await spool.placed(submitted.file)


def draft(number: int) -> Draft:
    """A report of the backlog."""
    made = report(10_000_000 + number)
    body = json.dumps(made).encode()
    start = (10_000_000 + number) * 60_000_000
    return Draft(
        report_id=str(made["id"]),
        body=body,
        digest=hashlib.sha256(body).digest(),
        position=number % GROUP,
        identity=Identity("T", str(made["sn"]), str(made["pn"]), 60, start),
    )


def report(number: int) -> dict[str, object]:
    """A small test report in WSJF."""
    start = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    return {
        "type": "T",
        "id": str(UUID(int=0x50A7_4000_8000_0000_0000_0000 + number)),
        "pn": "WIDGET-001",
        "sn": f"SN{number:08}",
        "rev": "A",
        "processCode": 60,
        "result": "P",
        "machineName": "FCT-1",
        "location": "Oslo",
        "purpose": "Production",
        "start": start.isoformat(),
        "uut": {"user": "anna", "execTime": 2.5},
        "root": {
            "group": "M",
            "name": "Main",
            "status": "P",
            "stepType": "SequenceCall",
            "seqCall": {"path": "widget.seq", "name": "Main", "version": "1.0"},
            "steps": [{**STEP, "numericMeas": [VALUE]} for _ in range(5)],
        },
    }


def write(folder: Path, number: int) -> None:
    """Put a report into the inbox, whole at once."""
    part = folder / f".{number}"
    part.write_text(json.dumps(report(number)))
    part.rename(folder / f"{number}.json")


def sample(process: psutil.Process, root: Path, at: float) -> Sample:
    """Look at the daemon."""
    wal = root / "spool.db-wal"
    return Sample(
        at=at,
        memory=process.memory_info().rss / 1e6,
        descriptors=process.num_fds(),
        wal=wal.stat().st_size / 1e6 if wal.exists() else 0.0,
        waiting=sum(1 for _ in (root / "in").glob("*.json")),
    )


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
