"""Faults to order: each does what it says, to whom it says, and leaves the rest alone."""

import asyncio
import http.client as stdlib
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import monotonic
from urllib.parse import urlsplit

import aiohttp
import pytest
from waiting import PATIENCE, soon, until

from pywats.errors import ConfigurationError
from pywats.sandbox import Fault, Sandbox

X = "/api/Product/X"


@pytest.fixture
def http(http):
    http.put("/api/Product", {"partNumber": "X"})
    return http


def test_a_status_comes_once_and_in_the_servers_shape(http, wats):
    wats.fail(f"GET {X}", status=500)
    reply = http.get(X)
    assert (reply.status, reply.json()) == (500, {"Message": "An error has occurred."})
    assert http.get(X).status == 200


def test_the_words_of_an_error(http, wats):
    wats.fail(X, status=400, message="root: wrong")
    assert http.get(X).json() == "root: wrong"
    wats.fail(X, status=409, message="taken")
    assert http.get(X).json() == {"Message": "taken"}


def test_how_often(http, wats):
    wats.fail(X, status=503, times=2, skip=1)
    assert [http.get(X).status for _ in range(5)] == [200, 503, 503, 200, 200]
    wats.fail(X, status=503, times=None)
    assert {http.get(X).status for _ in range(5)} == {503}
    wats.clear_faults()
    assert http.get(X).status == 200


def test_the_first_that_fits_is_taken(http, wats):
    wats.fail("*", status=501)
    wats.fail(X, status=502)
    assert [http.get(X).status for _ in range(3)] == [501, 502, 200]


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        ("GET /api/product/x", True),
        ("get /API/Product/X", True),
        ("/api/Product/X", True),
        ("GET /api/Product/*", True),
        ("* /api/Product/?", True),
        ("*", True),
        ("GET *", True),
        ("PUT /api/Product/X", False),
        ("/api/Product", False),
        ("Product/X", False),
        ("GET /api/Product/X?a=1", True),
        ("*/X?a=*", True),
        ("GET /api/Product/X?b=1", False),
    ],
)
def test_whom_it_fits(match, fits):
    assert Fault(match=match).fits("GET", "/api/Product/X?a=1") is fits


def test_it_fits_decoded_and_encoded_paths():
    for match in ("GET /api/Product/A/B [1]", "GET /api/Product/A%2FB%20%5B1%5D", "GET /api/Product/A*1]"):
        assert Fault(match=match).fits("GET", "/api/Product/A%2FB%20%5B1%5D")


@pytest.mark.parametrize(
    ("order", "check"),
    [
        ({"body": "html"}, lambda reply: reply.body.startswith(b"<!DOCTYPE html")),
        ({"body": "empty"}, lambda reply: reply.body == b""),
        ({"body": "not-json"}, lambda reply: reply.body.startswith(b"{") and not reply.body.endswith(b"}")),
        ({"body": "wrong-json"}, lambda reply: "unexpected" in reply.json()),
        ({"content": b"\xff\x00"}, lambda reply: reply.body == b"\xff\x00"),
        (
            {"content": "text", "content_type": "text/plain"},
            lambda reply: reply.headers["Content-Type"] == "text/plain",
        ),
        (
            {"headers": {"X-Own": "1"}},
            lambda reply: reply.headers["X-Own"] == "1" and reply.json()["partNumber"] == "X",
        ),
        ({"status": 207}, lambda reply: (reply.status, reply.json()) == (207, None)),
        ({"status": 204}, lambda reply: (reply.status, reply.body) == (204, b"")),
    ],
)
def test_bodies(http, wats, order, check):
    wats.fail(X, **order)
    assert check(http.get(X))


def test_an_html_404_is_not_the_apis(http, wats):
    wats.fail(X, status=404, body="html")
    reply = http.get(X)
    assert (reply.status, reply.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_redirects(http, wats):
    wats.fail(X, redirect="https://elsewhere.example/")
    reply = http.get(X)
    assert (reply.status, reply.headers["Location"]) == (302, "https://elsewhere.example/")
    wats.fail(X, redirect="/other", status=307)
    assert http.get(X).status == 307


def test_retry_after_in_both_its_forms(http, wats):
    wats.fail(X, status=429, retry_after=1.2)
    assert http.get(X).headers["Retry-After"] == "2"
    wats.fail(X, status=503, retry_after=60, retry_after_as="date")
    begun = datetime.now(UTC)
    until = parsedate_to_datetime(http.get(X).headers["Retry-After"])
    assert timedelta(seconds=60) <= until - begun
    assert until - datetime.now(UTC) <= timedelta(seconds=61)


@pytest.mark.parametrize(("reset", "stored"), [("before", False), ("after", True), ("mid-body", True)])
def test_resets(http, wats, reset, stored):
    wats.fail("PUT /api/Product", reset=reset)
    with pytest.raises((ConnectionError, stdlib.IncompleteRead)):
        http.put("/api/Product", {"partNumber": "Y"})
    assert (http.get("/api/Product/Y").status == 200) is stored


async def test_a_reset_is_a_tcp_reset(http, wats):
    wats.fail(X, reset="before")
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectionError) as raised:
            await session.post(wats.url + X)
    assert isinstance(raised.value, aiohttp.ClientOSError)
    assert http.get(X).status == 200


