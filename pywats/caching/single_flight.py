"""The GETs of one client: identical ones under way share one request, and answers may be kept for a while."""

import asyncio
import copy
import time
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import replace
from typing import Any, TypeAlias, TypeVar

from pywats import errors
from pywats.caching.cache import AnswerCache, CacheConfig, CacheStatistics
from pywats.caching.memo import MEMO, Memo
from pywats.errors import PyWATSError
from pywats.exchange.answer import Answer
from pywats.exchange.call import Call, Exchange
from pywats.settings import Options
from workers.errors import DeadlineExceeded

R = TypeVar("R")

Ask: TypeAlias = Callable[[str, Exchange[R]], Coroutine[Any, Any, R]]
"""Sends a call to the actor of a domain."""

Outcome = Answer | PyWATSError | None
"""What became of a request: the answer, the error for everyone, or ``None``: whoever asked gave up."""


def reads_only(call: Call[Any]) -> bool:
    """Whether a call changes nothing in the server. A GET that must not be sent twice has effects."""
    return call.asks or (call.verb == "GET" and call.repeatable is not False)


class Reads:
    """Carries out the calls of one client, and shares what may be shared between those that only read.

    The first of several identical GETs sends the request, the others wait for its answer; each reads objects of its own
    from the bytes, keeps its own deadline and can be cancelled alone. Nobody is given an answer that was asked for
    before the latest write of this client was over: who wrote, reads what was written.
    """

    def __init__(self, cache: CacheConfig | None = None) -> None:
        self._flights: dict[Hashable, _Flight] = {}
        self._cache = None if cache is None else AnswerCache(cache, time.monotonic)
        self._written = 0
        self._shared = 0

    def statistics(self) -> CacheStatistics:
        """How often a request was saved."""
        cache = self._cache
        if cache is None:
            return CacheStatistics(shared=self._shared)
        return CacheStatistics(
            shared=self._shared,
            hits=cache.hits,
            misses=cache.misses,
            entries=len(cache),
            size=cache.size,
            evicted=cache.evicted,
            cleared=cache.cleared,
        )

    def carry_out(self, domain: str, call: Call[R], options: Options, ask: Ask[R]) -> Coroutine[Any, Any, R]:
        """The result of a call; ``ask`` sends it, if it needs to be sent."""
        if not reads_only(call):
            return self._write(domain, call, options, ask)
        if call.stream or call.verb != "GET":
            return ask(domain, Exchange(call, options))
        return self._read(domain, call, options, ask)

    async def _write(self, domain: str, call: Call[R], options: Options, ask: Ask[R]) -> R:
        try:
            return await ask(domain, Exchange(call, options))
        finally:
            self._forget()

    async def _read(self, domain: str, call: Call[R], options: Options, ask: Ask[R]) -> R:
        memo = MEMO.get()
        key = _key(call, options)
        keeps = memo is not None or self._cache is not None
        if keeps and (kept := self._kept(key, memo, call, options)) is not None:
            if isinstance(kept, PyWATSError):
                raise _again(kept)
            return call.read(kept)
        if key in self._flights:
            answer, options = await self._answer_of_another(key, call, options)
            if answer is not None:
                return call.read(answer)
        flight = self._flights[key] = _Flight()
        exchange = Exchange(call, options)
        written = self._written
        outcome: Outcome = None
        try:
            result = await ask(domain, exchange)
        except PyWATSError as error:
            outcome = None if isinstance(error.__cause__, DeadlineExceeded) else (exchange.answer or error)
            if memo is not None and error.status is not None:
                memo.put(key, written, exchange.answer or _again(error))
            raise
        else:
            outcome = exchange.answer
            if keeps and outcome is not None and written == self._written:
                self._keep(key, memo, options, outcome, written)
            return result
        finally:
            if flight.listed:
                del self._flights[key]
            flight.land(outcome)
            del flight, outcome  # an error refers to this frame, and must not be referred to by it

    async def _answer_of_another(
        self, key: Hashable, call: Call[Any], options: Options
    ) -> tuple[Answer | None, Options]:
        """Wait for the outcome of another's request.

        If that one gives up, one of those who wait has to send its own: then there is no answer, and the options have
        what is left of the deadline.
        """
        self._shared += 1
        end = None if options.deadline is None else asyncio.get_running_loop().time() + options.deadline
        while (flight := self._flights.get(key)) is not None:
            try:
                async with asyncio.timeout_at(end):
                    outcome = await flight.join()
            except TimeoutError:
                raise errors.TimeoutError("no answer before the deadline", method=call.verb, path=call.path) from None
            if isinstance(outcome, Answer):
                return outcome, options
            if outcome is not None:
                raise _again(outcome)
        self._shared -= 1  # it sends its own after all
        if end is not None:
            options = replace(options, deadline=max(end - asyncio.get_running_loop().time(), 1e-3))
        return None, options

    def _kept(self, key: Hashable, memo: Memo | None, call: Call[Any], options: Options) -> Answer | PyWATSError | None:
        if memo is not None and (answer := memo.get(key, self._written)) is not None:
            self._shared += 1
            return answer
        if self._cache is None or not options.cache or call.fresh:
            return None
        return self._cache.get(key)

    def _keep(self, key: Hashable, memo: Memo | None, options: Options, answer: Answer, written: int) -> None:
        if memo is not None:
            memo.put(key, written, answer)
        if self._cache is not None and options.cache and answer.status < 300:  # noqa: PLR2004
            self._cache.put(key, answer)

    def _forget(self) -> None:
        """After a write: what was asked before may be old."""
        self._written += 1
        for flight in self._flights.values():
            flight.listed = False
        self._flights.clear()
        if self._cache is not None:
            self._cache.clear()


class _Flight:
    """One request under way, and those who wait for its outcome besides the one who sent it."""

    __slots__ = ("_waiting", "listed")

    def __init__(self) -> None:
        self.listed = True  # those who come now may join
        self._waiting: list[asyncio.Future[Outcome]] = []

    async def join(self) -> Outcome:
        """Wait for the outcome."""
        waiter: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        return await waiter

    def land(self, outcome: Outcome) -> None:
        """Tell the outcome to those who still wait."""
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(outcome)


def _key(call: Call[Any], options: Options) -> Hashable:
    """What makes two GETs the same one: all that is sent, and all that decides what counts as an answer.

    The loop is part of it, because a forked child inherits requests that its own loop will never end.
    """
    return (
        asyncio.get_running_loop(),
        call.path,
        call.query,
        call.accept,
        call.headers,
        call.absent,
        call.any_status,
        call.internal,
        options.alike,
    )


def _again(error: PyWATSError) -> PyWATSError:
    """The same error as an object of its own: one that is raised many times would gather tracebacks without end."""
    own = copy.copy(error)
    own.__cause__ = error.__cause__
    return own
