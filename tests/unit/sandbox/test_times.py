"""Instants to 100 ns, as the server counts them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.sandbox.times import TICKS, NoOffsetError, instant, is_date_time, iso, moment, ticks

zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
microseconds = st.integers(-60_000_000 * 10**9, 250_000_000 * 10**9)
moments = st.builds(lambda number, zone: moment(number * 10).astimezone(zone), microseconds, zones)


@given(when=moments)
def test_a_time_with_any_offset_is_its_instant(when):
    assert ticks(when.isoformat()) == instant(when)
    assert moment(instant(when)) == when


@given(number=st.integers(0, 4 * 10**16))
def test_an_instant_is_written_and_read_back(number):
    assert ticks(iso(number)) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:01.0000001z", TICKS + 1),
        ("1970-01-01t01:00:00.123456789+01:00", 1_234_567),
        ("1970-01-01T00:01Z", 60 * TICKS),
        ("1969-12-31T23:59:59.5-0000", -TICKS // 2),
    ],
)
def test_spellings(text, number):
    assert ticks(text) == number
    assert is_date_time(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-01-01",
        "2026-02-30T00:00:00Z",
        "2026-01-01T25:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "2026-01-01T00:00:00+25:00",
    ],
)
def test_what_is_no_time(text):
    with pytest.raises(ValueError):  # noqa: PT011 - the words are partly Python's
        ticks(text)
    assert not is_date_time(text)


def test_a_time_without_an_offset_is_no_instant():
    with pytest.raises(NoOffsetError):
        ticks("2026-01-01T00:00:00")
    assert is_date_time("2026-01-01T00:00:00")
    assert not is_date_time("2026-02-30T00:00:00")


def test_whole_seconds_have_no_fraction():
    assert iso(instant(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))) == "2026-01-02T03:04:05Z"
    assert iso(10) == "1970-01-01T00:00:00.000001Z"
