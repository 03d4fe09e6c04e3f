"""What the server refuses a report for, and what it lets through."""

from copy import deepcopy

import pytest

from pywats.sandbox import Process


def refused(http, report):
    reply = http.submit(report)
    assert reply.status == 400, reply.body
    return reply.json().split("\n")


def accepted(http, report):
    reply = http.submit(report)
    assert reply.status == 200, reply.body


def changed(report, path, value):
    """A copy of a report with the member at a dotted path set, or gone for ``...``."""
    report = deepcopy(report)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place = report
    for part in parents:
        place = place[part]
    if value is ...:
        place.pop(last)
    else:
        place[last] = value
    return report


def with_step(report, **step):
    return changed(report, "root.steps.0", {"group": "M", "name": "S", "status": "P", "stepType": "Action", **step})


def numeric(*measures, status="P"):
    full = [{"compOp": "LOG", "status": "P", "value": 1.0, **measure} for measure in measures]
    return {"status": status, "numericMeas": full}


def string(*measures, status="P"):
    return {
        "status": status,
        "stringMeas": [{"compOp": "LOG", "status": "P", "value": "x", **each} for each in measures],
    }


def array(*values):
    indexes = [{"text": "[0]", "indexes": [0], "value": value} for value in values]
    return {"name": "y", "type": "Array", "array": {"dimension": 1, "type": "Number", "indexes": indexes}}


REQUIRED = ("type", "id", "pn", "sn", "rev", "machineName", "location", "purpose", "result", "start", "processCode")


@pytest.mark.parametrize("name", [*REQUIRED, "root", "uut", "uut.user", "root.status", "root.name", "root.group"])
@pytest.mark.parametrize("value", [..., None])
def test_required_members(http, make_report, name, value):
    report = changed(make_report(1), name, value)
    member = name.rpartition(".")[2]
    assert any(f"{member} is required" in line for line in refused(http, report))


@pytest.mark.parametrize("name", ["startUTC", "uut.execTime", "root.steps", "root.seqCall.version"])
def test_members_that_may_be_null(http, make_report, name):
    accepted(http, changed(make_report(1), name, None))


@pytest.mark.parametrize(
    ("path", "longest"),
    [
        ("pn", 100),
        ("sn", 100),
        ("rev", 100),
        ("machineName", 100),
        ("location", 100),
        ("purpose", 100),
        ("uut.user", 100),
        ("uut.comment", 5000),
        ("uut.batchSN", 100),
        ("uut.fixtureId", 100),
        ("uut.errorMessage", 500),
        ("root.name", 100),
        ("root.errorMessage", 200),
        ("root.reportText", 100_000),
        ("root.tsGuid", 30),
        ("root.seqCall.path", 500),
        ("root.seqCall.name", 200),
        ("root.seqCall.version", 30),
        ("root.steps.0.numericMeas.0.name", 100),
        ("root.steps.0.numericMeas.0.unit", 20),
    ],
)
def test_lengths(http, make_report, path, longest):
    accepted(http, changed(make_report(1), path, "x" * longest))
    (line,) = refused(http, changed(make_report(1), path, "x" * (longest + 1)))
    assert f"at most {longest} characters" in line
    (line,) = refused(http, changed(make_report(1), path, 5))
    assert "text" in line


@pytest.mark.parametrize("name", ["pn", "sn", "machineName", "location", "purpose", "uut.user", "root.name"])
def test_texts_that_may_not_be_empty(http, make_report, name):
    assert "not empty" in refused(http, changed(make_report(1), name, ""))[0]


