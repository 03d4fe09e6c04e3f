"""Identical GETs share one request; answers are kept only when asked for. Counted at a real server."""

import asyncio
from typing import Any

import pytest
from waiting import held, leap, soon

from pywats import (
    AsyncPyWATS,
    CacheConfig,
    ConfigurationError,
    NotFoundError,
    ServerError,
    TimeoutError,  # noqa: A004 - the package's own, which is Python's too
    WATSFilter,
)
from pywats.caching.cache import AnswerCache
from pywats.caching.single_flight import Reads
from pywats.exchange.answer import Answer
from pywats.exchange.call import Call, Exchange
from pywats.sandbox import Sandbox
from pywats.settings import Options

PATH = "/api/Product/X"


@pytest.fixture
def product(wats_sandbox: Sandbox) -> Sandbox:
    wats_sandbox.seed(products=[{"partNumber": "X", "name": "Widget"}])
    return wats_sandbox


def gets(wats: Sandbox, path: str = PATH) -> int:
    return sum(request.method == "GET" and request.raw_path == path for request in wats.requests)


async def arrived(wats: Sandbox, count: int) -> None:
    await soon(lambda: gets(wats) >= count)


async def test_identical_gets_under_way_share_one_request(wats_async_api, product):
    with held(product, f"GET {PATH}"):
        asked = [wats_async_api.product.get_product.submit("X") for _ in range(50)]
        await soon(lambda: wats_async_api.cache_statistics().shared == 49)
    found = await asyncio.gather(*asked)
    assert gets(product) == 1
    assert len({id(each) for each in found}) == 50
    found[0].name = "spoiled"
    assert found[1].name == "Widget"
    assert wats_async_api.cache_statistics().shared == 49
    await wats_async_api.product.get_product("X")
    assert gets(product) == 2


async def test_an_error_is_everyones_and_each_has_its_own_object(wats_async_api, product):
    product.fail(f"GET {PATH}", status=500, times=1)
    api = wats_async_api.with_options(retry=None)
    with held(product, f"GET {PATH}"):
        asked = [api.product.get_product.submit("X") for _ in range(5)]
        await soon(lambda: api.cache_statistics().shared == 4)
    errors = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(error) for error in errors] == [ServerError] * 5
    assert len({id(error) for error in errors}) == 5
    assert gets(product) == 1


async def test_the_first_can_be_cancelled_and_the_others_get_their_answer(wats_async_api, product):
    product.fail(f"GET {PATH}", hang="before", times=1)
    asked = [wats_async_api.product.get_product.submit("X") for _ in range(5)]
    await arrived(product, 1)
    asked[0].cancel()
    assert all(await asyncio.gather(*asked[1:]))
    assert gets(product) == 2
    assert wats_async_api.cache_statistics().shared == 3  # the fourth sent its own


async def test_a_follower_can_be_cancelled_alone(wats_async_api, product):
    with held(product, f"GET {PATH}"):
        first, second = (wats_async_api.product.get_product.submit("X") for _ in range(2))
        await arrived(product, 1)
        second.cancel()
    assert await first
    assert second.cancelled()


async def test_each_keeps_its_own_deadline(wats_async_api, product):
    with held(product, f"GET {PATH}"):
        first = wats_async_api.product.get_product.submit("X")
        await arrived(product, 1)
        with pytest.raises(TimeoutError) as raised:
            await wats_async_api.with_options(deadline=0.05).product.get_product("X")
    assert raised.value.path == PATH
    assert await first
    assert gets(product) == 1


async def test_the_deadline_of_the_first_is_not_that_of_the_others(wats_async_api, product):
    product.fail(f"GET {PATH}", hang="before", times=1)
    patient = wats_async_api.with_options(timeout=300)
    first = patient.with_options(deadline=60).product.get_product.submit("X")
    await arrived(product, 1)
    second = patient.with_options(deadline=120).product.get_product.submit("X")
    await soon(lambda: wats_async_api.cache_statistics().shared == 1)
    leap(60)
    with pytest.raises(TimeoutError):
        await first
    assert await second


async def test_who_wrote_reads_what_was_written(wats_async_api, product):
    product.fail(f"GET {PATH}", delay_after=0.2, times=1)
    old = wats_async_api.product.get_product.submit("X")
    await arrived(product, 1)
    await wats_async_api.product.create_product("X", "New")
    new = await wats_async_api.product.get_product("X")
    assert new.name == "New"
    assert (await old).name == "Widget"


@pytest.mark.parametrize("options", [{"lane": "bulk"}, {"timeout": 3}, {"retry": None}, {"headers": {"X-Trace": "1"}}])
async def test_what_differs_is_not_shared(wats_async_api, product, options):
    product.fail(f"GET {PATH}", delay=0.05, times=None)
    other = wats_async_api.with_options(**options)
    await asyncio.gather(wats_async_api.product.get_product("X"), other.product.get_product("X"))
    assert gets(product) == 2


