"""What a server bears, found by trying: rates that are halved and climb back, and requests at once."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers import Limiter, RateLimit, Slots
from workers.adaptive import AimdLimit, Slowdown
from workers.lanes import Lane
from workers.testing import virtual_time


def test_a_share_is_halved_and_climbs_back():
    slowdown = Slowdown()
    assert slowdown.share(0) == 1.0
    slowdown.halve(100)
    slowdown.halve(100.5)  # the same sign
    assert slowdown.share(100.5) == 0.5
    assert slowdown.share(115) == pytest.approx(0.75, abs=1 / 32)
    slowdown.halve(115)
    assert slowdown.share(115) == pytest.approx(0.375, abs=1 / 64)
    assert slowdown.share(200) == 1.0
    assert slowdown.share(10) == 1.0


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans()), max_size=60))
def test_a_share_is_never_more_than_the_whole_and_never_nothing(steps):
    slowdown, now = Slowdown(), 0.0
    for wait, too_much in steps:
        now += wait
        if too_much:
            slowdown.halve(now)
        assert Slowdown.LEAST <= slowdown.share(now) <= 1.0


@virtual_time
async def test_a_limiter_slows_down_and_comes_back_and_never_exceeds_its_limit():
    clock = asyncio.get_running_loop().time
    limiter = Limiter(RateLimit(100, 10.0, pace=50))
    starts: list[float] = []

    async def start_for(seconds: float) -> int:
        end, before = clock() + seconds, len(starts)
        while clock() < end:
            await limiter.acquire()
            starts.append(clock())
        return len(starts) - before

    usual = await start_for(60)
    limiter.slow_down()
    assert limiter.statistics().share == 0.5
    slowed = await start_for(10)
    assert slowed < 0.75 * usual / 6
    await start_for(60)
    assert limiter.statistics().share == 1.0
    assert await start_for(60) == pytest.approx(usual, rel=0.05)
    for first, last in zip(starts, starts[100:], strict=False):
        assert last - first >= 10.0
    await limiter.close()


@virtual_time
async def test_without_a_limit_there_is_nothing_to_slow_down():
    limiter = Limiter(None)
    limiter.slow_down()
    await limiter.acquire()
    assert limiter.statistics().share == 1.0


def test_the_number_at_once_grows_by_one_a_round_and_shrinks_by_a_tenth():
    limit = AimdLimit(most=50, initial=10)
    for _ in range(10):
        limit.went_well(under_way=10)
    assert limit.limit in {10, 11}
    for _ in range(2000):
        limit.went_well(under_way=50)
    assert limit.limit == 50
    limit.overloaded()
    assert limit.limit == 45
    for _ in range(100):
        limit.overloaded()
    assert limit.limit == 1


def test_it_does_not_grow_where_it_is_not_used():
    limit = AimdLimit(most=50, initial=10)
    for _ in range(1000):
        limit.went_well(under_way=2)
    assert limit.limit == 10


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 100)), max_size=200), st.integers(1, 40))
def test_the_number_at_once_stays_within_its_bounds(steps, most):
    limit = AimdLimit(most)
    for well, under_way in steps:
        if well:
            limit.went_well(under_way)
        else:
            limit.overloaded()
        assert 1 <= limit.limit <= most


@virtual_time
async def test_slots_that_are_allowed_again_are_handed_on():
    slots = Slots(4)
    slots.allow(1)
    order: list[int] = []

    async def work(number: int) -> None:
        async with slots.hold(Lane.BULK):
            order.append(number)
            await asyncio.sleep(10)

    tasks = [asyncio.create_task(work(number)) for number in range(4)]
    await asyncio.sleep(1)
    assert (order, slots.held) == ([0], 1)
    slots.allow(3)
    await asyncio.sleep(1)
    assert order == [0, 1, 2]
    slots.allow(99)
    assert slots.statistics().allowed == 4
    await asyncio.gather(*tasks)
    assert slots.held == 0
