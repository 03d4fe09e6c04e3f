"""The lines of a text file, by what they belong to: a unit, and a table or the keys and values around it."""

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import dropwhile, islice
from typing import Final, NamedTuple

from pywats.ingest.converters.interface import Context, Source
from pywats.ingest.converters.table.options import TableOptions
from pywats.ingest.converters.text import malformed, read_lines

LONGEST_ROW: Final = 1024 * 1024
"""Characters of a line, and of a row that has several."""
AROUND: Final = 0
"""The number of no table: the line stands before, between or behind them."""
_OF_CELLS: Final = frozenset(",;\t|")
_TOLD: Final = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
"""The first line of a file for table programs."""


class Line(NamedTuple):
    """A line of a file.

    Attributes:
        number: its number in the file.
        text: it, without its end.
        unit: the number of the unit that it belongs to; 0 stands before all of them.
        table: the number of the table that it belongs to.
    """

    number: int
    text: str
    unit: int
    table: int


def as_told(source: Source, options: TableOptions, context: Context) -> TableOptions:
    """Return the options for a file whose first line may tell what stands between the cells, such as ``sep=;``."""
    _, first = next(read_lines(source, context, longest=LONGEST_ROW, ended=not options.open_end), (0, ""))
    found = _TOLD.fullmatch(first)
    if found is None:
        return options
    told: dict[str, object] = {"skip": max(1, options.skip)}
    if options.delimiter == "auto" and not options.widths and not options.row:
        told["delimiter"] = found[1]
        context.tell("delimiter", {"\t": "tab"}.get(found[1], found[1]), "line 1")
    return options.model_copy(update=told)


def lines_of(source: Source, options: TableOptions, context: Context) -> Iterator[Line]:
    """Yield the lines of a file; where the options say no more, all of them are one table of one unit.

    Raises:
        ConversionError: the file lacks a line that the options promise, or is no text.
    """
    lines = _sound(read_lines(source, context, longest=LONGEST_ROW, ended=not options.open_end))
    kept: Iterator[tuple[int, str]] = islice(lines, options.skip, None)
    if options.comment:
        kept = (line for line in kept if not line[1].startswith(tuple(options.comment)))
    if options.unit is options.head is options.begin is options.end is None:
        return (Line(number, text, 1, 1) for number, text in kept)
    return _Sorting(options).sort(kept)


