"""Zip archives with the files of a package. They come from outside, and are looked at before anything is unpacked."""

import stat
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from pywats.packages.names import check_distinct, checked_path

LARGEST: Final = 4 << 30
"""Bytes that the files of an archive may have together, unless told otherwise."""
MOST_FILES: Final = 100_000

_ENCRYPTED: Final = 1


@contextmanager
def opened(source: Path | BinaryIO) -> Generator[zipfile.ZipFile]:
    """Open an archive.

    Raises:
        ValueError: it is no zip archive, or a broken one.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            yield archive
    except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error) as error:
        raise ValueError(f"it is no zip archive that can be read: {error}") from error


def files_of(archive: zipfile.ZipFile, largest: int = LARGEST) -> dict[str, zipfile.ZipInfo]:
    """The files of an archive by their paths, each in a folder as a server wants it.

    Raises:
        ValueError: a file has a hostile path, is a link or no plain file, is encrypted, lies outside of a folder, or
            stands in the way of another; there are none; or they are too many or too large.
    """
    members = [member for member in archive.infolist() if not member.is_dir()]
    if not members:
        raise ValueError("it has no files")
    if len(members) > MOST_FILES:
        raise ValueError(f"it has {len(members)} files; {MOST_FILES} are allowed")
    size = sum(member.file_size for member in members)
    if size > largest:
        raise ValueError(f"it unpacks to {size} bytes; {largest} are allowed")
    paths = [_path(member) for member in members]
    check_distinct(paths)
    return dict(zip(paths, members, strict=True))


def _path(member: zipfile.ZipInfo) -> str:
    name = member.orig_filename
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in {0, stat.S_IFREG}:
        raise ValueError(f"{name!r} is {'a link' if kind == stat.S_IFLNK else 'no plain file'}")
    if member.flag_bits & _ENCRYPTED:
        raise ValueError(f"{name!r} is encrypted")
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise ValueError(f"{name!r} is packed in another way than zip archives have in common")
    path = checked_path(name)
    if "/" not in path:
        raise ValueError(f"{name!r} is in no folder; a server takes only files in folders")
    return path
