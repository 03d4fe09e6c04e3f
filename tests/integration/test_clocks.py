"""Clocks that are set, and computers that sleep, under a running daemon: it goes on, and no report is changed."""

import asyncio
from types import SimpleNamespace

import pytest
from virtual_plant import Plant, calm, virtual_days

from pywats.ingest import intake
from pywats.ingest.files import retention
from pywats.ingest.journal import Kind
from pywats.ingest.spool import books, database, queue

DAY = 86_400.0


@pytest.fixture
def plant(tmp_path, make_report, monkeypatch):
    calm(monkeypatch)
    made = Plant(tmp_path, make_report)
    monkeypatch.setattr(intake, "time", SimpleNamespace(time=made.wall))
    for module in (books, database, queue):
        monkeypatch.setattr(module, "now_ms", lambda: int(made.wall() * 1000))
    yield made
    made.server.close()


def with_short_memory(plant):
    """Let files leave the archive after two days, and entries the spool after three."""
    (source,) = [{"name": "ict", "watch": str(plant.inbox), "settle": "1s", "rescan": "10m", "archive_keep": "2d"}]
    plant.write(spool={"path": str(plant.root / "spool.db"), "keep": "3d"}, sources=[source])


STEPS = {"a day back": -DAY, "summer ends": -3600.0, "summer begins": 3600.0, "a year on": 365 * DAY}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
@virtual_days
async def test_a_clock_that_is_set_stops_nothing_and_changes_no_report(plant, step):
    await plant.up()
    with_short_memory(plant)
    async with plant.running() as made:
        plant.put("SN1", "SN2")
        await plant.until(lambda: len(plant.told(Kind.REPORT_UPLOADED)) == 2)
        plant.server.fail("*", status=503, times=None)
        plant.put("SN1", "SN2")
        await plant.until(lambda: plant.told(Kind.LINE_DOWN))
        plant.clock_set += step
        made.reload()  # which does not make the clock right
        await asyncio.sleep(600.0)
        plant.server.clear_faults()
        plant.put("SN1", "SN2")
        await plant.until(lambda: len(plant.told(Kind.REPORT_UPLOADED)) == 6, limit=3600.0)
        await asyncio.sleep(2 * retention.ROUND)
        assert len(list((plant.inbox / "done").iterdir())) == 6  # none is old
    assert plant.stored() == {"SN1": [1, 3, 5], "SN2": [2, 4, 6]}
    assert plant.server.reports() == [plant.make_report(n, sn=("SN2", "SN1")[n % 2]) for n in order(plant)]
    assert len(await plant.entries()) == 6


def order(plant):
    """The numbers of the stored reports as they were stored."""
    return [int(report["id"][-6:], 16) for report in plant.server.reports()]


@virtual_days
async def test_a_computer_that_slept_goes_on_and_still_clears_its_archive(plant):
    await plant.up()
    with_short_memory(plant)
    async with plant.running():
        plant.put("SN1")
        await plant.until(lambda: plant.told(Kind.REPORT_UPLOADED))
        plant.server.fail("POST *", delay=1.0, times=None)
        plant.put("SN1", "SN2")
        await plant.until(lambda: len(plant.told(Kind.REPORT_ACCEPTED)) == 3)
        asyncio.get_running_loop()._now += 0.5 * DAY
        plant.put("SN2")
        await plant.until(lambda: len(plant.told(Kind.REPORT_UPLOADED)) == 4, limit=3600.0)
        asyncio.get_running_loop()._now += 5 * DAY
        await asyncio.sleep(2 * retention.ROUND)
        assert list((plant.inbox / "done").iterdir()) == []
    assert plant.stored() == {"SN1": [1, 2], "SN2": [3, 4]}
    assert await plant.entries() == []
