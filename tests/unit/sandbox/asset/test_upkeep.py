"""Counts, calibration, maintenance, log and status of assets."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.domains.asset.models import Asset, AssetType
from pywats.sandbox.asset.status import status
from pywats.sandbox.times import instant, iso

PATH = "/api/Asset"
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def test_uses_raise_both_counts(store):
    store.add()
    answer = store.do("PUT", "Count", incrementBy=3)
    assert (answer["runningCount"], answer["totalCount"]) == store.counts() == (3, 3)
    store.do("PUT", "Count", totalCount=10)
    assert store.counts() == (10, 10)
    store.do("PUT", "Count", incrementBy=0)
    assert store.get()["lastSeenDate"] is not None


def test_uses_raise_the_counts_of_parts_only_if_asked_for(store):
    for number, parent in (("rack", None), ("slot", "rack"), ("card", "slot"), ("other", None)):
        store.add(number, parentSerialNumber=parent)
    store.do("PUT", "Count", "rack", incrementBy=2)
    assert [store.counts(number)[1] for number in ("rack", "slot", "card", "other")] == [2, 0, 0, 0]
    store.do("PUT", "Count", "rack", incrementBy=5, incrementChildren="true")
    assert [store.counts(number)[1] for number in ("rack", "slot", "card", "other")] == [7, 5, 5, 0]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({}, "totalCount or incrementBy"),
        ({"totalCount": 9, "incrementBy": 1}, "totalCount or incrementBy"),
        ({"totalCount": 4}, "totalCount is required to be at least 5"),
        ({"incrementBy": -1}, "at least 0"),
        ({"incrementBy": "x"}, "whole number"),
        ({"incrementBy": 1, "incrementChildren": "yes"}, "true or false"),
    ],
)
def test_wrong_counts_are_refused(http, store, query, words):
    store.add(totalCount=5)
    reply = http.put(f"{PATH}/Count", query={"serialNumber": "F", **query})
    assert reply.status == 400
    assert words in reply.message
    assert store.counts() == (0, 5)


def test_counts_end_at_the_largest_number_they_can_show(store):
    store.add(totalCount=2**31 - 2)
    store.do("PUT", "Count", incrementBy=5)
    assert store.counts() == (5, 2**31 - 1)


def test_counts_are_set_and_reset(http, store):
    store.add()
    store.do("PUT", "SetTotalCount", totalCount=50)
    store.do("PUT", "SetRunningCount", runningCount=20)
    assert store.counts() == (20, 50)
    store.do("POST", "ResetRunningCount", comment="new pins")
    assert store.counts() == (0, 50)
    assert [(each["type"], each["property"], each["value"], each["comment"]) for each in store.log(top=3)] == [
        (3, None, None, "new pins"),
        (2, "runningCount", "20", None),
        (2, "totalCount", "50", None),
    ]
    for path in ("SetTotalCount", "SetRunningCount"):
        assert http.put(f"{PATH}/{path}", query={"serialNumber": "F"}).status == 400
    assert http.put(f"{PATH}/SetTotalCount", query={"serialNumber": "F", "totalCount": 2**31}).status == 400


def test_a_calibration_sets_its_dates_and_begins_the_running_count_anew(store):
    store.kind(calibrationInterval=30, maintenanceInterval=1.5)
    store.add(runningCount=5, totalCount=5)
    store.do("POST", "Calibration", dateTime="2026-01-01T01:00:00+01:00", comment="by anna")
    asset = store.get()
    assert (asset["lastCalibrationDate"], asset["nextCalibrationDate"]) == (
        "2026-01-01T00:00:00Z",
        "2026-01-31T00:00:00Z",
    )
    assert store.counts() == (0, 5)
    assert asset["nextMaintenanceDate"] is None
    (entry,) = store.log("type eq 4")
    assert (entry["date"], entry["comment"], entry["user"]) == ("2026-01-01T00:00:00Z", "by anna", "admin")


def test_maintenance_sets_its_dates_and_leaves_the_counts(store):
    store.kind(maintenanceInterval=1.5)
    store.add(runningCount=5, totalCount=5)
    store.do("POST", "Maintenance", dateTime="2026-01-01T00:00:00Z")
    asset = store.get()
    assert (asset["lastMaintenanceDate"], asset["nextMaintenanceDate"]) == (
        "2026-01-01T00:00:00Z",
        "2026-01-02T12:00:00Z",
    )
    assert store.counts() == (5, 5)
    assert len(store.log("type eq 5")) == 1


def test_without_a_time_it_is_now(store):
    store.add()
    before = datetime.now(UTC)
    for work in ("Calibration", "Maintenance"):
        store.do("POST", work)
        assert before <= datetime.fromisoformat(store.get()[f"last{work}Date"]) <= datetime.now(UTC)


@pytest.mark.parametrize("work", ["Calibration", "Maintenance"])
def test_work_elsewhere_says_when_it_is_due_again(http, store, work):
    store.kind(**{f"{work.lower()}Interval": 10})
    store.add()
    days = {"fromDate": "2026-01-01T00:00:00Z", "toDate": "2027-01-01T00:00:00Z"}
    store.do("POST", f"{work}/External", **days, comment="by ACME")
    asset = store.get()
    assert (asset[f"last{work}Date"], asset[f"next{work}Date"]) == tuple(days.values())
    store.do("POST", work, dateTime="2026-02-01T00:00:00Z")
    assert store.get()[f"next{work}Date"] == "2026-02-11T00:00:00Z"
    swapped = {"fromDate": days["toDate"], "toDate": days["fromDate"], "serialNumber": "F"}
    assert "toDate" in http.post(f"{PATH}/{work}/External", query=swapped).message
    reply = http.post(f"{PATH}/{work}", query={"serialNumber": "F", "dateTime": "2026-02-01T00:00:00"})
    assert (reply.status, "dateTime" in reply.message) == (400, True)


def test_the_next_date_follows_the_interval_of_the_type_and_can_be_asked_for(http, store):
    store.kind(calibrationInterval=10)
    store.add(lastCalibrationDate="2026-01-01T00:00:00Z")
    store.kind(calibrationInterval=20)
    assert store.get()["nextCalibrationDate"] == "2026-01-21T00:00:00Z"
    due = {"$filter": "nextCalibrationDate le 2026-01-21T00:00:00Z"}
    assert len(http.get(PATH, due).json()) == 1
    store.kind(calibrationInterval=-1)
    assert store.get()["nextCalibrationDate"] is None


def test_messages_are_kept_in_the_log(http, store):
    asset = store.add()
    for body in ({"content": "checked", "user": "anna"}, {"content": "again"}):
        assert http.post(f"{PATH}/Message", body, {"id": asset["assetId"]}).json() == {}
    again, checked, registered = store.log(f"assetId eq '{asset['assetId']}'")
    assert (checked["type"], checked["comment"], checked["user"]) == (0, "checked", "anna")
    assert (again["comment"], again["user"]) == ("again", "admin")
    assert (registered["type"], registered["serialNumber"], registered["user"]) == (1, "F", "admin")
    assert http.post(f"{PATH}/Message", {"comment": "x"}, {"serialNumber": "F"}).status == 400
    assert http.post(f"{PATH}/Message", {"content": "x"}).status == 400


def test_the_status_tells_what_is_left_and_what_is_passed(store):
    store.kind(runningCountLimit=10, totalCountLimit=100, warningThreshold=80, calibrationInterval=10)
    store.add(runningCount=8, totalCount=20)
    answer = store.status()
    assert answer["message"] == "runningCount has used up 80 % of its limit."
    expected = {
        "alarmState": 1,
        "runningCount": 8,
        "runningCountExceeded": 0,
        "runningCountRemaining": 2,
        "totalCountRemaining": 80,
        "isDaysSinceCalibrationUnknown": True,
        "daysSinceCalibration": None,
        "calibrationDaysOverdue": None,
    }
    assert {name: answer[name] for name in expected} == expected
    calibrated = datetime.now(UTC) - timedelta(days=12)
    store.do("POST", "Calibration", dateTime=calibrated.isoformat())
    store.do("PUT", "Count", incrementBy=11)
    answer = store.status()
    assert (answer["alarmState"], answer["runningCountExceeded"], answer["runningCountRemaining"]) == (2, 1, 0)
    assert answer["daysSinceCalibration"] == pytest.approx(12, abs=0.01)
    assert answer["calibrationDaysOverdue"] == pytest.approx(2, abs=0.01)
    assert "nextCalibrationDate" in answer["message"]


def test_an_asset_without_limits_is_fine(store):
    store.add(runningCount=10**6, lastCalibrationDate="2000-01-01T00:00:00Z")
    answer = store.status()
    assert (answer["alarmState"], answer["message"], answer["runningCountExceeded"]) == (0, "", None)


days = st.none() | st.integers(-40, 40)
limits = st.none() | st.integers(0, 200)


@given(
    st.fixed_dictionaries(
        {
            "runningCountLimit": limits,
            "totalCountLimit": limits,
            "calibrationInterval": st.none() | st.integers(-2, 40),
            "maintenanceInterval": st.none() | st.integers(-2, 40),
            "warningThreshold": st.none() | st.integers(0, 120),
            "alarmThreshold": st.none() | st.integers(0, 120),
        }
    ),
    st.integers(0, 300),
    st.integers(0, 300),
    days,
    days,
    days,
)
def test_client_and_server_agree_on_alarms(
    kind: dict[str, Any], running: int, total: int, last: int | None, due: int | None, maintained: int | None
):
    def at(day: int | None) -> str | None:
        return None if day is None else iso(instant(NOW + timedelta(days=day)))

    interval = kind["maintenanceInterval"]
    again = None if maintained is None or not interval or interval < 0 else maintained + interval
    asset = {
        "assetId": "1",
        "serialNumber": "F",
        "state": 1,
        "runningCount": running,
        "totalCount": total,
        "lastCalibrationDate": at(last),
        "nextCalibrationDate": at(due),
        "lastMaintenanceDate": at(maintained),
        "nextMaintenanceDate": at(again),
    }
    if due is None and last is not None and (kind["calibrationInterval"] or 0) > 0:
        asset["nextCalibrationDate"] = at(last + kind["calibrationInterval"])
    described = AssetType.from_wire({"typeName": "T", **kind})
    told = status({**asset, "assetType": kind}, instant(NOW))["alarmState"]
    assert described.alarm_state(Asset.from_wire(asset), NOW) == told


def test_a_report_counts_as_a_use_of_each_asset_that_it_names(http, store, make_report):
    for number in ("F", "G", "H"):
        store.add(number)
    used = [{"assetSN": "F", "usageCount": 3}, {"assetSN": "G"}, {"assetSN": "F"}, {"assetSN": "unknown"}]
    report = make_report(1, assets=used)
    assert http.submit(report).status == 200
    assert [store.counts(number) for number in ("F", "G", "H")] == [(4, 4), (1, 1), (0, 0)]
    assert datetime.fromisoformat(store.get("F")["lastSeenDate"]) == datetime.fromisoformat(report["start"])
    assert store.get("H")["lastSeenDate"] is None
    assert http.get(f"{PATH}/unknown").status == 404


def test_a_report_shows_how_far_its_assets_were_used_up_when_it_was_processed(http, store, make_report, shared):
    store.kind(runningCountLimit=1, calibrationInterval=10, warningThreshold=80)
    store.add(lastCalibrationDate="2026-01-01T00:00:00Z")
    first, second = (make_report(number, assets=[{"assetSN": "F"}, {"assetSN": "X"}]) for number in (1, 2))
    for report in (first, second):
        http.submit(report)
    stats = [http.get(f"/api/Report/Wsjf/{each['id']}").json()["assetStats"] for each in (first, second)]
    assert [(each["assetSN"], each["runningCount"], each["runningCountExceeded"]) for (each,) in stats] == [
        ("F", 1, 0),
        ("F", 2, 1),
    ]
    document = json.loads((shared / "wats" / "openapi_internal_v3.json").read_text("utf-8"))
    schemas = document["components"]["schemas"]
    assert set(stats[0][0]) == set(schemas["Virinco.WATS.Schemas.WSJF.AssetStats"]["properties"])
    assert stats[0][0]["isDaysSinceMaintenanceUnknown"]
    assert not stats[0][0]["isDaysSinceCalibrationUnknown"]
    assert stats[0][0]["calibrationDaysOverdue"] > 10
    assert "runningCount has used up 100 % of its limit." in stats[0][0]["message"]
    (header,) = http.headers_of("assets/any(a: a/runningCountExceeded gt 0)", expand="assets")
    assert [(each["serialNumber"], each["totalCount"]) for each in header["assets"]] == [("F", 2), ("X", None)]
    assert set(header["assets"][0]) == set(schemas["Virinco.WATS.Web.Dashboard.Models.OData.Asset"]["properties"])


def test_a_report_in_place_of_another_counts_only_what_that_did_not(http, store, make_report):
    for number in ("F", "G"):
        store.add(number)
    sent = [{"assetSN": "F", "usageCount": 3}], [{"assetSN": "F", "usageCount": 5}, {"assetSN": "G"}], []
    for assets in (*sent, sent[1]):
        http.submit(make_report(1, assets=assets))
    assert [store.counts(number)[1] for number in ("F", "G")] == [5, 1]
    by_identity = make_report(1, assets=[{"assetSN": "F", "usageCount": 6}], id=str(UUID(int=99)))
    http.submit(by_identity)
    assert [store.counts(number)[1] for number in ("F", "G")] == [6, 1]


def test_a_repair_counts_too_and_a_report_in_quarantine_does_not(http, store, make_report, make_repair):
    store.add()
    http.submit(make_repair(1, assets=[{"assetSN": "F"}]))
    assert store.counts() == (1, 1)
    http.submit(make_report(2, assets=[{"assetSN": "F"}], start="2100-01-01T00:00:00+00:00", startUTC=None))
    assert store.counts() == (1, 1)


def test_a_report_that_waits_for_its_processing_counts_after_that(http, store, wats, make_report):
    store.add()
    wats.world.reports.delay = 3600
    http.submit(make_report(1, assets=[{"assetSN": "F"}]))
    assert store.counts() == (0, 0)
    with wats.world.database.lock:
        wats.world.reports.process_due(datetime(2100, 1, 1, tzinfo=UTC).timestamp())
    assert store.counts() == (1, 1)
