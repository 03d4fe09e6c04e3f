"""What aiohttp's errors mean for a caller, in words that say what to do.

The errors made here never refer to aiohttp's own: those hold the request with its headers, the token among them. Their
cause is the operating system's error, where there is one.
"""

import errno
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from multidict import MultiMapping

from pywats import errors
from pywats.errors import InvalidResponseError, ProxyError, PyWATSError
from pywats.exchange.call import Exchange
from pywats.text import reason_of
from pywats.transport.body import NotUnpackedError
from pywats.transport.proxies import Proxy, schemes_of
from pywats.transport.retry import Failure, Fate, is_repeatable

PROXY_AUTHENTICATION_REQUIRED = 407

_SECRET_LENGTH: Final = 8  # what is shorter is no secret, and would blot out words by chance

Fault = tuple[type[PyWATSError], str, Fate]


@dataclass(frozen=True, slots=True)
class Route:
    """The way to a server, as messages name it.

    Attributes:
        server: its base URL.
        proxy: the proxy before it, if any.
        connect_timeout: seconds that a connection may take to come about.
    """

    server: str
    proxy: Proxy | None
    connect_timeout: float

    @property
    def first_hop(self) -> str:
        """Where connections go first."""
        return self.server if self.proxy is None else f"the proxy {self.proxy.url} (from {self.proxy.source})"


def failure_of(error: Exception, exchange: Exchange[Any], route: Route) -> Failure:
    """The failure that an error of aiohttp or of the operating system means."""
    if isinstance(error, aiohttp.ClientHttpProxyError) and error.status < 500:  # noqa: PLR2004
        return Failure(proxy_error(error.status, error.message, error.headers or {}, exchange, route), Fate.FINAL)
    explain = next((explain for kind, explain in _EXPLANATIONS if isinstance(error, kind)), _broken)
    made, words, fate = explain(error, route)
    if fate is Fate.UNKNOWN and not is_repeatable(exchange.call, exchange.options.retry):
        words += "; it is not known whether the server acted on the request, so it was not sent again"
    result = made(words, method=exchange.call.verb, path=exchange.call.path, attempts=exchange.attempts)
    result.unsent = fate is Fate.UNSENT or isinstance(error, aiohttp.ClientConnectorError)
    result.__cause__ = getattr(error, "os_error", None)
    return Failure(result, fate, counts=fate in {Fate.UNSENT, Fate.UNKNOWN})


def timeout_of(seconds: float, exchange: Exchange[Any], *, unsent: bool) -> Failure:
    """The failure of a call whose time is used up."""
    words = f"no {'connection' if unsent else 'answer'} within {seconds:g} s"
    if not unsent and not is_repeatable(exchange.call, exchange.options.retry):
        words += "; it is not known whether the server acted on the request"
    error = errors.TimeoutError(words, method=exchange.call.verb, path=exchange.call.path, attempts=exchange.attempts)
    error.unsent = unsent
    return Failure(error, Fate.FINAL)


def too_large(limit: int, exchange: Exchange[Any]) -> Failure:
    """The failure of a call whose answer is not taken into memory."""
    words = (
        f"the answer is larger than {limit:,} bytes, the server's max_answer_size; ask for less, or read it piece by "
        "piece with api.http.stream"
    )
    error = InvalidResponseError(words, method=exchange.call.verb, path=exchange.call.path, attempts=exchange.attempts)
    return Failure(error, Fate.FINAL)


def unreadable(trouble: str, exchange: Exchange[Any]) -> Failure:
    """The failure of a call whose file could not be read while it was sent; that is no fault of the server."""
    error = errors.ValidationError(
        trouble, method=exchange.call.verb, path=exchange.call.path, attempts=exchange.attempts
    )
    return Failure(error, Fate.FINAL)


def proxy_error(
    status: int, reason: str, headers: Mapping[str, str], exchange: Exchange[Any], route: Route
) -> ProxyError:
    """The error of a proxy that did not let the request through."""
    challenges = headers.getall("Proxy-Authenticate", ()) if isinstance(headers, MultiMapping) else ()
    schemes = schemes_of(challenges)
    name = route.proxy.url if route.proxy else "a proxy"
    words = f"{name} refused the request: {reason or 'no reason given'}"
    if status == PROXY_AUTHENTICATION_REQUIRED:
        offered = ", ".join(schemes) or "none named"
        words = f"{name} wants authentication (schemes offered: {offered}); "
        if "basic" not in {scheme.lower() for scheme in schemes}:
            words += "pywats can give it a user name and password (Basic) only, so a local relay must speak to it"
        elif route.proxy and route.proxy.authorization:
            words += "it did not accept the user name and password given for it"
        else:
            words += "give it a user name and password: proxy=http://USER:PASSWORD@HOST:PORT"
    error = ProxyError(
        words, status=status, method=exchange.call.verb, path=exchange.call.path, attempts=exchange.attempts
    )
    error.schemes = schemes
    error.unsent = True
    return error


