"""The client's methods by their names: what a job may call, and with what."""

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from pywats.config.problems import nearest
from pywats.service import Service
from workers.methods import AsyncMethod, AsyncStreamMethod

_NAMED = frozenset((inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY))


class UnknownCallError(ValueError):
    """There is no such method; the text names what looks most like it."""


@dataclass(frozen=True)
class Target:
    """A method of the client that can be called by name.

    Attributes:
        name: ``DOMAIN.METHOD``.
        function: the bound method.
        parameters: its parameters by name.
        types: their types by name.
        result: the type of its result; of an item, where it streams.
        open: whether it takes arguments of other names, too.
    """

    name: str
    function: Callable[..., Any]
    parameters: dict[str, inspect.Parameter]
    types: dict[str, Any]
    result: Any
    open: bool

    @property
    def streams(self) -> bool:
        """Whether it walks over pages instead of giving one result."""
        return isinstance(self.function, AsyncStreamMethod)

    @property
    def required(self) -> list[str]:
        """The parameters that have no default."""
        return [name for name, parameter in self.parameters.items() if parameter.default is parameter.empty]

    @property
    def row(self) -> type[BaseModel] | None:
        """The model of its rows, where the type says one."""
        models = [found for found in _leaves(self.result) if isinstance(found, type) and issubclass(found, BaseModel)]
        return models[0] if len(models) == 1 else None

    def start(self, arguments: dict[str, Any]) -> Any:
        """Call it: gives an awaitable, or an ``AsyncIterator`` where it streams."""
        return self.function(**arguments)


def find(api: object, name: str) -> Target:
    """Return the method of a client that ``DOMAIN.METHOD`` names.

    Raises:
        UnknownCallError: there is none that is public; it names the nearest.
    """
    domain, dot, method = name.partition(".")
    if not dot or not domain or not method:
        raise UnknownCallError("must be DOMAIN.METHOD, such as report.iter_uut_headers")
    services = _services(api)
    if domain not in services:
        raise UnknownCallError(f"the client has no {domain}, it has {', '.join(services)}{nearest(domain, services)}")
    methods = dict(_methods(services[domain]))
    if method not in methods:
        raise UnknownCallError(f"{domain} has no method {method}{nearest(method, methods, f'{domain}.')}")
    return _target(name, methods[method])


def targets(api: object) -> Iterator[Target]:
    """Yield every method that can be called by name, sorted by their names."""
    for domain, service in _services(api).items():
        for method, function in _methods(service):
            yield _target(f"{domain}.{method}", function)


def _services(api: object) -> dict[str, Service[Any]]:
    public = sorted(name for name in dir(api) if not name.startswith("_"))
    found = {name: getattr(api, name) for name in public}
    return {name: value for name, value in found.items() if isinstance(value, Service)}


def _methods(service: Service[Any]) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in dir(service):
        if not name.startswith("_"):
            value = getattr(service, name)
            if isinstance(value, AsyncMethod | AsyncStreamMethod):
                yield name, value


def _target(name: str, function: Any) -> Target:
    written = function.__wrapped__
    signature = inspect.signature(written).parameters
    parameters = {key: each for key, each in signature.items() if each.kind in _NAMED}
    hints = get_type_hints(written, include_extras=True)
    types = {key: hints.get(key, Any) for key in parameters}
    open_ = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in signature.values())
    return Target(name, function, parameters, types, hints.get("return", Any), open_)


def _leaves(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin in (Union, UnionType) or (isinstance(origin, type) and issubclass(origin, list | AsyncIterator)):
        for argument in get_args(annotation):
            yield from _leaves(argument)
    elif isinstance(origin, type) and get_args(annotation):
        yield from _leaves(get_args(annotation)[0])
    else:
        yield annotation
