"""Whose files ``import pywats`` uses: seen from fresh interpreters, as a user's script would be."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
IMPORT = "import pywats; print('imported')"


def run(script: Path, *path: Path, flags: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run a script with nothing of the checkout on its path but what is named."""
    return subprocess.run(
        [sys.executable, *flags, str(script)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))},
        cwd=script.parent,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def script(tmp_path) -> Path:
    path = tmp_path / "scripts" / "measure.py"
    path.parent.mkdir()
    path.write_text(IMPORT)
    return path


def install_vendors(site: Path, name: str = "pywats_api-0.1.0b1.dist-info") -> None:
    """What an installer leaves behind of the vendor's distribution, as far as anyone can look it up."""
    metadata = site / name
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: pywats-api\nVersion: 0.1.0b1\n")


def test_alone_it_imports_without_a_word(script):
    done = run(script, ROOT, flags=("-W", "error"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "imported\n", "")


def test_a_users_workers_py_beside_the_script_is_named_and_not_run(script):
    own = script.with_name("workers.py")
    own.write_text("raise SystemExit('it was run')")
    done = run(script, ROOT)
    assert done.returncode == 1
    assert f"ForeignPackageError: {own} is imported as 'workers'" in done.stderr
    assert "another name" in done.stderr
    assert "it was run" not in done.stderr


def test_a_users_workers_package_beside_the_script_is_named(script):
    own = script.with_name("workers")
    own.mkdir()
    (own / "__init__.py").touch()
    done = run(script, ROOT)
    assert done.returncode == 1
    assert f"ForeignPackageError: {own} is imported as 'workers'" in done.stderr


def test_a_folder_without_init_called_workers_does_no_harm(script):
    script.with_name("workers").mkdir()
    assert run(script, ROOT).stdout == "imported\n"


def test_a_users_workers_module_that_was_imported_before_is_named(script):
    own = script.with_name("workers.py")
    own.touch()
    script.write_text(f"import workers; {IMPORT}")
    done = run(script, ROOT)
    assert done.returncode == 1
    assert f"ForeignPackageError: {own} is imported as 'workers'" in done.stderr


def test_a_missing_workers_package_says_to_install_again(script, tmp_path):
    site = tmp_path / "site"
    shutil.copytree(ROOT / "pywats", site / "pywats", ignore=shutil.ignore_patterns("__pycache__"))
    done = run(script, site, flags=("-S",))  # without site-packages, which knows of an installed package of that name
    assert done.returncode == 1
    assert "the package 'workers' is missing" in done.stderr
    assert "install pywats-workers again" in done.stderr


def test_the_vendors_package_in_the_same_folder_is_refused(script, tmp_path):
    site = tmp_path / "site"
    for package in ("pywats", "workers"):
        shutil.copytree(ROOT / package, site / package, ignore=shutil.ignore_patterns("__pycache__"))
    install_vendors(site)
    done = run(script, site)
    assert done.returncode == 1
    assert f"pywats-api and pywats-workers are both installed in {site / 'pywats'}" in done.stderr
    assert "pip uninstall pywats-api pywats-workers" in done.stderr


@pytest.mark.parametrize("name", ["pywats_api-0.1.0b1.dist-info", "pywats_api.egg-info", "pyWATS.API-0.1.dist-info"])
def test_the_vendors_package_elsewhere_is_a_warning_at_the_import(script, tmp_path, name):
    install_vendors(tmp_path / "site", name)
    done = run(script, ROOT, tmp_path / "site")
    assert done.stdout == "imported\n"
    assert f"{script.name}:1: RuntimeWarning: pywats-api is installed too, in {tmp_path / 'site'}" in done.stderr
    assert "pip uninstall pywats-api" in done.stderr


def test_a_distribution_of_a_longer_name_is_not_the_vendors(script, tmp_path):
    install_vendors(tmp_path / "site", "pywats_api_extras-1.0.dist-info")
    assert run(script, ROOT, tmp_path / "site", flags=("-W", "error")).stdout == "imported\n"


def test_run_py_without_its_dependencies_says_what_to_do_in_one_line():
    done = subprocess.run(
        [sys.executable, "-S", str(ROOT / "run.py"), "--help"],
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "make demo" in done.stderr
    assert "Traceback" not in done.stderr


def test_run_py_says_a_foreign_package_in_one_line(tmp_path):
    checkout = tmp_path / "checkout"
    for package in ("pywats", "workers"):
        shutil.copytree(ROOT / package, checkout / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "run.py", checkout)
    install_vendors(checkout)
    done = run(checkout / "run.py")
    assert done.returncode == 1
    assert done.stderr.startswith("run.py: pywats-api and pywats-workers are both installed")
    assert len(done.stderr.splitlines()) == 1
