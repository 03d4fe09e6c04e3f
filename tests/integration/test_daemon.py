"""What a running daemon is told: stop, reload, pause, resume, status; and a token that is renewed."""

import asyncio
import contextlib
import json
import threading
from datetime import UTC, datetime

import structlog.testing
from waiting import PATIENCE, held, soon

from pywats.cli import ingest
from pywats.ingest import daemon, pipeline
from pywats.ingest.files import watcher
from pywats.ingest.files.shelf import Shelf
from pywats.ingest.journal import Kind
from pywats.ingest.spool.ledger import Ledger
from pywats.jobs.state import State


async def test_the_daemon_says_how_it_stands(bench, make_report):
    async with bench.running() as made:
        bench.put("ict", "1.json", make_report(1))
        await bench.until(made, bench.wats.reports)
        await bench.until(made, lambda: bench.told(Kind.REPORT_UPLOADED))
        async with asyncio.timeout(PATIENCE):
            said = await bench.ask("status")
            while said["sources"][0]["files_waiting"]:  # a file is moved once its reports are in the spool, or later
                said = await bench.ask("status")
    assert (said["server"], said["spool"]) == (bench.wats.url, str(bench.root / "spool.db"))
    assert said["reports"]["done"] == 1
    assert said["line"] == {"state": "open", "detail": ""}
    assert said["sources"] == [{"name": "ict", "state": "watching", "files_waiting": 0}]
    assert bench.wats.token not in json.dumps(said)


async def test_the_daemon_is_stopped_by_a_command(bench):
    async with bench.running() as made:
        assert await bench.ask("stop") == {"stopping": True}
        with Ledger(bench.root / "spool.db") as ledger:
            await soon(lambda: not ledger.is_served())
    assert made.journal.summary.interrupted


async def test_a_paused_source_keeps_its_files_and_the_others_go_on(bench, make_report):
    bench.write("ict", "fct")
    async with bench.running() as made:
        assert await bench.ask("pause", "ict") == {"paused": ["ict"]}
        bench.put("ict", "1.json", make_report(1))
        bench.put("fct", "2.json", make_report(2))
        await bench.until(made, lambda: bench.told(Kind.REPORT_UPLOADED))
        assert [event.source for event in bench.told(Kind.REPORT_UPLOADED)] == ["fct"]
        states = {source["name"]: source["state"] for source in (await bench.ask("status"))["sources"]}
        assert states == {"ict": "paused", "fct": "watching"}
        assert await bench.ask("reload") == {"reloaded": True}  # what is paused stays so
        await bench.until(made, lambda: len(bench.told(Kind.SOURCE_PAUSED)) == 2)
        assert (bench.root / "ict" / "1.json").exists()
        assert await bench.ask("resume") == {"resumed": ["ict", "fct"]}
        await bench.until(made, lambda: len(bench.told(Kind.REPORT_UPLOADED)) == 2)
        assert "there is no source 'aoi'" in (await bench.ask("pause", "aoi"))["error"]
        assert "does not know" in (await bench.ask("dance"))["error"]


async def test_a_new_configuration_is_taken_without_a_restart(bench, make_report):
    async with bench.running() as made:
        bench.write("ict", "fct")
        assert await bench.ask("reload") == {"reloaded": True}
        bench.put("fct", "1.json", make_report(1))
        await bench.until(made, lambda: bench.told(Kind.REPORT_UPLOADED))
    assert [event.source for event in bench.told(Kind.REPORT_UPLOADED)] == ["fct"]


async def test_a_source_that_a_reload_has_just_added_can_be_paused_while_the_former_sends_are_finished(
    bench, make_report, monkeypatch
):
    monkeypatch.setattr(daemon, "LOOK", 0.05)
    async with bench.running(drain=PATIENCE) as made:
        with held(bench.wats, "POST /api/Report/WSJF"):
            bench.put("ict", "1.json", make_report(1))
            await soon(lambda: made.pipeline.status()["sending"])
            bench.write("ict", "fct")
            assert await bench.ask("reload") == {"reloaded": True}
            assert await bench.ask("pause", "fct") == {"paused": ["fct"]}
            assert not bench.told(Kind.REPORT_UPLOADED)
        await bench.until(made, lambda: len(bench.told(Kind.SOURCE_PAUSED)) == 2)  # the next pipeline says it again
        assert bench.told(Kind.REPORT_UPLOADED)
        bench.put("fct", "2.json", make_report(2))
        states = {source["name"]: source["state"] for source in (await bench.ask("status"))["sources"]}
        assert states == {"ict": "watching", "fct": "paused"}
        assert await bench.ask("resume") == {"resumed": ["ict", "fct"]}
        await bench.until(made, lambda: len(bench.told(Kind.REPORT_UPLOADED)) == 2)


