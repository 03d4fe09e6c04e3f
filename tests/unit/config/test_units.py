"""Times, sizes and rates as people write them."""

import math

import pytest

from pywats.config import units
from workers.limiter import RateLimit


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2s", 2.0),
        ("500ms", 0.5),
        ("5m", 300.0),
        ("1h", 3600.0),
        ("7d", 604_800.0),
        ("1.5 h", 5400.0),
        ("0s", 0.0),
        ("30", 30.0),
        (30, 30.0),
        (0.25, 0.25),
    ],
)
def test_a_time_is_seconds(text, seconds):
    assert units.seconds(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "wrong", ["", "5x", "s", "-1s", "1h30m", "1e3s", "5 M", "nan", True, None, -1, math.nan, math.inf, [], "9" * 99]
)
def test_what_is_no_time_is_refused(wrong):
    with pytest.raises(ValueError, match=r"^must be a time such as 500ms, 2s, 5m, 1h or 7d$"):
        units.seconds(wrong)


@pytest.mark.parametrize(
    ("text", "size"),
    [("2GiB", 2 * 1024**3), ("100MB", 100_000_000), ("512KiB", 524_288), ("1.5 kB", 1500), ("7B", 7), ("7", 7), (7, 7)],
)
def test_a_size_is_bytes(text, size):
    assert units.size(text) == size


@pytest.mark.parametrize("wrong", ["", "2G", "GiB", "-1B", "2gib", None, False, -1, {}])
def test_what_is_no_size_is_refused(wrong):
    with pytest.raises(ValueError, match=r"^must be a size such as 512KiB, 100MB or 2GiB$"):
        units.size(wrong)


def test_a_rate_is_a_limit_or_none():
    assert units.rate("500/60s") == RateLimit(500, 60.0)
    assert units.rate(RateLimit(1, 2.0)) == RateLimit(1, 2.0)
    assert units.rate("none") is None
    assert units.rate("None") is None


@pytest.mark.parametrize("wrong", [None, "", 500, "500", "x/60s", "0/60s", "500/0s", "-1/1s", [], True])
def test_what_is_no_rate_is_refused_and_lifts_no_limit(wrong):
    with pytest.raises(
        ValueError, match=r'^must be requests per time such as "500/60s", or the word none for no limit'
    ):
        units.rate(wrong)


def test_a_pace_is_starts_per_second():
    assert units.pace("50/s") == 50.0
    assert units.pace(" 0.5 / s") == 0.5
    assert units.pace(3) == 3.0


@pytest.mark.parametrize("wrong", ["", "0/s", "50", "50/m", 0, -1, None, True, math.nan])
def test_what_is_no_pace_is_refused(wrong):
    with pytest.raises(ValueError, match=r'^must be starts per second, above zero, such as "50/s"$'):
        units.pace(wrong)
