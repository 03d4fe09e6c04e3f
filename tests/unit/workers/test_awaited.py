"""A call that one thread waits for: each way in which it can end."""

import asyncio
import threading

import pytest
from waiting import PATIENCE, until

from workers import Handle, RuntimeClosed, forking
from workers.awaited import AwaitedCall
from workers.loopthread import LoopThread


async def seven() -> int:
    return 7


async def sleep_long() -> int:
    await asyncio.sleep(0.6)  # longer than a caller waits at a stretch
    return 7


def test_a_caller_waits_as_long_as_it_takes() -> None:
    thread = LoopThread()
    call: AwaitedCall[int] = AwaitedCall(thread)
    call.post(sleep_long)
    assert call.result() == 7
    thread.stop(0)


class JustMissed:
    """A lock whose first wait ends in vain in the very moment in which the call is answered."""

    def __init__(self, call: AwaitedCall[int]) -> None:
        self.call, self.lock, self.missed = call, call._signal, False
        self.release = self.lock.release

    def acquire(self, timeout: float) -> bool:
        if self.missed:
            return self.lock.acquire(timeout=timeout)
        self.missed = True
        until(lambda: self.call._task is not None and self.call._task.done())
        return False


def test_an_answer_that_comes_just_behind_a_stretch_of_waiting_is_taken() -> None:
    thread = LoopThread()
    call: AwaitedCall[int] = AwaitedCall(thread)
    call._signal = JustMissed(call)
    call.post(seven)
    assert call.result() == 7
    thread.stop(0)


def test_only_the_first_answer_counts() -> None:
    thread = LoopThread()
    call: AwaitedCall[int] = AwaitedCall(thread)
    go_on, ended = asyncio.Event(), threading.Event()

    async def wait() -> int:
        await go_on.wait()
        return 7

    async def fail_and_go_on() -> None:
        for reason in ("first", "second"):
            call.fail(RuntimeClosed(reason))
        go_on.set()
        assert call._task is not None
        await asyncio.wait({call._task})
        ended.set()

    call.post(wait)
    thread.post(lambda: thread.loop.create_task(fail_and_go_on()))
    with pytest.raises(RuntimeClosed, match="first"):
        call.result()
    assert ended.wait(PATIENCE)
    assert not thread.handles
    thread.stop(0)


def test_a_handle_that_has_ended_is_not_cancelled_and_keeps_its_result() -> None:
    thread = LoopThread()
    handle: Handle[int] = Handle(thread)
    handle.post(seven)
    assert handle.result(PATIENCE) == 7
    assert not handle.cancel()
    handle.fail(RuntimeClosed("too late"))
    assert handle.result(0) == 7
    thread.stop(0)


def test_a_loop_that_waits_with_nothing_that_can_be_closed_is_left_alone() -> None:
    forking.close_poll(object())
