"""The outbox on both faces: safe at once, sent in the background, whatever the server and other processes do."""

import asyncio
import contextlib
import json
import re
import sqlite3
import subprocess
import sys
import threading
from datetime import datetime

import pytest
from waiting import PATIENCE, until

from pywats import ClientClosedError, Outbox, Station, UUTReport, ValidationError
from pywats.ingest import daemon
from pywats.ingest.errors import SpoolError, SpoolFullError
from pywats.ingest.journal import Kind
from pywats.ingest.reasons import Reason, State
from pywats.ingest.schema import IngestConfig
from pywats.ingest.spool.ledger import Ledger
from pywats.ingest.spool.store import Spool
from pywats.models import UUTInfo

ENDS_AT_ONCE = """
import sys, pywats
api = pywats.pyWATS(sys.argv[1], "sandbox", trust_env=False)
box = pywats.Outbox(sys.argv[2], api)
print(box.put(sys.argv[3].encode()), flush=True)
"""


@pytest.fixture
async def outbox(either, tmp_path):
    made = Outbox(tmp_path / "outbox.db", either.api)
    yield made
    await either.of(made, "close", 2.0)


async def test_a_report_is_on_the_disk_before_it_is_sent_and_in_the_server_soon(
    either, outbox, wats_sandbox, make_report
):
    wats_sandbox.fail("POST /api/Report/WSJF", status=503, times=1)
    assert await either.of(outbox, "put", make_report(1)) == make_report(1)["id"]
    with Ledger(outbox.path) as ledger:
        assert [entry.report_id for entry in ledger.listed()] == [make_report(1)["id"]]
    assert await either.of(outbox, "flush", PATIENCE) == 0
    assert wats_sandbox.reports() == [make_report(1)]
    assert (await either.of(outbox, "counts"))[State.DONE] == 1


async def test_while_the_server_is_down_nothing_is_lost_and_nobody_waits(either, outbox, wats_sandbox, make_report):
    wats_sandbox.fail("* *", reset="before", times=None)
    for number in range(20):
        await either.of(outbox, "put", make_report(number))
    assert await either.of(outbox, "flush", 0.1) == 20
    wats_sandbox.clear_faults()
    assert await either.of(outbox, "flush", PATIENCE) == 0
    assert len(wats_sandbox.reports()) == 20


async def test_a_report_that_was_built_here_has_the_station_of_the_client(either, tmp_path, wats_sandbox):
    kind = type(either.api)
    api = kind(wats_sandbox.url, wats_sandbox.token, Station("FCT-9", "Oslo", "Production"), trust_env=False)
    start = datetime.now().astimezone()
    info = UUTInfo(operator="anna")
    report = UUTReport(pn="WIDGET-001", sn="SN1", rev="A", process_code=60, start=start, info=info)
    report.root.numeric("3V3", 3.31, "V", low=3.2, high=3.4)
    box = Outbox(tmp_path / "outbox.db", api)
    await either.of(box, "put", report)
    assert await either.of(box, "flush", PATIENCE) == 0
    (stored,) = wats_sandbox.reports()
    assert (stored["id"], stored["machineName"]) == (str(report.id), "FCT-9")
    await either.of(box, "close")
    await either.of(api, "close")


async def test_the_same_report_put_twice_is_one(either, outbox, wats_sandbox, make_report):
    nameless = make_report(1, id=None)
    first = await either.of(outbox, "put", nameless)
    assert await either.of(outbox, "put", json.dumps(nameless).encode()) != ""
    assert await either.of(outbox, "put", nameless) == first
    assert await either.of(outbox, "flush", PATIENCE) == 0
    assert len(wats_sandbox.reports()) == 1


@pytest.mark.parametrize("report", [b"{", b"[]", "SN1", {}, {"type": "T", "pn": "A"}])
async def test_what_is_no_report_is_refused_at_once(either, outbox, report):
    with pytest.raises(ValidationError):
        await either.of(outbox, "put", report)


