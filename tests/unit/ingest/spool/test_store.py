"""The spool's promises, one by one."""

import asyncio
import contextlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from waiting import PATIENCE

from pywats.ingest.errors import LeaseLostError, SpoolError, SpoolFullError, SpoolLockedError
from pywats.ingest.reasons import Reason, State
from pywats.ingest.spool.database import Database
from pywats.ingest.spool.entry import Verdict
from pywats.ingest.spool.layout import APPLICATION_ID, UPGRADES, VERSION
from pywats.ingest.spool.ledger import Ledger
from pywats.ingest.spool.queue import MOST_UNKNOWN
from pywats.ingest.spool.store import Spool


@pytest.fixture
async def spool(tmp_path):
    async with Spool(tmp_path / "spool.db") as opened:
        yield opened


async def states(spool):
    return [entry.state for entry in await spool.entries()]


async def test_what_is_submitted_is_claimed_with_its_bytes_and_leaves_by_ack(spool, make_draft, make_file):
    draft = make_draft(1)
    submitted = await spool.submit(make_file(1), [draft])
    assert [receipt.verdict for receipt in submitted.receipts] == [Verdict.ACCEPTED]
    (claim,) = await spool.claim(5)
    assert (claim.report_id, claim.body) == (draft.report_id, draft.body)
    await spool.ack(claim, "server-uuid")
    (entry,) = await spool.entries()
    assert (entry.state, entry.server_id) == (State.DONE, "server-uuid")
    assert await spool.claim(5) == []


async def test_a_finished_body_is_pruned_and_its_id_stays(spool, make_draft, make_file):
    draft = make_draft(1)
    await spool.submit(make_file(1), [draft])
    (claim,) = await spool.claim()
    await spool.ack(claim, "u")
    assert (await spool.submit(make_file(2), [draft])).receipts[0].verdict is Verdict.DUPLICATE
    await spool.close()
    with closing(sqlite3.connect(spool.path)) as sql, sql:
        assert sql.execute("SELECT count(*) FROM body").fetchone() == (0,)
    sql.close()


async def test_every_change_of_state_is_a_row_with_time_and_cause(spool, make_draft, make_file):
    await spool.submit(make_file(1), [make_draft(1)])
    (claim,) = await spool.claim()
    await spool.nak(claim, Reason.SERVER_BUSY, "429 wait")
    (claim,) = await spool.claim()
    await spool.ack(claim, "u")
    history = await spool.history(claim.number)
    assert [(change.before, change.after, change.cause) for change in history] == [
        (None, "queued", Reason.ACCEPTED),
        ("queued", "sending", Reason.CLAIMED),
        ("sending", "queued", Reason.SERVER_BUSY),
        ("queued", "sending", Reason.CLAIMED),
        ("sending", "done", Reason.STORED),
    ]
    assert all(change.at > 1_500_000_000_000 for change in history)
    assert history[2].detail == "429 wait"


async def test_the_same_content_again_is_a_duplicate_and_names_the_first_file(spool, make_draft, make_file):
    await spool.submit(make_file(1), [make_draft(1)])
    second = await spool.submit(make_file(2), [make_draft(1)])
    (receipt,) = second.receipts
    assert (receipt.verdict, receipt.other) == (Verdict.DUPLICATE, "/in/1.json")
    assert len(await spool.entries()) == 1
    assert [change.cause for change in await spool.history(receipt.number)] == [Reason.ACCEPTED, Reason.DUPLICATE]


async def test_equal_content_under_another_id_is_a_duplicate(spool, make_draft, make_file):
    await spool.submit(make_file(1), [make_draft(1)])
    twin = make_draft(1, report_id="00000000-0000-5000-8000-000000000001")
    assert (await spool.submit(make_file(2), [twin])).receipts[0].verdict is Verdict.DUPLICATE


async def test_the_same_source_bytes_are_the_same_report_under_other_settings_too(spool, make_draft, make_file):
    await spool.submit(make_file(1, content=b"same"), [make_draft(1)])
    other = make_draft(1, body=b"written by another version")
    assert (await spool.submit(make_file(2, content=b"same"), [other])).receipts[0].verdict is Verdict.DUPLICATE


