"""The daemon under a service manager: it says that it is ready and lives, ends in time, and comes back."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from waiting import PATIENCE, put

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="systemd is a matter of Linux")


@pytest.fixture
def manager(tmp_path):
    """What systemd listens on."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(PATIENCE)
        yield listening


@contextlib.contextmanager
def daemon(root, wats):
    document = {
        "kind": "ingest",
        "server": {"base_url": wats.url, "token": wats.token, "trust_env": False},
        "spool": {"path": str(root / "spool.db")},
        "sources": [{"name": "ict", "watch": str(root / "ict"), "settle": "10ms"}],
    }
    (root / "ict").mkdir(exist_ok=True)
    (root / "line.yaml").write_text(json.dumps(document))
    command = [sys.executable, str(ROOT / "run.py"), "ingest", str(root / "line.yaml"), "--log-level", "error"]
    environment = {**os.environ, "NOTIFY_SOCKET": str(root / "notify"), "WATCHDOG_USEC": "100000"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def test_it_says_that_it_is_ready_lives_and_stops_and_comes_back_on_the_same_spool(
    manager, tmp_path, wats_sandbox, make_report
):
    for number in (1, 2):
        with daemon(tmp_path, wats_sandbox) as process:
            heard = Counter()
            while not (heard["READY=1"] and heard["WATCHDOG=1"] >= 3):
                heard[manager.recv(100).decode()] += 1
            assert set(heard) == {"READY=1", "WATCHDOG=1"}
            assert heard["READY=1"] == 1
            put(tmp_path / "ict" / f"{number}.json", json.dumps(make_report(number)))
            while len(wats_sandbox.reports()) < number:
                assert manager.recv(100) == b"WATCHDOG=1"
            process.send_signal(signal.SIGTERM)
            while manager.recv(100) != b"STOPPING=1":
                pass
            assert process.wait(PATIENCE) == 0
            manager.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while manager.recv(100):
                    pass
            manager.settimeout(PATIENCE)
    assert len(wats_sandbox.reports()) == 2
