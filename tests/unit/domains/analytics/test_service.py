"""What the analytics domain sends, and what it makes of the answers."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pywats.domains.analytics import requests
from pywats.domains.analytics.models import AlarmType, UnitFlowFilter
from pywats.domains.analytics.service import AnalyticsService
from pywats.errors import AuthenticationError, InvalidResponseError, ServerError, ValidationError
from pywats.query import filters
from pywats.query.filters import WATSFilter
from pywats.query.paths import MeasurementPath
from pywats.service import Async

APP, INTERNAL = "/api/App", "/api/internal/App"
FLOW = "/api/internal/UnitFlow"
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
P = WATSFilter(part_number="P")
IDS = "productGroupId=3&levelId=7&days=14"
ODD = "A/B #1?%20 æ"
BOUNDS = "minConnectionTime=1&maxConnectionTime=2&minExecutionTime=3&maxExecutionTime=4"
XML = ("<s/>", "<q/>")
OF_XML = "stepFilters=<s/>&sequenceFilters=<q/>"


@pytest.fixture
def analytics(line) -> AnalyticsService[Async]:
    return AnalyticsService(line)


REQUESTS: list[tuple[str, tuple[Any, ...], str, Any]] = [
    ("get_version", (), f"GET {APP}/Version", None),
    ("get_processes", (), f"GET {APP}/Processes", None),
    (
        "get_processes",
        (True, None, False, True),
        f"GET {APP}/Processes?includeTestOperations=true&includeWipOperations=false&includeInactiveProcesses=true",
        None,
    ),
    ("get_levels", (), f"GET {APP}/Levels", None),
    ("get_product_groups", (), f"GET {APP}/ProductGroups", None),
    ("get_product_groups", (True,), f"GET {APP}/ProductGroups?includeFilters=true", None),
    ("get_user_settings", (ODD,), f"GET {APP}/CommonUserSettings?UserName={ODD}", None),
    (
        "get_yield_summary",
        ("P", "A", 7),
        f"POST {APP}/DynamicYield?dimensions=partNumber;revision;testOperation",
        {
            "partNumber": "P",
            "revision": "A",
            "dimensions": "partNumber;revision;testOperation",
            "periodCount": 7,
            "dateGrouping": 4,
            "includeCurrentPeriod": True,
        },
    ),
    (
        "get_station_yield",
        ("ICT-1",),
        f"POST {APP}/DynamicYield?dimensions=stationName;partNumber;testOperation",
        {
            "stationName": "ICT-1",
            "dimensions": "stationName;partNumber;testOperation",
            "periodCount": 7,
            "dateGrouping": 4,
            "includeCurrentPeriod": True,
        },
    ),
    ("get_volume_yield_by_id", (3, 7, 14), f"GET {APP}/VolumeYield?{IDS}", None),
    ("get_worst_yield_by_id", ("3", "7", 14), f"GET {APP}/WorstYield?{IDS}", None),
    ("get_high_volume_by_id", (3, 7, 14), f"GET {APP}/HighVolume?{IDS}", None),
    ("get_worst_yield_by_product_group", (P,), f"POST {APP}/WorstYieldByProductGroup", {"partNumber": "P"}),
    ("get_high_volume_by_product_group", ({},), f"POST {APP}/HighVolumeByProductGroup", {}),
    ("get_top_failed", (), f"POST {APP}/TopFailed", {}),
    (
        "get_top_failed",
        (None, "Boards", "Oslo", "P", "A", 5),
        f"POST {APP}/TopFailed",
        {"productGroup": "Boards", "level": "Oslo", "partNumber": "P", "revision": "A", "topCount": 5},
    ),
    (
        "get_top_failed_by_id",
        (ODD, 60, 3, 7, 14),
        f"GET {APP}/TopFailed?partNumber={ODD}&processCode=60&{IDS}&count=10",
        None,
    ),
    ("get_top_failed_internal", (P, 3), f"POST {INTERNAL}/TopFailed", {"partNumber": "P", "topCount": 3}),
    (
        "get_top_failed_by_product",
        ("P", "60", "3", "7", 14, 5),
        f"GET {INTERNAL}/TopFailed?partNumber=P&processCode=60&{IDS}&count=5",
        None,
    ),
    ("get_test_step_analysis", ({"run": -1},), f"POST {APP}/TestStepAnalysis", {"run": -1}),
    (
        "get_test_step_analysis_for_operation",
        ("P", "ICT", None, 10),
        f"POST {APP}/TestStepAnalysis",
        {
            "partNumber": "P",
            "testOperation": "ICT",
            "run": 1,
            "maxCount": 10000,
            "dateFrom": "2026-01-21T12:00:00Z",
        },
    ),
    ("get_step_status_list", (P, *XML), f"POST {INTERNAL}/StepStatusList?{OF_XML}", {"partNumber": "P"}),
    ("get_step_status_list_by_product", (3, 7, 14, *XML), f"GET {INTERNAL}/StepStatusList?{IDS}&{OF_XML}", None),
    (
        "get_measurement_list",
        ({"partNumber": "P"}, *XML),
        f"POST {INTERNAL}/MeasurementList?{OF_XML}",
        {"partNumber": "P"},
    ),
    ("get_measurement_list_by_product", (3, 7, 14, *XML), f"GET {INTERNAL}/MeasurementList?{IDS}&{OF_XML}", None),
    (
        "get_dynamic_repair",
        ({"dimensions": "repairCode;repairCount desc"},),
        f"POST {APP}/DynamicRepair?dimensions=repairCode;repairCount desc",
        {"dimensions": "repairCode;repairCount desc"},
    ),
    (
        "get_related_repair_history",
        (ODD, "A"),
        f"GET {APP}/RelatedRepairHistory?partNumber={ODD}&revision=A",
        None,
    ),
    (
        "get_related_repair_history",
        ("P", "A", 500, 60),
        f"GET {APP}/RelatedRepairHistory?partNumber=P&revision=A&repairOperationCode=500&testOperationCode=60",
        None,
    ),
    ("get_serial_number_history", ({"serial_number": "S"},), f"POST {APP}/SerialNumberHistory", {"serialNumber": "S"}),
    (
        "get_uut_reports",
        (P, "G", "L", None, "A", "S", "failed", 5),
        f"POST {APP}/UutReport",
        {
            "productGroup": "G",
            "level": "L",
            "partNumber": "P",
            "revision": "A",
            "serialNumber": "S",
            "status": "Failed",
            "topCount": 5,
        },
    ),
    (
        "get_uut_reports_by_id",
        (3, 7, {"part_number": "P", "status": "F", "date_from": "2026-01-05T08:00:00Z"}),
        f"GET {APP}/UutReport?partNumber=P&status=Failed&dateFrom=2026-01-05T08:00:00Z&productGroupId=3&levelId=7",
        None,
    ),
    ("get_uur_reports", (P,), f"POST {APP}/UurReport", {"partNumber": "P"}),
    (
        "get_connection_and_execution_time",
        (P, 1, 2, 3, 4),
        f"POST {APP}/ConnectionAndExecutionTime?{BOUNDS}",
        {"partNumber": "P"},
    ),
    ("get_oee_analysis", (P, "08:00:00"), f"POST {APP}/OeeAnalysis?availableTime=08:00:00", {"partNumber": "P"}),
    (
        "get_oee_analysis",
        (P, timedelta(days=2, hours=3, seconds=4), 1, None, None, None, 50),
        f"POST {APP}/OeeAnalysis?availableTime=2.03:00:04&targetOutput=50&minConnectionTime=1",
        {"partNumber": "P"},
    ),
    ("get_unit_flow", (), f"POST {FLOW}", {}),
    ("get_unit_flow", (UnitFlowFilter(part_number="P"),), f"POST {FLOW}", {"partNumber": "P"}),
    ("get_flow_links", (), f"GET {FLOW}/Links?filter={{}}", None),
    ("get_flow_nodes", ({"part_number": "P"},), f'GET {FLOW}/Nodes?filter={{"partNumber":"P"}}', None),
    ("get_flow_units", (), f"GET {FLOW}/Units?filter={{}}", None),
    (
        "trace_serial_numbers",
        (["S1", "S2"], {"partNumber": "P"}),
        f"POST {FLOW}",
        {"partNumber": "P", "serialNumber": "S1;S2"},
    ),
    ("get_flow_serial_numbers", ([7, 8],), f"POST {FLOW}/SN", [7, 8]),
    ("split_flow_by", ("location",), f"POST {FLOW}/SplitBy", {"splitBy": "location"}),
    ("set_unit_flow_visibility", (["a"], ["b"]), f"POST {FLOW}", {"showList": ["a"], "hideList": ["b"]}),
    ("show_operations", (["a"],), f"POST {FLOW}", {"showList": ["a"]}),
    ("hide_operations", (["b"], {"part_number": "P"}), f"POST {FLOW}", {"partNumber": "P", "hideList": ["b"]}),
    ("expand_operations", (), f"POST {FLOW}", {"expandOperations": True}),
    ("expand_operations", (False,), f"POST {FLOW}", {"expandOperations": False}),
    ("get_bottlenecks", (), f"POST {FLOW}", {}),
    ("get_flow_summary", (), f"POST {FLOW}", {}),
    ("get_alarm_logs", (), "POST /api/internal/Trigger/GetAlarmAndNotificationLogs", {}),
    (
        "get_alarm_logs",
        (AlarmType.ASSET, 5, NOW, NOW, "G", "L"),
        "POST /api/internal/Trigger/GetAlarmAndNotificationLogs?includeTypes=5",
        {
            "topCount": 5,
            "dateFrom": "2026-01-31T12:00:00Z",
            "dateTo": "2026-01-31T12:00:00Z",
            "productGroup": "G",
            "level": "L",
        },
    ),
]


@pytest.mark.parametrize(("name", "arguments", "request_line", "body"), REQUESTS)
async def test_a_method_sends_one_request(analytics, line, monkeypatch, name, arguments, request_line, body):
    monkeypatch.setattr(filters, "_now", lambda: NOW)
    await getattr(analytics, name)(*arguments)
    assert line.sent == [request_line]
    call = line.calls[0]
    assert call.internal == ("/internal/" in call.path)
    assert call.repeatable is (None if call.verb == "GET" else True)
    if body is None:
        assert call.body is None
    else:
        assert line.json() == body


@pytest.mark.parametrize("path", ["VolumeYield", "WorstYield", "HighVolume"])
async def test_names_of_groups_and_levels_travel_in_the_filter(analytics, line, path):
    name = {"VolumeYield": "volume_yield", "WorstYield": "worst_yield", "HighVolume": "high_volume"}[path]
    method = getattr(analytics, f"get_{name}")
    await method()
    await method(P, "Boards", "Oslo")
    await method({"productGroup": "Other", "topCount": 3}, product_group="Boards")
    assert line.sent == [f"POST {APP}/{path}"] * 3
    assert [json.loads(call.body) for call in line.calls] == [
        {},
        {"partNumber": "P", "productGroup": "Boards", "level": "Oslo"},
        {"productGroup": "Boards", "topCount": 3},
    ]


async def test_the_limits_and_the_yield_of_a_filter_have_their_names(analytics, line):
    await analytics.get_worst_yield(WATSFilter(yield_value=90, top_count=5, max_count=100, min_count=2))
    assert line.json() == {"yield": 90, "topCount": 5, "maxCount": 100, "minCount": 2}


PATHS: list[tuple[Any, Any, str]] = [
    ({}, "Main/3V3::Vout;Main/5V", "Main¶3V3¶¶Vout;Main¶5V"),
    ({}, ["Main/3V3::Vout", MeasurementPath("Main/5V")], "Main¶3V3¶¶Vout;Main¶5V"),
    ({}, MeasurementPath("Main/5V"), "Main¶5V"),
    (WATSFilter(measurement_paths="Main/5V"), None, "Main¶5V"),
    ({"measurementPaths": "Main/5V"}, "Main/3V3", "Main¶3V3"),
]


@pytest.mark.parametrize("name", ["Measurements", "AggregatedMeasurements"])
@pytest.mark.parametrize(("wanted", "paths", "wire"), PATHS)
async def test_measurement_paths_travel_in_the_query_alone(analytics, line, name, wanted, paths, wire):
    method = analytics.get_measurements if name == "Measurements" else analytics.get_aggregated_measurements
    await method(wanted, paths)
    assert line.sent == [f"POST {APP}/{name}?measurementPaths={wire}"]
    assert line.json() == {}


async def test_without_paths_none_are_named(analytics, line):
    await analytics.get_measurements(P)
    assert line.sent == [f"POST {APP}/Measurements"]


async def test_measurements_come_in_one_list(analytics, line):
    line.answer(
        [
            {"measurementPath": "A¶B", "measurements": [{"value": 1, "stepPath": "A¶B"}, {"value": 2}]},
            {"measurementPath": "C", "measurements": None},
            {"measurementPath": "D¶¶v", "measurements": [{"value": 3}]},
        ]
    )
    found = await analytics.get_measurements({})
    assert [(each.step_path, each.value) for each in found] == [("A¶B", 1), ("A¶B", 2), ("D¶¶v", 3)]
    line.answer([{"measurementPath": "A¶B", "measurements": [{"count": 7, "var": 0.5}]}])
    (summed,) = await analytics.get_aggregated_measurements({})
    assert (summed.count, summed.variance, summed.step_path) == (7, 0.5, "A¶B")


@pytest.mark.parametrize(("said", "count"), [([{}, {}], 2), ({"repairCode": "x"}, 1), ([], 0), (None, 0), ({}, 0)])
async def test_a_history_is_a_list_or_its_only_item(analytics, line, said, count):
    line.answer(said)
    assert len(await analytics.get_related_repair_history("P", "A")) == count


async def test_the_available_time_is_what_the_filter_spans(analytics, line, monkeypatch):
    monkeypatch.setattr(requests, "_now", lambda: NOW)
    monkeypatch.setattr(filters, "_now", lambda: NOW)
    await analytics.get_oee_analysis(WATSFilter(last="8h"))
    await analytics.get_oee_analysis({"date_from": "2026-01-05T08:00:00Z", "date_to": "2026-01-06T08:00:01Z"})
    assert [call.query for call in line.calls] == [(("availableTime", "08:00:00"),), (("availableTime", "1.00:00:01"),)]


@pytest.mark.parametrize(
    ("wanted", "time"),
    [({}, None), ({}, timedelta(0)), ({"date_from": NOW, "date_to": NOW}, None), ({}, -timedelta(1))],
)
async def test_a_time_that_is_not_there_is_refused(analytics, line, wanted, time):
    with pytest.raises(ValidationError, match="available_time"):
        await analytics.get_oee_analysis(wanted, time)
    assert line.calls == []


async def test_what_a_query_cannot_say_of_reports_is_named(analytics, line):
    with pytest.raises(ValidationError, match="miscValue, topCount"):
        await analytics.get_uut_reports_by_id(filter_data={"top_count": 3, "misc_value": "x"})
    assert line.calls == []


async def test_an_order_is_made_of_the_units_of_the_flow(analytics, line):
    units = [{"serialNumber": "S2", "unitId": 1, "new": True}, {"serialNumber": "S1", "unitId": 2}]
    line.answer(units)
    line.answer(list(reversed(units)))
    flow = await analytics.set_unit_order("serialNumber", {"part_number": "P"})
    assert line.sent == [
        f'GET {FLOW}/Units?filter={{"partNumber":"P","unitOrder":"serialNumber"}}',
        f"POST {FLOW}/UnitOrder",
    ]
    assert line.json() == units
    assert [unit.serial_number for unit in flow.units] == ["S1", "S2"]


async def test_the_flow_is_looked_at(analytics, line):
    nodes = [
        {"id": 1, "yield": 99, "passCount": 99, "failCount": 1},
        {"id": 2, "yieldPercent": 80},
        {"id": 3},
        {"yield": 50},
    ]
    for _ in range(3):
        line.answer({"nodes": nodes, "links": [{}], "units": [{}, {}]})
    assert [node.yield_percent for node in await analytics.get_bottlenecks()] == [50, 80]
    assert [node.id for node in await analytics.get_bottlenecks(min_yield_threshold=99.5)] == [None, 2, 1]
    assert await analytics.get_flow_summary() == {
        "total_nodes": 4,
        "total_links": 1,
        "total_units": 2,
        "total_passed": 99,
        "total_failed": 1,
        "avg_yield": pytest.approx((99 + 80 + 50) / 3),
        "min_yield": 50,
        "max_yield": 99,
    }


async def test_nothing_of_a_flow_is_an_empty_one_and_nothing_of_a_trace_is_none(analytics):
    assert (await analytics.get_unit_flow()).nodes == []
    assert (await analytics.get_flow_summary())["avg_yield"] is None
    assert await analytics.trace_serial_numbers(["S"]) is None
    assert await analytics.get_flow_serial_numbers([]) == []


@pytest.mark.parametrize("wrong", [[], [""], ["S1;S2"]])
async def test_units_that_cannot_be_named_are_refused(analytics, line, wrong):
    with pytest.raises(ValidationError, match="serial_numbers"):
        await analytics.trace_serial_numbers(wrong)
    assert line.calls == []


async def test_alarms_of_other_types_are_left_out(analytics, line):
    line.answer([{"type": 1, "logId": 1}, {"type": 4, "logId": 2}])
    assert [log.log_id for log in await analytics.get_alarm_logs(AlarmType.MEASUREMENT)] == [2]


@pytest.mark.parametrize(("status", "kind"), [(401, AuthenticationError), (500, ServerError)])
@pytest.mark.parametrize(
    ("name", "arguments"),
    [("get_unit_flow", ()), ("get_flow_nodes", ()), ("get_alarm_logs", ()), ("get_measurement_list", (P, *XML))],
)
async def test_an_error_of_an_internal_call_is_raised(analytics, line, name, arguments, status, kind):
    line.answer({"Message": "no"}, status)
    with pytest.raises(kind):
        await getattr(analytics, name)(*arguments)


@pytest.mark.parametrize("name", ["get_unit_flow", "get_flow_nodes", "get_levels"])
async def test_a_web_page_is_no_empty_list(analytics, line, name):
    line.answer(b"<!DOCTYPE html><html></html>", kind="text/html")
    with pytest.raises(InvalidResponseError, match="web page"):
        await getattr(analytics, name)()


@pytest.mark.parametrize(
    "wanted",
    [
        WATSFilter(part_number="P", dimensions=["partNumber", "unitCount desc"], period_count=3),
        {"part_number": "P", "dimensions": "partNumber;unitCount desc", "periodCount": 3},
    ],
)
async def test_dimensions_travel_in_the_query_and_in_the_body(analytics, line, wanted):
    line.answer([{"partNumber": "P", "unitCount": 3, "fpy": 66.7, "ppmFpy": 5}])
    (row,) = await analytics.get_dynamic_yield(wanted)
    assert (row.part_number, row.unit_count, row.fpy, row.model_extra) == ("P", 3, 66.7, {"ppmFpy": 5})
    assert line.sent == ["POST /api/App/DynamicYield?dimensions=partNumber;unitCount desc"]
    assert line.json() == {
        "partNumber": "P",
        "dimensions": "partNumber;unitCount desc",
        "periodCount": 3,
        "includeCurrentPeriod": True,
    }
    assert line.calls[0].repeatable is True


async def test_an_empty_filter_is_an_empty_object(analytics, line):
    assert await analytics.get_dynamic_yield({}) == []
    assert (line.sent, line.json()) == (["POST /api/App/DynamicYield"], {})


async def test_an_error_is_raised_and_is_no_empty_list(analytics, line):
    line.answer({"Message": "busy"}, 500)
    with pytest.raises(ServerError, match="busy"):
        await analytics.get_dynamic_yield({})


@pytest.mark.parametrize(
    ("said", "version"), [(b'"2025.3"', "2025.3"), (b"2025.3", "2025.3"), (b"null", None), (b"", None)]
)
async def test_the_version_is_a_text_or_none(analytics, line, said, version):
    line.answer(said)
    assert await analytics.get_version() == version


async def test_a_web_page_is_no_version(analytics, line):
    line.answer(b"<!DOCTYPE html><html></html>", kind="text/html")
    with pytest.raises(InvalidResponseError, match="web page"):
        await analytics.get_version()
