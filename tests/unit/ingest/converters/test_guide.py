"""The converter of the guide works, and so does the test that the guide shows."""

import re
from pathlib import Path

GUIDE = Path(__file__).resolve().parents[4] / "docs" / "how-to" / "write-a-converter.md"


def test_the_converter_of_the_guide_passes_its_test(tmp_path, monkeypatch):
    files = dict(re.findall(r'```\w+ title="([^"]+)"\n(.*?)```', GUIDE.read_text(encoding="utf-8"), re.DOTALL))
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    names = {}
    exec(files["test_probe.py"], names)
    names["test_probe"]()
