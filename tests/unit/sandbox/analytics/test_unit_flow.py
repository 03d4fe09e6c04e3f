"""The flow of units, computed from the reports sent."""

import json

import pytest

PATH = "/api/internal/UnitFlow"


@pytest.fixture
def flowing(wats, make_report):
    """Unit 1 fails and passes ICT, then passes function; 2 passes ICT, fails function, passes ICT; 3 fails ICT."""
    runs = [
        ("1", 20, "F"),
        ("1", 20, "P"),
        ("2", 20, "P"),
        ("1", 60, "P"),
        ("2", 60, "F"),
        ("2", 20, "P"),
        ("3", 20, "F"),
    ]
    for number, (serial, code, result) in enumerate(runs, start=1):
        uut = {"user": "anna", "execTime": 30}
        station = "ICT-2" if serial == "2" and code == 20 else {20: "ICT-1", 60: "FCT-1"}[code]
        report = make_report(number, sn=serial, processCode=code, result=result, machineName=station, uut=uut)
        report["root"] |= {"status": result, "steps": []}
        wats.seed(reports=[report])


def of_nodes(nodes):
    return {
        node["id"]: (node["unitCount"], node["passCount"], node["failCount"], node["yieldPercent"]) for node in nodes
    }


def of_links(links):
    return {link["id"]: (link["unitCount"], link["passCount"], link["failCount"], link["avgTime"]) for link in links}


@pytest.mark.usefixtures("flowing")
def test_nodes_and_links_and_units(figures):
    found = figures(PATH, {})
    assert of_nodes(found["nodes"]) == {"20": (3, 2, 1, pytest.approx(200 / 3)), "60": (2, 1, 1, 50.0)}
    assert [node["name"] for node in found["nodes"]] == ["ICT", "Functional Test"]
    assert found["nodes"][0]["avgTime"] == 30.0
    # Unit 1 ends ICT at 2:30 and begins the function at 4:00; unit 2 at 3:30 and 5:00, then back from 5:30 to 6:00.
    assert of_links(found["links"]) == {"20>60": (2, 2, 0, 90.0), "60>20": (1, 0, 1, 30.0)}
    assert found["links"][0]["sourceName"] == "ICT"
    assert found["totalUnits"] == 3
    units = {unit["serialNumber"]: unit for unit in found["units"]}
    assert units["2"]["nodePath"] == ["ICT", "Functional Test", "ICT"]
    assert units["1"]["resultHistories"] == ["FP", "P"]
    flags = ("isLastPassed", "hasPassed", "hasFailed", "hasRetest")
    assert [[units[serial][flag] for flag in flags] for serial in "123"] == [
        [True, True, True, True],
        [True, True, True, True],
        [False, False, True, False],
    ]
    expected = {
        "unitId": 1,
        "status": "Passed",
        "currentNode": "Functional Test",
        "startTime": "2026-01-05T07:01:00Z",
        "endTime": "2026-01-05T07:04:30Z",
        "totalTime": 210.0,
    }
    assert {name: units["1"][name] for name in expected} == expected


@pytest.mark.parametrize(
    ("filter", "serials"),
    [
        ({"partNumber": "WIDGET-001", "revision": "A"}, "123"),
        ({"partNumber": "OTHER"}, ""),
        ({"serialNumber": "1"}, "1"),
        ({"serialNumbers": ["1", "3"]}, "13"),
        ({"processCodes": [60]}, "12"),
        ({"stationName": "ICT-2"}, "2"),
        ({"testOperation": "Functional Test"}, "12"),
        ({"status": "Passed"}, "12"),
        ({"location": "Bergen"}, ""),
        ({"purpose": "Production"}, "123"),
        ({"dateFrom": "2026-01-05T07:06:00Z"}, "23"),
        ({"dateTo": "2026-01-05T07:02:00Z"}, "1"),
        ({"includePassed": False}, "3"),
        ({"includeFailed": False}, "12"),
    ],
)
@pytest.mark.usefixtures("flowing")
def test_units_are_chosen(figures, filter, serials):
    assert "".join(unit["serialNumber"] for unit in figures(PATH, filter)["units"]) == serials


