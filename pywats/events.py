"""What happens in the server, as it happens: new reports, changes of units and tickets."""

import asyncio
import math
import random
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, get_args

import orjson

from pywats.errors import (
    AuthenticationError,
    AuthorizationError,
    CircuitOpenError,
    ConnectionError,  # noqa: A004 - the package's own, which is Python's too
    InvalidResponseError,
    PyWATSError,
    RateLimitError,
    ServerError,
    TimeoutError,  # noqa: A004 - the package's own, which is Python's too
    ValidationError,
)
from pywats.exchange.call import Call, adapter, many, messages, query
from pywats.models import ReportHeader, Ticket, TicketStatus, TicketView, UnitChange
from pywats.query import odata
from pywats.service import Face, Line, Service, method, stream
from pywats.watermarks import OVERLAP, Watermark, Watermarks
from workers.log import get_logger
from workers.prefetch import MarkedPage

log = get_logger(__name__)

Kind = Literal["report", "unit", "ticket"]
Way = Literal["auto", "socket", "poll"]
Row = dict[str, Any]

KINDS: Final[tuple[Kind, ...]] = ("report", "unit", "ticket")
PAGE: Final = 1000
SOCKET: Final = "/api/Events"
_LONGEST_PAUSE: Final = 30.0
_PASSING: Final = (ConnectionError, TimeoutError, ServerError, RateLimitError, CircuitOpenError)
"""Errors after which it is worth going on."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Attributes:
        kind: ``report``, ``unit`` or ``ticket``.
        key: what it happened to: the ``uuid`` of a report, the id of a unit's change, the id of a ticket.
        position: where it stands among those of its kind: ``timeStamp``, number of the change, time of the update.
        data: the report's header, the change of the unit, or the ticket.
    """

    kind: Kind
    key: str
    position: int
    data: ReportHeader | UnitChange | Ticket

    @property
    def place(self) -> tuple[str, int, str]:
        """What tells it from all others."""
        return (self.kind, self.position, self.key)


class EventService(Service[Face]):
    """What happens in the server, as it happens."""

    domain: ClassVar[str] = "events"

    @property
    def _ahead(self) -> int:
        return 0  # what was fetched ahead would count as read

    @method
    async def now(self, kinds: Sequence[Kind] = KINDS) -> str:
        """Return the watermark of this moment, for ``since`` of a subscription to these kinds that begins later."""
        _check(kinds)
        return (await _marks_now(self._line, kinds, _Clock(), OVERLAP)).text_with(())

    @stream
    def subscribe(
        self,
        kinds: Sequence[Kind] = KINDS,
        *,
        since: str | None = None,
        transport: Way = "auto",
        poll_interval: float = 5.0,
        overlap: float = OVERLAP,
    ) -> AsyncGenerator[Sequence[Event], None]:
        """Walk over events for ever, each of them once, in the order of the server within each kind.

        It goes on after lost connections, errors of the server and restarts of either side. The walk's ``cursor`` is
        the watermark: stored, and given as ``since`` later, nothing is lost and nothing comes twice.

        Args:
            kinds: of events.
            since: where to go on; without it what happens after the first step of the walk.
            transport: ``auto`` takes a WebSocket where the server offers one and else asks every now and then.
            poll_interval: seconds between two looks.
            overlap: seconds of the past that are read again with each look, for rows that show late.

        Raises:
            AuthenticationError, AuthorizationError: the token is refused.
            ValidationError: an argument makes no sense.
        """
        _check(kinds)
        if transport not in get_args(Way):
            raise ValidationError(f"transport is {transport!r}; it is one of {', '.join(get_args(Way))}")
        if not (poll_interval > 0 and overlap >= 0):
            raise ValidationError("poll_interval must be more than 0 seconds, and overlap 0 or more")
        clock = _Clock()
        marks = None if since is None else Watermarks.read(since, kinds, clock, overlap)
        return _follow(self._line, tuple(kinds), marks, clock, transport, poll_interval, overlap)


def _check(kinds: Sequence[Kind]) -> None:
    if isinstance(kinds, str) or not kinds or any(kind not in KINDS for kind in kinds):
        raise ValidationError(f"kinds is {kinds!r}; it must be a list of one or more of {', '.join(KINDS)}")


