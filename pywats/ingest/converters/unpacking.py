"""Reading compressed files: piece by piece, and never more than a file may hold."""

import bz2
import gzip
import io
import lzma
import struct
import zlib
from typing import IO, BinaryIO, Final, cast
from zipfile import BadZipFile, ZipFile

from pywats.ingest.converters.text import malformed
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason

GZIP: Final = b"\x1f\x8b"
BZIP2: Final = b"BZh"
ZIP: Final = b"PK\x03\x04"
DAMAGED: Final = (EOFError, zlib.error, lzma.LZMAError, BadZipFile, NotImplementedError, RuntimeError)
"""What the readers of compressed content raise when it is damaged or encrypted; `OSError` without a number, too."""
TIMES: Final = 100
"""A file unpacks to so many times its size at the most: what testers write, to some tens of it."""
ALWAYS: Final = 64 * 1024**2
"""Bytes that any file may unpack to."""
_BEGIN: Final = 64
_LOCAL: Final = struct.Struct("<HxxxxxxxxxxxxxxxxHH")
_DEFLATED: Final = 8


class Allowance:
    """How much may come out of a compressed file, all that is in it taken together."""

    def __init__(self, file: BinaryIO) -> None:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        self.most = max(ALWAYS, TIMES * size)
        self._left = self.most

    def take(self, size: int) -> None:
        """Note that so many bytes came out.

        Raises:
            ConversionError: that is more than the file may hold.
        """
        self._left -= size
        if self._left < 0:
            detail = f"it unpacks to more than {self.most} bytes: no tester writes what can be packed so tightly"
            raise ConversionError(Reason.TOO_LARGE, detail)


class Unpacked:
    """The content of a compressed file, read from its beginning to its end.

    Args:
        file: what gives the content.
        allowance: how much there may be.
    """

    def __init__(self, file: IO[bytes], allowance: Allowance) -> None:
        self._file = file
        self._allowance = allowance

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, none at the end.

        Raises:
            ConversionError: what is compressed is damaged, or there is more of it than a file may hold.
        """
        try:
            piece = self._file.read(size)
        except OSError as error:
            if error.errno is not None:
                raise
            raise _damaged(error) from error
        except DAMAGED as error:
            raise _damaged(error) from error
        self._allowance.take(len(piece))
        return piece


def unpacked(file: BinaryIO) -> BinaryIO:
    """Return a file from its beginning, and what it holds if it is compressed: with gzip, bzip2, or alone in a ZIP.

    Raises:
        ConversionError: it is a ZIP that is damaged, or that does not hold one file.
    """
    file.seek(0)
    head = file.read(len(ZIP))
    file.seek(0)
    if head.startswith(GZIP):
        content: IO[bytes] = cast("IO[bytes]", gzip.GzipFile(fileobj=file))
    elif head.startswith(BZIP2):
        content = bz2.BZ2File(file)
    elif head == ZIP:
        content = _only_file(file)
    else:
        return file
    return cast("BinaryIO", Unpacked(content, Allowance(file)))


def beginning(head: bytes) -> bytes:
    """Return how the content of a file begins whose first bytes these are; nothing if they are damaged or too few."""
    try:
        if head.startswith(GZIP):
            return zlib.decompressobj(wbits=31).decompress(head, _BEGIN)
        if head.startswith(BZIP2):
            return bz2.BZ2Decompressor().decompress(head, _BEGIN)
        if head.startswith(ZIP):
            method, name, extra = _LOCAL.unpack_from(head, 8)
            content = head[30 + name + extra :]
            return zlib.decompressobj(wbits=-15).decompress(content, _BEGIN) if method == _DEFLATED else content
    except (zlib.error, OSError, EOFError, struct.error):
        return b""
    return head


def _only_file(file: BinaryIO) -> IO[bytes]:
    try:
        archive = ZipFile(file)
        names = [each for each in archive.infolist() if not each.is_dir()]
        if len(names) != 1:
            raise malformed(f"the archive holds {len(names)} files; it must be one")
        return archive.open(names[0])
    except DAMAGED as error:
        raise _damaged(error) from error


def _damaged(error: Exception) -> ConversionError:
    return malformed(f"it is compressed, and damaged, encrypted or not complete: {error}")
