"""A YAML file as a tree of nodes that know where they stand.

Plain scalars follow a small part of YAML 1.2: ``null``, ``true``, ``false`` and decimal numbers; everything else is
text. So ``on`` and ``no`` are words, ``2026-01-02`` is text, and a number with leading zeros or with more than 18
digits keeps its digits as text, because part and serial numbers look like that. Files are bounded in size, depth and
expanded aliases, so that none can stall or fill the process.
"""

import codecs
import math
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from pywats.errors import ConfigurationError
from pywats.text import reason_of

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 40
MAX_NODES = 50_000

_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+([eE][-+]?[0-9]+)?")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_TAG = "tag:yaml.org,2002:"
_LOADER: type[yaml.CSafeLoader | yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        """Write it the way editors and compilers do."""
        return f"{self.file}:{self.line}:{self.column}"

    def error(self, message: str) -> ConfigurationError:
        """Return an error that names this place."""
        return ConfigurationError(f"{self}: {message}")


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value.

    ``sources`` names what an interpolation read to get it; a ``secret`` value is never shown.
    """

    value: str | int | float | bool | None = field(repr=False)
    place: Place
    sources: tuple[str, ...] = ()
    secret: bool = False
    nodes: int = 1


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    items: tuple["Node", ...]
    place: Place
    nodes: int = 1


@dataclass(frozen=True, slots=True)
class Mapping:
    """Nodes by key; ``key_places`` says where each key stands."""

    items: dict[str, "Node"]
    key_places: dict[str, Place]
    place: Place
    nodes: int = 1

    def only(self, keys: Iterable[str]) -> "Mapping":
        """Return what it holds under these keys."""
        kept = [key for key in keys if key in self.items]
        return replace(
            self,
            items={key: self.items[key] for key in kept},
            key_places={key: self.key_places[key] for key in kept},
        )


Node = Scalar | Sequence | Mapping
Plain = str | int | float | bool | list["Plain"] | dict[str, "Plain"] | None


def read(path: Path) -> Mapping:
    """Return the mapping that a YAML file holds.

    Raises:
        ConfigurationError: the file cannot be read, or is not YAML of this kind; it says why, and where.
    """
    return parse(decode(read_bytes(path, MAX_BYTES), str(path)), str(path))


def read_bytes(path: Path, limit: int) -> bytes:
    """Return what a regular file of at most ``limit`` bytes holds, or raise :class:`ConfigurationError`."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ConfigurationError(f"{path}: is not a regular file")
        with path.open("rb") as stream:
            content = stream.read(limit + 1)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {reason_of(error)}") from error
    except ValueError as error:
        raise ConfigurationError(f"{str(path)!r}: is not a file name") from error
    if len(content) > limit:
        raise ConfigurationError(f"{path}: is larger than {limit} bytes")
    return content


def decode(content: bytes, name: str) -> str:
    """Return the text of a file in UTF-8, or in UTF-16 with its byte order mark; ``name`` is its name for the error."""
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        good = content[: error.start].decode("utf-16" if utf16 else "utf-8", "replace")
        raise _place_after(good, name).error(
            f"byte {error.start + 1} is not {'UTF-16' if utf16 else 'UTF-8'} text; save the file as UTF-8"
        ) from error


def parse(text: str, name: str) -> Mapping:
    """Return the mapping that a YAML text holds; ``name`` stands for the file in places and errors."""
    if wrong := _FORBIDDEN.search(text):
        raise _place_after(text[: wrong.start()], name).error(
            f"the character U+{ord(wrong[0]):04X} is not allowed in YAML"
        )
    try:
        return _Composer(text, name).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)
        raise place.error(_syntax(error, text, place)) from error
    except yaml.YAMLError as error:
        raise Place(name).error(f"is not YAML: {error}") from error


def _place_after(text: str, name: str) -> Place:
    return Place(name, text.count("\n") + 1, len(text) - text.rfind("\n"))


_HINTS = {
    "alias": "put text that starts with * or & in quotes",
    "anchor": "put text that starts with * or & in quotes",
    "escape character": "in double quotes a backslash starts an escape; use single quotes",
    "mapping values are not allowed": 'check the indentation, and put a value that holds ": " in quotes',
    "flow ": 'put a value that holds { } [ ] or , in quotes, such as "${NAME}"',
    "cannot start any token": "put a value that starts with such a character in quotes",
}


