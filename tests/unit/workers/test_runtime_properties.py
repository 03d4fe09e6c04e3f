"""Whatever mix of sends, crashes, cancels, deadlines, drains and closes: everyone is answered, nothing is left."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from workers import Actor, ActorBroken, Lane, Mailbox, Message, Runtime, WorkersError
from workers.testing import VirtualClockLoop

ANSWERS = (WorkersError, ValueError, asyncio.CancelledError)


@dataclass(eq=False)
class Job(Message[int]):
    """What a handler is to do, and what it did."""

    number: int
    seconds: float
    ending: str  # result, error, broken, hang, stubborn
    begun: int = 0
    ended: int = 0
    patience: float | None = None
    lane: Lane = field(default=Lane.INTERACTIVE)


async def handle(job: Job) -> int:
    job.begun += 1
    if job.ending == "stubborn":
        try:
            await asyncio.sleep(job.seconds)
        except asyncio.CancelledError:
            await asyncio.sleep(0.5)  # takes its time to clean up
            raise
    elif job.ending == "hang":
        await asyncio.get_running_loop().create_future()
    else:
        await asyncio.sleep(job.seconds)
    job.ended += 1
    if job.ending == "error":
        raise ValueError(job.number)
    if job.ending == "broken":
        raise ActorBroken(str(job.number))
    return job.number


class RuntimeMachine(RuleBasedStateMachine):
    """Two actors, one of them narrow, driven at random under a virtual clock."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = VirtualClockLoop(limit=None)
        self.jobs: list[Job] = []
        self.asks: list[asyncio.Task[int]] = []
        self.tells: list[asyncio.Task[None]] = []
        self.closing: list[asyncio.Task[None]] = []

    @initialize(
        overflow=st.sampled_from(["wait", "reject"]),
        capacity=st.integers(1, 4),
        concurrency=st.integers(1, 3),
        intensity=st.integers(0, 3),
    )
    def start(self, overflow: Any, capacity: int, concurrency: int, intensity: int) -> None:
        expected = (ValueError,)
        self.actors = [
            Actor(
                Mailbox("narrow", capacity=capacity, overflow=overflow),
                handle,
                concurrency=concurrency,
                expected=expected,
            ),
            Actor(Mailbox("wide"), handle, expected=expected),
        ]
        self.runtime = Runtime(self.actors, intensity=intensity)
        self.step(self.begin())

    async def begin(self) -> None:
        self.runtime.start()

    def step(self, coroutine: Any) -> Any:
        return self.loop.run_until_complete(coroutine)

    @rule(
        actor=st.integers(0, 1),
        count=st.integers(1, 4),
        seconds=st.sampled_from([0.0, 0.1, 1.0, 7.0]),
        ending=st.sampled_from(["result", "result", "error", "broken", "hang", "stubborn"]),
        patience=st.sampled_from([None, None, 0.0, 0.1, 5.0]),
        lane=st.sampled_from(Lane),
    )
    def ask(self, actor: int, count: int, seconds: float, ending: str, patience: float | None, lane: Lane) -> None:
        for _ in range(count):
            job = Job(len(self.jobs), seconds, ending, patience=patience, lane=lane)
            self.jobs.append(job)
            question = self.actors[actor].mailbox.ask(job, lane=lane, patience=patience)
            self.asks.append(self.loop.create_task(question))

    @rule(actor=st.integers(0, 1), seconds=st.sampled_from([0.0, 1.0]), lane=st.sampled_from(Lane))
    def tell(self, actor: int, seconds: float, lane: Lane) -> None:
        job = Job(len(self.jobs), seconds, "result")
        self.jobs.append(job)
        self.tells.append(self.loop.create_task(self.actors[actor].mailbox.tell(job, lane=lane)))

    @rule(pick=st.integers(0, 1000), times=st.integers(1, 2))
    @precondition(lambda self: self.asks)
    def cancel(self, pick: int, times: int) -> None:
        for _ in range(times):
            self.asks[pick % len(self.asks)].cancel()

    @rule(seconds=st.sampled_from([0.0, 0.0, 0.05, 0.3, 2.0, 10.0]))
    def let_time_pass(self, seconds: float) -> None:
        self.step(asyncio.sleep(seconds))

    @rule(actor=st.integers(0, 1))
    def crash(self, actor: int) -> None:
        self.actors[actor].crash(RuntimeError("a thing it owns broke"))

    @rule(drain=st.sampled_from([0.0, 0.2, 3.0, 30.0]), picky=st.booleans())
    def close(self, drain: float, picky: bool) -> None:
        unwanted = (lambda message: message.number % 2 == 0) if picky else None
        self.closing.append(self.loop.create_task(self.runtime.close(drain, unwanted=unwanted)))

    @invariant()
    def nothing_is_handled_twice(self) -> None:
        assert all(job.begun <= 1 for job in self.jobs)

    @invariant()
    def statistics_add_up(self) -> None:
        if not hasattr(self, "runtime"):
            return
        for row in self.runtime.statistics():
            assert row.accepted == row.depth + row.in_hand + row.done + row.failed + row.given_up

    @invariant()
    def bounds_hold(self) -> None:
        if hasattr(self, "actors"):
            for actor in self.actors:
                assert len(actor.mailbox) <= actor.mailbox.capacity

    def teardown(self) -> None:
        if hasattr(self, "runtime"):
            self.step(self.runtime.close(1.0))
            self.step(asyncio.sleep(30.0))  # what closes at its own pace
            self.check_everyone_is_answered()
        self.loop.close()

    def check_everyone_is_answered(self) -> None:
        assert all(task.done() for task in [*self.asks, *self.tells, *self.closing])
        assert not asyncio.all_tasks(self.loop)
        assert all(not task.exception() for task in self.closing)
        for task in self.asks:
            if task.cancelled():
                continue
            error = task.exception()
            assert error is None or isinstance(error, ANSWERS), error
        for task in self.tells:
            assert isinstance(task.exception(), WorkersError | None)
        for row in self.runtime.statistics():
            assert (row.depth, row.waiting_senders, row.in_hand) == (0, 0, 0)
            assert row.accepted == row.done + row.failed + row.given_up
        asked = {job.number for job in self.jobs}
        assert {task.result() for task in self.asks if not task.cancelled() and not task.exception()} <= asked


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


TestRuntime = RuntimeMachine.TestCase
TestRuntime.settings = settings(
    max_examples=500, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
