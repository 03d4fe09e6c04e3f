"""One ordeal: a line with files in its inbox, a process that meets a fault, and what must be true afterwards."""

import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

from waiting import PATIENCE

from pywats.ingest.reasons import Reason, State
from pywats.ingest.spool.entry import made_id
from pywats.ingest.spool.ledger import Ledger

BLOCK = 512
"""Bytes that a disk writes whole or not at all."""

EXPLANATIONS = (".reason.json", ".sent.json")

BOOKED = {Reason.STORED, Reason.REFUSED}
"""What is recorded of a send when its answer has been."""


class Victim:
    """Runs one process at a time, each a fork of one that has imported pywats already."""

    def __init__(self, process, *, disk):
        self._process, self.disk = process, disk

    def start(self, order):
        self._process.stdin.write(json.dumps({"disk": self.disk, **order}) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def end(self):
        """Wait for the end; return the exit code, or the number of the signal with a minus."""
        return int(self._process.stdout.readline())


class Ordeal:
    """A folder, the configuration that watches it, and all that was written into it."""

    def __init__(self, root: Path, wats, victim, seed):
        self.base, self.wats, self.victim = root, wats, victim
        self.chance = random.Random(seed)
        self.root = root / "line"
        self.inbox, self.done, self.bad = self.root / "in", self.root / "done", self.root / "bad"
        self.inbox.mkdir(parents=True)
        self.spool = self.root / "spool" / "spool.db"
        self.synced = root / "synced"
        self.synced.mkdir()
        self.files: dict[str, bytes] = {}
        self.refused: dict[str, bytes] = {}
        self.malformed: dict[str, bytes] = {}
        self.expected: list[str] = []
        self.config = root / "ingest.json"
        self.config.write_text(
            json.dumps(
                {
                    "kind": "ingest",
                    "server": {"base_url": wats.url, "token": wats.token, "trust_env": False},
                    "limits": {"rate": "none", "concurrency": 3},
                    "spool": {"path": str(self.spool)},
                    "sources": [
                        {
                            "name": "line",
                            "watch": str(self.inbox),
                            "settle": "20ms",
                            "rescan": "200ms",
                            "archive": str(self.done),
                            "quarantine": str(self.bad),
                        }
                    ],
                }
            )
        )

    def write(self, make_report, count: int) -> None:
        """Put files into the inbox: with one report and many, with ids and without, and two that are refused."""
        number = 0
        for index in range(count):
            many = self.chance.choice([1, 1, 2]) if index else 7
            fields = {} if self.chance.random() < 0.5 else {"id": None}
            reports = [make_report(number + each, **fields) for each in range(many)]
            number += many
            data = json.dumps(reports if many > 1 else reports[0]).encode()
            self._put(self.files, f"{index:02}.json", data)
            digest = hashlib.sha256(data).digest()
            self.expected += [report.get("id") or made_id(digest, each) for each, report in enumerate(reports)]
        self._put(self.refused, "refused.json", json.dumps(make_report(500, processCode=4711)).encode())
        self._put(self.malformed, "malformed.json", b'{"type": "T", ')

    def _put(self, where: dict[str, bytes], name: str, data: bytes) -> None:
        (self.inbox / name).write_bytes(data)
        where[name] = data

    def start(self, *arguments: str, fault: Any = None, reloads: bool = False, puts: Any = None) -> int:
        return self.victim.start(
            {
                "root": str(self.root),
                "synced": str(self.synced),
                "out": str(self.base / "out"),
                "err": str(self.base / "err"),
                "acks": str(self.base / "acks"),
                "fault": fault,
                "reloads": reloads,
                "puts": puts,
                "arguments": ["ingest", str(self.config), "--json", *arguments],
            }
        )

    def once(self) -> int:
        """Run the daemon to the end, without faults; return its exit code."""
        (self.base / "out").unlink(missing_ok=True)
        self.start("--once")
        return self.victim.end()

    def survive(self, process: int) -> int:
        """Wait until the daemon has sent everything in spite of its fault, or is dead; return how it ended."""
        end = time.monotonic() + PATIENCE
        while not (settled := self.is_settled()) and _lives(process) and time.monotonic() < end:
            time.sleep(0.02)
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGTERM if settled else signal.SIGKILL)
        code = self.victim.end()
        assert settled or time.monotonic() < end, f"it does not go on with {self.lacks}:\n{self.errors}"
        return code

    def is_settled(self) -> bool:
        """Whether every report is in the server and every file where it belongs."""
        return (
            not any(self.inbox.iterdir())
            and (self.bad / "refused.json.sent.json").exists()
            and len(list(self.bad.glob("*.json"))) >= 5  # two files, two reasons, one that was sent
            and self.states == {"done": len(self.expected), "quarantined": 1}
        )

    @property
    def states(self) -> dict[str, int]:
        """How many reports stand in each state; none while the spool cannot be read."""
        with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{self.spool}?mode=ro", uri=True)) as sql:
            return dict(sql.execute("SELECT state, count(*) FROM entry GROUP BY state").fetchall())
        return {}

    @property
    def lacks(self) -> str:
        """What was not done in time, for a failed test."""
        return f"{sorted(_contents(self.inbox))} in the inbox, {self.states}, {sorted(_contents(self.bad))} explained"

    @property
    def acked(self) -> dict[str, float]:
        """The ids whose acknowledgement had returned, with the seconds since the start of their process."""
        path = self.base / "acks"
        pairs = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
        return {report_id: float(seconds) for report_id, seconds in pairs}

    @property
    def errors(self) -> str:
        path = self.base / "err"
        return path.read_text() if path.exists() else ""

    def lose_power(self, *, torn: bool) -> None:
        """Take from the spool what was never synced; ``torn`` leaves a random part of it, block by block."""
        self.spool.with_name("spool.db-shm").unlink(missing_ok=True)
        for path in (self.spool, self.spool.with_name("spool.db-wal")):
            if path.exists():
                kept = self.synced / path.name
                before = kept.read_bytes() if kept.exists() else b""
                path.write_bytes(self._torn(before, path.read_bytes()) if torn else before)

    def _torn(self, before: bytes, after: bytes) -> bytes:
        size = self.chance.choice([len(before), len(after)])
        blocks = []
        for at in range(0, size, BLOCK):
            old, new = before[at : at + BLOCK], after[at : at + BLOCK]
            chosen = self.chance.choice([old, new])
            blocks.append(chosen.ljust(min(BLOCK, size - at), b"\0")[: size - at])
        return b"".join(blocks)

    def check_what_was_recorded(self) -> None:
        """What the spool has said to be recorded must be, whatever became of the process and the power since."""
        if not self.acked:
            return
        shutil.copytree(self.spool.parent, self.base / "copy", dirs_exist_ok=True)
        with closing(sqlite3.connect(self.base / "copy" / "spool.db")) as sql:
            done = {row[0] for row in sql.execute("SELECT report_id FROM entry WHERE state = 'done'")}
        assert set(self.acked) <= done

    def check(self) -> None:
        """Nothing is lost, nothing is there twice, and nothing was sent again whose answer had been recorded."""
        stored = Counter(report["id"] for report in self.wats.reports())
        assert stored == dict.fromkeys(self.expected, 1)
        assert _contents(self.inbox) == {}
        assert _contents(self.done) == self.files
        bad = {name: data for name, data in _contents(self.bad).items() if not name.endswith(EXPLANATIONS)}
        assert sorted(bad) == sorted({**self.refused, **self.malformed}), sorted(bad)
        assert bad == {**self.refused, **self.malformed}
        assert (self.bad / "refused.json.sent.json").exists()
        for name in bad:
            assert json.loads((self.bad / f"{name}.reason.json").read_bytes())["reason"]
        self.check_books()

    def check_books(self) -> None:
        with Ledger(self.spool) as ledger:
            entries = ledger.listed(limit=1000)
            assert len({entry.report_id for entry in entries}) == len(entries)
            for entry in entries:
                history = ledger.history(entry)
                causes = [change.cause for change in history]
                sends = causes.count(Reason.CLAIMED)
                assert self.wats.received(entry.report_id) <= sends
                if entry.report_id in self.expected:
                    assert entry.state is State.DONE
                    assert causes.count(Reason.STORED) == 1
                assert not [b for a, b in pairwise(causes) if a in BOOKED and b is Reason.CLAIMED]
            assert {entry.report_id for entry in entries} >= set(self.expected)


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} if folder.exists() else {}


def _lives(process: int) -> bool:
    try:
        with Path(f"/proc/{process}/stat").open() as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # the latter if it ends between opening and reading
        return False
