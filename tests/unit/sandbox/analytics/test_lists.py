"""Yield lists, reports, levels, product groups, users and alarms."""

import pytest

ALL_TIME = {"dateFrom": "2020-01-01T00:00:00Z"}


@pytest.fixture
def tested(http, place, tests, step):
    """A passes two of two, B one of three, C none of one; A and B are Boards, C is on a station in Bergen."""
    good, bad = [step("X", 5.0)], [step("X", 9.0)]
    tests(good, good, pn="A")
    tests(good, bad, bad, pn="B")
    tests(bad, pn="C", machineName="FCT-9")
    http.post("/api/Product/ProductGroup", {"name": "Boards"})
    for part in "AB":
        http.post("/api/Product/ProductGroupFilter", query={"productGroup": "Boards", "partNumber": part})
    http.put("/api/Product/Group", {"productGroupName": "Other"})
    place(["Norway", "Oslo"], "FCT-1")
    place(["Norway", "Bergen"], "FCT-9")


def short(rows, name="partNumber"):
    return [(row[name], row["unitCount"], round(row["fpy"])) for row in rows]


@pytest.mark.usefixtures("tested")
def test_yield_lists_have_their_orders(figures):
    assert short(figures("/api/App/VolumeYield", ALL_TIME)) == [("A", 2, 100), ("B", 3, 33), ("C", 1, 0)]
    assert short(figures("/api/App/HighVolume", ALL_TIME)) == [("B", 3, 33), ("A", 2, 100), ("C", 1, 0)]
    assert short(figures("/api/App/WorstYield", ALL_TIME)) == [("C", 1, 0), ("B", 3, 33), ("A", 2, 100)]
    assert short(figures("/api/App/WorstYield", {**ALL_TIME, "topCount": 1})) == [("C", 1, 0)]
    row = figures("/api/App/WorstYield", {**ALL_TIME, "partNumber": "B"})[0]
    assert (row["testOperation"], row["fpFailCount"], row["lpy"]) == ("Functional Test", 2, pytest.approx(100 / 3))


@pytest.mark.usefixtures("tested")
def test_yield_by_product_groups(figures):
    assert short(figures("/api/App/HighVolumeByProductGroup", ALL_TIME), "productGroup") == [
        ("Boards", 5, 60),
        (None, 1, 0),
    ]
    assert short(figures("/api/App/WorstYieldByProductGroup", ALL_TIME), "productGroup") == [
        (None, 1, 0),
        ("Boards", 5, 60),
    ]


@pytest.mark.parametrize("name", ["VolumeYield", "HighVolume", "WorstYield", "TopFailed"])
@pytest.mark.usefixtures("tested")
def test_an_empty_filter_is_the_last_thirty_days(figures, name):
    assert figures(f"/api/App/{name}", {}) == []


@pytest.mark.parametrize(
    ("filter", "parts"),
    [
        ({"productGroup": "Boards"}, "AB"),
        ({"productGroup": "Nothing"}, ""),
        ({"level": "Bergen"}, "C"),
        ({"level": "Oslo", "productGroup": "Boards", "partNumber": "A"}, "A"),
        ({"level": "Norway"}, "ABC"),
        ({"level": "Nowhere"}, ""),
    ],
)
@pytest.mark.usefixtures("tested")
def test_groups_and_levels_choose(figures, filter, parts):
    assert "".join(row["partNumber"] for row in figures("/api/App/VolumeYield", {**ALL_TIME, **filter})) == parts


@pytest.mark.usefixtures("tested")
def test_groups_and_levels_are_dimensions(figures):
    rows = figures("/api/App/DynamicYield", ALL_TIME, dimensions="level;productGroup;unitCount")
    assert [tuple(row.values()) for row in rows] == [("Bergen", None, 1), ("Oslo", "Boards", 5)]


@pytest.mark.usefixtures("tested")
def test_the_yield_lists_by_ids(figures, http):
    groups = {each["productGroupName"]: each["productGroupId"] for each in figures("/api/App/ProductGroups")}
    levels = {each["levelName"]: each["levelId"] for each in figures("/api/App/Levels")}
    assert (set(groups), set(levels)) == ({"Boards", "Other"}, {"Norway", "Oslo", "Bergen"})
    wanted = {"productGroupId": groups["Boards"], "levelId": "", "days": 100_000}
    assert short(figures("/api/App/VolumeYield", **wanted)) == [("A", 2, 100), ("B", 3, 33)]
    assert short(figures("/api/App/HighVolume", **wanted)) == [("B", 3, 33), ("A", 2, 100)]
    assert short(figures("/api/App/WorstYield", **wanted)) == [("B", 3, 33), ("A", 2, 100)]
    assert figures("/api/App/VolumeYield", **{**wanted, "levelId": levels["Bergen"]}) == []
    assert http.get("/api/App/VolumeYield", {**wanted, "levelId": 77}).status == 400
    assert http.get("/api/App/VolumeYield", {"days": 5}).status == 400


