"""What senders meet at a mailbox: order, a bound, deadlines, refusal."""

import asyncio

import pytest

from workers import Actor, DeadlineExceeded, Lane, Mailbox, MailboxFull, Message, Runtime, RuntimeClosed, WrongLoop
from workers.testing import run_virtual, virtual_time


class Note(Message[str]):
    def __init__(self, text: str) -> None:
        self.text = text


async def read(mailbox: Mailbox) -> str:
    envelope = mailbox.take()
    assert envelope is not None
    envelope.resolve(envelope.message.text.upper())
    return envelope.message.text


@virtual_time
async def test_the_answer_reaches_its_sender() -> None:
    mailbox = Mailbox("box")
    question = asyncio.create_task(mailbox.ask(Note("a")))
    await asyncio.sleep(0)
    await read(mailbox)
    assert await question == "A"


@virtual_time
async def test_a_full_mailbox_makes_senders_wait_and_lets_them_in_one_for_one() -> None:
    mailbox = Mailbox("box", capacity=2)
    questions = [asyncio.create_task(mailbox.ask(Note(str(number)))) for number in range(5)]
    await asyncio.sleep(0)
    assert (len(mailbox), mailbox.waiting_senders) == (2, 3)
    await read(mailbox)
    assert (len(mailbox), mailbox.waiting_senders) == (2, 2)
    for _ in range(4):
        await read(mailbox)
    assert await asyncio.gather(*questions) == ["0", "1", "2", "3", "4"]


@virtual_time
async def test_interactive_senders_are_let_in_and_served_first() -> None:
    mailbox = Mailbox("box", capacity=1)
    for text, lane in [("bulk 1", Lane.BULK), ("bulk 2", Lane.BULK), ("urgent", Lane.INTERACTIVE)]:
        asyncio.create_task(mailbox.ask(Note(text), lane=lane))  # noqa: RUF006 - read below
    await asyncio.sleep(0)
    assert [await read(mailbox) for _ in range(3)] == ["bulk 1", "urgent", "bulk 2"]


@virtual_time
async def test_one_message_in_eight_is_bulk_while_both_wait() -> None:
    mailbox = Mailbox("box")
    for lane in Lane:
        for _ in range(40):
            await mailbox.tell(Note(lane.name), lane=lane)
    served = [await read(mailbox) for _ in range(40)]
    assert served.count("BULK") == 5
    assert served.index("BULK") == 7


@virtual_time
async def test_a_rejecting_mailbox_refuses_when_full() -> None:
    mailbox = Mailbox("box", capacity=1, overflow="reject")
    await mailbox.tell(Note("a"))
    with pytest.raises(MailboxFull, match="box holds 1"):
        await mailbox.ask(Note("b"))


@virtual_time
async def test_a_late_message_is_answered_and_never_started() -> None:
    mailbox = Mailbox("box")
    with pytest.raises(DeadlineExceeded):
        await mailbox.ask(Note("a"), patience=1.0)
    assert asyncio.get_running_loop().time() == pytest.approx(1.0)
    assert mailbox.take() is None
    assert mailbox.expired == 1


@virtual_time
async def test_patience_runs_out_at_the_door_too() -> None:
    mailbox = Mailbox("box", capacity=1)
    await mailbox.tell(Note("a"))
    with pytest.raises(DeadlineExceeded):
        await mailbox.ask(Note("b"), patience=1.0)
    assert (len(mailbox), mailbox.waiting_senders) == (1, 0)


@virtual_time
async def test_a_cancelled_sender_frees_its_place_at_once() -> None:
    mailbox = Mailbox("box", capacity=1)
    first, second = (asyncio.create_task(mailbox.ask(Note(text))) for text in "ab")
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    assert (len(mailbox), mailbox.waiting_senders) == (1, 0)
    await read(mailbox)
    assert await second == "B"


@virtual_time
async def test_a_sender_that_gives_up_at_the_door_leaves_no_trace() -> None:
    mailbox = Mailbox("box", capacity=1)
    await mailbox.tell(Note("a"))
    waiting = asyncio.create_task(mailbox.tell(Note("b")))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.sleep(0)
    assert mailbox.waiting_senders == 0
    assert await read(mailbox) == "a"
    assert mailbox.take() is None


@virtual_time
async def test_a_closed_mailbox_takes_nothing_and_keeps_what_it_has() -> None:
    mailbox = Mailbox("box", capacity=1)
    kept = asyncio.create_task(mailbox.ask(Note("a")))
    refused = asyncio.create_task(mailbox.ask(Note("b")))
    await asyncio.sleep(0)
    mailbox.close()
    with pytest.raises(RuntimeClosed):
        await refused
    with pytest.raises(RuntimeClosed):
        await mailbox.ask(Note("c"))
    await read(mailbox)
    assert await kept == "A"


@virtual_time
async def test_each_refused_sender_gets_an_error_object_of_its_own() -> None:
    mailbox = Mailbox("box")
    mailbox.close()
    errors = await asyncio.gather(*(mailbox.ask(Note("a")) for _ in range(3)), return_exceptions=True)
    assert len({id(error) for error in errors}) == 3


def test_a_mailbox_belongs_to_one_loop() -> None:
    mailbox = Mailbox("box")
    run_virtual(mailbox.tell(Note("a")))
    with pytest.raises(WrongLoop, match="box"):
        run_virtual(mailbox.tell(Note("b")))


def test_a_capacity_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="capacity"):
        Mailbox("box", capacity=0)


@virtual_time
async def test_unwanted_mail_is_answered_and_the_rest_kept_in_order() -> None:
    mailbox = Mailbox("box", capacity=3)
    questions = [asyncio.create_task(mailbox.ask(Note(text))) for text in "abcd"]
    await asyncio.sleep(0)
    mailbox.discard(lambda message: message.text == "b", RuntimeClosed("no"))
    assert [await read(mailbox) for _ in range(3)] == ["a", "c", "d"]
    assert isinstance((await asyncio.gather(*questions, return_exceptions=True))[1], RuntimeClosed)


@virtual_time
async def test_a_message_told_to_an_actor_is_handled() -> None:
    seen: list[str] = []

    async def handle(note: Note) -> str:
        seen.append(note.text)
        return note.text

    mailbox = Mailbox("box")
    runtime = Runtime([Actor(mailbox, handle)])
    runtime.start()
    await mailbox.tell(Note("a"))
    await runtime.close()
    assert seen == ["a"]


@virtual_time
async def test_an_answer_in_the_last_moment_is_no_late_one() -> None:
    mailbox = Mailbox("box")
    question = asyncio.create_task(mailbox.ask(Note("b"), patience=1))
    await asyncio.sleep(0)
    envelope = mailbox.take()
    assert envelope is not None
    assert envelope.deadline is not None
    # The clock cannot tell the two instants: both are due in one turn of the loop.
    asyncio.get_running_loop().call_at(envelope.deadline - 1e-10, envelope.resolve, "B")
    assert await question == "B"
    assert mailbox.expired == 0
