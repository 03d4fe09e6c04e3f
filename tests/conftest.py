"""Fixtures that every test may use."""

import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import hypothesis
import pytest
import structlog

# How long one example takes says more about the machine than about the code.
hypothesis.settings.register_profile("pywats", deadline=None)
hypothesis.settings.load_profile("pywats")

ROOT = Path(__file__).resolve().parents[1]


def pytest_configure() -> None:
    """Hear Ctrl-C again where a shell has turned it off for what runs in its background; child processes inherit it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what a process said that came to no good end, which its error keeps to itself."""
    report = yield
    error = call.excinfo and call.excinfo.value
    if isinstance(error, subprocess.CalledProcessError | subprocess.TimeoutExpired):
        for name, said in (("stdout", error.stdout), ("stderr", error.stderr)):
            text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
            report.sections.append((f"{name} of the process", text or ""))
    return report


@pytest.fixture(scope="session")
def shared() -> Path:
    """The reference material that lies beside a developer's checkout and is not part of the repository."""
    path = ROOT.parent / "shared"
    if not path.is_dir():
        pytest.skip(f"needs the reference material in {path}, which is not part of the repository")
    return path


@pytest.fixture(scope="session")
def make_report() -> Callable[..., dict[str, Any]]:
    """Makes test reports in WSJF that a server takes: one numeric step; fields are set or, with ``None``, left out."""

    def make(number: int = 1, **fields: Any) -> dict[str, Any]:
        start = datetime(2026, 1, 5, 8, tzinfo=timezone(timedelta(hours=1))) + timedelta(minutes=number)
        measured = {"compOp": "GELE", "status": "P", "unit": "V", "value": 5.02, "lowLimit": 4.75, "highLimit": 5.25}
        step = {"group": "M", "name": "Supply", "status": "P", "stepType": "ET_NLT", "numericMeas": [measured]}
        report = {
            "type": "T",
            "id": str(UUID(int=0x1F0E_4000_8000_0000_0000_0000 + number)),
            "pn": "WIDGET-001",
            "sn": f"SN{number:05}",
            "rev": "A",
            "processCode": 60,
            "result": "P",
            "machineName": "FCT-1",
            "location": "Oslo",
            "purpose": "Production",
            "start": start.isoformat(),
            "startUTC": start.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "uut": {"user": "anna", "execTime": 2.5},
            "root": {
                "group": "M",
                "name": "MainSequence",
                "status": "P",
                "stepType": "SequenceCall",
                "seqCall": {"path": "widget.seq", "name": "MainSequence", "version": "1.0"},
                "steps": [step],
            },
        }
        return {name: value for name, value in {**report, **fields}.items() if value is not None}

    return make


@pytest.fixture
def free_port() -> Generator[int]:
    """A port on which nothing listens. Who wants to can; to nobody else does the system give it meanwhile."""
    with socket.socket() as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", 0))
        port = kept.getsockname()[1]
        if sys.platform != "linux":  # elsewhere two sockets cannot have one port
            kept.close()
        yield port


@pytest.fixture(autouse=True)
def _logs_unconfigured() -> Generator[None]:
    """Leave no test the logs that another one has configured; ``structlog.testing.capture_logs`` does so."""
    yield
    structlog.reset_defaults()
