"""The ingest daemon against a real server: from the file to the stored report, and what becomes of the others."""

import asyncio
import contextlib
import io
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import orjson
import pytest
from waiting import PATIENCE, leap, soon

from pywats.ingest import daemon, pipeline
from pywats.ingest.conversion import order
from pywats.ingest.conversion.posting import OUTPUT_ONLY, OUTPUT_ONLY_UUT
from pywats.ingest.conversion.workshop import Threads
from pywats.ingest.journal import Kind
from pywats.ingest.reasons import Reason, State
from pywats.ingest.schema import IngestConfig
from pywats.ingest.spool.store import Spool
from pywats.ingest.upload import line

ROOT = Path(__file__).resolve().parents[2]


class Bench:
    """A folder, a configuration that watches it, and the server that its reports go to."""

    def __init__(self, root, wats):
        self.root, self.wats = root, wats
        self.inbox, self.done, self.bad = root / "in", root / "in" / "done", root / "in" / "bad"
        self.inbox.mkdir()
        self.source = {"name": "ict", "watch": str(self.inbox), "settle": "50ms", "pattern": "*.json"}
        self.token = wats.token
        self.events = []

    @property
    def config(self):
        return IngestConfig.model_validate(self.as_mapping())

    def as_mapping(self):
        return {
            "kind": "ingest",
            "server": {"base_url": self.wats.url, "token": self.token, "trust_env": False, "timeout": "60s"},
            "limits": {"rate": "none"},
            "spool": {"path": str(self.root / "spool.db")},
            "sources": [self.source],
        }

    def put(self, name, content):
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        path = self.inbox / name
        hidden = path.with_name(".writing")
        hidden.write_bytes(data)
        hidden.replace(path)
        return data

    async def once(self):
        return await daemon.run(self.config, once=True, progress=self.events.append, patience=PATIENCE)

    async def once_until(self, happened):
        """A single run, whose patience is at an end when something has happened."""
        run = asyncio.create_task(self.once())
        await soon(happened)
        while not run.done():
            leap(PATIENCE)
            await asyncio.sleep(0.01)
        return await run

    @contextlib.asynccontextmanager
    async def running(self, **options):
        """The daemon, until the block ends."""
        made = daemon.Daemon(self.config, progress=self.events.append, **options)
        running = asyncio.create_task(made.run())
        try:
            yield made
        finally:
            made.stop()
            await running

    async def until(self, made, condition):
        async with asyncio.timeout(PATIENCE):
            while not condition():
                made.journal.news.clear()
                await made.journal.news.wait()

    async def entries(self):
        async with Spool(self.root / "spool.db") as spool:
            return await spool.entries()

    def told(self, kind):
        return [event for event in self.events if event.kind is kind]

    def reason(self, name):
        return json.loads((self.bad / f"{name}.reason.json").read_bytes())


@pytest.fixture
def bench(tmp_path, wats_sandbox, monkeypatch):
    monkeypatch.setattr(line, "FIRST_WAIT", 0.05)
    return Bench(tmp_path, wats_sandbox)


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


async def test_once_takes_what_is_there_stores_it_and_archives_the_files(bench, make_report):
    for number in range(5):
        bench.put(f"{number}.json", make_report(number))
    summary = await bench.once()
    assert (summary.found, summary.taken, summary.uploaded, summary.exit_code) == (5, 5, 5, 0)
    assert bench.wats.reports() == [make_report(number) for number in range(5)]
    assert names(bench.done) == [f"{number}.json" for number in range(5)]
    assert names(bench.inbox) == names(bench.bad) == []


async def test_the_daemon_takes_what_comes(bench, make_report):
    async with bench.running() as made:
        for number in range(3):
            bench.put(f"{number}.json", make_report(number))
            await bench.until(made, lambda stored=number + 1: len(bench.told(Kind.REPORT_UPLOADED)) == stored)
    assert bench.wats.reports() == [make_report(number) for number in range(3)]


def stripped(report):
    """A report without what only the server writes."""
    report = {name: value for name, value in report.items() if name not in OUTPUT_ONLY}
    if "uut" in report:
        report["uut"] = {name: value for name, value in report["uut"].items() if name not in OUTPUT_ONLY_UUT}
    return report


