"""What each method of the report domain sends, and what it makes of the answers."""

import json
import math
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from pywats.domains.report.models import ReportType
from pywats.domains.report.service import ReportService
from pywats.errors import InvalidResponseError, OtherReportError, ServerError, ValidationError
from pywats.query import filters
from pywats.query.filters import WATSFilter
from pywats.reports.models import UURReport, UUTReport
from pywats.service import Async
from pywats.station import Station

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
ID = UUID("6f9619ff-8b86-d011-b42d-00c04fc964ff")
ODD = "A/B #1?%20 æ"
LIST = "GET /api/Report/Query/Header"
ALL = "&$orderby=timestamp desc&$top=1000"


@pytest.fixture
def report(line) -> ReportService[Async]:
    return ReportService(line)


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch):
    monkeypatch.setattr(filters, "_now", lambda: NOW)


REQUESTS: list[tuple[str, tuple[Any, ...], dict[str, Any], str]] = [
    ("get_report", (ID,), {}, f"GET /api/Report/Wsjf/{ID}"),
    ("get_report", (str(ID),), {"detail_level": 3}, f"GET /api/Report/Wsjf/{ID}?detailLevel=3"),
    (
        "get_report_json",
        (ID, 7, False, True),
        {},
        f"GET /api/Report/Wsjf/{ID}?detailLevel=7&includeChartdata=false&includeAttachments=true",
    ),
    (
        "get_report_xml",
        (ID, True, False, True),
        {},
        f"GET /api/Report/Wsxf/{ID}?includeAttachments=true&includeChartdata=false&includeIndexes=true",
    ),
    ("get_attachment", (ID,), {}, f"GET /api/Report/Attachment?attachmentId={ID}"),
    ("get_attachment", (), {"step_id": 7, "report_id": ID}, f"GET /api/Report/Attachment?reportId={ID}&stepId=7"),
    ("get_all_attachments", (ID,), {}, f"GET /api/Report/Attachments/{ID}"),
    ("get_certificate", (ID,), {}, f"GET /api/Report/Certificate/{ID}"),
    ("query_headers", (), {}, f"{LIST}?reportType=U"),
    (
        "query_headers",
        ("uur", ["uurSubUnits", "uurMiscInfo"], "run eq 1", 5, "start desc", 10),
        {},
        f"{LIST}?reportType=R&$filter=run eq 1&$expand=uurSubUnits,uurMiscInfo&$orderby=start desc&$top=5&$skip=10",
    ),
    ("query_uut_headers", (), {"top": 5, "skip": 10}, f"{LIST}?reportType=U&$top=5&$skip=10"),
    (
        "query_uur_headers",
        (),
        {"odata_filter": WATSFilter(part_number="P")},
        f"{LIST}?reportType=R&$filter=partNumber eq 'P'",
    ),
    ("query_headers_with_subunits", (), {"top": 5}, f"{LIST}?reportType=U&$expand=subUnits&$top=5"),
    ("query_headers_with_subunits", (ReportType.UUR,), {}, f"{LIST}?reportType=R&$expand=uurSubUnits"),
    (
        "query_headers_by_misc_info",
        ("Jig", "7"),
        {"process_code": 10},
        "GET /api/Report/Query/HeaderByMiscInfo?description=Jig&data=7&processCode=10",
    ),
    (
        "query_headers_by_subunit_part_number",
        (ODD,),
        {},
        f"{LIST}?reportType=U&$filter=subUnits/any(x: x/partNumber eq '{ODD}')&$expand=subUnits{ALL}",
    ),
    (
        "query_headers_by_subunit_serial",
        ("S", "R"),
        {},
        f"{LIST}?reportType=R&$filter=uurSubUnits/any(x: x/serialNumber eq 'S')&$expand=uurSubUnits{ALL}",
    ),
    ("get_headers_by_serial", ("O'B",), {}, f"{LIST}?reportType=U&$filter=serialNumber eq 'O''B'{ALL}"),
    ("get_headers_by_part_number", (ODD, "UUR"), {}, f"{LIST}?reportType=R&$filter=partNumber eq '{ODD}'{ALL}"),
    (
        "get_headers_by_date_range",
        (datetime(2026, 1, 5, tzinfo=UTC), NOW),
        {},
        f"{LIST}?reportType=U&$filter=start ge 2026-01-05T00:00:00Z and start lt 2026-01-31T12:00:00Z{ALL}",
    ),
    ("get_recent_headers", (2,), {}, f"{LIST}?reportType=U&$filter=start ge 2026-01-29T12:00:00Z{ALL}"),
    (
        "get_todays_headers",
        (),
        {"timezone": "Asia/Tokyo"},
        f"{LIST}?reportType=U&$filter=start ge 2026-01-30T15:00:00Z and start lt 2026-01-31T15:00:00Z{ALL}",
    ),
]


