"""The nested parentheses of a Spectrum log, read line by line: ``(NAME: text (INNER: "quoted") ...)``."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pywats.ingest.converters.interface import Context, Source
from pywats.ingest.converters.text import LONGEST_RECORD, malformed, read_lines
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason

_NAME: Final = r"[A-Z][A-Z0-9_]+"
_TOKEN: Final = re.compile(
    rf'\s*+(?:\(({_NAME}):\s*+(?:"([^"\\]*+)"\s*+|([^()"\s][^()]*+|))\)'
    rf'|\(({_NAME}):|(\))|(")|([^()"\s][^()]*+)|(\())'
)
"""A whole node without others, quoted or not; or the begin or end of one, of a quoted text, some text, or a
parenthesis in it."""
_NODE, _QUOTED_NODE, _PLAIN_NODE, _BEGIN, _END, _QUOTE, _WORD, _PARENTHESIS = range(1, 9)
_QUOTED: Final = re.compile(r'((?:[^"\\]++|\\"(?!\s*+\))|\\(?!")|""|\\(?="))*+)"')
"""The rest of a quoted text. A quote in it is doubled, or stands behind a backslash and not at the end of the node."""
_ESCAPED: Final = re.compile(r'\\"|""')
_OUTERMOST: Final = frozenset({"PROGRAM_NAME", "SECTION_NAME", "STEP"})
_BARE: Final = frozenset({"TPNUM", "TPNAME", "VAL"})
"""Nodes whose text tells what it is without their name."""
_DEEPEST: Final = 50
_LONGEST: Final = 100_000


@dataclass(slots=True)
class Node:
    """A pair of parentheses.

    Attributes:
        parentheses: of its text that are open.
    """

    name: str
    line: int
    text: str
    inner: list["Node"]
    parentheses: int = 0

    @property
    def place(self) -> str:
        """Where it begins."""
        return f"line {self.line}, {self.name}"

    @property
    def content(self) -> str:
        """All that it says, for a person: ``35 OUT14``, ``30 mV``."""
        if not self.inner:
            return self.text
        pieces, unit = [self.text], ""
        for inner in self.inner:
            if inner.inner:
                pieces.append(f"({inner.told})")
            elif inner.name in {"SCALE", "UNIT"}:
                unit += inner.text
            else:
                pieces.append(inner.text if inner.name in _BARE else inner.told)
        return " ".join(filter(None, (*pieces, unit)))

    @property
    def told(self) -> str:
        """The same, with its name."""
        return f"{self.name} {self.content}".rstrip()

    def all(self, name: str) -> list["Node"]:
        """Return the nodes of a name in it."""
        return [node for node in self.inner if node.name == name]

    def said(self, name: str) -> str:
        """Return what the last node of a name in it says."""
        for node in reversed(self.inner):
            if node.name == name:
                return node.content
        return ""

    def add(self, text: str) -> None:
        """Add to its text."""
        self.text += text
        if len(self.text) > _LONGEST:
            raise malformed(f"its text has more than {_LONGEST:,} characters", self.place)


def read_nodes(source: Source, context: Context) -> Iterator[Node]:
    """Yield the outermost nodes of a log; not more than one is held.

    Raises:
        ConversionError: a parenthesis is missing, or they are nested too deeply; the text says where.
    """
    return _Reader(read_lines(source, context, otherwise="latin-1", ended=False, longest=LONGEST_RECORD)).nodes()


class _Reader:
    """Takes in tokens."""

    def __init__(self, lines: Iterator[tuple[int, str]]) -> None:
        self._lines = lines
        self._line = 0
        self._text = ""
        self._opened: list[Node] = []

    def nodes(self) -> Iterator[Node]:
        """Yield the outermost nodes."""
        opened = self._opened
        for number, line in self._lines:
            self._line, self._text, at = number, line.rstrip(), 0
            while at < len(self._text):
                found = _TOKEN.match(self._text, at)
                kind = 0 if found is None else found.lastindex or 0
                if found is None or (not opened and kind > _BEGIN):
                    raise malformed(f"{self._text[at:].strip()!r:.40} stands in no parentheses", f"line {self._line}")
                at = found.end()
                if kind <= _PLAIN_NODE:
                    node = Node(found[_NODE], self._line, (found[kind] or "").strip(), [])
                    self._check(node)
                    if opened:
                        opened[-1].inner.append(node)
                    else:
                        yield node
                elif kind == _END and not opened[-1].parentheses:
                    node = opened.pop()
                    node.text = node.text.strip()
                    if not opened:
                        yield node
                elif kind == _BEGIN:
                    self._begin(found[_BEGIN])
                else:
                    at = self._add(found, kind)
        if opened:
            raise malformed("its parenthesis is not closed: the file is not complete", opened[0].place)

    def _begin(self, name: str) -> None:
        node = Node(name, self._line, "", [])
        self._check(node)
        if len(self._opened) >= _DEEPEST:
            raise ConversionError(Reason.TOO_DEEP, f"it stands in more than {_DEEPEST} others", node.place)
        if self._opened:
            self._opened[-1].inner.append(node)
        self._opened.append(node)

    def _check(self, node: Node) -> None:
        """Refuse what stands in a step and cannot: the end of the step is missing."""
        if node.name in _OUTERMOST and self._opened and self._opened[0].name in _OUTERMOST:
            raise malformed(f"it begins before the parenthesis of {self._opened[0].place} is closed", node.place)

    def _add(self, found: re.Match[str], kind: int) -> int:
        """Add to the text of the innermost node; return where what follows begins."""
        node = self._opened[-1]
        if node.text:
            node.add("\n" if found.start() == 0 else found[0][: found.start(kind) - found.start()])
        if kind == _QUOTE:
            return self._quoted(node, found.end())
        if kind != _WORD:
            node.parentheses += 1 if kind == _PARENTHESIS else -1
        node.add(found[kind])
        return found.end()

    def _quoted(self, node: Node, at: int) -> int:
        """Add a quoted text, which may go on in the next lines; return where it ends in its last one."""
        begun = self._line
        while (found := _QUOTED.match(self._text, at)) is None:
            node.add(_ESCAPED.sub('"', self._text[at:]) + "\n")
            self._line, line = next(self._lines, (0, ""))
            if not self._line:
                raise malformed("a quoted text is not closed: the file is not complete", f"line {begun}")
            self._text, at = line.rstrip(), 0
        node.add(_ESCAPED.sub('"', found[1]))
        return found.end()
