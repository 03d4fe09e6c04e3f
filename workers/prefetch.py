"""Pages of a walk, fetched while the one before them is read."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from typing import Any, Final, Generic, TypeVar

from workers.errors import WrongLoop

T = TypeVar("T")

_TURNS: Final = 8
"""Turns of the loop that it takes, with some to spare, from the wish for a page to the request for it."""


class MarkedPage(list[T]):
    """A page that can say where the walk goes on.

    Args:
        items: of the page.
        mark: returns what the walk has to be given to go on behind the first so many items.
    """

    def __init__(self, items: Iterable[T], mark: Callable[[int], str]) -> None:
        super().__init__(items)
        self.mark = mark


class Pages(Generic[T]):
    """Fetches up to ``ahead`` pages before somebody asks for them; with 0, each when it is asked for.

    It may be closed while somebody waits for a page, who is told then that there are no more. It knows nothing of who
    reads it, so that a reader that is dropped is collected and can end it.
    """

    def __init__(self, pages: AsyncGenerator[Sequence[T], None], ahead: int) -> None:
        self._pages = pages
        self._ahead = ahead
        self._wanted = ahead  # at least one while somebody waits
        self._ready: deque[Sequence[T]] = deque()
        self._changed = asyncio.Event()
        self._fetching: asyncio.Task[None] | None = None
        self._error: Exception | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over = False
        self._closing = asyncio.Lock()

    async def next(self) -> Sequence[T] | None:
        """Return the next page that has items, ``None`` after the last one; who is cancelled here ends the walk.

        Raises:
            WrongLoop: the walk was begun in another event loop.
        """
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise WrongLoop("the walk belongs to another event loop; go on from its cursor with one of this loop")
        try:
            while not self._ready and not self._over:
                self._wanted = max(1, self._ahead)
                self._go_on()
                self._changed.clear()
                await self._changed.wait()
        except asyncio.CancelledError:
            await self.aclose()
            raise
        if self._ready:
            page = self._ready.popleft()
            self._wanted = self._ahead
            self._go_on()
            return page
        error, self._error = self._error, None
        if error is not None:
            raise error
        return None

    async def get_under_way(self) -> None:
        """Let the next page be asked for; a reader that never waits would keep the loop from it until it needs it."""
        if self._ahead and self._fetching is not None:
            for _ in range(_TURNS):
                await asyncio.sleep(0)

    async def aclose(self) -> None:
        """End the walk; what was fetched and not read is dropped. In another loop than its own it is only begun."""
        if self._loop is not None and self._loop is not asyncio.get_running_loop():
            self.end_soon()
            return
        self._over = True
        self._ready.clear()
        self._changed.set()
        async with self._closing:  # one at a time: a reader that is cancelled closes it, and others may, too
            if self._fetching is not None:
                self._fetching.cancel()
                await asyncio.wait({self._fetching})
            await self._pages.aclose()

    def end_soon(self) -> None:
        """Have the walk ended on its loop; may be called on any thread and never waits."""
        if self._loop is not None and not self._over and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_in_background, self.aclose)

    def _go_on(self) -> None:
        """Fetch on if there is room and nobody does; it looks at the state, so a call too many does no harm."""
        if not self._over and self._fetching is None and len(self._ready) < self._wanted:
            self._fetching = asyncio.get_running_loop().create_task(self._fetch_wanted(), name="walk")
            self._fetching.add_done_callback(self._fetched)

    def _fetched(self, _: asyncio.Task[None]) -> None:
        self._fetching = None
        self._go_on()

    async def _fetch_wanted(self) -> None:
        while not self._over and len(self._ready) < self._wanted:
            await self._fetch()

    async def _fetch(self) -> None:
        """Fetch one page; an error is kept for whoever reads that far."""
        try:
            page = await anext(self._pages)
        except StopAsyncIteration:
            self._over = True
        except asyncio.CancelledError:
            self._over = True
            raise
        except Exception as error:  # noqa: BLE001 - it is the reader's
            self._over, self._error = True, error
        else:
            if page:
                self._ready.append(page)
        finally:
            self._changed.set()


def _in_background(function: Callable[[], Any]) -> None:
    task = asyncio.get_running_loop().create_task(function(), name="walk")
    _ending.add(task)  # a loop holds its tasks weakly
    task.add_done_callback(_ending.discard)


_ending: set[asyncio.Task[Any]] = set()
