"""Which status becomes which error or result, without a network."""

import asyncio

import pytest

from pywats.errors import (
    AuthenticationError,
    AuthorizationError,
    ConflictError,
    InvalidResponseError,
    NotFoundError,
    ProxyError,
    PyWATSError,
    RateLimitError,
    RedirectError,
    ServerError,
    ValidationError,
    WatsApiError,
)
from pywats.exchange.call import Call, Exchange, body, many, maybe, nothing, one, raw, raw_or_none, text
from pywats.exchange.wire import PyWATSModel
from pywats.settings import NO_RETRY, Options, RetryConfig, ServerSettings
from pywats.transport import Transport
from workers.limiter import RateLimit
from workers.testing import virtual_time

BASE = "https://tenant.example"
PATH = "/api/Product/X"


class Thing(PyWATSModel):
    part_number: str


def exchange(read=raw, **call):
    return Exchange(Call(verb="GET", path=PATH, read=read, **call), Options(retry=NO_RETRY, authorization="Basic x"))


@pytest.fixture
async def transport(mocked):  # noqa: ARG001 - it must be in place first
    made = Transport(ServerSettings(base_url=BASE, trust_env=False, circuit_breaker=None, rate_limit=None))
    yield made
    await made.close()


STATUSES = [
    (400, ValidationError),
    (401, AuthenticationError),
    (403, AuthorizationError),
    (404, NotFoundError),
    (405, WatsApiError),
    (407, ProxyError),
    (409, ConflictError),
    (410, WatsApiError),
    (413, WatsApiError),
    (429, RateLimitError),
    (500, ServerError),
    (501, ServerError),
    (502, ServerError),
    (503, ServerError),
    (504, ServerError),
    (304, RedirectError),
]


@pytest.mark.parametrize(("status", "kind"), STATUSES)
async def test_a_status_has_its_error_with_request_words_and_attempts(transport, mocked, status, kind):
    mocked.get(BASE + PATH, status=status, payload={"Message": "no such luck"})
    with pytest.raises(PyWATSError) as caught:
        await transport.send(exchange())
    error = caught.value
    assert type(error) is kind
    assert (error.status, error.method, error.path, error.attempts) == (status, "GET", PATH, 1)
    if kind is not ProxyError:
        assert "no such luck" in str(error)


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b'{"message": "a", "errors": ["b", "c"]}', "application/json", "a; b; c"),
        (b'{"Message": "a", "ModelState": {"report.pn": ["too long"]}}', "application/json", "a; report.pn: too long"),
        (b'{"title": "a", "detail": "b", "status": 400}', "application/problem+json", "a; b"),
        (b'{"error": {"code": 7, "message": "a"}}', "application/json", "a"),
        (b'{"pn": "is missing"}', "application/json", "pn: is missing"),
        (b'"a JSON text"', "application/json", "a JSON text"),
        (b"plain words\r\n", "text/plain", "plain words"),
        (b'\xef\xbb\xbf"with a mark"', "application/json", "with a mark"),
        (b'{"broken', "application/json", '{"broken'),
        (b"[" * 100_000, "application/json", "[" * 2000),
        (b"\xff\xfe", "text/plain", "\ufffd\ufffd"),
        (b"", "text/plain", ""),
    ],
)
async def test_the_servers_words_are_found_in_every_shape(transport, mocked, content, kind, words):
    mocked.get(BASE + PATH, status=400, body=content, content_type=kind)
    with pytest.raises(ValidationError) as caught:
        await transport.send(exchange())
    assert caught.value.detail == words


async def test_an_error_page_shows_its_title_and_names_the_proxy(transport, mocked):
    page = b"<!DOCTYPE html><html><head><title>\n 502 Bad &amp; Gateway</title></head></html>"
    mocked.get(BASE + PATH, status=502, body=page, content_type="text/html")
    with pytest.raises(ServerError, match=r"502 502 Bad & Gateway \(from a web page; perhaps a proxy answered\)"):
        await transport.send(exchange())


