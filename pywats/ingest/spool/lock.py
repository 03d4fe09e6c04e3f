"""One process per spool: a lock that ends with its holder, however that ends."""

import contextlib
import os
import time
from pathlib import Path
from typing import Final

from pywats.filelock import lock
from pywats.ingest.errors import SpoolError, SpoolLockedError
from pywats.text import reason_of

PATIENCE: Final = 0.5
"""Seconds in which a lock that is only looked at is free again."""


class SpoolLock:
    """An operating system lock on a file beside the spool.

    The kernel lets go of it when the process ends, by ``kill -9`` too, so no stale lock is ever left. The file holds
    the number of the process, for the message to the next one.

    Args:
        spool: the spool that it guards.
        patience: seconds to wait for it; they block.

    Raises:
        SpoolLockedError: another process holds it.
    """

    def __init__(self, spool: Path, patience: float = PATIENCE) -> None:
        self._descriptor = _opened(spool)
        end = time.monotonic() + patience
        while not _taken(self._descriptor):
            if time.monotonic() >= end:
                holder = os.read(self._descriptor, 20).decode("ascii", "replace").strip()
                os.close(self._descriptor)
                raise SpoolLockedError(
                    f"process {holder or '(unknown)'} works on the spool {spool}; stop it, or name another spool.path"
                )
            time.sleep(0.02)
        with contextlib.suppress(OSError):  # on a full disk the lock holds without the number
            os.ftruncate(self._descriptor, 0)
            os.write(self._descriptor, str(os.getpid()).encode())

    def release(self) -> None:
        """Let the next process in."""
        os.close(self._descriptor)

    @staticmethod
    def is_held(spool: Path) -> bool:
        """Return whether a process works on a spool."""
        descriptor = _opened(spool)
        try:
            return not _taken(descriptor)
        finally:
            os.close(descriptor)


def _opened(spool: Path) -> int:
    path = spool.with_name(f"{spool.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise SpoolError(f"the lock {path} cannot be made: {reason_of(error)}; is the folder writable?") from error


def _taken(descriptor: int) -> bool:
    try:
        lock(descriptor)
    except OSError:
        return False
    return True
