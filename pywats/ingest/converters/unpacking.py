"""Reading compressed files: piece by piece, and never more than a file may hold."""

import bz2
import errno
import gzip
import io
import struct
import zlib
from collections.abc import Callable
from typing import IO, BinaryIO, Final, cast
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from pywats.ingest.converters.text import malformed
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason

GZIP: Final = b"\x1f\x8b"
BZIP2: Final = b"BZh"
ZIP: Final = b"PK\x03\x04"
_DAMAGED: Final = (
    *(EOFError, zlib.error, BadZipFile, struct.error),
    *(NotImplementedError, RuntimeError, ValueError, OSError),
)
"""What the readers of compressed content raise when it is damaged or encrypted."""
_NO_DEVICE: Final = (None, errno.EINVAL)
"""Numbers of an `OSError` that tell of damaged content and not of a disk: none, and a place before the beginning."""
TIMES: Final = 100
"""A file unpacks to so many times its size at the most: what testers write, to some tens of it."""
ALWAYS: Final = 16 * 1024**2
"""Bytes that any file may unpack to."""
DIRECTORY: Final = 4 * 1024**2
"""Bytes of the directory of an archive: about a hundred for an entry, of which each takes more when it is held."""
_BEGIN: Final = 64
_LOCAL: Final = struct.Struct("<HxxxxxxxxxxxxxxxxHH")
_METHODS: Final = frozenset({ZIP_STORED, ZIP_DEFLATED, ZIP_BZIP2})
"""Ways of packing that need little memory, whatever the file says."""


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
        except _DAMAGED as error:
            raise _damage(error) from error
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
    if head == ZIP:
        return _only_file(file)
    opened = opener(head)
    return file if opened is None else cast("BinaryIO", Unpacked(opened(file), Allowance(file)))


def opener(head: bytes) -> Callable[[BinaryIO], IO[bytes]] | None:
    """Return what opens a file that begins so if it is compressed as a whole, with gzip or bzip2."""
    if head.startswith(GZIP):
        return lambda file: cast("IO[bytes]", gzip.GzipFile(fileobj=file))
    return bz2.BZ2File if head.startswith(BZIP2) else None


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
            return zlib.decompressobj(wbits=-15).decompress(content, _BEGIN) if method == ZIP_DEFLATED else content
    except (zlib.error, OSError, EOFError, struct.error):
        return b""
    return head


class _Bounded(io.RawIOBase):
    """An archive of which no more is read at once than the directory of an honest one has."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes.

        Raises:
            ConversionError: they are too many.
        """
        data = self._file.read(DIRECTORY + 1 if size < 0 else min(size, DIRECTORY + 1))
        if len(data) > DIRECTORY:
            detail = f"the directory of the archive has more than {DIRECTORY} bytes, which are the most"
            raise ConversionError(Reason.TOO_LARGE, detail)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place."""
        return self._file.tell()

    def seekable(self) -> bool:
        """Return that it can be sought."""
        return True


def archive_of(file: BinaryIO) -> ZipFile:
    """Return a file as a ZIP archive, whose directory is held.

    Raises:
        ConversionError: it is damaged, or it has too many entries.
    """
    try:
        return ZipFile(_Bounded(file))
    except _DAMAGED as error:
        raise _damage(error) from error


def member(archive: ZipFile, info: ZipInfo, allowance: Allowance) -> BinaryIO:
    """Return a file in an archive, to be read from its beginning to its end.

    Raises:
        ConversionError: it is damaged or encrypted, or packed in a way that is not read.
    """
    if info.compress_type not in _METHODS:
        raise malformed(f"it is packed in a way that is not read (method {info.compress_type})", info.filename)
    try:
        return cast("BinaryIO", Unpacked(archive.open(info), allowance))
    except _DAMAGED as error:
        raise _damage(error) from error


def _only_file(file: BinaryIO) -> BinaryIO:
    archive = archive_of(file)
    files = [each for each in archive.infolist() if not each.is_dir()]
    if len(files) != 1:
        raise malformed(f"the archive holds {len(files)} files; it must be one")
    return member(archive, files[0], Allowance(file))


def _damage(error: Exception) -> Exception:
    """Return the error that says what a reader of compressed content found; one of the disk is itself."""
    if isinstance(error, OSError) and error.errno not in _NO_DEVICE:
        return error
    return malformed(f"it is compressed, and damaged, encrypted or not complete: {error}")