class TestNothing:
    """One thing that is not there is ``None``; a wrong address is an error."""

    @pytest.mark.parametrize("content", [b"", b"null", b' {"Message": "not found"} ', b"{}"])
    async def test_a_404_of_the_api_is_none_where_one_thing_was_asked_for(self, transport, mocked, content):
        mocked.get(BASE + PATH, status=404, body=content)
        assert await transport.send(exchange(maybe(Thing), absent=True)) is None

    @pytest.mark.parametrize("content", [b"", b"null", b"{}", b"[]", b" null\n"])
    async def test_so_are_null_and_empty_answers(self, transport, mocked, content):
        mocked.get(BASE + PATH, body=content)
        assert await transport.send(exchange(maybe(Thing), absent=True)) is None

    async def test_a_404_is_an_error_where_it_was_not_to_be_expected(self, transport, mocked):
        mocked.get(BASE + PATH, status=404)
        with pytest.raises(NotFoundError):
            await transport.send(exchange(maybe(Thing)))

    @pytest.mark.parametrize(
        ("content", "kind"), [(b"<html>", "text/html"), (b"<!DOCTYPE HTML>", "text/plain"), (b"gone", "text/plain")]
    )
    async def test_a_404_that_is_not_the_apis_is_an_error(self, transport, mocked, content, kind):
        mocked.get(BASE + PATH, status=404, body=content, content_type=kind)
        with pytest.raises(NotFoundError) as caught:
            await transport.send(exchange(maybe(Thing), absent=True))
        if content != b"gone":
            assert "is base_url right, or did a proxy answer?" in str(caught.value)

    @pytest.mark.parametrize("status", [401, 403, 500])
    async def test_no_other_error_is_none(self, transport, mocked, status):
        mocked.get(BASE + PATH, status=status)
        with pytest.raises(WatsApiError):
            await transport.send(exchange(maybe(Thing), absent=True))

    async def test_where_a_thing_is_promised_nothing_is_an_error(self, transport, mocked):
        mocked.get(BASE + PATH, body=b"null")
        with pytest.raises(InvalidResponseError, match="a Thing was expected"):
            await transport.send(exchange(one(Thing)))

    async def test_a_list_of_nothing_is_empty(self, transport, mocked):
        mocked.get(BASE + PATH, body=b"")
        assert await transport.send(exchange(many(Thing))) == []


class TestUnreadable:
    PAGE = b"<!doctype html><title>Log in</title>"

    @pytest.mark.parametrize("read", [one(Thing), maybe(Thing), many(Thing), raw, raw_or_none, text, nothing])
    async def test_a_web_page_with_status_200_is_never_a_result(self, transport, mocked, read):
        mocked.get(BASE + PATH, body=self.PAGE, content_type="text/html; charset=utf-8")
        with pytest.raises(InvalidResponseError, match="a web page answered instead of the API") as caught:
            await transport.send(exchange(read))
        assert caught.value.body == self.PAGE
        assert (caught.value.status, caught.value.method, caught.value.path) == (200, "GET", PATH)

    @pytest.mark.parametrize("content", [b'{"partNumber": ', b"<xml/>", b"[1, 2]", b'{"partNumber": 7}'])
    async def test_broken_or_other_json_is_an_error_with_its_beginning(self, transport, mocked, content):
        mocked.get(BASE + PATH, body=content)
        with pytest.raises(InvalidResponseError) as caught:
            await transport.send(exchange(one(Thing)))
        assert caught.value.body == content

    async def test_the_place_in_the_json_is_named(self, transport, mocked):
        mocked.get(BASE + PATH, body=b'[{"partNumber": "A"}, {"partNumber": []}]')
        with pytest.raises(InvalidResponseError, match=r"does not parse at 1\.partNumber"):
            await transport.send(exchange(many(Thing)))

    async def test_a_text_in_broken_quotes_is_an_error(self, transport, mocked):
        mocked.get(BASE + PATH, body=b'"a"b"')
        with pytest.raises(InvalidResponseError, match="begins and ends with a quote"):
            await transport.send(exchange(text))

    @pytest.mark.parametrize(("content", "expected"), [(b'"5.0"', "5.0"), (b"5.0\r\n", "5.0"), (b'"', '"')])
    async def test_a_text_may_come_bare_or_as_json(self, transport, mocked, content, expected):
        mocked.get(BASE + PATH, body=content)
        assert await transport.send(exchange(text)) == expected


async def test_any_status_can_be_taken_as_an_answer_after_the_retries(transport, mocked):
    mocked.get(BASE + PATH, status=503, body=b"busy", repeat=True)
    asked = Exchange(
        Call(verb="GET", path=PATH, read=lambda answer: (answer.status, answer.body, answer.attempts), any_status=True),
        Options(retry=RetryConfig(base_delay=0.0)),
    )
    assert await transport.send(asked) == (503, b"busy", 3)


