"""Lists of headers: columns, filters, order, pages, selection and expansion."""

import pytest

from pywats.sandbox import Sandbox

PATH = "/api/Report/Query/Header"


@pytest.fixture
def filled(http, make_report, make_repair):
    unit = {"partType": "PCBA", "pn": "BOARD", "sn": "B1", "rev": "2"}
    uut = {"user": "anna", "execTime": 2.5, "comment": "c", "batchSN": "LOT", "testSocketIndex": 3, "fixtureId": "F"}
    uut |= {"errorCode": 5, "errorMessage": "e"}
    first = make_report(1, uut=uut, subUnits=[unit], miscInfos=[{"description": "Lot", "text": "7"}])
    first["assets"] = [{"assetSN": "DMM-1", "usageCount": 1}]
    picture = {"name": "p.png", "contentType": "image/png", "data": "AAAA"}
    first["root"]["steps"].append(
        {"group": "M", "name": "Picture", "status": "P", "stepType": "WATS_AttachFile", "attachment": picture}
    )
    http.submit(first)
    http.submit(make_report(2, rev="B", pn="O'Brien"))
    repair = make_repair(3, binaryData=[{**picture, "id": "11111111-2222-3333-4444-555555555555"}])
    http.submit(repair)
    return http


def serials(http, filter=None, **options):
    return [header["serialNumber"] for header in http.headers_of(filter, **options)]


def test_a_header_has_all_its_properties(filled, make_report):
    (header,) = filled.headers_of("serialNumber eq 'SN00001'")
    assert header.pop("timeStamp") > 0
    assert header == {
        "uuid": make_report(1)["id"],
        "serialNumber": "SN00001",
        "partNumber": "WIDGET-001",
        "reportType": "T",
        "start": "2026-01-05T07:01:00Z",
        "revision": "A",
        "result": "Passed",
        "batchNumber": "LOT",
        "userName": "anna",
        "stationName": "FCT-1",
        "location": "Oslo",
        "purpose": "Production",
        "measuresDeleted": False,
        "processCode": 60,
        "processName": "Functional Test",
        "comment": "c",
        "executionTime": 2.5,
        "swFilename": "widget.seq",
        "swVersion": "1.0",
        "testSocketIndex": 3,
        "fixtureId": "F",
        "errorCode": 5,
        "errorMessage": "e",
        "run": 1,
        "receiveCount": 1,
        "reportSize": 2,
        "causedUutFailure": None,
        "causedUutFailurePath": None,
        "passedInRun": 1,
        "referencedUut": None,
    }


def test_the_newest_starts_come_first(filled):
    assert serials(filled) == ["SN00003", "SN00002", "SN00001"]


def test_the_kind_of_report(filled):
    def of(kind):
        return [each["reportType"] for each in filled.get(PATH, {"reportType": kind}).json()]

    assert (of("U"), of("T"), of("R"), of("")) == (["T", "T"], ["T", "T"], ["R"], ["R", "T", "T"])
    assert filled.get(PATH, {"reportType": "X"}).status == 400


