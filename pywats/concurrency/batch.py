"""Many calls of one method: ``batch`` and ``batch_iter`` of both clients."""

import functools
import queue
import threading
from collections.abc import AsyncIterable, Awaitable, Callable, Coroutine, Iterable, Iterator, Sized
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar, TypeVarTuple, overload

from pywats.concurrency.crew import AsyncBatch, check_items, check_width, listed_items, outcome, work_through
from pywats.concurrency.result import Failure, Result
from pywats.errors import UsageError, translated
from pywats.progress import Meter, Progress, meter_of
from workers.errors import RuntimeClosed, WorkersError
from workers.methods import BlockingMethod
from workers.portal import Portal

I = TypeVar("I")  # noqa: E741 - an item
R = TypeVar("R")
Ts = TypeVarTuple("Ts")

AT_ONCE: Final = 10
"""Calls of a batch that are under way at once, unless told otherwise."""
_SLICE: Final = 0.5


class AsyncBatches:
    """The batches of the async client."""

    @overload
    async def batch(
        self,
        method: Callable[[I], Awaitable[R]],
        items: Iterable[I],
        max_concurrent: int = AT_ONCE,
        *,
        progress: Progress = False,
    ) -> list[Result[R]]: ...
    @overload
    async def batch(
        self,
        method: Callable[[*Ts], Awaitable[R]],
        items: Iterable[tuple[*Ts]],
        max_concurrent: int = AT_ONCE,
        *,
        progress: Progress = False,
    ) -> list[Result[R]]: ...
    async def batch(
        self,
        method: Callable[..., Awaitable[Any]],
        items: Iterable[Any],
        max_concurrent: int = AT_ONCE,
        *,
        progress: Progress = False,
    ) -> list[Result[Any]]:
        """Call a method for each item, and return the results in the order of the items; one failure stops no other.

        Equal items share the answers to their GETs. The calls go in the bulk lane. A batch that is cancelled cancels
        what is queued and under way.

        Args:
            method: of this client, such as ``api.product.get_product``, or any other coroutine function.
            items: each is the one argument, or a tuple of positional arguments.
            max_concurrent: calls under way at once.
            progress: ``True`` for a bar on a terminal, or a function that is told what is done and how much there is.
        """
        return await work_through(method, items, max_concurrent=max_concurrent, progress=progress)

    @overload
    def batch_iter(
        self,
        method: Callable[[I], Awaitable[R]],
        items: Iterable[I] | AsyncIterable[I],
        max_concurrent: int = AT_ONCE,
        *,
        progress: Progress = False,
    ) -> AsyncBatch[R]: ...
    @overload
    def batch_iter(
        self,
        method: Callable[[*Ts], Awaitable[R]],
        items: Iterable[tuple[*Ts]] | AsyncIterable[tuple[*Ts]],
        max_concurrent: int = AT_ONCE,
        *,
        progress: Progress = False,
    ) -> AsyncBatch[R]: ...
    def batch_iter(
        self,
        method: Callable[..., Awaitable[Any]],
        items: Iterable[Any] | AsyncIterable[Any],
        max_concurrent: int = AT_ONCE,
        *,
        progress: Progress = False,
    ) -> AsyncBatch[Any]:
        """Call a method for each item, and give each result with the number of its item as it comes.

        No more than ``max_concurrent`` items are taken before their results are read, so there may be any number of
        them. The arguments are those of ``batch``; the items may be an async iterator, too.
        """
        check_width(max_concurrent)
        check_items(items)
        return AsyncBatch(method, items, max_concurrent=max_concurrent, progress=progress)


class BlockingBatches:
    """The batches of the blocking client."""

    _portal: Portal | None

    @overload
    def batch(
        self,
        method: Callable[[I], R],
        items: Iterable[I],
        max_concurrent: int = AT_ONCE,
        *,
        progress: Progress = False,
    ) -> list[Result[R]]: ...
    @overload
    def batch(
        self,
        method: Callable[[*Ts], R],
        items: Iterable[tuple[*Ts]],
        max_concurrent: int = AT_ONCE,
        *,
        progress: Progress = False,
    ) -> list[Result[R]]: ...
    def batch(
        self,
        method: Callable[..., Any],
        items: Iterable[Any],
        max_concurrent: int = AT_ONCE,
        *,
        progress: Progress = False,
    ) -> list[Result[Any]]:
        """Call a method for each item, and return the results in the order of the items; one failure stops no other.

        Equal items share the answers to their GETs. The calls go in the bulk lane. Ctrl-C cancels what is queued and
        under way.

        Args:
            method: of this client, such as ``api.product.get_product``, or a ``functools.partial`` of one.
            items: each is the one argument, or a tuple of positional arguments.
            max_concurrent: calls under way at once.
            progress: ``True`` for a bar on a terminal, or a function that is told what is done and how much there is.
        """
        call, listed = _on_loop(method), listed_items(items)
        try:
            return self._own_portal().call(
                lambda: work_through(call, listed, max_concurrent=max_concurrent, progress=progress)
            )
        except WorkersError as error:
            raise translated(error) from error

    @overload
    def batch_iter(
        self,
        method: Callable[[I], R],
        items: Iterable[I],
        max_concurrent: int = AT_ONCE,
        *,
        progress: Progress = False,
    ) -> "BlockingBatch[R]": ...
    @overload
    def batch_iter(
        self,
        method: Callable[[*Ts], R],
        items: Iterable[tuple[*Ts]],
        max_concurrent: int = AT_ONCE,
        *,
        progress: Progress = False,
    ) -> "BlockingBatch[R]": ...
    def batch_iter(
        self,
        method: Callable[..., Any],
        items: Iterable[Any],
        max_concurrent: int = AT_ONCE,
        *,
        progress: Progress = False,
    ) -> "BlockingBatch[Any]":
        """Call a method for each item, and give each result with the number of its item as it comes.

        No more than ``max_concurrent`` items are taken before their results are read, so there may be any number of
        them. The arguments are those of ``batch``.
        """
        check_width(max_concurrent)
        check_items(items)
        call = _on_loop(method)
        return BlockingBatch(call, items, self._own_portal(), max_concurrent=max_concurrent, progress=progress)

    def _own_portal(self) -> Portal:
        if self._portal is None:
            raise UsageError("batches of the blocking client need the blocking client")
        return self._portal


