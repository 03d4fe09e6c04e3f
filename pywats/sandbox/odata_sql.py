"""OData filters as SQL conditions over the tables of one entity, with every name and type checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pywats.sandbox.answers import Refusal
from pywats.sandbox.odata import AnyOf, Call, Compare, In, Junction, Name, Node, Not, Type, Value, parse, problem


@dataclass(frozen=True, slots=True)
class Property:
    """A property of an entity: its name as the server writes it, the SQL that reads it, and its type."""

    name: str
    sql: str
    type: Type = "text"


@dataclass(frozen=True, slots=True)
class Collection:
    """Rows of another table that belong to a row of the entity.

    Attributes:
        name: as the server writes it.
        source: the table and the condition that ties it to the row, as in ``FROM … WHERE …``.
        properties: of an element, by lower-case name.
    """

    name: str
    source: str
    properties: Mapping[str, Property]


@dataclass(frozen=True, slots=True)
class Entity:
    """What a query may name: properties and collections by their lower-case names."""

    name: str
    properties: Mapping[str, Property]
    collections: Mapping[str, Collection] = field(default_factory=dict[str, Collection])

    def property(self, name: str) -> Property:
        """Return a property by its name in any case, or refuse with 400."""
        found = self.properties.get(name.lower())
        if found is None:
            raise problem(f"Could not find a property named '{name}' on type '{self.name}'.")
        return found


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL, the values for its question marks, and the type of its result."""

    text: str
    values: tuple[Any, ...] = ()
    type: Type = "flag"


def by_name(*properties: Property) -> dict[str, Property]:
    """Return properties by their lower-case names."""
    return {each.name.lower(): each for each in properties}


def condition(entity: Entity, text: str) -> Sql:
    """Return the SQL of a filter, or refuse with 400."""
    sql = _Translator(entity).translate(parse(text))
    if sql.type != "flag":
        raise problem("The filter is required to be a condition.")
    return sql


def order(entity: Entity, text: str, allowed: frozenset[str] | None = None) -> str:
    """Return the SQL of an ``$orderby``, or refuse with 400.

    Args:
        entity: what is ordered.
        text: names, each with ``asc`` or ``desc`` behind it or nothing, separated by commas.
        allowed: the lower-case names that may be used, if not all.
    """
    terms: list[str] = []
    for term in text.split(","):
        name, *direction = term.split()[:3] or [""]
        if [word.lower() for word in direction] not in ([], ["asc"], ["desc"]):
            raise problem(f"Syntax error in '$orderby={text}'.")
        column = entity.property(name)
        if allowed is not None and name.lower() not in allowed:
            raise problem(f"Ordering by '{name}' is not supported; only by {', '.join(sorted(allowed))}.")
        terms.append(f"{column.sql} {direction[0].upper() if direction else 'ASC'}")
    return ", ".join(terms)


_SIGNS = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_NUMBERS = {"whole", "number"}
_TEXT: tuple[Type, ...] = ("text",)
_TEXTS: tuple[Type, ...] = ("text", "text")
_FUNCTIONS: Mapping[tuple[str, tuple[Type, ...]], tuple[str, Type]] = {
    ("startswith", _TEXTS): ("(substr({0}, 1, length({1})) = {1})", "flag"),
    ("endswith", _TEXTS): ("(substr({0}, max(length({0}) - length({1}), 0) + 1) = {1})", "flag"),
    ("contains", _TEXTS): ("(instr({0}, {1}) > 0)", "flag"),
    ("tolower", _TEXT): ("tolower({0})", "text"),
    ("toupper", _TEXT): ("toupper({0})", "text"),
    ("trim", _TEXT): ("trimmed({0})", "text"),
    ("length", _TEXT): ("length({0})", "whole"),
    ("indexof", _TEXTS): ("(instr({0}, {1}) - 1)", "whole"),
    ("concat", _TEXTS): ("({0} || {1})", "text"),
    ("substring", ("text", "whole")): ("substr({0}, max({1}, 0) + 1)", "text"),
    ("substring", ("text", "whole", "whole")): ("substr({0}, max({1}, 0) + 1, {2})", "text"),
}
"""The SQL of each function for the types of its arguments, and the type of its result."""


