"""What happens on the wire: how often a request reaches the server when connections break, hang and redirect."""

import asyncio
import errno
import gzip
import socket

import aiohttp
import pytest
from waiting import leap, soon

from pywats import errors
from pywats.errors import (
    CircuitOpenError,
    ClientClosedError,
    InvalidResponseError,
    RateLimitError,
    RedirectError,
    ServerError,
)
from pywats.exchange.call import body, query, url
from pywats.settings import NO_RETRY, CircuitBreakerConfig, RetryConfig
from pywats.transport import CircuitState, session
from workers.lanes import Lane

VERBS = ("GET", "PUT", "DELETE", "POST", "PATCH")
SAFE = ("GET", "PUT", "DELETE")
UNSAFE = ("POST", "PATCH")


@pytest.fixture(autouse=True, params=[True, False], ids=["short way", "whole way"])
def way(request, monkeypatch):
    """What happens on the wire is the same below aiohttp's session and through it."""
    monkeypatch.setattr(session, "_SHORT_WAY", request.param)


def verbs(server) -> list[str]:
    return [request.verb for request in server.requests]


class TestBrokenConnections:
    @pytest.mark.parametrize("fault", ["close", "reset", "half"])
    @pytest.mark.parametrize("verb", VERBS)
    async def test_what_is_safe_is_sent_again_and_the_rest_never(self, server, connect, ask, step, verb, fault):
        server.script = [getattr(step, fault), step.answer(b"1")]
        exchange = ask(verb)
        if verb in SAFE:
            assert await connect(server.url).send(exchange) == b"1"
            assert verbs(server) == [verb, verb]
            assert exchange.attempts == 2
        else:
            with pytest.raises(errors.ConnectionError, match="not known whether the server acted") as caught:
                await connect(server.url).send(exchange)
            assert verbs(server) == [verb]
            assert (caught.value.method, caught.value.path, caught.value.attempts) == (verb, "/api/Product/X", 1)
            assert isinstance(caught.value, ConnectionError)

    @pytest.mark.parametrize("fault", ["close", "reset", "half"])
    async def test_the_call_knows_better_than_its_verb(self, server, connect, ask, step, fault):
        server.script = [getattr(step, fault), step.answer(b"1")]
        report = ask("POST", "/api/Report/WSJF", repeatable=True)
        assert await connect(server.url).send(report) == b"1"
        assert report.attempts == 2

    @pytest.mark.parametrize("fault", ["close", "reset", "half"])
    async def test_a_put_that_adds_reaches_the_server_once(self, server, connect, ask, step, fault):
        """aiohttp by itself would send it twice, on a fresh connection as on a reused one."""
        server.script = [getattr(step, fault), step.answer()]
        count = ask("PUT", "/api/Asset/Count", query=query(serialNumber="A1", incrementBy=1), repeatable=False)
        with pytest.raises(errors.ConnectionError):
            await connect(server.url).send(count)
        assert len(server.requests) == count.attempts == 1

    @pytest.mark.parametrize("fault", ["close", "reset"])
    @pytest.mark.parametrize("verb", VERBS)
    async def test_the_same_on_a_connection_that_was_used_before(self, server, connect, ask, step, verb, fault):
        server.script = [step.answer(), getattr(step, fault), step.answer(b"1")]
        transport = connect(server.url)
        await transport.send(ask())
        exchange = ask(verb, repeatable=False)
        with pytest.raises(errors.ConnectionError):
            await transport.send(exchange)
        assert server.requests[0].connection == server.requests[1].connection
        assert verbs(server) == ["GET", verb]
        assert exchange.attempts == 1

    async def test_attempts_are_counted_as_the_server_counts_them(self, server, connect, ask, step):
        server.script = [step.answer(), step.close, step.reset, step.close, step.answer(b"1")]
        transport = connect(server.url)
        await transport.send(ask())
        exchange = ask(retry=RetryConfig(base_delay=0.0, max_attempts=4))
        assert await transport.send(exchange) == b"1"
        assert len(server.requests) - 1 == exchange.attempts == 4
        assert transport.statistics().repeated == 3

    async def test_aiohttp_itself_would_repeat(self, server, step):
        """The reason for all this; when it fails, aiohttp has changed and the middleware may go."""
        server.script = [step.close, step.answer()]
        async with aiohttp.ClientSession() as session, session.put(server.url) as response:
            assert response.status == 200
        assert len(server.requests) == 2

    async def test_a_connection_that_the_server_closed_in_the_meantime_is_not_used(self, server, connect, ask, step):
        server.script = [step.answer(Connection="close"), step.answer(b"1")]
        transport = connect(server.url)
        await transport.send(ask())
        assert await transport.send(ask("POST")) == b"1"
        assert server.connections == 2

    async def test_connections_are_kept_and_used_again(self, server, connect, ask):
        transport = connect(server.url)
        for _ in range(5):
            await transport.send(ask("POST", body=b"{}"))
        assert server.connections == transport.statistics().connections_opened == 1

    async def test_retries_can_be_turned_off(self, server, connect, ask, step):
        server.script = [step.close]
        with pytest.raises(errors.ConnectionError):
            await connect(server.url).send(ask(retry=NO_RETRY))
        assert len(server.requests) == 1


