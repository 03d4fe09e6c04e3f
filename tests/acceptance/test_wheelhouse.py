"""A station without a network: the wheels are collected here and installed there from the folder alone."""

import runpy
import subprocess
import sys
import venv
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(1200)  # what is built takes long on a slow machine

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "wheelhouse.py"
NO_INDEX = ("NewConnectionError", "Name or service not known", "Temporary failure in name resolution", "ConnectTimeout")


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheelhouse")
    made = subprocess.run(
        [sys.executable, str(SCRIPT), "--into", str(folder)], capture_output=True, text=True, check=False, timeout=600
    )
    if made.returncode and any(words in made.stderr for words in NO_INDEX):
        pytest.skip("needs a package index, and none can be reached")
    assert made.returncode == 0, made.stderr
    (only,) = folder.iterdir()
    return only


@pytest.fixture(scope="module")
def station(house, tmp_path_factory) -> Path:
    """The Python of a new environment, with the package installed from the wheelhouse and nothing else."""
    folder = tmp_path_factory.mktemp("station")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    installed = subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", "--no-index", "--find-links", str(house), "pywats-workers"],
        env={"PATH": "/nonexistent", "PIP_CONFIG_FILE": "/dev/null"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert installed.returncode == 0, installed.stderr
    return python


def at(station: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(station), *arguments], cwd=station.parent, env={}, capture_output=True, text=True, check=False
    )


def test_what_was_installed_is_complete(station):
    done = at(station, "-m", "pip", "check")
    assert done.returncode == 0, done.stdout


def test_the_installed_package_is_a_whole_command_line(station):
    for command in ([str(station.with_name("pywats"))], [str(station), "-m", "pywats"]):
        done = subprocess.run(
            [*command, "--help"], cwd=station.parent, env={}, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "ingest" in done.stdout


def test_the_files_of_the_demo_are_installed_as_they_are(station):
    done = at(station, "-c", "import pywats, pathlib; print(pathlib.Path(pywats.__file__).parent / 'configs')")
    installed, shipped = Path(done.stdout.strip()), ROOT / "configs"
    files = [path for path in (shipped / "demo").rglob("*") if path.is_file()] + [shipped / "demo.yaml"]
    assert len(files) > 1
    for path in files:
        assert (installed / path.relative_to(shipped)).read_bytes() == path.read_bytes()


def test_a_windows_station_gets_what_only_windows_needs():
    script = runpy.run_path(str(SCRIPT), run_name="wheelhouse")
    lock = (ROOT / "requirements" / "runtime.txt").read_text("utf-8")
    windows = "".join(script["requirements"](lock, script["target"]("win_amd64", "3.12")))
    linux = "".join(script["requirements"](lock, script["target"]("linux_x86_64", "3.12")))
    for only in ("colorama==", "tzdata=="):
        assert only in windows
        assert only not in linux
    assert ";" not in windows
    assert windows.count("==") == lock.count("==") - lock.count("== '")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--platform", "amiga"], "win_..., linux_..., macosx_..."), (["--python", "three"], "a version such as 3.12")],
)
def test_a_target_that_does_not_exist_is_one_clear_line(arguments, words):
    done = subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert words in done.stderr.splitlines()[-1]
