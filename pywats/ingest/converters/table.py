"""Text with rows: CSV and its relatives, as the configuration of a source describes them."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, dropwhile, islice, pairwise
from typing import Final, Literal

from pywats.ingest.converters.interface import Context, Source
from pywats.ingest.converters.table_options import Column, TableOptions
from pywats.ingest.converters.table_reports import Row, reports_of
from pywats.ingest.converters.text import malformed, read_lines
from pywats.reports.models import UUTReport

SUFFIXES: tuple[str, ...] = ()
Options = TableOptions

_DELIMITERS: Final = ",;\t|"


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
    table = _Table((_Line(number, text) for number, text in read_lines(source, context)), options)
    yield from reports_of(table.rows(), table.head, options, context.explain)


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str


class _Table:
    """The lines of a file: a head of keys and values, if it has one, and rows.

    Without a head, a begin or an end the rows are read as they are needed.
    """

    def __init__(self, lines: Iterable[_Line], options: TableOptions) -> None:
        self._options = options
        self.head: dict[str, tuple[str, str]] = {}
        kept = (
            line
            for line in islice(lines, options.skip, None)
            if not (options.comment and line.text.startswith(options.comment))
        )
        self._rows: Iterable[_Line] = kept
        if options.head is None and options.begin is None and options.end is None:
            return
        before, self._rows, after = self._parts(list(kept))
        if options.head is not None:
            for line in (*before, *after):
                self._take_head(line, options.head)

    def rows(self) -> Iterator[Row]:
        """Yield the rows under the titles."""
        if self._options.row is not None:
            yield from self._matches(re.compile(self._options.row))
            return
        lines = self._rows
        titles: list[str] | None = None
        for number, cells in self._cells(lines):
            if titles is None:
                titles = self._titles(cells, number) if self._options.header else [""] * len(cells)
                if self._options.header:
                    continue
            while len(cells) > len(titles) and not cells[-1].strip():
                cells.pop()
            if self._options.ragged:
                cells.extend("" for _ in titles[len(cells) :])
                del cells[len(titles) :]
            if len(cells) != len(titles):
                detail = f"the row has {len(cells)} cells, the table {len(titles)} columns"
                raise malformed(detail, f"line {number}")
            yield Row(number, titles, cells)

    def _parts(self, lines: list[_Line]) -> tuple[list[_Line], list[_Line], list[_Line]]:
        """Return what stands before the table, in it, and behind it."""
        options = self._options
        if options.begin is None and options.head is not None:
            return lines, [], []
        first = 0
        if options.begin is not None:
            found = _starting(lines, options.begin)
            if found is None:
                raise malformed(f"no line begins with {options.begin!r}, where the table should begin")
            first = found
        begins = first if options.header or options.begin is None else first + 1
        if options.end is None:
            return lines[:first], lines[begins:], []
        last = _starting(lines[begins:], options.end)
        if last is None:
            raise malformed(
                f"no line begins with {options.end!r}, where the table should end: the file is not complete"
            )
        return lines[:first], lines[begins : begins + last], lines[begins + last + 1 :]

    def _take_head(self, line: _Line, separator: str) -> None:
        key, found, value = line.text.partition("\t" if separator == "tab" else separator)
        if not found:
            return
        key = key.strip()
        if key in self.head and self.head[key][0] != value.strip():
            raise malformed(f"{key!r:.60} stands twice; which one is meant?", f"line {line.number}")
        self.head[key] = (value.strip(), f"line {line.number}, {key}")

    def _matches(self, expression: re.Pattern[str]) -> Iterator[Row]:
        titles = list(expression.groupindex)
        for line in self._rows:
            if not line.text.strip():
                continue
            found = expression.fullmatch(line.text)
            if found is None:
                raise malformed("the line is not of the form that row describes", f"line {line.number}")
            yield Row(line.number, titles, [found[title] or "" for title in titles])

    def _cells(self, lines: Iterable[_Line]) -> Iterator[tuple[int, list[str]]]:
        """Yield the cells of each line that is not blank, with the number of the line."""
        lines = dropwhile(lambda line: not line.text.strip(), lines)
        first = next(lines, None)
        if first is None:
            return
        lines, delimiter = chain((first,), lines), self._delimiter(first.text)
        if delimiter == " ":
            yield from ((line.number, line.text.split()) for line in lines if line.text.strip())
            return
        quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if self._options.quote else csv.QUOTE_NONE
        taken: list[int] = []  # the numbers of the lines of a row, which may be several if a cell is in quotes
        reader = csv.reader(
            _noted(lines, taken),
            delimiter=delimiter,
            quotechar=self._options.quote or None,
            quoting=quoting,
            strict=True,
        )
        try:
            for cells in reader:
                number = taken[0]
                taken.clear()
                if any(cell.strip() for cell in cells):
                    yield number, cells
        except csv.Error as error:
            raise malformed(str(error), f"line {taken[0] if taken else first.number}") from error

    def _delimiter(self, first: str) -> str:
        given = self._options.delimiter
        if given != "auto":
            return {"tab": "\t", "space": " "}.get(given, given)
        return max(_DELIMITERS, key=first.count)

    def _titles(self, cells: list[str], number: int) -> list[str]:
        titles = [cell.strip() for cell in cells]
        twice = next((one for one, other in pairwise(sorted(filter(None, titles))) if one == other), None)
        if twice is not None and twice in self._named():
            raise malformed(f"two columns are called {twice!r:.60}; name them by their numbers", f"line {number}")
        return titles

    def _named(self) -> set[Column]:
        options = self._options
        named: set[Column] = {column for _, column in options.fields if column is not None}
        if options.step is not None:
            named |= {column for _, column in options.step if column is not None}
        return named | set(options.misc)


def _noted(lines: Iterable[_Line], taken: list[int]) -> Iterator[str]:
    for line in lines:
        taken.append(line.number)
        yield f"{line.text}\n"


def _starting(lines: list[_Line], text: str) -> int | None:
    return next((index for index, line in enumerate(lines) if line.text.startswith(text)), None)