def test_an_empty_revision_is_fine(http, make_report):
    accepted(http, make_report(1, rev=""))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("type", "U"),
        ("type", ["T"]),
        ("id", "1234"),
        ("id", 5),
        ("result", "Passed"),
        ("processCode", "60"),
        ("processCode", 60.5),
        ("processCode", 2**15),
        ("processCode", True),
        ("processName", "functional test"),
        ("origin", "me"),
        ("start", "2026-01-05"),
        ("start", "2026-01-05T08:00:00"),
        ("start", "2026-01-05 08:00:00+01:00"),
        ("start", "2026-02-30T08:00:00Z"),
        ("start", 5),
        ("startUTC", "2026-01-05T07:01:01Z"),
        ("startUTC", "yesterday"),
        ("binaryData", [{"name": "x"}]),
        ("uut", []),
        ("uut.testSocketIndex", 2**15),
        ("uut.testSocketIndex", -(2**15) - 1),
        ("uut.errorCode", 2**31),
        ("uut.execTime", "2.5"),
        ("root", "x"),
        ("root.status", "F"),
        ("root.seqCall", None),
        ("root.seqCall", "x"),
        ("root.steps", {}),
        ("root.steps", [5]),
        ("root.steps.0.group", "X"),
        ("root.steps.0.status", "Passed"),
        ("root.steps.0.stepType", 5),
        ("root.steps.0.start", "now"),
        ("root.steps.0.totTime", "1"),
        ("root.steps.0.causedUUTFailure", "true"),
        ("root.steps.0.numericMeas", {"value": 1}),
        ("root.steps.0.numericMeas", [1]),
        ("root.steps.0.numericMeas.0.value", "5"),
        ("root.steps.0.numericMeas.0.value", None),
        ("root.steps.0.numericMeas.0.status", "E"),
        ("root.steps.0.id", "1"),
        ("miscInfos", {}),
        ("miscInfos", ["x"]),
        ("miscInfos", [{"description": "x"}]),
        ("miscInfos", [{"text": "x"}]),
        ("miscInfos", [{"description": "x", "numeric": 2**15}]),
        ("miscInfos", [{"description": "x", "numeric": 1.5}]),
        ("miscInfos", [{"description": "x", "text": "x" * 101}]),
        ("subUnits", [{"pn": "x", "sn": "", "partType": "p"}]),
        ("subUnits", [{"pn": "x", "sn": "y"}]),
        ("subUnits", [{"pn": "x", "sn": "y", "partType": "p" * 51}]),
        ("subUnits", [{"pn": "x", "sn": "y", "partType": "p", "position": 2**15}]),
        ("assets", [{"usageCount": 1}]),
        ("assets", [{"assetSN": "x", "usageCount": "1"}]),
        ("additionalData", [{"name": "x"}]),
        ("additionalData", [{"name": "x", "props": [{"name": "y", "type": "Text"}]}]),
        ("additionalData", [{"name": "x", "props": [{"name": "y", "type": "Number", "value": 5}]}]),
        ("additionalData", [{"name": "x", "props": [{"name": "y", "type": "Array"}]}]),
        ("additionalData", [{"name": "x", "props": [array({"name": "z", "type": "Number", "value": 1})]}]),
        ("additionalData", [{"name": "x", "props": [{"name": "y", "type": "Obj", "props": [{"type": "Bool"}]}]}]),
    ],
)
def test_wrong_values(http, make_report, path, value):
    lines = refused(http, changed(make_report(1), path, value))
    assert all(": " in line for line in lines)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"5", b'"x"', b"\xff\xfe", b"[" * 100_000, b"{}"])
def test_a_body_that_is_no_report(http, body):
    assert refused(http, body)


def test_the_start_may_have_seven_digits_and_any_offset(http, make_report):
    start = {"start": "2026-01-30T22:01:41.4707353+01:00", "startUTC": "2026-01-30T21:01:41.4707353Z"}
    accepted(http, make_report(1, **start))
    assert http.headers_of()[0]["start"] == "2026-01-30T21:01:41.4707353Z"
    accepted(http, make_report(2, start="1969-12-31T23:59:59.5-11:30", startUTC=None))


