"""Records of OpenHTF become reports with their phases, limits, curves and files."""

import json

import pytest
from converting import children, converted, measured, refusal

from pywats.ingest.converters import Context, openhtf
from pywats.ingest.converters.openhtf.measurements import Limits, Validators


def phase(name="p", outcome="PASS", result="CONTINUE", **given):
    times = {"start_time_millis": 1_700_000_000_000, "end_time_millis": 1_700_000_001_500}
    return {"name": name, "outcome": outcome, "result": {"phase_result": result}, "measurements": {}, **times, **given}


def record(*phases, outcome="PASS", **given):
    times = {"start_time_millis": 1_700_000_000_000, "end_time_millis": 1_700_000_004_000}
    return json.dumps({"dut_id": "S1", "outcome": outcome, "phases": list(phases), "metadata": {}, **times, **given})


def measurement(value=None, outcome="PASS", **given):
    return {"m": {"name": "m", "outcome": outcome, "measured_value": value, **given}}


def step_of(**given):
    (report,) = converted(openhtf, record(phase(**given)))
    (step,) = children(report["root"], "p")
    return step


@pytest.mark.parametrize(
    ("outcome", "letter"), [("PASS", "P"), ("FAIL", "F"), ("ERROR", "E"), ("TIMEOUT", "E"), ("ABORTED", "T")]
)
def test_outcomes(outcome, letter):
    (report,) = converted(openhtf, record(outcome=outcome))
    assert report["result"] == report["root"]["status"] == letter


def test_fields_come_from_the_metadata():
    metadata = {"pn": "P7", "revision": "B", "process_code": 50, "test_name": "T", "room": "12", "config": {"a": 1}}
    content = record(metadata=metadata, station_id="ST", outcome_details=[{"code": "X", "description": "why"}])
    (report,) = converted(openhtf, content, part_number="pn")
    assert (report["pn"], report["rev"], report["processCode"], report["machineName"]) == ("P7", "B", 50, "ST")
    assert report["uut"] == {"execTime": 4.0, "errorMessage": "X: why"}
    assert [(info["description"], info["text"]) for info in report["miscInfos"]] == [("room", "12")]


def test_a_process_that_is_no_code_is_named():
    assert refusal(openhtf, record(metadata={"process_code": "FCT"})).startswith("metadata.process_code:")


def test_times_are_those_of_the_zone_of_the_source():
    (utc,) = converted(openhtf, record())
    (oslo,) = converted(openhtf, record(), context=Context(timezone="Europe/Oslo"))
    assert (utc["start"], oslo["start"]) == ("2023-11-14T22:13:20+00:00", "2023-11-14T23:13:20+01:00")


@pytest.mark.parametrize(
    ("texts", "limits"),
    [
        (["0 <= x <= 5"], Limits("GELE", 0, 5)),
        (["0 < x < 5"], Limits("GTLT", 0, 5)),
        (["x <= 1.5e3"], Limits("LE", None, 1500)),
        (["-2 <= x"], Limits("GE", -2)),
        (["1 <= x", "x < 5"], Limits("GELT", 1, 5)),
        (["x == 3"], Limits("EQ", 3)),
        (["'x' is equal to '3'"], Limits("EQ", 3)),
        (["0 <= Marginal:1 <= x <= Marginal:4 <= 5"], Limits("GELE", 0, 5)),
        (["0 <= x <= 5", "'x' is prime"], Limits()),
        (["'x' is within 5% of -100"], Limits("GELE", -105, -95)),
        (["'x' is within 10% of 20. Marginal: 5% of 20"], Limits("GELE", 18, 22)),
        ([], Limits()),
    ],
)
def test_validators_are_read_as_limits(texts, limits):
    assert Validators(tuple(texts)).limits() == limits


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("'x' matches /^1\\.4$/", "1.4"),
        ("'x' matches /^on$/", "on"),
        ("x == on", "on"),
        ("'x' matches /^1.4$/", None),
        ("'x' matches /^a+$/", None),
        ("'x' matches /on/", None),
    ],
)
def test_a_pattern_without_a_choice_is_a_limit_of_a_text(text, wanted):
    assert Validators((text,)).wanted() == wanted


def test_values_are_measurements_of_their_kind():
    units = {"name": "volt", "code": "VLT", "suffix": "V"}
    number = step_of(measurements=measurement(6.5, "FAIL", units=units, validators=["0 <= x <= 5"]))
    assert measured(number) == {
        "compOp": "GELE", "status": "F", "unit": "V", "value": 6.5, "lowLimit": 0.0, "highLimit": 5.0
    }  # fmt: skip
    assert measured(step_of(measurements=measurement("x")))["value"] == "x"
    assert measured(step_of(measurements=measurement(False, "FAIL"))) == {"status": "F"}
    assert measured(step_of(measurements=measurement([1, "a"])))["value"] == '[1, "a"]'


@pytest.mark.parametrize(("outcome", "status"), [("PASS", "S"), ("FAIL", "F")])
def test_a_measurement_that_was_not_made_counts_as_its_phase(outcome, status):
    step = step_of(outcome=outcome, measurements=measurement(outcome="UNSET"))
    assert (step["status"], step["reportText"]) == (status, "no value was set")


def test_a_curve_is_a_chart():
    dimensions = [{"description": "f", "units": {"suffix": "Hz"}}]
    step = step_of(measurements=measurement([[1, 5.0], [2, 6.0]], dimensions=dimensions))
    assert (step["chart"]["xUnit"], step["chart"]["series"][0]["xdata"]) == ("Hz", "1;2")
    surface = step_of(measurements=measurement([[1, 2, 5.0]], dimensions=[{}, {}]))
    assert surface["attachment"]["name"] == "values.json"


