"""The first page works to the letter, in the order in which it stands, on an empty folder."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from pywats.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "GETTING_STARTED.md").read_text("utf-8")
BLOCK = re.compile(
    r'^(?P<unrun><!-- no-run: [^\n]+ -->\n)?```(?P<language>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<code>.*?)^```$',
    re.MULTILINE | re.DOTALL,
)
SERVER = "pywats sandbox --seed-demo --port 8765"


def test_every_step_works(tmp_path):
    with Sandbox(seed_demo=True, token="sandbox") as wats:  # as SERVER starts it, on a free port
        said = follow(PAGE.replace("http://127.0.0.1:8765", wats.url), tmp_path)
        serial_numbers = {report["sn"] for report in wats.reports()}
    assert "WIDGET-001 Widget" in said["python first.py"]
    assert re.search(r"^WIDGET-001 .* units, first pass \d+\.\d %$", said["python weekly_yield.py"], re.MULTILINE)
    assert list((tmp_path / "out").glob("yield-*.csv"))
    assert "done" in said["pywats spool find SN-0002 --config station.yaml"]
    assert {"SN-0001", "SN-0002"} <= serial_numbers


def follow(page: str, folder: Path) -> dict[str, str]:
    """Do what a page says, and return what each command printed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    said: dict[str, str] = {}
    for block in BLOCK.finditer(page):
        if block["unrun"]:
            continue
        if block["title"]:
            (folder / block["title"]).write_text(block["code"])
        elif block["language"] == "sh":
            environment |= dict(re.findall(r"^export (\w+)=(.*)$", block["code"], re.MULTILINE))
        for command in re.findall(r"^\$ (.+)$", block["code"], re.MULTILINE):
            if command != SERVER:
                said[command] = run(command, folder, environment)
    assert len(said) > 8
    return said


def run(command: str, folder: Path, environment: dict[str, str]) -> str:
    program, *words = shlex.split(command)
    start = {"python": [sys.executable], "pywats": [sys.executable, "-m", "pywats"]}[program]
    done = subprocess.run(
        [*start, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout
