"""Months in short: after many reloads, outages and converter processes the daemon holds what it held after a few."""

import asyncio
import gc
import os
import threading

import psutil
import pytest
from virtual_plant import Plant, calm, virtual_days

from pywats.ingest.conversion import processes
from pywats.ingest.conversion.processes import Processes
from pywats.ingest.conversion.workshop import Job
from pywats.ingest.files.reading import Stamp
from pywats.ingest.journal import Kind

TIMES = int(os.environ.get("LEAK_ROUNDS", "10"))
"""Reloads and outages of the test; 200 of them take a quarter of a minute."""

HERE = psutil.Process()


def held():
    """What this process holds: threads, open files and sockets, child processes, tasks, objects of the project.

    The loop's own pool of threads, which grows to its size when it is needed, does not count.
    """
    gc.collect()
    kinds = ("pywats", "workers", "aiohttp")
    ours = sum(str(type(each).__module__).startswith(kinds) for each in gc.get_objects())
    files = HERE.num_handles() if os.name == "nt" else HERE.num_fds()
    return {
        "threads": sum(not each.name.startswith("asyncio_") for each in threading.enumerate()),
        "files": files,
        "children": len(HERE.children()),
        "tasks": len(asyncio.all_tasks()),
        "objects": ours,
    }


@pytest.fixture
def plant(tmp_path, make_report, monkeypatch):
    calm(monkeypatch)
    made = Plant(tmp_path, make_report)
    yield made
    made.server.close()


async def rounds(plant, count):
    """Reload, then let the server be away for a while; a report is sent after each."""
    for _ in range(count):
        reloads = len(plant.told(Kind.RELOADED))
        plant.running_daemon.reload()
        await plant.until(lambda before=reloads: len(plant.told(Kind.RELOADED)) > before)
        await plant.down()
        uploads = len(plant.told(Kind.REPORT_UPLOADED))
        plant.put("SN1")
        await plant.until(lambda: plant.running_daemon.pipeline.line.state == "down")
        await plant.up()
        await plant.until(lambda before=uploads: len(plant.told(Kind.REPORT_UPLOADED)) > before)
        plant.server.clear_requests()
    await asyncio.sleep(100.0)  # the longest that an idle connection is kept


@virtual_days
async def test_reloads_and_outages_leave_nothing_behind(plant):
    async with plant.running() as plant.running_daemon:
        await rounds(plant, 3)
        plant.events.clear()
        early = held()
        await rounds(plant, TIMES)
        plant.events.clear()
        late = held()
    assert late.pop("objects") - early.pop("objects") < 50 + TIMES
    assert late == early


async def test_converter_processes_that_are_replaced_leave_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "LIFE", 1)
    path = tmp_path / "bad.json"
    path.write_bytes(b"{")
    job = Job(path=path, stamp=Stamp.of(path.lstat()), converter="wsjf")
    workshop = Processes(1)
    begun = len(HERE.children())
    await workshop.convert(job)
    early = held()
    for _ in range(max(3, TIMES // 3)):
        await workshop.convert(job)
    late = held()
    assert late.pop("objects") - early.pop("objects") < 50
    assert late == early
    await workshop.close()
    assert len(HERE.children()) == begun
