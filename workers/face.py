"""One definition, two faces: an ``async def`` that coroutines await and threads call.

``method`` and ``stream`` are descriptors on the classes of a facade. On its async face they give awaitable calls, on
its blocking face the same calls carried out by a portal's loop thread. Type checkers see each face with its own types.
"""
# A facade, its faces and their methods are one thing in several classes: they use each other's private names.
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

import asyncio
import concurrent.futures
import copy
import functools
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

from workers.errors import MailboxFull, WorkersError
from workers.portal import Portal
from workers.streams import AsyncStream, BlockingStream

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

SUBMITTED_AT_MOST = 1000


class Async:
    """Callers await."""


class Blocking:
    """Callers block."""


Face = TypeVar("Face")


class Facade(Generic[Face]):
    """An object whose methods are declared once and called from coroutines or, behind a portal, from threads."""

    _portal: Portal | None = None
    _aio: Any = None
    _submitted: threading.Semaphore | None = None

    def _blocking_twin(self, portal: Portal) -> Any:
        """The same object seen by threads, its work done on the portal's loop."""
        twin = copy.copy(self)
        twin._portal, twin._aio, twin._submitted = portal, self, None
        return twin

    def _translate(self, error: WorkersError) -> Exception:
        """The error that a caller gets for one of the runtime's; subclasses say it in their own words."""
        return error

    def _places(self) -> threading.Semaphore:
        """The places for calls that were submitted and are not answered yet."""
        if self._submitted is None:
            self._submitted = threading.Semaphore(SUBMITTED_AT_MOST)
        return self._submitted


class _Routine:
    """Gives an object what ``help()``, ``inspect.signature`` and completion look for in a function."""

    __wrapped__: Callable[..., Any]

    def _describe(self, function: Callable[..., Any]) -> None:
        self.__wrapped__ = function
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__
        self.__qualname__ = function.__qualname__
        self.__module__ = function.__module__

    def __get__(self, obj: object, owner: type[Any] | None = None) -> Self:
        """Stay as it is: it is bound already. Having this, it counts as a routine for ``inspect`` and ``pydoc``."""
        return self

    def __repr__(self) -> str:
        """Show which method of what this is."""
        return f"<{self.__qualname__} of {getattr(self.__wrapped__, '__self__', None)!r}>"


