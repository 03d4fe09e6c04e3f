"""What a caller can set on a client, and the values that hold otherwise."""

import random
import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, Literal, Self, TypeAlias
from urllib.parse import urlsplit, urlunsplit

from pywats.errors import ConfigurationError
from workers.lanes import Lane
from workers.limiter import RateLimit

DEFAULT_TIMEOUT = 30.0
DEFAULT_RATE_LIMIT = RateLimit(500, 60.0)
DEFAULT_CONNECTIONS = 100
DEFAULT_ANSWER_SIZE = 256 * 1024 * 1024

_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token of RFC 9110, section 5.6.2
_HEADER_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


@dataclass(frozen=True, kw_only=True)
class RetryConfig:
    """How often, and how patiently, a request that is safe to repeat is repeated.

    Attributes:
        enabled: ``False`` sends everything once.
        max_attempts: how often a request is sent at the most, the first time included.
        base_delay: seconds before the second attempt, before jitter.
        max_delay: the longest wait between two attempts in seconds; it caps the server's ``Retry-After`` too.
        exponential_base: factor from one wait to the next.
        jitter: draw each wait evenly from zero to its full length ("full jitter", M. Brooker, *Exponential Backoff
            and Jitter*, AWS Architecture Blog, 2015).
        retry_methods: verbs that may be repeated once the server may have acted on them.
        retry_status_codes: statuses that are worth another attempt.
        retry_on_timeout: repeat what got no connection in time. (A call whose whole time is used up ends.)
        retry_on_connection_error: repeat what lost its connection.
    """

    enabled: bool = True
    max_attempts: int = 3
    base_delay: float = 1.0
    max_delay: float = 30.0
    exponential_base: float = 2.0
    jitter: bool = True
    retry_methods: frozenset[str] = frozenset({"GET", "PUT", "DELETE", "HEAD", "OPTIONS"})
    retry_status_codes: frozenset[int] = frozenset({429, 500, 502, 503, 504})
    retry_on_timeout: bool = True
    retry_on_connection_error: bool = True

    def __post_init__(self) -> None:
        """Refuse numbers that make no sense, and take any iterable for the two sets."""
        if self.max_attempts < 1:
            msg = f"max_attempts is {self.max_attempts}; it must be 1 or more"
            raise ConfigurationError(msg)
        if not (self.base_delay >= 0 and self.max_delay >= 0 and self.exponential_base >= 1):
            msg = "base_delay and max_delay must not be negative, and exponential_base must be 1 or more"
            raise ConfigurationError(msg)
        object.__setattr__(self, "retry_methods", frozenset(verb.upper() for verb in self.retry_methods))
        object.__setattr__(self, "retry_status_codes", frozenset(self.retry_status_codes))

    def should_retry_method(self, method: str) -> bool:
        """Whether requests with this verb may be repeated once the server may have acted on them."""
        return self.enabled and method.upper() in self.retry_methods

    def should_retry_status(self, status_code: int) -> bool:
        """Whether this status is worth another attempt."""
        return self.enabled and status_code in self.retry_status_codes

    def calculate_delay(self, attempt: int) -> float:
        """Seconds to wait after attempt number ``attempt``, counted from 0."""
        try:
            ceiling = min(self.max_delay, self.base_delay * self.exponential_base**attempt)
        except OverflowError:
            ceiling = self.max_delay
        return random.uniform(0.0, ceiling) if self.jitter else ceiling


def expect(name: str, value: object, kind: type[Any]) -> None:
    """Refuse what only a program without type checks hands over.

    Raises:
        ConfigurationError: the value is not of this type.
    """
    if not isinstance(value, kind):
        raise ConfigurationError(f"{name} is {value!r}; it must be of type {kind.__name__}")


NO_RETRY = RetryConfig(enabled=False, max_attempts=1)


@dataclass(frozen=True, kw_only=True)
class CircuitBreakerConfig:
    """When a server counts as down, and for how long it is then left alone.

    Attributes:
        failure_threshold: failures in a row (no connection, a broken one, a 5xx) that open the breaker.
        timeout_seconds: time until one request is let through as a probe.
    """

    failure_threshold: int = 10
    timeout_seconds: float = 30.0

    def __post_init__(self) -> None:
        """Refuse numbers that make no sense."""
        if self.failure_threshold < 1 or self.timeout_seconds < 0:
            msg = "failure_threshold must be 1 or more, and timeout_seconds must not be negative"
            raise ConfigurationError(msg)


