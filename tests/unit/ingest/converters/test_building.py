"""What converters build their reports with keeps what a file says, in lengths that the server takes."""

import math
from datetime import UTC, datetime

import pytest

from pywats.ingest.converters.building import add_misc, add_number, add_text, new_test, settle


def test_what_is_not_given_is_not_in_the_report():
    report = new_test(serial_number="1")
    assert set(report.wire) == {"type", "sn", "rev", "result", "uut", "root"}
    assert report.wire["uut"] == {}


@pytest.mark.parametrize(
    ("start", "text"),
    [
        (datetime(2026, 1, 31, 12), "2026-01-31T12:00:00"),  # noqa: DTZ001 - a tester that tells no zone
        (datetime(2026, 1, 31, 12, tzinfo=UTC), "2026-01-31T12:00:00+00:00"),
        ("2026-01-31T12:00:00.1234567", "2026-01-31T12:00:00.1234567"),
    ],
)
def test_a_start_stays_as_it_is(start, text):
    assert new_test(start=start).wire["start"] == text


@pytest.mark.parametrize("value", [math.nan, math.inf, None])
def test_a_number_that_is_none_stands_in_the_text_of_its_step(value):
    step = add_number(new_test().root, "R1", value, "Ohm", low=1.0, high=2.0, status="F").wire
    assert "numericMeas" not in step
    assert step["status"] == "F"
    assert "low limit 1.0, high limit 2.0" in step["reportText"]


def test_a_limit_without_end_is_none():
    (measured,) = add_number(new_test().root, "R1", 1.5, low=-math.inf, high=2.0, comp_op="GELE").wire["numericMeas"]
    assert (measured["compOp"], measured["lowLimit"]) == ("LE", 2.0)


def test_long_texts_are_whole_in_the_text_of_the_step():
    root = new_test().root
    step = add_text(root, "n" * 200, "v" * 300, limit="l" * 200, status="F").wire
    assert len(step["name"]) == len(step["stringMeas"][0]["value"]) == len(step["stringMeas"][0]["limit"]) == 100
    assert all(text in step["reportText"] for text in ("n" * 200, "v" * 300, "l" * 200))
    measured = add_number(root, "R", 1.0, "u" * 30).wire
    assert "u" * 30 in measured["reportText"]


def test_an_empty_misc_info_is_left_out():
    report = new_test()
    add_misc(report, "lot", "")
    add_misc(report, "lot", "x" * 300)
    assert [len(info["text"]) for info in report.wire["miscInfos"]] == [100]


def test_sequences_take_the_gravest_status_of_their_steps():
    root = new_test().root
    inner = root.sequence("inner")
    add_number(inner, "R", 3.0, high=2.0, status="F")
    root.sequence("other").action("skipped", status="S")
    assert settle(root) == "F"
    assert [step.wire["status"] for step in root.steps] == ["F", "P"]
