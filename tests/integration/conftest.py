"""One way to call both faces, so that one test holds for both."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from ingest_bench import Bench
from vendor_documents import Documents, Exchange

from pywats.ingest import daemon
from pywats.sandbox.app import Front
from pywats.sandbox.records import Recorded

SHARED = Path(__file__).resolve().parents[3] / "shared"


@dataclass(frozen=True)
class Either:
    """A client whose methods are awaited, whichever face it has; the blocking one blocks the test's own loop."""

    api: Any
    face: Literal["blocking", "async"]

    async def __call__(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call ``domain.method``, or ``method`` of the client itself, and return its result."""
        return await self.of(self.api, name, *args, **kwargs)

    async def of(self, obj: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method of any object of this face."""
        *path, method = name.split(".")
        for attribute in path:
            obj = getattr(obj, attribute)
        result = getattr(obj, method)(*args, **kwargs)
        return await result if inspect.isawaitable(result) else result

    async def walk(self, name: str, *args: Any, **kwargs: Any) -> list[Any]:
        """Return all items of a walk."""
        domain, method = name.split(".")
        stream = getattr(getattr(self.api, domain), method)(*args, **kwargs)
        return [item async for item in stream] if self.face == "async" else list(stream)


@pytest.fixture(params=["blocking", "async"])
def either(request: pytest.FixtureRequest) -> Either:
    """Give the client of each face in turn, on ``wats_sandbox``."""
    fixture = {"blocking": "wats_api", "async": "wats_async_api"}[request.param]
    return Either(request.getfixturevalue(fixture), request.param)


@pytest.fixture(scope="session")
def documents(shared: Path) -> Documents:
    """The vendor's documents of the API."""
    return Documents(shared / "wats")


@pytest.fixture(autouse=True)
def _as_the_vendor_says(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hold what a test sends by ``either`` face, and what the sandbox answers, against the vendor's documents."""
    if "either" not in request.fixturenames or not SHARED.is_dir():
        yield
        return
    documents: Documents = request.getfixturevalue("documents")
    exchanges: list[Exchange] = []
    answer = Front.answer

    def judged(front: Front, record: Recorded, headers: Any) -> Any:
        made = answer(front, record, headers)
        kind = headers.get("Content-Type", "")
        exchanges.append(
            Exchange(record.method, record.raw_path, record.body, kind, made.status, made.body, made.content_type)
        )
        return made

    monkeypatch.setattr(Front, "answer", judged)
    yield
    problems = [problem for exchange in exchanges for problem in documents.problems(exchange)]
    assert sorted(set(problems)) == []


@pytest.fixture
def bench(tmp_path, wats_sandbox, monkeypatch):
    """A configuration file for a daemon that looks around often."""
    monkeypatch.setattr(daemon, "LOOK", 0.01)
    monkeypatch.setattr(daemon, "TOKEN_LOOK", 0.05)
    return Bench(tmp_path, wats_sandbox)
