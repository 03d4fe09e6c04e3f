"""What a caller can set on a client, and the values that hold otherwise."""

import random
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from pywats.errors import ConfigurationError
from workers.lanes import Lane
from workers.limiter import RateLimit

DEFAULT_TIMEOUT = 30.0
DEFAULT_RATE_LIMIT = RateLimit(500, 60.0)
DEFAULT_CONNECTIONS = 100


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
        retry_on_timeout: repeat what got no answer in time.
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
        if self.base_delay < 0 or self.max_delay < 0 or self.exponential_base < 1:
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
        ceiling = min(self.max_delay, self.base_delay * self.exponential_base**attempt)
        return random.uniform(0.0, ceiling) if self.jitter else ceiling  # noqa: S311 - spreads load, guards nothing


NO_RETRY = RetryConfig(enabled=False, max_attempts=1)


@dataclass(frozen=True, kw_only=True)
class Options:
    """How one request is to be carried out.

    Attributes:
        timeout: seconds that the attempts of a call may take together, from its first token of the limiter on; waiting
            for tokens and connections does not count. ``None``: no limit.
        deadline: seconds from the call on after which it ends in any case. ``None``: no limit.
        retry: when to send again.
        lane: interactive calls overtake bulk ones.
        headers: sent with the request, over the client's own.
        authorization: value of the ``Authorization`` header; never shown.
    """

    timeout: float | None = DEFAULT_TIMEOUT
    deadline: float | None = None
    retry: RetryConfig = field(default_factory=RetryConfig)
    lane: Lane = Lane.INTERACTIVE
    headers: tuple[tuple[str, str], ...] = ()
    authorization: str = field(default="", repr=False)


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
    """

    base_url: str
    verify_ssl: bool = True
    ca_file: str | None = None
    proxy: str | None = field(default=None, repr=False)
    trust_env: bool = True
    max_connections: int = DEFAULT_CONNECTIONS
    rate_limit: RateLimit | None = DEFAULT_RATE_LIMIT

    def __post_init__(self) -> None:
        """Bring the base URL into its one form and check the pool's size."""
        object.__setattr__(self, "base_url", normal_base_url(self.base_url))
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
    parts = urlsplit(text.strip())
    try:
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        msg = f"base_url is not an address: {error}"
        raise ConfigurationError(msg) from error
    if parts.scheme not in {"http", "https"} or not host:
        msg = f"base_url {text!r} is not an address such as https://tenant.wats.com"
        raise ConfigurationError(msg)
    if parts.username is not None or parts.password is not None:
        msg = "base_url holds a user name or a password; give the token as token= instead"
        raise ConfigurationError(msg)
    path = parts.path.rstrip("/")
    if path.lower().endswith("/api"):
        path = path[: -len("/api")].rstrip("/")
    return urlunsplit((parts.scheme, parts.netloc.lower(), path, "", ""))
