"""Raw calls, for what has no method yet: the same limiter, retry, circuit breaker and errors as every other call."""

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message as MimeHeaders
from types import TracebackType
from typing import Any, ClassVar, Final, Self, TypeVar
from urllib.parse import parse_qsl, quote

from pywats import transport
from pywats.answer import NOT_FOUND, WRONG_PLACE, Answer, words
from pywats.call import Call, Exchange, download, wire_text
from pywats.call import body as json_body
from pywats.errors import ClientClosedError, UsageError, ValidationError
from pywats.service import Async, Face, Line, Service, method, stream
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

_KEPT_IN_PATH: Final = "/%:@!$&'()*+,;=-._~"  # RFC 3986, section 3.3; % stays, for what is encoded already


@dataclass(frozen=True, slots=True)
class Response:
    """What the server answered to a raw call.

    Attributes:
        status_code: HTTP status.
        data: the body: decoded JSON, text, or bytes if it is neither; ``None`` if there is none.
        headers: names in lower case.
        raw: the body as it came, unpacked.
    """

    status_code: int
    data: Any = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    raw: bytes = field(default=b"", repr=False)

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status_code < 300  # noqa: PLR2004

    @property
    def is_error(self) -> bool:
        """Whether the status is 4xx or 5xx."""
        return self.status_code >= 400  # noqa: PLR2004

    @property
    def is_client_error(self) -> bool:
        """Whether the status is 4xx."""
        return 400 <= self.status_code < 500  # noqa: PLR2004

    @property
    def is_server_error(self) -> bool:
        """Whether the status is 5xx."""
        return self.status_code >= 500  # noqa: PLR2004

    @property
    def is_not_found(self) -> bool:
        """Whether the status is 404."""
        return self.status_code == NOT_FOUND

    @property
    def error_message(self) -> str | None:
        """The server's words about an error, or ``None`` if there is none."""
        return words(Answer(self.status_code, self.headers, self.raw)) if self.is_error else None


class HttpService(Service[Face]):
    """Requests to any path of the server.

    ``endpoint`` is the path below the base URL, such as ``/api/Product/WIDGET-001``, and may end with a query. Build it
    with ``pywats.call.url("/api/Product/{}", part_number)`` where a name may hold ``/ ? # %``. ``params`` are further
    query values, written as the API reads them; ``None`` leaves one out.

    An error status raises like in every other method; ``raise_for_status=False`` returns it as a ``Response`` instead,
    after the same retries. ``repeatable`` says whether the server may be sent the request twice; by itself a GET, PUT
    or DELETE may, a POST or PATCH may not.
    """

    domain: ClassVar[str] = "http"

    @method
    async def get(
        self,
        endpoint: str,
        params: Mapping[str, Any] | None = None,
        *,
        accept: str = "application/json",
        repeatable: bool | None = None,
        raise_for_status: bool = True,
    ) -> Response:
        """Return the answer to a GET."""
        return await self._ask(
            "GET", endpoint, params, accept=accept, repeatable=repeatable, raise_for_status=raise_for_status
        )

    @method
    async def post(
        self,
        endpoint: str,
        data: Any = None,
        params: Mapping[str, Any] | None = None,
        *,
        content_type: str = "application/json",
        accept: str = "application/json",
        repeatable: bool | None = None,
        raise_for_status: bool = True,
    ) -> Response:
        """Return the answer to a POST; ``data`` is a model, dict or list, or text or bytes that travel as they are."""
        return await self._ask(
            "POST",
            endpoint,
            params,
            data=data,
            content_type=content_type,
            accept=accept,
            repeatable=repeatable,
            raise_for_status=raise_for_status,
        )

    @method
    async def put(
        self,
        endpoint: str,
        data: Any = None,
        params: Mapping[str, Any] | None = None,
        *,
        content_type: str = "application/json",
        accept: str = "application/json",
        repeatable: bool | None = None,
        raise_for_status: bool = True,
    ) -> Response:
        """Return the answer to a PUT; ``data`` as for ``post``."""
        return await self._ask(
            "PUT",
            endpoint,
            params,
            data=data,
            content_type=content_type,
            accept=accept,
            repeatable=repeatable,
            raise_for_status=raise_for_status,
        )

    @method
    async def patch(
        self,
        endpoint: str,
        data: Any = None,
        params: Mapping[str, Any] | None = None,
        *,
        content_type: str = "application/json",
        accept: str = "application/json",
        repeatable: bool | None = None,
        raise_for_status: bool = True,
    ) -> Response:
        """Return the answer to a PATCH; ``data`` as for ``post``."""
        return await self._ask(
            "PATCH",
            endpoint,
            params,
            data=data,
            content_type=content_type,
            accept=accept,
            repeatable=repeatable,
            raise_for_status=raise_for_status,
        )

    @method
    async def delete(
        self,
        endpoint: str,
        params: Mapping[str, Any] | None = None,
        *,
        accept: str = "application/json",
        repeatable: bool | None = None,
        raise_for_status: bool = True,
    ) -> Response:
        """Return the answer to a DELETE."""
        return await self._ask(
            "DELETE", endpoint, params, accept=accept, repeatable=repeatable, raise_for_status=raise_for_status
        )

    @stream
    async def stream(
        self, endpoint: str, params: Mapping[str, Any] | None = None, *, accept: str = "*/*"
    ) -> AsyncGenerator[Sequence[bytes], None]:
        """Walk over the body of an answer to a GET, chunk by chunk as it arrives.

        The walk holds one of the places for long transfers until it ends or is closed; each chunk must come within the
        ``timeout``. Only the way to the first chunk is retried.
        """
        path, query = _split(endpoint, params)
        body = await self._line.send(download("GET", path, query, accept=accept))
        try:
            async for chunk in body:
                yield (chunk,)
        finally:
            await body.aclose()

    async def _ask(
        self,
        verb: str,
        endpoint: str,
        params: Mapping[str, Any] | None,
        *,
        accept: str,
        repeatable: bool | None,
        raise_for_status: bool,
        data: Any = None,
        content_type: str = "application/json",
    ) -> Response:
        path, query = _split(endpoint, params)

        def read(answer: Answer) -> Response:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return Response(answer.status, _data(answer, accept), headers, answer.body)

        return await self._line.send(
            Call(
                verb=verb,
                path=path,
                query=query,
                body=_body(data),
                content_type=content_type,
                accept=accept,
                read=read,
                repeatable=repeatable,
                any_status=not raise_for_status,
                internal=path.lower().startswith("/api/internal/"),
            )
        )


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


