"""OTP's rules: order, strategies, restart types, intensity, shutdown times."""

import asyncio
import logging
from typing import Any

import pytest

from workers import Backoff, Child, Observer, RestartsExceeded, Supervisor
from workers.supervisor import Restart, Strategy
from workers.testing import virtual_time


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


class Plant:
    """Children that note when they start and stop, and end when they are told to."""

    def __init__(self, names: str, strategy: Strategy = "one_for_one", **settings: Any) -> None:
        self.log: list[str] = []
        self.ends: dict[str, asyncio.Future[None]] = {}
        restart: Restart = settings.pop("restart", "permanent")
        shutdown: float = settings.pop("shutdown", 5.0)
        children = [Child(name, lambda name=name: self.live(name), restart, shutdown) for name in names]
        self.supervisor = Supervisor(children, strategy=strategy, **settings)
        self.task = asyncio.create_task(self.supervisor.run())

    async def live(self, name: str) -> None:
        self.log.append(f"+{name}")
        self.ends[name] = asyncio.get_running_loop().create_future()
        try:
            await self.ends[name]
        finally:
            self.log.append(f"-{name}")

    async def fail(self, name: str) -> None:
        self.ends[name].set_exception(RuntimeError(f"{name} broke"))
        await self.settle()

    async def end(self, name: str) -> None:
        self.ends[name].set_result(None)
        await self.settle()

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    def news(self) -> str:
        news, self.log = " ".join(self.log), []
        return news


@virtual_time
async def test_children_start_in_order_and_stop_in_reverse() -> None:
    plant = Plant("abc")
    await plant.settle()
    assert plant.news() == "+a +b +c"
    await plant.stop()
    assert plant.news() == "-c -b -a"


@pytest.mark.parametrize(
    ("strategy", "happens"),
    [
        ("one_for_one", "-b +b"),
        ("rest_for_one", "-b -c +b +c"),
        ("one_for_all", "-b -c -a +a +b +c"),
    ],
)
def test_a_strategy_says_who_is_started_again(strategy: Strategy, happens: str) -> None:
    @virtual_time
    async def scenario() -> None:
        plant = Plant("abc", strategy)
        await plant.settle()
        plant.news()
        await plant.fail("b")
        assert plant.news() == happens
        await plant.stop()

    scenario()


@pytest.mark.parametrize(
    ("restart", "after_end", "after_failure"),
    [("permanent", "-a +a", "-a +a"), ("transient", "-a", "-a +a"), ("temporary", "-a", "-a")],
)
def test_a_restart_type_says_when(restart: Restart, after_end: str, after_failure: str) -> None:
    @virtual_time
    async def scenario(how: str, happens: str) -> None:
        plant = Plant("ab", restart=restart)
        await plant.settle()
        plant.news()
        await getattr(plant, how)("a")
        assert plant.news() == happens
        await plant.stop()

    scenario("end", after_end)
    scenario("fail", after_failure)


@virtual_time
async def test_past_the_intensity_it_stops_its_children_and_fails_itself() -> None:
    plant = Plant("ab", intensity=2, period=5.0, backoff=Backoff(base=0.0))
    await plant.settle()
    for _ in range(3):
        await plant.fail("a")
    with pytest.raises(RestartsExceeded, match="a ended once more after 2 restarts within 5 s") as raised:
        await plant.task
    assert str(raised.value.__cause__) == "a broke"
    assert plant.news() == "+a +b -a +a -a +a -a -b"


@virtual_time
async def test_restarts_further_apart_than_the_period_never_exceed_it() -> None:
    plant = Plant("a", intensity=1, period=5.0)
    await plant.settle()
    for _ in range(10):
        await plant.fail("a")
        await asyncio.sleep(5.1)
    assert plant.news().count("+a") == 11
    await plant.stop()


@virtual_time
async def test_the_first_restart_is_at_once_and_later_ones_wait_jittered() -> None:
    delays: list[float] = []

    class Notes(Observer):
        def child_restarted(self, child: str, error: BaseException | None, delay: float) -> None:
            assert (child, str(error)) == ("a", "a broke")
            delays.append(delay)

    plant = Plant("a", intensity=5, period=1000.0, backoff=Backoff(base=1.0, most=3.0), observer=Notes())
    await plant.settle()
    for _ in range(5):
        await plant.fail("a")
        await asyncio.sleep(4)
    assert delays[0] == 0
    for delay, ceiling in zip(delays[1:], (1.0, 2.0, 3.0, 3.0), strict=True):
        assert ceiling / 2 <= delay <= ceiling
    await plant.stop()


@virtual_time
async def test_a_child_waiting_for_its_restart_does_not_hold_up_its_siblings() -> None:
    plant = Plant("ab", intensity=9, period=1000.0, backoff=Backoff(base=100.0, most=100.0))
    await plant.settle()
    await plant.fail("a")
    await plant.fail("a")  # waits for at least 50 s now
    plant.news()
    await plant.end("b")
    assert plant.news() == "-b"
    await asyncio.sleep(120)
    assert sorted(plant.news().split()) == ["+a", "+b"]
    await plant.stop()


@virtual_time
async def test_a_child_that_does_not_stop_is_left_after_its_time() -> None:
    async def stubborn() -> None:
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            await asyncio.sleep(50)

    task = asyncio.create_task(Supervisor([Child("stubborn", stubborn, shutdown=2.0)]).run())
    await asyncio.sleep(1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert asyncio.get_running_loop().time() == pytest.approx(3.0)


@virtual_time
async def test_stopping_in_a_hurry_still_cancels_everyone() -> None:
    plant = Plant("abc")
    await plant.settle()

    async def slow() -> None:
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            await asyncio.sleep(3)

    outer = asyncio.create_task(Supervisor([Child("a", lambda: plant.live("x")), Child("slow", slow)]).run())
    await asyncio.sleep(1)
    outer.cancel()
    await asyncio.sleep(0.1)
    outer.cancel()
    await asyncio.gather(outer, return_exceptions=True)
    await plant.settle()
    assert "-x" in plant.log
    await plant.stop()


@virtual_time
async def test_a_sibling_is_started_only_when_the_one_before_it_is_ready() -> None:
    ready = asyncio.Event()
    started: list[float] = []

    async def first() -> None:
        await asyncio.sleep(2)
        ready.set()
        await asyncio.sleep(1000)

    async def second() -> None:
        started.append(asyncio.get_running_loop().time())
        await asyncio.sleep(1000)

    task = asyncio.create_task(Supervisor([Child("first", first, ready=ready.wait), Child("second", second)]).run())
    await asyncio.sleep(5)
    assert started == [pytest.approx(2.0)]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@virtual_time
async def test_a_supervisor_may_be_the_child_of_another() -> None:
    plant = Plant("a", intensity=0)
    inner = plant.supervisor
    await plant.stop()
    plant.news()
    outer = asyncio.create_task(Supervisor([Child("inner", inner.run)]).run())
    await plant.settle()
    await plant.fail("a")  # too often for the inner one, which the outer one starts again
    assert plant.news() == "+a -a +a"
    outer.cancel()
    await asyncio.gather(outer, return_exceptions=True)


@virtual_time
async def test_it_ends_when_no_child_is_left() -> None:
    plant = Plant("ab", restart="temporary")
    await plant.settle()
    await plant.end("a")
    await plant.fail("b")
    await plant.task


def test_names_are_unique() -> None:
    async def idle() -> None: ...

    with pytest.raises(ValueError, match="one name"):
        Supervisor([Child("a", idle), Child("a", idle)])