@pytest.mark.parametrize(
    ("filter", "numbers"),
    [
        ("partNumber eq 'O''Brien'", [2]),
        ("PARTNUMBER ne 'O''Brien'", [3, 1]),
        ("partNumber eq 'o''brien'", []),
        ("tolower(partNumber) eq 'o''brien'", [2]),
        ("toupper(partNumber) eq 'O''BRIEN'", [2]),
        ("trim(concat(' ', serialNumber)) eq 'SN00001'", [1]),
        ("startswith(serialNumber,'SN') and not endswith(serialNumber, '2')", [3, 1]),
        ("contains(partNumber, '''B')", [2]),
        ("indexof(serialNumber, '3') eq 6", [3]),
        ("length(partNumber) lt 8 or length(partNumber) gt 100", [2]),
        ("substring(serialNumber, 6) eq '1' or substring(serialNumber, 2, 5) eq '00002'", [2, 1]),
        ("processCode eq 500", [3]),
        ("processCode in (500, 10)", [3]),
        ("serialNumber in ('SN00001','SN00002')", [2, 1]),
        ("comment in ('c', null)", [3, 2, 1]),
        ("comment in ('c')", [1]),
        ("comment eq null", [3, 2]),
        ("comment ne 'c'", [3, 2]),
        ("not (comment gt 'a')", [3, 2]),
        ("executionTime gt 2 and executionTime le 2.5", [2, 1]),
        ("start ge 2026-01-05T08:02:00+01:00", [3, 2]),
        ("start lt 2026-01-05T07:02:00.0000001Z and start gt 2026-01-05", [2, 1]),
        ("uuid eq 5e0f7d52-0000-4000-8000-000000000003", [3]),
        ("referencedUut ne null", [3]),
        ("measuresDeleted eq false and true", [3, 2, 1]),
        ("measuresDeleted", []),
        ("result eq 'Passed' and (revision eq 'B' or processCode eq 500)", [3, 2]),
        ("result eq 'Passed' and revision eq 'B' or processCode eq 500", [3, 2]),
        ("not (revision eq 'A')", [2]),
        ("subUnits/any(s: s/partNumber eq 'BOARD' and s/serialNumber eq 'B1')", [1]),
        ("subUnits/any(s: s/partType eq 'Main')", []),
        ("subunits/any()", [1]),
        ("not subUnits/any()", [3, 2]),
        ("uurSubUnits/any(u: startswith(u/partNumber, 'WIDGET'))", [3]),
        ("miscInfo/any(m: m/description eq 'Lot' and m/value eq '7')", [1]),
        ("uurMiscInfo/any(m: m/description eq 'Firmware')", [3]),
        ("assets/any(a: a/serialNumber eq 'DMM-1')", [1]),
        ("attachments/any(a: a/filename eq 'p.png')", [1]),
        ("uurAttachments/any(a: a/id eq 11111111-2222-3333-4444-555555555555)", [3]),
        ("subUnits/any(s: s/partNumber eq partNumber)", []),
        ("timestamp gt 0", [3, 2, 1]),
        ("run eq 1 and testSocketIndex ge -3", [1]),
        ("  processCode\teq  60L ", [2, 1]),
    ],
)
def test_filters(filled, filter, numbers):
    assert serials(filled, filter) == [f"SN0000{number}" for number in numbers]


@pytest.mark.parametrize(
    ("filter", "words"),
    [
        ("nothing eq 1", "property named 'nothing'"),
        ("partNumber eq 'open", "unterminated"),
        ("partNumber eq", "a value was expected"),
        ("partNumber 'x'", "an operator or the end"),
        ("(partNumber eq 'x'", "')'"),
        ("partNumber eq 'x')", "an operator or the end"),
        ("partNumber eq 5", "text and whole"),
        ("start gt '2026-01-05T00:00:00Z'", "instant and text"),
        ("start gt 2026-01-05T00:00:00", "time zone"),
        ("start gt 2026-01-05T00:00:00 02:00", "time zone"),
        ("start gt 2026-13-45T00:00:00Z", "not a valid date"),
        ("uuid eq 'x'", "guid and text"),
        ("processCode add 1 eq 2", "'add'"),
        ("processCode has 1", "'has'"),
        ("year(start) eq 2026", "function 'year'"),
        ("startswith(partNumber)", "takes (text, text)"),
        ("startswith(processCode, 'x')", "takes (text, text)"),
        ("partNumber", "condition"),
        ("'x'", "condition"),
        ("partNumber and true", "condition was expected"),
        ("comment gt null", "null"),
        ("subUnits/all(s: s/partNumber eq 'x')", "'all'"),
        ("subUnits/any(s: t/partNumber eq 'x')", "range variable"),
        ("subUnits/any(s: s/nothing eq 'x')", "property named 'nothing'"),
        ("subUnits/any(s: subUnits/any())", "within"),
        ("nothing/any(s: true)", "collection named 'nothing'"),
        ("subUnits eq 'x'", "is a collection"),
        ("a/b/c eq 1", "longer"),
        ("processCode in ()", "empty"),
        ("processCode in ('x')", "compared"),
        ("processCode eq 99999999999999999999", "out of range"),
        ("processCode eq 1x", "no literal"),
        ("partNumber eq 'x' AND true", "an operator or the end"),
        ("partNumber eq \u00e6", "position"),
        ("(" * 60 + "true" + ")" * 60, "deep"),
        ("not " * 60 + "true", "deep"),
        (" or ".join(["true"] * 501), "500"),
    ],
)
def test_a_bad_filter_is_refused_with_words(filled, filter, words):
    reply = filled.get(PATH, {"$filter": filter})
    assert reply.status == 400
    assert words in reply.message


@pytest.mark.parametrize(
    ("orderby", "numbers"),
    [
        ("start", [1, 2, 3]),
        ("start asc", [1, 2, 3]),
        ("timestamp desc", [3, 2, 1]),
        ("serialNumber desc", [3, 2, 1]),
        ("uuid", [1, 2, 3]),
        ("UUID DESC, start", [3, 2, 1]),
    ],
)
def test_orders(filled, orderby, numbers):
    assert serials(filled, orderby=orderby) == [f"SN0000{number}" for number in numbers]


