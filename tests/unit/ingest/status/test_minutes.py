"""The ring of minutes: it forgets the oldest, fills what was quiet, and sums up hours."""

import pytest

from pywats.ingest.status.minutes import Minutes


@pytest.fixture
def clock():
    return [30.0]


@pytest.fixture
def minutes(clock):
    return Minutes(lambda: clock[0], kept=120)


def test_what_happens_is_counted_in_its_minute(clock, minutes):
    minutes.current.uploaded += 2
    clock[0] += 60
    minutes.current.uploaded += 1
    assert [minute.uploaded for minute in minutes.last(3)] == [0, 2, 1]


def test_a_quiet_minute_has_as_much_waiting_as_the_one_before(clock, minutes):
    minutes.current.waiting = 7
    clock[0] += 180
    assert [minute.waiting for minute in minutes.last(5)] == [0, 7, 7, 7, 7]


def test_it_grows_no_further_however_long_it_is_quiet(clock, minutes):
    minutes.current.uploaded = 1
    clock[0] += 1e9
    assert sum(minute.uploaded for minute in minutes.last(120)) == 0
    assert len(minutes._ring) == 120


def test_hours_are_summed_up(clock, minutes):
    for _ in range(90):
        minutes.current.passed["ict"] += 1
        minutes.current.failed["fct"] += 2
        minutes.current.waiting = 3
        clock[0] += 60
    clock[0] -= 60
    hours = list(minutes.hours(3))
    assert [hour.passed["ict"] for hour in hours] == [0, 30, 60]
    assert [hour.failed.total() for hour in hours] == [0, 60, 120]
    assert [hour.waiting for hour in hours] == [0, 3, 3]
