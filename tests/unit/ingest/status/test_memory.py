"""The memory of the charts: what the next daemon finds is what this one kept, moved on by the time between."""

import pytest

from pywats.ingest.status.memory import Memory
from pywats.ingest.status.minutes import Minutes

NOON = 1_800_000_000.0


@pytest.fixture
def wall():
    return [NOON]


@pytest.fixture
def memory(tmp_path, wall):
    return Memory(tmp_path / "charts.json", lambda: wall[0])


@pytest.fixture
def busy():
    made = Minutes(lambda: 90.0)
    made.current.uploaded, made.current.waiting, made.current.troubled = 7, 3, 1
    made.current.passed["ict"] += 5
    made.current.failed["fct"] += 2
    return made


async def recalled(memory):
    found = Minutes(lambda: 1e6)
    await memory.recall(found)
    return found


async def test_the_next_daemon_goes_on_with_the_charts(memory, busy, wall):
    await memory.keep(busy)
    wall[0] += 120
    found = await recalled(memory)
    found.current.uploaded += 1
    assert [minute.uploaded for minute in found.last(4)] == [0, 7, 0, 1]
    assert [minute.waiting for minute in found.last(3)] == [3, 3, 3]
    assert found.last(3)[0] == busy.current


async def test_a_start_within_the_same_minute_goes_on_in_it(memory, busy):
    await memory.keep(busy)
    found = await recalled(memory)
    found.current.uploaded += 1
    assert [minute.uploaded for minute in found.last(2)] == [0, 8]


@pytest.mark.parametrize(("later", "left"), [(-86_400.0, 7), (13 * 3600.0, 0), (1e9, 0)])
async def test_a_clock_that_was_set_does_no_harm(memory, busy, wall, later, left):
    await memory.keep(busy)
    wall[0] += later
    assert sum(minute.uploaded for minute in (await recalled(memory)).all()) == left


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\x00",
        b"[]",
        b'{"at": "x", "minutes": 1}',
        b'{"at": 1e400, "minutes": [{}]}',
        b'{"at": 0, "minutes": []}',
    ],
)
async def test_a_file_that_is_none_of_ours_is_no_charts(memory, tmp_path, content):
    (tmp_path / "charts.json").write_bytes(content)
    found = await recalled(memory)
    assert [minute.uploaded for minute in found.all()] == [0]


async def test_no_file_and_no_room_for_one_are_no_failure(tmp_path, busy):
    (tmp_path / "file").touch()
    memory = Memory(tmp_path / "file" / "charts.json")
    await memory.keep(busy)
    assert len((await recalled(memory)).all()) == 1