async def test_authorization_accept_and_referrer_travel_with_each_request(transport, mocked):
    mocked.post(BASE + "/api/internal/X", body=b"")
    call = Call(verb="POST", path="/api/internal/X", body=body({"a": 1}), internal=True, read=nothing, accept="a/b")
    await transport.send(
        Exchange(call, Options(authorization="Basic abc", headers=(("accept", "c/d"), ("X-Own", "1"))))
    )
    (request,) = mocked.requests.popitem()[1]
    headers = request.kwargs["headers"]
    assert headers["Authorization"] == "Basic abc"
    assert headers["Referer"] == BASE
    assert headers["Content-Type"] == "application/json"
    assert headers.getall("Accept") == ["c/d"]
    assert headers["X-Own"] == "1"
    assert request.kwargs["data"] == b'{"a":1}'
    assert request.kwargs["allow_redirects"] is False


@virtual_time
async def test_a_plain_gather_behind_the_limiter_ends_without_a_timeout(mocked):
    async def served_slowly(*_, **__):
        await asyncio.sleep(0.2)

    limited = ServerSettings(base_url=BASE, trust_env=False, rate_limit=RateLimit(500, 60.0))
    mocked.get(BASE + PATH, body=b"{}", repeat=True, callback=served_slowly)
    transport = Transport(limited)
    options = Options(timeout=1.0, retry=NO_RETRY)
    calls = [Exchange(Call(verb="GET", path=PATH, read=raw), options) for _ in range(1000)]
    assert await asyncio.gather(*map(transport.send, calls)) == [b"{}"] * 1000
    assert asyncio.get_running_loop().time() > 60
    await transport.close()


@virtual_time
async def test_the_clock_of_a_call_stands_still_while_it_waits_for_a_slot(mocked):
    async def served_slowly(*_, **__):
        await asyncio.sleep(0.9)

    mocked.get(BASE + PATH, body=b"{}", repeat=True, callback=served_slowly)
    transport = Transport(ServerSettings(base_url=BASE, trust_env=False, rate_limit=None, max_connections=1))
    calls = [Exchange(Call(verb="GET", path=PATH, read=raw), Options(timeout=1.0, retry=NO_RETRY)) for _ in range(20)]
    assert len(await asyncio.gather(*map(transport.send, calls))) == 20
    assert asyncio.get_running_loop().time() == pytest.approx(18, abs=0.1)
    await transport.close()


@virtual_time
async def test_attempts_and_the_waits_between_them_share_one_time(mocked):
    async def served_slowly(*_, **__):
        await asyncio.sleep(2.0)

    mocked.get(BASE + PATH, status=503, repeat=True, callback=served_slowly)
    transport = Transport(ServerSettings(base_url=BASE, trust_env=False, circuit_breaker=None))
    patient = RetryConfig(max_attempts=10, base_delay=1.0, exponential_base=1.0, jitter=False)
    asked = Exchange(Call(verb="GET", path=PATH, read=raw), Options(timeout=7.0, retry=patient))
    with pytest.raises(PyWATSError) as caught:  # 2 s, pause, 2 s, pause, then 1 s is left
        await transport.send(asked)
    assert caught.value.attempts == 3
    assert asyncio.get_running_loop().time() == pytest.approx(7.0, abs=0.1)
    await transport.close()


@virtual_time
async def test_no_time_is_wasted_on_a_pause_that_outlasts_the_call(mocked):
    mocked.get(BASE + PATH, status=503, headers={"Retry-After": "20"}, repeat=True)
    transport = Transport(ServerSettings(base_url=BASE, trust_env=False))
    with pytest.raises(ServerError):
        await transport.send(Exchange(Call(verb="GET", path=PATH, read=raw), Options(timeout=10.0)))
    assert asyncio.get_running_loop().time() < 1
    await transport.close()


@virtual_time
async def test_what_waited_while_the_server_hung_does_not_start_all_at_once(mocked):
    """A token is for a start now: with slots as the bottleneck, too, no window holds more starts than the limit."""
    starts = []

    async def hang_at_first(*_, **__):
        loop = asyncio.get_running_loop()
        starts.append(loop.time())
        await asyncio.sleep(max(0.0, 100.0 - loop.time()))

    mocked.get(BASE + PATH, body=b"{}", repeat=True, callback=hang_at_first)
    limit = RateLimit(20, 10.0)
    transport = Transport(ServerSettings(base_url=BASE, trust_env=False, rate_limit=limit, max_connections=10))
    calls = [Exchange(Call(verb="GET", path=PATH, read=raw), Options(timeout=None)) for _ in range(80)]
    await asyncio.gather(*map(transport.send, calls))
    assert len(starts) == 80
    assert all(later - earlier >= limit.period for earlier, later in zip(starts, starts[limit.rate :], strict=False))
    await transport.close()
