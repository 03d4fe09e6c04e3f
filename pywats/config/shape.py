"""Which keys a type allows at a path of keys: the types of pydantic models, walked without values."""

import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from pywats.config import document
from pywats.config.document import Node
from pywats.config.problems import Keys


def allowed_keys(annotation: Any, keys: Keys) -> list[str]:
    """Return the keys that a mapping at this path may have, in the model's order; empty where any key may stand."""
    return [name for model in _models(_at(annotation, keys)) for name, _ in _fields(model)]


def unknown_keys(annotation: Any, node: Node, keys: Keys = ()) -> Iterator[Keys]:
    """Yield the path of every key in the tree that the type does not have, whatever its models say about extra keys.

    Where a type allows a model or a free mapping, the model decides.
    """
    alternatives = list(_alternatives(annotation))
    if isinstance(node, document.Sequence):
        for index, item in enumerate(node.items):
            for inner in _items(alternatives):
                yield from unknown_keys(inner, item, (*keys, index))
    elif isinstance(node, document.Mapping):
        models = _models(alternatives)
        known = {spelling: field for model in models for field in _fields(model) for spelling in _spellings(*field)}
        for key, item in node.items.items():
            if key in known:
                yield from unknown_keys(known[key][1].annotation, item, (*keys, key))
            elif models:
                yield (*keys, key)
            else:
                for inner in _values(alternatives):
                    yield from unknown_keys(inner, item, (*keys, key))


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    """Yield the name and the field for each key of a model; the name is the one of Python where that is accepted."""
    by_name = model.model_config.get("populate_by_name") or model.model_config.get("validate_by_name")
    for name, field in model.model_fields.items():
        yield (field.alias if field.alias and not by_name else name), field


def _spellings(name: str, field: Any) -> Iterator[str]:
    yield name
    if field.alias:
        yield field.alias


def _at(annotation: Any, keys: Keys) -> list[Any]:
    """Return the alternatives of the type at a path; keys that lead nowhere are labels of a union, and skipped."""
    here = list(_alternatives(annotation))
    for key in keys:
        if isinstance(key, int):
            inner = list(_items(here))
        else:
            fields = [
                field for model in _models(here) for name, field in _fields(model) if key in _spellings(name, field)
            ]
            inner = [field.annotation for field in fields] or list(_values(here))
        here = [alternative for found in inner for alternative in _alternatives(found)] or here
    return here


def _alternatives(annotation: Any) -> Iterator[Any]:
    if isinstance(getattr(annotation, "__value__", None), object) and hasattr(annotation, "__value__"):
        annotation = annotation.__value__
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _alternatives(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for argument in get_args(annotation):
            yield from _alternatives(argument)
    else:
        yield annotation


def _models(alternatives: list[Any]) -> list[type[BaseModel]]:
    return [found for found in alternatives if isinstance(found, type) and issubclass(found, BaseModel)]


def _items(alternatives: list[Any]) -> Iterator[Any]:
    for found in alternatives:
        origin = get_origin(found)
        if isinstance(origin, type) and issubclass(origin, Sequence | set | frozenset) and get_args(found):
            yield get_args(found)[0]


def _values(alternatives: list[Any]) -> Iterator[Any]:
    for found in alternatives:
        origin = get_origin(found)
        if isinstance(origin, type) and issubclass(origin, Mapping) and len(get_args(found)) == 2:  # noqa: PLR2004 - key and value
            yield get_args(found)[1]
