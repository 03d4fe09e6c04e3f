"""Working through many items, so many at a time, each with a result of its own."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Collection, Hashable, Iterable, Sized
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar

from pywats.caching.memo import MEMO, Answers, Memo
from pywats.concurrency.result import Failure, Result, Success
from pywats.errors import RuntimeFailedError, UsageError, ValidationError
from pywats.progress import Meter, Progress, meter_of

R = TypeVar("R")
T = TypeVar("T")

_ALONE: Final = Memo(None)
"""The memo of an item that has no equal."""


async def work_through(
    call: Callable[..., Awaitable[R]], items: Iterable[Any], *, max_concurrent: int, progress: Progress = False
) -> list[Result[R]]:
    """The result of ``call`` for each item, in the order of the items; one that fails stops no other.

    An item is the one argument, or a tuple of positional arguments. Equal items share the answers to their GETs.
    Cancelled, it cancels what is under way.

    Raises:
        ValidationError: the items are a text, or ``max_concurrent`` is less than 1.
    """
    check_width(max_concurrent)
    listed = listed_items(items)
    memos = _memos_of(listed)
    results: dict[int, Result[R]] = {}
    numbered = iter(enumerate(listed))

    async def work() -> None:
        for index, item in numbered:
            results[index] = await outcome(call, item, memos(item))
            meter.advance()

    meter = meter_of(progress, "batch", len(listed))
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(max_concurrent, len(listed))):
                group.create_task(work())
    except ExceptionGroup as errors:  # of the meter: an item's own error is its result
        raise errors.exceptions[0] from None
    finally:
        meter.close()
    return [results[index] for index in range(len(listed))]


async def outcome(call: Callable[..., Awaitable[R]], item: Any, memo: Memo = _ALONE) -> Result[R]:
    """What becomes of one item."""
    before = MEMO.set(memo)
    try:
        return Success(await (call(*item) if isinstance(item, tuple) else call(item)))
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        return Failure(RuntimeFailedError("the call was cancelled from inside"))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what became of this item
        return Failure(error)
    finally:
        MEMO.reset(before)


def check_width(max_concurrent: int) -> None:
    """Refuse a number of calls at a time that makes no sense.

    Raises:
        ValidationError: it is less than 1.
    """
    if max_concurrent < 1:
        raise ValidationError(f"max_concurrent is {max_concurrent}; it must be 1 or more")


def check_items(items: object) -> None:
    """Refuse items that nobody means.

    Raises:
        ValidationError: they are the letters of a text.
    """
    if isinstance(items, str | bytes):
        raise ValidationError(f"a batch takes a list of items, not the text {items!r}; put it in brackets")


def listed_items(items: Iterable[T]) -> list[T]:
    """The items as a list.

    Raises:
        ValidationError: they are a text.
    """
    check_items(items)
    return list(items)


def _memos_of(items: Collection[Any]) -> Callable[[Any], Memo]:
    """Gives each item its memo; what equal items share is forgotten with the last of them."""
    left = Counter(item for item in items if _is_hashable(item))
    shared: dict[Hashable, Answers] = {item: {} for item, count in left.items() if count > 1}

    def memo_of(item: Any) -> Memo:
        if not shared or not _is_hashable(item) or item not in shared:
            return _ALONE
        left[item] -= 1
        return Memo(shared[item] if left[item] else shared.pop(item))

    return memo_of


def _is_hashable(item: Any) -> bool:
    try:
        hash(item)
    except TypeError:
        return False
    return True


class AsyncBatch(AsyncIterator[tuple[int, Result[R]]], Generic[R]):
    """Results as they come, each with the number of its item, counted from 0.

    At most ``max_concurrent`` items are under way or finished and not read, so the items may go on for ever. A loop
    that is left by ``break`` or an error leaves nothing running; ``aclose`` or ``async with`` ends it at once.
    """

    def __init__(
        self,
        call: Callable[..., Awaitable[R]],
        items: Iterable[Any] | AsyncIterable[Any],
        *,
        max_concurrent: int,
        progress: Progress = False,
    ) -> None:
        self._desk: _Desk[R] = _Desk(call, items, max_concurrent, progress)

    def __aiter__(self) -> Self:
        """Iterate over the results."""
        return self

    async def __anext__(self) -> tuple[int, Result[R]]:
        """Return the next result."""
        try:
            found = await self._desk.next()
        except BaseException:
            await self.aclose()
            raise
        if found is None:
            raise StopAsyncIteration
        return found

    async def aclose(self) -> None:
        """Cancel what is under way."""
        await self._desk.close()

    async def __aenter__(self) -> Self:
        """Enter a block that ends the batch at its end."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the batch."""
        await self.aclose()

    def __del__(self) -> None:
        """Have what is under way cancelled on its loop; collection may happen on any thread."""
        self._desk.end_soon()


