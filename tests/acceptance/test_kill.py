"""The daemon as a process: killed at any moment, stopped politely, run twice on one spool."""

import asyncio
import contextlib
import hashlib
import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from waiting import PATIENCE, held, running, until

from pywats import Outbox, pyWATS
from pywats.ingest.pipeline import DRAIN
from pywats.ingest.reasons import Reason, State
from pywats.ingest.spool.entry import made_id
from pywats.ingest.spool.store import Spool
from pywats.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
KILLS = 20
FILES = 25
"""So many new files lie in the inbox at each start."""


class Line:
    """A test line: an inbox, its configuration, and the daemon as a process of its own."""

    def __init__(self, root, wats, **limits):
        self.root, self.wats = root, wats
        self.inbox, self.done = root / "in", root / "done"
        self.inbox.mkdir()
        self.spool = root / "spool.db"
        config = {
            "kind": "ingest",
            "server": {"base_url": wats.url, "token": wats.token, "trust_env": False},
            "limits": {"rate": "none", **limits},
            "spool": {"path": str(self.spool)},
            "sources": [
                {
                    "name": "line",
                    "watch": str(self.inbox),
                    "settle": "20ms",
                    "archive": str(self.done),
                    "quarantine": str(root / "bad"),
                }
            ],
        }
        self.config = root / "ingest.yaml"
        self.config.write_text(json.dumps(config))

    def command(self, *options):
        return [sys.executable, str(ROOT / "run.py"), "ingest", str(self.config), "--json", *options]

    def daemon(self):
        return running(self.command())

    def single_run(self):
        command = self.command("--once")
        return subprocess.run(command, capture_output=True, check=False, text=True, timeout=PATIENCE)

    def once(self):
        result = self.single_run()
        return result.returncode, json.loads(result.stdout.splitlines()[-1]) if result.stdout else result.stderr

    def books(self):
        """Every report with its history, as the spool has it."""

        async def read():
            async with Spool(self.spool) as spool:
                return [(entry, await spool.history(entry.number)) for entry in await spool.entries()]

        return asyncio.run(read())


class Writer:
    """Writes files of one and of several reports, with ids and without, and knows what the server must have then."""

    def __init__(self, line, make_report, chance):
        self.line, self.make_report, self.chance = line, make_report, chance
        self.reports = 0
        self.files = {}
        self.expected = []

    def write(self):
        for _ in range(FILES):
            count = self.chance.choice([1, 1, 1, 2, 5])
            fields = {} if self.chance.random() < 0.5 else {"id": None}
            reports = [self.make_report(self.reports + each, **fields) for each in range(count)]
            self.reports += count
            data = json.dumps(reports if count > 1 else reports[0]).encode()
            name = f"{len(self.files):04}.json"
            (self.line.inbox / name).write_bytes(data)
            self.files[name] = data
            digest = hashlib.sha256(data).digest()
            self.expected += [report.get("id") or made_id(digest, each) for each, report in enumerate(reports)]


def told(process, event):
    """Wait until the daemon tells of an event."""
    while json.loads(process.stdout.readline())["event"] != event:
        pass


@pytest.mark.timeout(1200)
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
def test_killed_at_twenty_moments_nothing_is_lost_and_nothing_is_there_twice(tmp_path, make_report):
    chance = random.Random(20)
    with Sandbox(latency_ms=15) as wats:
        line = Line(tmp_path, wats, concurrency=4)
        tester = Writer(line, make_report, chance)
        interrupted = 0
        for _ in range(KILLS):
            tester.write()
            with line.daemon() as process:
                event = chance.choice(["file_taken", "report_uploaded"])  # while files move, while reports go
                for _ in range(chance.randint(1, 12)):
                    told(process, event)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(chance.uniform(0.0, 0.02))
                assert process.poll() is None
                process.kill()
            interrupted += len(wats.reports()) < tester.reports
        assert interrupted > KILLS / 2, "the kills came too late to prove anything"
        assert wats.reports(), "the kills came too early to prove anything"
        code, summary = line.once()
        assert (code, summary["waiting"]) == (0, 0)

        stored = Counter(report["id"] for report in wats.reports())
        assert stored == dict.fromkeys(tester.expected, 1)
        assert {path.name: path.read_bytes() for path in line.done.iterdir()} == tester.files
        assert list(line.inbox.iterdir()) == []
        resent = 0
        books = line.books()
        assert sorted(entry.report_id for entry, _ in books) == sorted(tester.expected)
        for entry, history in books:
            assert entry.state is State.DONE
            sends = [change for change in history if change.cause is Reason.CLAIMED]
            # A send is followed by the record of its answer, or by a restart that found none; never by another send.
            follows = [after.cause for before, after in pairwise(history) if before.cause is Reason.CLAIMED]
            assert follows == [Reason.RESTARTED] * (len(sends) - 1) + [Reason.STORED]
            assert history[-1].cause is Reason.STORED
            received = wats.received(entry.report_id)
            assert 1 <= received <= len(sends)
            resent += received - 1
        assert resent <= KILLS * 4, "more was sent again than could be under way"


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be sent SIGTERM on Windows")
def test_on_sigterm_the_sends_under_way_are_finished(tmp_path, make_report):
    with Sandbox() as wats:
        line = Line(tmp_path, wats, concurrency=4)
        for number in range(40):
            (line.inbox / f"{number}.json").write_text(json.dumps(make_report(number)))
        with line.daemon() as process:
            with held(wats, "POST /api/Report/WSJF", times=None):
                until(lambda: sum(request.method == "POST" for request in wats.requests) == 4)
                process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, errors
        states = Counter(entry.state for entry, _ in line.books())
        assert states[State.DONE] == len(wats.reports()) < 40
        assert all(entry.unknown == 0 for entry, _ in line.books())
        assert line.once()[0] == 0
        assert len(wats.reports()) == 40


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be sent SIGTERM on Windows")
def test_a_second_sigterm_does_not_wait(tmp_path, make_report):
    with Sandbox() as wats:
        wats.fail("POST /api/Report/WSJF", hang="before", times=None)
        line = Line(tmp_path, wats)
        (line.inbox / "1.json").write_text(json.dumps(make_report(1)))
        with line.daemon() as process:
            until(lambda: any(request.method == "POST" for request in wats.requests))
            begun = time.monotonic()
            process.send_signal(signal.SIGTERM)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.5)
            while process.poll() is None:  # two that come at once are one
                process.send_signal(signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.5)
            assert time.monotonic() - begun < DRAIN
        ((entry, _),) = line.books()
        assert (entry.state, entry.unknown) == (State.QUEUED, 1)


