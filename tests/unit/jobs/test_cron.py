"""When a job is due, on ordinary days and on those on which clocks are set."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.jobs.cron import Cron

OSLO = ZoneInfo("Europe/Oslo")


def times(text, since, count, zone=UTC):
    moment = datetime.fromisoformat(since).replace(tzinfo=zone)
    for _ in range(count):
        moment = Cron(text).after(moment, ZoneInfo(str(zone)))
        yield moment.astimezone(zone).strftime("%m-%d %H:%M %Z")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 2 * * *", ["01-02 02:00 UTC", "01-03 02:00 UTC"]),
        ("30 */8 * * *", ["01-01 08:30 UTC", "01-01 16:30 UTC"]),
        ("5/20 9 * * *", ["01-01 09:05 UTC", "01-01 09:25 UTC"]),
        ("0 0 * * mon-fri", ["01-02 00:00 UTC", "01-05 00:00 UTC"]),
        ("0 0 * * sat-sun", ["01-03 00:00 UTC", "01-04 00:00 UTC"]),
        ("0 0 * * sun-sun", ["01-04 00:00 UTC", "01-11 00:00 UTC"]),
        ("0 0 * * 7", ["01-04 00:00 UTC", "01-11 00:00 UTC"]),
        ("0 0 13 * fri", ["01-02 00:00 UTC", "01-09 00:00 UTC"]),
        ("0 0 29 feb *", ["02-29 00:00 UTC", "02-29 00:00 UTC"]),
        ("0,30 12 1,15 1-3/2 *", ["01-01 12:00 UTC", "01-01 12:30 UTC"]),
        ("@weekly", ["01-04 00:00 UTC", "01-11 00:00 UTC"]),
    ],
)
def test_times(text, expected):
    assert list(times(text, "2026-01-01T03:00", 2)) == expected  # a Thursday


def test_a_skipped_time_comes_later_and_a_repeated_one_once():
    assert list(times("30 2 * * *", "2026-03-28T12:00", 2, OSLO)) == ["03-29 03:30 CEST", "03-30 02:30 CEST"]
    assert list(times("30 2 * * *", "2026-10-24T12:00", 2, OSLO)) == ["10-25 02:30 CEST", "10-26 02:30 CET"]


def test_hours_that_pass_are_followed():
    assert list(times("0 * * * *", "2026-03-29T00:30", 3, OSLO)) == [
        "03-29 01:00 CET",
        "03-29 03:00 CEST",
        "03-29 04:00 CEST",
    ]
    assert list(times("0 * * * *", "2026-10-25T01:30", 3, OSLO)) == [
        "10-25 02:00 CEST",
        "10-25 02:00 CET",
        "10-25 03:00 CET",
    ]


_number = st.integers(0, 11)
_field = st.one_of(st.just("*"), st.builds("{}".format, _number), st.builds("*/{}".format, st.integers(1, 12)))


_moment = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(_field, _field, _moment, st.sampled_from(["UTC", "Europe/Oslo"]))
def test_the_next_time_is_later_and_fits_and_nothing_lies_between(minute, hour, moment, zone):
    cron, place = Cron(f"{minute} {hour} * * *"), ZoneInfo(zone)
    found = [moment]
    for _ in range(3):
        found.append(cron.after(found[-1], place))
    assert all(first < second for first, second in pairwise(found))
    just_before = cron.after(found[1] - timedelta(microseconds=1), place)
    assert just_before == found[1]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("0 2 * *", "must have five fields"),
        ("@dayly", r'or one of @hourly, .*\(did you mean "@daily"\?\)'),
        ("60 2 * * *", 'minute "60": must be a number from 0 to 59'),
        ("0 2 * * mondy", r'day of week "mondy": must be a number from 0 to 7, or sun to sat \(did you mean "mon"\?\)'),
        ("0 5-2 * * *", 'hour "5-2": 5 is after 2'),
        ("*/0 * * * *", "after / stands how many to go on by, from 1 on"),
        ("0 0 30 2 *", "names a day that no month has"),
        ("0 0 ² * *", 'day of month "²"'),
    ],
)
def test_what_is_no_expression(text, error):
    with pytest.raises(ValueError, match=error):
        Cron(text)
