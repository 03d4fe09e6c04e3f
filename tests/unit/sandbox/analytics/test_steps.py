"""Step analysis, top failed steps, measurements and the lists of the web pages, computed from the reports sent."""

import statistics

import pytest

ROOT = "MainSequence"
ANALYSIS = "/api/App/TestStepAnalysis"
OPERATION = {"partNumber": "WIDGET-001", "testOperation": "Functional Test"}
ALL_TIME = {**OPERATION, "dateFrom": "2020-01-01T00:00:00Z", "run": -2}
REFERER = "/api/internal/App"


def by_path(rows):
    return {(row["stepPath"], row.get("measureName")): row for row in rows}


def test_a_measurement_is_summed_up_over_the_reports(tests, figures, step):
    values = [4.9, 5.1, 5.0, 7.0, 5.2]
    tests(*([step("Vout", value, totTime=0.5 + value)] for value in values))
    rows = by_path(figures(ANALYSIS, ALL_TIME))
    row, good = rows[f"{ROOT}¶Vout", None], values[:3] + values[4:]
    s, s_good = statistics.stdev(values), statistics.stdev(good)
    mean, mean_good = statistics.fmean(values), statistics.fmean(good)
    expected = {
        "stepName": "Vout",
        "stepType": "ET_NLT",
        "stepGroup": "M",
        "stepCount": 5,
        "stepPassedCount": 4,
        "stepFailedCount": 1,
        "stepDoneCount": 0,
        "stepFailedErrorTerminatedCount": 1,
        "measureCount": 5,
        "measureCountWof": 4,
        "compOperator": "GELE",
        "limit1": 4.0,
        "limit2": 6.0,
        "min": 4.9,
        "max": 7.0,
        "maxWof": 5.2,
        "avg": mean,
        "avgWof": mean_good,
        "stdev": s,
        "stdevWof": s_good,
        "var": s**2,
        "cp": 2 / (6 * s),
        "cpk": (6 - mean) / (3 * s),
        "cpUpper": (6 - mean) / (3 * s),
        "cpLower": (mean - 4) / (3 * s),
        "cpkWof": min(6 - mean_good, mean_good - 4) / (3 * s_good),
        "sigmaHigh3": mean + 3 * s,
        "sigmaLow3Wof": mean_good - 3 * s_good,
        "stepTimeMin": 5.4,
        "stepTimeMax": 7.5,
        "stepTimeAvg": 0.5 + mean,
    }
    assert {name: row[name] for name in expected} == {
        name: pytest.approx(value) if isinstance(value, float) else value for name, value in expected.items()
    }
    assert rows[ROOT, None]["stepCount"] == 5
    assert "measureCount" not in rows[ROOT, None]


def test_each_of_several_measurements_has_its_row(tests, figures, step):
    tests([step("Multi", 5.0, 9.0)], [step("Multi", 5.5, 5.0)])
    rows = by_path(figures(ANALYSIS, ALL_TIME))
    assert [rows[f"{ROOT}¶Multi", name]["max"] for name in ("m0", "m1")] == [5.5, 9.0]
    assert rows[f"{ROOT}¶Multi", "m1"]["measureCountWof"] == 1


def test_what_caused_the_failure_is_counted_by_the_result(tests, figures, step):
    blamed = {"causedUUTFailure": True}
    tests([step("A", 9.0, **blamed)], [step("A", 9.0, **blamed)], [step("A", 5.0)])
    tests([{"group": "M", "name": "A", "status": "E", "stepType": "Action", **blamed}], result="E")
    row = by_path(figures(ANALYSIS, ALL_TIME))[f"{ROOT}¶A", None]
    names = ("FailedErrorTerminated", "Failed", "Error", "Terminated")
    assert [row[f"stepCausedUut{name}"] for name in names] == [3, 2, 1, 0]
    assert (row["stepErrorCount"], row["stepFailedCount"]) == (1, 2)


def test_the_iterations_of_a_loop_count_and_its_summary_does_not(tests, figures, step):
    summary = step("Loop", 5.0, loop={"num": 2, "endingIndex": 1, "passed": 2, "failed": 0})
    tests([summary, step("Loop", 5.1, loop={"idx": 0}), step("Loop", 5.3, loop={"idx": 1})])
    row = by_path(figures(ANALYSIS, ALL_TIME))[f"{ROOT}¶Loop", None]
    assert (row["measureCount"], row["avg"]) == (2, pytest.approx(5.2))


@pytest.mark.parametrize(("run", "mean"), [(None, 4.5), (1, 4.5), (2, 5.0), (3, 5.5), (-1, 5.5), (-2, 5.0)])
def test_runs_are_chosen(tests, figures, run, mean):
    tests((4.5,), (5.0,), (5.5,), sn="S1")
    wanted = {**OPERATION, "dateFrom": "2020-01-01T00:00:00Z"} | ({} if run is None else {"run": run})
    row = by_path(figures(ANALYSIS, wanted))[f"{ROOT}¶Vout", None]
    assert row["avg"] == pytest.approx(mean)


