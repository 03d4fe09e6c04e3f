"""What can be seen of a client: statistics, health, hooks and Prometheus text."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal, TypeVar, overload

from pywats.caching.cache import CacheStatistics
from pywats.errors import AuthenticationError, AuthorizationError, PyWATSError
from pywats.exchange.call import Call, text
from pywats.health import CallDetails, Health, HookEvent, exposition
from pywats.runtime import ClientRuntime
from pywats.settings import NO_RETRY, Options
from pywats.transport import CircuitState, RetryDetails, TransportStatistics
from workers.errors import RuntimeClosed
from workers.facade import Async, Facade, Face
from workers.face import method
from workers.observe import ActorStatistics

R = TypeVar("R")


class Observed(Facade[Face]):
    """The part of both clients that tells how they are."""

    _runtime: ClientRuntime
    _options: Options

    def statistics(self) -> tuple[ActorStatistics, ...]:
        """What the worker of each domain did since it was started; empty before the first call."""
        return self._look(self._runtime.statistics)

    def transport_statistics(self) -> TransportStatistics | None:
        """What the way to the server did and how it is, for all clients that share it; ``None`` before the first call.

        ``slots.allowed`` is the number of requests at once that adaptive concurrency has found, ``limiter.share`` the
        share of the rate that is in use after the server had too much of it.
        """
        return self._look(self._runtime.transport_statistics)

    def cache_statistics(self) -> CacheStatistics:
        """How often a request was saved because its answer was known, or on its way already."""
        return self._look(self._runtime.cache_statistics)

    def prometheus(self) -> str:
        """All statistics in Prometheus' text exposition format, version 0.0.4."""
        return exposition(self.statistics(), self.transport_statistics(), self.cache_statistics())

    @overload
    def on(self, event: Literal["call"], hook: Callable[[CallDetails], object]) -> Callable[[], None]: ...
    @overload
    def on(self, event: Literal["retry"], hook: Callable[[RetryDetails], object]) -> Callable[[], None]: ...
    def on(self, event: HookEvent, hook: Callable[[Any], object]) -> Callable[[], None]:
        """Have a function told whenever something happens in this client and its views; returns what ends that.

        It is called between other work of the event loop, on the blocking face on the loop's thread: it must not block.
        Of equal GETs that share a request one call is told, and what comes from the cache is not.

        Args:
            event: ``call``: a call ended; ``retry``: one is about to be sent again.
            hook: takes the details.
        """
        return self._runtime.hooks.add(event, hook)

    @method
    async def health(self: "Observed[Async]", timeout: float = 10.0) -> Health:
        """Whether the server answers and takes the token, by one small request that is not repeated; raises nothing."""
        begun = time.monotonic()
        look = Call(verb="GET", path="/api/App/Version", read=text, absent=True, fresh=True)
        options = replace(self._options, retry=NO_RETRY, deadline=timeout)
        version: str | None = None
        failure: PyWATSError | None = None
        try:
            version = await self._runtime.ask("http", look, options) or None
        except PyWATSError as error:
            failure = error
        refused = isinstance(failure, AuthenticationError | AuthorizationError)
        statistics, last = self._runtime.transport_statistics(), self._runtime.last_error
        return Health(
            reachable=failure is None or failure.status is not None,
            token_accepted=not refused if failure is None or refused else None,
            version=version,
            seconds=time.monotonic() - begun,
            circuit=CircuitState.CLOSED if statistics is None else statistics.circuit,
            last_error=last and last[0],
            last_error_at=last and last[1],
        )

    def _look(self, function: Callable[[], R]) -> R:
        """What a function of the runtime returns, called between two steps of its loop."""
        if self._portal is None or not self._runtime.begun:
            return function()
        try:
            return self._portal.look(function)
        except RuntimeClosed:  # the process is exiting, and nothing goes on
            return function()
