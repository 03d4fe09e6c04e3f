"""Every method of the report domain on both faces, over a real socket."""

import ast
import io
import json
import math
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import web

from pywats import (
    AsyncPyWATS,
    InvalidResponseError,
    NotFoundError,
    OtherReportError,
    ReportType,
    RetryConfig,
    ServerError,
    Station,
    UURReport,
    UUTReport,
    ValidationError,
    WATSFilter,
)
from pywats.domains.report.service import ReportService
from pywats.query import odata
from pywats.reports import rows
from workers.face import method, stream

ODD = "A/B #1?%20 æ"


def repair(number: int, of: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A repair of what a test report found."""
    return {
        "type": "R",
        "id": str(UUID(int=0x2F0E_4000_8000_0000_0000_0000 + number)),
        **{name: of[name] for name in ("pn", "sn", "rev", "machineName", "location", "purpose", "start", "startUTC")},
        "processCode": 500,
        "result": "P",
        "uur": {
            "user": "ben",
            "processCode": of["processCode"],
            "refUUT": of["id"],
            "confirmDate": of["startUTC"],
            "finalizeDate": of["startUTC"],
            "execTime": 60.0,
        },
        "subUnits": [
            {
                "idx": 0,
                "partType": "Unit",
                "pn": of["pn"],
                "sn": of["sn"],
                "rev": of["rev"],
                "failures": [{"category": "Component", "code": "Burned Component", "comRef": "U1"}],
            },
            {"idx": 1, "parentIdx": 0, "partType": "PCB", "pn": "BOARD", "sn": "B1", "rev": "A"},
        ],
        **fields,
    }


@pytest.fixture
def reports(make_report):
    """Five tests and a repair of the third."""
    board = [{"partType": "PCB", "pn": ODD, "sn": "B'1", "rev": "A"}]
    jig = [{"description": "Jig", "text": "7"}]
    tests = [make_report(number) for number in range(1, 6)]
    tests[2] |= {"subUnits": board, "miscInfos": jig, "pn": ODD}
    return [*tests, repair(1, tests[2])]


@pytest.fixture
def filled(wats_sandbox, reports):
    wats_sandbox.seed(reports=reports)
    return wats_sandbox


def serials(headers: list[Any]) -> list[str]:
    return [header.serial_number for header in headers]


async def test_a_report_is_sent_and_comes_back(either, wats_sandbox, make_report):
    content = make_report(1, extra={"kept": [1, None]})
    for name in ("report.submit", "report.submit_report"):
        assert await either(name, content) == content["id"]
    assert wats_sandbox.received(content["id"]) == 2
    assert wats_sandbox.reports() == [content]
    report = await either("report.get_report", content["id"])
    assert isinstance(report, UUTReport)
    assert (report.pn, report.sn, report.station_name) == (content["pn"], content["sn"], content["machineName"])
    assert report.start == datetime.fromisoformat(content["start"])
    whole = json.loads(await either("report.get_report_json", content["id"]))
    assert whole["root"]["steps"][0]["numericMeas"][0]["value"] == 5.02
    identity = json.loads(await either("report.get_report_json", content["id"], 0))
    assert "root" not in identity
    assert (await either("report.get_report", content["id"], 0)).sn == content["sn"]


async def test_a_model_is_sent_like_its_mapping(either, wats_sandbox, make_report):
    report = UUTReport.from_wire(make_report(1))
    assert await either("report.submit_report", report) == str(report.id)
    assert wats_sandbox.reports() == [make_report(1)]


@pytest.mark.usefixtures("filled")
async def test_a_repair_comes_back_as_one(either, reports):
    report = await either("report.get_report", reports[-1]["id"])
    assert isinstance(report, UURReport)
    assert report.info.ref_uut == UUID(reports[2]["id"])
    assert report.sub_units[0].failures[0].code == "Burned Component"


async def test_reports_are_sent_and_got_in_batches(either, wats_sandbox, make_report):
    reports = [make_report(number) for number in range(1, 6)]
    *sent, refused = await either("report.submit_reports_batch", [*reports, make_report(9, pn="")])
    assert [result.value for result in sent] == [report["id"] for report in reports]
    assert isinstance(refused.error, ValidationError)
    assert len(wats_sandbox.reports()) == 5
    there, missing = await either("report.get_reports_batch", [reports[0]["id"], make_report(8)["id"]], detail_level=1)
    assert there.unwrap().sn == "SN00001"
    assert isinstance(missing.error, NotFoundError)


async def test_the_bytes_reach_the_server_as_they_are(either, wats_sandbox, make_report):
    content = json.dumps(make_report(1, sn="æ"), indent=4, ensure_ascii=False).encode() + b"\n\n"
    result = await either("report.submit_report_json", content)
    assert (result.id, bool(result.uuid)) == (make_report(1)["id"], True)
    assert wats_sandbox.report_bytes() == [content]


async def test_a_report_without_an_id_is_given_one(either, wats_sandbox, make_report):
    identity = await either("report.submit_report", make_report(1, id=None))
    assert UUID(identity).version == 4
    assert wats_sandbox.received(identity) == 1


async def test_what_the_server_refuses_is_an_error_with_its_words(either, make_report):
    for wrong, words in (({"processCode": 9999}, "processCode"), ({"result": "F"}, "root"), ({"sn": None}, "sn")):
        with pytest.raises(ValidationError, match=words) as caught:
            await either("report.submit_report", make_report(1, **wrong))
        assert (caught.value.status, caught.value.path) == (400, "/api/Report/WSJF")


async def test_what_is_no_report_never_leaves(either, wats_sandbox, make_report):
    for content in (b"", b"[]", b"<Reports/>"):
        with pytest.raises(ValidationError, match="no report"):
            await either("report.submit_report_json", content)
    with pytest.raises(ValidationError, match="JSON has no number"):
        await either("report.submit_report", make_report(1, extra=math.nan))
    with pytest.raises(ValidationError, match="a str is no report"):
        await either("report.submit_report", "SN1")
    assert not wats_sandbox.requests


async def test_a_filter_that_is_none_never_leaves(either, wats_sandbox):
    for wrong in ({"part_number": "WIDGET-001"}, 3):
        with pytest.raises(ValidationError, match=r"it must be a WATSFilter\(...\), or a condition in OData"):
            await either("report.query_uut_headers", odata_filter=wrong)
        with pytest.raises(ValidationError, match=r"WATSFilter\(...\)"):
            await either.walk("report.iter_uut_headers", wrong)
    for wrong in (WATSFilter(part_number="WIDGET-001"), {"part_number": "WIDGET-001"}, "miscInfo"):
        with pytest.raises(ValidationError, match="a filter is given as odata_filter="):
            await either("report.query_uut_headers", wrong)
    with pytest.raises(ValidationError, match="it must be a condition in OData, as a text"):
        await either.walk("product.iter_products", {"state": 1})
    assert not wats_sandbox.requests


async def test_a_report_is_sent_again_when_nobody_knows_what_became_of_it(either, wats_sandbox, make_report):
    content = make_report(1)
    api = either.api.with_options(retry=RetryConfig(base_delay=0))
    wats_sandbox.fail("POST /api/Report/WSJF", status=503, times=1)
    assert await either.of(api, "report.submit_report", content) == content["id"]
    assert [each.status for each in wats_sandbox.requests] == [503, 200]
    wats_sandbox.fail("POST /api/Report/WSJF", status=503, times=1)
    bare = json.dumps(make_report(2, id=None)).encode()
    with pytest.raises(ServerError):
        await either.of(api, "report.submit_report_json", bare)
    assert len(wats_sandbox.requests) == 3


async def test_no_such_report_is_none(either):
    for name in ("report.get_report", "report.get_report_json"):
        assert await either(name, uuid4()) is None


@pytest.mark.usefixtures("filled")
async def test_headers_are_queried_page_by_page(either):
    newest_first = ["SN00005", "SN00004", "SN00003", "SN00002", "SN00001"]
    assert serials(await either("report.query_uut_headers")) == newest_first
    assert serials(await either("report.query_headers", top=2, skip=1)) == newest_first[1:3]
    assert serials(await either("report.query_headers", orderby="serialNumber", top=1)) == ["SN00001"]
    (found,) = await either("report.query_uur_headers")
    assert (found.report_type, found.serial_number) == ("R", "SN00003")
    assert serials(await either("report.query_headers", "uur")) == ["SN00003"]
    condition = odata.and_(odata.ge("serialNumber", "SN00002"), odata.ne("partNumber", ODD))
    assert serials(await either("report.query_headers", odata_filter=condition)) == ["SN00005", "SN00004", "SN00002"]
    wanted = WATSFilter(part_number=ODD, status="P")
    assert serials(await either("report.query_uut_headers", odata_filter=wanted)) == ["SN00003"]


@pytest.mark.usefixtures("filled")
async def test_a_header_has_its_fields(either, reports):
    (found,) = await either("report.query_uut_headers", ["subUnits", "miscInfo"], WATSFilter(part_number=ODD))
    content = reports[2]
    assert str(found.uuid) == content["id"]
    assert found.start == found.start_utc == datetime.fromisoformat(content["start"])
    assert (found.part_number, found.station_name, found.operator) == (ODD, "FCT-1", "anna")
    assert (found.result, found.process_code, found.process_name) == ("Passed", 60, "Functional Test")
    assert isinstance(found.time_stamp, int)
    assert [(each.part_number, each.serial_number) for each in found.sub_units] == [(ODD, "B'1")]
    assert [(each.description, each.value) for each in found.misc_info] == [("Jig", "7")]


@pytest.mark.usefixtures("filled")
async def test_a_condition_that_the_server_cannot_read_is_an_error(either):
    with pytest.raises(ValidationError, match="not valid"):
        await either("report.query_headers", odata_filter="nonsense eq 1")
    with pytest.raises(ValidationError, match="product_group"):
        await either("report.query_headers", odata_filter=WATSFilter(product_group="x"))


@pytest.mark.usefixtures("filled")
async def test_headers_are_found_by_what_hangs_on_them(either):
    with_parts = await either("report.query_headers_with_subunits", ReportType.UUT, WATSFilter(part_number=ODD))
    assert with_parts[0].sub_units[0].serial_number == "B'1"
    for name, value in (("part_number", ODD), ("serial", "B'1")):
        found = await either(f"report.query_headers_by_subunit_{name}", value)
        assert serials(found) == ["SN00003"]
        assert found[0].sub_units[0].part_number == ODD
    repairs = await either("report.query_headers_by_subunit_part_number", "BOARD", ReportType.UUR)
    assert [header.report_type for header in repairs] == ["R"]
    repairs = await either("report.query_headers_by_subunit_serial", "B1", "UUR")
    assert [header.report_type for header in repairs] == ["R"]
    assert serials(await either("report.query_headers_by_misc_info", "Jig", "7")) == ["SN00003"]
    assert await either("report.query_headers_by_misc_info", "Jig", "8", top=3) == []


@pytest.mark.usefixtures("filled")
async def test_headers_are_got_by_number_and_time(either, reports):
    assert serials(await either("report.get_headers_by_serial", "SN00003")) == ["SN00003"]
    assert len(await either("report.get_headers_by_serial", "SN00003", "UUR")) == 1
    assert serials(await either("report.get_headers_by_part_number", ODD)) == ["SN00003"]
    assert serials(await either("report.get_headers_by_part_number", "WIDGET-001", top=2)) == ["SN00005", "SN00004"]
    second, fourth = (datetime.fromisoformat(reports[number]["start"]) for number in (1, 3))
    found = await either("report.get_headers_by_date_range", second, fourth)
    assert serials(found) == ["SN00003", "SN00002"]
    assert await either("report.get_headers_by_serial", "nobody") == []


async def test_recent_headers_and_those_of_today(either, wats_sandbox, make_report):
    now = datetime.now(UTC)
    for number, start in ((1, now - timedelta(seconds=1)), (2, now - timedelta(days=3)), (3, now - timedelta(days=30))):
        times = {"start": start.isoformat(), "startUTC": start.isoformat().replace("+00:00", "Z")}
        wats_sandbox.seed(reports=[make_report(number, **times)])
    assert sorted(serials(await either("report.get_recent_headers"))) == ["SN00001", "SN00002"]
    assert serials(await either("report.get_recent_headers", 1, top=5)) == ["SN00001"]
    today, tested = await either("report.get_todays_headers", timezone="UTC"), (now - timedelta(seconds=1)).date()
    assert serials(today) in [["SN00001"] * (tested == day) for day in (now.date(), datetime.now(UTC).date())]


async def test_all_headers_come_and_not_only_the_ten_that_a_query_gives(either, wats_sandbox, make_report):
    wats_sandbox.seed(reports=[make_report(number) for number in range(1, 38)])
    assert len(await either("report.query_headers")) == 10
    assert len(await either("report.get_headers_by_part_number", "WIDGET-001")) == 37


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("page_size", [1, 2, 3, 100])
async def test_walks_give_each_header_once_newest_first_or_oldest_first(either, page_size):
    tests = ["SN00005", "SN00004", "SN00003", "SN00002", "SN00001"]
    assert serials(await either.walk("report.iter_uut_headers", page_size=page_size)) == tests
    assert serials(await either.walk("report.iter_uur_headers", page_size=page_size)) == ["SN00003"]
    assert serials(await either.walk("report.iter_headers", page_size=page_size)) == ["SN00003", *tests]
    oldest = await either.walk("report.iter_headers", page_size=page_size, oldest_first=True)
    assert serials(oldest) == [*reversed(tests), "SN00003"]
    some = await either.walk("report.iter_uut_headers", WATSFilter(part_number="WIDGET-001"), max_items=2)
    assert serials(some) == tests[:2]


@pytest.mark.parametrize("oldest_first", [True, False])
async def test_what_comes_in_during_a_walk_is_no_part_of_it_and_shifts_nothing(
    either, wats_sandbox, make_report, oldest_first
):
    wats_sandbox.seed(reports=[make_report(number) for number in range(1, 11)])
    stream = either.api.report.iter_uut_headers(page_size=2, oldest_first=oldest_first)
    seen: list[str] = []

    def grow() -> None:
        number = 100 + len(seen)
        wats_sandbox.seed(reports=[make_report(number), make_report(1000 + number)])

    if either.face == "async":
        async for header in stream:
            seen.append(header.serial_number)
            grow()
    else:
        for header in stream:
            seen.append(header.serial_number)
            grow()
    assert seen == sorted((f"SN{number:05}" for number in range(1, 11)), reverse=not oldest_first)


async def test_a_walk_that_is_left_asks_for_nothing_more(either, wats_sandbox, make_report):
    wats_sandbox.seed(reports=[make_report(number) for number in range(1, 11)])
    stream = either.api.with_options(prefetch=0).report.iter_headers(page_size=2)
    if either.face == "async":
        async with stream:
            await anext(stream)
    else:
        with stream:
            next(stream)
    asked = len(wats_sandbox.requests)
    await either("get_version")
    assert len(wats_sandbox.requests) == asked + 1


def archive() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr("a.txt", "text")
    return content.getvalue()


IDENTITY = UUID(int=7)
WSXF = f'<Reports xmlns="urn:wsxf"><Report ID="{IDENTITY}" type="UUT"/></Reports>'
ARCHIVE = archive()


@pytest.fixture
async def files(aiohttp_server):
    """A server that answers with an odd file, confirms one id whatever it was sent, and has no certificates."""

    async def xml(request: web.Request) -> web.Response:
        assert request.headers["Accept"] == "application/xml"
        assert dict(request.query) == {"includeAttachments": "false"}
        return web.Response(body=WSXF.encode(), content_type="application/xml")

    async def take(request: web.Request) -> web.Response:
        assert request.content_type == "application/xml"
        body = await request.text()
        return web.json_response([{"ID": str(IDENTITY), "uuid": str(IDENTITY)}] if body.startswith("<Rep") else [{}])

    async def attachment(request: web.Request) -> web.Response:
        assert dict(request.query) == {"reportId": str(IDENTITY), "stepId": "3"}
        return web.Response(body=b"<html>a web page as a file</html>", content_type="text/html")

    async def packed(_: web.Request) -> web.Response:
        return web.Response(body=ARCHIVE, content_type="application/zip")

    async def certificate(_: web.Request) -> web.Response:
        return web.json_response(None)

    app = web.Application()
    app.router.add_get("/api/Report/Wsxf/{id}", xml)
    app.router.add_post("/api/Report/WSXF", take)
    app.router.add_get("/api/Report/Attachment", attachment)
    app.router.add_get("/api/Report/Attachments/{id}", packed)
    app.router.add_get("/api/Report/Certificate/{id}", certificate)
    server = await aiohttp_server(app)
    async with AsyncPyWATS(str(server.make_url("")), "t", trust_env=False) as api:
        yield api.report


async def test_reports_in_xml_and_files(files):
    assert await files.get_report_xml(IDENTITY, include_attachments=False) == WSXF.encode()
    assert await files.submit_report_xml(WSXF) == str(IDENTITY)
    with pytest.raises(InvalidResponseError, match="did not say which report"):
        await files.submit_report_xml(" " + WSXF)
    with pytest.raises(OtherReportError, match="was sent"):
        await files.submit_report_xml(WSXF.replace(str(IDENTITY), str(UUID(int=8))))
    assert await files.get_attachment(step_id=3, report_id=IDENTITY) == b"<html>a web page as a file</html>"
    assert await files.get_all_attachments(IDENTITY) == ARCHIVE
    assert await files.get_certificate(IDENTITY) is None


def test_every_method_is_called_here():
    declared = {name for name, member in vars(ReportService).items() if isinstance(member, method | stream)}
    tree = ast.parse(Path(__file__).read_text(encoding="utf-8"))
    called = {
        node.value.removeprefix("report.")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    } | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    called |= {f"query_headers_by_subunit_{name}" for name in ("part_number", "serial")}
    assert declared - called == set()


async def test_a_report_in_xml_its_files_and_its_certificate(either, wats_sandbox, make_report, tmp_path):
    report = make_report()
    attachment = {"name": "log.txt", "contentType": "text/plain", "data": "aGVsbG8="}
    step = {"group": "M", "name": "Log", "status": "P", "stepType": "WATS_AttachFile", "attachment": attachment}
    report["root"]["steps"].append(step)
    wats_sandbox.seed(reports=[report])
    document = await either("report.get_report_xml", report["id"], include_indexes=False, detail_level=7)
    wats_sandbox.clear()
    assert await either("report.submit_report_xml", document) == report["id"]
    stored = await either("report.get_report", report["id"])
    assert (stored.sn, stored.pn, stored.result) == (report["sn"], report["pn"], "P")
    assert await either("report.get_attachment", step_id=3, report_id=report["id"]) == b"hello"
    assert (await either("report.get_all_attachments", report["id"])).startswith(b"PK")
    assert (await either("report.get_certificate", report["id"])).startswith(b"%PDF")
    path = tmp_path / "file"
    await either("report.download_attachment", path, step_id=3, report_id=report["id"])
    assert path.read_bytes() == b"hello"
    await either("report.download_all_attachments", report["id"], path)
    assert path.read_bytes().startswith(b"PK")
    await either("report.download_certificate", report["id"], path)
    assert path.read_bytes().startswith(b"%PDF")
    assert await either("report.get_report_xml", UUID(int=9)) is None


async def test_what_is_built_is_sent_and_comes_back(either):
    test = either.api.report.create_uut_report("anna", "WIDGET-001", "A", "SN90001", 60, station_name="FCT-1")
    test.location, test.purpose = "Oslo", "Production"
    with test, test.root.sequence("Power") as power:
        power.numeric("3V3", 3.5, "V", low=3.2, high=3.4)
        with power.loop("Gain") as gain:
            for value in (1, 2):
                gain.numeric(value, "dB")
    assert await either("report.submit_report", test) == str(test.id)
    back = await either("report.get_report", test.id)
    assert [step.name for step in back.failures()] == ["3V3"]
    assert list(rows(back)) == list(rows(test))
    repair = either.api.report.create_uur_from_uut(back, "ben", "hot")
    repair.station_name, repair.location, repair.purpose = "REP-1", "Oslo", "Repair"
    repair.add_failure("Component", "Burned Component", com_ref="U1")
    assert await either("report.submit_report", repair) == str(repair.id)
    (failure,) = (await either("report.get_report", repair.id)).failures()
    assert failure.com_ref == "U1"
    # What the server wrote into the report does not keep it from being sent again.
    assert await either("report.submit_report", back) == str(test.id)


async def test_the_station_of_the_client_reaches_the_reports(wats_sandbox):
    station = Station("ICT-1", "Oslo", "Production")
    async with AsyncPyWATS(base_url=wats_sandbox.url, token=wats_sandbox.token, station=station) as api:
        test = api.report.create_uut_report("anna", "WIDGET-001", "A", "SN90001", 60)
        await api.report.submit(test)
        (header,) = await api.report.get_headers_by_serial("SN90001")
        assert (header.station_name, header.location, header.purpose) == ("ICT-1", "Oslo", "Production")
