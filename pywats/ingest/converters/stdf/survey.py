"""What an STDF file says at its end of what stands before: it is read first, once, and seen to be whole."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pywats.ingest.converters.stdf.records import Fields, Kind, Records
from pywats.ingest.converters.text import malformed

_COUNTS: Final = 6
"""Numbers before the name of a wafer that ends: its time, parts tested, again, aborted, good, functional."""


@dataclass(frozen=True, slots=True)
class Wafer:
    """What a wafer is called: by the test, the factory that made it, its frame, its mask."""

    name: str = ""
    fab: str = ""
    frame: str = ""
    mask: str = ""


class Survey:
    """What is known of a file before its parts are read.

    Attributes:
        tests: names of tests by their numbers.
        hard_bins: names of hardware bins by their numbers.
        soft_bins: names of software bins by their numbers.
        wafers: what the end of a wafer says, by the number of the record that begins it.

    Args:
        records: of the whole file.

    Raises:
        ConversionError: the file is not whole.
    """

    def __init__(self, records: Records) -> None:
        self.tests: dict[int, str] = {}
        self.hard_bins: dict[int, str] = {}
        self.soft_bins: dict[int, str] = {}
        self.wafers: dict[int, Wafer] = {}
        self._begun: dict[tuple[int, int], int] = {}
        self._has_lot = False
        self._read(records)

    def _read(self, records: Records) -> None:
        takes: dict[int, Callable[[Fields], object]] = {
            Kind.TSR: self._test,
            Kind.HBR: lambda fields: self._bin(fields, self.hard_bins),
            Kind.SBR: lambda fields: self._bin(fields, self.soft_bins),
            Kind.WIR: lambda fields: self._begun.update({fields.several("BB"): records.number}),
            Kind.WRR: self._wafer,
            Kind.MIR: self._lot,
            Kind.FAR: self._lot,
            0: self._zeros,
        }
        last = int(Kind.MRR)
        for kind, data, begin, end in records:
            if kind in takes:
                takes[kind](Fields(records, kind, data, begin, end))
            elif kind == last:
                records.end(data, end)
                return
        raise malformed("the last record (MRR) is missing: the file is not complete", records.place)

    def _lot(self, fields: Fields) -> None:
        """See that there is one lot: each begins with a FAR, which was read before, and a MIR."""
        if self._has_lot or fields.kind == Kind.FAR:
            raise malformed("another lot begins before the last record (MRR) of the first", fields.place)
        self._has_lot = True

    @staticmethod
    def _zeros(fields: Fields) -> None:
        raise malformed("zeros stand where a record should", fields.place)

    def _test(self, fields: Fields) -> None:
        """Take in the synopsis of a test: its name, else its label."""
        *_, number = fields.several("BBBI")
        fields.numbers("I", 3)
        name, _, label = fields.texts(3)
        if name or label:
            self.tests.setdefault(number, name or label)

    @staticmethod
    def _bin(fields: Fields, names: dict[int, str]) -> None:
        """Take in the count of a bin: its name."""
        _, _, number = fields.several("BBH")
        fields.number("I")
        fields.number("B")
        name = fields.text()
        if name:
            names.setdefault(number, name)

    def _wafer(self, fields: Fields) -> None:
        """Take in the end of a wafer; what it is called there goes before what its begin says."""
        begun = self._begun.pop(fields.several("BB"), None)
        fields.numbers("I", _COUNTS)
        if begun is not None:
            self.wafers[begun] = Wafer(*fields.texts(4))