class TestUnreached:
    @pytest.mark.parametrize("verb", VERBS)
    async def test_a_refused_connection_is_tried_again_for_every_verb(self, connect, ask, free_port, verb):
        exchange = ask(verb, repeatable=False)
        with pytest.raises(errors.ConnectionError, match="refused; nothing listens there") as caught:
            await connect(f"http://127.0.0.1:{free_port}").send(exchange)
        assert caught.value.attempts == exchange.attempts == 3
        assert caught.value.unsent
        assert isinstance(caught.value.__cause__, ConnectionRefusedError)

    async def test_what_may_have_reached_the_server_once_is_not_called_unsent(
        self, server, connect, ask, step, monkeypatch
    ):
        """The last attempt finds nobody, but the first one did."""

        async def refuse(*_, **__):
            raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")

        async def once(reader, writer):
            monkeypatch.setattr("aiohttp.connector.aiohappyeyeballs.start_connection", refuse)
            await step.close(reader, writer)

        server.script = [once]
        with pytest.raises(errors.ConnectionError, match="refused") as caught:
            await connect(server.url).send(ask())
        assert not caught.value.unsent

    async def test_a_post_gets_through_once_the_server_is_up(self, server, connect, ask, free_port):
        listening = await asyncio.start_server(server, "127.0.0.1", free_port, start_serving=False)
        starting = []
        transport = connect(
            f"http://127.0.0.1:{free_port}",
            on_retry=lambda _: starting.append(asyncio.ensure_future(listening.start_serving())),
        )
        assert await transport.send(ask("POST", retry=RetryConfig(base_delay=0.02, jitter=False))) == b"{}"
        assert verbs(server) == ["POST"]
        assert len(starting) == 1
        listening.close()

    async def test_a_name_that_does_not_resolve_is_named(self, connect, ask, monkeypatch):
        def unknown(*_, **__):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)  # there are networks that know every name
        with pytest.raises(errors.ConnectionError, match=r"the name nowhere\.invalid cannot be resolved") as caught:
            await connect("http://nowhere.invalid").send(ask())
        assert "is base_url right" in str(caught.value)

    async def test_a_server_that_accepts_nothing_is_a_timeout(self, connect, ask, monkeypatch):
        monkeypatch.setattr("pywats.transport.session.CONNECT_TIMEOUT", 0.05)

        async def never(*_, **__):
            await asyncio.sleep(60)

        monkeypatch.setattr("aiohttp.connector.aiohappyeyeballs.start_connection", never)
        exchange = ask("POST")
        with pytest.raises(
            errors.TimeoutError, match=r"no connection to http://127\.0\.0\.1:9 within 0\.05 s"
        ) as caught:
            await connect("http://127.0.0.1:9").send(exchange)
        assert isinstance(caught.value, TimeoutError)
        assert caught.value.unsent
        assert exchange.attempts == 3

    async def test_so_is_one_that_outlasts_the_call(self, connect, ask, monkeypatch):
        async def never(*_, **__):
            await asyncio.sleep(60)

        monkeypatch.setattr("aiohttp.connector.aiohappyeyeballs.start_connection", never)
        transport = connect("http://127.0.0.1:9")
        with pytest.raises(errors.TimeoutError, match=r"no connection within 0\.05 s$") as caught:
            await transport.send(ask("POST", timeout=0.05))
        assert caught.value.unsent
        call = asyncio.ensure_future(transport.send(ask()))
        await soon(lambda: transport.statistics().under_way)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert call.cancelled()


