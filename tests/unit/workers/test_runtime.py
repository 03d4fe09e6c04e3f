"""Draining and closing a tree, and what becomes of it when its supervisor gives up or the loop ends."""

import asyncio
import logging

import pytest

from workers import Actor, ActorBroken, Mailbox, Message, Runtime, RuntimeClosed, WorkersError
from workers.testing import run_virtual, virtual_time


class Wait(Message[float]):
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


async def handle(message: Wait) -> float:
    if message.seconds < 0:
        raise ActorBroken
    await asyncio.sleep(message.seconds)
    return message.seconds


def start(concurrency: int = 1) -> tuple[Mailbox, Runtime]:
    mailbox = Mailbox("waiter")
    runtime = Runtime([Actor(mailbox, handle, concurrency=concurrency)])
    runtime.start()
    return mailbox, runtime


@virtual_time
async def test_draining_finishes_what_was_sent_and_takes_nothing_new() -> None:
    mailbox, runtime = start()
    questions = [asyncio.create_task(mailbox.ask(Wait(1))) for _ in range(5)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(runtime.close(30))
    await asyncio.sleep(0)
    with pytest.raises(RuntimeClosed):
        await mailbox.ask(Wait(1))
    await closing
    assert await asyncio.gather(*questions) == [1] * 5
    assert asyncio.get_running_loop().time() == pytest.approx(5.0)


@virtual_time
async def test_what_is_left_after_the_drain_is_answered() -> None:
    mailbox, runtime = start()
    questions = [asyncio.create_task(mailbox.ask(Wait(2))) for _ in range(3)]
    await asyncio.sleep(0)
    await runtime.close(3)
    answers = await asyncio.gather(*questions, return_exceptions=True)
    assert answers[0] == 2
    assert all(isinstance(answer, RuntimeClosed) for answer in answers[1:])
    assert asyncio.get_running_loop().time() == pytest.approx(3.0)


@virtual_time
async def test_unwanted_messages_are_answered_at_once_and_the_others_finished() -> None:
    mailbox, runtime = start(concurrency=2)
    wanted = [asyncio.create_task(mailbox.ask(Wait(1))) for _ in range(2)]
    dropped = [asyncio.create_task(mailbox.ask(Wait(5))) for _ in range(2)]
    await asyncio.sleep(0.5)
    await runtime.close(30, unwanted=lambda message: message.seconds == 5)
    assert await asyncio.gather(*wanted) == [1, 1]
    assert all(isinstance(error, RuntimeClosed) for error in await asyncio.gather(*dropped, return_exceptions=True))
    assert asyncio.get_running_loop().time() == pytest.approx(1.0)


@virtual_time
async def test_a_supervisor_that_gives_up_answers_everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    mailbox, runtime = start(concurrency=10)
    hanging = asyncio.create_task(mailbox.ask(Wait(1000)))
    for _ in range(4):
        with pytest.raises(WorkersError):
            await mailbox.ask(Wait(-1))
    with pytest.raises(RuntimeClosed, match="failed too often"):
        await hanging
    assert runtime.closed
    with pytest.raises(RuntimeClosed, match="failed too often"):
        await mailbox.ask(Wait(0))
    await runtime.close()


def test_a_loop_that_ends_without_close_answers_everyone_and_leaves_no_task() -> None:
    answers: list[object] = []

    async def ask(mailbox: Mailbox) -> None:
        try:
            await asyncio.shield(asyncio.ensure_future(mailbox.ask(Wait(100))))
        except BaseException as error:
            answers.append(error)
            raise

    async def main() -> None:
        mailbox, _ = start()
        tasks = [asyncio.create_task(ask(mailbox)) for _ in range(3)]
        await asyncio.sleep(1)
        assert len(tasks) == 3

    run_virtual(main())
    assert len(answers) == 3


@virtual_time
async def test_closing_twice_and_closing_what_never_started_is_harmless() -> None:
    mailbox, runtime = start()
    await asyncio.gather(runtime.close(), runtime.close())
    await runtime.close()
    never = Runtime([Actor(Mailbox("idle"), handle)])
    await never.close()
    assert never.closed
    with pytest.raises(RuntimeClosed):
        await mailbox.ask(Wait(0))


@virtual_time
async def test_each_sender_gets_an_error_object_of_its_own() -> None:
    for drain, unwanted in ((0, None), (30, lambda _: True)):
        mailbox, runtime = start(concurrency=3)
        questions = [asyncio.create_task(mailbox.ask(Wait(5))) for _ in range(6)]
        await asyncio.sleep(1)
        await runtime.close(drain, unwanted=unwanted)
        answers = await asyncio.gather(*questions, return_exceptions=True)
        assert all(isinstance(answer, RuntimeClosed) for answer in answers)
        assert len({id(answer) for answer in answers}) == 6


@virtual_time
async def test_an_interrupted_close_does_not_wait_and_answers_everyone() -> None:
    mailbox, runtime = start()
    before = asyncio.all_tasks()
    questions = [asyncio.create_task(mailbox.ask(Wait(10))) for _ in range(3)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(runtime.close(30))
    await asyncio.sleep(1)
    closing.cancel()
    await asyncio.wait({closing})
    assert closing.cancelled()
    assert all(isinstance(answer, RuntimeClosed) for answer in await asyncio.gather(*questions, return_exceptions=True))
    assert asyncio.get_running_loop().time() == pytest.approx(1.0)
    assert asyncio.all_tasks() <= before