async def _marks_now(line: Line, kinds: Sequence[Kind], clock: "_Clock", overlap: float) -> Watermarks:
    return Watermarks({str(kind): Watermark(await _SOURCES[kind].newest(line)) for kind in kinds}, clock, overlap)


async def _follow(
    line: Line,
    kinds: tuple[Kind, ...],
    marks: Watermarks | None,
    clock: "_Clock",
    transport: str,
    poll_interval: float,
    overlap: float,
) -> AsyncGenerator[MarkedPage[Event], None]:
    failures = 0
    while True:
        try:
            if marks is None:
                marks = await _marks_now(line, kinds, clock, overlap)
            told = _polled(line, kinds, marks) if transport == "poll" else _pushed(line, kinds, marks)
            patience = poll_interval if transport == "poll" else math.inf
            async with aclosing(_read(told, marks, clock, patience)) as pages:
                async for page in pages:
                    failures = 0
                    yield page
        except _PASSING as error:
            failures += 1
            log.info("events_interrupted", reason=str(error), failures=failures)
            await asyncio.sleep(random.uniform(0.0, min(_LONGEST_PAUSE, poll_interval * 2 ** min(failures - 1, 10))))
        except (AuthenticationError, AuthorizationError):
            raise
        except PyWATSError:
            if transport != "auto":
                raise
            transport = "poll"  # the server has no such socket
        else:
            failures = 0
            await asyncio.sleep(poll_interval)


async def _read(
    told: AsyncGenerator[list[Event], None], marks: Watermarks, clock: "_Clock", patience: float
) -> AsyncGenerator[MarkedPage[Event], None]:
    """The events that are new of those that are told, a page each time.

    It ends when their reader took longer than ``patience``: a look that goes on and on from where it was would never
    see the rows that came to show behind it.
    """
    end = clock.stood_still + patience
    async with aclosing(told):
        async for events in told:
            new = _unseen(events, marks)
            if new:
                with clock.stopped():
                    yield MarkedPage(new, _mark_of(new, marks))
            marks.note(event.place for event in new)
            if clock.stood_still > end:
                return


def _unseen(events: Iterable[Event], marks: Watermarks) -> list[Event]:
    found: dict[tuple[str, int, str], Event] = {}
    for event in events:
        if marks[event.kind].is_new(event.position, event.key):
            found.setdefault(event.place, event)
    return list(found.values())


def _mark_of(events: Sequence[Event], marks: Watermarks) -> Callable[[int], str]:
    return lambda count: marks.text_with(event.place for event in events[:count])


async def _polled(line: Line, kinds: Sequence[Kind], marks: Watermarks) -> AsyncGenerator[list[Event], None]:
    """Whatever lies behind the marks now; the marks move on meanwhile."""
    for kind in kinds:
        async for events in _SOURCES[kind].behind(line, marks[kind].low):
            yield events


async def _pushed(line: Line, kinds: Sequence[Kind], marks: Watermarks) -> AsyncGenerator[list[Event], None]:
    """What the server tells by its socket, beginning behind the marks."""
    socket = await line.send(messages(SOCKET, query(**{kind: marks[kind].low for kind in kinds})))
    try:
        async for message in socket:
            try:
                told: list[Row] = orjson.loads(message)
                yield [_SOURCES[each["kind"]].event(each["data"]) for each in told]
            except (ValueError, KeyError, TypeError) as error:
                raise InvalidResponseError(
                    f"the server told an event that cannot be read ({error!r}): {message[:200]!r}", path=SOCKET
                ) from error
    finally:
        await socket.aclose()