@pytest.mark.parametrize(("name", "arguments", "named", "request_line"), REQUESTS)
async def test_a_method_sends_one_request_when_there_is_nothing(report, line, name, arguments, named, request_line):
    assert not await getattr(report, name)(*arguments, **named)
    assert line.sent == [request_line]
    assert line.calls[0].long == ("headers" not in name)


async def test_an_accept_header_asks_for_what_is_wanted(report, line):
    await report.get_report_xml(ID)
    await report.get_all_attachments(ID)
    await report.get_report_json(ID)
    assert [call.accept for call in line.calls] == ["application/xml", "*/*", "application/json"]


@pytest.mark.parametrize("name", ["get_report", "get_report_json", "get_report_xml", "get_certificate"])
async def test_no_such_report_is_none(report, line, name):
    line.answer({"Message": "no"}, 404)
    assert await getattr(report, name)(ID) is None


async def test_bytes_come_as_they_are(report, line):
    content = b'{ "type" : "T", "x": 1.0 }\n'
    line.answer(content)
    assert await report.get_report_json(ID) == content
    line.answer(b"PK\x03\x04\x00", kind="application/zip")
    assert await report.get_all_attachments(ID) == b"PK\x03\x04\x00"


async def test_arguments_are_checked_before_anything_is_sent(report, line):
    with pytest.raises(ValidationError, match="detail_level is 8"):
        await report.get_report(ID, 8)
    with pytest.raises(ValidationError, match="named by its attachment_id, or by the step_id"):
        await report.get_attachment(report_id=ID)
    with pytest.raises(ValidationError, match="top is 10001"):
        await report.query_headers(top=10001)
    with pytest.raises(ValidationError, match="page_size is 0"):
        report.iter_uut_headers(page_size=0)
    with pytest.raises(ValidationError, match="product_group"):
        report.iter_headers(WATSFilter(product_group="G"))
    with pytest.raises(ValidationError, match="no time zone"):
        await report.get_headers_by_date_range(datetime(2026, 1, 5), NOW)  # noqa: DTZ001 - the mistake itself
    assert line.calls == []


async def test_a_report_is_read_as_what_it_is(report, line, make_report):
    line.answer(make_report())
    test = await report.get_report(ID)
    assert isinstance(test, UUTReport)
    assert (test.pn, test.station_name, test.root.name) == ("WIDGET-001", "FCT-1", "MainSequence")
    line.answer({"pn": "P", "sn": "S", "uur": {"refUUT": str(ID)}})
    repair = await report.get_report(ID)
    assert isinstance(repair, UURReport)
    assert repair.info.ref_uut == ID
    line.answer({"type": "T", "pn": 7})
    with pytest.raises(InvalidResponseError, match=r"does not parse at T\.pn"):
        await report.get_report(ID)


SAID = [
    {"ID": str(ID), "uuid": str(UUID(int=7)), "Report_ID": 5},
    [{"id": str(ID).upper(), "uuid": str(UUID(int=7)), "report_id": 5}],
    {"Id": "{" + str(ID).upper() + "}", "UUID": str(UUID(int=7)), "reportId": 5},
]


