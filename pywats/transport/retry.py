"""When a request is sent again: what is safe, how long to wait, and how much of it a client may do in all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum

from pywats.errors import PyWATSError
from pywats.exchange.answer import Answer
from pywats.exchange.call import Call
from pywats.settings import RetryConfig


class Fate(Enum):
    """What is known of a request that brought no usable answer."""

    UNSENT = "it never reached the server"
    THROTTLED = "the server turned it away unread (429)"
    FAILED = "the server answered that it failed"
    UNKNOWN = "the server may have acted on it"
    FINAL = "the same request would end the same way"


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt that failed.

    Attributes:
        error: what the caller gets if there is no other attempt.
        fate: what is known of the request.
        retry_after: seconds that the server asked to wait, or ``None``.
        counts: it is a sign that the server is down, for the circuit breaker.
        answer: what the server said, if it said anything.
    """

    error: PyWATSError
    fate: Fate
    retry_after: float | None = None
    counts: bool = False
    answer: Answer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryDetails:
    """A retry that is about to happen, for logs and hooks.

    Attributes:
        request_id: tells one call from another; the same for all its attempts.
        method: HTTP verb.
        path: below the base URL, without the query.
        attempt: number of the attempt that failed, counted from 1.
        delay: seconds until the next one, if the limiter has no queue.
        error: what the attempt ended with.
    """

    request_id: str
    method: str
    path: str
    attempt: int
    delay: float
    error: PyWATSError


def is_worth_repeating(call: Call[object], failure: Failure, config: RetryConfig, attempts: int) -> bool:
    """Whether the call may be sent again after this failure, the quota apart.

    What never reached the server or was turned away by a 429 was not processed: every verb may be repeated then. All
    else is repeated only where twice does what once does: by the verb, unless the call itself knows better.
    """
    if not config.enabled or attempts >= config.max_attempts or failure.fate is Fate.FINAL:
        return False
    if failure.fate is Fate.THROTTLED:
        return config.should_retry_status(429)
    if failure.fate is Fate.FAILED:
        wanted = config.should_retry_status(failure.error.status or 0)
    elif isinstance(failure.error, TimeoutError):
        wanted = config.retry_on_timeout
    else:
        wanted = config.retry_on_connection_error
    return wanted and (failure.fate is Fate.UNSENT or is_repeatable(call, config))


def is_repeatable(call: Call[object], config: RetryConfig) -> bool:
    """Whether sending the call twice does what sending it once does."""
    return config.should_retry_method(call.verb) if call.repeatable is None else call.repeatable


def pause_after(failure: Failure, config: RetryConfig, attempts: int) -> float:
    """Seconds to wait before the next attempt: what the server asked for, else exponential backoff with jitter."""
    if failure.retry_after is not None:
        return min(failure.retry_after, config.max_delay)
    return config.calculate_delay(attempts - 1)


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds to wait by a ``Retry-After`` header, in either of its forms (RFC 9110, section 10.2.3), or ``None``.

    A date is compared with the server's own ``Date``, so that a wrong clock on this side does no harm. ``headers`` is
    read by lower-case names.
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value) if len(value) < 10 else float(10**9)  # noqa: PLR2004 - for ever; the caller has its own end
    until = _http_date(value)
    if until is None:
        return None
    since = _http_date(headers.get("date", "")) or now or datetime.now(UTC)
    return max(0.0, (until - since).total_seconds())


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


class RetryQuota:
    """How many retries all calls of a client may make together.

    A bucket of tokens, as in the "standard" retry mode of the AWS SDKs (AWS SDKs and Tools Reference Guide, *Retry
    behavior*), with its numbers: each retry takes 5 of 500 tokens, one after a time-out 10; a retry that helps puts its
    tokens back, and a call that needed none puts back 1. While a server is down its load thus stays near one attempt
    per call, where without a quota it would be ``max_attempts`` times that.
    """

    CAPACITY = 500
    RETRY_COST = 5
    TIMEOUT_COST = 10
    REFUND = 1

    __slots__ = ("_tokens",)

    def __init__(self) -> None:
        self._tokens = self.CAPACITY

    @property
    def tokens(self) -> int:
        """Tokens that are left."""
        return self._tokens

    def take(self, failure: Failure) -> int | None:
        """Take the price of a retry after this failure and return it; ``None``: there is not enough left.

        Waiting out a 429 is free: the server is up, and the limiter's gate holds everybody back.
        """
        if failure.fate is Fate.THROTTLED:
            return 0
        price = self.TIMEOUT_COST if isinstance(failure.error, TimeoutError) else self.RETRY_COST
        if price > self._tokens:
            return None
        self._tokens -= price
        return price

    def put_back(self, price: int | None) -> None:
        """Reward a call that ended well: by what its last retry took, or by a little if it needed none (``None``)."""
        if self._tokens < self.CAPACITY:
            self._tokens = min(self.CAPACITY, self._tokens + (self.REFUND if price is None else price))