class AsyncMethod(_Routine, functools.partial[Any], Generic[P, R]):
    """A method seen from a coroutine: await it, or ``submit`` it for a future.

    It is a ``partial`` because frameworks look through that when they ask whether something is a coroutine function.
    """

    _owner: Facade[Any]

    @classmethod
    def _of(cls, owner: Facade[Any], bound: Callable[P, Coroutine[Any, Any, R]]) -> Self:
        self = cls(bound)
        self._owner = owner
        self._describe(bound)
        return self

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Carry out the call and return its result."""
        result: R = await self.func(*args, **kwargs)
        return result

    def submit(self, *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[R]:
        """Start the call and return its future at once.

        Raises:
            MailboxFull: 1,000 calls of this service were submitted and are not answered yet (in the words of the
                owner's own error tree).
        """
        places = self._owner._places()
        if not places.acquire(blocking=False):
            raise self._owner._translate(MailboxFull()) from None
        task: asyncio.Task[R] = asyncio.ensure_future(self.func(*args, **kwargs))
        task.add_done_callback(lambda _: places.release())
        return task


class BlockingMethod(_Routine, Generic[P, R]):
    """A method seen from a thread: call it, or ``submit`` it for a handle."""

    def __init__(self, owner: Facade[Any], bound: Callable[P, Coroutine[Any, Any, R]], portal: Portal) -> None:
        self._owner, self._bound, self._portal = owner, bound, portal
        self._describe(bound)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Carry out the call on the portal's loop and return its result."""
        try:
            return self._portal.call(functools.partial(self._bound, *args, **kwargs))
        except WorkersError as error:
            raise self._owner._translate(error) from error

    def submit(self, *args: P.args, **kwargs: P.kwargs) -> concurrent.futures.Future[R]:
        """Start the call and return its handle; blocks while 1,000 calls of this service are not answered yet.

        The handle works with ``concurrent.futures.wait`` and ``as_completed``. ``result(timeout)`` that runs out leaves
        the request running; ``cancel()`` ends it. Callbacks of the handle run on a thread of their own.
        """
        places = self._owner._places()
        try:
            self._portal.wait_for_place(places)
            handle = self._portal.start(functools.partial(self._bound, *args, **kwargs), done=places.release)
        except WorkersError as error:
            raise self._owner._translate(error) from error
        return handle


class method(Generic[P, R]):
    """Declare a method once, as ``async def``; it serves both faces."""

    def __init__(self, function: Callable[Concatenate[Any, P], Coroutine[Any, Any, R]]) -> None:
        self._function = function
        functools.update_wrapper(self, function)

    def __call__(self, obj: Facade[Any], /, *args: P.args, **kwargs: P.kwargs) -> Any:
        """Call the method of an object, as ``Class.method(obj, ...)``."""
        return self.__get__(obj, type(obj))(*args, **kwargs)

    @overload
    def __get__(self, obj: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, obj: Facade[Blocking], owner: type[Any]) -> BlockingMethod[P, R]: ...
    @overload
    def __get__(self, obj: Facade[Async], owner: type[Any]) -> AsyncMethod[P, R]: ...
    def __get__(self, obj: Facade[Any] | None, owner: type[Any]) -> Any:
        """Give the method in the form that the object's face needs."""
        if obj is None:
            return self
        if obj._portal is None:
            return AsyncMethod[P, R]._of(obj, self._function.__get__(obj))
        return BlockingMethod(obj, self._function.__get__(obj._aio), obj._portal)


class AsyncStreamMethod(_Routine, Generic[P, T]):
    """A walk seen from a coroutine: call it, and iterate over what it gives with ``async for``."""

    def __init__(self, bound: Callable[P, AsyncGenerator[Sequence[T], None]]) -> None:
        self._bound = bound
        self._describe(bound)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> AsyncStream[T]:
        """Start the walk; nothing is asked before the first item is."""
        return AsyncStream(self._bound(*args, **kwargs))


class BlockingStreamMethod(_Routine, Generic[P, T]):
    """A walk seen from a thread: call it, and iterate over what it gives."""

    def __init__(
        self, owner: Facade[Any], bound: Callable[P, AsyncGenerator[Sequence[T], None]], portal: Portal
    ) -> None:
        self._owner, self._bound, self._portal = owner, bound, portal
        self._describe(bound)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> BlockingStream[T]:
        """Start the walk; nothing is asked before the first item is."""
        return BlockingStream(self._bound(*args, **kwargs), self._portal, self._owner._translate)


class stream(Generic[P, T]):
    """Declare a walk once, as an async generator of pages; both faces see its items one by one."""

    def __init__(self, function: Callable[Concatenate[Any, P], AsyncGenerator[Sequence[T], None]]) -> None:
        self._function = function
        functools.update_wrapper(self, function)

    def __call__(self, obj: Facade[Any], /, *args: P.args, **kwargs: P.kwargs) -> Any:
        """Call the walk of an object, as ``Class.walk(obj, ...)``."""
        return self.__get__(obj, type(obj))(*args, **kwargs)

    @overload
    def __get__(self, obj: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, obj: Facade[Blocking], owner: type[Any]) -> BlockingStreamMethod[P, T]: ...
    @overload
    def __get__(self, obj: Facade[Async], owner: type[Any]) -> AsyncStreamMethod[P, T]: ...
    def __get__(self, obj: Facade[Any] | None, owner: type[Any]) -> Any:
        """Give the walk in the form that the object's face needs."""
        if obj is None:
            return self
        if obj._portal is None:
            return AsyncStreamMethod(self._function.__get__(obj))
        return BlockingStreamMethod(obj, self._function.__get__(obj._aio), obj._portal)