class TestTimeouts:
    @pytest.mark.parametrize("verb", ["GET", "POST"])
    async def test_a_server_that_says_nothing(self, server, connect, ask, step, verb):
        server.script = [step.hang]
        call = asyncio.ensure_future(connect(server.url).send(ask(verb, timeout=60)))
        await soon(lambda: server.requests)
        leap(60)
        with pytest.raises(errors.TimeoutError, match="no answer within 60 s") as caught:
            await call
        assert ("not known whether" in str(caught.value)) is (verb == "POST")
        assert not caught.value.unsent
        assert (caught.value.method, caught.value.path, caught.value.attempts) == (verb, "/api/Product/X", 1)

    async def test_a_body_that_does_not_end(self, server, connect, ask):
        async def drip(_, writer):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
            await asyncio.Event().wait()

        server.script = [drip]
        call = asyncio.ensure_future(connect(server.url).send(ask(timeout=60)))
        await soon(lambda: server.requests)
        leap(60)
        with pytest.raises(errors.TimeoutError):
            await call

    async def test_the_connection_of_a_late_answer_is_not_used_again(self, server, connect, ask, step):
        release = asyncio.Event()

        async def late(_, writer):
            await release.wait()
            writer.write(step.answer(b"late"))

        server.script = [late, step.answer(b"in time")]
        transport = connect(server.url)
        call = asyncio.ensure_future(transport.send(ask(timeout=60)))
        await soon(lambda: server.requests)
        leap(60)
        with pytest.raises(errors.TimeoutError):
            await call
        release.set()
        assert await transport.send(ask()) == b"in time"
        assert server.connections == 2


class TestUnsafeStatuses:
    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    @pytest.mark.parametrize("verb", VERBS)
    async def test_a_failure_of_the_server_is_repeated_only_where_safe(self, server, connect, ask, step, verb, status):
        server.script = [step.answer(status=status), step.answer(b"1")]
        exchange = ask(verb)
        if verb in SAFE:
            assert await connect(server.url).send(exchange) == b"1"
        else:
            with pytest.raises(ServerError):
                await connect(server.url).send(exchange)
        assert len(server.requests) == exchange.attempts == (2 if verb in SAFE else 1)

    @pytest.mark.parametrize("verb", VERBS)
    async def test_a_429_is_repeated_for_every_verb(self, server, connect, ask, step, verb):
        server.script = [step.answer(status=429), step.answer(b"1")]
        exchange = ask(verb, repeatable=False)
        assert await connect(server.url).send(exchange) == b"1"
        assert exchange.attempts == 2

    async def test_a_429_with_retry_after_closes_the_gate_for_all(self, server, connect, ask, step):
        server.script = [step.answer(status=429, Retry_After="30"), step.answer(b"1")]
        transport = connect(server.url)
        first = asyncio.ensure_future(transport.send(ask("POST", timeout=25)))  # the gate does not count
        await soon(lambda: transport.statistics().limiter.gate_closings)
        second = asyncio.ensure_future(transport.send(ask(timeout=25)))
        await soon(lambda: transport.statistics().limiter.waiting_interactive == 2)
        assert len(server.requests) == 1
        leap(30)
        assert await asyncio.gather(first, second) == [b"1", b"1"]

    async def test_retry_after_is_told_and_capped(self, server, connect, ask, step):
        server.script = [step.answer(status=429, Retry_After="3600")]
        transport = connect(server.url)
        with pytest.raises(RateLimitError) as caught:
            await transport.send(ask(retry=NO_RETRY))
        assert caught.value.retry_after == 3600
        assert transport.statistics().limiter.gate_closed_for <= 30

    async def test_a_date_in_retry_after_counts_from_the_servers_clock(self, server, connect, ask, step):
        server.script = [
            step.answer(status=503, Retry_After="Sun, 01 Mar 2020 12:00:00 GMT", Date="Sun, 01 Mar 2020 11:59:59 GMT"),
            step.answer(b"1"),
        ]
        delays = []
        transport = connect(server.url, on_retry=lambda details: delays.append(details.delay))
        assert await transport.send(ask()) == b"1"
        assert delays == [1.0]

    async def test_a_retry_reports_its_details(self, server, connect, ask, step):
        server.script = [step.answer(b'"busy"', status=503), step.answer(b"1")]
        seen = []
        exchange = ask("PUT")
        await connect(server.url, on_retry=seen.append).send(exchange)
        (details,) = seen
        assert (details.method, details.path, details.attempt, details.delay) == ("PUT", "/api/Product/X", 1, 0.0)
        assert details.request_id == exchange.request_id
        assert isinstance(details.error, ServerError)
        assert details.error.detail == "busy"


