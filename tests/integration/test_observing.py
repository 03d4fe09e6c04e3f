"""What can be seen of a client: health, hooks, Prometheus text; and what it does when the server has too much."""

import asyncio
import re
import time

import pytest
from waiting import soon

from pywats import AsyncPyWATS, NotFoundError, RetryConfig, ServerError, ValidationError, pyWATS
from workers.adaptive import Slowdown

NAMES = [f"P{number}" for number in range(40)]


async def test_a_healthy_server(either):
    begun = time.monotonic()
    health = await either("health")
    assert 0 < health.seconds <= time.monotonic() - begun
    assert (health.reachable, health.token_accepted, health.is_good) == (True, True, True)
    assert health.version
    assert health.last_error is None


async def test_a_refused_token_and_a_failing_server_are_told_apart(wats_sandbox):
    async with AsyncPyWATS(wats_sandbox.url, "wrong", rate_limit=None) as api:
        health = await api.health()
        assert (health.reachable, health.token_accepted, health.is_good) == (True, False, False)
        assert "AuthenticationError" in (health.last_error or "")
        assert health.last_error_at is not None
    wats_sandbox.fail("*", status=503, times=None)
    async with AsyncPyWATS(wats_sandbox.url, wats_sandbox.token, rate_limit=None) as api:
        health = await api.health()
        assert (health.reachable, health.token_accepted, health.is_good) == (True, None, False)
        assert wats_sandbox.stats.statuses == {401: 1, 503: 1}


@pytest.mark.parametrize("fault", [{"body": "html"}, {"redirect": "https://login.example/"}])
async def test_what_is_no_wats_is_not_in_good_health(wats_async_api, wats_sandbox, fault):
    wats_sandbox.fail("GET /api/App/Version", **fault)
    health = await wats_async_api.health()
    assert (health.reachable, health.token_accepted, health.is_good) == (True, None, False)


async def test_an_absence_is_no_version(either, wats_sandbox):
    wats_sandbox.fail("GET /api/App/Version", status=404, message="No such thing was found.", times=None)
    assert (await either("health")).version is None
    assert await either("analytics.get_version") is None


async def test_a_server_that_is_away(wats_sandbox):
    with pyWATS(wats_sandbox.url, wats_sandbox.token, rate_limit=None) as api:
        await asyncio.to_thread(wats_sandbox.stop)
        health = await asyncio.to_thread(api.health)
        assert (health.reachable, health.token_accepted, health.is_good) == (False, None, False)
        assert "ConnectionError" in (health.last_error or "")
        assert wats_sandbox.token not in repr(health)


async def test_each_hook_is_ended_alone(wats_async_api):
    told = []
    first, second = (wats_async_api.on("call", told.append) for _ in range(2))
    await wats_async_api.product.get_product("X")
    assert len(told) == 2
    first()
    first()
    await wats_async_api.product.get_product("X")
    assert len(told) == 3
    second()
    await wats_async_api.product.get_product("X")
    assert len(told) == 3


async def test_hooks_are_told_of_calls_and_retries(wats_async_api, wats_sandbox):
    calls, retries = [], []
    api = wats_async_api.with_options(retry=RetryConfig(base_delay=0.001))
    end = wats_async_api.on("call", calls.append)
    wats_async_api.on("retry", retries.append)
    wats_sandbox.fail("GET /api/Product/X", status=503, times=2)
    assert await api.product.get_product("X") is None
    with pytest.raises(NotFoundError):
        await api.http.get("/api/Product/X")
    (first, second) = calls
    assert (first.domain, first.method, first.path, first.attempts) == ("product", "GET", "/api/Product/X", 3)
    assert first.error is None
    assert isinstance(second.error, NotFoundError)
    assert [(retry.attempt, type(retry.error)) for retry in retries] == [(1, ServerError), (2, ServerError)]
    end()
    await api.product.get_product("X")
    assert len(calls) == 2


def test_a_hook_that_fails_harms_nobody(wats_api, caplog):
    wats_api.on("call", lambda _: 1 / 0)
    assert wats_api.product.get_product("X") is None
    assert "hook_failed" in caplog.text
    with pytest.raises(ValidationError, match="call, retry"):
        wats_api.on("weather", print)


async def test_prometheus_text_has_every_figure_once(either):
    assert "pywats_calls_shared_total 0" in either.api.prometheus()
    await either("product.get_product", "X")
    done = '\npywats_actor_done_total{actor="product"} 1\n'
    await soon(lambda: done in either.api.prometheus())  # the actor counts after it has answered
    text = either.api.prometheus()
    for line in (
        "pywats_requests_sent_total 1",
        "pywats_circuit_open 0",
        "pywats_limiter_share 1",
        "pywats_slots_allowed 100",
    ):
        assert f"\n{line}\n" in text, line
    assert all(
        re.fullmatch(r"# HELP \w+ .+|# TYPE \w+ (gauge|counter|summary)|\w+(\{[^}]*\})? [-+.e\d]+", line)
        for line in text.splitlines()
    )
    types = [line for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(types) == len(set(types))


async def test_adaptive_concurrency_finds_what_the_server_bears(wats_sandbox):
    wats_sandbox.seed(products=NAMES)
    wats_sandbox.fail("GET /api/Product/*", status=503, times=6)
    retry = RetryConfig(max_attempts=12, base_delay=0.001, max_delay=0.01)
    settings = {"rate_limit": None, "max_connections": 24, "adaptive_concurrency": True, "retry_config": retry}
    async with AsyncPyWATS(wats_sandbox.url, wats_sandbox.token, **settings) as api:
        assert api.transport_statistics() is None
        await api.get_version()
        assert api.transport_statistics().slots.allowed == 20
        await api.product.get_products_batch(NAMES[:8], max_concurrent=8)
        shrunk = api.transport_statistics().slots.allowed
        assert shrunk < 20
        results = await api.product.get_products_batch(NAMES * 30, max_concurrent=40)
        await asyncio.gather(*(api.with_options(timeout=60 + n).product.get_product("P1") for n in range(400)))
        assert all(result.is_success for result in results)
        assert shrunk < api.transport_statistics().slots.allowed <= 24


async def test_after_a_429_the_rate_is_lower_and_never_above_the_setting(wats_sandbox):
    wats_sandbox.seed(products=NAMES)
    wats_sandbox.fail("GET /api/Product/P0", status=429, times=1)
    retry = RetryConfig(base_delay=0.001)
    begun = time.monotonic()
    async with AsyncPyWATS(wats_sandbox.url, wats_sandbox.token, rate_limit="400/10s", retry_config=retry) as api:
        await api.product.get_product("P0")
        assert 0.5 <= api.transport_statistics().limiter.share <= 0.5 + Slowdown.CLIMB * (time.monotonic() - begun)
        await api.product.get_products_batch(NAMES, max_concurrent=40)
        assert 0.5 <= api.transport_statistics().limiter.share <= 0.5 + Slowdown.CLIMB * (time.monotonic() - begun)
