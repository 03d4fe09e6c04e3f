"""Certificates and proxies, with real handshakes on the loopback address."""

import asyncio
import base64
import contextlib
import ssl
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
import trustme

from pywats import errors
from pywats.errors import ConfigurationError, InvalidResponseError, ProxyError
from pywats.settings import ServerSettings
from pywats.transport.proxies import proxy_for, schemes_of

USER, PASSWORD = "station-7", "p@ss/w:rd#1"
QUOTED = "station-7:p%40ss%2Fw%3Ard%231"
BASIC = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def ca_file(authority, tmp_path):
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


def context(authority, *names):
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names).configure_cert(made)
    return made


@contextlib.asynccontextmanager
async def listening(handler, tls=None):
    server = await asyncio.start_server(handler, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


@dataclass
class Proxy:
    """A forward proxy: CONNECT for https, absolute addresses for http."""

    challenges: tuple[str, ...] = ()
    refusal: str = ""
    seen: list[tuple[str, str | None]] = field(default_factory=list)

    async def __call__(self, reader, writer):
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                first, *lines = head.strip().split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                verb, target, _ = first.split(" ")
                self.seen.append((f"{verb} {target}", headers.get("proxy-authorization")))
                if self.refusal:
                    writer.write(f"HTTP/1.1 {self.refusal}\r\nContent-Length: 0\r\n\r\n".encode())
                    break
                if self.challenges and headers.get("proxy-authorization") != f"Basic {BASIC}":
                    offers = "".join(f"Proxy-Authenticate: {challenge}\r\n" for challenge in self.challenges)
                    writer.write(f"HTTP/1.1 407 No\r\n{offers}Content-Length: 0\r\n\r\n".encode())
                    break
                if verb == "CONNECT":
                    await self._tunnel(reader, writer, target)
                    break
                await self._forward(writer, verb, target, lines)
        await self._end(writer)

    @staticmethod
    async def _end(writer):
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()

    async def _tunnel(self, reader, writer, target):
        host, _, port = target.partition(":")
        there, back = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(self._copy(reader, back), self._copy(there, writer))

    @staticmethod
    async def _copy(reader, writer):
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(65536):
                writer.write(chunk)
                await writer.drain()
        writer.close()

    async def _forward(self, writer, verb, target, lines):
        parts = urlsplit(target)
        there, back = await asyncio.open_connection(parts.hostname, parts.port)
        kept = "".join(f"{line}\r\n" for line in lines if not line.lower().startswith("proxy-"))
        back.write(f"{verb} {parts.path} HTTP/1.1\r\n{kept}\r\n".encode())
        head = await there.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        writer.write(head + await there.readexactly(length))
        back.close()


@pytest.fixture
async def secure_server(server, authority):
    async with listening(server, context(authority, "127.0.0.1", "localhost")) as port:
        yield f"https://127.0.0.1:{port}"


class TestCertificates:
    async def test_a_company_authority_is_trusted_by_its_file(self, secure_server, connect, ask, ca_file):
        assert await connect(secure_server, ca_file=ca_file).send(ask()) == b"{}"

    async def test_an_unknown_authority_is_refused_with_what_to_do(self, secure_server, server, connect, ask):
        exchange = ask()
        with pytest.raises(errors.ConnectionError, match=r"unable to get local issuer.*ca_file=.*verify_ssl") as caught:
            await connect(secure_server).send(exchange)
        assert exchange.attempts == 1
        assert server.requests == []
        assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)

    async def test_another_hosts_certificate_is_refused(self, server, authority, connect, ask, ca_file):
        async with listening(server, context(authority, "other.example")) as port:
            with pytest.raises(errors.ConnectionError, match=r"not valid for '127\.0\.0\.1'"):
                await connect(f"https://127.0.0.1:{port}", ca_file=ca_file).send(ask())

    async def test_the_check_can_be_turned_off_which_is_logged(self, secure_server, connect, ask, caplog):
        assert await connect(secure_server, verify_ssl=False).send(ask()) == b"{}"
        assert [record.message for record in caplog.records if "certificate_check_off" in record.message] == [
            f"certificate_check_off server={secure_server}"
        ]

    async def test_https_to_a_port_that_speaks_http(self, connect, ask, step):
        async def complain(reader, writer):
            await reader.read(1)
            writer.write(step.answer(status=400))
            await writer.drain()
            writer.close()

        async with listening(complain) as port:
            with pytest.raises(errors.ConnectionError, match="does it speak https at that port"):
                await connect(f"https://127.0.0.1:{port}").send(ask())

    async def test_http_to_a_port_that_speaks_https(self, secure_server, connect, ask):
        with pytest.raises((InvalidResponseError, errors.ConnectionError)):
            await connect(secure_server.replace("https:", "http:")).send(ask())

    @pytest.mark.parametrize(("content", "words"), [(None, "cannot be read: No such file"), ("text", "holds no cert")])
    async def test_a_bad_ca_file_is_named_at_once(self, connect, tmp_path, content, words):
        path = tmp_path / "ca.pem"
        if content is not None:
            path.write_text(content)
        with pytest.raises(ConfigurationError, match=words) as caught:
            connect("https://tenant.example", ca_file=str(path))
        assert str(path) in str(caught.value)

    async def test_connections_are_closed_in_order(self, secure_server, connect, ask, ca_file, recwarn):
        transport = connect(secure_server, ca_file=ca_file)
        await asyncio.gather(*(transport.send(ask()) for _ in range(5)))
        await transport.close()
        assert not recwarn.list


