"""Who is told how far a piece of work is, and what is drawn."""

import io
import subprocess
import sys

from pywats import progress
from pywats.progress import meter_of


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_without_being_asked_nobody_is_told(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stderr", Terminal())
    meter = meter_of(False, "rows", 3)
    meter.advance()
    meter.close()
    assert sys.stderr.getvalue() == ""
    assert capsys.readouterr().out == ""


def test_a_function_is_told_what_is_done_and_how_much_there_is():
    told = []
    meter = meter_of(lambda *step: told.append(step), "rows", 10)
    meter.advance(3)
    meter.advance()
    meter.close()
    assert told == [(3, 10), (4, 10)]


def test_a_bar_is_drawn_on_a_terminal_only(monkeypatch, capsys):
    meter_of(True, "rows", 3).advance()
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    first, second = meter_of(True, "rows", 3), meter_of(True, "file", 2_000_000, in_bytes=True)
    first.advance(2)
    second.advance(1_000_000)
    first.close()
    first.close()
    second.close()
    shown = sys.stderr.getvalue()
    assert "rows" in shown
    assert "2 of 3" in shown
    assert "1.0 MB of 2.0 MB" in shown
    assert progress._SCREEN._display is None


def test_rich_is_not_imported_where_no_bar_is_drawn():
    code = (
        "import sys, pywats.client; from pywats.progress import meter_of;"
        "[meter_of(progress, 'rows', 1).close() for progress in (False, print, True)]; print('rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
