"""Logs: quiet by default, by the host's configuration where there is one, and without local variables."""

import logging
import sys
from types import ModuleType

import pytest
import structlog

from workers.log import _host_is_configured, get_logger, traceback_of


def test_unconfigured_it_logs_a_line_through_logging_and_prints_nothing(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    structlog.reset_defaults()
    log = get_logger("workers.some")
    with structlog.contextvars.bound_contextvars(trace="abc"):
        log.warning("child_restarts", child="a b", delay=0.5)
    log.warning("alone")
    log.debug("too_fine")
    assert [record.message for record in caplog.records] == ['child_restarts child="a b" delay=0.5 trace=abc', "alone"]
    assert {record.name for record in caplog.records} == {"workers.some"}
    assert capsys.readouterr().out == ""


def test_a_host_that_configured_structlog_gets_the_events() -> None:
    log = get_logger("workers.some")
    with structlog.testing.capture_logs() as events:
        log.warning("child_restarts", child="a")
    structlog.reset_defaults()
    assert events == [{"event": "child_restarts", "child": "a", "log_level": "warning"}]


def test_a_traceback_is_text_without_local_variables(caplog: pytest.LogCaptureFixture) -> None:
    def fail(secret: str) -> None:
        raise ValueError(len(secret))

    with pytest.raises(ValueError, match="6") as raised:
        fail("sesame")
    text = traceback_of(raised.value)
    assert text is not None
    assert "ValueError: 6" in text
    get_logger("workers.some").error("failed", traceback=text)
    assert caplog.records[-1].levelno == logging.ERROR
    assert traceback_of(None) is None


def test_a_structlog_that_another_thread_is_importing_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "structlog", ModuleType("structlog"))
    assert not _host_is_configured()