def test_real_exports_come_back_equal_in_every_field_that_the_server_keeps(shared, bench, wats_api):
    originals = {path.name: path.read_bytes() for path in (shared / "corpus" / "wsjf").glob("*.json")}
    assert len(originals) == 3
    for name, data in originals.items():
        bench.put(name, data)
    config = bench.root / "ingest.yaml"
    config.write_text(json.dumps(bench.as_mapping()))
    command = [sys.executable, str(ROOT / "run.py"), "ingest", str(config), "--once", "--json"]
    result = subprocess.run(command, capture_output=True, check=False, text=True, timeout=PATIENCE, cwd=bench.root)
    assert result.returncode == 0, result.stdout + result.stderr
    assert json.loads(result.stdout.splitlines()[-1])["uploaded"] == 3
    for name, data in originals.items():
        original = json.loads(data)
        back = json.loads(wats_api.report.get_report_json(original["id"]))
        assert stripped(back) == stripped(original)
        assert (bench.done / name).read_bytes() == data


@pytest.mark.parametrize(
    ("data", "reason", "place"),
    [
        (b'{\n "type": "T",\n "pn" "x"}', "malformed", "line 3, column 7"),
        (b"", "empty", None),
        (b"\xff\xfe\x00\xd8", "malformed", "byte 2"),
        (b'{"type": "T", "pn": "P", "start": "2026-01-05T08:00:00Z"}', "missing_field", "sn"),
    ],
)
async def test_a_file_that_is_no_report_is_quarantined_with_its_reason_and_its_bytes_unchanged(
    bench, make_report, data, reason, place
):
    bench.put("bad.json", data)
    bench.put("good.json", make_report())
    summary = await bench.once()
    assert (summary.quarantined, summary.uploaded, summary.exit_code) == (1, 1, 1)
    assert (bench.bad / "bad.json").read_bytes() == data
    said = bench.reason("bad.json")
    assert (said["reason"], said["position"], said["converter"]) == (reason, place, "auto" if not data else "wsjf")
    assert said["file"] == str(bench.inbox / "bad.json")
    assert said["source"] == "ict"
    assert said["server"] is None
    assert said["what_to_do"]
    assert said["time"].endswith("+00:00")


async def test_a_refused_report_brings_its_file_into_quarantine_with_the_servers_words(bench, make_report):
    data = bench.put("a.json", make_report(1, processCode=4711))
    summary = await bench.once()
    assert (summary.uploaded, summary.quarantined) == (0, 1)
    assert names(bench.bad) == ["a.json", "a.json.reason.json", "a.json.sent.json"]
    assert names(bench.done) == []
    assert (bench.bad / "a.json").read_bytes() == data
    assert json.loads((bench.bad / "a.json.sent.json").read_bytes()) == make_report(1, processCode=4711)
    said = bench.reason("a.json")
    assert said["reason"] == "refused"
    assert "processCode 4711" in said["server"]
    assert (await bench.once()).uploaded == 0
    assert len([request for request in bench.wats.requests if request.method == "POST"]) == 1


async def test_a_refused_report_that_is_put_back_after_a_correction_is_stored(bench, make_report):
    bench.put("a.json", make_report(1, processCode=4711))
    await bench.once()
    bench.put("a.json", make_report(1))
    summary = await bench.once()
    assert (summary.uploaded, summary.exit_code) == (1, 0)
    assert bench.wats.reports() == [make_report(1)]


async def test_a_refused_report_that_is_put_back_as_it_is_goes_again_when_a_person_does_so(bench, make_report):
    from pywats.sandbox import Process

    bench.put("a.json", make_report(1, processCode=4711))
    await bench.once()
    bench.wats.add_process(Process(4711, "New Test"))
    (bench.bad / "a.json").replace(bench.inbox / "a.json")
    assert (await bench.once()).uploaded == 1


async def test_one_refused_report_of_a_file_does_not_keep_back_the_others(bench, make_report):
    reports = [make_report(1), make_report(2, processCode=4711), make_report(3)]
    bench.put("list.json", reports)
    summary = await bench.once()
    assert (summary.uploaded, summary.quarantined) == (2, 1)
    assert [refused["position"] for refused in bench.reason("list.json")["reports"]] == [1]
    assert bench.wats.reports() == [reports[0], reports[2]]


async def test_the_same_file_twice_is_one_report_and_shown(bench, make_report):
    report = make_report(1, id=None)
    bench.put("first.json", report)
    await bench.once()
    bench.put("again.json", report)
    summary = await bench.once()
    assert (summary.duplicates, summary.uploaded, summary.exit_code) == (1, 0, 0)
    assert bench.told(Kind.REPORT_DUPLICATE)[0].detail.endswith("first.json")
    assert len(bench.wats.reports()) == 1
    assert names(bench.done) == ["again.json", "first.json"]


async def test_archived_files_are_never_overwritten(bench, make_report):
    contents = [bench.put("result.json", make_report(1))]
    await bench.once()
    contents += [bench.put("result.json", make_report(7))]
    await bench.once()
    assert [(bench.done / name).read_bytes() for name in ("result.json", "result.1.json")] == contents


