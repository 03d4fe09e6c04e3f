"""Reading text files of testers: their encoding, their numbers, their times."""

import codecs
import io
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import BinaryIO, Final

from pywats.ingest.converters.interface import Context, Source
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason
from pywats.reports.formats.source import CHUNK

_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_ALIKE: Final = {" ": "\u00a0\u202f", "'": "\u2019"}
"""What stands for a separator of thousands, too."""
_MINUS: Final = "\u2212"
"""The sign of mathematics, which table programs write."""
LONGEST_LINE: Final = 16 * 1024 * 1024
"""Characters of a line: a file without ends of lines must not be held whole."""
_END_OF_DOS: Final = "\x1a"
"""What stands behind the last line of a file that a program for DOS wrote."""
LONGEST_RECORD: Final = 1_000_000
"""Characters of a line of a log in which each line is a record."""
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_GROUP: Final = "\0"
_GROUPS: Final = re.compile(r"(?<=\d)\0(\d{3})(?!\d)")
_NOT_FINITE: Final = re.compile(
    r"([+-]?)(?:(nan|1\.#(?:ind|[qs]nan))|(?:inf(?:inity)?|1\.#inf))(?:0*|\(s?nan\)|\(ind\))(?:e[+-]0+)?",
    re.ASCII | re.IGNORECASE,
)
"""What the C libraries of testers write for numbers that are none; ``1.#IND`` and its like are those of Windows."""


def read_text(source: Source, context: Context, *, otherwise: str = "utf-8") -> str:
    """Return the whole text of a file: by its byte order mark, else by the encoding of its source.

    Args:
        source: the file.
        context: what its source says.
        otherwise: the encoding that is usual for the format.

    Raises:
        ConversionError: it is no text in this encoding; the text says where.
    """
    data = source.file.read()
    encoding = encoding_of(data, context, otherwise)
    try:
        return data.decode(encoding)
    except UnicodeError as error:
        place = f"byte {error.start}" if isinstance(error, UnicodeDecodeError) else ""
        raise _no_text(encoding, place) from error


