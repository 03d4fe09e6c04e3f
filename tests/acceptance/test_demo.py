"""The demo as a process: the first thing that anybody sees."""

import csv
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import PATIENCE

PAGE = str(Path("out", "demo", "result.html"))
ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ROOT / "configs"
FILES = len(list((CONFIGS / "demo" / "inbox").iterdir()))
UPLOADED = FILES - 3
"""One sample file is a copy of another, one is cut off, one contradicts itself."""
HEADERS = UPLOADED - 1
"""One report is of a repair."""


def demo(folder, *options):
    proxies = {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}  # must not be asked
    done = subprocess.run(
        [sys.executable, str(ROOT / "run.py"), "demo", *options],
        cwd=folder,
        env={**os.environ, **proxies},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert "Traceback" not in done.stderr
    return done


def digests(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_demo_shows_the_whole_way_and_can_be_repeated(tmp_path):
    shipped = digests(CONFIGS)
    first = demo(tmp_path)
    assert first.returncode == 0, first.stderr
    table = {line.partition("  ")[0]: line for line in first.stdout.splitlines()}
    for what, count in (("files", FILES), ("uploaded", UPLOADED), ("duplicates", 1), ("quarantined", 2)):
        assert table[what].split()[1] == str(count)
    assert "out/yield.csv" in table["output yield"]
    assert "first pass yield" in table
    assert first.stdout.splitlines()[-1].endswith(f": {PAGE}")
    assert_picture((tmp_path / PAGE).read_text("utf-8"))
    with (tmp_path / "out" / "headers.csv").open(newline="") as stream:
        headers = list(csv.DictReader(stream))
    assert len(headers) == HEADERS
    assert {header["part_number"] for header in headers} == {"WIDGET-001", "PUMP-CTRL-200"}
    reasons = sorted((tmp_path / "out" / "demo" / "quarantine").glob("*.reason.json"))
    assert [json.loads(path.read_text())["reason"] for path in reasons] == ["malformed", "refused"]
    second = demo(tmp_path)
    assert second.returncode == 0, second.stderr
    assert second.stdout == first.stdout
    assert digests(CONFIGS) == shipped


def assert_picture(page):
    """The page has a bar for the yield of each product, and a column for each time that had tests."""
    assert page.count("<svg") == 2
    assert "First pass yield. PUMP-CTRL-200 ICT: 87.5 %; WIDGET-001 Functional Test: 81.8 %" in page
    tests = [tuple(map(int, found)) for found in re.findall(r": (\d+) passed, (\d+) failed</title>", page)]
    *periods, whole = [*tests[1:], tests[0]]
    assert tuple(map(sum, zip(*periods, strict=True))) == whole
    assert sum(whole) == HEADERS
    assert "http" not in page.partition("<body>")[0].replace("http-equiv", "")
    assert not re.search(r"<script|<link|src=|href=", page)


def test_the_demo_shows_plain_lines_where_there_is_no_terminal(tmp_path):
    done = demo(tmp_path)
    assert "\x1b" not in done.stdout + done.stderr
    assert f"files: {FILES} found, {FILES - 1} taken" in done.stderr.splitlines()
    assert any(line.startswith(f"headers: {HEADERS} rows in ") for line in done.stderr.splitlines())


def test_the_demo_speaks_json(tmp_path):
    done = demo(tmp_path, "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["ok"], found["ingest"]["uploaded"]) == (0, True, UPLOADED)
    assert [step["rows"] for step in found["job"]["steps"]] == [HEADERS, 2]
    assert (tmp_path / found["page"]).is_file()


INTERRUPTED = """
import os, signal, sys
from pywats import cli
from pywats.ingest.journal import Journal, Kind

tell = Journal.tell

def interrupt(journal, event):
    if event.kind is Kind.REPORT_UPLOADED:
        Journal.tell = tell
        os.kill(os.getpid(), signal.SIGINT)
    tell(journal, event)

Journal.tell = interrupt
sys.exit(cli.main(["demo"]))
"""
"""The demo, interrupted when the first report has arrived."""


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent to processes another way on Windows")
def test_ctrl_c_ends_the_demo_with_one_line(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.stderr.startswith("demo: a sandbox at ")
    assert done.returncode == 130
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1] == "pywats: interrupted"
    assert "Traceback" not in done.stderr


def test_the_demo_touches_nothing_of_the_users(tmp_path):
    mine = tmp_path / "out" / "demo" / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("precious")
    done = demo(tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert mine.read_text() == "precious"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path):
    tmp_path.chmod(0o500)
    done = demo(tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
