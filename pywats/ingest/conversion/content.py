"""The content of a file that was compressed as a whole: any converter reads it as if it were not."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import IO, BinaryIO, Final, cast

from pywats.ingest.converters.interface import Source
from pywats.ingest.converters.text import Apart
from pywats.ingest.converters.unpacking import BZIP2, GZIP, ZIP, Allowance, Unpacked, beginning, opener

ENDINGS: Final = (".gz", ".bz2")
"""How the names of such files end, which is not of the name of the content."""
_BEGIN: Final = 4096
_PIECE: Final = 256 * 1024
_END: Final = 16
"""Bytes at the end that are kept, as a converter of text looks at them before it begins."""
_READERS: Final = 4


def content_of(file: BinaryIO, path: Path) -> Source:
    """Return what a converter is given of a file: its content, unpacked if it is compressed with gzip or bzip2.

    What is compressed twice, or an archive in there, is not looked into.

    Args:
        file: open for reading.
        path: where it lies.

    Raises:
        ConversionError: it is compressed and damaged, not complete, or unpacks to more than a file may hold.
    """
    head = file.read(_BEGIN)
    file.seek(0)
    opened = opener(head)
    if opened is None or beginning(head).startswith((GZIP, BZIP2, ZIP)):
        return Source(file, path)
    named = path.with_suffix("") if path.suffix.lower() in ENDINGS else path
    return Source(cast("BinaryIO", _Content(file, opened)), named)


class _Content(io.BufferedIOBase):
    """What is in a compressed file: it can be sought, and read at a few places in turn, each from where it was."""

    def __init__(self, file: BinaryIO, opened: Callable[[BinaryIO], IO[bytes]]) -> None:
        """Create it after a first reading, which tells whether the file is sound and how long its content is."""
        self._file = file
        self._opened = opened
        self._readers: list[tuple[int, Unpacked]] = []
        self._at = self._size = 0
        self._end = b""
        reader = self._reader()
        while piece := reader.read(_PIECE):
            self._size += len(piece)
            self._end = (self._end + piece[-_END:])[-_END:]

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def seekable(self) -> bool:
        """Return that it can be sought."""
        return True

    def tell(self) -> int:
        """Return the place."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place."""
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, begin + offset)
        return self._at

    def read1(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        return self.read(size)

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next bytes; all that are left unless a number is given.

        Raises:
            ConversionError: the file is not any more what it was.
        """
        left = max(0, self._size - self._at)
        size = left if size is None or size < 0 else min(size, left)
        if left <= len(self._end):
            begin = len(self._end) - left
            piece = self._end[begin : begin + size]
        else:
            reader = self._standing_here()
            piece = reader.read(size)
            self._readers = [*self._readers, (self._at + len(piece), reader)][-_READERS:]
        self._at += len(piece)
        return piece

    def _standing_here(self) -> Unpacked:
        """Return a reader that has read as far as here, which is taken from those that there are, or goes there."""
        for number, (at, reader) in enumerate(self._readers):
            if at == self._at:
                del self._readers[number]
                return reader
        reader, left = self._reader(), self._at
        while piece := reader.read(min(left, _PIECE)):
            left -= len(piece)
        return reader

    def _reader(self) -> Unpacked:
        return Unpacked(self._opened(cast("BinaryIO", Apart(self._file))), Allowance(self._file))
