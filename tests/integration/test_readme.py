"""What the README shows works as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from pywats.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def run(wats: Sandbox, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        env={**os.environ, "WATS_BASE_URL": wats.url, "WATS_AUTH_TOKEN": wats.token},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def wats(wats_sandbox, make_report):
    wats_sandbox.seed(reports=[make_report(number) for number in (1, 2)])
    return wats_sandbox


@pytest.mark.parametrize("code", blocks("python"))
def test_each_python_example_runs_on_an_empty_folder(code, wats, tmp_path):
    done = run(wats, tmp_path, "-c", code)
    assert (done.returncode, done.stderr) == (0, "")
    assert "WIDGET-001" in done.stdout or "SN00001" in done.stdout


def test_the_ingest_example_uploads_what_is_in_its_folder(wats, tmp_path, make_report):
    (example,) = (block for block in blocks("yaml") if "kind: ingest" in block)
    (tmp_path / "station.yaml").write_text(example)
    watched = tmp_path / "var" / "ict"
    watched.mkdir(parents=True)
    (watched / "report.json").write_bytes(orjson.dumps(make_report(3)))
    done = run(wats, tmp_path, "-m", "pywats", "ingest", "station.yaml", "--once")
    assert done.returncode == 0, done.stderr
    assert "SN00003" in {report["sn"] for report in wats.reports()}
    assert [path.name for path in (watched / "done").rglob("*.json")] == ["report.json"]


def test_the_job_example_is_valid_and_writes_its_file(wats, tmp_path):
    (example,) = (block for block in blocks("yaml") if "kind: job" in block)
    (tmp_path / "headers.yaml").write_text(example)
    valid = run(wats, tmp_path, "-m", "pywats", "validate", "headers.yaml")
    assert valid.returncode == 0, valid.stderr
    done = run(wats, tmp_path, "-m", "pywats", "run", "headers.yaml")
    assert done.returncode == 0, done.stderr
    assert "SN00001" in (tmp_path / "out" / "headers.csv").read_text()


def test_the_commands_named_exist(tmp_path, wats):
    offered = run(wats, tmp_path, "-m", "pywats", "--help").stdout
    named = set(re.findall(r"pywats (demo|sandbox|ingest|run|validate|call|doctor)\b", README))
    assert len(named) == 7
    assert {command for command in named if f"\n  {command} " not in offered} == set()


def test_the_targets_named_exist():
    offered = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    named = set(re.findall(r"(?:`|\$ |^    )make (\w+)", README, re.MULTILINE)) - {"help"}
    assert {"demo", "test", "wheelhouse", "docs"} <= named
    assert {target for target in named if f"make {target} " not in offered} == set()
