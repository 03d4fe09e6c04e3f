"""What this package offers, as far as a program can be compared with it; read from the package itself."""

import importlib
import inspect
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from types import NoneType
from typing import get_args

import pywats
from pywats.client import AsyncPyWATS, Client
from pywats.jobs import calls
from pywats.jobs.calls import Target

CLIENTS = frozenset({"pyWATS", "AsyncWATS", "AsyncPyWATS", "SyncWATS"})
"""Names of the clients, there or here."""


@dataclass(frozen=True)
class Surface:
    """The methods of all domains.

    Attributes:
        methods: by ``DOMAIN.METHOD``.
        domains: their names.
    """

    methods: dict[str, Target]
    domains: frozenset[str]

    @classmethod
    def read(cls) -> "Surface":
        """Look at a client; it sends nothing."""
        methods = {target.name: target for target in calls.targets(AsyncPyWATS("http://localhost", "none"))}
        return cls(methods, frozenset(name.partition(".")[0] for name in methods))

    def gives_none(self, name: str) -> bool:
        """Whether a method returns ``None`` for what is not there."""
        target = self.methods.get(name)
        return target is not None and not target.streams and NoneType in get_args(target.result)


@cache
def client_parameters() -> tuple[str, ...]:
    """The arguments of a client's constructor, without those that only the command line gives."""
    return tuple(inspect.signature(Client).parameters)


@cache
def positional_parameters() -> int:
    """How many of them may be given by position."""
    parameters = inspect.signature(Client).parameters.values()
    return sum(each.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD for each in parameters)


@cache
def public_names() -> frozenset[str]:
    """What can be imported from ``pywats`` itself."""
    return frozenset(pywats.__all__)


def has_module(name: str) -> bool:
    """Whether a module of this package has this name."""
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def has_name(module: str, name: str) -> bool:
    """Whether something can be imported from a module of this package."""
    return hasattr(importlib.import_module(module), name) or has_module(f"{module}.{name}")
