"""A disk that fails, a process that dies, and a server that counts: what the tests of this folder have in common."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from chaos.ordeal import Victim

from pywats.sandbox import Sandbox

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@pytest.fixture(scope="session")
def disk(tmp_path_factory) -> Path | None:
    """The library that makes a disk fail, or ``None`` where it cannot be built."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if platform.libc_ver()[0] != "glibc" or compiler is None:
        return None
    built = tmp_path_factory.mktemp("disk") / "disk.so"
    made = subprocess.run(
        [compiler, "-shared", "-fPIC", "-O2", "-o", str(built), str(HERE / "disk.c"), "-ldl"],
        capture_output=True,
        check=False,
        text=True,
    )
    assert made.returncode == 0, made.stderr
    return built


@pytest.fixture(scope="session")
def victim(disk) -> Generator[Victim]:
    """Runs daemons and test programs that meet faults."""
    preloaded = {} if disk is None else {"LD_PRELOAD": str(disk)}
    with subprocess.Popen(
        [sys.executable, str(HERE / "victim.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **preloaded},
    ) as process:
        yield Victim(process, disk=disk is not None)
        process.stdin.close()


@pytest.fixture(scope="session")
def server() -> Generator[Sandbox]:
    """A sandbox for all tests of a process."""
    with Sandbox() as made:
        yield made


@pytest.fixture
def wats(server) -> Sandbox:
    """The sandbox, empty."""
    server.clear()
    return server