@pytest.mark.usefixtures("tested")
def test_product_groups_with_their_filters(figures):
    (boards, other) = figures("/api/App/ProductGroups", includeFilters="true")
    assert ([each["partNumber"] for each in boards["filters"]], other["filters"]) == (["A", "B"], [])


@pytest.mark.usefixtures("tested")
def test_headers_of_test_reports(figures, http):
    rows = figures("/api/App/UutReport", {})
    assert [row["partNumber"] for row in rows] == ["C", "B", "B", "B", "A", "A"]
    assert (rows[0]["result"], rows[0]["stationName"], rows[0]["start"]) == ("Failed", "FCT-9", "2026-01-05T07:06:00Z")
    assert len(figures("/api/App/UutReport", {"topCount": 2})) == 2
    assert len(figures("/api/App/UutReport", {"status": "Failed", "partNumber": "B"})) == 2
    bergen = next(each["levelId"] for each in figures("/api/App/Levels") if each["levelName"] == "Bergen")
    assert [row["partNumber"] for row in figures("/api/App/UutReport", levelId=bergen)] == ["C"]
    assert len(figures("/api/App/UutReport", partNumber="A", dateFrom="2026-01-05T07:02:00Z")) == 1
    assert http.get("/api/App/UutReport", {"levelId": "x"}).status == 400


def test_headers_of_repairs_and_the_history_of_a_unit(wats, make_report, make_repair, figures):
    reports = [make_report(1), make_report(2), make_repair(1), make_repair(2)]
    wats.seed(reports=reports)
    assert [row["serialNumber"] for row in figures("/api/App/UurReport", {})] == ["SN00002", "SN00001"]
    history = figures("/api/App/SerialNumberHistory", {"serialNumber": "SN00001"})
    assert [(row["reportType"], row["processName"]) for row in history] == [("R", "Repair"), ("T", "Functional Test")]


def test_an_asset_chooses_reports_and_is_a_dimension(wats, make_report, figures, http):
    http.put("/api/Asset/Types", {"typeName": "Meter"})
    (kind,) = http.get("/api/Asset/Types").json()
    http.put("/api/Asset", {"serialNumber": "DMM", "typeId": kind["typeId"], "assetName": "Meter 1"})
    wats.seed(reports=[make_report(1, assets=[{"assetSN": "DMM"}]), make_report(2)])
    for wanted in ({"assetSerialNumber": "DMM"}, {"assetName": "Meter%"}):
        assert [row["serialNumber"] for row in figures("/api/App/UutReport", wanted)] == ["SN00001"]
    rows = figures("/api/App/DynamicYield", {}, dimensions="assetName;unitCount")
    assert [tuple(row.values()) for row in rows] == [(None, 1), ("Meter 1", 1)]


def test_a_user_has_settings(figures, http):
    email = {"value": "anna@example.com", "primary": True}
    user = http.post("/api/SCIM/v2/Users", {"userName": "anna", "displayName": "Anna Berg", "emails": [email]}).json()
    change = {"op": "replace", "path": "roles", "value": "Operator"}
    schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
    http.ask("PATCH", f"/api/SCIM/v2/Users/{user['id']}", {"schemas": [schema], "Operations": [change]})
    assert figures("/api/App/CommonUserSettings", UserName="Anna") == {
        "fullName": "Anna Berg",
        "cultureCode": None,
        "email": "anna@example.com",
        "roles": ["Operator"],
        "levels": [],
        "productGroups": [],
    }
    assert http.get("/api/App/CommonUserSettings", {"UserName": "bo"}).status == 404
    assert http.get("/api/App/CommonUserSettings").status == 400


@pytest.mark.usefixtures("tested")
def test_alarms_are_listed_by_type_date_and_place(wats, figures):
    wats.seed(
        alarms=[
            {
                "type": 2,
                "name": "Yield of A",
                "partNumber": "A",
                "stationName": "FCT-1",
                "logDate": "2026-01-05T08:00:00Z",
            },
            {
                "type": 1,
                "name": "Report of C",
                "partNumber": "C",
                "stationName": "FCT-9",
                "logDate": "2026-01-06T08:00:00Z",
            },
            {"type": 5, "name": "Asset"},
        ]
    )

    def logs(filter=None, **query):
        path = "/api/internal/Trigger/GetAlarmAndNotificationLogs"
        return [log["name"].rpartition(" ")[2] for log in figures(path, filter or {}, **query)]

    assert logs() == ["Asset", "C", "A"]
    assert logs({"topCount": 1}) == ["Asset"]
    assert logs({"dateTo": "2026-01-06T00:00:00Z"}) == ["A"]
    assert logs({"dateFrom": "2026-01-06T00:00:00Z", "level": "Bergen"}) == ["C"]
    assert logs({"productGroup": "Boards"}) == ["A"]
    assert logs(includeTypes="1,2") == ["C", "A"]
    with pytest.raises(ValueError, match="type"):
        wats.seed(alarms=[{"name": "of no type"}])
    assert len(logs()) == 3