async def test_the_same_id_with_other_bytes_is_held_and_names_both_files(spool, make_draft, make_file):
    first = make_draft(1)
    await spool.submit(make_file(1), [first])
    other = make_draft(2, report_id=first.report_id)
    (receipt,) = (await spool.submit(make_file(2), [other])).receipts
    assert (receipt.verdict, receipt.reason, receipt.other) == (Verdict.HELD, Reason.ID_CONFLICT, "/in/1.json")
    held = (await spool.entries())[1]
    assert held.state is State.HELD
    assert "/in/1.json" in held.detail
    assert "/in/2.json" in held.detail
    assert [claim.body for claim in await spool.claim(5)] == [first.body]


@pytest.mark.parametrize(("gap", "verdict"), [(0, Verdict.HELD), (500_000, Verdict.HELD), (500_001, Verdict.ACCEPTED)])
async def test_two_reports_that_the_server_would_merge_are_not_both_sent(spool, make_draft, make_file, gap, verdict):
    await spool.submit(make_file(1), [make_draft(1, sn="A", start=1_000_000)])
    (receipt,) = (await spool.submit(make_file(2), [make_draft(2, sn="A", start=1_000_000 + gap)])).receipts
    assert receipt.verdict is verdict
    if verdict is Verdict.HELD:
        assert (receipt.reason, receipt.other) == (Reason.IDENTITY_COLLISION, "/in/1.json")


async def test_a_collision_with_a_report_that_is_done_is_seen_too(spool, make_draft, make_file):
    await spool.submit(make_file(1), [make_draft(1, sn="A", start=0)])
    (claim,) = await spool.claim()
    await spool.ack(claim, "u")
    (receipt,) = (await spool.submit(make_file(2), [make_draft(2, sn="A", start=7)])).receipts
    assert receipt.reason is Reason.IDENTITY_COLLISION


async def test_collisions_are_sent_where_that_is_asked_for(spool, make_draft, make_file):
    await spool.submit(make_file(1), [make_draft(1, sn="A", start=0)])
    second = await spool.submit(make_file(2), [make_draft(2, sn="A", start=7)], send_collisions=True)
    assert second.receipts[0].verdict is Verdict.ACCEPTED


async def test_reports_of_one_unit_are_sent_one_after_the_other(spool, make_draft, make_file):
    for number in range(3):
        await spool.submit(make_file(number), [make_draft(number, sn="A")])
    await spool.submit(make_file(9), [make_draft(9, sn="B")])
    first, other = await spool.claim(9)
    assert [first.body, other.body] == [make_draft(0).body, make_draft(9).body]
    assert await spool.claim(9) == []
    await spool.ack(first, "u")
    (second,) = await spool.claim(9)
    assert second.body == make_draft(1).body


async def test_a_resting_report_keeps_its_place_in_its_unit(spool, make_draft, make_file):
    for number in range(2):
        await spool.submit(make_file(number), [make_draft(number, sn="A")])
    (claim,) = await spool.claim(9)
    assert await spool.nak(claim, Reason.SERVER_FAILED, delay=900.0) is State.RESTING
    assert await spool.claim(9) == []


async def test_a_held_report_does_not_keep_back_its_unit(spool, make_draft, make_file):
    for number in range(2):
        await spool.submit(make_file(number), [make_draft(number, sn="A")])
    (claim,) = await spool.claim(9)
    await spool.term(claim, State.HELD, Reason.OTHER_ID)
    (claim,) = await spool.claim(9)
    assert claim.body == make_draft(1).body


async def test_a_repair_waits_for_its_test_and_never_the_other_way_round(spool, make_draft, make_file):
    test = make_draft(1, sn="A")
    repair = make_draft(2, sn="A", type="R", refers_to=test.report_id)
    await spool.submit(make_file(2), [repair])
    await spool.submit(make_file(1), [test])
    (claim,) = await spool.claim(9)
    assert claim.report_id == test.report_id
    assert await spool.claim(9) == []
    await spool.ack(claim, "u")
    (claim,) = await spool.claim(9)
    assert claim.report_id == repair.report_id


async def test_a_repair_of_another_unit_waits_too(spool, make_draft, make_file):
    test = make_draft(1, sn="A")
    await spool.submit(make_file(1), [test])
    await spool.submit(make_file(2), [make_draft(2, sn="B", type="R", refers_to=test.report_id)])
    (claim,) = await spool.claim(9)
    await spool.term(claim, State.QUARANTINED, Reason.REFUSED, "no")
    (repair,) = await spool.claim(9)
    assert repair.body == make_draft(2).body


async def test_a_repair_whose_test_is_not_here_does_not_wait(spool, make_draft, make_file):
    await spool.submit(make_file(1), [make_draft(1, type="R", refers_to="00000000-0000-4000-8000-00000000abcd")])
    assert len(await spool.claim(9)) == 1


