"""The documentation as a reader has it: built, and opened from a disk, without a network."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(1200)  # what is built takes long on a slow machine

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def page(browser):
    """A page of the site on a phone, which asks for nothing but files."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    yield page
    assert [url for url in asked if not url.startswith(("file:", "blob:", "data:"))] == []


def test_no_page_names_a_script_style_or_font_of_another_place(site):
    for path in site.rglob("*.html"):
        for tag in re.findall(r"<(?:script|link|img|iframe)\b[^>]+>", path.read_text("utf-8")):
            assert not re.search(r"(?:src|href)=\"?(?:https?:)?//", tag) or 'rel="canonical"' in tag, f"{path}: {tag}"


def test_the_search_finds_a_method(page, site):
    page.goto((site / "index.html").as_uri())
    page.locator("label[for=__search]").first.click()
    page.locator("input[name=query]").press_sequentially("get_product")
    page.locator(".md-search-result__link[href*='reference/product.html']").first.wait_for()
    found = page.locator(".md-search-result__link[href$='ProductService.get_product']")
    assert found.count() == 1


def test_each_page_fits_a_phone(page, site):
    for name in ("index", "GETTING_STARTED", "reference/cli", "reference/errors", "architecture"):
        page.goto((site / f"{name}.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name


def test_what_is_copied_from_a_page_can_be_typed(page, site):
    page.goto((site / "GETTING_STARTED.html").as_uri())
    code = page.locator("code", has_text="pywats validate yield.yaml").first
    copied = code.evaluate("node => { node.dataset.mdCopying = ''; return node.innerText }")
    assert copied.split("\n")[:2] == ["pywats validate yield.yaml", "pywats run yield.yaml"]
