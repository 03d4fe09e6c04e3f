"""Every method of the analytics domain on both faces, over a real socket."""

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pywats import (
    AlarmType,
    AuthenticationError,
    AuthorizationError,
    Dimension,
    DimensionBuilder,
    MeasurementPath,
    ServerError,
    UnitFlowFilter,
    ValidationError,
    WATSFilter,
    pyWATS,
)
from pywats.domains.analytics.service import AnalyticsService
from workers.face import method, stream

ALL_TIME = WATSFilter(date_from="2026-01-01T00:00:00Z")
OPERATION = WATSFilter(
    part_number="WIDGET-001", test_operation="Functional Test", date_from="2026-01-01T00:00:00Z", run=-2
)
SUPPLY = MeasurementPath("MainSequence/Supply")
XML = ("<steps><name>Supply</name></steps>", "")


@pytest.fixture
def tested(wats_sandbox, make_report):
    """Unit 1 passes, unit 2 fails and passes, unit 3 fails; each measures 5.02 V or, failing, 5.5 V."""
    wats_sandbox.seed(
        reports=[run(make_report, *each) for each in ((1, 1, "P"), (2, 2, "F"), (3, 2, "P"), (4, 3, "F"))]
    )


def run(make_report, number, serial, result, **fields):
    report = make_report(number, sn=f"SN{serial}", result=result, **fields)
    step = report["root"]["steps"][0]
    measured = step["numericMeas"][0]
    report["root"]["status"] = step["status"] = measured["status"] = result
    if result == "F":
        measured["value"] = 5.5
    return report


@pytest.fixture
def recent(wats_sandbox, make_report):
    """One unit failed an hour ago."""
    start = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    wats_sandbox.seed(reports=[run(make_report, 1, 1, "F", start=start, startUTC=None)])


def short(rows):
    return [(row.part_number, row.unit_count, row.fp_count, row.lp_count) for row in rows]


async def test_the_server_says_its_version(either):
    version = await either("analytics.get_version")
    assert version == await either("get_version")
    assert version[:2] == "20"


async def test_what_the_server_knows(either):
    processes = await either("analytics.get_processes", include_repair_operations=True)
    assert [(each.code, each.is_repair_operation) for each in processes] == [(500, True), (510, True)]
    await either("http.post", "/api/SystemManager/Level", ["Oslo"])
    assert [level.level_name for level in await either("analytics.get_levels")] == ["Oslo"]
    await either("product.create_group", "Boards")
    (group,) = await either("analytics.get_product_groups", include_filters=True)
    assert (group.product_group_name, group.model_extra["filters"]) == ("Boards", [])
    await either("http.post", "/api/SCIM/v2/Users", {"userName": "anna", "displayName": "Anna Berg"})
    user = await either("analytics.get_user_settings", "anna")
    assert (user.full_name, user.roles) == ("Anna Berg", [])
    assert await either("analytics.get_user_settings", "nobody") is None


@pytest.mark.usefixtures("tested")
async def test_yields_are_summed_up_by_the_dimensions_asked_for(either):
    dimensions = DimensionBuilder.yield_by_product(include_period=False).build()
    wanted = WATSFilter(date_from="2026-01-01T00:00:00Z", date_to="2026-02-01T00:00:00Z", dimensions=dimensions)
    (row,) = await either("analytics.get_dynamic_yield", wanted)
    assert (row.unit_count, row.fp_count, row.sp_count, row.lp_count) == (3, 1, 2, 2)
    assert (row.fpy, row.lpy, row.retest_count) == (pytest.approx(100 / 3), pytest.approx(200 / 3), 1)
    nothing = {"date_from": "2027-01-01T00:00:00Z", "dimensions": [Dimension.PART_NUMBER]}
    assert await either("analytics.get_dynamic_yield", nothing) == []


@pytest.mark.usefixtures("recent")
async def test_yields_of_the_days_up_to_now(either):
    (row,) = await either("analytics.get_yield_summary", "WIDGET-001", "A", 2)
    assert (row.part_number, row.revision, row.test_operation, row.fpy) == ("WIDGET-001", "A", "Functional Test", 0.0)
    (row,) = await either("analytics.get_station_yield", "FCT-1")
    assert (row.station_name, row.part_number, row.unit_count) == ("FCT-1", "WIDGET-001", 1)
    assert await either("analytics.get_station_yield", "FCT-2") == []


@pytest.mark.usefixtures("tested")
@pytest.mark.parametrize("name", ["volume_yield", "worst_yield", "high_volume"])
async def test_yield_lists(either, name):
    assert await either(f"analytics.get_{name}") == []
    assert short(await either(f"analytics.get_{name}", ALL_TIME)) == [("WIDGET-001", 3, 1, 2)]
    assert await either(f"analytics.get_{name}", ALL_TIME, product_group="Other") == []
    assert short(await either(f"analytics.get_{name}_by_id", "", "", 100_000)) == [("WIDGET-001", 3, 1, 2)]
    with pytest.raises(ValidationError, match="level"):
        await either(f"analytics.get_{name}_by_id", "", 99, 7)


