"""The limiter under a virtual clock: the promise, the pace, the order, the gate, and giving up."""

import asyncio
import itertools
import random
from collections.abc import Sequence

import pytest
from aiolimiter import AsyncLimiter
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.errors import RuntimeClosed, WrongLoop
from workers.lanes import Lane
from workers.limiter import BURST, MARGIN, Limiter, RateLimit
from workers.testing import VirtualClockLoop, run_virtual, virtual_time

PER_MINUTE = RateLimit(500, 60.0)


def now() -> float:
    return asyncio.get_running_loop().time()


def most_in_a_window(starts: Sequence[float], period: float) -> int:
    """Return the most starts that any window of the period holds, its end not counted."""
    first = most = 0
    ordered = sorted(starts)
    for last, moment in enumerate(ordered):
        while moment - ordered[first] >= period:
            first += 1
        most = max(most, last - first + 1)
    return most


def ideal(count: int, limit: RateLimit) -> float:
    """Return the shortest time for so many starts: whole windows at the pace, one after the other."""
    windows, rest = divmod(count - 1, limit.rate)
    return windows * limit.period + rest / limit.starts_per_second


async def start_at_once(limiter: Limiter, count: int, lane: Lane = Lane.INTERACTIVE) -> list[float]:
    """Return when each of so many callers started that came at the same moment."""

    async def start() -> float:
        await limiter.acquire(lane)
        return now()

    return await asyncio.gather(*(start() for _ in range(count)))


async def settle() -> None:
    """Let everybody go on who can without time passing."""
    for _ in range(10):
        await asyncio.sleep(0)


async def handed_out(limiter: Limiter, waiting: int) -> None:
    """Return in the turn of the loop in which the limiter gave somebody a start and only so many still wait."""
    for _ in range(10):
        if limiter.statistics().waiting_interactive == waiting:
            return
        await asyncio.sleep(0)
    pytest.fail("nobody was given a start")


# The promise


@pytest.mark.parametrize("seed", range(4))
def test_no_window_holds_more_than_the_rate_over_10_000_random_arrivals(seed: int):
    dice = random.Random(seed)
    limit = RateLimit(dice.randint(1, 300), dice.uniform(0.5, 30), pace=dice.choice([None, dice.uniform(5, 500)]))
    starts: list[float] = []
    gave_up = 0

    async def caller(limiter: Limiter, patience: float | None, lane: Lane) -> None:
        nonlocal gave_up
        try:
            async with asyncio.timeout(patience):
                await limiter.acquire(lane)
        except TimeoutError:
            gave_up += 1
        else:
            starts.append(now())

    async def main() -> None:
        limiter = Limiter(limit)
        mean = limit.period / limit.rate
        async with asyncio.TaskGroup() as group:
            for _ in range(10_000):
                patience = dice.choice([None, dice.expovariate(1 / limit.period)])
                group.create_task(caller(limiter, patience, dice.choice(list(Lane))))
                if dice.random() < 0.6:  # else they come together
                    await asyncio.sleep(dice.expovariate(1 / mean))
                if dice.random() < 0.001:
                    limiter.close_gate(dice.uniform(0, limit.period))
        assert limiter.statistics().started == len(starts)
        await limiter.close()

    run_virtual(main, limit=None)
    assert len(starts) + gave_up == 10_000
    assert len(starts) > 3_000
    assert most_in_a_window(starts, limit.period) <= limit.rate


@st.composite
def limits(draw: st.DrawFn) -> RateLimit:
    return RateLimit(
        draw(st.integers(1, 20)),
        draw(st.floats(0.01, 1000)),
        draw(st.none() | st.floats(0.01, 10_000)),
    )


callers = st.tuples(
    st.just("call"),
    st.floats(0, 1.5),  # periods until the next event
    st.sampled_from(Lane),
    st.none() | st.floats(0, 2),  # periods until it gives up
)
gates = st.tuples(st.just("gate"), st.floats(0, 1.5), st.just(Lane.BULK), st.floats(0, 2))
stalls = st.tuples(st.just("stall"), st.floats(0, 1.5), st.just(Lane.BULK), st.floats(0, 2))
together = callers.map(lambda caller: (caller[0], 0.0, *caller[2:]))


