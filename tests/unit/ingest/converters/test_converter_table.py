"""The table on the page of converters is what the converters make of the real files."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]


def test_the_table_of_converters_is_true(shared):
    path = ROOT / "scripts" / "converter_table.py"
    spec = importlib.util.spec_from_file_location("converter_table", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    page = script.PAGE.read_text(encoding="utf-8")
    for row in script.rows(shared / "corpus"):
        assert row.facts in page, "run scripts/converter_table.py"