class _Translator:
    def __init__(self, entity: Entity, variable: str | None = None, element: Collection | None = None) -> None:
        self._entity = entity
        self._variable = variable
        self._element = element

    def translate(self, node: Node) -> Sql:  # noqa: PLR0911 - one for each kind of node
        match node:
            case Value():
                return Sql("?", (node.value,), node.type)
            case Name():
                return self._name(node)
            case Call():
                return self._call(node)
            case Compare():
                return self._compare(node.operator, self.translate(node.left), self.translate(node.right))
            case In():
                return self._in(node)
            case Not():
                inner = self._flag(node.inner)
                return Sql(f"(NOT coalesce({inner.text}, 0))", inner.values)
            case Junction():
                parts = [self._flag(part) for part in node.parts]
                text = f" {node.word.upper()} ".join(part.text for part in parts)
                return Sql(f"({text})", tuple(value for part in parts for value in part.values))
            case AnyOf():
                return self._any(node)

    def _name(self, node: Name) -> Sql:
        if node.variable is None:
            if node.name.lower() in self._entity.collections:
                raise problem(f"'{node.name}' is a collection; use {node.name}/any(x: …).")
            found = self._entity.property(node.name)
        elif self._element is not None and node.variable == self._variable:
            names = self._element.properties
            if node.name.lower() not in names:
                raise problem(f"Could not find a property named '{node.name}' on the elements of {self._element.name}.")
            found = names[node.name.lower()]
        else:
            raise problem(f"Could not find a range variable or property named '{node.variable}'.")
        return Sql(found.sql, (), found.type)

    def _call(self, node: Call) -> Sql:
        arguments = [self.translate(argument) for argument in node.arguments]
        types: tuple[Type, ...] = tuple(argument.type for argument in arguments)
        known = _FUNCTIONS.get((node.function, types))
        if known is None:
            raise _unknown(node.function, types)
        template, kind = known
        text, values = "", list[Any]()
        for index, part in enumerate(re.split(r"{(\d)}", template)):
            if index % 2:  # each use of an argument brings its values along, in the order of the text
                text += arguments[int(part)].text
                values += arguments[int(part)].values
            else:
                text += part
        return Sql(text, tuple(values), kind)

    def _compare(self, operator: str, left: Sql, right: Sql) -> Sql:
        if not _comparable(operator, left.type, right.type):
            raise problem(f"The types {left.type} and {right.type} cannot be compared by '{operator}'.")
        sign = {"eq": "IS", "ne": "IS NOT"}.get(operator, _SIGNS[operator])
        return Sql(f"({left.text} {sign} {right.text})", left.values + right.values)

    def _in(self, node: In) -> Sql:
        left = self.translate(node.left)
        for value in node.values:
            if not _comparable("eq", left.type, value.type):
                raise problem(f"The types {left.type} and {value.type} cannot be compared by 'in'.")
        some = [value.value for value in node.values if value.value is not None]
        text = f"{left.text} IN ({', '.join('?' * len(some))})"
        if len(some) < len(node.values):
            return Sql(f"({text} OR {left.text} IS NULL)", (*left.values, *some, *left.values))
        return Sql(f"({text})", (*left.values, *some))

    def _any(self, node: AnyOf) -> Sql:
        if self._element is not None:
            raise problem("'any' within 'any' is not supported in this query.")
        found = self._entity.collections.get(node.collection.lower())
        if found is None:
            raise problem(f"Could not find a collection named '{node.collection}' on type '{self._entity.name}'.")
        if node.condition is None:
            return Sql(f"EXISTS (SELECT 1 {found.source})")
        inner = _Translator(self._entity, node.variable, found)._flag(node.condition)  # noqa: SLF001 - its own kind
        return Sql(f"EXISTS (SELECT 1 {found.source} AND {inner.text})", inner.values)

    def _flag(self, node: Node) -> Sql:
        sql = self.translate(node)
        if sql.type != "flag":
            raise problem(f"A condition was expected, not a value of type {sql.type}.")
        return sql


def _unknown(function: str, types: tuple[Type, ...]) -> Refusal:
    signatures = [f"({', '.join(wanted)})" for name, wanted in _FUNCTIONS if name == function]
    if signatures:
        given = ", ".join(types)
        return problem(f"The function '{function}' takes {' or '.join(signatures)}, not ({given}).")
    names = dict.fromkeys(name for name, _ in _FUNCTIONS)
    return problem(f"The function '{function}' is unknown or not supported; known: {', '.join(names)}.")


def _comparable(operator: str, left: Type, right: Type) -> bool:
    if "null" in {left, right}:
        return operator in {"eq", "ne"}
    if left == right:
        return left != "flag" or operator in {"eq", "ne"}
    return {left, right} <= _NUMBERS
