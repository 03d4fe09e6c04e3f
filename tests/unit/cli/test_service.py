"""``service``: what the service managers are told."""

import json
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace

import pytest

from pywats.cli import service
from pywats.cli.service import systemd, task
from pywats.cli.service.definition import Definition


@pytest.fixture
def line(tmp_path):
    document = {
        "kind": "ingest",
        "server": {"base_url": "http://127.0.0.1:9", "token": "s3cret-token"},
        "spool": {"path": str(tmp_path / "var" / "spool.db")},
        "log": {"file": str(tmp_path / "log" / "line.log")},
        "sources": [{"name": "ict", "watch": str(tmp_path / 'in "100%" $HOME')}],
    }
    (tmp_path / "line 7.yaml").write_text(json.dumps(document))
    return tmp_path / "line 7.yaml"


def test_the_unit_is_printed_and_holds_no_secret(cli, line):
    result = cli("service", "install", line, "--print", "--user", "nobody")
    assert result.code == 0
    assert "Description=pywats ingest daemon (pywats-line-7)" in result.lines
    assert f'-m" "pywats" "ingest" "{line}"' in result.out
    assert {"Type=notify", "WatchdogSec=60", "User=nobody", "ProtectSystem=strict"} <= set(result.lines)
    assert "PrivateTmp=yes" in result.lines  # without it a strict system has no folder for temporary files
    folder = str(line.parent)
    assert f'ReadWritePaths="-{folder}/in \\"100%%\\" $HOME/done"' in result.lines
    assert f'ReadWritePaths="-{folder}/log"' in result.lines
    assert "s3cret" not in result.out


def test_the_service_may_write_what_its_jobs_write(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JOB_TOKEN", "s3cret-token")
    server = {"base_url": "http://127.0.0.1:9", "token": "t"}
    (tmp_path / "in").mkdir()
    line = {"kind": "ingest", "server": server, "sources": [{"name": "a", "watch": "in"}], "jobs": ["nightly.yaml"]}
    (tmp_path / "line.yaml").write_text(json.dumps(line))
    job = {
        "kind": "job",
        "name": "nightly",
        "schedule": "0 2 * * *",
        "server": {**server, "token": "${JOB_TOKEN}"},
        "state": "state/jobs.db",
        "steps": [
            {"id": "a", "call": "product.get_products", "into": {"csv": "/data/out/{{ run.date }}/a.csv"}},
            {"id": "b", "call": "product.get_products", "into": {"jsonl": "there/b-{{ run.date }}.jsonl"}},
            {"id": "c", "call": "product.get_products", "into": {"sqlite": {"path": "{{ vars.x }}/c", "table": "c"}}},
        ],
    }
    (tmp_path / "nightly.yaml").write_text(json.dumps(job))
    (tmp_path / "state").mkdir()
    (tmp_path / "there").mkdir()
    printed = cli("service", "install", "line.yaml", "--print", "--user", "nobody")
    assert printed.code == 0
    for folder in (tmp_path / "state", "/data/out", tmp_path / "there"):
        assert f'ReadWritePaths="-{folder}"' in printed.lines
    assert f'ReadWritePaths="-{tmp_path}"' not in printed.lines
    assert "the service does not have JOB_TOKEN of this shell" in printed.err
    assert f"cannot make {tmp_path}/var, /data/out: make them, and let nobody write there" in printed.err
    (tmp_path / "nightly.yaml").unlink()
    assert cli("service", "install", "line.yaml", "--print").code == 2
    assert cli("service", "remove", "line.yaml", "--print").code == 0  # what is installed can be removed all the same


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
def test_systemd_finds_nothing_wrong_with_the_unit(cli, line, tmp_path):
    unit = tmp_path / "pywats-line-7.service"
    unit.write_text(cli("service", "install", line, "--print", "--user", "daemon").out)
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (found.returncode, [each for each in found.stderr.splitlines() if unit.name in each]) == (0, []), (
        found.stderr
    )


def test_systemd_is_told_in_order_and_forgets_again(cli, line, tmp_path, monkeypatch):
    told = tmp_path / "told"
    fake = tmp_path / "bin" / "systemctl"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\necho "$@" >> "{told}"\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(fake.parent), prepend=":")
    monkeypatch.setattr(systemd, "FOLDER", tmp_path)
    assert cli("service", "install", line, "--name", "line").code == 0
    assert "Type=notify" in (tmp_path / "line.service").read_text()
    assert cli("service", "status", line, "--name", "line").code == 0
    assert cli("service", "remove", line, "--name", "line").code == 0
    assert not (tmp_path / "line.service").exists()
    assert told.read_text().splitlines() == [
        "daemon-reload",
        "enable --now line.service",
        "--no-pager status line.service",
        "disable --now line.service",
        "daemon-reload",
    ]
    fake.write_text("#!/bin/sh\nexit 3\n")
    assert "failed with exit code 3" in cli("service", "install", line, "--name", "line").err
    assert "there is no service other.service" in cli("service", "remove", line, "--name", "other").err