def test_half_a_body_is_announced_whole(http, wats):
    wats.fail(X, body="half")
    with pytest.raises(stdlib.IncompleteRead) as raised:
        http.get(X)
    assert raised.value.partial.startswith(b'{"productId"')
    assert len(raised.value.partial) + raised.value.expected == len(http.get(X).body)


def test_delays(http, wats):
    for order in ({"delay": 0.1}, {"delay_after": 0.1}):
        wats.fail(X, **order)
        start = monotonic()
        assert http.get(X).status == 200
        assert monotonic() - start >= 0.1


def test_a_request_is_served_though_the_answer_says_no(http, wats):
    wats.fail("PUT *", status=500, handle=True)
    assert http.put("/api/Product", {"partNumber": "Y"}).status == 500
    assert http.get("/api/Product/Y").status == 200
    wats.fail("PUT *", status=500)
    assert http.put("/api/Product", {"partNumber": "Z"}).status == 500
    assert http.get("/api/Product/Z").status == 404


@pytest.mark.parametrize(("hang", "stored"), [(True, False), ("before", False), ("after", True)])
async def test_hanging(http, wats, hang, stored):
    wats.fail("PUT *", hang=hang)
    before = len(wats.requests)
    async with aiohttp.ClientSession() as session:
        asked = asyncio.ensure_future(
            session.put(wats.url + "/api/Product", json={"partNumber": "Y"}, headers=http.headers)
        )
        await soon(lambda: len(wats.requests) > before)
        if stored:
            await soon(lambda: http.get("/api/Product/Y").status == 200)
        assert not asked.done()
        asked.cancel()
        await asyncio.wait([asked])
    assert (http.get("/api/Product/Y").status == 200) is stored


def test_a_hanging_request_does_not_hold_up_the_end(client):
    with Sandbox() as wats:
        wats.fail("*", hang=True)
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(client(wats.url, "x").get, "/")
            until(lambda: wats.requests)
            serving = wats._thread
            wats.stop()
            assert not serving.is_alive()
            assert isinstance(waiting.exception(PATIENCE), ConnectionError)


def test_a_client_that_does_not_wait_for_its_answer(http, wats):
    wats.fail("*", hang=True)
    with socket.create_connection(("127.0.0.1", wats.port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        until(lambda: any(request.path == "/" for request in wats.requests))
    assert http.get(X).status == 200


def test_a_client_that_stops_in_the_middle_of_its_body(http, wats):
    connection = socket.create_connection((urlsplit(wats.url).hostname, wats.port))
    connection.sendall(b"PUT /api/Product HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
    until(lambda: len(wats.requests) == 2)
    connection.close()
    assert http.get(X).status == 200


def test_what_is_no_http_is_a_400(wats):
    with socket.create_connection(("127.0.0.1", wats.port)) as connection:
        connection.sendall(b"\x16\x03\x01 this is TLS\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.0 400")


@pytest.mark.parametrize(
    "order",
    [
        {"state": 500},
        {"status": 99},
        {"status": "often"},
        {"times": 0},
        {"reset": "now"},
        {"reset": "before", "hang": True},
        {"body": "html", "content": "x"},
        {"delay": -1},
        {"match": ""},
    ],
)
def test_an_impossible_order_is_refused(wats, order):
    with pytest.raises(ValueError, match=next(iter(order))):
        wats.fail(**{"match": "*", **order})


def test_a_file_of_faults(tmp_path, client):
    path = tmp_path / "faults.yaml"
    path.write_text(
        "faults:\n"
        "  - match: GET /api/App/Version\n"
        "    status: 503\n"
        "    times: 2\n"
        "    retry_after: 3\n"
        "  - match: GET /api/App/*\n"
        "    body: html\n",
        "utf-8",
    )
    with Sandbox(faults=path) as wats:
        http = client(wats.url, wats.token)
        replies = [http.get("/api/App/Version") for _ in range(4)]
    assert [reply.status for reply in replies] == [503, 503, 200, 200]
    assert replies[0].headers["Retry-After"] == "3"
    assert b"<html" in replies[2].body


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("faults:\n  - state: 500\n", 'faults.yaml:2:5: faults[0].state: unknown key.*did you mean "status"'),
        ("faults:\n  - match: x\n    status: often\n", r"faults.yaml:3:13: faults\[0\].status: must be a whole number"),
        ("faults:\n  - reset: now\n", r"faults.yaml:2:12: faults\[0\].reset.*mid-body"),
        ("fault: []\n", "faults.yaml:1:1: "),
        ("faults: [\n", "faults.yaml:"),
        ("", "faults.yaml:"),
    ],
)
def test_a_wrong_file_of_faults(tmp_path, text, words):
    path = tmp_path / "faults.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigurationError, match=words.replace("[0].state", r"\[0\].state")):
        Sandbox(faults=path)


def test_a_missing_file_of_faults(tmp_path):
    with pytest.raises(ConfigurationError, match=r"gone\.yaml"):
        Sandbox(faults=tmp_path / "gone.yaml")
