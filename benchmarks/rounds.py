"""Two ways to do the same, measured turn by turn."""

import gc
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from benchmarks.profiles import Look, profiled


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One piece of work done both ways.

    Attributes:
        name: what was measured.
        must: what the ratio has to be: ``CPU 1.10``, at the most, or ``rate 0.95``, at least; empty: nothing certain.
        wall: seconds of ours for one operation, the median over the rounds.
        wall_by_hand: the same of the hand-written code.
        cpu: seconds of processor time of ours, likewise.
        cpu_by_hand: the same of the hand-written code.
        rate_ratio: our rate as a multiple of the other, the median over the rounds; more is better.
        cpu_ratio: our processor time as a multiple of the other, likewise; less is better.
        profile: where our time goes, if the ratio is not what it must be.
    """

    name: str
    must: str
    wall: float
    wall_by_hand: float
    cpu: float
    cpu_by_hand: float
    rate_ratio: float
    cpu_ratio: float
    profile: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found where there is nothing to compare with."""

    name: str
    found: str
    must: str


Work = Callable[[], Awaitable[object]]
Sample = tuple[float, float]


async def measure(
    name: str, must: str, ours: Work, by_hand: Work, *, operations: int, rounds: int, look: Look | None = None
) -> Figures:
    """Run both ways ``rounds`` times, in alternating order, after one round that does not count.

    What was there before is no work for the garbage collector meanwhile. The two runs of a round are compared with each
    other, so that what changes on the machine from round to round counts little.

    Args:
        name: what is measured.
        must: what the ratio has to be, at the most for ``CPU`` and at least for ``rate``.
        ours: the work done with the client.
        by_hand: the same work done without it.
        operations: how many single operations one run of either is.
        rounds: how often each is run.
        look: runs a function on the thread whose work is ours; this one, unless given.
    """
    begun = time.perf_counter()
    samples: dict[Work, list[Sample]] = {ours: [], by_hand: []}
    for work in samples:
        await work()
    gc.collect()
    gc.freeze()
    try:
        for number in range(rounds):
            for work in (ours, by_hand) if number % 2 else (by_hand, ours):
                samples[work].append(await _sample(work))
    finally:
        gc.unfreeze()
    sys.stderr.write(f"{name}: measured in {time.perf_counter() - begun:.0f} s\n")
    pairs = list(zip(samples[ours], samples[by_hand], strict=True))
    rate = statistics.median(theirs[0] / our[0] for our, theirs in pairs)
    cpu = statistics.median(our[1] / max(theirs[1], 1e-9) for our, theirs in pairs)
    (our_wall, our_cpu), (their_wall, their_cpu) = (_medians(taken, operations) for taken in samples.values())
    return Figures(
        name=name,
        must=must,
        wall=our_wall,
        wall_by_hand=their_wall,
        cpu=our_cpu,
        cpu_by_hand=their_cpu,
        rate_ratio=rate,
        cpu_ratio=cpu,
        profile=await profiled(ours, operations, look) if _is_missed(must, rate, cpu) else (),
    )


async def _sample(work: Work) -> Sample:
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    await work()
    return time.perf_counter() - wall, time.process_time() - cpu


def _medians(samples: Sequence[Sample], operations: int) -> Sample:
    """Return the median wall time and CPU time of one operation, in seconds."""
    walls, cpus = zip(*samples, strict=True)
    return statistics.median(walls) / operations, statistics.median(cpus) / operations


def _is_missed(must: str, rate: float, cpu: float) -> bool:
    if not must:
        return False
    kind, number = must.split()
    return cpu > float(number) if kind == "CPU" else rate < float(number)
