"""The page on text files: its file becomes a report with its configuration, as it says."""

import re
from pathlib import Path

import pytest
import yaml

from pywats.ingest.converters import Context, Source, table
from pywats.reports.formats import wsjf

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "how-to" / "text-files.md").read_text("utf-8")
FILES = dict(re.findall(r'```\w+ title="([^"]+)"\n(.*?)```', PAGE, re.DOTALL))


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, content in FILES.items():
        (tmp_path / name).write_text(content.replace("${file:/etc/pywats/token}", "t0ken"), encoding="utf-8")
    return tmp_path


def test_the_file_becomes_the_report_as_the_page_explains(cli, here):
    command, *explained = re.search(r"```console\n\$ pywats (.*?)```", PAGE, re.DOTALL)[1].splitlines()
    outcome = cli(*command.split())
    assert outcome.code == 0, outcome.err
    assert set(explained) <= set(outcome.lines)
    (report,) = wsjf.read(here / "SN0001.json")
    assert (report.sn, report.pn, report.rev, report.wire["uut"]["execTime"]) == ("SN0001", "PCB-7", "B", 83.0)
    assert report.wire["start"] == "2026-01-31T13:02:03+01:00"
    assert [step.name for step in report.root.steps] == ["Power", "Functions"]


def test_a_mistake_in_the_options_is_named_with_its_line(cli, here):
    wrong = (
        FILES["line.yaml"].replace(r"(?P<group>.+) ==", r"(?P<group>.+ ==").replace("${file:/etc/pywats/token}", "t")
    )
    (here / "line.yaml").write_text(wrong)
    outcome = cli("convert", "SN0001.txt", "--to", "wsjf", "--config", "line.yaml")
    line = 1 + wrong.splitlines().index('        - "== (?P<group>.+ =="')
    assert outcome.code == 2
    assert f"line.yaml:{line}:" in outcome.err
    assert "it is no regular expression" in outcome.err


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("misc: [Checked by]", "misc: {a: 1}", 'options.misc: must be a list or "rest", not a mapping'),
        ("misc: [Checked by]", "measures: [{colum: a}]", "measures[0].colum: unknown key, allowed here: column, name"),
    ],
)
def test_a_mistake_in_what_may_be_a_list_or_a_word_is_named_once(cli, here, right, wrong, words):
    configuration = FILES["line.yaml"].replace(right, wrong).replace("${file:/etc/pywats/token}", "t")
    (here / "line.yaml").write_text(configuration)
    outcome = cli("convert", "SN0001.txt", "--to", "wsjf", "--config", "line.yaml")
    line = 1 + next(number for number, each in enumerate(configuration.splitlines()) if wrong in each)
    told = [each for each in outcome.err.splitlines() if f"line.yaml:{line}:" in each and "is missing" not in each]
    assert len(told) == 1
    assert words in told[0]


def test_the_row_for_each_unit_becomes_two_reports(here):
    options = table.Options(**yaml.safe_load(FILES["shift.yaml"])["options"])
    with (here / "shift.csv").open("rb") as file:
        first, second = table.convert(Source(file, here / "shift.csv"), options, Context())
    assert [(step.name, step.status.value) for step in first.root.steps] == [("U", "P"), ("I", "P"), ("LED", "P")]
    assert [(step.name, step.status.value) for step in second.root.steps] == [("U", "F"), ("I", "F"), ("LED", "F")]
    assert first.root.steps[0].unit == "V"


def outlined(report):
    steps = ", ".join(" ".join(filter(None, parts_of(step))) for step in report["root"]["steps"])
    return f"{' '.join(filter(None, (report['sn'], report.get('start'), report['result'])))}: {steps}"


def parts_of(step):
    """Return what stands in a step: name, value, unit, limits, text, status."""
    found = next((step[kind][0] for kind in ("numericMeas", "stringMeas") if kind in step), {})
    low, high = found.get("lowLimit"), found.get("highLimit")
    if found.get("compOp") == "LE":
        low, high = None, low
    limits = (
        "" if low is high is None else f"[{'' if low is None else f'{low} '}..{'' if high is None else f' {high}'}]"
    )
    text = step.get("reportText", "").replace("\n", " ")
    value = str(found.get("value", "")).replace("\n", " ")
    return step["name"], value, found.get("unit"), limits, text and f"({text})", step["status"]


@pytest.mark.parametrize("name", [name.removeprefix("from ") for name in FILES if name.startswith("from ")])
def test_a_file_becomes_the_reports_that_the_page_shows(here, name):
    options = table.Options(**yaml.safe_load(FILES[f"{Path(name).stem}.yaml"])["options"])
    with (here / name).open("rb") as file:
        reports = [outlined(report.wire) for report in table.convert(Source(file, here / name), options, Context())]
    assert reports == FILES[f"from {name}"].splitlines()
