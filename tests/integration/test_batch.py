"""Batches of both faces, over a real socket: order, single failures, equal items, cancellation, memory."""

import asyncio
import contextlib
import functools
import gc
import itertools
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from waiting import PATIENCE, held, soon

from pywats import (
    AsyncPyWATS,
    NotFoundError,
    RetryConfig,
    ServerError,
    UsageError,
    ValidationError,
    pyWATS,
    split_results,
    unwrap_all,
)
from pywats.sandbox import Sandbox

NAMES = [f"P{number:03}" for number in range(60)]


@pytest.fixture
def products(wats_sandbox: Sandbox) -> Sandbox:
    wats_sandbox.seed(products=[{"partNumber": name} for name in NAMES])
    return wats_sandbox


def gets(wats: Sandbox, path: str = "") -> int:
    return sum(request.method == "GET" and request.raw_path.endswith(path) for request in wats.requests)


def under_way(api: Any) -> int:
    return sum(actor.in_hand + actor.depth for actor in api.statistics())


def batches() -> set[asyncio.Task[Any]]:
    return {task for task in asyncio.all_tasks() if task.get_name() == "batch"}


@pytest.mark.usefixtures("products")
async def test_the_results_have_the_order_of_the_items(either):
    results = await either("batch", either.api.product.get_product, NAMES, max_concurrent=7)
    assert [result.value.part_number for result in results] == NAMES


async def test_one_failure_stops_no_other(either, products):
    products.fail("GET /api/Product/P001", status=500, times=None)
    once = either.api.with_options(retry=None)
    results = await either.of(once, "batch", once.product.get_product, NAMES[:3])
    assert [result.is_success for result in results] == [True, False, True]
    values, errors = split_results(results)
    assert [product.part_number for product in values] == ["P000", "P002"]
    assert [type(error) for error in errors] == [ServerError]
    for _ in range(2):
        with pytest.raises(ExceptionGroup, match="1 of 3 items failed") as raised:
            unwrap_all(results)
    assert raised.value.exceptions[0].__notes__ == ["item 1"]


async def test_an_item_may_be_a_tuple_of_arguments(either, wats_sandbox):
    wats_sandbox.seed(products=[{"partNumber": "A", "revisions": [{"revision": "1"}, {"revision": "2"}]}])
    results = await either("batch", either.api.product.get_revision, [("A", "2"), ("A", "1")])
    assert [result.value.revision for result in results] == ["2", "1"]


async def test_equal_items_are_asked_once_and_each_has_its_own_object(either, products):
    items = ["P000", "P001"] * 20
    results = await either("batch", either.api.product.get_product, items, max_concurrent=3)
    assert [result.value.part_number for result in results] == items
    assert len({id(result.value) for result in results}) == 40
    assert gets(products) == 2


async def test_equal_items_that_fail_are_asked_once(either, products):
    products.fail("GET /api/Product/P000", status=404, body="html", times=None)
    results = await either("batch", either.api.product.get_product, ["P000"] * 20, max_concurrent=3)
    assert [type(result.error) for result in results] == [NotFoundError] * 20
    assert len({id(result.error) for result in results}) == 20
    assert gets(products) == 1


async def test_an_equal_item_that_asks_again_is_told_of_what_changed(wats_async_api, products):
    products.fail("GET /api/Product/P000", status=500, times=1)
    once = wats_async_api.with_options(retry=None)

    async def patient(part_number):
        for _ in range(2):
            with contextlib.suppress(ServerError):
                return await once.product.get_product(part_number)
        return None

    results = await wats_async_api.batch(patient, ["P000"] * 3, max_concurrent=1)
    assert [result.value.part_number for result in results] == ["P000"] * 3
    assert gets(products) == 2

    async def until_it_is_there(part_number):
        while not await wats_async_api.product.get_product(part_number):
            products.seed(products=[part_number])
        return part_number

    async with asyncio.timeout(PATIENCE):
        results = await wats_async_api.batch(until_it_is_there, ["NEW"] * 3, max_concurrent=3)
    assert unwrap_all(results) == ["NEW"] * 3


async def test_equal_writes_are_all_sent(either, wats_sandbox):
    product = {"partNumber": "A"}
    items = [("/api/Product", '{"partNumber": "A"}')] * 4
    results = await either("batch", either.api.http.put, items)
    assert [result.value.data["partNumber"] for result in results] == [product["partNumber"]] * 4
    assert sum(request.method == "PUT" for request in wats_sandbox.requests) == 4


