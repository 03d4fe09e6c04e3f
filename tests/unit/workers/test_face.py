"""One definition seen from coroutines and from threads."""

import asyncio
import concurrent.futures
import contextvars
import gc
import inspect
import pydoc
import threading
from collections.abc import AsyncGenerator
from typing import Any
from unittest.mock import create_autospec

import pytest
from waiting import PATIENCE

from workers import Async, Blocking, Facade, Face, MailboxFull, Portal, RuntimeClosed, WorkersError, method, stream
from workers import facade as facade_module

trace: contextvars.ContextVar[str] = contextvars.ContextVar("trace", default="nobody")


class OwnError(Exception):
    """The owner's word for an error of the runtime."""


class Counter(Facade[Face]):
    """Counts."""

    def __init__(self) -> None:
        self.release = asyncio.Event()
        self.closed = threading.Event()

    def _translate(self, error: WorkersError) -> Exception:
        return OwnError(type(error).__name__)

    @method
    async def add(self, number: int, *, to: int = 0) -> int:
        """Return the sum."""
        return number + to

    @method
    async def add_twice(self: "Counter[Async]", number: int) -> int:
        """Return the sum of the sum."""
        return await self.add(number, to=await self.add(number))

    @method
    async def wait(self) -> str:
        """Return when released."""
        await self.release.wait()
        return "released"

    @method
    async def who(self) -> str:
        """Return whose context this is."""
        return trace.get()

    @method
    async def break_down(self) -> None:
        """Fail as the runtime does."""
        raise MailboxFull

    @stream
    async def count(self, pages: int, *, page_size: int = 2) -> AsyncGenerator[list[int], None]:
        """Walk from zero on."""
        try:
            for page in range(pages):
                yield list(range(page * page_size, (page + 1) * page_size))
        finally:
            self.closed.set()

    @stream
    async def stumble(self, *, at_end: bool = False) -> AsyncGenerator[list[int], None]:
        """Fail at the second page, or when closed."""
        try:
            yield [1]
            raise MailboxFull
        finally:
            if at_end:
                raise RuntimeClosed


def faces() -> tuple[Counter[Async], Counter[Blocking]]:
    counter: Counter[Async] = Counter()
    blocking: Counter[Blocking] = counter._blocking_twin(Portal())
    return counter, blocking


async def test_a_method_is_awaited_or_called() -> None:
    counter, blocking = faces()
    assert await counter.add(2, to=3) == blocking.add(2, to=3) == 5
    assert await counter.add_twice(2) == blocking.add_twice(2) == 4


async def test_a_call_can_be_started_on_either_face() -> None:
    counter, blocking = faces()
    started = counter.add.submit(1)
    assert isinstance(started, asyncio.Future)
    assert await started == 1
    handle = blocking.add.submit(1)
    assert isinstance(handle, concurrent.futures.Future)
    assert handle.result(PATIENCE) == 1


async def test_the_callers_context_comes_along() -> None:
    counter, blocking = faces()
    trace.set("caller")
    assert await counter.who() == blocking.who() == blocking.who.submit().result(PATIENCE) == "caller"


async def test_errors_of_the_runtime_come_in_the_owners_words() -> None:
    _, blocking = faces()
    with pytest.raises(OwnError, match="MailboxFull"):
        blocking.break_down()


async def test_submitting_without_end_is_refused_when_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facade_module, "SUBMITTED_AT_MOST", 3)
    counter, _ = faces()
    waiting = [counter.wait.submit() for _ in range(3)]
    with pytest.raises(OwnError, match="MailboxFull"):
        counter.wait.submit()
    counter.release.set()
    assert await asyncio.gather(*waiting) == ["released"] * 3
    assert await counter.add.submit(1) == 1


def test_submitting_without_end_waits_when_blocking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facade_module, "SUBMITTED_AT_MOST", 3)
    counter, blocking = faces()
    waiting = [blocking.wait.submit() for _ in range(3)]
    fourth: list[str] = []
    thread = threading.Thread(target=lambda: fourth.append(blocking.wait.submit().result(PATIENCE)))
    thread.start()
    thread.join(0.05)
    assert thread.is_alive()

    async def release() -> None:
        counter.release.set()

    Portal().call(release)
    thread.join(PATIENCE)
    assert [handle.result(PATIENCE) for handle in waiting] + fourth == ["released"] * 4


def test_a_forked_child_has_places_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facade_module, "SUBMITTED_AT_MOST", 1)
    counter, _ = faces()
    assert counter._places().acquire(blocking=False)
    assert not counter._places().acquire(blocking=False)
    monkeypatch.setattr(facade_module.os, "getpid", lambda: -1)
    assert counter._places().acquire(blocking=False)


async def test_a_cancelled_submission_frees_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facade_module, "SUBMITTED_AT_MOST", 1)
    counter, _ = faces()
    for _ in range(5):
        task = counter.wait.submit()
        task.cancel()
        await asyncio.wait({task})


