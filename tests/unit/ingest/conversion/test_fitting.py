"""Texts that are longer than the server stores are cut, wherever they stand in a report."""

import json
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pywats.ingest.conversion import order
from pywats.ingest.conversion.order import Found, Order
from pywats.ingest.conversion.order import convert as converted
from pywats.ingest.converters import Options as Base
from pywats.ingest.converters.building import new_test
from pywats.ingest.files.reading import Stamp

SUFFIXES = ()


class Options(Base):
    pass


def sniff(*_):
    return 0.0


def convert(source, *_):
    """Yield a report with a step for each name in the file."""
    report = new_test(serial_number="S")
    for name in json.load(source.file):
        report.root.passed(name)
    yield report


def steps_of(path, names):
    path.write_text(json.dumps(names))
    found = Found(converter=__name__)
    (body,) = converted(Order(path=path, stamp=Stamp.of(path.stat()), converter=__name__), found)
    return [step["name"] for step in json.loads(body)["root"]["steps"]], found.said


@pytest.mark.parametrize("piece", [64, 1000])
@given(names=st.lists(st.integers(1, 130).map("x".__mul__) | st.text('a"\\é', min_size=1, max_size=130), max_size=12))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_long_text_is_found_in_a_report_of_any_size(tmp_path, monkeypatch, piece, names):
    monkeypatch.setattr(order, "_PIECE", piece)
    made, said = steps_of(tmp_path / "names", names)
    assert made == [name[:100] for name in names]
    assert bool(said) == any(len(name) > 100 for name in names)


def test_looking_for_long_texts_takes_little_memory():
    body = b'{"name":"supply","status":"P"},' * 100_000
    longer = body + b'"%s"' % (b"x" * 101)
    tracemalloc.start()
    try:
        assert order._all_short(body)
        assert not order._all_short(longer)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < len(body) / 2
