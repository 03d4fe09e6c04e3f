"""Putting files in place in a folder: all of them, or none, whatever happens meanwhile."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from pywats.errors import InstallError
from pywats.filelock import lock
from pywats.packages.manifest import InstalledPackage, PackageManifest, package_of, write_whole

WORK: Final = ".pywats"
"""The folder for what is not in place yet; it is a part of the folder for packages, so that moves are renames."""


class Site:
    """A folder for packages while something is installed or removed there.

    New files are written beside (``new``) and moved in together (``exchange``); what they replace is kept until the
    manifest knows the new ones. A journal says what was under way, so that the next one who opens the folder after a
    crash brings back what was there before.

    Args:
        root: the folder.
        manifest: of the machine.
    """

    def __init__(self, root: Path, manifest: PackageManifest) -> None:
        self.root = root.absolute()
        self._manifest = manifest
        self._work = self.root / WORK
        self._new, self._old, self._journal = (self._work / name for name in ("new", "old", "journal.json"))
        self._descriptor: int | None = None

    def open(self) -> None:
        """Make the folder if need be, keep others out, and undo what a crash has left half done.

        Raises:
            InstallError: somebody else is at work there.
        """
        self._work.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(self._work / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            lock(self._descriptor)
        except OSError as error:
            os.close(self._descriptor)
            self._descriptor = None
            raise InstallError(
                f"something else is being installed in {self.root}; try again when it is done"
            ) from error
        if self._journal.exists():
            self._undo(self._read_journal())
        self._clear()

    def close(self) -> None:
        """Throw away what was not put in place, and let others in; more than once does no harm."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        if not self._journal.exists():
            self._clear()
        os.close(descriptor)

    def new(self, path: str) -> Path:
        """Where to write the file that is to come to a path below the folder.

        Raises:
            InstallError: a link on the way leads out of the folder, or the path is our own.
        """
        self._target(path)
        staged = self._new / path
        staged.parent.mkdir(parents=True, exist_ok=True)
        return staged

    def exchange(
        self, put: list[str], removed: list[str], *, gone: list[InstalledPackage], come: list[InstalledPackage]
    ) -> None:
        """Put new files in place, take others away and note it in the manifest; after an error all is as before.

        Args:
            put: paths of files that were written to where ``new`` said.
            removed: paths of files that are to go.
            gone: packages that are no longer installed.
            come: packages that are installed now.
        """
        journal = {
            "put": put,
            "removed": removed,
            "folders": self._missing_folders(put),
            "manifest": str(self._manifest.path.absolute()),
            "gone": [package.package_id for package in come],
            "come": [asdict(package) for package in gone],
        }
        for path in put:
            _flush(self._new / path)
        write_whole(self._journal, json.dumps(journal).encode())
        try:
            self._move(put, removed)
            self._manifest.exchange([package.package_id for package in gone], come)
            self._journal.unlink()
        except BaseException:
            self._undo(journal)
            raise
        self._remove_empty(removed)

    def _move(self, put: list[str], removed: list[str]) -> None:
        for path in (*put, *removed):
            target, old = self._target(path), self._old / path
            if os.path.lexists(target):
                old.parent.mkdir(parents=True, exist_ok=True)
                target.replace(old)
        for path in put:
            target = self._target(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            (self._new / path).replace(target)

    def _undo(self, journal: dict[str, Any]) -> None:
        """Bring back what was there; however often this is begun, it ends the same."""
        for path in journal["put"]:
            target, staged = self._target(path), self._new / path
            if not os.path.lexists(staged) and os.path.lexists(target):
                target.replace(staged)
        for path in (*journal["put"], *journal["removed"]):
            target, old = self._target(path), self._old / path
            if os.path.lexists(old):
                target.parent.mkdir(parents=True, exist_ok=True)
                old.replace(target)
        for folder in reversed(journal["folders"]):
            with suppress(OSError):
                (self.root / folder).rmdir()
        PackageManifest(journal["manifest"]).exchange(journal["gone"], map(package_of, journal["come"]))
        self._journal.unlink()

    def _read_journal(self) -> dict[str, Any]:
        try:
            journal: dict[str, Any] = json.loads(self._journal.read_bytes())
        except ValueError as error:
            raise InstallError(
                f"{self._journal} cannot be read, so what it was about cannot be undone: {error}"
            ) from error
        return journal

    def _target(self, path: str) -> Path:
        target = self.root / path
        if path.casefold().split("/")[0] == WORK:
            raise InstallError(f"{path!r} lies in a folder that is used while something is installed")
        if not target.parent.resolve().is_relative_to(self.root.resolve()):
            raise InstallError(f"a link leads {path!r} out of {self.root}")
        return target

    def _missing_folders(self, put: Iterable[str]) -> list[str]:
        """The folders that will be made, outer ones first."""
        folders = {folder.as_posix() for path in put for folder in list(Path(path).parents)[:-1]}
        return sorted(folder for folder in folders if not (self.root / folder).exists())

    def _remove_empty(self, removed: Iterable[str]) -> None:
        """Remove the folders that nothing is left in."""
        folders = {folder for path in removed for folder in list(Path(path).parents)[:-1]}
        for folder in sorted(folders, key=lambda folder: len(folder.parts), reverse=True):
            with suppress(OSError):
                (self.root / folder).rmdir()

    def _clear(self) -> None:
        for folder in (self._new, self._old):
            shutil.rmtree(folder, ignore_errors=True)


def sha256_of(path: Path) -> str | None:
    """SHA-256 of a file in hexadecimal, ``None`` if there is no such file."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
