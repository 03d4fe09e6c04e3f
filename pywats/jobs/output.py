"""A file that appears whole or not at all."""

import contextlib
import gzip
import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import IO, cast

Note = Callable[[Path], None]
"""Is told the name of a part before there is one, so that what a killed run leaves behind is found."""


def part_of(path: Path, note: Note | None = None) -> tuple[Path, Path]:
    """Return the real destination of an output, and a free name beside it for the part that is being written.

    The destination's folder is made where it is missing.

    Raises:
        OSError: there is something else than a file or a folder, such as a device, whose place none can take.
    """
    destination = Path(os.path.realpath(path))
    if destination.exists() and not (destination.is_file() or destination.is_dir()):
        raise OSError(f"{path} is a device or a pipe; name a file")
    destination.parent.mkdir(parents=True, exist_ok=True)
    part = destination.with_name(f".{destination.name}.{secrets.token_hex(4)}.part")
    if note is not None:
        note(part)
    return destination, part


def remove(part: Path) -> None:
    """Remove a part, be it a file or a folder; one that is gone is fine."""
    with contextlib.suppress(OSError):
        if part.is_dir() and not part.is_symlink():
            shutil.rmtree(part)
        else:
            part.unlink(missing_ok=True)


def to_disk(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    if os.name != "posix" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Output:
    """A file that is written beside its destination and takes its place once it is whole.

    The destination's folder is made where it is missing. A name that ends in ``.gz`` means compressed; equal content
    gives equal bytes then, too.
    """

    def __init__(self, path: Path, note: Note | None = None) -> None:
        self.path = path
        self.destination, self.part = part_of(path, note)
        if self.destination.is_dir():
            raise IsADirectoryError(f"{path} is a folder; name a file in it")
        self._file = self.part.open("xb")
        self.stream: IO[bytes] = self._file
        if path.suffix == ".gz":
            self.stream = cast("IO[bytes]", gzip.GzipFile(filename="", mode="wb", fileobj=self._file, mtime=0))

    def finish(self) -> None:
        """Bring everything to the disk; nothing can be written after it."""
        if self.stream is not self._file:
            self.stream.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def discard(self) -> None:
        """Remove what was written; the former file stays."""
        for stream in (self.stream, self._file):
            with contextlib.suppress(OSError, ValueError):
                stream.close()
        remove(self.part)
