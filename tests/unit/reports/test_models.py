"""Reports are written as they were read."""

import copy
import json
import pickle
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.errors import ValidationError
from pywats.exchange.call import body
from pywats.reports.models import MiscInfo, ReportStatus, UURReport, UUTReport, UUTSubUnit, read_report

ID = "6f9619ff-8b86-d011-b42d-00c04fc964ff"
TEST = {
    "type": "T",
    "id": ID,
    "pn": "P",
    "sn": "S",
    "rev": "",
    "processCode": 10,
    "processCodeFormat": None,
    "result": "F",
    "machineName": "ICT-1",
    "location": None,
    "start": "2026-01-05T08:00:00.1234567+01:00",
    "startUTC": "2026-01-05T07:00:00.1234567Z",
    "uut": {"user": "anna", "execTime": 2.5, "testSocketIndex": -1, "batchSN": None, "new": {"a": None}},
    "root": {"name": "Main", "steps": [{"name": "x", "numericMeas": [{"value": 1e-7, "unit": None}]}], "new": [1]},
    "miscInfos": [{"description": "d", "text": None, "numeric": 100, "typedef": "x"}],
    "subUnits": None,
    "assets": [],
    "new": "kept",
}
REPAIR = {
    "type": "R",
    "id": ID,
    "pn": "P",
    "sn": "S",
    "uur": {"user": "ben", "refUUT": ID, "confirmDate": "2026-01-05T07:00:00.1+00:00", "children": None},
    "subUnits": [{"idx": 0, "pn": "P", "sn": "S", "failures": [{"category": "Component", "code": "Cold"}]}],
}

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("content", [TEST, REPAIR])
def test_what_is_read_is_written_nulls_and_digits_included(content):
    assert json.loads(body_of(read_report(json.dumps(content)))) == content


def body_of(report: UUTReport | UURReport) -> str:
    return report.to_json().decode()


@given(json_values, json_values)
def test_steps_and_fields_that_nobody_knows_survive(step: Any, more: Any):
    content = {**TEST, "root": {"steps": [{"name": "x", "new": step}, None]}, "unknown": more}
    assert json.loads(body_of(read_report(json.dumps(content)))) == content


def test_the_body_of_a_request_keeps_the_steps_whole():
    sent = json.loads(body(read_report(json.dumps(TEST))))
    assert sent["root"] == TEST["root"]
    assert sent["start"] == TEST["start"]


def test_real_exports_are_written_as_they_were_read(shared):
    files = sorted(Path(shared, "corpus", "wsjf").glob("*.json"))
    assert files
    for path in files:
        content = path.read_bytes()
        assert json.loads(body_of(read_report(content))) == json.loads(content.decode("utf-8-sig")), path.name


def test_a_header_has_types():
    report = read_report(json.dumps(TEST).encode())
    assert isinstance(report, UUTReport)
    assert report.id == UUID(ID)
    assert report.result is ReportStatus.Failed
    assert report.start == datetime(2026, 1, 5, 7, 0, 0, 123456, tzinfo=UTC)
    assert report.info is not None
    assert (report.info.operator, report.info.socket_index) == ("anna", -1)
    repair = read_report(json.dumps(REPAIR))
    assert isinstance(repair, UURReport)
    assert repair.info is not None
    assert repair.info.ref_uut == UUID(ID)


@pytest.mark.parametrize(("content", "kind"), [(TEST, UUTReport), (REPAIR, UURReport)])
def test_a_report_without_its_type_is_known_by_its_content(content, kind):
    bare = {name: value for name, value in content.items() if name != "type"}
    report = read_report(b"\xef\xbb\xbf" + json.dumps(bare).encode())
    assert type(report) is kind
    assert report.type == content["type"]


@pytest.mark.parametrize(
    "content", ["", "[]", "7", "{}", '{"type": "X"}', '{"type": "T"}', '{"type":"T","pn":7,"sn":""}']
)
def test_what_is_no_report_is_an_error(content):
    with pytest.raises(pydantic.ValidationError):
        read_report(content)


def test_a_new_report_holds_what_was_given_and_an_id():
    report = UUTReport(pn="P", sn="S", result=ReportStatus.Passed, start=datetime(2026, 1, 5, 8, tzinfo=UTC))
    report.sub_units = [UUTSubUnit(pn="C")]
    report.misc_infos.append(MiscInfo(description="d", string_value="t"))
    assert json.loads(body_of(report)) == {
        "type": "T",
        "id": str(report.id),
        "pn": "P",
        "sn": "S",
        "result": "P",
        "start": "2026-01-05T08:00:00+00:00",
        "subUnits": [{"pn": "C"}],
        "miscInfos": [{"description": "d", "text": "t"}],
        "root": {"group": "M", "stepType": "SequenceCall", "name": "Main", "status": "P", "seqCall": {}},
    }
    assert UUTReport(pn="P", sn="S").id != report.id


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValidationError, match="report: start is 2026-01-05T00:00:00 without a time zone"):
        UUTReport(pn="P", sn="S", start=datetime(2026, 1, 5))  # noqa: DTZ001 - the mistake itself


def test_a_changed_time_is_written_as_changed():
    report = read_report(json.dumps(TEST))
    report.start = datetime(2026, 2, 1, tzinfo=UTC)
    assert json.loads(body_of(report))["start"] == "2026-02-01T00:00:00+00:00"


def test_copies_and_pickles_keep_the_digits():
    report = read_report(json.dumps(TEST))
    for twin in (copy.deepcopy(report), pickle.loads(pickle.dumps(report)), report.from_wire(report.to_wire())):
        assert twin == report
        assert json.loads(body_of(twin))["start"] == TEST["start"]


def test_figures_of_assets_are_numbers_with_their_fractions():
    stats = {
        "assetSN": "F",
        "runningCount": 12,
        "runningCountExceeded": 2,
        "daysSinceCalibration": 400.25,
        "isDaysSinceCalibrationUnknown": False,
        "calibrationDaysOverdue": 35.25,
        "message": "late",
    }
    (read,) = read_report(json.dumps({**TEST, "assetStats": [stats]})).asset_stats
    assert (read.sn, read.running_count_exceeded, read.days_since_calibration) == ("F", 2, 400.25)
    assert read.calibration_days_overdue == 35.25