def _no_connection_in_time(_: Any, route: Route) -> Fault:
    return errors.TimeoutError, f"no connection to {route.first_hop} within {route.connect_timeout:g} s", Fate.UNSENT


def _unknown_name(error: aiohttp.ClientConnectorDNSError, route: Route) -> Fault:
    of = "base_url" if route.proxy is None else route.proxy.source
    words = f"the name {error.host} cannot be resolved ({reason_of(error.os_error)})"
    return errors.ConnectionError, f"{words}; is {of} right, and does this machine reach its name server?", Fate.UNSENT


def _bad_certificate(error: aiohttp.ClientConnectorCertificateError, _: Route) -> Fault:
    reason = getattr(error.certificate_error, "verify_message", "") or str(error.certificate_error)
    words = (
        f"the certificate of {error.host}:{error.port} was not accepted: {reason}; if your company signs certificates "
        "itself, name its own one with ca_file= (PEM); verify_ssl=False turns the check off"
    )
    return errors.ConnectionError, words, Fate.FINAL


def _no_tls(error: aiohttp.ClientConnectorError, _: Route) -> Fault:
    reason = error.os_error
    broke_off = isinstance(reason, ssl.SSLEOFError | ssl.SSLZeroReturnError)
    words = f"no TLS connection to {error.host}:{error.port} came about: {getattr(reason, 'reason', None) or reason}"
    if not broke_off:
        words += "; does it speak https at that port?"
    return errors.ConnectionError, words, Fate.UNSENT if broke_off else Fate.FINAL


def _no_proxy(error: aiohttp.ClientProxyConnectionError, route: Route) -> Fault:
    return errors.ConnectionError, f"no connection to {route.first_hop}: {_reason(error)}", Fate.UNSENT


def _no_server(error: aiohttp.ClientConnectorError, _: Route) -> Fault:
    return errors.ConnectionError, f"no connection to {error.host}:{error.port}: {_reason(error)}", Fate.UNSENT


def _reason(error: aiohttp.ClientConnectorError) -> str:
    """The operating system's words alone, without the address that asyncio puts before them."""
    number = error.os_error.errno
    if number == errno.ECONNREFUSED:
        return "refused; nothing listens there"
    return reason_of(error.os_error)


def _no_tunnel(error: aiohttp.ClientHttpProxyError, route: Route) -> Fault:
    words = f"{route.first_hop} reached no server: {error.status} {error.message}".rstrip()
    return errors.ConnectionError, words, Fate.UNSENT


def _not_unpacked(error: NotUnpackedError, _: Route) -> Fault:
    return InvalidResponseError, f"the answer cannot be unpacked: {error}", Fate.FINAL


def _broken_off(_: Any, __: Route) -> Fault:
    return errors.ConnectionError, "the connection broke in the middle of the answer", Fate.UNKNOWN


def _not_http(error: aiohttp.ClientResponseError, route: Route) -> Fault:
    why = error.message.strip().partition("\n")[0].rstrip(":") or "no reason given"
    return InvalidResponseError, f"{route.server} does not answer as HTTP demands ({why})", Fate.FINAL


def _broken(error: Exception, _: Route) -> Fault:
    why = getattr(error, "strerror", None) or str(error) or "closed by the other side"
    return errors.ConnectionError, f"the connection broke before the answer came ({why})", Fate.UNKNOWN


_EXPLANATIONS: tuple[tuple[type[Exception], Callable[[Any, Route], Fault]], ...] = (
    (aiohttp.ConnectionTimeoutError, _no_connection_in_time),
    (aiohttp.ClientConnectorDNSError, _unknown_name),
    (aiohttp.ClientConnectorCertificateError, _bad_certificate),
    (aiohttp.ClientConnectorSSLError, _no_tls),
    (aiohttp.ClientProxyConnectionError, _no_proxy),
    (aiohttp.ClientConnectorError, _no_server),
    (NotUnpackedError, _not_unpacked),
    (aiohttp.ClientPayloadError, _broken_off),
    (aiohttp.ClientHttpProxyError, _no_tunnel),
    (aiohttp.ClientResponseError, _not_http),
)
"""The first that fits explains an error. What fits none came after the connection stood: the server may have acted."""


def scrub(error: PyWATSError, secrets: Iterable[str]) -> None:
    """Blot out secrets that a server or a proxy repeated in its words."""
    for secret in secrets:
        if len(secret) >= _SECRET_LENGTH and secret in error.detail:
            error.detail = error.detail.replace(secret, "***")
            error.args = (error.detail,)
        if isinstance(error, InvalidResponseError) and len(secret) >= _SECRET_LENGTH:
            error.body = error.body.replace(secret.encode(), b"***")
