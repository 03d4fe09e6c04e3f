"""Connection slots: who gets a freed one, how many long transfers hold, and that none is ever lost."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from workers.lanes import Lane
from workers.slots import Slots
from workers.testing import VirtualClockLoop, virtual_time

INTERACTIVE, BULK = Lane


async def settle() -> None:
    """Let everybody go on who can without time passing."""
    for _ in range(10):
        await asyncio.sleep(0)


async def order_of_entry(slots: Slots, arrivals: Sequence[tuple[str, Lane, bool]]) -> list[str]:
    """Return the order in which these enter, each for a second."""
    order: list[str] = []

    async def work(name: str, lane: Lane, long: bool) -> None:
        async with slots.hold(lane, long=long):
            order.append(name)
            await asyncio.sleep(1)

    await asyncio.gather(*(work(*arrival) for arrival in arrivals))
    return order


@virtual_time
async def test_never_more_hold_than_there_are_slots():
    slots = Slots(3)
    inside = most = 0

    async def work() -> None:
        nonlocal inside, most
        async with slots.hold():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(1)
            inside -= 1

    await asyncio.gather(*(work() for _ in range(10)))
    assert most == 3
    assert asyncio.get_running_loop().time() == 4
    assert slots.statistics().held == 0


@virtual_time
async def test_a_free_slot_is_held_without_a_turn_of_the_loop():
    slots = Slots(2)
    for long in (False, True):
        hold = slots.hold(long=long)
        with pytest.raises(StopIteration):
            hold.__aenter__().send(None)
        with pytest.raises(StopIteration):
            hold.__aexit__(None, None, None).send(None)
    assert slots.statistics().held == 0


@virtual_time
async def test_a_freed_slot_goes_to_an_interactive_waiter_first():
    order = await order_of_entry(
        Slots(1),
        [
            ("first", BULK, False),
            ("b1", BULK, False),
            ("b2", BULK, True),
            ("i1", INTERACTIVE, False),
            ("i2", INTERACTIVE, True),
        ],
    )
    assert order == ["first", "i1", "i2", "b1", "b2"]


@virtual_time
async def test_one_slot_in_eight_goes_to_bulk_while_both_wait():
    arrivals = [("i", INTERACTIVE, False)] * 57 + [("b", BULK, False)] * 8
    order = await order_of_entry(Slots(1), arrivals)
    assert "".join(order[1:]) == ("i" * 7 + "b") * 8


@virtual_time
async def test_long_transfers_hold_half_of_the_slots_and_short_calls_go_past_them():
    slots = Slots(4)
    transfers = [asyncio.create_task(order_of_entry(slots, [("long", INTERACTIVE, True)])) for _ in range(6)]
    await settle()
    statistics = slots.statistics()
    assert (statistics.held, statistics.held_long, statistics.waiting_interactive) == (2, 2, 4)
    for _ in range(3):
        async with slots.hold(BULK):
            assert slots.statistics().held == 3
    assert asyncio.get_running_loop().time() == 0
    await asyncio.gather(*transfers)
    assert asyncio.get_running_loop().time() == 3


@virtual_time
async def test_a_slot_freed_by_a_short_call_does_not_go_to_a_long_transfer_beyond_the_half():
    slots = Slots(2)
    async with slots.hold(long=True):
        async with slots.hold():
            work = asyncio.create_task(order_of_entry(slots, [("long", INTERACTIVE, True), ("short", BULK, False)]))
            await settle()
        await asyncio.sleep(0.5)
        assert (slots.statistics().held, slots.statistics().held_long) == (2, 1)
    assert await work == ["short", "long"]


@virtual_time
async def test_within_a_lane_long_and_short_keep_the_order_of_their_arrival():
    arrivals = [(str(number), BULK, number % 3 == 0) for number in range(12)]
    assert await order_of_entry(Slots(1), arrivals) == [name for name, _, _ in arrivals]


@virtual_time
async def test_bulk_transfers_do_not_keep_an_interactive_one_waiting():
    slots = Slots(2)
    arrivals = [(f"b{number}", BULK, True) for number in range(5)] + [("i", INTERACTIVE, True)]
    assert await order_of_entry(slots, arrivals) == ["b0", "i", "b1", "b2", "b3", "b4"]


@virtual_time
async def test_a_failure_inside_frees_the_slot():
    slots = Slots(1)
    with pytest.raises(ZeroDivisionError):
        async with slots.hold(long=True):
            raise ZeroDivisionError
    async with slots.hold(long=True):
        assert slots.statistics().held_long == 1


@virtual_time
async def test_a_waiter_that_gives_up_takes_no_slot():
    slots = Slots(1)
    async with slots.hold():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1), slots.hold():
                pytest.fail("there was no slot")
        assert slots.statistics().waiting_interactive == 0
    assert slots.statistics().held == 0


@pytest.mark.parametrize("long", [False, True])
def test_a_slot_given_to_a_waiter_that_is_cancelled_in_the_same_moment_is_handed_on(long: bool):
    @virtual_time
    async def check() -> None:
        slots = Slots(1)
        async with slots.hold(long=long):
            first = asyncio.create_task(order_of_entry(slots, [("first", INTERACTIVE, long)]))
            second = asyncio.create_task(order_of_entry(slots, [("second", INTERACTIVE, long)]))
            await settle()
        first.cancel()
        assert await second == ["second"]
        assert first.cancelled()
        assert slots.statistics().held == slots.statistics().held_long == 0

    check()


@virtual_time
async def test_a_waiter_that_was_cancelled_just_before_is_passed_over():
    slots = Slots(1)
    async with slots.hold():
        first, second = (asyncio.create_task(slots.take(INTERACTIVE, long=False)) for _ in range(2))
        await settle()
        first.cancel()
    await second
    assert first.cancelled()
    slots.give_back(long=False)
    assert slots.statistics().held == 0


@pytest.mark.parametrize("capacity", [0, -1])
def test_there_must_be_a_slot(capacity: int):
    with pytest.raises(ValueError, match=f"there must be 1 slot or more, not {capacity}"):
        Slots(capacity)


@virtual_time
async def test_statistics_show_the_moment():
    slots = Slots(4)
    async with slots.hold(), slots.hold(long=True), slots.hold(long=True), slots.hold():
        waiting = [
            asyncio.create_task(slots.take(lane, long=long))
            for lane, long in ((INTERACTIVE, True), (BULK, False), (BULK, True))
        ]
        await settle()
        statistics = slots.statistics()
        assert (statistics.capacity, statistics.held, statistics.held_long) == (4, 4, 2)
        assert (statistics.waiting_interactive, statistics.waiting_bulk) == (1, 2)
    await asyncio.gather(*waiting)
    assert slots.statistics().held == 3


@dataclass(eq=False)
class Worker:
    """Somebody who wants a slot, holds it until told to leave, and may be cancelled at any moment."""

    number: int
    lane: Lane
    long: bool
    leave: asyncio.Future[None]
    task: asyncio.Task[None] = field(init=False)
    state: str = "waiting"
    cancelled: bool = False


class SlotsMachine(RuleBasedStateMachine):
    """Arrivals, departures and cancellations in any order, with any number of turns of the loop between them."""

    @initialize(capacity=st.integers(1, 7))
    def begin(self, capacity: int) -> None:
        self.loop = VirtualClockLoop()
        self.slots = Slots(capacity)
        self.workers: list[Worker] = []

    def of(self, state: str) -> list[Worker]:
        return [worker for worker in self.workers if worker.state == state and not worker.task.done()]

    async def work(self, worker: Worker) -> None:
        try:
            async with self.slots.hold(worker.lane, long=worker.long):
                overtaken = [
                    other.number
                    for other in self.of("waiting")
                    if (other.lane, other.long) == (worker.lane, worker.long)
                    and other.number < worker.number
                    and not other.cancelled
                ]
                # Whoever came earlier holds a slot already, and has only not had its turn of the loop to enter.
                assert len(overtaken) <= self.slots.statistics().held - len(self.of("inside")) - 1
                worker.state = "inside"
                await worker.leave
        finally:
            worker.state = "gone"

    @rule(lane=st.sampled_from(Lane), long=st.booleans())
    def arrive(self, lane: Lane, long: bool) -> None:
        worker = Worker(len(self.workers), lane, long, self.loop.create_future())
        worker.task = self.loop.create_task(self.work(worker))
        self.workers.append(worker)

    @precondition(lambda self: self.of("inside"))
    @rule(data=st.data())
    def depart(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from(self.of("inside")))
        if not worker.leave.done():
            worker.leave.set_result(None)

    @precondition(lambda self: self.of("waiting") or self.of("inside"))
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from(self.of("waiting") + self.of("inside")))
        worker.cancelled = True
        worker.task.cancel()

    @rule(turns=st.integers(1, 3))
    def turn(self, turns: int) -> None:
        for _ in range(turns):
            self.loop.call_soon(self.loop.stop)
            self.loop.run_forever()

    @rule()
    def rest(self) -> None:
        """When nothing moves, no slot is free for anybody who waits."""
        self.turn(10)
        inside = self.of("inside")
        held_long = sum(worker.long for worker in inside)
        statistics = self.slots.statistics()
        assert (statistics.held, statistics.held_long) == (len(inside), held_long)
        waiting = self.of("waiting")
        assert statistics.waiting_interactive == sum(worker.lane is INTERACTIVE for worker in waiting)
        assert statistics.waiting_bulk == sum(worker.lane is BULK for worker in waiting)
        if len(inside) < self.slots.capacity:
            assert all(worker.long for worker in waiting)
            assert not waiting or held_long == self.slots.long_capacity

    @invariant()
    def no_more_hold_than_may(self) -> None:
        inside = self.of("inside")
        assert len(inside) <= self.slots.statistics().held <= self.slots.capacity
        assert sum(worker.long for worker in inside) <= self.slots.statistics().held_long <= self.slots.long_capacity
        assert self.slots.long_capacity == max(1, self.slots.capacity // 2)

    def teardown(self) -> None:
        """Everybody who waits is served in the end, and every slot is free again."""
        try:
            while self.of("waiting") or self.of("inside"):
                self.turn(10)
                leaving = [worker for worker in self.of("inside") if not worker.leave.done()]
                assert leaving or not self.of("waiting"), "somebody waits and nobody is inside"
                for worker in leaving:
                    worker.leave.set_result(None)
            for worker in self.workers:
                assert worker.task.cancelled() == worker.cancelled
                assert worker.cancelled or worker.task.exception() is None
            assert self.slots.statistics().held == self.slots.statistics().held_long == 0
        finally:
            self.loop.close()


TestSlotsMachine = SlotsMachine.TestCase


async def test_a_slot_may_be_taken_without_waiting_if_one_is_free():
    slots = Slots(2)
    assert slots.take_now(long=True)
    assert not slots.take_now(long=True)
    assert slots.take_now(long=False)
    assert not slots.take_now(long=False)
    slots.give_back(long=True)
    assert slots.take_now(long=True)
    slots.give_back(long=False)
    slots.give_back(long=True)
    assert slots.statistics().held == 0
