"""The job files of configs/, each run against the sandbox: the same state gives the same files."""

import copy
import csv
import io
import re
import shutil
import sqlite3
import sys
import textwrap
import zipfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from runpy import run_path

import pyarrow.parquet as pq
import pytest
from lxml import html

from pywats.config import load
from pywats.jobs import JobFile, run
from pywats.plots import process_capability

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
CONFIGS = ROOT / "configs"
GUIDE = (ROOT / "docs" / "how-to" / "jobs.md").read_text("utf-8")
IN_GUIDE = [textwrap.dedent(text) for text in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)]
NOW = datetime(2026, 1, 10, tzinfo=UTC)


@pytest.fixture
def example(wats_sandbox, wats_async_api, tmp_path, monkeypatch):
    """Run an example in a folder of its own, and return the names and contents of its files."""
    environ = {"WATS_BASE_URL": wats_sandbox.url, "WATS_AUTH_TOKEN": wats_sandbox.token}

    async def run_in(name, folder, file=None):
        (tmp_path / folder).mkdir(exist_ok=True)
        monkeypatch.chdir(tmp_path / folder)
        job = load(file or CONFIGS / f"{name}.yaml", JobFile, environ=environ)
        summary = await run(job, wats_async_api, started=NOW, out=io.StringIO())
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


async def test_measurements(example, wats_sandbox, make_report):
    values = [round(5.02 + 0.01 * (number % 7 - 3), 2) for number in range(20)]
    reports = [make_report(number) for number in range(20)]
    for report, value in zip(reports, values, strict=True):
        (step,) = report["root"]["steps"]
        step["name"] = "Output voltage"
        report["root"] = {
            **report["root"],
            "steps": [{**step, "numericMeas": [{**step["numericMeas"][0], "value": value}]}],
        }
    wats_sandbox.seed(reports=reports)
    files = await example("measurements", "a")
    assert len(pq.read_table("out/measurements.parquet")) == 20
    (capability,) = rows("out/capability.csv")
    indices = process_capability(values, low=4.75, high=5.25)
    assert (capability["path"], capability["count"]) == ("Output voltage", "20")
    assert float(capability["mean"]) == pytest.approx(indices.mean)
    assert float(capability["cpk"]) == pytest.approx(indices.cpk)
    assert {"out/histogram.svg", "out/histogram.png", "out/capability.svg", "out/capability.png"} <= set(files)
    assert b"Output voltage of WIDGET-001" in files["out/capability.svg"]
    assert await example("measurements", "b") == files


def test_the_last_week_of_the_page_is_the_tenth_after_the_ninth(tmp_path):
    weeks = ("2026-W10,A,50.0,3", "2026-W9,A,90.0,1")
    (tmp_path / "yield.csv").write_text("\n".join(("period,station_name,fpy,unit_count", *weeks)))
    (row,) = run_path(str(EXAMPLES / "weekly_yield_page.py"))["stations"](tmp_path, 95.0)
    assert [cell.text for cell in html.fromstring(row)] == ["A", "2026-W10", "3", "50.0 %", "90.0 %"]


async def test_yield_by_station_and_its_page(example, wats_sandbox, make_report, monkeypatch):
    now = datetime.now(UTC).replace(microsecond=0)
    made = []
    for number in range(60):
        start = (now - timedelta(days=8 + number)).isoformat()
        result = {"result": "F", "root": failed(make_report()["root"])} if number % 6 == 0 else {}
        station = f"FCT-{1 + number % 2}"
        made.append(make_report(number, start=start, startUTC=start, machineName=station, **result))
    wats_sandbox.seed(reports=made)
    files = await example("yield-by-station", "a")
    yields = rows("out/weekly/yield.csv")
    assert {row["station_name"] for row in yields} == {"FCT-1", "FCT-2"}
    assert sum(int(row["unit_count"]) for row in yields) >= 50
    (failure,) = rows("out/weekly/failures.csv")
    assert failure["step_name"] == "Supply"
    assert await example("yield-by-station", "b") == files
    monkeypatch.setattr(sys, "argv", ["weekly_yield_page.py"])
    run_path(str(EXAMPLES / "weekly_yield_page.py"), run_name="__main__")
    page = Path("out/weekly/index.html").read_text("utf-8")  # noqa: ASYNC240
    document = html.fromstring(page)
    assert [row[0].text for row in document.findall(".//tr")[1:]] == ["FCT-1", "FCT-2"]
    titles = [svg.find("title").text for svg in document.iter("svg")]
    assert titles == ["First pass yield by station", "Steps that failed"]
    ids = [element.get("id") for element in document.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert not re.search(r"<script|<link|<img|src=", page)


def failed(root):
    (step,) = root["steps"]
    measured = {**step["numericMeas"][0], "value": 9.0, "status": "F"}
    return {**root, "status": "F", "steps": [{**step, "status": "F", "numericMeas": [measured]}]}


def test_the_page_of_the_yield_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["weekly_yield_page.py", str(tmp_path)])
    with pytest.raises(SystemExit, match="run the job first"):
        run_path(str(EXAMPLES / "weekly_yield_page.py"), run_name="__main__")


