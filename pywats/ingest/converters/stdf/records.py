"""Records of STDF V4: the bytes, in either order."""

import struct
from collections.abc import Iterator, Sequence
from enum import IntEnum
from functools import lru_cache
from typing import Any, BinaryIO, Final

from pywats.ingest.converters.text import malformed
from pywats.ingest.converters.unpacking import beginning
from pywats.ingest.faults import ConversionError

VERSION: Final = 4
_ORDERS: Final = {b"\x02\x00\x00\x0a": "<", b"\x00\x02\x00\x0a": ">"}
"""How a file begins: the header of its first record, which tells the order of bytes."""
_HEADER: Final = 4
_FAR: Final = 6
_CPU_TYPES: Final = {1, 2}
_LONGEST: Final = _HEADER + 0xFFFF
_PIECE: Final = 4 * _LONGEST
_SINGLE: Final = struct.Struct("f")
_SHORT: Final = ("%.6g", "%.7g", "%.8g")


class Kind(IntEnum):
    """Kinds of record that have a meaning here: type and subtype in one number."""

    FAR = 0x000A
    MIR = 0x010A
    MRR = 0x0114
    HBR = 0x0128
    SBR = 0x0132
    PMR = 0x013C
    PGR = 0x013E
    RDR = 0x0146
    SDR = 0x0150
    WIR = 0x020A
    WRR = 0x0214
    PIR = 0x050A
    PRR = 0x0514
    TSR = 0x0A1E
    PTR = 0x0F0A
    MPR = 0x0F0F
    FTR = 0x0F14
    BPS = 0x140A
    EPS = 0x1414
    GDR = 0x320A
    DTR = 0x321E


def is_stdf(head: bytes) -> bool:
    """Return whether a file that begins so is STDF."""
    head = beginning(head)
    return head[:_HEADER] in _ORDERS and len(head) >= _FAR and head[4] <= max(_CPU_TYPES) and head[5] <= VERSION


class Records:
    """The records of a file, one after the other, and how many there were.

    Args:
        file: it, unpacked.
        encoding: of its texts, if its source tells.

    Raises:
        ConversionError: it is not STDF V4.
    """

    def __init__(self, file: BinaryIO, encoding: str | None = None) -> None:
        self._file = file
        self.encoding = encoding
        self.number = 1
        self.offset = 0
        header = file.read(_HEADER)
        cpu, version = file.read(2).ljust(2, b"\0")
        if header not in _ORDERS:
            raise malformed("the file does not begin as STDF of version 4 does")
        if version != VERSION:
            raise malformed(f"it is STDF of version {version}; version {VERSION} is read")
        if cpu not in _CPU_TYPES:
            raise malformed(f"its numbers are those of a processor of type {cpu}, which is not read")
        self.order = _ORDERS[header]

    @property
    def place(self) -> str:
        """Where the last record stands."""
        return f"record {self.number}, byte {self.offset}"

    def __iter__(self) -> Iterator[tuple[int, bytes, int, int]]:
        """Yield the kind of each record, and the bytes that hold it with its begin and end in them.

        Raises:
            ConversionError: the file ends in the middle of a record.
        """
        header, read = _packed(f"{self.order}HBB").unpack_from, self._file.read
        data, begin, end, size, offset = b"", 0, 0, 0, _FAR
        ended = False
        while True:
            while size - end < _LONGEST and not ended:
                piece = read(_PIECE)
                ended = not piece
                if piece:
                    data = data[end:] + piece
                    offset += end
                    size, end = len(data), 0
            if end == size:
                return
            self.number += 1
            self.offset = offset + end
            begin = end + _HEADER
            if begin > size:
                raise self._cut(f"{size - end} of the {_HEADER} bytes of its header are there")
            length, major, minor = header(data, end)
            end = begin + length
            if end > size:
                raise self._cut(f"{named(major << 8 | minor)} has {length} bytes, {size - begin} are there")
            yield major << 8 | minor, data, begin, end

    def end(self, data: bytes, at: int) -> None:
        """See that nothing stands behind the last record but zeros, with which some disks fill a block.

        Raises:
            ConversionError: something does.
        """
        while data:
            if data.count(0, at) != len(data) - at:
                begins = data.startswith(tuple(_ORDERS), at)
                more = ": another datalog; put each into a file of its own" if begins else ""
                raise malformed(f"there is a record behind the last one (MRR){more}", self.place)
            data, at = self._file.read(_PIECE), 0

    def _cut(self, how: str) -> ConversionError:
        return malformed(f"it ends in the middle of a record: {how}; the file is not complete", self.place)


