"""The records of an i3070 log, ``{@NAME|field|field...{@INNER...}}``, read piece by piece."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from pywats.ingest.converters.text import malformed
from pywats.ingest.faults import ConversionError

BATCH: Final = "BATCH"
BOARD: Final = "BTEST"
PRINTED: Final = "RPT"
"""The record of a line that the test program printed; it may have any characters."""

_PRINTS: Final = f"{PRINTED}|"
_TOKEN: Final = re.compile(r"\s*(?:\{@([^{}\r\n~]*)|\})")
_NAME: Final = re.compile(r"[^|{}\r\n]*")
_FIELD: Final = re.compile(r"[^|{}\r\n]*(?:\{(?!@)[^|{}\r\n]*)*")
_LINE: Final = re.compile(r"(?:[^}\r\n]+|\}(?![ \t]*[\r\n]|[{}]|\Z))*")
_LITERAL: Final = re.compile(r"~(\d{1,4})\|")
_LONGEST_MARK: Final = len("~9999|")
_ENDS: Final = ("|", "{", "}", "\r", "\n")
_DEEPEST: Final = 50
_OUTER: Final = frozenset({BATCH, BOARD})


@dataclass(slots=True)
class Record:
    """One record.

    Attributes:
        name: its kind.
        line: where it begins.
        fields: what it says.
        inner: the records in it.
    """

    name: str
    line: int
    fields: list[str] = field(default_factory=list[str])
    inner: list["Record"] = field(default_factory=list["Record"])

    @property
    def place(self) -> str:
        """Where it begins, for people."""
        return f"line {self.line}, {self.name[:30]}"

    def get(self, index: int) -> str:
        """Return a field, or nothing."""
        return self.fields[index].strip() if index < len(self.fields) else ""

    def needed(self, index: int, what: str) -> str:
        """Return a field that must be there."""
        value = self.get(index)
        if not value:
            raise malformed(f"it has no {what}", self.place)
        return value


class Reader:
    """Reads nested records; of those in a batch it holds one at a time.

    Args:
        pieces: the text.
        encoding: of the file; the length of a literal text is one in bytes.
    """

    def __init__(self, pieces: Iterator[str], encoding: str) -> None:
        self._pieces = pieces
        name = codecs.lookup(encoding).name
        self._is_utf = name.startswith("utf")
        self._bytes_of = "utf-8" if self._is_utf else name
        self._text = ""
        self._at: int = 0
        self._ended = False
        self._line = 1
        self._opened: list[Record] = []

    def records(self) -> Iterator[tuple[Record | None, Record]]:
        """Yield records as they end: those in a batch each with it, then the batch without them, and others outside.

        Raises:
            ConversionError: something else stands there, or a record is not closed; the text says where.
        """
        opened = self._opened
        while (found := self._token()) is not None:
            if found[1] is not None:
                if not self._begun(found):
                    continue
            else:
                self._skip(found.end())
                if not opened:
                    raise malformed("a } stands here that closes nothing", f"line {self._line}")
            record = opened.pop()
            if not opened:
                yield None, record
            elif len(opened) == 1 and opened[0].name == BATCH:
                yield opened[0], record
            else:
                opened[-1].inner.append(record)
        if opened:
            raise malformed("the record is not closed: the file is not complete", opened[-1].place)

    def _token(self) -> re.Match[str] | None:
        """Return where a record begins or ends; ``None`` at the end of the file."""
        while True:
            found = _TOKEN.match(self._text, self._at)
            if found is None:
                begin = len(self._text) - len(self._text[self._at :].lstrip())
                self._skip(begin)
                if begin + 1 < len(self._text) or (self._ended and begin < len(self._text)):
                    raise self._unexpected()
                if self._ended:
                    return None
            elif self._ended or found.end() + 1 < len(self._text):
                return found
            self._read_on()

    def _begun(self, found: re.Match[str]) -> bool:
        """Open the record that begins there; return whether it ends at once."""
        head, end = found[1], found.end()
        after = self._text[end : end + 2]
        if head.startswith(_PRINTS):
            self._skip(found.start(1) + len(_PRINTS))
            self._open(PRINTED)
            said = self._literal(("}",))
            self._opened[-1].fields.append(self._next(_LINE) if said is None else said)
        elif after.startswith(("~", "{")) and after != "{@":
            self._skip(found.start(1))
            self._open(self._next(_NAME))
            self._take_fields(self._opened[-1])
        else:
            self._skip(end)
            name, *fields = head.split("|")
            self._open(name, fields)
        if self._text.startswith("}", self._at):
            self._at += 1
            return True
        return False

    def _skip(self, end: int) -> None:
        """Go to a place, and count the lines before it."""
        self._line += self._text.count("\n", self._at, end)
        self._at = end

    def _open(self, name: str, fields: list[str] | None = None) -> None:
        """Open a record.

        Raises:
            ConversionError: it cannot stand here.
        """
        opened, record = self._opened, Record(name, self._line, fields or [])
        if len(opened) == _DEEPEST:
            raise malformed("records are nested too deeply", record.place)
        if opened and (name in _OUTER or opened[-1].name == PRINTED):
            around = opened[-1]
            if (name, around.name, len(opened)) != (BOARD, BATCH, 1):
                raise malformed(f"it begins in a record that is not closed: {around.place}", record.place)
        opened.append(record)

    def _take_fields(self, record: Record) -> None:
        """Take the fields of a record one by one: some have a literal text, or a brace that stands for itself."""
        while self._text.startswith("|", self._at):
            self._at += 1
            value = self._literal(_ENDS)
            if value is None and (mark := _LITERAL.match(self._text, self._at)) is not None:
                raise malformed(f"the text behind {mark[0]} does not end behind {mark[1]} characters", record.place)
            record.fields.append(self._next(_FIELD) if value is None else value)

    def _literal(self, ends: tuple[str, ...]) -> str | None:
        """Take a text that tells its length, ``~3|a|b``, if it ends as it should."""
        self._need(_LONGEST_MARK)
        mark = _LITERAL.match(self._text, self._at)
        if mark is None:
            return None
        count, begin = int(mark[1]), len(mark[0])
        self._need(begin + count + 1)
        text = self._text[self._at + begin : self._at + begin + count]
        for length in self._lengths(text):
            if self._text.startswith(ends, self._at + begin + length):
                self._skip(self._at + begin + length)
                return text[:length]
        return None

    def _lengths(self, text: str) -> tuple[int, ...]:
        """Return how many of these characters may be meant: testers count bytes, of a text that may be in UTF since."""
        if text.isascii():
            return (len(text),)
        counted = len(text.encode(self._bytes_of, "replace")[: len(text)].decode(self._bytes_of, "ignore"))
        return (len(text), counted) if self._is_utf else (counted,)

    def _next(self, pattern: re.Pattern[str]) -> str:
        """Take what matches here."""
        while True:
            found = pattern.match(self._text, self._at)
            end = self._at if found is None else found.end()
            if self._ended or end + 1 < len(self._text):
                text = self._text[self._at : end]
                self._at = end
                return text
            self._read_on()

    def _need(self, count: int) -> None:
        """Have so many characters at hand, unless the file ends before, and one more."""
        while not self._ended and self._at + count >= len(self._text):
            self._read_on()

    def _read_on(self) -> None:
        """Read at least as much as is at hand, so that a long record is not looked at over and over."""
        rest = self._text[self._at :]
        pieces, size = [rest], 0
        while size <= len(rest):
            piece = next(self._pieces, None)
            if piece is None:
                self._ended = True
                break
            pieces.append(piece)
            size += len(piece)
        self._text, self._at = "".join(pieces), 0

    def _unexpected(self) -> ConversionError:
        found = self._text[self._at : self._at + 20]
        wanted = "a record or its end, {@NAME|... or }," if self._opened else "a record, {@BATCH|... or the like,"
        around = f" in {self._opened[-1].place}" if self._opened else ""
        return malformed(f"{wanted} should stand here{around}, not {found!r}", f"line {self._line}")