@pytest.mark.usefixtures("tested")
async def test_yield_by_product_groups(either):
    await either("product.create_group", "Boards")
    await either("http.post", "/api/Product/ProductGroupFilter?productGroup=Boards&partNumber=WIDGET%25")
    for name in ("get_worst_yield_by_product_group", "get_high_volume_by_product_group"):
        (row,) = await either(f"analytics.{name}", ALL_TIME)
        assert (row.product_group, row.unit_count) == ("Boards", 3)


@pytest.mark.usefixtures("tested")
async def test_the_steps_that_failed_most(either):
    expected = ("Supply", "MainSequence/Supply", 2, 4, 50.0)
    one = ("WIDGET-001", 60, "", "", 100_000)
    for rows in (
        await either("analytics.get_top_failed", ALL_TIME, part_number="WIDGET-001", top_count=3),
        await either("analytics.get_top_failed_by_id", *one),
        await either("analytics.get_top_failed_internal", ALL_TIME, 3),
        await either("analytics.get_top_failed_by_product", *one, count=1),
    ):
        (row,) = rows
        assert (row.step_name, row.step_path_display, row.fail_count, row.total_count, row.fail_rate) == expected
    assert await either("analytics.get_top_failed", ALL_TIME, revision="Z") == []


@pytest.mark.usefixtures("tested")
async def test_steps_and_their_measurements_are_analysed(either):
    rows = await either("analytics.get_test_step_analysis", OPERATION)
    (supply,) = [row for row in rows if row.step_name == "Supply"]
    assert (supply.step_count, supply.step_failed_count, supply.measure_count, supply.measure_count_wof) == (4, 2, 4, 2)
    assert (supply.min, supply.max, supply.avg) == (5.02, 5.5, pytest.approx(5.26))
    s = (4 * 0.24**2 / 3) ** 0.5
    assert supply.cpk == pytest.approx((5.25 - 5.26) / (3 * s))
    assert supply.cp == pytest.approx(0.5 / (6 * s))
    assert supply.comp_operator == "GELE"


@pytest.mark.usefixtures("recent")
async def test_steps_of_one_operation_in_the_days_up_to_now(either):
    rows = await either("analytics.get_test_step_analysis_for_operation", "WIDGET-001", "Functional Test", days=2)
    assert [row.step_name for row in rows] == ["MainSequence", "Supply"]
    assert await either("analytics.get_test_step_analysis_for_operation", "WIDGET-001", "ICT", "A") == []


@pytest.mark.usefixtures("tested")
async def test_measurements_by_their_paths(either):
    found = await either("analytics.get_measurements", OPERATION, SUPPLY)
    assert [(each.serial_number, each.value) for each in found] == [
        ("SN3", 5.5),
        ("SN2", 5.02),
        ("SN2", 5.5),
        ("SN1", 5.02),
    ]
    assert (found[0].status, found[0].limit_low, found[0].unit) == ("Failed", 4.75, "V")
    assert found[3].timestamp == datetime(2026, 1, 5, 7, 1, tzinfo=UTC)
    (summed,) = await either("analytics.get_aggregated_measurements", OPERATION, "MainSequence/Supply;No/Step")
    assert (summed.count, summed.step_path, summed.limit_high) == (4, SUPPLY.api_format, 5.25)


@pytest.mark.usefixtures("tested")
async def test_lists_of_the_web_pages(either):
    values = await either("analytics.get_measurement_list", ALL_TIME, *XML)
    assert [each.value for each in values] == [5.5, 5.02, 5.5, 5.02]
    assert await either("analytics.get_measurement_list_by_product", "", "", 100_000, *XML) == values
    statuses = await either("analytics.get_step_status_list", ALL_TIME, *XML)
    assert [each.status for each in statuses] == ["Failed", "Passed", "Failed", "Passed"]
    assert await either("analytics.get_step_status_list_by_product", "", "", 100_000, *XML) == statuses
    with pytest.raises(ValidationError, match="XML"):
        await either("analytics.get_measurement_list", ALL_TIME, "<steps>", "")


