"""What holds for every command: its exit codes as they are documented, and its words for machines."""

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.main import get_command

from pywats.cli.app import app
from pywats.cli.service import systemd
from pywats.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
SAMPLES = ROOT / "configs" / "demo" / "inbox"


def leaves(command, *names):
    """The commands that do something, each with its words."""
    if not hasattr(command, "commands"):
        yield names, command
    for name, each in getattr(command, "commands", {}).items():
        yield from leaves(each, *names, name)


COMMANDS = {" ".join(names): command for names, command in leaves(get_command(app))}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_can_speak_to_machines(command):
    assert any("--json" in parameter.opts for parameter in COMMANDS[command].params)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_command_line_is_an_object_for_machines(cli, command):
    outcome = cli(*command.split(), "--jsno", "--json")
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    fault = json.loads(outcome.err)
    assert (fault["event"], fault["exit_code"], fault["error"]) == ("failed", 2, "CommandError")
    assert not fault["message"].startswith("pywats")


@pytest.mark.parametrize("words", [("doctor", "x.yaml"), ("run", "x.yaml"), ("ingest", "x.yaml")])
def test_a_wrong_file_is_an_object_for_machines(cli, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    Path("x.yaml").write_text("kind: job\nname: x\nstep: []\n")
    outcome = cli(*words, "--json")
    fault = json.loads(outcome.err)
    assert (outcome.code, fault["error"]) == (2, "ConfigurationError")
    assert re.search(r"^x\.yaml:\d+:\d+: ", fault["message"])


def test_an_error_of_the_server_is_an_object_with_its_facts(cli, monkeypatch):
    with Sandbox() as wats:
        monkeypatch.setenv("WATS_BASE_URL", wats.url)
        monkeypatch.setenv("WATS_AUTH_TOKEN", "wrong")
        outcome = cli("call", "product.get_product", "X", "--json")
    *_, last = outcome.err.splitlines()
    fault = json.loads(last)
    assert (outcome.code, fault["error"], fault["status"]) == (1, "AuthenticationError", 401)
    assert (fault["method"], fault["path"], fault["attempts"]) == ("GET", "/api/Product/X", 1)
    assert "WATS_AUTH_TOKEN" in fault["message"]


def test_ctrl_c_is_an_object_for_machines(cli, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("pywats.cli.app.run", interrupt)
    outcome = cli("demo", "--json")
    assert (outcome.code, json.loads(outcome.err)) == (130, {"event": "interrupted", "exit_code": 130})


# ── Exit codes ──────────────────────────────────────────────────────────────────────────────────────────

EXIT_CODES = re.search(r"^## Exit codes\n(.*?)^## ", PAGE, re.MULTILINE | re.DOTALL)[1]
DOCUMENTED = {
    (command, code)
    for command, *meanings in re.findall(r"^\| `([a-z ]+)` \|([^|\n]*)\|([^|\n]*)\|$", EXIT_CODES, re.MULTILINE)
    for code, meaning in enumerate(meanings)
    if meaning.strip()
}

CASES = {
    ("demo", 1): "demo",
    ("ingest", 0): "ingest good.yaml --once",
    ("ingest", 1): "ingest line.yaml --once",
    ("status", 1): "status 127.0.0.1:9",
    ("service", 0): "service install line.yaml --print",
    ("service", 1): "service remove line.yaml",
    ("register", 0): "register --out token",
    ("register", 1): "register --out nowhere/token",
    ("run", 0): "run job.yaml",
    ("run", 1): "run failing.yaml",
    ("validate", 0): "validate line.yaml good.json",
    ("convert", 0): "convert good.json --to wsxf",
    ("convert", 1): "convert line.yaml --to wsxf",
    ("show", 0): "show good.json",
    ("show", 1): "show 0f2b6a7e-5d0f-4c0a-9b52-6a3f6f1f0d11",
    ("call", 0): "call product.get_product X",
    ("call", 1): "call product.get_product Y",
    ("doctor", 0): "doctor",
    ("doctor", 1): "doctor --base-url http://127.0.0.1:9",
    ("spool ls", 0): "spool ls",
    ("spool ls", 1): "spool ls --spool nowhere.db",
    ("spool find", 0): "spool find W1001",
    ("spool find", 1): "spool find W9",
    ("spool show", 0): "spool show W1001",
    ("spool show", 1): "spool show W9",
    ("spool retry", 0): "spool retry W1002",
    ("spool retry", 1): "spool retry W1001",
    ("spool release", 0): "spool release W1004",
    ("spool release", 1): "spool release W1001",
    ("spool drop", 0): "spool drop W1002",
    ("spool drop", 1): "spool drop W1001",
    ("spool export", 0): "spool export W1002",
    ("spool export", 1): "spool export W1001",
    ("spool backup", 0): "spool backup copy.db",
    ("spool backup", 1): "spool backup nowhere/copy.db",
    ("spool import", 0): "spool import good.json",
    ("spool import", 1): "spool import nowhere.json",
    ("jobs ls", 0): "jobs ls",
    ("jobs last", 0): "jobs last job",
    ("jobs last", 1): "jobs last failing",
    ("jobs log", 0): "jobs log job",
    ("jobs log", 1): "jobs log unknown",
    ("migrate check", 0): "migrate check ours.py",
    ("migrate check", 1): "migrate check theirs.py",
}


TRIED_ELSEWHERE = {
    ("demo", 0),  # tests/acceptance/test_demo.py
    ("sandbox", 0),  # tests/acceptance/test_cli.py
    ("status", 0),  # test_status.py
}


def test_every_exit_code_of_a_command_is_documented_and_tried():
    assert set(CASES) | TRIED_ELSEWHERE == DOCUMENTED
    assert {command for command, _ in DOCUMENTED} == set(COMMANDS)


SERVER = 'server: {base_url: "${WATS_BASE_URL}", token: "${WATS_AUTH_TOKEN}", trust_env: false}\n'
LINE = f"kind: ingest\n{SERVER}sources:\n  - {{name: ict, watch: in, settle: 10ms}}\n"
JOB = f"kind: job\nname: %s\n{SERVER}steps:\n  - {{id: all, call: %s, into: {{csv: out.csv}}}}\n"


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A folder after a day of work: a report is done, one was refused, one is held, and two jobs have run."""
    folder = tmp_path_factory.mktemp("work")
    (folder / "in").mkdir()
    (folder / "empty").mkdir()
    shutil.copy(SAMPLES / "FCT-1_W1001.json", folder / "in")
    shutil.copy(SAMPLES / "FCT-1_W1003.json", folder / "in")
    shutil.copy(SAMPLES / "FCT-1_W1005.json", folder / "good.json")
    for number, name, change in ((1002, "W1002", {"processCode": 4711}), (1003, "W1003_again", {"sn": "W1004"})):
        report = json.loads((SAMPLES / f"FCT-1_W{number}.json").read_bytes())
        (folder / "in" / f"FCT-1_{name}.json").write_text(json.dumps({**report, **change}))
    (folder / "line.yaml").write_text(LINE)
    (folder / "good.yaml").write_text(LINE.replace("watch: in", "watch: empty") + "spool: {path: empty.db}\n")
    (folder / "job.yaml").write_text(JOB % ("job", "product.get_products"))
    (folder / "failing.yaml").write_text(JOB % ("failing", "asset.get_assets"))
    (folder / "ours.py").write_text("from pywats import pyWATS\n")
    (folder / "theirs.py").write_text("from pywats import SyncWATS\n")
    return folder


@pytest.fixture(scope="module")
def wats():
    with Sandbox(token="t0ken") as server:
        server.seed(products=["X"])
        server.fail("GET /api/Asset*", status=400, times=None)
        yield server


@pytest.fixture
def here(cli, work, wats, monkeypatch, tmp_path):
    """A copy of that folder, in which commands find their server."""
    monkeypatch.setenv("WATS_BASE_URL", wats.url)
    monkeypatch.setenv("WATS_AUTH_TOKEN", wats.token)
    if not (work / "var").exists():
        monkeypatch.chdir(work)
        for words in ("ingest line.yaml --once", "run job.yaml", "run failing.yaml"):
            cli(*words.split())
    shutil.copytree(work, tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(systemd, "FOLDER", tmp_path / "nowhere")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("command", "code"), [case for case in CASES if case[0] != "demo"])
def test_a_command_ends_as_documented_and_says_all_in_json(cli, command, code):
    if (command, code) == ("ingest", 1):  # what was refused is taken for a new file once more
        shutil.copy("in/bad/FCT-1_W1002.json", "in")
    outcome = cli(*CASES[command, code].split(), "--json")
    assert outcome.code == code, outcome.err
    said = [json.loads(line) for line in outcome.lines]
    assert all("event" in json.loads(line) for line in outcome.err.splitlines())
    assert said or outcome.err


def test_the_demo_fails_when_its_job_does(cli, monkeypatch, tmp_path):
    faults = tmp_path / "faults.yaml"
    faults.write_text("faults: [{match: GET /api/Report/Query/Header*, status: 400, times: null}]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pywats.cli.demo.Sandbox", lambda: Sandbox(faults=faults))
    outcome = cli(CASES["demo", 1])
    assert outcome.code == 1
    assert "400" in outcome.out + outcome.err
