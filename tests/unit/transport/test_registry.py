"""Which clients share a transport, and which must not."""

import asyncio
import os
import subprocess
import sys
import textwrap

import pytest
from waiting import PATIENCE

from pywats import transport
from pywats.errors import ClientClosedError, ConfigurationError
from pywats.settings import CircuitBreakerConfig, ServerSettings
from workers.limiter import RateLimit

# That a step took long is said in development mode; it is the fault of a busy machine.
NOT_SLOW = "import logging; logging.getLogger('asyncio').addFilter(lambda record: 'took' not in record.getMessage())\n"


def settings(base_url="http://tenant.example", **values):
    return ServerSettings(base_url=base_url, trust_env=False, **values)


async def test_clients_of_one_server_share_one_transport():
    first, second = transport.acquire(settings()), transport.acquire(settings("http://TENANT.example:80/api/"))
    assert first is second
    await transport.release(first)
    await transport.release(second)


@pytest.mark.parametrize(
    "other",
    [
        {"base_url": "http://other.example"},
        {"base_url": "http://tenant.example/wats"},
        {"verify_ssl": False},
        {"proxy": "http://proxy:1"},
    ],
)
async def test_another_place_is_another_transport(other):
    first, second = transport.acquire(settings()), transport.acquire(settings(**other))
    assert first is not second
    await transport.release(first)
    await transport.release(second)


async def test_the_last_user_closes_it(server, ask):
    first, second = transport.acquire(settings(server.url)), transport.acquire(settings(server.url))
    await transport.release(first)
    assert await second.send(ask()) == b"{}"
    await transport.release(second)
    with pytest.raises(ClientClosedError):
        await second.send(ask())
    third = transport.acquire(settings(server.url))
    assert third is not second
    assert await third.send(ask()) == b"{}"
    await transport.release(third)


async def test_giving_back_too_often_does_no_harm():
    first = transport.acquire(settings())
    await transport.release(first)
    await transport.release(first)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"rate_limit": RateLimit(100, 60.0)}, "rate_limit is 100/60s, but another client .* has 500/60s"),
        ({"rate_limit": None}, "rate_limit is no limit, but another client"),
        ({"max_connections": 5}, "max_connections is 5, but another client .* has 100"),
        ({"circuit_breaker": CircuitBreakerConfig(failure_threshold=2)}, "circuit_breaker is"),
        ({"max_answer_size": 1}, "max_answer_size is 1"),
    ],
)
async def test_two_that_ask_for_different_limits_of_one_server_get_an_error(other, words):
    first = transport.acquire(settings())
    with pytest.raises(ConfigurationError, match=words):
        transport.acquire(settings(**other))
    await transport.release(first)
    again = transport.acquire(settings(**other))
    await transport.release(again)


async def test_one_that_leads_sets_the_rate_and_one_that_follows_takes_it():
    first = transport.acquire(settings())
    other = RateLimit(100, 60.0)
    assert transport.acquire(settings(rate_limit=other, rate_rule="follow")) is first
    assert first.settings.rate_limit == RateLimit(500, 60.0)
    assert transport.acquire(settings(rate_limit=other, rate_rule="lead")) is first
    assert first.settings.rate_limit == first.statistics().limiter.limit == other
    with pytest.raises(ConfigurationError, match=r"rate_limit is 500/60s, but another client .* has 100/60s"):
        transport.acquire(settings())
    with pytest.raises(ConfigurationError, match="max_connections"):
        transport.acquire(settings(max_connections=5, rate_rule="lead"))
    for _ in range(3):
        await transport.release(first)


def test_another_loop_has_its_own_and_a_closed_one_is_forgotten():
    seen = []

    async def take(give_back):
        seen.append(transport.acquire(settings()))
        if give_back:
            await transport.release(seen[-1])

    asyncio.run(take(give_back=False))
    asyncio.run(take(give_back=True))
    assert seen[0] is not seen[1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
@pytest.mark.parametrize("collected", [False, True], ids=["at exit", "before"])
def test_a_forked_child_begins_anew_and_leaves_the_parents_connections_alone(collected):
    """The connection of the parent is used before the fork, and again after the child has ended."""
    program = textwrap.dedent("""
        import asyncio, os, sys, threading
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
        from pywats import transport
        from pywats.exchange.call import Call, Exchange, raw
        from pywats.settings import Options, ServerSettings

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def do_GET(self):
                place = str(self.client_address[1]).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(place)))
                self.end_headers()
                self.wfile.write(place)
            def log_message(self, *_): pass

        pid = os.getpid()
        serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        serving.daemon_threads = True
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        settings = ServerSettings(base_url=f"http://127.0.0.1:{serving.server_port}", trust_env=False)
        def ask(): return Exchange(Call(verb="GET", path="/", read=raw), Options())

        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        def run(work): return asyncio.run_coroutine_threadsafe(work, loop).result(50)
        async def acquire(): return transport.acquire(settings)
        shared = run(acquire())
        before = run(shared.send(ask()))

        async def child():
            own = transport.acquire(settings)
            assert own is not shared
            answer = await own.send(ask())
            await transport.release(own)
            await transport.release(shared)  # which is not the child's to close
            return answer

        if os.fork() == 0:
            loop._selector._selector.close()  # as the portal does: epoll is shared with the parent
            assert asyncio.run(child()) != before
            if "collected" in sys.argv:
                import gc
                transport.registry._inherited.clear()
                del shared
                gc.collect()
            sys.exit(7)
        assert os.waitstatus_to_exitcode(os.wait()[1]) == 7
        assert run(shared.send(ask())) == before
        run(transport.release(shared))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        serving.shutdown()
        serving.server_close()
    """)
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", NOT_SLOW + program, *["collected"] * collected]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
