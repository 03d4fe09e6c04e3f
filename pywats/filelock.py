"""Locks of the operating system on files: they end with the process that holds them, however that ends."""

import os
import sys
from typing import Final

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_FAR: Final = 1 << 30
"""On Windows a locked byte cannot be read; this one lies beyond the text in the file."""


def lock(descriptor: int) -> None:
    """Lock an open file until it is closed.

    Raises:
        OSError: another process, or another descriptor of this one, has it locked.
    """
    if sys.platform == "win32":
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
