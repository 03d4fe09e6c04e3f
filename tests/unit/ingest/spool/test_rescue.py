"""A damaged spool is set aside, what can be read of it is saved, and what is lost is said."""

import asyncio
import contextlib
import errno
import random
import shutil
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import orjson
import pytest
import structlog.testing

from pywats.ingest.errors import SpoolDamagedError, SpoolError
from pywats.ingest.reasons import Reason, State
from pywats.ingest.spool.entry import content_digest
from pywats.ingest.spool.ledger import Ledger
from pywats.ingest.spool.rescue import _rows, rescue
from pywats.ingest.spool.store import Spool

REPORTS = 400
PAGE = 4096


def whole(make_draft, number, **fields):
    """A draft whose id and digest are those of its body."""
    content = {"report": number, "x" * 900: 1}
    report_id = make_draft(number).report_id
    body = orjson.dumps({**content, "id": report_id})
    return make_draft(number, body=body, digest=content_digest(content), **fields)


@pytest.fixture
async def filled(tmp_path, make_draft, make_file):
    """A closed spool of reports with their content, ten of them done."""
    path = tmp_path / "spool.db"
    async with Spool(path) as spool:
        drafts = [whole(make_draft, number) for number in range(REPORTS)]
        await asyncio.gather(*(spool.submit(make_file(number), [draft]) for number, draft in enumerate(drafts)))
        for claim in await spool.claim(10):
            await spool.ack(claim, "u")
    return path


def spoil(path, first, count=1):
    with path.open("r+b") as file:
        file.seek(first * PAGE)
        file.write(b"\xaa" * PAGE * count)


def root_of(path, table):
    with closing(sqlite3.connect(path)) as sql, sql:
        (root,) = sql.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    sql.close()
    return root


