"""From nodes to a validated model, with every mistake at its place in the file."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from pydantic import TypeAdapter, ValidationError

from pywats.config import document
from pywats.config.document import Mapping, Node, Place, Plain, Scalar
from pywats.config.problems import Keys, Problem, failure, nearest
from pywats.config.shape import allowed_keys, unknown_keys
from pywats.text import printable

_LONGEST_VALUE = 60


def validated(annotation: Any, node: Node, keys: Keys = (), *, problems: Iterable[Problem] = ()) -> Any:
    """Return what a type makes of a node.

    Args:
        annotation: the type: a model, or anything else that pydantic takes.
        node: the tree, which gives the value and the places.
        keys: the path of ``node`` in its file, for the messages.
        problems: what is known to be wrong already; nothing more is said about the same keys.

    Raises:
        InvalidFileError: all that is wrong, a line each.
    """
    found = [*problems, *(_unknown(annotation, node, keys, path) for path in unknown_keys(annotation, node))]
    known = {problem.keys for problem in found}
    try:
        result = TypeAdapter[Any](annotation).validate_python(plain(node))
    except ValidationError as error:
        found += [problem for problem in _problems(error, annotation, node, keys) if problem.keys not in known]
        raise failure(found) from None
    if found:
        raise failure(found)
    return result


def plain(node: Node) -> Plain:
    """Return the values of a tree without their places."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, document.Sequence):
        return [plain(item) for item in node.items]
    return {key: plain(item) for key, item in node.items.items()}


def find(node: Node, keys: Keys) -> tuple[Node, Keys]:
    """Return the node at a path and the path as the file has it; labels that a union put into the path are left out."""
    path: list[str | int] = []
    for key in keys:
        if isinstance(node, Mapping) and key in node.items:
            node = node.items[str(key)]
        elif isinstance(node, document.Sequence) and isinstance(key, int) and key < len(node.items):
            node = node.items[key]
        else:
            continue
        path.append(key)
    return node, tuple(path)


def _unknown(annotation: Any, node: Node, keys: Keys, path: Keys, known: Iterable[str] | None = None) -> Problem:
    parent, _ = find(node, path[:-1])
    key = str(path[-1])
    place = parent.key_places[key] if isinstance(parent, Mapping) else parent.place
    allowed = allowed_keys(annotation, path[:-1]) or list(known or ())
    text = f"unknown key, allowed here: {', '.join(allowed)}{nearest(key, allowed)}" if allowed else "unknown key"
    if known is not None and not allowed:
        text = "unknown key, none is allowed here"
    return Problem(place, (*keys, *path), text)


def _problems(error: ValidationError, annotation: Any, node: Node, keys: Keys) -> Iterator[Problem]:
    """Yield one problem for each value that is wrong, whatever number of branches of a union it was tried against."""
    errors = [each for each in error.errors(include_url=False) if not _miscounted(each, node)]
    details = [_Detail.read(each, annotation, node) for each in errors]
    paths = {detail.keys for detail in details}
    for path in dict.fromkeys(detail.keys for detail in details):
        same = [detail for detail in details if detail.keys == path]
        further = any(len(other) > len(path) and other[: len(path)] == path for other in paths)
        kept = [detail for detail in same if not (further and detail.by_type)]
        if not kept:  # another branch came further, and says more
            continue
        types = dict.fromkeys(detail.text for detail in kept if detail.by_type)
        texts = dict.fromkeys(detail.text for detail in kept if not detail.by_type)
        here = find(node, path)[0]
        if types:
            quotes = "text" in types and isinstance(here, Scalar) and isinstance(here.value, int | float)
            texts[f"must be {' or '.join(types)}{_not(here)}{'; put it in quotes' if quotes else ''}"] = None
        yield Problem(kept[0].place, (*keys, *path), ", or ".join(texts))


def _miscounted(error: Any, node: Node) -> bool:
    """Whether a list is called too short only because pydantic does not count the items that are wrong themselves."""
    if error["type"] != "too_short":
        return False
    here = find(node, error["loc"])[0]
    return isinstance(here, document.Sequence) and len(here.items) >= error["ctx"]["min_length"]


@dataclass(frozen=True)
class _Detail:
    """One error of pydantic, in our words; ``by_type`` when the text is just the type that was wanted."""

    place: Place
    keys: Keys
    text: str
    by_type: bool = False

    @classmethod
    def read(cls, error: Any, annotation: Any, node: Node) -> Self:
        kind, location = str(error["type"]), tuple(error["loc"])
        here, path = find(node, location)
        if kind == "missing":
            return cls(here.place, (*path, str(location[-1])), "is missing; it is required here")
        if kind == "extra_forbidden":
            unknown = _unknown(annotation, node, (), path, error.get("ctx", {}).get("allowed"))
            return cls(unknown.place, unknown.keys, unknown.text)
        if kind == "literal_error" and not isinstance(here, Scalar):
            return cls(here.place, path, str(error["ctx"]["expected"]).replace("'", '"'), by_type=True)
        if kind not in _TYPES:
            return cls(here.place, path, _words(error, here))
        allowed = allowed_keys(annotation, location) if _TYPES[kind] == "a mapping" else []
        keys = f" with the keys {', '.join(allowed)}" if allowed else ""
        return cls(here.place, path, _TYPES[kind] + keys, by_type=True)


_TYPES = {
    "string_type": "text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "path_type": "a path",
    "none_required": "empty",
}
"""Errors of pydantic that say no more than the type that was wanted."""

_LENGTHS = {
    "too_short": ("min_length", "more", "items"),
    "too_long": ("max_length", "fewer", "items"),
    "string_too_short": ("min_length", "more", "characters"),
    "string_too_long": ("max_length", "fewer", "characters"),
}


def _words(error: Any, node: Node) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return str(context.get("error", error["msg"]))
    if kind in {"literal_error", "enum"}:
        expected = str(context["expected"]).replace("'", '"')
        options = re.findall(r'"([^"]*)"', expected)
        return f"must be {expected}{_not(node)}{_near(node, options)}"
    if kind in _LENGTHS:
        bound, more, unit = _LENGTHS[kind]
        text = node.value if isinstance(node, Scalar) else None
        length = len(text) if isinstance(text, str) else context["actual_length"]
        return f"must have {context[bound]} or {more} {unit}, not {length}"
    message = str(error["msg"])
    return f"{message[0].lower()}{message[1:]}".replace("input should", "must") + _not(node)


def _near(node: Node, options: list[str]) -> str:
    return nearest(str(node.value), options) if isinstance(node, Scalar) and not node.secret else ""


def _not(node: Node) -> str:
    """Return ``, not VALUE``: what stands there, unless it is secret."""
    if not isinstance(node, Scalar):
        return ", not a mapping" if isinstance(node, Mapping) else ", not a list"
    return "" if node.secret else f", not {_shown(node.value)}"


def _shown(value: Plain) -> str:
    if value is None:
        return "empty"
    if not isinstance(value, str):
        return str(value).lower()
    text = value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…"
    return f'"{printable(text)}"'