def test_additional_data_of_every_type(http, make_report):
    scalars = [{"name": each, "type": each, "value": "1", "flags": 0} for each in ("Number", "String", "Bool")]
    nested = {"name": "o", "type": "Obj", "props": [array(*scalars), {"name": "p", "type": "Obj", "props": []}]}
    accepted(http, make_report(1, additionalData=[{"name": "x", "props": [*scalars, nested]}]))


def test_unknown_members_are_let_through(http, make_report):
    report = changed(make_report(1), "root.steps.0.numericMeas.0.more", {"x": []})
    accepted(http, {**report, "own": {"data": 1}})


@pytest.mark.parametrize("operator", ["LOG", "EQ", "NE", "GT", "GE", "LT", "LE"])
@pytest.mark.parametrize("limits", ["", "low", "high", "low high"])
def test_limits_of_operators_with_one_or_none(http, make_report, operator, limits):
    given = {f"{name}Limit": 1.0 for name in limits.split()}
    report = with_step(make_report(1), **numeric({"compOp": operator, **given}))
    if limits == ("" if operator == "LOG" else "low"):
        accepted(http, report)
    else:
        assert any(f"compOp {operator}" in line for line in refused(http, report))


@pytest.mark.parametrize("operator", ["GTLT", "GTLE", "GELT", "GELE", "LTGT", "LTGE", "LEGT", "LEGE"])
@pytest.mark.parametrize("limits", ["", "low", "high", "low high"])
def test_limits_of_operators_with_two(http, make_report, operator, limits):
    given = {f"{name}Limit": 1.0 for name in limits.split()}
    report = with_step(make_report(1), **numeric({"compOp": operator, **given}))
    if limits == "low high":
        accepted(http, report)
    else:
        refused(http, report)


@pytest.mark.parametrize("operator", ["LOG", "EQ", "NE", "CASESENSIT", "IGNORECASE", "IgnoreCase", "Log"])
def test_operators_of_texts(http, make_report, operator):
    limit = {} if operator.upper() == "LOG" else {"limit": "y"}
    accepted(http, with_step(make_report(1), **string({"compOp": operator, **limit})))
    wrong = {} if limit else {"limit": "y"}
    refused(http, with_step(make_report(1), **string({"compOp": operator, **wrong})))


@pytest.mark.parametrize("operator", ["GT", "EQT", "", None, 5, "CASESENIT"])
def test_unknown_operators(http, make_report, operator):
    assert "compOp" in refused(http, with_step(make_report(1), **string({"compOp": operator, "limit": "y"})))[0]
    if operator != "GT":
        assert "compOp" in refused(http, with_step(make_report(1), **numeric({"compOp": operator})))[0]


def test_a_value_is_not_compared_with_its_limits(http, make_report):
    accepted(http, with_step(make_report(1), **numeric({"compOp": "GE", "lowLimit": 5.0, "value": 1.0})))


@pytest.mark.parametrize("kind", ["numericMeas", "stringMeas", "booleanMeas"])
@pytest.mark.parametrize("step", "PFETD")
@pytest.mark.parametrize("measure", "PF")
def test_one_measurement_has_the_status_of_its_step(http, make_report, kind, step, measure):
    value = {"numericMeas": {"compOp": "LOG", "value": 1}, "stringMeas": {"compOp": "LOG"}, "booleanMeas": {}}[kind]
    report = with_step(make_report(1), status=step, **{kind: [{**value, "status": measure}]})
    if step == measure or (measure == "P" and (step == "D" or (step == "F" and kind == "booleanMeas"))):
        accepted(http, report)
    else:
        assert refused(http, report) == [
            f"root -> step S -> {kind}: Status cannot be different from measurement status."
        ]


