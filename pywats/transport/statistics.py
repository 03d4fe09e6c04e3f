"""What a transport tells of itself."""

from dataclasses import dataclass

from pywats.transport.breaker import CircuitState
from workers.limiter import LimiterStatistics
from workers.slots import SlotsStatistics


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportStatistics:
    """One transport at one moment; the counters begin with it.

    Attributes:
        sent: requests that were sent, repeated ones and steps of redirects included.
        repeated: attempts beyond the first of a call.
        failed: calls that ended with an error.
        under_way: calls that were given to the transport and have not ended.
        connections_opened: connections that were begun.
        circuit: state of the circuit breaker.
        retry_quota: tokens left for retries, of ``RetryQuota.CAPACITY``.
        limiter: starts, and who waits for one.
        slots: connections in use, and who waits for one.
    """

    sent: int
    repeated: int
    failed: int
    under_way: int
    connections_opened: int
    circuit: CircuitState
    retry_quota: int
    limiter: LimiterStatistics
    slots: SlotsStatistics
