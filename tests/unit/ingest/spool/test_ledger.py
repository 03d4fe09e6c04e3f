"""The spool from outside: what is found, what a person may decide, what goes out and in."""

import json
import tracemalloc

import pytest

from pywats.ingest.errors import NotPossibleError, SpoolError
from pywats.ingest.reasons import Reason, State
from pywats.ingest.spool.entry import Verdict
from pywats.ingest.spool.ledger import IMPORTED, Ledger
from pywats.ingest.spool.store import Spool


@pytest.fixture
async def spool(tmp_path):
    async with Spool(tmp_path / "spool.db") as opened:
        yield opened


@pytest.fixture
def ledger(spool):
    with Ledger(spool.path) as opened:
        yield opened


async def in_state(spool, state, draft, file):
    """Bring a report into a state, as the daemon does."""
    await spool.submit(file, [draft])
    if state is State.QUEUED:
        return
    (claim,) = await spool.claim()
    if state is State.DONE:
        await spool.ack(claim, "server-id")
    elif state is State.RESTING:
        await spool.nak(claim, Reason.SERVER_FAILED, "503", delay=3600.0)
    elif state is not State.SENDING:
        await spool.term(claim, state, Reason.REFUSED, "the server's words")


async def test_a_report_is_found_by_whatever_names_it(spool, ledger, make_draft, make_file):
    for number in range(1, 4):
        await in_state(spool, State.DONE, make_draft(number, sn=f"SN{number}"), make_file(number))
    wanted = ledger.listed()[1]
    for name in ("2", "SN2", wanted.report_id.upper(), f"{{{wanted.report_id}}}", "/in/2.json", "2.json"):
        assert ledger.found(name) == [wanted], name
    assert len(ledger.found("server-id")) == 3
    for name in ("", "N2", "json", "9" * 40, "'; DROP TABLE entry; --", "\udcff"):
        assert ledger.found(name) == [], name


async def test_the_newest_are_listed_by_state_and_source(spool, ledger, make_draft, make_file):
    await in_state(spool, State.DONE, make_draft(1), make_file(1))
    await in_state(spool, State.QUEUED, make_draft(2), make_file(2))
    assert [entry.number for entry in ledger.listed()] == [2, 1]
    assert [entry.number for entry in ledger.listed(state=State.DONE)] == [1]
    assert [entry.number for entry in ledger.listed(limit=1)] == [2]
    assert ledger.listed(source="other") == []
    assert (ledger.counts()[State.DONE], ledger.counts()[State.QUEUED]) == (1, 1)


@pytest.mark.parametrize(
    ("decide", "allowed", "reason", "after"),
    [
        ("retry", {State.QUARANTINED, State.RESTING}, Reason.RETRIED, State.QUEUED),
        ("release", {State.HELD}, Reason.RELEASED, State.QUEUED),
        ("drop", {State.QUARANTINED, State.HELD, State.QUEUED, State.RESTING}, Reason.DROPPED, State.DROPPED),
    ],
)
@pytest.mark.parametrize("state", [state for state in State if state is not State.DROPPED])
async def test_a_person_decides_what_the_daemon_cannot(
    spool, ledger, make_draft, make_file, state, decide, allowed, reason, after
):
    await in_state(spool, state, make_draft(1), make_file(1))
    (entry,) = ledger.listed()
    if state not in allowed:
        with pytest.raises(NotPossibleError, match=f"is {state}"):
            getattr(ledger, decide)(entry)
        assert ledger.listed() == [entry]
        return
    getattr(ledger, decide)(entry)
    (entry,) = ledger.listed()
    assert (entry.state, entry.reason) == (after, reason)
    assert ledger.history(entry)[-1].cause is reason
    assert ledger.history(entry)[-1].detail.startswith("by ")
    assert (ledger.body(entry) is None) == (after is State.DROPPED)
    await spool.notice()
    assert len(await spool.claim()) == (after is State.QUEUED)


async def test_what_was_dropped_lets_the_next_of_its_unit_go(spool, ledger, make_draft, make_file):
    await in_state(spool, State.RESTING, make_draft(1, sn="A"), make_file(1))
    await spool.submit(make_file(2), [make_draft(2, sn="A")])
    assert await spool.claim() == []
    ledger.drop(ledger.found("1.json")[0])
    await spool.notice()
    assert [claim.number for claim in await spool.claim()] == [2]
    await spool.changed(timeout=0.01)  # the rest that was cut short does not come again and again


