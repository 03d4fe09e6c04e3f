"""How an actor answers, and what happens to what it has in hand."""

import asyncio
import contextlib
import contextvars
import gc
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from workers import (
    Actor,
    ActorBroken,
    ActorCrashed,
    ActorStopped,
    DeadlineExceeded,
    Mailbox,
    Message,
    Observer,
    Runtime,
)
from workers.testing import virtual_time


class Wait(Message[float]):
    def __init__(self, seconds: float, error: Exception | None = None) -> None:
        self.seconds, self.error = seconds, error


async def handle(message: Wait) -> float:
    await asyncio.sleep(message.seconds)
    if message.error is not None:
        raise message.error
    return message.seconds


def start(concurrency: int = 100, **settings: object) -> tuple[Mailbox, Runtime]:
    mailbox = Mailbox("waiter")
    runtime = Runtime([Actor(mailbox, handle, concurrency=concurrency, expected=(ValueError,), **settings)])  # type: ignore[arg-type]
    runtime.start()
    return mailbox, runtime


@virtual_time
async def test_an_error_is_an_answer_and_the_actor_goes_on() -> None:
    mailbox, runtime = start()
    with pytest.raises(ValueError, match="no such thing"):
        await mailbox.ask(Wait(0, ValueError("no such thing")))
    assert await mailbox.ask(Wait(1)) == 1
    assert runtime.statistics()[0].restarts == 0
    await runtime.close()


@virtual_time
async def test_many_failing_messages_do_not_close_the_runtime() -> None:
    mailbox, runtime = start()
    answers = await asyncio.gather(
        *(mailbox.ask(Wait(0, KeyError(n) if n % 3 else None)) for n in range(300)), return_exceptions=True
    )
    assert sum(isinstance(answer, KeyError) for answer in answers) == 200
    assert not runtime.closed
    await runtime.close()


async def test_only_unexpected_errors_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    mailbox, runtime = start()
    with pytest.raises(ValueError, match="x"):
        await mailbox.ask(Wait(0, ValueError("x")))
    assert not caplog.records
    with pytest.raises(KeyError):
        await mailbox.ask(Wait(0, KeyError("y")))
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "handler_failed actor=waiter" in record.message
    assert "Traceback" in record.message
    await runtime.close()


@virtual_time
async def test_concurrency_is_how_many_are_in_hand() -> None:
    mailbox, runtime = start(concurrency=3)
    questions = [asyncio.create_task(mailbox.ask(Wait(1))) for _ in range(9)]
    await asyncio.sleep(0.5)
    assert runtime.statistics()[0].in_hand == 3
    await asyncio.gather(*questions)
    assert asyncio.get_running_loop().time() == pytest.approx(3.0)
    await runtime.close()


@virtual_time
async def test_a_broken_actor_is_restarted_at_once_and_keeps_its_mail_and_what_is_in_hand() -> None:
    mailbox, runtime = start(concurrency=2)
    long = asyncio.create_task(mailbox.ask(Wait(10)))
    broken = asyncio.create_task(mailbox.ask(Wait(1, ActorBroken("lost its mind"))))
    queued = asyncio.create_task(mailbox.ask(Wait(2)))
    with pytest.raises(ActorCrashed, match="lost its mind"):
        await broken
    assert await queued == 2
    assert asyncio.get_running_loop().time() == pytest.approx(3.0)  # not after the long one
    assert await long == 10
    assert runtime.statistics()[0].restarts == 1
    await runtime.close()


@virtual_time
async def test_a_cancelled_caller_cancels_the_handling() -> None:
    mailbox, runtime = start(concurrency=1)
    question = asyncio.create_task(mailbox.ask(Wait(100)))
    await asyncio.sleep(1)
    question.cancel()
    assert await mailbox.ask(Wait(1)) == 1
    assert asyncio.get_running_loop().time() == pytest.approx(2.0)
    assert runtime.statistics()[0].given_up == 1
    await runtime.close()


