"""The text of OData filters as a tree: comparisons, ``and or not``, ``in``, text functions and ``any``."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pywats.sandbox.answers import Refusal, refusal
from pywats.sandbox.fields import guid
from pywats.sandbox.times import NoOffsetError, ticks

MAX_NODES = 500
"""A filter has at most so many conditions."""
MAX_DEPTH = 50
"""Parentheses, ``not`` and functions stand at most so deep in each other."""
MAX_LIST = 5000
"""A list after ``in`` has at most so many values."""

COMPARISONS = {"eq", "ne", "gt", "ge", "lt", "le"}
_WITHOUT = {"add", "sub", "mul", "div", "divby", "mod", "has"}

Type = Literal["text", "whole", "number", "flag", "instant", "guid", "null"]


@dataclass(frozen=True, slots=True)
class Value:
    """A literal; instants are ticks."""

    value: str | int | float | bool | None
    type: Type


@dataclass(frozen=True, slots=True)
class Name:
    """A property, behind the name of a range variable within ``any``."""

    name: str
    variable: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A function of texts."""

    function: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """Two values and ``eq ne gt ge lt le`` between them."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class In:
    """A value that is one of a list."""

    left: "Node"
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    inner: "Node"


@dataclass(frozen=True, slots=True)
class Junction:
    """Conditions joined by one word, ``and`` or ``or``."""

    word: str
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Whether a collection has an element at all, or one for which the condition holds."""

    collection: str
    variable: str | None
    condition: "Node | None"


Node = Value | Name | Call | Compare | In | Not | Junction | AnyOf


def parse(text: str) -> Node:
    """Return the tree of a filter, or refuse with 400 and say at which character it goes wrong."""
    return _Parser(text).whole()


def problem(text: str) -> Refusal:
    """Return the refusal of a query, in the server's shape."""
    return refusal(400, f"The query specified in the URI is not valid. {text}")


