"""The virtual clock: time that passes at once, in order, and never past something that comes from outside."""

import asyncio
import functools
import itertools
import socket
import threading
import time

import pytest
from aiolimiter import AsyncLimiter
from hypothesis import given
from hypothesis import strategies as st
from waiting import PATIENCE

from workers.testing import DeadlockError, TimeLimitError, VirtualClockLoop, run_virtual, virtual_time


def virtual_loop() -> VirtualClockLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualClockLoop)
    return loop


def now() -> float:
    return asyncio.get_running_loop().time()


def test_sleeping_takes_virtual_time_and_no_real_time():
    async def main() -> float:
        await asyncio.sleep(3000)
        return now()

    before = time.monotonic()
    assert run_virtual(main) == 3000
    assert time.monotonic() - before < PATIENCE


def test_a_coroutine_runs_as_well_as_a_function():
    async def main(answer: int) -> int:
        await asyncio.sleep(1)
        return answer

    assert run_virtual(main(42)) == 42
    assert run_virtual(functools.partial(main, 42)) == 42


@virtual_time
async def test_a_decorated_test_runs_in_virtual_time():
    await asyncio.sleep(60)
    assert now() == 60


@virtual_time
async def test_a_decorated_test_takes_fixtures(tmp_path):
    await asyncio.sleep(60)
    assert tmp_path.is_dir()


@given(delays=st.lists(st.floats(0, 100), max_size=20))
@virtual_time
async def test_timers_fire_in_order_and_at_their_time(delays):
    fired: list[tuple[float, float]] = []

    async def sleep(delay: float) -> None:
        await asyncio.sleep(delay)
        fired.append((delay, now()))

    await asyncio.gather(*(sleep(delay) for delay in delays))
    for delay, moment in fired:
        assert moment == pytest.approx(delay, abs=1e-7)
    assert [moment for _, moment in fired] == sorted(moment for _, moment in fired)


@virtual_time
async def test_time_stands_still_while_there_is_something_to_do():
    for _ in range(1000):
        await asyncio.sleep(0)
    assert now() == 0


@virtual_time
async def test_a_timeout_cuts_off_what_waits_longer():
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(5):
            await asyncio.sleep(500)
    assert now() == 5


def test_a_timer_set_to_this_very_moment_again_and_again_does_not_spin():
    """As a limiter does when rounding leaves 1e-14 s to wait, less than the clock can tell at this reading."""

    firings = 0

    async def main() -> float:
        await asyncio.sleep(1000)
        start = now()
        fired = asyncio.Event()

        def again() -> None:
            nonlocal firings
            firings += 1
            if now() > start + 1e-8:
                fired.set()
            else:
                asyncio.get_running_loop().call_at(now() + 1e-14, again)

        again()
        await fired.wait()
        return now() - start

    assert run_virtual(main) == pytest.approx(1e-8, abs=1e-8)
    assert firings < 20


@virtual_time
async def test_aiolimiter_does_not_spin_when_the_jump_is_exactly_what_it_needs():
    for rate in (3, 7, 8.3, 50, 490):
        bucket = AsyncLimiter(1, 1 / rate)
        await asyncio.gather(*(bucket.acquire() for _ in range(200)))
    expected = sum(199 / rate for rate in (3, 7, 8.3, 50, 490))
    assert now() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_deadlock_is_an_error_that_names_the_waiting_tasks(count):
    async def wait_for_ever() -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        await asyncio.sleep(7)
        waiting = [asyncio.create_task(wait_for_ever(), name=f"waiter {number}") for number in range(count)]
        await asyncio.wait([*waiting, asyncio.get_running_loop().create_future()])

    with pytest.raises(DeadlockError, match="nothing can happen any more at 7 s; waiting: ") as caught:
        run_virtual(main, patience=0.01)
    assert str(caught.value).count("waiter ") == count
    assert "locks.py" in str(caught.value) or not count


def test_a_loop_without_tasks_says_so():
    loop = VirtualClockLoop(patience=0.01)
    try:
        with pytest.raises(DeadlockError, match="waiting: no task"):
            loop.run_forever()
    finally:
        loop.close()


