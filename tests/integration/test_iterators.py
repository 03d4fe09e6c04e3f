"""Walks over a real socket: going on where one ended, faults on the way, and nothing left behind."""

import asyncio
import gc
import threading
import weakref

import pytest
from waiting import soon, until

from pywats import AsyncPyWATS, ReportHeader, RetryConfig, ServerError, ValidationError

PATIENT = RetryConfig(max_attempts=10, base_delay=0.01)


@pytest.fixture
def headers(wats_sandbox, make_report):
    wats_sandbox.seed(reports=[make_report(number) for number in range(1, 41)])
    return wats_sandbox


@pytest.mark.parametrize("oldest_first", [False, True])
async def test_a_walk_goes_on_where_one_was_left(either, headers, make_report, oldest_first):
    walk = either.api.report.iter_headers
    first = walk(page_size=7, oldest_first=oldest_first)
    seen = [(await anext(first) if either.face == "async" else next(first)).serial_number for _ in range(17)]
    cursor = first.cursor
    await first.aclose() if either.face == "async" else first.close()
    headers.seed(reports=[make_report(number) for number in range(101, 104)])
    rest = walk(page_size=5, oldest_first=oldest_first, resume_from=cursor)
    seen += (
        [each.serial_number async for each in rest] if either.face == "async" else [each.serial_number for each in rest]
    )
    expected = [f"SN{number:05}" for number in range(1, 41)]
    if oldest_first:  # what came in meanwhile comes behind; newest first it lies before what was read
        assert seen == [*expected, "SN00101", "SN00102", "SN00103"]
    else:
        assert seen == expected[::-1]


@pytest.mark.usefixtures("headers")
async def test_what_was_read_is_held_by_nobody(either):
    read: list[weakref.ref[ReportHeader]] = []

    def is_free() -> bool:
        return sum(each() is not None for each in read) <= 1  # the one in hand until there is the next

    walk = either.api.report.iter_headers(page_size=10)
    if either.face == "async":
        async for header in walk:
            await soon(is_free)
            read.append(weakref.ref(header))
    else:
        for header in walk:
            until(is_free)  # the loop's thread lets go of a page when it has its turn
            read.append(weakref.ref(header))
    assert len(read) == 40


@pytest.mark.usefixtures("headers")
async def test_a_cursor_of_another_walk_is_refused(either):
    walk = either.api.report.iter_headers(page_size=5)
    await anext(walk) if either.face == "async" else next(walk)
    with pytest.raises(ValidationError, match="timestamp desc"):
        either.api.report.iter_headers(oldest_first=True, resume_from=walk.cursor)
    with pytest.raises(ValidationError, match="no cursor"):
        either.api.product.iter_products(resume_from="17")
    with pytest.raises(ValidationError, match="partNumber"):
        either.api.product.iter_products(resume_from=walk.cursor)


async def test_products_go_on_by_part_number(either, wats_sandbox):
    names = [f"P{number:02}" for number in range(20)]
    wats_sandbox.seed(products=names)
    first = either.api.product.iter_products(page_size=4, max_items=6)
    seen = (
        [each.part_number async for each in first] if either.face == "async" else [each.part_number for each in first]
    )
    seen += [
        each.part_number for each in await either.walk("product.iter_products", page_size=4, resume_from=first.cursor)
    ]
    assert seen == names


async def test_faults_on_the_way_cost_time_and_no_rows(headers):
    match = "GET /api/Report/Query/Header*"
    headers.fail(match, reset="before", skip=1, times=2)
    headers.fail(match, status=503, skip=3, times=3)
    headers.fail(match, status=429, retry_after=0.05, skip=5, times=2)
    headers.fail(match, reset="mid-body", skip=6, times=1)
    headers.fail(match, delay=0.05, skip=7, times=2)
    threads = threading.active_count()
    before = asyncio.all_tasks()
    async with AsyncPyWATS(headers.url, headers.token, rate_limit=None, retry_config=PATIENT) as api:
        seen = [each.serial_number async for each in api.report.iter_headers(page_size=4, oldest_first=True)]
    assert seen == [f"SN{number:05}" for number in range(1, 41)]
    assert asyncio.all_tasks() == before
    assert threading.active_count() <= threads + 1  # the resolver's


async def test_leaving_a_walk_leaves_no_task_and_at_most_one_request_more(wats_async_api, headers):
    async for _ in wats_async_api.report.iter_headers(page_size=2):
        break
    gc.collect()
    await soon(lambda: not [task for task in asyncio.all_tasks() if task.get_name() == "walk"])
    await soon(lambda: sum(actor.in_hand for actor in wats_async_api.statistics()) == 0)
    assert len(headers.requests) <= 2


async def test_a_failed_page_is_raised_where_it_is_read(wats_async_api, headers):
    headers.fail("GET /api/Report/Query/Header*", status=500, skip=1, times=None)
    walk = wats_async_api.with_options(retry=None).report.iter_headers(page_size=10)
    for _ in range(10):
        await anext(walk)
    with pytest.raises(ServerError):
        await anext(walk)


@pytest.mark.usefixtures("headers")
async def test_progress_is_told_of_rows(either):
    told = []
    await either.walk("report.iter_headers", page_size=15, max_items=35, progress=lambda *step: told.append(step))
    assert told == [(15, 35), (30, 35), (35, 35)]