@pytest.mark.parametrize("said", SAID)
async def test_a_report_is_sent_byte_for_byte_and_confirmed(report, line, said):
    content = json.dumps({"id": str(ID), "x": "\u00e6", "n": 1.0}, indent=3).encode()
    line.answer(said)
    result = await report.submit_report_json(content)
    assert (result.id, result.uuid, result.report_id) == (str(ID), str(UUID(int=7)), 5)
    call = line.calls[0]
    assert (call.verb, call.path, call.content_type) == ("POST", "/api/Report/WSJF", "application/json")
    assert call.body is content
    assert call.repeatable is True


@pytest.mark.parametrize("said", [str(ID), [str(ID)], {"uuid": str(ID)}])
async def test_the_bare_id_is_a_confirmation_too(report, line, said):
    line.answer(said)
    assert (await report.submit_report_json(json.dumps({"id": str(ID)}).encode())).id == str(ID)


async def test_a_report_without_an_id_is_sent_once_and_gets_the_servers(report, line):
    line.answer({"ID": str(ID)})
    assert (await report.submit_report_json(b"{}")).id == str(ID)
    assert line.calls[0].repeatable is False


async def test_another_id_is_no_confirmation(report, line):
    line.answer({"ID": str(UUID(int=7))})
    with pytest.raises(OtherReportError, match=f"report {ID} was sent, and the server confirmed {UUID(int=7)}"):
        await report.submit_report_json(json.dumps({"id": str(ID)}).encode())