async def test_a_backup_is_whole_and_overwrites_nothing(spool, ledger, make_draft, make_file, tmp_path):
    await in_state(spool, State.QUEUED, make_draft(1), make_file(1))
    ledger.backup(tmp_path / "copy.db")
    with Ledger(tmp_path / "copy.db") as copy:
        assert copy.listed() == ledger.listed()
    with pytest.raises(SpoolError, match="is there already"):
        ledger.backup(tmp_path / "copy.db")
    with pytest.raises(SpoolError, match="cannot be written"):
        ledger.backup(tmp_path / "no folder" / "copy.db")


async def test_what_a_backup_had_to_send_is_taken_in_once(spool, ledger, make_draft, make_file, tmp_path):
    await in_state(spool, State.DONE, make_draft(1), make_file(1))
    await in_state(spool, State.HELD, make_draft(2), make_file(2))
    await in_state(spool, State.QUEUED, make_draft(3), make_file(3))
    ledger.backup(tmp_path / "copy.db")
    async with Spool(tmp_path / "new.db") as empty:
        with Ledger(empty.path) as new:
            assert [receipt.verdict for receipt in new.take_in(tmp_path / "copy.db")] == [Verdict.ACCEPTED] * 2
            assert {receipt.verdict for receipt in new.take_in(tmp_path / "copy.db")} == {Verdict.DUPLICATE}
        await empty.notice()
        assert [(claim.source, claim.body) for claim in await empty.claim(9)] == [
            (IMPORTED, b'{"report": 2}'),
            (IMPORTED, b'{"report": 3}'),
        ]


async def test_of_a_large_spool_only_a_group_is_in_memory_at_a_time(tmp_path, make_draft, make_file):
    size, reports = 1024 * 1024, 24
    async with Spool(tmp_path / "old.db") as old, Spool(tmp_path / "new.db") as new:
        for number in range(reports):
            await old.submit(make_file(number), [make_draft(number, body=number.to_bytes() * size)])
        with Ledger(new.path) as ledger:
            tracemalloc.start()
            receipts = ledger.take_in(old.path)
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert [receipt.verdict for receipt in receipts] == [Verdict.ACCEPTED] * reports
            assert most < reports * size / 2
            assert len(ledger.listed()) == reports


async def test_an_import_that_was_cut_short_is_done_again(tmp_path, make_draft, make_file, monkeypatch):
    monkeypatch.setattr("pywats.ingest.spool.parcel.PART", 3)
    async with Spool(tmp_path / "old.db") as old, Spool(tmp_path / "new.db") as new:
        await old.submit(make_file(1), [make_draft(number, position=number) for number in range(8)])
        with Ledger(new.path) as ledger:
            plain, groups = Ledger._take_in, iter(range(2))

            def cut_short(*args, **kwargs):
                if next(groups, None) is None:
                    raise SpoolError("the disk is full")
                return plain(*args, **kwargs)

            with monkeypatch.context() as patched:
                patched.setattr(Ledger, "_take_in", cut_short)
                with pytest.raises(SpoolError, match="full"):
                    ledger.take_in(old.path)
            verdicts = [receipt.verdict for receipt in ledger.take_in(old.path)]
            assert verdicts == [Verdict.DUPLICATE] * 6 + [Verdict.ACCEPTED] * 2


async def test_an_exported_report_is_taken_in(ledger, make_report, tmp_path):
    path = tmp_path / "report.json"
    path.write_text(json.dumps(make_report(1)))
    (receipt,) = ledger.take_in(path)
    assert (receipt.verdict, receipt.report_id) == (Verdict.ACCEPTED, make_report(1)["id"])
    path.write_text("{")
    with pytest.raises(SpoolError, match=r"report\.json: line 1"):
        ledger.take_in(path)
    with pytest.raises(SpoolError, match="cannot be read"):
        ledger.take_in(tmp_path / "nothing")


def test_a_spool_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(SpoolError, match="there is no spool"):
        Ledger(tmp_path / "spool.db")
    assert list(tmp_path.iterdir()) == []


async def test_a_question_that_nobody_answers_is_taken_back(spool, ledger):
    with pytest.raises(NotPossibleError, match="did not answer within 0 s"):
        ledger.command("stop", patience=0.0)
    assert await spool.notice() == []


def test_without_a_daemon_nothing_is_asked(tmp_path):
    Spool(tmp_path / "spool.db")._open(upgrade=True).database.close()
    with Ledger(tmp_path / "spool.db") as ledger, pytest.raises(NotPossibleError, match="no daemon works"):
        ledger.command("stop")
