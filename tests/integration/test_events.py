"""Events on both faces, by WebSocket and by polling: none lost, none twice, whatever happens in between."""

import asyncio
import gc
import json
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from waiting import leap, soon

from pywats import AsyncPyWATS, AuthenticationError, Event, ReportHeader, RetryConfig, Unit, ValidationError, pyWATS
from pywats.domains.rootcause.models import Ticket
from pywats.sandbox import Sandbox

QUICK: dict[str, Any] = {"poll_interval": 0.02}


async def listening(wats: Sandbox, count: int = 1) -> None:
    await soon(lambda: len(wats.front.live) == count)


async def take(stream: Any, count: int) -> list[Event]:
    return [await anext(stream) for _ in range(count)]


def serials(events: list[Event]) -> list[str | None]:
    return [event.data.serial_number for event in events if isinstance(event.data, ReportHeader)]


@pytest.mark.parametrize("transport", ["socket", "poll"])
async def test_events_come_as_they_happen(wats_async_api, wats_sandbox, make_report, transport):
    wats_sandbox.seed(reports=[make_report(1)])
    stream = wats_async_api.events.subscribe(["report", "ticket"], transport=transport, **QUICK)
    waiting = asyncio.create_task(take(stream, 3))
    if transport == "socket":
        await listening(wats_sandbox)
    else:  # it has looked where to begin, and then what is new
        await soon(lambda: sum("/Query/Header" in request.path for request in wats_sandbox.requests) >= 2)
    wats_sandbox.seed(reports=[make_report(2)])
    await wats_async_api.report.submit_report(make_report(3))
    ticket = await wats_async_api.rootcause.create_ticket("Lamp", assignee="sandbox")
    events = await waiting
    assert sorted(event.kind for event in events) == ["report", "report", "ticket"]
    assert serials(events) == ["SN00002", "SN00003"]
    (opened,) = (event for event in events if event.kind == "ticket")
    assert isinstance(opened.data, Ticket)
    assert opened.key == str(ticket.ticket_id)
    ticket.assignee = "sandbox"
    await wats_async_api.rootcause.update_ticket(ticket)
    (changed,) = await take(stream, 1)
    assert (changed.key, changed.position > opened.position) == (opened.key, True)
    await stream.aclose()
    await listening(wats_sandbox, 0)


@pytest.mark.parametrize("transport", ["socket", "poll"])
async def test_changes_of_units_are_told(wats_async_api, transport):
    api = wats_async_api
    await api.product.create_product("P")
    await api.product.create_revision("P", "A")
    now = await api.events.now()
    await api.production.create_units(
        [Unit(serial_number=f"S{number}", part_number="P", revision="A") for number in range(3)]
    )
    for number in range(3):
        await api.production.set_unit_phase(f"S{number}", "P", "Finalized")
    expected = await api.production.get_unit_changes()
    stream = api.events.subscribe(since=now, transport=transport, **QUICK)
    events = await take(stream, len(expected))
    assert [event.data for event in events] == expected
    assert {event.kind for event in events} == {"unit"}
    await stream.aclose()


async def test_now_is_a_place_to_begin(either, wats_sandbox, make_report):
    wats_sandbox.seed(reports=[make_report(1)])
    now = await either("events.now", ["report"])
    wats_sandbox.seed(reports=[make_report(2)])
    stream = either.api.events.subscribe(["report"], since=now)
    event = await anext(stream) if either.face == "async" else next(stream)
    assert serials([event]) == ["SN00002"]
    assert set(json.loads(await either("events.now"))) == {"report", "unit", "ticket"}


async def test_the_same_report_sent_again_is_another_event(wats_async_api, wats_sandbox, make_report):
    stream = wats_async_api.events.subscribe(["report"], transport="poll", since=start(), **QUICK)
    wats_sandbox.seed(reports=[make_report(1)])
    first = await take(stream, 1)
    wats_sandbox.seed(reports=[make_report(1)])
    second = await take(stream, 1)
    assert first[0].key == second[0].key
    assert first[0].position < second[0].position
    await stream.aclose()


def start(*kinds: str) -> str:
    return json.dumps({kind: {"low": 0, "seen": {}} for kind in kinds or ("report",)})


