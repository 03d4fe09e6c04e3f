"""Reading the XML of testers: safely, element by element, and with the line where something is wrong."""

import re
from collections.abc import Collection, Iterator
from typing import IO, BinaryIO, Final, cast

from pywats.ingest.converters import format_errors
from pywats.ingest.converters.text import begin_of
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason
from pywats.reports.formats.safe_xml import Element, line_of, local, subtrees, text_of

__all__ = [
    "Element",
    "attribute",
    "child",
    "children",
    "line_of",
    "local",
    "number",
    "said",
    "start_tag",
    "told",
    "trees",
]

_BEFORE_ROOT: Final = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_START_TAG: Final = re.compile(rb"<[A-Za-z_][^<>]*>?")
_NUMBER: Final = re.compile(r"(?ai)[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?|nan|inf(inity)?)")


def start_tag(head: bytes) -> bytes:
    """Return the start tag of the first element of a document, for recognising it; empty if it is no XML."""
    head = begin_of(head)
    before = _BEFORE_ROOT.match(head)
    found = _START_TAG.match(head, before.end() if before else 0)
    return b"" if found is None else found[0]


def trees(file: IO[bytes], roots: set[str], wanted: set[str], what: str) -> Iterator[Element]:
    """Yield each outermost element of a wanted name; it is emptied when the next one is asked for.

    Args:
        file: the document.
        roots: what its first element may be; names as ``{namespace}name``.
        wanted: what to yield; the root may be one.
        what: the format, for errors.

    Raises:
        ConversionError: it is no such document; the text says where.
    """
    found = False
    with format_errors.told():
        for element, _ in subtrees(cast("BinaryIO", file), frozenset(roots), frozenset(wanted), what):
            found = True
            yield element
    if not found:
        raise ConversionError(Reason.EMPTY, f"there is no {' or '.join(sorted(wanted))} in it")


def child(element: Element, *path: str) -> Element | None:
    """Return the first element at a path of names below this one."""
    found: Element | None = element
    for name in path:
        found = None if found is None else next(children(found, name), None)
    return found


def children(element: Element, name: str) -> Iterator[Element]:
    """Yield the elements of a name right below this one."""
    return element.iterchildren(f"{{*}}{name}")


def said(element: Element | None, *path: str) -> str:
    """Return the text at a path of names below an element; empty if there is none."""
    found = None if element is None else child(element, *path)
    return "" if found is None else text_of(found).strip()


def told(element: Element, known: Collection[str] = (), path: str = "") -> list[tuple[str, str]]:
    """Return what an element says, in attributes and texts, by its path of names below it.

    Args:
        element: the element.
        known: paths that are left out, with all below them.
        path: of the element.
    """
    found: list[tuple[str, str]] = []
    before = f"{path} " if path else ""
    said = element.text or ""
    for name, value in element.items():
        if value and (text := value.strip()) and f"{before}{name}" not in known:
            found.append((f"{before}{name}", text))
    for each in element:
        below = f"{before}{local(each)}"
        if below not in known:
            if len(each) or each.items():
                found += told(each, known, below)
            elif text := " ".join((each.text or "").split()):
                found.append((below, text))
        said += each.tail or ""
    if path and (text := " ".join(said.split())):
        found.insert(0, (path, text))
    return found


def attribute(element: Element, name: str) -> str:
    """Return an attribute that must be there and say something.

    Raises:
        ConversionError: it is not.
    """
    value = element.get(name, "").strip()
    if not value:
        raise ConversionError(Reason.MALFORMED, f"{local(element)} has no {name}", line_of(element))
    return value


def number(element: Element, text: str, what: str) -> float:
    """Return the number that a text of an element has to be.

    Raises:
        ConversionError: it is none.
    """
    if _NUMBER.fullmatch(text.strip()) is None:
        detail = f"{what} is {text!r:.60}, not a number"
        raise ConversionError(Reason.WRONG_VALUE, detail, f"{line_of(element)}, {local(element)}")
    return float(text)
