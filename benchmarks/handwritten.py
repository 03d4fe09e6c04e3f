"""The same work with aiohttp and pydantic alone, as a careful user would write it."""

import asyncio
import concurrent.futures
import threading
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from typing import Any, Self, TypeVar

import aiohttp
from pydantic import TypeAdapter

from pywats.models import Product, ReportHeader

T = TypeVar("T")

PRODUCT = TypeAdapter(Product)
HEADERS = TypeAdapter(list[ReportHeader])


class HandWritten:
    """A session, a header, a semaphore: no retry, no limiter, no workers."""

    def __init__(self, url: str, token: str, at_once: int) -> None:
        self._url = url
        self._headers = {"Authorization": f"Basic {token}", "Accept": "application/json"}
        self._at_once = at_once
        self._places = asyncio.Semaphore(at_once)

    async def open(self) -> Self:
        """Open the session, on the loop that will use it."""
        connector = aiohttp.TCPConnector(limit=self._at_once)
        self._session = aiohttp.ClientSession(self._url, headers=self._headers, connector=connector)
        return self

    async def close(self) -> None:
        """Close the session."""
        await self._session.close()

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def get_product(self, part_number: str) -> Product:
        """Return one product."""
        async with self._places, self._session.get(f"/api/Product/{part_number}") as response:
            response.raise_for_status()
            return PRODUCT.validate_json(await response.read())

    async def get_products(self, part_numbers: Sequence[str]) -> list[Product]:
        """Return several products, in order."""
        return await asyncio.gather(*map(self.get_product, part_numbers))

    async def pages_of_headers(self, size: int) -> AsyncIterator[list[ReportHeader]]:
        """Every report header, page after page."""
        seen = 0
        while True:
            query = {"$top": str(size), "$skip": str(seen), "$orderby": "start desc"}
            async with self._session.get("/api/Report/Query/Header", params=query) as response:
                response.raise_for_status()
                rows = HEADERS.validate_json(await response.read())
            seen += len(rows)
            yield rows
            if len(rows) < size:
                return

    async def get_json(self, path: str, query: Mapping[str, str]) -> Any:
        """Return the JSON of an answer."""
        async with self._session.get(path, params=query) as response:
            response.raise_for_status()
            return await response.json()

    async def send_report(self, content: bytes) -> bytes:
        """Send a report as JSON and return what the server says."""
        headers = {"Content-Type": "application/json"}
        async with self._session.post("/api/Report/WSJF", data=content, headers=headers) as response:
            response.raise_for_status()
            return await response.read()


class LoopThread:
    """An event loop in a thread, for callers that block."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Return the result of a coroutine that runs on the loop."""
        return self.start(work).result()

    def start(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Start a coroutine on the loop and return its future."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)
