"""Rate limits as text and as numbers."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.rate import RateLimit


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("500/60s", RateLimit(500, 60)),
        ("500/1m", RateLimit(500, 60)),
        ("500/m", RateLimit(500, 60)),
        ("100/h", RateLimit(100, 3600)),
        ("5/250ms", RateLimit(5, 0.25)),
        ("83/10s", RateLimit(83, 10)),
        ("3/0.5s", RateLimit(3, 0.5)),
        ("8.0/s", RateLimit(8, 1)),
        (" 500 / 60 s ", RateLimit(500, 60)),
    ],
)
def test_a_rate_is_read_from_text(text: str, limit: RateLimit):
    assert RateLimit.parse(text) == limit


@pytest.mark.parametrize(("text", "pace"), [("50/s", 50), ("0.5/s", 0.5), ("3000/m", 50), ("1/100ms", 10)])
def test_a_pace_is_read_from_text(text: str, pace: float):
    assert RateLimit.parse("500/60s", pace=text) == RateLimit(500, 60, pace)


@pytest.mark.parametrize(
    "text",
    ["", "500", "500/", "/60s", "500/60", "500/60 sec", "-5/s", "five/s", "5e3/s", "500/60s/2", "\u0665/s", "1" * 400],
)
def test_what_is_no_rate_is_refused_with_what_is_allowed(text: str):
    with pytest.raises(ValueError, match=r"not a rate: .*; write it as 500/60s, with one of the units ms, s, m, h"):
        RateLimit.parse(text)


def test_what_is_no_pace_is_refused_with_what_is_allowed():
    with pytest.raises(ValueError, match="not a pace: 'fast'; write it as 50/s, with one of the units"):
        RateLimit.parse("500/60s", pace="fast")


def test_a_rate_with_a_fraction_is_refused_with_the_way_out():
    with pytest.raises(ValueError, match=r"whole starts, not 8\.3: write 83/10s for 8\.3/s"):
        RateLimit.parse("8.3/s")


@pytest.mark.parametrize(
    ("text", "pace", "message"),
    [
        ("0/s", None, "the rate must be 1 or more, not 0"),
        ("500/0s", None, "the period of a rate must be more than 0: '500/0s'"),
        ("500/60s", "0/s", r"the pace must be a number above 0, not 0\.0"),
        ("500/60s", "5/0s", "the period of a pace must be more than 0: '5/0s'"),
    ],
)
def test_zero_is_no_limit(text: str, pace: str | None, message: str):
    with pytest.raises(ValueError, match=message):
        RateLimit.parse(text, pace)


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_numbers_that_make_no_limit_are_refused(value: float):
    with pytest.raises(ValueError, match="the period must be a number above 0"):
        RateLimit(500, value)
    with pytest.raises(ValueError, match="the pace must be a number above 0"):
        RateLimit(500, 60, value)
    with pytest.raises(ValueError, match="the rate must be 1 or more"):
        RateLimit(0, 60)


def test_the_pace_is_six_times_the_mean_rate_unless_set():
    assert RateLimit(500, 60).starts_per_second == 50
    assert RateLimit(500, 60, pace=9).starts_per_second == 9


def test_a_limit_shows_itself_as_it_is_written():
    assert str(RateLimit(500, 60)) == "500/60s"
    assert str(RateLimit(5, 0.25, pace=7.5)) == "5/0.25s, pace 7.5/s"


@given(
    rate=st.integers(1, 999_999_999), period=st.integers(1, 99_999_999).map(lambda milliseconds: milliseconds / 1000)
)
def test_what_is_written_reads_the_same(rate: int, period: float):
    assert RateLimit.parse(str(RateLimit(rate, period))) == RateLimit(rate, period)
