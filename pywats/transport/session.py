"""The HTTP session to one server: aiohttp, with everything that it does by itself turned off or bounded."""

import asyncio
import io
import os
import socket
import urllib.parse
from collections.abc import Awaitable
from typing import Any, Final

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from pywats import __version__
from pywats.exchange.call import Call
from pywats.exchange.upload import FileBody
from pywats.settings import Options, ServerSettings
from pywats.transport import tls
from pywats.transport.body import GZIP
from pywats.transport.faults import Route
from pywats.transport.proxies import proxy_for
from workers.log import get_logger

log = get_logger(__name__)

CONNECT_TIMEOUT: Final = 10.0
KEEPALIVE_TIMEOUT: Final = 55.0
"""Seconds that an idle connection is kept. Servers close theirs after 60 (AWS's balancer), 75 (nginx) or 120 (IIS); who
closes later than the server now and then sends a request into a closed connection."""

HEARTBEAT: Final = 30.0
"""Seconds between two pings of a WebSocket; a peer that does not answer within half of that is gone."""

_LARGE_BODY: Final = 2**20
_LARGEST_MESSAGE: Final = 2**24
_VERBS_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})


class _Connector(aiohttp.TCPConnector):
    """The pool. In a forked child it stays as it is: its connections are the parent's."""

    def __init__(self, **settings: Any) -> None:
        self.opened = 0
        self._owner = os.getpid()
        super().__init__(  # pyright: ignore[reportUnknownMemberType] - of one argument that is not given
            socket_factory=self._socket, resolver=aiohttp.ThreadedResolver(), **settings
        )

    def _socket(self, address: Any) -> socket.socket:
        family, kind, protocol = address[:3]
        self.opened += 1
        return socket.socket(family, kind, protocol)

    def __del__(self, *arguments: Any) -> None:
        if self._owner == os.getpid():
            super().__del__(*arguments)


class CancelledUnsentError(asyncio.CancelledError):
    """The request was cancelled before it had a connection."""


_WHOLE_WAY: Final = vars(aiohttp.ClientSession)["_request"]  # known again: tests and tracers put others in its place
_SHORT_WAY: Final = aiohttp.__version__.startswith("3.14.")
"""Whether aiohttp is of a release in which the way below ``ClientSession`` is known."""


