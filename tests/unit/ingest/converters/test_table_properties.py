"""Whatever stands in the cells and however the rows are ordered: the reports hold the same, and little is held."""

import csv
import io
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pywats.ingest.converters import Context, ConversionError, Source, table
from pywats.ingest.converters.table import groups

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)
ROWS = st.lists(st.tuples(st.sampled_from("ABCDE"), NAMES, NUMBERS, CELLS), min_size=1, max_size=40)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])
STEP = {"name": "Test", "kind": "Kind", "value": "Value", "text": "Text"}
FIELDS = {"serial_number": "Serial"}


def convert(data, **options):
    source = Source(io.BytesIO(data), Path("file.csv"))
    return (report.wire for report in table.convert(source, table.Options(**options), Context()))


def written(rows, delimiter=",", decimal=".", line_end="\n"):
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(["Serial", "Kind", "Test", "Value", "Text"])
    for serial, name, number, text in rows:
        writer.writerow([serial, "num", name, repr(number).replace(".", decimal), text])
    return target.getvalue()


def steps_of(report):
    return [
        (step["name"], step["numericMeas"][0]["value"], step.get("reportText", "")) for step in report["root"]["steps"]
    ]


def wanted(rows):
    """Return the steps of each unit, in the order of the rows."""
    units = {}
    for serial, name, number, text in rows:
        units.setdefault(serial, []).append((name.strip(), number, text.strip()))
    return units


@settings(max_examples=60, deadline=None)
@given(ROWS, st.sampled_from(",;\t|"), ENCODINGS, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_rows_in_any_order_give_the_reports_that_they_are(rows, delimiter, encoding, line_end, comma):
    decimal = "," if comma else "."
    data = written(rows, delimiter, decimal, line_end).encode(encoding)
    given = "tab" if delimiter == "\t" else delimiter
    reports = list(convert(data, delimiter=given, decimal=decimal, fields=FIELDS, step=STEP))
    assert {report["sn"]: steps_of(report) for report in reports} == wanted(rows)
    assert len(reports) == len(wanted(rows)), "no unit is in two reports"
    ends = {serial: number for number, (serial, *_) in enumerate(rows)}
    assert [report["sn"] for report in reports] == sorted(ends, key=ends.__getitem__), "they come as they end"


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_rows_that_are_too_many_to_be_held_give_the_same(rows):
    data = written(rows).encode()
    whole = list(convert(data, fields=FIELDS, step=STEP))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "FEW", 2)
        patch.setattr(groups, "_GROUPS", 1)
        assert list(convert(data, fields=FIELDS, step=STEP)) == whole


@settings(max_examples=30, deadline=None)
@given(ROWS)
def test_groups_of_the_same_hash_stay_apart(rows):
    data = written(rows).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "hash", lambda _: 7, raising=False)
        patch.setattr(groups, "FEW", 3)
        reports = list(convert(data, fields=FIELDS, step=STEP))
    assert {report["sn"]: steps_of(report) for report in reports} == wanted(rows)
    assert len(reports) == len(wanted(rows))


@settings(max_examples=60, deadline=None)
@given(ROWS, st.booleans(), st.data())
def test_a_cut_file_with_an_end_gives_nothing_and_one_without_whole_rows_alone(rows, ends, data):
    whole = written(rows).encode() + (b"END\n" if ends else b"")
    at = data.draw(st.integers(0, len(whole) - 2))
    options = {"fields": FIELDS, "step": STEP, "end": "END" if ends else None}
    try:
        reports = list(convert(whole[:at], **options))
    except ConversionError:
        return
    assert not ends, "the end is missing"
    found = {report["sn"]: steps_of(report) for report in reports}
    assert all(steps == wanted(rows)[serial][: len(steps)] for serial, steps in found.items())


UNITS = st.lists(st.tuples(NAMES, st.lists(NUMBERS, min_size=3, max_size=3)), min_size=1, max_size=20)


@settings(max_examples=60, deadline=None)
@given(UNITS, st.booleans())
def test_a_row_for_each_unit_gives_its_values(units, ends):
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(["Serial", "a", "b", "c"])
    writer.writerows([serial, *map(repr, numbers)] for serial, numbers in units)
    if ends:
        target.write("\x01END\n")
    options = {"delimiter": ",", "fields": FIELDS, "measures": "rest", "end": "\x01END" if ends else None}
    found = [
        (report["sn"], [step["numericMeas"][0]["value"] for step in report["root"]["steps"]])
        for report in convert(target.getvalue().encode(), **options)
    ]
    assert found == [(serial, numbers) for serial, numbers in units]


@pytest.mark.parametrize("kind", ["row per unit", "keys behind", "in turn", "far apart"])
def test_what_is_held_does_not_grow_with_the_file(kind, monkeypatch):
    monkeypatch.setattr(groups, "FEW", 100)
    monkeypatch.setattr(groups, "_GROUPS", 50)
    held = [_peak(kind, units) for units in (60, 300)]
    assert held[1] < held[0] * 1.5, held


def _peak(kind, units):
    count = 8
    steps = [f"S{unit};t{step};{step}\n" for unit in range(units) for step in range(count)]
    options = {"end": "END", "fields": FIELDS, "step": {"name": "Test", "value": "Value"}}
    before = ""
    if kind == "row per unit":
        options = {"end": "END", "fields": FIELDS, "measures": "rest"}
    elif kind == "keys behind":
        options |= {"head": "=", "begin": "Serial"}
        before = "A=1\n"
    elif kind == "in turn":
        steps = [each for four in range(0, units, 4) for step in range(count)
                 for each in steps[four * count + step : (four + 4) * count : count]]  # fmt: skip
    else:
        steps = [steps[unit * count + step] for step in range(count) for unit in range(units)]
    data = f"{before}Serial;Test;Value\n{''.join(steps)}END\nB=2\n".encode()
    tracemalloc.start()
    try:
        assert sum(1 for _ in convert(data, **options)) == (units * count if kind == "row per unit" else units)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
