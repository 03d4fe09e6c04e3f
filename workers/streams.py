"""A walk over pages, seen item by item: with ``async for`` from coroutines, with ``for`` from threads."""

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from types import TracebackType
from typing import Generic, Self, TypeVar

from workers.errors import BlockingInLoop, WorkersError
from workers.portal import Portal
from workers.prefetch import MarkedPage, Pages

T = TypeVar("T")


class _Reading(Generic[T]):
    """The page that is being read, item by item."""

    def __init__(self) -> None:
        self._items: deque[T] = deque()  # those that were not given yet; the stream does not hold the others
        self._length = 0
        self._mark: Callable[[int], str] | None = None
        self._before: str | None = None  # where the walk goes on behind the pages before

    @property
    def cursor(self) -> str | None:
        """Where the walk goes on behind the item that was given last, for ``resume_from`` of a later walk.

        ``None`` before the first item, and of walks that cannot be resumed.
        """
        given = self._length - len(self._items)
        return self._mark(given) if self._mark is not None and given > 0 else self._before

    def _turn_to(self, page: Sequence[T]) -> None:
        self._before = self.cursor
        self._mark = page.mark if isinstance(page, MarkedPage) else None
        self._length = len(page)
        self._items.extend(page)

    def _stop_reading(self) -> None:
        self._length -= len(self._items)
        self._items.clear()


class AsyncStream(_Reading[T], AsyncIterator[T]):
    """Items of a walk. Iterate over it; ``aclose`` or ``async with`` ends it early and at once.

    While one page is read the next one is on its way. A loop that is left by ``break`` or an error leaves nothing
    running: the walk is ended on its loop as soon as nobody has the stream any more.
    """

    def __init__(
        self,
        pages: AsyncGenerator[Sequence[T], None],
        ahead: int = 0,
        translate: Callable[[WorkersError], Exception] = lambda error: error,
    ) -> None:
        super().__init__()
        self._pages = Pages(pages, ahead)
        self._translate = translate

    def __aiter__(self) -> Self:
        """Iterate over the items."""
        return self

    async def __anext__(self) -> T:
        """Return the next item."""
        if not self._items:
            try:
                page = await self._pages.next()
            except WorkersError as error:
                raise self._translate(error) from error
            if page is None:
                raise StopAsyncIteration
            self._turn_to(page)
            await self._pages.get_under_way()
        return self._items.popleft()

    async def aclose(self) -> None:
        """End the walk; what was fetched and not read is dropped."""
        self._stop_reading()
        await self._pages.aclose()

    async def __aenter__(self) -> Self:
        """Enter a block that closes the walk at its end."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the walk."""
        await self.aclose()

    def __del__(self) -> None:
        """Have the walk closed on its loop; collection may happen on any thread, so nothing is waited for."""
        self._pages.end_soon()


class BlockingStream(_Reading[T], Iterator[T]):
    """Items of a walk. Iterate over it; ``close`` or ``with`` ends it early and at once.

    While one page is read the next one is on its way. A thread waits only when a page is used up: the loop is asked
    once a page, not once an item.
    """

    def __init__(
        self,
        pages: AsyncGenerator[Sequence[T], None],
        portal: Portal,
        translate: Callable[[WorkersError], Exception],
        ahead: int = 0,
    ) -> None:
        super().__init__()
        self._pages = Pages(pages, ahead)
        self._portal = portal
        self._translate = translate
        self._begun = self._closed = False

    def __iter__(self) -> Self:
        """Iterate over the items."""
        return self

    def __next__(self) -> T:
        """Return the next item."""
        if not self._items:
            if self._closed:
                raise StopIteration
            self._begun = True
            try:
                page = self._portal.call(self._pages.next)
            except WorkersError as error:
                raise self._translate(error) from error
            if page is None:
                raise StopIteration
            self._turn_to(page)
        return self._items.popleft()

    def close(self) -> None:
        """End the walk; what was fetched and not read is dropped. On the loop's own thread it is only begun."""
        self._stop_reading()
        self._closed = True
        if self._begun:
            self._begun = False
            try:
                self._portal.call(self._pages.aclose)
            except BlockingInLoop:
                self._portal.schedule(self._pages.aclose)
            except WorkersError as error:
                raise self._translate(error) from error

    def __enter__(self) -> Self:
        """Enter a block that closes the walk at its end."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the walk."""
        self.close()

    def __del__(self) -> None:
        """Have the walk closed on its loop; collection may happen on any thread, so nothing is waited for."""
        if self._begun:
            self._portal.schedule(self._pages.aclose)
