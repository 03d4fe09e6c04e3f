"""Doing something for many items, so many at a time, with the results in the order of the items."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


async def in_order(
    work: Callable[[T], Awaitable[R]], items: Iterable[T], *, at_once: int
) -> AsyncGenerator[tuple[int, R | Exception], None]:
    """Yield the number of each item, counted from 1, and what came of it: a result, or what was raised.

    At most ``at_once`` items are under way or done and not yet given, so the items may go on for ever.
    """
    under_way: deque[asyncio.Task[R]] = deque()
    numbered = iter(items)
    number = 0
    try:
        while True:
            while len(under_way) < at_once:
                try:
                    item = next(numbered)
                except StopIteration:
                    break
                under_way.append(asyncio.ensure_future(_awaited(work, item)))
            if not under_way:
                return
            await asyncio.wait((under_way[0],))
            task = under_way.popleft()
            number += 1
            error = task.exception()
            if error is not None and not isinstance(error, Exception):
                raise error
            yield number, task.result() if error is None else error
    finally:
        for task in under_way:
            task.cancel()
        if under_way:
            await asyncio.wait(under_way)


async def _awaited(work: Callable[[T], Awaitable[R]], item: T) -> R:
    return await work(item)