def _split(endpoint: str, params: Mapping[str, Any] | None) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Path and query of an endpoint, percent-encoded where they are not yet.

    Raises:
        ValidationError: the endpoint names another server, or holds a ``#``, behind which everything would be lost.
    """
    if "#" in endpoint:
        raise ValidationError(
            f'{endpoint!r} holds a "#"; write it as %23, or use pywats.call.url("/api/Product/{{}}", part_number)'
        )
    path, _, query = endpoint.strip().partition("?")
    if "://" in path or path.startswith("//"):
        raise ValidationError(f"{path!r} is not a path below the base URL, such as /api/Product/WIDGET-001")
    pairs = parse_qsl(query, keep_blank_values=True)
    given = ((name, wire_text(value)) for name, value in (params or {}).items() if value is not None)
    return quote("/" + path.lstrip("/"), safe=_KEPT_IN_PATH), (*pairs, *given)


def _body(data: Any) -> bytes | None:
    if data is None or isinstance(data, bytes):
        return data
    return data.encode() if isinstance(data, str) else json_body(data)


def _data(answer: Answer, accept: str) -> Any:
    """The body as what its media type says."""
    if not answer.body.strip():
        return None
    mime = MimeHeaders()
    mime["content-type"] = answer.headers.get("content-type", "application/json")
    kind = mime.get_content_type()
    failed = answer.status >= 400  # noqa: PLR2004 - its body is words, whatever they look like
    if answer.is_html and "html" not in accept and not failed:
        raise answer.invalid(WRONG_PLACE)
    if kind.endswith(("/json", "+json")):
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            if not failed:
                raise answer.invalid(f"the answer is no JSON: {error}") from error
    elif not (failed or kind.startswith("text/") or kind.endswith(("/xml", "+xml"))):
        return answer.body
    try:
        return answer.body.decode(mime.get_content_charset() or "utf-8-sig", errors="replace")
    except LookupError:
        return answer.body.decode("utf-8-sig", errors="replace")