async def test_fresh_reports_go_before_the_backlog_and_the_oldest_first(spool, make_draft, make_file):
    for number, backlog in enumerate([True, True, False, False]):
        await spool.submit(make_file(number, backlog=backlog), [make_draft(number)])
    assert [claim.body for claim in await spool.claim(3)] == [make_draft(number).body for number in (2, 3, 0)]


async def test_what_was_there_before_a_restart_is_backlog(tmp_path, make_draft, make_file):
    async with Spool(tmp_path / "s.db") as spool:
        await spool.submit(make_file(1), [make_draft(1)])
    async with Spool(tmp_path / "s.db") as spool:
        await spool.submit(make_file(2), [make_draft(2)])
        assert [claim.body for claim in await spool.claim(2)] == [make_draft(2).body, make_draft(1).body]


async def test_sends_without_an_answer_are_counted_and_held_at_fifty(spool, make_draft, make_file):
    await spool.submit(make_file(1), [make_draft(1)])
    for _ in range(200):  # failures with an answer do not count
        (claim,) = await spool.claim()
        await spool.nak(claim, Reason.SERVER_BUSY)
    for count in range(1, MOST_UNKNOWN + 1):
        (claim,) = await spool.claim()
        state = await spool.nak(claim, Reason.NO_ANSWER, "timed out", unknown=True)
        assert state is (State.HELD if count == MOST_UNKNOWN else State.QUEUED)
    (entry,) = await spool.entries()
    assert (entry.state, entry.reason, entry.unknown) == (State.HELD, Reason.OUTCOME_UNKNOWN, 50)


async def test_a_stale_lease_cannot_fail_a_report_that_is_with_another_sender(spool, make_draft, make_file):
    await spool.submit(make_file(1), [make_draft(1)])
    (old,) = await spool.claim()
    await spool.nak(old, Reason.NOT_SENT)
    (new,) = await spool.claim()
    with pytest.raises(LeaseLostError):
        await spool.nak(old, Reason.NO_ANSWER)
    with pytest.raises(LeaseLostError):
        await spool.term(old, State.HELD, Reason.OTHER_ID)
    await spool.ack(new, "u")
    assert await states(spool) == [State.DONE]


async def test_an_answer_is_good_however_late_it_comes(spool, make_draft, make_file):
    await spool.submit(make_file(1), [make_draft(1)])
    (old,) = await spool.claim()
    await spool.nak(old, Reason.NO_ANSWER, unknown=True)
    await spool.ack(old, "u")
    assert await states(spool) == [State.DONE]
    assert await spool.claim() == []


async def test_a_send_that_a_crash_cut_off_is_queued_again_and_counted(tmp_path, make_draft, make_file):
    async with Spool(tmp_path / "s.db") as spool:
        await spool.submit(make_file(1), [make_draft(1)])
        await spool.claim()
    async with Spool(tmp_path / "s.db") as spool:
        (entry,) = await spool.entries()
        assert (entry.state, entry.reason, entry.unknown) == (State.QUEUED, Reason.RESTARTED, 1)
        assert len(await spool.claim()) == 1


async def test_a_refused_report_that_is_given_again_is_queued_again(spool, make_draft, make_file):
    await spool.submit(make_file(1), [make_draft(1)])
    (claim,) = await spool.claim()
    await spool.term(claim, State.QUARANTINED, Reason.REFUSED, "unknown process")
    (receipt,) = (await spool.submit(make_file(2), [make_draft(1)])).receipts
    assert (receipt.verdict, receipt.reason) == (Verdict.ACCEPTED, Reason.GIVEN_AGAIN)
    (claim,) = await spool.claim()
    assert (claim.body, claim.file) == (make_draft(1).body, "/in/2.json")


async def test_a_corrected_report_may_keep_the_id_of_the_refused_one(spool, make_draft, make_file):
    first = make_draft(1)
    await spool.submit(make_file(1), [first])
    (claim,) = await spool.claim()
    await spool.term(claim, State.QUARANTINED, Reason.REFUSED, "no")
    corrected = make_draft(2, report_id=first.report_id)
    assert (await spool.submit(make_file(2), [corrected])).receipts[0].verdict is Verdict.ACCEPTED
    (claim,) = await spool.claim()
    assert claim.body == corrected.body


async def test_a_file_that_is_on_its_way_gives_no_reports_again(spool, make_draft, make_file):
    first = await spool.submit(make_file(1), [make_draft(1)])
    again = await spool.submit(make_file(1), [make_draft(1)])
    assert (again.resumed, again.receipts, again.file) == (True, (), first.file)
    await spool.placed(first.file)
    assert not (await spool.submit(make_file(1), [make_draft(1)])).resumed