@pytest.mark.usefixtures("products")
async def test_equal_items_that_read_and_write_read_what_was_written(wats_async_api):
    async def read_and_write(part_number):
        before = await wats_async_api.product.get_product(part_number)
        await wats_async_api.product.create_product(part_number, f"{before.name or ''}x")

    unwrap_all(await wats_async_api.batch(read_and_write, ["P000"] * 4, max_concurrent=1))
    assert (await wats_async_api.product.get_product("P000")).name == "xxxx"


async def test_no_more_are_under_way_than_allowed(either, products):
    products.fail("GET /api/Product/*", delay=0.02, times=None)
    most = 0

    def look(_: int, total: int | None) -> None:
        nonlocal most
        assert total == 30
        most = max(most, under_way(either.api))

    await either("batch", either.api.product.get_product, NAMES[:30], max_concurrent=5, progress=look)
    assert 1 <= most <= 5


@pytest.mark.parametrize(("items", "width", "words"), [("P000", 3, "brackets"), (["P000"], 0, "max_concurrent")])
async def test_what_makes_no_sense_is_refused(either, products, items, width, words):
    with pytest.raises(ValidationError, match=words):
        await either("batch", either.api.product.get_product, items, width)
    assert gets(products) == 0


async def test_a_walk_over_a_batch_refuses_it_too(either):
    with pytest.raises(ValidationError, match="max_concurrent"):
        either.api.batch_iter(either.api.product.get_product, ["P000"], 0)
    with pytest.raises(ValidationError, match="brackets"):
        either.api.batch_iter(either.api.product.get_product, "P000")
    with pytest.raises(TypeError):
        await results_of(either, either.api.product.get_product, 5)
    gc.collect()


