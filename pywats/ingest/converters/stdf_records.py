"""Records of STDF V4: the bytes, in either order, compressed or not."""

import gzip
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, BinaryIO, Final

from pywats.ingest.converters.text import malformed

GZIP: Final = b"\x1f\x8b"
VERSION: Final = 4
_ORDERS: Final = {b"\x02\x00\x00\x0a": "<", b"\x00\x02\x00\x0a": ">"}
"""How a file begins: the header of its first record, which tells the order of bytes."""
_HEADER: Final = 4
_FAR: Final = 6
_CPU_TYPES: Final = {1, 2}
_SINGLE: Final = struct.Struct("f")
_SHORT: Final = ("%.6g", "%.7g", "%.8g")

Kind = tuple[int, int]


def is_stdf(head: bytes) -> bool:
    """Return whether a file that begins so is STDF."""
    if head.startswith(GZIP):
        try:
            head = zlib.decompressobj(wbits=31).decompress(head, 64)
        except zlib.error:
            return False
    return head[:_HEADER] in _ORDERS and len(head) >= _FAR and head[4] <= max(_CPU_TYPES) and head[5] <= VERSION


@dataclass(slots=True)
class Fields:
    """The fields of one record, in order; those at the end of it may be missing."""

    kind: Kind
    data: bytes
    order: str
    offset: int
    at: int = 0

    @property
    def place(self) -> str:
        """Where the record begins."""
        return f"byte {self.offset}"

    def number(self, form: str) -> int | None:
        """Return the next whole number, by its letter of `struct`."""
        found = self._next(form)
        return None if found is None else int(found)

    def needed(self, form: str) -> int:
        """Return the next whole number, which must be there."""
        found = self.number(form)
        if found is None:
            raise malformed(f"the record {self.kind} is too short", self.place)
        return found

    def real(self) -> float | None:
        """Return the next number of four bytes, in its shortest form."""
        found = self._next("f")
        return None if found is None else shortest(found)

    def text(self) -> str:
        """Return the next text; none if it is missing."""
        size = self.number("B")
        if not size:
            return ""
        end = self.at + size
        if end > len(self.data):
            raise malformed(f"a text of the record {self.kind} is longer than the record", self.place)
        found = self.data[self.at : end].decode("latin-1").strip(" \0")
        self.at = end
        return found if found.isprintable() else "".join(char for char in found if char.isprintable())

    def numbers(self, form: str, count: int) -> list[int]:
        """Return the next whole numbers, as many as are there."""
        return [found for _ in range(count) if (found := self.number(form)) is not None]

    def reals(self, count: int) -> list[float]:
        """Return the next numbers of four bytes, as many as are there."""
        return [found for _ in range(count) if (found := self.real()) is not None]

    def skip(self, size: int) -> None:
        """Pass over bytes."""
        self.at = min(self.at + size, len(self.data))

    def skip_bits(self) -> None:
        """Pass over a field of bits with its length."""
        self.skip(((self.number("H") or 0) + 7) // 8)

    def several(self, form: str) -> tuple[Any, ...]:
        """Return the next numbers, by their letters of `struct`; all of them must be there."""
        packed = _packed(self.order + form)
        if self.at + packed.size > len(self.data):
            raise malformed(f"the record {self.kind} is too short", self.place)
        found = packed.unpack_from(self.data, self.at)
        self.at += packed.size
        return found

    def _next(self, form: str) -> float | None:
        packed = _packed(self.order + form)
        if self.at + packed.size > len(self.data):
            self.at = len(self.data)
            return None
        found: float = packed.unpack_from(self.data, self.at)[0]
        self.at += packed.size
        return found


def records(file: BinaryIO) -> Iterator[Fields]:
    """Yield the records of a file.

    Raises:
        ConversionError: it is not STDF V4, is compressed and damaged, or ends in the middle of a record.
    """
    if file.read(len(GZIP)) == GZIP:
        file.seek(0)
        try:
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield from _records(unpacked)  # type: ignore[arg-type]
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise malformed(f"it is compressed, and damaged or not complete: {error}") from error
    else:
        file.seek(0)
        yield from _records(file)


def _records(file: BinaryIO) -> Iterator[Fields]:
    header = file.read(_HEADER)
    order = _ORDERS.get(header)
    cpu, version = file.read(2).ljust(2, b"\0")
    if order is None or version != VERSION:
        raise malformed("the file does not begin as STDF of version 4 does")
    if cpu not in _CPU_TYPES:
        raise malformed(f"its numbers are those of a processor of type {cpu}, which is not read")
    offset = _FAR
    while header := file.read(_HEADER):
        if len(header) < _HEADER:
            raise malformed("it ends in the middle of a record: the file is not complete", f"byte {offset}")
        size, *kind = struct.unpack(f"{order}HBB", header)
        data = file.read(size)
        if len(data) < size:
            raise malformed("it ends in the middle of a record: the file is not complete", f"byte {offset}")
        yield Fields((kind[0], kind[1]), data, order, offset)
        offset += _HEADER + size


def shortest(value: float) -> float:
    """Return the number with the fewest digits that is this one in four bytes."""
    for form in _SHORT:
        short = float(form % value)
        try:
            if _SINGLE.unpack(_SINGLE.pack(short))[0] == value:
                return short
        except OverflowError:
            continue
    return value


@cache
def _packed(form: str) -> struct.Struct:
    return struct.Struct(form)
