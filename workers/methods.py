"""A method of a facade, bound: what a coroutine awaits and what a thread calls."""
# A facade, its faces and their methods are one thing in several classes: they use each other's private names.
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

import asyncio
import concurrent.futures
import functools
import inspect
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Sequence
from types import GeneratorType
from typing import TYPE_CHECKING, Any, Final, Generic, ParamSpec, Self, TypeVar, cast

from workers.errors import MailboxFull, WorkersError
from workers.facade import Facade
from workers.portal import Portal
from workers.streams import AsyncStream, BlockingStream

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class _Routine:
    """Gives an object what ``help()``, ``inspect.signature`` and completion look for in a function."""

    __wrapped__: Callable[..., Any]

    def _describe(self, function: Callable[..., Any]) -> None:
        self.__wrapped__ = function
        self.__doc__ = function.__doc__
        self.__module__ = function.__module__

    def __getattr__(self, name: str) -> Any:
        """Give the names of the function when they are asked for: an object is made for each call."""
        if name in {"__name__", "__qualname__"}:
            return getattr(self.__wrapped__, name)
        raise AttributeError(name)

    def __get__(self, obj: object, owner: type[Any] | None = None) -> Self:
        """Stay as it is: it is bound already. Having this, it counts as a routine for ``inspect`` and ``pydoc``."""
        return self

    def __repr__(self) -> str:
        """Show which method of what this is."""
        return f"<{self.__wrapped__.__qualname__} of {getattr(self.__wrapped__, '__self__', None)!r}>"


if sys.version_info >= (3, 12):

    class _Called:
        """Holds a coroutine function, and says that it is one to frameworks that ask."""

        def __init__(self, func: Callable[..., Coroutine[Any, Any, Any]]) -> None:
            self.func = func
            inspect.markcoroutinefunction(self)

else:
    # Before Python 3.12 frameworks that ask whether something is a coroutine function look through this alone.
    _Called = functools.partial[Any]


class AsyncMethod(_Routine, _Called, Generic[P, R]):
    """A method seen from a coroutine: await it, or ``submit`` it for a future."""

    _owner: Facade[Any]

    @classmethod
    def _of(cls, owner: Facade[Any], bound: Callable[P, Coroutine[Any, Any, R]]) -> Self:
        self = cls(bound)
        self._owner = owner
        self._describe(bound)
        return self

    if TYPE_CHECKING:
        # Of a written Coroutine[Any, Any, R], mypy makes Any where `asyncio.gather` is given several kinds.
        async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
            """Carry out the call and return its result."""
            result: R = await self.func(*args, **kwargs)
            return result

    else:

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            """Carry out the call and return its result."""
            return self.func(*args, **kwargs)

    def submit(self, *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[R]:
        """Start the call and return its future at once.

        Raises:
            MailboxFull: 1,000 calls of this service were submitted and are not answered yet (in the words of the
                owner's own error tree).
        """
        loop = asyncio.get_running_loop()
        coroutine = self.func(*args, **kwargs)
        places = self._owner._places()
        if not places.acquire(blocking=False):
            coroutine.close()
            raise self._owner._translate(
                MailboxFull("as many calls as may be were submitted and are not answered yet; await some of them first")
            ) from None
        task: asyncio.Task[R] = loop.create_task(coroutine)
        task.add_done_callback(lambda _: places.release())
        return task


class BlockingMethod(_Routine, Generic[P, R]):
    """A method seen from a thread: call it, or ``submit`` it for a handle."""

    def __init__(self, owner: Facade[Any], bound: Callable[P, Coroutine[Any, Any, R]], portal: Portal) -> None:
        self._owner, self._bound, self._portal = owner, bound, portal
        self._describe(bound)

    @property
    def on_loop(self) -> Callable[P, Coroutine[Any, Any, R]]:
        """The same call as a coroutine function, for code that runs on the portal's loop already."""
        return self._bound

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Carry out the call on the portal's loop and return its result."""
        function = self._prepared(args, kwargs)
        try:
            return self._portal.call(function)
        except WorkersError as error:
            raise self._owner._translate(error) from error

    def submit(self, *args: P.args, **kwargs: P.kwargs) -> concurrent.futures.Future[R]:
        """Start the call and return its handle; blocks while 1,000 calls of this service are not answered yet.

        The handle works with ``concurrent.futures.wait`` and ``as_completed``. ``result(timeout)`` that runs out leaves
        the request running; ``cancel()`` ends it. Callbacks of the handle run on a thread of their own.
        """
        function = self._prepared(args, kwargs)
        places = self._owner._places()
        try:
            self._portal.wait_for_place(places)
            try:
                return self._portal.start(function, done=places.release)
            except WorkersError:
                places.release()
                raise
        except WorkersError as error:
            raise self._owner._translate(error) from error

    def _prepared(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Coroutine[Any, Any, R]]:
        """The call as the portal takes it. What generates its items does so here, on the caller's thread."""
        bound: Callable[..., Coroutine[Any, Any, R]] = self._bound
        named = {name: _at_hand(value) for name, value in kwargs.items()}
        return functools.partial(bound, *map(_at_hand, args), **named)


class AsyncStreamMethod(_Routine, Generic[P, T]):
    """A walk seen from a coroutine: call it, and iterate over what it gives with ``async for``."""

    def __init__(self, owner: Facade[Any], bound: Callable[P, AsyncGenerator[Sequence[T], None]]) -> None:
        self._owner, self._bound = owner, bound
        self._describe(bound)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> AsyncStream[T]:
        """Start the walk; nothing is asked before the first item is."""
        return AsyncStream(self._bound(*args, **kwargs), self._owner._ahead, self._owner._translate)


class BlockingStreamMethod(_Routine, Generic[P, T]):
    """A walk seen from a thread: call it, and iterate over what it gives."""

    def __init__(
        self, owner: Facade[Any], bound: Callable[P, AsyncGenerator[Sequence[T], None]], portal: Portal
    ) -> None:
        self._owner, self._bound, self._portal = owner, bound, portal
        self._describe(bound)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> BlockingStream[T]:
        """Start the walk; nothing is asked before the first item is."""
        pages = self._bound(*args, **kwargs)
        return BlockingStream(pages, self._portal, self._owner._translate, self._owner._ahead)


_LAZY: Final[tuple[type[Any], ...]] = (GeneratorType, map, filter, zip)


def _at_hand(value: Any) -> Any:
    """An argument with its items at hand: on the loop's thread a generator would hold up others, or wait for itself."""
    return list(cast("Iterable[Any]", value)) if isinstance(value, _LAZY) else value