class BlockingBatch(Iterator[tuple[int, Result[R]]], Generic[R]):
    """Results as they come, each with the number of its item, counted from 0.

    At most ``max_concurrent`` items are under way or finished and not read, so the items may go on for ever; they are
    taken on the thread that iterates. Threads may share it. A loop that is left by ``break`` or an error leaves nothing
    running; ``close`` or ``with`` ends it at once.
    """

    def __init__(
        self,
        call: Callable[..., Coroutine[Any, Any, R]],
        items: Iterable[Any],
        portal: Portal,
        *,
        max_concurrent: int,
        progress: Progress = False,
    ) -> None:
        self._call = call
        self._total = len(items) if isinstance(items, Sized) else None
        self._portal = portal
        self._max_concurrent = max_concurrent
        self._progress = progress
        self._meter: Meter | None = None
        self._count = 0
        self._under_way: dict[int, Future[Result[R]]] = {}
        self._done: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._turn = threading.RLock()
        self._error: Exception | None = None
        self._items: Iterator[Any] | None = iter(items)

    def __iter__(self) -> Self:
        """Iterate over the results."""
        return self

    def __next__(self) -> tuple[int, Result[R]]:
        """Return the next result; an error of the items comes after the results of those before it."""
        with self._turn:
            if self._meter is None:
                self._meter = meter_of(self._progress, "batch", self._total)
            try:
                number = self._next_number()
                if number is not None:
                    result = self._result_of(self._under_way.pop(number))
                    self._meter.advance()
                    return number, result
            except BaseException:
                self.close()
                raise
            self.close()
            error, self._error = self._error, None
            raise error or StopIteration

    def _next_number(self) -> int | None:
        """Start what there is room for, and return the number of an item that is done; ``None`` after the last one."""
        while True:
            started = self._start_one()
            try:
                return self._done.get(block=False)
            except queue.Empty:
                if started:
                    continue
            if not self._under_way:
                return None
            try:
                return self._done.get(timeout=_SLICE)  # in slices: an untimed wait ignores Ctrl-C on Windows
            except queue.Empty:
                continue

    def _start_one(self) -> bool:
        if self._items is None or len(self._under_way) >= self._max_concurrent:
            return False
        try:
            item = next(self._items)
        except StopIteration:
            self._items = None
            return False
        except Exception as error:  # noqa: BLE001 - it is the reader's, who has results to read before
            self._items, self._error = None, error
            return False
        number, self._count = self._count, self._count + 1
        call, done = self._call, self._done
        try:
            self._under_way[number] = self._portal.start(lambda: outcome(call, item), done=lambda: done.put(number))
        except WorkersError as error:
            raise translated(error) from error
        return True

    def _result_of(self, handle: "Future[Result[R]]") -> Result[R]:
        try:
            return handle.result(0)
        except RuntimeClosed as error:
            return Failure(translated(error))

    def close(self) -> None:
        """Cancel what is under way; what was not read is dropped."""
        self._items = None
        under_way, self._under_way, self._done = self._under_way, {}, queue.SimpleQueue()
        for handle in under_way.values():
            handle.cancel()
        if self._meter is not None:
            self._meter.close()

    def __enter__(self) -> Self:
        """Enter a block that ends the batch at its end."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the batch."""
        self.close()

    def __del__(self) -> None:
        """Have what is under way cancelled on its loop; nothing is waited for."""
        self.close()


def _on_loop(method: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, Any]]:
    """A blocking method as the coroutine function behind it.

    Raises:
        UsageError: it is something else, which would block the loop.
    """
    if isinstance(method, BlockingMethod):
        return method.on_loop  # pyright: ignore[reportUnknownVariableType,reportUnknownMemberType]
    if isinstance(method, functools.partial):
        return functools.partial(_on_loop(method.func), *method.args, **method.keywords)
    raise UsageError(
        f"a batch takes a method of the client, such as api.product.get_product, or a functools.partial of one, not "
        f"{method!r}; for functions of your own use concurrent.futures, or AsyncPyWATS"
    )