class TestOutage:
    async def test_the_quota_keeps_an_outage_from_being_multiplied(self, server, connect, ask, step):
        server.script = [step.answer(status=503)]
        transport = connect(server.url, circuit_breaker=None)
        calls = [transport.send(ask()) for _ in range(200)]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {ServerError}
        assert len(server.requests) == 200 + 100  # and not 600

    async def test_the_breaker_opens_fails_at_once_and_lets_one_probe_go(self, server, connect, ask, step):
        server.script = [step.answer(b'"down"', status=503)]
        config = CircuitBreakerConfig(failure_threshold=4, timeout_seconds=60)
        transport = connect(server.url, circuit_breaker=config)
        for _ in range(4):
            with pytest.raises(ServerError):
                await transport.send(ask("POST"))
        with pytest.raises(CircuitOpenError, match=r"after 4 failures in a row.*it answered 503") as caught:
            await transport.send(ask())
        assert 0 < caught.value.retry_after <= 60
        assert caught.value.attempts == 0
        assert len(server.requests) == 4

        leap(caught.value.retry_after)
        release = asyncio.Event()

        async def probe(_, writer):
            await release.wait()
            writer.write(step.answer(b"1"))

        server.script = [probe, step.answer(b"2")]
        probing = asyncio.ensure_future(transport.send(ask()))
        await soon(lambda: transport.statistics().circuit is CircuitState.HALF_OPEN)
        with pytest.raises(CircuitOpenError, match="a probe is under way"):
            await transport.send(ask())
        release.set()
        assert await probing == b"1"
        assert await transport.send(ask()) == b"2"
        assert len(server.requests) == 6

    async def test_a_retry_that_meets_the_open_breaker_shows_what_happened_to_the_call(
        self, server, connect, ask, step
    ):
        server.script = [step.answer(status=503)]
        transport = connect(server.url, circuit_breaker=CircuitBreakerConfig(failure_threshold=2))
        with pytest.raises(ServerError) as caught:
            await transport.send(ask(retry=RetryConfig(base_delay=0.0, max_attempts=5)))
        assert caught.value.attempts == len(server.requests) == 2

    async def test_errors_of_the_caller_do_not_open_it(self, server, connect, ask, step):
        server.script = [step.answer(status=404)]
        transport = connect(server.url, circuit_breaker=CircuitBreakerConfig(failure_threshold=2))
        for _ in range(5):
            with pytest.raises(errors.NotFoundError):
                await transport.send(ask())

    async def test_a_probe_that_times_out_opens_it_again(self, server, connect, ask, step):
        server.script = [step.answer(status=503), step.hang]
        config = CircuitBreakerConfig(failure_threshold=1, timeout_seconds=60)
        transport = connect(server.url, circuit_breaker=config)
        with pytest.raises(ServerError):
            await transport.send(ask("POST"))
        leap(60)
        probing = asyncio.ensure_future(transport.send(ask(timeout=60)))
        await soon(lambda: len(server.requests) == 2)
        leap(60)
        with pytest.raises(errors.TimeoutError):
            await probing
        assert transport.statistics().circuit is CircuitState.OPEN

    async def test_a_cancelled_probe_lets_another_one_go(self, server, connect, ask, step):
        server.script = [step.answer(status=503), step.hang, step.answer(b"1")]
        config = CircuitBreakerConfig(failure_threshold=1, timeout_seconds=60)
        transport = connect(server.url, circuit_breaker=config)
        with pytest.raises(ServerError):
            await transport.send(ask("POST"))
        leap(60)
        probing = asyncio.ensure_future(transport.send(ask()))
        await soon(lambda: len(server.requests) == 2)
        probing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await probing
        assert await transport.send(ask()) == b"1"


