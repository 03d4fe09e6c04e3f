"""One pass of the ingest daemon from the command line."""

import json
import shutil
from pathlib import Path

import pytest

from pywats.sandbox import Sandbox

TOKEN = "t0ken-of-the-factory"
SAMPLES = Path(__file__).resolve().parents[3] / "configs" / "demo" / "inbox"


@pytest.fixture
def server(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with Sandbox(token=TOKEN) as wats:
        monkeypatch.setenv("WATS_BASE_URL", wats.url)
        monkeypatch.setenv("WATS_AUTH_TOKEN", TOKEN)
        yield wats


@pytest.fixture
def line(tmp_path):
    (tmp_path / "in").mkdir()
    path = tmp_path / "line.yaml"
    path.write_text(
        'kind: ingest\nserver: {base_url: "${WATS_BASE_URL}", token: "${WATS_AUTH_TOKEN}"}\n'
        "spool: {path: spool.db}\nsources:\n  - {name: ict, watch: in, settle: 50ms, archive: done, quarantine: bad}\n"
    )
    return path


def put(tmp_path, *names):
    for name in names:
        shutil.copy(SAMPLES / name, tmp_path / "in")


def test_what_is_there_is_uploaded(cli, server, line, tmp_path):
    put(tmp_path, "FCT-1_W1001.json", "FCT-1_W1002.json")
    outcome = cli("ingest", line, "--once")
    assert (outcome.code, outcome.out) == (0, "2 files, 2 reports uploaded\n")
    assert outcome.err.splitlines() == ["files: 2 found, 2 taken", "reports: 2 accepted, 2 uploaded"]
    assert {report["sn"] for report in server.reports()} == {"W1001", "W1002"}


def test_something_quarantined_is_said_and_coded(cli, server, line, tmp_path):
    put(tmp_path, "FCT-1_W1001.json", "FCT-1_W1011.json", "FCT-1_W1012.json")
    outcome = cli("ingest", line, "--once")
    assert outcome.code == 1
    assert outcome.out == "3 files, 1 report uploaded, 2 quarantined\n"
    assert "event=file_quarantined" in outcome.err
    assert len(server.reports()) == 1
    assert (tmp_path / "bad" / "FCT-1_W1011.json").read_bytes() == (SAMPLES / "FCT-1_W1011.json").read_bytes()


def test_json_is_a_line_for_each_event_and_a_summary(cli, server, line, tmp_path):
    put(tmp_path, "FCT-1_W1001.json", "FCT-1_W1011.json")
    outcome = cli("ingest", line, "--once", "--json")
    events = [json.loads(each) for each in outcome.lines]
    assert outcome.code == 1
    assert events[-1]["event"] == "summary"
    assert (events[-1]["found"], events[-1]["uploaded"], events[-1]["quarantined"]) == (2, 1, 1)
    assert {"file_taken", "file_quarantined", "report_uploaded"} <= {event["event"] for event in events}
    assert all(json.loads(each)["level"] == "error" for each in outcome.err.splitlines())
    assert len(server.reports()) == 1


def test_a_wrong_token_stops_the_line_and_loses_nothing(cli, server, line, tmp_path, monkeypatch):
    put(tmp_path, "FCT-1_W1001.json")
    monkeypatch.setenv("WATS_AUTH_TOKEN", "an0ther-token-entirely")
    outcome = cli("ingest", line, "--once")
    assert outcome.code == 1
    assert "1 waiting in the spool" in outcome.out
    assert server.url in outcome.out
    assert "environment variable WATS_AUTH_TOKEN" in outcome.out
    assert "an0ther-token-entirely" not in outcome.out + outcome.err
    monkeypatch.setenv("WATS_AUTH_TOKEN", TOKEN)
    assert cli("ingest", line, "--once").code == 0
    assert len(server.reports()) == 1


def test_a_job_is_no_ingest_file(cli, tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("kind: job\n")
    outcome = cli("ingest", path, "--once")
    assert outcome.code == 2
    assert f"{path}:1:7: kind" in outcome.err