def same_run(make_report, **fields):
    """A report with an id of its own that the server takes for the first one."""
    first = make_report(1)
    return make_report(2, **{name: first[name] for name in ("sn", "start", "startUTC")}, **fields)


async def test_two_reports_that_the_server_would_merge_are_held_for_a_person(bench, make_report):
    bench.put("1.json", make_report(1))
    await bench.once()
    bench.put("2.json", same_run(make_report, rev="B"))
    summary = await bench.once()
    assert (summary.held, summary.uploaded, summary.exit_code) == (1, 0, 1)
    held = (await bench.entries())[1]
    assert (held.state, held.reason) == (State.HELD, Reason.IDENTITY_COLLISION)
    assert "1.json" in held.detail
    assert "2.json" in held.detail
    assert bench.wats.reports() == [make_report(1)]


async def test_they_are_sent_where_the_configuration_says_so(bench, make_report):
    bench.source["on_collision"] = "send"
    bench.put("1.json", make_report(1))
    await bench.once()
    second = same_run(make_report, rev="B")
    bench.put("2.json", second)
    assert (await bench.once()).uploaded == 1
    assert bench.wats.reports() == [second]


async def test_a_repair_is_stored_after_its_test(bench, make_report):
    test = make_report(1)
    repair = make_report(
        2,
        type="R",
        processCode=500,
        root=None,
        uut=None,
        sn=test["sn"],
        uur={
            "user": "carla",
            "processCode": 60,
            "refUUT": test["id"],
            "confirmDate": "2026-01-05T09:00:00Z",
            "finalizeDate": "2026-01-05T09:00:00Z",
        },
        subUnits=[{"idx": 0, "partType": "Main", "pn": test["pn"], "sn": test["sn"], "rev": "A", "failures": []}],
    )
    bench.put("both.json", [repair, test])
    assert (await bench.once()).uploaded == 2
    assert [report["type"] for report in bench.wats.reports()] == ["T", "R"]


async def test_a_station_is_filled_in_where_the_tester_did_not_write_one(bench, make_report):
    bench.put("a.json", make_report(1, machineName=None, location=""))
    station = {"name": "ICT-9", "location": "Bergen", "purpose": "Debug"}
    config = IngestConfig.model_validate({**bench.as_mapping(), "station": station})
    assert (await daemon.run(config, once=True)).exit_code == 0
    (stored,) = bench.wats.reports()
    assert (stored["machineName"], stored["location"], stored["purpose"]) == ("ICT-9", "Bergen", "Production")


NAMES = (
    os.fsdecode(b"r\xe9sum\xe9 \xff.json"),
    "line\nbreak\ttab.json",
    "\u00e6\u00f8\u00e5'\";-- $(x) `x` %s {x}.json",
    "x" * 250 + ".json",
    "-rf.json",
    "--help.json",
    "CON.json",
    "nul.json",
    "COM1.x.json",
    "back\\slash:colon?.json",
    " space at both ends .json",
    "..json",
    "two.json.json",
    "a.json.reason.json",
    "a.json.sent.json",
    "a.json.pywats-copy.json",
)
"""Names that file systems, shells, SQLite or the daemon's own endings might stumble over."""


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="names are bytes only elsewhere")
async def test_a_file_may_have_any_name(bench, make_report):
    bench.source["pattern"] = "*.json"
    for number, name in enumerate(NAMES):
        (bench.inbox / name).write_bytes(json.dumps(make_report(number)).encode())
    (bench.inbox / os.fsdecode(b"bad\xfe.json")).write_bytes(b"{")
    summary = await bench.once()
    seen = [name for name in NAMES if not name.startswith(".")]  # hidden files are left alone
    assert (summary.uploaded, summary.quarantined) == (len(seen), 1)
    assert names(bench.done) == sorted(seen)
    assert names(bench.inbox) == ["..json"]
    assert bench.reason(os.fsdecode(b"bad\xfe.json"))["file"].endswith("bad\\xfe.json")
    for number, name in enumerate(NAMES):
        if name in seen:
            assert json.loads((bench.done / name).read_bytes()) == make_report(number)


def written(path, report):
    path.write_bytes(json.dumps(report).encode())


def locked(path, report):
    fcntl = pytest.importorskip("fcntl")
    written(path, report)
    holder = path.open("rb")
    fcntl.flock(holder, fcntl.LOCK_EX)
    return holder


