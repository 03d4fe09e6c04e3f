"""Loops as TestStand writes them, in its own XML and in ATML: a summary, before or behind its iterations."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple, TypeVar

from pywats.reports.member import Json

__all__ = ["Told", "grouped", "summed"]

T = TypeVar("T")


class Told(NamedTuple):
    """What a step says of the loop that it is of, as it is written.

    Attributes:
        key: what the steps of a loop have in common.
        iteration: its index.
        loops: iterations, which a summary tells.
        passed: those that passed.
        failed: those that failed.
    """

    key: str
    iteration: str = ""
    loops: str = ""
    passed: str = ""
    failed: str = ""

    @property
    def of_loop(self) -> bool:
        """Whether the step is of a loop."""
        return bool(self.iteration or self.loops)

    def note(self, place: int | None = None) -> str:
        """What is said of an iteration, unless it is the one at this place."""
        return "" if not self.iteration or self.iteration == str(place) else f"loop index {self.iteration}"


def grouped(steps: Sequence[T], told: Callable[[T], Told]) -> Iterator[tuple[T | None, list[T]]]:
    """Yield the steps in their order: those of each loop with its summary, others without one.

    The same loop may be run several times, one right after the other.
    """
    for _, run in groupby(steps, key=lambda step: _loop_of(step, told)):
        same = list(run)
        summaries = [at for at, step in enumerate(same) if told(step).loops]
        begins = summaries if summaries[:1] == [0] else [0, *(at + 1 for at in summaries)]
        for begin, end in zip(begins, (*begins[1:], len(same)), strict=True):
            members = same[begin:end]
            summary = next((step for step in members if told(step).loops), None)
            if members:
                yield summary, [step for step in members if step is not summary]


def _loop_of(step: T, told: Callable[[T], Told]) -> str | int:
    said = told(step)
    return said.key if said.of_loop else id(step)


def summed(told: Told, iterations: Sequence[str]) -> tuple[Json | None, str]:
    """The loop of a summary, and what it says otherwise: the server wants the iterations that there are, from 0.

    Args:
        told: what the summary says.
        iterations: how they ended.
    """
    count = len(iterations)
    failed = sum(status in {"F", "E", "T"} for status in iterations)
    loop = {"num": count, "endingIndex": count - 1, "passed": count - failed, "failed": failed}
    words = {"loops": told.loops, "passed": told.passed, "failed": told.failed}
    said = ", ".join(f"{word} {number}" for word, number in words.items() if number)
    same = all(
        number in {"", str(loop[key])} for key, number in zip(("num", "passed", "failed"), told[2:], strict=True)
    )
    return (loop if count else None), ("" if count and same else said)
