"""JSON values one after the other, cut out of a text as it is read."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from pywats.errors import FormatError
from pywats.reports.formats.source import MOST_BYTES, decoder_of

__all__ = ["JsonText"]

CHUNK: Final = 512 * 1024
"""Bytes that are read at a time: a value that is cut off is looked at again."""
_BLANKS: Final = re.compile(r"[ \t\r\n]*")


class JsonText:
    """Cuts a text into the elements of its list or, without one, into the values that it holds one after the other."""

    def __init__(self, stream: BinaryIO, file: str) -> None:
        self._stream = stream
        self._file = file
        self._decoder: codecs.IncrementalDecoder | None = None
        self._bytes = 0
        self._text = ""
        self._at = 0
        self._lines = 0
        """Lines before ``_text``, and characters of the line that it begins in."""
        self._column = 0
        self._ended = False
        self.listed = False
        """Whether the values are elements of a list; known with the first of them."""

    def values(self) -> Iterator[tuple[str, str]]:
        """Yield the text of each value and where it begins.

        Raises:
            FormatError: it is not JSON.
        """
        self.listed = self._skip() == "["
        if not self.listed:
            while self._skip() != "":
                yield self._value()
            return
        self._at += 1
        separator = "]" if self._skip() == "]" else ","
        while separator == ",":
            yield self._value()
            separator = self._skip()
            if separator not in {",", "]"}:
                raise self.error("a comma or the end of the list is needed" if separator else "the list does not end")
            self._at += separator == ","
        self._at += 1
        if self._skip() != "":
            raise self.error("there is something behind the list")

    def _value(self) -> tuple[str, str]:
        """The text of the value here, and where it begins."""
        self._skip()
        wanted = CHUNK
        while (end := self._end()) is None:
            wanted = self._more(wanted)
        position = self._position(self._at)
        text = self._text[self._at : end]
        self._at = end
        return text, position

    def _end(self) -> int | None:
        """Where the value here ends, if all of it has been read."""
        try:
            _, end = _DECODER.raw_decode(self._text, self._at)
        except json.JSONDecodeError as error:
            if self._ended:
                said = error.msg.removesuffix(" at").removesuffix(" starting")  # the place has its own words here
                raise self.error(said, error.pos) from error
            return None
        except RecursionError as error:
            raise self.error("objects and lists are nested too deeply") from error
        except ValueError as error:  # a number of thousands of digits
            raise self.error(str(error)) from error
        return end if end < len(self._text) or self._ended else None

    def _skip(self) -> str:
        """Go past blanks; returns the character there, or nothing at the end."""
        while True:
            if (blanks := _BLANKS.match(self._text, self._at)) is not None:
                self._at = blanks.end()
            if self._at < len(self._text):
                return self._text[self._at]
            if self._ended:
                return ""
            self._more(CHUNK)

    def _more(self, wanted: int) -> int:
        """Forget what was read and read on; returns how much to read the next time, so that all is not read twice."""
        passed = self._text[: self._at]
        if lines := passed.count("\n"):
            self._lines += lines
            self._column = len(passed) - passed.rfind("\n") - 1
        else:
            self._column += len(passed)
        self._text, self._at = self._text[self._at :], 0
        if len(self._text) > MOST_BYTES:
            raise self.error("one report is too large to be read")
        data = self._stream.read(wanted)
        self._decoder = self._decoder or decoder_of(data)
        begun = self._bytes - len(self._decoder.getstate()[0])  # what is left of the chunk before is decoded with this
        try:
            self._text += self._decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            detail = f"not {error.encoding.upper()} text: {error.reason}"
            raise FormatError(detail, file=self._file, position=f"byte {begun + error.start}") from error
        self._bytes += len(data)
        self._ended = not data
        return wanted * 2

    def _position(self, at: int) -> str:
        before = self._text[:at]
        lines = before.count("\n")
        column = len(before) - before.rfind("\n") if lines else self._column + at + 1
        return f"line {self._lines + lines + 1}, column {column}"

    def error(self, detail: str, at: int | None = None) -> FormatError:
        """Return what is wrong here, or at another place of the text in hand."""
        return FormatError(detail, file=self._file, position=self._position(self._at if at is None else at))


_DECODER: Final = json.JSONDecoder()
