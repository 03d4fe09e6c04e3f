"""The effective values of a configuration as text, each with where it comes from."""

from collections.abc import Callable, Iterator
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic_core import to_json

from pywats.config import document
from pywats.config.document import Node, Scalar
from pywats.config.problems import Keys, dotted

MASK = "***"


def effective(value: BaseModel, tree: document.Mapping, scrub: Callable[[str], str]) -> str:
    """Return lines ``key: value  # origin`` in the order of the model, defaults among them.

    Secret values are masked; ``scrub`` takes secrets out of all others.
    """
    rows = [(scrub(text), scrub(origin)) for text, origin in _rows(value, tree, ())]
    width = min(max(len(text) for text, _ in rows), 60)
    return "\n".join(f"{text:<{width}}  # {origin}" for text, origin in rows)


def origin(node: Node) -> str:
    """Return where a node's value comes from."""
    sources = ", ".join(node.sources) if isinstance(node, Scalar) else ""
    return f"{sources} ({node.place})" if sources else str(node.place)


def _rows(value: Any, node: Node | None, keys: Keys) -> Iterator[tuple[str, str]]:
    if isinstance(value, BaseModel):
        for name, info in type(value).model_fields.items():
            key = info.alias or name
            inner = node.items.get(key) if isinstance(node, document.Mapping) else None
            yield from _rows(getattr(value, name), inner, (*keys, key))
    elif isinstance(value, dict) and value:
        for key, item in value.items():  # pyright: ignore[reportUnknownVariableType] - keys and values of any kind
            inner = node.items.get(str(key)) if isinstance(node, document.Mapping) else None  # pyright: ignore[reportUnknownArgumentType]
            yield from _rows(item, inner, (*keys, str(key)))  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(node, document.Sequence) and isinstance(value, list | tuple) and value:
        for index, item in enumerate(value):  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
            yield from _rows(item, node.items[index] if index < len(node.items) else None, (*keys, index))
    elif isinstance(node, Scalar):
        hidden = node.secret or isinstance(value, SecretStr)
        yield f"{dotted(keys)}: {MASK if hidden else _text(node.value)}", origin(node)
    else:
        yield (
            f"{dotted(keys)}: {MASK if isinstance(value, SecretStr) else _text(value)}",
            origin(node) if node else "default",
        )


def _text(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return text if text.isprintable() else to_json(text).decode()  # one line each, whatever it holds
