"""The status page over a real socket: what it shows, what its buttons do, and whom it refuses."""

import asyncio
import base64
import json
import re
import sqlite3

import aiohttp
import pytest
from waiting import PATIENCE

from pywats.ingest import daemon
from pywats.ingest.journal import Kind
from pywats.ingest.spool import desk
from pywats.ingest.status import door, gate, server
from pywats.ingest.status.metrics import METRICS

TROUBLES = ("failures", "files_without_reports")
PASSWORD = "correct horse"


class Page:
    """A daemon with its page, and a browser without a window."""

    def __init__(self, bench, made, session):
        self.bench, self.made, self.session = bench, made, session

    @property
    def url(self):
        return f"http://127.0.0.1:{self.made.front.server.port}"

    async def get(self, path, **headers):
        async with self.session.get(self.url + path, headers=headers) as answer:
            return answer.status, await answer.text()

    async def press(self, verb, origin=None, token=None, **values):
        form = {"verb": verb, "token": self.token() if token is None else token, **values}
        headers = {"Origin": origin or self.url}
        async with self.session.post(f"{self.url}/do", data=form, headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.text()

    def token(self):
        return self.made.front.server._gate.token

    async def json(self):
        return json.loads((await self.get("/status.json"))[1])

    async def until(self, condition):
        async with asyncio.timeout(PATIENCE):
            while not condition(said := await self.json()):
                await self.made.front.board.changed()
        return said


@pytest.fixture
async def page(bench, monkeypatch):
    monkeypatch.setattr("pywats.ingest.status.board.PACE", 0.02)
    monkeypatch.setattr("pywats.ingest.status.board.IDLE", 0.1)
    bench.write("ict", "fct", status={"port": 0})
    async with bench.running() as made, aiohttp.ClientSession() as session:
        yield Page(bench, made, session)


async def test_it_shows_uploads_failures_and_sources(page, make_report):
    page.bench.put("ict", "1.json", make_report(1))
    page.bench.put("ict", "2.json", make_report(2, processCode=9999))
    (page.bench.root / "fct" / "<img src=x>.json").write_text("{")
    said = await page.until(
        lambda said: len(said["recent"]) == 3 and said["failures"] and said["files_without_reports"]
    )
    assert not said["well"]
    assert said["reports"]["quarantined"] == 1
    sources = {source["name"]: source for source in said["sources"]}
    assert (sources["ict"]["uploaded"], sources["ict"]["refused"], sources["fct"]["files_without_reports"]) == (1, 1, 1)
    (group,) = said["failures"]
    assert (group["reason"], group["reports"][0]["serial_number"]) == ("refused", "SN00002")
    assert group["what_to_do"]
    status, html = await page.get("/")
    assert status == 200
    assert "1 report is refused by the server" in html
    assert "&lt;img src=x&gt;.json" in html
    assert "<img" not in html
    assert "2 passed, 0 failed" in html


async def test_files_of_the_last_hour_without_a_report_need_a_look(page):
    (page.bench.root / "ict" / "1.json").write_text("{")
    said = await page.until(lambda said: said["files_without_reports"])
    assert said["problems"] == ["1 file gave no report in the last hour; the quarantine says why"]
    assert not said["well"]
    with sqlite3.connect(page.bench.root / "spool.db") as spool:
        spool.execute("UPDATE file SET taken_at = taken_at - 3601000")
    said = await page.until(lambda said: said["well"])
    assert said["files_without_reports"]
    spool.close()


async def test_it_says_of_which_station_it_is(page):
    page.bench.write("ict", "fct", status={"port": 0}, station={"name": "Oslo <7>"})
    assert await page.bench.ask("reload") == {"reloaded": True}
    assert (await page.json())["station"] == "Oslo <7>"
    assert "<title>Oslo &lt;7&gt;: pywats ingest</title>" in (await page.get("/"))[1]


async def test_a_refused_report_is_sent_again_by_its_button(page, make_report):
    page.bench.put("ict", "1.json", make_report(1))
    page.bench.wats.fail("POST /api/Report/WSJF", status=400, times=1)
    said = await page.until(lambda said: said["failures"])
    number = said["failures"][0]["reports"][0]["number"]
    assert (await page.press("retry", number=number))[0] == 303
    said = await page.until(lambda said: not said["failures"] and page.bench.told(Kind.REPORT_UPLOADED))
    assert said["notices"] == [f"report number {number} is sent again"]
    assert len(page.bench.wats.reports()) == 1


async def test_all_reports_of_a_reason_are_dropped_or_sent_together(page, make_report, monkeypatch):
    monkeypatch.setattr(desk, "TOGETHER", 2)
    for number in (1, 2, 3):
        page.bench.put("ict", f"{number}.json", make_report(number, processCode=9999))
    await page.until(lambda said: said["reports"]["quarantined"] == 3)
    assert (await page.press("release", state="quarantined", reason="refused"))[0] == 303  # nothing to release there
    assert "can be released" in (await page.json())["notices"][0]
    assert (await page.press("drop", state="quarantined", reason="refused"))[0] == 303
    said = await page.json()
    assert said["notices"][0] == "3 reports (refused): each is given up"
    assert said["failures"] == []


async def test_a_source_is_paused_and_resumed(page):
    assert (await page.press("pause", source="ict"))[0] == 303
    states = {source["name"]: source["state"] for source in (await page.json())["sources"]}
    assert states == {"ict": "paused", "fct": "watching"}
    assert ">Resume</button>" in (await page.get("/"))[1]
    await page.press("resume", source="ict")
    assert {source["state"] for source in (await page.json())["sources"]} == {"watching"}


@pytest.mark.parametrize(
    ("verb", "values", "said"),
    [
        ("dance", {}, "there is no button 'dance'"),
        ("retry", {"number": "1x"}, "'1x' is no number of a report"),
        ("retry", {"number": "99"}, "there is no report number 99 in this spool"),
        ("retry", {"state": "held", "reason": "nonsense"}, "'nonsense' is not a valid Reason"),
        ("pause", {"source": "aoi"}, "there is no source 'aoi'; there is ict, fct"),
    ],
)
async def test_a_button_that_makes_no_sense_is_answered_in_words(page, verb, values, said):
    assert (await page.press(verb, **values))[0] == 303
    assert (await page.json())["notices"] == [said]


async def test_other_sites_change_nothing(page):
    refused = [
        await page.press("pause", origin="http://evil.example"),
        await page.press("pause", origin="null"),
        await page.press("pause", token="guessed"),
        await page.press("pause", token=""),
    ]
    async with page.session.post(f"{page.url}/do", data={"verb": "pause", "token": page.token()}) as answer:
        refused.append((answer.status, await answer.text()))  # neither Origin nor Referer
    assert [status for status, _ in refused] == [403] * 5
    assert {source["state"] for source in (await page.json())["sources"]} == {"watching"}


async def test_a_form_without_origin_is_known_by_its_referer(page):
    headers = {"Referer": f"{page.url}/"}
    data = {"verb": "pause", "token": page.token(), "source": "ict"}
    async with page.session.post(f"{page.url}/do", data=data, headers=headers, allow_redirects=False) as answer:
        assert answer.status == 303


async def test_a_foreign_name_gets_nothing(page):
    status, text = await page.get("/", Host="rebound.example:80")
    assert status == 421
    assert "status.names" in text
    assert (await page.get("/", Host=f"localhost:{page.made.front.server.port}"))[0] == 200
    assert (await page.get("/", Host="[::1]:1"))[0] == 200


async def test_every_answer_forbids_what_a_page_need_not_do(page):
    for path in ("/", "/status.json", "/metrics", "/page.js", "/nothing"):
        async with page.session.get(page.url + path) as answer:
            assert answer.headers["Content-Security-Policy"] == server.HEADERS["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cache-Control"] == "no-store"
    html = (await page.get("/"))[1]
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|https?://(?!127\.0\.0\.1)", html)


async def test_programs_ask_whether_it_lives_and_whether_it_can_work(page):
    assert await page.get("/healthz") == (200, "alive\n")
    health = page.made.pipeline.health
    await page.until(lambda _: health.server is not None)
    assert await page.get("/readyz") == (200, "ready\n")
    health.server, health.ahead, health.free = "refused", -400 * 86400.0, {"/data": 1000}
    status, text = await page.get("/readyz")
    assert status == 503
    assert text.splitlines() == [
        "the server cannot be used: refused",
        "this machine's clock is 400 days behind the server's; set it by NTP, or reports are put aside there",
        "the disk of /data is full (0 MiB free); make room, or no file is taken",
    ]


async def test_prometheus_reads_every_metric(page, make_report):
    page.bench.put("ict", "1.json", make_report(1, processCode=9999))
    await page.until(lambda said: said["failures"])
    async with page.session.get(f"{page.url}/metrics") as answer:
        text = await answer.text()
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    sample = re.compile(r'[a-z_]+(\{([a-z_]+="[^"]*"(,|(?=\})))*\})? -?[0-9.e+-]+')
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert [line for line in lines if not sample.fullmatch(line)] == []
    assert {name for name in METRICS if not any(line.startswith((f"{name} ", f"{name}{{")) for line in lines)} == set()
    explained = [line.split()[2] for line in text.splitlines() if line.startswith("# HELP")]
    assert explained == [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(set(explained)) == len(explained)
    assert len(set(lines)) == len(lines)
    assert 'pywats_reports_for_a_person{state="quarantined",reason="refused"} 1' in lines
    assert 'pywats_troubles_total{source="ict",reason="refused"} 1' in lines
    assert 'pywats_events_total{event="report_refused",source="ict"} 1' in lines
    # what has not happened yet is 0: Prometheus sees no increase in what begins above it
    assert 'pywats_troubles_total{source="fct",reason="malformed"} 0' in lines
    assert 'pywats_events_total{event="line_stopped",source=""} 0' in lines


async def test_an_open_page_is_told_of_changes(page, make_report):
    async with page.session.get(f"{page.url}/events") as answer:
        assert answer.content_type == "text/event-stream"
        await answer.content.readuntil(b"\n\n")
        page.bench.put("ict", "live.json", make_report(1))
        async with asyncio.timeout(PATIENCE):
            while b"live.json" not in await answer.content.readuntil(b"\n\n"):
                pass


async def test_it_follows_the_configuration(page, free_port):
    bench, first, port = page.bench, page.url, free_port
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", port)
    bench.write("ict", status={"port": port})
    said = await bench.ask("reload")
    assert f"cannot listen on 127.0.0.1 port {port}: Address already in use; give status.port" in said["error"]
    assert page.url == first  # what was served before still is
    assert (await page.get("/healthz"))[0] == 200
    taken.close()
    await taken.wait_closed()
    bench.write("ict", status={"port": port})
    assert await bench.ask("reload") == {"reloaded": True}
    assert page.url == f"http://127.0.0.1:{port}"
    bench.write("ict", status={"port": port, "password": PASSWORD})
    assert await bench.ask("reload") == {"reloaded": True}
    assert (await page.get("/"))[0] == 401
    bench.write("ict")
    assert await bench.ask("reload") == {"reloaded": True}
    assert page.made.front.server is None
    with pytest.raises(aiohttp.ClientConnectorError):
        await page.session.get(f"http://127.0.0.1:{port}/")


def basic(password):
    return "Basic " + base64.b64encode(f"anyone:{password}".encode()).decode()


@pytest.fixture
async def guarded(bench, monkeypatch):
    monkeypatch.setattr(gate, "DELAY", 0.05)
    bench.write("ict", status={"port": 0, "password": PASSWORD})
    async with bench.running() as made, aiohttp.ClientSession() as session:
        yield Page(bench, made, session)


@pytest.mark.parametrize("path", ["/", "/events", "/status.json", "/healthz", "/readyz", "/metrics", "/page.js", "/x"])
async def test_without_the_password_nothing_is_shown(guarded, path):
    for authorization in (
        {},
        {"Authorization": basic("wrong")},
        {"Authorization": "Basic ???"},
        {"Authorization": "x"},
    ):
        assert await guarded.get(path, **authorization) == (401, "a password is needed\n")
    if path not in {"/x", "/events"}:
        assert (await guarded.get(path, Authorization=basic(PASSWORD)))[0] in {200, 503}


async def test_without_the_password_nothing_is_changed(guarded):
    assert (await guarded.press("pause"))[0] == 401
    assert guarded.made.pipeline.status()["sources"][0]["state"] == "watching"


async def test_wrong_passwords_are_answered_one_after_the_other(guarded, monkeypatch):
    monkeypatch.setattr(gate, "QUEUE", 3)
    begun = asyncio.get_running_loop().time()
    answers = await asyncio.gather(*(guarded.get("/", Authorization=basic("guess")) for _ in range(10)))
    statuses = sorted(status for status, _ in answers)
    assert statuses.count(401) >= 3
    assert set(statuses) <= {401, 429}
    assert asyncio.get_running_loop().time() - begun >= 0.05 * statuses.count(401)


async def test_what_others_say_never_shows_the_token(page, make_report):
    token = page.bench.wats.token
    page.bench.put("ict", f"{token}.json", make_report(1, processCode=9999))
    await page.until(lambda said: said["failures"])
    for path in ("/", "/status.json", "/metrics", "/readyz", "/page.js", "/page.css"):
        assert token not in (await page.get(path))[1]
    async with page.session.get(f"{page.url}/events") as answer:
        assert token.encode() not in await answer.content.readuntil(b"\n\n")


async def test_bad_requests_and_slow_readers_do_no_harm(page, make_report, monkeypatch):
    monkeypatch.setattr(server, "STREAMS", 50)
    monkeypatch.setattr(door, "CONNECTIONS", 80)
    port = page.made.front.server.port
    bad = [
        b"\x00\xff\xfe" * 100,
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
        b"POST /do HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n" + b"a" * 100_000,
        b"POST /do HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nzz",
        b"POST /do HTTP/1.1\r\nHost: localhost\r\nOrigin: http://[\r\nContent-Length: 1\r\n\r\n\xff",
        b"POST /do HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nContent-Length: 7\r\n\r\ntoken=\xc3",
        b"GET /%00%ff/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"DELETE / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ]
    writers, answered = [], []
    for number in range(100):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writers.append(writer)
        writer.write(bad[number % len(bad)])
        answered.append(asyncio.create_task(reader.read(40)))
    done, _ = await asyncio.wait(answered, timeout=3.0)
    heads = [task.result() for task in done if task.exception() is None]
    assert [head for head in heads if re.match(rb"HTTP/1.. 5", head)] == []
    assert len(page.made.front.server._streams) <= 50
    for task in answered:
        task.cancel()
    for writer in writers:
        writer.close()
    page.bench.put("ict", "1.json", make_report(1))
    await page.until(lambda said: said["sources"][0]["uploaded"] == 1)


async def test_events_have_no_head(page):
    async with page.session.head(f"{page.url}/events") as answer:
        assert answer.status == 405


async def test_what_is_no_request_does_not_fill_the_log(page, caplog):
    reader, writer = await asyncio.open_connection("127.0.0.1", page.made.front.server.port)
    writer.write(b"GET / HTTP/1.1\nHost: localhost\n\n")
    assert (await reader.read()).startswith(b"HTTP/1.0 400")
    writer.close()
    assert [record for record in caplog.records if record.name == "aiohttp.server"] == []


async def test_an_open_page_that_takes_nothing_is_let_go(page, monkeypatch):
    monkeypatch.setattr(server, "SLOWEST", 0.2)
    monkeypatch.setattr("pywats.ingest.status.page.inside", lambda *_: "x" * 20_000_000)
    reader, writer = await asyncio.open_connection("127.0.0.1", page.made.front.server.port, limit=1000)
    writer.write(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert await reader.readuntil(b"\r\n") == b"HTTP/1.1 200 OK\r\n"
    await page.until(lambda _: not page.made.front.server._streams)
    writer.close()


async def test_connections_that_stand_still_are_closed(bench, monkeypatch):
    monkeypatch.setattr(door, "PATIENCE", 0.1)
    monkeypatch.setattr(door, "_SWEEP", 0.05)
    monkeypatch.setattr(door, "CONNECTIONS", 5)
    bench.write("ict", status={"port": 0})
    async with bench.running() as made:
        port = made.front.server.port
        opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(8)]
        for _, writer in opened[:5]:
            writer.write(b"GET / HTTP/1.1\r\nHost: loc")
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(reader.read() for reader, _ in opened), return_exceptions=True)
        for _, writer in opened:
            writer.close()
        monkeypatch.setattr(door, "PATIENCE", PATIENCE)
        async with aiohttp.ClientSession() as session:  # and there is room again
            assert (await session.get(f"http://127.0.0.1:{port}/healthz")).status == 200


async def test_an_address_that_is_none_ends_the_start_in_one_line(bench):
    bench.write("ict", status={"host": "nowhere.invalid", "password": PASSWORD})
    with pytest.raises(daemon.IngestError, match=r"on nowhere.invalid port 8321: .*(not known|resolution)"):
        await daemon.Daemon(bench.reread().value).run()


async def test_an_address_in_use_ends_the_start_in_one_line(bench):
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    bench.write("ict", status={"port": port})
    with pytest.raises(daemon.IngestError, match=f"cannot listen on 127.0.0.1 port {port}") as caught:
        await daemon.Daemon(bench.reread().value).run()
    assert "\n" not in str(caught.value)
    taken.close()
    await taken.wait_closed()


async def test_the_charts_go_on_after_a_restart(bench, make_report):
    bench.write("ict", status={"port": 0})
    async with bench.running() as made:
        bench.put("ict", "1.json", make_report(1))
        await bench.until(made, lambda: bench.told(daemon.Kind.REPORT_UPLOADED))
    async with bench.running() as made:
        minutes = made.front.board.minutes.last(3)
        assert sum(minute.uploaded for minute in minutes) == 1
        assert sum(minute.passed["ict"] for minute in minutes) == 1


async def test_pages_that_take_nothing_cost_little_memory_each(page, make_report, monkeypatch):
    monkeypatch.setattr("pywats.ingest.status.page.inside", lambda *_: "x" * 200_000)
    port = page.made.front.server.port
    writers = []
    for _ in range(server.STREAMS):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1000)
        writer.write(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await reader.readuntil(b"\r\n")
        writers.append(writer)
    board = page.made.front.board
    for _ in range(50):  # much happens while nobody reads
        await board.refresh()
        await asyncio.sleep(0.001)
    connections = page.made.front.server._runner.server.connections
    held = sum(each.transport.get_write_buffer_size() for each in connections if each.transport is not None)
    assert held <= server.STREAMS * 2 * 200_000
    page.bench.put("ict", "1.json", make_report(1))
    await page.until(lambda said: said["sources"][0]["uploaded"] == 1)
    for writer in writers:
        writer.close()
