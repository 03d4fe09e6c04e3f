"""Jobs as processes that are killed: started again, they leave what one that was not killed leaves."""

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from pywats.jobs import State

ROOT = Path(__file__).resolve().parents[2]
REPORTS = 30
KILLS = 3
JOB = """
kind: job
name: killed
server: {base_url: "${WATS_BASE_URL}", token: "${WATS_AUTH_TOKEN}", trust_env: false}
limits: {rate: none}
steps:
  - id: headers
    call: report.iter_uut_headers
    with: {page_size: 3}
    resume: {by: timeStamp, key: uuid}
    into:
      parquet: {path: out/headers, mode: append}
      sqlite: {path: out/headers.db, table: headers, mode: append}
      duckdb: {path: out/headers.duckdb, table: headers, mode: append}
  - id: bodies
    for_each: "{{ steps.headers.rows }}"
    call: report.get_report_json
    with: {report_id: "{{ item.uuid }}"}
    into: {jsonl: out/bodies.jsonl.gz, csv: out/bodies.csv}
"""


@pytest.fixture
def seeded(wats_sandbox, make_report):
    wats_sandbox.seed(reports=[make_report(number) for number in range(REPORTS)])
    return wats_sandbox


class Folder:
    """A folder in which the job runs."""

    def __init__(self, path, wats):
        self.path = path
        path.mkdir()
        (path / "j.yaml").write_text(JOB)
        self._environ = {**os.environ, "WATS_BASE_URL": wats.url, "WATS_AUTH_TOKEN": wats.token}

    def start(self):
        command = [sys.executable, str(ROOT / "run.py"), "run", "j.yaml", "--json"]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, cwd=self.path, env=self._environ, text=True, **pipes)

    def run(self):
        with self.start() as process:
            out, errors = process.communicate(timeout=60)
        assert process.returncode == 0, out + errors
        return json.loads(out)

    def kill(self, after):
        with self.start() as process:
            deadline = time.monotonic() + 10
            while not (self.path / "var/jobs.db").exists() and time.monotonic() < deadline:
                time.sleep(0.005)
            time.sleep(after)
            process.kill()

    def die(self, point):
        (self.path / "sitecustomize.py").write_text(f"POINT = {point!r}\n" + DIES)
        self._environ["PYTHONPATH"] = os.pathsep.join((str(self.path), str(ROOT)))
        with self.start() as process:
            _, errors = process.communicate(timeout=60)
        assert process.returncode == 9, errors
        del self._environ["PYTHONPATH"]

    def contents(self):
        out = self.path / "out"
        rows = pq.read_table(out / "headers", columns=["uuid"])["uuid"].to_pylist()
        tables = [
            sorted(connect(out / name).execute("SELECT uuid FROM headers").fetchall())
            for connect, name in ((sqlite3.connect, "headers.db"), (duckdb.connect, "headers.duckdb"))
        ]
        files = {path.name: path.read_bytes() for path in out.glob("bodies.*")}
        return sorted(rows), tables, files

    def marks(self):
        with State(self.path / "var/jobs.db") as state:
            return state.marks("killed")

    def leftovers(self):
        return [path.name for path in self.path.rglob("*.part")]


def test_a_killed_run_that_is_started_again_leaves_what_another_leaves(seeded, tmp_path):
    undisturbed = Folder(tmp_path / "undisturbed", seeded)
    undisturbed.run()
    folder = Folder(tmp_path / "killed", seeded)
    for _ in range(KILLS):
        folder.kill(random.uniform(0.0, 0.5))
    folder.run()
    rows, tables, _ = folder.contents()
    assert rows == undisturbed.contents()[0]
    assert len(rows) == REPORTS
    assert tables == undisturbed.contents()[1]
    assert folder.marks() == undisturbed.marks()
    assert folder.leftovers() == []


def test_a_run_that_dies_while_it_puts_things_in_their_place(seeded, tmp_path):
    undisturbed = Folder(tmp_path / "undisturbed", seeded)
    undisturbed.run()
    for point in ("before", "between", "after"):
        folder = Folder(tmp_path / point, seeded)
        folder.die(point)
        summary = folder.run()
        assert summary["recovered"]
        assert summary["steps"] == []
        assert folder.contents() == undisturbed.contents()
        assert folder.marks() == undisturbed.marks()
        assert folder.leftovers() == []


DIES = """
import os
from pywats.jobs.placing import Placement

placed, place = 0, Placement.place

def dying(self):
    global placed
    if POINT == "before":
        os._exit(9)
    place(self)
    placed += 1
    if placed == {"between": 2, "after": 5}[POINT]:
        os._exit(9)

Placement.place = dying
"""
