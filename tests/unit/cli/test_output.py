"""What is printed: tables, fields, JSON."""

import io
import json
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from pywats.cli import output


@dataclass
class Named:
    file: str
    at: datetime


class Terminal(io.TextIOWrapper):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    def use():
        stream = Terminal(io.BytesIO(), encoding="utf-8", write_through=True)
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setenv("COLUMNS", "30")
        return lambda: stream.buffer.getvalue().decode()

    return use


def test_a_table_has_the_columns_that_hold_something(capsys):
    output.write_table([{"a": 1, "b": None, "c": []}, {"a": 22, "d": "x"}])
    assert capsys.readouterr().out.splitlines() == ["a   d", "1", "22  x"]


def test_rows_after_the_first_block_are_printed_at_once(capsys):
    table = output.Table()
    for number in range(output.BLOCK):
        table.add({"n": number})
    assert len(capsys.readouterr().out.splitlines()) == output.BLOCK + 1
    table.add({"n": "last"})
    assert capsys.readouterr().out == "last\n"


def test_no_rows_print_nothing(capsys):
    output.write_table([])
    assert capsys.readouterr().out == ""


def test_a_terminal_gets_what_fits_and_is_told_the_rest(terminal, capsys):
    shown = terminal()
    output.write_table([{"first": "x" * 50, "second": "y", "third": "z" * 20}])
    assert all(len(line) <= output.WIDEST for line in shown().splitlines())
    assert "second" not in shown()
    assert "not shown for want of room: second, third" in capsys.readouterr().err


def test_columns_that_fit_between_are_kept(terminal, capsys):
    shown = terminal()
    output.write_table([{"first": "x" * 10, "wide": "w" * 30, "last": "z"}])
    assert shown().splitlines()[0].split() == ["first", "last"]
    assert "wide" in capsys.readouterr().err


def test_what_moves_a_terminals_cursor_is_escaped(capsys):
    output.write_table([{"a": "\x1b[2Jgone\nline"}])
    output.write_line("\x07bell")
    output.write_fields({"b": "\x1b]0;title\x07"})
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\\x1b[2Jgone\\nline" in shown


def test_fields_that_hold_nothing_are_left_out(capsys):
    output.write_fields({"name": "Widget", "tags": [], "note": None, "active": True})
    assert capsys.readouterr().out.splitlines() == ["name    Widget", "active  true"]


def test_json_is_utf8_whatever_the_terminals_encoding_is(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    output.write_json({"name": "æ漢"})
    assert json.loads(stream.buffer.getvalue()) == {"name": "æ漢"}


def test_the_name_of_a_file_that_is_no_text_is_escaped_in_json(capfdbinary):
    moment = datetime(2026, 3, 4, tzinfo=UTC)
    output.write_json({"files": [Named(os.fsdecode(b"W\xe9.json"), moment)]})
    output.write_json({"files": [Named("W.json", moment)]})
    odd, plain = (json.loads(line)["files"][0] for line in capfdbinary.readouterr().out.splitlines())
    assert os.fsencode(odd["file"]) == b"W\xe9.json"
    assert (odd.keys(), odd["at"]) == (plain.keys(), plain["at"])


def test_the_closing_table_is_drawn_on_a_terminal_and_aligned_elsewhere(terminal, capsys):
    rows = [{"what": "[bold]files[/]", "count": 3}]
    output.write_closing("title", rows)
    assert capsys.readouterr().out.splitlines() == ["what            count", "[bold]files[/]  3"]
    shown = terminal()
    output.write_closing("title", rows)
    assert "title" in shown()
    assert "[bold]files[/]" in shown()
