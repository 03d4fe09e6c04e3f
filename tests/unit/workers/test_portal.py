"""Threads that call into the loop: answers, errors, interruption, forks and the end of the process."""

import asyncio
import concurrent.futures
import contextlib
import functools
import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from waiting import PATIENCE

from workers import BlockingInLoop, Handle, Portal, loopthread

# That a step took long is said in development mode; it is the fault of a busy machine.
NOT_SLOW = "import logging; logging.getLogger('asyncio').addFilter(lambda record: 'took' not in record.getMessage())"
ROOT = Path(__file__).resolve().parents[3]


async def double(value: int) -> int:
    await asyncio.sleep(0)
    return 2 * value


async def hang(begun: threading.Event, ended: threading.Event) -> None:
    begun.set()
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        ended.set()


def script(text: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script of its own, strictly: any warning is an error, and development mode is on."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", NOT_SLOW + textwrap.dedent(text)],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_a_call_returns_the_result_and_raises_the_error() -> None:
    assert Portal().call(functools.partial(double, 4)) == 8

    async def fail() -> None:
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        Portal().call(fail)


def test_all_portals_of_a_process_share_one_thread() -> None:
    async def where() -> str:
        return threading.current_thread().name

    assert {Portal().call(where) for _ in range(3)} == {"workers-loop"}
    assert sum(thread.name == "workers-loop" for thread in threading.enumerate()) == 1


