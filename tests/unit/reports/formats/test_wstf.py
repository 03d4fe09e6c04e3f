"""WSTF: lines of cells as test reports."""

from datetime import timedelta, timezone
from pathlib import Path

import pytest

from pywats.errors import FormatError
from pywats.reports.formats import wstf

OSLO = timezone(timedelta(hours=2))
TWO = Path(__file__).with_name("two.wstf.txt")
HEADER = "--Header-Start--\nSerialNumber\tS\nPartNumber\tP\n--Step-Data-Start--\n"
FOOTER = "\n--Step-Data-End--\n--UUT-End--\n"


def read(rows, **options):
    (report,) = wstf.read(f"{HEADER}{rows}{FOOTER}".encode(), **options)
    return report


@pytest.fixture(scope="module")
def reports():
    return list(wstf.read(TWO, timezone=OSLO))


def test_header_and_footer(reports):
    first, second = reports
    assert (first.sn, first.pn, first.rev, first.process_code, first.process_name) == (
        "SN1",
        "PN1",
        "A",
        10,
        "SW Debug",
    )
    assert (first.station_name, first.info.operator, first.info.socket_index) == ("ST", "bob", 3)
    assert first.info.exec_time == 2.5
    assert first.root.called.wire == {"name": "widget.seq", "version": "1.2"}
    assert [(info.description, info.string_value) for info in first.misc_infos] == [("Lot", "77")]
    assert first.sub_units[0].wire == {"partType": "PCBA", "pn": "PP", "sn": "SS", "rev": "R"}
    assert (second.sn, second.info.error_code, second.info.error_message) == ("SN2", 4, "given up")


def test_times_are_those_of_the_station(reports):
    first, second = (report.wire for report in reports)
    assert (first["start"], first["startUTC"]) == ("2024-05-06T07:08:09+02:00", "2024-05-06T05:08:09Z")
    assert second["startUTC"] == "2024-05-06T07:08:09Z"
    kept = next(wstf.read(TWO, timezone="kept")).wire
    assert kept["start"] == "2024-05-06T07:08:09"
    assert "startUTC" not in kept


def test_rows_are_steps(reports):
    power, wait = reports[0].root.steps
    single, rails, other, text, passed = power.steps
    assert single.measurement.wire == {
        "compOp": "GELE",
        "status": "P",
        "unit": "V",
        "value": 3.3,
        "lowLimit": 3.2,
        "highLimit": 3.4,
    }
    assert (single.tot_time, single.report_text, single.error_code, single.error_message) == (0.1, "warm", 7, "odd")
    assert [(each.name, each.value, each.status) for each in rails.measurements] == [
        ("a", 3.3, "P"),
        ("b", 9, "F"),
        ("c", 1, "P"),
    ]
    assert rails.measurements[2].low_limit == 2
    assert [each.name for each in other.measurements] == ["a"]
    assert (text.value, text.limit, text.comp) == ("abc", "ABC", "IGNORECASE")
    assert passed.value
    assert passed.chart.wire["series"] == [{"dataType": "XYG", "name": "curve", "ydata": "1;2.5", "xdata": "0;1"}]
    assert (passed.chart.y_unit, passed.chart.x_label) == ("V", "Time")
    assert wait.status == "P"


def test_statuses_are_computed_unless_they_are_imported(reports):
    first, second = reports
    assert (first.result, first.root.status, first.root.steps[0].status) == ("F", "F", "F")
    assert (second.result, second.root.steps[0].status) == ("P", "P")


def test_a_report_that_is_read_twice_has_one_id(reports):
    assert [report.id for report in wstf.read(TWO)] == [report.id for report in reports]
    assert reports[0].id != reports[1].id


def test_another_decimal_sign():
    assert read("NumericLimitTest\tx\t\t1,5", decimal=",").root.steps[0].value == 1.5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_that_tell_themselves(encoding):
    content = f"{HEADER}ActionStep\tå{FOOTER}".replace("\n", "\r\n").encode(encoding)
    assert next(wstf.read(content)).root.steps[0].name == "å"


def test_any_encoding_that_is_named():
    content = f"{HEADER}ActionStep\tå{FOOTER}".encode("cp1252")
    assert next(wstf.read(content, encoding="cp1252")).root.steps[0].name == "å"
    with pytest.raises(FormatError, match="UTF-8"):
        list(wstf.read(content))


