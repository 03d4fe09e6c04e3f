"""A pytest plug-in: a WATS server of one's own for each test, and clients that talk to it.

``wats_sandbox`` is a real server on a real socket, empty, in a thread of its own. ``wats_api`` and ``wats_async_api``
are the blocking and the async client on it, without a rate limit, closed after the test. A test that wants its server
different overrides ``wats_sandbox`` with a fixture of the same name.

Nothing of the package is imported before a test asks for a fixture.
"""

from collections.abc import AsyncGenerator, Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pywats.client import AsyncPyWATS, pyWATS
    from pywats.sandbox import Sandbox

try:
    from pytest_asyncio import fixture as _async_fixture
except ImportError:  # pragma: no cover - pytest itself says then that it cannot run an async fixture
    _async_fixture: Any = pytest.fixture  # type: ignore[no-redef]


@pytest.fixture
def wats_sandbox() -> "Generator[Sandbox]":
    """Give an empty WATS server: ``url``, ``token``, ``fail``, ``seed``, ``reports``, ``requests``, and more."""
    from pywats.sandbox import Sandbox

    with Sandbox() as wats:
        yield wats


@pytest.fixture
def wats_api(wats_sandbox: "Sandbox") -> "Generator[pyWATS]":
    """Give a blocking client on ``wats_sandbox``."""
    from pywats import pyWATS

    with pyWATS(**_settings(wats_sandbox)) as api:
        yield api


@_async_fixture
async def wats_async_api(wats_sandbox: "Sandbox") -> "AsyncGenerator[AsyncPyWATS]":
    """Give an async client on ``wats_sandbox``."""
    from pywats import AsyncPyWATS

    async with AsyncPyWATS(**_settings(wats_sandbox)) as api:
        yield api


def _settings(wats_sandbox: "Sandbox") -> dict[str, Any]:
    return {"base_url": wats_sandbox.url, "token": wats_sandbox.token, "rate_limit": None, "trust_env": False}