def test_repeated_phases_are_a_loop():
    phases = phase(result="REPEAT", outcome="FAIL"), phase(result="REPEAT", outcome="SKIP"), phase(), phase("q")
    (report,) = converted(openhtf, record(*phases))
    summary, *iterations, other = report["root"]["steps"]
    assert summary["loop"] == {"num": 3, "endingIndex": 2, "passed": 2, "failed": 1}
    assert [step["loop"]["idx"] for step in iterations] == [0, 1, 2]
    assert [step["status"] for step in (summary, *iterations, other)] == ["P", "F", "S", "P", "P"]


def test_subtests_hold_their_phases():
    subtests = [{"name": "sub", "outcome": "FAIL", "start_time_millis": 0, "end_time_millis": 1000}]
    (report,) = converted(openhtf, record(phase(subtest_name="sub"), phase("q"), subtests=subtests))
    sub, other = report["root"]["steps"]
    assert (sub["name"], sub["status"], sub["totTime"], other["name"]) == ("sub", "F", 1.0, "q")


def test_what_was_raised_and_attached_is_kept():
    raised = {"phase_result": {"exc_type": "ValueError", "exc_val": "bad"}}
    given = {"result": raised, "attachments": {"a.txt": {"mimetype": "text/plain", "data": "aGk="}, "b": {}}}
    (report,) = converted(openhtf, record({**phase(outcome="ERROR"), **given}))
    (step,) = report["root"]["steps"]
    file, missing = step["steps"]
    assert (step["status"], step["errorMessage"]) == ("E", "ValueError: bad")
    assert file["attachment"] == {"name": "a.txt", "contentType": "text/plain", "data": "aGk="}
    assert "does not hold" in missing["reportText"]


def test_the_log_is_attached_if_wanted():
    log = [{"level": level, "timestamp_millis": 0, "logger_name": "l", "message": "m"} for level in (10, 40)]
    for wanted, length in (("none", 0), ("warnings", 1), ("all", 1)):
        (report,) = converted(openhtf, record(log_records=log), log=wanted)
        assert len(report["root"]["steps"]) == length


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (record(outcome="MAYBE"), "outcome: outcome is 'MAYBE', not PASS"),
        (record(phase(outcome=None)), "phases[0].outcome"),
        (record(phase(start_time_millis="now")), "phases[0].start"),
        (record(phase(measurements=measurement(outcome="?"))), "phases[0].measurements.m.outcome"),
        (record(phase(attachments={"a": {"data": "%"}})), "phases[0].attachments.a.data"),
        (record(4), "phases[0]: an object is expected, not 4"),
        ("[]x", "line 1"),
        ('{"a": 1}', "an object with dut_id"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(content, words):
    assert words in refusal(openhtf, content)


def test_a_list_gives_a_report_for_each_record():
    assert len(converted(openhtf, f"[{record()}, {record()}]")) == 2


def test_a_measurement_that_was_skipped_is_no_failure_of_its_phase():
    step = step_of(outcome="FAIL", measurements=measurement(outcome="SKIPPED"))
    assert (step["status"], step["reportText"]) == ("S", "skipped")


def test_a_validator_on_a_condition_is_told():
    conditional = [{"result": "hot", "validator": "x <= 3"}]
    step = step_of(measurements=measurement(1.0, conditional_validators=conditional))
    assert "hot" in step["reportText"]
    assert measured(step)["compOp"] == "LOG"


def test_what_a_phase_says_of_itself_is_kept():
    raised = {"phase_result": {"exc_type": "E", "exc_val": "x" * 300, "exc_tb": "line 7"}}
    code = {"name": "f", "docstring": "Warm up.", "sourcecode": "def f(): pass"}
    (report,) = converted(openhtf, record(phase("n" * 150, "ERROR", codeinfo=code, marginal=True) | {"result": raised}))
    (step,) = report["root"]["steps"]
    assert len(step["errorMessage"]) == 200
    assert step["reportText"].splitlines() == ["Warm up.", "marginal", f"E: {'x' * 300}", "line 7", "n" * 150]


def test_what_a_test_decided_by_is_kept():
    given = {
        "diagnoses": [{"result": "hot", "is_failure": True}],
        "branches": [{"name": "b", "branch_taken": False}],
        "checkpoints": [{"name": "c", "result": {"phase_result": "CONTINUE"}}],
        "marginal": True,
    }
    (report,) = converted(openhtf, record(**given))
    assert [line.partition(":")[0] for line in report["root"]["reportText"].splitlines()] == [
        "marginal",
        "diagnoses",
        "branches",
        "checkpoints",
    ]


def test_metadata_of_more_than_a_value_are_kept_but_for_the_configuration():
    (report,) = converted(openhtf, record(metadata={"parts": [{"sn": "7"}], "config": {"a": 1}, "none": None}))
    ((only,),) = (each["props"] for each in report["additionalData"])
    assert (only["name"], only["value"]) == ("parts", '[{"sn":"7"}]')


def test_a_subtest_without_phases_is_a_sequence():
    subtests = [{"name": "sub", "outcome": "STOP", "start_time_millis": 0, "end_time_millis": 1000}]
    (report,) = converted(openhtf, record(subtests=subtests))
    assert [(each["name"], each["status"]) for each in report["root"]["steps"]] == [("sub", "T")]


def test_a_long_reason_stands_whole_in_the_text():
    (report,) = converted(openhtf, record(outcome_details=[{"code": "X", "description": "y" * 600}]))
    assert len(report["uut"]["errorMessage"]) == 500
    assert report["root"]["reportText"] == f"X: {'y' * 600}"
