"""What an import brings in: a program that uses one domain does not pay for all of them."""

import subprocess
import sys

import pytest

from pywats.services import DOMAINS, service_class


def test_the_client_comes_without_the_domains():
    code = "import sys; from pywats import pyWATS; print(*sorted(name for name in sys.modules if 'pywats.' in name))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "pywats.client" in loaded
    assert not [name for name in loaded if name.startswith(("pywats.domains.", "pywats.reports", "pywats.sandbox"))]


def test_the_package_alone_comes_without_the_client():
    code = "import sys, pywats; print('aiohttp' in sys.modules, 'pydantic' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert loaded == ["False", "False"]


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_class_of_a_domain_says_the_same_name(domain):
    assert service_class(domain).domain == domain