def test_a_second_daemon_on_one_spool_ends_with_one_clear_line(tmp_path, make_report):
    with Sandbox() as wats:
        line = Line(tmp_path, wats)
        (line.inbox / "1.json").write_text(json.dumps(make_report(1)))
        with line.daemon() as process:
            process.stdout.readline()
            second = subprocess.run(
                line.command("--once"), capture_output=True, check=False, text=True, timeout=PATIENCE
            )
            assert second.returncode != 0
            assert f"process {process.pid} works on the spool" in second.stderr
            assert "Traceback" not in second.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is always full")
def test_a_daemon_whose_output_and_log_go_to_a_full_disk_works_on(tmp_path, make_report):
    with Sandbox() as wats, Path("/dev/full").open("w") as full:
        line = Line(tmp_path, wats)
        (line.inbox / "1.json").write_text(json.dumps(make_report(1)))
        with subprocess.Popen(line.command(), stdout=full, stderr=full) as process:
            until(lambda: wats.reports() or process.poll() is not None)
            process.terminate()
            process.wait(PATIENCE)
        assert wats.reports() == [make_report(1)]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is always full")
@pytest.mark.parametrize(("content", "code"), [(None, 0), (b"no report", 1)], ids=["done", "quarantined"])
def test_the_exit_code_of_a_run_tells_of_its_work_though_nothing_could_be_printed(tmp_path, make_report, content, code):
    with Sandbox() as wats, Path("/dev/full").open("w") as full:
        line = Line(tmp_path, wats)
        (line.inbox / "1.json").write_bytes(content or json.dumps(make_report(1)).encode())
        command = line.command("--once")
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, text=True, timeout=100)
        assert (ended.returncode, len(wats.reports())) == (code, 1 - code)
        (said,) = [
            each for each in map(json.loads, ended.stderr.splitlines()) if each["event"] == "summary_not_printed"
        ]
        assert said["error"] == "No space left on device"
        assert said["summary"].startswith("1 file, ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is always full")
def test_a_log_on_a_full_disk_is_said_once_without_a_traceback(tmp_path, make_report):
    with Sandbox() as wats:
        line = Line(tmp_path, wats)
        config = json.loads(line.config.read_text())
        line.config.write_text(json.dumps({**config, "log": {"file": "/dev/full", "level": "info"}}))
        for number in range(3):
            (line.inbox / f"{number}.json").write_text(json.dumps(make_report(number)))
        ended = line.single_run()
        assert (ended.returncode, len(wats.reports())) == (0, 3)
        said = [json.loads(each)["message"] for each in ended.stderr.splitlines()]
        assert said.count("the log cannot be written: No space left on device") == 1
        assert len(said) == 2  # the other is about the token in the configuration


PUTS = """
import itertools, json, sys, uuid, pywats
api = pywats.pyWATS(sys.argv[1], sys.argv[2], rate_limit=None, trust_env=False)
report = json.loads(sys.argv[4])
with pywats.Outbox(sys.argv[3], api) as outbox:
    for number in itertools.count():
        print(outbox.put({**report, "id": str(uuid.uuid4()), "sn": str(uuid.uuid4())}), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
def test_a_test_program_that_is_killed_loses_nothing_that_its_outbox_took(tmp_path, make_report):
    chance = random.Random(10)
    taken = []
    with Sandbox(latency_ms=15) as wats:
        program = [sys.executable, "-c", PUTS, wats.url, wats.token, str(tmp_path / "outbox.db")]
        for _ in range(KILLS // 2):
            with running([*program, json.dumps(make_report(1))], cwd=ROOT) as process:
                taken += [process.stdout.readline().strip() for _ in range(chance.randint(3, 20))]
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(chance.uniform(0.0, 0.02))
                process.kill()
                taken += [line.strip() for line in process.stdout if line.endswith("\n")]
        assert len(taken) > KILLS
        api = pyWATS(wats.url, wats.token, rate_limit=None, trust_env=False)
        with api, Outbox(tmp_path / "outbox.db", api) as outbox:
            assert outbox.flush(PATIENCE) == 0
        stored = Counter(report["id"] for report in wats.reports())
        assert set(taken) <= set(stored)
        assert set(stored.values()) == {1}
        assert len(stored) - len(taken) <= KILLS // 2  # what was taken in the moment of a kill, and could not be said
