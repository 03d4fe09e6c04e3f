"""The two clients as a whole, over a real socket: life cycle, threads, forks, options, secrets."""

import asyncio
import concurrent.futures
import copy
import gc
import logging
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest
from waiting import PATIENCE, leap, soon, until

from pywats import (
    AsyncPyWATS,
    AuthenticationError,
    ClientClosedError,
    ConfigurationError,
    Lane,
    QueueFullError,
    RateLimit,
    RetryConfig,
    ServerError,
    Station,
    TimeoutError,  # noqa: A004 - the package's own, which is Python's too
    UsageError,
    pyWATS,
)
from pywats.sandbox import Sandbox
from pywats.transport import registry
from workers import facade as facade_module

# That a step took long is said in development mode; it is the fault of a busy machine.
NOT_SLOW = "import logging; logging.getLogger('asyncio').addFilter(lambda record: 'took' not in record.getMessage())"
ROOT = Path(__file__).resolve().parents[2]
ODD = "A/B #1?%20 æ"


def script(wats: Sandbox, text: str) -> subprocess.CompletedProcess[str]:
    """Run a script of a user's, strictly: any warning is an error, and development mode is on."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", NOT_SLOW + textwrap.dedent(text)],
        cwd=ROOT,
        env=os.environ | {"WATS_BASE_URL": wats.url, "WATS_AUTH_TOKEN": wats.token},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def quick(wats: Sandbox, **settings: Any) -> pyWATS:
    return pyWATS(wats.url, wats.token, **({"rate_limit": None} | settings))


def gets(wats: Sandbox, path: str) -> int:
    return sum(request.method == "GET" and request.raw_path.endswith(path) for request in wats.requests)


async def test_both_faces_give_the_same(wats_api: pyWATS, wats_async_api: AsyncPyWATS) -> None:
    wats_api.product.create_product("WIDGET-001", "Widget")
    blocking = wats_api.product.get_product("WIDGET-001")
    awaited = await wats_async_api.product.get_product("WIDGET-001")
    assert blocking == awaited
    assert blocking is not None
    assert blocking.name == "Widget"
    assert wats_api.get_version() == await wats_async_api.get_version()
    assert wats_api.test_connection()


def test_an_odd_part_number_reaches_the_server_whole(wats_api: pyWATS, wats_sandbox: Sandbox) -> None:
    wats_api.product.create_product(ODD)
    found = wats_api.product.get_product(ODD)
    assert found is not None
    assert found.part_number == ODD
    assert wats_sandbox.requests[-1].raw_path == "/api/Product/A%2FB%20%231%3F%2520%20%C3%A6"


def test_32_threads_share_one_client_and_get_their_own_answers(wats_sandbox: Sandbox) -> None:
    wats_sandbox.seed(products=[{"partNumber": f"P{number}"} for number in range(64)])
    before = threading.active_count()
    with quick(wats_sandbox) as api, concurrent.futures.ThreadPoolExecutor(32) as pool:
        names = [f"P{number % 64}" for number in range(640)]
        found = list(pool.map(api.product.get_product, names))
        assert [product.part_number for product in found if product] == names
        assert threading.active_count() <= before + 32 + 1


async def test_it_works_in_a_notebook(wats_api: pyWATS) -> None:
    assert asyncio.get_running_loop().is_running()
    assert wats_api.product.get_product("no such part") is None


def test_handles_are_answered_and_cancelled_down_to_the_socket(wats_api: pyWATS, wats_sandbox: Sandbox) -> None:
    wats_sandbox.seed(products=[{"partNumber": "P1"}])
    handle = wats_api.product.get_product.submit("P1")
    assert handle.result(PATIENCE) is not None
    wats_sandbox.fail("GET /api/Product/P1", hang="before", times=1)
    hanging = wats_api.product.get_product.submit("P1")
    until(lambda: gets(wats_sandbox, "/P1") == 2)
    assert hanging.cancel()
    until(lambda: in_hand(wats_api) == 0)


def in_hand(api: pyWATS) -> int:
    return sum(actor.in_hand for actor in api.statistics())


async def test_submitting_without_end_is_refused(
    wats_async_api: AsyncPyWATS, wats_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facade_module, "SUBMITTED_AT_MOST", 2)
    wats_sandbox.fail("GET /api/Product/*", delay=0.2, times=None)
    waiting = [wats_async_api.product.get_product.submit("X") for _ in range(2)]
    with pytest.raises(QueueFullError):
        wats_async_api.product.get_product.submit("X")
    await asyncio.gather(*waiting)


async def test_an_async_client_may_be_made_anywhere_and_belongs_to_one_loop(wats_sandbox: Sandbox) -> None:
    api = await asyncio.to_thread(AsyncPyWATS, wats_sandbox.url, wats_sandbox.token)
    assert await api.test_connection()
    with pytest.raises(UsageError, match="another event loop"):
        await asyncio.to_thread(asyncio.run, api.product.get_product("X"))
    await api.close()


async def test_a_blocking_call_from_the_loops_thread_is_refused(wats_api: pyWATS) -> None:
    async def inside() -> None:
        wats_api.product.get_product("X")

    with pytest.raises(UsageError, match="async client"):
        await asyncio.wrap_future(type(wats_api)._portal.start(inside))


async def test_a_closed_client_says_so_and_the_other_goes_on(wats_sandbox: Sandbox) -> None:
    one, other = quick(wats_sandbox), quick(wats_sandbox)
    assert one.test_connection()
    assert other.test_connection()
    one.close()
    one.close()
    with pytest.raises(ClientClosedError, match="closed"):
        one.product.get_product("X")
    assert other.product.get_product("X") is None
    other.close()


def test_a_dropped_client_is_closed(wats_sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    api = quick(wats_sandbox)
    assert api.test_connection()
    runtime = api._runtime
    del api
    gc.collect()
    until(lambda: not runtime.statistics())
    assert not [record for record in caplog.records if "took" not in record.getMessage()]  # in asyncio's debug mode


def test_two_rates_for_one_server_are_refused(wats_sandbox: Sandbox) -> None:
    with quick(wats_sandbox) as api, quick(wats_sandbox, rate_limit="5/1s") as other:
        assert api.product.get_product("X") is None
        with pytest.raises(ConfigurationError, match="rate_limit"):
            other.product.get_product("X")


def test_a_view_has_other_options_on_the_same_workers(wats_api: pyWATS, wats_sandbox: Sandbox) -> None:
    view = wats_api.with_options(timeout=5, retry=None, lane="bulk", headers={"X-Trace": "t1"})
    assert isinstance(view, pyWATS)
    assert (view.timeout, view.retry_config.enabled) == (5, False)
    assert wats_api.timeout == 30
    assert view.product.get_product("X") is None
    assert wats_sandbox.requests[-1].headers["X-Trace"] == "t1"
    view.close()
    assert wats_api.product.get_product("X") is None


async def test_a_server_error_is_an_answer_and_the_worker_survives(
    wats_sandbox: Sandbox, wats_async_api: AsyncPyWATS
) -> None:
    wats_sandbox.seed(products=[{"partNumber": "X"}])
    wats_sandbox.fail("GET /api/Product/X", status=500, times=1)
    with pytest.raises(ServerError) as raised:
        await wats_async_api.with_options(retry=None).product.get_product("X")
    assert (raised.value.status, raised.value.method, raised.value.path) == (500, "GET", "/api/Product/X")
    assert await wats_async_api.product.get_product("X")


async def test_a_deadline_ends_a_call_wherever_it_is(wats_sandbox: Sandbox, wats_async_api: AsyncPyWATS) -> None:
    wats_sandbox.fail("GET /api/Product/X", hang="before", times=1)
    asked = wats_async_api.with_options(deadline=60, timeout=300).product.get_product.submit("X")
    await soon(lambda: gets(wats_sandbox, "/X"))
    leap(60)
    with pytest.raises(TimeoutError) as raised:
        await asked
    assert isinstance(raised.value, asyncio.TimeoutError)
    assert (raised.value.path, raised.value.attempts) == ("/api/Product/X", 1)


async def test_a_plain_gather_behind_the_limiter_ends_without_a_timeout(wats_sandbox: Sandbox) -> None:
    names = [f"P{number}" for number in range(400)]
    wats_sandbox.seed(products=[{"partNumber": name} for name in names])
    settings: dict[str, Any] = {"rate_limit": RateLimit(200, 40, pace=1000), "timeout": 30}
    async with AsyncPyWATS(wats_sandbox.url, wats_sandbox.token, **settings) as api:
        asked = asyncio.gather(*map(api.product.get_product, names))
        await soon(lambda: sum(actor.done for actor in api.statistics()) == 200)
        leap(41)  # longer than a call may take
        assert all(await asked)
    assert gets(wats_sandbox, "") == 400  # none was repeated; what a window holds is held under a virtual clock


def test_a_refused_token_is_named_by_its_source_and_never_shown(
    wats_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pyWATS(wats_sandbox.url, "hunter2") as api, pytest.raises(AuthenticationError) as raised:
        api.product.get_product("X")
    assert wats_sandbox.url in str(raised.value)
    assert "token=" in str(raised.value)
    monkeypatch.setenv("WATS_BASE_URL", wats_sandbox.url)
    monkeypatch.setenv("WATS_AUTH_TOKEN", "hunter2")
    with pyWATS() as api, pytest.raises(AuthenticationError, match="WATS_AUTH_TOKEN") as from_environment:
        api.product.get_product("X")
    for error in (raised.value, from_environment.value):
        assert (
            "hunter2"
            not in f"{error} {error!r} {error.__dict__} {error.__notes__ if hasattr(error, '__notes__') else ''}"
        )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"base_url": None, "token": "t"}, "WATS_BASE_URL"),
        ({"base_url": "http://h", "token": None}, "WATS_AUTH_TOKEN"),
        ({"base_url": "http://h", "token": " "}, "empty"),
        ({"base_url": "http://h", "token": "a b"}, "space"),
        ({"base_url": "ftp://h", "token": "t"}, "https://"),
        ({"base_url": "http://u:p@h", "token": "t"}, "token="),
        ({"base_url": "http://h", "token": "t", "rate_limit": "often"}, "rate_limit"),
        ({"base_url": "http://h", "token": "t", "max_connections": 0}, "max_connections"),
        (
            {"base_url": "http://h", "token": "t", "max_connections": "9"},
            "max_connections is '9'; it must be of",
        ),
        ({"base_url": "http://h", "token": "t", "timeout": "9"}, "timeout is '9'; it must be more than 0 seconds"),
        ({"base_url": "http://h", "token": "t", "station": "FCT-1"}, "station is 'FCT-1'; it must be of type Station"),
        ({"base_url": "http://h", "token": "t", "retry_config": 3}, "retry is 3; it must be of type RetryConfig"),
        ({"base_url": "http://h", "token": "t", "cache": True}, "cache is True; it must be of type CacheConfig"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WATS_BASE_URL", raising=False)
    monkeypatch.delenv("WATS_AUTH_TOKEN", raising=False)
    with pytest.raises(ConfigurationError, match=words) as raised:
        pyWATS(**settings)
    assert "u:p" not in str(raised.value)


async def test_the_token_is_nowhere_to_be_seen(wats_sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wats_sandbox.fail("GET /api/Product/X", status=500, times=None)
    api = AsyncPyWATS(wats_sandbox.url, wats_sandbox.token, retry_config=RetryConfig(base_delay=0.001))
    shown = [repr(api), repr(api.product), repr(api.product.get_product), repr(api.with_options(timeout=1))]
    try:
        await api.product.get_product("X")
    except ServerError as error:
        shown += [str(error), repr(error), repr(error.__dict__), repr(pickle.loads(pickle.dumps(error)))]
    shown += [repr(api.statistics()), repr(api._options), repr(api._runtime.server)]
    await api.close()
    assert len(shown) > 6
    assert wats_sandbox.token not in "".join(shown)
    assert wats_sandbox.token not in caplog.text


def test_an_error_survives_pickling_and_copying(wats_api: pyWATS, wats_sandbox: Sandbox) -> None:
    wats_sandbox.fail("GET /api/Product/X", status=500, times=1)
    with pytest.raises(ServerError) as raised:
        wats_api.with_options(retry=None).product.get_product("X")
    for twin in (pickle.loads(pickle.dumps(raised.value)), copy.copy(raised.value)):
        assert type(twin) is ServerError
        assert str(twin) == str(raised.value)
        assert twin.status == 500


def test_the_station_is_the_clients(wats_sandbox: Sandbox) -> None:
    station = Station(name="ICT-1", location="Oslo", purpose="Production")
    with quick(wats_sandbox, station=station) as api:
        assert api.station == api.with_options(timeout=1).station == station


def test_max_keepalive_connections_is_taken_and_lane_by_name(wats_sandbox: Sandbox) -> None:
    with quick(wats_sandbox, max_keepalive_connections=20, lane=Lane.BULK) as api:
        assert api.test_connection()
    with pytest.raises(ConfigurationError, match="interactive"):
        api.with_options(lane="express")


def test_at_exit_a_write_is_finished_though_its_host_must_still_be_looked_up(wats_sandbox: Sandbox) -> None:
    result = script(
        wats_sandbox,
        """
        import os
        from pywats import pyWATS
        api = pyWATS(os.environ["WATS_BASE_URL"].replace("127.0.0.1", "localhost"))
        api.product.create_product.submit("LAST", "the last one")
        """,
    )
    assert (result.stdout, result.stderr, result.returncode) == ("", "", 0)
    with quick(wats_sandbox) as api:
        assert api.product.get_product("LAST") is not None


def test_at_exit_without_close_nothing_is_said_and_writes_are_finished(wats_sandbox: Sandbox) -> None:
    wats_sandbox.fail("PUT /api/Product", delay=0.3, times=1)
    result = script(
        wats_sandbox,
        """
        import time
        from pywats import pyWATS
        api = pyWATS()
        api.product.get_product("X")
        writing = api.product.create_product.submit("LAST", "the last one")
        while not (writing.done() or sum(actor.in_hand for actor in api.statistics())):
            time.sleep(0.001)
        """,
    )
    assert (result.stdout, result.stderr, result.returncode) == ("", "", 0)
    with quick(wats_sandbox) as api:
        assert api.product.get_product("LAST") is not None


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent with os.kill")
def test_ctrl_c_in_a_blocked_call_cancels_it(wats_sandbox: Sandbox) -> None:
    wats_sandbox.seed(products=[{"partNumber": "X"}])
    wats_sandbox.fail("GET /api/Product/X", hang="before", times=1)
    with quick(wats_sandbox) as api:

        def interrupt() -> None:
            until(lambda: gets(wats_sandbox, "/X") == 1)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=interrupt).start()
        with pytest.raises(KeyboardInterrupt):
            api.product.get_product("X")
        until(lambda: in_hand(api) == 0)
        assert api.product.get_product("X") is not None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_after_fork_both_processes_go_on(wats_sandbox: Sandbox) -> None:
    wats_sandbox.seed(products=[{"partNumber": "X"}])
    result = script(
        wats_sandbox,
        """
        import os, sys, warnings
        from pywats import pyWATS
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12+ says that the process has threads; it has
        api, other = pyWATS(), pyWATS(timeout=7)
        assert api.product.get_product("X") and other.product.get_product("X")
        children = []
        for number in range(3):
            child = os.fork()
            if child == 0:
                if number == 0:
                    sys.exit(0)  # uses nothing
                if number == 1:
                    api.close()  # closes what it inherited
                    sys.exit(0)
                sys.exit(0 if api.product.get_product("X") and other.product.get_product("X") else 1)
            children.append(child)
        for child in children:
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert api.product.get_product("X") and other.product.get_product("X")
        print("all went on")
        """,
    )
    assert (result.stdout, result.stderr, result.returncode) == ("all went on\n", "", 0)
    connections = {request.headers.get("User-Agent") for request in wats_sandbox.requests}
    assert len(connections) == 1


def _ask(url: str, token: str) -> str | None:
    with pyWATS(url, token, rate_limit=None) as api:
        product = api.product.get_product("X")
    return product and product.part_number


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_worker_processes_have_clients_of_their_own(wats_sandbox: Sandbox, start: str) -> None:
    if start not in multiprocessing.get_all_start_methods():
        pytest.skip(f"there is no {start} here")
    wats_sandbox.seed(products=[{"partNumber": "X"}])
    assert _ask(wats_sandbox.url, wats_sandbox.token) == "X"
    with multiprocessing.get_context(start).Pool(2) as pool:
        assert pool.starmap(_ask, [(wats_sandbox.url, wats_sandbox.token)] * 4) == ["X"] * 4


async def test_statistics_count_what_was_asked(wats_async_api: AsyncPyWATS) -> None:
    assert wats_async_api.statistics() == ()
    await asyncio.gather(*map(wats_async_api.product.get_product, "ABCDE"))
    product = next(actor for actor in wats_async_api.statistics() if actor.name == "product")
    assert (product.accepted, product.done, product.restarts) == (5, 5, 0)


async def test_closing_drains_and_leaves_no_task(wats_sandbox: Sandbox) -> None:
    wats_sandbox.seed(products=[{"partNumber": "X"}])
    wats_sandbox.fail("GET /api/Product/X", delay=0.1, times=None)
    before = asyncio.all_tasks()
    api = AsyncPyWATS(wats_sandbox.url, wats_sandbox.token, rate_limit=None)
    asked = [api.with_options(timeout=20 + number).product.get_product.submit("X") for number in range(20)]
    await asyncio.sleep(0)
    await api.close()
    assert all(await asyncio.gather(*asked))
    assert gets(wats_sandbox, "/X") == 20
    assert asyncio.all_tasks() == before
    with pytest.raises(ClientClosedError):
        await api.product.get_product("X")


async def test_leaving_the_block_by_an_error_does_not_wait(wats_sandbox: Sandbox) -> None:
    wats_sandbox.fail("GET /api/Product/X", hang="before")

    async def stumble() -> asyncio.Future[Any]:
        async with AsyncPyWATS(wats_sandbox.url, wats_sandbox.token, timeout=None) as api:
            asked.append(api.product.get_product.submit("X"))
            await soon(lambda: gets(wats_sandbox, "/X") == 1)
            raise ZeroDivisionError

    asked: list[asyncio.Future[Any]] = []
    with pytest.raises(ZeroDivisionError):
        await stumble()
    with pytest.raises(ClientClosedError):
        await asked[0]


def test_a_service_keeps_the_client_that_it_came_from(wats_sandbox: Sandbox) -> None:
    wats_sandbox.seed(products=[{"partNumber": "X"}])
    assert quick(wats_sandbox).product.get_product("X") is not None
    product = quick(wats_sandbox).with_options(timeout=5).product
    gc.collect()
    assert product.get_product("X") is not None
    headers = quick(wats_sandbox).report.iter_uut_headers()
    gc.collect()
    assert list(headers) == []


def test_a_call_under_way_keeps_the_client_until_the_exit(wats_sandbox: Sandbox) -> None:
    wats_sandbox.fail("PUT /api/Product", delay=0.3, times=1)
    result = script(
        wats_sandbox,
        """
        import gc
        from pywats import pyWATS
        writing = pyWATS().product.create_product.submit("LAST", "the last one")
        gc.collect()
        """,
    )
    assert (result.stdout, result.stderr, result.returncode) == ("", "", 0)
    with quick(wats_sandbox) as api:
        assert api.product.get_product("LAST") is not None


async def test_an_interrupted_close_lets_go_of_the_connections(wats_sandbox: Sandbox) -> None:
    wats_sandbox.fail("GET /api/Product/X", hang="before")
    before = asyncio.all_tasks()
    api = AsyncPyWATS(wats_sandbox.url, wats_sandbox.token, timeout=None)
    asked = api.product.get_product.submit("X")
    await soon(lambda: gets(wats_sandbox, "/X") == 1)
    closing = asyncio.ensure_future(api.close())
    await asyncio.sleep(0)
    closing.cancel()
    await asyncio.wait({closing})
    assert closing.cancelled()
    with pytest.raises(ClientClosedError):
        await asked
    assert asyncio.all_tasks() == before
    assert not [shared for shared in registry._shared.values() if shared.transport.settings.base_url == api.base_url]


def test_threads_that_outlive_the_main_one_get_their_answers(wats_sandbox: Sandbox) -> None:
    result = script(
        wats_sandbox,
        """
        import concurrent.futures, threading
        from pywats import pyWATS
        pool = concurrent.futures.ThreadPoolExecutor(1)
        pool.submit(int).result()
        api = pyWATS()
        assert api.test_connection()
        def work():
            threading.main_thread().join(0.2)
            print(api.product.get_product("X"))
        threading.Thread(target=work).start()
        """,
    )
    assert (result.stdout, result.stderr, result.returncode) == ("None\n", "", 0)


def test_statistics_add_up_whenever_another_thread_looks(wats_api: pyWATS) -> None:
    assert wats_api.product.get_product("X") is None  # from now on there is an actor to look at
    looks, all_done = [wats_api.statistics()], threading.Event()

    def look() -> None:
        while not all_done.is_set():
            looks.append(wats_api.statistics())

    looking = threading.Thread(target=look)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        looking.start()
        until(lambda: len(looks) > 1)
        handles = [wats_api.product.get_product.submit(f"P{number}") for number in range(200)]
        assert not any(handle.result(PATIENCE) for handle in handles)
    finally:
        all_done.set()
        looking.join()
        sys.setswitchinterval(interval)
    looks.append(wats_api.statistics())
    for row in (row for look in looks for row in look):
        assert row.accepted == row.depth + row.in_hand + row.done + row.failed + row.given_up
    assert sum(row.accepted for row in looks[-1]) == 201
    assert type(wats_api)._portal.look(wats_api.statistics) == wats_api.statistics()
