"""The two clients, ``AsyncPyWATS`` and ``pyWATS``: the one place where everything is wired."""
# A client, its twin on the other face and its views are one thing in several objects; they share private names.
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

import copy
import dataclasses
import functools
import weakref
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self, cast

from pywats import transport
from pywats.caching.cache import CacheConfig
from pywats.concurrency.batch import AsyncBatches, BlockingBatches
from pywats.errors import ConfigurationError, PyWATSError, translated
from pywats.observing import Observed
from pywats.runtime import ClientLine, ClientRuntime, Lease
from pywats.service import Service
from pywats.services import DOMAINS, Services, service_class
from pywats.settings import (
    DEFAULT_CONNECTIONS,
    DEFAULT_RATE_LIMIT,
    DEFAULT_TIMEOUT,
    NO_RETRY,
    Options,
    RateRule,
    RetryConfig,
    ServerSettings,
    authorization_of,
    expect,
    rate_limit_of,
)
from pywats.station import Station
from workers.errors import RuntimeClosed, WorkersError
from workers.facade import Async, Blocking, Face
from workers.face import method
from workers.lanes import Lane
from workers.limiter import RateLimit
from workers.observe import Observer
from workers.portal import Portal
from workers.runtime import DRAIN


class _Unset:
    """Stands for an argument that was not given, where ``None`` has a meaning."""

    def __repr__(self) -> str:
        return "as it is"


_UNSET: Final = _Unset()