async def test_a_file_that_cannot_be_made_is_said_at_the_door(wats_api, wats_async_api, tmp_path):
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "outbox.db"
    said = r"the spool \S+outbox.db cannot be opened: File exists; is its folder writable"
    with pytest.raises(SpoolError, match=said), Outbox(path, wats_api):
        pytest.fail("there is no outbox")
    with pytest.raises(SpoolError):
        async with Outbox(path, wats_async_api):
            pytest.fail("there is no outbox")


def test_what_waits_is_sent_by_the_next_program_that_only_opens_it(wats_sandbox, wats_api, tmp_path, make_report):
    wats_sandbox.fail("* *", reset="before", times=None)
    with Outbox(tmp_path / "outbox.db", wats_api) as outbox:
        outbox.put(make_report(1))
        outbox.close(0)
    wats_sandbox.clear_faults()
    with Outbox(tmp_path / "outbox.db", wats_api):
        assert until(wats_sandbox.reports) == [make_report(1)]


async def test_what_the_server_refuses_is_kept_with_its_words(either, outbox, make_report):
    await either.of(outbox, "put", make_report(1, processCode=4711))
    assert await either.of(outbox, "flush", PATIENCE) == 0
    with Ledger(outbox.path) as ledger:
        (entry,) = ledger.listed(state=State.QUARANTINED)
        assert "processCode 4711" in entry.detail
        assert json.loads(ledger.body(entry)) == make_report(1, processCode=4711)


async def test_a_full_outbox_says_so(either, tmp_path, wats_sandbox, make_report):
    wats_sandbox.fail("* *", reset="before", times=None)
    box = Outbox(tmp_path / "outbox.db", either.api, max_size=100_000)

    async def fill():
        for number in range(200):
            await either.of(box, "put", make_report(number))

    with pytest.raises(SpoolFullError, match="max_size"):
        await fill()
    await either.of(box, "close", 0.1)


async def test_a_closed_outbox_takes_nothing(either, outbox, make_report):
    await either.of(outbox, "close")
    with pytest.raises(ClientClosedError, match="outbox is closed"):
        await either.of(outbox, "put", make_report(1))
    await either.of(outbox, "close")


async def test_a_daemon_on_the_same_spool_sends_what_a_program_puts(
    wats_async_api, wats_sandbox, tmp_path, make_report
):
    (tmp_path / "in").mkdir()
    config = IngestConfig.model_validate(
        {
            "kind": "ingest",
            "server": {"base_url": wats_sandbox.url, "token": wats_sandbox.token, "trust_env": False},
            "spool": {"path": str(tmp_path / "spool.db")},
            "sources": [{"name": "ict", "watch": str(tmp_path / "in")}],
        }
    )
    events = []
    made = daemon.Daemon(config, progress=events.append, drain=2.0)
    running = asyncio.create_task(made.run())
    async with asyncio.timeout(PATIENCE):
        while not events:
            await made.journal.news.wait()
        async with Outbox(tmp_path / "spool.db", wats_async_api) as outbox:
            await outbox.put(make_report(1))
            await outbox.put(make_report(2, processCode=4711))
            assert await outbox.flush() == 0
    made.stop()
    await running
    assert {event.kind for event in events} >= {Kind.REPORT_UPLOADED, Kind.REPORT_REFUSED}
    assert [event.source for event in events if event.report_id] == ["outbox"] * 2
    assert len(wats_sandbox.reports()) == 1


async def test_when_the_one_that_sends_is_gone_the_next_one_sends(wats_sandbox, wats_async_api, tmp_path, make_report):
    first, second = (Outbox(tmp_path / "outbox.db", wats_async_api) for _ in range(2))
    wats_sandbox.fail("POST /api/Report/WSJF", status=503, times=None)
    await first.put(make_report(1))
    await second.put(make_report(2))
    await first.close(0.1)
    wats_sandbox.clear_faults()
    async with asyncio.timeout(PATIENCE):
        assert await second.flush() == 0
    await second.close()
    assert len(wats_sandbox.reports()) == 2


def spoil(path, table):
    """Write over the page at the root of a table, as a bad sector does."""
    with contextlib.closing(sqlite3.connect(path)) as sql:
        (page,) = sql.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
        (size,) = sql.execute("PRAGMA page_size").fetchone()
        sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xaa" * size)


