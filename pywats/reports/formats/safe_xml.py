"""XML from anywhere, read piece by piece: nothing in it is followed or expanded, and what is built of it is bounded."""

from collections.abc import Iterator
from typing import Final

from lxml import etree

from pywats.errors import FormatError
from pywats.reports.formats.source import CHUNK, MOST_BYTES, Source, opened

__all__ = ["Element", "line_of", "local", "subtrees", "text_of"]

Element = etree._Element  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - the only name that lxml has for it

MOST_NODES: Final = 1_000_000
"""Elements and attributes that one report may have."""


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
        try:
            while chunk := stream.read(CHUNK):
                parser.feed(chunk)
                yield from ((element, file) for element in reader.completed(parser, len(chunk)))
            parser.close()
            yield from ((element, file) for element in reader.completed(parser, 0))
        except etree.XMLSyntaxError as error:
            raise _syntax(error, file) from error


class _Reader:
    """Looks at the elements of a document as they come."""

    def __init__(self, roots: frozenset[str], wanted: frozenset[str], what: str, file: str) -> None:
        self._roots = roots
        self._wanted = wanted
        self._what = what
        self._file = file
        self._root: Element | None = None
        self._open: Element | None = None
        self._bytes = 0
        self._nodes = 0

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
        if self._bytes > MOST_BYTES or self._nodes > MOST_NODES:
            raise FormatError("one report is too large to be read", file=self._file, position=self._place())

    def _begin(self, element: Element) -> None:
        self._nodes += 1 + len(element.attrib)
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
        self._bytes = self._nodes = 0
        above = element.getparent()
        element.clear()
        if above is not None:
            while element.getprevious() is not None:
                del above[0]

    def _place(self) -> str:
        return "" if self._open is None else f"the report that begins at {line_of(self._open)}"


def _syntax(error: etree.XMLSyntaxError, file: str) -> FormatError:
    line, column = error.position
    words = " ".join((error.msg or "it is not well-formed").partition(", line ")[0].split())
    return FormatError(f"not well-formed XML: {words}", file=file, position=f"line {line or 1}, column {column}")


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
