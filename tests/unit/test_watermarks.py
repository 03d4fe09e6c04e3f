"""Watermarks: whatever order rows show in, each is read once, and what is old is forgotten."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.errors import ValidationError
from pywats.watermarks import Watermark, Watermarks


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@given(
    st.lists(st.tuples(st.integers(1, 60), st.floats(0, 9), st.booleans()), max_size=60, unique_by=lambda row: row[0])
)
def test_rows_that_show_within_the_overlap_are_read_once(rows):
    """Each row shows up to nine seconds after its turn; the reader looks every second, and restarts now and then."""
    clock = Clock()
    marks = Watermarks({"report": Watermark(0)}, clock, overlap=10.0)
    seen: list[int] = []
    ordered = sorted(rows)
    for second in range(80):
        clock.now = float(second)
        low = marks["report"].low
        visible = [position for position, late, _ in ordered if position + late <= second and position > low]
        new = [position for position in visible if marks["report"].is_new(position, f"r{position}")]
        seen += new
        if any(restarts for position, _, restarts in ordered if position == second):
            text = marks.text_with(("report", position, f"r{position}") for position in new)
            marks = Watermarks.read(text, ["report"], clock, 10.0)
        else:
            marks.note(("report", position, f"r{position}") for position in new)
    assert sorted(seen) == [position for position, _, _ in ordered]


def test_what_is_older_than_the_overlap_is_forgotten():
    clock = Clock()
    marks = Watermarks({"report": Watermark(0)}, clock, overlap=10.0)
    for second in range(100):
        clock.now = float(second)
        marks.note([("report", second + 1, str(second))])
    assert marks["report"].low == 90
    assert len(marks["report"].seen) == 10


def test_what_moved_on_is_new_again():
    mark = Watermark(10)
    mark.note(12, "a")
    assert not mark.is_new(12, "a")
    assert mark.is_new(13, "a")
    assert not mark.is_new(10, "b")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "17",
        "{}",
        '{"report": {"low": "x"}}',
        '{"ticket": {"low": 1, "seen": {}}}',
        '{"report": {"low": 1, "seen": null}}',
        '{"report": {"low": 1, "seen": {"a": "b"}}}',
    ],
)
def test_what_is_no_watermark_is_refused(text):
    with pytest.raises(ValidationError, match="watermark"):
        Watermarks.read(text, ["report"], Clock(), 10.0)
