"""Logs of Takaya testers: groups, judgements, limits, repeated runs."""

import pytest
from converting import children, converted, measured, refusal

from pywats.ingest.converters import takaya
from pywats.ingest.converters.takaya_run import amount, around, in_unit

STEP = (
    '000001 "R204       " "38.3KO     " "RES" 626   622   "38.30 KO " "{value} " "........" +5% -10% '
    '"{judged}" "DC-CV" "Range 4" "15.0 ms" "( N, N, +, -) " 0     0     "{function}"'
)
COLUMNS = "Order;Parts;Value;Unit;Reference;Unit;Func;+%;Unit;-%;Unit;Test.Base(Test1);Unit;Test.Base(Test2);Unit;Judge"


def quoted(value="37.15 KO", judged="PASS   ", function="**"):
    return STEP.format(value=value, judged=judged, function=function)


def atd(*steps, serial="S1", result="PASS", date="20/4/2023 13:02:39"):
    head = f"@\n* {result} *\nD.T:1\nModel:M1\nDATE {date}\n\nTest time:73 s\nTest ID :T4\n@\n"
    return f"{head}\n* GROUP No.1   *\n* {result} *\nD.T:1\nSerial No.:{serial}\n\n" + "\n".join((*steps, "@\n"))


def atdx(*groups, serial="S1"):
    """Return a file with a main header before each first group; a group is a result and its rows."""
    text = ""
    for number, result, *rows in groups:
        if number == 1:
            text += f'#####"Main header"####\nTester ID: T\nModel: M\nSerial number : {serial}\n'
            text += "Test Date: 25/05/2025 12:26:55\nLine: 7\n---\n"
        text += f'####"Group header"####\nGroup No.: {number} Side: A {result} \n---\n{COLUMNS}\n' + "".join(
            f"{row}\n" for row in rows
        )
    return text


def row(function="EQ", first="1.05;KO", second=";", judged="PASS", reference="1000;O"):
    return f"1;R1;1;K;{reference};{function};10.0;;20.0;;{first};{second};{judged}"


def test_a_step_with_its_tolerances():
    (report,) = converted(takaya, atd(quoted()))
    assert (report["sn"], report["pn"], report["start"], report["result"]) == ("S1", "M1", "2023-04-20T13:02:39", "P")
    assert (report["machineName"], report["uut"]["execTime"]) == ("T4", 73.0)
    (step,) = children(report["root"], "Group 1")
    assert (measured(step)["lowLimit"], measured(step)["highLimit"]) == (34.47, 40.215)
    assert "reference 38.30 KO" in step["reportText"]


def test_what_does_not_decide_alone_is_no_limit():
    (report,) = converted(
        takaya, atd(quoted(function="OP"), quoted(judged="......"), quoted(judged="NG", function="SH"))
    )
    opened, skipped, failed = children(report["root"], "Group 1")
    assert measured(opened)["compOp"] == "LOG"
    assert (skipped["status"], failed["status"]) == ("S", "F")
    assert "judged NG" in failed["reportText"]


def test_a_value_that_is_no_number_is_a_text():
    (report,) = converted(takaya, atd(quoted(value="3.0[O]|-3")))
    (step,) = children(report["root"], "Group 1")
    assert measured(step)["value"] == "3.0[O]|-3"


def test_groups_with_their_own_serial_numbers_are_units():
    panel = atd(quoted()).removesuffix("@\n") + "\n* GROUP No.2 *\n* FAIL *\nSerial No.:S2\n" + quoted() + "\n@\n"
    first, second = converted(takaya, panel)
    assert [(each["sn"], each["result"], each["uut"]["testSocketIndex"]) for each in (first, second)] == [
        ("S1", "P", 1),
        ("S2", "F", 2),
    ]
    assert len(converted(takaya, panel.replace("Serial No.:S2\n", "").replace("Serial No.:S1\n", ""))) == 1
    assert len(converted(takaya, panel + atd(quoted(), serial="S3"))) == 3