KINDS = {
    "plain": (written, "done"),
    "renamed into place": (
        lambda path, report: (written(path.with_name(".w"), report), path.with_name(".w").rename(path)),
        "done",
    ),
    "empty": (lambda path, _: path.touch(), "empty"),
    "huge": (lambda path, report: path.write_bytes(json.dumps(report).encode() + b" " * 200_000), "too_large"),
    "half": (lambda path, report: path.write_bytes(json.dumps(report).encode()[:40]), "malformed"),
    "only zeros": (lambda path, _: path.write_bytes(bytes(5000)), "malformed"),
    "locked": (locked, "left"),
    "old": (lambda path, report: (written(path, report), os.utime(path, (0, 0))), "done"),
    "of tomorrow": (lambda path, report: (written(path, report), os.utime(path, (4e9, 4e9))), "done"),
    "read-only": (lambda path, report: (written(path, report), path.chmod(0o444)), "done"),
    "a link": (lambda path, report: (written(path.with_name("target"), report), path.symlink_to("target")), "ignored"),
    "a link to nothing": (lambda path, _: path.symlink_to("nowhere"), "ignored"),
    "a folder": (lambda path, _: path.mkdir(), "ignored"),
    "a pipe": (lambda path, _: os.mkfifo(path), "ignored"),
}
"""How a file comes to lie there, and what becomes of it: a reason for quarantine, or where it is."""


@pytest.mark.skipif(sys.platform == "win32", reason="has no pipes, and locks of another kind")
async def test_whatever_lies_in_a_folder_becomes_what_it_should(bench, make_report):
    bench.source["max_file_size"] = 100_000
    holders = [
        make(bench.inbox / f"{kind}.json", make_report(number))
        for number, (kind, (make, _)) in enumerate(KINDS.items())
    ]
    kinds = [what for _, what in KINDS.values()]
    good, bad = kinds.count("done"), sum(what not in {"done", "left", "ignored"} for what in kinds)
    summary = await bench.once_until(  # from then on it waits for the one that is locked
        lambda: (len(bench.told(Kind.REPORT_UPLOADED)), len(bench.told(Kind.FILE_QUARANTINED))) == (good, bad)
    )
    became = {}
    for kind in KINDS:
        name = f"{kind}.json"
        if (bench.done / name).exists():
            became[kind] = "done"
        elif (bench.bad / name).exists():
            became[kind] = bench.reason(name)["reason"]
        else:
            assert name in [path.name for path in bench.inbox.iterdir()]
            became[kind] = "left" if any(name in event.file for event in bench.told(Kind.FILE_LEFT)) else "ignored"
    assert became == {kind: what for kind, (_, what) in KINDS.items()}
    assert summary.uploaded == len(bench.wats.reports()) == list(became.values()).count("done")
    for holder in holders:
        if isinstance(holder, io.IOBase):
            holder.close()


async def test_a_file_that_is_replaced_while_it_is_read_is_read_again(bench, make_report, monkeypatch):
    plain, replaced = order._head, []

    def head(file):
        if not replaced:
            replaced.append(bench.put("a.json", make_report(2)))
        return plain(file)

    monkeypatch.setattr(order, "_head", head)
    monkeypatch.setattr(pipeline, "Processes", lambda *_, **__: Threads())
    bench.put("a.json", make_report(1))
    await bench.once()
    assert (bench.inbox / "a.json").read_bytes() == replaced[0]
    await bench.once()
    assert bench.wats.reports() == [make_report(1), make_report(2)]
    assert (bench.done / "a.json").read_bytes() == replaced[0]
    assert names(bench.inbox) == []


async def test_a_refused_token_ends_a_single_run_and_loses_nothing(bench, make_report):
    for number in range(3):
        bench.put(f"{number}.json", make_report(number))
    bench.token = "wrong-token"
    summary = await bench.once()
    assert (summary.uploaded, summary.waiting, summary.exit_code) == (0, 3, 1)
    assert "401" in summary.stopped
    assert "wrong-token" not in summary.stopped
    (event,) = bench.told(Kind.LINE_STOPPED)
    assert event.reason is Reason.CREDENTIALS_REFUSED
    bench.token = bench.wats.token
    assert (await bench.once()).uploaded == 3