@dataclass(frozen=True, kw_only=True)
class Options:
    """How one request is to be carried out.

    Attributes:
        timeout: seconds that the attempts of a call may take together, from its first token of the limiter on; waiting
            for tokens and connections does not count. ``None``: no limit.
        deadline: seconds from the call on after which it ends in any case; a download has to begin by then. ``None``:
            no limit.
        retry: when to send again.
        lane: interactive calls overtake bulk ones.
        headers: sent with the request, over the client's own.
        prefetch: pages that a walk fetches while another one is read; 0 fetches each when it is needed.
        cache: take answers from the client's cache, if it has one, and keep them there.
        authorization: value of the ``Authorization`` header; never shown.
    """

    timeout: float | None = DEFAULT_TIMEOUT
    deadline: float | None = None
    retry: RetryConfig = field(default_factory=RetryConfig)
    lane: Lane = Lane.INTERACTIVE
    headers: tuple[tuple[str, str], ...] = ()
    prefetch: int = 1
    cache: bool = True
    authorization: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Refuse times that make no sense and headers that could not travel; a value is never shown."""
        for name in ("timeout", "deadline"):
            seconds = getattr(self, name)
            if seconds is not None and not (isinstance(seconds, int | float) and seconds > 0):
                msg = f"{name} is {seconds!r}; it must be more than 0 seconds, or None for no limit"
                raise ConfigurationError(msg)
        expect("retry", self.retry, RetryConfig)
        if self.prefetch < 0:
            raise ConfigurationError(f"prefetch is {self.prefetch}; it must be 0 pages or more")
        for name, value in (*self.headers, ("Authorization", self.authorization)):
            if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
                msg = f"the header {name!r} holds a character that no header can hold, such as a line break"
                raise ConfigurationError(msg)

    @cached_property
    def alike(self) -> "Alike":
        """What two options have in common that may share the answer to a request."""
        return Alike(self.lane, self.timeout, self.retry, self.headers, self.authorization)

    @cached_property
    def in_bulk(self) -> Self:
        """The same for one of many calls: others go first."""
        return self if self.lane is Lane.BULK else replace(self, lane=Lane.BULK)


class Alike:
    """Values as one key, whose hash is taken once: it is looked up for every request."""

    __slots__ = ("_hash", "_values")

    def __init__(self, *values: object) -> None:
        self._values = values
        self._hash = hash(values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Alike) and self._values == other._values

    def __hash__(self) -> int:
        return self._hash


RateRule: TypeAlias = Literal["equal", "lead", "follow"]
"""What holds where clients of one server want different rates; see ``rate_rule`` of a client."""


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """One WATS server as seen from here; clients with equal settings share its connections and its limiter.

    Attributes:
        base_url: ``https://tenant.wats.com``, or a host with a path prefix such as ``/wats``; no trailing ``/``.
        verify_ssl: check the server's certificate.
        ca_file: certificates to trust (PEM) besides the system's store.
        proxy: URL of the proxy; it may hold a password and is never shown.
        trust_env: take the proxy from the environment (``HTTPS_PROXY``, ``NO_PROXY``) where none is given.
        max_connections: connections to the server at the most.
        rate_limit: requests in a period at the most, or ``None``.
        rate_rule: what holds when other clients have another rate: ``equal``: it is an error; ``lead``: all go by this
            one from then on; ``follow``: this client goes by theirs.
        circuit_breaker: when the server counts as down; ``None``: never.
        adaptive_concurrency: find out how many requests at once the server bears, never more than ``max_connections``.
        max_answer_size: bytes of an answer that are taken into memory at the most, unpacked; downloads are not limited.
    """

    base_url: str
    verify_ssl: bool = True
    ca_file: str | None = None
    proxy: str | None = field(default=None, repr=False)
    trust_env: bool = True
    max_connections: int = DEFAULT_CONNECTIONS
    rate_limit: RateLimit | None = DEFAULT_RATE_LIMIT
    rate_rule: RateRule = "equal"
    circuit_breaker: CircuitBreakerConfig | None = CircuitBreakerConfig()
    adaptive_concurrency: bool = False
    max_answer_size: int = DEFAULT_ANSWER_SIZE

    def __post_init__(self) -> None:
        """Bring the base URL into its one form and check the pool's size."""
        object.__setattr__(self, "base_url", normal_base_url(self.base_url))
        expect("max_connections", self.max_connections, int)
        if self.max_connections < 1:
            msg = f"max_connections is {self.max_connections}; it must be 1 or more"
            raise ConfigurationError(msg)

    @property
    def place(self) -> tuple[object, ...]:
        """What tells one server's connections from another's: base URL, TLS and proxy."""
        return (self.base_url, self.verify_ssl, self.ca_file, self.proxy, self.trust_env)


def normal_base_url(text: str) -> str:
    """A base URL without trailing ``/``, ``/api``, query and fragment; its prefix is kept.

    Raises:
        ConfigurationError: the text is no ``http`` or ``https`` address, or holds a user name or password.
    """
    text = text.strip()
    if "@" in text:  # before anything else: no message may show it
        msg = "base_url holds a user name or a password; give the token as token= instead"
        raise ConfigurationError(msg)
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        msg = f"base_url {text!r} is not an address: {error}"
        raise ConfigurationError(msg) from error
    if parts.scheme not in {"http", "https"} or not host:
        msg = f"base_url {text!r} is not an address such as https://tenant.wats.com"
        raise ConfigurationError(msg)
    path = parts.path.rstrip("/")
    if path.lower().endswith("/api"):
        path = path[: -len("/api")].rstrip("/")
    place = parts.netloc.lower()
    if port is not None and port == {"http": 80, "https": 443}[parts.scheme]:
        place = place.removesuffix(f":{port}")
    return urlunsplit((parts.scheme, place, path, "", ""))


def authorization_of(token: str) -> str:
    """The value of the ``Authorization`` header for a token made in the WATS control panel.

    Raises:
        ConfigurationError: there is no token, or it holds what no token can hold; the text does not show it.
    """
    bare = token.strip()
    if bare[:6].lower() == "basic ":
        bare = bare[6:].strip()
    if not bare:
        msg = "the token is empty"
        raise ConfigurationError(msg)
    if not bare.isascii() or not bare.isprintable() or " " in bare:
        msg = "the token holds a space, a line break or another character that no token can hold"
        raise ConfigurationError(msg)
    return f"Basic {bare}"


def rate_limit_of(value: str | RateLimit | None) -> RateLimit | None:
    """A rate limit from its text, such as ``500/60s``.

    Raises:
        ConfigurationError: the text is no rate; the message says what is allowed.
    """
    try:
        return RateLimit.parse(value) if isinstance(value, str) else value
    except ValueError as error:
        msg = f"rate_limit: {error}"
        raise ConfigurationError(msg) from error
