"""Running a job file."""

import json
import os
import sys

import pytest

from pywats.jobs import State
from pywats.sandbox import Sandbox

TOKEN = "t0ken-of-the-factory"

JOB = """kind: job
name: products
server: {base_url: "${WATS_BASE_URL}", token: "${WATS_AUTH_TOKEN}"}
steps:
  - id: all
    call: product.get_products
    into: {csv: products.csv, table: {columns: [part_number]}}
  - id: one
    call: product.get_product
    with: {part_number: X}
    into: {jsonl: out/one.jsonl}
"""


@pytest.fixture
def server(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with Sandbox(token=TOKEN) as wats:
        wats.seed(products=["X", "Y"])
        monkeypatch.setenv("WATS_BASE_URL", wats.url)
        monkeypatch.setenv("WATS_AUTH_TOKEN", TOKEN)
        yield wats


@pytest.fixture
def job(tmp_path):
    path = tmp_path / "job.yaml"
    path.write_text(JOB)
    return path


def test_a_job_writes_its_files_and_says_what_it_did(cli, server, job, tmp_path):
    outcome = cli("run", job)
    assert outcome.code == 0, outcome.err
    assert (tmp_path / "products.csv").read_text().count("\n") == 3
    assert json.loads((tmp_path / "out" / "one.jsonl").read_text())["part_number"] == "X"
    assert [line.split()[:3] for line in outcome.lines[-3:-1]] == [
        ["all", "product.get_products", "2"],
        ["one", "product.get_product", "1"],
    ]
    assert outcome.lines[-1].startswith("products: 3 rows in ")
    assert outcome.err.splitlines()[0].startswith("all: 2 rows in ")
    assert server.requests


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text there")
@pytest.mark.usefixtures("server")
def test_a_job_in_a_folder_whose_name_is_no_text(cli, tmp_path, monkeypatch):
    folder = tmp_path / os.fsdecode(b"line\xe9")
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "job.yaml").write_text(JOB)
    outcome = cli("run", "job.yaml")
    assert outcome.code == 0, outcome.err
    assert (folder / "products.csv").read_text().count("\n") == 3
    assert [path.name for path in folder.glob("*.part*")] == []


def test_json_is_one_document_and_tables_make_way(cli, server, job):
    outcome = cli("run", job, "--json")
    summary = json.loads(outcome.out)
    assert (summary["ok"], summary["job"], [step["rows"] for step in summary["steps"]]) == (True, "products", [2, 1])
    assert "part_number" in outcome.err
    assert server.requests


def test_a_dry_run_sends_nothing(cli, server, job, tmp_path):
    outcome = cli("run", job, "--dry-run")
    assert outcome.code == 0
    assert outcome.lines[0] == "all: product.get_products"
    assert '  part_number = "X"' in outcome.lines
    calls = json.loads(cli("run", job, "--dry-run", "--json").out)
    assert [call["call"] for call in calls] == ["product.get_products", "product.get_product"]
    assert not server.requests
    assert not (tmp_path / "products.csv").exists()


def test_a_failure_is_said_and_leaves_former_outputs(cli, server, job, tmp_path):
    (tmp_path / "products.csv").write_text("former\n")
    server.fail("GET /api/Product/X", status=400, times=5)
    outcome = cli("run", job)
    assert outcome.code == 1
    assert "products: step one: " in outcome.err
    assert "400" in outcome.err
    assert (tmp_path / "products.csv").read_text() == "former\n"
    server.clear_faults()
    server.fail("GET /api/Product/X", status=400, times=5)
    failed = json.loads(cli("run", job, "--json").out)
    assert failed["ok"] is False
    assert "400" in failed["error"]


def test_a_wrong_token_is_refused_by_whom_and_read_from_where(cli, server, job, monkeypatch):
    monkeypatch.setenv("WATS_AUTH_TOKEN", "an0ther-token-entirely")
    outcome = cli("run", job)
    assert outcome.code == 1
    assert server.url in outcome.err
    assert "environment variable WATS_AUTH_TOKEN" in outcome.err
    assert str(job) in outcome.err
    assert "an0ther-token-entirely" not in outcome.out + outcome.err


def test_an_overlay_changes_the_job(cli, server, job, tmp_path):
    overlay = tmp_path / "other.yaml"
    overlay.write_text("steps: [{id: version, call: analytics.get_version}]\n")
    outcome = cli("run", job, "--overlay", overlay)
    assert outcome.code == 0
    assert [request.path for request in server.requests] == ["/api/App/Version"]


def test_an_ingest_file_is_no_job(cli, tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("kind: ingest\n")
    outcome = cli("run", path)
    assert outcome.code == 2
    assert f"{path}:1:7: kind" in outcome.err


@pytest.mark.parametrize("source", ["${WATS_AUTH_TOKEN}", "${file:token.txt}"])
@pytest.mark.parametrize("status", [200, 400, 401, 403])
def test_the_token_is_in_no_output_no_log_and_no_file(cli, server, job, tmp_path, source, status):
    (tmp_path / "token.txt").write_text(TOKEN)
    (tmp_path / "token.txt").chmod(0o600)
    call = "call: product.get_product, with: {part_number: '{{ item }}'}"
    each = f"  - {{id: each, for_each: [X, Y], on_error: skip, {call}}}\n"
    job.write_text(JOB.replace("${WATS_AUTH_TOKEN}", source) + each)
    if status != 200:
        server.fail("*/X", times=None, status=status, message=f"refused {TOKEN}")
    said = [
        cli(*words)
        for words in (
            ("validate", job, "--show"),
            ("run", job, "--dry-run"),
            ("run", job, "-vv"),
            ("run", job, "--json", "-vv"),
            ("jobs", "ls"),
            ("jobs", "last", "products"),
            ("jobs", "log", "products", "--json"),
        )
    ]
    assert [outcome.code for outcome in said[2:4]] == [int(status != 200)] * 2
    assert [outcome for outcome in said if TOKEN in outcome.out + outcome.err] == []
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "token.txt"]
    assert len(files) >= (4 if status == 200 else 2)
    assert [path for path in files if TOKEN.encode() in path.read_bytes()] == []


def test_of_two_runs_at_once_the_second_says_so_and_ends(cli, server, job, tmp_path):
    with State(tmp_path / "var" / "jobs.db") as state, state.lock("products"):
        outcome = cli("run", job)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == f"pywats: job products is running already, in process {os.getpid()}; nothing was done\n"
    assert not server.requests


def test_a_run_that_cannot_finish_says_what_is_missing(cli, server, job, tmp_path):
    assert cli("run", job).code == 0
    server.fail("GET /api/Product/X", status=400, message="no")
    job.write_text(JOB + "  - {id: more, call: product.get_products, into: {csv: more.csv}}\n")
    outcome = cli("run", job)
    assert outcome.code == 1
    assert outcome.err.splitlines()[-1] == (
        "pywats: products: step one: GET /api/Product/X: 400 no; the 2 rows that were read are in no output, "
        "more was not begun; outputs of an earlier run were left as they were"
    )
    assert not (tmp_path / "more.csv").exists()
