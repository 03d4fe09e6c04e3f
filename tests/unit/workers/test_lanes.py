"""Two lanes served as one: order, turns, and taking out."""

import timeit
from collections import deque

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from workers.lanes import BULK_EVERY, Lane, Lanes, Turns


class Item:
    """Something that waits; equal to all others and without a hash, as a careless dataclass would be."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return True


def test_a_lane_is_first_in_first_out():
    lanes: Lanes[str] = Lanes()
    for item in "abc":
        lanes.push(item)
    assert [lanes.pop() for _ in range(3)] == ["a", "b", "c"]


def test_interactive_overtakes_bulk():
    lanes: Lanes[str] = Lanes()
    lanes.push("bulk", Lane.BULK)
    lanes.push("interactive", Lane.INTERACTIVE)
    assert lanes.pop() == "interactive"
    assert lanes.pop() == "bulk"


def test_every_eighth_is_bulk_while_both_wait():
    lanes: Lanes[str] = Lanes()
    for number in range(100):
        lanes.push(f"i{number}")
        lanes.push(f"b{number}", Lane.BULK)
    order = [lanes.pop()[0] for _ in range(80)]
    assert order == (["i"] * 7 + ["b"]) * 10


def test_a_lane_alone_is_served_without_waiting_for_turns():
    lanes: Lanes[str] = Lanes()
    for item in "abcdefghijklmnop":
        lanes.push(item, Lane.BULK)
    assert "".join(lanes.pop() for _ in range(16)) == "abcdefghijklmnop"


def test_interactive_turns_do_not_count_while_no_bulk_waits():
    turns = Turns()
    for _ in range(50):
        assert turns.take(interactive=True, bulk=False) is Lane.INTERACTIVE
    assert turns.take(interactive=True, bulk=True) is Lane.INTERACTIVE


def test_a_bulk_turn_that_nobody_contested_starts_a_new_run():
    turns = Turns()
    for _ in range(BULK_EVERY - 1):
        turns.take(interactive=True, bulk=True)
    assert turns.take(interactive=False, bulk=True) is Lane.BULK
    assert turns.take(interactive=True, bulk=True) is Lane.INTERACTIVE


def test_items_are_told_apart_by_identity():
    lanes: Lanes[Item] = Lanes()
    first, second, stranger = Item(), Item(), Item()
    lanes.push(first)
    lanes.push(second, Lane.BULK)
    assert not lanes.discard(stranger)
    assert lanes.discard(second)
    assert lanes.pop() is first


@pytest.mark.parametrize("lane", Lane)
def test_the_same_object_waits_once(lane: Lane):
    lanes: Lanes[str] = Lanes()
    lanes.push("a", lane)
    for again in Lane:
        with pytest.raises(ValueError, match="waits already: 'a'"):
            lanes.push("a", again)
    assert len(lanes) == 1


def test_popping_nothing_is_an_index_error():
    with pytest.raises(IndexError, match="nothing waits"):
        Lanes[str]().pop()


def test_peek_leaves_the_item_where_it_is():
    lanes: Lanes[str] = Lanes()
    assert lanes.peek(Lane.BULK) is None
    lanes.push("a", Lane.BULK)
    lanes.push("b", Lane.BULK)
    assert lanes.peek(Lane.BULK) == "a"
    assert lanes.peek(Lane.INTERACTIVE) is None
    assert lanes.pop() == "a"


def test_drain_empties_it_in_order():
    lanes: Lanes[str] = Lanes()
    lanes.push("b1", Lane.BULK)
    lanes.push("i1")
    lanes.push("b2", Lane.BULK)
    lanes.push("i2")
    assert lanes.drain() == ["i1", "i2", "b1", "b2"]
    assert len(lanes) == 0
    lanes.push("i1")  # what was drained may wait again
    assert lanes.pop() == "i1"


def test_a_long_queue_costs_no_more_per_item_than_a_short_one():
    def churn(length: int) -> float:
        lanes: Lanes[object] = Lanes()
        for _ in range(length):
            lanes.push(object())

        def step() -> None:
            lanes.push(object())
            lanes.pop()
            item = object()
            lanes.push(item)
            lanes.discard(item)

        return min(timeit.repeat(step, number=1_000, repeat=5))

    assert churn(50_000) < 10 * churn(10)


class LanesMachine(RuleBasedStateMachine):
    """Lanes beside the plainest model of them: two deques and a count."""

    def __init__(self) -> None:
        super().__init__()
        self.lanes: Lanes[Item] = Lanes()
        self.model: tuple[deque[Item], deque[Item]] = (deque(), deque())
        self.bulk_waits_since = 0

    @rule(lane=st.sampled_from(Lane))
    def push(self, lane: Lane) -> None:
        item = Item()
        self.lanes.push(item, lane)
        self.model[lane].append(item)

    @precondition(lambda self: any(self.model))
    @rule()
    def pop(self) -> None:
        item = self.lanes.pop()
        interactive, bulk = self.model
        if bulk and bulk[0] is item:
            assert not interactive or self.bulk_waits_since == BULK_EVERY - 1
            bulk.popleft()
            self.bulk_waits_since = 0
        else:
            assert interactive.popleft() is item
            self.bulk_waits_since += bool(bulk)
        assert self.bulk_waits_since < BULK_EVERY

    @precondition(lambda self: any(self.model))
    @rule(data=st.data())
    def discard(self, data: st.DataObject) -> None:
        queue = data.draw(st.sampled_from([queue for queue in self.model if queue]))
        index = data.draw(st.integers(0, len(queue) - 1))
        assert self.lanes.discard(queue[index])
        assert not self.lanes.discard(queue[index])
        del queue[index]

    @rule()
    def drain(self) -> None:
        drained = self.lanes.drain()
        expected = [*self.model[0], *self.model[1]]
        assert [id(item) for item in drained] == [id(item) for item in expected]
        for queue in self.model:
            queue.clear()

    @invariant()
    def counts_and_heads_agree(self) -> None:
        assert len(self.lanes) == sum(len(queue) for queue in self.model)
        for lane in Lane:
            assert self.lanes.waiting(lane) == len(self.model[lane])
            assert self.lanes.peek(lane) is (self.model[lane][0] if self.model[lane] else None)


TestLanesMachine = LanesMachine.TestCase
