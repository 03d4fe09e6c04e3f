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


def test_a_curve_may_have_a_third_axis():
    content = CURVES + curve("100", "200") + curve("4", "6") + curve("-10", "20")
    (report,) = converted(soundcheck, content)
    level, phase = report["root"]["steps"]
    assert [(step["name"], step["chart"]["yUnit"], step["reportText"]) for step in (level, phase)] == [
        ("Upper", "dB", "x data lin, y data dB"),
        ("Upper z", "deg.", "x data lin, z data lin"),
    ]
    assert (phase["chart"]["series"][0]["xdata"], phase["chart"]["series"][0]["ydata"]) == ("100.0;200.0", "-10.0;20.0")
    (twice,) = converted(soundcheck, content + content.removeprefix(CURVES))
    assert [step["name"] for step in twice["root"]["steps"]] == ["Upper", "Upper z"] * 2


def test_curves_under_one_title_are_pairs():
    (report,) = converted(soundcheck, CURVES + (curve("1", "2") + curve("4", "6")) * 3)
    assert [step["chart"]["series"][0]["ydata"] for step in report["root"]["steps"]] == ["4.0;6.0"] * 3


def test_points_that_are_no_numbers_are_left_out_and_counted():
    (report,) = converted(soundcheck, CURVES + curve("1", "2", "3") + curve("4", "NaN", "6"))
    (step,) = report["root"]["steps"]
    assert step["chart"]["series"][0]["xdata"] == "1.0;3.0"
    assert step["reportText"].endswith("points that are no numbers: 1")


def test_other_columns_are_kept():
    titles = "Time:\tLot #:\tModel:\tName\tValue\tUnit\tResult\tPosition\n"
    rows = "2020-07-22 10:22:14\tL\tM8\tf0\t81,5\tHz\tPASS\tleft\n2020-07-22 10:22:14\tL\tM8\tNotes\t---\t\t\t\n"
    (report,) = converted(soundcheck, titles + rows)
    assert "sn" not in report
    assert [(info["description"], info["text"]) for info in report["miscInfos"]] == [("Model", "M8")]
    number, nothing = report["root"]["steps"]
    assert (measured(number)["value"], number["reportText"]) == (81.5, "Position: left")
    assert (nothing["status"], "numericMeas" in nothing) == ("P", False)


def test_a_margin_and_a_value_are_both_kept():
    titles = RESULTS.replace("Margin\tUnit", "Margin\tValue\tUnit\tUnit")
    (report,) = converted(soundcheck, titles + row().replace("95.5\tdB", "95.5\t7.25\tµPa\tΩ"))
    (step,) = report["root"]["steps"]
    assert (measured(step)["value"], measured(step)["unit"]) == (95.5, "µPa")
    assert {"value: 7.25", "Unit 2: Ω"} <= set(step["reportText"].splitlines())


def test_a_unit_under_other_titles_is_no_cut():
    results = RESULTS + row() + row(name="O")
    reports = converted(soundcheck, results + CURVES + curve("1", "2") + curve("3", "4"))
    assert [len(report["root"]["steps"]) for report in reports] == [2, 1]


@pytest.mark.parametrize("coding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_tells_the_coding(coding):
    data = (RESULTS + row(name="Ω")).encode(coding)
    assert soundcheck.sniff(data, "") > 0.5
    assert converted(soundcheck, data)[0]["root"]["steps"][0]["name"] == "Ω"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (RESULTS + row().rstrip("\n") + "\tmore\n", "line 2: 10 columns are expected, not 11"),
        (RESULTS + "1\tRick\n", "line 2: 4 columns about the unit are expected, not 2"),
        (RESULTS.replace("Time", "Day") + row(), "line 1: Time is expected among the columns of the unit"),
        (RESULTS + row(margin="9x.5"), "line 2: Margin is '9x.5', not a number"),
        (CURVES + "S\t1\t" + "1" * 17_000_000 + "\n", "line 2: the line has more than 16777216 characters"),
    ],
)
def test_a_row_that_is_none_is_named(content, words):
    assert words in refusal(soundcheck, content)