class TestProxies:
    @pytest.mark.parametrize("tls", [False, True], ids=["http proxy", "https proxy"])
    @pytest.mark.parametrize("encrypted", [False, True], ids=["http server", "https server"])
    async def test_requests_go_through_it(
        self, server, secure_server, authority, connect, ask, ca_file, tls, encrypted
    ):
        proxy = Proxy(challenges=("Basic realm=x",))
        base = secure_server if encrypted else server.url
        async with listening(proxy, context(authority, "127.0.0.1") if tls else None) as port:
            place = f"{'https' if tls else 'http'}://{QUOTED}@127.0.0.1:{port}"
            transport = connect(base, proxy=place, ca_file=ca_file)
            for _ in range(2):
                assert await transport.send(ask()) == b"{}"
            await transport.close()
        assert {authorization for _, authorization in proxy.seen} == {f"Basic {BASIC}"}
        assert len(server.requests) == 2
        assert all("proxy-authorization" not in request.headers for request in server.requests)
        assert proxy.seen[0][0].startswith("CONNECT " if encrypted else "GET http://")

    @pytest.mark.parametrize("encrypted", [False, True], ids=["http server", "https server"])
    @pytest.mark.parametrize(
        ("challenges", "given", "schemes", "words"),
        [
            (("Negotiate", "NTLM"), "", ("Negotiate", "NTLM"), r"Negotiate, NTLM\); pywats can give it a user name"),
            (('Basic realm="a, b"',), "", ("Basic",), "give it a user name and password"),
            (('Basic realm="a"',), "me:wrong-password@", ("Basic",), "did not accept the user name and password"),
        ],
    )
    async def test_a_407_names_the_schemes(
        self, server, secure_server, connect, ask, ca_file, encrypted, challenges, given, schemes, words
    ):
        proxy = Proxy(challenges=challenges)
        exchange = ask()
        async with listening(proxy) as port:
            transport = connect(
                secure_server if encrypted else server.url, proxy=f"http://{given}127.0.0.1:{port}", ca_file=ca_file
            )
            with pytest.raises(ProxyError, match=words) as caught:
                await transport.send(exchange)
            await transport.close()
        error = caught.value
        assert (error.status, error.method, error.path, error.attempts) == (407, "GET", "/api/Product/X", 1)
        assert tuple(error.schemes) == schemes
        assert f"http://127.0.0.1:{port}" in str(error)
        assert "wrong-password" not in repr(error)
        assert server.requests == []

    async def test_another_refusal_of_the_proxy(self, secure_server, connect, ask, ca_file):
        async with listening(Proxy(refusal="403 Forbidden")) as port:
            transport = connect(secure_server, proxy=f"127.0.0.1:{port}", ca_file=ca_file)
            with pytest.raises(ProxyError, match="refused the request: Forbidden") as caught:
                await transport.send(ask())
            await transport.close()
        assert (caught.value.status, caught.value.attempts) == (403, 1)

    async def test_a_tunnel_that_cannot_be_built_is_tried_again_for_every_verb(
        self, secure_server, connect, ask, ca_file
    ):
        proxy = Proxy(refusal="502 Bad Gateway")
        async with listening(proxy) as port:
            transport = connect(secure_server, proxy=f"127.0.0.1:{port}", ca_file=ca_file)
            with pytest.raises(
                errors.ConnectionError, match=r"reached no server: 502 Bad Gateway \(after 3 attempts"
            ) as caught:
                await transport.send(ask("POST"))
            await transport.close()
        assert caught.value.unsent
        assert len(proxy.seen) == 3

    async def test_a_proxy_that_is_not_there_is_named(self, server, connect, ask, free_port):
        transport = connect(server.url, proxy=f"http://{QUOTED}@127.0.0.1:{free_port}")
        with pytest.raises(
            errors.ConnectionError, match=r"no connection to the proxy http://127\.0\.0\.1:\d+ \(from proxy"
        ):
            await transport.send(ask())

    async def test_it_is_taken_from_the_environment(self, server, connect, ask, monkeypatch):
        proxy = Proxy()
        async with listening(proxy) as port:
            monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
            monkeypatch.delenv("no_proxy", raising=False)
            transport = connect(server.url, trust_env=True)
            assert await transport.send(ask()) == b"{}"
            await transport.close()
        assert len(proxy.seen) == 1


