"""The way to a WATS server; on the client's side nothing else speaks HTTP.

What speaks it is imported when it is first used: aiohttp takes longer to import than everything else together.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pywats.transport.breaker import CircuitState
from pywats.transport.retry import RetryDetails
from pywats.transport.statistics import TransportStatistics

if TYPE_CHECKING:
    from pywats.transport.registry import acquire, release
    from pywats.transport.transport import Transport

__all__ = ["CircuitState", "RetryDetails", "Transport", "TransportStatistics", "acquire", "load", "release"]

_PLACES = {"Transport": "transport", "acquire": "registry", "release": "registry"}


def load() -> None:
    """Import all of it now, so that the first call does not have to do it inside of its event loop."""
    import_module(f"{__name__}.registry")


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = globals()[name] = getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
    return value
