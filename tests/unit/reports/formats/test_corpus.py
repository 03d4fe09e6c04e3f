"""Real files are read to what is known of them."""

import json
from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest
import yaml
from lxml import etree

from pywats.reports.formats import atml, wsjf, wsxf
from pywats.reports.models import UURReport, UUTReport

FORMATS = {"wsjf": wsjf, "wsxf": wsxf, "atml": atml}
CORPUS = Path(__file__).resolve().parents[5] / "shared" / "corpus"
MANIFEST = CORPUS / "MANIFEST.yaml"
FILES = (
    {each["file"]: each for each in yaml.safe_load(MANIFEST.read_text("utf-8"))["files"] if each["format"] in FORMATS}
    if MANIFEST.is_file()
    else {}
)


@pytest.fixture(params=sorted(FILES) or [None])
def known(request, shared):  # noqa: ARG001 - without it there are no files
    return FILES[request.param]


@pytest.fixture
def report(known, shared):
    (report,) = FORMATS[known["format"]].read(shared / "corpus" / known["file"])
    return report


def test_a_file_is_read_to_the_facts(known, report):
    facts = known["expected"]
    assert report.sn == facts["serial_number"]
    assert report.pn == facts["part_number"]
    if "revision" in facts:
        assert (report.rev, report.process_code) == (facts["revision"], facts["process_code"])
    assert report.result.value == facts["result"][0]
    if "steps" in facts:
        assert isinstance(report, UUTReport)
        assert 1 + len(list(report.root.walk())) == facts["steps"]
    if "test_groups" in facts:
        check_atml(facts, report)
    if "failures" in facts:
        assert isinstance(report, UURReport)
        assert len([failure for unit in report.sub_units for failure in unit.failures]) == facts["failures"]
        assert report.info.process_code == facts["uur_process_code"]


def check_atml(facts, report):
    steps = list(report.root.walk())
    assert len(steps) == facts["test_groups"] + facts["tests"] + facts["session_actions"]
    assert (report.station_name, report.info.operator) == (facts["station"], facts["operator"])
    assert report.wire["start"].startswith(facts["start"])
    passed = [step for step in (report.root, *steps) if step.status == "P"]
    assert len(passed) == facts["outcomes_passed"]
    operators = Counter(measure["compOp"] for step in steps for measure in measured(step))
    assert operators["GELE"] == facts["limit_pairs_GE_LE"]
    assert operators["EQ"] + operators["CASESENSIT"] == facts["expected_EQ"]
    assert operators["IGNORECASE"] == facts["expected_CIEQ"]


def measured(step):
    return [*step.wire.get("numericMeas", ()), *step.wire.get("stringMeas", ())]


def test_json_is_written_as_it_was_read(shared):
    for path in (shared / "corpus" / "wsjf").iterdir():
        target = BytesIO()
        (report,) = wsjf.read(path)
        wsjf.write(report, target)
        assert json.loads(target.getvalue()) == json.loads(path.read_bytes())


def elements(document):
    return [(each.tag, dict(each.attrib), each.text or "") for each in etree.fromstring(document).iter()]


def test_xml_is_written_as_it_was_read(shared):
    for path in (shared / "corpus" / "wsxf").iterdir():
        target = BytesIO()
        assert wsxf.write(wsxf.read(path), target) == []
        assert elements(target.getvalue()) == elements(path.read_bytes())


def test_both_exports_of_one_report_are_equal(shared):
    (xml,) = wsxf.read(shared / "corpus/wsxf/uut-wsxf-export.xml")
    (json_,) = wsjf.read(shared / "corpus/wsjf/uut-wsjf-export.json")
    assert xml == json_
    assert xml.start.text == "2026-01-30T22:01:41.4707353+01:00"


@pytest.mark.parametrize("name", ["advanced_uut", "uur_example", "uut-wsjf-export"])
def test_a_report_goes_from_json_to_xml_and_back(shared, name):
    (report,) = wsjf.read(shared / "corpus" / "wsjf" / f"{name}.json")
    target = BytesIO()
    assert wsxf.write(report, target) == []
    (again,) = wsxf.read(target.getvalue())
    assert again == report