class _Desk(Generic[R]):
    """Where workers take items and put results; it knows nothing of who reads them, so that it keeps nobody alive."""

    def __init__(
        self,
        call: Callable[..., Awaitable[R]],
        items: Iterable[Any] | AsyncIterable[Any],
        max_concurrent: int,
        progress: Progress,
    ) -> None:
        self._call = call
        self._items = _stepping(items)
        self._total = len(items) if isinstance(items, Sized) else None
        self._max_concurrent = max_concurrent
        self._progress = progress
        self._meter: Meter | None = None
        self._done: asyncio.Queue[tuple[int, Result[R]] | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(max_concurrent)
        self._turn = asyncio.Lock()
        self._count = 0
        self._workers: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._error: BaseException | None = None

    async def next(self) -> tuple[int, Result[R]] | None:
        """The next result, ``None`` when there are no more.

        Raises:
            Exception: what the items themselves raised, once the results before it were read.
        """
        if self._loop is None:
            self._begin()
        elif self._loop is not asyncio.get_running_loop():
            raise UsageError("the batch belongs to another event loop; iterate over it where it was begun")
        found = await self._done.get()
        if found is not None:
            self._room.release()
            if self._meter is not None:
                self._meter.advance()
            return found
        await self.close()
        error, self._error = self._error, None
        if error is not None:
            raise error
        return None

    def _begin(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._meter = meter_of(self._progress, "batch", self._total)
        for _ in range(self._max_concurrent):
            worker = self._loop.create_task(self._work(), name="batch")
            self._workers.add(worker)
            worker.add_done_callback(self._ended)

    async def _work(self) -> None:
        while True:
            await self._room.acquire()
            async with self._turn:
                try:
                    item = await anext(self._items)
                except StopAsyncIteration:
                    self._room.release()
                    return
                number, self._count = self._count, self._count + 1
            self._done.put_nowait((number, await outcome(self._call, item)))

    def _ended(self, worker: asyncio.Task[None]) -> None:
        self._workers.discard(worker)
        if not worker.cancelled() and (error := worker.exception()) is not None:
            self._error = error
        if not self._workers:
            self._done.put_nowait(None)

    async def close(self) -> None:
        """Cancel what is under way and wait until it has ended; in another loop than its own it is only begun."""
        if self._loop is not None and self._loop is not asyncio.get_running_loop():
            self.end_soon()
            return
        self._stop()
        if self._workers:
            await asyncio.wait(self._workers)

    def end_soon(self) -> None:
        """Have everything cancelled on the loop; never waits."""
        if self._workers and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop)

    def _stop(self) -> None:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        while not self._done.empty():
            self._done.get_nowait()
        self._done.put_nowait(None)  # for whoever waits, and whoever asks again
        for worker in self._workers:
            worker.cancel()
        if self._meter is not None:
            self._meter.close()


async def _stepping(items: Iterable[T] | AsyncIterable[T]) -> AsyncIterator[T]:
    """The items, none any more after an error of theirs: what is under way by then goes on."""
    if isinstance(items, AsyncIterable):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item
