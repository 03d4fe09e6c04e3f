"""Two ways to do the same, measured turn by turn."""

import gc
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figures:
    """One piece of work done both ways: medians over the rounds, per operation."""

    name: str
    must: str
    wall: float
    wall_by_hand: float
    cpu: float
    cpu_by_hand: float

    @property
    def rate_ratio(self) -> float:
        """Our rate as a multiple of that of the hand-written code; more is better."""
        return self.wall_by_hand / self.wall

    @property
    def cpu_ratio(self) -> float:
        """Our CPU time as a multiple of that of the hand-written code; less is better."""
        return self.cpu / self.cpu_by_hand


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found where there is nothing to compare with."""

    name: str
    found: str
    must: str


Work = Callable[[], Awaitable[object]]


async def measure(name: str, must: str, ours: Work, by_hand: Work, *, operations: int, rounds: int) -> Figures:
    """Run both ways ``rounds`` times, in alternating order, after one round that does not count.

    Args:
        name: what is measured.
        must: what the ratio has to be, for the reader.
        ours: the work done with the client.
        by_hand: the same work done without it.
        operations: how many single operations one run of either is.
        rounds: how often each is run.
    """
    samples: dict[Work, list[tuple[float, float]]] = {ours: [], by_hand: []}
    for work in samples:
        await work()
    for number in range(rounds):
        for work in (ours, by_hand) if number % 2 else (by_hand, ours):
            gc.collect()
            wall, cpu = time.perf_counter(), time.process_time()
            await work()
            samples[work].append((time.perf_counter() - wall, time.process_time() - cpu))
    our_wall, our_cpu = medians(samples[ours], operations)
    their_wall, their_cpu = medians(samples[by_hand], operations)
    return Figures(name, must, our_wall, their_wall, our_cpu, their_cpu)


def medians(samples: Sequence[tuple[float, float]], operations: int) -> tuple[float, float]:
    """Return the median wall time and CPU time of one operation, in seconds."""
    walls, cpus = zip(*samples, strict=True)
    return statistics.median(walls) / operations, statistics.median(cpus) / operations
