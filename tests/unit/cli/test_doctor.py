"""The doctor: each thing that goes wrong in a factory is named, with what to do."""

import http.server
import json
import os
import socket
import ssl
import sys
import threading
import zipfile
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path

import pytest
import trustme

from pywats import provenance
from pywats.cli.doctor import machine, network
from pywats.ingest.health import EMPTY, LOW
from pywats.ingest.spool.lock import SpoolLock
from pywats.sandbox import Sandbox

TOKEN = "t0ken-of-the-factory"
OTHER = "an0ther-token-entirely"


@pytest.fixture
def token_file(tmp_path):
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def sandbox():
    with Sandbox(token=TOKEN) as server:
        yield server


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers every GET the same way."""

    status = 200
    headers_sent = (("Content-Type", "application/json"),)
    body = b'"2025.3.9.824"'
    date = None

    def do_GET(self):
        self.send_response_only(self.status)
        self.send_header("Date", self.date or formatdate(usegmt=True))
        for name, value in self.headers_sent:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    do_CONNECT = do_GET  # noqa: N815 - the name that the base class calls

    def log_message(self, *_):
        pass


@contextmanager
def serving(context=None, **answer):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Answer", (Handler,), answer))
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def job(folder, base_url, **server):
    lines = [f"  {name}: {json.dumps(value)}" for name, value in {"base_url": base_url, **server}.items()]
    path = folder / "job.yaml"
    text = "\n".join(["kind: job", "name: look", "server:", '  token: "${file:token}"', *lines])
    path.write_text(f"{text}\nsteps:\n  - {{id: version, call: analytics.get_version}}\n")
    return path


def checks(outcome):
    return {line.split()[1]: line for line in outcome.lines}


def test_all_is_well_with_a_sandbox(cli, sandbox, token_file):
    outcome = cli("doctor", "--base-url", sandbox.url, "--token-file", token_file)
    found = checks(outcome)
    assert outcome.code == 0, outcome.out
    for check in ("versions", "packages", "base_url", "proxy", "dns", "tcp", "server", "token", "clock", "disk"):
        assert found[check].startswith(("ok", "warning")), found[check]
    assert str(token_file) in found["token"]
    assert TOKEN not in outcome.out + outcome.err


def test_json_says_the_same_to_machines(cli, sandbox, token_file):
    outcome = cli("doctor", "--base-url", sandbox.url, "--token-file", token_file, "--json")
    found = json.loads(outcome.out)
    assert found["ok"] is True
    assert {"check": "tls", "state": "skipped", "found": "base_url begins with http://", "advice": ""} in found[
        "checks"
    ]


def test_no_server_named(cli):
    outcome = cli("doctor")
    assert outcome.code == 1
    assert "WATS_BASE_URL" in checks(outcome)["server"]


def test_no_token_given(cli, sandbox):
    outcome = cli("doctor", "--base-url", sandbox.url)
    assert outcome.code == 1
    assert "WATS_AUTH_TOKEN" in checks(outcome)["server"]


def test_a_token_from_the_environment(cli, sandbox, monkeypatch):
    monkeypatch.setenv("WATS_BASE_URL", sandbox.url)
    monkeypatch.setenv("WATS_AUTH_TOKEN", TOKEN)
    outcome = cli("doctor")
    assert outcome.code == 0
    assert "the environment variable WATS_AUTH_TOKEN" in checks(outcome)["token"]


def test_a_refused_port_stops_there(cli, token_file, free_port):
    outcome = cli("doctor", "--base-url", f"http://127.0.0.1:{free_port}", "--token-file", token_file)
    found = checks(outcome)
    assert outcome.code == 1
    assert found["tcp"].startswith("failed")
    assert "refused" in found["tcp"]
    for later in ("tls", "server", "token", "clock"):
        assert found[later].startswith("skipped")


def test_a_name_that_nobody_knows(cli, token_file):
    outcome = cli("doctor", "--base-url", "http://no-such-host.invalid", "--token-file", token_file)
    assert outcome.code == 1
    assert "is base_url right" in checks(outcome)["dns"]


def test_a_wrong_token_is_refused_by_whom_and_read_from_where(cli, sandbox, token_file):
    token_file.write_text(OTHER)
    outcome = cli("doctor", "--base-url", sandbox.url, "--token-file", token_file)
    token = checks(outcome)["token"]
    assert outcome.code == 1
    assert token.startswith("failed")
    assert sandbox.url in token
    assert str(token_file) in token
    assert OTHER not in outcome.out + outcome.err


def test_a_token_that_may_not_read_is_told_apart(cli, sandbox, token_file):
    sandbox.fail("GET /api/Report/Query/Header", status=403)
    outcome = cli("doctor", "--base-url", sandbox.url, "--token-file", token_file)
    assert outcome.code == 0
    assert checks(outcome)["token"].startswith("warning")
    assert "403" in checks(outcome)["token"]


def test_a_web_page_is_no_server(cli, token_file):
    page = {"headers_sent": (("Content-Type", "text/html"),), "body": b"<!DOCTYPE html><title>Log in</title>"}
    with serving(**page) as port:
        outcome = cli("doctor", "--base-url", f"http://127.0.0.1:{port}", "--token-file", token_file)
    found = checks(outcome)
    assert outcome.code == 1
    assert "web page" in found["server"]
    assert found["token"].startswith("skipped")


def test_a_server_elsewhere_than_base_url_says(cli, token_file):
    with serving(status=404, body=b'{"message": "nothing here"}') as port:
        outcome = cli("doctor", "--base-url", f"http://127.0.0.1:{port}", "--token-file", token_file)
    assert outcome.code == 1
    assert "prefix" in checks(outcome)["server"]


def test_a_clock_that_is_wrong(cli, token_file):
    with serving(date="Tue, 03 Mar 2020 08:00:00 GMT") as port:
        outcome = cli("doctor", "--base-url", f"http://127.0.0.1:{port}", "--token-file", token_file)
    assert outcome.code == 1
    assert "ahead of" in checks(outcome)["clock"]
    assert "NTP" in checks(outcome)["clock"]


def test_a_certificate_of_an_unknown_authority(cli, tmp_path, token_file):
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with serving(context) as port:
        url = f"https://127.0.0.1:{port}"
        refused = cli("doctor", "--base-url", url, "--token-file", token_file)
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        trusted = cli("doctor", job(tmp_path, url, ca_file=str(tmp_path / "ca.pem")))
        unchecked = cli("doctor", job(tmp_path, url, verify_ssl=False))
    assert refused.code == 1
    assert "ca_file" in checks(refused)["tls"]
    assert "certificate" in checks(refused)["tls"]
    assert trusted.code == 0, trusted.out
    assert "TLSv1" in checks(trusted)["tls"]
    assert checks(unchecked)["tls"].startswith("warning")


@pytest.mark.usefixtures("token_file")
def test_a_certificate_of_another_name(cli, tmp_path):
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("wats.example.com").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with serving(context) as port:
        outcome = cli("doctor", job(tmp_path, f"https://127.0.0.1:{port}", ca_file=str(tmp_path / "ca.pem")))
    assert outcome.code == 1
    assert "as its certificate does" in checks(outcome)["tls"]


def test_a_server_that_speaks_no_tls(cli, token_file):
    with serving() as port:
        outcome = cli("doctor", "--base-url", f"https://127.0.0.1:{port}", "--token-file", token_file)
    assert outcome.code == 1
    assert "does it speak https" in checks(outcome)["tls"]


@pytest.mark.usefixtures("token_file")
def test_a_proxy_that_wants_more_than_a_password(cli, tmp_path):
    wants = (("Proxy-Authenticate", "Negotiate"), ("Proxy-Authenticate", "NTLM"))
    with serving(status=407, headers_sent=wants, body=b"") as port:
        path = job(tmp_path, "http://wats.example.com", proxy=f"http://joe:pa55word@127.0.0.1:{port}")
        outcome = cli("doctor", path)
    told = [line for line in outcome.lines if line.startswith("failed")]
    assert outcome.code == 1
    assert len(told) == 1
    assert "proxy" in told[0]
    assert "Negotiate" in told[0]
    assert "NTLM" in told[0]
    assert "pa55word" not in outcome.out + outcome.err


def test_a_proxy_of_the_environment_is_named_by_its_variable(cli, token_file, monkeypatch, free_port):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port}")
    outcome = cli("doctor", "--base-url", "http://wats.example.com", "--token-file", token_file)
    assert "HTTP_PROXY" in checks(outcome)["proxy"]
    assert "does the proxy run" in checks(outcome)["tcp"]


def test_a_package_that_takes_our_name(cli, monkeypatch):
    monkeypatch.setattr(provenance, "vendor_installation", lambda: "pywats-api is installed too; uninstall one")
    outcome = cli("doctor")
    assert outcome.code == 1
    assert "pywats-api" in checks(outcome)["packages"]


def ingest(folder, url):
    path = folder / "ingest.yaml"
    path.write_text(
        f'kind: ingest\nserver: {{base_url: "{url}", token: "${{file:token}}"}}\n'
        f"spool: {{path: {folder}/var/spool.db}}\n"
        f"sources:\n  - {{name: ict, watch: {folder}/in, archive: {folder}/done, quarantine: {folder}/bad}}\n"
    )
    return path


@pytest.mark.usefixtures("token_file")
def test_folders_of_an_ingest_configuration(cli, tmp_path, sandbox):
    path = ingest(tmp_path, sandbox.url)
    missing = cli("doctor", path)
    assert missing.code == 1
    assert f"there is no folder {tmp_path}/in" in missing.out
    (tmp_path / "in").mkdir()
    well = cli("doctor", path)
    assert well.code == 0, well.out
    assert "ict: watch" in well.out
    assert "will be made" in well.out
    assert not (tmp_path / "done").exists()
    assert not list((tmp_path / "in").iterdir())


@pytest.mark.usefixtures("token_file")
def test_the_address_of_the_status_page(cli, tmp_path, sandbox):
    (tmp_path / "in").mkdir()
    path = ingest(tmp_path, sandbox.url)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        path.write_text(f"{path.read_text()}status: {{port: {port}}}\n")
        outcome = cli("doctor", path)
        assert outcome.code == 1
        assert f"nothing can listen on 127.0.0.1 port {port}: Address already in use; give status.port" in outcome.out
    assert f"127.0.0.1 port {port} is free" in cli("doctor", path).out
    lock = SpoolLock(tmp_path / "var" / "spool.db")
    (tmp_path / "var" / "spool.db").touch()
    assert "the daemon runs; its page should be at 127.0.0.1" in cli("doctor", path).out
    lock.release()


@pytest.mark.usefixtures("token_file")
def test_a_relative_folder_that_is_there_is_not_to_be_made(cli, tmp_path, sandbox, monkeypatch):
    for name in ("in", "var"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    outcome = cli("doctor", ingest(Path(), sandbox.url))
    assert "ok       folders   spool: var\n" in outcome.out
    assert "ict: archive: done will be made" in outcome.out


@pytest.mark.usefixtures("token_file")
def test_a_file_where_a_folder_should_be(cli, tmp_path, sandbox):
    (tmp_path / "in").mkdir()
    (tmp_path / "var").touch()
    outcome = cli("doctor", ingest(tmp_path, sandbox.url))
    assert outcome.code == 1
    assert f"failed   folders   spool: {tmp_path}/var is no folder; name another one" in outcome.out


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.usefixtures("token_file")
def test_a_folder_without_rights(cli, tmp_path, sandbox):
    (tmp_path / "in").mkdir(mode=0o500)
    outcome = cli("doctor", ingest(tmp_path, sandbox.url))
    assert outcome.code == 1
    assert "right to write" in outcome.out


@pytest.mark.usefixtures("token_file")
def test_a_folder_that_cannot_be_written(cli, tmp_path, sandbox, monkeypatch):
    (tmp_path / "in").mkdir()

    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(machine.tempfile, "TemporaryFile", refuse)
    monkeypatch.setattr(machine.os, "access", lambda _, mode: mode != os.W_OK)
    outcome = cli("doctor", ingest(tmp_path, sandbox.url))
    assert outcome.code == 1
    assert outcome.out.count("cannot be written") == 4


@pytest.mark.parametrize(("free", "state"), [(EMPTY - 1, "failed"), (LOW - 1, "warning")])
def test_a_disk_that_is_nearly_full(cli, monkeypatch, free, state):
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: type("Usage", (), {"free": free}))
    assert checks(cli("doctor"))["disk"].startswith(state)


def test_a_bad_file_is_a_mistake_of_usage(cli, tmp_path):
    outcome = cli("doctor", tmp_path / "none.yaml")
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1
    assert "none.yaml" in outcome.err


@pytest.mark.usefixtures("token_file")
def test_the_bundle_holds_everything_but_the_secrets(cli, tmp_path, sandbox, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://jane:p%40ss-in-env@proxy:3128")
    path = job(tmp_path, sandbox.url, proxy="http://joe:pa55-in-file@127.0.0.1:9", trust_env=False)
    log = tmp_path / "daemon.log"
    log.write_text(
        f"event=request headers=\"{{'Authorization': 'Basic {TOKEN}'}}\"\n"
        f"token {TOKEN} in words\nAuthorization: Basic b3RoZXItdG9rZW4\nhttp://joe:pa55-in-file@127.0.0.1:9\n"
        "decoded p@ss-in-env\nthe last line\n"
    )
    bundle = tmp_path / "bundle.zip"
    outcome = cli("doctor", path, "--bundle", bundle, "--log-file", log)
    assert outcome.code == 1
    with zipfile.ZipFile(bundle) as archive:
        assert set(archive.namelist()) == {
            "configuration.txt",
            "doctor.json",
            "doctor.txt",
            "log.txt",
            "variables.txt",
            "versions.json",
        }
        everything = "\n".join(archive.read(name).decode() for name in archive.namelist())
        assert json.loads(archive.read("doctor.json"))
    for secret in (TOKEN, "pa55-in-file", "p%40ss-in-env", "p@ss-in-env", "b3RoZXItdG9rZW4"):
        assert secret not in everything
        assert secret not in outcome.out + outcome.err
    assert sandbox.url in everything
    assert "the last line" in everything
    assert "HTTPS_PROXY is set" in everything


@pytest.mark.usefixtures("token_file")
def test_a_long_log_is_cut_at_a_line(cli, tmp_path):
    log = tmp_path / "daemon.log"
    log.write_text("".join(f"line {number}\n" for number in range(60_000)))
    bundle = tmp_path / "bundle.zip"
    cli("doctor", "--bundle", bundle, "--log-file", log)
    with zipfile.ZipFile(bundle) as archive:
        lines = archive.read("log.txt").decode().splitlines()
    assert lines[-1] == "line 59999"
    assert lines[0].startswith("line ")
    assert len(lines) < 60_000


def test_a_bundle_replaces_no_file(cli, tmp_path):
    taken = tmp_path / "bundle.zip"
    taken.write_text("precious")
    outcome = cli("doctor", "--bundle", taken)
    assert outcome.code == 2
    assert "is there already" in outcome.err
    assert taken.read_text() == "precious"


def test_a_log_that_is_not_there_leaves_no_bundle(cli, tmp_path):
    outcome = cli("doctor", "--bundle", tmp_path / "bundle.zip", "--log-file", tmp_path / "none.log")
    assert outcome.code == 2
    assert "none.log" in outcome.err
    assert not (tmp_path / "bundle.zip").exists()


def test_every_check_ends_in_time(cli, token_file, monkeypatch):
    monkeypatch.setattr(network, "PATIENCE", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        outcome = cli("doctor", "--base-url", f"http://127.0.0.1:{silent.getsockname()[1]}", "--token-file", token_file)
    assert outcome.code == 1
    assert any("within 0.2 s" in said for said in checks(outcome).values())
