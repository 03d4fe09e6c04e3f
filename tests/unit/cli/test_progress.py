"""How work goes on: bars on a terminal, lines elsewhere, nothing for machines."""

import io
import re
import sys

from pywats.cli import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(stream):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())


def test_a_terminal_gets_bars_with_count_and_result(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with progress.metered() as meter:
        meter.update("files", 1, 4)
        meter.update("files", 3, 4)
        meter.end("files", "4 [bold]found[/]\x1b[2J")
        meter.update("headers", 0)
        meter.end("headers", "0 rows")
    assert "files: 4 [bold]found[/]\\x1b[2J" in shown(stream)
    assert "3/4" in shown(stream)
    assert "headers: 0 rows" in shown(stream)


def test_what_is_printed_meanwhile_stays_above_the_bars(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setenv("TERM", "xterm")
    with progress.metered() as meter:
        meter.update("headers", 5)
        sys.stdout.write("a table of the job\n")
        meter.end("headers", "5 rows")
    assert shown(stream).index("a table of the job") < shown(stream).index("headers: 5 rows")


def test_lines_elsewhere_now_and_then_and_at_the_end(monkeypatch, capsys):
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with progress.metered() as meter:
        meter.update("headers", 0)
        now[0] += progress.LINE_INTERVAL / 2
        meter.update("headers", 10)
        now[0] += progress.LINE_INTERVAL
        meter.update("headers", 2000)
        meter.update("files", 0, 7)
        now[0] += progress.LINE_INTERVAL
        meter.update("files", 3, 7)
        meter.end("headers", "2,001 rows")
    said = capsys.readouterr()
    assert said.err.splitlines() == [
        "headers: 2,000 so far, 267/s",
        "files: 3 of 7, 36/min, 0:00:07 left",
        "headers: 2,001 rows",
    ]
    assert said.out == ""


def test_machines_are_told_nothing(capsys):
    with progress.metered(quiet=True) as meter:
        meter.update("headers", 5, 7)
        meter.end("headers", "7 rows")
    assert capsys.readouterr() == ("", "")
