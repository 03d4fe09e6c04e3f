"""A daemon that is a process of its own takes another log and other jobs without a restart, or says why not."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import PATIENCE, running, until

from pywats.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "the-token-of-this-very-test"


class Line:
    def __init__(self, root, wats):
        self.root, self.wats = root, wats

    def write(self, **more):
        document = {
            "kind": "ingest",
            "server": {"base_url": self.wats.url, "token": TOKEN, "trust_env": False},
            "spool": {"path": str(self.root / "spool.db")},
            "sources": [{"name": "ict", "watch": str(self.root / "ict")}],
            **more,
        }
        (self.root / "line.yaml").write_text(json.dumps(document))

    def ingest(self, *words):
        return [sys.executable, str(ROOT / "run.py"), "ingest", *words, str(self.root / "line.yaml")]

    def reload(self):
        said = subprocess.run(self.ingest("reload"), capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert "Traceback" not in said.stdout + said.stderr
        return said.returncode, said.stdout.strip()

    def log(self, name):
        path = self.root / name
        return path.read_text() if path.exists() else ""


@pytest.fixture
def line(tmp_path):
    with Sandbox(token=TOKEN) as wats:
        (tmp_path / "ict").mkdir()
        made = Line(tmp_path, wats)
        made.write(log={"file": str(tmp_path / "first.log")})
        with running(made.ingest()):
            until(lambda: "started" in made.log("first.log"))
            yield made


def job(root, **more):
    document = {
        "kind": "job",
        "name": "names",
        "server": {"base_url": "http://127.0.0.1:9", "token": TOKEN, "trust_env": False},
        "steps": [{"id": "names", "call": "product.get_products"}],
        **more,
    }
    (root / "names.yaml").write_text(json.dumps(document))


def test_another_log_and_other_jobs_are_followed(line, tmp_path):
    job(tmp_path, schedule={"cron": "* * * * *", "timezone": "UTC"}, state=str(tmp_path / "state.db"))
    line.write(log={"file": str(tmp_path / "second.log"), "format": "json", "level": "debug"}, jobs=["names.yaml"])
    assert line.reload() == (0, "reloaded")
    until(lambda: "reloaded" in line.log("second.log"))
    assert all(json.loads(text)["level"] for text in line.log("second.log").splitlines())
    length = len(line.log("first.log"))
    until((tmp_path / "state.db").exists)  # the job was looked at
    assert len(line.log("first.log")) == length


def test_what_cannot_be_followed_is_refused(line, tmp_path):
    (tmp_path / "file").touch()
    line.write(log={"file": str(tmp_path / "file" / "second.log")})
    code, said = line.reload()
    assert code == 1
    assert said.startswith(f"reload: the log {tmp_path}/file/second.log cannot be written: ")
    job(tmp_path)
    line.write(jobs=["names.yaml"])
    code, said = line.reload()
    assert code == 1
    assert "schedule: is missing; the daemon runs jobs on their schedules" in said
    until(lambda: "reload_refused" in line.log("first.log"))