def test_only_the_newest_reports_count_and_only_those_of_thirty_days(tests, figures):
    tests((4.5,), (5.0,), (5.5,))
    row = by_path(figures(ANALYSIS, {**ALL_TIME, "maxCount": 2}))[f"{ROOT}¶Vout", None]
    assert row["avg"] == pytest.approx(5.25)
    assert figures(ANALYSIS, OPERATION) == []


@pytest.mark.parametrize("missing", ["partNumber", "testOperation"])
@pytest.mark.parametrize("path", [ANALYSIS, "/api/App/Measurements", "/api/App/AggregatedMeasurements"])
def test_part_number_and_operation_are_needed(http, path, missing):
    reply = http.post(path, {name: value for name, value in ALL_TIME.items() if name != missing})
    assert (reply.status, missing in reply.message) == (400, True)


def test_a_run_that_does_not_exist_is_refused(http):
    assert http.post(ANALYSIS, {**ALL_TIME, "run": 0}).status == 400


def failing(step, *names):
    """Steps A to C, of which those named fail."""
    return [step(name, 9.0 if name in names else 5.0) for name in "ABC"]


def test_the_steps_that_failed_most_come_first(tests, figures, step):
    tests(failing(step, "B"), failing(step, "C"), failing(step, "B", "C"), failing(step))
    tests(failing(step, "A"), pn="OTHER")
    rows = figures("/api/App/TopFailed", {"dateFrom": "2020-01-01T00:00:00Z"})
    found = [(row["partNumber"], row["stepName"], row["failCount"], row["totalCount"], row["failRate"]) for row in rows]
    assert found == [
        ("WIDGET-001", "B", 2, 4, 50.0),
        ("OTHER", "A", 1, 1, 100.0),
        ("WIDGET-001", "C", 1, 4, 25.0),
    ]
    assert (rows[0]["firstFailDate"], rows[0]["lastFailDate"]) == ("2026-01-05T07:01:00Z", "2026-01-05T07:03:00Z")
    assert rows[0]["stepPath"] == f"{ROOT}¶B"
    assert len(figures("/api/App/TopFailed", {"dateFrom": "2020-01-01T00:00:00Z", "topCount": 1})) == 1
    assert figures("/api/App/TopFailed", {}) == []


def test_the_deepest_step_that_is_blamed_is_the_one_that_failed(tests, figures, step):
    inner = step("Inner", 9.0, causedUUTFailure=True)
    sequence = {
        "group": "M",
        "name": "Outer",
        "status": "F",
        "stepType": "SequenceCall",
        "seqCall": {"path": "o.seq", "name": "Outer", "version": "1"},
        "causedUUTFailure": True,
        "steps": [step("First", 9.0), inner],
    }
    tests([sequence])
    (row,) = figures("/api/App/TopFailed", {"dateFrom": "2020-01-01T00:00:00Z"})
    assert row["stepPath"] == f"{ROOT}¶Outer¶Inner"


def test_top_failed_by_ids(http, place, tests, figures, step):
    tests(failing(step, "B"), pn="WIDGET-001", start="2026-01-05T08:00:00Z", startUTC=None)
    place(["Oslo"], "FCT-1")
    query = {"partNumber": "WIDGET-001", "processCode": "60", "productGroupId": "", "levelId": "1", "count": 5}
    for path in ("/api/App/TopFailed", f"{REFERER}/TopFailed"):
        assert [row["stepName"] for row in figures(path, **query, days=100_000)] == ["B"]
        assert figures(path, **query, days=1) == []
        for wrong in (
            {"processCode": "7"},
            {"processCode": "x"},
            {"levelId": "9"},
            {"productGroupId": "9"},
            {"days": 0},
        ):
            assert http.get(path, {**query, "days": 5, **wrong}).status == 400
        assert http.get(path, query).status == 400
    assert [row["failCount"] for row in figures(f"{REFERER}/TopFailed", {"dateFrom": "2020-01-01"})] == [1]


def test_measurements_are_found_by_their_paths(tests, figures, step):
    tests([step("Vout", 5.0), step("Multi", 4.5, 9.0)], [step("Vout", 5.5), step("Multi", 4.7, 5.0)])
    paths = f"{ROOT}¶Vout;{ROOT}¶Multi¶¶m1;{ROOT}¶Multi;{ROOT}¶Nothing"
    series = figures("/api/App/Measurements", ALL_TIME, measurementPaths=paths)
    assert [(each["measurementPath"], [row["value"] for row in each["measurements"]]) for each in series] == [
        (f"{ROOT}¶Vout", [5.5, 5.0]),
        (f"{ROOT}¶Multi¶¶m1", [5.0, 9.0]),
        (f"{ROOT}¶Multi", []),
        (f"{ROOT}¶Nothing", []),
    ]
    row = series[1]["measurements"][1]
    expected = {
        "serialNumber": "SN00001",
        "partNumber": "WIDGET-001",
        "revision": "A",
        "stepName": "Multi",
        "measureName": "m1",
        "limit1": 4.0,
        "limit2": 6.0,
        "unit": "V",
        "status": "Failed",
        "startUtc": "2026-01-05T07:01:00Z",
    }
    assert {name: row[name] for name in expected} == expected