def _syntax(error: yaml.MarkedYAMLError, text: str, place: Place) -> str:
    """Return the parser's words, with what to do about the mistakes that are made most."""
    words = f"is not YAML: {', '.join(part for part in (error.problem, error.context) if part)}"
    line = "".join(text.splitlines()[place.line - 1 : place.line])
    if line[place.column - 1 : place.column] == "\t":
        return f"{words}; indent with spaces, not with tabs"
    return next((f"{words}; {hint}" for mistake, hint in _HINTS.items() if mistake in words), words)


class _Composer:
    """Builds nodes from the parser's events."""

    def __init__(self, text: str, name: str) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        self._name = name
        self._anchors: dict[str, Node | None] = {}

    def document(self) -> Mapping:
        """Return the one mapping of the text."""
        next(self._events)  # the start of the stream
        start = next(self._events)
        if isinstance(start, yaml.StreamEndEvent):
            raise Place(self._name).error("is empty; a mapping of keys and values is needed")
        node = self._node(next(self._events), 0)
        next(self._events)  # the end of the document
        another = next(self._events)
        if not isinstance(another, yaml.StreamEndEvent):
            raise self._place(another).error("a second document starts here; a file holds one")
        if not isinstance(node, Mapping):
            raise node.place.error("a mapping of keys and values is needed here")
        return node

    def _place(self, event: Any) -> Place:
        return Place(self._name, event.start_mark.line + 1, event.start_mark.column + 1)

    def _node(self, event: Any, depth: int) -> Node:
        place = self._place(event)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(str(event.anchor), place)
        if depth > MAX_DEPTH:
            raise place.error(f"is nested deeper than {MAX_DEPTH} levels")
        anchor: str | None = event.anchor
        if anchor is not None:
            self._anchors[anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            node: Node = _scalar(event, place)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._sequence(event, place, depth)
        elif isinstance(event, yaml.MappingStartEvent):
            node = self._mapping(event, place, depth)
        else:  # pragma: no cover - the parser's grammar has no other node
            raise place.error(f"is not YAML: unexpected {type(event).__name__}")
        if node.nodes > MAX_NODES:
            raise place.error(f"holds more than {MAX_NODES} values, counting each use of an alias")
        if anchor is not None:
            self._anchors[anchor] = node
        return node

    def _alias(self, name: str, place: Place) -> Node:
        if name not in self._anchors:
            raise place.error(f"*{name} refers to no anchor &{name} above; put text that starts with * in quotes")
        node = self._anchors[name]
        if node is None:
            raise place.error(f"*{name} refers to what it stands in")
        return node

    def _sequence(self, event: yaml.SequenceStartEvent, place: Place, depth: int) -> Sequence:
        _refuse_tag(event.tag, "seq", place)
        items: list[Node] = []
        nodes = 1
        while not isinstance(entry := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(entry, depth + 1))
            nodes += items[-1].nodes
        return Sequence(tuple(items), place, nodes)

    def _mapping(self, event: yaml.MappingStartEvent, place: Place, depth: int) -> Mapping:
        _refuse_tag(event.tag, "map", place)
        items: dict[str, Node] = {}
        places: dict[str, Place] = {}
        nodes = 1
        while not isinstance(entry := next(self._events), yaml.MappingEndEvent):
            key, key_place = self._key(entry)
            if key in items:
                raise key_place.error(f"{key}: is there twice, first in line {places[key].line}")
            items[key] = self._node(next(self._events), depth + 1)
            places[key] = key_place
            nodes += 1 + items[key].nodes
        return Mapping(items, places, place, nodes)

    def _key(self, event: Any) -> tuple[str, Place]:
        place = self._place(event)
        if not isinstance(event, yaml.ScalarEvent):
            raise place.error(
                'a key must be text; put a value that starts with { or [ in quotes, such as "{{ vars.part }}"'
            )
        _refuse_tag(event.tag, "str", place)
        key: str = event.value
        if key == "<<" and not event.style:
            raise place.error("<<: merging keys is not supported; use an overlay file, or repeat the keys")
        return key, place


def _refuse_tag(tag: str | None, allowed: str, place: Place) -> None:
    if tag not in (None, "!", _TAG + allowed):
        raise place.error(f"the tag {tag} is not supported; write the plain value")


def _scalar(event: yaml.ScalarEvent, place: Place) -> Scalar:
    _refuse_tag(event.tag, "str", place)
    text: str = event.value
    return Scalar(text if event.style or event.tag else _plain(text), place)


def _plain(text: str) -> str | int | float | bool | None:
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text
