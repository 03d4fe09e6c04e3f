"""The pytest plug-in, as a user's own tests meet it."""

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

TESTS = """
import pytest

def test_blocking(wats_api, wats_sandbox):
    assert wats_api.product.get_product("X") is None
    wats_sandbox.seed(products=["X"])
    assert wats_api.product.get_product("X").part_number == "X"

def test_each_test_has_an_empty_server(wats_api):
    assert wats_api.product.get_product("X") is None

@pytest.mark.asyncio
async def test_async(wats_async_api, wats_sandbox):
    wats_sandbox.fail("GET /api/Product/X", status=503, times=1, retry_after=0)
    wats_sandbox.seed(products=["X"])
    assert (await wats_async_api.product.get_product("X")).part_number == "X"
    assert len(wats_sandbox.requests) == 2
"""


@pytest.mark.parametrize("mode", ["auto", "strict"])
def test_the_fixtures_work_in_both_modes_of_pytest_asyncio(pytester, mode):
    pytester.makepyfile(TESTS)
    pytester.makeini(
        f"[pytest]\nasyncio_mode = {mode}\nasyncio_default_fixture_loop_scope = function\nfilterwarnings = error\n"
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=3)


def test_a_test_may_have_another_sandbox(pytester):
    pytester.makepyfile(
        """
        import pytest
        from pywats.sandbox import Sandbox

        @pytest.fixture
        def wats_sandbox():
            with Sandbox(token="mine", latency_ms=1) as wats:
                yield wats

        def test_it(wats_api, wats_sandbox):
            assert wats_sandbox.token == "mine"
            assert wats_api.product.get_product("X") is None
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_the_plug_in_imports_nothing_heavy():
    heavy = "'aiohttp', 'pydantic', 'sqlite3', 'pywats.client', 'pywats.sandbox'"
    code = f"import sys, pywats.testing; print([name for name in ({heavy}) if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
