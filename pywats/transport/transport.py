"""The one way to a server: circuit breaker, limiter, slots, retry and the HTTP session, for every call alike."""

import asyncio
import functools
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, TypeVar, cast

import aiohttp
from yarl import URL

from pywats.errors import CircuitOpenError, ClientClosedError, PyWATSError, RateLimitError, ServerError
from pywats.exchange.answer import Answer, error_of
from pywats.exchange.call import Exchange
from pywats.exchange.upload import FileBody
from pywats.settings import CircuitBreakerConfig, ServerSettings
from pywats.transport import faults, redirects
from pywats.transport.body import AnswerTooLargeError, NotUnpackedError, read_whole
from pywats.transport.breaker import CircuitBreaker, Held
from pywats.transport.download import HttpDownload
from pywats.transport.retry import Failure, Fate, RetryDetails, RetryQuota, is_worth_repeating, pause_after, retry_after
from pywats.transport.session import CancelledUnsentError, Session
from pywats.transport.socket import HttpSocket
from pywats.transport.statistics import TransportStatistics
from pywats.transport.timing import TimeLimits
from workers.adaptive import AimdLimit
from workers.limiter import Limiter, RateLimit
from workers.log import get_logger
from workers.slots import Slots

R = TypeVar("R")
Outcome = Answer | HttpDownload | HttpSocket | Failure
_OPEN: Final = (HttpDownload, HttpSocket)
"""Outcomes that keep their slot until they are closed."""

log = get_logger(__name__)

_TOKEN_LIFE: Final = 0.01
"""Share of the limiter's period for which a token is good. Whoever waits longer for a slot takes another token: else
those who wait while the server hangs would all start when it is back, beside the starts that are due then."""
_OVERLOAD: Final = frozenset({429, 502, 503, 504})
_FAULTS: Final = (aiohttp.ClientError, OSError, AnswerTooLargeError, NotUnpackedError)
_NEVER: Final = CircuitBreakerConfig(failure_threshold=sys.maxsize)


