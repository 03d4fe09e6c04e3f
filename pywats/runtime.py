"""The worker tree of one client: an actor for each domain, on the connections of its server."""

import asyncio
import functools
import os
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from pywats import transport
from pywats.caching.cache import CacheConfig, CacheStatistics
from pywats.caching.memo import MEMO
from pywats.caching.single_flight import Reads, reads_only
from pywats.errors import AuthenticationError, PyWATSError, translated
from pywats.exchange.call import Call, Exchange
from pywats.health import CallDetails, Hooks
from pywats.settings import Options, ServerSettings
from pywats.station import Station
from workers.actor import Actor
from workers.errors import RuntimeClosed, WorkersError, WrongLoop
from workers.mailbox import Mailbox
from workers.message import Message
from workers.observe import ActorStatistics, Observer
from workers.portal import Portal
from workers.runtime import DRAIN, Runtime

R = TypeVar("R")


class ClientRuntime:
    """Carries out the calls of one client and of its views.

    It starts with the first call, in the loop of that call, and starts anew when its workers gave up. Clients of the
    same server in the same loop share one transport: session, limiter, slots and circuit breaker.
    """

    def __init__(
        self,
        server: ServerSettings,
        domains: Sequence[str],
        *,
        token_source: str,
        concurrency: int = 100,
        capacity: int = 1000,
        observer: Observer | None = None,
        portal: Portal | None = None,
        cache: CacheConfig | None = None,
    ) -> None:
        self.server = server
        self.token_source = token_source
        self._domains = tuple(domains)
        self._concurrency = concurrency
        self._capacity = capacity
        self._observer = observer
        self._portal = portal
        self._reads = Reads(cache)
        self.hooks = Hooks()
        self.last_error: tuple[str, datetime] | None = None
        self._tree: Runtime | None = None
        self._transport: transport.Transport | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._left_behind: list[object] = []  # a parent process's: kept, so that nothing of it is finalized here
        self._pid = 0
        self._closed = False
        self._stay: Callable[[], None] | None = None

    @property
    def begun(self) -> bool:
        """Whether there was a call in this process, and the client is not closed."""
        return self._tree is not None and self._pid == os.getpid()

    def ask(self, domain: str, call: Call[R], options: Options) -> Coroutine[Any, Any, R]:
        """Have the actor of a domain carry out a call; every error is one of the pywats tree."""
        return self._reads.carry_out(domain, call, options, self._ask)

    def _ask(self, domain: str, exchange: Exchange[R]) -> Coroutine[Any, Any, R]:
        if self.hooks.listens("retry"):
            exchange.on_retry = functools.partial(self.hooks.tell, "retry")
        return (self._told if self.hooks.listens("call") else self._sent)(domain, exchange)

    async def _told(self, domain: str, exchange: Exchange[R]) -> R:
        """Send a call, and tell the hooks what became of it."""
        begun = time.monotonic()
        failure: Exception | None = None
        try:
            return await self._sent(domain, exchange)
        except PyWATSError as error:
            failure = error
            raise
        finally:
            details = CallDetails(
                domain=domain,
                method=exchange.call.verb,
                path=exchange.call.path,
                seconds=time.monotonic() - begun,
                attempts=exchange.attempts,
                error=failure,
            )
            self.hooks.tell("call", details)
            del failure, details  # an error refers to this frame, and must not be referred to by it

    async def _sent(self, domain: str, exchange: Exchange[R]) -> R:
        call, options = exchange.call, exchange.options
        try:
            mailbox = self._running().actors[domain].mailbox
            return await mailbox.ask(exchange, lane=options.lane, patience=options.deadline)
        except WorkersError as error:
            raise self._noted(
                translated(error, method=call.verb, path=call.path, attempts=exchange.attempts)
            ) from error
        except PyWATSError as error:
            if isinstance(error, AuthenticationError):
                error.detail = (
                    f"{error.detail or 'no words'} - {self.server.base_url} refused the token, "
                    f"which was read from {self.token_source}"
                )
            self._noted(error)
            raise

    def _noted(self, error: PyWATSError) -> PyWATSError:
        self.last_error = (f"{type(error).__name__}: {error}", datetime.now(UTC))
        return error

    async def close(self, drain: float = DRAIN, *, unwanted: Callable[[Message[Any]], bool] | None = None) -> None:
        """Finish what was asked within ``drain`` seconds, answer the rest, and let go of the server's connections."""
        self._closed = True
        tree, shared, stay = self._tree, self._transport, self._stay
        self._tree = self._transport = self._stay = None
        if self._pid != os.getpid():
            self._left_behind.append((tree, shared))
            return
        if stay is not None:
            stay()
        try:
            if tree is not None:
                await tree.close(drain, unwanted=unwanted)
        finally:  # whoever was waiting may have been interrupted
            if shared is not None:
                await transport.release(shared)

    def statistics(self) -> tuple[ActorStatistics, ...]:
        """What each actor did since the tree was last started; empty before the first call."""
        return () if self._tree is None else self._tree.statistics()

    def transport_statistics(self) -> transport.TransportStatistics | None:
        """What the way to the server did and how it is; ``None`` before the first call."""
        return None if self._transport is None else self._transport.statistics()

    def cache_statistics(self) -> CacheStatistics:
        """How often a request was saved because its answer was known, or on its way."""
        return self._reads.statistics()

    def _running(self) -> Runtime:
        if self._closed:
            raise RuntimeClosed("the client is closed")
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._move_to(loop)
        if self._tree is None or self._tree.closed:
            self._tree = self._start()
        return self._tree

    def _move_to(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take a loop as the own one: the first, that of a forked child, or the portal's when its old one died."""
        if self._loop is not None and self._pid == os.getpid() and not (self._portal and self._loop.is_closed()):
            msg = "the client belongs to another event loop; make one client for each loop, or use pyWATS"
            raise WrongLoop(msg)
        self._left_behind.append((self._tree, self._transport))
        self._tree = self._transport = None
        self._loop, self._pid = loop, os.getpid()
        if self._portal is not None:
            self._stay = self._portal.at_exit(self._close_at_exit)

    def _start(self) -> Runtime:
        if self._transport is None:
            self._transport = transport.acquire(self.server)
        actors = [
            Actor(
                Mailbox(domain, capacity=self._capacity),
                self._transport.send,
                concurrency=self._concurrency,
                expected=(PyWATSError,),
                observer=self._observer,
            )
            for domain in self._domains
        ]
        tree = Runtime(actors, observer=self._observer)
        tree.start()
        return tree

    async def _close_at_exit(self, seconds: float) -> None:
        """Await what changes something in the server; what only reads has nobody left to read it."""
        await self.close(seconds, unwanted=_only_reads)


class Lease:
    """Held by a client, its views, its services and the calls under way: who holds it, uses the runtime."""

    __slots__ = ("__weakref__",)


@dataclass(frozen=True, slots=True)
class ClientLine:
    """The way from a service to the actor of its domain, with the options of one client or view."""

    runtime: ClientRuntime
    domain: str
    options: Options
    station: Station | None
    lease: Lease

    @property
    def ahead(self) -> int:
        """How many pages a walk fetches before they are asked for."""
        return self.options.prefetch

    def send(self, call: Call[R]) -> Coroutine[Any, Any, R]:
        """Carry out a call; returns its result or raises an error of the pywats tree."""
        options = self.options.in_bulk if call.bulk or MEMO.get() is not None else self.options
        return self.runtime.ask(self.domain, call, options)


def _only_reads(message: Message[Any]) -> bool:
    return isinstance(message, Exchange) and reads_only(message.call)
