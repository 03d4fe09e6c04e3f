"""How work goes on: bars on a terminal, plain lines elsewhere; both on standard error, so that output stays clean."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from pywats.cli.aside import note
from pywats.text import printable

LINE_INTERVAL = 5.0
"""Seconds between two lines about the same work, where there is no terminal."""


class Meter(Protocol):
    """Is told how several pieces of work go on, each by its name."""

    def update(self, name: str, done: int, total: int | None = None) -> None:
        """Say how much of the work is done, and how much there is, where that is known."""
        ...

    def end(self, name: str, words: str) -> None:
        """Say what came of the work."""
        ...


@contextmanager
def metered(*, quiet: bool = False) -> Generator[Meter]:
    """Give what fits standard error for the time of a block: bars, lines, or nothing at all when ``quiet``."""
    if quiet:
        yield Silence()
    elif sys.stderr.isatty():
        bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            redirect_stdout=sys.stdout.isatty(),  # what is printed meanwhile goes above the bars, not through them
        )
        with bars:
            yield Bars(bars)
    else:
        yield Lines()


class Silence:
    """Tells nobody."""

    def update(self, name: str, done: int, total: int | None = None) -> None:
        """Do nothing."""

    def end(self, name: str, words: str) -> None:
        """Do nothing."""


class Bars:
    """A bar for each piece of work, with its rate and the time that is left."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def update(self, name: str, done: int, total: int | None = None) -> None:
        """Move the bar; it only pulses while nobody knows how much there is."""
        self._bars.update(self._task(name), completed=done, total=total)

    def end(self, name: str, words: str) -> None:
        """Stop the bar where it is, and say what came of the work beside it."""
        task = self._task(name)
        now = self._bars.tasks[self._bars.task_ids.index(task)]
        total = now.completed if now.total is None else now.total
        self._bars.update(task, total=total, description=f"{printable(name)}: {printable(words)}")
        self._bars.stop_task(task)

    def _task(self, name: str) -> TaskID:
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(printable(name), total=None)
        return self._tasks[name]


class Lines:
    """A line now and then, and one at the end of each piece of work."""

    def __init__(self) -> None:
        self._begun: dict[str, float] = {}
        self._said: dict[str, float] = {}

    def update(self, name: str, done: int, total: int | None = None) -> None:
        """Write how far the work is, how fast it goes and what time is left, if the last line was a while ago."""
        now = time.monotonic()
        begun = self._begun.setdefault(name, now)
        if now - self._said.setdefault(name, begun) >= LINE_INTERVAL:
            self._said[name] = now
            much = f"{done:,} of {total:,}" if total else f"{done:,} so far"
            rate = done / (now - begun)
            left = f", {_in_words((total - done) / rate)} left" if total and rate else ""
            note(f"{name}: {much}, {_per_second(rate)}{left}")

    def end(self, name: str, words: str) -> None:
        """Write what came of the work."""
        note(f"{name}: {words}")


class _Rate(ProgressColumn):
    """How much is done in a second."""

    def render(self, task: Task) -> Text:
        """Return the rate since the work began."""
        speed = task.finished_speed or task.speed
        return Text(_per_second(speed) if speed else "")


def _per_second(rate: float) -> str:
    """Return a rate; a slow one is counted by the minute."""
    return f"{rate:,.0f}/s" if rate >= 1 else f"{rate * 60:,.0f}/min"


def _in_words(seconds: float) -> str:
    """Return a time as ``0:00:12``."""
    return str(timedelta(seconds=round(seconds)))
