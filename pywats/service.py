"""What all domains share: a service asks its actor, by a line, and reads what comes back."""

import asyncio
import functools
from collections.abc import Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from pywats.concurrency.crew import work_through
from pywats.concurrency.result import Result
from pywats.errors import NotFoundError, PyWATSError, translated
from pywats.exchange.answer import Answer
from pywats.exchange.call import (
    Call,
    body,
    deleted,
    file_or_none,
    form_file,
    many,
    maybe,
    nothing,
    text,
)
from pywats.exchange.saving import Saved, Target, file_download, save
from pywats.exchange.upload import content_of
from pywats.progress import Progress
from pywats.station import Station
from workers.errors import WorkersError
from workers.facade import Async, Blocking, Facade, Face
from workers.face import method, stream
from workers.methods import AsyncMethod, BlockingMethod

__all__ = [
    "Async",
    "AsyncMethod",
    "Blocking",
    "BlockingMethod",
    "Face",
    "Line",
    "Service",
    "all_of",
    "each_found",
    "found",
    "method",
    "on_face",
    "stream",
]

M = TypeVar("M")
R = TypeVar("R")
Query = tuple[tuple[str, str], ...]


class Line(Protocol):
    """The way from a service to the actor of its domain, with the options of one client or view."""

    @property
    def ahead(self) -> int:
        """How many pages a walk fetches before they are asked for."""
        return 0

    @property
    def station(self) -> Station | None:
        """The test station of the client, if it has one."""
        return None

    def send(self, call: Call[R]) -> Coroutine[Any, Any, R]:
        """Ask the actor to carry out a call; returns its result or raises an error of the pywats tree."""
        ...


class Service(Facade[Face]):
    """The methods of one domain of the API."""

    domain: ClassVar[str]

    def __init__(self, line: Line) -> None:
        self._line = line

    def __repr__(self) -> str:
        """Name the service; there is nothing secret to show."""
        return f"<{type(self).__name__}>"

    @property
    def _ahead(self) -> int:
        return self._line.ahead

    def _translate(self, error: WorkersError) -> PyWATSError:
        return translated(error)

    def _find(
        self, path: str, kind: type[M], query: Query = (), *, internal: bool = False, fresh: bool = False
    ) -> Coroutine[Any, Any, M | None]:
        """GET one thing, or ``None`` when there is none; ``fresh`` where it decides what is written next."""
        return self._line.send(
            Call(verb="GET", path=path, query=query, read=maybe(kind), absent=True, internal=internal, fresh=fresh)
        )

    def _list(
        self,
        path: str,
        kind: type[M],
        query: Query = (),
        *,
        internal: bool = False,
        bulk: bool = False,
        fresh: bool = False,
    ) -> Coroutine[Any, Any, list[M]]:
        """GET a list; ``fresh`` where it decides what is written next."""
        return self._line.send(
            Call(verb="GET", path=path, query=query, read=many(kind), internal=internal, bulk=bulk, fresh=fresh)
        )

    async def _text(self, path: str, query: Query = ()) -> str | None:
        """GET a text, or ``None`` when there is none."""
        return await self._line.send(Call(verb="GET", path=path, query=query, read=text, absent=True)) or None

    def _file(
        self, path: str, query: Query = (), *, accept: str = "*/*", internal: bool = False
    ) -> Coroutine[Any, Any, bytes | None]:
        """GET the bytes of a file, or ``None`` when there is none."""
        return self._line.send(
            Call(
                verb="GET",
                path=path,
                query=query,
                read=file_or_none,
                accept=accept,
                absent=True,
                internal=internal,
                long=True,
            )
        )

    async def _save(
        self,
        path: str,
        query: Query,
        to: Target,
        progress: Progress,
        *,
        accept: str = "*/*",
        internal: bool = False,
    ) -> Saved | None:
        """GET a file and save it while it arrives, or ``None`` when there is none."""
        return await save(self._line, file_download(path, query, accept=accept, internal=internal), to, progress)

    async def _write(
        self,
        verb: str,
        path: str,
        value: object,
        read: Callable[[Answer], R],
        query: Query = (),
        *,
        internal: bool = False,
        repeatable: bool | None = None,
        asks: bool = False,
    ) -> R:
        """Send a value as JSON, and read what the server makes of it; ``asks`` where that changes nothing."""
        return await self._line.send(
            Call(
                verb=verb,
                path=path,
                query=query,
                read=read,
                body=body(value),
                internal=internal,
                repeatable=repeatable,
                asks=asks,
            )
        )

    async def _put(self, path: str, value: object, kind: type[M], *, internal: bool = False) -> M | None:
        """PUT a value; returns what is stored now, where the server says so."""
        return await self._write("PUT", path, value, maybe(kind), internal=internal)

    async def _put_all(self, path: str, values: Sequence[object], kind: type[M]) -> list[M]:
        """PUT many values in one request; returns what is stored now. Without values nothing is sent."""
        return await self._write("PUT", path, values, many(kind)) if values else []

    async def _upload(
        self,
        path: str,
        content: bytes | Path,
        filename: str,
        read: Callable[[Answer], R],
        query: Query = (),
        *,
        media_type: str = "application/octet-stream",
    ) -> R:
        """POST a file as a form does; it is never sent again once the server may have taken it."""
        form, content_type = form_file(content_of(content), filename, media_type)
        return await self._line.send(
            Call(
                verb="POST",
                path=path,
                query=query,
                read=read,
                body=form,
                content_type=content_type,
                repeatable=False,
                long=True,
            )
        )

    async def _accepted(
        self, verb: str, path: str, value: object, query: Query = (), *, internal: bool = False
    ) -> bool:
        """Send a value whose answer says nothing; ``True`` once the server accepted it."""
        await self._write(verb, path, value, nothing, query, internal=internal)
        return True

    async def _command(
        self, verb: str, path: str, query: Query, read: Callable[[Answer], R], *, internal: bool = False
    ) -> R:
        """Send a request whose values are all in its query, without a body."""
        return await self._line.send(Call(verb=verb, path=path, query=query, read=read, internal=internal))

    async def _delete(self, path: str, query: Query = (), *, internal: bool = False) -> bool:
        """DELETE a thing; ``True`` once it is gone."""
        await self._line.send(Call(verb="DELETE", path=path, query=query, read=deleted, absent=True, internal=internal))
        return True