async def test_gets_with_effects_and_streams_are_not_shared(wats_async_api, product):
    product.fail(f"GET {PATH}", delay=0.05, times=None)
    await asyncio.gather(*(wats_async_api.http.get(PATH, repeatable=False) for _ in range(3)))
    assert gets(product) == 3

    async def read() -> bytes:
        return b"".join([chunk async for chunk in wats_async_api.http.stream(PATH)])

    assert len(set(await asyncio.gather(*(read() for _ in range(3))))) == 1
    assert gets(product) == 6


async def test_each_reads_by_its_own_rule(wats_async_api, wats_sandbox):
    wats_sandbox.fail(f"GET {PATH}", delay=0.05, times=None)
    found, raised = await asyncio.gather(
        wats_async_api.product.get_product("X"), wats_async_api.http.get(PATH), return_exceptions=True
    )
    assert found is None
    assert isinstance(raised, NotFoundError)


# The cache


def cached(wats: Sandbox, **config: Any) -> AsyncPyWATS:
    return AsyncPyWATS(wats.url, wats.token, rate_limit=None, cache=CacheConfig(**config))


async def test_without_being_asked_nothing_is_kept(wats_async_api, product):
    for _ in range(3):
        await wats_async_api.product.get_product("X")
    assert gets(product) == 3


async def test_a_cache_answers_until_something_is_written(product):
    async with cached(product) as api:
        first = await api.product.get_product("X")
        assert first is not None
        first.name = "spoiled"
        second = await api.product.get_product("X")
        assert second is not None
        assert second.name == "Widget"
        assert gets(product) == 1
        await api.product.create_product("Y")
        assert await api.product.get_product("X")
        assert gets(product) == 2
        statistics = api.cache_statistics()
        assert (statistics.hits, statistics.misses, statistics.entries, statistics.cleared) == (1, 2, 1, 1)


async def test_a_question_that_travels_as_a_post_is_no_write(product):
    async with cached(product) as api:
        await api.product.get_product("X")
        await api.analytics.get_dynamic_yield(WATSFilter(part_number="X", dimensions=["partNumber"]))
        await api.product.get_product("X")
        assert gets(product) == 1
        assert api.cache_statistics().cleared == 0


async def test_a_call_can_go_past_the_cache(product):
    async with cached(product) as api:
        await api.product.get_product("X")
        await api.with_options(cache=False).product.get_product("X")
        assert gets(product) == 2
        await api.with_options(cache=False).with_options(cache=True).product.get_product("X")
        assert gets(product) == 2


async def test_what_decides_what_is_written_never_comes_from_the_cache(product):
    async with cached(product) as api, AsyncPyWATS(product.url, product.token, rate_limit=None) as other:
        await api.product.get_product("X")
        await other.product.create_product("X", "Renamed")
        await api.product.set_product_tags("X", [{"key": "k", "value": "v"}])
        renamed = await other.product.get_product("X")
        assert renamed is not None
        assert renamed.name == "Renamed"


async def test_an_answer_asked_before_a_write_is_not_kept_after_it(product):
    async with cached(product) as api:
        product.fail(f"GET {PATH}", delay_after=0.2, times=1)
        old = api.product.get_product.submit("X")
        await arrived(product, 1)
        await api.product.create_product("X", "New")
        await old
        new = await api.product.get_product("X")
        assert new is not None
        assert new.name == "New"


async def test_an_absence_is_not_kept(wats_sandbox):
    async with cached(wats_sandbox) as api:
        assert await api.product.get_product("X") is None
        wats_sandbox.seed(products=[{"partNumber": "X"}])
        assert await api.product.get_product("X")


def answer(size: int = 1) -> Answer:
    return Answer(200, {}, b"x" * size)


def test_the_cache_is_bounded_by_time_number_and_bytes():
    now = 0.0
    cache = AnswerCache(CacheConfig(ttl=10, max_entries=3, max_size=100), lambda: now)
    for name in "abcd":
        cache.put(name, answer(20))
    assert cache.get("a") is None
    assert cache.get("b") is not None
    cache.put("e", answer(20))
    assert cache.get("c") is None  # b was used after it
    cache.put("f", answer(70))
    assert (len(cache), cache.size) == (2, 90)
    cache.put("g", answer(101))
    assert cache.get("g") is None
    cache.put("f", answer(10))
    assert cache.size == 30
    now = 10.0
    assert cache.get("f") is None
    assert (len(cache), cache.size, cache.evicted) == (1, 20, 5)


@pytest.mark.parametrize("config", [{"ttl": 0}, {"max_entries": 0}, {"max_size": -1}])
def test_a_cache_without_room_is_refused(config):
    with pytest.raises(ConfigurationError, match=next(iter(config))):
        CacheConfig(**config)


async def test_reads_keep_nothing_behind():
    reads = Reads()
    call = Call(verb="GET", path="/x", read=lambda answer: answer.body)

    async def ask(domain: str, exchange: Exchange[bytes]) -> bytes:
        assert domain == "http"
        await asyncio.sleep(0)
        exchange.answer = answer()
        return exchange.call.read(exchange.answer)

    asked = [asyncio.create_task(reads.carry_out("http", call, Options(), ask)) for _ in range(10)]
    await asyncio.sleep(0)
    asked[3].cancel()
    await asyncio.wait(asked)
    assert reads._flights == {}
    assert reads.statistics().shared == 9