def test_with_json_the_complaints_of_systemd_are_objects_too(cli, line, tmp_path, monkeypatch):
    fake = tmp_path / "bin" / "systemctl"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho 'active (dead)'\necho 'no bus:\nhost is down' >&2\nexit 4\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(fake.parent), prepend=":")
    monkeypatch.setattr(systemd, "FOLDER", tmp_path)
    stands = cli("service", "status", line, "--json")
    assert (stands.code, json.loads(stands.out)["ok"]) == (1, False)
    assert json.loads(stands.err) == {"event": "note", "message": "no bus: host is down"}
    *_, refused = cli("service", "install", line, "--json").err.splitlines()
    assert json.loads(refused)["message"].endswith("failed with exit code 4: no bus: host is down")


def test_a_wrong_word_or_file_installs_nothing(cli, line, tmp_path, monkeypatch):
    monkeypatch.setattr(systemd, "FOLDER", tmp_path / "nowhere")
    assert cli("service", "dance", line).code == 2
    line.write_text("kind: ingest\n")
    assert cli("service", "install", line).code == 2
    assert service.VERBS == ("install", "remove", "status")


def test_a_folder_without_rights_is_said_with_what_to_do(cli, line, tmp_path, monkeypatch):
    monkeypatch.setattr(systemd, "FOLDER", tmp_path / "nowhere")
    result = cli("service", "install", line)
    assert result.code == 1
    assert "run this as root, or print the unit with --print" in result.err


def test_the_task_of_windows_is_well_formed_and_restarts():
    definition = Definition(
        name="pywats-line",
        user="LAB\\tester & co",
        command=(r"C:\Program Files\python.exe", "-m", "pywats", "ingest", r"C:\my line\<7>.yaml"),
        folder=Path(r"C:\my line"),
        written=(),
        environment=Path(r"C:\my line\<7>.env"),
    )
    root = ET.fromstring(task.xml(definition).replace(' encoding="UTF-16"', ""))
    names = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    assert root.findtext(".//t:Command", namespaces=names) == r"C:\Program Files\python.exe"
    assert root.findtext(".//t:Arguments", namespaces=names) == r'-m pywats ingest "C:\my line\<7>.yaml"'
    assert root.findtext(".//t:UserId", namespaces=names) == "LAB\\tester & co"
    assert root.find(".//t:BootTrigger", names) is not None
    assert root.findtext(".//t:TimeTrigger/t:Repetition/t:Interval", namespaces=names) == "PT5M"
    assert root.find(".//t:TimeTrigger/t:Repetition/t:Duration", names) is None  # it goes on for ever
    assert root.findtext(".//t:MultipleInstancesPolicy", namespaces=names) == "IgnoreNew"
    assert root.findtext(".//t:RestartOnFailure/t:Interval", namespaces=names) == "PT1M"
    assert 1 <= int(root.findtext(".//t:RestartOnFailure/t:Count", namespaces=names)) <= 255  # an unsignedByte
    assert root.findtext(".//t:ExecutionTimeLimit", namespaces=names) == "PT0S"


def test_the_service_has_the_variables_of_a_file_beside_its_configuration(cli, tmp_path, monkeypatch):
    file = tmp_path / "line.yaml"
    file.write_text(
        'kind: ingest\nserver: {base_url: "${LINE_URL}", token: "${LINE_TOKEN}"}\n'
        'sources: [{name: ict, watch: "${LINE_IN:-in}"}]\n'
    )
    assert "LINE_URL is not set" in cli("service", "install", file, "--print").err
    monkeypatch.setenv("LINE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("LINE_TOKEN", "s3cret-token")
    printed = cli("service", "install", file, "--print")
    assert f"EnvironmentFile=-{tmp_path}/line.env" in printed.lines
    assert f"does not have LINE_TOKEN, LINE_URL of this shell: write them into {tmp_path}/line.env" in printed.err
    assert "s3cret" not in printed.out + printed.err
    monkeypatch.delenv("LINE_URL")
    monkeypatch.delenv("LINE_TOKEN")
    (tmp_path / "line.env").write_text("# of this station\nLINE_URL=http://127.0.0.1:9\nLINE_TOKEN='s3cret-token'\n")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "var").mkdir()
    printed = cli("service", "install", file, "--print")
    assert (printed.code, printed.err) == (0, "")


def test_on_windows_the_service_has_the_variables_of_the_machine_alone(cli, tmp_path, monkeypatch):
    monkeypatch.setattr("pywats.cli.service.sys", SimpleNamespace(platform="win32"))
    monkeypatch.setenv("LINE_URL", "http://127.0.0.1:9")
    file = tmp_path / "line.yaml"
    file.write_text('kind: ingest\nserver: {base_url: "${LINE_URL}", token: x}\nsources: [{name: a, watch: in}]\n')
    (tmp_path / "line.env").write_text("LINE_URL=http://127.0.0.1:9\n")
    printed = cli("service", "install", file, "--print")
    assert printed.code == 0
    assert "<Task" in printed.out
    assert "the service does not have LINE_URL of this shell: set them for the machine, `setx /M" in printed.err