async def test_10000_events_through_three_forced_reconnects(wats_sandbox, make_report):
    def born(first: int) -> None:
        wats_sandbox.seed(reports=[make_report(number) for number in range(first, first + 1000)])

    seen: list[str] = []
    async with AsyncPyWATS(wats_sandbox.url, wats_sandbox.token, rate_limit=None) as api:
        stream = api.events.subscribe(["report"], transport="socket", since=start(), **QUICK)
        for round_ in range(10):
            birth = asyncio.create_task(asyncio.to_thread(born, 1000 * round_ + 1))
            seen += [event.key for event in await take(stream, 300)]
            if round_ in {1, 4, 8}:
                await listening(wats_sandbox)
                wats_sandbox.front.break_events()
            seen += [event.key for event in await take(stream, 700)]
            await birth
        with pytest.raises(TimeoutError):  # no more come
            async with asyncio.timeout(0.3):
                await anext(stream)
        await stream.aclose()
    assert len(set(seen)) == 10_000
    assert sum("/api/Events" in request.raw_path for request in wats_sandbox.requests) >= 4


@pytest.mark.parametrize("transport", ["socket", "poll"])
async def test_a_restart_goes_on_from_the_watermark(wats_sandbox, make_report, transport):
    seen: list[str | None] = []
    watermark = start()
    for run in range(4):
        wats_sandbox.seed(reports=[make_report(10 * run + number) for number in range(1, 11)])
        async with AsyncPyWATS(wats_sandbox.url, wats_sandbox.token, rate_limit=None) as api:
            stream = api.events.subscribe(["report"], since=watermark, transport=transport, **QUICK)
            seen += serials(await take(stream, 7))
            watermark = stream.cursor or ""
            await stream.aclose()
    async with AsyncPyWATS(wats_sandbox.url, wats_sandbox.token, rate_limit=None) as api:
        seen += serials(await take(api.events.subscribe(["report"], since=watermark, transport=transport), 12))
    assert seen == [f"SN{number:05}" for number in range(1, 41)]


async def test_a_server_that_stops_and_starts_costs_nothing(wats_sandbox, make_report):
    retry = RetryConfig(max_attempts=1)
    async with AsyncPyWATS(wats_sandbox.url, wats_sandbox.token, rate_limit=None, retry_config=retry) as api:
        stream = api.events.subscribe(["report"], since=start(), **QUICK)
        wats_sandbox.seed(reports=[make_report(1)])
        seen = serials(await take(stream, 1))
        await asyncio.to_thread(wats_sandbox.stop)
        waiting = asyncio.create_task(take(stream, 1))
        await asyncio.sleep(0.1)
        await asyncio.to_thread(wats_sandbox.start)
        wats_sandbox.seed(reports=[make_report(2)])
        seen += serials(await waiting)
        await stream.aclose()
    assert seen == ["SN00001", "SN00002"]


async def test_faults_while_polling_cost_nothing(wats_sandbox, make_report):
    match = "GET /api/Report/Query/Header*"
    retry = RetryConfig(max_attempts=1)
    wats_sandbox.seed(reports=[make_report(number) for number in range(1, 21)])
    for skip, fault in enumerate(({"status": 503}, {"reset": "before"}, {"status": 429}, {"reset": "mid-body"})):
        wats_sandbox.fail(match, skip=skip, times=1, **fault)
    async with AsyncPyWATS(wats_sandbox.url, wats_sandbox.token, rate_limit=None, retry_config=retry) as api:
        stream = api.events.subscribe(["report"], since=start(), transport="poll", **QUICK)
        assert serials(await take(stream, 20)) == [f"SN{number:05}" for number in range(1, 21)]
        await stream.aclose()


async def test_a_server_that_cannot_compare_the_time_stamp_is_walked_down(wats_async_api, wats_sandbox, make_report):
    wats_sandbox.seed(reports=[make_report(number) for number in range(1, 6)])
    wats_sandbox.fail("GET /api/Report/Query/Header*timeStamp*gt*", status=400, times=None)
    stream = wats_async_api.events.subscribe(["report"], since=start(), transport="poll", **QUICK)
    assert serials(await take(stream, 5)) == [f"SN{number:05}" for number in range(1, 6)]
    await stream.aclose()


