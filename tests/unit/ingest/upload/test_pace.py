"""A backlog takes at most half of the rate, begins a little later, and never keeps back what is fresh."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.ingest.spool.store import Spool
from pywats.ingest.upload.pace import JITTER, Pace
from workers import RateLimit


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@given(st.integers(1, 600), st.lists(st.floats(0.0, 30.0), max_size=60))
def test_no_stretch_of_time_holds_more_than_half_the_rate_and_a_second_of_it(rate, steps):
    clock = Clock()
    pace = Pace(RateLimit(rate, 60.0), clock)
    half = rate / 120
    clock.now += JITTER
    begun, taken = clock.now, 0
    for step in steps:
        clock.now += step
        room = pace.room()
        pace.take(room)
        taken += room
        assert taken <= half * (clock.now - begun) + max(1.0, half) + 1e-6


def test_after_the_wait_that_it_names_one_may_go():
    clock = Clock()
    pace = Pace(RateLimit(60, 60.0), clock)
    clock.now += pace.wait() + 1e-9
    for _ in range(20):
        assert pace.room() == 1
        pace.take(1)
        assert pace.room() == 0
        clock.now += pace.wait() + 1e-9


def test_without_a_limit_only_the_beginning_is_delayed():
    clock = Clock()
    pace = Pace(None, clock)
    assert pace.wait() <= JITTER
    assert pace.room() == 0
    clock.now += JITTER
    assert pace.room() is None


@pytest.mark.parametrize(("backlog", "claimed"), [(0, [3]), (1, [3, 1]), (None, [3, 1, 2])])
async def test_what_is_fresh_goes_however_little_of_the_backlog_may(tmp_path, make_draft, make_file, backlog, claimed):
    async with Spool(tmp_path / "spool.db") as spool:
        for number, old in ((1, True), (2, True), (3, False)):
            await spool.submit(make_file(number, backlog=old), [make_draft(number)])
        claims = await spool.claim(9, backlog=backlog)
    assert [claim.number for claim in claims] == claimed
    assert [claim.backlog for claim in claims] == [number != 3 for number in claimed]
