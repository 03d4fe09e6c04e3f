"""What reports are written to: a file that appears whole or not at all, or an open binary file."""

import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, cast

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
    """Give a binary file to write to; one with a path takes its place when all is written, and never if that fails."""
    if not isinstance(target, str | os.PathLike):
        yield target
        return
    path = Path(target)
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False) as file:
        try:
            yield cast("BinaryIO", file.file)
            file.flush()
            os.fsync(file.fileno())
            file.close()
            Path(file.name).replace(path)
        except BaseException:
            file.close()
            Path(file.name).unlink(missing_ok=True)
            raise
