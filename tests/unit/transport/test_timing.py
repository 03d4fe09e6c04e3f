"""Limits of time for many requests on one timer."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.transport.timing import TimeLimits
from workers.testing import run_virtual, virtual_time


def now() -> float:
    return asyncio.get_running_loop().time()


@virtual_time
async def test_a_block_ends_at_its_limit():
    limits = TimeLimits()
    with pytest.raises(TimeoutError), limits.limit(5.0):
        await asyncio.sleep(60)
    assert now() == pytest.approx(5)


@virtual_time
async def test_a_block_that_ends_in_time_is_left_alone():
    limits = TimeLimits()
    with limits.limit(5.0):
        await asyncio.sleep(4)
    await asyncio.sleep(60)


@virtual_time
async def test_no_limit_is_no_limit():
    with TimeLimits().limit(None):
        await asyncio.sleep(1000)


@pytest.mark.parametrize("seconds", [0.0, -3.0])
@virtual_time
async def test_a_limit_that_is_over_already_ends_the_block_at_its_first_wait(seconds):
    with pytest.raises(TimeoutError), TimeLimits().limit(seconds):
        await asyncio.sleep(1)
    assert now() < 0.1


@virtual_time
async def test_an_error_of_the_block_stays_what_it_is():
    with pytest.raises(ZeroDivisionError), TimeLimits().limit(5.0):
        raise ZeroDivisionError


@virtual_time
async def test_a_task_that_somebody_else_cancels_stays_cancelled():
    limits = TimeLimits()

    async def block():
        with limits.limit(5.0):
            await asyncio.sleep(60)

    early = asyncio.ensure_future(block())
    await asyncio.sleep(1)
    early.cancel()
    with pytest.raises(asyncio.CancelledError):
        await early
    both = asyncio.ensure_future(block())
    await asyncio.sleep(4.999)
    asyncio.get_running_loop().call_at(now() + 0.001, both.cancel)
    with pytest.raises(asyncio.CancelledError):
        await both


@virtual_time
async def test_the_task_can_be_used_on_after_a_limit_was_reached():
    limits = TimeLimits()
    for _ in range(3):
        with pytest.raises(TimeoutError), limits.limit(1.0):
            await asyncio.sleep(60)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    assert now() == pytest.approx(3)


@virtual_time
async def test_after_close_no_timer_is_left():
    limits = TimeLimits()
    with limits.limit(5.0):
        limits.close()
        await asyncio.sleep(60)


@virtual_time
async def test_what_has_ended_is_forgotten():
    limits = TimeLimits()

    async def block():
        with limits.limit(1000.0):
            await asyncio.sleep(1)

    for _ in range(50):
        await asyncio.gather(*(block() for _ in range(100)))
    assert len(limits) < 500


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0.1, 50), st.none() | st.floats(0.1, 50)), max_size=40))
def test_each_block_ends_when_it_is_done_or_at_its_own_limit(blocks):
    """Whatever the others do: ``blocks`` are start, length and limit."""

    async def block(limits, start, length, limit):
        await asyncio.sleep(start)
        begun = now()
        try:
            with limits.limit(limit):
                await asyncio.sleep(length)
        except TimeoutError:
            return "late", now() - begun
        return "done", now() - begun

    async def main():
        limits = TimeLimits()
        return await asyncio.gather(*(block(limits, *times) for times in blocks))

    for (_, length, limit), (how, took) in zip(blocks, run_virtual(main), strict=True):
        if limit is not None and abs(limit - length) > 1e-6:
            assert how == ("late" if limit < length else "done")
        assert took == pytest.approx(length if how == "done" else limit, abs=1e-6)