def archive(**contents):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        for name, content in contents.items():
            made.writestr(f"app/sub/{name}.txt", content)
        made.writestr("app/shared.txt", "the same in all")
    return packed.getvalue()


async def test_software_backup(example, wats_async_api, wats_sandbox):
    software = wats_async_api.software
    first = await software.create_package("tester")
    await software.upload_zip(first.package_id, archive(main="measure"))
    await example("software-backup", "a")
    backup = Path("out/software")
    listed = "SELECT package, version, name, content_id, size FROM files ORDER BY name"

    def kept():
        with closing(sqlite3.connect(backup / "packages.db")) as database:
            found = database.execute(listed).fetchall()
        return {
            (package, version, name): (backup / content).read_bytes() for package, version, name, content, _ in found
        }

    assert kept() == {("tester", 1, "main.txt"): b"measure", ("tester", 1, "shared.txt"): b"the same in all"}

    def fetched():
        return [record.path for record in wats_sandbox.requests if "DownloadFile" in record.path]

    before = len(fetched())
    await example("software-backup", "a")
    assert len(fetched()) == before
    second = await software.create_package("logger")
    await software.upload_zip(second.package_id, archive(log="write"))
    await example("software-backup", "a")
    assert len(kept()) == 4
    assert kept()["logger", 1, "log.txt"] == b"write"
    assert len(fetched()) == before + 1  # the other content is there already


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


async def test_a_report_behind_a_byte_order_mark_is_sent_without_it(example, wats_sandbox, tmp_path):
    report = (CONFIGS / "demo" / "inbox" / "FCT-1_W1001.json").read_bytes()
    (tmp_path / "a" / "inbox").mkdir(parents=True)
    (tmp_path / "a" / "inbox" / "x.json").write_bytes(b"\xef\xbb\xbf" + report)
    await example("upload-folder", "a")
    assert [sent["sn"] for sent in wats_sandbox.reports()] == ["W1001"]


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
        with closing(sqlite3.connect("out/units.db")) as sql:
            assert sql.execute("SELECT count(*) FROM history").fetchall() == [(20,)]


def of_today(report, *, result):
    """Return a report of an hour ago, all of which passed or failed."""
    start = datetime.now(UTC) - timedelta(hours=1)
    report = copy.deepcopy(report) | {"start": start.isoformat(), "startUTC": start.isoformat(), "result": result}
    root = report["root"]
    (step,) = root["steps"]
    for each in (root, step, *step["numericMeas"]):
        each["status"] = result
    if result == "F":
        step["numericMeas"][0]["value"] = 9.0
    return report


async def test_the_jobs_of_the_guide(example, wats_sandbox, make_report, tmp_path):
    results = ["P", "F", "F"]
    wats_sandbox.seed(reports=[of_today(make_report(number), result=each) for number, each in enumerate(results)])
    for number, text in enumerate(IN_GUIDE):
        (tmp_path / f"{number}.yaml").write_text(text)
        await example(None, "a", tmp_path / f"{number}.yaml")
    with closing(sqlite3.connect("out/tests.db")) as sql:
        assert sql.execute("SELECT count(*) FROM headers").fetchall() == [(3,)]
    (worst,) = rows("out/pareto.csv")
    assert (worst["path"], worst["failures"]) == ("Supply", "2")
    with closing(sqlite3.connect("out/yield.db")) as sql:
        (weekly,) = sql.execute("SELECT tests, passed, percent FROM weekly").fetchall()
    assert weekly == (3, 1, 33.3)
