"""A file that appears whole or not at all."""

import contextlib
import gzip
import os
import secrets
from pathlib import Path
from typing import IO, cast


class Output:
    """A file that is written beside its destination and takes its place once it is whole.

    The destination's folder is made where it is missing. A name that ends in ``.gz`` means compressed; equal content
    gives equal bytes then, too.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._destination = Path(os.path.realpath(path))
        self._destination.parent.mkdir(parents=True, exist_ok=True)
        if self._destination.is_dir():
            raise IsADirectoryError(f"{path} is a folder; name a file in it")
        self._part = self._destination.with_name(f".{self._destination.name}.{secrets.token_hex(4)}.part")
        self._file = self._part.open("xb")
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

    def commit(self) -> None:
        """Put the file in its place, over the former one."""
        self._part.replace(self._destination)
        if os.name == "posix":
            folder = os.open(self._destination.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def discard(self) -> None:
        """Remove what was written; the former file stays."""
        for stream in (self.stream, self._file):
            with contextlib.suppress(OSError, ValueError):
                stream.close()
        with contextlib.suppress(OSError):
            self._part.unlink(missing_ok=True)
