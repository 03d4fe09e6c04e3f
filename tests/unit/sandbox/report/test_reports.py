"""Reports on their way: sent, replaced, counted, delayed, quarantined, and given back."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pytest
from waiting import until

from pywats.sandbox import Sandbox

WSJF = "/api/Report/Wsjf"


def got(http, report, **query):
    reply = http.get(f"{WSJF}/{report['id']}", query)
    assert reply.status == 200, reply.body
    return reply.json()


def test_the_answer_to_a_report_names_the_id_that_was_sent(http, wats, make_report):
    report = make_report(1)
    sent = {**report, "id": f"{{{report['id'].upper()}}}"}
    (answer,) = http.submit(sent).json()
    assert answer == {"ID": sent["id"], "uuid": report["id"], "Report_ID": answer["Report_ID"]}
    assert isinstance(answer["Report_ID"], int)
    assert wats.reports() == [sent]
    assert wats.received(report["id"]) == wats.received(sent["id"]) == 1
    assert http.get(f"{WSJF}/{report['id'].replace('-', '')}").json()["id"] == report["id"]


def test_the_bytes_are_kept_as_they_came(http, wats, make_report):
    body = b"\n " + repr(make_report(1)).replace("'", '"').encode() + b"  "
    assert http.post("/api/Report/WSJF", body).status == 200
    assert wats.report_bytes() == [body]


def test_a_report_comes_back_with_what_the_server_fills_in(http, make_report):
    http.put("/api/Product", {"partNumber": "WIDGET-001", "name": "Widget"})
    report = make_report(1, startUTC=None, assetStats=[{"x": 1}], productName="ignored", unknown={"a": [1, None]})
    http.submit(report)
    expected = deepcopy(report)
    expected |= {"productName": "Widget", "origin": "PYWATS-SANDBOX", "processName": "Functional Test"}
    expected["startUTC"] = "2026-01-05T07:01:00Z"
    expected["root"]["id"], expected["root"]["steps"][0]["id"] = 1, 2
    assert got(http, report) == expected


def test_ids_of_steps_stay_as_they_were_sent(http, make_report):
    report = make_report(1)
    report["root"]["id"], report["root"]["steps"][0]["id"] = 70, 5
    http.submit(report)
    assert got(http, report)["root"] == report["root"]


def test_the_step_that_caused_the_failure(http, make_report):
    report = make_report(1, result="F")
    root, step = report["root"], report["root"]["steps"][0]
    root |= {"status": "F", "causedUUTFailure": True, "id": 1}
    step |= {"status": "F", "causedUUTFailure": True, "id": 9}
    step["numericMeas"][0]["status"] = "F"
    report["uut"]["stepIdCausedUUTFailure"] = 4
    http.submit(report)
    assert got(http, report)["uut"]["stepIdCausedUUTFailure"] == 9
    (header,) = http.headers_of()
    assert (header["causedUutFailure"], header["causedUutFailurePath"]) == ("Supply", "MainSequence/Supply")


def test_the_repairs_of_a_test_are_named_in_it(http, make_report, make_repair):
    report, repair = make_report(1), make_repair(1)
    repair["uur"]["refUUT"] = report["id"]
    http.submit(report)
    http.submit(repair)
    assert got(http, report)["uut"]["refUURs"] == [{"id": repair["id"], "start": "2026-01-06T07:01:00Z"}]
    assert "refUURs" not in got(http, repair)["uur"]


def test_loops_come_back_as_the_server_exports_them(http, make_report):
    report = make_report(1)
    summary = report["root"]["steps"][0]
    iterations = [{**summary, "loop": {"idx": index}} for index in range(3)]
    summary["loop"] = {"num": 3, "endingIndex": 2, "passed": 3, "failed": 0}
    report["root"]["steps"] += iterations
    assert http.submit(report).status == 200
    back = got(http, report)
    assert back["root"]["steps"][0]["loop"] == {"num": 3, "endingIndex": 3, "passed": 3, "failed": 0}
    again = {**back, "origin": None}
    assert http.submit(again).status == 400


def test_what_a_skipped_step_holds_is_left_out(http, make_report):
    report = make_report(1)
    skipped = {"group": "M", "name": "Skipped", "status": "S", "stepType": "ET_NLT", "reportText": "kept"}
    held = {"numericMeas": [{"whatever": 1}], "steps": [5], "chart": {"series": "no"}, "attachment": {"name": {}}}
    report["root"]["steps"].append(skipped | held)
    assert http.submit(report).status == 200
    assert got(http, report)["root"]["steps"][1] == {**skipped, "id": 3}


def detailed(make_report):
    report = make_report(1, miscInfos=[{"description": "a", "text": "b"}])
    plot = {"dataType": "XYG", "name": "s", "xdata": "1;2", "ydata": "3;4"}
    step = {"group": "M", "name": "Plot", "status": "P", "stepType": "WATS_XYGMNLT"}
    picture = {"name": "p.png", "contentType": "image/png", "data": "AAAA"}
    report["root"]["steps"] += [
        {**step, "chart": {"chartType": "Line", "series": [plot]}},
        {**step, "name": "Picture", "attachment": picture},
    ]
    return report


def test_levels_of_detail(http, make_report):
    report = detailed(make_report)
    http.submit(report)
    levels = [got(http, report, detailLevel=level) for level in range(8)]
    present = [(*("uut" in each, "miscInfos" in each, "root" in each),) for each in levels]
    assert present == [
        (False, False, False),
        (True, False, False),
        (True, True, False),
        *[(True, True, True)] * 5,
    ]
    assert all(each["sn"] == "SN00001" for each in levels)
    steps = [each["root"]["steps"] for each in levels[3:]]
    assert ["attachment" in each[2] for each in steps] == [False, True, True, True, True]
    assert ["numericMeas" in each[0] for each in steps] == [False, False, True, True, True]
    assert ["chart" in each[1] for each in steps] == [False, False, False, True, True]
    assert levels[7] == got(http, report)


def test_charts_and_attachments_can_be_left_out(http, make_report, make_repair):
    report, repair = detailed(make_report), make_repair(1)
    repair["binaryData"] = [{"name": "p", "contentType": "c", "data": "AAAA"}]
    repair["subUnits"][0]["failures"][0]["attachments"] = [{"name": "q", "contentType": "c", "data": "AAAA"}]
    http.submit(report)
    http.submit(repair)
    _, plot, picture = got(http, report, includeChartdata="false")["root"]["steps"]
    assert plot["chart"]["series"] == [{"dataType": "XYG", "name": "s"}]
    assert picture["attachment"]["data"] == "AAAA"
    _, plot, picture = got(http, report, includeAttachments="false")["root"]["steps"]
    assert picture["attachment"] == {"name": "p.png", "contentType": "image/png"}
    assert plot["chart"]["series"][0]["xdata"] == "1;2"
    back = got(http, repair, includeAttachments="false")
    assert back["binaryData"] == [{"name": "p", "contentType": "c"}]
    assert back["subUnits"][0]["failures"][0]["attachments"] == [{"name": "q", "contentType": "c"}]


def test_a_report_that_is_not_there(http):
    reply = http.get(f"{WSJF}/11111111-2222-3333-4444-555555555555")
    assert reply.status == 404
    assert "11111111" in reply.message
    for path, query in (("no-guid", {}), ("1" * 32, {"detailLevel": 8}), ("1" * 32, {"includeChartdata": "maybe"})):
        assert http.get(f"{WSJF}/{path}", query).status == 400


def test_the_same_id_replaces(http, wats, make_report):
    http.submit(make_report(1))
    http.submit(make_report(2))
    (stamp,) = (each["timeStamp"] for each in http.headers_of("serialNumber eq 'SN00001'"))
    http.submit(make_report(1, sn="OTHER"))
    assert [report["sn"] for report in wats.reports()] == ["SN00002", "OTHER"]
    (header,) = http.headers_of("serialNumber eq 'OTHER'")
    assert header["timeStamp"] > stamp
    assert (header["receiveCount"], wats.received(make_report(1)["id"])) == (2, 2)


@pytest.mark.parametrize(
    ("milliseconds", "changed", "count"),
    [
        (0, {}, 1),
        (500, {}, 1),
        (-500, {}, 1),
        (501, {}, 2),
        (0, {"sn": "other"}, 2),
        (0, {"pn": "other"}, 2),
        (0, {"processCode": 10}, 2),
        (0, {"rev": "B", "machineName": "other"}, 1),
    ],
)
def test_the_same_test_run_replaces_whatever_its_id(http, wats, make_report, milliseconds, changed, count):
    first = make_report(1)
    start = datetime.fromisoformat(first["start"]) + timedelta(milliseconds=milliseconds)
    http.submit(first)
    http.submit(make_report(2, sn="SN00001", start=start.isoformat(), startUTC=None) | changed)
    assert len(wats.reports()) == count
    assert (http.get(f"{WSJF}/{first['id']}").status == 404) is (count == 1)


def test_a_repair_does_not_replace_a_test(http, wats, make_report, make_repair):
    report, repair = make_report(1), make_repair(1)
    http.submit(report)
    http.submit({**repair, "start": report["start"], "sn": report["sn"]})
    assert len(wats.reports()) == 2


def test_past_a_hundred_receives_a_report_is_not_processed(http, wats, make_report):
    for number in range(100):
        http.submit(make_report(1, location=f"L{number}"))
    assert http.submit(make_report(1, location="late")).status == 200
    assert wats.received(make_report(1)["id"]) == 101
    assert [report["location"] for report in wats.reports()] == ["L99"]


def test_a_start_in_the_future_goes_to_quarantine(http, wats, make_report):
    start = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    report = make_report(1, start=start, startUTC=None)
    assert http.submit(report).status == 200
    assert http.headers_of() == []
    assert http.get(f"{WSJF}/{report['id']}").status == 404
    assert list(wats.quarantined()) == [report["id"]]
    http.submit(make_report(1))
    assert wats.quarantined() == {}
    assert len(wats.reports()) == 1


def test_a_report_is_not_there_before_it_is_processed(client, make_report):
    with Sandbox(processing_delay=3600) as wats:
        http = client(wats.url, wats.token)
        for sn in ("first", "second"):
            assert http.submit(make_report(1, sn=sn)).status == 200
        assert (http.headers_of(), wats.reports(), wats.queued()) == ([], [], 2)
        assert http.get(f"{WSJF}/{make_report(1)['id']}").status == 404
        wats.process_now()
        assert [header["serialNumber"] for header in http.headers_of()] == ["second"]
        assert (wats.queued(), wats.received(make_report(1)["id"])) == (0, 2)


def test_a_report_is_processed_by_itself_when_it_is_due(client, make_report):
    with Sandbox(processing_delay=0.05) as wats:
        http = client(wats.url, wats.token)
        http.submit(make_report(1))
        until(wats.reports)
        assert len(http.headers_of()) == 1


def test_a_refused_report_is_neither_counted_nor_kept(http, wats, make_report):
    assert http.submit(make_report(1, result="X")).status == 400
    assert (wats.received(make_report(1)["id"]), wats.reports(), http.get("/api/Product/Query").json()) == (0, [], [])


def test_runs_are_counted_by_their_starts(http, make_report):
    def submit(number, result, **fields):
        report = make_report(number, sn="SN", result=result, **fields)
        report["root"]["status"] = result
        step = report["root"]["steps"][0]
        step["status"] = step["numericMeas"][0]["status"] = result
        assert http.submit(report).status == 200

    def runs(process=60):
        found = http.headers_of(f"processCode eq {process}", orderby="start")
        return [(header["run"], header["passedInRun"]) for header in found]

    submit(10, "F")
    assert runs() == [(1, None)]
    submit(30, "P")
    assert runs() == [(1, 2), (2, 2)]
    submit(40, "F")
    assert runs() == [(1, 2), (2, 2), (3, 2)]
    submit(20, "F")
    assert runs() == [(1, 3), (2, 3), (3, 3), (4, 3)]
    submit(30, "F")
    assert runs() == [(1, None), (2, None), (3, None), (4, None)]
    submit(50, "P", processCode=10)
    assert runs(10) == [(1, 1)]


def test_headers_by_misc_info(http, make_report, make_repair):
    misc = [{"description": "Lot", "text": "L1"}, {"description": "Count", "numeric": 7}]
    http.submit(make_report(1, miscInfos=misc))
    http.submit(make_report(2, miscInfos=[{"description": "Lot", "text": "L2"}]))
    http.submit(make_repair(3))

    def found(**query):
        reply = http.get("/api/Report/Query/HeaderByMiscInfo", query)
        assert reply.status == 200, reply.body
        return reply.json()

    (header,) = found(description="Lot", data="L1")
    assert header == {
        "uuid": make_report(1)["id"],
        "serialNumber": "SN00001",
        "partNumber": "WIDGET-001",
        "start": "2026-01-05T07:01:00Z",
        "result": "Passed",
        "processCode": 60,
        "processName": "Functional Test",
        "miscData": [{"description": "Lot", "value": "L1"}, {"description": "Count", "value": "7"}],
    }
    assert found(description="Lot", stringValue="L1") == [header]
    assert [each["serialNumber"] for each in found(description="Lot")] == ["SN00002", "SN00001"]
    assert len(found(description="Lot", **{"$top": 1})) == 1
    assert found(description="Lot", processCode=10) == []
    assert found(description="Firmware") == []
    assert len(found(serialNumber="SN00001")) == 1
    assert http.get("/api/Report/Query/HeaderByMiscInfo").status == 400