class TestFindingAProxy:
    @pytest.fixture(autouse=True)
    def clean(self, monkeypatch):
        for name in ("http", "https", "all", "no"):
            monkeypatch.delenv(f"{name}_proxy", raising=False)
            monkeypatch.delenv(f"{name.upper()}_PROXY", raising=False)

    def found(self, base_url="https://tenant.example", **settings):
        return proxy_for(ServerSettings(base_url=base_url, **settings))

    def test_there_may_be_none(self):
        assert self.found() is None

    @pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
    def test_by_the_environment(self, monkeypatch, name):
        monkeypatch.setenv(name, "http://proxy:8080")
        assert self.found().url == "http://proxy:8080"
        assert self.found().source == name.upper()
        assert self.found(trust_env=False) is None
        assert self.found(proxy="http://own:1").url == "http://own:1"

    def test_by_the_scheme_of_the_server(self, monkeypatch):
        monkeypatch.setenv("HTTP_PROXY", "http://plain:1")
        monkeypatch.setenv("HTTPS_PROXY", "http://secure:1")
        assert self.found().url == "http://secure:1"
        assert self.found("http://tenant.example").url == "http://plain:1"

    @pytest.mark.parametrize("value", ["*", "tenant.example", ".example", "other, tenant.example:8443", "example"])
    def test_no_proxy(self, monkeypatch, value):
        monkeypatch.setenv("HTTPS_PROXY", "http://proxy:8080")
        monkeypatch.setenv("NO_PROXY", value)
        assert self.found("https://tenant.example:8443") is None

    def test_an_https_proxy_from_the_environment_is_used_and_not_ignored(self, monkeypatch):
        monkeypatch.setenv("HTTPS_PROXY", "https://proxy:8443")
        assert self.found().url == "https://proxy:8443"

    @pytest.mark.parametrize("value", ["socks5://proxy:1080", "ftp://proxy"])
    def test_another_kind_is_refused_and_not_ignored(self, monkeypatch, value):
        monkeypatch.setenv("HTTPS_PROXY", value)
        with pytest.raises(ConfigurationError, match=r"HTTPS_PROXY names a .* only http and https proxies"):
            self.found()

    @pytest.mark.parametrize(
        "value",
        [
            "http://me:p/assw0rd@proxy:8080",
            "http://me:passw0rd#@proxy:8080",
            "http://me:passw0rd@proxy:port",
            "http://me:passw0rd@:8080",
            "http://me:passw0rd@[proxy",
            "http://proxy:8080/path",
            "",
        ],
    )
    def test_what_is_no_address_is_refused_without_showing_it(self, value):
        with pytest.raises(ConfigurationError, match="proxy is not an address") as caught:
            self.found(proxy=value)
        assert "assw0rd" not in repr(caught.value)

    def test_the_password_is_decoded_and_never_shown(self):
        proxy = self.found(proxy=f"http://{QUOTED}@proxy:8080")
        assert proxy.authorization == f"Basic {BASIC}"
        assert proxy.url == "http://proxy:8080"
        assert BASIC not in repr(proxy)
        assert "station-7" not in repr(proxy)

    @pytest.mark.parametrize(
        ("challenges", "schemes"),
        [
            ([], ()),
            ([""], ()),
            (["Negotiate", "NTLM TlRMTVNTUAAC=="], ("Negotiate", "NTLM")),
            (['Negotiate, NTLM, Basic realm="x"'], ("Negotiate", "NTLM", "Basic")),
            (['Basic realm="a, b \\" Digest", charset="UTF-8", Digest realm = "x", qop=auth'], ("Basic", "Digest")),
        ],
    )
    def test_schemes_are_told_from_their_parameters(self, challenges, schemes):
        assert schemes_of(challenges) == schemes