@settings(max_examples=300, deadline=None)
@given(limit=limits(), events=st.lists(callers | together | together | gates | stalls, max_size=120))
def test_the_promise_holds_whatever_happens(limit, events):
    """Callers of both lanes, callers that give up, closed gates, and a loop that others hold up."""
    starts: list[float] = []
    ended = 0
    open_from = 0.0

    async def caller(limiter: Limiter, lane: Lane, patience: float | None) -> None:
        nonlocal ended
        try:
            async with asyncio.timeout(patience):
                await limiter.acquire(lane)
                starts.append(now())
        except TimeoutError:
            pass
        ended += 1

    async def main() -> None:
        nonlocal open_from
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualClockLoop)
        limiter = Limiter(limit)
        async with asyncio.TaskGroup() as group:
            for event, pause, lane, amount in events:
                length = None if amount is None else amount * limit.period
                if event == "call":
                    group.create_task(caller(limiter, lane, length))
                elif event == "gate":
                    limiter.close_gate(length)
                    open_from = max(open_from, now() + length)
                    assert limiter.gate_closed_for == pytest.approx(open_from - now(), abs=1e-6)
                else:
                    loop._now += length
                await asyncio.sleep(pause * limit.period)
        statistics = limiter.statistics()
        assert statistics.started == len(starts)
        assert (statistics.waiting_interactive, statistics.waiting_bulk) == (0, 0)
        await limiter.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run_virtual(main, limit=None)
    assert ended == sum(event == "call" for event, *_ in events)
    assert most_in_a_window(starts, limit.period) <= limit.rate


@virtual_time
async def test_a_full_bucket_at_the_beginning_does_not_double_the_first_window():
    """aiolimiter alone lets 1,000 through in the first minute: its bucket starts full."""
    starts = await start_at_once(Limiter(PER_MINUTE), 1_500)
    assert most_in_a_window(starts, 60) == 500
    alone = AsyncLimiter(500, 60)
    moments: list[float] = []
    for _ in range(1_500):
        await alone.acquire()
        moments.append(now())
    assert most_in_a_window(moments, 60) > 950


@virtual_time
async def test_windows_are_kept_two_per_cent_longer_than_asked():
    starts = await start_at_once(Limiter(PER_MINUTE), 1_500)
    gaps = [later - earlier for earlier, later in zip(starts, starts[500:], strict=False)]
    assert min(gaps) == pytest.approx(60 * MARGIN) == 61.2


@virtual_time
async def test_a_start_counts_from_when_its_caller_went_on_though_the_loop_was_held_up():
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualClockLoop)
    limiter = Limiter(RateLimit(1, 10.0, pace=1000))
    await limiter.acquire()

    async def hold_up() -> None:
        await asyncio.sleep(10 * MARGIN)
        await handed_out(limiter, waiting=1)
        loop._now += 9.0  # the first waiter has its start, and somebody keeps the loop from running it

    task = asyncio.create_task(hold_up())
    starts = await start_at_once(limiter, 2)
    await task
    assert starts[0] == pytest.approx(10 * MARGIN + 9)
    assert starts[1] - starts[0] >= 10


# The pace, and the time it takes


@pytest.mark.parametrize(
    "limit",
    [PER_MINUTE, RateLimit(500, 2.0), RateLimit(60, 60.0), RateLimit(100, 1.0, pace=1_000), RateLimit(1, 1.0)],
    ids=str,
)
def test_three_times_the_rate_takes_hardly_longer_than_it_must(limit: RateLimit):
    starts = run_virtual(lambda: start_at_once(Limiter(limit), 3 * limit.rate))
    assert most_in_a_window(starts, limit.period) <= limit.rate
    assert max(starts) <= 1.03 * ideal(3 * limit.rate, limit)


@virtual_time
async def test_starts_keep_the_pace():
    limiter = Limiter(PER_MINUTE)
    starts = await start_at_once(limiter, 500)
    assert most_in_a_window(starts, 1.0) <= 50 + 2
    assert max(starts) == pytest.approx(10, rel=0.01)


@virtual_time
async def test_a_slow_pace_spaces_starts_evenly():
    starts = await start_at_once(Limiter(RateLimit(500, 60.0, pace=2.0)), 10)
    assert starts == pytest.approx([0, *(number / 2 for number in range(9))], abs=1e-6)


@virtual_time
async def test_a_quick_pace_lets_no_crowd_go_at_once():
    """A crowd leaves late: it would arrive after its time, and closer to the next window."""
    starts = await start_at_once(Limiter(RateLimit(500, 2.0)), 500)
    assert starts.count(0.0) == 1500 * BURST // 1
    assert most_in_a_window(starts, 0.1) <= 150 + 1500 * BURST


