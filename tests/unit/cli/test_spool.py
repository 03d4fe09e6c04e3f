"""``spool``, and the commands to a running daemon, from the command line."""

import json
import shutil
from pathlib import Path

import pytest

from pywats.cli import main
from pywats.ingest.spool.ledger import Ledger
from pywats.sandbox import Sandbox

TOKEN = "t0ken-of-the-factory"
SAMPLES = Path(__file__).resolve().parents[3] / "configs" / "demo" / "inbox"


@pytest.fixture(scope="module")
def worked(tmp_path_factory):
    """A folder with a spool, in which a report is done and one was refused; two more files gave none."""
    folder = tmp_path_factory.mktemp("worked")
    (folder / "in").mkdir()
    shutil.copy(SAMPLES / "FCT-1_W1001.json", folder / "in")
    wrong = json.loads((SAMPLES / "FCT-1_W1002.json").read_bytes())
    (folder / "in" / "FCT-1_W1002.json").write_text(json.dumps({**wrong, "processCode": 4711}))
    (folder / "in" / "broken.json").write_text('{"type": "T", ')
    shutil.copy(SAMPLES / "FCT-1_W1001.json", folder / "in" / "later.json")
    with Sandbox(token=TOKEN) as wats, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("WATS_AUTH_TOKEN", TOKEN)
        (folder / "line.yaml").write_text(
            f'kind: ingest\nserver: {{base_url: "{wats.url}", token: "${{WATS_AUTH_TOKEN}}", trust_env: false}}\n'
            "sources:\n  - {name: ict, watch: in, settle: 10ms}\n"
        )
        main(["ingest", "line.yaml", "--once"])
    return folder


