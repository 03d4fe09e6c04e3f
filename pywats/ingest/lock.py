"""One process per spool: a lock that ends with its holder, however that ends."""

import os
import sys
from pathlib import Path
from typing import Final

from pywats.ingest.errors import SpoolError, SpoolLockedError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_FAR: Final = 1 << 30
"""On Windows a locked byte cannot be read; this one lies beyond the text in the file."""


class SpoolLock:
    """An operating system lock on a file beside the spool.

    The kernel lets go of it when the process ends, by ``kill -9`` too, so no stale lock is ever left. The file holds
    the number of the process, for the message to the next one.

    Raises:
        SpoolLockedError: another process holds it.
    """

    def __init__(self, spool: Path) -> None:
        path = spool.with_name(f"{spool.name}.lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise SpoolError(f"the lock {path} cannot be made: {error}; is the folder writable?") from error
        try:
            _lock(self._descriptor)
        except OSError as error:
            holder = os.read(self._descriptor, 20).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            raise SpoolLockedError(
                f"process {holder or '(unknown)'} works on the spool {spool}; stop it, or name another spool.path"
            ) from error
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, str(os.getpid()).encode())

    def release(self) -> None:
        """Let the next process in."""
        os.close(self._descriptor)


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