def test_tasks_are_cancelled_and_cleaned_up_after_a_deadlock():
    cleaned = []

    async def main() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(10)
            cleaned.append(now())

    with pytest.raises(DeadlockError):
        run_virtual(main, patience=0.01)
    assert cleaned == [10]


def test_timers_without_end_are_an_error():
    cleaned = []

    async def main() -> None:
        try:
            for _ in itertools.count():
                await asyncio.sleep(1)
        finally:
            await asyncio.sleep(5)
            cleaned.append(now())

    with pytest.raises(TimeLimitError, match=r"more than 60 s of virtual time passed; waiting: Task-\d+ at .*\.py:\d+"):
        run_virtual(main, limit=60)
    assert cleaned == [66]


def test_the_limit_itself_may_be_reached():
    assert run_virtual(lambda: asyncio.sleep(60, "done"), limit=60) == "done"


def test_without_a_limit_years_may_pass():
    """Even where a nanosecond is less than the clock's reading can hold."""

    async def main() -> float:
        await asyncio.sleep(1e8)
        return now()

    assert run_virtual(main, limit=None) == pytest.approx(1e8)


@virtual_time
async def test_the_clock_stands_still_while_a_thread_works():
    async def tick() -> None:
        await asyncio.sleep(1)
        ticked.set()

    ticked = threading.Event()
    ticking = asyncio.create_task(tick())
    release = threading.Event()
    asyncio.get_running_loop().call_soon(release.set)
    assert await asyncio.to_thread(lambda: release.wait(PATIENCE) and not ticked.is_set())
    assert now() == 0
    await ticking
    assert now() == 1


@virtual_time
async def test_the_clock_goes_on_when_a_threads_caller_gave_up():
    release = threading.Event()
    job = asyncio.ensure_future(asyncio.to_thread(release.wait, PATIENCE))
    await asyncio.sleep(0)
    job.cancel()
    await asyncio.sleep(1)
    assert now() == 1
    release.set()


@virtual_time
async def test_a_thread_of_ones_own_is_waited_for_inside_the_block(monkeypatch):
    monkeypatch.setattr(threading, "active_count", lambda: 1)  # as for a thread that Python does not know
    loop = virtual_loop()
    answered = loop.create_future()
    thread = threading.Timer(0.01, loop.call_soon_threadsafe, (answered.set_result, "from outside"))
    thread.start()
    with loop.standing_still():
        async with asyncio.timeout(1):
            assert await answered == "from outside"
    assert now() == 0
    thread.join()


@virtual_time
async def test_a_thread_of_ones_own_is_waited_for_when_no_timer_is_set():
    loop = virtual_loop()
    answered = loop.create_future()
    thread = threading.Timer(0.01, loop.call_soon_threadsafe, (answered.set_result, "from outside"))
    thread.start()
    assert await answered == "from outside"
    thread.join()


@virtual_time
async def test_a_socket_is_waited_for_inside_the_block():
    loop = virtual_loop()
    here, there = socket.socketpair()
    here.setblocking(False)
    thread = threading.Timer(0.01, there.sendall, (b"hello",))
    thread.start()
    with here, there:
        with loop.standing_still():
            async with asyncio.timeout(1):
                assert await loop.sock_recv(here, 100) == b"hello"
        thread.join()
    assert now() == 0


def test_a_silent_thread_is_a_deadlock_after_the_patience():
    async def main() -> None:
        with virtual_loop().standing_still():
            await asyncio.sleep(1)

    with pytest.raises(DeadlockError, match=r"at 0 s and the clock was held for 0\.02 s of real time"):
        run_virtual(main, patience=0.02)


def test_alone_a_deadlock_is_told_at_once(monkeypatch):
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    before = time.monotonic()
    with pytest.raises(DeadlockError):
        run_virtual(lambda: asyncio.Event().wait(), patience=2 * PATIENCE)
    assert time.monotonic() - before < PATIENCE
