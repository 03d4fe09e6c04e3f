"""Let the ingest daemon work for a while at a steady rate, then on a large backlog, and see that nothing grows."""

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
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psutil

from pywats.ingest.spool.entry import Draft, Identity, SourceFile
from pywats.ingest.spool.store import Spool

ROOT = Path(__file__).resolve().parents[1]
MOST_MEMORY = 200.0
"""Megabytes that the daemon may take with a backlog."""
MOST_GROWTH = 10.0
MOST_WAL = 1.0
GROUP = 500
STEP = {"group": "M", "name": "Supply", "status": "P", "stepType": "ET_NLT"}
VALUE = {"compOp": "GELE", "status": "P", "unit": "V", "value": 5.02, "lowLimit": 4.75, "highLimit": 5.25}


@dataclass(frozen=True)
class Sample:
    """The daemon at one moment: megabytes, open files, and files that it has not taken yet."""

    at: float
    memory: float
    descriptors: int
    wal: float
    waiting: int


def main() -> int:
    """Run both parts; return 1 if something grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--rate", type=int, default=200, help="reports a second")
    parser.add_argument("--backlog", type=int, default=200_000, help="reports that wait in the spool")
    options = parser.parse_args()
    say(f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder, sandbox() as url:
        good = steady(Path(folder) / "steady", url, options.seconds, options.rate)
        return 0 if backlog(Path(folder) / "backlog", url, options.backlog, options.seconds) and good else 1


@contextmanager
def sandbox() -> Iterator[str]:
    """A server in a process of its own; gives its address."""
    command = [sys.executable, "run.py", "sandbox", "--port", "0", "--token", "soak"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process.stdout.readline().split()[-1] if process.stdout else ""
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


def steady(root: Path, url: str, seconds: float, rate: int) -> bool:
    """Write reports at a steady rate; return whether the daemon stayed as it was."""
    samples: list[Sample] = []
    with daemon(root, url) as process:
        begun, written = time.monotonic(), 0
        while (passed := time.monotonic() - begun) < seconds:
            while written < passed * rate:
                write(root / "in", written)
                written += 1
            if passed >= len(samples) * seconds / 40:
                samples.append(sample(process, root, passed))
            time.sleep(0.02)
        end = time.monotonic() + seconds
        while any((root / "in").glob("*.json")) and time.monotonic() < end:
            time.sleep(0.1)
        drained = time.monotonic() - begun - seconds
    quarter = len(samples) // 4
    early, late = samples[quarter : 2 * quarter], samples[-quarter:]
    growth = max(each.memory for each in late) - max(each.memory for each in early)
    files = max(each.descriptors for each in late) - max(each.descriptors for each in early)
    wal = max(each.wal for each in samples)
    say(f"steady: {written} reports in {seconds:g} s, the last ones taken {drained:.1f} s later")
    for each in samples[::4]:
        say(
            f"  {each.at:6.1f} s: {each.memory:6.1f} MB, {each.descriptors} files open, WAL {each.wal:.2f} MB, "
            f"{each.waiting} files wait"
        )
    say(f"  from the second quarter to the last: {growth:+.1f} MB, {files:+} files; the WAL had {wal:.2f} MB at most")
    return growth < MOST_GROWTH and files < MOST_GROWTH and wal < MOST_WAL


def backlog(root: Path, url: str, count: int, seconds: float) -> bool:
    """Send from a spool that holds many reports already; return whether the daemon stayed small."""
    root.mkdir(parents=True)
    asyncio.run(fill(root / "spool.db", count))
    size = (root / "spool.db").stat().st_size / 1e6
    begun = time.monotonic()
    most, first = 0.0, 0.0
    with daemon(root, url) as process:
        while time.monotonic() - begun < min(seconds, 60.0):
            most = max(most, process.memory_info().rss / 1e6)
            first = first or (time.monotonic() - begun if sent(root / "spool.db") else 0.0)
            time.sleep(0.1)
    say(f"backlog: {count} reports, {size:.0f} MB; {most:.1f} MB of memory at most")
    say(f"  the first was sent after {first:.1f} s")
    say(f"  {sent(root / 'spool.db')} were sent in {min(seconds, 60.0):g} s")
    return most < MOST_MEMORY and first > 0


def sent(spool: Path) -> int:
    """How many reports are done: the first that are, since they go in order."""
    with closing(sqlite3.connect(f"file:{spool}?mode=ro", uri=True, timeout=30.0)) as sql:
        (waiting,) = sql.execute("SELECT count(*) FROM body").fetchone()
        (accepted,) = sql.execute("SELECT max(number) FROM entry").fetchone()
    return int(accepted - waiting)


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