class Client(Services[Face], Observed[Face]):
    """What both clients have in common: the domains, the options, the life cycle."""

    _runtime: ClientRuntime
    _options: Options
    _station: Station | None
    _lease: Lease
    _services: dict[str, Service[Any]]
    _root: "Client[Any] | None" = None  # of a view: the client whose workers it uses

    def __init__(
        self,
        base_url: str | None = None,
        token: str | None = None,
        station: Station | None = None,
        timeout: float | None = DEFAULT_TIMEOUT,
        verify_ssl: bool = True,
        *,
        retry_config: RetryConfig | None = None,
        retry_enabled: bool = True,
        rate_limit: str | RateLimit | None = DEFAULT_RATE_LIMIT,
        rate_rule: RateRule = "equal",
        max_connections: int = DEFAULT_CONNECTIONS,
        max_keepalive_connections: int | None = None,
        ca_file: str | None = None,
        proxy: str | None = None,
        trust_env: bool = True,
        deadline: float | None = None,
        lane: Lane = Lane.INTERACTIVE,
        headers: Mapping[str, str] | None = None,
        concurrency: int = 100,
        capacity: int = 1000,
        prefetch: int = 1,
        adaptive_concurrency: bool = False,
        cache: CacheConfig | None = None,
        observer: Observer | None = None,
        token_source: str | None = None,
    ) -> None:
        """Make a client; nothing is sent before the first call.

        Args:
            base_url: address of the server, such as ``https://tenant.wats.com``; else ``WATS_BASE_URL``.
            token: as made in the WATS control panel; else ``WATS_AUTH_TOKEN``.
            station: this test station, for reports made with the client.
            timeout: seconds that the attempts of one call may take together, or ``None``. Waiting behind the client's
                own queue and rate limit does not count; see ``deadline``.
            verify_ssl: check the server's certificate.
            retry_config: when a call is sent again.
            retry_enabled: ``False`` sends every call once.
            rate_limit: requests in a period, as ``"500/60s"`` or a ``RateLimit``; ``None`` for no limit.
            rate_rule: what holds when other clients of this server in the same loop have another rate: ``"equal"``: it
                is an error; ``"lead"``: all of them go by this one from then on; ``"follow"``: this one goes by theirs.
            max_connections: connections to the server at the most.
            max_keepalive_connections: taken so that calls of other clients keep working; aiohttp has no such setting,
                and connections in use are never closed early.
            ca_file: a PEM file with certificates to trust besides the system's.
            proxy: address of a proxy, ``http://user:password@host:port``.
            trust_env: take the proxy from ``HTTPS_PROXY`` and ``NO_PROXY`` when ``proxy`` is not given.
            deadline: seconds after which a request ends in any case, waiting included. Each request of a call that
                makes several has its own; a download has to begin by then.
            lane: ``Lane.BULK`` lets other calls go first.
            headers: sent with every request.
            concurrency: calls that each domain has in hand at once.
            capacity: calls that wait for each domain; more make their callers wait.
            prefetch: pages that a walk fetches while another one is read; 0 fetches each when it is needed.
            adaptive_concurrency: find out how many requests at once the server bears, never more than
                ``max_connections``.
            cache: keeps answers to GETs for a while; any write of this client empties it. Off unless given.
            observer: told what happens in the worker tree.
            token_source: where the token was read from, for the error that says it was refused.

        Raises:
            ConfigurationError: a value is missing or makes no sense; the text says which.
        """
        del max_keepalive_connections
        if station is not None:
            expect("station", station, Station)
        if cache is not None:
            expect("cache", cache, CacheConfig)
        transport.load()
        base_url, authorization, source = _identity(base_url, token)
        server = ServerSettings(
            base_url=base_url,
            verify_ssl=verify_ssl,
            ca_file=ca_file,
            proxy=proxy,
            trust_env=trust_env,
            max_connections=max_connections,
            rate_limit=rate_limit_of(rate_limit),
            rate_rule=rate_rule,
            adaptive_concurrency=adaptive_concurrency,
        )
        self._options = Options(
            timeout=timeout,
            deadline=deadline,
            retry=(retry_config or RetryConfig()) if retry_enabled else NO_RETRY,
            lane=lane,
            headers=tuple((headers or {}).items()),
            prefetch=prefetch,
            authorization=authorization,
        )
        self._station = station
        self._services = {}
        self._lease = Lease()
        self._runtime = ClientRuntime(
            server,
            tuple(DOMAINS),
            token_source=token_source or source,
            concurrency=concurrency,
            capacity=capacity,
            observer=observer,
            portal=self._portal,
            cache=cache,
        )
        if self._portal is not None:
            self._aio = self._async_twin()
            weakref.finalize(self._lease, self._portal.schedule, self._runtime.close).atexit = False

    @property
    def base_url(self) -> str:
        """The server's address in its one form."""
        return self._runtime.server.base_url

    @property
    def station(self) -> Station | None:
        """The test station that reports of this client are made for."""
        return self._station

    @property
    def timeout(self) -> float | None:
        """Seconds that the attempts of one call may take together."""
        return self._options.timeout

    @property
    def retry_config(self) -> RetryConfig:
        """When a call is sent again."""
        return self._options.retry

    def with_options(
        self,
        *,
        timeout: float | _Unset | None = _UNSET,
        deadline: float | _Unset | None = _UNSET,
        retry: RetryConfig | _Unset | None = _UNSET,
        lane: Lane | str | _Unset = _UNSET,
        headers: Mapping[str, str] | None = None,
        prefetch: int | _Unset = _UNSET,
        cache: bool | _Unset = _UNSET,
    ) -> Self:
        """A view of this client with other options, on the same workers and connections.

        Args:
            timeout: as in the constructor.
            deadline: as in the constructor.
            retry: when a call is sent again; ``None`` sends it once.
            lane: ``"interactive"`` or ``"bulk"``.
            headers: sent besides those of this client.
            prefetch: as in the constructor.
            cache: ``False`` neither takes answers from the client's cache nor keeps them there.
        """
        plain = {"timeout": timeout, "deadline": deadline, "prefetch": prefetch, "cache": cache}
        changes: dict[str, Any] = {name: value for name, value in plain.items() if not isinstance(value, _Unset)}
        if not isinstance(retry, _Unset):
            changes["retry"] = retry or NO_RETRY
        if not isinstance(lane, _Unset):
            changes["lane"] = _lane(lane)
        if headers:
            changes["headers"] = (*self._options.headers, *headers.items())
        return self._view(dataclasses.replace(self._options, **changes))

    @method
    async def test_connection(self: "Client[Async]") -> bool:
        """Whether the server answers and takes the token; never raises an error of the pywats tree."""
        try:
            await self.get_version()
        except PyWATSError:
            return False
        return True

    @method
    async def get_version(self: "Client[Async]") -> str | None:
        """The server's version, such as ``2025.3.9.824``."""
        return await self.analytics.get_version()

    def __repr__(self) -> str:
        """Name the server; the token is not shown."""
        return f"<{type(self).__name__} of {self.base_url}>"

    def _async_twin(self) -> "Client[Async]":
        twin: Client[Async] = cast("Client[Async]", object.__new__(Client))
        twin.__dict__.update(self.__dict__)
        twin._portal, twin._services = None, {}
        return twin

    def _view(self, options: Options) -> Self:
        view = copy.copy(self)
        view._options, view._services, view._root = options, {}, self._root or self
        if self._aio is not None:
            view._aio = self._aio._view(options)
        return view

    def _service(self, domain: str) -> object:
        service = self._services.get(domain)
        if service is None:
            if self._portal is not None:
                service = self._aio._service(domain)._blocking_twin(self._portal)
            else:
                service = service_class(domain)(self._line(domain))
            self._services[domain] = service
        return service

    def _line(self, domain: str) -> ClientLine:
        return ClientLine(self._runtime, domain, self._options, self._station, self._lease)

    def _translate(self, error: WorkersError) -> PyWATSError:
        return translated(error)