async def until_it_works(outbox, report):
    """What a test program does that is told of an error."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await outbox.put(report)
            except SpoolError:
                await asyncio.sleep(0.02)


async def test_a_damaged_outbox_is_repaired_holds_what_it_lost_and_goes_on(
    wats_sandbox, wats_async_api, tmp_path, make_report
):
    path = tmp_path / "outbox.db"
    wats_sandbox.fail("* *", reset="before", times=None)
    async with Outbox(path, wats_async_api) as outbox:
        for number in range(60):
            await outbox.put(make_report(number))
        spoil(path, "body")
        for number in range(60, 70):
            await until_it_works(outbox, make_report(number))
        wats_sandbox.clear_faults()
        async with asyncio.timeout(PATIENCE):
            assert await outbox.flush() == 0
        counts = await outbox.counts()
    stored = {report["id"] for report in wats_sandbox.reports()}
    assert stored >= {make_report(number)["id"] for number in range(60, 70)}
    assert counts[State.DONE] == len(stored) == len(wats_sandbox.reports())
    assert counts[State.DONE] + counts[State.HELD] == 70
    with Ledger(path) as ledger:
        assert {entry.reason for entry in ledger.listed(state=State.HELD)} <= {Reason.CONTENT_LOST}
    assert list(tmp_path.glob("outbox.db.damaged-*"))


@pytest.mark.skipif(sys.platform == "win32", reason="a file that is open cannot be set aside there")
async def test_an_outbox_whose_spool_the_daemon_set_aside_puts_into_the_new_one(wats_async_api, tmp_path, make_report):
    path = tmp_path / "spool.db"
    async with Spool(path) as leader, Outbox(path, wats_async_api) as outbox:
        await outbox.put(make_report(1))
        spoil(path, "body")
        with pytest.raises(SpoolError):
            await leader.claim(5)
        await leader.repair()
        await until_it_works(outbox, make_report(2))
        assert [claim.report_id for claim in await leader.claim(5)] == [make_report(2)["id"]]
        assert not outbox._spool.damaged


async def test_what_was_sent_long_ago_is_forgotten(wats_async_api, tmp_path, make_report):
    path = tmp_path / "outbox.db"
    async with Outbox(path, wats_async_api) as outbox:
        await outbox.put(make_report(1))
        await outbox.put(make_report(2))
        async with asyncio.timeout(PATIENCE):
            assert await outbox.flush() == 0
    with contextlib.closing(sqlite3.connect(path)) as sql, sql:
        sql.execute("UPDATE entry SET changed_at = changed_at - 366 * 86400000 WHERE number = 1")
    async with Outbox(path, wats_async_api) as outbox, asyncio.timeout(PATIENCE):
        while (await outbox.counts())[State.DONE] > 1:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)


def test_a_program_may_end_without_a_word_and_the_next_sends_the_rest(wats_sandbox, wats_api, tmp_path, make_report):
    wats_sandbox.fail("POST /api/Report/WSJF", status=503, times=None)
    command = [sys.executable, "-W", "error", "-X", "dev", "-c", ENDS_AT_ONCE]
    arguments = [wats_sandbox.url, str(tmp_path / "outbox.db"), json.dumps(make_report(1))]
    ended = subprocess.run([*command, *arguments], capture_output=True, check=True, text=True, timeout=PATIENCE)
    assert ended.stdout.strip() == make_report(1)["id"]
    assert not re.search("Traceback|Warning|never|destroyed", ended.stderr)
    wats_sandbox.clear_faults()
    with Outbox(tmp_path / "outbox.db", wats_api) as outbox:
        assert outbox.flush(PATIENCE) == 0
    assert wats_sandbox.reports() == [make_report(1)]


def test_many_threads_put_at_once(wats_sandbox, wats_api, tmp_path, make_report):
    with Outbox(tmp_path / "outbox.db", wats_api) as outbox:
        threads = [threading.Thread(target=outbox.put, args=(make_report(number),)) for number in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outbox.flush(PATIENCE) == 0
    assert len(wats_sandbox.reports()) == 32
