"""A daemon that cannot start says why in one line."""

import json

import pytest


@pytest.fixture
def start(cli, tmp_path, monkeypatch):
    monkeypatch.setenv("LINE_TOKEN", "s3cret-token")
    (tmp_path / "ict").mkdir()
    (tmp_path / "file").write_text("")

    def run(**blocks):
        document = {
            "kind": "ingest",
            "server": {"base_url": "http://127.0.0.1:9", "token": "${LINE_TOKEN}", "trust_env": False},
            "spool": {"path": str(tmp_path / "spool.db")},
            "sources": [{"name": "ict", "watch": str(tmp_path / "ict")}],
        }
        (tmp_path / "line.yaml").write_text(json.dumps({**document, **blocks}))
        return cli("ingest", tmp_path / "line.yaml", "--log-level", "critical")

    return run


def test_a_spool_without_rights(start, tmp_path):
    outcome = start(spool={"path": str(tmp_path / "file" / "spool.db")})
    assert outcome.code == 1
    assert outcome.err.count("\n") == 1
    assert "is the folder writable?" in outcome.err


def test_a_log_without_rights(start, tmp_path):
    outcome = start(log={"file": str(tmp_path / "file" / "line.log")})
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1
    assert "name another log.file, or give the user of the daemon the right to write" in outcome.err


@pytest.mark.parametrize("rotate", [{"size": "1KiB"}, {"keep": 0}])
def test_a_log_that_makes_no_sense(start, rotate):
    outcome = start(log={"rotate": rotate})
    assert outcome.code == 2
    assert "line.yaml:1:" in outcome.err
