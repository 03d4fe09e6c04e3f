"""Reports in XML: to WSJF and back, and what is refused."""

import json
from base64 import b64encode
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.sandbox.answers import Refusal
from pywats.sandbox.report.wsxf.attributes import NAMESPACE, xml_text
from pywats.sandbox.report.wsxf.reading import read_wsxf
from pywats.sandbox.report.wsxf.writing import written_wsxf

OF_THE_SERVER = {"origin", "productName", "assetStats"}


def bare(value: Any) -> Any:
    """A document without what is null, empty, or only written by the server; 1.0 is 1."""
    if isinstance(value, dict):
        found = {name: bare(member) for name, member in value.items() if name not in OF_THE_SERVER}
        return {name: member for name, member in found.items() if member not in (None, "", [], {})}
    return [bare(each) for each in value] if isinstance(value, list) else value


def test_the_same_report_in_both_formats_of_a_real_server_is_the_same(shared):
    xml = read_wsxf((shared / "corpus/wsxf/uut-wsxf-export.xml").read_bytes())
    wsjf = json.loads((shared / "corpus/wsjf/uut-wsjf-export.json").read_text("utf-8"))
    wsjf["id"] = wsjf["id"].upper()
    wsjf["uut"].pop("stepIdCausedUUTFailure")
    assert bare(xml) == bare(wsjf)


@pytest.mark.parametrize("name", ["uut-wsjf-export", "advanced_uut", "uur_example"])
@pytest.mark.parametrize("indexes", [True, False])
def test_a_report_survives_the_way_through_xml(shared, name, indexes):
    report = json.loads((shared / f"corpus/wsjf/{name}.json").read_text("utf-8"))
    document = written_wsxf(report, indexes=indexes)
    assert (b"StepIndex" in document) == (indexes and report["type"] == "T")
    assert bare(read_wsxf(document)) == bare(without_what_xml_has_not(report))


def without_what_xml_has_not(report: dict[str, Any]) -> dict[str, Any]:
    report.get("uut", {}).pop("stepIdCausedUUTFailure", None)
    report.get("uut", {}).pop("refUURs", None)
    report.get("uur", {}).pop("children", None)
    return report


def document(*reports: str, root: str = "Reports", namespace: str = NAMESPACE) -> bytes:
    return f'<{root} xmlns="{namespace}">{"".join(reports)}</{root}>'.encode()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "cannot be read"),
        (b"<Reports", "cannot be read"),
        (b'<?xml version="1.0" encoding="no-such"?><Reports/>', "cannot be read"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "document type"),
        (document(), "exactly one Report"),
        (document("<Report/>", "<Report/>"), "exactly one Report"),
        (document("<Report/>", root="Other"), "exactly one Report"),
        (document("<Report/>", namespace="urn:other"), "exactly one Report"),
        (document('<Report><Failures PartIdx="3"/></Report>'), "the part 3"),
        (document('<Report><Binary FailIdx="3"/></Report>'), "the failure 3"),
        (document("<Report>" + "<Step>" * 5000 + "</Step>" * 5000 + "</Report>"), "nested too deeply"),
    ],
)
def test_what_is_no_report_is_refused(body, words):
    with pytest.raises(Refusal, match=words) as caught:
        read_wsxf(body)
    assert caught.value.status == 400


def test_characters_that_xml_does_not_allow_are_left_out(make_report):
    report = make_report(sn="A\x00B\x0bC", uut={"user": "anna", "comment": "\ufffe<&>"})
    read = read_wsxf(written_wsxf(report))
    assert (read["sn"], read["uut"]["comment"]) == ("ABC", "<&>")


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\ufffe\uffff"), min_size=1).filter(
    lambda text: xml_text(text) == text
)
NUMBER = st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))


@given(st.lists(TEXT, min_size=4, max_size=4), st.lists(NUMBER, min_size=3, max_size=3), st.booleans())
def test_any_text_and_number_survives_the_way_through_xml(make_report, texts, numbers, flag):
    report = make_report(sn=texts[0], miscInfos=[{"description": texts[1], "text": texts[2]}])
    report["uut"]["comment"] = report["root"]["reportText"] = texts[3]
    step = report["root"]["steps"][0]
    step["causedUUTFailure"], step["name"] = flag, texts[1]
    step["numericMeas"][0] |= dict(zip(("value", "lowLimit", "highLimit"), numbers, strict=True))
    assert bare(read_wsxf(written_wsxf(report))) == bare(report)


