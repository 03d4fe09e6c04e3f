"""``python -m benchmarks``: measure the client against hand-written aiohttp and pydantic, and write ``RESULTS.md``."""

import argparse
import asyncio
import os
import platform
import subprocess
import sys
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path

from benchmarks import arrays, imports, job_rows, lasting, products, reports, threads, walks
from benchmarks.handwritten import HandWritten, LoopThread
from benchmarks.rounds import Figures, Finding, measure
from pywats import AsyncPyWATS, Product, pyWATS, unwrap_all
from workers import Portal

TOKEN = "benchmark"  # noqa: S105 - of a sandbox that lives for a minute
PART = "WIDGET-001"
RESULTS = Path(__file__).with_name("RESULTS.md")
AT_ONCE = 100
LATENCY_MS = 20
BATCH = 5000
ALONE = 200
CROWD = 500
HEADERS, ALL_HEADERS = 10_000, 100_000
REQUESTS, ALL_REQUESTS = 10_000, 200_000


def main() -> int:
    """Run every measurement and print the table; it is also written beside this file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="how often each way is run (default 7)")
    parser.add_argument("--long", action="store_true", help="measure walks and memory in full length")
    parser.add_argument("--dry", action="store_true", help="print the table only")
    options = parser.parse_args()
    count, requests = (ALL_HEADERS, ALL_REQUESTS) if options.long else (HEADERS, REQUESTS)
    rounds: int = options.rounds
    with sandbox() as near, sandbox("--latency-ms", str(LATENCY_MS)) as far, walks.archive(count) as path:
        crowd = asyncio.run(stored(near, CROWD))
        with sandbox("--db", str(path), "--latency-ms", str(LATENCY_MS)) as full:
            figures = [
                asyncio.run(one_by_one(near, rounds)),
                asyncio.run(batch(far, rounds)),
                asyncio.run(named_batch(far, min(rounds, 3))),
                asyncio.run(blocking(near, rounds)),
                *threads.in_blocks(near, TOKEN, crowd, AT_ONCE, rounds),
                *asyncio.run(walking(full, count, min(rounds, 3))),
                asyncio.run(array(full, min(rounds, 3))),
                asyncio.run(submitting(near, rounds)),
                asyncio.run(products.parsing(min(rounds, 5))),
                asyncio.run(reports.reading(rounds)),
                asyncio.run(reports.building(rounds)),
                asyncio.run(reports.building_checked(rounds)),
                asyncio.run(reports.growing(rounds)),
            ]
            findings = [
                asyncio.run(speed_up(far)),
                asyncio.run(memory_of_walk(full, count)),
                asyncio.run(memory_of_array(full)),
                asyncio.run(memory(near, requests)),
                asyncio.run(stalls(near)),
                asyncio.run(lasting.limiter()),
                *threads.crowds(near, TOKEN, crowd),
                *imports.importing(rounds),
                job_rows.writing(job_rows.ROWS if options.long else job_rows.ROWS // 10),
            ]
    text = "".join(f"{line}\n" for line in report(figures, options.rounds))
    text += "\n| What | Found | Must |\n|---|---|---|\n"
    text += "".join(f"| {row.name} | {row.found} | {row.must} |\n" for row in findings)
    text += "".join(f"{line}\n" for line in explanations(figures))
    sys.stdout.write(text)
    if not options.dry:
        RESULTS.write_text(text, "utf-8")
    return 0


@contextmanager
def sandbox(*arguments: str) -> Generator[str]:
    """A sandbox in a process of its own, so that its work does not count as the client's; gives its address."""
    command = [sys.executable, "-m", "pywats", "sandbox", "--port", "0", "--token", TOKEN, "--seed-demo", *arguments]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=quiet, text=True, cwd=imports.CHECKOUT) as process:  # noqa: S603
        try:
            ready = process.stdout.readline() if process.stdout else ""
            yield ready.split()[-1]
        finally:
            process.terminate()


async def one_by_one(url: str, rounds: int, count: int = 200) -> Figures:
    """One GET after the other: what mailbox, limiter, retry and statistics cost."""
    async with client(url) as api, HandWritten(url, TOKEN, AT_ONCE) as by_hand:

        async def ours() -> None:
            for _ in range(count):
                await api.product.get_product(PART)

        async def theirs() -> None:
            for _ in range(count):
                await by_hand.get_product(PART)

        return await measure("GET one by one, async", "CPU 1.10", ours, theirs, operations=count, rounds=rounds)


async def batch(url: str, rounds: int, count: int = 500) -> Figures:
    """Many GETs of different products at once, on a server that takes its time."""
    names = [f"BENCH-{number:04}" for number in range(count)]
    title = f"{count} GETs at {LATENCY_MS} ms, {AT_ONCE} at a time"
    async with client(url) as api, HandWritten(url, TOKEN, AT_ONCE) as by_hand:
        await asyncio.gather(*(api.product.create_product(part_number=name) for name in names))

        async def ours() -> None:
            await asyncio.gather(*map(api.product.get_product, names))

        async def theirs() -> None:
            await by_hand.get_products(names)

        return await measure(title, "rate 0.95", ours, theirs, operations=count, rounds=rounds)


async def named_batch(url: str, rounds: int) -> Figures:
    """``get_products_batch`` over many different products, on a server that takes its time."""
    names = await stored(url, BATCH)
    title = f"get_products_batch of {BATCH} at {LATENCY_MS} ms, {AT_ONCE} at a time"
    async with client(url) as api, HandWritten(url, TOKEN, AT_ONCE) as by_hand:

        async def ours() -> None:
            await api.product.get_products_batch(names, max_concurrent=AT_ONCE)

        async def theirs() -> None:
            await by_hand.get_products(names)

        return await measure(title, "rate 0.95", ours, theirs, operations=BATCH, rounds=rounds)