@virtual_time
async def test_a_free_start_needs_no_turn_of_the_loop():
    for limit in (PER_MINUTE, None):
        limiter = Limiter(limit)
        for lane in Lane:
            with pytest.raises(StopIteration):
                limiter.acquire(lane).send(None)


@virtual_time
async def test_a_free_start_needs_no_turn_of_the_loop_after_a_crowd_either():
    limiter = Limiter(PER_MINUTE)
    await start_at_once(limiter, 100)
    await asyncio.sleep(1)
    with pytest.raises(StopIteration):
        limiter.acquire().send(None)


@virtual_time
async def test_a_plain_gather_of_a_thousand_ends():
    starts = await start_at_once(Limiter(PER_MINUTE), 1_000)
    assert len(starts) == 1_000
    assert now() <= 1.03 * ideal(1_000, PER_MINUTE)


@virtual_time
async def test_without_a_limit_everybody_starts_at_once():
    limiter = Limiter(None)
    assert set(await start_at_once(limiter, 10_000)) == {0.0}
    assert limiter.statistics().started == 10_000


# Others on the loop


@virtual_time
async def test_waiting_delays_no_other_coroutine():
    ticks: list[float] = []

    async def tick() -> None:
        for _ in itertools.count():
            await asyncio.sleep(0.25)
            ticks.append(now())

    ticker = asyncio.create_task(tick())
    await start_at_once(Limiter(PER_MINUTE), 1_200)
    ticker.cancel()
    assert ticks == pytest.approx([0.25 * (number + 1) for number in range(len(ticks))])
    assert len(ticks) > 400


@virtual_time
async def test_a_crowd_behind_a_gate_leaves_the_loop_to_others_between_any_two():
    limiter = Limiter(None)
    limiter.close_gate(1)
    turns = 0

    async def others() -> None:
        nonlocal turns
        await asyncio.sleep(1)
        while limiter.statistics().started < 1_000:
            turns += 1
            await asyncio.sleep(0)

    await asyncio.gather(start_at_once(limiter, 1_000), others())
    assert turns >= 999


# Order


async def started_order(limiter: Limiter, arrivals: Sequence[tuple[str, Lane]]) -> list[str]:
    order: list[str] = []

    async def start(name: str, lane: Lane) -> None:
        await limiter.acquire(lane)
        order.append(name)

    await asyncio.gather(*(start(name, lane) for name, lane in arrivals))
    return order


@virtual_time
async def test_within_a_lane_the_first_to_come_is_the_first_to_start():
    names = [str(number) for number in range(50)]
    for lane in Lane:
        assert await started_order(Limiter(RateLimit(3, 1.0)), [(name, lane) for name in names]) == names


@virtual_time
async def test_interactive_overtakes_bulk():
    limiter = Limiter(RateLimit(1, 1.0))
    await limiter.acquire()
    order = await started_order(
        limiter,
        [("b1", Lane.BULK), ("b2", Lane.BULK), ("i1", Lane.INTERACTIVE), ("i2", Lane.INTERACTIVE)],
    )
    assert order == ["i1", "i2", "b1", "b2"]


@virtual_time
async def test_one_start_in_eight_is_bulk_while_both_wait():
    limiter = Limiter(PER_MINUTE)
    order = await started_order(
        limiter, [("i", Lane.INTERACTIVE) for _ in range(400)] + [("b", Lane.BULK) for _ in range(50)]
    )
    waited = order[2:]  # two went at once
    assert "".join(waited[:320]) == ("i" * 7 + "b") * 40


@virtual_time
async def test_bulk_does_not_starve_behind_interactive_callers_without_end():
    limiter = Limiter(PER_MINUTE)
    load = [asyncio.create_task(start_for_ever(limiter)) for _ in range(20)]
    for _ in range(30):
        before = limiter.statistics().started
        await limiter.acquire(Lane.BULK)
        assert limiter.statistics().started - before <= 9
    for task in load:
        task.cancel()


async def start_for_ever(limiter: Limiter) -> None:
    for _ in itertools.count():
        await limiter.acquire()


@virtual_time
async def test_newcomers_do_not_overtake_those_who_wait():
    """aiolimiter alone lets a newcomer take what has just become free."""
    limiter = Limiter(RateLimit(100, 1.0, pace=1.0))
    order: list[int] = []

    async def start(number: int) -> None:
        await asyncio.sleep(0.1 * number)
        await limiter.acquire()
        order.append(number)

    await asyncio.gather(*(start(number) for number in range(60)))
    assert order == list(range(60))


# Giving up


