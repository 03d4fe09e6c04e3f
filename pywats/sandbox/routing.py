"""Which handler serves a request. Paths are matched without regard to case, segment by segment, before decoding."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

import orjson

from pywats.sandbox.answers import Answer, refusal
from pywats.sandbox.callers import NOBODY, Caller
from pywats.sandbox.times import ticks
from pywats.sandbox.world import World


@dataclass(slots=True)
class Request:
    """One request as a handler sees it.

    Attributes:
        method: the verb, in upper case.
        path: as it came, still percent-encoded, without the query.
        query: names in lower case and their values, decoded.
        headers: of the request; names compare without case.
        body: all of it.
        params: the values of the path's placeholders, decoded.
        caller: whose token came with it.
        pairs: names in lower case and values of the query, in their order, for names that may come several times.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    caller: Caller = NOBODY
    pairs: Sequence[tuple[str, str]] = ()

    def json(self) -> Any:
        """Return the body as JSON, or refuse with 400."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise refusal(400, f"The request body is not JSON: {error}") from error

    def object(self) -> dict[str, Any]:
        """Return the body as a JSON object, or refuse with 400."""
        value = self.json()
        if not isinstance(value, dict):
            raise refusal(400, "The request body is required to be a JSON object.")
        return value  # pyright: ignore[reportUnknownVariableType]

    def objects(self) -> list[dict[str, Any]]:
        """Return the body as a JSON array of objects, or refuse with 400."""
        value = self.json()
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):  # pyright: ignore[reportUnknownVariableType]
            raise refusal(400, "The request body is required to be a JSON array of objects.")
        return value  # pyright: ignore[reportUnknownVariableType]

    def text(self, name: str) -> str | None:
        """Return a query value, or ``None`` when it is absent or empty."""
        return self.query.get(name.lower()) or None

    def texts(self, name: str) -> list[str]:
        """Return all values of a query name, in their order."""
        return [value for each, value in self.pairs if each == name.lower()]

    def needed(self, name: str) -> str:
        """Return a query value that the request must have; it may be empty. Refuse with 400 without it."""
        value = self.query.get(name.lower())
        if value is None:
            raise refusal(400, f"The query parameter {name} is required.")
        return value

    def number(self, name: str, *, least: int = 0) -> int | None:
        """Return a query value as a whole number, ``None`` when absent, or refuse with 400."""
        text = self.text(name)
        if text is None:
            return None
        if not text.removeprefix("-").isascii() or not text.removeprefix("-").isdigit() or len(text) > 10:  # noqa: PLR2004 - int32
            raise refusal(400, f"The query parameter {name} is required to be a whole number.")
        if int(text) < least:
            raise refusal(400, f"The query parameter {name} is required to be at least {least}.")
        return int(text)

    def flag(self, name: str) -> bool | None:
        """Return a query value as a boolean, ``None`` when absent, or refuse with 400."""
        text = self.text(name)
        if text is None:
            return None
        if text.lower() not in {"true", "false"}:
            raise refusal(400, f"The query parameter {name} is required to be true or false.")
        return text.lower() == "true"

    def instant(self, name: str) -> int | None:
        """Return a query value, a date and time with offset, as ticks, ``None`` when absent, or refuse with 400."""
        text = self.text(name)
        try:
            return None if text is None else ticks(text)
        except ValueError as error:
            raise refusal(
                400, f"The query parameter {name} is required to be a date and time with an offset."
            ) from error


Handler = Callable[[World, Request], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of the API.

    Attributes:
        method: the verb.
        template: the path, with ``{name}`` for a segment that is a value.
        handler: what serves it.
        writes: it changes something, so that a token without that permission is refused.
    """

    method: str
    template: str
    handler: Handler
    writes: bool

    @property
    def internal(self) -> bool:
        """Whether the operation belongs to the server's own web pages."""
        return self.template.lower().startswith("/api/internal/")


class Routes(list[Route]):
    """The routes of one domain, filled by decorators."""

    def serve(self, method: str, template: str, *, writes: bool | None = None) -> Callable[[Handler], Handler]:
        """Declare a function as the handler of an operation; all but GET write unless told otherwise."""

        def declare(handler: Handler) -> Handler:
            self.append(Route(method, template, handler, method != "GET" if writes is None else writes))
            return handler

        return declare


class Router:
    """Finds the route of a request: a tree of path segments, in which a fixed segment goes before a value."""

    def __init__(self) -> None:
        self._root = _Node()

    def add(self, route: Route) -> None:
        """Add a route."""
        node = self._root
        for segment in _segments(route.template):
            if segment.startswith("{"):
                if node.value is None:
                    node.value = _Node()
                node = node.value
            else:
                node = node.fixed.setdefault(segment.lower(), _Node())
        if route.method in node.routes:
            raise ValueError(f"{route.method} {route.template} is declared twice")
        node.routes[route.method] = route

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
        """Return the route and its path values, or ``None`` for a path that nothing serves.

        A path that only other methods serve is refused with 405, and one that is not UTF-8 with 400.
        """
        nodes = list(_matches(self._root, _segments(path)))
        for node, values in nodes:
            route = node.routes.get(method)
            if route is not None:
                names = (segment[1:-1] for segment in _segments(route.template) if segment.startswith("{"))
                return route, {name: _decoded(value) for name, value in zip(names, values, strict=True)}
        if any(node.routes for node, _ in nodes):
            raise refusal(405, f"The requested resource does not support http method '{method}'.")
        return None


class _Node:
    __slots__ = ("fixed", "routes", "value")

    def __init__(self) -> None:
        self.fixed: dict[str, _Node] = {}
        self.value: _Node | None = None
        self.routes: dict[str, Route] = {}


def _matches(node: _Node, segments: list[str], values: tuple[str, ...] = ()) -> list[tuple[_Node, tuple[str, ...]]]:
    if not segments:
        return [(node, values)]
    head, rest = segments[0], segments[1:]
    found: list[tuple[_Node, tuple[str, ...]]] = []
    fixed = node.fixed.get(head.lower())
    if fixed is not None:
        found += _matches(fixed, rest, values)
    if node.value is not None and head:
        found += _matches(node.value, rest, (*values, head))
    return found


def _segments(path: str) -> list[str]:
    return path.removesuffix("/").split("/")[1:]


def _decoded(segment: str) -> str:
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError as error:
        raise refusal(400, "The path is not UTF-8.") from error


def query_pairs(text: str) -> list[tuple[str, str]]:
    """Return the names of a query string in lower case with their values, in their order."""
    if not text:
        return []
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError as error:
        raise refusal(400, "The query string cannot be read.") from error
    return [(name.lower(), value) for name, value in pairs]
