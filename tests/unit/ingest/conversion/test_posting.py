"""What is changed in a report before it is posted, and what is left as it stands."""

import copy

import pytest

from pywats.ingest.conversion.filling import Filling
from pywats.ingest.conversion.posting import prepare
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason


def prepared(report):
    report = copy.deepcopy(report)
    start, _ = prepare(report, Filling())
    return report, start


def test_fields_that_only_the_server_writes_are_left_out(make_report):
    exported = make_report(
        assetStats=[], productName="Widget", origin="X1", uut={"user": "a", "refUURs": [], "stepIdCausedUUTFailure": 5}
    )
    report, _ = prepared(exported)
    assert report == make_report(uut={"user": "a"})


def test_everything_else_survives_known_or_not(make_report):
    odd = make_report(whatever={"x": [1, {"y": None}]}, miscInfos=None, additionalData=[], subUnits=[{"pn": None}])
    odd["processCodeFormat"] = None
    assert prepared(odd)[0] == odd


@pytest.mark.parametrize(
    ("start", "utc"),
    [
        ("2026-01-30T22:01:41.4707353+01:00", "2026-01-30T21:01:41.4707353Z"),
        ("2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00Z"),
        ("2026-06-30T23:59:59.9-0530", "2026-07-01T05:29:59.9Z"),
        ("2026-06-30T12:00:00Z", "2026-06-30T12:00:00Z"),
    ],
)
def test_start_in_utc_is_added_to_the_last_digit(make_report, start, utc):
    assert prepared(make_report(start=start, startUTC=None))[0]["startUTC"] == utc


def test_start_in_utc_is_kept_where_it_is_given(make_report):
    report = make_report(startUTC="2026-01-05T07:01:00.000Z")
    assert prepared(report)[0] == report


def test_a_start_without_offset_is_taken_from_utc(make_report):
    _, start = prepared(make_report(start="2026-01-05T08:01:00", startUTC="2026-01-05T07:01:00Z"))
    assert start.isoformat() == "2026-01-05T07:01:00+00:00"


@pytest.mark.parametrize(
    ("fields", "reason", "words"),
    [
        ({"start": None, "startUTC": None}, Reason.MISSING_FIELD, "start is missing"),
        ({"start": "2026-01-05T08:01:00", "startUTC": None}, Reason.WRONG_VALUE, "no offset"),
        ({"start": "2026-01-05T08:01:00", "startUTC": "2026-01-05T08:01:00"}, Reason.WRONG_VALUE, "no offset"),
        ({"start": "yesterday"}, Reason.WRONG_VALUE, "not a time"),
        ({"start": 20260105}, Reason.WRONG_VALUE, "not a time"),
        ({"start": "2026-02-30T08:01:00Z"}, Reason.WRONG_VALUE, "is no time"),
        ({"start": "2026-01-05T08:01:00+25:00"}, Reason.WRONG_VALUE, "is no time"),
        ({"start": "0001-01-01T00:00:00+01:00", "startUTC": None}, Reason.WRONG_VALUE, "is no time"),
    ],
)
def test_a_start_that_is_no_instant_is_refused(make_report, fields, reason, words):
    with pytest.raises(ConversionError, match=words) as caught:
        prepared(make_report(**fields))
    assert caught.value.reason is reason


def looped(*loops, name="Measure"):
    return {"name": "Main", "steps": [{"name": name, "loop": loop} for loop in loops]}


def summary(number, ending):
    return {"idx": None, "num": number, "endingIndex": ending, "passed": number, "failed": 0}


def iteration(index):
    return {"idx": index, "num": None, "endingIndex": None, "passed": None, "failed": None}


@pytest.mark.parametrize(
    ("loops", "ending"),
    [
        ([summary(3, 3), iteration(0), iteration(1), iteration(2)], 2),  # as an export has it
        ([summary(3, 2), iteration(0), iteration(1), iteration(2)], 2),  # as the server wants it
        ([summary(3, 3)], 2),  # the iterations were not exported
        ([summary(7, 7), iteration(0), iteration(1)], 7),  # numbers that do not fit are for the server to judge
        ([summary(3, 1), iteration(0)], 1),
        ([summary(0, 0)], 0),
        ([{"num": "3", "endingIndex": "3"}], "3"),
        ([{"num": True, "endingIndex": True}], True),
    ],
)
def test_the_ending_index_of_a_loop_is_corrected_only_where_an_export_has_it_wrong(make_report, loops, ending):
    report, _ = prepared(make_report(root=looped(*loops)))
    steps = report["root"]["steps"]
    assert steps[0]["loop"] == {**loops[0], "endingIndex": ending}
    assert [step["loop"] for step in steps[1:]] == loops[1:]


def test_loops_are_found_at_any_depth_and_one_after_the_other(make_report):
    inner = looped(summary(2, 2), iteration(0), iteration(1), summary(1, 1), iteration(0))
    report, _ = prepared(make_report(root={"name": "Main", "steps": [{"name": "Sub", "steps": [inner]}]}))
    steps = report["root"]["steps"][0]["steps"][0]["steps"]
    assert [step["loop"]["endingIndex"] for step in steps] == [1, None, None, 0, None]


@pytest.mark.parametrize("root", [None, "x", {"steps": "x"}, {"steps": [None, 3, {"loop": "x"}, {"steps": {}}]}])
def test_a_step_tree_of_any_shape_does_no_harm(make_report, root):
    report = make_report(root=root)
    assert prepared(report)[0] == report


def test_starts_of_steps_are_in_the_zone_of_the_source(make_report):
    starts = ["2026-01-31T12:00:00.1234567", "2026-01-31T12:00:00Z", "2026-02-31T12:00:00", "noon", None]
    report = make_report(start="2026-01-31T12:00:00")
    report["root"] = {"start": "2026-07-31T12:00:00", "steps": [{"start": start} for start in starts]}
    prepare(report, Filling(zone="Europe/Oslo"))
    assert report["root"]["start"] == "2026-07-31T12:00:00+02:00"
    assert [step["start"] for step in report["root"]["steps"]] == ["2026-01-31T12:00:00.1234567+01:00", *starts[1:]]
