"""Collect the wheels of the runtime lock, and our own, for a machine that has no package index.

``pip download --platform`` reads the markers of a requirements file for the machine it runs on and so leaves out what
only the other platform needs. Here the markers are evaluated for the target, and pip gets a list without any.
"""

import argparse
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.markers import Marker

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements" / "runtime.txt"
OLDEST_GLIBC, NEWEST_GLIBC = 5, 34


def main() -> int:
    """Fill ``wheelhouse/PLATFORM-pyX.Y`` and print how to install from it."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--platform", default=f"{platform.system()}_{platform.machine()}".lower(), metavar="win_amd64")
    options.add_argument("--python", default=f"{sys.version_info.major}.{sys.version_info.minor}", metavar="3.12")
    options.add_argument("--into", type=Path, default=ROOT / "wheelhouse", metavar="DIR")
    chosen = options.parse_args()
    if not re.fullmatch(r"3\.\d+", chosen.python):
        options.error(f"--python takes a version such as 3.12, not {chosen.python!r}")
    try:
        environment = target(chosen.platform, chosen.python)
    except ValueError as error:
        options.error(str(error))
    house: Path = chosen.into / f"{chosen.platform}-py{chosen.python}"
    house.mkdir(parents=True, exist_ok=True)
    for old in house.glob("*.whl"):
        old.unlink()
    (house / "requirements.txt").write_text("".join(requirements(LOCK.read_text("utf-8"), environment)), "utf-8")
    try:
        download(house, chosen.platform, chosen.python)
        pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(house), str(ROOT))
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"wheelhouse: pip ended with {error.returncode}; its own words are above\n")
        return 1
    wheels = sorted(house.glob("*.whl"))
    size = sum(wheel.stat().st_size for wheel in wheels) / 1e6
    sys.stdout.write(
        f"{len(wheels)} wheels, {size:.0f} MB, in {house}\n"
        f"There: python -m pip install --no-index --find-links {house.name} pywats-workers\n"
    )
    return 0


def target(name: str, python: str) -> dict[str, str]:
    """Return the marker variables of a platform such as ``win_amd64``, ``linux_aarch64`` or ``macosx_11_0_arm64``."""
    families = {
        "win": ("win32", "Windows", "nt"),
        "linux": ("linux", "Linux", "posix"),
        "macosx": ("darwin", "Darwin", "posix"),
    }
    family = name.partition("_")[0]
    if family not in families:
        known = ", ".join(f"{prefix}_..." for prefix in families)
        message = f"--platform takes one of {known}, not {name!r}"
        raise ValueError(message)
    sys_platform, system, os_name = families[family]
    return {
        "sys_platform": sys_platform,
        "platform_system": system,
        "os_name": os_name,
        "python_version": python,
        "python_full_version": f"{python}.0",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
    }


def requirements(lock: str, environment: dict[str, str]) -> Iterator[str]:
    """Yield the lines of the lock, with their hashes and without markers, that hold in an environment."""
    kept = True
    for line in lock.splitlines():
        pin, _, marker = line.rstrip("\\ ").partition(" ; ")
        is_pin = not line.startswith((" ", "#"))
        if is_pin:
            kept = not marker or Marker(marker).evaluate(environment)
        if kept:
            yield f"{pin} \\\n" if is_pin else f"{line}\n"


def download(house: Path, name: str, python: str) -> None:
    """Fetch the wheels for a platform; a package that has none for it is an error of pip's."""
    tags = [f"--platform={tag}" for tag in wheel_tags(name)]
    version = python.replace(".", "")
    pip(
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--require-hashes",
        f"--python-version={python}",
        "--implementation=cp",
        f"--abi=cp{version}",
        "--abi=abi3",
        "--abi=none",
        *tags,
        f"--dest={house}",
        f"--requirement={house / 'requirements.txt'}",
    )


def wheel_tags(name: str) -> list[str]:
    """Return every tag that a machine of this platform accepts: a Linux wheel names the oldest glibc it runs on."""
    family, _, machine = name.partition("_")
    if family != "linux":
        return [name]
    glibcs = [f"manylinux_2_{minor}_{machine}" for minor in range(NEWEST_GLIBC, OLDEST_GLIBC - 1, -1)]
    return [*glibcs, f"manylinux2014_{machine}", f"manylinux2010_{machine}", f"manylinux1_{machine}", name]


def pip(*arguments: str) -> None:
    """Run pip of this interpreter, quietly."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", arguments[0], "--quiet", *arguments[1:]]
    subprocess.run(command, check=True, cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main())
