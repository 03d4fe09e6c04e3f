"""A short way to assets of a sandbox."""

from typing import Any

import pytest

PATH = "/api/Asset"


class Store:
    """Assets of one sandbox, over HTTP."""

    def __init__(self, http: Any) -> None:
        self.http = http

    def kind(self, name: str = "Fixture", **limits: Any) -> str:
        reply = self.http.put(f"{PATH}/Types", {"typeName": name, **limits})
        assert reply.status == 200, reply.body
        return reply.json()["typeId"]

    def add(self, serial_number: str = "F", **more: Any) -> dict[str, Any]:
        asset = {"serialNumber": serial_number, **more}
        reply = self.http.put(PATH, {"typeId": self.kind(), **asset})
        assert reply.status == 200, reply.body
        return reply.json()

    def get(self, serial_number: str = "F") -> dict[str, Any]:
        reply = self.http.get(f"{PATH}/{serial_number}")
        assert reply.status == 200, reply.body
        return reply.json()

    def status(self, serial_number: str = "F") -> dict[str, Any]:
        reply = self.http.get(f"{PATH}/Status", {"serialNumber": serial_number})
        assert reply.status == 200, reply.body
        return reply.json()

    def counts(self, serial_number: str = "F") -> tuple[int, int]:
        asset = self.get(serial_number)
        return asset["runningCount"], asset["totalCount"]

    def do(self, method: str, path: str, serial_number: str = "F", **query: Any) -> dict[str, Any]:
        reply = self.http.ask(method, f"{PATH}/{path}", query={"serialNumber": serial_number, **query})
        assert reply.status == 200, reply.body
        return reply.json()

    def log(self, filter: str | None = None, **options: Any) -> list[dict[str, Any]]:
        query = {f"${name}": value for name, value in options.items()} | ({"$filter": filter} if filter else {})
        reply = self.http.get(f"{PATH}/Log", query)
        assert reply.status == 200, reply.body
        return reply.json()


@pytest.fixture
def store(http) -> Store:
    return Store(http)
