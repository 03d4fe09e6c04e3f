"""Answers to GETs, kept for a while: opt-in, bounded by time, number and bytes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from pywats.errors import ConfigurationError
from pywats.exchange.answer import Answer


@dataclass(frozen=True, kw_only=True)
class CacheConfig:
    """How long and how many answers a client keeps.

    Attributes:
        ttl: seconds after which an answer is asked for again.
        max_entries: answers at the most.
        max_size: bytes of their bodies at the most.
    """

    ttl: float = 300.0
    max_entries: int = 1000
    max_size: int = 64 * 1024 * 1024

    def __post_init__(self) -> None:
        """Refuse numbers that make no sense."""
        for name in ("ttl", "max_entries", "max_size"):
            if not getattr(self, name) > 0:
                raise ConfigurationError(f"{name} of the cache is {getattr(self, name)}; it must be more than 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheStatistics:
    """The GETs of one client at one moment; the counters begin with the client.

    Attributes:
        shared: calls that joined the request of another one, which was under way, or took the answer of an equal item
            of their batch.
        hits: calls that were answered from the cache.
        misses: calls that looked into the cache in vain.
        entries: answers that are kept now.
        size: bytes of their bodies.
        evicted: answers that went because they were too many or too old.
        cleared: how often a write emptied the cache.
    """

    shared: int = 0
    hits: int = 0
    misses: int = 0
    entries: int = 0
    size: int = 0
    evicted: int = 0
    cleared: int = 0


class AnswerCache:
    """Keeps the latest answers that were used, the oldest use goes first.

    Args:
        config: its bounds.
        clock: seconds that only move forward.
    """

    def __init__(self, config: CacheConfig, clock: Callable[[], float]) -> None:
        self._config = config
        self._clock = clock
        self._kept: OrderedDict[Hashable, tuple[float, Answer]] = OrderedDict()
        self._size = 0
        self.hits = self.misses = self.evicted = self.cleared = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size(self) -> int:
        """Bytes of the bodies that are kept."""
        return self._size

    def get(self, key: Hashable) -> Answer | None:
        """The answer to a request, unless it is too old."""
        kept = self._kept.get(key)
        if kept is not None and self._clock() - kept[0] >= self._config.ttl:
            self._evict(key)
            kept = None
        if kept is None:
            self.misses += 1
            return None
        self.hits += 1
        self._kept.move_to_end(key)
        return kept[1]

    def put(self, key: Hashable, answer: Answer) -> None:
        """Keep an answer; what is larger than the whole cache is not kept."""
        if len(answer.body) > self._config.max_size:
            return
        if key in self._kept:
            self._drop(key)
        self._kept[key] = (self._clock(), answer)
        self._size += len(answer.body)
        while len(self._kept) > self._config.max_entries or self._size > self._config.max_size:
            self._evict(next(iter(self._kept)))

    def clear(self) -> None:
        """Forget everything."""
        if self._kept:
            self.cleared += 1
            self._kept.clear()
            self._size = 0

    def _evict(self, key: Hashable) -> None:
        self.evicted += 1
        self._drop(key)

    def _drop(self, key: Hashable) -> None:
        self._size -= len(self._kept.pop(key)[1].body)