_TOKEN = re.compile(
    r"""(?xa)
    (?P<text>'(?:[^']|'')*')
  | (?P<guid>[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12})
  | (?P<instant>\d{4}-\d\d-\d\d(?:[Tt][\d:.]+(?:[Zz]|[+-]\d\d:?\d\d)?)?)
  | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[LlFfDdMm]?)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<sign>[(),/:])
    """
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while True:
        while at < len(text) and text[at] in " \t":
            at += 1
        if at == len(text):
            yield _Token("end", "", at)
            return
        found = _TOKEN.match(text, at)
        if found is None:
            shown = "an unterminated text" if text[at] == "'" else f"{text[at]!r}"
            raise problem(f"Syntax error: {shown} at position {at} in '{text}'.")
        kind = str(found.lastgroup)
        end = found.end()
        if kind in {"number", "guid", "instant"} and end < len(text) and (text[end].isalnum() or text[end] in "_.-"):
            raise problem(f"Syntax error: '{found.group()}{text[end]}' at position {at} in '{text}' is no literal.")
        yield _Token(kind, found.group(), at)
        at = end


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._next = 0
        self._nodes = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._junction("or")
        if self._now.kind != "end":
            raise self._error("an operator or the end")
        return node

    def _junction(self, word: str) -> Node:
        parts = [self._part(word)]
        while self._takes(word):
            parts.append(self._part(word))
        return parts[0] if len(parts) == 1 else Junction(word, tuple(parts))

    def _part(self, word: str) -> Node:
        return self._junction("and") if word == "or" else self._condition()

    def _condition(self) -> Node:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise problem(f"The filter has more than {MAX_NODES} conditions.")
        if self._takes("not"):
            self._deeper()
            inner = self._condition()
            self._depth -= 1
            return Not(inner)
        left = self._operand()
        word = self._now.text if self._now.kind == "word" else ""
        if word in COMPARISONS:
            self._next += 1
            return Compare(word, left, self._operand())
        if word == "in":
            self._next += 1
            return In(left, self._list())
        if word in _WITHOUT:
            raise problem(f"The operator '{word}' is not supported in this query.")
        return left

    def _operand(self) -> Node:
        token = self._now
        if token.text == "(" and token.kind == "sign":
            self._next += 1
            self._deeper()
            inner = self._junction("or")
            self._depth -= 1
            self._needs(")")
            return inner
        if token.kind == "word" and token.text not in {"true", "false", "null"}:
            return self._path()
        return self._literal()

    def _path(self) -> Node:
        name = self._word()
        if self._takes("("):
            return self._call(name)
        if not self._takes("/"):
            return Name(name)
        second = self._word()
        if second in {"any", "all"} and self._takes("("):
            if second == "all":
                raise problem("The operator 'all' is not supported in this query; use 'any'.")
            return self._any(name)
        if self._now.text == "/":
            raise problem(f"The path '{name}/{second}/…' is longer than any property of this query.")
        return Name(second, name)

    def _call(self, name: str) -> Node:
        self._deeper()
        arguments: list[Node] = []
        while not self._takes(")"):
            if arguments:
                self._needs(",")
            arguments.append(self._junction("or"))
        self._depth -= 1
        return Call(name, tuple(arguments))

    def _any(self, collection: str) -> Node:
        if self._takes(")"):
            return AnyOf(collection, None, None)
        self._deeper()
        variable = self._word()
        self._needs(":")
        condition = self._junction("or")
        self._needs(")")
        self._depth -= 1
        return AnyOf(collection, variable, condition)

    def _list(self) -> tuple[Value, ...]:
        self._needs("(")
        values: list[Value] = []
        while not self._takes(")"):
            if values:
                self._needs(",")
            values.append(self._literal())
            if len(values) > MAX_LIST:
                raise problem(f"The list after 'in' has more than {MAX_LIST} values.")
        if not values:
            raise problem("The list after 'in' is empty.")
        return tuple(values)

    def _literal(self) -> Value:
        token = self._now
        value = _value(token)
        if value is None:
            raise self._error("a value")
        self._next += 1
        return value

    def _word(self) -> str:
        token = self._now
        if token.kind != "word":
            raise self._error("a name")
        self._next += 1
        return token.text

    def _takes(self, text: str) -> bool:
        token = self._now
        if token.text == text and token.kind in {"word", "sign"}:
            self._next += 1
            return True
        return False

    def _needs(self, text: str) -> None:
        if not self._takes(text):
            raise self._error(f"'{text}'")

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise problem(f"The filter is nested more than {MAX_DEPTH} deep.")

    @property
    def _now(self) -> _Token:
        return self._tokens[self._next]

    def _error(self, wanted: str) -> Refusal:
        token = self._now
        shown = "the end" if token.kind == "end" else f"'{token.text}'"
        return problem(f"Syntax error: {wanted} was expected, not {shown}, at position {token.at} in '{self._text}'.")


def _value(token: _Token) -> Value | None:  # noqa: PLR0911 - one for each kind of token
    match token.kind:
        case "text":
            return Value(token.text[1:-1].replace("''", "'"), "text")
        case "guid":
            return Value(guid(token.text), "guid")
        case "instant":
            return Value(_instant(token.text), "instant")
        case "number":
            return _number(token.text)
        case "word" if token.text in {"true", "false"}:
            return Value(token.text == "true", "flag")
        case "word" if token.text == "null":
            return Value(None, "null")
        case _:
            return None


def _number(text: str) -> Value:
    digits = text.rstrip("LlFfDdMm")
    if re.fullmatch(r"-?\d+", digits) and text[-1] not in "FfDdMm":
        if not -(2**63) <= int(digits[:40]) < 2**63:
            raise problem(f"The number {text} is out of range.")
        return Value(int(digits), "whole")
    return Value(float(digits), "number")


def _instant(text: str) -> int:
    try:
        return ticks(text if "T" in text.upper() else f"{text}T00:00:00Z")
    except NoOffsetError:
        raise problem(
            f"The time zone information is missing on the value '{text}'; end it with Z or an offset."
        ) from None
    except ValueError:
        raise problem(f"'{text}' is not a valid date and time.") from None
