"""Converters on the formats of WATS reports: what is wrong has its place, and times stay as they are."""

from pathlib import Path

import pytest
from converting import converted, refusal

from pywats.ingest.converters import atml, wstf, wsxf
from pywats.testing import check_converter

FORMATS = Path(__file__).resolve().parents[2] / "reports" / "formats"
NAMESPACE = "http://wats.virinco.com/schemas/WATS/Report/wsxf"


def test_wstf_is_converted_whole_or_not_at_all():
    file = FORMATS / "two.wstf.txt"
    reports = check_converter("wstf", [file])[file]
    assert len(reports) == 2


def test_the_start_of_atml_stays_without_a_zone():
    file = FORMATS / "atml_601.xml"
    (report, *_) = check_converter("atml", [file])[file]
    assert report["start"][-6:-5] not in {"+", "-"}
    assert "startUTC" not in report


def test_a_report_in_wsxf():
    content = f'<Reports xmlns="{NAMESPACE}"><Report type="UUT" SN="1" PN="2" Result="Passed"/></Reports>'
    (report,) = converted(wsxf, content)
    assert (report["sn"], report["pn"], report["result"]) == ("1", "2", "P")


def test_a_number_that_is_not_finite_stands_in_the_text_of_its_step():
    meas = '<NumericLimit NumericValue="NaN" Units="V" CompOperator="GELE" LowLimit="1" HighLimit="2" Status="Failed"/>'
    step = f'<Step Group="Main" Name="S" StepType="ET_NLT" Status="Failed">{meas}</Step>'
    root = f'<Step Group="Main" Name="M" StepType="SequenceCall" Status="Failed"><SequenceCall Name="m"/>{step}</Step>'
    content = f'<Reports xmlns="{NAMESPACE}"><Report type="UUT" SN="1" PN="2" Result="Failed">{root}</Report></Reports>'
    (report,) = converted(wsxf, content)
    (made,) = report["root"]["steps"]
    assert ("numericMeas" in made, made["reportText"]) == (False, "value: NaN V GELE 1 2 F")


def test_failures_may_stand_before_the_unit_and_files_before_the_failure():
    unit = '<ReportUnitHierarchy PartType="Main" PN="2" SN="1" Idx="0"/>'
    failure = '<Failures Idx="3" PartIdx="0" Category="C" Code="D"/>'
    file = '<Binary FailIdx="3"><Data ContentType="text/plain" FileName="a.txt">YQ==</Data></Binary>'
    head = '<Report type="UUR" SN="1" PN="2" Result="Passed"><UUR UserLoginName="a"/>'
    (report,) = converted(wsxf, f'<Reports xmlns="{NAMESPACE}">{head}{file}{failure}{unit}</Report></Reports>')
    (found,) = report["subUnits"][0]["failures"]
    assert (found["code"], found["attachments"][0]["name"]) == ("D", "a.txt")


@pytest.mark.parametrize(
    ("module", "content", "words"),
    [
        (wsxf, f'<Reports xmlns="{NAMESPACE}">\n<Report type="UUT">', "line "),
        (wsxf, "<Other/>", "line 1: the document is Other, and no WSXF"),
        (wstf, "--Header-Start--\nSerialNumber\t1\n", "line "),
        (atml, "<Other/>", "line 1: the document is Other, and no ATML"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(module, content, words):
    assert words in refusal(module, content)