async def test_a_server_that_is_down_ends_a_single_run_and_loses_nothing(bench, make_report):
    bench.put("a.json", make_report())
    bench.wats.down()
    summary = await bench.once_until(lambda: bench.told(Kind.LINE_DOWN))
    assert (summary.uploaded, summary.waiting, summary.exit_code) == (0, 1, 1)
    assert summary.stopped == f"nothing could be sent for {PATIENCE:g} s"
    (entry,) = await bench.entries()
    assert (entry.state, entry.unknown) == (State.QUEUED, 0)
    bench.wats.up()
    assert (await bench.once()).uploaded == 1
    assert bench.wats.received(make_report()["id"]) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500, "times": 3},
        {"status": 503, "body": "html", "times": 3},
        {"status": 429, "retry_after": 0.2, "times": 3},
        {"status": 429, "retry_after": 1, "retry_after_as": "date", "times": 1},
        {"reset": "before", "times": 3},
        {"reset": "after", "times": 3},
        {"reset": "mid-body", "times": 3},
        {"body": "half", "times": 3},
        {"body": "html", "times": 3},
        {"body": "not-json", "times": 3},
        {"body": "empty", "times": 3},
        {"body": "html", "handle": True, "times": 3},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()),
)
async def test_after_faults_of_the_server_each_report_is_stored_once(bench, make_report, fault):
    bench.wats.fail("POST /api/Report/WSJF", **fault)
    for number in range(10):
        bench.put(f"{number}.json", make_report(number))
    summary = await bench.once()
    assert (summary.uploaded, summary.exit_code) == (10, 0)
    stored = Counter(report["id"] for report in bench.wats.reports())
    assert stored == {make_report(number)["id"]: 1 for number in range(10)}
    for entry in await bench.entries():
        assert bench.wats.received(entry.report_id) <= 1 + entry.unknown


async def test_an_answer_about_another_report_holds_the_report(bench, make_report):
    other = orjson.dumps([{"ID": make_report(9)["id"], "uuid": make_report(9)["id"], "Report_ID": 9}])
    bench.wats.fail("POST /api/Report/WSJF", content=other, times=1)
    bench.put("a.json", make_report(1))
    summary = await bench.once()
    assert (summary.held, summary.uploaded, summary.exit_code) == (1, 0, 1)
    (entry,) = await bench.entries()
    assert (entry.state, entry.reason) == (State.HELD, Reason.OTHER_ID)
    assert make_report(9)["id"] in entry.detail


async def test_the_daemon_goes_on_after_an_outage_and_a_busy_hour(bench, make_report):
    async with bench.running() as made:
        bench.put("1.json", make_report(1))
        await bench.until(made, lambda: bench.told(Kind.REPORT_UPLOADED))
        bench.wats.down()
        bench.put("2.json", make_report(2))
        await bench.until(made, lambda: bench.told(Kind.LINE_DOWN))
        bench.wats.up()
        bench.wats.busy(0.2)
        await bench.until(made, lambda: bench.told(Kind.LINE_DOWN)[-1].reason is Reason.SERVER_BUSY)
        bench.wats.up()
        await bench.until(made, lambda: len(bench.told(Kind.REPORT_UPLOADED)) == 2)
    assert bench.wats.reports() == [make_report(1), make_report(2)]


async def test_what_a_crash_left_half_moved_is_put_in_its_place(bench, make_report):
    """The spool has the reports and the way of the file, the file has not moved: as if the process had ended there."""
    bench.put("a.json", make_report(1))
    bench.put("b.json", b"{")
    bench.done.touch()  # no folder can be made in the place of a file
    bench.bad.touch()
    summary = await bench.once_until(lambda: bench.told(Kind.REPORT_UPLOADED) and len(bench.told(Kind.FILE_STUCK)) == 2)
    assert (summary.uploaded, summary.left) == (1, 2)
    assert names(bench.inbox) == ["a.json", "b.json", "bad", "done"]
    bench.done.unlink()
    bench.bad.unlink()
    summary = await bench.once()
    assert (names(bench.done), names(bench.bad)) == (["a.json"], ["b.json", "b.json.reason.json"])
    assert (summary.uploaded, summary.duplicates, summary.quarantined) == (0, 0, 0)
    assert bench.wats.received(make_report(1)["id"]) == 1


async def test_a_folder_that_is_not_there_is_said_and_the_other_sources_go_on(bench, make_report):
    bench.put("a.json", make_report())
    missing = {**bench.source, "name": "missing", "watch": str(bench.root / "nowhere")}
    config = IngestConfig.model_validate({**bench.as_mapping(), "sources": [missing, bench.source]})
    summary = await daemon.run(config, once=True, progress=bench.events.append)
    assert (summary.uploaded, summary.left, summary.exit_code) == (1, 1, 1)
    assert "nowhere cannot be read" in bench.told(Kind.SOURCE_FAILED)[0].detail


async def test_two_daemons_do_not_share_a_spool(bench):
    from pywats.ingest.errors import SpoolLockedError

    async with Spool(bench.root / "spool.db"):
        with pytest.raises(SpoolLockedError, match=f"process {os.getpid()} works on the spool"):
            await bench.once()
