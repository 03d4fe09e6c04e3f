"""What a command prints on standard output: JSON for machines, aligned text for people."""

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

import orjson

from pywats.cli.aside import note
from pywats.jobs.rows import WIDEST, Record, cell, without_room
from pywats.text import printable

BLOCK = 100
"""Rows that are looked at before the columns of a table are chosen."""


def write_json(value: Any) -> None:
    """Write a value as one line of JSON, in UTF-8 whatever the terminal's encoding is."""
    try:
        content = orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # the name of a file that is no UTF-8 is in it; its bytes are escaped, as in the log
        content = f"{json.dumps(value, default=_plain)}\n".encode()
    write_bytes(content)


def _plain(value: Any) -> Any:
    """Return as plain values what orjson writes and json does not know."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return orjson.loads(orjson.dumps(value))


def write_bytes(content: bytes) -> None:
    """Write bytes as they are; a stream that takes text alone, such as a notebook's, gets them as text."""
    sys.stdout.flush()
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:
        sys.stdout.write(content.decode(errors="backslashreplace"))
    else:
        binary.write(content)
        binary.flush()


def let_go() -> None:
    """Let go of what could not be written, the interpreter's last flush included."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def write_line(text: str) -> None:
    """Write one line."""
    sys.stdout.write(f"{printable(text)}\n")


def write_fields(record: Record) -> None:
    """Write one thing, a field a line; what is empty is left out."""
    shown = {name: printable(text) for name, value in record.items() if (text := cell(value)) not in {"", "[]", "{}"}}
    width = max(map(len, shown), default=0)
    for name, text in shown.items():
        sys.stdout.write(f"{name:<{width}}  {text}\n")


def write_table(rows: Iterable[Record], columns: Sequence[str] = ()) -> None:
    """Write rows as a table with these columns, or with those that hold something."""
    table = Table(columns)
    for row in rows:
        table.add(row)
    table.close()


_GAP = "  "


def write_closing(title: str, rows: Sequence[Record]) -> None:
    """Write the few rows that end a command: drawn on a terminal, aligned text elsewhere."""
    if not sys.stdout.isatty():
        write_table(rows)
        return
    from rich.console import Console
    from rich.table import Table as Drawn
    from rich.text import Text

    drawn = Drawn(title=title)
    for name in rows[0]:
        drawn.add_column(name, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(printable(cell(value))) for value in row.values()))
    Console().print(drawn)


class Table:
    """Rows that are printed as they come; a block of them decides which columns there are, and how wide.

    On a terminal the columns that find no room are left out, and named at the end. A cell longer than `WIDEST` is cut
    there, a list or object anywhere.
    """

    def __init__(self, columns: Sequence[str] = ()) -> None:
        self.rows = 0
        self._wanted = list(columns)
        self._waiting: list[Record] = []
        self._widths: dict[str, int] | None = None
        self._hidden: list[str] = []
        self._terminal = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0

    def add(self, row: Record) -> None:
        """Take one row."""
        self.rows += 1
        if self._widths is None:
            self._waiting.append(row)
            if len(self._waiting) >= BLOCK:
                self._begin()
        else:
            self._print([self._text(row.get(name)) for name in self._widths])

    def close(self) -> None:
        """Print what is left, and say what was not shown."""
        if self._widths is None and self._waiting:
            self._begin()
        if self._hidden:
            note(f"not shown for want of room: {', '.join(self._hidden)}; --json shows everything")

    def _begin(self) -> None:
        names = self._wanted or list(dict.fromkeys(name for row in self._waiting for name in row))
        texts = {name: [self._text(row.get(name)) for row in self._waiting] for name in names}
        used = [name for name in names if self._wanted or any(text not in {"", "[]", "{}"} for text in texts[name])]
        widths = {name: max(len(name), *map(len, texts[name])) for name in used}
        if self._terminal:
            self._hidden = without_room(widths, self._terminal, gap=len(_GAP))
        self._widths = {name: width for name, width in widths.items() if name not in self._hidden}
        self._print(list(self._widths))
        for row in self._waiting:
            self._print([self._text(row.get(name)) for name in self._widths])
        self._waiting.clear()

    def _print(self, texts: Sequence[str]) -> None:
        widths = (self._widths or {}).values()
        line = _GAP.join(text.ljust(width) for text, width in zip(texts, widths, strict=True)).rstrip()
        sys.stdout.write(f"{line}\n")

    def _text(self, value: Any) -> str:
        text = printable(cell(value))
        cut = self._terminal or isinstance(value, dict | list)
        return f"{text[: WIDEST - 1]}…" if cut and len(text) > WIDEST else text
