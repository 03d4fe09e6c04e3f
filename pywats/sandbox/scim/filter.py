"""SCIM filters (RFC 7644, section 3.4.2.2) as SQL conditions over the table of users."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from pywats.sandbox.scim.errors import ScimRefusal
from pywats.sandbox.times import ticks

COLUMNS: Mapping[str, str] = {
    "id": "user_id",
    "username": "user_name",
    "externalid": "external_id",
    "displayname": "full_name",
    "name.formatted": "full_name",
    "name.givenname": "given_name",
    "name.familyname": "family_name",
    "emails": "email",
    "emails.value": "email",
    "active": "active",
    "meta.created": "created",
    "meta.lastmodified": "modified",
}
"""The column of each attribute that a filter may name, by its lower-case name."""

_INSTANTS = {"created", "modified"}
_EXACT = {"user_id", "external_id"}
_SIGNS = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_WITHIN = {
    "co": "instr({0}, {1}) > 0",
    "sw": "substr({0}, 1, length({1})) = {1}",
    "ew": "length({0}) >= length({1}) AND substr({0}, length({0}) - length({1}) + 1) = {1}",
}
_DEEPEST = 50
_TOKEN = re.compile(r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<mark>[()])|(?P<word>[^\s()"]+))""")

Condition = tuple[str, list[Any]]


def condition(text: str) -> Condition:
    """Return the SQL of a filter and the values for its question marks, or refuse with 400."""
    reader = _Reader(_tokens(text))
    found = reader.either()
    if reader.next is not None:
        raise wrong(f"{reader.next} is not expected there")
    return found


def wrong(why: str) -> ScimRefusal:
    """Return the refusal of a filter."""
    return ScimRefusal(400, f"The filter is not valid: {why}.", "invalidFilter")


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    at = 0
    text = text.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise wrong(f"a text is not closed at character {at + 1}")
        tokens.append(found[0].strip())
        at = found.end()
    return tokens


class _Reader:
    """Reads tokens: ``or`` binds weaker than ``and``, and both weaker than ``not``."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = self._depth = 0

    @property
    def next(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def either(self) -> Condition:
        return self._joined("or", lambda: self._joined("and", self._single))

    def _joined(self, word: str, part: Callable[[], Condition]) -> Condition:
        parts: list[Condition] = [part()]
        while self._is(word):
            self._at += 1
            parts.append(part())
        return f"({f' {word.upper()} '.join(sql for sql, _ in parts)})", [each for _, got in parts for each in got]

    def _single(self) -> Condition:
        if self._is("not"):
            self._at += 1
            sql, values = self._group()
            return f"(NOT {sql})", values
        return self._group() if self.next == "(" else self._comparison()

    def _group(self) -> Condition:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise wrong("parentheses stand too deep in each other")
        self._expect("(")
        found = self.either()
        self._expect(")")
        self._depth -= 1
        return found

    def _comparison(self) -> Condition:
        name = self._take("an attribute")
        column = COLUMNS.get(name.lower())
        if column is None:
            raise wrong(f"there is no attribute {name} to filter by")
        operator = self._take("an operator").lower()
        if operator == "pr":
            return f"({column} IS NOT NULL AND {column} <> '')", []
        value = _value(column, operator, self._take("a value"))
        if operator in _SIGNS:
            return f"(coalesce({_folded(column, value)} {_SIGNS[operator]} ?, {int(operator == 'ne')}))", [value]
        if operator not in _WITHIN or not isinstance(value, str):
            raise wrong(f"{name} cannot be compared by {operator}")
        template = _WITHIN[operator].format(_folded(column, value), "?")
        return f"(coalesce({template}, 0))", [value] * template.count("?")

    def _is(self, word: str) -> bool:
        return self.next is not None and self.next.lower() == word

    def _take(self, what: str) -> str:
        if self.next is None or self.next in {"(", ")"}:
            raise wrong(f"{what} is missing")
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, mark: str) -> None:
        if self.next != mark:
            raise wrong(f"{mark} is missing")
        self._at += 1


def _value(column: str, operator: str, token: str) -> str | int:
    try:
        value: Any = orjson.loads(token)
    except orjson.JSONDecodeError as error:
        raise wrong(f"{token} is no value; a text stands in double quotes") from error
    if column == "active":
        if not isinstance(value, bool) or operator not in {"eq", "ne"}:
            raise wrong("active is compared with true or false by eq or ne")
        return int(value)
    if not isinstance(value, str):
        raise wrong(f"{token} is no text")
    if column in _INSTANTS:
        try:
            return ticks(value)
        except ValueError as error:
            raise wrong(str(error)) from error
    return value if column in _EXACT else value.lower()


def _folded(column: str, value: str | int) -> str:
    return column if column in _EXACT or isinstance(value, int) else f"tolower({column})"
