"""The pictures of the guide are those that the code draws."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@pytest.fixture
def pictures(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    import plot_pictures

    yield dict(plot_pictures.pictures())
    del sys.modules["plot_pictures"]


def test_the_pictures_of_the_guide_are_current(pictures):
    folder = ROOT / "docs" / "assets" / "plots"
    assert {path.stem for path in folder.glob("*.svg")} == set(pictures)
    for name, drawn in pictures.items():
        kept = (folder / f"{name}.svg").read_text("utf-8")
        # Ids follow the content, and another machine may round the last digit of a place another way.
        plain, old = (re.sub(r"p[0-9a-f]{8}-", "", text) for text in (drawn, kept))
        assert NUMBER.sub("", plain) == NUMBER.sub("", old), f"{name}: run scripts/plot_pictures.py"
        found, there = (list(map(float, NUMBER.findall(text))) for text in (plain, old))
        assert found == pytest.approx(there, abs=0.1), f"{name}: run scripts/plot_pictures.py"