@pytest.mark.parametrize(
    ("step", "measures", "fine"),
    [
        ("P", "PP", True),
        ("F", "PF", True),
        ("P", "PF", False),
        ("F", "PP", False),
        ("E", "PP", True),
        ("D", "PS", True),
    ],
)
def test_several_measurements_and_the_status_of_their_step(http, make_report, step, measures, fine):
    each = [{"name": str(index), "status": status} for index, status in enumerate(measures)]
    report = with_step(make_report(1), **numeric(*each, status=step))
    if fine:
        accepted(http, report)
    else:
        assert "if, and only if" in refused(http, report)[0]


def test_several_measurements_have_names_of_their_own(http, make_report):
    assert "unique" in refused(http, with_step(make_report(1), **numeric({"name": "a"}, {"name": "a"})))[0]
    for name in (None, "", 5):
        lines = refused(http, with_step(make_report(1), **numeric({"name": "a"}, {"name": name})))
        assert any("name" in line for line in lines)
    accepted(http, with_step(make_report(1), **numeric({"name": "a"})))


def test_a_step_has_one_kind_of_measurement(http, make_report):
    both = {**numeric({}), **string({})}
    assert "only one kind" in refused(http, with_step(make_report(1), **both))[0]
    accepted(http, with_step(make_report(1), **{**numeric({}), "stringMeas": [], "booleanMeas": None}))


def test_a_skipped_step_is_not_looked_into(http, make_report):
    accepted(http, with_step(make_report(1), **numeric({"compOp": "?", "status": "E"}, status="S")))


def test_statuses_of_parents_and_children_are_not_compared(http, make_report):
    report = with_step(make_report(1), **numeric({"status": "F"}, status="F"), causedUUTFailure=True)
    accepted(http, report)


def test_only_sequences_have_steps(http, make_report):
    inner = {"group": "M", "name": "I", "status": "P", "stepType": "Action"}
    assert "sequence" in refused(http, with_step(make_report(1), steps=[inner]))[0]
    accepted(http, with_step(make_report(1), stepType="NI_Wait", seqCall={"path": "p"}, steps=[inner]))
    accepted(http, with_step(make_report(1), steps=[]))


def test_step_ids_are_unique_and_all_there_or_none(http, make_report):
    report = changed(make_report(1), "root.id", 1)
    assert "id is required" in refused(http, report)[0]
    assert "unique" in refused(http, changed(report, "root.steps.0.id", 1))[0]
    accepted(http, changed(report, "root.steps.0.id", 2))


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"callExe": {"exitCode": 0.0}}, None),
        ({"callExe": {}}, "exitCode is required"),
        ({"messagePopup": {"button": 1, "response": "x" * 100}}, None),
        ({"messagePopup": {"button": 1, "response": "x" * 101}}, "100"),
        ({"messagePopup": {"response": "x"}}, "button is required"),
        ({"attachment": {"name": "n", "contentType": "c", "data": "AAAA"}}, None),
        ({"attachment": {"name": "n", "contentType": "c", "data": "!"}}, "base64"),
        ({"attachment": {"name": "n", "contentType": "c", "data": "\u00e6"}}, "base64"),
        ({"attachment": {"name": "n", "contentType": "c"}}, "data is required"),
        ({"additionalResults": [{"name": "n", "props": []}]}, None),
        ({"additionalResults": {}}, "array"),
        ({"chart": {"chartType": "Line", "series": []}}, None),
        ({"chart": {"chartType": "Pie", "series": []}}, "chartType"),
        ({"chart": {"chartType": "Line", "xLabel": "x" * 51}}, "50"),
        ({"chart": {"chartType": "Line"}, "attachment": {"name": "n", "contentType": "c", "data": ""}}, "only one"),
    ],
)
def test_other_kinds_of_steps(http, make_report, step, words):
    report = with_step(make_report(1), **step)
    if words is None:
        accepted(http, report)
    else:
        assert words in refused(http, report)[0]


