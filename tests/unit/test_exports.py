"""The names that the vendor's package exports: here, or on the page that says what there is instead."""

import re
from pathlib import Path

import pytest
import yaml

import pywats

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "api-coverage.md"


@pytest.fixture(scope="module")
def exports(shared) -> set[str]:
    return set(yaml.safe_load((shared / "wats" / "methods.yaml").read_text("utf-8"))["top_level_exports"])


@pytest.fixture(scope="module")
def replaced() -> set[str]:
    """The names in the first column of the page's last table."""
    section = PAGE.read_text("utf-8").partition("## Names of the vendor's client that are not here")[2]
    rows = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def test_every_name_is_here_or_has_its_replacement_on_the_page(exports, replaced):
    here = {name for name in exports if hasattr(pywats, name)}
    assert sorted(exports - here - replaced) == []
    assert sorted(here & replaced) == []


def test_the_page_lists_only_names_of_the_vendors_package(exports, replaced):
    assert len(replaced) > 10
    assert sorted(replaced - exports) == []