def _sound(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    for number, text in lines:
        if "\0" in text:
            detail = "a NUL character: the file is damaged, or its encoding is another, such as utf-16-le (encoding)"
            raise malformed(detail, f"line {number}, column {text.index(chr(0)) + 1}")
        yield number, text


class _Sorting:
    """Tells what each line belongs to."""

    def __init__(self, options: TableOptions) -> None:
        self._options = options
        self._rows = [re.compile(each) for each in options.row]
        self._keys = [re.compile(each) for each in options.head] if isinstance(options.head, tuple) else []
        self._unit = 0 if options.unit is not None else 1
        self._began = 0  # the number of the line that the unit begins with
        self._table = self._tables = AROUND
        self._title: str | None = None  # the line that the present table begins with
        self._ended = False

    def sort(self, lines: Iterable[tuple[int, str]]) -> Iterator[Line]:
        begin, end, unit = self._options.begin, self._options.end, self._options.unit
        if unit is None:
            self._start()
        for number, text in lines:
            if unit is not None and text.startswith(unit):
                self._finish(number)
                self._unit += 1
                self._began = number
                self._start()
                if begin is None or not text.startswith(begin):
                    yield Line(number, text, self._unit, AROUND)
                    continue
            table = self._table
            if end is not None and not self._ended and self._may_end and text.startswith(end):
                self._table, self._ended, table = AROUND, True, AROUND
            elif begin is not None and self._begins(text, begin, number):
                self._next_table(text)
                table = self._table if self._options.header else AROUND
            elif table != AROUND and self._rows and self._keys and self._is_key(text):
                table = AROUND
            yield Line(number, text, self._unit, table)
        self._finish(None)

    def _start(self) -> None:
        self._table, self._title, self._ended = AROUND, None, False
        if self._options.begin is None and not self._options.has_keys_alone:
            self._next_table(None)

    def _next_table(self, title: str | None) -> None:
        self._tables += 1
        self._table, self._title, self._ended = self._tables, title, False

    @property
    def _may_end(self) -> bool:
        return self._table != AROUND or (self._unit > 0 and self._options.has_keys_alone)

    def _begins(self, text: str, begin: str, number: int) -> bool:
        """Return whether a line begins a table; in a table, only the line that began it does.

        Raises:
            ConversionError: the table before must have an end, or no unit has begun.
        """
        if self._table != AROUND:
            if text == self._title and self._options.end is not None:
                detail = (
                    f"a table begins before a line begins with {self._options.end!r}, where the one before should end"
                )
                raise malformed(f"{detail}: it is not complete", f"line {number}")
            return text == self._title
        if not text.startswith(begin):
            return False
        if self._unit == 0:
            detail = f"a table begins before the first unit, whose first line begins with {self._options.unit!r}"
            raise malformed(detail, f"line {number}")
        return True

    def _is_key(self, text: str) -> bool:
        if any(each.fullmatch(text) for each in self._rows):
            return False
        return any(each.search(text) for each in self._keys)

    def _finish(self, number: int | None) -> None:
        """Look whether a unit has all that it should, where the next one or the end of the file comes."""
        options = self._options
        if self._unit == 0:
            if number is None:
                raise malformed(f"no line begins with {options.unit!r}, where a unit should begin")
            return
        place = f"line {number}" if number is not None else ""
        of_unit = f" of the unit that begins in line {self._began}" if self._began else ""
        if options.begin is not None and self._title is None:
            raise malformed(f"no line{of_unit} begins with {options.begin!r}, where the table should begin", place)
        if options.end is not None and not self._ended:
            what = "it" if options.has_keys_alone else "the table"
            detail = f"no line{of_unit} begins with {options.end!r}, where {what} should end"
            raise malformed(f"{detail}: the file is not complete", place)


class Head:
    """The keys and values around the tables of a unit, and where each stands."""

    def __init__(self, options: TableOptions, before: "Head | None" = None) -> None:
        """Create it with the keys that hold for all units before they have any of their own."""
        self._options = options
        self._before = before
        self._keys = [re.compile(each) for each in options.head] if isinstance(options.head, tuple) else []
        self._separator = {"tab": "\t"}.get(options.head, options.head) if isinstance(options.head, str) else ""
        self._values: dict[str, tuple[str, str]] = {}
        self._twice: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self._values or self._before)

    def __iter__(self) -> Iterator[str]:
        yield from (key for key in self._before or () if key not in self._values)
        yield from self._values

    def find(self, key: str) -> tuple[str, str] | None:
        """Return the value of a key, and where it stands.

        Raises:
            ConversionError: it has two values.
        """
        if key in self._twice:
            detail = f"{key!r:.60} has two values; which one is meant?"
            if self._options.unit is None:
                detail += " If the file holds several units, say how the first line of each begins (unit)"
            raise malformed(detail, self._twice[key])
        found = self._values.get(key)
        return self._before.find(key) if found is None and self._before is not None else found

    def take(self, line: Line) -> None:
        """Take the keys and values of a line, if it holds any."""
        place = f"line {line.number}"
        if self._separator:
            key, value = self._halves(line.text)
            if key and value is not None:
                self.put(key, value, place)
        for expression in self._keys:
            if found := expression.search(line.text):
                for key, value in found.groupdict().items():
                    self.put(key, (value or "").strip(), place)

    def take_all(self, lines: Iterable[Line]) -> None:
        """Take the keys and values of several lines."""
        for line in lines:
            self.take(line)

    def put(self, key: str, value: str, place: str) -> None:
        """Take a key and its value."""
        value = "" if value in self._options.missing else value
        known = self._values.get(key)
        if known is not None and known[0] != value:
            self._twice[key] = f"{known[1]}, and {place}"
            return
        self._values[key] = (value, f"{place}, {key}")
        expression = self._options.split.get(key)
        if expression is not None and value:
            for name, text in parted(re.compile(expression), value, f"{place}, {key}").items():
                self.put(name, text, place)

    def _halves(self, text: str) -> tuple[str, str | None]:
        separator, quote = self._separator, self._options.quote
        if separator in _OF_CELLS:
            text = text.rstrip(f" {separator}")
            if quote and quote in text and len(text) <= csv.field_size_limit():
                key, *cells = next(csv.reader([text], delimiter=separator, quotechar=quote))
                filled = dropwhile(lambda cell: not cell.strip(), cells)
                return key.strip(), separator.join(filled).strip() if cells else None
        key, found, value = text.partition(separator)
        if separator in _OF_CELLS:
            value = value.lstrip(f" {separator}")
        return key.strip(), value.strip() if found else None


def parted(expression: re.Pattern[str], text: str, place: str) -> dict[str, str]:
    """Return the parts of a cell by the names that its expression gives them.

    Raises:
        ConversionError: the cell is not of this form.
    """
    found = expression.fullmatch(text)
    if found is None:
        raise malformed(f"{text!r:.60} is not of the form that split describes", place)
    return {name: (part or "").strip() for name, part in found.groupdict().items()}