async def test_file_names_are_bytes(spool, make_draft, make_file):
    name = b"r\xe9sum\xe9 \xff.json".decode("utf-8", "surrogateescape")
    submitted = await spool.submit(make_file(1, name=name), [make_draft(1)])
    assert submitted.file.path == Path("/in") / name
    assert (await spool.entries())[0].file == "/in/r\\xe9sum\\xe9 \\xff.json"


async def test_many_at_once_share_commits_and_keep_their_order(spool, make_draft, make_file):
    drafts = [make_draft(number) for number in range(500)]
    await asyncio.gather(*(spool.submit(make_file(number), [draft]) for number, draft in enumerate(drafts)))
    assert [entry.report_id for entry in await spool.entries()] == [draft.report_id for draft in drafts]


async def test_one_impossible_operation_fails_alone(spool, make_draft, make_file):
    bad = make_draft(1, sn=b"\xff".decode("utf-8", "surrogateescape"))
    results = await asyncio.gather(
        spool.submit(make_file(1), [bad]), spool.submit(make_file(2), [make_draft(2)]), return_exceptions=True
    )
    assert isinstance(results[0], Exception)
    assert [entry.file for entry in await spool.entries()] == ["/in/2.json"]


async def test_above_its_size_the_spool_refuses_reports_and_goes_on_when_some_have_left(
    tmp_path, make_draft, make_file
):
    async with Spool(tmp_path / "s.db", max_size=400_000) as spool:
        submits = (spool.submit(make_file(number), [make_draft(number, body=bytes(20_000))]) for number in range(100))
        results = await asyncio.gather(*submits, return_exceptions=True)
        refused = [result for result in results if isinstance(result, SpoolFullError)]
        assert 75 < len(refused) < 90
        assert "max_size" in str(refused[0])
        for claim in await spool.claim(100):
            await spool.ack(claim, "u")
        await spool.submit(make_file(200), [make_draft(200)])


async def test_the_file_is_durable_and_says_what_it_is(spool):
    await spool.close()
    database = Database(spool.path)
    settings = {
        name: database.sql.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "wal_autocheckpoint", "application_id", "user_version")
    }
    database.close()
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "wal_autocheckpoint": 32,
        "application_id": APPLICATION_ID,
        "user_version": VERSION,
    }


async def test_a_spool_of_a_newer_version_is_refused(tmp_path):
    sql = sqlite3.connect(tmp_path / "s.db")
    sql.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    sql.execute(f"PRAGMA user_version = {VERSION + 1}")
    sql.close()
    with pytest.raises(SpoolError, match=f"layout {VERSION + 1}, this program knows up to {VERSION}"):
        await Spool(tmp_path / "s.db").open()


UNDONE = {
    1: ("DROP TABLE command", "DROP INDEX event_file"),
    2: ("DROP INDEX entry_for_a_person", "DROP INDEX file_without_reports"),
    3: ("ALTER TABLE file DROP COLUMN so_far",),
}
"""By version: what takes back the step from it to the next one."""


def schema(path):
    with contextlib.closing(sqlite3.connect(path)) as sql:
        return dict(sql.execute("SELECT name, sql FROM sqlite_schema").fetchall()), *sql.execute("PRAGMA user_version")


@pytest.fixture(params=UNDONE)
async def older(request, tmp_path, make_draft, make_file):
    """A spool with a report in it, as an older version left it."""
    path = tmp_path / "s.db"
    async with Spool(path) as spool:
        await spool.submit(make_file(1), [make_draft(1)])
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as sql:
        for version in reversed(range(request.param, VERSION)):
            for statement in UNDONE[version]:
                sql.execute(statement)
        sql.execute(f"PRAGMA user_version = {request.param}")
    return path


def test_every_older_version_can_be_brought_up_to_date():
    assert set(UPGRADES) == set(UNDONE) == set(range(1, VERSION))


async def test_an_older_spool_becomes_one_of_today_and_its_reports_are_sent(older, tmp_path):
    async with Spool(tmp_path / "new.db"):
        pass
    async with Spool(older) as spool:
        (claim,) = await spool.claim()
        await spool.ack(claim, "u")
        assert await spool.notice() == []
    assert schema(older) == schema(tmp_path / "new.db")