@pytest.mark.parametrize(
    ("series", "words"),
    [
        ([{"name": "s", "dataType": "XYG", "ydata": "1;2.5;-3e2"}], None),
        ([{"name": "s", "xdata": "0;1", "ydata": "1;2"}], None),
        ([{"name": "s", "xdata": "0;1", "ydata": "1"}], "same number"),
        ([{"name": "s", "xdata": "0;1"}], "ydata is required"),
        ([{"name": "s", "dataType": "XY", "ydata": ""}], "dataType"),
        ([{"name": "s", "ydata": "1,5;2"}], "decimal point"),
        ([{"name": "s", "ydata": ";".join(["1"] * 10_000)}], None),
        ([{"name": "s", "ydata": ";".join(["1"] * 10_001)}], "10000 points"),
        ([{"name": "s", "ydata": "1"}] * 11, "at most 10"),
        ({}, "array"),
    ],
)
def test_charts(http, make_report, series, words):
    report = with_step(make_report(1), **numeric({}), chart={"chartType": "LineLogXY", "series": series})
    if words is None:
        accepted(http, report)
    else:
        assert words in refused(http, report)[0]


def loop(report, num, ending, indexes, **changes):
    step = {"group": "M", "name": "L", "status": "P", "stepType": "ET_NLT"}
    step |= numeric({"compOp": "GE", "lowLimit": 1.0})
    steps = [{**step, "loop": {"num": num, "endingIndex": ending, "passed": 0, "failed": 0, "idx": None}}]
    steps += [{**deepcopy(step), "loop": {"idx": index, "num": None}} for index in indexes]
    for path, value in changes.items():
        steps[-1] = changed({"step": steps[-1]}, path.replace("__", "."), value)["step"]
    return changed(report, "root.steps", steps)


def test_loops(http, make_report):
    accepted(http, loop(make_report(1), 3, 2, [0, 1, 2]))
    accepted(http, loop(make_report(1), 3, 2, []))
    assert refused(http, loop(make_report(1), 3, 3, [0, 1, 2])) == [
        "root -> loop L: endingIndex is required to be the same as highest index."
    ]
    assert refused(http, loop(make_report(1), 4, 2, [0, 1, 2])) == [
        "root -> loop L: num is required to be one more than endingIndex."
    ]
    assert "unique" in refused(http, loop(make_report(1), 2, 1, [0, 1, 1]))[0]
    assert refused(http, loop(make_report(1), 2, 1, [0, 1], step__numericMeas__0__lowLimit=2.0)) == [
        "root -> loop L -> Index 1 -> numericMeas: limit is required to match Summary step."
    ]


def test_an_iteration_follows_its_summary(http, make_report):
    lonely = with_step(make_report(1), loop={"idx": 2})
    assert refused(http, lonely) == [
        "root -> loop S -> Index 2: idx is only allowed behind a Summary step of the same name."
    ]


def test_two_loops_of_one_name(http, make_report):
    report = loop(make_report(1), 2, 1, [0, 1])
    report["root"]["steps"] += deepcopy(report["root"]["steps"])
    accepted(http, report)
    report["root"]["steps"][0]["loop"]["num"] = 5
    assert len(refused(http, report)) == 1


def test_names_of_siblings_may_repeat(http, make_report):
    report = make_report(1)
    report["root"]["steps"] *= 3
    accepted(http, report)


def test_every_problem_has_its_path_and_line(http, make_report):
    inner = {"group": "M", "name": "B", "status": "P", "stepType": "x", **numeric({"status": "F"})}
    outer = {"group": "M", "name": "A", "status": "P", "stepType": "x", "seqCall": {"name": "n"}, "steps": [inner]}
    report = changed(make_report(1, pn=None), "root.steps", [outer, {**outer, "name": ""}])
    assert refused(http, report) == [
        "report: pn is required.",
        "root -> step A -> step B -> numericMeas: Status cannot be different from measurement status.",
        "root -> step : name is required to be not empty.",
        "root -> step  -> step B -> numericMeas: Status cannot be different from measurement status.",
    ]