async def test_repairs(either, wats_sandbox, make_report):
    test = run(make_report, 1, 1, "F")
    failure = {"category": "Component", "code": "Burned Component", "comment": "replaced"}
    unit = {"idx": 0, "partType": "Main", "pn": "WIDGET-001", "sn": "SN1", "rev": "A", "failures": [failure]}
    dates = {"confirmDate": "2026-01-06T07:30:00Z", "finalizeDate": "2026-01-06T07:40:00Z"}
    uur = {"user": "bjorn", "processCode": 60, "refUUT": test["id"], **dates}
    repair = make_report(2, type="R", sn="SN1", processCode=500, uut=None, root=None, uur=uur, subUnits=[unit])
    wats_sandbox.seed(reports=[test, repair])
    wanted = {"date_from": "2026-01-01T00:00:00Z", "dimensions": "repairCode;testStationName"}
    (row,) = await either("analytics.get_dynamic_repair", wanted)
    assert (row.repair_code, row.test_station_name, row.repair_count) == ("Burned Component", "FCT-1", 1)
    (record,) = await either("analytics.get_related_repair_history", "WIDGET-001", "A", test_operation_code=60)
    assert (record.serial_number, record.repair_code, record.action) == ("SN1", "Burned Component", "replaced")
    assert record.repair_date == datetime(2026, 1, 5, 7, 2, tzinfo=UTC)
    (header,) = await either("analytics.get_uur_reports", {"serial_number": "SN1"})
    assert (header.report_type, header.process_name) == ("R", "Repair")
    history = await either("analytics.get_serial_number_history", {"serial_number": "SN1"})
    assert [header.report_type for header in history] == ["R", "T"]


@pytest.mark.usefixtures("tested")
async def test_headers_of_test_reports(either):
    headers = await either("analytics.get_uut_reports", status="Failed")
    assert [header.serial_number for header in headers] == ["SN3", "SN2"]
    assert len(await either("analytics.get_uut_reports", serial_number="SN2", top_count=1)) == 1
    by_id = await either("analytics.get_uut_reports_by_id", filter_data=WATSFilter(serial_number="SN1", status="P"))
    assert [header.start for header in by_id] == [datetime(2026, 1, 5, 7, 1, tzinfo=UTC)]


@pytest.mark.usefixtures("tested")
async def test_times(either):
    found = await either("analytics.get_connection_and_execution_time", {}, min_execution_time=1)
    assert (found.avg_execution_time, found.max_connection_time, len(found.reports)) == (2.5, 57.5, 4)
    assert {each.dimension for each in found.dimension_statistics} >= {"stationName", "operator"}
    span = WATSFilter(date_from="2026-01-05T07:00:00Z", date_to="2026-01-05T08:00:00Z")
    oee = await either("analytics.get_oee_analysis", span)
    assert (oee.total_time, oee.run_time, oee.total_count, oee.good_count, oee.quality) == (3600, 10, 4, 2, 50.0)
    assert oee.oee == pytest.approx(100 * (10 / 3600) * 1.0 * 0.5)
    oee = await either("analytics.get_oee_analysis", {}, timedelta(seconds=20), target_output=8)
    assert (oee.availability, oee.ideal_cycle_time, oee.performance) == (50.0, 2.5, 100.0)


@pytest.fixture
def flowing(wats_sandbox, make_report):
    """Unit 1 passes ICT and fails function, unit 2 fails ICT."""
    wats_sandbox.seed(
        reports=[
            run(make_report, 1, 1, "P", processCode=20, machineName="ICT-1"),
            run(make_report, 2, 2, "F", processCode=20, machineName="ICT-2"),
            run(make_report, 3, 1, "F"),
        ]
    )


@pytest.mark.usefixtures("flowing")
async def test_the_flow_of_units(either):
    flow = await either("analytics.get_unit_flow", UnitFlowFilter(part_number="WIDGET-001"))
    assert [(node.name, node.unit_count, node.yield_percent) for node in flow.nodes] == [
        ("ICT", 2, 50.0),
        ("Functional Test", 1, 0.0),
    ]
    assert [(link.source_name, link.target_name, link.unit_count) for link in flow.links] == [
        ("ICT", "Functional Test", 1)
    ]
    assert flow.total_units == 2
    wanted = {"part_number": "WIDGET-001"}
    assert await either("analytics.get_flow_nodes", wanted) == flow.nodes
    assert await either("analytics.get_flow_links", wanted) == flow.links
    assert await either("analytics.get_flow_units", wanted) == flow.units
    assert await either("analytics.get_flow_nodes", {"part_number": "OTHER"}) == []
    assert [node.name for node in await either("analytics.get_bottlenecks")] == ["Functional Test", "ICT"]
    summary = await either("analytics.get_flow_summary")
    assert (summary["total_nodes"], summary["total_units"], summary["avg_yield"]) == (2, 2, 25.0)