def found(thing: M | None, what: str) -> M:
    """The thing, which must be there.

    Raises:
        NotFoundError: it is ``None``; the text says that there is no such ``what``.
    """
    if thing is None:
        raise NotFoundError(f"there is no {what}")
    return thing


async def each_found(
    call: Callable[..., Coroutine[Any, Any, M | None]],
    items: Iterable[object],
    what: str,
    max_concurrent: int,
    progress: Progress = False,
) -> list[Result[M]]:
    """The result of a look-up for each item, in order; an item that is not there is a ``Failure`` that says so."""

    async def needed(*item: object) -> M:
        return found(await call(*item), f"{what} {' '.join(map(repr, item))}")

    return await work_through(needed, items, max_concurrent=max_concurrent, progress=progress)


def on_face(function: Callable[..., Coroutine[Any, Any, Facade[Any]]], obj: Facade[Any]) -> Any:
    """A method whose result does I/O itself, bound to an object: what a blocking one gives, blocks too.

    The types of this cannot be derived; a descriptor of the domain writes them as two overloads.
    """
    portal = obj._portal  # noqa: SLF001 - a facade and its faces are one thing  # pyright: ignore[reportPrivateUsage]
    if portal is None:
        return method(function).__get__(obj, type(obj))

    @functools.wraps(function)
    async def blocking(own: Any, *args: Any, **kwargs: Any) -> Any:
        result = await function(own, *args, **kwargs)
        return obj if result is own else result._blocking_twin(portal)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

    return method(blocking).__get__(obj, type(obj))


async def all_of(calls: Iterable[Coroutine[Any, Any, R]], *, at_most: int = 10) -> list[R]:
    """The results of calls in their order, some of them under way at once; the first error ends the others."""
    places = asyncio.Semaphore(at_most)

    async def placed(call: Coroutine[Any, Any, R]) -> R:
        async with places:
            return await call

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(placed(call)) for call in calls]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]