@pytest.mark.parametrize("orderby", ["partNumber", "nothing", "start up", "start asc asc", ",", "start,"])
def test_other_orders_are_refused(filled, orderby):
    assert filled.get(PATH, {"$orderby": orderby}).status == 400


def test_pages(http, wats, make_report):
    wats.seed(reports=[make_report(number) for number in range(1, 26)])
    assert len(serials(http)) == 10
    assert len(serials(http, top=100)) == 25
    assert serials(http, top=0) == []
    walked = [serial for skip in range(0, 30, 5) for serial in serials(http, top=5, skip=skip, orderby="timestamp")]
    assert walked == [f"SN{number:05}" for number in range(1, 26)]
    for bad in ({"$top": "x"}, {"$top": "-1"}, {"$skip": "-1"}, {"$top": "99999999999"}, {"$top": "1.5"}):
        assert http.get(PATH, bad).status == 400


def test_a_server_may_cap_its_pages(client, make_report):
    with Sandbox(page_limit=4) as wats:
        http = client(wats.url, wats.token)
        wats.seed(reports=[make_report(number) for number in range(1, 8)], products=list("ABCDEF"))
        assert len(serials(http, top=100)) == 4
        assert len(serials(http, top=100, skip=4)) == 3
        assert len(http.get("/api/Product/Query", {"$top": 100}).json()) == 4


def test_selection(filled):
    assert filled.headers_of("processCode eq 500", select="serialNumber, START") == [
        {"serialNumber": "SN00003", "start": "2026-01-06T07:03:00Z"}
    ]
    assert len(filled.headers_of(select="*")[0]) == 31
    assert filled.get(PATH, {"$select": "nothing"}).status == 400


def test_expansion(filled):
    names = "subunits,miscinfo,assets,attachments,uurSubUnits,uurMiscInfo,uurAttachments"
    repair, _, test = filled.headers_of(expand=names)
    assert test["subUnits"] == [{"partType": "PCBA", "serialNumber": "B1", "partNumber": "BOARD", "revision": "2"}]
    assert test["miscInfo"] == [{"description": "Lot", "value": "7"}]
    (asset,) = test["assets"]
    assert {name: value for name, value in asset.items() if value is not None} == {"serialNumber": "DMM-1"}
    assert test["attachments"] == [{"stepId": None, "filename": "p.png"}]
    assert test["uurSubUnits"] == []
    assert repair["subUnits"] == []
    assert repair["uurSubUnits"] == [{"serialNumber": "SN00003", "partNumber": "WIDGET-001", "revision": "A"}]
    assert repair["uurMiscInfo"] == [{"description": "Firmware", "value": "1.2"}]
    assert repair["uurAttachments"] == [{"id": "11111111-2222-3333-4444-555555555555", "filename": "p.png"}]
    assert filled.get(PATH, {"$expand": "nothing"}).status == 400
    assert filled.headers_of(expand="subUnits", select="uuid", top=1)[0].keys() == {"uuid", "subUnits"}


def test_unknown_options_are_refused(filled):
    for name in ("$count", "$search", "$apply"):
        assert filled.get(PATH, {name: "true"}).status == 400
    assert filled.get(PATH, {"other": "1"}).status == 200


def test_a_query_of_products(http):
    http.put(
        "/api/Product/Products",
        [{"partNumber": each, "name": each.lower(), "state": int(each < "C")} for each in "ABCD"],
    )

    def found(**options):
        reply = http.get("/api/Product/Query", {f"${name}": value for name, value in options.items()})
        assert reply.status == 200, reply.body
        return [product["partNumber"] for product in reply.json()]

    assert found() == list("ABCD")
    assert found(filter="state eq 1 and nonSerial eq false") == ["A", "B"]
    assert found(filter="PartNumber eq 'C' or name in ('d')", orderby="name desc") == ["D", "C"]
    assert found(top=1, skip=1) == ["B"]
    assert found(filter="productCategoryId eq null", top=2) == ["A", "B"]
    assert http.get("/api/Product/Query", {"$filter": "uuid eq 1"}).status == 400


def test_a_query_of_products_without_a_filter_has_a_thousand(http, wats):
    wats.seed(products=[f"P{number:04}" for number in range(1100)])
    products = http.get("/api/Product/Query").json()
    assert len(products) == 1000
    assert len(http.get("/api/Product/Query", {"$filter": "startswith(partNumber, 'P')"}).json()) == 1100
    assert len(http.get("/api/Product/Query", {"$top": "1050"}).json()) == 1050
