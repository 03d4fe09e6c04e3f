"""What every request meets before its route: path, token, referrer, permission, and the shapes of errors."""

import json
import re
import socket
from email.utils import parsedate_to_datetime
from random import Random

import pytest
import yaml
from waiting import PATIENCE

from pywats.sandbox import Sandbox
from pywats.sandbox.app import ROUTES

INTERNAL = [route for route in ROUTES if route.internal]


def concrete(template: str) -> str:
    for name in ("partNumber", "revision", "groupId", "vendorId", "id"):
        template = template.replace(f"{{{name}}}", "x")
    return template


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.template}")
def test_every_route_wants_the_token(http, route):
    for given in ("", "Basic wrong", "Bearer x", f"Bearer {http.headers['Authorization'][6:]}", "Basic"):
        reply = http.ask(route.method, concrete(route.template), Authorization=given)
        assert reply.status == 401
        assert reply.json() == {"Message": "Authorization has been denied for this request."}


def test_the_scheme_of_the_token_has_any_case(http, wats):
    assert http.get("/api/App/Version", Authorization=f"basic  {wats.token}").status == 200


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.template}")
def test_paths_are_matched_in_any_case(http, route):
    chance = Random(route.template)
    path = "".join(chance.choice((char.lower(), char.upper())) for char in concrete(route.template))
    reply = http.ask(route.method, path)
    assert "html" not in (reply.headers["Content-Type"] or "")
    assert reply.status not in {401, 403, 405, 500}


@pytest.mark.parametrize("route", INTERNAL, ids=lambda route: f"{route.method} {route.template}")
def test_internal_routes_want_the_referrer(http, route):
    for referrer in ("", "http://elsewhere.example/", "nonsense"):
        reply = http.ask(route.method, route.template, Referer=referrer)
        assert reply.status == 403
        assert "Referer" in reply.message
    assert http.ask(route.method, route.template, Referer=f"{http.url}/page").status != 403


def test_a_token_without_the_permission_may_read_and_not_write(client):
    with Sandbox(token="writer", read_only_token="reader") as wats:
        reader = client(wats.url, "reader")
        for route in ROUTES:
            reply = reader.ask(route.method, concrete(route.template))
            assert (reply.status == 403) is route.writes, route
        assert client(wats.url, "writer").put("/api/Product", {"partNumber": "X"}).status == 200


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/Nothing", "/api/Product/a/b/c", "/wats/api/Product/X", "/api//Product"]
)
def test_an_unknown_path_is_a_web_page(http, path):
    reply = http.get(path)
    assert reply.status == 404
    assert reply.headers["Content-Type"].startswith("text/html")
    assert b"<html" in reply.body


def test_a_known_path_with_another_verb(http):
    for method in ("DELETE", "POST", "PATCH", "OPTIONS"):
        reply = http.ask(method, "/api/App/Version")
        assert reply.status == 405
        assert method in reply.message


def test_head_is_no_operation(http):
    assert http.ask("HEAD", "/api/App/Version").status == 405


def test_every_answer_has_a_date(http):
    for path in ("/api/App/Version", "/nothing", "/api/Product/X"):
        assert parsedate_to_datetime(http.get(path).headers["Date"]).utcoffset() is not None


def test_a_path_that_is_not_utf8_is_refused(http):
    assert http.get("/api/Product/%FF").status == 400
    assert http.get("/api/Product/Query?$filter=%FF").status == 400


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"null", b'"text"', b"\xff", b"[" * 5000], ids=repr)
def test_a_body_that_is_no_object_is_refused_with_words(http, body):
    reply = http.put("/api/Product", body)
    assert reply.status == 400
    assert "JSON" in reply.message


def test_the_version_is_a_text(http):
    assert http.get("/api/App/Version").json().count(".") == 3


