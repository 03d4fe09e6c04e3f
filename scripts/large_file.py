"""Bring one large file to a sandbox with `ingest --once`: `python scripts/large_file.py --megabytes 200`.

Small files lie in a second folder meanwhile. It prints what the daemon and its converting processes took of memory, how
large the WAL became, and the longest time in which reports waited and none was uploaded. Only Linux tells all of it.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from soak import ROOT, report, sandbox, say, write

SMALL = 10_000_000
"""The number of the first report in a small file."""


class Watch(threading.Thread):
    """Looks at the daemon until it ends."""

    def __init__(self, process: psutil.Process, spool: Path) -> None:
        super().__init__(daemon=True)
        self._process, self._spool = process, spool
        self.daemon_peak = self.converter_peak = self.wal = 0.0
        self.named: set[str] = set()
        """What lay beside the spool."""

    def run(self) -> None:
        """Look, a hundred times a second."""
        wal = self._spool.with_name(f"{self._spool.name}-wal")
        while self._process.is_running() and self._process.status() != psutil.STATUS_ZOMBIE:
            try:
                self.daemon_peak = peak(self._process.pid) or self.daemon_peak
                for child in self._process.children():
                    self.converter_peak = max(self.converter_peak, peak(child.pid))
                self.wal = max(self.wal, wal.stat().st_size / 1e6)
                self.named.update(each.name for each in self._spool.parent.iterdir())
            except (OSError, psutil.Error):  # it begins, or has just ended
                pass
            time.sleep(0.01)


class Waits:
    """The longest time in which reports waited and none was uploaded."""

    def __init__(self) -> None:
        self.longest = self.last = 0.0
        self._waiting = 0
        self._since = 0.0

    def see(self, kind: str, at: float) -> None:
        """Take in an event."""
        if kind == "report_accepted":
            self._since = self._since if self._waiting else at
            self._waiting += 1
        elif kind == "report_uploaded":
            self.longest = max(self.longest, at - self._since)
            self._since = self.last = at
            self._waiting -= 1


def peak(process: int) -> float:
    """Return the largest resident size of a process in megabytes."""
    said = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process}/status").read_text(encoding="ascii"))
    return 1024 * int(said[1]) / 1e6 if said else 0.0


def write_large(path: Path, size: int, report_size: int) -> int:
    """Write a list of reports in WSJF; return how many there are."""
    count = max(1, size // report_size)
    with path.open("w", encoding="ascii") as file:
        for number in range(count):
            made: dict[str, Any] = report(number)
            step = made["root"]["steps"][0]
            made["root"]["steps"] = [step] * (1 + report_size // len(json.dumps(step)))
            file.write(f"{',' if number else '['}{json.dumps(made)}\n")
        file.write("]")
    return count


def configuration(root: Path, url: str) -> Path:
    """Write the configuration of a daemon with two sources; return where."""
    sources = [{"name": name, "watch": str(root / name), "settle": "10ms"} for name in ("large", "small")]
    document = {
        "kind": "ingest",
        "server": {"base_url": url, "token": "soak", "trust_env": False},
        "limits": {"rate": "none"},
        "spool": {"path": str(root / "spool" / "spool.db")},
        "convert": {"timeout": "1h"},
        "sources": [{**source, "max_file_size": "100GiB"} for source in sources],
    }
    path = root / "ingest.json"
    path.write_text(json.dumps(document))
    return path


def events(program: Path, config: Path, spool: Path, watches: list[Watch]) -> Iterator[tuple[float, dict[str, Any]]]:
    """Run the daemon; yield its events with their times."""
    command = [sys.executable, str(program), "ingest", str(config), "--once", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        watches.append(Watch(psutil.Process(process.pid), spool))
        watches[0].start()
        for line in process.stdout or ():
            yield time.monotonic(), json.loads(line)


def main() -> None:
    """Bring the file to the sandbox, and tell what that took."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(".")[0])
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--report", type=int, default=50_000, help="bytes of a report")
    parser.add_argument("--small", type=int, default=2000, help="small files with a report each")
    parser.add_argument("--program", type=Path, default=ROOT / "run.py", help="run.py of this or another version")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sandbox() as server:
        root = Path(folder)
        for name in ("large", "small"):
            (root / name).mkdir()
        large = root / "large" / "large.json"
        count = write_large(large, given.megabytes * 1_000_000, given.report)
        size = large.stat().st_size / 1e6
        for number in range(given.small):
            write(root / "small", SMALL + number)
        watches: list[Watch] = []
        spool = root / "spool" / "spool.db"
        begun, waits, taken = time.monotonic(), Waits(), 0.0
        summary: dict[str, Any] = {}
        for at, event in events(given.program, configuration(root, server.url), spool, watches):
            summary = event
            waits.see(event["event"], at)
            if event["event"] == "file_taken" and event["source"] == "large":
                taken = at
        (watch,) = watches
        watch.join()
        say(
            f"{count:,} reports in {size:.0f} MB, {given.small:,} small files; {summary['uploaded']:,} reports uploaded"
        )
        say(f"memory of the daemon {watch.daemon_peak:.0f} MB, of a converting process {watch.converter_peak:.0f} MB")
        say(f"WAL {watch.wal:.1f} MB at most, spool {spool.stat().st_size / 1e6:.0f} MB in the end")
        say(f"taken after {taken - begun:.1f} s, all sent after {waits.last - begun:.1f} s")
        say(f"longest time in which reports waited and none was uploaded: {waits.longest:.2f} s")
        say(f"files beside the spool: {', '.join(sorted(watch.named))}")


if __name__ == "__main__":
    main()
