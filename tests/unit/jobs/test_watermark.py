"""How far a list is read: each row once, whatever comes late, twice, or out of order."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pywats.jobs import watermark
from pywats.jobs.watermark import Watermark


def stored(mark):
    return Watermark.of_json(mark.as_json())


def taken(mark, *rows):
    return [key for at, key in rows if mark.take({"at": at, "key": key}, "at", "key")]


def test_what_is_far_behind_is_passed_and_the_last_rows_are_known(monkeypatch):
    monkeypatch.setattr(watermark, "OVERLAP", 3)
    mark = Watermark()
    assert taken(mark, *((number, f"r{number}") for number in range(10))) == [f"r{number}" for number in range(10)]
    again = stored(mark)
    assert (again.low, again.height) == (6, 9)
    assert taken(again, (6, "r6"), (7, "r7"), (8, "late"), (9, "r9"), (10, "r10")) == ["late", "r10"]


def test_a_row_that_has_moved_on_is_new():
    mark = Watermark()
    assert taken(mark, (1, "a"), (1, "a"), (5, "a"), (1, "a")) == ["a", "a"]


def test_rows_of_one_position_are_passed_together(monkeypatch):
    monkeypatch.setattr(watermark, "OVERLAP", 2)
    mark = Watermark()
    assert len(taken(mark, *((1, f"r{number}") for number in range(5)))) == 5
    assert mark.low is None
    assert taken(mark, (2, "s")) == ["s"]
    assert mark.low == 1


def test_times_go_by_the_instant():
    mark = Watermark(low="2026-01-01T12:00:00Z")
    assert taken(mark, ("2026-01-01T12:30:00+01:00", "old"), ("2026-01-01T12:00:00.5Z", "new")) == ["new"]


@given(st.lists(st.lists(st.integers(0, 40), max_size=30), max_size=6), st.randoms())
def test_every_row_is_taken_once_in_any_order(runs, random):
    monkey = watermark.OVERLAP
    vars(watermark)["OVERLAP"] = 5
    try:
        mark, seen, there = Watermark(), list[str](), dict[str, int]()
        highest = 0
        for run in runs:
            new: dict[str, int] = {f"{highest + number}": highest + number + 1 for number in run}
            there |= {key: at for key, at in new.items() if key not in there}
            rows: list[Any] = [(at, key) for key, at in there.items()]
            random.shuffle(rows)
            mark = stored(mark)
            seen += taken(mark, *rows)
            highest = max(there.values(), default=0)
        assert sorted(seen) == sorted(there)
    finally:
        vars(watermark)["OVERLAP"] = monkey
