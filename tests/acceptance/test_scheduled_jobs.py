"""The daemon runs jobs on their schedules, as a process: what was missed once, and no job twice at the same time."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from waiting import PATIENCE, put, until

from pywats.jobs import State
from pywats.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "t0ken-of-the-night"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent to processes another way on Windows")

SERVER = 'server: {base_url: "${WATS_BASE_URL}", token: "${WATS_AUTH_TOKEN}", trust_env: false}\n'
INGEST = f"""kind: ingest
{SERVER}sources: [{{name: a, watch: in}}]
spool: {{path: spool.db}}
jobs: [yearly.yaml, young.yaml]
"""
JOB = """kind: job
name: {name}
schedule: {{cron: "@yearly", timezone: UTC}}
{server}steps:
  - {{id: products, call: product.get_products, into: {{csv: out/{name}.csv}}}}
"""


@pytest.fixture
def wats():
    with Sandbox(token=TOKEN) as server:
        server.seed(products=["WIDGET-001"])
        yield server


@pytest.fixture
def line(tmp_path, wats):
    """A folder with a daemon's file and two jobs: one that was missed for three years, and a young one."""
    (tmp_path / "in").mkdir()
    (tmp_path / "i.yaml").write_text(INGEST)
    for name in ("yearly", "young"):
        (tmp_path / f"{name}.yaml").write_text(JOB.format(name=name, server=SERVER))
    with State(tmp_path / "var" / "jobs.db") as state:
        state.began("yearly", datetime.now(UTC) - timedelta(days=3 * 366))
    environ = {**os.environ, "WATS_BASE_URL": wats.url, "WATS_AUTH_TOKEN": TOKEN}

    @contextlib.contextmanager
    def daemon():
        command = [sys.executable, str(ROOT / "run.py"), "ingest", "i.yaml", "--json"]
        with (
            (tmp_path / "log").open("ab") as log,
            subprocess.Popen(command, cwd=tmp_path, env=environ, stdout=log, stderr=log) as process,
        ):
            try:
                yield process
                if process.poll() is None:
                    process.send_signal(signal.SIGTERM)
                    assert process.wait(PATIENCE) == 0
            except BaseException as error:
                error.add_note(said(tmp_path))
                raise
            finally:
                process.kill()

    return daemon


def said(folder):
    return (folder / "log").read_text()


def events(folder, name):
    found = [json.loads(each) for each in said(folder).splitlines() if each.startswith("{")]
    return [each for each in found if each.get("event") == name]


def runs(folder, name):
    with State(folder / "var" / "jobs.db") as state:
        return state.runs(name)


def test_runs_that_were_missed_are_made_up_for_by_one_and_only_once(line, tmp_path):
    with line():
        until(lambda: events(tmp_path, "job_ended"))
    (past,) = runs(tmp_path, "yearly")
    assert (past.outcome, past.steps[0].rows) == ("ok", 1)
    assert "WIDGET-001" in (tmp_path / "out" / "yearly.csv").read_text()
    assert runs(tmp_path, "young") == []  # it is due for the first time after it was seen
    with State(tmp_path / "var" / "jobs.db") as state:
        state.began("young", datetime.now(UTC) - timedelta(days=366))
    with line():
        until(lambda: len(events(tmp_path, "job_ended")) > 1)
    assert [each["job"] for each in events(tmp_path, "job_ended")] == ["yearly", "young"]
    assert len(runs(tmp_path, "yearly")) == 1
    assert TOKEN not in said(tmp_path)


@pytest.mark.parametrize(("number", "outcome"), [(signal.SIGKILL, "did not end"), (signal.SIGTERM, "failed")])
def test_a_run_that_ended_with_the_daemon_is_made_up_for_when_it_is_back(line, tmp_path, wats, number, outcome):
    wats.fail("GET /api/Product*", hang=True)
    with line() as process:
        until(lambda: wats.requests)
        process.send_signal(number)
        process.wait(PATIENCE)
    wats.clear_faults()
    assert [past.outcome for past in runs(tmp_path, "yearly")] == [outcome]
    with line():
        until(lambda: events(tmp_path, "job_ended"))
    assert [past.outcome for past in runs(tmp_path, "yearly")] == ["ok", outcome]


def test_a_reload_changes_the_rate_while_a_job_runs(line, tmp_path, wats, make_report):
    wats.fail("GET /api/Product*", hang=True)
    with line() as process:
        until(lambda: wats.requests)  # the job has begun
        (tmp_path / "i.yaml").write_text(f"{INGEST}limits: {{rate: 400/60s}}\n")
        process.send_signal(signal.SIGHUP)
        until(lambda: events(tmp_path, "reloaded"))
        put(tmp_path / "in" / "report.json", json.dumps(make_report()))
        until(lambda: events(tmp_path, "report_uploaded") or events(tmp_path, "line_stopped"))
        assert events(tmp_path, "line_stopped") == []
        assert events(tmp_path, "job_ended") == []
        wats.clear_faults()


def test_a_job_that_runs_already_is_not_run_a_second_time(line, tmp_path):
    with State(tmp_path / "var" / "jobs.db") as state, state.lock("yearly"), line():
        until(lambda: events(tmp_path, "job_not_run"))
    (told,) = events(tmp_path, "job_not_run")
    assert told["error"] == f"job yearly is running already, in process {os.getpid()}; nothing was done"
    assert runs(tmp_path, "yearly") == []
    assert not (tmp_path / "out").exists()