async def test_an_older_spool_is_only_brought_up_to_date_by_the_one_that_leads(older):
    before = schema(older)
    with pytest.raises(SpoolError, match="older layout; start the daemon once"):
        await Spool(older).open(shared=True)
    with pytest.raises(SpoolError, match="older layout; start the daemon once"):
        Ledger(older)
    assert schema(older) == before


async def test_an_upgrade_that_is_cut_short_leaves_the_older_spool(older, monkeypatch):
    before = schema(older)
    with monkeypatch.context() as patched:
        broken = {version: (*steps, "CREATE TABLE half (") for version, steps in UPGRADES.items()}
        patched.setattr("pywats.ingest.spool.database.UPGRADES", broken)
        with pytest.raises(SpoolError, match="cannot be used"):
            await Spool(older).open()
    assert schema(older) == before
    async with Spool(older) as spool:
        assert len(await spool.claim()) == 1


async def test_what_another_process_adds_is_claimed_by_the_one_that_sends(tmp_path, make_draft, make_file):
    async with Spool(tmp_path / "s.db") as sender:
        other = Spool(tmp_path / "s.db")
        await other.open(shared=True)
        await sender.notice()
        waiting = asyncio.create_task(sender.changed(timeout=60.0))
        await other.submit(make_file(1), [make_draft(1)])
        await sender.notice()
        await asyncio.wait([waiting])
        assert len(await sender.claim()) == 1
        with pytest.raises(SpoolLockedError):
            await other.lead()
        await other.close()


async def test_who_shares_a_spool_leads_it_when_the_sender_is_gone(tmp_path, make_draft, make_file):
    sender, heir = Spool(tmp_path / "s.db"), Spool(tmp_path / "s.db")
    await sender.open()
    await heir.open(shared=True)
    await sender.submit(make_file(1), [make_draft(1)])
    assert len(await sender.claim()) == 1
    await sender.close()
    assert await heir.lead() == 1
    (claim,) = await heir.claim()
    assert claim.unknown == 1
    await heir.close()


async def test_another_sqlite_file_is_left_alone(tmp_path):
    sql = sqlite3.connect(tmp_path / "s.db")
    sql.execute("CREATE TABLE theirs (x)")
    sql.close()
    with pytest.raises(SpoolError, match="no spool"):
        await Spool(tmp_path / "s.db").open()


async def test_a_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "s.db").write_bytes(b"This is a letter to my aunt." * 100)
    with pytest.raises(SpoolError, match=r"s\.db cannot be used: file is not a database"):
        await Spool(tmp_path / "s.db").open()


async def test_a_closed_spool_says_so(tmp_path):
    spool = Spool(tmp_path / "s.db")
    with pytest.raises(SpoolError, match="not open"):
        await spool.claim()


@pytest.mark.parametrize("steps", range(4))
async def test_a_cancellation_that_meets_a_change_is_not_lost(spool, steps):
    async def upload():
        while True:
            spool._changed.clear()
            await spool.changed(timeout=60.0)

    uploading = asyncio.create_task(upload())
    await asyncio.sleep(0)
    spool._changed.set()
    for _ in range(steps):
        await asyncio.sleep(0)
    uploading.cancel()
    await asyncio.wait([uploading], timeout=PATIENCE)
    assert uploading.cancelled()


async def test_what_was_on_its_way_is_found_without_reading_all_reports(tmp_path):
    async with Spool(tmp_path / "spool.db") as spool:
        sql = spool._store.database.sql
        seen = []

        def recover():
            sql.set_trace_callback(seen.append)
            spool._store.queue.recover()
            sql.set_trace_callback(None)
            return sql.execute(f"EXPLAIN QUERY PLAN {seen[0]}").fetchall()

        (plan,) = await spool._in_thread(recover)
        assert "USING INDEX entry_unit" in plan[3]


async def test_a_disk_that_fails_while_others_changes_are_looked_for_is_said_as_an_error_of_the_spool(tmp_path):
    async with Spool(tmp_path / "spool.db") as spool:
        await spool._in_thread(lambda: spool._store.database.sql.execute("ALTER TABLE entry RENAME TO away"))
        with closing(sqlite3.connect(tmp_path / "spool.db")) as other, other:
            other.execute("INSERT INTO command(at, verb, argument) VALUES (0, 'status', '')")
        other.close()
        with pytest.raises(SpoolError):
            await spool.notice()
        await spool._in_thread(lambda: spool._store.database.sql.execute("ALTER TABLE away RENAME TO entry"))
        (command,) = await spool.notice()  # what was not noticed then is noticed now
        assert command.verb == "status"
