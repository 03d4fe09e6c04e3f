"""Running jobs when they are due: each by itself, one run at a time, and what was missed once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pywats.errors import PyWATSError
from pywats.jobs.planner import Job
from pywats.jobs.state import State
from pywats.jobs.summary import RunSummary
from workers.log import get_logger

log = get_logger(__name__)

LOOK: Final = 30.0
"""Seconds between two looks at the clock, which may be set meanwhile."""

AGAIN: Final = 60.0
"""Seconds until a job that could not be run is looked at again."""


def _now() -> datetime:
    return datetime.now(UTC)


class Scheduler:
    """Runs jobs on their schedules.

    The time of a job counts from when it last began, or was first seen, so a run that was due while nobody was there
    comes once, as soon as somebody is. So does one that was cut short; but a job that was cut short twice in a row
    waits until it is due, as it may be what ends the process.

    Args:
        run: carries out a job.
        now: the time.
    """

    def __init__(self, run: Callable[[Job], Awaitable[RunSummary]], now: Callable[[], datetime] = _now) -> None:
        self._run = run
        self._now = now
        self._loads: Mapping[Path, Callable[[], Job]] = {}
        self._followed = asyncio.Event()

    def follow(self, loads: Mapping[Path, Callable[[], Job]]) -> None:
        """Run these jobs from now on: by path, what gives each file as it is at that time.

        One that was run before goes on undisturbed; one that is gone finishes the run under way.
        """
        self._loads = loads
        self._followed.set()

    async def attend(self) -> None:
        """Run the jobs for ever."""
        attended: dict[Path, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as group:
            while True:
                await self._followed.wait()
                self._followed.clear()
                attended = {path: task for path, task in attended.items() if not task.done()}
                for path in self._loads.keys() - attended.keys():
                    attended[path] = group.create_task(self._attend(path))

    async def _attend(self, path: Path) -> None:
        first = True
        while load := self._loads.get(path):
            try:
                job = await asyncio.to_thread(load)
                makes_up, first = first, False
                wait = await self.look(job, makes_up=makes_up)
            except (PyWATSError, OSError) as error:
                log.error("job_not_run", error=str(error))
                wait = AGAIN
            except Exception:  # a fault of the program in one job is none in the others
                log.exception("job_not_run")
                wait = AGAIN
            await asyncio.sleep(wait)

    async def look(self, job: Job, *, makes_up: bool = False) -> float:
        """Run a job if it is due; return the seconds until it should be looked at again.

        Args:
            job: the file.
            makes_up: whether a run that was cut short is made up for, as at the first look of a process.

        Raises:
            PyWATSError: it cannot be run.
        """
        name, schedule = job.value.name, job.value.schedule
        if schedule is None:
            raise job.error(("schedule",), "is missing; the daemon runs jobs on their schedules")
        now = self._now()
        with State(job.value.state) as state:
            due = schedule.after(state.seen(name, now))
            if makes_up and due > now and state.was_cut_short(name):
                due = now
            if due > now:
                return min((due - now).total_seconds(), LOOK)
            state.began(name, now)
        log.info("job_started", job=name, due=due.isoformat())
        summary = await self._run(job)
        told = log.info if summary.ok else log.error
        told("job_ended", job=name, rows=summary.rows, seconds=round(summary.seconds, 1), error=summary.error)
        return 0.0
