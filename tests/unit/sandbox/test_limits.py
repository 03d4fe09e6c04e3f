"""Rate limit, latency, and what is counted."""

from itertools import accumulate
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.errors import ConfigurationError
from pywats.sandbox import Sandbox
from pywats.sandbox.limits import Gate, most_in_window
from workers import RateLimit

arrivals = st.lists(st.integers(0, 40), max_size=200).map(lambda gaps: [total / 8 for total in accumulate(gaps)])


@given(times=arrivals, rate=st.integers(1, 8), eighths=st.integers(1, 64))
def test_no_window_lets_more_through_than_the_rate(times, rate, eighths):
    period = eighths / 8
    gate = Gate(RateLimit(rate, period))
    passed = []
    for now in times:
        wait = gate.wait(now)
        if wait:
            recent = [each for each in passed if each > now - period]
            assert len(recent) == rate
            assert now + wait == recent[0] + period
        else:
            passed.append(now)
    assert most_in_window(passed, period) <= rate


@given(times=arrivals, eighths=st.integers(1, 64))
def test_the_fullest_window(times, eighths):
    period = eighths / 8
    fullest = max((sum(start <= other < start + period for other in times) for start in times), default=0)
    assert most_in_window(times, period) == fullest


@pytest.mark.parametrize("limit", ["3/60s", RateLimit(3, 60.0)])
def test_too_many_requests_are_told_when_to_come_back(client, limit):
    with Sandbox(rate_limit=limit) as wats:
        http = client(wats.url, wats.token)
        start = monotonic()
        replies = [http.get("/api/App/Version") for _ in range(5)]
        assert [reply.status for reply in replies] == [200, 200, 200, 429, 429]
        assert 60 - (monotonic() - start) <= int(replies[3].headers["Retry-After"]) <= 60
        assert replies[3].json() == {"Message": "Too many requests."}
        stats = wats.stats
        assert (stats.most_in_window, stats.period, stats.statuses) == (5, 60.0, {200: 3, 429: 2})


@pytest.mark.parametrize("limit", ["fast", "0/60s", "500", ""])
def test_a_wrong_rate_limit_is_refused(limit):
    with pytest.raises(ConfigurationError, match="500/60s"):
        Sandbox(rate_limit=limit)


def test_latency(client):
    with Sandbox(latency_ms=50) as wats:
        start = monotonic()
        assert client(wats.url, wats.token).get("/api/App/Version").status == 200
        assert monotonic() - start >= 0.05


def test_busy_and_no_longer(http, wats):
    wats.busy(retry_after=7)
    reply = http.get("/api/App/Version")
    assert (reply.status, reply.headers["Retry-After"]) == (429, "7")
    wats.up()
    assert http.get("/api/App/Version").status == 200


def test_starts_are_counted_in_any_window(http, wats):
    for _ in range(3):
        http.get("/api/App/Version")
    assert wats.most_starts(60) == 3
    assert wats.most_starts(1e-9) == 1
