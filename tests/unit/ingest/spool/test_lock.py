"""One process per spool, and no lock is left by one that was killed."""

import asyncio
import os
import subprocess
import sys
import threading
import time

import pytest

from pywats.ingest.errors import SpoolLockedError
from pywats.ingest.spool import store
from pywats.ingest.spool.lock import SpoolLock
from pywats.ingest.spool.store import Spool

HOLD = """
import sys, time
from pathlib import Path
from pywats.ingest.spool.lock import SpoolLock
lock = SpoolLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


async def test_a_second_daemon_is_refused_and_told_who_the_first_is(tmp_path):
    async with Spool(tmp_path / "spool.db"):
        with pytest.raises(SpoolLockedError, match=f"process {os.getpid()} works on the spool"):
            await Spool(tmp_path / "spool.db").open()
    async with Spool(tmp_path / "spool.db") as again:
        assert await again.active() == 0


async def test_a_lock_that_is_taken_while_the_taker_is_cancelled_is_let_go_at_the_end(tmp_path, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()

    def slow(*args):
        begun.set()
        go_on.wait()
        return SpoolLock(*args)

    monkeypatch.setattr(store, "SpoolLock", slow)
    spool = Spool(tmp_path / "spool.db")
    await spool.open(shared=True)
    leading = asyncio.create_task(spool.lead())
    await asyncio.to_thread(begun.wait)
    leading.cancel()
    await asyncio.wait([leading])
    go_on.set()
    await spool.close()
    assert leading.cancelled()
    assert not SpoolLock.is_held(spool.path)


async def test_who_tries_to_lead_does_not_keep_others_from_putting_in(tmp_path, monkeypatch):
    waits = []
    monkeypatch.setattr(time, "sleep", waits.append)
    other = Spool(tmp_path / "spool.db")
    async with Spool(tmp_path / "spool.db"):
        await other.open(shared=True)
        with pytest.raises(SpoolLockedError):
            await other.lead()
    await other.close()
    assert waits == []


def test_a_killed_process_leaves_no_lock(tmp_path):
    spool = tmp_path / "spool.db"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(spool)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(SpoolLockedError, match=str(process.pid)):
            SpoolLock(spool)
        process.kill()
        process.wait()
    SpoolLock(spool).release()


def test_a_full_disk_takes_the_number_from_the_lock_and_not_the_lock(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    lock = SpoolLock(tmp_path / "spool.db")
    assert SpoolLock.is_held(tmp_path / "spool.db")
    lock.release()
