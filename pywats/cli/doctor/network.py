"""The way to the server, one hop after the other: proxy, name, connection, certificate, answer, token, clock."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from pywats import transport
from pywats.cli.connection import Connection
from pywats.cli.doctor.finding import Finding, failed, ok, skipped, warning
from pywats.errors import ConfigurationError, ProxyError, PyWATSError
from pywats.exchange.answer import CLOCK_TOLERANCE, Answer, clock_ahead, words
from pywats.exchange.call import Call, Exchange, text
from pywats.settings import NO_RETRY, Options, ServerSettings, authorization_of
from pywats.text import reason_of
from pywats.transport.proxies import Proxy, proxy_for
from pywats.transport.tls import context_for

PATIENCE = 10.0
"""Seconds that each step may take."""

_EXPIRES_SOON = 14
_LOOPBACK = ("localhost", "127.", "[::1]", "::1")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LATER = ("dns", "tcp", "tls", "server", "token", "clock")


async def examine(connection: Connection) -> AsyncIterator[Finding]:
    """Yield what is found on the way to a server; where a hop fails, those behind it are skipped."""
    done: set[str] = set()
    async for finding in _hops(connection):
        done.add(finding.check)
        yield finding
        if finding.state == "failed" and finding.check in {"proxy", "dns", "tcp", "tls", "server"}:
            for check in _LATER:
                if check not in done:
                    yield skipped(check, f"needs {finding.check}")
            return


async def _hops(connection: Connection) -> AsyncIterator[Finding]:
    server = connection.server
    yield _address(server)
    try:
        proxy = proxy_for(server)
    except ConfigurationError as error:
        yield failed("proxy", str(error))
        return
    yield ok("proxy", f"{proxy.url}, named by {proxy.source}" if proxy else "none")
    host, port = _place(proxy.url if proxy else server.base_url)
    yield await _dns(host, proxy)
    yield await _tcp(host, port, proxy)
    if proxy is None:
        yield await _tls(server, host, port)
    else:
        yield skipped("tls", "behind a proxy it is part of the check of the server")
    async for finding in _conversation(connection):
        yield finding


def _address(server: ServerSettings) -> Finding:
    host, _ = _place(server.base_url)
    if server.base_url.startswith("http://") and not host.startswith(_LOOPBACK):
        return warning("base_url", server.base_url, "the token travels in the open; use https:// if the server has it")
    return ok("base_url", server.base_url)


def _place(address: str) -> tuple[str, int]:
    parts = urlsplit(address)
    return parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme]


async def _dns(host: str, proxy: Proxy | None) -> Finding:
    try:
        async with asyncio.timeout(PATIENCE):
            found = await asyncio.get_running_loop().getaddrinfo(host, None)
    except TimeoutError:
        return failed("dns", f"no answer about {host} within {PATIENCE:g} s", "check this machine's name servers")
    except (OSError, UnicodeError) as error:
        what = proxy.source if proxy else "base_url"
        reason = getattr(error, "strerror", None) or error
        return failed("dns", f"{host}: {reason}", f"is {what} right, and does this machine reach its name server?")
    return ok("dns", f"{host} is {', '.join(sorted({str(each[4][0]) for each in found}))}")


async def _tcp(host: str, port: int, proxy: Proxy | None) -> Finding:
    what = "the proxy" if proxy else "the server"
    begun = time.monotonic()
    try:
        async with asyncio.timeout(PATIENCE):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        found = f"{host}:{port} did not answer within {PATIENCE:g} s"
        return failed("tcp", found, f"does a firewall stand before {what}, or is the port wrong?")
    except ConnectionRefusedError:
        return failed("tcp", f"{host}:{port} refused the connection", f"does {what} run, and is the port right?")
    except OSError as error:
        return failed("tcp", f"{host}:{port}: {reason_of(error)}", f"is there a route to {what}?")
    took = time.monotonic() - begun
    writer.close()
    return ok("tcp", f"{host}:{port} answered in {took * 1000:.0f} ms")


async def _tls(server: ServerSettings, host: str, port: int) -> Finding:
    if server.base_url.startswith("http://"):
        return skipped("tls", "base_url begins with http://")
    try:
        context = context_for(server)
        async with asyncio.timeout(PATIENCE):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
    except ConfigurationError as error:
        return failed("tls", str(error))
    except ssl.SSLCertVerificationError as error:
        return failed("tls", f"the certificate of {host} was not accepted: {error.verify_message}", _remedy(error))
    except TimeoutError:
        return failed("tls", f"no TLS connection within {PATIENCE:g} s")
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "reason", None) or reason_of(error)
        return failed("tls", f"{host}:{port}: {reason}", "does it speak https at that port?")
    tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
    finding = _certificate(tls, verified=server.verify_ssl)
    writer.close()
    return finding


def _remedy(error: ssl.SSLCertVerificationError) -> str:
    message = error.verify_message.lower()
    if "mismatch" in message:
        return "name the server in base_url as its certificate does"
    if "expired" in message or "not yet valid" in message:
        return "renew the certificate, or set this machine's clock"
    return "if your company signs certificates itself, give its own one as ca_file (PEM)"


def _certificate(tls: ssl.SSLObject, *, verified: bool) -> Finding:
    version = tls.version() or "TLS"
    if not verified:
        return warning("tls", f"{version}, certificate not checked", "give ca_file instead of verify_ssl: false")
    certificate: dict[str, Any] = dict(tls.getpeercert() or {})
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
    issuer = ", ".join(value for part in certificate.get("issuer", ()) for key, value in part if "Name" in key)
    found = f"{version}, certificate by {issuer or 'an unnamed issuer'} until {until:%Y-%m-%d}"
    left = (until - datetime.now(UTC)).days
    return ok("tls", found) if left > _EXPIRES_SOON else warning("tls", found, "renew it before")


async def _conversation(connection: Connection) -> AsyncIterator[Finding]:
    """Ask the server two cheap things, with the token, once each."""
    way = transport.acquire(connection.server)
    try:
        before = time.time()
        try:
            answer = await _ask(way, connection, "/api/App/Version")
        except ProxyError as error:
            yield failed("proxy", error.detail)
            return
        except PyWATSError as error:
            yield failed("server", error.detail or str(error))
            return
        now = (before + time.time()) / 2
        finding = _server(answer)
        yield finding
        if finding.state != "failed":
            reading = await _ask(way, connection, "/api/Report/Query/Header", ("$top", "1"))
            yield _token(answer, reading, connection)
            yield _clock(answer, now)
    except PyWATSError as error:
        yield failed("token", str(error))
    finally:
        await transport.release(way)


async def _ask(way: transport.Transport, connection: Connection, path: str, *query: tuple[str, str]) -> Answer:
    asked = Call(verb="GET", path=path, query=query, read=_as_it_is, any_status=True)
    options = Options(timeout=PATIENCE, retry=NO_RETRY, authorization=authorization_of(connection.token))
    return await way.send(Exchange(asked, options))


def _as_it_is(answer: Answer) -> Answer:
    return answer


def _server(answer: Answer) -> Finding:
    if answer.is_html:
        advice = "is base_url the address of the API, or does a proxy or a log-in page answer?"
        return failed("server", f"answers a web page (status {answer.status}) instead of data", advice)
    if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return ok("server", "answers; it tells its version only to whom it knows")
    if answer.status == HTTPStatus.NOT_FOUND:
        return failed("server", f"{answer.path} is not there (404)", "is base_url right, its prefix included?")
    if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
        return failed(
            "server", f"answers {answer.status}: {words(answer) or 'no words'}", "try again, or ask its operator"
        )
    return ok("server", f"WATS {text(answer)[:40] or 'of an unnamed version'}")


def _token(version: Answer, reading: Answer, connection: Connection) -> Finding:
    where = f"read from {connection.token_source}"
    if HTTPStatus.UNAUTHORIZED in {version.status, reading.status}:
        advice = "make a new one in the WATS control panel, or mend that place"
        return failed("token", f"{connection.server.base_url} refused the token (401), {where}", advice)
    if reading.status == HTTPStatus.FORBIDDEN:
        advice = "it may still submit; for queries and jobs give it the right to read in the WATS control panel"
        return warning("token", f"accepted, but it may not read reports (403), {where}", advice)
    if reading.status >= HTTPStatus.MULTIPLE_CHOICES:
        return failed("token", f"a query was answered {reading.status}: {words(reading) or 'no words'}")
    return ok("token", f"accepted, {where}")


def _clock(answer: Answer, now: float) -> Finding:
    found = clock_ahead(answer.headers, now)
    if found is None:
        return skipped("clock", "the server's answer has no Date")
    ahead = round(found)
    if abs(ahead) <= CLOCK_TOLERANCE:
        return ok("clock", f"within {CLOCK_TOLERANCE:g} s of the server's")
    side = "ahead of" if ahead > 0 else "behind"
    advice = "set it by NTP: reports of the future are put aside by the server, and watermarks go wrong"
    return failed("clock", f"this machine's clock is {abs(ahead)} s {side} the server's", advice)
