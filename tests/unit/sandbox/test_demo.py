"""The contents of a demonstration."""

from collections import Counter
from datetime import UTC, datetime

from pywats import pyWATS
from pywats.sandbox import Sandbox
from pywats.sandbox.demo import demo_reports

TODAY = datetime(2026, 3, 1, tzinfo=UTC)


def test_there_are_products_and_thirty_days_of_reports(client):
    with Sandbox(seed_demo=True) as wats:
        http = client(wats.url, wats.token)
        products = http.get("/api/Product/Query").json()
        assert len(products) == 5
        assert all(product["revisions"] and product["tags"] for product in products)
        days = http.post("/api/App/DynamicYield", {"dateGrouping": 4}, {"dimensions": "period"}).json()
        assert len(days) == 30
        assert all(50 < day["fpy"] <= day["lpy"] <= 100 for day in days)
        assert any(day["fpy"] < day["lpy"] for day in days)


def test_the_same_day_and_seed_give_the_same_reports():
    assert list(demo_reports(TODAY)) == list(demo_reports(TODAY))
    assert list(demo_reports(TODAY)) != list(demo_reports(TODAY, seed=2))
    assert len({report["id"] for report in demo_reports(TODAY)}) == len(list(demo_reports(TODAY))) > 1000


def test_failures_are_repaired_and_units_are_built_from_boards_that_passed():
    reports = list(demo_reports(TODAY))
    by_id = {report["id"]: report for report in reports}
    assert [report["startUTC"] for report in reports] == sorted(report["startUTC"] for report in reports)
    repairs = [report for report in reports if report["type"] == "R"]
    assert len(repairs) > 20
    for repair in repairs:
        failed = by_id[repair["uur"]["refUUT"]]
        assert (failed["sn"], failed["result"]) == (repair["sn"], "F")
        assert failed["startUTC"] < repair["startUTC"]
    built_in = Counter(
        part["sn"] for report in reports for part in report.get("subUnits", ()) if "failures" not in part
    )
    last = {report["sn"]: report for report in reports if report["type"] == "T"}
    assert 0 < sum(report["result"] == "F" for report in last.values()) < 30
    assert built_in
    assert {last[serial_number]["result"] for serial_number in built_in} == {"P"}


def test_the_factory_has_stations_assets_tickets_and_box_builds():
    with Sandbox(seed_demo=True) as wats, pyWATS(wats.url, wats.token, rate_limit=None, trust_env=False) as api:
        assert {client.status for client in api.system.get_clients()} == {"Online"}
        due = [asset.next_calibration_date for asset in api.asset.get_assets() if asset.next_calibration_date]
        now = datetime.now(UTC)
        days = sorted((date - now).days for date in due)
        assert days[0] < 0 < days[1] < 14 < days[2]
        assert all(asset.running_count for asset in api.asset.get_assets("contains(serialNumber, 'FIX')"))
        (ticket, *_) = api.rootcause.get_tickets(view=2)
        assert api.report.get_report(ticket.report_uuid).result == "F"
        packages = [(each.name, each.version, each.status) for each in api.software.get_packages()]
        assert ("Board tests", 2, "Released") in packages
        assert ("Widget tests", 2, "Draft") in packages
        parts = api.product.get_box_build_subunits("WIDGET-001", "B")
        assert [part.child_part_number for part in parts] == ["CTRL-BOARD", "PSU-24V"]


def test_units_are_finished_built_in_or_scrapped():
    with Sandbox(seed_demo=True) as wats, pyWATS(wats.url, wats.token, rate_limit=None, trust_env=False) as api:
        built = [report for report in wats.reports() if report["type"] == "T" and report.get("subUnits")]
        last = {report["sn"]: report for report in built}
        whole = next(report for report in last.values() if report["result"] == "P")
        unit = api.production.get_unit(whole["sn"], whole["pn"])
        assert unit.batch_number == whole["uut"]["batchSN"]
        parts = {part.serial_number: part for part in unit.sub_units}
        assert set(parts) == {part["sn"] for part in whole["subUnits"]}
        passed = {report["sn"]: report["result"] == "P" for report in wats.reports() if report["type"] == "T"}
        units = api.production.query_units(top=1000)
        assert {each.serial_number: each.unit_phase for each in units} == {
            serial_number: "Finalized" if whole else "Scrapped" for serial_number, whole in passed.items()
        }


def test_what_is_there_is_not_seeded_again(tmp_path, make_report):
    path = tmp_path / "wats.db"
    with Sandbox(db=path) as wats:
        wats.seed(reports=[make_report(1)])
    with Sandbox(db=path, seed_demo=True) as wats:
        assert len(wats.reports()) == 1
