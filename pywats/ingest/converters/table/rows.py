"""The rows of a table: lines into cells, and which column each cell is of."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, groupby, islice, pairwise
from typing import Final, Literal

from pywats.ingest.converters.interface import Context
from pywats.ingest.converters.table.lines import AROUND, LONGEST_ROW, Head, Line, parted
from pywats.ingest.converters.table.options import Column, TableOptions
from pywats.ingest.converters.text import malformed
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason

_DELIMITERS: Final = ",;\t|"
_NAMES: Final = {"\t": "tab", " ": "space"}
_TWICE: Final = -1
_LOOKED_AT: Final = 20
"""Lines that tell what stands between the cells."""
_MOST_HELD: Final = 64 * 1024 * 1024
"""Bytes that the cells of a transposed table may take: it is held whole."""
_OF_A_CELL: Final = 64
"""Bytes that a cell takes besides its characters."""


class Columns:
    """The columns of a table.

    Attributes:
        titles: what they are called; empty for one without a title.
        line: the number of the line that says so.
        width: how many of them there are in the file; behind them come parts of their cells.
        parts: the indexes of cells that hold several values, and how they are taken apart.
        fill: the indexes of cells that hold what stands above them if they are empty.
    """

    __slots__ = ("_lines", "_places", "fill", "line", "parts", "titles", "width")

    def __init__(
        self,
        titles: tuple[str, ...],
        line: int,
        split: Mapping[str, re.Pattern[str]],
        fill: Iterable[Column] = (),
        lines: Sequence[int] = (),
    ) -> None:
        """Create it.

        Args:
            titles: of the columns in the file.
            line: the number of the line that says so.
            split: how cells that hold several values are taken apart, by titles.
            fill: columns whose empty cells hold what stands above them.
            lines: of a table that was transposed: the numbers of the lines that became columns.

        Raises:
            ConversionError: there is no such column to fill.
        """
        self.line = line
        self._lines = lines
        self.width = len(titles)
        self._places: dict[str, int] = {}
        self.titles = titles
        self._place(0)
        self.fill = [self.index(each) for each in fill]
        self.parts = [(index, each) for name, each in split.items() if (index := self.find(name)) is not None]
        self.titles += tuple(name for _, each in self.parts for name in each.groupindex)
        self._place(self.width)

    def _place(self, begin: int) -> None:
        for index, title in enumerate(self.titles[begin:], begin):
            self._places[title] = _TWICE if title in self._places else index

    def find(self, column: Column) -> int | None:
        """Return the index of a column.

        Raises:
            ConversionError: two columns have this title.
        """
        if isinstance(column, int):
            return column - 1 if column <= len(self.titles) else None
        index = self._places.get(column)
        if index == _TWICE:
            detail = f"two columns are called {column!r:.60}; name them by their numbers"
            raise malformed(detail, self.at(self.line))
        return index

    def index(self, column: Column) -> int:
        """Return the index of a column that must be there.

        Raises:
            ConversionError: it is not.
        """
        index = self.find(column)
        if index is None:
            known = ", ".join(filter(None, self.titles)) or f"{len(self.titles)} without titles"
            detail = f"there is no column {column}; there are: {known:.300}"
            raise ConversionError(Reason.MISSING_FIELD, detail, self.at(self.line) if self.line else "")
        return index

    def at(self, number: int) -> str:
        """Return where a row stands."""
        return f"column {number}" if self._lines else f"line {number}"

    def place(self, number: int, index: int) -> str:
        """Return where a cell of a row stands."""
        if not self._lines:
            return f"line {number}, column {self.name(index)}"
        part = index - self.width
        for whole, each in self.parts if part >= 0 else ():
            if part < len(each.groupindex):
                index = whole
                break
            part -= len(each.groupindex)
        return f"line {self._lines[index]}, column {number}"

    def name(self, index: int) -> str:
        """Return what a column is called in explanations: its title or its number."""
        return self.titles[index] or str(index + 1)


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One row of a table.

    Attributes:
        number: of its line; of its column in a table that was transposed.
        position: in its table, from 1; 0 is above the titles.
        cells: of it; none if there is no table.
        columns: of the table.
    """

    number: int
    position: int
    cells: list[str]
    columns: Columns

    def place(self, index: int) -> str:
        """Return where a cell stands."""
        return self.columns.place(self.number, index)


