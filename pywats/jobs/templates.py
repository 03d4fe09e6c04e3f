"""Templates in job files: Jinja2, sandboxed, with undefined names as errors.

A value that is one expression, ``"{{ vars.limit }}"``, becomes what the expression gives: a number stays a number, a
list a list. Anything around it makes it text. Rendering never guesses types from text.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sized
from dataclasses import replace
from typing import Any, cast

import jinja2
from jinja2 import nodes
from jinja2.environment import TemplateExpression
from jinja2.meta import find_undeclared_variables
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from pywats.config import document
from pywats.config.document import Node, Scalar, Sequence
from pywats.config.problems import Keys, Problem, nearest
from pywats.jobs.kept import KeptRows

Path = tuple[str, ...]

_MARKS = ("{{", "{%", "{#")

_SHOWN = 12
"""Names that are listed where another was looked for."""

_LARGEST_NUMBER = 4096
"""Bits of a power of whole numbers; computing a much larger one would take all the time and memory there is."""

_LONGEST = 1_000_000
"""Characters or items of something repeated."""

_MOST_ROUNDS = 1_000_000
"""Rounds of loops, and calls, of one template."""

_ROUNDS = "_rounds"
"""What counts them, among the names of a template."""


class TemplateError(ValueError):
    """A template is wrong, or cannot be rendered; the text says which expression and why."""


class _Environment(ImmutableSandboxedEnvironment):
    """Looks names up in mappings before it looks at the mapping's own methods: ``vars.items`` is the user's.

    Powers, repetitions, loops and calls that would hang the run are errors.
    """

    intercepted_binops = frozenset({"**", "*"})

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]  # pyright: ignore[reportUnknownVariableType] - of any kind
        return super().getattr(obj, attribute)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        _count(context)
        return super().call(context, obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" and _bits(left, right) > _LARGEST_NUMBER:
            raise OverflowError(f"a power of more than {_LARGEST_NUMBER} bits is not computed")
        if operator == "*" and _repetition(left, right) > _LONGEST:
            raise OverflowError(f"a repetition longer than {_LONGEST:,} is not made")
        return super().call_binop(context, operator, left, right)


class _Undefined(jinja2.StrictUndefined):
    """Says what there is instead."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        name, around = self._undefined_name, self._undefined_obj
        if self._undefined_hint or name is None:
            return super()._undefined_message
        if around is None:
            return f"{name} is undefined; what it is looked for in is empty"
        if isinstance(around, Mapping):
            known = [str(key) for key in cast("Mapping[object, object]", around)]
            shown = ", ".join(known[:_SHOWN]) + (", …" if len(known) > _SHOWN else "")
            return f"{name} is undefined; there is {shown or 'nothing'}{nearest(str(name), known)}"
        return super()._undefined_message


@jinja2.pass_context
def _counted(context: Context, items: Iterable[Any]) -> Iterator[Any]:
    """Yield the items of a loop."""
    for item in items:
        _count(context)
        yield item


def _count(context: Context) -> None:
    if next(context[_ROUNDS]) >= _MOST_ROUNDS:
        raise OverflowError(f"more than {_MOST_ROUNDS:,} rounds of loops and calls are not done")


_ENVIRONMENT = _Environment(undefined=_Undefined, autoescape=False)
_FILTERS: dict[str, Any] = _ENVIRONMENT.filters
_FILTERS[_ROUNDS] = _counted


def is_template(value: object) -> bool:
    """Return whether a value is text with template marks in it."""
    return isinstance(value, str) and any(mark in value for mark in _MARKS)


def names(text: str) -> set[Path]:
    """Return the names that a template refers to, as far as they are written out: ``("vars", "part")``.

    Raises:
        TemplateError: it is no template.
    """
    tree = _parse(text)
    try:
        undeclared = find_undeclared_variables(tree)
        found = {path for path in _paths(tree) if path[0] in undeclared}
    except (jinja2.TemplateError, RecursionError) as error:
        raise TemplateError(f"{_short(text)}: {_words(error)}") from error
    return {path for path in found if not any(len(other) > len(path) and other[: len(path)] == path for other in found)}


