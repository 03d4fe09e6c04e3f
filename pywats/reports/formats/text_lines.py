"""The lines of a text file, read as they come."""

import codecs
from collections.abc import Iterator
from typing import BinaryIO, Final

from pywats.errors import FormatError
from pywats.reports.formats.source import CHUNK, decoder_of

__all__ = ["lines"]

LONGEST: Final = 2 * 1024 * 1024
"""Characters of a line."""


def lines(stream: BinaryIO, file: str, encoding: str | None = None) -> Iterator[tuple[int, str]]:
    """Yield each line with its number, without its end.

    Args:
        stream: a binary file.
        file: what errors call it.
        encoding: of the text; unless given UTF-8, or UTF-16 with a byte order mark.

    Raises:
        FormatError: it is no text of this encoding, or a line is too long.
    """
    decoder: codecs.IncrementalDecoder | None = None
    rest = ""
    number = 0
    while True:
        data = stream.read(CHUNK)
        decoder = decoder or decoder_of(data, encoding)
        try:
            rest += decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            detail = f"not {error.encoding.upper()} text: {error.reason}"
            raise FormatError(detail, file=file, position=f"line {number + 1} or later") from error
        *complete, rest = rest.split("\n")
        for line in complete if data else (*complete, rest):
            number += 1
            yield number, line.removesuffix("\r")
        if not data:
            return
        if len(rest) > LONGEST:
            raise FormatError("a line is too long to be read", file=file, position=f"line {number + 1}")
