"""The log of a command: where it goes, what it looks like, what is not in it."""

import io
import json
import logging
import sys

import pytest
import structlog

from pywats.cli.exits import CommandError
from pywats.cli.logs import LogFile, start_logging
from pywats.cli.options import LogLevel
from workers.log import get_logger


class Terminal(io.StringIO):
    def isatty(self):
        return True


def log_a_failure():
    def fail(token):
        raise RuntimeError(len(token))

    try:
        fail("s3cret" + "-token")
    except RuntimeError:
        logging.getLogger("x").exception("failed")


def test_lines_have_time_level_event_and_fields(capsys):
    start_logging(LogLevel.INFO)
    get_logger("pywats.x").info("report_uploaded", id="a b", bytes=3)
    line = capsys.readouterr().err
    assert line.startswith("timestamp=2")
    assert 'level=info event=report_uploaded id="a b" bytes=3' in line


def test_json_lines_for_machines(capsys):
    start_logging(LogLevel.INFO, json=True)
    structlog.get_logger("x").warning("line_down", detail="no answer")
    logging.getLogger("foreign").warning("%s happened", "it")
    ours, foreign = map(json.loads, capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["level"], ours["detail"]) == ("line_down", "warning", "no answer")
    assert foreign["event"] == "it happened"


@pytest.mark.parametrize(
    ("level", "verbose", "written"),
    [
        (None, 0, ["warning"]),
        (None, 1, ["info", "warning"]),
        (None, 2, ["debug", "info", "warning"]),
        (None, 9, ["debug", "info", "warning"]),
        (LogLevel.ERROR, 2, []),
    ],
)
def test_the_level_is_the_one_named_or_one_more_for_each_v(capsys, level, verbose, written):
    start_logging(level, verbose, json=True)
    log = get_logger("x")
    log.debug("a")
    log.info("b")
    log.warning("c")
    assert [json.loads(line)["level"] for line in capsys.readouterr().err.splitlines()] == written


@pytest.mark.parametrize("json_lines", [True, False])
def test_a_traceback_shows_no_local_variables(capsys, json_lines):
    start_logging(LogLevel.INFO, json=json_lines)
    log_a_failure()
    shown = capsys.readouterr().err
    assert "RuntimeError" in shown
    assert "s3cret-token" not in shown


def test_a_terminal_gets_colours_unless_they_are_unwanted(monkeypatch):
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.delenv("NO_COLOR", raising=False)
    start_logging(LogLevel.INFO)
    log_a_failure()
    assert "\x1b[" in shown.getvalue()
    assert "s3cret-token" not in shown.getvalue()
    shown.truncate(0)
    monkeypatch.setenv("NO_COLOR", "1")
    start_logging(LogLevel.INFO)
    get_logger("x").info("hello")
    assert "hello" in shown.getvalue()
    assert "\x1b[" not in shown.getvalue()


def test_credentials_in_addresses_are_masked(capsys):
    start_logging(LogLevel.INFO)
    logging.getLogger("aiohttp").warning("no way to http://joe:pa55@proxy:8080/")
    shown = capsys.readouterr().err
    assert "pa55" not in shown
    assert "http://***@proxy:8080/" in shown


def test_lines_go_to_standard_error_as_it_is_then(monkeypatch):
    start_logging(LogLevel.INFO)
    later = io.StringIO()
    monkeypatch.setattr(sys, "stderr", later)
    get_logger("x").info("hello")
    assert "hello" in later.getvalue()


def test_a_file_takes_the_log_and_is_set_aside_when_it_is_large(tmp_path, capsys):
    path = tmp_path / "logs" / "line.log"
    start_logging(LogLevel.INFO, json=True, file=LogFile(path, size=2000, keep=2))
    for number in range(100):
        get_logger("x").info("hello", number=number)
    assert capsys.readouterr().err == ""
    kept = sorted(path.parent.iterdir())
    assert [each.name for each in kept] == ["line.log", "line.log.1", "line.log.2"]
    assert all(each.stat().st_size <= 2000 for each in kept)
    assert json.loads(path.read_text().splitlines()[-1])["number"] == 99


def test_a_log_that_cannot_be_written_is_said_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match=r"the log .* cannot be written: .*; name another log.file") as caught:
        start_logging(file=LogFile(tmp_path / "file" / "line.log", size=2000, keep=2))
    assert "\n" not in caught.value.message


def test_the_configuration_says_where_the_log_goes_and_the_command_line_how_much(cli, tmp_path):
    (tmp_path / "ict").mkdir()
    document = {
        "kind": "ingest",
        "server": {"base_url": "http://127.0.0.1:9", "token": "s3cret-token", "trust_env": False},
        "spool": {"path": str(tmp_path / "spool.db")},
        "log": {"level": "error", "format": "json", "file": str(tmp_path / "line.log")},
        "sources": [{"name": "ict", "watch": str(tmp_path / "ict")}],
    }
    (tmp_path / "line.yaml").write_text(json.dumps(document))
    assert cli("ingest", tmp_path / "line.yaml", "--once").code == 0
    assert (tmp_path / "line.log").read_text() == ""
    assert cli("ingest", tmp_path / "line.yaml", "--once", "--log-level", "info").code == 0
    assert '"event": "started"' in (tmp_path / "line.log").read_text()
