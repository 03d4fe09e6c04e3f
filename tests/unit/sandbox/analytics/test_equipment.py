"""The times of tests and overall equipment effectiveness, against numbers worked out by hand."""

import pytest

TIMES = "/api/App/ConnectionAndExecutionTime"
OEE = "/api/App/OeeAnalysis"


@pytest.fixture
def used(wats, make_report):
    """Four tests on one station: 10, 20, 30 and 40 s long, with pauses of 50, 40 and 30 s; one fails. One elsewhere."""
    wanted = [(10, "P", "FCT-1"), (20, "F", "FCT-1"), (30, "P", "FCT-1"), (40, "P", "FCT-1"), (6, "P", "FCT-2")]
    reports = []
    for number, (time, result, station) in enumerate(wanted, start=1):
        report = make_report(number, uut={"user": "anna", "execTime": time}, result=result, machineName=station)
        report["root"] |= {"status": result, "steps": []}
        reports.append(report)
    wats.seed(reports=reports)


@pytest.mark.usefixtures("used")
def test_times_and_the_pauses_before_them(figures):
    found = figures(TIMES, {"stationName": "FCT-1", "dateGrouping": 4})
    one_by_one = [(row["connectionTime"], row["executionTime"]) for row in found["reports"]]
    assert one_by_one == [(30.0, 40.0), (40.0, 30.0), (50.0, 20.0), (None, 10.0)]
    expected = {
        "minConnectionTime": 30.0,
        "maxConnectionTime": 50.0,
        "avgConnectionTime": 40.0,
        "medianConnectionTime": 40.0,
        "minExecutionTime": 10.0,
        "maxExecutionTime": 40.0,
        "avgExecutionTime": 25.0,
        "medianExecutionTime": 25.0,
        "minConnectionAndExecutionTime": 10.0,
        "maxConnectionAndExecutionTime": 70.0,
        "avgConnectionAndExecutionTime": 55.0,
        "medianConnectionAndExecutionTime": 70.0,
    }
    assert {name: found[name] for name in expected} == expected
    newest = found["reports"][0]
    assert (newest["startUtc"], newest["endUtc"]) == ("2026-01-05T07:04:00Z", "2026-01-05T07:04:40Z")
    assert (newest["period"], newest["status"], newest["operator"]) == ("2026-01-05", "Passed", "anna")


@pytest.mark.usefixtures("used")
def test_times_by_dimensions(figures):
    found = figures(TIMES, {})
    by = {
        each["dimension"]: {row["category"]: row for row in each["statistics"]} for each in found["dimensionStatistics"]
    }
    assert set(by) == {"stationName", "partNumber", "testOperation", "operator"}
    assert by["stationName"]["FCT-2"]["avgExecutionTime"] == 6.0
    assert by["stationName"]["FCT-2"]["avgConnectionTime"] is None
    assert by["operator"]["anna"]["maxExecutionTime"] == 40.0


@pytest.mark.parametrize(
    ("bounds", "times"),
    [
        ({"minExecutionTime": 20}, [40, 30, 20]),
        ({"maxExecutionTime": 20}, [20, 10]),
        ({"minConnectionTime": 40}, [30, 20]),
        ({"maxConnectionTime": 40}, [40, 30]),
    ],
)
@pytest.mark.usefixtures("used")
def test_what_lies_beyond_the_bounds_is_left_out(figures, bounds, times):
    found = figures(TIMES, {"stationName": "FCT-1"}, **bounds)
    assert [row["executionTime"] for row in found["reports"]] == times


@pytest.mark.usefixtures("used")
def test_the_newest_reports_count(figures):
    assert len(figures(TIMES, {"topCount": 2})["reports"]) == 2
    assert figures(TIMES, {"partNumber": "nothing"})["avgExecutionTime"] is None


def test_a_test_that_began_before_the_last_one_ended_had_no_pause(wats, make_report, figures):
    wats.seed(reports=[make_report(number, uut={"user": "u", "execTime": 90}) for number in (1, 2)])
    assert figures(TIMES, {})["reports"][0]["connectionTime"] == 0.0


@pytest.mark.usefixtures("used")
def test_effectiveness_with_a_target(figures):
    found = figures(OEE, {"stationName": "FCT-1"}, availableTime="00:03:20", targetOutput=10)
    # 200 s available, 100 s used; a unit should take 20 s; 3 of 4 passed.
    assert found == {
        "oee": pytest.approx(100 * 0.5 * 0.8 * 0.75),
        "availability": 50.0,
        "performance": pytest.approx(80.0),
        "quality": 75.0,
        "totalTime": 200.0,
        "plannedProductionTime": 200.0,
        "runTime": 100.0,
        "downTime": 100.0,
        "totalCount": 4,
        "goodCount": 3,
        "rejectCount": 1,
        "idealCycleTime": 20.0,
        "actualCycleTime": 25.0,
        "partNumber": None,
        "stationName": "FCT-1",
    }


@pytest.mark.usefixtures("used")
def test_effectiveness_by_the_shortest_test_that_passed(figures):
    found = figures(OEE, {"stationName": "FCT-1", "partNumber": "WIDGET-001"}, availableTime="1.00:00:00")
    assert (found["idealCycleTime"], found["performance"], found["totalTime"]) == (10.0, 40.0, 86400.0)
    without = figures(OEE, {"partNumber": "nothing"}, availableTime="08:00")
    assert (without["oee"], without["quality"], without["totalCount"], without["availability"]) == (None, None, 0, 0.0)
    assert figures(OEE, {}, availableTime="08:00:00", minExecutionTime=30)["totalCount"] == 2


@pytest.mark.parametrize("time", [None, "", "8", "8 h", "00:00:00", "25:00:00"])
def test_the_available_time_is_needed(http, time):
    reply = http.post(OEE, {}, None if time is None else {"availableTime": time})
    assert (reply.status, "availableTime" in reply.message) == (400, True)
