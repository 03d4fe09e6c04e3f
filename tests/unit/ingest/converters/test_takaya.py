"""Logs of Takaya testers: groups, judgements, limits, repeated runs."""

import pytest
from converting import children, converted, measured, refusal

from pywats.ingest.converters import takaya
from pywats.ingest.converters.takaya.atd import read_atd
from pywats.ingest.converters.takaya.run import amount, around, in_unit

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
    assert amount("12 34") == amount("12 -3") == (None, "")
    assert (amount("12"), amount("1.5 %")) == ((12.0, ""), (1.5, "%"))
    assert (in_unit(1000.0, "O", "KO"), in_unit(1.0, "nF", "pF"), in_unit(1.0, "O", "V")) == (1.0, 1000.0, None)
    assert in_unit(float("inf"), "KO", "O") == float("inf")
    assert (in_unit(2.0, "mH", "MH"), in_unit(2.0, "UH", "uH")) == (2e-9, 2.0)
    assert around(-10.0, 10, None) == (-11.0, None)


TITLES = (
    "Group_No.\tStep_number\tParts\tValue\tUnit\tComment\tH-pin\tNet_name\tL-pin\tNet_name\tJudgement\t"
    "Ref._Value_(Char)\tUnit\tTest_Value_1_(Char)\tUnit\tTest_Value_2_(Char)\tUnit\tTolerance_(+)%\tTolerance_(-)%\t"
    "Function\tSerial_No.1\tModel\tHumidity\n"
)


def tabs(group=1, number=1, first="4.6\tKO", second="........\t", judged="PASS", name="4.7\tKO"):
    return (
        f"0{group}\t00000{number}\tR{number}\t{name}\tbig\t12\tGND\t0\t*\t{judged}\t4.7\tKO\t{first}\t{second}\t+10%\t-10%"
        f"\t**\tS{group}\tD:\\p\\M1.SWX\t40\n"
    )


def panel_of(*rows, groups=2):
    heads = [f"* GROUP No.{number} *\n* PASS *\nD.T:1\n\n{TITLES}" for number in range(1, groups + 1)]
    return f"@\n* PASS *\nD.T:1\nModel:M1\nDATE 20/4/2023 13:02:39\n@\n{''.join(heads)}{''.join(rows)}@\n"


def test_groups_of_a_panel_may_take_turns():
    rows = [tabs(1), tabs(2), tabs(1, 2), tabs(2, 2, judged="FAIL")]
    first, second = converted(takaya, panel_of(*rows))
    assert [(each["sn"], each["root"]["seqCall"]["path"]) for each in (first, second)] == [
        ("S1", "D:\\p\\M1.SWX"),
        ("S2", "D:\\p\\M1.SWX"),
    ]
    assert [step["name"] for step in children(second["root"], "Group 2")] == ["R1 4.7KO", "R2 4.7KO"]
    assert [step["status"] for step in children(second["root"], "Group 2")] == ["P", "F"]
    assert "a step is of group 3, and there is none so far" in refusal(takaya, panel_of(tabs(3)))


def test_columns_of_rows_with_tabs_are_told_by_their_titles():
    (report,) = converted(takaya, panel_of(tabs(), groups=1))
    (step,) = children(report["root"], "Group 1")
    assert step["reportText"].splitlines() == [
        "step 000001",
        "comment big",
        "reference 4.7 KO",
        "tolerance +10% -10%",
        "pins 12 GND",
        "Humidity 40",
    ]
    assert measured(step) == {**measured(step), "value": 4.6, "unit": "KO", "lowLimit": 4.23, "highLimit": 5.17}
    short = (
        panel_of(tabs(), groups=1).replace("Value\tUnit\tComment", "Value\tComment").replace("4.7\tKO\tbig", "4.7\tbig")
    )
    (report,) = converted(takaya, short)
    (step,) = children(report["root"], "Group 1")
    assert (step["name"], measured(step)["value"], measured(step)["lowLimit"]) == ("R1 4.7", 4.6, 4.23)


def test_a_second_value_that_is_no_number_is_not_lost():
    (report,) = converted(takaya, panel_of(tabs(second="OVER\t"), groups=1))
    (step,) = children(report["root"], "Group 1")
    assert (measured(step)["value"], "first value 4.6 KO" in step["reportText"]) == ("OVER", True)


