"""Every command line ends with a code and, where it is wrong, with one clear line."""

import contextlib
import io
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.cli import ExitCode, app, main
from pywats.cli.exits import CommandError
from pywats.errors import ConfigurationError, ServerError

COMMANDS = ("demo", "sandbox", "ingest", "run", "validate", "call", "doctor")


def test_help_names_every_command_and_the_exit_codes(cli):
    outcome = cli("--help")
    assert outcome.code == 0
    for command in COMMANDS:
        assert f"  {command} " in outcome.out
    assert "130  stopped by Ctrl-C" in outcome.out


@pytest.mark.parametrize("group", [(), ("spool",), ("jobs",), ("migrate",)])
def test_what_a_command_does_is_said_in_one_whole_line(cli, group):
    shown = cli(*group, "--help").out.partition("Commands:\n")[2]
    assert shown
    assert all(line.endswith(".") and not line.endswith("...") for line in shown.splitlines())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(cli, command):
    outcome = cli(command, "--help")
    assert outcome.code == 0
    assert f"Usage: pywats {command}" in outcome.out
    assert outcome.err == ""


def test_no_command_is_answered_with_the_help(cli):
    outcome = cli()
    assert outcome.code == 2
    assert outcome.out == cli("--help").out
    assert outcome.err == ""


def test_version(cli):
    outcome = cli("--version")
    assert outcome.code == 0
    assert outcome.out.startswith("pywats 0.")


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["ingst"], ["No such command 'ingst'", "'ingest'"]),
        (["validate"], ["FILE", "pywats validate --help"]),
        (["run", "a.yaml", "b.yaml"], ["b.yaml", "pywats run --help"]),
        (["run", "a.yaml", "--dryrun"], ["--dryrun", "--dry-run"]),
        (["sandbox", "--port", "70000"], ["--port", "65535"]),
        (["sandbox", "--latency-ms", "soon"], ["--latency-ms"]),
        (["call"], ["DOMAIN.METHOD", "call --list"]),
        (["ingest", "x.yaml", "--log-level", "loud"], ["--log-level", "debug"]),
    ],
)
def test_a_wrong_command_line_is_one_line_with_what_would_be_right(cli, words, parts):
    outcome = cli(*words)
    assert outcome.code == ExitCode.USAGE
    assert outcome.out == ""
    assert outcome.err.count("\n") == 1
    for part in parts:
        assert part in outcome.err


@pytest.mark.parametrize(
    "words",
    [
        ["doctor", "--token", "s3cret-token"],
        ["call", "product.get_product", "X", "--token=s3cret-token"],
        ["run", "x.yaml", "--token", "s3cret-token"],
    ],
)
def test_no_token_is_taken_from_the_command_line(cli, words):
    outcome = cli(*words)
    assert outcome.code == ExitCode.USAGE
    assert "--token-file" in outcome.err
    assert "s3cret-token" not in outcome.err


@pytest.mark.parametrize("command", ["ingest", "run", "validate", "doctor"])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "No such file"),
        ("folder", "is not a regular file"),
        (b"\x00\x01\xff\xfe\x93binary", ""),
        (b"kind: [", ":1:"),
        (b"kind: ingset\n", ":1:7: kind"),
        (b"", ""),
        (b"kind: ingest\n", "server"),
        (b"kind: job\nname: x\n", "server"),
    ],
    ids=["missing", "folder", "binary", "broken", "unknown kind", "empty", "empty ingest", "empty job"],
)
def test_a_bad_file_is_named_with_what_is_wrong(cli, tmp_path, command, content, says):
    path = tmp_path / "bad.yaml"
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    outcome = cli(command, path)
    assert outcome.code == ExitCode.USAGE
    assert outcome.err.startswith(str(path))
    assert says in outcome.err


def raising(monkeypatch, error):
    def fail(_):
        raise error

    monkeypatch.setattr(app, "run", fail)


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (CommandError("no"), 2, "pywats: no"),
        (CommandError("no", ExitCode.FAILED), 1, "pywats: no"),
        (ConfigurationError("x.yaml:1:2: kind: is missing"), 2, "x.yaml:1:2: kind: is missing"),
        (ServerError("oh\x1b[2J no", status=500, method="GET", path="/x"), 1, "pywats: GET /x: 500 oh\\x1b[2J no"),
        (PermissionError(13, "Permission denied", "out/x"), 1, "pywats: out/x: Permission denied"),
        (OSError("odd"), 1, "pywats: odd"),
        (
            ModuleNotFoundError("No module named 'lxml'", name="lxml.etree"),
            1,
            "pywats: the package lxml.etree is missing",
        ),
        (ValueError("two\nlines"), 1, "pywats: unexpected ValueError: two lines; this is a fault of pywats"),
    ],
)
def test_every_error_becomes_one_line_and_a_code(cli, monkeypatch, error, code, line):
    raising(monkeypatch, error)
    outcome = cli("run", "x")
    assert outcome.code == code
    assert outcome.err.startswith(line)
    assert outcome.err.count("\n") == 1


def test_where_a_fault_happened_is_in_the_log_of_debug_level(capsys, monkeypatch):
    from pywats.cli.logs import start_logging
    from pywats.cli.options import LogLevel

    start_logging(LogLevel.DEBUG)
    raising(monkeypatch, ValueError("odd"))
    assert main(["run", "x"]) == ExitCode.FAILED
    assert "event=command_failed" in capsys.readouterr().err


def test_ctrl_c_is_one_line(cli, monkeypatch):
    raising(monkeypatch, KeyboardInterrupt())
    outcome = cli("run", "x")
    assert outcome.code == ExitCode.INTERRUPTED
    assert outcome.err == "pywats: interrupted\n"


def test_a_reader_that_is_gone_is_no_error():
    script = "import sys; from pywats.cli import main; sys.exit(main(['call', '--list']))"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        shown = process.stderr.read()
    assert process.returncode == ExitCode.FAILED
    assert shown == b""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no sh")
@pytest.mark.parametrize(("closed", "words", "code"), [(">&-", "call --list", 0), ("2>&-", "validate no-file", 2)])
def test_a_stream_that_was_never_opened_is_not_missed(closed, words, code):
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" -m pywats {words} {closed}', sys.executable],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (code, b"", b"")


def test_what_the_terminals_encoding_lacks_is_escaped(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)
    monkeypatch.setattr(sys, "stderr", stream)
    raising(monkeypatch, CommandError("no file 'æ'"))
    assert main(["run", "x"]) == ExitCode.USAGE
    assert stream.buffer.getvalue() == b"pywats: no file '\\xe6'\n"


def test_help_loads_nothing_heavy():
    script = (
        "import sys; from pywats.cli import main; main(['--help']); "
        "heavy = {'aiohttp', 'pydantic', 'structlog', 'rich', 'orjson', 'yaml'}; "
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"


WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["--json", "--show", "--list", "--dry-run", "--overlay", "--config", "--token-file", "-v", "--", "/"]
    ),
)


@given(st.sampled_from(["", "validate", "run", "call", "ingest"]), st.lists(WORDS, max_size=4))
def test_no_command_line_whatever_ends_in_a_traceback(command, words):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([command, *words])
    assert code in set(ExitCode)
    assert "fault of pywats" not in err.getvalue()
    assert "Traceback" not in err.getvalue()
    assert code == ExitCode.OK or out.getvalue() + err.getvalue()