class TestRedirects:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    async def test_a_get_follows_within_the_origin(self, server, connect, ask, step, status):
        server.script = [step.answer(status=status, Location="/api/Moved?a=b%20c"), step.answer(b"1")]
        exchange = ask()
        assert await connect(server.url).send(exchange) == b"1"
        assert [request.target for request in server.requests] == ["/api/Product/X", "/api/Moved?a=b%20c"]
        assert exchange.attempts == 1
        assert "authorization" in server.requests[1].headers

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    @pytest.mark.parametrize("verb", ["POST", "PUT", "DELETE", "PATCH"])
    async def test_nothing_else_follows(self, server, connect, ask, step, verb, status):
        server.script = [step.answer(status=status, Location="/login?next=secret")]
        with pytest.raises(RedirectError, match=rf"redirects to {server.url}/login, which was not followed") as caught:
            await connect(server.url).send(ask(verb))
        assert verbs(server) == [verb]
        assert caught.value.status == status
        assert "secret" not in str(caught.value)

    @pytest.mark.parametrize(
        ("location", "base"),
        [
            ("https://tenant.example/api/Product/X?t=secret", "https://tenant.example"),
            ("http://other.example:8080/wats/API/product/X", "http://other.example:8080/wats"),
        ],
    )
    async def test_another_origin_is_never_given_the_token(self, server, connect, ask, step, location, base):
        server.script = [step.answer(status=302, Location=location)]
        with pytest.raises(RedirectError, match=f"set base_url to {base}$") as caught:
            await connect(server.url).send(ask())
        assert "secret" not in str(caught.value)
        assert len(server.requests) == 1

    @pytest.mark.parametrize("location", ["javascript:alert(1)", "http://[", "//", "mailto:a@b"])
    async def test_a_location_that_is_none(self, server, connect, ask, step, location):
        server.script = [step.answer(status=302, Location=location)]
        with pytest.raises(RedirectError):
            await connect(server.url).send(ask())

    async def test_a_circle_ends(self, server, connect, ask, step):
        server.script = [step.answer(status=302, Location="/api/Product/X")]
        with pytest.raises(RedirectError, match="more than 5 times"):
            await connect(server.url).send(ask())
        assert len(server.requests) == 6

    async def test_each_step_takes_a_token(self, server, connect, ask, step):
        server.script = [step.answer(status=302, Location="/api/Moved"), step.answer()]
        transport = connect(server.url)
        await transport.send(ask())
        assert transport.statistics().limiter.started == 2


