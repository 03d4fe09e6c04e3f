"""What all domains share: a service asks its actor, by a line, and reads what comes back."""

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol, TypeVar

from pywats.call import Call, body, many, maybe, one
from pywats.errors import PyWATSError, translated
from workers.errors import WorkersError
from workers.face import Async, Blocking, Facade, Face, method, stream

__all__ = ["Async", "Blocking", "Face", "Line", "Service", "method", "stream"]

M = TypeVar("M")
R = TypeVar("R")
Query = tuple[tuple[str, str], ...]


class Line(Protocol):
    """The way from a service to the actor of its domain, with the options of one client or view."""

    async def send(self, call: Call[R]) -> R:
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

    def _translate(self, error: WorkersError) -> PyWATSError:
        return translated(error)

    async def _find(self, path: str, kind: type[M], query: Query = (), *, internal: bool = False) -> M | None:
        """GET one thing, or ``None`` when there is none."""
        return await self._line.send(
            Call(verb="GET", path=path, query=query, read=maybe(kind), absent=True, internal=internal)
        )

    async def _list(self, path: str, kind: type[M], query: Query = (), *, internal: bool = False) -> list[M]:
        """GET a list."""
        return await self._line.send(Call(verb="GET", path=path, query=query, read=many(kind), internal=internal))