async def test_without_a_socket_it_polls(wats_async_api, wats_sandbox, make_report):
    wats_sandbox.fail("GET /api/Events*", status=404, times=None)
    wats_sandbox.seed(reports=[make_report(1)])
    stream = wats_async_api.events.subscribe(["report"], since=start(), **QUICK)
    assert serials(await take(stream, 1)) == ["SN00001"]
    assert len(wats_sandbox.front.live) == 0
    await stream.aclose()


async def test_late_rows_are_seen_and_none_twice(wats_async_api, wats_sandbox, make_report):
    stream = wats_async_api.events.subscribe(["report"], since=start(), transport="poll", overlap=0.05, **QUICK)
    seen = []
    for number in range(1, 30):
        wats_sandbox.seed(reports=[make_report(number)])
        seen += serials(await take(stream, 1))
        await asyncio.sleep(0.005)
    await stream.aclose()
    assert seen == [f"SN{number:05}" for number in range(1, 30)]
    assert len(json.loads(stream.cursor)["report"]["seen"]) < 29  # what is older than the overlap is forgotten


async def test_a_reader_that_takes_its_time_misses_no_late_row(aiohttp_server):
    shown = [10]
    asked: list[int] = []

    async def headers(request: web.Request) -> web.Response:
        asked.append(int(request.query["$filter"].rpartition(" ")[2]))
        rows = sorted(position for position in shown if position > asked[-1])
        return web.json_response([{"uuid": str(UUID(int=row)), "timeStamp": row} for row in rows])

    app = web.Application()
    app.router.add_get("/api/Report/Query/Header", headers)
    url = str((await aiohttp_server(app)).make_url(""))
    async with AsyncPyWATS(url, "token", rate_limit=None) as api:
        events = api.events.subscribe(["report"], since=start(), transport="poll", **QUICK)
        for row in (20, 30, 40):
            await anext(events)
            leap(60)  # its reader is busy with it, and meanwhile the next one shows
            shown.append(row)
        shown.append(9)  # after its turn
        seen = {(await anext(events)).position}
        looks = len(asked)
        following = asyncio.create_task(anext(events))
        await soon(lambda: following.done() or len(asked) > looks + 5)
        seen |= {following.result().position} if following.done() else set()
        following.cancel()
        await events.aclose()
    assert seen == {9, 40}


async def test_leaving_the_loop_ends_the_connection(wats_async_api, wats_sandbox, make_report):
    wats_sandbox.seed(reports=[make_report(1)])
    async for event in wats_async_api.events.subscribe(["report"], since=start()):
        assert event.kind == "report"
        break
    gc.collect()
    await listening(wats_sandbox, 0)
    await soon(lambda: not [task for task in asyncio.all_tasks() if task.get_name() == "walk"])


def test_the_blocking_face_walks_the_same_events(wats_api: pyWATS, wats_sandbox, make_report):
    wats_sandbox.seed(reports=[make_report(number) for number in range(1, 4)])
    with wats_api.events.subscribe(["report"], since=start()) as events:
        assert serials([next(events) for _ in range(3)]) == ["SN00001", "SN00002", "SN00003"]
        assert json.loads(events.cursor)["report"]["low"] == 0


async def test_what_makes_no_sense_is_refused(wats_async_api, wats_sandbox):
    subscribe = wats_async_api.events.subscribe
    for wrong in (
        {"kinds": []},
        {"kinds": ["weather"]},
        {"kinds": "report"},
        {"poll_interval": 0},
        {"since": "yesterday"},
        {"transport": "pigeon"},
    ):
        with pytest.raises(ValidationError):
            subscribe(**wrong)
    with pytest.raises(ValidationError, match="kinds is 'report'; it must be a list of"):
        subscribe("report")
    with pytest.raises(ValidationError, match="ticket"):
        subscribe(["ticket"], since=start("report"))
    async with AsyncPyWATS(wats_sandbox.url, "wrong", rate_limit=None) as api:
        for transport in ("socket", "poll"):
            with pytest.raises(AuthenticationError):
                await anext(api.events.subscribe(["report"], since=start(), transport=transport))
