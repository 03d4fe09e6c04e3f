"""What several acceptance tests use."""

import contextlib
import shutil

import pytest

CHROMIUM = shutil.which("chromium")


@pytest.fixture
def browser():
    """A headless Chromium; Debian has it as a package."""
    if CHROMIUM is None:
        pytest.skip("there is no chromium here: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with (
        sync_playwright() as playwright,
        contextlib.closing(playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])) as browser,
    ):
        yield browser
