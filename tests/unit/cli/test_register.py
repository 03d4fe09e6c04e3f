"""Trading a token that may only register for the station's own."""

import base64
import json
import os
import stat
import sys

import pytest

from pywats import pyWATS
from pywats.sandbox import Sandbox

TOKEN = "may-only-register"


@pytest.fixture
def server(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with Sandbox(token=TOKEN) as wats:
        monkeypatch.setenv("WATS_BASE_URL", wats.url)
        monkeypatch.setenv("WATS_AUTH_TOKEN", TOKEN)
        yield wats


def test_the_station_gets_a_token_of_its_own_that_nobody_else_can_read(cli, server, tmp_path):
    outcome = cli("register", "--id", "ICT-1", "--location", "Oslo", "--out", "token")
    assert (outcome.code, outcome.out) == (0, "registered as ICT-1; its token is in token\n")
    path = tmp_path / "token"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert base64.b64decode(path.read_text()).startswith(b"ICT-1:")
    assert path.read_text() not in outcome.out + outcome.err
    with pyWATS(server.url, path.read_text(), trust_env=False) as api:
        assert api.system.ping()
    assert [each.name for each in tmp_path.iterdir()] == ["token"]


@pytest.mark.usefixtures("server")
def test_a_program_is_told_in_json_where_the_token_is(cli, tmp_path):
    outcome = cli("register", "--id", "ICT-1", "--out", "token", "--json")
    assert json.loads(outcome.out) == {"client_id": "ICT-1", "token_file": "token"}
    assert (tmp_path / "token").read_text() not in outcome.out


@pytest.mark.usefixtures("server")
def test_an_id_that_is_known_is_refused_unless_forced(cli, tmp_path):
    cli("register", "--id", "ICT-1", "--out", "token")
    before = (tmp_path / "token").read_text()
    again = cli("register", "--id", "ICT-1", "--out", "other")
    assert (again.code, again.out) == (1, "")
    assert "ICT-1 is registered already, and would lose its token" in again.err
    assert not (tmp_path / "other").exists()
    assert cli("register", "--id", "ICT-2", "--out", "token").code == 2
    assert cli("register", "--id", "ICT-1", "--out", "token", "--force").code == 0
    assert (tmp_path / "token").read_text() != before


@pytest.mark.usefixtures("server")
@pytest.mark.skipif(sys.platform == "win32", reason="there the folder's rights decide who may read a file")
def test_a_file_that_others_could_read_is_replaced_by_one_that_they_cannot(cli, tmp_path):
    path = tmp_path / "token"
    path.write_text("a former token")
    path.chmod(0o644)
    assert cli("register", "--id", "ICT-1", "--out", "token", "--force").code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() != "a former token"


@pytest.mark.usefixtures("server")
def test_what_goes_wrong_is_one_line_and_leaves_nothing(cli, tmp_path, monkeypatch):
    assert cli("register", "--out", "no folder/token").err.count("\n") == 1
    monkeypatch.setenv("WATS_AUTH_TOKEN", "wrong")
    refused = cli("register", "--id", "ICT-1", "--out", "token")
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("server")
def test_a_full_disk_shows_before_anything_is_registered(cli, tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        refused = cli("register", "--id", "ICT-1", "--out", "token")
    assert (refused.code, refused.err) == (1, "pywats: token cannot be written: No space left on device\n")
    assert list(tmp_path.iterdir()) == []
    assert cli("register", "--id", "ICT-1", "--out", "token").code == 0