class Transport:
    """Carries out calls to one server; ``send`` is the handler of every domain's actor.

    Each attempt waits for the circuit breaker, a token of the limiter and a slot, in this order, and then has the
    connection. A call's ``timeout`` runs while it is sent and answered and between its attempts; it stands still while
    the call waits for a token, the gate or a slot.

    It belongs to the event loop in which it is made.

    Args:
        settings: the server, and how to reach it.
        on_retry: told about each retry before it happens; it must not block and must not raise.

    Raises:
        ConfigurationError: the proxy or ``ca_file`` cannot be used.
    """

    def __init__(self, settings: ServerSettings, *, on_retry: Callable[[RetryDetails], None] | None = None) -> None:
        self.settings = settings
        self._now: Callable[[], float] = asyncio.get_running_loop().time
        self._session = Session(settings)
        self._limiter = Limiter(settings.rate_limit)
        self._slots = Slots(settings.max_connections)
        self._adaptive = AimdLimit(settings.max_connections) if settings.adaptive_concurrency else None
        if self._adaptive is not None:
            self._slots.allow(self._adaptive.limit)
        self._breaker = CircuitBreaker(settings.circuit_breaker or _NEVER, self._now, settings.base_url)
        self._quota = RetryQuota()
        self._limits = TimeLimits()
        self._on_retry = on_retry
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ended: set[asyncio.Task[Any]] = set()  # by close
        self._closed = False
        self._empty: asyncio.Event | None = None
        self._sent = self._repeated = self._failed = 0

    async def send(self, exchange: Exchange[R]) -> R:
        """Carry out a call and return its result, for a download once its headers are there.

        Raises:
            PyWATSError: whatever went wrong, with the request, the server's words and the attempts.
        """
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        if self._closed:
            raise self._end_of(exchange)
        self._tasks.add(task)
        try:
            return await self._carry_out(exchange, task)
        except PyWATSError as error:
            self._failed += 1
            faults.scrub(error, self._session.secrets(exchange.options))
            raise
        except asyncio.CancelledError:
            if task not in self._ended or task.uncancel() > 0:  # somebody else cancelled it
                raise
        finally:
            self._tasks.discard(task)
            if self._empty is not None and not self._tasks:
                self._empty.set()
        raise self._end_of(exchange)

    def change_rate(self, limit: RateLimit | None) -> None:
        """Go by another rate from now on, also with what waits."""
        if limit != self.settings.rate_limit:
            self.settings = replace(self.settings, rate_limit=limit)
            self._limiter.change(limit)

    async def close(self) -> None:
        """Answer what is under way with ``ClientClosedError`` and close all connections."""
        self._closed = True
        if self._tasks:
            self._empty = asyncio.Event()
            self._ended = set(self._tasks)
            for task in self._ended:
                task.cancel()
            await self._empty.wait()
        self._limits.close()
        await self._limiter.close()
        await self._session.close()

    def leave_to_parent(self) -> None:
        """In a forked child: have nothing to do with the parent's connections any more."""
        self._closed = True
        self._session.leave_to_parent()

    def statistics(self) -> TransportStatistics:
        """What the transport did so far, and its state."""
        return TransportStatistics(
            sent=self._sent,
            repeated=self._repeated,
            failed=self._failed,
            under_way=len(self._tasks),
            connections_opened=self._session.connections_opened,
            circuit=self._breaker.state,
            retry_quota=self._quota.tokens,
            limiter=self._limiter.statistics(),
            slots=self._slots.statistics(),
        )

    async def _carry_out(self, exchange: Exchange[R], task: asyncio.Task[Any]) -> R:
        call = exchange.call
        target = self._session.target(call)
        spent = 0.0
        price: int | None = None
        failure: Failure | None = None
        unsent = True
        while True:
            try:
                outcome, seconds = await self._request(exchange, target, spent, task)
                if isinstance(outcome, Answer) and outcome.status >= 300:  # noqa: PLR2004
                    outcome, seconds = await self._judged(outcome, exchange, target, spent, seconds, task)
            except Held as held:
                raise self._held(held, exchange) if failure is None else failure.error from None
            if not isinstance(outcome, Failure):
                self._quota.put_back(price)
                if isinstance(outcome, _OPEN):
                    return cast("R", outcome)
                exchange.answer = outcome
                return call.read(outcome)
            failure = outcome
            unsent = failure.error.unsent = unsent and failure.error.unsent  # of all attempts, not of the last alone
            spent += seconds
            delay = self._delay_after(failure, exchange, spent)
            price = None if delay is None else self._quota.take(failure)
            if delay is None or price is None:
                if call.any_status and failure.answer is not None:
                    exchange.answer = failure.answer
                    return call.read(failure.answer)
                raise failure.error
            self._report(exchange, failure, delay)
            if failure.fate is not Fate.THROTTLED or failure.retry_after is None:  # else the closed gate is the wait
                await asyncio.sleep(delay)
                spent += delay

    async def _judged(
        self,
        answer: Answer,
        exchange: Exchange[Any],
        target: URL,
        spent: float,
        seconds: float,
        task: asyncio.Task[Any],
    ) -> tuple[Outcome, float]:
        """Follow an answer's redirect as long as there is one, and tell a result from a failure."""
        steps = 0
        outcome: Outcome = answer
        while isinstance(outcome, Answer) and outcome.status in redirects.STATUSES and "location" in outcome.headers:
            target = redirects.followed(exchange, outcome.status, outcome.headers["location"], target, steps)
            steps += 1
            outcome, took = await self._request(exchange, target, spent + seconds, task, is_attempt=False)
            seconds += took
        if isinstance(outcome, Answer) and outcome.status >= 300:  # noqa: PLR2004
            return self._result_or_failure(outcome, exchange), seconds
        return outcome, seconds

    async def _request(
        self, exchange: Exchange[Any], target: URL, spent: float, task: asyncio.Task[Any], *, is_attempt: bool = True
    ) -> tuple[Outcome, float]:
        """Wait for a token and a slot, send one request, and return what came of it and the seconds that count."""
        call, options = exchange.call, exchange.options
        keeps_slot = False
        self._breaker.check()
        if not self._limiter.start_now():
            await self._limiter.acquire(options.lane)
        token_is_old = not self._slots.take_now(long=call.long) and await self._wait_for_slot(exchange)
        try:
            if token_is_old:
                await self._limiter.acquire(options.lane)
            permit = self._breaker.enter()
            exchange.attempts += is_attempt
            self._sent += 1
            begun = self._now()
            outcome: Outcome
            try:
                with self._limits.limit(None if options.timeout is None else options.timeout - spent, task):
                    outcome = await self._exchange(exchange, target)
            except _FAULTS as error:
                outcome = self._failure_of(error, exchange)
            except BaseException:
                self._breaker.undecided(permit)
                raise
            keeps_slot = isinstance(outcome, _OPEN)
        finally:
            if not keeps_slot:
                self._slots.give_back(long=call.long)
        seconds = self._now() - begun
        self._settle(permit, outcome)
        if log.is_enabled("debug"):
            _log_request(exchange, outcome, seconds)
        return outcome, seconds

    async def _wait_for_slot(self, exchange: Exchange[Any]) -> bool:
        """Wait for a slot and hold it; returns whether the token taken before is too old by now."""
        limit, begun = self.settings.rate_limit, self._now()
        await self._slots.take(exchange.options.lane, long=exchange.call.long)
        return limit is not None and self._now() - begun > limit.period * _TOKEN_LIFE

    async def _exchange(self, exchange: Exchange[Any], target: URL) -> Answer | HttpDownload | HttpSocket:
        call = exchange.call
        if call.socket:
            return await self._connect(exchange, target)
        response = await self._session.request(target, call, exchange.options)
        if call.stream and response.status < 300:  # noqa: PLR2004
            give_back = functools.partial(self._slots.give_back, long=call.long)
            return HttpDownload(response, give_back, exchange, self._failure_of)
        try:
            body = await read_whole(response, self.settings.max_answer_size)
        except BaseException:
            response.close()  # the rest of the body is of no use to whoever has the connection next
            raise
        return Answer(response.status, response.headers, body, call.verb, call.path, exchange.attempts)

    async def _connect(self, exchange: Exchange[Any], target: URL) -> Answer | HttpSocket:
        call = exchange.call
        try:
            socket = await self._session.connect(target, call, exchange.options)
        except aiohttp.WSServerHandshakeError as error:
            return Answer(error.status, error.headers or {}, b"", call.verb, call.path, exchange.attempts)
        return HttpSocket(socket, functools.partial(self._slots.give_back, long=call.long), exchange)

    def _settle(self, permit: int, outcome: Outcome) -> None:
        """Tell the circuit breaker, and what adapts the concurrency, what came of a request."""
        if self._adaptive is not None:
            if isinstance(outcome, Failure):
                overloaded = outcome.counts or isinstance(outcome.error, TimeoutError)
            else:
                overloaded = outcome.status in _OVERLOAD
            self._adaptive.overloaded() if overloaded else self._adaptive.went_well(self._slots.held + 1)
            self._slots.allow(self._adaptive.limit)
        if isinstance(outcome, Failure):
            # A slow answer says little about the server, but a probe must be answered.
            if outcome.counts or self._breaker.probing:
                self._breaker.failed(permit, outcome.error.detail)
            else:
                self._breaker.undecided(permit)
        elif outcome.status >= 500:  # noqa: PLR2004
            self._breaker.failed(permit, f"it answered {outcome.status}")
        else:
            self._breaker.succeeded(permit)

    def _result_or_failure(self, answer: Answer, exchange: Exchange[Any]) -> Answer | Failure:
        """An answer with an error status as the result that it may be, or the failure that it is."""
        call, status = exchange.call, answer.status
        if call.absent and answer.is_absence:
            return answer
        if status == faults.PROXY_AUTHENTICATION_REQUIRED:
            refusal = faults.proxy_error(status, "", answer.headers, exchange, self._session.route)
            return Failure(refusal, Fate.FINAL)
        error = error_of(answer)
        wait = retry_after(answer.headers)
        if isinstance(error, (RateLimitError, ServerError)):
            error.retry_after = wait
        if not isinstance(error, RateLimitError):
            return Failure(error, Fate.FAILED, wait, answer=answer)
        self._limiter.slow_down()
        if wait is not None:
            self._limiter.close_gate(min(wait, exchange.options.retry.max_delay))
        return Failure(error, Fate.THROTTLED, wait, answer=answer)

    def _failure_of(self, error: Exception, exchange: Exchange[Any]) -> Failure:
        body = exchange.call.body
        if isinstance(body, FileBody) and body.trouble is not None:
            return faults.unreadable(body.trouble, exchange)
        if isinstance(error, AnswerTooLargeError):
            return faults.too_large(self.settings.max_answer_size, exchange)
        if isinstance(error, TimeoutError) and not isinstance(error, aiohttp.ClientError):
            unsent = isinstance(error.__cause__, CancelledUnsentError)
            return faults.timeout_of(exchange.options.timeout or 0.0, exchange, unsent=unsent)
        return faults.failure_of(error, exchange, self._session.route)

    def _delay_after(self, failure: Failure, exchange: Exchange[Any], spent: float) -> float | None:
        """Seconds to wait before the next attempt, or ``None``: there must be none, or no time is left for it."""
        options = exchange.options
        if not is_worth_repeating(exchange.call, failure, options.retry, exchange.attempts):
            return None
        delay = pause_after(failure, options.retry, exchange.attempts)
        stands_still = failure.fate is Fate.THROTTLED and failure.retry_after is not None
        if options.timeout is not None and spent + (0.0 if stands_still else delay) >= options.timeout:
            return None
        return delay

    def _report(self, exchange: Exchange[Any], failure: Failure, delay: float) -> None:
        self._repeated += 1
        details = RetryDetails(
            request_id=exchange.request_id,
            method=exchange.call.verb,
            path=exchange.call.path,
            attempt=exchange.attempts,
            delay=delay,
            error=failure.error,
        )
        log.info(
            "request_repeated",
            request_id=details.request_id,
            method=details.method,
            path=details.path,
            attempt=details.attempt,
            delay=round(delay, 3),
            status=failure.error.status,
            reason=failure.error.detail,
        )
        for told in (self._on_retry, exchange.on_retry):
            if told is not None:
                told(details)

    def _held(self, held: Held, exchange: Exchange[Any]) -> CircuitOpenError:
        call = exchange.call
        when = f"the next try is possible in {held.seconds:.1f} s" if held.seconds else "a probe is under way"
        words = (
            f"{self.settings.base_url} counts as down after {held.failures} failures in a row, so the request was not "
            f"sent; {when}; the last failure: {held.reason}"
        )
        error = CircuitOpenError(words, method=call.verb, path=call.path, attempts=exchange.attempts)
        error.retry_after = held.seconds
        error.unsent = True
        return error

    def _end_of(self, exchange: Exchange[Any]) -> ClientClosedError:
        call = exchange.call
        return ClientClosedError(method=call.verb, path=call.path, attempts=exchange.attempts)


def _log_request(exchange: Exchange[Any], outcome: Outcome, seconds: float) -> None:
    """One line for each request; neither query nor headers are in it, for they may hold what must stay secret."""
    call, failed = exchange.call, isinstance(outcome, Failure)
    log.debug(
        "request_failed" if failed else "request_answered",
        request_id=exchange.request_id,
        method=call.verb,
        path=call.path,
        status=outcome.error.status if isinstance(outcome, Failure) else outcome.status,
        attempt=exchange.attempts,
        seconds=round(seconds, 4),
        **({"reason": outcome.error.detail} if isinstance(outcome, Failure) else {}),
    )
