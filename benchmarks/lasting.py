"""What shows only in the long run: memory, stalls of the loop, and the rate that the server sees."""

import asyncio
import ctypes
import gc
import math
import sys
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psutil

from benchmarks.rounds import Finding
from pywats import AsyncPyWATS, RateLimit
from pywats.sandbox import Sandbox

AT_ONCE = 100
LIMIT = RateLimit(200, 2.0)
_TICK = 0.001


async def memory(api: AsyncPyWATS, part: str, requests: int) -> Finding:
    """How much memory grows from the first fifth of many requests on: the process, and then Python's objects alone."""
    name = f"{requests:,} GETs: memory from the first fifth on, per 1,000"
    process = await _growth(api, part, requests, _own_pages)
    tracemalloc.start()
    try:
        objects = await _growth(api, part, requests, lambda: tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    return Finding(name, f"{objects / 1024:.2f} KB of objects; the process {process / 1024:.1f} KB", "1 KB")


async def _growth(api: AsyncPyWATS, part: str, requests: int, measured: Callable[[], int]) -> float:
    """How much it is more per 1,000 requests, after the first fifth of them."""
    first = requests // 5
    await _many(api, part, first)
    gc.collect()
    before = measured()
    await _many(api, part, requests - first)
    gc.collect()
    return (measured() - before) / (requests - first) * 1000


def _own_pages() -> int:
    """The memory that nobody shares with this process, without what the C library keeps for later."""
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)
    return psutil.Process().memory_full_info().uss


async def stalls(api: AsyncPyWATS, part: str, requests: int) -> Finding:
    """How long the loop was kept from other work while many requests ran; pauses of the collector are told apart."""
    await _many(api, part, AT_ONCE)
    pauses: list[float] = []
    begun = 0.0

    def collected(phase: str, _: dict[str, int]) -> None:
        nonlocal begun
        if phase == "start":
            begun = time.perf_counter()
        else:
            pauses.append(time.perf_counter() - begun)

    gc.callbacks.append(collected)
    try:
        async with _watchdog(pauses) as seen:
            await _many(api, part, requests)
    finally:
        gc.callbacks.remove(collected)
    pause = max(pauses, default=0.0)
    found = f"{seen.longest * 1e3:.0f} ms of own work; longest pause of the collector {pause * 1e3:.0f} ms"
    return Finding(f"longest stall of the loop while {requests:,} GETs run, {AT_ONCE} at a time", found, "20 ms")


async def limiter(requests: int = 1000) -> Finding:
    """The most requests that the server got in any window, and the time against the shortest possible."""
    with Sandbox(history=requests + 1) as server:
        async with AsyncPyWATS(base_url=server.url, token=server.token, rate_limit=LIMIT) as api:
            begun = time.perf_counter()
            await asyncio.gather(*(api.product.get_product(f"P{number}") for number in range(requests)))
            seconds = time.perf_counter() - begun
        most = server.most_starts(LIMIT.period)
    ideal = (math.ceil(requests / LIMIT.rate) - 1) * LIMIT.period  # a full window at its very beginning, then the next
    found = f"{most / LIMIT.rate:.3f} of the limit; {seconds / ideal:.3f} x the shortest time that the limit allows"
    name = f"{requests:,} GETs at {LIMIT.rate} in {LIMIT.period:.0f} s, counted at the server"
    return Finding(name, found, "1.00; 1.05 x")


@dataclass(slots=True)
class _Seen:
    longest: float = 0.0


@asynccontextmanager
async def _watchdog(pauses: list[float]) -> AsyncIterator[_Seen]:
    """Wake up every millisecond, and note how late that was without the collector's pauses."""
    seen = _Seen()

    async def watch() -> None:
        while True:
            known, asleep = len(pauses), time.perf_counter()
            await asyncio.sleep(_TICK)
            late = time.perf_counter() - asleep - _TICK - math.fsum(pauses[known:])
            seen.longest = max(seen.longest, late)

    dog = asyncio.create_task(watch())
    try:
        yield seen
    finally:
        dog.cancel()


async def _many(api: AsyncPyWATS, part: str, requests: int) -> None:
    """So many GETs, ``AT_ONCE`` at a time, none of which shares the answer of another."""
    left = iter(range(requests))

    async def work(worker: int) -> None:
        for _ in left:
            await api.http.get(f"/api/Product/{part}", {"worker": worker})

    await asyncio.gather(*map(work, range(AT_ONCE)))