class Rows:
    """Reads the rows of the tables of a file."""

    def __init__(self, options: TableOptions, context: Context) -> None:
        self._options = options
        self._tell = context.tell
        self._known: Columns | None = None
        self._expressions = [re.compile(each) for each in options.row]
        self._names = tuple(dict.fromkeys(name for each in self._expressions for name in each.groupindex))
        self._delimiter = {"auto": "", "tab": "\t", "space": " "}.get(options.delimiter, options.delimiter)
        self._missing = frozenset(options.missing)
        self._split = {name: re.compile(each) for name, each in options.split.items()}
        self._limit_rows = frozenset(said for _, said in options.limits or () if said is not None)
        self._limits = () if options.transposed else tuple(each for each in self._limit_rows if isinstance(each, str))
        self._above: list[str] = []  # what fills the empty cells of the next row

    def read(self, lines: Iterable[Line], head: Head) -> Iterator[Row]:
        """Yield the rows of all tables among some lines; what stands around them goes into the head.

        Raises:
            ConversionError: a line is no row of its table.
        """
        self._known, above = None, list[Line]()
        for table, of_table in groupby(lines, key=lambda line: line.table):
            if table == AROUND:
                for line in of_table:
                    head.take(line)
                    if self._limits and line.text.lstrip(f" {self._options.quote}").startswith(self._limits):
                        above.append(line)
            elif self._expressions:
                yield from self._matches(of_table)
            else:
                yield from self._table(of_table, above)
                above.clear()

    def _table(self, lines: Iterable[Line], above: Iterable[Line]) -> Iterator[Row]:
        """Yield the rows of a table, those with limits that stand above its titles before the others."""
        columns: Columns | None = None
        titles: list[str] | None = None
        position = 0
        lines = iter(lines)
        delimiter = self._delimiter
        if not delimiter and not self._options.widths:
            first = list(islice(lines, _LOOKED_AT))
            delimiter = self._found(first)
            lines = chain(first, lines)
        rows, down = self._cells(lines, delimiter), list[int]()
        for number, cells in self._turned(rows, down) if self._options.transposed else rows:
            if columns is None:
                columns = self._columns(cells if self._options.header else [""] * len(cells), number, down)
                for at, limits in self._cells(above, delimiter):
                    if limits[0].strip() in self._limits:
                        self._fit(limits, columns, at)
                        yield self._row(at, 0, limits, columns)
                if self._options.header:
                    titles = cells
                    continue
            if cells == titles:
                continue
            if len(cells) != columns.width:
                self._fit(cells, columns, number)
            position += 1
            yield self._row(number, position, cells, columns)

    def _matches(self, lines: Iterable[Line]) -> Iterator[Row]:
        columns: Columns | None = None
        for position, line in enumerate((line for line in lines if line.text.strip()), 1):
            found = next(filter(None, (each.fullmatch(line.text) for each in self._expressions)), None)
            if found is None:
                raise malformed(f"{line.text!r:.60} is not of the form that row describes", f"line {line.number}")
            if columns is None:
                columns = self._columns(self._names, line.number)
            cells = found.groupdict()
            yield self._row(line.number, position, [cells.get(name) or "" for name in self._names], columns)

    def _row(self, number: int, position: int, cells: Iterable[str], columns: Columns) -> Row:
        cleaned = [cell.strip() for cell in cells]
        if self._missing:
            cleaned = ["" if cell in self._missing else cell for cell in cleaned]
        if columns.fill and self._limit_rows.isdisjoint((position, cleaned[0])):
            self._filled(cleaned, columns.fill)
        row = Row(number, position, cleaned, columns)
        for index, expression in columns.parts:
            text = cleaned[index]
            cleaned += (
                parted(expression, text, row.place(index)).values() if text else [""] * len(expression.groupindex)
            )
        return row

    def _filled(self, cells: list[str], fill: Sequence[int]) -> None:
        """Fill empty cells with what stands above, but none behind one that says something else than the row above."""
        anew = False
        for place, index in enumerate(fill):
            if cells[index]:
                anew = anew or cells[index] != self._above[place]
            elif not anew:
                cells[index] = self._above[place]
        self._above = [cells[index] for index in fill]

    def _columns(self, cells: Iterable[str], number: int, down: Sequence[int] = ()) -> Columns:
        """Return the columns of a table; those of the one before if it is the same again."""
        titles = tuple(cell.strip() for cell in cells)
        if down or self._known is None or self._known.titles[: self._known.width] != titles:
            self._known = Columns(titles, number, self._split, self._options.fill, down)
            self._above = [""] * len(self._known.fill)
        return self._known

    def _turned(self, rows: Iterable[tuple[int, list[str]]], down: list[int]) -> Iterator[tuple[int, list[str]]]:
        """Yield the columns of a table as rows, numbered from 1, and note the numbers of its lines.

        Raises:
            ConversionError: the table is too large to be held, or a line has more or fewer cells than the first one.
        """
        held: list[list[str]] = []
        first: Columns | None = None
        size = 0
        for number, cells in rows:
            if not any(map(str.strip, cells)):
                continue
            if first is None:
                while not cells[-1].strip():
                    cells.pop()
                first = Columns(tuple(cells), number, {})
            elif len(cells) != first.width:
                self._fit(cells, first, number)
            size += sum(map(len, cells)) + _OF_A_CELL * len(cells)
            if size > _MOST_HELD:
                detail = f"a transposed table is held whole, and this one takes more than {_MOST_HELD} bytes"
                raise ConversionError(Reason.TOO_LARGE, detail, f"line {number}")
            held.append(cells)
            down.append(number)
        yield from enumerate(map(list, zip(*held, strict=True)), 1)

    def _fit(self, cells: list[str], columns: Columns, number: int) -> None:
        """Make a row as wide as its table: only empty cells may be missing or too many behind the last title."""
        width = columns.width
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        titled = width
        while titled and self._options.header and not columns.titles[titled - 1]:
            titled -= 1
        if self._options.ragged and len(cells) > width:
            self._tell("left out", " ".join(cells[width:]), columns.at(number))
            del cells[width:]
        if self._options.ragged or titled <= len(cells):
            cells += [""] * (width - len(cells))
        if len(cells) != width:
            raise malformed(f"the row has {len(cells)} cells, the table {width} columns", columns.at(number))

    def _cells(self, lines: Iterable[Line], delimiter: str) -> Iterator[tuple[int, list[str]]]:
        """Yield the cells of each line that is not blank, with the number of the line."""
        if self._options.widths:
            yield from self._cut(lines)
            return
        if delimiter == " " or len(delimiter) > 1:
            between = None if delimiter == " " else delimiter
            yield from ((line.number, line.text.split(between)) for line in lines if line.text.strip())
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
                if any(cells) and any(map(str.strip, cells)):
                    yield number, cells
        except csv.Error as error:
            place = f"line {taken[0]}" if taken else ""
            raise malformed(f"{error}; is a quote missing?", place) from error

    def _cut(self, lines: Iterable[Line]) -> Iterator[tuple[int, list[str]]]:
        ends = [*accumulate(self._options.widths)]
        places = [*pairwise((0, *ends[:-1])), (ends[-2] if len(ends) > 1 else 0, None)]
        for line in lines:
            if line.text.strip():
                yield line.number, [line.text[start:end] for start, end in places]

    def _found(self, lines: Iterable[Line]) -> str:
        """Return what stands between the cells: it is in all lines as often as in the first one."""
        texts = [line for line in lines if line.text.strip()]
        if not texts:
            return _DELIMITERS[0]
        quote = re.escape(self._options.quote)
        quoted = re.compile(f"{quote}[^{quote}]*{quote}" if quote else r"(?!)")
        number = re.compile(r"(?<=\d)[,](?=\d)" if self._options.decimal == "," else r"(?!)")
        bare = [quoted.sub("", line.text) for line in texts]
        without_numbers = [number.sub("", text) for text in bare]

        def likely(delimiter: str) -> tuple[int, int]:
            counts = [text.count(delimiter) for text in (without_numbers if delimiter == "," else bare)]
            return sum(count == counts[0] > 0 for count in counts), counts[0]

        best = max(_DELIMITERS, key=likely)
        if likely(best) == (0, 0):
            best = max(_DELIMITERS, key=bare[0].count)
        self._tell("delimiter", _NAMES.get(best, best), f"line {texts[0].number}")
        return best


def _noted(lines: Iterable[Line], taken: list[int]) -> Iterator[str]:
    size = 0
    for line in lines:
        size = size + len(line.text) if taken else len(line.text)
        taken.append(line.number)
        if size > LONGEST_ROW:
            detail = f"the row has more than {LONGEST_ROW} characters; is a quote missing?"
            raise malformed(detail, f"line {taken[0]}")
        yield f"{line.text}\n"