class Fields:
    """The fields of one record, in order; those at the end of it may be missing."""

    __slots__ = ("_data", "_end", "_order", "_records", "at", "kind")

    def __init__(self, records: Records, kind: int, data: bytes, begin: int, end: int) -> None:
        self._records = records
        self.kind = kind
        self._data = data
        self._end = end
        self._order = records.order
        self.at = begin

    @property
    def place(self) -> str:
        """Where the record stands."""
        return self._records.place

    def number(self, form: str) -> int | None:
        """Return the next whole number, by its letter of `struct`; none if the record ends before it."""
        found = self._next(form)
        return None if found is None else int(found)

    def some(self, form: str) -> Sequence[int | None]:
        """Return the next whole numbers, by their letters of `struct`; none for those before which the record ends."""
        packed = _packed(self._order + form)
        if self.at + packed.size > self._end:
            return [self.number(letter) for letter in form]
        found = packed.unpack_from(self._data, self.at)
        self.at += packed.size
        return found

    def needed(self, form: str) -> int:
        """Return the next whole number, which must be there."""
        found = self._next(form)
        if found is None:
            raise self.wrong("is too short")
        return int(found)

    def real(self) -> float | None:
        """Return the next number of four bytes, in its shortest form."""
        found = self._next("f")
        return None if found is None else shortest(found)

    def letter(self) -> str:
        """Return the next character; none if it is missing or a blank."""
        found = chr(self.number("B") or 0).strip(" \0")
        return found if found.isprintable() else ""

    def text(self) -> str:
        """Return the next text; none if it is missing."""
        said = self.raw()
        if not said:
            return ""
        found = self._decoded(said).strip(" \0")
        return found if found.isprintable() else "".join(char for char in found if char.isprintable())

    def texts(self, count: int) -> list[str]:
        """Return the next texts."""
        return [self.text() for _ in range(count)]

    def raw(self) -> bytes:
        """Return the bytes of a field that begins with their number; none if it is missing."""
        if self.at == self._end:
            return b""
        size = self._data[self.at]
        self.at += 1
        return self._bytes(size, "a text") if size else b""

    def bits(self) -> list[int]:
        """Return which bits are set in a field that begins with their number."""
        held = self._bytes(((self.number("H") or 0) + 7) // 8, "a field of bits")
        return [8 * index + bit for index, byte in enumerate(held) if byte for bit in range(8) if byte >> bit & 1]

    def nibbles(self, count: int) -> list[int]:
        """Return the next numbers of half a byte; none if the record ends before them."""
        if self.at == self._end:
            return []
        held = self._bytes((count + 1) // 2, f"a list of {count} states")
        return [held[index // 2] >> 4 * (index % 2) & 0x0F for index in range(count)]

    def numbers(self, form: str, count: int) -> tuple[Any, ...]:
        """Return the next numbers, by their letter of `struct`; none if the record ends before them."""
        if self.at == self._end:
            return ()
        packed = _packed(f"{self._order}{count}{form}")
        return packed.unpack(self._bytes(packed.size, f"a list of {count} numbers"))

    def several(self, form: str) -> tuple[Any, ...]:
        """Return the next numbers, by their letters of `struct`; all of them must be there."""
        packed = _packed(self._order + form)
        if self.at + packed.size > self._end:
            raise self.wrong("is too short")
        found = packed.unpack_from(self._data, self.at)
        self.at += packed.size
        return found

    def values(self) -> Iterator[str]:
        """Yield the fields of a generic record, each of which tells its type first."""
        for _ in range(self.number("H") or 0):
            kind = self.needed("B")
            if kind in _GENERIC:
                found = self._next(_GENERIC[kind])
                if found is None:
                    raise self.wrong("is too short")
                yield str(shortest(found) if kind == _REAL else found)
            elif kind == _TEXT:
                yield self.text()
            elif kind == _BYTES:
                yield self.raw().hex()
            elif kind == _BITS:
                yield " ".join(map(str, self.bits()))
            elif kind:  # zero stands for a byte that fills up
                raise self.wrong(f"has a field of type {kind}, which there is not")

    def wrong(self, how: str) -> ConversionError:
        """Return the error that says what is wrong with the record."""
        return malformed(f"the record {named(self.kind)} {how}", self.place)

    def _decoded(self, said: bytes) -> str:
        if self._records.encoding is not None:
            try:
                return said.decode(self._records.encoding)
            except UnicodeError as error:
                raise self.wrong(f"has a text that is none in {self._records.encoding}") from error
        try:
            return said.decode()
        except UnicodeError:
            return said.decode("latin-1")

    def _bytes(self, size: int, what: str) -> bytes:
        begin = self.at
        self.at += size
        if self.at > self._end:
            raise self.wrong(f"ends in the middle of {what}: {size} bytes are told, {self._end - begin} are there")
        return self._data[begin : self.at]

    def _next(self, form: str) -> float | None:
        if self.at == self._end:
            return None
        packed = _packed(self._order + form)
        begin = self.at
        self.at += packed.size
        if self.at > self._end:
            raise self.wrong("ends in the middle of a number")
        found: float = packed.unpack_from(self._data, begin)[0]
        return found


_GENERIC: Final = {1: "B", 2: "H", 3: "I", 4: "b", 5: "h", 6: "i", 7: "f", 8: "d", 13: "B"}
_REAL, _TEXT, _BYTES, _BITS = 7, 10, 11, 12
_KINDS: Final[frozenset[int]] = frozenset(Kind)


def named(kind: int) -> str:
    """Return the name of a kind of record, for errors."""
    return Kind(kind).name if kind in _KINDS else f"{kind >> 8}.{kind & 0xFF}"


def shortest(value: float) -> float:
    """Return the number with the fewest digits that is this one in four bytes."""
    for form in _SHORT:
        short = float(form % value)
        try:
            if _SINGLE.unpack(_SINGLE.pack(short))[0] == value:
                return short
        except OverflowError:
            continue
    return float(f"{value:.9g}")


@lru_cache(256)
def _packed(form: str) -> struct.Struct:
    return struct.Struct(form)
