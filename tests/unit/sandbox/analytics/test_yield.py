"""Yield, computed from the reports that were sent."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pywats.sandbox.analytics.wats_filter import chosen
from pywats.sandbox.analytics.yields import yields
from pywats.sandbox.world import World

PATH = "/api/App/DynamicYield"


@pytest.fixture
def submit(wats, make_report):
    count = iter(range(1, 1000))

    def send(serial, results, **fields):
        for result in results:
            number = next(count)
            report = make_report(number, sn=serial, result=result, **fields)
            report["root"]["status"] = report["root"]["steps"][0]["status"] = result
            report["root"]["steps"][0]["numericMeas"][0]["status"] = result if result in "PF" else "P"
            if result not in "PF":
                report["root"]["steps"][0].pop("numericMeas")
            wats.seed(reports=[report])

    return send


def rows(http, dimensions=None, **filter):
    reply = http.post(PATH, filter, {"dimensions": dimensions} if dimensions else None)
    assert reply.status == 200, reply.body
    return reply.json()


def test_passes_are_counted_by_runs(http, submit):
    for serial, results in {"1": "P", "2": "FP", "3": "FFP", "4": "FFFP", "5": "FE", "6": "PF"}.items():
        submit(serial, results)
    (row,) = rows(http, "partNumber")
    assert row == {
        "partNumber": "WIDGET-001",
        "unitCount": 6,
        "fpCount": 2,
        "spCount": 3,
        "tpCount": 4,
        "lpCount": 4,
        "fpy": pytest.approx(100 * 2 / 6),
        "spy": 50.0,
        "tpy": pytest.approx(100 * 4 / 6),
        "lpy": pytest.approx(100 * 4 / 6),
        "testReportCount": 14,
        "testYieldCount": 5,
        "testYield": pytest.approx(100 * 5 / 14),
        "fpFailCount": 4,
        "spFailCount": 3,
        "tpFailCount": 2,
        "lpFailCount": 2,
        "retestCount": 8,
        "firstUtc": "2026-01-05T07:01:00Z",
        "lastUtc": "2026-01-05T07:14:00Z",
        "ppmFpy": pytest.approx(1e6 * 4 / 6),
        "ppmSpy": 500_000.0,
        "ppmTpy": pytest.approx(1e6 * 2 / 6),
        "ppmLpy": pytest.approx(1e6 * 2 / 6),
        "ppmTestYield": pytest.approx(1e6 * 9 / 14),
    }


@settings(max_examples=40)
@given(runs=st.lists(st.tuples(st.sampled_from("123"), st.sampled_from("AB"), st.sampled_from("PFET")), max_size=12))
def test_any_runs_are_counted_as_a_plain_recount_does(make_report, runs):
    world, reports = World(), []
    units: dict[tuple[str, str], list[bool]] = {}
    for number, (serial, part, result) in enumerate(runs, start=1):
        report = make_report(number, sn=serial, pn=part, result=result)
        report["root"] |= {"status": result, "steps": []}
        reports.append(report)
        units.setdefault((part, serial), []).append(result == "P")
    world.reports.seed(reports)
    expected = []
    for part in sorted({part for part, _ in units}):
        of_part = [runs for (name, _), runs in units.items() if name == part]
        passes = [sum(any(runs[:count]) for runs in of_part) for count in (1, 2, 3)]
        expected.append((part, len(of_part), *passes, sum(runs[-1] for runs in of_part), sum(map(len, of_part))))
    dimensions = "partNumber;unitCount;fpCount;spCount;tpCount;lpCount;testReportCount"
    names = dimensions.split(";")
    found = yields(world, chosen(world, {}), dimensions)
    world.database.close()
    assert [tuple(row[name] for name in names) for row in found] == expected


def test_a_unit_belongs_to_the_group_of_its_first_run(http, submit):
    submit("1", "F", machineName="A")
    submit("1", "P", machineName="B")
    submit("2", "P", machineName="B")
    found = {row["stationName"]: row for row in rows(http, "stationName")}
    assert [found["A"][name] for name in ("unitCount", "fpCount", "spCount", "testReportCount")] == [1, 0, 1, 1]
    assert [found["B"][name] for name in ("unitCount", "fpCount", "testReportCount")] == [1, 1, 2]


def test_operations_are_apart(http, submit):
    submit("1", "P")
    submit("1", "F", processCode=10)
    found = [
        (row["testOperation"], row["processCode"], row["fpCount"]) for row in rows(http, "testOperation;processCode")
    ]
    assert found == [("Functional Test", 60, 1), ("SW Debug", 10, 0)]


def test_the_order_and_the_kpis_asked_for(http, submit):
    for part, units in (("A", 1), ("B", 3), ("C", 3)):
        for unit in range(units):
            submit(f"{part}{unit}", "P", pn=part)
    assert rows(http, "unitCount desc; partNumber desc") == [
        {"partNumber": "C", "unitCount": 3},
        {"partNumber": "B", "unitCount": 3},
        {"partNumber": "A", "unitCount": 1},
    ]
    assert [row["partNumber"] for row in rows(http, "partNumber;unitCount", topCount=2)] == ["A", "B"]
    assert [row["partNumber"] for row in rows(http, "partNumber", minCount=2)] == ["B", "C"]
    assert rows(http, "partNumber;unitCount", maxCount=2) == [{"partNumber": "C", "unitCount": 2}]
    in_the_body = {"dimensions": "partNumber;fpy", "partNumber": "A"}
    assert http.post(PATH, in_the_body).json() == [{"partNumber": "A", "fpy": 100.0}]


@pytest.mark.parametrize(
    ("filter", "serials"),
    [
        ({"serialNumber": "S1"}, 1),
        ({"serialNumber": "S1;S2"}, 2),
        ({"serialNumber": "S%"}, 3),
        ({"serialNumber": "*1"}, 1),
        ({"serialNumber": "s%"}, 0),
        ({"serialNumber": "S_"}, 0),
        ({"partNumber": "WIDGET-001", "revision": "B"}, 1),
        ({"stationName": "FCT-2"}, 1),
        ({"testOperation": "SW Debug"}, 1),
        ({"status": "Failed"}, 1),
        ({"batchNumber": "LOT"}, 1),
        ({"swFilename": "widget.seq", "swVersion": "1.0"}, 3),
        ({"socket": "4"}, 1),
        ({"miscDescription": "Lot", "miscValue": "7"}, 1),
        ({"miscInfoDescription": "Nothing"}, 0),
        ({"level": "Norway"}, 0),
        ({"dateFrom": "2026-01-05T07:02:00Z"}, 2),
        ({"dateFrom": "2026-01-05T08:02:00+01:00", "dateTo": "2026-01-05T07:03:00"}, 1),
        ({"dateTo": "2026-01-05"}, 0),
        ({"periodCount": 1, "dateGrouping": 4}, 0),
        ({"productGroup": "Widgets"}, 3),
        ({"productGroup": "Other"}, 0),
        ({"serialNumber": None, "yield": 95}, 3),
    ],
)
def test_filters(http, submit, filter, serials):
    uut = {"user": "u", "batchSN": "LOT", "testSocketIndex": 4}
    submit("S1", "P", machineName="FCT-2", uut=uut, miscInfos=[{"description": "Lot", "text": "7"}])
    submit("S2", "F", rev="B")
    submit("S3", "P", processCode=10)
    http.post("/api/Product/ProductGroup", {"name": "Widgets"})
    http.post("/api/Product/ProductGroupFilter", query={"productGroup": "Widgets", "partNumber": "WID%"})
    assert sum(row["unitCount"] for row in rows(http, "unitCount", **filter)) == serials


@pytest.mark.parametrize(
    ("grouping", "periods"),
    [
        (-1, [None]),
        (0, ["2025", "2026"]),
        (1, ["2025-Q4", "2026-Q1"]),
        (2, ["2025-12", "2026-01"]),
        (3, ["2026-W01"]),
        (4, ["2025-12-31", "2026-01-01"]),
        (5, ["2025-12-31T23:00Z", "2026-01-01T00:00Z"]),
    ],
)
def test_periods(http, submit, grouping, periods):
    submit("1", "P", start="2025-12-31T23:30:00Z", startUTC=None)
    submit("2", "P", start="2026-01-01T02:30:00+02:00", startUTC=None)
    assert [row["period"] for row in rows(http, "period", dateGrouping=grouping)] == periods


def test_the_last_periods(http, wats, submit):
    now = datetime(2025, 11, 28, 12, tzinfo=UTC)
    wats.world.clock = now.timestamp
    for age in range(1, 41):
        start = (now - timedelta(days=age)).isoformat()
        submit(str(age), "P", start=start, startUTC=None)

    def units(**filter):
        return sum(row["unitCount"] for row in rows(http, "unitCount", **filter))

    assert units() == 40
    assert units(periodCount=8, dateGrouping=4) == 7
    assert units(periodCount=8, dateGrouping=4, includeCurrentPeriod=False) == 8
    assert units(periodCount=8) == 7
    assert units(periodCount=100_000, dateGrouping=0) == 40
    assert 1 <= units(periodCount=2, dateGrouping=3) <= 13
    assert units(periodCount=3, dateGrouping=2) == 40
    assert units(periodCount=3, dateGrouping=1) == 40
    assert units(periodCount=48, dateGrouping=5) in {1, 2}


def test_nothing_asked_for_is_the_last_thirty_days(http, submit):
    submit("old", "P")
    for number in range(12):
        start = (datetime.now(UTC) - timedelta(days=2, minutes=number)).isoformat()
        submit(str(number), "P", pn=f"P{number}", start=start, startUTC=None)
    for body in ({}, b""):
        found = http.post(PATH, body).json()
        assert len(found) == 10
        assert {"partNumber", "testOperation", "fpy"} <= found[0].keys()


def test_a_report_with_several_values_counts_in_each_group(http, submit):
    misc = [{"description": "a", "text": "1"}, {"description": "b", "numeric": 2}]
    submit("1", "FP", miscInfos=misc, assets=[{"assetSN": "DMM"}])
    submit("2", "P")
    found = rows(http, "miscInfoDescription;miscInfoString;assetSerialNumber;unitCount;spCount;testReportCount")
    values = [tuple(row.values()) for row in found]
    assert values == [(None, None, None, 1, 1, 1), ("a", "1", "DMM", 1, 1, 2), ("b", "2", "DMM", 1, 1, 2)]


def test_every_other_dimension(http, submit):
    http.put("/api/Product", {"partNumber": "WIDGET-001", "name": "Widget"})
    submit("1", "P", uut={"user": "anna", "fixtureId": "F", "errorCode": 5, "batchSN": "B", "testSocketIndex": 2})
    names = (
        "productName;location;purpose;revision;swFilename;swVersion;level;batchNumber;operator;fixtureId;socketIndex"
    )
    names += ";errorCode;stepCausedUutFailure;stepPathCausedUutFailure"
    (row,) = rows(http, f"{names};unitCount")
    expected = ["Widget", "Oslo", "Production", "A", "widget.seq", "1.0", None, "B", "anna", "F", 2, 5, None, None, 1]
    assert list(row.values()) == expected


@pytest.mark.parametrize(
    ("dimensions", "filter"),
    [
        ("nothing", {}),
        ("partNumber up", {}),
        ("fpyTrend", {}),
        ("partNumber", {"dateGrouping": 6}),
        ("partNumber", {"periodCount": 0}),
        ("partNumber", {"dateFrom": "yesterday"}),
        ("partNumber", {"partNumber": 5}),
        ("partNumber", {"topCount": "10"}),
        ("partNumber", {"serialNumber": "x" * 3000}),
        ("partNumber", {"serialNumber": ";".join("x" * 300)}),
    ],
)
def test_what_cannot_be_answered_is_refused_with_words(http, dimensions, filter):
    reply = http.post(PATH, filter, {"dimensions": dimensions})
    assert reply.status == 400
    assert reply.message