class TestBodies:
    async def test_gzip_is_unpacked(self, server, connect, ask, step):
        packed = gzip.compress(b"one") + gzip.compress(b"two")
        server.script = [step.answer(packed, Content_Encoding="gzip")]
        assert await connect(server.url).send(ask()) == b"onetwo"
        assert server.requests[0].headers["accept-encoding"] == "gzip"

    @pytest.mark.parametrize(
        ("packed", "encoding", "words"),
        [
            (gzip.compress(b"x" * 1000, mtime=0)[:-10], "gzip", "ends in the middle"),
            (b"no gzip", "gzip", "no gzip"),
            (b"x", "br", "'br' was not asked for"),
        ],
    )
    async def test_what_cannot_be_unpacked_is_an_error(self, server, connect, ask, step, packed, encoding, words):
        server.script = [step.answer(packed, Content_Encoding=encoding)]
        with pytest.raises(InvalidResponseError, match=words):
            await connect(server.url).send(ask())
        assert len(server.requests) == 1

    @pytest.mark.parametrize("how", ["announced", "chunked", "packed"])
    async def test_an_answer_larger_than_allowed_is_not_taken_into_memory(self, server, connect, ask, step, how):
        content = b"x" * 10_000
        server.script = {
            "announced": [step.answer(content)],
            "chunked": [
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"400\r\n%b\r\n" % (b"x" * 1024) * 99
            ],
            "packed": [step.answer(gzip.compress(content), Content_Encoding="gzip")],
        }[how]
        transport = connect(server.url, max_answer_size=5_000)
        with pytest.raises(InvalidResponseError, match=r"larger than 5,000 bytes.*api\.http\.stream"):
            await transport.send(ask())
        server.script = [step.answer(b"1")]
        assert await transport.send(ask()) == b"1"

    async def test_a_large_body_goes_out_whole_and_again_when_repeated(self, server, connect, ask, step):
        report = body({"text": "x" * 3_000_000})
        server.script = [step.answer(status=503), step.answer()]
        await connect(server.url).send(ask("POST", body=report, repeatable=True))
        assert [request.body == report for request in server.requests] == [True, True]

    async def test_what_is_no_http_is_an_error(self, server, connect, ask):
        server.script = [b"SSH-2.0-OpenSSH_9.6\r\n\r\n"]
        with pytest.raises(InvalidResponseError, match="does not answer as HTTP demands"):
            await connect(server.url).send(ask())


class TestAddresses:
    @pytest.mark.parametrize(
        ("name", "target"),
        [
            ("A/B #1?%20 æ", "/api/Product/A%2FB%20%231%3F%2520%20%C3%A6"),
            ("a+b&c=d;e", "/api/Product/a%2Bb%26c%3Dd%3Be"),
            ("%2e%2e", "/api/Product/%252e%252e"),
            ("é\u0301\U0001f600", "/api/Product/%C3%A9%CC%81%F0%9F%98%80"),
        ],
    )
    async def test_names_reach_the_server_whole(self, server, connect, ask, name, target):
        await connect(server.url).send(ask(path=url("/api/Product/{}", name)))
        assert server.requests[0].target == target

    async def test_so_do_query_values(self, server, connect, ask):
        values = query(filter_="partNumber eq 'A/B #1?%20 æ+'", top_=10, flag=True, none=None)
        await connect(server.url).send(ask(path="/api/X", query=values))
        assert server.requests[0].target == (
            "/api/X?$filter=partNumber%20eq%20%27A%2FB%20%231%3F%2520%20%C3%A6%2B%27&$top=10&flag=true"
        )

    @pytest.mark.parametrize("tail", ["", "/", "/api", "/API/"])
    async def test_the_prefix_of_the_base_url_is_kept(self, server, connect, ask, tail):
        await connect(f"{server.url}/wats{tail}").send(ask())
        assert server.requests[0].target == "/wats/api/Product/X"


class TestClosing:
    async def test_what_is_under_way_is_answered(self, server, connect, ask, step):
        server.script = [step.hang]
        transport = connect(server.url, max_connections=1)
        calls = [asyncio.ensure_future(transport.send(ask(lane=Lane.BULK))) for _ in range(3)]
        await soon(lambda: server.requests)
        await transport.close()
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {ClientClosedError}
        assert transport.statistics().under_way == 0
        assert transport.statistics().slots.held == 0

    async def test_afterwards_nothing_is_taken(self, server, connect, ask):
        transport = connect(server.url)
        await transport.send(ask())
        await transport.close()
        await transport.close()
        with pytest.raises(ClientClosedError):
            await transport.send(ask())

    async def test_a_caller_that_was_cancelled_before_stays_cancelled(self, server, connect, ask, step):
        server.script = [step.hang]
        transport = connect(server.url)
        call = asyncio.ensure_future(transport.send(ask()))
        await soon(lambda: server.requests)
        call.cancel()
        await transport.close()
        with pytest.raises(asyncio.CancelledError):
            await call

    async def test_a_cancelled_call_frees_its_slot_and_connection(self, server, connect, ask, step):
        server.script = [step.hang, step.answer(b"1")]
        transport = connect(server.url, max_connections=1)
        call = asyncio.ensure_future(transport.send(ask()))
        await soon(lambda: server.requests)
        call.cancel()
        assert await transport.send(ask()) == b"1"
        assert call.cancelled()
