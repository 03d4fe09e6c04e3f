"""What can be seen of a running tree: statistics, events, Prometheus text."""

import bisect
import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Percentiles:
    """How a duration was distributed, in seconds; each value is right within a quarter of itself."""

    count: int = 0
    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    max: float = 0.0


class Histogram:
    """Durations in buckets that grow by a quarter: constant memory, constant time."""

    _BOUNDS = tuple(1e-6 * 1.25**step for step in range(100))  # 1 microsecond to about an hour

    __slots__ = ("_buckets", "_count", "_max")

    def __init__(self) -> None:
        self._buckets = [0] * (len(self._BOUNDS) + 1)
        self._count = 0
        self._max = 0.0

    def record(self, seconds: float) -> None:
        """Count one duration."""
        self._buckets[bisect.bisect_left(self._BOUNDS, seconds)] += 1
        self._count += 1
        if seconds > self._max:  # noqa: PLR1730 - `max` takes longer, and this is done twice for each message
            self._max = seconds

    def percentiles(self) -> Percentiles:
        """The distribution so far."""
        if not self._count:
            return Percentiles()
        return Percentiles(self._count, self._at(0.50), self._at(0.95), self._at(0.99), self._max)

    def _at(self, share: float) -> float:
        wanted = math.ceil(share * self._count)
        bucket = bisect.bisect_left(list(itertools.accumulate(self._buckets)), wanted)
        return min((*self._BOUNDS, self._max)[bucket], self._max)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorStatistics:
    """One actor at one moment.

    Attributes:
        name: of the actor.
        accepted: messages that were let in; ``depth + in_hand + done + failed + given_up``.
        depth: messages queued.
        waiting_senders: senders that wait for a place in the mailbox.
        in_hand: messages being handled.
        done: messages answered with a result.
        failed: messages answered with an error of their handler.
        given_up: messages that left without an answer of their handler: cancelled, late, or stopped.
        expired: senders whose patience ended before they were answered.
        restarts: how often the actor was started anew.
        waiting: seconds from sending to handling.
        handling: seconds in the handler.
    """

    name: str
    accepted: int
    depth: int
    waiting_senders: int
    in_hand: int
    done: int
    failed: int
    given_up: int
    expired: int
    restarts: int
    waiting: Percentiles
    handling: Percentiles


class Observer:
    """What happens in a tree, as it happens. Subclass it and override what you want to know.

    The methods are called on the loop's thread between other work: they must not block and must not raise.
    """

    def message_handled(self, actor: str, waited: float, handled: float, error: Exception | None) -> None:
        """A message was handled: it waited and was handled for so many seconds, and ended in ``error`` or well."""

    def child_restarted(self, child: str, error: BaseException | None, delay: float) -> None:
        """A child ended, with ``error`` or by itself, and is started again after ``delay`` seconds."""

    def supervisor_gave_up(self, error: BaseException) -> None:
        """Children failed too often; the supervisor ends with ``error``."""


_GAUGES = {
    "depth": "messages queued",
    "waiting_senders": "senders that wait for a place in the mailbox",
    "in_hand": "messages being handled",
}
_COUNTERS = {
    "accepted": "messages that were let in",
    "done": "messages answered with a result",
    "failed": "messages answered with an error of their handler",
    "given_up": "messages that left without an answer of their handler",
    "expired": "senders whose patience ended before they were answered",
    "restarts": "how often the actor was started anew",
}
_SPREADS = {"waiting": "seconds from sending to handling", "handling": "seconds in the handler"}


def prometheus(actors: Iterable[ActorStatistics], prefix: str = "workers") -> str:
    """The statistics in Prometheus' text exposition format, version 0.0.4."""
    rows = list(actors)
    lines: list[str] = []
    for name, meaning in (_GAUGES | _COUNTERS).items():
        kind, suffix = ("gauge", "") if name in _GAUGES else ("counter", "_total")
        lines += [f"# HELP {prefix}_actor_{name}{suffix} {meaning}", f"# TYPE {prefix}_actor_{name}{suffix} {kind}"]
        lines += [f'{prefix}_actor_{name}{suffix}{{actor="{_escaped(row.name)}"}} {getattr(row, name)}' for row in rows]
    for name, meaning in _SPREADS.items():
        metric = f"{prefix}_actor_{name}_seconds"
        lines += [f"# HELP {metric} {meaning}", f"# TYPE {metric} summary"]
        for row in rows:
            spread: Percentiles = getattr(row, name)
            actor = _escaped(row.name)
            lines += [
                f'{metric}{{actor="{actor}",quantile="{share}"}} {value:.9g}'
                for share, value in (("0.5", spread.p50), ("0.95", spread.p95), ("0.99", spread.p99))
            ]
            lines.append(f'{metric}_count{{actor="{actor}"}} {spread.count}')
    return "\n".join(lines) + "\n"


def _escaped(label: str) -> str:
    return label.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