@pytest.fixture
def line(worked, monkeypatch, tmp_path):
    """The configuration of such a spool, in the present folder."""
    shutil.copytree(worked, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WATS_AUTH_TOKEN", TOKEN)
    return tmp_path / "line.yaml"


def test_reports_are_listed_with_their_states(cli, line):
    outcome = cli("spool", "ls")
    assert outcome.code == 0
    assert [row.split()[1] for row in outcome.lines[1:]] in (["done", "quarantined"], ["quarantined", "done"])
    assert outcome.err == "1 done, 1 quarantined in var/spool.db\n"
    (refused,) = cli("spool", "ls", "--state", "quarantined", "--config", line, "--json").lines
    assert json.loads(refused)["detail"].startswith("report: processCode 4711 is not")
    assert cli("spool", "ls", "--state", "lost").err == (
        "pywats: --state: 'lost' is none; it is queued, sending, resting, done, quarantined, held, dropped\n"
    )
    assert cli("spool", "ls", "--config", line, "--spool", line).code == 2


def test_a_unit_is_traced_from_its_serial_number_to_its_id_in_the_server(cli, line):
    del line
    (found,) = (json.loads(row) for row in cli("spool", "find", "W1001", "--json").lines)
    assert found["file"].endswith("FCT-1_W1001.json")
    assert found["serial_number"] == "W1001"
    for name in (found["report_id"], "FCT-1_W1001.json", str(found["number"])):
        assert json.loads(cli("spool", "find", name, "--json").out) == found
    nothing = cli("spool", "find", "W9999")
    assert (nothing.code, nothing.err) == (1, "nothing in var/spool.db goes by 'W9999'\n")


@pytest.mark.parametrize(
    "name", ["broken.json", "in/broken.json", "./in/../in/broken.json", "in/bad/broken.json", None]
)
def test_a_file_that_gave_no_report_is_found(cli, line, name):
    name = name or str(line.parent / "in" / "broken.json")
    outcome = cli("spool", "find", name, "--json")
    found = json.loads(outcome.out)
    assert (outcome.code, found["state"], found["reason"]) == (0, "quarantined", "malformed")
    assert found["detail"].startswith("line 1, column 15: ")
    assert (found["file"], found["place"]) == ("in/broken.json", "in/bad/broken.json")
    assert "malformed" in cli("spool", "find", name).out


def test_a_file_that_came_again_is_found_with_the_one_before(cli, line):
    del line
    found = json.loads(cli("spool", "find", "later.json", "--json").out)
    assert (found["state"], found["reason"], found["reports"], found["duplicates"]) == ("archived", "duplicate", 0, 1)
    assert found["duplicate_of"] == ["in/FCT-1_W1001.json"]
    assert cli("spool", "find", "sooner.json").code == 1


def test_a_file_is_found_where_it_is_now_and_its_reports_tell_of_it(cli, line):
    archived = line.parent / "in" / "done" / "FCT-1_W1001.json"
    (found,) = (json.loads(row) for row in cli("spool", "find", archived, "--json").lines)
    assert (found["state"], found["place"]) == ("done", "in/done/FCT-1_W1001.json")


def test_a_report_is_shown_with_its_history(cli, line):
    del line
    shown = cli("spool", "show", "W1001", "W1002")
    for cause in ("accepted", "claimed", "stored", "refused"):
        assert cause in shown.out
    history = json.loads(cli("spool", "show", "W1001", "--json").out)["history"]
    assert [change["before"] for change in history][:2] == ["", "queued"]
    assert cli("spool", "show", "W9999").code == 1


def test_a_person_sends_again_lets_go_and_gives_up(cli, line):
    del line
    (refused,) = (json.loads(row) for row in cli("spool", "ls", "--state", "quarantined", "--json").lines)
    serial_number = refused["serial_number"]
    assert cli("spool", "retry", serial_number).out == f"{refused['report_id']} ({serial_number}): queued again\n"
    released = cli("spool", "release", serial_number)
    assert (released.code, released.out) == (1, "")
    assert "is queued; only what is held can be released" in released.err
    assert cli("spool", "drop", serial_number).out.endswith(": dropped\n")
    assert cli("spool", "drop", serial_number).code == 1


def test_reports_go_out_and_in_and_a_spool_is_backed_up(cli, line, tmp_path):
    (refused,) = (json.loads(row) for row in cli("spool", "ls", "--state", "quarantined", "--json").lines)
    exported = cli("spool", "export", refused["serial_number"], "--out", "out")
    path = tmp_path / "out" / f"{refused['report_id']}.json"
    assert exported.out == f"out/{path.name}\n"
    assert json.loads(path.read_bytes())["sn"] == refused["serial_number"]
    assert "is there already" not in exported.err
    again = cli("spool", "export", refused["serial_number"], "--out", "out")
    assert (again.code, again.err.count("\n")) == (1, 1)
    (done,) = (json.loads(row) for row in cli("spool", "ls", "--state", "done", "--json").lines)
    assert "no longer here" in cli("spool", "export", done["serial_number"], "--config", line).err
    assert cli("spool", "backup", "copy.db").out == "copy.db\n"
    assert cli("spool", "backup", "copy.db").code == 1
    assert cli("spool", "backup", "no/copy.db").err.endswith(
        "no/copy.db cannot be written: No such file or directory\n"
    )
    assert cli("spool", "import", "copy.db", path).out == f"copy.db: 1 accepted\n{path}: 1 duplicate\n"


def test_without_a_spool_or_a_daemon_that_is_said_in_one_line(cli, tmp_path, monkeypatch, line):
    outcome = cli("ingest", "status", line)
    assert (outcome.code, outcome.err) == (1, "pywats: no daemon works on the spool var/spool.db\n")
    monkeypatch.chdir(tmp_path / "in")
    missing = cli("spool", "ls")
    assert (missing.code, missing.err.count("\n")) == (1, 1)
    assert "there is no spool var/spool.db" in missing.err


@pytest.mark.parametrize("words", [("stop",), ("stop", "a.yaml", "ict"), ("dance", "a.yaml"), ("pause", "a", "b", "c")])
def test_words_that_make_no_sense_are_refused(cli, words):
    outcome = cli("ingest", *words)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    ("verb", "said", "prints", "code"),
    [
        ("pause", {"paused": ["ict", "fct"]}, "paused: ict, fct\n", 0),
        ("resume", {"resumed": ["ict"]}, "resumed: ict\n", 0),
        ("reload", {"reloaded": True}, "reloaded\n", 0),
        ("reload", {"error": "line.yaml:1:1: no"}, "reload: line.yaml:1:1: no\n", 1),
    ],
)
def test_what_the_daemon_says_is_printed(cli, line, monkeypatch, verb, said, prints, code):
    monkeypatch.setattr(Ledger, "command", lambda *_: said)
    outcome = cli("ingest", verb, line)
    assert (outcome.out, outcome.code) == (prints, code)
    assert json.loads(cli("ingest", verb, line, "--json").out) == said