def test_a_report_in_xml_is_taken_in_and_given_back(http, wats, make_report):
    report = make_report(rev="")
    reply = http.post("/api/Report/WSXF", written_wsxf(report))
    assert (reply.status, reply.json()[0]["ID"]) == (200, report["id"])
    assert bare(wats.reports()) == [bare(report)]
    assert wats.reports()[0]["rev"] == ""
    path = f"/api/Report/Wsxf/{report['id']}"
    reply = http.get(path)
    assert reply.headers["Content-Type"].startswith("application/xml")
    assert ET.fromstring(reply.body)[0].get("Result") == "Passed"
    assert b"<NumericLimit" not in http.get(path, {"detailLevel": 4}).body
    assert b"MeasIndex" in reply.body
    assert b"MeasIndex" not in http.get(path, {"includeIndexes": "false"}).body


def test_a_report_in_xml_is_validated_as_any_other(http, make_report):
    reply = http.post("/api/Report/WSXF", written_wsxf(make_report(processCode=7)))
    assert (reply.status, reply.json()) == (400, "report: processCode 7 is not a test operation of this server.")
    assert http.post("/api/Report/WSXF", document("<Report type='UUT'/>")).status == 400


def attached(report: dict[str, Any], content: bytes, **file: str) -> dict[str, Any]:
    values = {"name": "log.txt", "contentType": "text/plain", **file, "data": b64encode(content).decode()}
    step = {"group": "M", "name": "Log", "status": "P", "stepType": "WATS_AttachFile", "attachment": values}
    report["root"]["steps"] += [step, {**step, "name": "Again"}]
    return report


def test_the_files_of_a_test_report(http, wats, make_report):
    report = attached(make_report(), b"hello", name="../a:b.txt")
    wats.seed(reports=[report])
    reply = http.get("/api/Report/Attachment", {"reportId": report["id"], "stepId": 3})
    assert (reply.body, reply.headers["Content-Type"]) == (b"hello", "text/plain")
    assert http.get("/api/Report/Attachment", {"reportId": report["id"], "stepId": 2}).status == 404
    assert http.get("/api/Report/Attachment", {"reportId": report["id"]}).status == 400
    reply = http.get(f"/api/Report/Attachments/{report['id']}")
    assert reply.headers["Content-Type"] == "application/zip"
    assert reply.body.count(b".._a_b.txt") + reply.body.count(b"_a_b (2).txt") >= 2
    assert http.get(f"/api/Report/Attachments/{make_report(2)['id']}").status == 404


def test_a_media_type_that_is_none_is_not_passed_on(http, wats, make_report):
    report = attached(make_report(), b"hello", contentType="text/plain\r\nX-Evil: 1")
    wats.seed(reports=[report])
    reply = http.get("/api/Report/Attachment", {"reportId": report["id"], "stepId": 3})
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/octet-stream")


def test_the_files_of_a_repair_report(http, wats, make_report, make_repair):
    repair, file_id = make_repair(), "aaaaaaaa-0000-4000-8000-000000000001"
    loose = {"id": file_id, "name": "a.bin", "contentType": "application/x-a", "data": b64encode(b"\0\1").decode()}
    repair["subUnits"][0]["failures"][0]["attachments"] = [loose]
    repair["binaryData"] = [{**loose, "id": file_id.replace("1", "2"), "data": b64encode(b"loose").decode()}]
    wats.seed(reports=[make_report(), repair])
    at = {"reportId": repair["id"], "attachmentId": "{" + file_id.upper() + "}"}
    assert http.get("/api/Report/Attachment", at).body == b"\0\1"
    read = read_wsxf(http.get(f"/api/Report/Wsxf/{repair['id']}").body)
    assert read["binaryData"][0]["data"] == b64encode(b"loose").decode()
    assert read["subUnits"][0]["failures"][0]["attachments"][0]["id"] == file_id
    assert http.get(f"/api/Report/Certificate/{repair['id']}").status == 404


def test_a_certificate_is_a_document_of_as_many_pages_as_it_needs(http, wats, make_report):
    report = make_report()
    report["root"]["steps"] *= 100
    wats.seed(reports=[report])
    reply = http.get(f"/api/Report/Certificate/{report['id']}")
    assert reply.headers["Content-Type"] == "application/pdf"
    assert b"Serial number:  SN00001" in reply.body
    assert b"/Count 4" in reply.body
    table = int(reply.body.rsplit(b"startxref\n", 1)[1].split()[0])
    assert reply.body[table:].startswith(b"xref")
