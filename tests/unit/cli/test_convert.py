"""Reports from one format to another, a file for each."""

import json
from pathlib import Path

import pytest

from pywats.reports.formats import wsjf, wsxf
from pywats.reports.models import UUTReport

FILES = Path(__file__).resolve().parents[1] / "reports" / "formats"


@pytest.fixture
def report():
    report = UUTReport(pn="P", sn="S", rev="A", process_code=10)
    with report.root.loop("again") as loop:
        loop.numeric(1.0, low=0)
        loop.numeric(2.0, low=0)
    report.wire["origin"] = "server"
    report.root.wire["odd"] = 1
    report.root.wire["steps"][0]["loop"]["endingIndex"] = 2
    return report


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_each_report_is_a_file_that_the_server_takes(cli, here):
    outcome = cli("convert", FILES / "two.wstf.txt", "--to", "wsjf")
    assert outcome.code == 0
    assert [each.name for each in sorted(here.iterdir())] == ["two.wstf-2.json", "two.wstf.json"]
    (second,) = wsjf.read(here / "two.wstf-2.json")
    assert second.sn == "SN2"
    assert outcome.lines[0] == f"{FILES / 'two.wstf.txt'} -> two.wstf.json"


def test_corrections_and_losses_are_told(cli, here, report):
    wsjf.write(report, here / "a.json")
    outcome = cli("convert", "a.json", "--to", "wsxf", "--json")
    (said,) = map(json.loads, outcome.lines)
    (made,) = said["reports"]
    assert (said["error"], made["id"], made["file"]) == (None, str(report.id), "a.xml")
    assert made["corrected"] == ["origin is left out", "root.steps.0.loop.endingIndex was 2, and is 1"]
    assert made["left_out"] == ["Main: odd"]
    (again,) = wsxf.read(here / "a.xml")
    assert again.root.steps[0].loop_info.ending_index == 1
    assert "corrected: origin is left out" in cli("convert", "a.json", "--to", "wsjf", "--out", here.parent).out


def test_one_bad_file_spoils_the_code_and_not_the_others(cli, here, report):
    source = here / "in"
    source.mkdir()
    wsjf.write(report, source / "good.json")
    (source / "bad.xml").write_bytes((FILES / "atml_601.xml").read_bytes().replace(b"SN2", b"<"))
    (source / "strange.bin").write_bytes(b"\0\1\2")
    outcome = cli(
        "convert", *(f"in/{name}" for name in ("bad.xml", "strange.bin", "gone.xml", "good.json")), "--to", "wsxf"
    )
    assert outcome.code == 1
    assert "in/bad.xml: line 44" in outcome.err
    assert "in/strange.bin: no converter recognises this file" in outcome.err
    assert "in/gone.xml: No such file" in outcome.err
    assert sorted(each.name for each in here.glob("*.xml")) == ["bad.xml", "good.xml"]  # the first of bad.xml was whole


def test_a_file_that_is_there_is_left_alone(cli, here, report):
    wsjf.write(report, here / "a.json")
    before = (here / "a.json").read_bytes()
    outcome = cli("convert", "a.json", "--to", "wsjf")
    assert outcome.code == 1
    assert "a.json is there already" in outcome.err
    assert (here / "a.json").read_bytes() == before


def test_a_converter_of_the_daemon_by_its_name(cli, here, report):
    (here / "a.txt").write_bytes(report.to_json())
    assert cli("convert", "a.txt", "--converter", "wsjf", "--to", "wsjf").code == 0
    outcome = cli("convert", "a.txt", "--converter", "wsxf", "--to", "wsjf")
    assert (outcome.code, "not well-formed" in outcome.err) == (1, True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--to", "atml"], "there are wsjf, wsxf"),
        (["--to", "wsjf", "--out", "a.json"], "cannot be made"),
        (["--to", "wsjf", "--converter", "nothing"], "there are wsjf, wsxf, wstf, atml"),
    ],
)
def test_a_wrong_command_line_does_nothing(cli, here, options, words):
    (here / "a.json").write_text("{}")
    outcome = cli("convert", "a.json", *options)
    assert outcome.code == 2
    assert words in outcome.err
    assert [each.name for each in here.iterdir()] == ["a.json"]


CONFIG = """
kind: ingest
server: {base_url: "http://127.0.0.1:1", token: x}
sources:
  - name: ict
    watch: in
    converter: csv
    timezone: Europe/Oslo
    station: {name: ICT-1, location: Oslo, purpose: Production}
    defaults: {part_number: PCB-7, process: 10, operator: auto}
    options:
      fields: {serial_number: SN, start: Time}
      measures: [{column: U, low: 3.2, high: 3.4, unit: V}]
"""


def test_a_tester_file_as_a_source_reads_it_and_how_each_value_was_understood(cli, here):
    (here / "line.yaml").write_text(CONFIG)
    (here / "a.csv").write_text("SN;Time;U\nS1;2026-01-31 12:00:00;3.3\n")
    outcome = cli("convert", "a.csv", "--to", "wsjf", "--config", "line.yaml", "--explain")
    assert outcome.code == 0
    assert "a.csv: serial_number = S1 (line 2, column SN)" in outcome.lines
    (report,) = wsjf.read(here / "a.json")
    assert (report.sn, report.pn, report.wire["start"]) == ("S1", "PCB-7", "2026-01-31T12:00:00+01:00")


def test_explanations_are_json_too_and_formats_explain_themselves(cli, here, report):
    wsjf.write(report, here / "a.wsjf")
    (said,) = map(json.loads, cli("convert", "a.wsjf", "--to", "wsjf", "--explain", "--json").lines)
    assert said["explained"] == ["format = wsjf (every value stands under its own name)"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--source", "ict"], "name that with --config"),
        (["--config", "line.yaml", "--source", "fct"], "there is ict"),
        (["--config", "line.yaml", "--converter", "csv"], "one of the two"),
    ],
)
def test_options_of_sources_that_do_not_fit(cli, here, options, words):
    (here / "line.yaml").write_text(CONFIG)
    outcome = cli("convert", "a.csv", "--to", "wsjf", *options)
    assert (outcome.code, words in outcome.err) == (2, True)
