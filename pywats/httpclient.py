"""Raw calls to one server without the rest of the client."""

import asyncio
import os
from collections.abc import Mapping
from types import TracebackType
from typing import Self, TypeVar

from pywats import transport
from pywats.errors import ClientClosedError, UsageError
from pywats.exchange.call import Call, Exchange
from pywats.http import HttpService
from pywats.service import Async, Line
from pywats.settings import (
    DEFAULT_CONNECTIONS,
    DEFAULT_RATE_LIMIT,
    DEFAULT_TIMEOUT,
    Options,
    RetryConfig,
    ServerSettings,
    authorization_of,
    rate_limit_of,
)
from workers.limiter import RateLimit

R = TypeVar("R")


class AsyncHttpClient(HttpService[Async]):
    """Raw calls to one server without the rest of the client: ``async with AsyncHttpClient(url, token) as http``.

    It belongs to the event loop of its first call and shares connections and rate limit with other clients there.

    Args:
        base_url: address of the server, such as ``https://tenant.wats.com``.
        token: as made in the WATS control panel.
        timeout: seconds that the attempts of one call may take together, or ``None``.
        verify_ssl: check the server's certificate.
        retry_config: when a call is sent again.
        rate_limit: requests in a period, as ``"500/60s"`` or a ``RateLimit``; ``None`` for no limit.
        max_connections: connections to the server at the most.
        ca_file: a PEM file with certificates to trust besides the system's.
        proxy: address of a proxy, ``http://user:password@host:port``.
        trust_env: take the proxy from ``HTTPS_PROXY`` and ``NO_PROXY`` when ``proxy`` is not given.
        headers: sent with every request.

    Raises:
        ConfigurationError: a value makes no sense; the text says which.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        timeout: float | None = DEFAULT_TIMEOUT,
        verify_ssl: bool = True,
        *,
        retry_config: RetryConfig | None = None,
        rate_limit: str | RateLimit | None = DEFAULT_RATE_LIMIT,
        max_connections: int = DEFAULT_CONNECTIONS,
        ca_file: str | None = None,
        proxy: str | None = None,
        trust_env: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        transport.load()
        settings = ServerSettings(
            base_url=base_url,
            verify_ssl=verify_ssl,
            ca_file=ca_file,
            proxy=proxy,
            trust_env=trust_env,
            max_connections=max_connections,
            rate_limit=rate_limit_of(rate_limit),
        )
        options = Options(
            timeout=timeout,
            retry=retry_config or RetryConfig(),
            headers=tuple((headers or {}).items()),
            authorization=authorization_of(token),
        )
        self._own = _DirectLine(settings, options)
        super().__init__(self._own)

    @property
    def base_url(self) -> str:
        """The server's address in its one form."""
        return self._own.settings.base_url

    async def close(self) -> None:
        """Take no more calls, and let go of the server's connections; more than once does no harm."""
        await self._own.close()

    async def __aenter__(self) -> Self:
        """Enter a block that closes the client at its end."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the client."""
        await self.close()

    def __repr__(self) -> str:
        return f"<AsyncHttpClient of {self.base_url}>"


class _DirectLine(Line):
    """The way from one `AsyncHttpClient` to the transport, without an actor between."""

    def __init__(self, settings: ServerSettings, options: Options) -> None:
        self.settings = settings
        self._options = options
        self._transport: transport.Transport | None = None
        self._home: tuple[asyncio.AbstractEventLoop, int] | None = None
        self._closed = False

    async def send(self, call: Call[R]) -> R:
        if self._closed:
            raise ClientClosedError(method=call.verb, path=call.path)
        here = (asyncio.get_running_loop(), os.getpid())
        if self._transport is None or self._home is None or self._home[1] != here[1]:
            self._transport, self._home = transport.acquire(self.settings), here
        if self._home != here:
            raise UsageError("the client belongs to another event loop; make one client for each loop")
        return await self._transport.send(Exchange(call, self._options))

    async def close(self) -> None:
        self._closed = True
        shared, self._transport = self._transport, None
        if shared is not None:
            await transport.release(shared)
