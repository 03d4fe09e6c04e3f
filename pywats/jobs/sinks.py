"""Where rows go: files that appear whole or not at all, and a table to read."""

import contextlib
import csv
import io
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO

from pydantic_core import to_json
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from pywats.jobs.output import Note, Output
from pywats.jobs.placing import Placement
from pywats.jobs.rows import WIDEST, Record, cell, without_room
from pywats.jobs.schema import Table
from pywats.tables.columns import EXTRA, extra_of
from pywats.text import printable


class Sink(ABC):
    """Takes the rows of one step; they appear with ``commit``, or never.

    ``path`` is the file that they go to, if any.
    """

    path: str | None = None

    @property
    @abstractmethod
    def placement(self) -> Placement | None:
        """What has to be put in its place; ``None`` for what leaves no trace on the disk."""

    @abstractmethod
    def write(self, row: Record) -> None:
        """Take one row."""

    @abstractmethod
    def finish(self) -> None:
        """Make what was written durable, without showing it yet."""

    @abstractmethod
    def commit(self) -> None:
        """Make it appear."""

    @abstractmethod
    def discard(self) -> None:
        """Leave everything as it was before."""


class FileSink(Sink):
    """A sink into one file."""

    def __init__(self, path: Path, note: Note | None = None) -> None:
        self.path = str(path)
        self._output = Output(path, note)

    @property
    def placement(self) -> Placement:
        """The file beside the former one."""
        return Placement("file", str(self._output.part), str(self._output.destination))

    def finish(self) -> None:
        """Bring the file to the disk, beside the former one."""
        self._output.finish()

    def commit(self) -> None:
        """Put the file in the place of the former one."""
        self.placement.place()

    def discard(self) -> None:
        """Leave the former file."""
        self._output.discard()


class CsvSink(FileSink):
    """Comma-separated values in UTF-8 (RFC 4180, with line feeds), a line of column names first.

    The columns are fixed by the type of the rows, or by the first row; what has no column goes into ``extra`` as JSON,
    so that nothing is lost and the files of several runs fit together.
    """

    def __init__(self, path: Path, columns: Sequence[str] = (), note: Note | None = None) -> None:
        super().__init__(path, note)
        self._text = io.TextIOWrapper(self._output.stream, encoding="utf-8", newline="")
        self._writer = csv.writer(self._text, lineterminator="\n")
        self._columns = self._begin(columns) if columns else None

    def _begin(self, columns: Iterable[str]) -> dict[str, None]:
        """Write the names; returns those of the columns before ``extra``, in their order."""
        names = dict.fromkeys(name for name in columns if name != EXTRA)
        self._writer.writerow([*names, EXTRA])
        return names

    def write(self, row: Record) -> None:
        """Write one row."""
        if self._columns is None:
            self._columns = self._begin(row)
        extra = extra_of(row, [key for key in row if key not in self._columns])
        self._writer.writerow([*map(cell, map(row.get, self._columns)), cell(extra)])

    def finish(self) -> None:
        """Bring the file to the disk, beside the former one."""
        self._text.detach()
        super().finish()

    def discard(self) -> None:
        """Leave the former file."""
        with contextlib.suppress(OSError, ValueError):
            self._text.detach()
        super().discard()


class JsonLinesSink(FileSink):
    """One JSON object per line, in UTF-8."""

    def write(self, row: Record) -> None:
        """Write one row."""
        self._output.stream.write(to_json(row) + b"\n")


class PictureSink(FileSink):
    """The picture of a chart."""

    def __init__(self, path: Path, content: bytes, note: Note | None = None) -> None:
        super().__init__(path, note)
        self._output.stream.write(content)

    def write(self, row: Record) -> None:
        """Leave the row: it is in the picture."""


class TableSink(Sink):
    """The first rows as a table, printed after a run that succeeded: aligned text, on a terminal a drawing."""

    def __init__(self, title: str, settings: Table, out: TextIO) -> None:
        self._title = title
        self._settings = settings
        self._out = out
        self._rows: list[Record] = []
        self._count = 0

    def write(self, row: Record) -> None:
        """Keep the row, if it is among the first."""
        self._count += 1
        if len(self._rows) < self._settings.rows:
            self._rows.append(row)

    def finish(self) -> None:
        """A table needs no disk."""

    def discard(self) -> None:
        """Nothing was printed."""

    @property
    def placement(self) -> None:
        """Nothing on the disk."""

    def commit(self) -> None:
        """Print the table."""
        columns = self._settings.columns or self._columns_in_use()
        lines = [[printable(cell(row.get(column))) for column in columns] for row in self._rows]
        left = self._count - len(self._rows)
        more = f"… and {left} more" if left else "" if self._count else "no rows"
        if self._out.isatty():
            self._draw(columns, lines, more)
        else:
            self._print(columns, lines, more)

    def _columns_in_use(self) -> list[str]:
        names = dict.fromkeys(key for row in self._rows for key in row)
        return [name for name in names if any(row.get(name) not in (None, "", [], {}) for row in self._rows)]

    def _draw(self, columns: list[str], lines: list[list[str]], more: str) -> None:
        console = Console(file=self._out)
        hidden = [] if self._settings.columns else _hidden(columns, lines, console.width)
        words = [more] if more else []
        if hidden:
            words.append(f"not shown for want of room: {', '.join(hidden)}; columns of the table chooses")
        table = RichTable(title=Text(self._title), caption=Text("\n".join(words)) if words else None)
        for column in columns:
            if column not in hidden:
                table.add_column(Text(column), overflow="fold")
        for line in lines:
            table.add_row(*(Text(text) for column, text in zip(columns, line, strict=True) if column not in hidden))
        with console.capture() as drawn:
            console.print(table)
        self._out.write(drawn.get())  # the console itself would write past what stands before a terminal, such as bars

    def _print(self, columns: list[str], lines: list[list[str]], more: str) -> None:
        widths = [max(map(len, texts)) for texts in zip(columns, *lines, strict=True)]
        texts = [
            "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
            for line in (columns, *lines)
        ]
        self._out.write("\n".join([f"{self._title}:", *texts, *([more] if more else [])]) + "\n")


def _hidden(columns: list[str], lines: list[list[str]], width: int) -> list[str]:
    """Return the columns that a drawn table of this width has no room for; each of the others has a frame."""
    cells = zip(columns, *lines, strict=True)
    widths = {column: min(max(map(len, (column, *texts))), WIDEST) for column, *texts in cells}
    return without_room(widths, width - len("│  │"), gap=len(" │ "))