@virtual_time
async def test_a_caller_that_gives_up_uses_nothing_up():
    limiter = Limiter(RateLimit(2, 10.0, pace=1000))
    await start_at_once(limiter, 2)
    for _ in range(50):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await limiter.acquire()
    assert limiter.statistics().waiting_interactive == 0
    assert max(await start_at_once(limiter, 2)) == pytest.approx(10 * MARGIN, abs=0.01)


@virtual_time
async def test_a_start_comes_back_when_its_receiver_is_cancelled_in_the_same_moment():
    limiter = Limiter(RateLimit(1, 10.0))
    await limiter.acquire()
    receiver = asyncio.create_task(limiter.acquire())
    follower = asyncio.create_task(limiter.acquire())
    await asyncio.sleep(10 * MARGIN)
    await handed_out(limiter, waiting=1)
    assert not receiver.done()
    receiver.cancel()  # it was given the start and has not run yet
    await follower
    assert receiver.cancelled()
    assert now() == pytest.approx(10 * MARGIN)
    assert limiter.statistics().started == 2


@virtual_time
async def test_a_start_that_came_back_with_nobody_waiting_is_there_for_the_next():
    limiter = Limiter(RateLimit(100, 1.0, pace=0.1))
    await start_at_once(limiter, 2)
    receiver = asyncio.create_task(limiter.acquire())
    await asyncio.sleep(10)
    await handed_out(limiter, waiting=0)
    assert not receiver.done()
    receiver.cancel()
    await settle()
    assert receiver.cancelled()
    await limiter.acquire()
    assert now() == pytest.approx(10)
    await limiter.acquire()  # it came back once, not more often
    assert now() == pytest.approx(20)


@virtual_time
async def test_a_receiver_that_was_cancelled_just_before_is_passed_over():
    limiter = Limiter(RateLimit(1, 10.0))
    await limiter.acquire()
    receiver = asyncio.create_task(limiter.acquire())
    follower = asyncio.create_task(limiter.acquire())
    # In the turn that wakes the dispatcher, and behind it: the dispatcher runs before the receiver has left its line.
    asyncio.get_running_loop().call_at(10 * MARGIN + 5e-10, receiver.cancel)
    await follower
    assert receiver.cancelled()
    assert now() == pytest.approx(10 * MARGIN)


@virtual_time
async def test_when_all_give_up_the_line_is_empty_and_the_next_is_served():
    limiter = Limiter(RateLimit(1, 10.0))
    await limiter.acquire()
    waiting = [asyncio.create_task(limiter.acquire()) for _ in range(100)]
    await settle()
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    assert limiter.statistics().waiting_interactive == 0
    await limiter.acquire()
    assert now() == pytest.approx(10 * MARGIN)


@virtual_time
async def test_no_task_is_left_when_nobody_waits():
    limiter = Limiter(RateLimit(5, 1.0))
    await start_at_once(limiter, 12)
    await settle()
    assert asyncio.all_tasks() == {asyncio.current_task()}


@virtual_time
async def test_somebody_who_cancels_every_task_does_not_stop_the_limiter_for_good():
    limiter = Limiter(RateLimit(1, 10.0))
    await limiter.acquire()
    waiting = asyncio.create_task(limiter.acquire())
    await settle()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.wait(others)
    assert waiting.cancelled()
    await limiter.acquire()
    assert now() == pytest.approx(10 * MARGIN)


# The gate


@pytest.mark.parametrize("limit", [None, PER_MINUTE], ids=str)
@pytest.mark.parametrize("lane", Lane)
def test_a_closed_gate_stops_everybody_and_opens_by_itself(limit: RateLimit | None, lane: Lane):
    async def main() -> None:
        limiter = Limiter(limit)
        await limiter.acquire(lane)
        limiter.close_gate(30)
        assert limiter.gate_closed_for == 30
        starts = await start_at_once(limiter, 5, lane)
        assert min(starts) == pytest.approx(30)
        assert limiter.gate_closed_for == 0
        moment = now()
        await asyncio.sleep(1)
        await limiter.acquire(lane)
        assert now() == moment + 1

    run_virtual(main)


@virtual_time
async def test_a_gate_stops_those_who_wait_already():
    limiter = Limiter(RateLimit(100, 60.0, pace=1.0))
    waiting = asyncio.create_task(start_at_once(limiter, 10))
    await asyncio.sleep(3.5)
    limiter.close_gate(20)
    starts = await waiting
    assert [moment for moment in starts if moment <= 3.5] == pytest.approx([0, 0, 1, 2, 3])
    assert [moment for moment in starts if moment > 3.5] == pytest.approx([23.5, 23.5, 23.5, 24.5, 25.5])


