"""What reports are written to: a file that appears whole or not at all, or an open binary file."""

import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from pywats.reports.models import UURReport, UUTReport

__all__ = ["Reports", "Target", "created", "each"]

Target = str | os.PathLike[str] | BinaryIO
"""A path, or a binary file that is open and is left so."""
Reports = UUTReport | UURReport | Iterable[UUTReport | UURReport]
"""One report, or several as they come."""


def each(reports: Reports) -> Iterable[UUTReport | UURReport]:
    """The reports, whether one or several."""
    return (reports,) if isinstance(reports, UUTReport | UURReport) else reports


@contextmanager
def created(target: Target) -> Generator[BinaryIO]:
    """Give a binary file to write to; one with a path takes its place when all is written, and never if that fails.

    Raises:
        OSError: it cannot be written, or a device or a pipe is in its place.
    """
    if not isinstance(target, str | os.PathLike):
        yield target
        return
    path = Path(os.path.realpath(target))
    if path.exists() and not path.is_file():
        raise OSError(f"{os.fspath(target)} is no file that could be replaced; open it, and give the file object")
    part = path.with_name(f".{uuid4().hex}.part")
    try:
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