async def test_what_can_be_read_is_saved_and_sent(filled):
    pages = filled.stat().st_size // PAGE
    spoil(filled, pages // 2, 3)
    before = filled.read_bytes()
    rescued = rescue(filled)
    assert rescued.aside.read_bytes() == before
    assert rescued.reports > REPORTS * 0.8
    async with Spool(filled) as spool:
        counts = await spool.counts()
        claims = await spool.claim(REPORTS)
        assert len(claims) == counts[State.QUEUED] + counts[State.SENDING] == rescued.reports - 10 - counts[State.HELD]
        assert all(orjson.loads(claim.body)["id"] == claim.report_id for claim in claims)
    assert rescued.without_content == counts[State.HELD]


async def test_a_report_that_lost_its_content_is_held_and_cannot_be_sent_by_mistake(filled):
    spoil(filled, root_of(filled, "body") - 1)
    with structlog.testing.capture_logs() as lines:
        assert rescue(filled).without_content == REPORTS - 10
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["spool_damaged"]
    with Ledger(filled) as ledger:
        held = ledger.listed(state=State.HELD, limit=1)
        assert held[0].reason is Reason.CONTENT_LOST
        with pytest.raises(SpoolError, match="is lost"):
            ledger.release(held[0])
        ledger.drop(held[0])


async def test_what_lies_between_two_damaged_pages_is_saved(filled):
    pages = filled.stat().st_size // PAGE
    spoil(filled, pages // 3)
    spoil(filled, 2 * pages // 3)
    rescued = rescue(filled)
    assert rescued.reports - rescued.without_content > REPORTS * 0.9


async def test_what_is_left_of_a_file_without_its_end_is_saved(filled):
    with filled.open("r+b") as file:
        file.truncate(filled.stat().st_size // PAGE * PAGE * 2 // 3)
    async with Spool(filled) as spool:
        assert len(await spool.claim(REPORTS)) > REPORTS * 0.5


async def test_a_body_that_the_damage_has_changed_is_not_sent(filled):
    data = filled.read_bytes()
    for number, changed in ((20, b'{"report":99,'), (21, b'{"report":2],')):
        data = data.replace(b'{"report":%d,' % number, changed)
    filled.write_bytes(data)
    assert rescue(filled).without_content == 2
    async with Spool(filled) as spool:
        assert len(await spool.claim(REPORTS)) == REPORTS - 10 - 2


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entry SET state = 'queudd'",
        "UPDATE entry SET reason = 'acbepted', accepted_at = 1 << 62, changed_at = -1, start = 1 << 62",
        "UPDATE entry SET backlog = 77, filed = 99",
        "UPDATE entry SET sn = CAST(x'ff' AS TEXT)",
        "UPDATE event SET cause = 'clamied', at = 1 << 62",
        "UPDATE file SET fate = 'arxhive', reason = 'rotten', taken_at = -5",
        "DELETE FROM file WHERE number IN (100, 101)",
    ],
)
async def test_a_row_that_holds_what_it_cannot_hold_ends_nothing_and_is_not_forgotten(filled, change):
    with closing(sqlite3.connect(filled)) as sql, sql:
        sql.execute(change if change.startswith("DELETE") else f"{change} WHERE number = 100")
        sql.execute("UPDATE entry SET file = 100, accepted_at = accepted_at + number WHERE file = 101")
    sql.close()
    assert rescue(filled).reports == REPORTS
    with Ledger(filled) as ledger:
        listed = {entry.number: entry for entry in ledger.listed(limit=REPORTS)}
        ledger.history(listed[100])
        ledger.files("/in/done/99.json")
    async with Spool(filled) as spool:
        claims = {claim.number for claim in await spool.claim(REPORTS)}
    assert listed[100].state is State.HELD or 100 in claims


@pytest.mark.parametrize("damage", [b"\xaa", b"\0"])
@pytest.mark.parametrize(("first", "last"), [(0, 16), (0, 100), (16, 20), (100, PAGE), (0, PAGE)])
async def test_a_spool_that_lost_its_head_is_set_aside_when_it_is_opened_and_all_is_saved(filled, first, last, damage):
    with filled.open("r+b") as file:
        file.seek(first)
        file.write(damage * (last - first))
    before = filled.read_bytes()
    with pytest.raises(SpoolDamagedError):
        await Spool(filled).open(shared=True)
    async with Spool(filled) as spool:
        assert +Counter(await spool.counts()) == {State.DONE: 10, State.QUEUED: REPORTS - 10}
        assert len(await spool.claim(REPORTS)) == REPORTS - 10
    (aside,) = [path for path in filled.parent.glob("spool.db.damaged-*") if not path.name.endswith(("-wal", "-shm"))]
    assert aside.read_bytes() == before
    assert not list(filled.parent.glob("*.reading*"))


async def test_a_spool_that_lost_its_head_waits_for_room_to_be_read(filled, monkeypatch):
    spoil(filled, 0)
    with monkeypatch.context() as patched:

        def full(*_):
            raise OSError(errno.ENOSPC, "No space left on device")

        patched.setattr(shutil, "copyfile", full)
        with pytest.raises(SpoolError, match="cannot be copied to be read: No space left"):
            await Spool(filled).open()
    async with Spool(filled) as spool:
        assert len(await spool.claim(REPORTS)) == REPORTS - 10


async def test_of_a_spool_that_is_damaged_from_end_to_end_nothing_is_saved_and_the_next_begins(filled):
    spoil(filled, 0, filled.stat().st_size // PAGE)
    with structlog.testing.capture_logs() as lines:
        async with Spool(filled) as spool:
            assert not any((await spool.counts()).values())
    (said,) = [line for line in lines if line["event"] == "spool_damaged"]
    assert said["reports"] == 0


async def test_who_looks_into_a_damaged_spool_is_told_so_and_the_next_start_repairs_it(filled):
    spoil(filled, root_of(filled, "file") - 1)
    with Ledger(filled) as ledger, pytest.raises(SpoolDamagedError, match="is damaged; the daemon saves"):
        ledger.listed()
    async with Spool(filled) as spool:
        assert len(await spool.entries()) == REPORTS


async def test_what_is_taken_in_from_a_damaged_spool_is_told_so(filled, tmp_path):
    spoil(filled, root_of(filled, "body") - 1)
    async with Spool(tmp_path / "other.db"):
        with Ledger(tmp_path / "other.db") as ledger, pytest.raises(SpoolDamagedError, match=r"spool\.db is damaged"):
            ledger.take_in(filled)


async def test_damage_that_shows_while_it_is_open_is_repaired_without_a_restart(filled, make_draft, make_file):
    spoil(filled, root_of(filled, "body") - 1)
    async with Spool(filled) as spool:
        with pytest.raises(SpoolDamagedError):
            await spool.claim(5)
        assert spool.damaged
        await spool.repair()
        assert not spool.damaged
        await spool.submit(make_file(9999), [make_draft(9999)])
        assert len(await spool.claim(5)) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="a file that is open cannot be set aside there")
async def test_what_others_put_in_is_not_lost_in_the_file_that_was_set_aside(filled, make_draft, make_file):
    other = Spool(filled)
    async with Spool(filled) as leader:
        await other.open(shared=True)
        spoil(filled, filled.stat().st_size // PAGE // 2)  # old content, which a new report does not touch
        filled.with_name("spool.db.suspect").touch()
        await leader.repair()
        with pytest.raises(SpoolError, match="set aside meanwhile; ask again"):
            await other.submit(make_file(9999), [make_draft(9999)])
        assert other.damaged
        await other.repair()
        await other.submit(make_file(9999), [make_draft(9999)])
        await leader.notice()
        assert make_draft(9999).report_id in {claim.report_id for claim in await leader.claim(REPORTS)}
        await other.close()


@pytest.mark.skipif(sys.platform == "win32", reason="a file that is open cannot be set aside there")
async def test_who_takes_over_sends_from_the_file_that_is_in_its_place(filled, make_draft, make_file):
    heir, leader = Spool(filled), Spool(filled)
    await leader.open()
    await heir.open(shared=True)
    spoil(filled, root_of(filled, "body") - 1)
    with pytest.raises(SpoolDamagedError):
        await leader.claim(5)
    await leader.repair()
    await leader.submit(make_file(9999), [make_draft(9999)])
    await leader.close()
    await heir.lead()
    assert len(await heir.claim(5)) == 1
    await heir.close()


async def test_while_a_spool_is_put_in_its_place_nobody_else_makes_one(filled):
    filled.rename(filled.with_name("spool.db.rescued"))
    with pytest.raises(SpoolError, match="is being repaired; ask again"):
        await Spool(filled).open(shared=True)
    async with Spool(filled) as spool:
        assert len(await spool.claim(5)) == 5


async def test_damage_that_showed_before_a_restart_is_repaired_by_it(filled):
    spoil(filled, root_of(filled, "body") - 1)
    spool = Spool(filled)
    await spool.open()
    with pytest.raises(SpoolDamagedError):
        await spool.claim(5)
    await spool.close()
    async with Spool(filled) as again:
        assert (await again.counts())[State.HELD] == REPORTS - 10
    assert not list(filled.parent.glob("*.suspect"))


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_page_is_damaged_a_rescue_ends_with_a_sound_spool(filled, seed):
    chance = random.Random(seed)
    pages = filled.stat().st_size // PAGE
    for _ in range(chance.randint(1, 8)):
        spoil(filled, chance.randrange(1, pages))
    rescue(filled)
    with closing(sqlite3.connect(filled)) as sql, sql:
        assert sql.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert sql.execute("PRAGMA foreign_key_check").fetchall() == []
    sql.close()
    async with Spool(filled) as spool:
        await spool.claim(REPORTS)


async def test_a_rescue_that_is_killed_at_any_step_is_made_good_by_the_next_start(filled, monkeypatch):
    spoil(filled, filled.stat().st_size // PAGE // 2, 3)
    expected = None
    for step in range(20):

        class KilledError(BaseException):
            pass

        count = iter(range(step))
        with monkeypatch.context() as patched:
            for name in ("rename", "replace", "unlink"):
                plain = getattr(Path, name)

                def killed(self, *args, _plain=plain, _count=count, _end=KilledError, **kwargs):
                    if self.name.startswith("spool.db") and next(_count, None) is None:
                        raise _end
                    return _plain(self, *args, **kwargs)

                patched.setattr(Path, name, killed)
            folder = filled.parent / str(step)
            folder.mkdir()
            path = folder / filled.name
            shutil.copy(filled, path)
            path.with_name("spool.db.suspect").touch()
            with contextlib.suppress(KilledError):
                rescue(path)
        async with Spool(path) as spool:
            counts = await spool.counts()
        expected = expected or counts
        assert counts == expected
        assert sum(counts.values()) > REPORTS * 0.8
        assert not list(folder.glob("*.resc*"))


async def test_a_row_that_cannot_be_read_once_is_not_lost(filled):
    class Shaky:
        def __init__(self, sql):
            self.sql, self.left = sql, 5

        def execute(self, *args):
            for number, row in enumerate(self.sql.execute(*args)):
                if self.left and number == 100:
                    self.left -= 1
                    raise sqlite3.DatabaseError("disk I/O error")
                yield row

    with closing(sqlite3.connect(filled)) as sql, sql:
        query = "SELECT rowid, number FROM entry WHERE :last IS NULL OR rowid > :last ORDER BY rowid"
        assert [number for (number,) in _rows(Shaky(sql), query, 0)] == list(range(1, REPORTS + 1))
    sql.close()


async def test_a_spool_that_cannot_be_opened_now_can_be_repaired_later(filled, monkeypatch):
    async with Spool(filled) as spool:
        with monkeypatch.context() as patched:
            patched.setattr(sqlite3, "connect", fail_to_connect)
            with pytest.raises(SpoolError, match="disk I/O error"):
                await spool.repair()
            assert spool.damaged
            with pytest.raises(SpoolError):
                await spool.claim(1)
        await spool.repair()
        assert not spool.damaged
        assert len(await spool.claim(5)) == 5


def fail_to_connect(*_, **__):
    raise sqlite3.OperationalError("disk I/O error")