@virtual_time
async def test_the_closing_that_ends_last_counts():
    limiter = Limiter(None)
    limiter.close_gate(10)
    limiter.close_gate(5)
    assert limiter.gate_closed_for == 10
    waiting = asyncio.create_task(start_at_once(limiter, 1))
    await asyncio.sleep(8)
    limiter.close_gate(10)
    assert await waiting == [18]
    assert limiter.statistics().gate_closings == 3


@virtual_time
async def test_a_gate_time_that_is_over_changes_nothing():
    limiter = Limiter(None)
    limiter.close_gate(0)
    limiter.close_gate(-30)
    assert limiter.gate_closed_for == 0
    assert limiter.statistics().gate_closings == 0
    await limiter.acquire()
    assert now() == 0


@pytest.mark.parametrize("seconds", [float("nan"), float("inf")])
def test_a_gate_is_not_closed_for_ever(seconds: float):
    with pytest.raises(ValueError, match="finite number of seconds"):
        Limiter(None).close_gate(seconds)


# The end, and other loops


@virtual_time
async def test_closing_answers_whoever_waits():
    limiter = Limiter(RateLimit(1, 10.0))
    await limiter.acquire()
    waiting = [asyncio.create_task(limiter.acquire(lane)) for lane in (*Lane, *Lane)]
    gave_up = asyncio.create_task(limiter.acquire())
    await settle()
    gave_up.cancel()
    await limiter.close()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(answer) for answer in answers] == [RuntimeClosed] * 4
    assert gave_up.cancelled()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    with pytest.raises(RuntimeClosed, match="the limiter was closed"):
        await limiter.acquire()
    assert now() == 0
    assert limiter.statistics().started == 1


@virtual_time
async def test_closing_twice_or_before_use_is_harmless():
    limiter = Limiter(PER_MINUTE)
    await limiter.close()
    await limiter.close()


def test_a_limiter_made_outside_a_loop_belongs_to_the_first_loop_that_uses_it():
    limiter = Limiter(PER_MINUTE)
    assert limiter.gate_closed_for == 0
    run_virtual(limiter.acquire)
    with pytest.raises(WrongLoop, match="a limiter belongs to the event loop of its first use"):
        run_virtual(limiter.acquire)


@virtual_time
async def test_statistics_show_the_moment():
    limiter = Limiter(RateLimit(2, 60.0, pace=1000))
    await start_at_once(limiter, 2)
    limiter.close_gate(90)
    waiting = [asyncio.create_task(limiter.acquire(lane)) for lane in (Lane.BULK, Lane.BULK, Lane.INTERACTIVE)]
    await asyncio.sleep(30)
    statistics = limiter.statistics()
    assert statistics.limit == RateLimit(2, 60.0, pace=1000)
    assert (statistics.started, statistics.waiting_interactive, statistics.waiting_bulk) == (2, 1, 2)
    assert (statistics.gate_closed_for, statistics.gate_closings) == (60, 1)
    await asyncio.gather(*waiting)
    assert limiter.statistics().started == 5


@virtual_time
async def test_without_limit_and_gate_a_start_needs_no_waiting():
    limiter = Limiter(None)
    assert limiter.start_now()
    assert limiter.statistics().started == 1
    limiter.close_gate(1.0)
    assert not limiter.start_now()
    await limiter.close()
    assert not limiter.start_now()
    assert not Limiter(RateLimit(5, 1.0)).start_now()


@virtual_time
async def test_another_limit_holds_at_once_also_for_those_who_wait():
    limiter = Limiter(RateLimit(2, 3600.0, pace=1000))
    waiting = asyncio.create_task(start_at_once(limiter, 10))
    await asyncio.sleep(1.0)
    limiter.change(RateLimit(4, 10.0, pace=1000))
    began = now()
    starts = await waiting
    assert most_in_a_window(starts, 10.0) <= 4
    assert now() - began < 30.0
    assert limiter.statistics().limit == RateLimit(4, 10.0, pace=1000)


@virtual_time
async def test_a_limit_can_be_given_and_taken_away():
    limiter = Limiter(None)
    await start_at_once(limiter, 5)
    limiter.change(RateLimit(3, 60.0, pace=1000))
    starts = await start_at_once(limiter, 5)
    assert most_in_a_window(starts, 60.0) == 3
    waiting = asyncio.create_task(start_at_once(limiter, 5))
    await settle()
    limiter.change(None)
    began = now()
    await waiting
    assert now() == began