def render(text: str, context: Mapping[str, Any]) -> Any:
    """Return what a template becomes.

    Raises:
        TemplateError: it is no template, refers to something undefined, or fails.
    """
    tree = _parse(text)
    context = {**context, _ROUNDS: itertools.count()}
    try:
        for loop in tree.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, _ROUNDS, [], [], None, None, lineno=loop.lineno)
        expression = _only_expression(tree)
        if expression is None:
            return _ENVIRONMENT.from_string(tree).render(context)
        body: list[nodes.Node] = [nodes.Assign(nodes.Name("result", "store"), expression, lineno=1)]
        value = TemplateExpression(_ENVIRONMENT.from_string(nodes.Template(body, lineno=1)), False)(**context)
        return (
            str(value) if isinstance(value, jinja2.Undefined) else value
        )  # the text of something undefined is an error
    except Exception as error:  # an expression of the user's may raise whatever it likes
        raise TemplateError(f"{_short(text)}: {_words(error)}") from error


def render_tree(node: Node, keys: Keys, context: Mapping[str, Any]) -> tuple[Node, list[Problem]]:
    """Return a tree with its templates rendered; values inside a rendered one have the place of the template."""
    if isinstance(node, Scalar):
        if not is_template(node.value):
            return node, []
        try:
            return replace(_as_node(render(str(node.value), context), node)), []
        except TemplateError as error:
            return node, [Problem(node.place, keys, str(error))]
    if isinstance(node, Sequence):
        children = [render_tree(item, (*keys, index), context) for index, item in enumerate(node.items)]
        return replace(node, items=tuple(child for child, _ in children)), [p for _, found in children for p in found]
    pairs = {key: render_tree(item, (*keys, key), context) for key, item in node.items.items()}
    items = {key: child for key, (child, _) in pairs.items()}
    return replace(node, items=items), [p for _, found in pairs.values() for p in found]


def templates(node: Node, keys: Keys = ()) -> Iterator[tuple[Scalar, Keys]]:
    """Yield every template of a tree with its path."""
    if isinstance(node, Scalar):
        if is_template(node.value):
            yield node, keys
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield from templates(item, (*keys, index))
    else:
        for key, item in node.items.items():
            yield from templates(item, (*keys, key))


def _parse(text: str) -> nodes.Template:
    try:
        return _ENVIRONMENT.parse(text)
    except (jinja2.TemplateError, RecursionError) as error:
        raise TemplateError(f"{_short(text)}: is no template: {_words(error)}") from error


def _only_expression(tree: nodes.Template) -> nodes.Expr | None:
    if len(tree.body) == 1 and isinstance(tree.body[0], nodes.Output) and len(tree.body[0].nodes) == 1:
        expression = tree.body[0].nodes[0]
        return None if isinstance(expression, nodes.TemplateData) else expression
    return None


def _paths(node: nodes.Node) -> Iterator[Path]:
    if path := _path(node):
        yield path
    for child in node.iter_child_nodes():
        yield from _paths(child)


def _path(node: nodes.Node) -> Path:
    if isinstance(node, nodes.Name):
        return (node.name,)
    if isinstance(node, nodes.Getattr) and (above := _path(node.node)):
        return (*above, node.attr)
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and (above := _path(node.node)):
        return (*above, str(node.arg.value))
    return ()


def _bits(number: Any, exponent: Any) -> int:
    """Return about how many bits the power would have, if it is one of whole numbers."""
    return number.bit_length() * exponent if isinstance(number, int) and isinstance(exponent, int) else 0


def _repetition(left: Any, right: Any) -> int:
    """Return how long the product would be, if it is a text or list that is repeated."""
    several, count = (right, left) if isinstance(left, int) else (left, right)
    return len(several) * count if isinstance(several, Sized) and isinstance(count, int) else 0


def _as_node(value: Any, origin: Scalar) -> Node:
    place = origin.place
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value)
        items = {str(key): _as_node(item, origin) for key, item in pairs.items()}
        return document.Mapping(items, dict.fromkeys(items, place), place)
    if isinstance(value, list | tuple | KeptRows):
        return Sequence(tuple(_as_node(item, origin) for item in cast("Iterable[object]", value)), place)
    if value is None or isinstance(value, str | int | float | bool):
        return replace(origin, value=value)
    raise TemplateError(f"{_short(str(origin.value))}: gives a {type(value).__name__}, which is no value")


def _words(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return (error.message if isinstance(error, jinja2.TemplateError) else str(error)) or type(error).__name__


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:80]}…"  # noqa: PLR2004 - as much as reads well in one line
