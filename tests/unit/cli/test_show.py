"""A report on the terminal, or as a page."""

import io
import json
import sys
from uuid import uuid4

import pytest

from pywats.cli import main
from pywats.reports.formats import wsjf
from pywats.reports.models import UURReport, UUTReport


@pytest.fixture
def report():
    report = UUTReport(pn="P", sn="S", rev="A", process_code=10)
    with report.root.sequence("Power \x1b[31m") as power:
        power.numeric("3V3", 3.3, "V", low=3.2, high=3.4)
        power.numeric("5V", 9.0, "V", low=4.5, high=5.5)
        several = power.multi_string("Texts")
        several.add("a", "x", limit="y")
        several.add("b", "z")
    return report


@pytest.fixture
def file(tmp_path, report):
    path = tmp_path / "a.json"
    wsjf.write([report, UUTReport(pn="P", sn="second")], path)
    return path


def test_elsewhere_than_on_a_terminal_it_is_plain(cli, file):
    outcome = cli("show", file, "--number", 1)
    assert outcome.code == 0
    assert outcome.lines[0].startswith("Test of P S: Failed (operation 10")
    assert outcome.lines[1:] == [
        "Failed      Main",
        "  Failed      Power \\x1b[31m",
        "    Passed      3V3  3.3 V (3.2 ≤ x ≤ 3.4)",
        "    Failed      5V  9 V (4.5 ≤ x ≤ 5.5)",
        "    Failed      Texts",
        "      Failed      a  x (casesensit y)",
        "      Passed      b  z",
    ]


def test_a_terminal_has_colours_and_bars(file, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert main(["show", str(file), "--number", "1"]) == 0
    said = screen.getvalue()
    assert "\x1b[32mPassed" in said
    assert "├──────────●──────────┤" in said
    assert "┤ ●" in said
    assert "Power \x1b[31m" not in said


def test_all_reports_of_a_file_or_one(cli, file):
    assert cli("show", file).out.count("Test of P") == 2
    outcome = cli("show", file, "--number", 3)
    assert (outcome.code, "holds 2" in outcome.err) == (1, True)


def test_json(cli, file, report):
    first, second = map(json.loads, cli("show", file, "--json").lines)
    assert first == report.wire
    assert second["sn"] == "second"


def test_a_page(cli, file, tmp_path):
    page = tmp_path / "page.html"
    outcome = cli("show", file, "--html", page)
    assert (outcome.code, "--number says which" in outcome.err, page.exists()) == (2, True, False)
    assert cli("show", file, "--number", 1, "--html", page).code == 0
    assert page.read_text("utf-8").startswith("<!doctype html>")


def test_a_repair(cli, tmp_path):
    repair = UURReport(pn="P", sn="S", process_code=500)
    repair.add_failure("Component", "Burned", com_ref="R1")
    wsjf.write(repair, tmp_path / "r.json")
    assert cli("show", tmp_path / "r.json").lines[1:] == ["  P S: Component / Burned at R1"]


def test_a_report_of_the_server(cli, wats_sandbox, make_report, monkeypatch):
    wats_sandbox.seed(reports=[make_report(1)])
    monkeypatch.setenv("WATS_BASE_URL", wats_sandbox.url)
    monkeypatch.setenv("WATS_AUTH_TOKEN", wats_sandbox.token)
    outcome = cli("show", make_report(1)["id"])
    assert outcome.code == 0
    assert "  Passed      Supply  5.02 V (4.75 ≤ x ≤ 5.25)" in outcome.lines
    gone = str(uuid4())
    outcome = cli("show", gone)
    assert (outcome.code, f"no report {gone}" in outcome.err) == (1, True)


def test_neither_a_file_nor_an_id(cli, tmp_path):
    outcome = cli("show", tmp_path / "gone.xml")
    assert (outcome.code, "neither a file nor the id" in outcome.err) == (2, True)


def test_validate_takes_report_files(cli, file, tmp_path, report):
    outcome = cli("validate", file)
    assert outcome.code == 2
    assert f"{file}: report 1: report: station_name is missing" in outcome.err
    report.wire |= {"machineName": "M", "location": "L", "purpose": "P", "start": "2024-01-01T00:00:00Z"}
    report.wire["uut"] = {"user": "anna"}
    wsjf.write(report, tmp_path / "good.json")
    assert cli("validate", tmp_path / "good.json").lines == [f"{tmp_path / 'good.json'}: ok (wsjf, 1 report)"]
    (tmp_path / "cut.json").write_bytes(file.read_bytes()[:-9])
    outcome = cli("validate", tmp_path / "cut.json")
    assert (outcome.code, "cut.json: line " in outcome.err) == (2, True)
