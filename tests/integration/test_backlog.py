"""A backlog under a rate: it begins soon, takes half, and what is tested now does not wait behind it."""

import json

import pytest
from virtual_plant import Plant, calm, now, virtual_days

from pywats.ingest.journal import Kind
from pywats.ingest.reasons import State

RATE = 60  # a minute


@pytest.fixture
def plant(tmp_path, make_report, monkeypatch):
    calm(monkeypatch)
    made = Plant(tmp_path, make_report)
    yield made
    made.server.close()


def timed(plant):
    """Note the virtual time of each report that is stored, by its serial number."""
    found = []
    plant.events = type("Events", (list,), {"append": lambda self, event: (list.append(self, event), note(event))})()

    def note(event):
        if event.kind is Kind.REPORT_UPLOADED:
            found.append(now())

    return found


@virtual_days
async def test_a_backlog_takes_half_of_the_rate_and_begins_within_two_seconds(plant):
    times = timed(plant)
    await plant.up()
    plant.write(limits={"rate": f"{RATE}/60s"})
    plant.put(*(f"OLD{number}" for number in range(150)))  # written long ago
    async with plant.running():
        await plant.until(lambda: len(times) == 150, limit=3600.0)
        assert times[0] < 2.0
        for begun in times:
            assert sum(begun <= each < begun + 60.0 for each in times) <= RATE / 2 + 1
        assert times[-1] == pytest.approx(150 / (RATE / 2) * 60.0, rel=0.1)
    assert list(plant.stored()) == [f"OLD{number}" for number in range(150)]


@virtual_days
async def test_what_is_fresh_goes_before_the_backlog(plant):
    times = timed(plant)
    await plant.up()
    plant.write(limits={"rate": f"{RATE}/60s"})
    plant.put(*(f"OLD{number}" for number in range(100)))
    async with plant.running():
        await plant.until(lambda: len(times) >= 20)
        written = now()
        plant.put("NEW", age=0)
        await plant.until(lambda: "NEW" in plant.stored())
        assert now() - written < 60.0  # the folder is read each half minute
        assert len(plant.stored()) < 60


@pytest.mark.parametrize("fate", ["stored", "refused", "held"])
@virtual_days
async def test_a_repair_waits_for_its_test_however_that_ends(plant, fate):
    fields = {"stored": {}, "refused": {"processCode": 4711}, "held": {}}[fate]
    test = plant.make_report(1, sn="SN1", **fields)
    repair = plant.make_report(
        2,
        sn="SN1",
        type="R",
        processCode=500,
        root=None,
        uut=None,
        uur={
            "user": "carla",
            "processCode": 60,
            "refUUT": test["id"],
            "confirmDate": "2026-01-05T09:00:00Z",
            "finalizeDate": "2026-01-05T09:00:00Z",
        },
        subUnits=[{"idx": 0, "partType": "Main", "pn": test["pn"], "sn": "SN1", "rev": "A", "failures": []}],
    )
    async with plant.running():
        if fate == "held":
            plant.server.fail("POST *", body="html", times=50)
        (plant.inbox / "both.json").write_text(json.dumps([repair, test]))
        await plant.until(lambda: any(report["type"] == "R" for report in plant.server.reports()))
    by_type = {entry.identity.type: entry.state for entry in await plant.entries()}
    ends = {"stored": State.DONE, "refused": State.QUARANTINED, "held": State.HELD}
    assert by_type == {"T": ends[fate], "R": State.DONE}
    order = [json.loads(request.body)["type"] for request in plant.server.requests if request.method == "POST"]
    assert order == ["T"] * (50 if fate == "held" else 1) + ["R"]
