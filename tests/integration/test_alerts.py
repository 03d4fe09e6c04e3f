"""Alerts over a real socket: what is told, once, and that nothing secret is told with it."""

import asyncio

import pytest
from aiohttp import web
from waiting import PATIENCE

from pywats.ingest import alerts
from pywats.ingest.journal import Kind
from pywats.ingest.status import board, front


@pytest.fixture
async def hook(monkeypatch):
    """A webhook that fails first, and what came in."""
    monkeypatch.setattr(alerts, "LOOK", 0.02)
    monkeypatch.setattr(alerts, "backoff", lambda *_: 0.01)
    monkeypatch.setattr(board, "PACE", 0.02)
    monkeypatch.setattr(board, "IDLE", 0.02)
    hook = Hook()
    runner = web.ServerRunner(web.Server(hook.take))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/services/s3cret"
    yield hook
    await runner.cleanup()


class Hook:
    def __init__(self):
        self.failures = 2
        self.status = 500
        self.messages = asyncio.Queue()

    async def take(self, request):
        if self.failures:
            self.failures -= 1
            return web.Response(status=self.status)
        await self.messages.put(await request.json())
        return web.Response()

    async def next(self):
        async with asyncio.timeout(PATIENCE):
            return await self.messages.get()


async def test_what_needs_a_person_is_told_and_told_again_until_it_is_heard(bench, hook, make_report):
    bench.write("ict", alerts={"webhook": hook.url, "on": ["quarantined"]}, station={"name": "station-7"})
    async with bench.running():
        bench.put("ict", "1.json", make_report(1, processCode=9999))
        message = await hook.next()
    assert (message["alert"], message["state"], message["station"]) == ("quarantined", "happened", "station-7")
    assert (message["reason"], message["count"]) == ("refused", 1)
    assert "9999" in message["detail"]
    assert message["what_to_do"]
    assert message["text"].startswith("station-7: quarantined happened (refused, once): ")
    assert bench.wats.token not in str(message)


async def test_a_reason_is_told_once_in_a_while_and_counted_meanwhile(bench, hook, make_report, monkeypatch):
    hook.failures = 0
    bench.write("ict", alerts={"webhook": hook.url, "on": ["quarantined"]})
    async with bench.running() as made:
        bench.put("ict", "1.json", make_report(1, processCode=9999))
        assert (await hook.next())["count"] == 1
        for number in (2, 3):
            bench.put("ict", f"{number}.json", make_report(number, processCode=9999))
        (bench.root / "ict" / "4.json").write_text("{")
        assert (await hook.next())["reason"] == "malformed"  # another one waits for none
        await bench.until(made, lambda: len(bench.told(Kind.REPORT_REFUSED)) == 3)
        assert hook.messages.empty()
        monkeypatch.setattr(alerts, "QUIET", 0.0)
        assert (await hook.next())["count"] == 2


async def test_what_lasts_is_told_when_it_begins_and_when_it_is_over(bench, hook, make_report, monkeypatch):
    monkeypatch.setattr("pywats.ingest.upload.line.STOPPED_WAIT", 0.05)
    bench.write("ict", alerts={"webhook": hook.url, "older_than": "10ms", "on": ["stopped", "queue_older_than"]})
    async with bench.running():
        for state in ("begun", "over"):
            if state == "begun":
                bench.wats.fail("*", status=403, times=None)
                bench.put("ict", "1.json", make_report(1))
            else:
                bench.wats.clear_faults()
            told = {(message["alert"], message["state"]) for message in [await hook.next(), await hook.next()]}
            assert told == {("stopped", state), ("queue_older_than", state)}


async def test_little_room_on_the_disk_is_told(bench, hook, monkeypatch):
    monkeypatch.setattr(front, "LOW", 2**62)
    bench.write("ict", alerts={"webhook": hook.url, "on": ["disk"]})
    async with bench.running():
        message = await hook.next()
    assert (message["alert"], message["state"]) == ("disk", "begun")
    assert "MiB free at" in message["detail"]


@pytest.mark.usefixtures("hook")
async def test_a_webhook_that_is_away_stops_nothing_and_is_not_shown(bench, make_report, caplog, monkeypatch):
    monkeypatch.setattr(alerts, "TRIES", 2)
    bench.write("ict", alerts={"webhook": "http://127.0.0.1:9/services/s3cret", "on": ["quarantined"]})
    async with bench.running() as made:
        bench.put("ict", "1.json", make_report(1, processCode=9999))
        bench.put("ict", "2.json", make_report(2))
        await bench.until(made, lambda: bench.told(Kind.REPORT_UPLOADED))
        async with asyncio.timeout(PATIENCE):
            while "alert_not_delivered" not in caplog.text:
                await made.front.board.changed()
    assert "http://127.0.0.1/***" in caplog.text
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize("status", [302, 404])
async def test_what_lasts_is_told_anew_while_nobody_took_it(bench, hook, monkeypatch, status):
    monkeypatch.setattr(alerts, "TRIES", 2)
    monkeypatch.setattr(front, "LOW", 2**62)
    hook.failures, hook.status = 5, status
    bench.write("ict", alerts={"webhook": hook.url, "on": ["disk"]})
    async with bench.running():
        message = await hook.next()
    assert (message["alert"], message["state"]) == ("disk", "begun")
    assert hook.failures == 0


@pytest.mark.usefixtures("hook")
async def test_an_address_that_no_name_server_knows_ends_no_alerts(bench, make_report, caplog, monkeypatch):
    monkeypatch.setattr(alerts, "TRIES", 1)
    monkeypatch.setattr(alerts, "QUIET", 0.0)
    bench.write("ict", alerts={"webhook": "http://hooks..example/services/s3cret", "on": ["quarantined"]})
    async with bench.running() as made:
        for number in (1, 2):
            bench.put("ict", f"{number}.json", make_report(number, processCode=9999))
            async with asyncio.timeout(PATIENCE):
                while caplog.text.count("alert_not_delivered") < number:
                    await made.front.board.changed()


async def test_alerts_come_and_go_with_the_configuration(bench, hook, make_report):
    async with bench.running() as made:
        bench.write("ict", alerts={"webhook": hook.url})
        assert await bench.ask("reload") == {"reloaded": True}
        bench.put("ict", "1.json", make_report(1, processCode=9999))
        assert (await hook.next())["alert"] == "quarantined"
        bench.write("ict")
        assert await bench.ask("reload") == {"reloaded": True}
        bench.put("ict", "2.json", make_report(2, processCode=9999))
        await bench.until(made, lambda: len(bench.told(Kind.REPORT_REFUSED)) == 2)
    assert hook.messages.empty()
