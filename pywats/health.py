"""How a client is: whether its server answers, what it did, and who is told of what happens."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, Literal

from pywats.caching.cache import CacheStatistics
from pywats.errors import ValidationError
from pywats.transport import CircuitState, TransportStatistics
from workers.log import get_logger, traceback_of
from workers.observe import ActorStatistics, prometheus

log = get_logger(__name__)

HookEvent = Literal["call", "retry"]
"""``call``: a call of this client to the server ended, with ``CallDetails``. ``retry``: one is about to be sent again,
with ``RetryDetails``."""
_EVENTS: Final = ("call", "retry")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDetails:
    """A call to the server that has ended.

    Attributes:
        domain: whose actor carried it out.
        method: HTTP verb.
        path: below the base URL, without the query.
        seconds: from the call to its end, waiting included.
        attempts: how often it was sent.
        error: what it ended with, or ``None``.
    """

    domain: str
    method: str
    path: str
    seconds: float
    attempts: int
    error: Exception | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How the way to the server is.

    Attributes:
        reachable: whether the server answered now, with whatever status.
        token_accepted: whether it took the token; ``None`` if that cannot be said, as when a proxy answered.
        version: of the server.
        seconds: that the answer took.
        circuit: state of the circuit breaker.
        last_error: the latest error of this client, that of this look included.
        last_error_at: when that was.
    """

    reachable: bool
    token_accepted: bool | None
    version: str | None
    seconds: float
    circuit: CircuitState
    last_error: str | None
    last_error_at: datetime | None

    @property
    def is_good(self) -> bool:
        """Whether calls can be expected to go well."""
        return self.reachable and bool(self.token_accepted) and self.circuit is CircuitState.CLOSED


class Hooks:
    """Functions that are told what happens in one client and its views."""

    def __init__(self) -> None:
        self._hooks: dict[str, tuple[Callable[[Any], object], ...]] = dict.fromkeys(_EVENTS, ())

    def add(self, event: str, hook: Callable[[Any], object]) -> Callable[[], None]:
        """Have a function told of an event; returns what ends that.

        Raises:
            ValidationError: there is no such event.
        """
        if event not in self._hooks:
            raise ValidationError(f"event is {event!r}; it is one of {', '.join(_EVENTS)}")
        told = partial(hook)  # an object of its own, as a function may be added twice
        self._hooks[event] = (*self._hooks[event], told)

        def remove() -> None:
            self._hooks[event] = tuple(other for other in self._hooks[event] if other is not told)

        return remove

    def listens(self, event: str) -> bool:
        """Whether anybody wants to be told."""
        return bool(self._hooks[event])

    def tell(self, event: str, details: object) -> None:
        """Tell everybody; an error of a hook is logged and goes no further."""
        for hook in self._hooks[event]:
            try:
                hook(details)
            except Exception as error:  # noqa: BLE001 - it is not the call's
                log.error("hook_failed", hook_event=event, error=repr(error), traceback=traceback_of(error))


def exposition(actors: Iterable[ActorStatistics], transport: TransportStatistics | None, cache: CacheStatistics) -> str:
    """What a client did, in Prometheus' text exposition format, version 0.0.4."""
    counters: dict[str, float] = {
        "calls_shared": cache.shared,
        "cache_hits": cache.hits,
        "cache_misses": cache.misses,
        "cache_evicted": cache.evicted,
    }
    gauges: dict[str, float] = {"cache_entries": cache.entries, "cache_bytes": cache.size}
    if transport is not None:
        counters |= {
            "requests_sent": transport.sent,
            "requests_repeated": transport.repeated,
            "calls_failed": transport.failed,
            "connections_opened": transport.connections_opened,
            "limiter_started": transport.limiter.started,
            "limiter_gate_closings": transport.limiter.gate_closings,
        }
        gauges |= {
            "calls_under_way": transport.under_way,
            "retry_quota": transport.retry_quota,
            "circuit_open": float(transport.circuit is not CircuitState.CLOSED),
            "limiter_share": transport.limiter.share,
            "limiter_waiting": transport.limiter.waiting_interactive + transport.limiter.waiting_bulk,
            "slots_held": transport.slots.held,
            "slots_allowed": transport.slots.allowed,
            "slots_waiting": transport.slots.waiting_interactive + transport.slots.waiting_bulk,
        }
    lines = [
        line
        for kind, suffix, values in (("counter", "_total", counters), ("gauge", "", gauges))
        for name, value in values.items()
        for line in (f"# TYPE pywats_{name}{suffix} {kind}", f"pywats_{name}{suffix} {value:.9g}")
    ]
    return prometheus(actors, "pywats") + "\n".join(lines) + "\n"
