"""Values from outside the file: ``${NAME}``, ``${NAME:-default}``, ``${file:PATH}``, ``${hostname}``, and ``$$``."""

import os
import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from pywats.config import document
from pywats.config.document import Node, Scalar, Sequence
from pywats.config.problems import Key, Problem, dotted, nearest
from pywats.errors import ConfigurationError

MAX_SECRET_BYTES = 64 * 1024
MAX_NESTING = 10

FORMS = "${NAME}, ${NAME:-default}, ${file:PATH}, ${hostname}, and $$ for a dollar sign"

_FROM = "the environment variable "
_VARIABLE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)
_SECRET_KEY = re.compile(r"(token|password|passwd|passcode|secret|api_?key)$", re.IGNORECASE)
_SECRET_NAME = re.compile(r"token|passw|passcode|secret|api_?key|credential", re.IGNORECASE)


def is_secret_key(key: Key) -> bool:
    """Return whether a value under this key is a secret by the key's name."""
    return isinstance(key, str) and _SECRET_KEY.search(key) is not None


def variables(node: Node) -> Iterator[str]:
    """Yield the names of the environment variables that the values of a tree were read from."""
    if isinstance(node, Scalar):
        yield from (source.removeprefix(_FROM) for source in node.sources if source.startswith(_FROM))
    else:
        for item in node.items if isinstance(node, Sequence) else node.items.values():
            yield from variables(item)


class Interpolation:
    """Replaces the references in a tree of nodes; collects problems and warnings instead of stopping at the first."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[Problem] = []
        self.warnings: list[str] = []

    def resolve(self, node: Node, keys: tuple[Key, ...] = ()) -> Node:
        """Return the tree with every reference replaced; what cannot be replaced is a problem and stays as it is."""
        if isinstance(node, Scalar):
            return self._scalar(node, keys)
        if isinstance(node, Sequence):
            return replace(
                node, items=tuple(self.resolve(item, (*keys, index)) for index, item in enumerate(node.items))
            )
        return replace(node, items={key: self.resolve(item, (*keys, key)) for key, item in node.items.items()})

    def _scalar(self, node: Scalar, keys: tuple[Key, ...]) -> Scalar:
        named_secret = bool(keys) and any(is_secret_key(key) for key in keys)
        if not isinstance(node.value, str):
            return replace(node, secret=named_secret)
        value = _Value(self._environ, Path(node.place.file).parent)
        try:
            text = value.expand(node.value)
        except ValueError as error:
            self.problems.append(Problem(node.place, keys, str(error)))
            return node
        if named_secret and text and not value.sources:
            value.warnings.append("the secret stands in this file; ${file:PATH} or ${NAME} would keep it out")
        self.warnings += [f"{node.place}: {dotted(keys)}: {warning}" for warning in value.warnings]
        return replace(node, value=text, sources=tuple(value.sources), secret=named_secret or value.secret)


class _Value:
    """One value while its references are replaced."""

    def __init__(self, environ: Mapping[str, str], folder: Path) -> None:
        self._environ = environ
        self._folder = folder
        self.sources: list[str] = []
        self.warnings: list[str] = []
        self.secret = False

    def expand(self, text: str, depth: int = 0) -> str:
        if depth > MAX_NESTING:
            raise ValueError(f"has references nested deeper than {MAX_NESTING}")
        return "".join(self._reference(part, depth) if refers else part for part, refers in _parts(text))

    def _reference(self, inner: str, depth: int) -> str:
        if inner.startswith("file:"):
            return self._file(self.expand(inner.removeprefix("file:"), depth + 1))
        if inner == "hostname":
            self.sources.append("the host name")
            return socket.gethostname()
        variable = _VARIABLE.fullmatch(inner)
        if variable is None:
            raise ValueError(f"holds an unknown kind of reference; allowed are {FORMS}")
        return self._variable(variable[1], variable[2], depth)

    def _variable(self, name: str, default: str | None, depth: int) -> str:
        value = self._environ.get(name)
        if value or (value is not None and default is None):
            self.sources.append(f"{_FROM}{name}")
            self.secret = self.secret or _SECRET_NAME.search(name) is not None
            return value
        if default is None:
            hint = nearest(name, ("hostname", *self._environ))
            raise ValueError(
                f"${{{name}}}: the environment variable {name} is not set; set it, or write ${{{name}:-default}}{hint}"
            )
        self.sources.append(f"the default of ${{{name}}}")
        return self.expand(default, depth + 1)

    def _file(self, name: str) -> str:
        if not name:
            raise ValueError("${file:} names no file; write ${file:PATH}")
        try:
            path = self._folder / Path(name).expanduser()
            text = document.decode(document.read_bytes(path, MAX_SECRET_BYTES), str(path)).strip()
            open_to_all = os.name == "posix" and path.stat().st_mode & 0o004
        except (ConfigurationError, OSError, RuntimeError, ValueError) as error:
            raise ValueError(f"${{file:{name}}}: {error}") from error
        if open_to_all:
            self.warnings.append(f"every user of this machine can read {path}; chmod o-r would keep it secret")
        self.sources.append(f"the file {path}")
        self.secret = True
        return text


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of a value: literal text, and the inside of references (marked true)."""
    start = 0
    while (dollar := text.find("$", start)) >= 0:
        yield text[start:dollar], False
        following = text[dollar + 1 : dollar + 2]
        if following == "{":
            start = _closing_brace(text, dollar) + 1
            yield text[dollar + 2 : start - 1], True
        else:
            yield "$", False
            start = dollar + (2 if following == "$" else 1)
    yield text[start:], False


def _closing_brace(text: str, dollar: int) -> int:
    depth, position = 0, dollar
    while position < len(text):
        if text.startswith("$$", position):
            position += 2
            continue
        if text.startswith("${", position):
            depth, position = depth + 1, position + 2
            continue
        if text[position] == "}":
            depth -= 1
            if not depth:
                return position
        position += 1
    raise ValueError("holds a ${ that no } closes; $$ stands for a dollar sign")