@pytest.mark.parametrize("said", [b"", b"null", b"[]", b"{}", b"[{},{}]", b'""', b"<html></html>", b"{", b"7"])
async def test_an_answer_that_confirms_nothing_is_an_error(report, line, said):
    line.answer(said)
    with pytest.raises(InvalidResponseError):
        await report.submit_report_json(json.dumps({"id": str(ID)}).encode())


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{", b'"text"', b"<x/>", b'{"id": 7}', b"\xff"])
async def test_what_is_no_report_is_refused_and_not_sent(report, line, content):
    with pytest.raises(ValidationError, match="no report in application/json"):
        await report.submit_report_json(content)
    assert line.calls == []


async def test_a_byte_order_mark_is_no_fault(report, line):
    line.answer(str(ID))
    content = b"\xef\xbb\xbf" + json.dumps({"id": str(ID)}).encode()
    await report.submit_report_json(content)
    assert line.calls[0].body is content


@pytest.mark.parametrize("name", ["submit", "submit_report"])
async def test_a_mapping_without_an_id_is_given_one(report, line, name, make_report):
    content = make_report(id=None)
    line.answer({"ID": ""})
    with pytest.raises(InvalidResponseError):
        await getattr(report, name)(content)
    sent = line.json()
    assert UUID(sent.pop("id")).version == 4
    assert sent == content
    assert line.calls[0].repeatable is True


@pytest.mark.parametrize("name", ["submit", "submit_report"])
async def test_a_model_is_sent_by_the_names_of_the_format(report, line, name):
    line.station = Station("ICT-1", "Oslo")
    test = report.create_uut_report("anna", "P", "A", "S", 60)
    line.answer({"ID": str(test.id)})
    assert await getattr(report, name)(test) == str(test.id)
    assert line.json() == test.wire
    assert line.json()["machineName"] == "ICT-1"


async def test_a_model_with_faults_is_not_sent(report, line):
    test = report.create_uut_report("anna", "P", "A", "S", 60)
    with pytest.raises(ValidationError) as caught:
        await report.submit_report(test)
    wrong = ["station_name is missing", "location is missing", "purpose is missing"]
    assert str(caught.value).splitlines()[1:] == [f"report: {each}" for each in wrong]
    assert line.calls == []


async def test_what_came_from_the_server_is_sent_as_it_takes_it_back(report, line, make_report):
    test = UUTReport.from_wire(make_report(origin="X", productName="Widget"))
    line.answer({"ID": str(test.id)})
    await report.submit_report(test)
    assert line.json() == make_report()
    assert test.origin == "X"


def test_a_test_report_is_of_the_station_of_the_client_unless_told_otherwise(report, line):
    bare = report.create_uut_report("anna", "P", "", "S", 60)
    assert {"machineName", "location", "purpose", "fixtureId"}.isdisjoint(bare.wire)
    line.station = Station("ICT-1", "Oslo", "Production")
    mine = report.create_uut_report("anna", "P", "", "S", 60, location="Bergen", start_time=NOW)
    assert (mine.station_name, mine.location, mine.purpose) == ("ICT-1", "Bergen", "Production")
    assert (mine.start, mine.start_utc, mine.result) == (NOW, NOW, "P")
    assert (mine.rev, mine.process_code, mine.info.operator) == ("", 60, "anna")


def test_a_repair_is_made_from_its_test_from_an_id_or_from_a_part_number(report, line):
    line.station = Station("ICT-1", "Oslo", "Production")
    test = report.create_uut_report("anna", "P", "B", "S", 60)
    made = report.create_uur_from_uut(test, "ben", "why")
    assert (made.pn, made.sn, made.rev, made.process_code) == ("P", "S", "B", 500)
    assert (made.info.ref_uut, made.info.process_code, made.info.operator, made.info.comment) == (
        *(test.id, 60, "ben", "why"),
    )
    assert made.get_main_unit().wire == {"idx": 0, "partType": "Main", "pn": "P", "sn": "S", "rev": "B"}
    here = Station("REP-1", "Bergen")
    for given in (ID, str(ID)):
        by_id = report.create_uur_report(given, 50, part_number="P", serial_number="S", station=here, process_code=510)
        assert (by_id.info.ref_uut, by_id.info.process_code, by_id.process_code) == (ID, 50, 510)
        assert by_id.station_name == "REP-1"
    by_part = report.create_uur_report("P", operation_type=50, serial_number="S")
    assert (by_part.pn, by_part.info.ref_uut) == ("P", None)
    with pytest.raises(ValidationError, match="needs serial_number, test_operation_code"):
        report.create_uur_report("P")


async def test_a_number_that_json_does_not_have_is_refused(report, line, make_report):
    with pytest.raises(ValidationError, match="JSON has no number"):
        await report.submit_report(make_report(x=math.nan))
    assert line.calls == []


XML = '<?xml version="1.0"?><w:Reports xmlns:w="urn:x"><w:Report ID="{id}" type="UUT"><a/></w:Report></w:Reports>'


@pytest.mark.parametrize("as_bytes", [True, False])
async def test_a_report_in_xml_is_sent_as_it_is(report, line, as_bytes):
    content = XML.format(id=ID)
    line.answer([{"ID": str(ID)}])
    assert await report.submit_report_xml(content.encode() if as_bytes else content) == str(ID)
    call = line.calls[0]
    assert (call.path, call.content_type, call.body) == ("/api/Report/WSXF", "application/xml", content.encode())
    assert call.repeatable is True


async def test_what_is_no_xml_is_refused_and_not_sent(report, line):
    for content in ("", "<a>", "{}", '<!DOCTYPE a [<!ENTITY b "c">]><Reports><Report ID="x"/></Reports>'):
        with pytest.raises(ValidationError, match="no report in application/xml"):
            await report.submit_report_xml(content)
    assert line.calls == []


async def test_the_servers_words_are_in_the_error(report, line):
    line.answer("root -> step A -> numericMeas: limit is required", 400)
    with pytest.raises(ValidationError, match="step A") as caught:
        await report.submit_report_json(json.dumps({"id": str(ID)}).encode())
    assert (caught.value.status, caught.value.path) == (400, "/api/Report/WSJF")


def header(number: int, **more: Any) -> dict[str, Any]:
    return {"uuid": str(UUID(int=number)), "serialNumber": f"S{number}", "timeStamp": number, "reportType": "T", **more}


async def numbers(headers: Any) -> list[int]:
    return [found.time_stamp async for found in headers]


async def test_a_walk_goes_by_time_stamp_newest_first(report, line):
    for page in ([header(9), header(8)], [header(5)], []):
        line.answer(page)
    assert await numbers(report.iter_uut_headers("result eq 'Passed'", page_size=2)) == [9, 8, 5]
    common = "&$orderby=timestamp desc&$top=2"
    assert line.sent == [
        f"{LIST}?reportType=U&$filter=result eq 'Passed'{common}",
        f"{LIST}?reportType=U&$filter=(result eq 'Passed') and timeStamp lt 8{common}",
        f"{LIST}?reportType=U&$filter=(result eq 'Passed') and timeStamp lt 5{common}",
    ]
    assert all(call.bulk for call in line.calls)


async def test_a_walk_with_the_oldest_first_ends_where_the_list_ended_at_its_start(report, line):
    for page in ([header(9)], [header(4), header(7)], [header(9), header(11)]):
        line.answer(page)
    wanted = WATSFilter(part_number="P")
    assert await numbers(report.iter_headers(wanted, page_size=2, oldest_first=True, expand=["subUnits"])) == [4, 7, 9]
    of_part = "$filter=partNumber eq 'P'"
    assert line.sent == [
        f"{LIST}?{of_part}&$orderby=timestamp desc&$top=1",
        f"{LIST}?{of_part}&$expand=subUnits&$orderby=timestamp&$top=2",
        f"{LIST}?{of_part} and timeStamp gt 7&$expand=subUnits&$orderby=timestamp&$top=2",
    ]


async def test_a_walk_over_nothing_is_empty(report):
    assert await numbers(report.iter_headers(oldest_first=True)) == []
    assert await numbers(report.iter_headers()) == []


async def test_a_server_that_lists_tests_and_repairs_alike_is_sorted_out_here(report, line):
    mixed = [header(9), header(8, reportType="R"), header(7, reportType=None)]
    line.answer(mixed)
    line.answer([])
    assert await numbers(report.iter_uut_headers()) == [9, 7]
    line.answer(mixed)
    assert [found.time_stamp for found in await report.query_uur_headers()] == [8, 7]
    line.answer(mixed)
    line.answer([])
    assert await numbers(report.iter_headers()) == [9, 8, 7]
    assert "reportType" not in line.sent[-1]


async def test_a_server_that_cannot_compare_time_stamps_is_walked_by_number(report, line):
    line.answer([header(9), header(8)])
    line.answer({"Message": "timeStamp cannot be used in $filter"}, 400)
    line.answer([header(8), header(5)])
    line.answer([])
    assert await numbers(report.iter_headers(page_size=2)) == [9, 8, 5]
    assert [dict(call.query).get("$skip") for call in line.calls] == [None, None, "2", "4"]


async def test_headers_without_any_number_are_all_given(report, line):
    line.answer([{"serialNumber": "A"}, {"serialNumber": "B"}])
    line.answer([])
    assert [found.serial_number async for found in report.iter_headers()] == ["A", "B"]


async def test_an_error_ends_a_walk(report, line):
    line.answer([header(9)])
    line.answer({"Message": "out of order"}, 500)
    walked = report.iter_headers()
    assert (await anext(walked)).time_stamp == 9
    with pytest.raises(ServerError):
        await anext(walked)


async def test_all_headers_of_a_unit_are_got_or_as_many_as_wanted(report, line):
    line.answer([header(number) for number in (9, 8, 7)])
    line.answer([header(number) for number in (6, 5)])
    line.answer([])
    assert len(await report.get_headers_by_serial("S")) == 5
    line.calls.clear()
    line.answer([header(9), header(8)])
    assert len(await report.get_headers_by_serial("S", top=2)) == 2
    assert [dict(call.query)["$top"] for call in line.calls] == ["2"]


async def test_headers_by_misc_info_are_cut_here_if_the_server_does_not(report, line):
    line.answer([header(number, miscData=[{"description": "Jig", "data": "7"}]) for number in (3, 2, 1)])
    found = await report.query_headers_by_misc_info("Jig", "7", 2)
    assert [each.time_stamp for each in found] == [3, 2]
    assert found[0].model_extra == {"miscData": [{"description": "Jig", "data": "7"}]}
