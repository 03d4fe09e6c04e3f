"""Colours appear on a terminal, and where somebody insists."""

import io
import sys
from pathlib import Path

import pytest

from pywats.cli import colours

SAMPLE = Path(__file__).resolve().parents[3] / "configs" / "demo" / "inbox" / "FCT-1_W1001.json"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("variables", "on_terminal", "elsewhere"),
    [
        ({}, True, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        ({"TERM": "dumb"}, False, False),
    ],
)
def test_variables_decide(monkeypatch, variables, on_terminal, elsewhere):
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert colours.wanted(Terminal()) is on_terminal
    assert colours.wanted(io.StringIO()) is elsewhere


def test_a_report_is_coloured_for_a_pager(cli, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b" not in cli("show", SAMPLE).out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in cli("show", SAMPLE).out


@pytest.mark.parametrize(("variable", "coloured"), [("FORCE_COLOR", True), ("NO_COLOR", False)])
def test_the_log_is_coloured_as_everything_else(cli, monkeypatch, wats_sandbox, variable, coloured):
    monkeypatch.setattr(sys, "stderr", stream := Terminal())
    monkeypatch.setenv(variable, "1")
    monkeypatch.setenv("WATS_BASE_URL", wats_sandbox.url)
    monkeypatch.setenv("WATS_AUTH_TOKEN", wats_sandbox.token)
    cli("call", "product.get_product", "X", "-vv")
    assert ("\x1b[" in stream.getvalue()) is coloured