@pytest.mark.usefixtures("flowing")
def test_parts_alone_for_a_filter_in_the_query(figures, http):
    wanted = json.dumps({"serialNumber": "2"})
    whole = figures(PATH, {"serialNumber": "2"})
    for name in ("Nodes", "Links", "Units"):
        assert figures(f"{PATH}/{name}", filter=wanted) == whole[name.lower()]
        assert http.get(f"{PATH}/{name}").status == 400
        assert http.get(f"{PATH}/{name}", {"filter": "{"}).status == 400
        assert http.get(f"{PATH}/{name}", {"filter": "[]"}).status == 400


@pytest.mark.usefixtures("flowing")
def test_operations_are_told_apart(figures, http):
    found = of_nodes(figures(f"{PATH}/SplitBy", {"splitBy": "stationName"})["nodes"])
    assert {name: counts[:3] for name, counts in found.items()} == {
        "20/ICT-1": (2, 1, 1),
        "20/ICT-2": (1, 1, 0),
        "60/FCT-1": (2, 1, 1),
    }
    assert http.post(f"{PATH}/SplitBy", {"splitBy": "colour"}).status == 400
    assert http.post(f"{PATH}/SplitBy", {}).status == 400


@pytest.mark.usefixtures("flowing")
def test_operations_are_expanded_to_their_stations(figures):
    nodes = figures(PATH, {"expandOperations": True})["nodes"]
    below = [(node["id"], node["parentId"], node["unitCount"]) for node in nodes if node["level"] == 1]
    assert below == [("20@ICT-1", "20", 2), ("20@ICT-2", "20", 1), ("60@FCT-1", "60", 2)]
    assert all(node["isExpanded"] for node in nodes if node["level"] == 0)


@pytest.mark.parametrize(
    ("filter", "visible"),
    [
        ({}, {"20", "60", "20>60", "60>20"}),
        ({"showList": ["20"]}, {"20"}),
        ({"hideList": ["Functional Test"]}, {"20"}),
        ({"showList": ["20", "60"], "hideList": ["20"]}, {"60"}),
    ],
)
@pytest.mark.usefixtures("flowing")
def test_operations_are_shown_and_hidden(figures, filter, visible):
    found = figures(PATH, filter)
    assert {each["id"] for each in (*found["nodes"], *found["links"]) if each["isVisible"]} == visible


@pytest.mark.usefixtures("flowing")
def test_units_are_known_by_their_ids(figures, http):
    ids = {unit["serialNumber"]: unit["unitId"] for unit in figures(PATH, {"serialNumber": "3;1"})["units"]}
    assert set(ids) == {"1", "3"}
    assert figures(f"{PATH}/SN", [ids["3"], 99_999, ids["1"]]) == ["3", "1"]
    for wrong in ({}, ["3"], None):
        assert http.post(f"{PATH}/SN", b"null" if wrong is None else wrong).status == 400


@pytest.mark.usefixtures("flowing")
@pytest.mark.parametrize(
    ("order", "serials"),
    [("totalTime desc", "123"), ("serialNumber desc", "321"), ("STARTTIME asc", "123"), ("status", "312")],
)
def test_units_are_put_in_an_order(figures, order, serials):
    assert "".join(unit["serialNumber"] for unit in figures(PATH, {"unitOrder": order})["units"]) == serials


@pytest.mark.usefixtures("flowing")
@pytest.mark.parametrize("order", ["colour", "serialNumber up", "serialNumber desc desc", "desc"])
def test_an_order_that_does_not_exist_is_refused(http, order):
    assert http.post(PATH, {"unitOrder": order}).status == 400


def test_places_in_an_order_are_numbered(figures, http):
    assert figures(f"{PATH}/UnitOrder", [{"unitId": 7}, {"unitId": 3}]) == [
        {"unitId": 7, "orders": [1]},
        {"unitId": 3, "orders": [2]},
    ]
    assert figures(PATH, {"unitOrder": "startTime"})["units"] == []
    assert http.post(f"{PATH}/UnitOrder", {}).status == 400


@pytest.mark.parametrize("filter", [{"showList": "20"}, {"includePassed": "yes"}, {"location": 5}])
def test_a_filter_of_the_wrong_type_is_refused(http, filter):
    assert http.post(PATH, filter).status == 400


def test_the_flow_is_for_the_servers_own_pages(http):
    assert http.post(PATH, {}, Referer="").status == 403