async def _send_once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Send a request once. aiohttp repeats GET, PUT and DELETE by itself after some errors; this is another error."""
    try:
        return await send(request)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise aiohttp.ClientConnectionError(getattr(error, "strerror", None) or "") from None
    except asyncio.CancelledError:
        if request.response is None:
            raise CancelledUnsentError from None
        raise


class Session:
    """Sends single requests to one server. Whatever goes wrong is an error of aiohttp; nothing is repeated.

    Raises:
        ConfigurationError: the proxy or ``ca_file`` cannot be used.
    """

    def __init__(self, settings: ServerSettings) -> None:
        proxy = proxy_for(settings)
        base = URL(settings.base_url)
        self.base_url = str(base).rstrip("/")
        self.route = Route(settings.base_url, proxy, CONNECT_TIMEOUT)
        self._settings = settings
        self._connector: _Connector | None = None
        self._session: aiohttp.ClientSession | None = None
        self._owner = os.getpid()
        self._is_plain = False
        encrypted = base.scheme == "https" or (proxy is not None and proxy.url.startswith("https:"))
        self._tls: Any = tls.context_for(settings) if encrypted else True
        if encrypted and not settings.verify_ssl:
            log.warning("certificate_check_off", server=settings.base_url)
        # A plain request is handed to the proxy as it is, with what the proxy wants.
        self._always = {"User-Agent": f"pywats-workers/{__version__}", "Accept-Encoding": GZIP}
        self._for_proxy: dict[str, str] | None = None
        self._latest_key: tuple[Options | None, str, str, bool] = (None, "", "", False)
        self._latest: CIMultiDict[str] = CIMultiDict()
        if proxy is not None and proxy.authorization is not None:
            credentials = {"Proxy-Authorization": proxy.authorization}
            if base.scheme == "https":
                self._for_proxy = credentials
            else:
                self._always |= credentials

    @property
    def connections_opened(self) -> int:
        """How many connections were begun so far."""
        return 0 if self._connector is None else self._connector.opened

    def target(self, call: Call[Any]) -> URL:
        """The address of a call, byte for byte as the call spells it."""
        text = self.base_url + call.path
        if call.query:
            text += "?" + "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in call.query)
        return URL(text, encoded=True)

    def request(self, target: URL, call: Call[Any], options: Options) -> Awaitable[aiohttp.ClientResponse]:
        """Send one request; the answer's body is still to be read, or the answer to be closed.

        ``ClientSession`` looks after redirects, cookies, passwords, proxies and repetition, which takes a fifth of the
        time of a request. A plain request needs none of that and goes straight to the pool of connections. With a
        release of aiohttp that is not known, or when somebody watches the session, it goes the whole way, too.
        """
        if self._session is None:
            self._session = self._open()
        body: Any = call.body
        if isinstance(body, FileBody):
            body = body.pieces()
        elif body is not None and len(body) > _LARGE_BODY:
            body = io.BytesIO(body)  # aiohttp writes it in pieces
        elif self._is_plain and vars(aiohttp.ClientSession)["_request"] is _WHOLE_WAY:
            headers, loop = self._headers(call, options), asyncio.get_running_loop()
            plain = aiohttp.ClientRequest(
                call.verb, target, headers=headers, data=body, loop=loop, session=self._session
            )
            return _send_once(plain, self._send_plain)
        return self._session.request(
            call.verb,
            target,
            data=body,
            headers=self._headers(call, options),
            allow_redirects=False,
            proxy_headers=self._for_proxy,
        )

    async def _send_plain(self, request: aiohttp.ClientRequest) -> aiohttp.ClientResponse:
        """Send a request on a connection of the pool, as ``ClientSession`` does at its heart."""
        assert self._session is not None  # noqa: S101
        assert self._connector is not None  # noqa: S101
        try:
            connection = await self._connector.connect(request, traces=[], timeout=self._session.timeout)
        except TimeoutError as error:
            raise aiohttp.ConnectionTimeoutError(f"no connection to {request.url.host}") from error
        assert connection.protocol is not None  # noqa: S101
        connection.protocol.set_response_params(
            skip_payload=request.method == "HEAD", read_until_eof=True, auto_decompress=False
        )
        try:
            response = await request.send(connection)
            try:
                return await response.start(connection)
            except BaseException:
                response.close()
                raise
        except BaseException:
            connection.close()
            raise

    async def connect(self, target: URL, call: Call[Any], options: Options) -> aiohttp.ClientWebSocketResponse:
        """Open a WebSocket."""
        if self._session is None:
            self._session = self._open()
        return await self._session.ws_connect(
            target,
            headers=self._headers(call, options),
            heartbeat=HEARTBEAT,
            max_msg_size=_LARGEST_MESSAGE,
            proxy_headers=self._for_proxy,
        )

    def _headers(self, call: Call[Any], options: Options) -> CIMultiDict[str]:
        """What travels with a call. Most calls have the headers of the one before, which are made once."""
        has_body = call.body is not None or call.verb in _VERBS_WITH_BODY  # aiohttp would name a type of its own
        key = (options, call.accept, call.content_type if has_body else "", call.internal)
        if self._latest_key[0] is not options or self._latest_key != key:
            made = CIMultiDict({**self._always, "Accept": call.accept, "Authorization": options.authorization})
            if has_body:
                made["Content-Type"] = call.content_type
            if call.internal:
                made["Referer"] = self.base_url
            made.update(options.headers)
            self._latest_key, self._latest = key, made
        if isinstance(call.body, FileBody) or call.headers:
            return self._own_headers(call)
        return self._latest

    def _own_headers(self, call: Call[Any]) -> CIMultiDict[str]:
        """The latest headers with those of this call alone."""
        made = self._latest.copy()
        if isinstance(call.body, FileBody):
            made["Content-Length"] = str(len(call.body))
        made.update(call.headers)
        return made

    def _open(self) -> aiohttp.ClientSession:
        self._connector = _Connector(
            limit=self._settings.max_connections, keepalive_timeout=KEEPALIVE_TIMEOUT, ssl=self._tls
        )
        session = aiohttp.ClientSession(
            connector=self._connector,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT),
            cookie_jar=aiohttp.DummyCookieJar(),
            middlewares=(_send_once,),
            proxy=None if self.route.proxy is None else self.route.proxy.url,
            trust_env=False,
            auto_decompress=False,
        )
        self._is_plain = _SHORT_WAY and self.route.proxy is None and not session.trace_configs
        return session

    def secrets(self, options: Options) -> tuple[str, ...]:
        """What no message may show: the token and the proxy's user and password, as they travel."""
        proxy = self.route.proxy
        texts = (options.authorization, "" if proxy is None else proxy.authorization or "")
        return tuple(text.removeprefix("Basic ") for text in texts)

    async def close(self) -> None:
        """Close all connections, but none of a parent process."""
        session, self._session = self._session, None
        if session is not None and self._owner == os.getpid():
            await session.close()

    def leave_to_parent(self) -> None:
        """In a forked child: forget the session, so that it closes nothing and does not complain of being unclosed."""
        if self._session is not None:
            self._session.detach()


def _quoted(text: str) -> str:
    return urllib.parse.quote(text, safe="$")
