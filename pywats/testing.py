"""A pytest plug-in: a WATS server of one's own for each test, and clients that talk to it.

``wats_sandbox`` is a real server on a real socket, empty, in a thread of its own. ``wats_api`` and ``wats_async_api``
are the blocking and the async client on it, without a rate limit, closed after the test. A test that wants its server
different overrides ``wats_sandbox`` with a fixture of the same name.

``check_converter`` tries a converter of one's own on real files, whole and damaged.

Nothing of the package is imported before a test asks for a fixture.
"""

from collections.abc import AsyncGenerator, Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

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


def check_converter(
    converter: str,
    files: "Iterable[Path]",
    *,
    options: "Mapping[str, Any] | None" = None,
    encoding: str | None = None,
    others: "Collection[Path]" = (),
    claims: bool = True,
    cuts_show: bool = True,
    mutations: int = 20,
    seed: int = 0,
    limit: float = 10.0,
) -> "dict[Path, list[dict[str, Any]]]":
    """Check a converter of files on files of its format, and return the reports of each, decoded.

    It must give the same reports each time; the files are cut and damaged, and whatever comes of that must be reports
    or a ``ConversionError``, in time. What should stand in the reports is for the test to say.

    Args:
        converter: a name, or ``package.module``.
        files: of its format; each holds reports.
        options: as a configuration has them.
        encoding: as a configuration has it.
        others: files of other formats, which it must not claim.
        claims: whether it must recognise its files by their content.
        cuts_show: whether the format shows that a file was cut; then such a file gives no report but whole ones.
        mutations: how many times each file is cut, and how many times damaged.
        seed: of the damages.
        limit: seconds of processor time that one file may take.
    """
    from pywats.ingest.converters.checking import check

    return check(
        converter,
        files,
        options=options,
        encoding=encoding,
        others=others,
        claims=claims,
        cuts_show=cuts_show,
        mutations=mutations,
        seed=seed,
        limit=limit,
    )


def _settings(wats_sandbox: "Sandbox") -> dict[str, Any]:
    return {"base_url": wats_sandbox.url, "token": wats_sandbox.token, "rate_limit": None, "trust_env": False}
