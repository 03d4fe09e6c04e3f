"""The way to a WATS server; on the client's side nothing else speaks HTTP."""

from pywats.transport.breaker import CircuitState
from pywats.transport.registry import acquire, release
from pywats.transport.retry import RetryDetails
from pywats.transport.transport import Transport, TransportStatistics

__all__ = ["CircuitState", "RetryDetails", "Transport", "TransportStatistics", "acquire", "release"]
