"""How a unit is graded by its reports."""

from typing import Any

import pytest

AT = {"serialNumber": "S", "partNumber": "P"}


@pytest.fixture
def grade(http):
    """Verifies the unit."""

    def verified(**more: str) -> Any:
        reply = http.get("/api/Production/UnitVerification", {**AT, **more})
        assert reply.status == 200
        return reply.json()

    return verified


@pytest.fixture
def run(http, make_report):
    """Submits a test run: its number orders the starts."""

    def submitted(number: int, process: int = 60, result: str = "P", **fields: Any) -> None:
        report = make_report(number, sn="S", pn="P", processCode=process, result=result, **fields)
        if result != "P":
            report["root"]["status"] = result
        reply = http.submit(report)
        assert reply.status == 200, reply.body

    return submitted


def rule(http, text: str) -> None:
    product = {"partNumber": "P", "tags": [{"key": "UnitVerification", "value": text, "change": 1}]}
    assert http.put("/api/Product", product).status == 200


def test_nothing_to_verify_is_null(http, grade):
    assert grade() is None
    http.put("/api/Product", {"partNumber": "P", "revisions": [{"revision": "A"}]})
    http.put("/api/Production/Units", [{**AT, "revision": "A"}])
    assert grade() is None


def test_without_a_rule_the_operations_of_the_product_count(run, grade, http, make_report):
    run(1, 20)
    assert [each["processName"] for each in grade()["results"]] == ["ICT"]
    http.submit(make_report(9, sn="OTHER", pn="P"))
    assert [(each["processName"], each["status"]) for each in grade()["results"]] == [
        ("ICT", "Passed"),
        ("Functional Test", "Unknown"),
    ]


def test_each_process_of_the_rule_is_shown_in_its_order(http, run, grade):
    rule(http, "Functional Test; 20 ;Unheard Of")
    run(1, 20)
    run(2, 60, "F")
    found = grade()
    assert found["results"] == [
        {
            "processCode": 60,
            "processName": "Functional Test",
            "processIndex": 1,
            "status": "Failed",
            "startUtc": "2026-01-05T07:02:00Z",
            "stationName": "FCT-1",
            "totalCount": 1,
            "nonPassedCount": 1,
            "repairCount": 0,
        },
        {
            "processCode": 20,
            "processName": "ICT",
            "processIndex": 2,
            "status": "Passed",
            "startUtc": "2026-01-05T07:01:00Z",
            "stationName": "FCT-1",
            "totalCount": 1,
            "nonPassedCount": 0,
            "repairCount": 0,
        },
    ]
    assert (found["status"], found["grade"], found["allProcessesExecutedInCorrectOrder"]) == ("Failed", "D", False)


@pytest.mark.parametrize(
    ("runs", "repairs", "status", "letter", "flags"),
    [
        ([(1, 20, "P"), (2, 60, "P")], 0, "Passed", "A", "order first any last untouched"),
        ([(1, 20, "F"), (2, 20, "P"), (3, 60, "P")], 0, "Passed", "B", "order any last untouched"),
        ([(1, 20, "F"), (2, 20, "P"), (3, 60, "P")], 1, "Passed", "C", "order any last"),
        ([(1, 60, "P"), (2, 20, "P")], 0, "Passed", "C", "first any last untouched"),
        ([(1, 20, "P"), (2, 60, "P"), (3, 60, "E")], 0, "Failed", "D", "order first any untouched"),
        ([(1, 20, "P")], 0, "Unknown", "D", "untouched"),
        ([(1, 60, "P"), (2, 20, "F")], 1, "Failed", "D", ""),
    ],
)
def test_grades(http, run, grade, make_repair, runs, repairs, status, letter, flags):
    rule(http, "20;60")
    for each in runs:
        run(*each)
    for number in range(repairs):
        assert http.submit(make_repair(number + 1, sn="S", pn="P")).status == 200
    found = grade()
    names = {
        "order": "allProcessesExecutedInCorrectOrder",
        "first": "allProcessesPassedFirstRun",
        "any": "allProcessesPassedAnyRun",
        "last": "allProcessesPassedLastRun",
        "untouched": "noRepairs",
    }
    assert " ".join(word for word, name in names.items() if found[name]) == flags
    assert (found["status"], found["grade"]) == (status, letter)
    assert sum(each["repairCount"] for each in found["results"]) == repairs


def test_a_run_that_replaces_another_counts_once(run, grade):
    run(1, 60, "F")
    run(1, 60, "P")
    (only,) = grade()["results"]
    assert (only["totalCount"], only["nonPassedCount"], only["status"]) == (1, 0, "Passed")


def test_the_rule_of_a_revision_goes_before_that_of_its_product(http, run, grade):
    rule(http, "20")
    run(1, 60)
    tags = [{"key": "UnitVerification", "value": "60", "change": 1}]
    http.put("/api/Product/Revision", {"partNumber": "P", "revision": "A", "tags": tags})
    http.put("/api/Product/Revision", {"partNumber": "P", "revision": "B"})
    assert [each["processCode"] for each in grade()["results"]] == [60]
    assert [each["processCode"] for each in grade(revision="B")["results"]] == [20]
