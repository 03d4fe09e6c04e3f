"""Raw calls, against a real aiohttp server."""

import asyncio
import inspect
import json
from urllib.parse import unquote

import pytest
from aiohttp import web

from pywats.errors import (
    ClientClosedError,
    ConfigurationError,
    InvalidResponseError,
    NotFoundError,
    ServerError,
    UsageError,
    ValidationError,
)
from pywats.exchange.call import url
from pywats.exchange.wire import PyWATSModel
from pywats.http import HttpService, Response
from pywats.httpclient import AsyncHttpClient
from pywats.settings import RetryConfig

TOKEN = "dG9rZW4tb2YtdGhlLXRlc3Q="


class Thing(PyWATSModel):
    part_number: str
    name: str | None = None


@pytest.fixture
async def http(aiohttp_server):
    """A client of a server that answers with what it was sent."""

    async def echo(request):
        return web.json_response(
            {
                "verb": request.method,
                "path": request.raw_path.partition("?")[0],
                "query": [list(pair) for pair in request.query.items()],
                "headers": {name.lower(): value for name, value in request.headers.items()},
                "body": (await request.read()).decode(),
            },
            headers={"X-Own": "1"},
        )

    async def say(request):
        return web.Response(
            status=int(request.query.get("status", "200")),
            body=request.query.get("body", "").encode("latin-1"),
            headers={"Content-Type": request.query["type"]} if "type" in request.query else {},
        )

    seen = []

    async def flaky(request):
        seen.append(request.method)
        return web.json_response({"Message": "busy"}, status=503 if len(seen) % 3 else 200)

    async def chunks(request):
        response = web.StreamResponse()
        await response.prepare(request)
        for number in range(5):
            await response.write(b"%d" % number * 1000)
        return response

    app = web.Application()
    app.router.add_route("*", "/say", say)
    app.router.add_route("*", "/flaky", flaky)
    app.router.add_get("/chunks", chunks)
    app.router.add_route("*", "/{tail:.*}", echo)
    server = await aiohttp_server(app)
    client = AsyncHttpClient(
        str(server.make_url("/")), TOKEN, rate_limit=None, trust_env=False, retry_config=RetryConfig(base_delay=0.0)
    )
    async with client:
        yield client


@pytest.mark.parametrize("verb", ["get", "post", "put", "patch", "delete"])
async def test_each_verb_reaches_its_endpoint_with_the_token(http, verb):
    answer = await getattr(http, verb)("/api/X", params={"a": 1, "b": None, "c": True})
    assert isinstance(answer, Response)
    assert (answer.status_code, answer.is_success, answer.error_message) == (200, True, None)
    assert answer.data["verb"] == verb.upper()
    assert answer.data["query"] == [["a", "1"], ["c", "true"]]
    assert answer.data["headers"]["authorization"] == f"Basic {TOKEN}"
    assert answer.data["headers"]["accept"] == "application/json"
    assert answer.headers["x-own"] == "1"
    assert json.loads(answer.raw) == answer.data


@pytest.mark.parametrize(
    ("data", "sent"),
    [
        (Thing(part_number="A", name=None), '{"partNumber":"A"}'),
        ([Thing(part_number="A")], '[{"partNumber":"A"}]'),
        ({"part": None, "list": [1, "æ"]}, '{"part":null,"list":[1,"æ"]}'),
        ([], "[]"),
        (b"\x3cxml/\x3e", "<xml/>"),
        ('{"as": "it is"}', '{"as": "it is"}'),
        (None, ""),
    ],
)
async def test_data_may_be_a_model_a_structure_text_or_bytes(http, data, sent):
    answer = await http.post("/api/X", data)
    assert answer.data["body"] == sent
    assert answer.data["headers"].get("content-type") == "application/json"


async def test_data_of_another_kind_says_so(http):
    answer = await http.put("/api/X", "<xml/>", content_type="application/xml", accept="application/xml")
    assert answer.data["headers"]["content-type"] == "application/xml"
    assert answer.data["headers"]["accept"] == "application/xml"


@pytest.mark.parametrize(
    ("endpoint", "path"),
    [
        ("api/X", "/api/X"),
        ("/api/X/", "/api/X/"),
        ("/api/A B/æ", "/api/A%20B/%C3%A6"),
        ("/api/A%2FB", "/api/A%2FB"),
        (url("/api/{}", "A/B #1?%20 æ"), "/api/A%2FB%20%231%3F%2520%20%C3%A6"),
    ],
)
async def test_an_endpoint_is_encoded_where_it_is_not_yet(http, endpoint, path):
    assert (await http.get(endpoint)).data["path"] == path


async def test_a_query_in_the_endpoint_is_kept_beside_the_parameters(http):
    answer = await http.get("/api/X?$filter=a%20eq%20'b+c'&e=", params={"$top": 5})
    assert answer.data["query"] == [["$filter", "a eq 'b c'"], ["e", ""], ["$top", "5"]]


@pytest.mark.parametrize("endpoint", ["https://elsewhere/api/X", "//elsewhere/api/X", "/api/P#1"])
async def test_an_endpoint_elsewhere_or_cut_short_is_refused(http, endpoint):
    with pytest.raises(ValidationError):
        await http.get(endpoint)


async def test_internal_endpoints_are_given_the_referrer_that_they_want(http):
    assert (await http.get("/api/internal/X")).data["headers"]["referer"] == http.base_url
    assert "referer" not in (await http.get("/api/X")).data["headers"]