def test_very_many_problems_are_counted(http, make_report):
    lines = refused(http, changed(make_report(1), "root.steps", [{}] * 1000))
    assert len(lines) == 101
    assert lines[-1] == "... and 3900 more"


def test_very_deep_documents(http, make_report):
    def deep(depth):
        step = {"group": "M", "name": "S", "status": "P", "stepType": "x", "seqCall": {"name": "n"}}
        for _ in range(depth):
            step = {**step, "steps": [step]}
        return changed(make_report(1), "root.steps", [step])

    report = deep(98)
    accepted(http, report)
    assert http.get(f"/api/Report/Wsjf/{report['id']}").status == 200
    assert "nested" in refused(http, deep(99))[0]
    nested = 1
    for _ in range(300):
        nested = [nested]
    assert "nested" in refused(http, {**make_report(1), "own": nested})[0]


def test_the_process_is_one_of_the_servers(http, wats, make_report):
    assert "9999" in refused(http, make_report(1, processCode=9999))[0]
    assert "test operation" in refused(http, make_report(1, processCode=500))[0]
    accepted(http, make_report(1, processName="Functional Test"))
    wats.add_process(Process(9999, "Own"))
    accepted(http, make_report(1, processCode=9999))
    wats.remove_process(9999)
    refused(http, make_report(2, processCode=9999))


def test_a_repair_report_is_accepted(http, make_repair):
    accepted(http, make_repair(1))


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("result", "F", "result is required to be P"),
        ("processCode", 60, "not a repair operation"),
        ("uur", None, "uur is required"),
        ("uur.user", None, "user is required"),
        ("uur.processCode", None, "processCode is required"),
        ("uur.processCode", 500, "not a test operation"),
        ("uur.confirmDate", None, "confirmDate is required"),
        ("uur.finalizeDate", "x", "date and time"),
        ("uur.refUUT", "x", "GUID"),
        ("uur.comment", "x" * 5001, "5000"),
        ("subUnits", None, "main unit"),
        ("subUnits.0.idx", 1, "main unit"),
        ("subUnits.0.idx", None, "main unit"),
        ("subUnits.0.parentIdx", 3, "parentIdx"),
        ("subUnits.0.replacedIdx", 3, "replacedIdx"),
        ("subUnits.0.failures", {}, "array"),
        ("subUnits.0.failures.0.category", "Nonsense", "'Nonsense'"),
        ("subUnits.0.failures.0.code", "Nonsense", "'Nonsense'"),
        ("subUnits.0.failures.0.code", None, "code is required"),
        ("subUnits.0.failures.0.comRef", "x" * 51, "50"),
        ("subUnits.0.failures.0.attachments", [{"name": "x"}], "data is required"),
        ("miscInfos", [{"description": "Nonsense", "text": "x"}], "'Nonsense'"),
        ("binaryData", [{"name": "n", "contentType": "c", "data": "?"}], "base64"),
    ],
)
def test_rules_of_repair_reports(http, make_repair, path, value, words):
    assert any(words in line for line in refused(http, changed(make_repair(1), path, value)))


def test_units_of_a_repair(http, make_repair):
    report = make_repair(1)
    part = {**report["subUnits"][0], "idx": 1, "parentIdx": 0, "sn": "P1", "failures": None}
    new = {**part, "idx": 2, "replacedIdx": 1, "sn": "P2"}
    accepted(http, {**report, "subUnits": [*report["subUnits"], part, new]})
    assert "unique" in refused(http, {**report, "subUnits": [*report["subUnits"], part, {**new, "idx": 1}]})[0]


def test_a_repair_operation_without_lists_allows_any_failure(http, wats, make_repair):
    wats.add_process(Process(501, "Own repair", "repair"))
    report = changed(make_repair(1, processCode=501), "subUnits.0.failures.0.code", "Own")
    accepted(http, changed(report, "miscInfos", [{"description": "Own", "text": "x"}]))
