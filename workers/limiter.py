"""A limiter of starts: a token bucket sets the pace, and a record of the last starts keeps the promise."""

import asyncio
import math
from collections import deque
from typing import Final

from aiolimiter import AsyncLimiter

from workers.adaptive import Slowdown
from workers.errors import RuntimeClosed, WrongLoop
from workers.lanes import Lane, Lanes
from workers.rate import LimiterStatistics, RateLimit

__all__ = ["Limiter", "LimiterStatistics", "RateLimit"]

MARGIN: Final = 1.02
"""Windows are kept this much longer than promised: what starts here evenly may arrive at the server less so."""

CLOSED: Final = "the limiter was closed"

BURST: Final = 0.005
"""Seconds' worth of the pace that may start at once, so that a timer may fire late by this and cost no time. Not more:
a crowd that starts at once leaves late and arrives after its time, which makes the next window too full."""


class Limiter:
    """Lets callers start one after the other, never more than ``limit.rate`` in any window of ``limit.period``.

    Interactive callers go before bulk ones, which get one start in eight while both wait; within a lane the first to
    come is the first to go. ``limit=None`` lets everybody start at once, but for a closed gate. A limiter may be made
    anywhere and belongs to the event loop of its first use.
    """

    def __init__(self, limit: RateLimit | None) -> None:
        self._set(limit)
        self._starts: deque[float] = deque()  # when; what is older than the window is dropped
        self._token = False  # one is in hand: taken from the bucket and not used yet
        self._waiting: Lanes[asyncio.Future[None]] = Lanes()
        self._dispatcher: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._gate_until = -math.inf
        self._gate_closings = 0
        self._slowdown, self._share = Slowdown(), 1.0  # the share that the bucket was made for
        self._started = 0
        self._closed = False

    async def acquire(self, lane: Lane = Lane.INTERACTIVE) -> None:
        """Return when the caller may start; its start counts from then on.

        A caller that is cancelled while it waits uses nothing up.

        Raises:
            RuntimeClosed: the limiter was closed, before or while the caller waited.
            WrongLoop: the limiter belongs to another event loop.
        """
        if self._closed:
            raise RuntimeClosed(CLOSED)
        loop = self._own_loop()
        if self._dispatcher is None and self._may_start(loop.time()):
            await self._take_token()  # there is one: this does not wait
        else:
            await self._turn(lane, loop)
        self._token = False
        self._started += 1
        if self.limit is not None:
            self._starts.append(loop.time())

    def start_now(self) -> bool:
        """Start without waiting where nothing ever held anybody back: no limit, no gate; ``False``: use `acquire`."""
        if self.limit is not None or self._gate_closings or self._closed:
            return False
        self._started += 1
        return True

    def close_gate(self, seconds: float) -> None:
        """Let nobody start for so many seconds from now; of several closings the one that ends last counts.

        A time that is over already, as from a ``Retry-After`` in the past, changes nothing.
        """
        if not math.isfinite(seconds):
            raise ValueError(f"the gate closes for a finite number of seconds, not {seconds}")
        if seconds > 0:
            self._gate_until = max(self._gate_until, self._own_loop().time() + seconds)
            self._gate_closings += 1

    def slow_down(self) -> None:
        """Start half as often from now on, and come back to the limit little by little."""
        if self.limit is not None:
            self._slowdown.halve(self._own_loop().time())

    def change(self, limit: RateLimit | None) -> None:
        """Go by another limit from now on, also for those who wait.

        Of what started before, no more is known than the former limit had recorded.
        """
        self._set(limit)
        self._share = 1.0
        if self._dispatcher is not None:
            self._dispatcher.cancel()  # it may sleep for as long as the former limit wants
            self._dispatcher = self._own_loop().create_task(self._dispatch(), name="limiter")

    @property
    def gate_closed_for(self) -> float:
        """The seconds until the gate opens; 0 when it is open."""
        return 0.0 if self._loop is None else max(0.0, self._gate_until - self._loop.time())

    def statistics(self) -> LimiterStatistics:
        """Return the numbers of this moment."""
        return LimiterStatistics(
            limit=self.limit,
            started=self._started,
            waiting_interactive=self._waiting.waiting(Lane.INTERACTIVE),
            waiting_bulk=self._waiting.waiting(Lane.BULK),
            gate_closed_for=self.gate_closed_for,
            gate_closings=self._gate_closings,
            share=1.0 if self._loop is None else self._slowdown.share(self._loop.time()),
        )

    async def close(self) -> None:
        """Answer whoever waits with `RuntimeClosed`, and leave no task behind."""
        self._closed = True
        for waiter in self._waiting.drain():
            if not waiter.done():
                waiter.set_result(None)
        if self._dispatcher is not None:
            self._dispatcher.cancel()
            await asyncio.wait([self._dispatcher])

    def _set(self, limit: RateLimit | None) -> None:
        self.limit = limit
        self._bucket = None if limit is None else _bucket(limit.starts_per_second)
        self._window = 0.0 if limit is None else limit.period * MARGIN

    def _own_loop(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            if self._loop is not None:
                raise WrongLoop("a limiter belongs to the event loop of its first use; make one for each loop")
            self._loop = loop
        return loop

    def _pause(self, now: float) -> float:
        """Return for how many seconds from now gate and record allow no start; 0 or less when they do."""
        until = self._gate_until
        if self.limit is not None:
            while self._starts and self._starts[0] + self._window <= now:
                self._starts.popleft()
            allowed = max(1, int(self.limit.rate * self._adapted(self.limit, now)))
            if len(self._starts) >= allowed:
                until = max(until, self._starts[-allowed] + self._window)
        return until - now

    def _adapted(self, limit: RateLimit, now: float) -> float:
        """Return the share of the limit that is allowed now; the pace follows it."""
        share = self._slowdown.share(now)
        if share != self._share:
            self._share = share
            self._bucket = _bucket(limit.starts_per_second * share)
        return share

    def _may_start(self, now: float) -> bool:
        return self._pause(now) <= 0 and (self._token or self._bucket is None or self._bucket.has_capacity())

    async def _take_token(self) -> None:
        if self._bucket is not None and not self._token:
            await self._bucket.acquire()
        self._token = True

    async def _turn(self, lane: Lane, loop: asyncio.AbstractEventLoop) -> None:
        """Wait in line."""
        waiter = loop.create_future()
        self._waiting.push(waiter, lane)
        if self._dispatcher is None or self._dispatcher.done():
            self._dispatcher = loop.create_task(self._dispatch(), name="limiter")
        try:
            await waiter
        finally:
            self._waiting.discard(waiter)
        if self._closed:
            raise RuntimeClosed(CLOSED)

    async def _dispatch(self) -> None:
        """Hand out start after start while somebody waits; what nobody took stays in hand for the next."""
        loop = self._own_loop()
        while self._waiting:
            if not self._token:
                await self._take_token()
            elif (pause := self._pause(loop.time())) > 0:
                await asyncio.sleep(pause)
            elif not (waiter := self._waiting.pop()).done():
                waiter.set_result(None)
                await asyncio.sleep(0)  # callbacks run in order: the waiter has started before this goes on, or is gone
        self._dispatcher = None


def _bucket(pace: float) -> AsyncLimiter:
    """Return a bucket that lets through ``pace`` starts per second, and few at once."""
    size = max(2.0, pace * BURST)
    return AsyncLimiter(size, size / pace)