def test_answers_do_not_mix_among_32_threads() -> None:
    portal = Portal()
    wrong: list[int] = []

    def work(start: int) -> None:
        values = range(start, start + 100)
        wrong.extend(value for value in values if portal.call(functools.partial(double, value)) != 2 * value)

    before = threading.active_count()
    threads = [threading.Thread(target=work, args=(1000 * number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert threading.active_count() <= before + 1


async def test_it_works_in_a_thread_whose_loop_is_running() -> None:
    assert Portal().call(functools.partial(double, 4)) == 8


def test_a_blocking_call_on_the_loops_own_thread_is_refused() -> None:
    async def inside() -> None:
        with pytest.raises(BlockingInLoop, match="async client"):
            Portal().call(functools.partial(double, 4))
        places = threading.Semaphore(0)
        with pytest.raises(BlockingInLoop):
            Portal().wait_for_place(places)

    Portal().call(inside)


def test_handles_are_futures_that_wait_and_as_completed_take() -> None:
    handles = [Portal().start(functools.partial(double, value)) for value in range(5)]
    done, rest = concurrent.futures.wait(handles, timeout=PATIENCE)
    assert not rest
    assert sorted(handle.result() for handle in done) == [0, 2, 4, 6, 8]
    assert {handle.result() for handle in concurrent.futures.as_completed(handles)} == {0, 2, 4, 6, 8}


def test_cancelling_a_handle_ends_the_coroutine_and_wakes_who_waits() -> None:
    begun, ended = threading.Event(), threading.Event()
    handle = Portal().start(functools.partial(hang, begun, ended))
    assert begun.wait(PATIENCE)
    assert handle.cancel()
    assert ended.wait(PATIENCE)
    assert concurrent.futures.wait([handle], timeout=PATIENCE).done == {handle}
    assert not handle.cancel() or handle.cancelled()


def test_a_handle_cancelled_before_it_began_never_begins() -> None:
    ran = threading.Event()
    occupied, release = threading.Event(), threading.Event()

    async def occupy() -> None:
        occupied.set()
        release.wait(PATIENCE)

    async def run() -> None:
        ran.set()

    blocker = Portal().start(occupy)
    assert occupied.wait(PATIENCE)
    handle = Portal().start(run)
    handle.cancel()
    release.set()
    blocker.result(PATIENCE)
    assert concurrent.futures.wait([handle], timeout=PATIENCE).done == {handle}
    Portal().call(functools.partial(double, 1))
    assert not ran.is_set()


def test_a_result_that_times_out_leaves_the_call_running() -> None:
    begun, ended = threading.Event(), threading.Event()
    handle = Portal().start(functools.partial(hang, begun, ended))
    with pytest.raises(concurrent.futures.TimeoutError):
        handle.result(timeout=0.01)
    assert begun.wait(PATIENCE)
    assert not ended.is_set()
    handle.cancel()
    assert ended.wait(PATIENCE)


def test_callbacks_of_a_handle_may_block() -> None:
    answers: list[int] = []
    called = threading.Event()

    def callback(handle: concurrent.futures.Future[int]) -> None:
        answers.append(Portal().call(functools.partial(double, handle.result())))
        called.set()

    Portal().start(functools.partial(double, 4)).add_done_callback(callback)
    assert called.wait(PATIENCE)
    assert answers == [16]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent with os.kill")
def test_ctrl_c_interrupts_a_blocked_caller_and_cancels_its_call() -> None:
    begun, ended = threading.Event(), threading.Event()

    def interrupt() -> None:
        begun.wait(PATIENCE)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        Portal().call(functools.partial(hang, begun, ended))
    assert ended.wait(PATIENCE)


def test_a_loop_thread_that_dies_answers_everyone_and_the_next_call_starts_another() -> None:
    result = script(
        """
        import asyncio, sys, threading, logging
        from workers import Portal, RuntimeClosed
        logging.disable()
        async def die(): raise SystemExit(3)
        async def hang(): await asyncio.Event().wait()
        async def fine(): return "fine"
        portal = Portal()
        waiting = portal.start(hang)
        dead = portal.start(die)
        for handle in (waiting, dead):
            try:
                handle.result(10)
            except (RuntimeClosed, SystemExit) as error:
                print(type(error).__name__)
        print(portal.call(fine))
        """
    )
    assert result.stdout.split() == ["RuntimeClosed", "SystemExit", "fine"]
    assert result.stderr == ""


def test_at_exit_the_closers_finish_and_nothing_is_said() -> None:
    result = script(
        """
        import asyncio
        from workers import Portal
        portal = Portal()
        async def close(seconds):
            await asyncio.sleep(0.05)
            print("closed within", seconds)
        async def set_up():
            portal.at_exit(close)
        portal.call(set_up)
        """
    )
    assert (result.stdout, result.stderr, result.returncode) == ("closed within 5.0\n", "", 0)


def test_at_exit_a_call_under_way_is_answered() -> None:
    result = script(
        """
        import asyncio, threading
        from workers import Portal, RuntimeClosed
        begun = threading.Event()
        async def hang():
            begun.set()
            await asyncio.Event().wait()
        def work():
            try:
                Portal().call(hang)
            except RuntimeClosed:
                print("answered")
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        begun.wait()
        import atexit
        atexit.register(thread.join, 10)
        """
    )
    assert (result.stdout, result.stderr, result.returncode) == ("answered\n", "", 0)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent with os.kill")
def test_ctrl_c_does_not_wait_for_the_drain() -> None:
    result = script(
        """
        import os, signal
        from workers import Portal
        portal = Portal()
        async def close(seconds):
            print("closed within", seconds)
        async def set_up():
            portal.at_exit(close)
        portal.call(set_up)
        os.kill(os.getpid(), signal.SIGINT)
        """
    )
    assert result.returncode in {-signal.SIGINT, 130}
    assert result.stdout == "closed within 0.0\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_after_fork_the_child_has_a_loop_of_its_own_and_the_parents_goes_on(
    loop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if loop == "uvloop":
        pytest.importorskip("uvloop")
    monkeypatch.setenv("WORKERS_LOOP", loop)
    result = script(
        """
        import os, socket, sys, asyncio, warnings
        from workers import Portal
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12+ says that the process has threads; it has
        portal = Portal()

        class Connection:
            async def open(self):
                portal.at_exit(self.close)
                a, b = socket.socketpair()
                self.reader, self.writer = await asyncio.open_connection(sock=a)
                self.far_reader, self.far_writer = await asyncio.open_connection(sock=b)
            async def exchange(self):
                self.writer.write(b"ping")
                return await self.far_reader.readexactly(4)
            async def close(self, seconds):
                for writer in (self.writer, self.far_writer):
                    writer.close()
                    await writer.wait_closed()

        async def pid():
            return os.getpid()
        connection = Connection()
        portal.call(connection.open)
        assert portal.call(connection.exchange) == b"ping"
        child = os.fork()
        if child == 0:
            assert portal.call(pid) == os.getpid()
            sys.exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        for _ in range(3):
            assert portal.call(connection.exchange) == b"ping"
        print("parent goes on")
        """
    )
    assert (result.stdout, result.stderr, result.returncode) == ("parent goes on\n", "", 0)


def test_the_loop_thread_is_named_and_a_daemon() -> None:
    Portal().call(functools.partial(double, 1))
    current = loopthread.current()
    assert current is not None
    assert (current.thread.name, current.thread.daemon) == ("workers-loop", True)
    assert not current.handles


def test_a_handle_says_nothing_of_what_it_calls() -> None:
    handle = Portal().start(functools.partial(double, 1))
    assert isinstance(handle, Handle)
    assert handle.result(PATIENCE) == 2
    assert "double" not in repr(handle)


def test_what_is_finalized_while_a_thread_posts_may_post_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    Portal().call(functools.partial(double, 1))
    thread = loopthread.current()
    assert thread is not None
    hand_over, collected = thread.loop.call_soon_threadsafe, threading.Event()

    async def finalize() -> None:
        collected.set()

    def collect_first(*args: Any, **settings: Any) -> Any:
        monkeypatch.undo()
        Portal().schedule(finalize)
        return hand_over(*args, **settings)

    monkeypatch.setattr(thread.loop, "call_soon_threadsafe", collect_first)
    caller = threading.Thread(target=Portal().call, args=[functools.partial(double, 1)], daemon=True)
    caller.start()
    caller.join(PATIENCE)
    assert not caller.is_alive()
    assert collected.wait(PATIENCE)


def test_a_call_that_fails_leaves_nothing_to_the_garbage_collector() -> None:
    async def fail() -> None:
        raise ValueError

    def attempt() -> None:
        with contextlib.suppress(ValueError):
            Portal().call(fail)

    attempt()
    assert any(garbage_of(attempt) == 0 for _ in range(5))  # other threads may leave some, but not each time


def garbage_of(attempt: Callable[[], None]) -> int:
    gc.collect()
    gc.disable()
    try:
        for _ in range(5):
            attempt()
        Portal().call(functools.partial(double, 1))
        return gc.collect()
    finally:
        gc.enable()
