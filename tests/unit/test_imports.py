"""What an import brings in: a program that uses one domain does not pay for all of them."""

import subprocess
import sys

import pytest

from pywats.services import DOMAINS, service_class

HEAVY = {"aiohttp", "html", "ijson", "lxml", "multidict", "orjson", "pandas", "polars", "pydantic_settings", "rich"}
HEAVY |= {"sqlite3", "structlog", "typer", "watchfiles", "yaml", "yarl"}


def loaded(code: str) -> set[str]:
    """Return the modules that a fresh interpreter has after this code."""
    shown = f"{code}; import sys; print(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", shown], capture_output=True, text=True, check=True).stdout.split())


def test_the_client_comes_without_the_domains_and_without_http():
    found = loaded("from pywats import pyWATS, AsyncPyWATS")
    assert "pywats.client" in found
    assert not [name for name in found if name.startswith(("pywats.domains.", "pywats.reports", "pywats.sandbox"))]
    assert not found & HEAVY


@pytest.mark.parametrize(
    "made",
    [
        "from pywats import pyWATS; pyWATS('http://localhost', 'token')",
        "from pywats import AsyncPyWATS; AsyncPyWATS('http://localhost', 'token')",
        "from pywats import AsyncHttpClient; AsyncHttpClient('http://localhost', 'token')",
    ],
)
def test_a_client_that_was_made_has_all_that_its_first_call_needs(made):
    found = loaded(made)
    assert {"aiohttp", "pywats.transport.session"} <= found
    assert not found & (HEAVY - {"aiohttp", "multidict", "yarl"})


def test_the_package_alone_comes_without_the_client():
    found = loaded("import pywats")
    assert not found & (HEAVY | {"pydantic", "asyncio", "importlib.metadata", "workers"})


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_class_of_a_domain_says_the_same_name(domain):
    assert service_class(domain).domain == domain


def test_errors_have_words_where_docstrings_are_left_out():
    """Programs that are packed into one file are often run so."""
    code = """
import pywats.errors, workers.errors
from pywats import ClientClosedError, pyWATS
kinds = [kind for module in (pywats.errors, workers.errors) for kind in vars(module).values()]
roots = (pywats.errors.PyWATSError, workers.errors.WorkersError)
print(*{str(kind()) != "" for kind in kinds if isinstance(kind, type) and issubclass(kind, roots)})
api = pyWATS("http://127.0.0.1:9", "token", retry_enabled=False)
try:
    api.product.get_product("X")
except pywats.errors.ConnectionError as error:
    print("refused" in str(error))
api.close()
try:
    api.product.get_product("X")
except ClientClosedError as error:
    print("closed" in str(error).lower())
"""
    done = subprocess.run([sys.executable, "-OO", "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["True", "True", "True"], done.stderr
