"""XML from anywhere, read piece by piece: nothing in it is followed or expanded, and what is built of it is bounded."""

from collections.abc import Iterator
from typing import Final

from lxml import etree

from pywats.errors import FormatError
from pywats.reports.formats.source import CHUNK, MOST_BYTES, Source, opened

__all__ = ["Element", "line_of", "local", "subtrees", "text_of"]

Element = etree._Element  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - the only name that lxml has for it

MOST_ELEMENTS: Final = 300_000
MOST_ATTRIBUTES: Final = 3_000_000
"""What one report may have of them."""


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
        parser = etree.XMLPullParser(
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
        )
        reader = _Reader(roots, wanted, what, file)
        fault: etree.XMLSyntaxError | None = None
        while fault is None:
            chunk = stream.read(CHUNK)
            try:
                if chunk:
                    parser.feed(chunk)
                else:
                    parser.close()
            except etree.XMLSyntaxError as error:
                fault = error
            for element in reader.completed(parser, len(chunk)):
                yield element, file
            if not chunk:
                break
        if fault is not None:
            raise reader.syntax(fault) from fault


class _Reader:
    """Looks at the elements of a document as they come."""

    def __init__(self, roots: frozenset[str], wanted: frozenset[str], what: str, file: str) -> None:
        self._roots = roots
        self._wanted = wanted
        self._what = what
        self._file = file
        self._root: Element | None = None
        self._open: Element | None = None
        self._line: int | None = 1
        self._bytes = 0
        self._elements = 0
        self._attributes = 0

    def completed(self, parser: "etree.XMLPullParser", size: int) -> Iterator[Element]:
        """Yield the wanted elements among what was read since the last time, and empty each afterwards."""
        self._bytes += size
        for event, element in parser.read_events():
            assert isinstance(element, Element)  # noqa: S101 - no other events were asked for
            if event == "start":
                self._begin(element)
            elif element is self._open:
                yield element
                self._forget(element)
            elif self._open is None:
                self._forget(element)
        if self._bytes > MOST_BYTES or self._elements > MOST_ELEMENTS or self._attributes > MOST_ATTRIBUTES:
            raise FormatError("one report is too large to be read", file=self._file, position=self._place())

    def syntax(self, error: etree.XMLSyntaxError) -> FormatError:
        """What is wrong with a document that is not well-formed."""
        line, column = error.position
        if not line:  # the parser does not tell an undeclared entity from an early end
            after = f"behind line {self._line}"
            words = "it ends too early, or names an entity, which XML does not have without a document type"
            return FormatError(f"not well-formed XML: {words}", file=self._file, position=after)
        words = " ".join((error.msg or "").partition(", line ")[0].split())
        return FormatError(f"not well-formed XML: {words}", file=self._file, position=f"line {line}, column {column}")

    def _begin(self, element: Element) -> None:
        self._line = element.sourceline
        self._elements += 1
        self._attributes += len(element.attrib)
        if self._root is None:
            self._root = element
            self._check_root(element)
        if self._open is None and element.tag in self._wanted:
            self._open = element

    def _check_root(self, root: Element) -> None:
        if root.getroottree().docinfo.doctype:
            detail = "it declares a document type, which no report needs and attacks are made of"
            raise FormatError(detail, file=self._file, position=line_of(root))
        if root.tag not in self._roots:
            detail = f"the document is {root.tag!s:.100}, and no {self._what}"
            raise FormatError(detail, file=self._file, position=line_of(root))

    def _forget(self, element: Element) -> None:
        """Empty an element and what stands before it."""
        self._open = None
        self._bytes = self._elements = self._attributes = 0
        above = element.getparent()
        element.clear()
        if above is not None:
            while element.getprevious() is not None:
                del above[0]

    def _place(self) -> str:
        return "" if self._open is None else f"the report that begins at {line_of(self._open)}"


def line_of(element: Element) -> str:
    """Where an element begins."""
    return f"line {element.sourceline}"


def local(element: Element) -> str:
    """The name of an element without its namespace; empty for what is no element."""
    tag: object = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def text_of(element: Element) -> str:
    """All the text in an element."""
    return (element.text or "") if len(element) == 0 else str(element.xpath("string()"))
