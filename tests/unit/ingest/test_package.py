"""What the package offers without being asked for more."""

import subprocess
import sys

import pytest

import pywats.ingest
from pywats.ingest import Daemon, daemon, run


def test_the_daemon_is_there_by_name_and_nothing_else():
    assert (Daemon, run) == (daemon.Daemon, daemon.run)
    with pytest.raises(AttributeError, match="no attribute 'Pipeline'"):
        _ = pywats.ingest.Pipeline


def test_reading_a_configuration_loads_neither_the_client_nor_the_watch():
    check = "import sys, pywats.ingest.schema; print([m for m in ('aiohttp', 'watchfiles') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", check], capture_output=True, check=True, text=True)
    assert result.stdout.strip() == "[]"