class AsyncPyWATS(Client[Async], AsyncBatches):
    """The client for coroutines: every method is awaited.

    ``async with AsyncPyWATS(...) as api`` closes it at the end. It belongs to the event loop of its first call.
    """

    async def close(self, drain: float = DRAIN) -> None:
        """Take no more calls, finish those under way within ``drain`` seconds, and close. A view closes nothing."""
        if self._root is None:
            await self._runtime.close(drain)

    async def __aenter__(self) -> Self:
        """Enter a block that closes the client at its end."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the client; after an error without waiting for the calls under way."""
        await self.close(DRAIN if error is None else 0.0)


AsyncWATS = AsyncPyWATS
"""The name of the async client in the vendor's package."""


class pyWATS(Client[Blocking], BlockingBatches):
    """The client for scripts, notebooks and threads: every method blocks until it has its answer.

    One client serves any number of threads; all clients of the process share one loop thread. It need not be closed:
    what was sent is finished when the process exits.
    """

    _portal: Portal | None = Portal()

    def close(self, drain: float = DRAIN) -> None:
        """Take no more calls, finish those under way within ``drain`` seconds, and close. A view closes nothing."""
        if self._root is None:
            try:
                Portal().call(functools.partial(self._runtime.close, drain))
            except RuntimeClosed:  # the process is exiting, and everything is closed
                return

    def __enter__(self) -> Self:
        """Enter a block that closes the client at its end."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the client; after an error without waiting for the calls under way."""
        self.close(DRAIN if error is None else 0.0)


def _identity(base_url: str | None, token: str | None) -> tuple[str, str, str]:
    """Base URL, value of the ``Authorization`` header, and where the token was read from."""
    source = "the argument token="
    if base_url is None or token is None:
        from pywats.environment import Environment  # its import costs more than all of ours

        found = Environment()
        base_url = base_url or found.base_url
        if token is None and found.auth_token is not None:
            token, source = found.auth_token.get_secret_value(), "the environment variable WATS_AUTH_TOKEN"
    if not base_url:
        msg = "no server is named: give base_url= or set WATS_BASE_URL"
        raise ConfigurationError(msg)
    if token is None:
        msg = "no token is given: give token= or set WATS_AUTH_TOKEN"
        raise ConfigurationError(msg)
    return base_url, authorization_of(token), source


def _lane(lane: Lane | str) -> Lane:
    try:
        return Lane[lane.upper()] if isinstance(lane, str) else lane
    except KeyError:
        msg = f"lane is {lane!r}; it is 'interactive' or 'bulk'"
        raise ConfigurationError(msg) from None
