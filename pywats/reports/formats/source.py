"""What reports are read from: a file by its path, bytes, or an open binary file."""

import codecs
import os
from collections.abc import Generator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

__all__ = ["CHUNK", "MOST_BYTES", "Source", "decoder_of", "opened"]

Source = str | os.PathLike[str] | bytes | BinaryIO
"""A path, the content itself, or a binary file that is open; the latter is left open."""

CHUNK = 64 * 1024
"""Bytes that are read at a time."""
MOST_BYTES = 64 * 1024 * 1024
"""Bytes that one report may have; a file of many may be as long as it likes."""


@contextmanager
def opened(source: Source) -> Generator[tuple[BinaryIO, str]]:
    """Give the content as a binary file, and what errors call it."""
    if isinstance(source, bytes):
        yield BytesIO(source), ""
    elif isinstance(source, str | os.PathLike):
        with Path(source).open("rb") as file:
            yield file, os.fspath(source)
    else:
        name: object = getattr(source, "name", "")
        yield source, name if isinstance(name, str) else ""


def decoder_of(begin: bytes, encoding: str | None = None) -> codecs.IncrementalDecoder:
    """What decodes a text that begins so; unless an encoding is given UTF-8, or UTF-16 with a byte order mark."""
    if encoding is None:
        utf16 = begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        encoding = "utf-16" if utf16 else "utf-8-sig"
    return codecs.getincrementaldecoder(encoding)()
