"""A client of the right shape that answers from memory, and job files to run against it."""

import asyncio
import io
import textwrap
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel

from pywats.concurrency.result import Failure, Result, Success
from pywats.config import load as load_file
from pywats.errors import ConfigurationError, ServerError
from pywats.exchange.wire import PyWATSModel
from pywats.jobs import Job, JobFile, prepare
from pywats.service import Async, Face, Service, method, stream

STARTED = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
SECRET = "t0p-s3cret-token"
ENVIRON = {"URL": "https://wats.example.com", "TOKEN": SECRET}
HEAD = 'kind: job\nname: test\nserver: {base_url: "${URL}", token: "${TOKEN}"}\n'


class State(StrEnum):
    ACTIVE = "Active"
    INACTIVE = "Inactive"


class Filter(PyWATSModel):
    part_number: str | None = None
    max_count: int | None = None
    tags: list[str] | None = None


class Header(PyWATSModel):
    uuid: str
    serial_number: str | None = None
    start: datetime | None = None
    state: State | None = None
    tags: dict[str, int] | None = None


class Nested(BaseModel):
    filter: Filter


class ReportService(Service[Face]):
    """Answers from memory, and remembers what it was asked."""

    domain = "report"
    _ahead = 0

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.closed = 0
        self.most_alive = 0
        self.pages: list[list[Header]] = []
        self.fail_after: int | None = None
        self.error: ServerError | None = None
        self.meanwhile: Callable[[str], Awaitable[None]] | None = None
        self.body: bytes | None = b'{"id": "r1", "root": {"steps": []}}'

    @stream
    async def iter_headers(
        self, filter: Filter | str | None = None, *, page_size: int = 100
    ) -> AsyncGenerator[Sequence[Header], None]:
        """Walk headers."""
        self.asked.append((filter, page_size))
        try:
            for number, page in enumerate(self.pages):
                if number == self.fail_after:
                    raise ServerError("broken", status=500, method="GET", path="/api/Report/Query/Header")
                yield page
                await asyncio.sleep(0)
        finally:
            self.closed += 1

    @method
    async def query_headers(self, filter: Filter | None = None, top: int | None = None) -> list[Header]:
        """Return headers."""
        self.asked.append((filter, top))
        return [header for page in self.pages for header in page][:top]

    @method
    async def get_header(self, uuid: str) -> Header | None:
        """Return one header, or none."""
        self.asked.append(uuid)
        if self.meanwhile is not None:
            await self.meanwhile(uuid)
        return next((header for page in self.pages for header in page if header.uuid == uuid), None)

    @method
    async def get_body(self, uuid: str) -> bytes | None:
        """Return a document as it was sent."""
        self.asked.append(uuid)
        return self.body

    @method
    async def get_headers_batch(self, uuids: list[str]) -> list[Result[Header]]:
        """Return what became of each."""
        return [Success(Header(uuid=uuid)) if uuid != "bad" else Failure(ServerError("no")) for uuid in uuids]

    @method
    async def count(self, since: datetime | None = None, states: list[State] | None = None) -> int:
        """Return how many there are."""
        self.asked.append((since, states))
        if self.error:
            raise self.error
        return sum(map(len, self.pages))

    @method
    async def count_days(self, days: int, zone: str = "UTC") -> int:
        """Return how many days; it takes no more than there are, and no unknown zone."""
        return (datetime.now(ZoneInfo(zone)) - timedelta(days=days)).day

    @method
    async def put(self, header: Header) -> None:
        """Store a header."""
        self.asked.append(header)

    @method
    async def nest(self, nested: Nested) -> None:
        """Take a model in a model."""
        self.asked.append(nested)

    @method
    async def upload(self, stream: io.BytesIO) -> None:
        """Take something that no file can hold."""

    @method
    async def put_more(self, uuid: str, **more: int) -> None:
        """Take any further fields."""
        self.asked.append((uuid, more))

    @method
    async def odd(self) -> object:
        """Return what cannot be written."""
        return object()

    def is_active(self, header: Header) -> bool:
        """Ask no server."""
        return header.state is State.ACTIVE

    async def _send(self) -> None:
        """Be private."""


class ProductService(Service[Face]):
    """Another domain."""

    domain = "product"

    def __init__(self) -> None:
        pass

    @method
    async def get_names(self) -> list[str]:
        """Return names."""
        return ["A", "B"]


class Api:
    """The client."""

    timeout = 30.0

    def __init__(self) -> None:
        self.report: ReportService[Async] = ReportService()
        self.product: ProductService[Async] = ProductService()
        self._private: ReportService[Async] = ReportService()

    def with_options(self) -> None:
        """Be no service."""


@pytest.fixture
def api() -> Api:
    """Make a client with 3 headers on 2 pages."""
    api = Api()
    api.report.pages = [
        [
            Header(uuid="u1", serial_number="S1", start=STARTED, state=State.ACTIVE, tags={"a": 1}),
            Header(uuid="u2", serial_number="0002"),
        ],
        [Header.model_validate({"uuid": "u3", "serialNumber": "S,3\n", "newField": [1]})],
    ]
    return api


LoadJob = Callable[..., Job]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LoadJob:
    """Write a job file into the working directory and load it; the head is put before the text."""
    monkeypatch.chdir(tmp_path)

    def load_job(text: str, head: str = HEAD) -> Job:
        Path("j.yaml").write_text(head + textwrap.dedent(text))
        return load_file("j.yaml", JobFile, environ=ENVIRON)

    return load_job


Mistakes = Callable[..., str]


@pytest.fixture
def mistakes(load: LoadJob, api: Api) -> Mistakes:
    """Return what is said about a job file that is wrong."""

    def said(text: str, head: str = HEAD) -> str:
        with pytest.raises(ConfigurationError) as caught:
            prepare(load(text, head), api, started=STARTED)
        assert SECRET not in str(caught.value)
        assert not api.report.asked
        return str(caught.value)

    return said
