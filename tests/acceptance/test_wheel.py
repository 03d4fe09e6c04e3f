"""What is built for others to install is whole: the wheel alone, without this checkout, is the program."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(1200)  # what is built takes long on a slow machine

ROOT = Path(__file__).resolve().parents[2]
MADE_BY_TOOLS = {"__pycache__"}


def build(target: str, source: Path, into: Path) -> Path:
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(into)],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (built,) = into.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The folder that holds what pip made of the wheel; what the package depends on is that of this environment."""
    folder = tmp_path_factory.mktemp("installed")
    command = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps"]
    subprocess.run([sys.executable, *command, "--target", str(folder), str(wheel)], check=True)
    return folder


def shipped() -> set[str]:
    """The files of the packages in this checkout, as they are named in a wheel."""
    found = [path.relative_to(ROOT) for name in ("pywats", "workers") for path in (ROOT / name).rglob("*")]
    kept = {path.as_posix() for path in found if (ROOT / path).is_file() and not MADE_BY_TOOLS & set(path.parts)}
    demo = [path for path in (ROOT / "configs/demo").rglob("*") if path.is_file()] + [ROOT / "configs/demo.yaml"]
    return kept | {f"pywats/{path.relative_to(ROOT).as_posix()}" for path in demo}


def in_wheel(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(wheel):
    assert in_wheel(wheel) == shipped()


def test_the_source_distribution_builds_the_same_wheel(wheel, tmp_path):
    source = build("sdist", ROOT, tmp_path / "sdist")
    with tarfile.open(source) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    for name in (
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "run.py",
        "Makefile",
        "examples",
        "scripts",
    ):
        assert (unpacked / name).exists(), name
    assert in_wheel(build("wheel", unpacked, tmp_path / "again")) == in_wheel(wheel)


def test_the_installed_wheel_shows_the_demo(installed, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"}
    where = subprocess.run(
        [sys.executable, "-c", "import pywats; print(pywats.__file__)"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(installed)
    done = subprocess.run(
        [str(installed / "bin" / "pywats"), "demo"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "out").rglob("*.csv"))
