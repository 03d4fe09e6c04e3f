"""Calls that were started: waiting for them, and cancelling them down to the socket. Counted at the server."""

import asyncio

import pytest
from waiting import PATIENCE, held, soon, until

from pywats import (
    NotFoundError,
    TimeoutError,  # noqa: A004 - the package's own, which is Python's too
    UsageError,
    ValidationError,
    as_completed,
    wait,
)

NAMES = [f"P{number}" for number in range(8)]


@pytest.fixture
def products(wats_sandbox):
    wats_sandbox.seed(products=NAMES)
    return wats_sandbox


def test_handles_are_waited_for(wats_api, products):
    products.fail("GET /api/Product/P0", hang="before", times=1)
    handles = [wats_api.product.get_product.submit(name) for name in NAMES]
    first = wait(handles, return_when="FIRST_COMPLETED")
    assert first.done
    assert wait(handles[1:], PATIENCE).not_done == set()
    done, not_done = wait(handles, timeout=0.01)
    assert (len(done), not_done) == (7, {handles[0]})
    assert handles[0].cancel()
    assert wait(handles, PATIENCE).not_done == set()


def test_waiting_ends_with_the_first_error(wats_api, products):
    products.fail("GET /api/Product/P0", hang="before", times=1)
    hanging = wats_api.product.get_product.submit("P0")
    failing = wats_api.http.get.submit("/api/Product/none")
    done, not_done = wait([hanging, failing], PATIENCE, "FIRST_EXCEPTION")
    assert (done, not_done) == ({failing}, {hanging})
    assert isinstance(failing.exception(), NotFoundError)
    hanging.cancel()


def test_handles_come_as_they_are_done(wats_api, products):
    with held(products, "GET /api/Product/P0"):
        handles = {wats_api.product.get_product.submit(name): name for name in NAMES}
        done = as_completed(handles, PATIENCE)
        assert sorted(handles[next(done)] for _ in NAMES[1:]) == NAMES[1:]
    assert [handles[handle] for handle in done] == ["P0"]


def test_time_that_runs_out_leaves_the_calls_running(wats_api, products):
    with held(products, "GET /api/Product/P0"):
        handle = wats_api.product.get_product.submit("P0")
        with pytest.raises(TimeoutError, match="1 of 1 calls"):
            list(as_completed([handle], 0.01))
    assert handle.result(PATIENCE).part_number == "P0"


def test_what_is_cancelled_leaves_its_socket(wats_api, products):
    products.fail("GET /api/Product/*", hang="before", times=None)
    handles = [wats_api.product.get_product.submit(name) for name in NAMES]
    until(lambda: products.stats.requests == 8)
    assert all(handle.cancel() for handle in handles[:5])
    until(lambda: products.stats.abandoned == 5)
    assert wait(handles, 0.1).not_done == set(handles[5:])
    products.clear_faults()
    assert wats_api.product.get_product("P0") is not None
    assert all(handle.cancel() for handle in handles[5:])
    until(lambda: products.stats.abandoned == 8)
    until(lambda: sum(actor.in_hand for actor in wats_api.statistics()) == 0)


async def test_a_cancelled_task_leaves_its_socket(wats_async_api, products):
    products.fail("GET /api/Product/*", hang="before", times=None)
    asked = [wats_async_api.product.get_product.submit(name) for name in NAMES]
    await soon(lambda: products.stats.requests == 8)
    for task in asked[:3]:
        task.cancel()
    await soon(lambda: products.stats.abandoned == 3)
    assert not any(task.done() for task in asked[3:])
    for task in asked[3:]:
        task.cancel()


async def test_what_cannot_be_waited_for_is_refused(wats_async_api, wats_api, products):
    with pytest.raises(UsageError, match="asyncio"):
        wait([wats_async_api.product.get_product.submit("P0")])
    products.fail("GET /api/Product/P1", hang="before", times=1)
    handle = wats_api.product.get_product.submit("P1")

    async def inside() -> None:
        wait([handle])

    with pytest.raises(UsageError, match="async client"):
        await asyncio.wrap_future(type(wats_api)._portal.start(inside))
    assert handle.cancel()
    assert list(as_completed([])) == []
    with pytest.raises(ValidationError, match="FIRST_COMPLETED"):
        wait([handle], return_when="first")