@virtual_time
async def test_a_deadline_in_flight_frees_the_hand() -> None:
    mailbox, runtime = start(concurrency=1)
    with pytest.raises(DeadlineExceeded):
        await mailbox.ask(Wait(100), patience=1.0)
    assert await mailbox.ask(Wait(0)) == 0
    assert asyncio.get_running_loop().time() == pytest.approx(1.0)
    await runtime.close()


@virtual_time
async def test_the_handler_runs_in_the_senders_context() -> None:
    trace = contextvars.ContextVar[str]("trace")
    mailbox = Mailbox("traced")
    seen: list[str] = []

    async def look(_: Message[None]) -> None:
        seen.append(trace.get())

    runtime = Runtime([Actor(mailbox, look)])
    runtime.start()
    for name in ("a", "b"):
        trace.set(name)
        await mailbox.ask(Message())
    await runtime.close()
    assert seen == ["a", "b"]


@virtual_time
async def test_a_task_cancelled_before_its_first_step_still_answers_and_frees_its_place() -> None:
    mailbox, runtime = start(concurrency=1)
    assert await mailbox.ask(Wait(0)) == 0  # it runs
    question = asyncio.create_task(mailbox.ask(Wait(1)))
    await asyncio.sleep(0)  # the message is sent and its task made, one step before the task's first
    (task,) = (task for task in asyncio.all_tasks() if task.get_name() == "waiter:message")
    task.cancel()
    with pytest.raises(ActorStopped):
        await question
    assert await mailbox.ask(Wait(1)) == 1
    await runtime.close()


@virtual_time
async def test_what_an_actor_owns_is_opened_and_closed_around_each_run() -> None:
    happened: list[str] = []

    @asynccontextmanager
    async def own() -> AsyncGenerator[None]:
        happened.append("open")
        try:
            yield
        finally:
            happened.append("close")

    mailbox, runtime = start(lifespan=own)
    with pytest.raises(ActorCrashed):
        await mailbox.ask(Wait(0, ActorBroken()))
    await mailbox.ask(Wait(0))
    await runtime.close()
    assert happened == ["open", "close", "open", "close"]


@virtual_time
async def test_an_observer_sees_each_message() -> None:
    class Notes(Observer):
        rows: list[tuple[str, float, float, Exception | None]]

        def __init__(self) -> None:
            self.rows = []

        def message_handled(self, actor: str, waited: float, handled: float, error: Exception | None) -> None:
            self.rows.append((actor, round(waited), round(handled), error))

    notes = Notes()
    mailbox, runtime = start(concurrency=1, observer=notes)
    await asyncio.gather(mailbox.ask(Wait(2)), mailbox.ask(Wait(3)))
    await runtime.close()
    assert notes.rows == [("waiter", 0, 2, None), ("waiter", 2, 3, None)]


def test_a_concurrency_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="concurrency"):
        Actor(Mailbox("box"), handle, concurrency=0)


@virtual_time
async def test_a_crash_in_the_moment_of_stopping_is_no_lost_error(caplog: pytest.LogCaptureFixture) -> None:
    actor = Actor(Mailbox("waiter"), handle)
    running = asyncio.create_task(actor.run())
    await actor.started.wait()
    actor.crash(ValueError("too late"))
    running.cancel()
    await asyncio.wait({running})
    del running
    gc.collect()
    assert not caplog.records


@virtual_time
async def test_a_message_that_fails_leaves_nothing_to_the_garbage_collector() -> None:
    async def fail(_: Wait) -> float:
        raise ValueError

    mailbox = Mailbox("failing")
    runtime = Runtime([Actor(mailbox, fail, expected=(ValueError,))])
    runtime.start()
    gc.collect()
    gc.disable()
    try:
        for _ in range(5):
            for _ in range(5):
                with contextlib.suppress(ValueError):
                    await mailbox.ask(Wait(1))
            if not (found := gc.collect()):  # other threads may leave some, but not each time
                break
        assert found == 0
    finally:
        gc.enable()
    await runtime.close()
