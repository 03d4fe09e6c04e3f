"""XML from anywhere, read piece by piece: nothing in it is followed or expanded, and what is built of it is bounded."""

import codecs
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Final

from lxml import etree

from pywats.errors import FormatError
from pywats.reports.formats.source import CHUNK, MOST_BYTES, Source, opened

__all__ = ["Element", "line_of", "local", "subtrees", "text_of"]

Element = etree._Element  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - the only name that lxml has for it

MOST_TAGS: Final = 1_500_000
MOST_ATTRIBUTES: Final = 3_000_000
"""What one report may have of them; a tag begins or ends an element."""
_PIECE: Final = 512
"""Bytes in which the root of most documents begins."""
_LATIN_1: Final = re.compile(rb"(?i)\s*<\?xml\s[^>]*?encoding\s*=\s*['\"](iso-?8859-?1|latin-?1|windows-1252)['\"]")
_WINDOWS: Final = "".join(bytes((byte,)).decode("cp1252", "ignore") or chr(byte) for byte in range(256))
"""The characters of all bytes as browsers read them: the five that windows-1252 has not are controls."""


def subtrees(source: Source, roots: frozenset[str], wanted: frozenset[str], what: str) -> Iterator[tuple[Element, str]]:
    """Yield each outermost element of a wanted name once it is complete, with the name of the file.

    An element is emptied when the next one is asked for, so that memory does not grow with the file.

    Args:
        source: the document.
        roots: what its first element may be; names as ``{namespace}name``.
        wanted: what to yield; the root may be one.
        what: the format, for errors.

    Raises:
        FormatError: the document is not well-formed, has another root, declares a document type, or holds an element
            that is too large.
    """
    with opened(source) as (stream, file):
        chunk = stream.read(CHUNK)
        latin = _LATIN_1.match(chunk) is not None
        parser = _parser(wanted, latin=latin)
        reader = _Reader(roots, what, file, _parser(None, latin=latin))
        while True:
            if latin and not chunk.isascii():
                text, _ = codecs.charmap_decode(chunk, "strict", _WINDOWS)  # pyright: ignore[reportArgumentType] - texts are the tables of codecs
                chunk = text.encode()
            fault: etree.XMLSyntaxError | None = None
            try:
                if chunk:
                    parser.feed(chunk)
                else:
                    parser.close()
            except etree.XMLSyntaxError as error:
                fault = error
            for element in reader.completed(parser, chunk):
                yield element, file
            if fault is not None:
                raise reader.syntax(fault, chunk) from fault
            if not chunk:
                return
            chunk = stream.read(CHUNK)


def _parser(tags: Iterable[str] | None, *, latin: bool) -> "etree.XMLPullParser":
    """What reads a document, and tells of elements of these names, or of all.

    Args:
        tags: the names.
        latin: whether the document says ISO 8859-1. Programs on Windows say so and write its superset, in which the
            bytes of control characters are quotes, dashes and the euro; it is decoded as browsers decode it.
    """
    return etree.XMLPullParser(
        events=("start", "end"),
        tag=None if tags is None else tuple(tags),
        encoding="utf-8" if latin else None,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
    )


class _Reader:
    """Looks at the wanted elements of a document as they come, and at how much there is of one."""

    def __init__(self, roots: frozenset[str], what: str, file: str, first: "etree.XMLPullParser") -> None:
        self._roots = roots
        self._what = what
        self._file = file
        self._first: etree.XMLPullParser | None = first
        """Reads until there is a root; the other one tells of wanted elements alone."""
        self._open: Element | None = None
        self._lines = 1
        self._bytes = 0
        self._tags = 0
        self._attributes = 0

    def completed(self, parser: "etree.XMLPullParser", chunk: bytes) -> Iterator[Element]:
        """Yield the wanted elements that end in what was read now, and empty each afterwards."""
        if self._first is not None:
            self._look_for_root(self._first, chunk)
        self._count(chunk)
        for event, element in parser.read_events():
            assert isinstance(element, Element)  # noqa: S101 - no other events were asked for
            if event == "start":
                if self._open is None:
                    self._open = element
            elif element is self._open:
                yield element
                self._forget(element)
        if self._bytes > MOST_BYTES or self._tags > MOST_TAGS or self._attributes > MOST_ATTRIBUTES:
            raise FormatError("one report is too large to be read", file=self._file, position=self._place())

    def syntax(self, error: etree.XMLSyntaxError, chunk: bytes) -> FormatError:
        """What is wrong with a document that is not well-formed."""
        line, column = error.position
        if not line:  # the parser does not tell an undeclared entity from an early end
            lines = self._lines - chunk.count(b"\n")
            words = "it ends too early, or names an entity, which XML does not have without a document type"
            return FormatError(f"not well-formed XML: {words}", file=self._file, position=f"behind line {lines}")
        words = " ".join((error.msg or "").partition(", line ")[0].split())
        return FormatError(f"not well-formed XML: {words}", file=self._file, position=f"line {line}, column {column}")

    def _count(self, chunk: bytes) -> None:
        """Count what there is at the most, by the characters that a tag and an attribute cannot be without."""
        self._lines += chunk.count(b"\n")
        self._bytes += len(chunk)
        self._tags += chunk.count(b"<")
        self._attributes += chunk.count(b"=")

    def _look_for_root(self, first: "etree.XMLPullParser", chunk: bytes) -> None:
        """Look at the root when it begins; its parser tells of every element, so it is given no more than that."""
        at, root = 0, None
        while root is None and at < len(chunk):
            try:
                first.feed(chunk[at : at + _PIECE])
                at += _PIECE
            except etree.XMLSyntaxError:  # the parser of the document says so, too
                at = len(chunk)
            _, root = next(first.read_events(), ("", None))
        if root is None:
            return
        assert isinstance(root, Element)  # noqa: S101 - no other events were asked for
        self._first = None
        if root.getroottree().docinfo.doctype:
            detail = "it declares a document type, which no report needs and attacks are made of"
            raise FormatError(detail, file=self._file, position=line_of(root))
        if root.tag not in self._roots:
            detail = f"the document is {root.tag!s:.100}, and no {self._what}"
            raise FormatError(detail, file=self._file, position=line_of(root))

    def _forget(self, element: Element) -> None:
        """Empty an element, and what stands before it and before what it is in."""
        self._open = None
        self._bytes = self._tags = self._attributes = 0
        element.clear()
        within = element
        while (above := within.getparent()) is not None:
            while above[0] is not within:
                del above[0]
            within = above

    def _place(self) -> str:
        where = f"line {self._lines}, in what is no report"
        return where if self._open is None else f"the report that begins at {line_of(self._open)}"


def line_of(element: Element) -> str:
    """Where an element begins."""
    return f"line {element.sourceline}"


def local(element: Element) -> str:
    """The name of an element without its namespace; empty for what is no element."""
    tag: Any = element.tag
    return _local(tag)


@lru_cache(maxsize=1024)
def _local(tag: object) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def text_of(element: Element) -> str:
    """All the text in an element."""
    return (element.text or "") if len(element) == 0 else str(element.xpath("string()"))
