"""Faults of the server under a running daemon: each report is stored once all the same, in the order of its unit."""

import asyncio
from dataclasses import dataclass, field

import orjson
import pytest
from virtual_plant import Plant, calm, now, virtual_days

from pywats.ingest.journal import Kind
from pywats.ingest.reasons import Reason, State

UNITS = ("SN1", "SN2", "SN3") * 3
POST = "POST /api/Report/WSJF"
HOUR = 3600.0
FAR, LONG_AGO = "Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"
RETRY_AFTER = ("-5", "soon", "", "3.5", "1e999", "9" * 40, FAR, LONG_AGO)


@dataclass(frozen=True)
class Case:
    """What the server does, to which requests, for how long, and what the daemon says of it."""

    name: str
    fault: dict = field(default_factory=dict)
    match: str = POST
    lasts: float = HOUR / 4
    says: Reason | None = None
    within: float = 1200.0  # after the fault is over, all is done


CASES = [
    Case("reset before", {"reset": "before"}, says=Reason.NO_ANSWER),
    Case("reset after", {"reset": "after"}, says=Reason.NO_ANSWER),
    Case("reset in the answer", {"reset": "mid-body"}, says=Reason.NO_ANSWER),
    Case("half an answer", {"body": "half"}, says=Reason.NO_ANSWER),
    Case("a page", {"body": "html"}, says=Reason.NO_ANSWER),
    Case("a page, though it is stored", {"body": "html", "handle": True}, says=Reason.NO_ANSWER),
    Case("no body", {"body": "empty"}, says=Reason.NO_ANSWER),
    Case("no body, though it is stored", {"body": "empty", "handle": True}, says=Reason.NO_ANSWER),
    Case("broken JSON", {"body": "not-json"}, says=Reason.NO_ANSWER),
    Case("JSON of something else", {"body": "wrong-json"}, says=Reason.NO_ANSWER),
    Case("401", {"status": 401}, match="*", says=Reason.CREDENTIALS_REFUSED),
    Case("403", {"status": 403}, match="*", says=Reason.CREDENTIALS_REFUSED),
    Case("403 for reports alone", {"status": 403}, says=Reason.CREDENTIALS_REFUSED),
    *(
        Case(f"429 {name}", {"status": 429, **fault}, match="*", says=Reason.SERVER_BUSY, within=HOUR)
        for name, fault in {
            "plain": {},
            "for seconds": {"retry_after": 90},
            "until a date": {"retry_after": 90, "retry_after_as": "date"},
            **{f"for {text!r:.20}": {"headers": {"Retry-After": text}} for text in RETRY_AFTER},
        }.items()
    ),
    Case("500 for an hour", {"status": 500}, lasts=HOUR, says=Reason.SERVER_FAILED),
    Case("500 to everything", {"status": 500}, match="*", says=Reason.SERVER_FAILED),
    Case("503 with a page", {"status": 503, "body": "html"}, match="*", says=Reason.SERVER_FAILED),
    Case("a redirect", {"redirect": "/login"}, match="*", says=Reason.MISDIRECTED),
    Case("a proxy's log-in page", {"body": "html"}, match="*", says=Reason.NO_ANSWER),
    Case("a proxy that wants a password", {"status": 407}, match="*", says=Reason.MISDIRECTED),
    Case("404", {"status": 404}, says=Reason.MISDIRECTED),
    Case("slow", {"delay": 20.0}, says=Reason.NO_ANSWER),
    Case("slow, though it is stored", {"delay_after": 20.0}, says=Reason.NO_ANSWER),
]


@pytest.fixture
def plant(tmp_path, make_report, monkeypatch):
    calm(monkeypatch)
    made = Plant(tmp_path, make_report)
    yield made
    made.server.close()