@pytest.mark.usefixtures("flowing")
async def test_the_flow_is_traced_split_ordered_and_folded(either):
    traced = await either("analytics.trace_serial_numbers", ["SN2"])
    assert [(unit.serial_number, unit.node_path) for unit in traced.units] == [("SN2", ["ICT"])]
    assert await either("analytics.get_flow_serial_numbers", [traced.units[0].unit_id]) == ["SN2"]
    split = await either("analytics.split_flow_by", "stationName")
    assert [node.name for node in split.nodes] == ["ICT / ICT-1", "ICT / ICT-2", "Functional Test / FCT-1"]
    ordered = await either("analytics.set_unit_order", "serialNumber desc")
    assert [(unit.serial_number, unit.orders) for unit in ordered.units] == [("SN2", [1]), ("SN1", [2])]
    expanded = await either("analytics.expand_operations", True, {"serial_number": "SN1"})
    assert [(node.name, node.level) for node in expanded.nodes if node.parent_id == "20"] == [("ICT-1", 1)]
    for name, arguments, visible in (
        ("show_operations", (["20"],), ["ICT"]),
        ("hide_operations", (["20"],), ["Functional Test"]),
        ("set_unit_flow_visibility", (["20", "60"], ["60"]), ["ICT"]),
    ):
        flow = await either(f"analytics.{name}", *arguments)
        assert [node.name for node in flow.nodes if node.is_visible] == visible


async def test_alarms(either, wats_sandbox):
    wats_sandbox.seed(
        alarms=[
            {"type": 2, "name": "Yield", "fpy": 0.9, "logDate": "2026-01-05T08:00:00Z"},
            {"type": 4, "name": "Voltage", "cpk": 1.1, "logDate": "2026-01-06T08:00:00Z"},
        ]
    )
    assert [log.name for log in await either("analytics.get_alarm_logs")] == ["Voltage", "Yield"]
    (log,) = await either("analytics.get_alarm_logs", AlarmType.YIELD_VOLUME, top_count=1)
    assert (log.type, log.fpy_percent, log.log_date) == (AlarmType(2), 90.0, datetime(2026, 1, 5, 8, tzinfo=UTC))
    since = datetime(2026, 1, 6, tzinfo=UTC)
    assert [log.name for log in await either("analytics.get_alarm_logs", date_from=since)] == ["Voltage"]


async def test_what_the_server_refuses_is_raised(either):
    with pytest.raises(ValidationError, match="partNumber"):
        await either("analytics.get_test_step_analysis", {})
    with pytest.raises(ValidationError, match="splitBy"):
        await either("analytics.split_flow_by", "colour")


@pytest.mark.parametrize(
    ("status", "kind"), [(401, AuthenticationError), (403, AuthorizationError), (500, ServerError)]
)
@pytest.mark.parametrize(("name", "path"), [("get_levels", "App/Levels"), ("get_unit_flow", "internal/UnitFlow")])
async def test_an_error_is_never_an_empty_answer(either, wats_sandbox, name, path, status, kind):
    wats_sandbox.fail(f"/api/{path}", status=status, times=1)
    with pytest.raises(kind):
        await either.of(either.api.with_options(retry=None), f"analytics.{name}")


def test_a_wrong_token_is_an_error(wats_sandbox):
    with pyWATS(wats_sandbox.url, "wrong", trust_env=False) as api, pytest.raises(AuthenticationError):
        api.analytics.get_flow_nodes()


async def test_a_reader_may_ask_for_figures(make_report):
    from pywats.sandbox import Sandbox

    with Sandbox(read_only_token="reader") as wats, pyWATS(wats.url, "reader", trust_env=False) as api:
        wats.seed(reports=[make_report(1)])
        assert len(api.analytics.get_volume_yield(ALL_TIME)) == 1
        assert api.analytics.get_unit_flow().total_units == 1


async def test_internal_calls_name_the_web_page_they_stand_for(either, wats_sandbox):
    await either("analytics.get_flow_nodes")
    await either("analytics.get_levels")
    internal, public = wats_sandbox.requests
    assert internal.headers.get("Referer", "").rstrip("/") == wats_sandbox.url
    assert "Referer" not in public.headers


@pytest.mark.usefixtures("tested")
async def test_a_path_travels_with_pilcrows(either, wats_sandbox):
    await either("analytics.get_measurements", OPERATION, "MainSequence/Supply::V")
    (request,) = wats_sandbox.requests
    assert request.raw_path.endswith("?measurementPaths=MainSequence%C2%B6Supply%C2%B6%C2%B6V")


def test_every_method_is_called_here():
    declared = {name for name, member in vars(AnalyticsService).items() if isinstance(member, method | stream)}
    texts = {
        node.value
        for node in ast.walk(ast.parse(Path(__file__).read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    called = {text.removeprefix("analytics.") for text in texts}
    for name in ("volume_yield", "worst_yield", "high_volume"):
        called |= {f"get_{name}", f"get_{name}_by_id"}
    assert declared - called == set()