def test_numbers_may_have_a_decimal_comma_and_units_greek_letters():
    (report,) = converted(takaya, atd(quoted(value="37,15 kΩ").replace("38.30 KO", "38,30 kΩ")))
    (step,) = children(report["root"], "Group 1")
    assert (measured(step)["value"], measured(step)["lowLimit"], measured(step)["unit"]) == (37.15, 34.47, "kΩ")
    assert in_unit(1.0, "µF", "nF") == in_unit(1.0, "μF", "nF") == 1000.0
    (report,) = converted(takaya, atdx((1, "PASS", row(first="1,05;KO", reference="1000,0;O").replace("10.0", "10,0"))))
    (step,) = children(report["root"], "Group 1 side A")
    assert (measured(step)["value"], measured(step)["lowLimit"], measured(step)["highLimit"]) == (1.05, 0.8, 1.1)


def test_atdx_may_be_separated_otherwise():
    commas = atdx((1, "PASS", row())).replace(";", ",")
    assert converted(takaya, commas) == converted(takaya, atdx((1, "PASS", row())))
    assert converted(takaya, commas.replace(",", "\t")) == converted(takaya, commas)
    assert converted(takaya, commas.encode("utf-16")) == converted(takaya, commas)
    assert takaya.sniff(commas.encode("utf-16"), "") > 0.5


@pytest.mark.parametrize(
    ("date", "start"),
    [
        ("2023-04-20 13:02:39", "2023-04-20T13:02:39"),
        ("20.04.2023 13:02:39", "2023-04-20T13:02:39"),
        ("20-4-23 1:02:39 PM", "2023-04-20T13:02:39"),
    ],
)
def test_dates_have_many_forms(date, start):
    (report,) = converted(takaya, atd(quoted(), date=date))
    assert report["start"] == start


@pytest.mark.parametrize(
    ("result", "letter", "status"), [("NG", "F", "F"), ("ABORT", "T", "T"), ("SKIP", "T", "S"), ("UNTESTED", "T", "S")]
)
def test_a_group_that_was_not_tested_or_not_to_its_end_did_not_fail(result, letter, status):
    (report,) = converted(takaya, atd(quoted(value="........", judged="......"), result=result))
    (group,) = report["root"]["steps"]
    assert (report["result"], group["status"], group["reportText"]) == (letter, status, f"judged {result}")


def test_the_result_of_the_run_is_that_of_a_unit_that_has_it_to_itself():
    (report,) = converted(takaya, atd(quoted()).replace("* PASS *", "* FAIL *", 1))
    assert (report["result"], report["root"]["steps"][0]["status"]) == ("F", "P")


def test_what_else_a_header_says_is_kept():
    text = atd(quoted()).replace("Model:M1", "Model:M1\nOperator: Ann\nLot No.: L7\nTemp: 23\nsecond shift")
    (report,) = converted(takaya, text.replace("Serial No.:S1", "Serial No.:S1\nFixture: F9"))
    assert report["uut"] == {"user": "Ann", "batchSN": "L7", "execTime": 73.0, "comment": "second shift"}
    assert [(info["description"], info["text"]) for info in report["miscInfos"]] == [("Temp", "23")]
    assert report["root"]["steps"][0]["reportText"] == "Fixture: F9"


def test_a_run_that_stopped_early_is_no_cut_where_another_follows():
    text = atdx((1, "PASS", row(), row()), (1, "FAIL", row(judged="OPEN"))) + atdx(
        (1, "PASS", row(), row()), serial="S2"
    )
    assert [report["result"] for report in converted(takaya, text, runs="all")] == ["P", "F", "P"]
    assert "had 2 before" in refusal(takaya, text + atdx((1, "PASS", row()), serial="S3"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            atdx((1, "PASS", row())).replace("Group No.: 1 Side: A PASS", "Group No.: 1"),
            "line 9: the number and the result",
        ),
        (atd(quoted() + " " * 70_000), "line 16: the line has more than 65536 characters"),
        ("@\n" + "x" * 200_000, "line 2: the line has more than 65536 characters"),
        (atdx((1, "PASS", row() + ";" * 2000)), "16 columns are expected, not 1001"),
    ],
)
def test_a_line_that_is_none_is_named(text, words):
    assert words in refusal(takaya, text)


def test_one_run_is_held_at_a_time():
    seen = []
    lines = atd(quoted()).splitlines() * 3

    def numbered():
        for number, line in enumerate(lines, 1):
            seen.append(number)
            yield number, line

    first = next(read_atd(numbered()))
    assert (first.groups[0].serial, len(seen)) == ("S1", len(lines) // 3)
