"""One definition, two faces: an ``async def`` that coroutines await and threads call.

``method`` and ``stream`` are descriptors on the classes of a facade. On its async face they give awaitable calls, on
its blocking face the same calls carried out by a portal's loop thread. Type checkers see each face with its own types.
"""
# A facade, its faces and their methods are one thing in several classes: they use each other's private names.
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

import functools
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

from workers.facade import Async, Blocking, Facade
from workers.methods import AsyncMethod, AsyncStreamMethod, BlockingMethod, BlockingStreamMethod

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


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
            return AsyncMethod._of(obj, self._function.__get__(obj))  # pyright: ignore[reportUnknownVariableType]
        return BlockingMethod(obj, self._function.__get__(obj._aio), obj._portal)


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
            return AsyncStreamMethod(obj, self._function.__get__(obj))
        return BlockingStreamMethod(obj, self._function.__get__(obj._aio), obj._portal)