def encoding_of(head: bytes, context: Context, otherwise: str = "utf-8") -> str:
    """Return the encoding of a text that begins so: by its byte order mark, else that of its source."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), context.encoding or otherwise)


def read_pieces(source: Source, encoding: str) -> Iterator[str]:
    """Yield the text of a file in pieces, with the ends of its lines as they are; not more than one is held.

    Raises:
        ConversionError: it is no text in this encoding; the text says where.
    """
    decoder, read = codecs.getincrementaldecoder(encoding)(), 0
    while True:
        data = source.file.read(CHUNK)
        read += len(data)
        try:
            yield decoder.decode(data, final=not data)
        except UnicodeError as error:
            begun = len(error.object) - error.start if isinstance(error, UnicodeDecodeError) else 0
            raise _no_text(encoding, f"byte {read - begun}") from error
        if not data:
            return


def read_lines(
    source: Source, context: Context, *, otherwise: str = "utf-8", ended: bool = True, longest: int = LONGEST_LINE
) -> Iterator[tuple[int, str]]:
    """Yield the lines of a file with their numbers, without their ends; not more than one is held.

    A file can be read several times at once.

    Args:
        source: the file.
        context: what its source says.
        otherwise: the encoding that is usual for the format.
        ended: whether the last line must have an end, without which the file is not complete.
        longest: characters that a line may have.

    Raises:
        ConversionError: it is no text in its encoding, a line is too long, or the last one has no end.
    """
    file = source.file
    size = file.seek(0, io.SEEK_END)
    file.seek(-min(4, size), io.SEEK_END)
    end = file.read(4).replace(b"\0", b"").removesuffix(_END_OF_DOS.encode())
    file.seek(0)
    if ended and not end.endswith((b"\n", b"\r")) and end.strip():
        raise malformed("the last line has no end: the file is not complete", f"byte {size}")
    head = file.read(4)
    encoding = encoding_of(head, context, otherwise)
    text = io.TextIOWrapper(Apart(file), encoding)
    try:
        for number, line in enumerate(iter(partial(text.readline, longest + 1), ""), 1):
            if len(line) > longest:
                raise malformed(f"the line has more than {longest} characters, which is the most", f"line {number}")
            if line != _END_OF_DOS:
                yield number, line.removesuffix("\n")
    except UnicodeError as error:
        raise _no_text(encoding, _broken(file, encoding)) from error


class Apart(io.BufferedIOBase):
    """A file with a position of its own, which others read, too."""

    name = ""

    def __init__(self, file: BinaryIO) -> None:
        """Create it at the beginning of a file."""
        self._file = file
        self._at = 0

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next bytes."""
        return self.read1(-1 if size is None else size)

    def read1(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        self._file.seek(self._at)
        data = self._file.read(size)
        self._at += len(data)
        return data


def _broken(file: BinaryIO, encoding: str) -> str:
    """Return where a text is not in an encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line, before = 1, file.seek(0)
    while chunk := file.read(CHUNK):
        try:
            line += decoder.decode(chunk).count("\n")
        except UnicodeDecodeError as error:
            line += error.object[: error.start].decode(encoding, "replace").count("\n")
            return f"line {line}, byte {before - len(error.object) + len(chunk) + error.start}"
        before += len(chunk)
    return f"line {line}, byte {before}"


def begin_of(head: bytes) -> bytes:
    """Return how a text begins, for recognising it: without a byte order mark, and without the zeros of UTF-16."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head[2:].replace(b"\0", b"")
    return head.removeprefix(codecs.BOM_UTF8)


def number_or_none(text: str, *, decimal: str = ".", thousands: str = "") -> float | None:
    """Return the number that a text is, if it is one; ``nan`` and ``inf`` are.

    Args:
        text: it.
        decimal: what stands before the fraction.
        thousands: what stands between groups of three digits, if anything does.
    """
    said = text.strip()
    for alike in _ALIKE.get(thousands, ""):
        said = said.replace(alike, thousands)
    if thousands and thousands in said:
        groups = _GROUPS.sub(r"\1", said.replace(thousands, _GROUP))
        said = said if _GROUP in groups else groups
    if decimal != ".":
        said = said.replace(".", " ").replace(decimal, ".")
    if _NUMBER.fullmatch(said):
        return float(said)
    if said.startswith(_MINUS):
        return number_or_none(f"-{said[1:]}")
    word = _NOT_FINITE.fullmatch(said)
    if word is None:
        return None
    return float("nan" if word[2] else f"{word[1]}inf")


def number_in(text: str, what: str, place: str, *, decimal: str = ".", thousands: str = "") -> float:
    """Return the number that a text has to be.

    Raises:
        ConversionError: it is none.
    """
    number = number_or_none(text, decimal=decimal, thousands=thousands)
    if number is None:
        raise ConversionError(Reason.WRONG_VALUE, f"{what} is {text!r:.60}, not a number", place)
    return number


def time_in(text: str, formats: Sequence[str], what: str, place: str) -> datetime:
    """Return the time that a text has to be: in one of the formats of `strptime`, or in ISO 8601 if there is none.

    Raises:
        ConversionError: it is none.
    """
    said = text.strip()
    for form in formats:
        try:
            return datetime.strptime(said, form)  # noqa: DTZ007 - a time without a zone stays without
        except ValueError:
            continue
    if not formats:
        try:
            return datetime.fromisoformat(said)
        except ValueError:
            pass
    wanted = " or ".join(formats) or "2026-01-31 12:00:00"
    raise ConversionError(Reason.WRONG_VALUE, f"{what} is {text!r:.60}, not a time such as {wanted}", place)


def malformed(detail: str, place: str = "") -> ConversionError:
    """Return the error that says what of the format a file does not keep."""
    return ConversionError(Reason.MALFORMED, detail, place)


def _no_text(encoding: str, place: str) -> ConversionError:
    return malformed(f"it is no text in {encoding}; name the encoding of this source (encoding)", place)