async def test_a_command_that_fails_is_answered_and_the_next_one_heard(bench, monkeypatch):
    async with bench.running() as made:

        def fail(_):
            raise RuntimeError("nobody thought of this")

        with monkeypatch.context() as patched:
            patched.setattr(made, "pause_or_resume", fail)
            assert "nobody thought of this" in (await bench.ask("pause"))["error"]
        assert await bench.ask("pause") == {"paused": ["ict"]}


async def test_a_wrong_configuration_is_refused_and_the_former_goes_on(bench, make_report):
    async with bench.running() as made:
        bench.path.write_text(bench.path.read_text().replace('"settle"', '"setle"'))
        refused = (await bench.ask("reload"))["error"]
        assert "line.yaml:1:" in refused
        assert "setle" in refused
        bench.write("ict", spool={"path": str(bench.root / "other.db")})
        assert "spool.path cannot change" in (await bench.ask("reload"))["error"]
        bench.put("ict", "1.json", make_report(1))
        await bench.until(made, lambda: bench.told(Kind.REPORT_UPLOADED))
    assert len(bench.told(Kind.RELOAD_REFUSED)) == 2
    assert "the former configuration goes on" in bench.told(Kind.RELOAD_REFUSED)[0].detail


async def test_a_reload_that_is_asked_for_while_another_reads_the_file_reads_it_once_more(bench):
    begun, go_on = threading.Event(), threading.Event()

    def slow():
        loaded = bench.reread()
        begun.set()
        go_on.wait(PATIENCE)
        return loaded

    async with bench.running(reread=slow) as made:
        made.reload()
        await asyncio.to_thread(begun.wait, PATIENCE)
        bench.write("ict", "fct")
        made.reload()
        go_on.set()
        await bench.until(made, lambda: len(bench.told(Kind.RELOADED)) == 2)
        await soon(lambda: [source["name"] for source in made.pipeline.status()["sources"]] == ["ict", "fct"])


async def test_a_reload_takes_another_size_of_the_spool(bench, make_report):
    bench.write("ict", spool={"path": str(bench.root / "spool.db"), "max_size": "1MiB"})
    bench.wats.fail("POST /api/Report/WSJF", status=503, times=None)
    async with bench.running() as made:
        for number in (1, 2):
            bench.put("ict", f"{number}.json", make_report(number, comment="x" * 600_000))
        await bench.until(made, lambda: len(bench.told(Kind.REPORT_ACCEPTED)) == 2)
        bench.put("ict", "3.json", make_report(3))
        await bench.until(made, lambda: bench.told(Kind.INTAKE_PAUSED))
        bench.write("ict", spool={"path": str(bench.root / "spool.db"), "max_size": "1GiB"})
        assert await bench.ask("reload") == {"reloaded": True}
        await bench.until(made, lambda: len(bench.told(Kind.REPORT_ACCEPTED)) == 3)


async def test_a_quarantine_that_cannot_be_written_is_said_once_with_what_to_do(bench, make_report, monkeypatch):
    monkeypatch.setattr(pipeline, "SHELF_PAUSE", 0.001)
    plain, tries = Shelf.quarantine_refused, []

    async def counted(shelf):
        tries.append(shelf)
        return await plain(shelf)

    monkeypatch.setattr(Shelf, "quarantine_refused", counted)
    (bench.root / "ict" / "bad").write_text("in the place of the folder")
    with structlog.testing.capture_logs() as lines:
        async with bench.running() as made:
            bench.put("ict", "1.json", make_report(1, processCode=4711))
            await bench.until(made, lambda: bench.told(Kind.REPORT_REFUSED))
            await soon(lambda: any(line["event"] == "quarantine_delayed" for line in lines))
            before = len(tries)
            await soon(lambda: len(tries) > before + 5)
    (line,) = (line for line in lines if line["event"] == "quarantine_delayed")
    assert line["log_level"] == "error"
    assert "write into the quarantine" in line["what_to_do"]


async def test_shares_that_hang_keep_no_other_source_waiting(bench, make_report, monkeypatch):
    hung = [f"hung{number}" for number in range(40)]
    go_on, plain = threading.Event(), watcher.scan

    def scan(folder, pattern):
        if folder.name in hung:
            go_on.wait(PATIENCE)
        return plain(folder, pattern)

    monkeypatch.setattr(watcher, "scan", scan)
    bench.write(*hung, "ict")
    async with bench.running() as made:
        try:
            bench.put("ict", "1.json", make_report(1))
            await bench.until(made, lambda: bench.told(Kind.REPORT_UPLOADED))
        finally:
            go_on.set()


