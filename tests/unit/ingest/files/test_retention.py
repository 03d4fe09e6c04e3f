"""What is finished and old enough goes; what is not finished, or not old, or not ours, stays."""

import asyncio
import sqlite3
import sys
import time
from contextlib import closing

import pytest
import structlog.testing

from pywats.ingest.clock import Clock, uptime
from pywats.ingest.errors import SpoolError
from pywats.ingest.files.retention import ROUND, Retention
from pywats.ingest.files.shelf import Folders
from pywats.ingest.reasons import Reason, State
from pywats.ingest.spool.entry import Fate
from pywats.ingest.spool.store import Spool
from workers.testing import run_virtual

DAY = 86400.0


class Times:
    """The computer's clock, which can be set, and one that cannot; and what the server says of the former."""

    ahead = None

    def __init__(self):
        self.now, self.set = 0.0, 0.0

    def steady(self):
        return self.now

    def wall(self):
        return 1_800_000_000.0 + self.now + self.set

    async def ask(self):
        return self.ahead


@pytest.fixture
async def spool(tmp_path):
    async with Spool(tmp_path / "spool.db") as opened:
        yield opened


@pytest.fixture
def clock(monkeypatch):
    made = Times()
    for module in ("books", "database", "queue"):
        monkeypatch.setattr(f"pywats.ingest.spool.{module}.now_ms", lambda: int(made.wall() * 1000))
    return made


def retention(spool, clock, keep=30 * DAY, **archives):
    return Retention(spool, keep, archives, Clock(clock.wall, clock.steady), clock.ask)


async def archived(spool, tmp_path, number, make_file, draft):
    """A report in the spool whose file lies in the archive."""
    submitted = await spool.submit(make_file(number), [draft])
    target = tmp_path / f"{number}.json"
    target.write_bytes(b"x")
    await spool.placed(await spool.redirect(submitted.file, target, Fate.ARCHIVE))
    return target


async def done(spool):
    (claim,) = await spool.claim()
    await spool.ack(claim, "u")


async def test_entries_go_when_they_are_finished_and_old(spool, clock, make_draft, make_file):
    old = retention(spool, clock)
    for number in (1, 2):
        submitted = await spool.submit(make_file(number), [make_draft(number)])
        await spool.placed(submitted.file)
    await done(spool)
    clock.now += 29 * DAY
    await old.clear()
    assert len(await spool.entries()) == 2
    clock.now += 2 * DAY
    await old.clear()
    assert [entry.state for entry in await spool.entries()] == [State.QUEUED]
    assert {change.entry for change in await spool.history()} == {2}
    with closing(sqlite3.connect(spool.path)) as sql, sql:
        assert sql.execute("SELECT count(*) FROM file").fetchone() == (1,)
    sql.close()


async def test_files_leave_the_archive_when_their_reports_are_finished(spool, clock, make_draft, make_file, tmp_path):
    first = await archived(spool, tmp_path, 1, make_file, make_draft(1))
    await done(spool)
    second = await archived(spool, tmp_path, 2, make_file, make_draft(2))
    (tmp_path / "theirs.json").write_bytes(b"not ours")
    cleared = retention(spool, clock, keep=None, ict=7 * DAY)
    await cleared.clear()
    assert first.exists()
    clock.now += 8 * DAY
    await cleared.clear()
    assert (first.exists(), second.exists(), (tmp_path / "theirs.json").exists()) == (False, True, True)
    await done(spool)
    await cleared.clear()
    assert not second.exists()
    assert len(await spool.entries()) == 2  # they are kept for ever


async def test_a_clock_that_was_set_removes_nothing(spool, clock, make_draft, make_file, tmp_path):
    file = await archived(spool, tmp_path, 1, make_file, make_draft(1))
    await done(spool)
    careful = retention(spool, clock, ict=DAY)
    clock.set = 365 * DAY
    with structlog.testing.capture_logs() as lines:
        await careful.clear()
    assert [line["event"] for line in lines] == ["retention_waits"]
    assert file.exists()
    assert len(await spool.entries()) == 1


@pytest.mark.parametrize("step", [-DAY, 365 * DAY])
async def test_a_clock_that_the_server_confirms_is_believed_again(spool, clock, make_draft, make_file, tmp_path, step):
    careful = retention(spool, clock, ict=DAY)
    clock.set = step
    file = await archived(spool, tmp_path, 1, make_file, make_draft(1))
    await done(spool)
    clock.now += 2 * DAY
    clock.ahead = step
    await careful.clear()
    assert file.exists()  # the server shows another time
    clock.ahead = 5.0
    await careful.clear()
    assert not file.exists()
    assert careful._clock.set_by == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there is one such clock there")
def test_the_steady_clock_goes_on_while_the_computer_sleeps():
    counted = time.CLOCK_BOOTTIME if sys.platform == "linux" else time.CLOCK_MONOTONIC
    assert uptime() == pytest.approx(time.clock_gettime(counted), abs=1.0)


async def test_what_a_person_decided_is_finished_too_and_what_is_held_is_not(spool, clock, make_draft, make_file):
    for number in (1, 2):
        submitted = await spool.submit(make_file(number), [make_draft(number)])
        await spool.placed(submitted.file)
        (claim,) = await spool.claim()
        await spool.term(claim, State.HELD, Reason.OTHER_ID, "")
    await spool._do(lambda: spool._store.queue.drop(1, "by hand"))
    old = retention(spool, clock)
    clock.now += 31 * DAY
    await asyncio.gather(old.clear(), old.clear())
    assert [(entry.number, entry.state) for entry in await spool.entries()] == [(2, State.HELD)]


def test_an_archive_by_day_has_a_folder_for_each(tmp_path):
    folders = Folders(tmp_path / "done", tmp_path / "bad", by_day=True)
    assert folders.of(Fate.ARCHIVE).parent == tmp_path / "done"
    assert len(folders.of(Fate.ARCHIVE).name) == len("2026-01-31")
    assert folders.of(Fate.QUARANTINE) == tmp_path / "bad"


async def test_a_spool_that_cannot_be_read_delays_the_clearing():
    rounds = []

    class Spoiled:
        async def forget(self, *_):
            rounds.append(asyncio.get_running_loop().time())
            raise SpoolError("disk I/O error")

    async def two_rounds():
        running = asyncio.create_task(Retention(Spoiled(), 86400.0, {}, Clock(), Times().ask).run())
        await asyncio.sleep(ROUND * 1.5)
        assert not running.done()
        running.cancel()
        await asyncio.wait([running])

    await asyncio.to_thread(run_virtual, two_rounds(), limit=None)
    assert len(rounds) == 2
