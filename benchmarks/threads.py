"""The blocking face: many calls at once, from one thread and from many."""

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from benchmarks.handwritten import HandWritten, LoopThread
from benchmarks.rounds import Figures, Finding, measure
from pywats import pyWATS, unwrap_all
from workers import Portal

CROWDS = (1, 10, 100)


def in_blocks(url: str, token: str, names: Sequence[str], at_once: int, rounds: int) -> Iterator[Figures]:
    """Yield the cost of a batch and of handles, against futures of a hand-written loop thread."""
    with LoopThread() as thread, blocking_client(url, token, at_once) as api:
        by_hand = thread.run(HandWritten(url, token, at_once).open())

        def batch() -> None:
            unwrap_all(api.batch(api.product.get_product, names, max_concurrent=at_once))

        def handles() -> None:
            for handle in [api.product.get_product.submit(name) for name in names]:
                handle.result()

        def theirs() -> None:
            thread.run(by_hand.get_products(names))

        def futures() -> None:
            for future in [thread.start(by_hand.get_product(name)) for name in names]:
                future.result()

        for title, ours, other in (("batch", batch, theirs), ("handles", handles, futures)):
            works = partial(asyncio.to_thread, ours), partial(asyncio.to_thread, other)
            name = f"{len(names)} blocking GETs, {title}"
            measured = measure(name, "rate 0.95", *works, operations=len(names), rounds=rounds, look=Portal().look)
            yield asyncio.run(measured)
        thread.run(by_hand.close())


def crowds(url: str, token: str, names: Sequence[str]) -> Iterator[Finding]:
    """Yield how many answers were wrong when threads shared one client, and how many threads the client added."""
    for count in CROWDS:
        before = threading.active_count()
        with blocking_client(url, token, 100) as api, ThreadPoolExecutor(count) as pool:
            begun = time.perf_counter()
            found = list(pool.map(api.product.get_product, names))
            seconds = time.perf_counter() - begun
            extra = threading.active_count() - before - len(pool._threads)  # noqa: SLF001
        wrong = sum(product is None or product.part_number != name for product, name in zip(found, names, strict=True))
        rate = f"{len(names) / seconds:.0f} calls/s"
        yield Finding(f"{count} threads: wrong answers; extra threads; rate", f"{wrong}; {extra}; {rate}", "0; 1")


def blocking_client(url: str, token: str, at_once: int) -> pyWATS:
    """A client as wide as the hand-written one, with no limit on its rate."""
    return pyWATS(base_url=url, token=token, rate_limit=None, max_connections=at_once)
