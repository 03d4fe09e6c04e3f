"""Pictures as files: the same bytes for the same rows, in any thread; whole or as they were."""

import hashlib
import os
import re
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from lxml import etree

import pywats
from pywats import ValidationError
from pywats.plots import capability, pareto, save, to_png, to_svg, yield_trend

ROOT = Path(pywats.__file__).parents[1]
VALUES = [4.9, 4.95, 5.0, 5.0, 5.05, 5.1]
YIELDS = [{"day": f"2026-01-{day:02}", "fpy": 90 + day, "n": day} for day in range(1, 8)]


def drawn():
    return [
        capability(VALUES, low=4.5, high=5.5, title="A & B"),
        pareto([{"step": "A"}, {"step": "B"}], "step"),
        yield_trend(YIELDS, "day", "fpy", count="n"),
    ]


def digests():
    return [hashlib.sha256(to_svg(figure).encode() + to_png(figure)).hexdigest() for figure in drawn()]


def elsewhere(code):
    """What a process of its own prints after importing this module as ``t``."""
    return subprocess.run(
        [sys.executable, "-c", f"import sys\nimport test_saving as t\n{code}"],
        cwd=Path(__file__).parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_another_process_makes_the_same_bytes_without_pyplot():
    assert elsewhere("print(t.digests(), 'matplotlib.pyplot' in sys.modules)") == f"{digests()} False\n"


def test_a_figure_can_be_saved_again():
    for figure in drawn():
        first = to_svg(figure), to_png(figure)
        assert (to_svg(figure), to_png(figure)) == first


def test_threads_draw_the_same_as_one_after_the_other():
    alone = [to_svg(figure) for figure in drawn()]
    with ThreadPoolExecutor(2) as pool:
        for result in pool.map(lambda _: [to_svg(figure) for figure in drawn()], range(2)):
            assert result == alone


def test_importing_is_cheap():
    code = "import pywats.plots, sys; print([name for name in ('matplotlib', 'numpy') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_an_svg_can_stand_in_a_page_beside_others():
    texts = [to_svg(figure) for figure in drawn()]
    ids = [set(re.findall(r'\bid="([^"]+)"', text)) for text in texts]
    for text, own in zip(texts, ids, strict=True):
        assert set(re.findall(r'(?:href="|url\()#([^")]+)', text)) == own
        root = etree.fromstring(text)
        assert root.get("role") == "img"
        assert root.get("viewBox")
        assert root.findtext("{http://www.w3.org/2000/svg}title")
        assert not root.findall(".//{http://www.w3.org/2000/svg}style")
    assert set.intersection(*ids) == set()


def test_a_png_has_the_size_of_a_report_page():
    content = to_png(drawn()[0])
    assert content.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", content[16:24])
    assert (width, 700 < height < 1200) == (1000, True)


def test_a_file_is_there_whole_or_as_it_was(tmp_path, monkeypatch):
    path = save(drawn()[0], tmp_path / "a.svg")
    before = path.read_bytes()
    assert save(drawn()[0], str(tmp_path / "b.PNG")).read_bytes().startswith(b"\x89PNG")

    def refuse(*_):
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        save(drawn()[1], path)
    assert path.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.svg", "b.PNG"]


def test_other_formats_are_refused(tmp_path):
    with pytest.raises(ValidationError, match=r"a\.jpg must end in \.png or \.svg"):
        save(drawn()[0], tmp_path / "a.jpg")
