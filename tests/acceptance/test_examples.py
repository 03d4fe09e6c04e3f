"""The examples do what they say, as programs of their own, on the sandbox."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pywats.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"


@pytest.fixture(scope="module")
def factory():
    with Sandbox(seed_demo=True) as wats:
        yield wats


@pytest.fixture
def run(factory, tmp_path):
    def run(*words: object, url: str = "", **options) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "WATS_BASE_URL": url or factory.url,
            "WATS_AUTH_TOKEN": factory.token,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # those of this project; the example needs none
        }
        return subprocess.run(
            [sys.executable, *map(str, words)],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            **options,
        )

    return run


def sent(factory, serial_number):
    return [report for report in factory.reports() if report["sn"] == serial_number]


def test_the_yield_report_shows_products_days_and_failures(run, tmp_path):
    done = run(EXAMPLES / "yield_report.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^WIDGET-001 .*%$", done.stdout, re.MULTILINE)
    assert re.search(r"^\d{4}-\d\d-\d\d #*\.+ \d+ of \d+$", done.stdout, re.MULTILINE)
    assert re.search(r"steps that fail most often\n +\d+  \S", done.stdout)
    for name in ("yield.svg", "failures.svg"):
        assert name in done.stdout
        assert b"<svg" in (tmp_path / name).read_bytes()


def test_the_station_loop_sends_each_unit_it_is_given_or_reads(run, factory):
    done = run(EXAMPLES / "station_loop.py", "LOOP-0001", "LOOP-0002")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "all sent"
    done = run(EXAMPLES / "station_loop.py", input="LOOP-0003\n\n")
    assert done.returncode == 0
    for number in range(1, 4):
        (report,) = sent(factory, f"LOOP-000{number}")
        assert (report["machineName"], report["location"]) == ("LOOP-1", "Oslo")


def test_the_station_loop_keeps_reports_until_there_is_a_server(run, factory):
    nobody = "http://127.0.0.1:9"
    text = (EXAMPLES / "station_loop.py").read_text("utf-8").replace("flush(timeout=10.0)", "flush(timeout=0.2)")
    done = run("-c", text, "LOOP-0004", url=nobody)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "1 waiting for the server")
    assert "cannot ask (ConnectionError), testing all the same" in done.stdout
    assert run(EXAMPLES / "station_loop.py", "LOOP-0005").returncode == 0
    assert len(sent(factory, "LOOP-0004")) == len(sent(factory, "LOOP-0005")) == 1


@pytest.fixture
def test_widget(run, tmp_path):
    """Runs pytest on the example in a folder of its own, the supply of the widget at so many volts."""

    def test_widget(volts: float, *options: str) -> subprocess.CompletedProcess[str]:
        for name in ("conftest.py", "test_widget.py"):
            text = (EXAMPLES / "pytest_station" / name).read_text("utf-8")
            assert name == "conftest.py" or '"3V3": 3.31' in text
            (tmp_path / name).write_text(text.replace('"3V3": 3.31', f'"3V3": {volts}'))
        return run("-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, tmp_path, *options)

    return test_widget


def test_a_run_of_pytest_is_a_report_of_its_unit(test_widget, factory):
    done = test_widget(3.31, "--serial-number", "PT-0001")
    assert done.returncode == 0, done.stdout + done.stderr
    (report,) = sent(factory, "PT-0001")
    assert report["result"] == "P"
    assert [step["name"] for step in report["root"]["steps"]] == [
        "test_supplies: 3V3",
        "test_supplies: 5V",
        "test_supplies",
        "test_self_test",
    ]
    assert report["id"] in done.stdout


def test_a_failed_test_is_a_failed_report(test_widget, factory):
    assert test_widget(3.9, "--serial-number", "PT-0002").returncode == 1
    (report,) = sent(factory, "PT-0002")
    assert report["result"] == "F"
    assert report["root"]["steps"][0]["numericMeas"][0]["value"] == 3.9


def test_without_a_unit_pytest_sends_nothing(test_widget, factory):
    before = len(factory.reports())
    assert test_widget(3.31).returncode == 0
    assert len(factory.reports()) == before


async def test_the_service_answers_from_wats_and_says_what_goes_wrong(factory, monkeypatch, aiohttp_client):
    monkeypatch.setenv("WATS_BASE_URL", factory.url)
    monkeypatch.setenv("WATS_AUTH_TOKEN", factory.token)
    monkeypatch.syspath_prepend(EXAMPLES)
    from aiohttp_service import application

    service = await aiohttp_client(application())

    async def get(path):
        async with service.get(path) as answer:
            return answer.status, await answer.json()

    assert await get("/products/WIDGET-001") == (200, {"part_number": "WIDGET-001", "name": "Widget"})
    assert (await get("/products/NO%2FSUCH"))[0] == 404
    status, rows = await get("/yield?days=30")
    assert status == 200
    assert {"product", "units", "fpy"} == set(rows[0])
    assert (await get("/yield?days=x"))[0] == 400
    assert await get("/health") == (200, {"good": True, "last_error": ""})
    factory.fail("GET /api/Product/WIDGET-001", status=500, times=3)
    assert (await get("/products/WIDGET-001"))[0] == 502
