"""Text with rows: CSV and its relatives, as the configuration of a source describes them."""

import re
from collections.abc import Iterator
from itertools import groupby

from pywats.ingest.converters.interface import Context, Source
from pywats.ingest.converters.table.lines import AROUND, Head, Line, as_told, lines_of
from pywats.ingest.converters.table.options import TableOptions
from pywats.ingest.converters.table.reports import Reports
from pywats.ingest.converters.table.rows import Row, Rows
from pywats.ingest.converters.table.values import Values
from pywats.reports.models import UUTReport

SUFFIXES: tuple[str, ...] = ()
Options = TableOptions


def sniff(head: bytes, name: str) -> float:
    """Claim nothing: what the columns mean, a configuration has to say."""
    del head, name
    return 0.0


def convert(source: Source, options: TableOptions, context: Context) -> Iterator[UUTReport]:
    """Yield the reports of a file.

    Raises:
        ConversionError: a row has not as many cells as there are columns, a value is of another kind than it must be,
            or the file ends in the middle of a line or without the line that ends its table.
    """
    yield from _File(source, as_told(source, options, context), context).reports()


class _File:
    """A text file, of which the units are read one after the other.

    What stands behind the rows of a unit and is needed before them, other readings tell, which go ahead as far as the
    unit goes.
    """

    def __init__(self, source: Source, options: TableOptions, context: Context) -> None:
        self._source = source
        self._options = options
        self._context = context
        self._values = Values(options, context)
        self._quiet = Context(encoding=context.encoding, timezone=context.timezone)
        self._heads = _Ahead(self._lines())
        self._keys = _Ahead(self._lines())

    def reports(self) -> Iterator[UUTReport]:
        """Yield the reports of all units."""
        named = self._named()
        rows = Rows(self._options, self._context)
        for number, lines in groupby(self._lines(), key=lambda line: line.unit):
            head = Head(self._options, named)
            if number == 0:  # what stands before all units holds for each of them
                head.take_all(lines)
                named = head
            else:
                yield from self._of_unit(number, lines, head, rows)

    def _of_unit(self, number: int, lines: Iterator[Line], head: Head, rows: Rows) -> Iterator[UUTReport]:
        if self._options.has_keys_between:
            head.take_all(line for line in self._heads.unit(number) if line.table == AROUND)
        elif self._options.has_keys_alone:
            head.take_all(lines)
        reports = Reports(head, self._options, self._values, self._context)
        yield from reports.of(rows.read(lines, head), lambda: self._again(number))

    def _again(self, number: int) -> Iterator[Row]:
        return Rows(self._options, self._quiet).read(self._keys.unit(number), Head(self._options))

    def _lines(self) -> Iterator[Line]:
        return lines_of(self._source, self._options, self._context)

    def _named(self) -> Head:
        """Return what the name of the file tells."""
        head = Head(self._options)
        found = re.search(self._options.file_name, self._source.name) if self._options.file_name else None
        if found is not None:
            for key, value in found.groupdict().items():
                head.put(key, value or "", "the name of the file")
        return head


class _Ahead:
    """Gives the lines of one unit after the other, to who wants them before their turn comes."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._units = groupby(lines, key=lambda line: line.unit)

    def unit(self, number: int) -> Iterator[Line]:
        """Return the lines of a unit that comes behind those that were asked for before."""
        return next(lines for unit, lines in self._units if unit == number)
