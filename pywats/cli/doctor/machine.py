"""This machine: versions, clashing packages, folders, disks."""

import contextlib
import os
import platform
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pywats import __version__, provenance
from pywats.cli.doctor.finding import Finding, failed, ok, warning
from pywats.ingest.health import EMPTY, LOW
from pywats.ingest.schema import IngestConfig
from pywats.ingest.spool.lock import SpoolLock
from pywats.text import reason_of


def versions() -> dict[str, str]:
    """Return what is installed here, by its name."""
    return {
        "pywats": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        **{name: _version(name) for name in ("aiohttp", "pydantic", "orjson", "structlog", "watchfiles")},
    }


def examine_installation() -> Iterator[Finding]:
    """Yield the versions, and whether another package takes this one's name."""
    known = versions()
    yield ok("versions", f"pywats {known['pywats']}, Python {known['python']}, {known['platform']}")
    clash = provenance.vendor_installation()
    yield ok("packages", "no other package is called pywats") if clash is None else failed("packages", clash)


def examine_folders(configuration: IngestConfig) -> Iterator[Finding]:
    """Yield whether the folders of an ingest configuration can be used as they must."""
    for source in configuration.sources:
        yield _watched(source.name, source.watch)
        yield _written(f"{source.name}: archive", source.archive_folder)
        yield _written(f"{source.name}: quarantine", source.quarantine_folder)
    yield _written("spool", configuration.spool.path.parent)


def examine_page(configuration: IngestConfig) -> Iterator[Finding]:
    """Yield whether the status page of an ingest configuration can be served at its address."""
    block = configuration.status
    if block is None or block.port == 0:
        return
    address = f"{block.host} port {block.port}"
    spool = configuration.spool.path
    if spool.is_file() and SpoolLock.is_held(spool):
        yield ok("status", f"the daemon runs; its page should be at {address}")
        return
    try:
        family, kind, _, _, place = socket.getaddrinfo(block.host, block.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as trying:
            if sys.platform != "win32":  # there it would let two servers share a port
                trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trying.bind(place)
    except OSError as error:
        advice = "give status.port another number, or end the program that has it"
        yield failed("status", f"nothing can listen on {address}: {reason_of(error)}", advice)
    else:
        yield ok("status", f"{address} is free")


def examine_disks(folders: Iterable[Path]) -> Iterator[Finding]:
    """Yield the room on each disk that holds one of the folders."""
    seen: set[int] = set()
    for folder in folders:
        place = _existing(folder)
        with contextlib.suppress(OSError):
            device = place.stat().st_dev
            if device not in seen:
                seen.add(device)
                yield _room(place)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _watched(name: str, folder: Path) -> Finding:
    """Files are read here and moved away, so the folder itself must be writable, too."""
    if not folder.is_dir():
        return failed("folders", f"{name}: watch: there is no folder {folder}", "make it, or mend the configuration")
    if not os.access(folder, os.R_OK | os.X_OK):
        return failed(
            "folders", f"{name}: watch: {folder} cannot be read", "give the user of the daemon the right to read"
        )
    if not os.access(folder, os.W_OK):
        advice = "files are moved away from it; give the user of the daemon the right to write"
        return failed("folders", f"{name}: watch: {folder} cannot be written", advice)
    return ok("folders", f"{name}: watch: {folder}")


def _written(name: str, folder: Path) -> Finding:
    """A file is made and removed: rights on network shares and on Windows show only so. No daemon takes its name."""
    place = _existing(folder)
    for each in (folder.absolute(), *folder.absolute().parents):
        if each.parent == place and each.exists():
            return failed("folders", f"{name}: {each} is no folder", "name another one, or move that file away")
    try:
        with tempfile.TemporaryFile(dir=place, prefix=".pywats-doctor-") as file:
            file.write(b"pywats doctor")
    except OSError as error:
        found = f"{name}: {place} cannot be written: {reason_of(error)}"
        return failed("folders", found, "give the user of the daemon the right to write")
    there = place == folder.absolute()
    return ok("folders", f"{name}: {folder}" if there else f"{name}: {folder} will be made in {place}")


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that exists."""
    folder = folder.absolute()
    return next((each for each in (folder, *folder.parents) if each.is_dir()), folder)


def _room(place: Path) -> Finding:
    free = shutil.disk_usage(place).free
    found = f"{free / 1024**3:.1f} GiB free at {place}"
    if free < EMPTY:
        return failed("disk", found, "make room: without it nothing can be accepted")
    return ok("disk", found) if free >= LOW else warning("disk", found, "make room soon")
