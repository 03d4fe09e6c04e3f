"""The job files of configs/, each run against the sandbox: the same state gives the same files."""

import csv
import io
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pywats.config import load
from pywats.jobs import JobFile, run

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
NOW = datetime(2026, 1, 10, tzinfo=UTC)


@pytest.fixture
def example(wats_sandbox, wats_async_api, tmp_path, monkeypatch):
    """Run an example in a folder of its own, and return the names and contents of its files."""
    environ = {"WATS_BASE_URL": wats_sandbox.url, "WATS_AUTH_TOKEN": wats_sandbox.token}

    async def run_in(name, folder):
        (tmp_path / folder).mkdir(exist_ok=True)
        monkeypatch.chdir(tmp_path / folder)
        summary = await run(
            load(CONFIGS / f"{name}.yaml", JobFile, environ=environ), wats_async_api, started=NOW, out=io.StringIO()
        )
        assert summary.ok, summary.error
        return {str(path): path.read_bytes() for path in Path("out").rglob("*") if path.is_file()}  # noqa: ASYNC240

    return run_in


@pytest.fixture
def reports(wats_sandbox, make_report):
    wats_sandbox.seed(reports=[make_report(number) for number in range(1, 21)])


def rows(name):
    with Path(name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.usefixtures("reports")
async def test_headers_nightly(example, wats_sandbox, make_report):
    first = await example("headers-nightly", "a")
    assert len(pq.read_table("out/headers")) == 20
    assert await example("headers-nightly", "b") == first
    wats_sandbox.seed(reports=[make_report(99, startUTC="2020-01-01T00:00:00Z", start="2020-01-01T00:00:00+00:00")])
    await example("headers-nightly", "b")
    assert len(pq.read_table("out/headers")) == 21


@pytest.mark.usefixtures("reports")
async def test_measurements(example):
    files = await example("measurements", "a")
    assert len(pq.read_table("out/measurements.parquet")) == 20
    (capability,) = rows("out/capability.csv")
    assert (capability["path"], capability["count"], float(capability["mean"])) == ("Supply", "20", pytest.approx(5.02))
    assert await example("measurements", "b") == files


async def test_calibration_due(example, wats_async_api):
    await wats_async_api.asset.create_asset_type("Meter", calibration_interval=100)
    (type_,) = [each for each in await wats_async_api.asset.get_asset_types() if each.type_name == "Meter"]
    for number, days in (("M1", 10), ("M2", 90), ("M3", 2)):
        due = NOW + timedelta(days=days)
        await wats_async_api.asset.create_asset(number, type_.type_id, next_calibration_date=due)
    files = await example("calibration-due", "a")
    assert [row["serial_number"] for row in rows("out/calibration-due.csv")] == ["M3", "M1"]
    assert await example("calibration-due", "b") == files


async def test_upload_folder(example, wats_sandbox, tmp_path):
    for folder in ("a", "b"):
        shutil.copytree(CONFIGS / "demo" / "inbox", tmp_path / folder / "inbox")
    files = await example("upload-folder", "a")
    sent = {row["id"] for row in rows("out/sent.csv")}
    assert sent == {report["id"] for report in wats_sandbox.reports()}
    assert await example("upload-folder", "b") == files
    assert len(wats_sandbox.reports()) == len(sent)


async def test_products_from_csv(example, wats_sandbox, wats_async_api, tmp_path):
    await wats_async_api.product.create_product("A-1", "There already")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "products.csv").write_text("part_number,name,description\nA-1,New,x\n0012,Box,\n")
    first = await example("products-from-csv", "a")
    assert [(row["part_number"], row["name"]) for row in rows("out/products.csv")] == [
        ("0012", "Box"),
        ("A-1", "There already"),
    ]
    there = await wats_async_api.product.get_product("A-1")
    assert there is not None
    assert there.name == "There already"
    before = len(wats_sandbox.requests)
    assert await example("products-from-csv", "a") == first
    assert {request.method for request in wats_sandbox.requests[before:]} == {"GET"}


@pytest.mark.usefixtures("reports")
async def test_unit_history(example):
    assert await example("unit-history", "a") == await example("unit-history", "b")
    for folder in ("b", "a"):
        await example("unit-history", folder)
        assert sqlite3.connect("out/units.db").execute("SELECT count(*) FROM history").fetchall() == [(20,)]
