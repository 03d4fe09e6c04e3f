"""Opening a file that was found complete: no link, no pipe, no lock of another program, and still the same file."""

import hashlib
import os
import stat
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Self

from pywats.ingest.faults import NotReadyError
from pywats.text import reason_of

if sys.platform != "win32":
    import fcntl

LARGEST_FILE: Final = 256 * 1024**2
"""Bytes of a file that is read, unless its source says otherwise."""

_CHUNK: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells whether a file is still the one that was seen: device, inode, size, time of its last change."""

    device: int
    inode: int
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        """Return the stamp of a file's status."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


@contextmanager
def opened(path: Path, stamp: Stamp) -> Generator[tuple[BinaryIO, bytes]]:
    """Give a file, open for reading, and the SHA-256 of its content; at the end it must still be the same.

    Raises:
        NotReadyError: the file is locked, has changed since it was found complete, or is gone.
    """
    try:
        # No link is followed: what lies in a watched folder must not choose another file to upload.
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(path, flags)
    except OSError as error:
        raise NotReadyError(f"it cannot be opened: {reason_of(error)}") from error
    with os.fdopen(descriptor, "rb") as file:
        _check(descriptor, stamp)
        if is_locked(descriptor):
            raise NotReadyError("another program holds a lock on it")
        digest, size = hashlib.sha256(), 0
        try:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
            file.seek(0)
        except OSError as error:
            raise NotReadyError(f"it cannot be read: {reason_of(error)}") from error
        if size != stamp.size:
            raise NotReadyError("it changed while it was read")
        yield file, digest.digest()
        _check(descriptor, stamp)


def _check(descriptor: int, stamp: Stamp) -> None:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or Stamp.of(status) != stamp:
        raise NotReadyError("it changed since it was found complete")


def is_locked(descriptor: int) -> bool:
    """Return whether another program holds a lock on an open file; where locks do not exist, nobody does."""
    if sys.platform != "win32":  # there a file that its writer keeps to itself cannot be opened at all
        for lock in (fcntl.flock, fcntl.lockf):
            try:
                lock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError):
                return True
            except OSError:
                continue
    return False
