"""What the daemon needs around it, and how it says what is missing: in one line, with what to do."""

import time

from waiting import soon

from pywats.ingest.health import EMPTY, Health

YEAR = 366 * 86400


async def test_a_clock_that_is_a_year_off_is_said_at_the_start(bench, wats_async_api, caplog):
    config = bench.reread().value
    health = Health(wats_async_api, config, wall=lambda: time.time() + YEAR)
    await health.look()
    await health.look()
    said = "this machine's clock is 366 days ahead of the server's; set it by NTP, or reports are put aside there"
    assert list(health.problems()) == [said]
    assert caplog.text.count("366 days") == 1  # once, until it changes
    health = Health(wats_async_api, config)
    await health.look()
    assert list(health.problems()) == []


async def test_a_full_disk_and_a_server_that_is_away_are_said(bench, wats_async_api, caplog, monkeypatch):
    monkeypatch.setattr("pywats.ingest.health.shutil.disk_usage", lambda _: type("Usage", (), {"free": EMPTY - 1}))
    bench.wats.fail("GET /api/App/Version", status=503, times=1)
    health = Health(wats_async_api, bench.reread().value)
    await health.look()
    (problem,) = health.problems()
    assert problem.endswith("is full (100 MiB free); make room, or no file is taken")
    assert "503" in health.server
    assert "is full" in caplog.text
    assert "503" in caplog.text


async def test_a_daemon_looks_around_when_it_starts(bench):
    async with bench.running() as made:
        await soon(lambda: made.pipeline.health.server is not None)
        assert made.pipeline.health.server == ""
