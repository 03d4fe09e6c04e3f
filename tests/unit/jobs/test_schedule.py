"""Jobs that run when they are due."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from waiting import soon

from pywats.errors import ConfigurationError
from pywats.jobs import JobRunningError, RunSummary, Scheduler, State


class Clock:
    def __init__(self):
        self.now = datetime(2026, 1, 1, 12, tzinfo=UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def scheduler(clock):
    ran = []

    async def run(job):
        ran.append((job.value.name, clock.now))
        return RunSummary(job.value.name, clock.now, 0.0, ())

    scheduler = Scheduler(run, clock)
    scheduler.ran = ran
    return scheduler


def scheduled(load, text='{cron: "0 2 * * *", timezone: UTC}'):
    return load(f"schedule: {text}\nsteps: [{{id: a, call: product.get_names}}]")


async def test_a_job_runs_when_it_is_due(load, scheduler, clock):
    job = scheduled(load)
    assert await scheduler.look(job) == 30.0
    clock.now = datetime(2026, 1, 2, 1, 59, 50, tzinfo=UTC)
    assert await scheduler.look(job) == 10.0
    assert scheduler.ran == []
    clock.now += timedelta(seconds=10)
    assert await scheduler.look(job) == 0.0
    assert await scheduler.look(job) == 30.0
    assert scheduler.ran == [("test", clock.now)]


async def test_runs_that_were_missed_are_made_up_for_by_one(load, scheduler, clock):
    job = scheduled(load)
    await scheduler.look(job)
    clock.now += timedelta(days=5)
    assert await scheduler.look(job) == 0.0
    assert await scheduler.look(job) == 30.0
    assert len(scheduler.ran) == 1


async def test_a_run_that_was_cut_short_is_made_up_for_at_the_start_but_not_again_and_again(load, scheduler, clock):
    job = scheduled(load)
    await scheduler.look(job, makes_up=True)
    with State(job.value.state) as state:
        state.begin("test", clock.now)
        assert await scheduler.look(job) > 0.0
        assert await scheduler.look(job, makes_up=True) == 0.0
        assert len(scheduler.ran) == 1
        state.begin("test", clock.now)
        assert await scheduler.look(job, makes_up=True) > 0.0
        assert len(scheduler.ran) == 1


async def test_a_job_without_a_schedule_is_told(load, scheduler):
    job = load("steps: [{id: a, call: product.get_names}]")
    with pytest.raises(ConfigurationError, match="schedule: is missing; the daemon runs jobs on their schedules"):
        await scheduler.look(job)


async def test_a_job_that_cannot_be_run_stops_no_other(load, clock, monkeypatch):
    from pywats.jobs import schedule

    monkeypatch.setattr(schedule, "AGAIN", 0.0)
    ran = []

    monkeypatch.setattr(schedule, "LOOK", 0.0)

    class Enough(BaseException):
        pass

    async def run(job):
        ran.append(job)
        if len(ran) == 1:
            raise JobRunningError("is running already")
        if len(ran) == 2:
            raise KeyError("a fault of the program")
        raise Enough

    job = scheduled(load, '"* * * * *"')

    def loaded():
        clock.now += timedelta(minutes=1)
        return job

    scheduler = Scheduler(run, clock)
    scheduler.follow({Path("job.yaml"): loaded})
    with capture_logs() as logs, pytest.raises(BaseExceptionGroup):
        await scheduler.attend()
    assert len(ran) == 3
    assert [entry.get("error") for entry in logs if entry["event"] == "job_not_run"] == ["is running already", None]


async def test_other_jobs_are_followed_while_those_that_stay_go_on(load, clock, monkeypatch):
    from pywats.jobs import schedule

    monkeypatch.setattr(schedule, "LOOK", 0.001)
    job = scheduled(load)
    looked, finish, runs = [], asyncio.Event(), []

    async def run(job):
        runs.append(job)
        await finish.wait()
        return RunSummary(job.value.name, clock.now, 0.0, ())

    def loads(*names):
        def one(name):
            def loaded():
                looked.append(name)
                return job

            return loaded

        return {Path(name): one(name) for name in names}

    scheduler = Scheduler(run, clock)
    scheduler.follow(loads("a"))
    attending = asyncio.create_task(scheduler.attend())
    await soon(lambda: "a" in looked)
    scheduler.follow(loads("a", "b"))
    await soon(lambda: "b" in looked)
    clock.now += timedelta(days=1)
    await soon(lambda: runs)
    scheduler.follow({})  # what runs is not cut off
    finish.set()
    await soon(lambda: len(asyncio.all_tasks()) == 2)  # this test, and the one that attends
    looked.clear()
    scheduler.follow(loads("b"))
    await soon(lambda: looked)
    assert set(looked) == {"b"}
    attending.cancel()
    await asyncio.wait([attending])