async def all_is_well(plant):
    """Each report is stored once and in order; a repeated send has the same bytes, and no more of them were made."""
    entries = await plant.entries()
    assert [entry.state for entry in entries] == [State.DONE] * len(UNITS)
    assert plant.stored() == {"SN1": [1, 4, 7], "SN2": [2, 5, 8], "SN3": [3, 6, 9]}
    sent = plant.sent()
    assert all(len(set(bodies)) == 1 for bodies in sent.values())
    for entry in entries:
        assert len(sent[entry.report_id]) <= entry.attempts
        assert entry.unknown < 50
    assert not list(plant.inbox.glob("*.json"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@virtual_days
async def test_a_fault_costs_time_and_no_report(plant, case):
    async with plant.running():
        plant.put(*UNITS[:3])
        await plant.until(lambda: len(plant.told(Kind.REPORT_UPLOADED)) == 3)
        plant.server.fail(case.match, times=None, **case.fault)
        plant.put(*UNITS[3:])
        await asyncio.sleep(case.lasts)
        assert len(plant.told(Kind.REPORT_UPLOADED)) == 3
        plant.server.clear_faults()
        over = now()
        await plant.until(lambda: len(plant.told(Kind.REPORT_UPLOADED)) == 9)
        assert now() - over < case.within
    downs = [event.reason for event in plant.told(Kind.LINE_DOWN) + plant.told(Kind.LINE_STOPPED)]
    assert set(downs) == {case.says}
    await all_is_well(plant)


@virtual_days
async def test_a_server_that_is_not_there_is_waited_for(plant):
    async with plant.running():
        plant.put(*UNITS[:3])
        await plant.until(lambda: len(plant.told(Kind.REPORT_UPLOADED)) == 3)
        await plant.down()
        plant.put(*UNITS[3:])
        await asyncio.sleep(HOUR)
        await plant.up()
        await plant.until(lambda: len(plant.told(Kind.REPORT_UPLOADED)) == 9)
    assert [event.reason for event in plant.told(Kind.LINE_DOWN)] == [Reason.NOT_SENT]
    assert len(plant.told(Kind.LINE_UP)) == 1
    await all_is_well(plant)
    assert {entry.unknown for entry in await plant.entries()} == {0}


@virtual_days
async def test_a_token_that_is_refused_is_read_again_each_minute(plant):
    plant.token.write_text("expired")
    async with plant.running():
        plant.put(*UNITS)
        await plant.until(lambda: plant.told(Kind.LINE_STOPPED))
        await asyncio.sleep(HOUR)
        assert plant.stored() == {}
        plant.token.write_text("first")
        renewed = now()
        await plant.until(lambda: plant.told(Kind.REPORT_UPLOADED))
        assert now() - renewed < 90.0
        await plant.until(lambda: len(plant.told(Kind.REPORT_UPLOADED)) == 9)
    assert len(plant.told(Kind.LINE_STOPPED)) == 1
    await all_is_well(plant)


@virtual_days
async def test_a_report_that_is_too_large_for_the_server_is_put_aside_and_the_others_go_on(plant):
    async with plant.running():
        plant.server.fail(POST, status=413, body="html")
        plant.put(*UNITS)
        await plant.until(lambda: len(plant.told(Kind.REPORT_UPLOADED)) == 8 and (plant.inbox / "bad").exists())
    states = [entry.state for entry in await plant.entries()]
    assert sorted(states) == [State.DONE] * 8 + [State.QUARANTINED]
    assert plant.told(Kind.LINE_DOWN) == plant.told(Kind.LINE_STOPPED) == []
    (refused,) = plant.told(Kind.REPORT_REFUSED)
    assert (refused.reason, "413" in refused.detail) == (Reason.REFUSED, True)


@virtual_days
async def test_an_answer_about_another_report_holds_the_report_and_its_unit_goes_on(plant):
    other = "00000000-1f0e-4000-8000-00000000ffff"
    async with plant.running():
        plant.server.fail(POST, content=orjson.dumps([{"ID": other, "uuid": other, "Report_ID": 9}]))
        plant.put("SN1", "SN1", "SN1")
        await plant.until(lambda: len(plant.told(Kind.REPORT_UPLOADED)) == 2)
    assert [entry.state for entry in await plant.entries()] == [State.HELD, State.DONE, State.DONE]
    assert plant.told(Kind.REPORT_HELD)[0].reason is Reason.OTHER_ID
    assert plant.stored() == {"SN1": [2, 3]}


@virtual_days
async def test_a_report_without_an_answer_is_sent_fifty_times_with_the_same_bytes_and_then_held(plant):
    async with plant.running():
        plant.server.fail(POST, body="html", handle=True, times=None)
        plant.put("SN1")
        await plant.until(lambda: plant.told(Kind.REPORT_HELD))
    (bodies,) = plant.sent().values()
    assert (len(bodies), len(set(bodies))) == (50, 1)
    assert plant.stored() == {"SN1": [1]}
    (held,) = plant.told(Kind.REPORT_HELD)
    assert (held.reason, bool(held.as_json()["what_to_do"])) == (Reason.OUTCOME_UNKNOWN, True)


@pytest.mark.parametrize("status", [429, 503])
@virtual_days
async def test_a_server_that_names_the_wait_is_left_alone_for_so_long(plant, status):
    async with plant.running():
        plant.server.fail(POST, status=status, retry_after=500)
        plant.put("SN1")
        await plant.until(lambda: plant.told(Kind.LINE_DOWN))
        asked = len(plant.server.requests)
        await asyncio.sleep(480.0)
        assert len(plant.server.requests) == asked
        await plant.until(lambda: plant.told(Kind.REPORT_UPLOADED), limit=1000.0)
    assert plant.stored() == {"SN1": [1]}