def test_aggregated_measurements_stand_by_revisions(tests, figures):
    tests((5.0,), (5.5,), (4.5,))
    tests((5.2,), rev="B")
    (series,) = figures("/api/App/AggregatedMeasurements", ALL_TIME, measurementPaths=f"{ROOT}¶Vout")
    found = {row["revision"]: row for row in series["measurements"]}
    assert [found["A"][name] for name in ("count", "min", "max", "avg", "stdev", "var")] == [
        3,
        4.5,
        5.5,
        5.0,
        0.5,
        0.25,
    ]
    assert found["A"]["cp"] == found["A"]["cpk"] == pytest.approx(1 / 1.5)
    assert (found["B"]["count"], found["B"]["stdev"], found["B"]["unit"]) == (1, None, "V")


def test_without_paths_the_most_failed_steps_are_measured(tests, figures, step):
    tests([step("A", 5.0), step("B", 9.0)], [step("A", 9.0), step("B", 5.0)], [step("A", 5.0), step("B", 9.0)])
    series = figures("/api/App/Measurements", ALL_TIME)
    assert [each["measurementPath"] for each in series] == [f"{ROOT}¶B", f"{ROOT}¶A"]
    assert figures("/api/App/Measurements", {}) == []


TEXTS = [
    {
        "group": "S",
        "name": "Version",
        "status": "P",
        "stepType": "ET_SVT",
        "stringMeas": [{"compOp": "EQ", "status": "P", "value": "1.2", "limit": "1.2"}],
    },
    {"group": "C", "name": "Lamp", "status": "F", "stepType": "ET_PFT", "booleanMeas": [{"status": "F"}]},
]


def listed(figures, name, steps="", sequences="", **filter):
    return figures(
        f"{REFERER}/{name}", {"dateFrom": "2020-01-01", **filter}, stepFilters=steps, sequenceFilters=sequences
    )


def test_values_texts_and_passes_are_listed(tests, figures, step):
    tests([step("Vout", 5.0), *TEXTS])
    rows = {row["stepName"]: row for row in listed(figures, "MeasurementList")}
    found = {name: (row["value"], row["stringValue"], row["status"], row["limit1"]) for name, row in rows.items()}
    assert found == {
        "Vout": (5.0, None, "Passed", 4.0),
        "Version": (None, "1.2", "Passed", None),
        "Lamp": (None, "Failed", "Failed", None),
    }
    assert rows["Lamp"]["stationName"] == "FCT-1"


def test_the_statuses_of_steps_are_listed(tests, figures, step):
    tests([step("Vout", 9.0), {"group": "M", "name": "Off", "status": "S", "stepType": "Action"}])
    rows = {row["stepName"]: row for row in listed(figures, "StepStatusList")}
    found = {name: (row["status"], row["passCount"], row["failCount"], row["totalCount"]) for name, row in rows.items()}
    assert found == {ROOT: ("Failed", 0, 1, 1), "Vout": ("Failed", 0, 1, 1), "Off": ("Skipped", 0, 0, 1)}


@pytest.mark.parametrize(
    ("steps", "sequences", "names"),
    [
        ("<s/>", "<s/>", {ROOT, "A", "B", "C"}),
        ("<s><name>A</name></s>", "", {"A"}),
        ('<s><f name="A"/><f path="MainSequence¶B"/></s>', "", {"A", "B"}),
        ("", "<q>MainSequence</q>", {"A", "B", "C"}),
        ("", "<q>Other</q>", set()),
        ("<s>C</s>", "<q>MainSequence</q>", {"C"}),
    ],
)
def test_steps_are_chosen_by_names_in_xml(tests, figures, step, steps, sequences, names):
    tests(failing(step))
    assert {row["stepName"] for row in listed(figures, "StepStatusList", steps, sequences)} == names


def test_the_lists_by_ids(http, tests, figures, step):
    tests(failing(step))
    query = {"productGroupId": "", "levelId": "", "days": 100_000, "stepFilters": "<s>A</s>", "sequenceFilters": ""}
    assert [row["stepName"] for row in figures(f"{REFERER}/StepStatusList", **query)] == ["A"]
    assert [row["value"] for row in figures(f"{REFERER}/MeasurementList", **query)] == [5.0]
    assert http.get(f"{REFERER}/StepStatusList", {**query, "stepFilters": "<s>"}).status == 400
    assert http.get(f"{REFERER}/StepStatusList", {**query, "days": "x"}).status == 400
    del query["sequenceFilters"]
    assert http.get(f"{REFERER}/MeasurementList", query).status == 400
