"""ATML: what holds the data decides what a step is."""

from datetime import timedelta, timezone
from pathlib import Path

import pytest

from pywats.errors import FormatError
from pywats.reports.formats import atml

FILE = Path(__file__).with_name("atml_601.xml")
OSLO = timezone(timedelta(hours=2))
OLD = FILE.read_text("utf-8")


@pytest.fixture(scope="module")
def report():
    return next(atml.read(FILE, timezone=OSLO))


@pytest.fixture(scope="module")
def steps(report):
    return {step.name: step for step in report.root.walk()}


def test_the_header(report):
    assert (report.sn, report.pn, report.station_name, report.info.operator) == ("SN1", "PN1", "ST-1", "anna")
    assert (report.info.socket_index, report.info.batch_number, report.info.exec_time) == (7, "B9", 2.5)
    assert str(report.id) == "c283b7fe-198a-11ed-8dee-00802f335b81"
    assert report.root.called.wire == {"path": r"C:\widget.seq", "name": "MainSequence"}
    assert (report.result, report.root.status) == ("F", "F")


def test_times_are_those_of_the_station_with_all_their_digits(report):
    assert report.wire["start"] == "2024-05-06T07:08:09.1234567+02:00"
    assert report.start_utc == report.start
    assert next(atml.read(FILE, timezone="kept")).wire["start"] == "2024-05-06T07:08:09.1234567"


def test_a_collection_holds_several_reports():
    first, second = atml.read(FILE)
    assert (first.sn, second.sn, second.pn) == ("SN1", "SN2", "")
    assert second.id == list(atml.read(FILE))[1].id


@pytest.mark.parametrize(
    ("name", "operator", "low", "high"),
    [
        ("percent", "GELE", -105, -90),
        ("no lower limit", "LE", 2, None),
        ("logged", "LOG", None, None),
    ],
)
def test_limits(steps, name, operator, low, high):
    step = steps[name]
    assert (step.comp_op, step.low_limit, step.high_limit) == (operator, low, high)


def test_numbers_may_be_hexadecimal_or_none(steps):
    assert (steps["percent"].value, steps["percent"].unit) == (100, "V")
    assert (steps["not a number"].value, steps["not a number"].status) == ("NaN", "F")


def test_what_any_step_has(steps):
    step = steps["percent"]
    assert (step.group, step.step_type, step.tot_time, step.report_text) == ("S", "NumericLimitTest", 0.5, "warm")
    assert step.ts_guid == "ID#:abc"
    assert steps["broken"].error_message == "no answer"


def test_several_results_are_several_measurements_and_the_others_are_extra_data(steps):
    step = steps["several"]
    assert [(each.name, each.comp_op, each.low_limit, each.high_limit) for each in step.measurements] == [
        ("a", "LT", 2, None),
        ("b", "LTGT", 3, 9),
    ]
    (extra,) = step.additional_results[0].wire["props"]
    assert extra == {"name": "extra", "type": "Number", "value": "3", "comment": "s"}
    assert (steps["Call of Sub"].called.path, steps["Call of Sub"].called.file_name) == (r"C:\sub.seq", "Sub")


def test_texts(steps):
    step = steps["text"]
    assert (step.value, step.limit, step.comp) == ("abc", "ABC", "IGNORECASE")


def test_outcomes(steps):
    assert {name: steps[name].status.value for name in ("plain fail", "stopped", "broken", "left out", "array")} == {
        "plain fail": "F",
        "stopped": "T",
        "broken": "E",
        "left out": "S",
        "array": "D",
    }
    assert steps["plain fail"].value is False
    assert steps["stopped"].report_text == "value 1, EQ 1"


def test_arrays_and_collections_are_additional_data(steps):
    bytes_, inner = steps["array"].additional_results[0].props
    assert [item.value.value for item in bytes_.array.indexes] == ["0xff", "0x01"]
    assert (bytes_.array.dimension, bytes_.array.indexes[1].indexes) == (1, [1])
    assert [(each.name, each.type, each.value) for each in inner.props] == [("flag", "Bool", "true")]


VERSIONS = {
    "2.02": ("http://www.ieee.org/ATML/2007/TestResults", "http://www.ieee.org/ATML/2006/Common"),
    "5.00": ("urn:IEEE-1636.1:2011:01:TestResults", "urn:IEEE-1671:2010:Common"),
    "6.01": ("urn:IEEE-1636.1:2013:TestResults", "urn:IEEE-1671:2010:Common"),
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("collected", [True, False])
def test_all_versions(version, collected):
    results, common = VERSIONS[version]
    if version == "2.02" and collected:
        return
    inside = '<tr:ResultSet name="M"><tr:Outcome value="Passed"/></tr:ResultSet>'
    unit = "<tr:UUT><c:SerialNumber>S</c:SerialNumber></tr:UUT>"
    content = f'<tr:TestResults xmlns:tr="{results}" xmlns:c="{common}">{inside}{unit}</tr:TestResults>'
    if collected:
        content = f'<q:TestResultsCollection xmlns:q="{results}Collection">{content}</q:TestResultsCollection>'
    assert [report.sn for report in atml.read(content.encode())] == ["S"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('value="0x64"', 'value="much"', "'much'; a number is needed"),
        ('value="5"/>', 'value="x"/>', "'x'; a number is needed"),
        ('Outcome value="Failed"', 'Outcome value="Great"', "'Great', which is no outcome"),
        ("<c:SerialNumber>SN1</c:SerialNumber>", "", "no UUT with a SerialNumber"),
        ('startDateTime="2024', 'startDateTime="at 2024', "startDateTime"),
        ("tr:ResultSet", "tr:Results", "no ResultSet"),
        ("urn:IEEE-1636.1:2013:TestResultsCollection", "urn:x", "no ATML"),
    ],
)
def test_an_error_names_the_line(old, new, words):
    with pytest.raises(FormatError, match=words) as caught:
        list(atml.read(OLD.replace(old, new).encode()))
    assert caught.value.position.startswith("line ")
