"""Logs of SoundCheck: results and curves of units."""

import pytest
from converting import converted, measured, refusal

from pywats.ingest.converters import soundcheck

RESULTS = "Serial #:\tOperator: \tTime: \tLot #: \tName\tMargin\tUnit\tResult\tTolerance\tLimits\n"
CURVES = (
    "Serial #:\tTime: \tLot #: \tUpper\t\tx data lin\ty data dB\tz data lin\t\t"
    "x axis log\ty axis lin\tz axis lin\t\tHz\tdB\tdeg.\t\n"
)


def row(serial="1", name="N", margin="95.5", result="PASS", tolerance="Max/Min", limits="100.0/90.0", second=14):
    return f"{serial}\tRick\t7/22/2020 10:22:{second} PM\tL\t{name}\t{margin}\tdB\t{result}\t{tolerance}\t{limits}\n"


def curve(*points, time="12-01-2021 09:08:35"):
    return f"S\t{time}\tL\t" + "\t".join(points) + "\t\t\n"


def test_units_of_a_log():
    first, second = converted(soundcheck, RESULTS + row() + row(name="O", result="FAIL") + row("2") + row("2"))
    assert [(each["sn"], each["result"], each["start"]) for each in (first, second)] == [
        ("1", "F", "2020-07-22T22:22:14"),
        ("2", "P", "2020-07-22T22:22:14"),
    ]
    assert first["uut"] == {"user": "Rick", "batchSN": "L"}
    assert [step["status"] for step in first["root"]["steps"]] == ["P", "F"]
    assert converted(soundcheck, RESULTS + row(), part_number="lot")[0]["pn"] == "L"


@pytest.mark.parametrize(
    ("tolerance", "limits", "operator"),
    [
        ("Max/Min", "100,0/90,0", "GELE"),
        ("Min", "90.0", "GE"),
        ("Max", "100.0", "LE"),
        ("Tolerance curves", "Floating Limits", "LOG"),
    ],
)
def test_limits_follow_from_the_tolerance(tolerance, limits, operator):
    (report,) = converted(soundcheck, RESULTS + row(margin="95,5", tolerance=tolerance, limits=limits))
    (step,) = report["root"]["steps"]
    assert (measured(step)["value"], measured(step)["compOp"]) == (95.5, operator)
    assert tolerance in step["reportText"]


@pytest.mark.parametrize(("first", "month"), [("day", "01"), ("month", "12")])
def test_curves_are_charts_that_are_done(first, month):
    (report,) = converted(soundcheck, CURVES + curve("100,00", "400,00") + curve("4,00", "-6,50"), date=first)
    (step,) = report["root"]["steps"]
    assert report["start"].startswith(f"2021-{month}-")
    assert (step["status"], step["chart"]["chartType"], step["chart"]["yUnit"]) == ("D", "LineLogX", "dB")
    assert step["chart"]["series"][0]["ydata"] == "4.0;-6.5"


def test_rows_of_another_time_are_another_report():
    rows = curve("1", "2") + curve("3", "4")
    assert len(converted(soundcheck, CURVES + rows + rows.replace("09:08", "10:08"))) == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (RESULTS + row()[:-1], "the last line has no end"),
        (RESULTS + row() + row() + row("2"), "unit 2: the last unit has 1 results, the one before has 2"),
        (RESULTS + row(margin="x"), "line 2: Margin is 'x', not a number"),
        (RESULTS + row(result="MAYBE"), "line 2: Result is 'MAYBE'"),
        (RESULTS + row().replace("7/22", "22/7"), "line 2: Time is '22/7/2020 10:22:14 PM', not a time"),
        (RESULTS + row() + row().rpartition("\t")[0] + "\n", "line 3: 10 columns are expected, not 9"),
        (RESULTS, "there are titles only"),
        ("a\tb\n", "titles with Serial # and Time are expected first"),
        (CURVES + curve("1", "2"), "line 2: the row for y is missing"),
        (CURVES + curve("1", "2") + curve("1"), "line 3: y has 1 points, and x has 2"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(content, words):
    assert words in refusal(soundcheck, content)