@pytest.mark.parametrize(("first", "month"), [("day", 2), ("month", 1)])
def test_the_source_says_what_comes_first_in_a_date(first, month):
    (report,) = converted(takaya, atd(quoted(), date="1/2/2023 13:02:39"), date=first)
    assert report["start"].startswith(f"2023-0{month}-")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (atd(quoted()).removesuffix("@\n"), "the file ends before the @ that ends a run"),
        (atd(quoted()[:-30]), "line 16: a step of 19 columns is expected"),
        (atd(quoted(), date="13/13/2023 1:00:00"), "line 5: the date of the test is"),
        ("@\n@\n@\n", "there is no group in the run"),
        ("x", "a line of @ is expected"),
        (atdx((1, "PASS", row()))[:-2], "the last line has no end"),
        (atdx((1, "PASS")), "there are no rows in group 1"),
        (atdx((1, "FAIL", row())), "group 1 is FAIL, and no row of it failed"),
        (atdx((1, "PASS", row(), row()), (1, "PASS", row())), "group 1 A has 1 rows, and had 2 before"),
        (atdx((1, "PASS", row()[:-6])), "16 columns are expected, not 14"),
        (atdx((1, "PASS", row())).replace("Judge", "J"), "columns are missing: Judge"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text, words):
    assert words in refusal(takaya, text)


@pytest.mark.parametrize(
    ("function", "limits"),
    [("EQ", (0.8, 1.1)), ("OP", (1.0, None)), ("GE", (1.0, None)), ("SH", (1.0, None)), ("LE", (1.0, None))],
)
def test_limits_of_atdx_are_in_the_unit_of_the_value(function, limits):
    (report,) = converted(takaya, atdx((1, "PASS", row(function))))
    (step,) = children(report["root"], "Group 1 side A")
    wire = measured(step)
    assert wire["compOp"] == {"EQ": "GELE", "OP": "GE", "GE": "GE", "SH": "LE", "LE": "LE"}[function]
    assert (wire["lowLimit"], wire.get("highLimit"), wire["unit"]) == (*limits, "KO")
    assert [info["description"] for info in report["miscInfos"]] == ["Line"]


def test_the_second_value_of_atdx_is_judged():
    (report,) = converted(takaya, atdx((1, "PASS", row(second="1.0;KO"), row(first="3.0[O]|-3;"))))
    number, text = children(report["root"], "Group 1 side A")
    assert (measured(number)["value"], "first value 1.05" in number["reportText"]) == (1.0, True)
    assert measured(text)["value"] == "3.0[O]|-3"


def test_the_last_of_repeated_runs_counts():
    text = atdx((1, "FAIL", row(judged="UPPER")), (2, "PASS", row()), (1, "PASS", row()), (2, "PASS", row()))
    (last,) = converted(takaya, text)
    assert (last["result"], len(last["root"]["steps"])) == ("P", 2)
    assert ("Runs in the file", "2") in [(info["description"], info["text"]) for info in last["miscInfos"]]
    assert [report["result"] for report in converted(takaya, text, runs="all")] == ["F", "P"]
    assert len(converted(takaya, text + atdx((1, "PASS", row()), (2, "PASS", row()), serial="S2"))) == 2


def test_every_run_of_the_real_file(shared):
    (path,) = (shared / "corpus" / "takaya-atdx").iterdir()
    reports = converted(takaya, path.read_bytes(), runs="all")
    groups = [group for report in reports for group in report["root"]["steps"]]
    statuses = [step["status"] for group in groups for step in group["steps"]]
    assert (len(reports), len(groups), reports[-1]["result"]) == (10, 20, "P")
    assert statuses.count("P") == 28193
    assert statuses.count("F") == 8 + 10 + 13 + 2 + 2  # FAIL, LOWER, UPPER, OPEN, UNMEASURED


def test_amounts():
    assert amount("4.70 KO ") == (4.7, "KO")
    assert amount("........") == (None, "")
    assert (in_unit(1000.0, "O", "KO"), in_unit(1.0, "nF", "pF"), in_unit(1.0, "O", "V")) == (1.0, 1000.0, None)
    assert in_unit(float("inf"), "KO", "O") == float("inf")
    assert (in_unit(2.0, "mH", "MH"), in_unit(2.0, "UH", "uH")) == (2e-9, 2.0)
    assert around(-10.0, 10, None) == (-11.0, None)
