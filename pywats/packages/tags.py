"""The tags of a package as an XML document, and the XPath expressions that select packages by them.

Of XPath this has what the server's own clients write: ``//*[PartNumber[.='X']][Station[.='1' or .='Any']]``.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final
from xml.etree import ElementTree as ET

_NAME: Final = re.compile(r"[^\W\d][\w.-]*")
_TOKEN: Final = re.compile(r"\s*(?:(//|!=|[\[\]()=./*,])|'([^']*)'|\"([^\"]*)\"|([^\W\d][\w.-]*))")
_TEXT: Final = re.compile("[\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
_DEEPEST: Final = 50

Test = Callable[[ET.Element], bool]
Value = Callable[[ET.Element], list[str]]


def pairs_of(document: str) -> list[tuple[str, str | None]]:
    """The tags of an XML document, by name and value.

    Raises:
        ValueError: it is no XML, or has a document type.
    """
    return [] if not document.strip() else [(tag.tag, tag.text) for tag in _parsed(document)]


def document_of(tags: Mapping[str, str | None]) -> str:
    """Tags as an XML document.

    Raises:
        ValueError: a name cannot be that of an XML element, or a value holds what XML cannot.
    """
    root = ET.Element("PackageInfo")
    for name, value in tags.items():
        if value is not None and not _TEXT.fullmatch(value):
            raise ValueError(f"the value of the tag {name!r} holds a character that XML does not allow")
        ET.SubElement(root, _checked(name)).text = value
    return ET.tostring(root, encoding="unicode")


def xpath_of(tags: Mapping[str, str]) -> str:
    """The expression that selects what has all of these tags.

    Raises:
        ValueError: there are no tags, or a name cannot be that of an XML element.
    """
    if not tags:
        raise ValueError("there is none; give at least one name and value")
    return "//*" + "".join(f"[{_checked(name)}[.={_literal(value)}]]" for name, value in tags.items())


def selects(xpath: str, document: str) -> bool:
    """Whether an expression selects something of a package's tags.

    Raises:
        ValueError: the expression is none, or has more than is understood here; or the document is no XML.
    """
    test = _Parser(xpath).whole()
    return test(_parsed(document or "<PackageInfo/>"))


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"the tag name {name!r} cannot be that of an XML element")
    return name


def _literal(value: str) -> str:
    if "'" not in value:
        return f"'{value}'"
    if '"' not in value:
        return f'"{value}"'
    parts = ', "\'", '.join(f"'{part}'" for part in value.split("'"))
    return f"concat({parts})"


def _parsed(document: str) -> ET.Element:
    parser = ET.XMLParser(target=_Builder())  # noqa: S314 - the builder refuses document types, so there are no entities
    try:
        parser.feed(document)
        root: ET.Element = parser.close()
    except ET.ParseError as error:
        raise ValueError(f"the tags are no XML document: {error}") from error
    return root


class _Builder(ET.TreeBuilder):
    def doctype(self, *_: str | None) -> None:
        raise ValueError("the tags have a document type")


class _Parser:
    """Reads one expression into a function that tests the root of a document."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self._tokens = self._split()

    def whole(self) -> Test:
        """The test that the whole expression stands for."""
        anywhere = self._take("//")
        if not anywhere and not self._take("/"):
            raise self._wrong("it must begin with / or //")
        step = self._step()
        if self._at < len(self._tokens):
            raise self._wrong(f"{self._tokens[self._at][1]!r} is not understood")
        return lambda root: any(map(step, root.iter() if anywhere else [root]))

    def _step(self) -> Test:
        """A name or ``*`` with its conditions."""
        kind, name = self._next()
        if kind != "name" and (kind, name) != ("sign", "*"):
            raise self._wrong(f"{name!r} is no name")
        conditions: list[Test] = []
        while self._take("["):
            conditions.append(self._any())
            self._need("]")
        return lambda element: (name in {"*", element.tag}) and all(test(element) for test in conditions)

    def _any(self) -> Test:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._wrong("it is nested too deeply")
        tests = [self._all()]
        while self._take("or"):
            tests.append(self._all())
        self._depth -= 1
        return lambda element: any(test(element) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._take("and"):
            tests.append(self._one())
        return lambda element: all(test(element) for test in tests)

    def _one(self) -> Test:
        """A comparison, something in parentheses, or a child that must be there."""
        if self._take("("):
            test = self._any()
            self._need(")")
            return test
        if self._take("."):
            return self._compared(lambda element: [element.text or ""])
        step = self._step()
        if self._peek("=") or self._peek("!="):
            return self._compared(lambda element: [child.text or "" for child in element if step(child)])
        return lambda element: any(step(child) for child in element)

    def _compared(self, value: Value) -> Test:
        differs = self._take("!=")
        if not differs:
            self._need("=")
        wanted = self._string()
        return lambda element: any((text != wanted) is differs for text in value(element))

    def _string(self) -> str:
        kind, text = self._next()
        if kind == "string":
            return text
        if (kind, text) != ("name", "concat"):
            raise self._wrong(f"{text!r} is no text in quotes")
        self._need("(")
        parts = [self._string()]
        while self._take(","):
            parts.append(self._string())
        self._need(")")
        return "".join(parts)

    def _split(self) -> list[tuple[str, str]]:
        tokens: list[tuple[str, str]] = []
        at, text = 0, self._text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise self._wrong(f"{text[at : at + 20]!r} is not understood")
            sign, single, double, name = found.groups()
            strings = single if single is not None else double
            tokens.append(("sign", sign) if sign else ("string", strings) if strings is not None else ("name", name))
            at = found.end()
        return tokens

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise self._wrong("it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _peek(self, token: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at] in {("sign", token), ("name", token)}

    def _take(self, token: str) -> bool:
        found = self._peek(token)
        self._at += found
        return found

    def _need(self, token: str) -> None:
        if not self._take(token):
            raise self._wrong(f"{token!r} is missing")

    def _wrong(self, why: str) -> ValueError:
        return ValueError(f"the XPath expression {self._text!r} cannot be read: {why}")
