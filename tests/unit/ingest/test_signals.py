"""Signals reach the loop while the daemon runs, and nobody else afterwards."""

import asyncio
import signal
import sys
import threading

import pytest

from pywats.ingest.signals import daemon_signals


async def test_each_signal_asks_to_stop_and_the_handlers_of_before_come_back():
    heard = asyncio.Queue()
    before = signal.getsignal(signal.SIGINT)
    with daemon_signals(lambda: heard.put_nowait("stop")):
        for number in (signal.SIGINT, signal.SIGINT):
            signal.raise_signal(number)
            async with asyncio.timeout(30.0):
                assert await heard.get() == "stop"
    assert signal.getsignal(signal.SIGINT) is before


def test_outside_the_main_thread_nothing_is_changed():
    before, inside = signal.getsignal(signal.SIGTERM), []

    async def look():
        with daemon_signals(lambda: None):
            inside.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=lambda: asyncio.run(look()))
    thread.start()
    thread.join()
    assert inside == [before]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGHUP on Windows")
async def test_sighup_asks_to_reload_where_that_is_possible():
    heard = asyncio.Queue()
    before = signal.getsignal(signal.SIGHUP)
    with daemon_signals(lambda: None, lambda: heard.put_nowait("reload")):
        signal.raise_signal(signal.SIGHUP)
        async with asyncio.timeout(30.0):
            assert await heard.get() == "reload"
    assert signal.getsignal(signal.SIGHUP) is before
    with daemon_signals(lambda: None):
        assert signal.getsignal(signal.SIGHUP) is before
