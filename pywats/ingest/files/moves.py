"""Moving and writing files so that nothing is overwritten and nothing is half there; it blocks."""

import contextlib
import hashlib
import os
import shutil
import sys
from collections.abc import Collection
from errno import EXDEV
from pathlib import Path
from typing import BinaryIO, Final

from pywats.ingest.files.reading import Stamp

LONGEST_NAME: Final = 255
"""Bytes of a file name on the file systems in use."""

COPY: Final = ".pywats-copy"
"""Ending of a file that is being copied to another file system, beside its target."""


class ChangedError(Exception):
    """The file that was to be moved is gone, or is no longer the one that was read."""


def free_name(folder: Path, name: str, *, companions: Collection[str] = (), promised: Collection[Path] = ()) -> Path:
    """Return a path in ``folder`` that nothing has yet: the name itself, else ``NAME.N.EXT`` after the numbers in use.

    Args:
        folder: need not exist.
        name: wanted.
        companions: endings of files that will be written beside it; their names are free as well.
        promised: paths that are spoken for.
    """

    def is_free(number: int) -> bool:
        path = folder / _numbered(name, number)
        names = (path, *(beside(path, ending) for ending in companions))
        return path not in promised and not any(os.path.lexists(each) for each in names)

    taken, free = -1, 0
    while not is_free(free):  # a tester may use one name for all: the numbers are not tried one by one
        taken, free = free, 2 * free + 1
    while free - taken > 1:
        middle = (taken + free) // 2
        taken, free = (taken, middle) if is_free(middle) else (middle, free)
    return folder / _numbered(name, free)


def beside(path: Path, ending: str) -> Path:
    """Return the path of a companion file, ``NAME`` + ``ending``; a very long name is cut to make room."""
    return path.with_name(_fitted(path.name, ending))


def _numbered(name: str, number: int) -> str:
    plain = Path(name)
    return _fitted(plain.stem, f".{number}{plain.suffix}") if number else name


def _fitted(stem: str, ending: str) -> str:
    room = LONGEST_NAME - len(os.fsencode(ending))
    return os.fsdecode(os.fsencode(stem)[:room]) + ending


def stamp(path: Path) -> Stamp | None:
    """Return what tells whether a file is still the same, or ``None`` when there is none."""
    try:
        return Stamp.of(path.lstat())
    except FileNotFoundError:
        return None


def digest(path: Path) -> bytes | None:
    """Return the SHA-256 of a file, or ``None`` when there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except FileNotFoundError:
        return None


def move(path: Path, target: Path, expected: Stamp) -> None:
    """Move a file to a name that nothing has, or that an earlier try reserved; its bytes are on the disk afterwards.

    Args:
        path: where it is.
        target: where it is to be; the folder is made.
        expected: the file as it was read.

    Raises:
        ChangedError: there is another file now, or none; it is left alone.
        FileExistsError: the name has been taken.
        OSError: it cannot be moved.
    """
    if stamp(path) != expected:
        raise ChangedError
    _make_folder(target.parent)
    if _is_copied(path, target, expected):
        _remove_original(path, target, expected)
        return
    _reserve(target)
    try:
        if not _rename(path, target):
            _copy(path, target, expected)
            return
    except (OSError, ChangedError):
        if _is_empty(target):
            target.unlink()
        raise
    if stamp(target) != expected:  # a writer put a new file in its place at the last moment
        target.rename(free_name(path.parent, path.name))
        raise ChangedError
    sync_folder(target.parent)
    sync_folder(path.parent)


def clear(target: Path) -> None:
    """Remove what a crash left of a copy to a target; the books must say that a file was on its way there."""
    with contextlib.suppress(OSError):
        beside(target, COPY).unlink(missing_ok=True)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that is there whole or not at all; one of the same name is replaced."""
    _make_folder(path.parent)
    part = path.with_name(_fitted(path.name, ".part"))
    part.unlink(missing_ok=True)  # a crash left it
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk, where the system can."""
    if sys.platform != "win32":  # folders cannot be opened there; the file system keeps a journal of its own
        with contextlib.suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:  # it means another thing here than a name that is taken
        raise NotADirectoryError(error.errno, "there is a file in the place of the folder", str(folder)) from error


def _reserve(target: Path) -> None:
    """Make an empty file that holds the name, so that moving onto it overwrites nothing."""
    try:
        target.touch(exist_ok=False)
    except FileExistsError:
        if not _is_empty(target):  # an empty one is what a crash left of this very move
            raise


def _is_empty(path: Path) -> bool:
    found = stamp(path)
    return found is not None and found.size == 0


def _rename(path: Path, target: Path) -> bool:
    """Move within a file system; return ``False`` when the two are on different ones."""
    try:
        path.replace(target)
    except OSError as error:
        if error.errno != EXDEV:
            raise
        return False
    return True


def _opened(path: Path, expected: Stamp) -> BinaryIO:
    """Open the very file that was read."""
    file = path.open("rb")
    if Stamp.of(os.fstat(file.fileno())) == expected:
        return file
    file.close()
    raise ChangedError


def _copy(path: Path, target: Path, expected: Stamp) -> None:
    """Move to another file system: the copy is on the disk before the original goes."""
    part = beside(target, COPY)
    part.unlink(missing_ok=True)  # a crash left it
    try:
        with _opened(path, expected) as source, part.open("xb") as copy:
            shutil.copyfileobj(source, copy)
            copy.flush()
            os.fsync(copy.fileno())
        os.utime(part, ns=(expected.mtime_ns, expected.mtime_ns))
        part.replace(target)
    except (OSError, ChangedError):
        part.unlink(missing_ok=True)
        raise
    _remove_original(path, target, expected)


def _is_copied(path: Path, target: Path, expected: Stamp) -> bool:
    """Whether an earlier try has copied the file, and only the original is left to be removed."""
    found = stamp(target)
    return (
        found is not None
        and found.device != expected.device
        and found.size == expected.size > 0
        and digest(target) == digest(path)
    )


def _remove_original(path: Path, target: Path, expected: Stamp) -> None:
    sync_folder(target.parent)
    if stamp(path) == expected:  # else the writer has put a new file there, which is to be read next
        path.unlink()
        sync_folder(path.parent)
