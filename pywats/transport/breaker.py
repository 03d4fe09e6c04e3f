"""A circuit breaker: while a server is down, calls fail at once, and one probe at a time asks whether it is back."""

from collections.abc import Callable
from enum import Enum

from pywats.settings import CircuitBreakerConfig
from workers.log import get_logger

log = get_logger(__name__)


class CircuitState(Enum):
    """What a breaker does with requests (M. Nygard, *Release It!*, 2nd edition 2018, chapter 5)."""

    CLOSED = "closed"  # lets them through
    OPEN = "open"  # holds them back
    HALF_OPEN = "half_open"  # has one under way as a probe and holds the others back


class Held(Exception):
    """The request was not sent.

    ``seconds`` is the time until the next probe, ``reason`` what the server's last failure was.
    """

    def __init__(self, seconds: float, failures: int, reason: str) -> None:
        self.seconds, self.failures, self.reason = seconds, failures, reason
        super().__init__(reason)


class CircuitBreaker:
    """Opens after so many failures in a row, and closes when a probe gets an answer.

    Whoever sends a request calls `enter` just before and hands the permit back with what came of it: `succeeded`,
    `failed` or `undecided`. Permits from before the last change of state decide nothing.

    Args:
        config: the limits.
        clock: seconds that only move forward.
        server: name for the log.
    """

    __slots__ = ("_clock", "_config", "_failures", "_permit", "_probing", "_reason", "_retry_at", "_server")

    def __init__(self, config: CircuitBreakerConfig, clock: Callable[[], float], server: str = "") -> None:
        self._config = config
        self._clock = clock
        self._server = server
        self._failures = 0
        self._permit = 0
        self._probing = False
        self._reason = ""
        self._retry_at: float | None = None  # not None: open or half open

    @property
    def state(self) -> CircuitState:
        """What it does now."""
        if self._retry_at is None:
            return CircuitState.CLOSED
        return CircuitState.HALF_OPEN if self._probing else CircuitState.OPEN

    def check(self) -> None:
        """Raise `Held` if a request would not be let through now."""
        if self._retry_at is not None and (self._probing or self._clock() < self._retry_at):
            raise Held(max(0.0, self._retry_at - self._clock()), self._failures, self._reason)

    def enter(self) -> int:
        """The permit of one request, which is the probe if the breaker was open for long enough; or `Held`."""
        if self._retry_at is not None:
            self.check()
            self._probing = True
            self._permit += 1
        return self._permit

    def succeeded(self, permit: int) -> None:
        """The server answered."""
        if permit != self._permit:
            return
        self._failures = 0
        if self._retry_at is not None:
            self._change(None)
            log.info("circuit_closed", server=self._server)

    def failed(self, permit: int, reason: str) -> None:
        """The server could not be reached, or answered that it is out of order."""
        if permit != self._permit:
            return
        self._failures += 1
        self._reason = reason
        if self._probing or self._failures >= self._config.failure_threshold:
            self._change(self._clock() + self._config.timeout_seconds)
            log.warning(
                "circuit_opened",
                server=self._server,
                failures=self._failures,
                seconds=self._config.timeout_seconds,
                reason=reason,
            )

    def undecided(self, permit: int) -> None:
        """Nothing can be said: the caller gave up, or the request was at fault. A probe that ends so allows another."""
        if permit == self._permit:
            self._probing = False

    @property
    def probing(self) -> bool:
        """Whether a probe is under way."""
        return self._probing

    def _change(self, retry_at: float | None) -> None:
        self._retry_at = retry_at
        self._probing = False
        self._permit += 1