async def test_frameworks_see_a_coroutine_function_on_the_async_face_only() -> None:
    counter, blocking = faces()
    assert inspect.iscoroutinefunction(counter.add)
    assert asyncio.iscoroutinefunction(counter.add)
    assert not inspect.iscoroutinefunction(blocking.add)


def test_help_and_signature_show_the_method_on_both_faces_and_on_the_class() -> None:
    for place in (*faces(), Counter):
        for name, text in (("add", "Return the sum."), ("count", "Walk from zero on.")):
            found = getattr(place, name)
            parameters = inspect.signature(found).parameters
            assert ("to" if name == "add" else "page_size") in parameters
            assert inspect.getdoc(found) == text
            shown = pydoc.render_doc(found, renderer=pydoc.plaintext)
            assert text in shown
            assert f"{name}(" in shown


def test_ipython_shows_docstring_and_signature_on_both_faces() -> None:
    oinspect = pytest.importorskip("IPython.core.oinspect")
    for place in faces():
        info = oinspect.Inspector(theme_name="nocolor").info(place.add, oname="add")
        assert info["docstring"] == "Return the sum."
        assert info["definition"].startswith("add(number: int, *, to: int = 0) -> int")


def test_a_spec_of_the_class_can_be_called() -> None:
    double = create_autospec(Counter, instance=True)
    double.add.return_value = 7
    assert double.add(1) == 7


async def test_a_method_can_be_called_through_the_class() -> None:
    counter, blocking = faces()
    assert await Counter.add(counter, 1, to=1) == Counter.add(blocking, 1, to=1) == 2
    assert list(Counter.count(blocking, 1)) == [0, 1]


def test_a_method_says_whose_it_is() -> None:
    counter, blocking = faces()
    assert repr(counter.add).startswith("<Counter.add of <")
    assert repr(blocking.add).startswith("<Counter.add of <")


async def test_a_walk_gives_its_items_one_by_one_on_both_faces() -> None:
    counter, blocking = faces()
    assert [item async for item in counter.count(3)] == list(blocking.count(3)) == [0, 1, 2, 3, 4, 5]
    assert [item async for item in counter.count(0)] == list(blocking.count(0)) == []
    assert list(blocking.count(2, page_size=0)) == []


async def test_a_walk_that_is_left_early_is_closed() -> None:
    counter, blocking = faces()
    async with counter.count(3) as items:
        async for _ in items:
            break
    assert counter.closed.is_set()
    counter.closed.clear()
    with blocking.count(3) as walk:
        assert next(walk) == 0
    assert counter.closed.wait(PATIENCE)
    assert list(walk) == []


async def test_a_blocking_walk_that_is_dropped_is_closed_on_its_loop() -> None:
    counter, blocking = faces()
    walk = blocking.count(3)
    next(walk)
    del walk
    gc.collect()
    assert await asyncio.to_thread(counter.closed.wait, PATIENCE)


def test_a_walk_asks_nothing_before_its_first_item() -> None:
    counter, blocking = faces()
    walk = blocking.count(3)
    walk.close()
    assert not counter.closed.is_set()


async def test_wrong_arguments_are_the_callers_error_and_take_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facade_module, "SUBMITTED_AT_MOST", 1)
    counter, blocking = faces()
    wrong: dict[str, Any] = {"nobody": 1}
    for _ in range(3):
        with pytest.raises(TypeError, match="nobody"):
            await asyncio.to_thread(blocking.add, 1, **wrong)
        with pytest.raises(TypeError, match="nobody"):
            (await asyncio.to_thread(blocking.add.submit, 1, **wrong)).result(PATIENCE)
        with pytest.raises(TypeError, match="nobody"):
            counter.add.submit(1, **wrong)
    assert await counter.add.submit(1) == blocking.add.submit(1).result(PATIENCE) == 1


def test_a_submission_without_a_loop_takes_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facade_module, "SUBMITTED_AT_MOST", 1)
    counter, _ = faces()
    with pytest.raises(RuntimeError, match="no running event loop"):
        counter.add.submit(1)
    assert counter._places().acquire(blocking=False)


def test_a_submission_that_is_refused_gives_its_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facade_module, "SUBMITTED_AT_MOST", 1)
    _, blocking = faces()

    def exiting(*_: object, **__: object) -> None:
        raise RuntimeClosed

    monkeypatch.setattr(Portal, "start", exiting)
    for _ in range(3):
        with pytest.raises(OwnError, match="RuntimeClosed"):
            blocking.add.submit(1)


async def test_errors_of_a_walk_come_in_the_owners_words() -> None:
    _, blocking = faces()
    walk = blocking.stumble()
    assert next(walk) == 1
    with pytest.raises(OwnError, match="MailboxFull"):
        next(walk)
    with blocking.stumble() as walk:
        next(walk)
    with pytest.raises(OwnError, match="RuntimeClosed"), blocking.stumble(at_end=True) as walk:
        next(walk)


async def test_a_bound_method_stays_bound_as_an_attribute_of_a_class() -> None:
    counter, blocking = faces()
    plugin = type("Plugin", (), {"add": counter.add, "add_now": blocking.add})
    assert await plugin().add(1, to=2) == plugin().add_now(1, to=2) == 3
