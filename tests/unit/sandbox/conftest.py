"""A sandbox for each test, and a plain HTTP client for it that sends paths and bodies exactly as given."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from waiting import PATIENCE

from pywats.sandbox import Sandbox


@dataclass(frozen=True)
class Reply:
    status: int
    headers: HTTPMessage
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def message(self) -> str:
        said = self.json()
        return said if isinstance(said, str) else said["Message"]


class Http:
    """Asks one server; every call is a connection of its own."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.headers = {"Authorization": f"Basic {token}", "Referer": url}

    def ask(
        self, method: str, path: str, body: Any = None, query: dict[str, Any] | None = None, **headers: str
    ) -> Reply:
        if query:
            path += "?" + urlencode(query, quote_via=quote)
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=PATIENCE)
        try:
            connection.request(method, path, data, {name: value for name, value in sent.items() if value})
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Reply:
        return self.ask("GET", path, query=query, **headers)

    def put(self, path: str, body: Any = None, query: dict[str, Any] | None = None, **headers: str) -> Reply:
        return self.ask("PUT", path, body, query, **headers)

    def post(self, path: str, body: Any = None, query: dict[str, Any] | None = None, **headers: str) -> Reply:
        return self.ask("POST", path, body, query, **headers)

    def delete(self, path: str, body: Any = None, query: dict[str, Any] | None = None) -> Reply:
        return self.ask("DELETE", path, body, query)

    def submit(self, report: Any) -> Reply:
        return self.post("/api/Report/WSJF", report)

    def headers_of(self, filter: str | None = None, **options: Any) -> list[dict[str, Any]]:
        query = {f"${name}": value for name, value in options.items()} | ({"$filter": filter} if filter else {})
        reply = self.get("/api/Report/Query/Header", query)
        assert reply.status == 200, reply.body
        return reply.json()


@pytest.fixture
def wats() -> Iterator[Sandbox]:
    with Sandbox() as server:
        yield server


@pytest.fixture
def http(wats: Sandbox) -> Http:
    return Http(wats.url, wats.token)


@pytest.fixture(scope="session")
def client() -> type[Http]:
    return Http


@pytest.fixture
def make_repair() -> Callable[..., dict[str, Any]]:
    """Makes repair reports in WSJF that the server takes; fields are set or, with ``None``, left out."""

    def make(number: int = 1, **fields: Any) -> dict[str, Any]:
        failure = {"category": "Component", "code": "Burned Component", "comRef": "U1", "comment": "replaced"}
        report = {
            "type": "R",
            "id": f"5e0f7d52-0000-4000-8000-{number:012}",
            "pn": "WIDGET-001",
            "sn": f"SN{number:05}",
            "rev": "A",
            "processCode": 500,
            "result": "P",
            "machineName": "REPAIR-1",
            "location": "Oslo",
            "purpose": "Production",
            "start": f"2026-01-06T08:{number % 60:02}:00+01:00",
            "uur": {
                "user": "bjorn",
                "processCode": 60,
                "refUUT": "1f0e4000-8000-4000-8000-000000000001",
                "confirmDate": "2026-01-06T07:30:00Z",
                "finalizeDate": "2026-01-06T07:40:00Z",
                "execTime": 600,
            },
            "miscInfos": [{"description": "Firmware", "text": "1.2"}],
            "subUnits": [
                {
                    "idx": 0,
                    "partType": "Main",
                    "pn": "WIDGET-001",
                    "sn": f"SN{number:05}",
                    "rev": "A",
                    "failures": [failure],
                }
            ],
        }
        return {name: value for name, value in {**report, **fields}.items() if value is not None}

    return make