class _Reports:
    """New reports, by their headers."""

    path: Final = "/api/Report/Query/Header"

    async def newest(self, line: Line) -> int:
        """The position of the latest event."""
        headers = await self._page(line, query(orderby_="timestamp desc", top_=1))
        return headers[0].time_stamp or 0 if headers else 0

    async def behind(self, line: Line, low: int) -> AsyncGenerator[list[Event], None]:
        """The events behind a position, the oldest first."""
        after = low
        try:
            while headers := await self._page(
                line, query(filter_=odata.gt("timeStamp", after), orderby_="timestamp", top_=PAGE)
            ):
                last = headers[-1].time_stamp or 0
                if last <= after:  # the condition was ignored
                    break
                yield [_report(header) for header in headers]
                after = last
            else:
                return
        except ValidationError:  # the field cannot be compared
            pass
        newer = await self._down_to(line, after)
        for start in range(0, len(newer), PAGE):
            yield newer[start : start + PAGE]

    async def _down_to(self, line: Line, low: int) -> list[Event]:
        """The events behind a position, found from the newest one down."""
        found: list[Event] = []
        while True:
            headers = await self._page(line, query(orderby_="timestamp desc", top_=PAGE, skip_=len(found) or None))
            found += [_report(header) for header in headers if (header.time_stamp or 0) > low]
            if not headers or (headers[-1].time_stamp or 0) <= low:
                return found[::-1]

    async def _page(self, line: Line, wanted: tuple[tuple[str, str], ...]) -> list[ReportHeader]:
        return await _list(line, self.path, ReportHeader, wanted)

    def event(self, row: Row) -> Event:
        """The event that a row is."""
        return _report(adapter(ReportHeader).validate_python(row))


class _Units:
    """Changes of units, as the server lists them for integrations."""

    path: Final = "/api/Production/Units/Changes"

    async def newest(self, line: Line) -> int:
        """The position of the latest event."""
        return max([event.position async for events in self.behind(line, 0) for event in events], default=0)

    async def behind(self, line: Line, low: int) -> AsyncGenerator[list[Event], None]:
        """The events behind a position. Pages that repeat what was there end the list: not every server skips."""
        known: set[str] = set()
        skip = 0
        while True:
            wanted = query(maxCount=skip + PAGE, top_=PAGE, skip_=skip or None)
            changes = [_unit(change) for change in await _list(line, self.path, UnitChange, wanted)]
            fresh = [event for event in changes if event.key not in known]
            if not fresh:
                return
            yield [event for event in fresh if event.position > low]
            known.update(event.key for event in fresh)
            skip += len(changes)

    def event(self, row: Row) -> Event:
        """The event that a row is."""
        return _unit(adapter(UnitChange).validate_python(row))


class _Tickets:
    """Tickets that are new or were changed, as far as they are assigned to the token's user or followed by it."""

    path: Final = "/api/RootCause/Tickets"

    async def newest(self, line: Line) -> int:
        """The position of the latest event."""
        return max([event.position async for events in self.behind(line, 0) for event in events], default=0)

    async def behind(self, line: Line, low: int) -> AsyncGenerator[list[Event], None]:
        """The events behind a position, the oldest first."""
        found: dict[str, Event] = {}
        for view in (TicketView.ASSIGNED, TicketView.FOLLOWING):
            wanted = query(status=sum(TicketStatus), view=view)
            found |= {event.key: event for event in map(_ticket, await _list(line, self.path, Ticket, wanted))}
        yield sorted((event for event in found.values() if event.position > low), key=lambda event: event.position)

    def event(self, row: Row) -> Event:
        """The event that a row is."""
        return _ticket(adapter(Ticket).validate_python(row))


_SOURCES: Final[Mapping[str, _Reports | _Units | _Tickets]] = {
    "report": _Reports(),
    "unit": _Units(),
    "ticket": _Tickets(),
}


def _report(header: ReportHeader) -> Event:
    return Event("report", str(header.uuid), header.time_stamp or 0, header)


def _unit(change: UnitChange) -> Event:
    return Event("unit", str(change.id), change.id or 0, change)


def _ticket(ticket: Ticket) -> Event:
    updated = ticket.updated_utc or ticket.created_utc
    return Event("ticket", str(ticket.ticket_id), int(updated.timestamp() * 1e6) if updated else 0, ticket)


async def _list(line: Line, path: str, kind: Any, wanted: tuple[tuple[str, str], ...]) -> list[Any]:
    return await line.send(Call(verb="GET", path=path, query=wanted, read=many(kind), bulk=True, fresh=True))


class _Clock:
    """The time of the running loop, without that in which a reader had the events: nothing was looked for then.

    Attributes:
        stood_still: seconds that are left out.
    """

    def __init__(self) -> None:
        self.stood_still = 0.0

    def __call__(self) -> float:
        return asyncio.get_running_loop().time() - self.stood_still

    @contextmanager
    def stopped(self) -> Generator[None]:
        """A block during which it stands still."""
        begun = self()
        try:
            yield
        finally:
            self.stood_still += self() - begun