async def test_a_token_that_was_refused_is_read_again(bench, make_report):
    (bench.root / "token").write_text("expired")
    bench.put("ict", "1.json", make_report(1))
    async with bench.running() as made:
        await bench.until(made, lambda: bench.told(Kind.LINE_STOPPED))
        bench.path.write_text("kind: [")  # a file that is just being edited changes nothing
        await asyncio.sleep(0.1)
        bench.write("ict")
        (bench.root / "renewed").write_text(bench.wats.token)
        (bench.root / "renewed").chmod(0o600)
        (bench.root / "renewed").replace(bench.root / "token")  # never half of it
        await bench.until(made, lambda: bench.told(Kind.REPORT_UPLOADED))
    assert [event.detail for event in bench.told(Kind.RELOADED)] == ["the token has changed"]
    assert len(bench.wats.reports()) == 1


async def test_what_was_asked_of_a_daemon_that_is_gone_does_not_stop_the_next(bench):
    async with bench.running() as made:
        await bench.ask("status")
    with Ledger(bench.root / "spool.db") as ledger:
        ledger._do(lambda: ledger._commands.ask("stop", ""))
    async with bench.running() as made:
        assert (await bench.ask("status"))["reports"]["done"] == 0
        assert not made.journal.summary.interrupted


async def test_a_daemon_without_a_file_cannot_read_it_again(bench):
    async with bench.running(reread=None):
        assert "without a configuration file" in (await bench.ask("reload"))["error"]


async def test_the_server_hears_that_the_station_lives(bench, wats_async_api):
    made = await wats_async_api.system.register_client("ICT-1", "ICT-1")
    (bench.root / "token").write_text(made.token)
    bench.write("ict", client={"id": "ICT-1"}, station={"name": "ICT-1", "location": "Oslo"})
    async with bench.running():
        async with asyncio.timeout(PATIENCE):
            while (client := await wats_async_api.system.get_client(identifier="ICT-1")).status != "Online":
                continue
    assert (client.location, client.pending_count) == ("Oslo", 0)
    assert (await wats_async_api.system.get_client(identifier="ICT-1")).status == "Offline"


async def test_a_server_that_does_not_listen_to_a_client_gets_its_reports_all_the_same(bench, make_report):
    bench.write("ict", client={"id": "ICT-1"})
    for path in ("PUT /api/Client/Update", "GET /api/internal/*"):
        bench.wats.fail(path, status=500, times=None)
    async with bench.running() as made:
        bench.put("ict", "1.json", make_report(1))
        await bench.until(made, lambda: bench.told(Kind.REPORT_UPLOADED))
    assert len(bench.wats.reports()) == 1


async def test_jobs_that_hang_or_fail_keep_no_report_waiting_and_missed_runs_come_once(bench, make_report, monkeypatch):
    monkeypatch.setenv("WATS_BASE_URL", bench.wats.url)
    monkeypatch.setenv("WATS_AUTH_TOKEN", bench.wats.token)
    server = 'server: {base_url: "${WATS_BASE_URL}", token: "${WATS_AUTH_TOKEN}", trust_env: false}'
    for name, call in (("hangs", "product.get_products"), ("fails", "process.get_processes")):
        state = bench.root / f"{name}.db"
        with State(state) as kept:
            kept.began(name, datetime(2026, 1, 1, tzinfo=UTC))  # hundreds of runs were missed since
        step = f"[{{id: a, call: {call}, into: {{jsonl: {bench.root}/{name}.jsonl}}}}]"
        text = f'kind: job\nname: {name}\nschedule: "0 2 * * *"\n{server}\nstate: {state}\nsteps: {step}\n'
        (bench.root / f"{name}.yaml").write_text(text)
    bench.wats.fail("GET /api/Product/*", hang=True, times=None)
    bench.wats.fail("GET /api/App/Processes", status=400, times=None)
    bench.write("ict", jobs=["hangs.yaml", "fails.yaml"])
    told, news = [], asyncio.Event()

    def noted(event):
        told.append(event.kind)
        news.set()

    async def until(condition):
        async with asyncio.timeout(PATIENCE):
            while not condition():
                news.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.1):
                        await news.wait()

    with structlog.testing.capture_logs() as lines:
        running = asyncio.create_task(ingest.carry_out(bench.reread(), once=False, progress=noted, quiet=True))
        await until(lambda: "job_ended" in [line["event"] for line in lines])
        bench.put("ict", "1.json", make_report(1))
        await until(lambda: Kind.REPORT_UPLOADED in told)
        await bench.ask("stop")
        await running
    assert Kind.LINE_STOPPED not in told
    assert bench.wats.reports() == [make_report(1)]
    assert sorted(line["job"] for line in lines if line["event"] == "job_started") == ["fails", "hangs"]
    (ended,) = [line for line in lines if line["event"] == "job_ended"]
    assert (ended["job"], ended["log_level"], bool(ended["error"])) == ("fails", "error", True)
