"""Repair statistics and histories, computed from the repair reports sent."""

import pytest

PATH = "/api/App/DynamicRepair"


@pytest.fixture
def repaired(wats, place, make_report, make_repair):
    """Two repairs of one failed test with three failures, and one of another product."""
    uut = {"user": "anna", "execTime": 2.5, "batchSN": "LOT-1"}
    test = make_report(1, result="F", uut=uut)
    test["root"]["status"] = "F"
    test["root"]["id"] = 1
    test["root"]["steps"][0] |= {"id": 2, "status": "F", "name": "Supply"}
    test["root"]["steps"][0]["numericMeas"][0]["status"] = "F"
    reference = {"refStepId": 2, "refStepName": "Supply"}
    first = make_repair(1)
    first["uur"]["refUUT"] = test["id"].upper()
    burned = {"category": "Component", "code": "Burned Component", "comRef": "U1", "comment": "replaced"}
    first["subUnits"][0]["failures"] = [
        {**burned, "artNumber": "100", "artRev": "B", "artVendor": "ACME", "artDescription": "IC", **reference},
        {"category": "Solder", "code": "Short Circuit", "funcBlock": "PSU"},
    ]
    second = make_repair(2, rev="B", miscInfos=None)
    second["uur"]["refUUT"] = None
    other = make_repair(3, pn="OTHER", processCode=510)
    other["uur"]["processCode"] = 20
    wats.seed(products=[{"partNumber": "WIDGET-001", "name": "Widget"}], reports=[test, first, second, other])
    place(["Norway"], "REPAIR-1")
    place(["Norway", "Lab"], "FCT-1")


def rows(figures, dimensions, **filter):
    return [tuple(row.values()) for row in figures(PATH, filter, dimensions=dimensions)]


@pytest.mark.parametrize(
    ("dimensions", "expected"),
    [
        ("partNumber;repairCount;repairReportCount", [("OTHER", 1, 1), ("WIDGET-001", 2, 3)]),
        ("repairCount desc;partNumber", [("WIDGET-001", 3), ("OTHER", 1)]),
        (
            "repairCategory;repairCode;repairCount",
            [("Component", "Burned Component", 3), ("Solder", "Short Circuit", 1)],
        ),
        ("revision;repairCount", [("A", 3), ("B", 1)]),
        ("repairOperation;testOperation;repairCount", [("RMA Repair", "ICT", 1), ("Repair", "Functional Test", 3)]),
        ("unitType;productName;repairCount", [("Main", None, 1), ("Main", "Widget", 3)]),
        ("stationName;location;purpose;operator;repairCount", [("REPAIR-1", "Oslo", "Production", "bjorn", 4)]),
        (
            "componentRef;componentNumber;componentRevision;componentVendor;componentDescription;repairCount",
            [(None, None, None, None, None, 1), ("U1", None, None, None, None, 2), ("U1", "100", "B", "ACME", "IC", 1)],
        ),
        ("functionBlock;repairCount", [(None, 3), ("PSU", 1)]),
        ("repairType;repairCount", [(None, 4)]),
        (
            "referencedStep;referencedStepPath;repairCount",
            [(None, None, 3), ("Supply", "MainSequence¶Supply", 1)],
        ),
        (
            "testStationName;testOperator;batchNumber;repairCount",
            [(None, None, None, 2), ("FCT-1", "anna", "LOT-1", 2)],
        ),
        (
            "testLocation;testPurpose;swFilename;swVersion;repairReportCount",
            [(None,) * 4 + (2,), ("Oslo", "Production", "widget.seq", "1.0", 1)],
        ),
        ("miscInfoDescription;miscInfoString;repairCount", [(None, None, 1), ("Firmware", "1.2", 3)]),
        ("level;testLevel;repairCount", [("Norway", None, 2), ("Norway", "Lab", 2)]),
        ("productGroup;repairCount", [(None, 4)]),
    ],
)
@pytest.mark.usefixtures("repaired")
def test_failures_are_counted_by_dimensions(figures, dimensions, expected):
    assert rows(figures, dimensions) == expected


@pytest.mark.usefixtures("repaired")
def test_periods_of_the_repair_and_of_the_test(figures):
    found = rows(figures, "period;testPeriod;repairCount", dateGrouping=4)
    assert found == [("2026-01-06", None, 2), ("2026-01-06", "2026-01-05", 2)]


@pytest.mark.usefixtures("repaired")
def test_a_filter_chooses_repair_reports(figures):
    assert rows(figures, "partNumber", partNumber="OTHER") == [("OTHER", 1, 1)]
    assert rows(figures, "partNumber;repairCount", minCount=2) == [("WIDGET-001", 3)]
    assert rows(figures, "partNumber;repairCount", maxCount=1) == [("OTHER", 1)]
    assert rows(figures, "partNumber;repairCount", testOperation="Repair", topCount=1) == [("WIDGET-001", 3)]


@pytest.mark.usefixtures("repaired")
def test_an_empty_filter_is_the_last_thirty_days(figures):
    assert figures(PATH, {}) == []
    found = figures(PATH, {"dateFrom": "2020-01-01"})
    assert found[0] == {
        "partNumber": "WIDGET-001",
        "repairOperation": "Repair",
        "repairReportCount": 2,
        "repairCount": 3,
    }


def test_what_is_no_dimension_of_repairs_is_refused(http):
    reply = http.post(PATH, {}, {"dimensions": "fpy"})
    assert (reply.status, "repairCode" in reply.message) == (400, True)


@pytest.mark.usefixtures("repaired")
def test_the_history_of_a_revision(figures, http):
    path = "/api/App/RelatedRepairHistory"
    found = figures(path, partNumber="WIDGET-001", revision="A")
    assert [(row["repairCode"], row["failStepName"], row["failStepPath"], row["action"]) for row in found] == [
        ("Burned Component", "Supply", "MainSequence¶Supply", "replaced"),
        ("Short Circuit", None, None, None),
    ]
    expected = {"serialNumber": "SN00001", "repairDate": "2026-01-06T07:01:00Z", "cause": "Component", "revision": "A"}
    assert {name: found[0][name] for name in expected} == expected
    one = {"partNumber": "WIDGET-001", "revision": "A"}
    assert len(figures(path, **one, repairOperationCode=500, testOperationCode=60)) == 2
    assert figures(path, **one, testOperationCode=20) == []
    assert figures(path, **one, repairOperationCode=510) == []
    assert http.get(path, {**one, "repairOperationCode": 60}).status == 400
    assert http.get(path, {"partNumber": "WIDGET-001"}).status == 400
