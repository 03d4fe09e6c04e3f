"""Walking over many headers, by pages of 1,000, against a loop that skips; and the memory that a walk takes."""

import tempfile
import tracemalloc
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import orjson

from benchmarks import plain_report
from benchmarks.handwritten import HandWritten
from benchmarks.reports import START
from benchmarks.rounds import Figures, Finding, measure
from pywats import AsyncPyWATS, ReportHeader
from pywats.sandbox.world import World

PAGE = 1000


@contextmanager
def archive(count: int) -> Generator[Path]:
    """A sandbox's database with so many small reports."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive.sqlite"
        world = World(path)
        with world.database.lock, world.database.transaction():
            world.reports.seed([_report(number) for number in range(count)])
        world.database.close()
        yield path


def _report(number: int) -> dict[str, object]:
    written = plain_report.write(plain_report.build(1, START + timedelta(seconds=number)))
    report: dict[str, object] = orjson.loads(written)
    return report


async def walking(api: AsyncPyWATS, by_hand: HandWritten, count: int, rounds: int) -> Figures:
    """Read every header once."""
    return await _walking(api, by_hand, count, rounds, "", lambda _: None)


async def using(api: AsyncPyWATS, by_hand: HandWritten, count: int, rounds: int) -> Figures:
    """Read every header once, and do something with it that takes a few microseconds."""
    return await _walking(api, by_hand, count, rounds, ", each written as JSON", ReportHeader.model_dump_json)


async def _walking(
    api: AsyncPyWATS,
    by_hand: HandWritten,
    count: int,
    rounds: int,
    title: str,
    use: Callable[[ReportHeader], object],
) -> Figures:
    async def ours() -> None:
        seen = 0
        async for header in api.report.iter_headers(page_size=PAGE):
            use(header)
            seen += 1
        assert seen == count  # noqa: S101

    async def theirs() -> None:
        seen = 0
        async for page in by_hand.pages_of_headers(PAGE):
            for header in page:
                use(header)
                seen += 1
        assert seen == count  # noqa: S101

    title = f"{count:,} headers by {PAGE:,}{title}"
    return await measure(title, "rate 0.95", ours, theirs, operations=count, rounds=rounds)


async def memory(api: AsyncPyWATS, count: int) -> Finding:
    """The most that a walk which keeps nothing has in memory at once."""
    tracemalloc.start()
    try:
        async for _ in api.report.iter_headers(page_size=PAGE):
            pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return Finding(f"{count:,} headers by {PAGE:,}: memory at the most", f"{peak / 2**20:.1f} MB", "6 MB")
