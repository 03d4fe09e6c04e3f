"""The command line as a process: what a shell, a service manager and a person at a terminal see of it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from waiting import PATIENCE, put, running, until

from pywats.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "configs" / "demo" / "inbox"
COMMANDS = ("demo", "sandbox", "ingest", "run", "validate", "call", "doctor")
TOKEN = "t0ken-of-the-factory"

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent to processes another way on Windows")


def environment(**more):
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("WATS_") and "proxy" not in name.lower()
    }
    return {**kept, **more}


def run(*words, cwd, **more):
    done = subprocess.run(
        [sys.executable, str(ROOT / "run.py"), *map(str, words)],
        cwd=cwd,
        env=environment(**more),
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    assert b"Traceback" not in done.stderr
    return done


def started(*words, cwd, **more):
    """A command under way; it is killed at the end if it has not ended by itself."""
    return running([sys.executable, str(ROOT / "run.py"), *map(str, words)], cwd=cwd, env=environment(**more))


def interrupted(process, number=signal.SIGINT):
    """Interrupt a command and return what it said from then on."""
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in err
    return out, err


@pytest.fixture
def wats():
    with Sandbox(token=TOKEN) as server:
        yield server


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(tmp_path, command):
    done = run(command, "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert f"Usage: run.py {command}".encode() in done.stdout
    assert done.stderr == b""


def test_the_package_is_a_command_too(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "pywats", "--version"],
        cwd=tmp_path,
        env=environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"pywats ")


def test_an_unknown_command_names_the_nearest(tmp_path):
    done = run("ingets", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1
    assert b"'ingest'" in done.stderr


@pytest.mark.parametrize("command", ["ingest", "run", "validate", "doctor"])
@pytest.mark.parametrize("kind", ["missing", "folder", "binary", "mistake", "name"])
def test_a_bad_file_is_one_clear_line(tmp_path, command, kind):
    path = tmp_path / "bad.yaml"
    if kind == "folder":
        path.mkdir()
    elif kind == "binary":
        path.write_bytes(bytes(range(256)))
    elif kind == "mistake":
        path.write_text("kind: [ingest\n")
    done = run(command, "bad\udcff.yaml" if kind == "name" else path, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1
    assert b"bad" in done.stderr


@posix
@pytest.mark.skipif(sys.platform != "win32" and os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_rights_is_one_clear_line(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text("kind: job\n")
    path.chmod(0)
    done = run("run", path, cwd=tmp_path)
    assert done.returncode == 2
    assert b"Permission denied" in done.stderr


def test_output_survives_an_encoding_that_lacks_letters(tmp_path, wats):
    wats.seed(products=[{"partNumber": "X", "name": "Lötkolben 漢"}])
    server = {"WATS_BASE_URL": wats.url, "WATS_AUTH_TOKEN": TOKEN, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    plain = run("call", "product.get_product", "X", cwd=tmp_path, **server)
    assert plain.returncode == 0
    assert b"L\\xf6tkolben" in plain.stdout
    machine = run("call", "product.get_product", "X", "--json", cwd=tmp_path, **server)
    assert json.loads(machine.stdout)["name"] == "Lötkolben 漢"


def test_a_reader_that_has_enough_ends_it_quietly(tmp_path):
    with started("call", "--list", cwd=tmp_path) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(PATIENCE) == 1


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_sandbox_says_where_it_listens_and_ends_in_order(tmp_path, number):
    with started("sandbox", "--token", "tok", "--db", tmp_path / "wats.db", cwd=tmp_path) as process:
        line = process.stdout.readline()
        assert line.startswith("sandbox ready http://127.0.0.1:")
        request = urllib.request.Request(f"{line.split()[-1]}/api/App/Version", headers={"Authorization": "Basic tok"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=PATIENCE) as answer:
            assert answer.status == 200
        assert interrupted(process, number) == ("", "")
        assert process.returncode == 0


@posix
def test_a_sandbox_tells_a_program_where_it_listens(tmp_path):
    with started("sandbox", "--json", cwd=tmp_path) as process:
        said = json.loads(process.stdout.readline())
        assert said == {"event": "ready", "url": said["url"]}
        assert interrupted(process) == ("", "")


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--rate-limit", "fast"], "fast"),
        (["--faults", "none.yaml"], "none.yaml"),
        (["--host", "0.0.0.0"], "--token"),
        (["--db", "nowhere/at/all/wats.db"], "nowhere"),
    ],
)
def test_a_sandbox_that_cannot_be_is_one_clear_line(tmp_path, words, part):
    done = run("sandbox", *words, cwd=tmp_path)
    assert done.returncode in {1, 2}
    assert done.stdout == b""
    assert done.stderr.count(b"\n") == 1
    assert part in done.stderr.decode()


@posix
def test_ctrl_c_ends_a_call_with_one_line(tmp_path, wats):
    wats.fail("GET /api/App/Version", hang=True)
    with started(
        "call", "analytics.get_version", cwd=tmp_path, WATS_BASE_URL=wats.url, WATS_AUTH_TOKEN=TOKEN
    ) as process:
        until(lambda: wats.requests)
        assert interrupted(process) == ("", "pywats: interrupted\n")
        assert process.returncode == 130


@posix
def test_ctrl_c_ends_a_job_and_leaves_former_outputs(tmp_path, wats):
    (tmp_path / "products.csv").write_text("former\n")
    job = tmp_path / "job.yaml"
    job.write_text(
        'kind: job\nname: x\nserver: {base_url: "${WATS_BASE_URL}", token: "${WATS_AUTH_TOKEN}"}\nsteps:\n'
        "  - {id: all, call: product.get_products, into: {csv: products.csv}}\n"
        "  - {id: version, call: analytics.get_version}\n"
    )
    wats.fail("GET /api/App/Version", hang=True)
    with started("run", job, cwd=tmp_path, WATS_BASE_URL=wats.url, WATS_AUTH_TOKEN=TOKEN) as process:
        until(lambda: any(request.path == "/api/App/Version" for request in wats.requests))
        out, err = interrupted(process)
    assert process.returncode == 130
    assert out == ""
    assert err.splitlines()[-1] == "pywats: interrupted"
    assert (tmp_path / "products.csv").read_text() == "former\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["job.yaml", "products.csv", "var"]


def line_of(tmp_path):
    (tmp_path / "in").mkdir()
    path = tmp_path / "line.yaml"
    path.write_text(
        'kind: ingest\nserver: {base_url: "${WATS_BASE_URL}", token: "${WATS_AUTH_TOKEN}"}\n'
        "spool: {path: spool.db}\nsources:\n  - {name: ict, watch: in, settle: 50ms, archive: done, quarantine: bad}\n"
    )
    shutil.copy(SAMPLES / "FCT-1_W1001.json", tmp_path / "in")
    return path


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_daemon_uploads_until_it_is_asked_to_stop(tmp_path, wats, number):
    server = {"WATS_BASE_URL": wats.url, "WATS_AUTH_TOKEN": TOKEN}
    with started("ingest", line_of(tmp_path), cwd=tmp_path, **server) as process:
        until(wats.reports)
        put(tmp_path / "in" / "FCT-1_W1002.json", (SAMPLES / "FCT-1_W1002.json").read_bytes())
        until(lambda: len(wats.reports()) == 2)
        out, err = interrupted(process, number)
    assert process.returncode == 0
    assert out == "2 files, 2 reports uploaded\n"
    assert "event=report_uploaded" in err


@posix
def test_a_pass_that_is_interrupted_says_so_and_loses_nothing(tmp_path, wats):
    server = {"WATS_BASE_URL": wats.url, "WATS_AUTH_TOKEN": TOKEN}
    wats.fail("POST /api/Report/WSJF", status=503, times=1000)
    with started("ingest", line_of(tmp_path), "--once", cwd=tmp_path, **server) as process:
        until(lambda: any(request.method == "POST" for request in wats.requests))
        out, err = interrupted(process)
    assert process.returncode == 130
    assert "1 waiting in the spool" in out
    assert err.splitlines()[-1] == "pywats: interrupted"
    wats.clear_faults()
    assert run("ingest", "line.yaml", "--once", cwd=tmp_path, **server).returncode == 0
    assert len(wats.reports()) == 1


def test_a_second_daemon_on_one_spool_is_one_clear_line(tmp_path, wats):
    server = {"WATS_BASE_URL": wats.url, "WATS_AUTH_TOKEN": TOKEN}
    line = line_of(tmp_path)
    with started("ingest", line, cwd=tmp_path, **server) as process:
        until(wats.reports)
        second = run("ingest", line, "--once", cwd=tmp_path, **server)
        assert process.poll() is None
    assert second.returncode == 1
    assert b"spool.db" in second.stderr
    assert str(process.pid).encode() in second.stderr
    assert second.stderr.count(b"\n") == 1
