"""The end of a loop thread, in this process: what is refused, answered and waited for."""

import asyncio
import concurrent.futures
import concurrent.futures.process  # its threads are known to the exit, too
import functools
import logging
import sys
import threading
from typing import Any

import pytest
from waiting import PATIENCE

from workers import Facade, Handle, Observer, Percentiles, Portal, RuntimeClosed, WorkersError, forking, loopthread
from workers.awaited import AwaitedCall
from workers.loopthread import LoopThread
from workers.observe import Histogram


async def seven() -> int:
    return 7


async def hang(begun: threading.Event) -> None:
    begun.set()
    await asyncio.get_running_loop().create_future()


def divide_by(divisor: int) -> float:
    return 1 / divisor


async def cling(begun: threading.Event) -> None:
    begun.set()
    while True:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            if begun.is_set():
                begun.clear()
            else:
                raise


def stopped() -> LoopThread:
    thread = LoopThread()
    thread.stop(0)
    return thread


def test_a_stopped_thread_takes_nothing_and_stops_once() -> None:
    thread = stopped()
    thread.stop(0)
    assert thread.loop.is_closed()
    with pytest.raises(RuntimeClosed, match="exiting"):
        Handle[int](thread).post(seven)


def test_a_callback_that_fails_keeps_no_other_from_running(caplog: pytest.LogCaptureFixture) -> None:
    thread = LoopThread()
    ran = threading.Event()

    def post_both() -> None:
        thread.post(divide_by, 0)
        thread.post(ran.set)

    thread.post(post_both)
    assert ran.wait(PATIENCE)
    thread.stop(0)
    assert "callback_failed" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_a_burst_of_callbacks_wakes_the_loop_once(monkeypatch: pytest.MonkeyPatch) -> None:
    thread = LoopThread()
    wake, woken = thread.loop.call_soon_threadsafe, 0
    blocked, go_on, ran = threading.Event(), threading.Event(), threading.Event()
    seen: list[int] = []

    def block() -> None:
        blocked.set()
        assert go_on.wait(PATIENCE)

    def count_and_wake(*args: Any, **settings: Any) -> Any:
        nonlocal woken
        woken += 1
        return wake(*args, **settings)

    thread.post(block)
    assert blocked.wait(PATIENCE)
    monkeypatch.setattr(thread.loop, "call_soon_threadsafe", count_and_wake)
    for number in range(100):
        thread.post(seen.append, number)
    thread.post(ran.set)
    go_on.set()
    assert ran.wait(PATIENCE)
    thread.stop(0)
    assert seen == list(range(100))
    assert woken == 2  # one of them to stop


def test_a_call_that_is_stopped_before_its_first_step_is_answered() -> None:
    thread = LoopThread()
    call: AwaitedCall[int] = AwaitedCall(thread)

    def begin_and_stop() -> None:
        call._begin(seven)
        assert call._task is not None
        call._task.cancel()

    thread.post(begin_and_stop)
    with pytest.raises(RuntimeClosed, match="stopped"):
        call.result()
    thread.stop(0)


def test_a_call_that_is_given_up_before_it_began_never_begins() -> None:
    thread = LoopThread()
    call: AwaitedCall[int] = AwaitedCall(thread)
    call.cancel()
    call._begin(seven)
    thread.stop(0)
    assert call._task is None
    assert not call.answered
    call.cancel()  # the loop is closed


def test_a_handle_of_a_stopped_thread_can_be_cancelled() -> None:
    handle: Handle[int] = Handle(stopped())
    assert handle.cancel()
    assert not handle.done() or handle.cancelled()


def test_stopping_answers_a_call_although_it_clings(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, logger="asyncio")  # a task that never ends is said to be destroyed
    thread, begun = LoopThread(), threading.Event()
    handle: Handle[None] = Handle(thread)
    handle.post(functools.partial(cling, begun))
    assert begun.wait(PATIENCE)
    thread.stop(0)
    with pytest.raises(RuntimeClosed, match="ended"):
        handle.result(PATIENCE)


def test_a_closer_that_fails_is_logged_and_keeps_nobody(caplog: pytest.LogCaptureFixture) -> None:
    closed = threading.Event()

    async def fail(_: float) -> None:
        raise ValueError("cannot close")

    async def close(_: float) -> None:
        closed.set()

    thread = LoopThread()
    thread.closers.update({1: fail, 2: close})
    thread.stop(1)
    assert closed.is_set()
    assert "cannot close" in caplog.text


def test_the_exit_waits_for_threads_that_call_but_not_for_those_of_executors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loopthread, "_current", None)
    loopthread._stop_at_exit()  # nothing was begun
    assert loopthread.current() is None
    assert Portal().schedule(seven) is None
    answers: list[int] = []
    assert Portal().call(seven) == 7
    leave = threading.Event()

    def work() -> None:
        leave.wait(0.1)
        answers.append(Portal().call(seven))

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        threading.Thread(target=work).start()
        loopthread._stop_at_exit()
    assert answers == [7]
    with pytest.raises(RuntimeClosed):
        Portal().call(seven)
    Portal().schedule(seven)


def test_ctrl_c_ends_the_wait_at_the_exit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loopthread, "_current", None)
    Portal().call(seven)
    thread = loopthread.current()
    assert thread is not None

    def interrupted() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(loopthread, "_wait_for_callers", interrupted)
        loopthread._stop_at_exit()
    assert thread.thread.is_alive()
    monkeypatch.setattr(sys, "last_value", KeyboardInterrupt(), raising=False)
    begun = threading.Event()
    handle = Portal().start(functools.partial(hang, begun))
    assert begun.wait(PATIENCE)
    loopthread._stop_at_exit()
    with pytest.raises(RuntimeClosed):
        handle.result(PATIENCE)


def test_a_forked_child_forgets_the_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loopthread, "_current", None)
    loopthread._forget_in_child()
    Portal().call(seven)
    parents = loopthread.current()
    assert parents is not None
    kept: list[object] = []
    monkeypatch.setattr(forking, "keep_for_ever", kept.append)
    with monkeypatch.context() as patch:  # this is no child: the thread goes on, and needs what it waits with
        patch.setattr(forking, "close_poll", lambda _: None)
        loopthread._forget_in_child()
    assert (loopthread.current(), kept) == (None, [parents])
    assert Portal().call(seven) == 7
    for thread in (parents, loopthread.current()):
        assert thread is not None
        thread.stop(0)


def test_looking_on_the_loops_own_thread_is_done_at_once() -> None:
    async def inside() -> str:
        return Portal().look(lambda: threading.current_thread().name)

    assert Portal().look(lambda: threading.current_thread().name) == Portal().call(inside) == "workers-loop"


def test_a_facade_without_words_of_its_own_gives_the_runtimes() -> None:
    error = WorkersError("as it is")
    assert Facade()._translate(error) is error


def test_an_hour_and_more_is_counted_by_its_own_length() -> None:
    histogram = Histogram()
    assert histogram.percentiles() == Percentiles()
    histogram.record(50_000.0)
    assert histogram.percentiles() == Percentiles(1, 50_000.0, 50_000.0, 50_000.0, 50_000.0)
    assert Observer().message_handled("a", 0, 0, None) is None
