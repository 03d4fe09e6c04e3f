"""The contents of a demonstration."""

from datetime import UTC, datetime

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


def test_what_is_there_is_not_seeded_again(tmp_path, make_report):
    path = tmp_path / "wats.db"
    with Sandbox(db=path) as wats:
        wats.seed(reports=[make_report(1)])
    with Sandbox(db=path, seed_demo=True) as wats:
        assert len(wats.reports()) == 1