@pytest.mark.usefixtures("products")
async def test_an_error_of_the_progress_function_ends_the_batch(either):
    with pytest.raises(ZeroDivisionError):
        await either("batch", either.api.product.get_product, NAMES, progress=lambda done, _: 1 // (3 - done))
    await soon(lambda: under_way(either.api) == 0)


def test_a_function_of_ones_own_is_refused_on_the_blocking_face(wats_api):
    with pytest.raises(UsageError, match="AsyncPyWATS"):
        wats_api.batch(str.upper, ["P000"])


def test_a_partial_of_a_method_will_do(wats_api, wats_sandbox, make_report):
    wats_sandbox.seed(reports=[make_report(1)])
    get = functools.partial(wats_api.report.get_report, detail_level=0)
    (result,) = wats_api.batch(get, [make_report(1)["id"]])
    assert result.unwrap().sn == "SN00001"
    assert "detailLevel=0" in wats_sandbox.requests[-1].query


async def test_cancelling_ends_what_is_queued_and_under_way(wats_async_api, products):
    products.fail("GET /api/Product/*", hang="before", times=None)
    batch = asyncio.create_task(wats_async_api.batch(wats_async_api.product.get_product, NAMES, max_concurrent=8))
    await soon(lambda: gets(products) == 8)
    batch.cancel()
    await asyncio.wait({batch})
    assert batch.cancelled()
    await soon(lambda: under_way(wats_async_api) == 0 and not batches())
    await soon(lambda: products.stats.abandoned == 8)
    assert gets(products) == 8


# Results as they come


async def results_of(either: Any, *args: Any, **kwargs: Any) -> list[tuple[int, Any]]:
    batch = either.api.batch_iter(*args, **kwargs)
    return [each async for each in batch] if either.face == "async" else list(batch)


async def test_results_come_as_they_are_done(either, products):
    batch = either.api.batch_iter(either.api.product.get_product, NAMES[:10], max_concurrent=4)
    with held(products, "GET /api/Product/P000"):
        found = [await anext(batch) if either.face == "async" else next(batch) for _ in range(9)]
    assert sorted(number for number, _ in found) == list(range(1, 10))
    found += [each async for each in batch] if either.face == "async" else list(batch)
    assert found[9][0] == 0
    assert all(result.value.part_number == NAMES[number] for number, result in found)


@pytest.mark.usefixtures("products")
async def test_endless_items_are_taken_as_results_are_read(either):
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        for name in itertools.cycle(NAMES):
            taken += 1
            yield name

    batch = either.api.batch_iter(either.api.product.get_product, endless(), max_concurrent=5)
    for read in range(1, 40):
        _, result = await anext(batch) if either.face == "async" else next(batch)
        assert result.is_success
        assert taken <= read + 5
    await (batch.aclose() if either.face == "async" else asyncio.to_thread(batch.close))
    await soon(lambda: under_way(either.api) == 0)
    assert [each async for each in batch] == [] if either.face == "async" else list(batch) == []


@pytest.mark.usefixtures("products")
async def test_items_may_come_from_an_async_walk(wats_async_api):
    names = (product.part_number async for product in wats_async_api.product.iter_products(page_size=7))
    found = {
        number: result async for number, result in wats_async_api.batch_iter(wats_async_api.product.get_product, names)
    }
    assert [found[number].value.part_number for number in range(60)] == NAMES


async def test_an_error_of_the_items_comes_after_the_results_before_it(either, products):
    def stumbling() -> Iterator[str]:
        yield from NAMES[:3]
        raise ZeroDivisionError

    products.fail("GET /api/Product/P00?", delay=0.05, times=None)
    batch = either.api.batch_iter(either.api.product.get_product, stumbling())
    found = [await anext(batch) if either.face == "async" else next(batch) for _ in range(3)]
    assert sorted(number for number, result in found if result.is_success) == [0, 1, 2]
    with pytest.raises(ZeroDivisionError):
        await anext(batch) if either.face == "async" else next(batch)
    assert ([each async for each in batch] if either.face == "async" else list(batch)) == []
    await soon(lambda: under_way(either.api) == 0)


@pytest.mark.usefixtures("products")
def test_items_of_a_domains_batch_may_come_from_a_walk(wats_api):
    def numbers() -> Iterator[str]:
        return (product.part_number for product in wats_api.product.iter_products(page_size=7))

    for results in (
        wats_api.product.get_products_batch(numbers()),
        wats_api.product.get_products_batch(part_numbers=map(str, numbers())),
        wats_api.product.get_products_batch.submit(numbers()).result(PATIENCE),
    ):
        assert [product.part_number for product in unwrap_all(results)] == NAMES


def test_threads_may_share_the_results(wats_api, products):
    products.seed(products=[f"Q{number}" for number in range(200)])
    batch = wats_api.batch_iter(wats_api.product.get_product, (f"Q{number}" for number in range(200)))
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.extend(number for number, _ in batch)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(found) == list(range(200))


@pytest.mark.usefixtures("products")
async def test_what_belongs_to_another_loop_says_so_and_leaves_nothing_running(wats_async_api):
    batch = wats_async_api.batch_iter(wats_async_api.product.get_product, NAMES, max_concurrent=3)
    walk = wats_async_api.product.iter_products(page_size=10)
    await anext(batch)
    await anext(walk)

    async def elsewhere() -> None:
        with pytest.raises(UsageError, match="another event loop"):
            await anext(batch)
        walk._items.clear()  # what is there already, may be read anywhere
        with pytest.raises(UsageError, match="another event loop"):
            await anext(walk)
        await walk.aclose()

    await asyncio.to_thread(asyncio.run, elsewhere())
    await soon(lambda: under_way(wats_async_api) == 0 and not batches())


async def test_a_break_leaves_nothing_running(either, products):
    products.fail("GET /api/Product/P00[1-9]", hang="before", times=None)
    if either.face == "async":
        async for _ in either.api.batch_iter(either.api.product.get_product, NAMES[:9], max_concurrent=9):
            break
    else:
        for _ in either.api.batch_iter(either.api.product.get_product, NAMES[:9], max_concurrent=9):
            break
    gc.collect()
    await soon(lambda: under_way(either.api) == 0 and not batches())


async def test_closing_the_client_answers_a_batch(products):
    products.fail("GET /api/Product/*", hang="before", times=None)
    api = AsyncPyWATS(products.url, products.token, rate_limit=None, timeout=None)
    batch = asyncio.create_task(api.batch(api.product.get_product, NAMES[:6], max_concurrent=3))
    await soon(lambda: gets(products) == 3)
    await api.close(drain=0)
    assert not any(result.is_success for result in await batch)


def test_faults_while_batching_are_weathered(wats_sandbox):
    wats_sandbox.seed(products=[{"partNumber": name} for name in NAMES])
    wats_sandbox.fail("GET /api/Product/P01*", reset="before", times=3)
    wats_sandbox.fail("GET /api/Product/P02*", status=503, times=4)
    wats_sandbox.fail("GET /api/Product/P03*", status=429, retry_after=0.1, times=3)
    wats_sandbox.fail("GET /api/Product/P04*", delay=0.1, times=10)
    retry = RetryConfig(max_attempts=10, base_delay=0.01)
    threads = threading.active_count()
    with pyWATS(wats_sandbox.url, wats_sandbox.token, rate_limit=None, retry_config=retry) as api:
        results = api.product.get_products_batch(NAMES, max_concurrent=20)
        assert [result.unwrap().part_number for result in results] == NAMES
        assert threading.active_count() <= threads + 2
        assert under_way(api) == 0
