"""A walk over pages, seen item by item: with ``async for`` from coroutines, with ``for`` from threads."""

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from types import TracebackType
from typing import Generic, Self, TypeVar

from workers.errors import WorkersError
from workers.portal import Portal

T = TypeVar("T")


class AsyncStream(AsyncIterator[T], Generic[T]):
    """Items of a walk. Iterate over it; ``aclose`` or ``async with`` ends it early and at once.

    A loop that is left by ``break`` or an error leaves nothing running: between two items nothing is under way.
    """

    def __init__(self, pages: AsyncGenerator[Sequence[T], None]) -> None:
        self._pages = pages
        self._items: deque[T] = deque()

    def __aiter__(self) -> Self:
        """Iterate over the items."""
        return self

    async def __anext__(self) -> T:
        """Return the next item."""
        while not self._items:
            self._items.extend(await anext(self._pages))
        return self._items.popleft()

    async def aclose(self) -> None:
        """End the walk; what was fetched and not read is dropped."""
        self._items.clear()
        await self._pages.aclose()

    async def __aenter__(self) -> Self:
        """Enter a block that closes the walk at its end."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the walk."""
        await self.aclose()


class BlockingStream(Iterator[T], Generic[T]):
    """Items of a walk. Iterate over it; ``close`` or ``with`` ends it early and at once.

    A thread waits only when a page is used up: the loop is asked once a page, not once an item.
    """

    def __init__(
        self,
        pages: AsyncGenerator[Sequence[T], None],
        portal: Portal,
        translate: Callable[[WorkersError], Exception],
    ) -> None:
        self._pages = pages
        self._portal = portal
        self._translate = translate
        self._items: deque[T] = deque()
        self._begun = False

    def __iter__(self) -> Self:
        """Iterate over the items."""
        return self

    def __next__(self) -> T:
        """Return the next item."""
        while not self._items:
            self._begun = True
            try:
                page = self._portal.call(self._next_page)
            except WorkersError as error:
                raise self._translate(error) from error
            if page is None:
                raise StopIteration
            self._items.extend(page)
        return self._items.popleft()

    async def _next_page(self) -> Sequence[T] | None:
        # StopAsyncIteration cannot travel through a future; None says the same.
        return await anext(self._pages, None)

    def close(self) -> None:
        """End the walk; what was fetched and not read is dropped."""
        self._items.clear()
        if self._begun:
            self._begun = False
            try:
                self._portal.call(self._pages.aclose)
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
