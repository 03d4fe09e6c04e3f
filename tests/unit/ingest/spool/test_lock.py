"""One process per spool, and no lock is left by one that was killed."""

import os
import subprocess
import sys

import pytest

from pywats.ingest.errors import SpoolLockedError
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
