"""Loading a configuration file into its model."""

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import quote

from pydantic import BaseModel

from pywats.config import document, interpolation, show
from pywats.config.document import Node, Place, Scalar
from pywats.config.interpolation import Interpolation
from pywats.config.overlay import merge
from pywats.config.problems import InvalidFileError, Key, Problem, failure, nearest
from pywats.config.validation import find, validated
from pywats.errors import ConfigurationError

KINDS = ("ingest", "job")

INCLUDE = "include"
"""The key that names a file with shared blocks, in the models that have it."""

SHARED = ("server", "station", "limits", "vars")
"""The blocks that an included file may hold."""

CUT = "…"
"""Stands where a long value was cut off."""

_SHORTEST_SECRET = 4

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Loaded(Generic[M]):
    """A configuration file that was read and found right.

    Attributes:
        value: the model.
        path: the file, as the caller named it.
        warnings: what is allowed but unwise, each with its place.
        tree: the nodes behind the model, for places and sources; secrets are in it.
    """

    value: M = field(repr=False)
    path: Path
    warnings: tuple[str, ...]
    tree: document.Mapping = field(repr=False)

    def place(self, *keys: Key) -> Place:
        """Return where the value at this path stands, or the nearest thing above it."""
        return find(self.tree, keys)[0].place

    def origin(self, *keys: Key) -> str:
        """Return where the value at this path comes from: its place, what it was read from there, or ``default``."""
        node, path = find(self.tree, keys)
        return show.origin(node) if path == keys else "default"

    def problem(self, keys: Iterable[Key], message: str) -> Problem:
        """Return a problem with the value at this path."""
        path = tuple(keys)
        return Problem(self.place(*path), path, self.scrub(message))

    def error(self, keys: Iterable[Key], message: str) -> ConfigurationError:
        """Return an error about the value at this path."""
        return failure([self.problem(keys, message)])

    def variables(self) -> set[str]:
        """Return the names of the environment variables that values were read from."""
        return set(interpolation.variables(self.tree))

    def scrub(self, text: str) -> str:
        """Return the text with every secret of this file replaced by ``***``."""
        return scrub(text, self.tree)

    def show(self) -> str:
        """Return the effective values, a line each, and where each comes from; secrets are masked."""
        return show.effective(self.value, self.tree, self.scrub)


def load(
    path: Path | str, model: type[M], *, overlays: Iterable[Path | str] = (), environ: Mapping[str, str] = os.environ
) -> Loaded[M]:
    """Return the configuration of a YAML file, checked against its model.

    Args:
        path: the file.
        model: a pydantic model; its extra keys should be forbidden.
        overlays: files laid over it, the later over the earlier.
        environ: where ``${NAME}`` is looked up.

    Raises:
        ConfigurationError: everything that is wrong, as lines ``FILE:LINE:COL: key: what is wrong, what is allowed``.
    """
    base = Path(path)
    tree: Node = document.read(base)
    for overlay in overlays:
        tree = merge(tree, document.read(Path(overlay)))
    interpolation = Interpolation(environ)
    if INCLUDE in model.model_fields:
        tree = _with_shared(tree, interpolation)
    tree = interpolation.resolve(tree)
    if not isinstance(tree, document.Mapping):  # pragma: no cover - reading gives mappings, and these stay mappings
        raise TypeError
    try:
        value: M = validated(model, tree, problems=interpolation.problems)
    except InvalidFileError as error:
        raise failure(replace(problem, text=scrub(problem.text, tree)) for problem in error.problems) from None
    return Loaded(value, base, tuple(interpolation.warnings), tree)


def _with_shared(tree: Node, interpolation: Interpolation) -> Node:
    """Return the tree laid over the file that its key ``include`` names, which holds nothing but shared blocks."""
    node = tree.items.get(INCLUDE) if isinstance(tree, document.Mapping) else None
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return tree
    named = interpolation.resolve(node)
    if not isinstance(named, Scalar) or interpolation.problems:
        return tree
    path = Path(node.place.file).parent / str(named.value)
    try:
        shared = document.read(path)
    except ConfigurationError as error:
        interpolation.problems.append(Problem(node.place, (INCLUDE,), str(error)))
        return tree
    for key, place in shared.key_places.items():
        if key not in SHARED:
            words = f"is no shared block, an included file holds {', '.join(SHARED)}{nearest(key, SHARED)}"
            interpolation.problems.append(Problem(place, (key,), words))
    return merge(shared.only(SHARED), tree)


def peek_kind(path: Path | str) -> str:
    """Return the ``kind`` of a configuration file, ``ingest`` or ``job``, without checking anything else in it.

    Raises:
        ConfigurationError: the file cannot be read, or its kind is missing or unknown.
    """
    tree = document.read(Path(path))
    allowed = " or ".join(KINDS)
    node = tree.items.get("kind")
    if node is None:
        raise tree.place.error(f"kind: is missing; it is {allowed}")
    kind = node.value if isinstance(node, Scalar) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise node.place.error(f"kind: must be {allowed}{nearest(str(kind), KINDS)}")
    return kind


def scrub(text: str, tree: Node) -> str:
    """Return the text without the secrets of a tree, and without user names and passwords in addresses."""
    forms = {form for secret in _secrets(tree) for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, show.MASK)
    text = _without_beginnings(text, forms)
    return re.sub(r"(?<=://)[^/@\s]*@", f"{show.MASK}@", text)


def _forms(secret: str) -> set[str]:
    """Return how a text may have a secret: as it is, in one line, or escaped as JSON, Python or an address has it."""
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    escaped |= {quote(secret, safe=""), secret.encode("unicode_escape").decode(), " ".join(secret.split())}
    return {form for form in (secret, *escaped) if len(form) >= _SHORTEST_SECRET}


def _without_beginnings(text: str, secrets: Iterable[str]) -> str:
    """Return the text without what is left of a secret where a long value was cut off."""
    head, *rest = text.split(CUT)
    for piece in rest:
        beginnings = (secret[:length] for secret in secrets for length in range(_SHORTEST_SECRET, len(secret)))
        cut = max((len(beginning) for beginning in beginnings if head.endswith(beginning)), default=0)
        head = f"{head[: len(head) - cut]}{show.MASK if cut else ''}{CUT}{piece}"
    return head


def _secrets(node: Node) -> set[str]:
    if isinstance(node, Scalar):
        text = str(node.value)
        return {text} if node.secret and len(text) >= _SHORTEST_SECRET else set()
    children = node.items if isinstance(node, document.Sequence) else node.items.values()
    return {secret for child in children for secret in _secrets(child)}
