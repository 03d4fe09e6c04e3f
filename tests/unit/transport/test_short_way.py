"""Which requests go below aiohttp's session: those that need nothing of it, while nobody watches it."""

import aiohttp
import pytest

from pywats.transport import session

WHOLE_WAY = vars(aiohttp.ClientSession)["_request"]


@pytest.fixture
def watched(monkeypatch):
    """What goes through sessions that a tracer watches."""
    seen: list[str] = []

    async def note(_, __, details):
        seen.append(details.method)

    plain = aiohttp.ClientSession.__init__

    def traced(self, *args, **settings):
        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(note)
        plain(self, *args, trace_configs=[trace], **settings)

    monkeypatch.setattr(aiohttp.ClientSession, "__init__", traced)
    return seen


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("verb", ["GET", "POST", "HEAD"])
async def test_a_plain_request_goes_there_with_releases_that_are_known(
    server, connect, ask, step, monkeypatch, known, verb
):
    monkeypatch.setattr(session, "_SHORT_WAY", known)
    server.script = [step.answer(b"" if verb == "HEAD" else b"1")]
    sent: list[str] = []

    async def note(self, request):
        sent.append(request.method)
        return await send_plain(self, request)

    send_plain = session.Session._send_plain
    monkeypatch.setattr(session.Session, "_send_plain", note)
    transport = connect(server.url)
    for _ in range(2):
        assert await transport.send(ask(verb, body=b"{}" if verb == "POST" else None)) in {b"", b"1"}
    assert sent == ([verb, verb] if known else [])
    assert server.connections == 1
    assert [request.body for request in server.requests] == [b"{}" if verb == "POST" else b""] * 2
    assert {request.headers["user-agent"] for request in server.requests} != {""}


async def test_a_tracer_sees_every_request(server, connect, ask, watched):
    await connect(server.url).send(ask("GET"))
    assert watched == ["GET"]


async def test_a_double_in_the_place_of_the_sessions_own_method_is_used(server, connect, ask, monkeypatch):
    asked: list[str] = []

    async def double(self, method, url, **settings):
        asked.append(method)
        return await WHOLE_WAY(self, method, url, **settings)

    transport = connect(server.url)
    await transport.send(ask("GET"))
    monkeypatch.setattr(aiohttp.ClientSession, "_request", double)
    await transport.send(ask("GET"))
    assert asked == ["GET"]