def test_requests_are_recorded_as_they_came(http, wats):
    http.ask("PUT", "/api/pRoduct/X%2fY?a=%20B&c", b"body \xff")
    request = wats.requests[-1]
    assert (request.method, request.raw_path, request.body) == ("PUT", "/api/pRoduct/X%2fY?a=%20B&c", b"body \xff")
    assert (request.path, request.query, request.status) == ("/api/pRoduct/X%2fY", "a=%20B&c", 405)
    assert request.headers["Authorization"] == "Basic ***"
    assert wats.token not in repr(request)


def test_the_history_of_requests_is_bounded(client):
    with Sandbox(history=3) as wats:
        http = client(wats.url, wats.token)
        for number in range(5):
            http.get(f"/api/Product/{number}")
        assert [request.path[-1] for request in wats.requests] == ["2", "3", "4"]
        assert wats.stats.requests == 5
        assert wats.stats.statuses == {404: 5}
        wats.clear_requests()
        assert (wats.requests, wats.stats.requests) == ([], 0)


def test_every_operation_of_these_domains_is_served(shared):
    """The catalogue's operations of three domains, and of reports and analytics those that the sandbox has."""
    wanted = {
        ("POST", "/api/report/wsjf"),
        ("GET", "/api/report/wsjf/{}"),
        ("GET", "/api/report/query/header"),
        ("GET", "/api/report/query/headerbymiscinfo"),
        ("GET", "/api/app/version"),
        ("POST", "/api/app/dynamicyield"),
    }
    catalogue = yaml.safe_load((shared / "wats" / "endpoints.yaml").read_text("utf-8"))["endpoints"]
    wanted |= {
        (each["method"], blank(each["path"]))
        for each in catalogue
        if each["domain"] in {"product", "asset", "production"}
    }
    assert len(wanted) == 113
    assert wanted <= {(route.method, blank(route.template)) for route in ROUTES}


@pytest.mark.parametrize("domain", ["products?", "asset", "(production|workflow)"])
def test_every_operation_of_the_vendors_document_is_served(shared, domain):
    document = json.loads((shared / "wats" / "openapi_public_v3.json").read_text("utf-8"))
    wanted = {
        (method.upper(), blank(path))
        for path, operations in document["paths"].items()
        for method in operations
        if re.match(rf"/api/{domain}(/|$)", path, re.IGNORECASE)
    }
    assert len(wanted) > 10
    assert wanted <= {(route.method, blank(route.template)) for route in ROUTES}


def blank(template: str) -> str:
    return "/".join("{}" if part.startswith("{") else part.lower() for part in template.split("/"))


def test_a_mistake_of_the_server_is_a_500_and_it_goes_on(http, wats, caplog):
    wats.world.database.run("ALTER TABLE product RENAME TO gone")
    reply = http.get("/api/Product/X")
    assert (reply.status, reply.json()) == (500, {"Message": "An error has occurred."})
    assert "sandbox_failed" in caplog.text
    assert "no such table: product" in caplog.text
    assert http.get("/api/App/Version").status == 200


def test_who_asks_first_whether_to_send_a_body_is_told_so(http, wats):
    head = f"PUT /api/Product HTTP/1.1\r\nHost: x\r\nAuthorization: {http.headers['Authorization']}\r\n"
    with socket.create_connection(("127.0.0.1", wats.port), timeout=PATIENCE) as connection:
        connection.sendall(f"{head}Content-Length: 18\r\nExpect: 100-continue\r\n\r\n".encode())
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b'{"partNumber":"X"}')
        assert connection.recv(100).startswith(b"HTTP/1.1 200 OK")


def test_an_idle_connection_is_closed(client):
    with Sandbox(keepalive=0.05) as wats:
        with socket.create_connection(("127.0.0.1", wats.port), timeout=PATIENCE) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            while part := connection.recv(10_000):
                answer += part
        assert answer.startswith(b"HTTP/1.1 404")
        assert client(wats.url, wats.token).get("/api/App/Version").status == 200