@pytest.mark.parametrize(
    ("rows", "line", "words"),
    [
        ("NumericLimitTest\tx\t\t1,5", 5, "Value is '1,5'; a number is needed"),
        ("NumericLimitTest\tx\t\t\t1\t\tGE", 5, "Value is ''; a number is needed"),
        ("NumericLimitTest\tx\t\t1\t2\t\tGELE", 5, "GELE compares with two limits"),
        ("NumericLimitTest\tx\t\t1\t\t\t\t\tgreat", 5, "Status is 'great'"),
        ("PassFailTest\tx\t\tperhaps", 5, "Value is 'perhaps'"),
        ("\nSomething\tx", 6, "StepType is 'Something'"),
        ("EndSequenceCall", 5, "without a SequenceCall"),
        ("SequenceCall\ta\nEndSequenceCall\tb", 6, "EndSequenceCall of 'b'"),
        ("Series\ta\tXYG\t1\t1", 5, "without a Chart"),
        ("ActionStep\tx\nChart\tLine\nSeries\t\tXYG\t1\t1", 7, "Series has no name"),
        ("ActionStep\tx\nChart\tLine\nSeries\ta\tXYG;2\t1\t1", 7, "Series is of the kind 'XYG;2'"),
        ("ActionStep", 5, "StepName is empty"),
        ("NumericLimitTest\t\ta\t1", 5, "StepName is empty"),
        ("ActionStep\tx\nChart\tLine\nSeries\ta\tXYG\t1;x\t1", 7, "Series is 'x'"),
        ("ActionStep\tx\nChart\tLine\nChart\tLine", 7, "a chart already"),
        ("ActionStep\tx\nChart\tLin\0e", 6, "Chart is of the kind 'Lin"),
        ("SequenceCall\ta\n" * 101, 104, "more than 100 deep"),
    ],
)
def test_an_error_names_the_line(rows, line, words):
    with pytest.raises(FormatError, match=words) as caught:
        read(rows)
    assert caught.value.position == f"line {line}"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "no report"),
        ("hello", "begins with --Header-Start--"),
        (HEADER, "does not end"),
        (f"{HEADER}--UUT-End--", "before --Step-Data-End--"),
        ("--Header-Start--\n--Step-Data-End--", "does not follow"),
        ("--Header-Start--\nSubunit\ta", "Subunit has 1 cells"),
        ("--Header-Start--\nSubunit\ta\tb\t\tc", "Subunit has 4 cells"),
        ("--Header-Start--\n\tx", "begins with its key"),
        ("--Header-Start--\nOperationTypeCode\tx", "OperationTypeCode is 'x'"),
        ("--Header-Start--\nConverterMode\tx", "Active or Import"),
        ("--Header-Start--\nStartDateTime\tyesterday", "StartDateTime"),
    ],
)
def test_what_is_no_such_file_is_refused(content, words):
    with pytest.raises(FormatError, match=words):
        list(wstf.read(content.encode()))


def only(row):
    (step,) = read(row).wire["root"]["steps"]
    return step


@pytest.mark.parametrize(
    ("row", "status", "text"),
    [
        ("NaN\t1\t2\tGELE\tV", "F", "value NaN V GELE 1 2"),
        ("-INF\t\t\tLOG\tV", "P", "value -INF V LOG"),
        ("NaN\t1\t2\tGELE\tV\tPassed", "P", "value NaN V GELE 1 2 Passed"),
        ("\t1\t2\tGELE\tV\tSkipped", "S", "value V GELE 1 2 Skipped"),
        ("\t1\t2\tGELE\tV\tError", "E", "value V GELE 1 2 Error"),
        ("5\t1\t2\tGELE\tV\tTerminated", "T", "value 5 V, GELE 1 2"),
    ],
)
def test_a_number_that_is_none_stands_in_the_text(row, status, text):
    step = only(f"NumericLimitTest\tx\t\t{row}")
    assert (step["status"], step["reportText"], "numericMeas" in step) == (status, text, False)


def test_a_measurement_that_is_but_done_has_passed():
    step = only("NumericLimitTest\tx\t\t5\t\t\tLOG\tV\tDone")
    assert (step["status"], step["numericMeas"][0]["status"]) == ("P", "P")


def test_a_step_of_several_rows_that_broke_tells_them_in_its_text():
    rows = "NumericLimitTest\tx\ta\t1\t0\t\tGE\tV\tPassed\nNumericLimitTest\tx\tb\t1\t0\t\tGE\tV\tError"
    report = read(f"{rows}\nActionStep\ty")
    step, _ = report.wire["root"]["steps"]
    assert (step["status"], "numericMeas" in step, report.result) == ("E", False, "E")
    assert step["reportText"].splitlines() == ["b: 1 V GE 0 Error", "a: value 1 V, GE 0, P"]


def test_one_of_several_rows_that_is_no_number_stands_in_the_text():
    rows = "NumericLimitTest\tx\ta\t1\t2\t\tGE\tV\nNumericLimitTest\tx\tb\tNaN\t0\t\tGE\tV\t\t\thot"
    step = only(rows)
    assert (step["status"], [each["name"] for each in step["numericMeas"]]) == ("F", ["a"])
    assert step["reportText"] == "hot\nb: NaN V GE 0"


def test_a_step_that_only_a_missing_number_failed_keeps_its_status():
    rows = "NumericLimitTest\tx\ta\t1\t0\t\tGE\tV\nNumericLimitTest\tx\tb\tNaN\t0\t\tGE\tV"
    step = only(rows)
    assert (step["status"], "numericMeas" in step) == ("F", False)
