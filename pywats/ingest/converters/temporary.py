"""What is too much for the memory while a file is read: databases in temporary files."""

import errno
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

_QUICK: Final = "PRAGMA cache_size = -4000; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"


def database(tables: str) -> sqlite3.Connection:
    """Return a database that nobody else sees and that is gone when it is closed.

    Until it has grown beyond some megabytes it is in memory alone.

    Args:
        tables: the statements that make them.
    """
    made = sqlite3.connect("", isolation_level=None)  # the name of files that have none
    made.executescript(_QUICK + tables)
    return made


@contextmanager
def explained() -> Generator[None]:
    """In a ``with``: a disk that takes no temporary files says nothing against the file that is read.

    Raises:
        OSError: instead of an error of the database.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise OSError(errno.EIO, f"temporary files: {error}") from error
