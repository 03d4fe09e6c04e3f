"""``status``: several daemons in one table, asked over a real socket."""

import http.server
import json
import socketserver
import threading
import time

import pytest

from pywats.cli import status

WELL = {
    "well": True,
    "problems": [],
    "version": "1",
    "line": {"state": "open"},
    "sources": [{}],
    "reports": {"waiting": 3, "oldest_waiting_seconds": 7, "held": 0, "quarantined": 0},
}
PASSWORD = "Basic OnNlY3JldCB3b3Jk"  # of ":secret word"


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        kind = self.path.split("/")[1]
        answers = {
            "well": (200, WELL),
            "ill": (200, {**WELL, "well": False, "problems": ["1 report is held: a person has to decide"]}),
            "web": (200, ["hello"]),
            "half": (200, {**WELL, "reports": None}),
            "list": (200, {**WELL, "line": ["open"]}),
            "words": (200, {**WELL, "problems": "none"}),
            "deep": (200, json.loads("[" * 900 + "]" * 900)),
            "guarded": (200 if self.headers.get("Authorization") == PASSWORD else 401, WELL),
            "moved": (302, {}),
        }
        status, body = answers.get(kind, (404, {}))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/well/status.json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def pages():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_all_are_well(cli, pages):
    result = cli("status", f"{pages}/well", f"http://{pages}/well/")
    assert result.code == 0
    assert result.out.splitlines()[0].split()[:5] == ["daemon", "state", "line", "waiting", "oldest_s"]
    assert result.out.splitlines()[1].split()[:5] == [f"http://{pages}/well/", "well", "open", "3", "7"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("ill", "1 report is held"),
        ("web", "something else than a daemon"),
        ("half", "something else than a daemon"),
        ("list", "something else than a daemon"),
        ("words", "something else than a daemon"),
        ("deep", "something else than a daemon"),
        ("gone", "it answered 404"),
        ("moved", "it answered 302"),
        ("guarded", "give --password-file FILE"),
    ],
)
def test_one_that_is_not_well_fails_the_command(cli, pages, path, said):
    result = cli("status", f"{pages}/well", f"{pages}/{path}")
    assert result.code == 1
    assert said in result.out


def test_one_that_is_away_is_said_to_be(cli):
    result = cli("status", "127.0.0.1:9")
    assert result.code == 1
    assert "http://127.0.0.1:9/: it does not answer: Connection refused" in result.out


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", "it does not answer as a daemon does: SSH-2.0"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "it does not answer as a daemon does"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "it does not answer as a daemon does"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 100_000, "it does not answer as a daemon does"),
        (b'HTTP/1.1 200 OK\r\n\r\n{"well": true, "problems": ["\\ud800"]}', "it does not answer as a daemon does"),
        (b"", "it does not answer"),
    ],
)
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_one_that_speaks_otherwise_hides_no_other(cli, pages, said, told, form):
    with Speaker(said) as port:
        result = cli("status", f"{pages}/well", f"127.0.0.1:{port}", *form)
    assert result.code == 1
    assert told in result.out
    assert f"http://{pages}/well/" in result.out
    assert result.err == ""


def test_one_that_dawdles_is_left_behind(cli, pages, monkeypatch):
    monkeypatch.setattr(status, "PATIENCE", 0.3)
    with Speaker(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"y" * 1000, pause=0.1) as port:
        begun = time.monotonic()
        result = cli("status", f"127.0.0.1:{port}", f"{pages}/well")
        assert time.monotonic() - begun < 5.0
    assert result.code == 1
    assert "nothing whole came within 0.3 s" in result.out
    assert "well   open" in result.out


class Speaker:
    """A server that says what it says to whoever comes, at once or a byte at a time."""

    def __init__(self, said, pause=0.0):
        closing = self.closing = threading.Event()

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                for part in [said[i : i + 1] for i in range(len(said))] if pause else [said]:
                    self.request.sendall(part)
                    if closing.wait(pause):
                        return

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))

    def __enter__(self):
        self.thread.start()
        return self.server.server_address[1]

    def __exit__(self, *_):
        self.closing.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def test_the_password_is_read_from_a_file(cli, pages, tmp_path):
    (tmp_path / "password").write_text("secret word\n")
    result = cli("status", f"{pages}/guarded", "--password-file", str(tmp_path / "password"), "--json")
    assert result.code == 0
    assert json.loads(result.out) == {"url": f"http://{pages}/guarded/", "well": True, "problems": [], "status": WELL}
    (tmp_path / "password").write_text("another")
    result = cli("status", f"{pages}/guarded", "--password-file", str(tmp_path / "password"))
    assert "it refused the password" in result.out


@pytest.mark.parametrize(
    "url", ["ftp://x", "http://", "http://me:secret@x:1", "http://x:0", "http://x:99999", "http://a b:1"]
)
def test_what_is_no_address_is_a_mistake_of_the_command_line(cli, url):
    result = cli("status", url)
    assert result.code == 2
    assert "no address such as" in result.err
    assert "secret" not in result.err