class TestAnswers:
    @pytest.mark.parametrize(
        ("kind", "content", "data"),
        [
            ("application/json", '{"a": 1}', {"a": 1}),
            ("application/problem+json; charset=utf-8", "[1]", [1]),
            ("application/json", "null", None),
            ("application/json", "", None),
            ("text/plain; charset=iso-8859-1", "\xe6", "æ"),
            ("text/plain; charset=nonsense", "a", "a"),
            ("text/csv", "a;b", "a;b"),
            ("application/xml", "<a/>", "<a/>"),
            ("application/octet-stream", "\xff\x00", b"\xff\x00"),
            ("application/zip", "PK", b"PK"),
        ],
    )
    async def test_data_is_what_its_media_type_says(self, http, kind, content, data):
        assert (await http.get("/say", {"type": kind, "body": content})).data == data

    async def test_a_web_page_is_an_error_unless_asked_for(self, http):
        page = {"type": "text/html", "body": "<html>"}
        with pytest.raises(InvalidResponseError, match="a web page answered"):
            await http.get("/say", page)
        assert (await http.get("/say", page, accept="text/html")).data == "<html>"

    async def test_broken_json_is_an_error(self, http):
        with pytest.raises(InvalidResponseError, match="the answer is no JSON"):
            await http.get("/say", {"type": "application/json", "body": "{"})

    async def test_an_error_status_raises(self, http):
        with pytest.raises(NotFoundError, match="gone away"):
            await http.get("/say", {"status": 404, "type": "text/plain", "body": "gone away"})

    @pytest.mark.parametrize(
        ("status", "client", "server", "missing"),
        [(400, True, False, False), (404, True, False, True), (501, False, True, False)],
    )
    async def test_or_is_returned_where_that_is_wanted(self, http, status, client, server, missing):
        query = {"status": status, "type": "application/json", "body": '{"Message": "no"}'}
        answer = await http.get("/say", query, raise_for_status=False)
        assert (answer.is_success, answer.is_error) == (False, True)
        assert (answer.is_client_error, answer.is_server_error, answer.is_not_found) == (client, server, missing)
        assert (answer.data, answer.error_message) == ({"Message": "no"}, "no")

    async def test_the_body_of_an_error_is_taken_as_it_is(self, http):
        answer = await http.get(
            "/say", {"status": 400, "type": "application/json", "body": "{no"}, raise_for_status=False
        )
        assert (answer.data, answer.error_message) == ("{no", "{no")

    def test_a_response_does_not_print_its_whole_body(self):
        assert "x" * 50 not in repr(Response(200, None, {}, b"x" * 1000))


class TestRetries:
    async def test_a_get_is_repeated(self, http):
        assert (await http.get("/flaky")).is_success

    async def test_a_post_is_not(self, http):
        with pytest.raises(ServerError) as caught:
            await http.post("/flaky")
        assert caught.value.attempts == 1

    async def test_a_post_that_is_said_to_be_repeatable_is(self, http):
        assert (await http.post("/flaky", repeatable=True)).is_success

    async def test_a_get_that_is_said_not_to_be_is_not(self, http):
        with pytest.raises(ServerError):
            await http.get("/flaky", repeatable=False)


class TestStreams:
    async def test_the_chunks_come_one_by_one(self, http):
        chunks = [chunk async for chunk in http.stream("/chunks")]
        assert b"".join(chunks) == b"".join(b"%d" % number * 1000 for number in range(5))

    async def test_leaving_early_frees_what_it_held(self, http):
        async with http.stream("/chunks") as chunks:
            async for _ in chunks:
                break
        assert http._own._transport.statistics().slots.held == 0

    async def test_an_error_status_raises_at_the_first_chunk(self, http):
        with pytest.raises(NotFoundError):
            await anext(http.stream("/say", {"status": 404}))

    async def test_nothing_is_asked_before_the_first_chunk_is(self, http):
        http.stream("https://elsewhere")


class TestLife:
    async def test_after_close_nothing_is_taken(self, http):
        await http.get("/api/X")
        await http.close()
        await http.close()
        with pytest.raises(ClientClosedError):
            await http.get("/api/X")

    async def test_one_that_was_never_used_closes(self):
        async with AsyncHttpClient("https://tenant.example", TOKEN):
            pass

    def test_it_belongs_to_its_loop(self):
        client = AsyncHttpClient("http://127.0.0.1:9", TOKEN, retry_config=RetryConfig(enabled=False), trust_env=False)

        async def use():
            await client.get("/api/X")

        with pytest.raises(ConnectionError):
            asyncio.run(use())
        with pytest.raises(UsageError, match="belongs to another event loop"):
            asyncio.run(use())
        asyncio.run(client.close())

    def test_neither_token_nor_anything_else_shows(self):
        client = AsyncHttpClient("https://tenant.example/", TOKEN)
        assert repr(client) == "<AsyncHttpClient of https://tenant.example>"
        assert TOKEN not in repr(vars(client))

    @pytest.mark.parametrize(
        "wrong",
        [{"rate_limit": "many"}, {"token": ""}, {"base_url": "tenant"}, {"timeout": -1}, {"max_connections": 0}],
    )
    def test_what_makes_no_sense_is_refused(self, wrong):
        with pytest.raises(ConfigurationError):
            AsyncHttpClient(**{"base_url": "https://tenant.example", "token": TOKEN, **wrong})


def test_the_methods_tell_their_signature():
    assert list(inspect.signature(HttpService.get).parameters)[:3] == ["self", "endpoint", "params"]
    assert unquote(HttpService.post.__doc__ or "")
