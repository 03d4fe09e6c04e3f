"""Pages that are fetched while another one is read: how far ahead, what errors and leaving do."""

import asyncio
import gc
import threading
from collections.abc import AsyncGenerator

import pytest
from waiting import PATIENCE, soon, until

from workers import AsyncStream, BlockingStream, Portal, WrongLoop
from workers.prefetch import MarkedPage
from workers.testing import virtual_time


class Source:
    """Pages of two numbers, each of which takes a second to fetch."""

    def __init__(self, pages: int, *, seconds: float = 1.0, fail_at: int | None = None) -> None:
        self.pages, self.seconds, self.fail_at = pages, seconds, fail_at
        self.begun = 0
        self.closed = 0

    async def walk(self) -> AsyncGenerator[list[int], None]:
        try:
            for page in range(self.pages):
                self.begun += 1
                await asyncio.sleep(self.seconds)
                if page == self.fail_at:
                    raise ZeroDivisionError
                yield MarkedPage([2 * page, 2 * page + 1], lambda count, page=page: f"{page}.{count}")
        finally:
            self.closed += 1


def walkers() -> set[asyncio.Task[object]]:
    return {task for task in asyncio.all_tasks() if task.get_name() == "walk"}


@virtual_time
async def test_the_next_page_is_fetched_while_one_is_read():
    clock = asyncio.get_running_loop().time
    for ahead, expected in ((0, 12.0), (1, 7.0), (3, 7.0)):
        source = Source(6)
        begun = clock()
        async for _ in AsyncStream(source.walk(), ahead):
            await asyncio.sleep(0.5)
        assert clock() - begun == pytest.approx(expected, abs=1e-3)
        assert (source.begun, source.closed) == (6, 1)
    assert walkers() == set()


@virtual_time
async def test_no_more_is_fetched_than_the_setting_says():
    for ahead in (0, 1, 3):
        source = Source(20)
        stream = AsyncStream(source.walk(), ahead)
        assert source.begun == 0
        await anext(stream)
        await asyncio.sleep(60)
        assert source.begun == 1 + ahead
        assert walkers() == set()
        await stream.aclose()
        assert source.closed == 1


@virtual_time
async def test_a_reader_that_never_waits_does_not_hold_up_the_next_page():
    asked: list[int] = []

    async def walk() -> AsyncGenerator[list[int], None]:
        for page in range(4):
            for _ in range(5):  # on its way through mailbox, actor and transport
                await asyncio.sleep(0)
            asked.append(page)
            await asyncio.sleep(1)
            yield [2 * page, 2 * page + 1]

    seen = [(item, len(asked)) async for item in AsyncStream(walk(), 1)]
    assert seen == [(0, 2), (1, 2), (2, 3), (3, 3), (4, 4), (5, 4), (6, 4), (7, 4)]


@virtual_time
async def test_an_error_comes_after_the_items_before_it():
    source = Source(6, fail_at=2)
    stream = AsyncStream(source.walk(), 3)
    assert [await anext(stream) for _ in range(4)] == [0, 1, 2, 3]
    with pytest.raises(ZeroDivisionError):
        await anext(stream)
    assert [item async for item in stream] == []
    assert walkers() == set()


@virtual_time
async def test_leaving_a_loop_ends_the_walk():
    source = Source(6)
    async for _ in AsyncStream(source.walk(), 1):
        break
    gc.collect()
    await asyncio.sleep(0.1)
    assert source.closed == 1
    assert walkers() == set()


@virtual_time
async def test_a_reader_that_is_cancelled_ends_the_walk():
    for ahead in (0, 1):
        source = Source(6)
        stream = AsyncStream(source.walk(), ahead)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await anext(stream)
        assert source.closed == 1
        assert walkers() == set()
        assert [item async for item in stream] == []


@virtual_time
async def test_two_readers_share_a_stream():
    for ahead in (0, 1):
        stream = AsyncStream(Source(5).walk(), ahead)

        async def read(stream: AsyncStream[int] = stream) -> list[int]:
            return [item async for item in stream]

        first, second = await asyncio.gather(read(), read())
        assert sorted(first + second) == list(range(10))


@virtual_time
async def test_a_walk_may_be_closed_while_it_is_read():
    for ahead in (0, 1):
        source = Source(6, seconds=10)
        stream = AsyncStream(source.walk(), ahead)
        reader = asyncio.create_task(anext(stream, None))
        await asyncio.sleep(1)
        await asyncio.gather(stream.aclose(), stream.aclose())
        assert await reader is None
        assert source.closed == 1
        assert walkers() == set()


def test_a_blocking_walk_that_was_closed_before_it_began_gives_nothing():
    source = Source(6)
    stream = blocking(source)
    stream.close()
    assert list(stream) == []
    assert source.begun == 0


@pytest.mark.parametrize("ahead", [0, 1])
def test_a_blocking_walk_may_be_closed_while_a_thread_waits_for_it(ahead):
    source = Source(6, seconds=PATIENCE)
    stream = blocking(source, ahead)
    seen: list[int] = []
    reader = threading.Thread(target=lambda: seen.extend(stream))
    reader.start()
    until(lambda: source.begun)
    stream.close()
    reader.join(PATIENCE)
    assert seen == []
    on_loop_closed(source)


async def test_a_walk_stays_in_its_loop():
    source = Source(6, seconds=0)
    stream = AsyncStream(source.walk(), 1)
    assert [await anext(stream), await anext(stream)] == [0, 1]

    async def elsewhere() -> None:
        with pytest.raises(WrongLoop, match="go on from its cursor"):
            await anext(stream)
        await stream.aclose()

    await asyncio.to_thread(asyncio.run, elsewhere())
    await soon(lambda: source.closed == 1 and not walkers())


@virtual_time
async def test_the_cursor_is_behind_the_item_that_was_given_last():
    stream = AsyncStream(Source(2).walk(), 1)
    assert stream.cursor is None
    seen = [(item, stream.cursor) async for item in stream]
    assert seen == [(0, "0.1"), (1, "0.2"), (2, "1.1"), (3, "1.2")]
    assert stream.cursor == "1.2"
    await stream.aclose()
    assert stream.cursor == "1.2"


def blocking(source: Source, ahead: int = 1) -> BlockingStream[int]:
    return BlockingStream(source.walk(), Portal(), lambda error: error, ahead)


def on_loop_closed(source: Source) -> None:
    async def closed() -> None:
        await soon(lambda: source.closed and not walkers())

    Portal().call(closed)


def test_a_blocking_walk_is_fetched_ahead_and_ended_when_dropped():
    source = Source(9, seconds=0.001)
    stream = blocking(source)
    assert next(stream) == 0
    assert stream.cursor == "0.1"
    del stream
    gc.collect()
    on_loop_closed(source)
    assert source.begun <= 3


def test_a_generator_that_is_collected_on_the_loops_thread_does_not_block_it():
    source = Source(9, seconds=0.001)
    held = []

    def numbers():
        with blocking(source) as walk:
            yield from walk

    held.append(numbers())
    assert next(held[0]) == 0

    async def collect() -> None:
        held.clear()
        gc.collect()

    Portal().call(collect)
    on_loop_closed(source)