async def walking(url: str, count: int, rounds: int) -> list[Figures]:
    """Walks over every report header of a server that takes its time."""
    async with client(url) as api, HandWritten(url, TOKEN, AT_ONCE) as by_hand:
        return [await walk(api, by_hand, count, rounds) for walk in (walks.walking, walks.using)]


async def submitting(url: str, rounds: int) -> Figures:
    """Reports built and sent, one after the other."""
    async with client(url) as api, HandWritten(url, TOKEN, AT_ONCE) as by_hand:
        return await reports.submitting(api, by_hand, rounds)


async def array(url: str, rounds: int) -> Figures:
    """One long answer, row by row."""
    async with client(url) as api, HandWritten(url, TOKEN, AT_ONCE) as by_hand:
        return await arrays.Reading(api, by_hand, HEADERS).rate(rounds)


async def memory_of_array(url: str) -> Finding:
    """What one long answer takes."""
    async with client(url) as api, HandWritten(url, TOKEN, AT_ONCE) as by_hand:
        return await arrays.Reading(api, by_hand, HEADERS).memory()


async def memory_of_walk(url: str, count: int) -> Finding:
    """What a walk has in memory."""
    async with client(url) as api:
        return await walks.memory(api, count)


async def memory(url: str, requests: int) -> Finding:
    """What stays in memory of many requests."""
    async with client(url) as api:
        return await lasting.memory(api, PART, requests)


async def stalls(url: str) -> Finding:
    """How long the client keeps the loop from other work."""
    async with client(url) as api:
        return await lasting.stalls(api, PART, BATCH)


async def speed_up(url: str) -> Finding:
    """A batch one by one, as so many calls of it foretell, against all in one batch (the best of three)."""
    names = await stored(url, BATCH)
    async with client(url) as api:
        begun = time.perf_counter()
        for name in names[:ALONE]:
            await api.product.get_product(name)
        alone = (time.perf_counter() - begun) / ALONE * BATCH
        together: list[float] = []
        for _ in range(3):
            begun = time.perf_counter()
            unwrap_all(await api.product.get_products_batch(names, max_concurrent=AT_ONCE))
            together.append(time.perf_counter() - begun)
    best = min(together)
    title = f"get_products_batch of {BATCH:,} at {LATENCY_MS} ms, {AT_ONCE} at a time, against one by one"
    return Finding(title, f"{alone / best:.0f} times as fast: {best:.2f} s against {alone:.0f} s", "60 times")


async def stored(url: str, count: int) -> list[str]:
    """The part numbers of so many products that the server has now."""
    names = [f"BENCH-{number:04}" for number in range(count)]
    async with client(url) as api:
        await api.product.bulk_save_products([Product(part_number=name) for name in names])
    return names


async def blocking(url: str, rounds: int, count: int = 200) -> Figures:
    """One blocking GET after the other, from a thread that is not the loop's."""
    with LoopThread() as thread, pyWATS(base_url=url, token=TOKEN, rate_limit=None) as api:
        by_hand = thread.run(HandWritten(url, TOKEN, AT_ONCE).open())

        def ours() -> None:
            for _ in range(count):
                api.product.get_product(PART)

        def theirs() -> None:
            for _ in range(count):
                thread.run(by_hand.get_product(PART))

        elsewhere = partial(asyncio.to_thread, ours), partial(asyncio.to_thread, theirs)
        figures = await measure(
            "GET one by one, blocking", "rate 1.0", *elsewhere, operations=count, rounds=rounds, look=Portal().look
        )
        thread.run(by_hand.close())
    return figures


def client(url: str) -> AsyncPyWATS:
    """A client as wide as the hand-written one, with no limit on its rate."""
    return AsyncPyWATS(base_url=url, token=TOKEN, rate_limit=None, max_connections=AT_ONCE)


def report(figures: Sequence[Figures], rounds: int) -> Iterator[str]:
    """Yield the lines of the table, and of what it was measured with."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("aiohttp", "pydantic"))
    yield "# Results"
    yield ""
    yield f"{platform.python_implementation()} {platform.python_version()}, {packages}; {platform.system()},"
    yield f"{platform.machine()}, {os.cpu_count()} processors. Medians of {rounds} rounds, per operation; limiter off."
    yield ""
    yield "| Work | Ours, wall | By hand, wall | Rate | Ours, CPU | By hand, CPU | CPU | Must |"
    yield "|---|---|---|---|---|---|---|---|"
    for row in figures:
        walls = f"{row.wall * 1e6:.0f} us | {row.wall_by_hand * 1e6:.0f} us | {row.rate_ratio:.2f} x"
        cpus = f"{row.cpu * 1e6:.0f} us | {row.cpu_by_hand * 1e6:.0f} us | {row.cpu_ratio:.2f} x"
        must = f"{row.must} x" if row.must else ""
        yield f"| {row.name} | {walls} | {cpus} | {must} |"


def explanations(figures: Sequence[Figures]) -> Iterator[str]:
    """Yield the profile of each figure that is not what it must be."""
    missed = [row for row in figures if row.profile]
    if missed:
        yield ""
        yield "## Where the time goes, of what misses its mark"
        yield ""
        yield "Own time of our functions under a profiler, which makes calls of Python functions dear."
    for row in missed:
        yield ""
        yield f"### {row.name}: must {row.must} x, CPU {row.cpu_ratio:.2f} x, rate {row.rate_ratio:.2f} x"
        yield ""
        yield "```text"
        yield from row.profile
        yield "```"


if __name__ == "__main__":
    sys.exit(main())
