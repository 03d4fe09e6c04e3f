"""Logs of Teradyne GR228x: what ends a unit, what a line means, and where a line stands that means nothing to us."""

import re

import pytest
from converting import converted, measured, refusal
from hypothesis import given
from hypothesis import strategies as st

from pywats.ingest.converters import Context, ConversionError, gr228x

UNIT = """F:\\BOARDS\\B1.obc[31-JUL-12  14:17:35
@31-JUL-12  14:19:32 SN 123
WATS_partNumber=P1
WATS_shift=night
(S 1,2 +
3
R1=100.2K(92.9K,105.1K)R
C1=10N(,8N)CP
V1#2.5(,)V
D1=
"31-JUL-12  14:19:49
"""


def unit(text=UNIT, **given):
    (report,) = converted(gr228x, text, **given)
    return report


def steps(*lines):
    """Return the steps of a unit of these lines."""
    return unit("".join(f"{line}\n" for line in ("@1-JAN-24 1:02:03", *lines, '"1-JAN-24 1:02:04')))["root"]["steps"]


def misc(report):
    return {each["description"]: each["text"] for each in report["miscInfos"]}


def test_lines_of_a_unit_become_steps():
    report = unit()
    shorts, resistor, capacitor, logged, digital = report["root"]["steps"]
    assert (report["sn"], report["pn"], report["start"]) == ("123", "P1", "2012-07-31T14:19:32")
    assert misc(report) == {"shift": "night", "program loaded": "31-JUL-12  14:17:35"}
    assert report["root"]["seqCall"] == {"path": "F:\\BOARDS\\B1.obc", "name": "B1.obc"}
    assert (shorts["name"], shorts["status"], shorts["reportText"]) == ("shorts", "F", "1,2 3")
    assert resistor["numericMeas"] == [
        {"compOp": "GELE", "status": "P", "unit": "Ohm", "value": 100200.0, "lowLimit": 92900.0, "highLimit": 105100.0}
    ]
    assert capacitor["numericMeas"] == [{"compOp": "LE", "status": "F", "unit": "F", "value": 1e-8, "lowLimit": 8e-9}]
    assert logged["numericMeas"][0]["compOp"] == "LOG"
    assert digital["status"] == "D"


def test_lines_of_other_kinds_stand_in_the_text_of_the_step_before_them():
    report = unit(UNIT.replace("(S", "WARM UP\n(S").replace("C1=10N", "R1 IS OPEN AT PIN 3\n(remark\nC1=10N"))
    assert report["root"]["reportText"] == "WARM UP"
    assert report["root"]["steps"][1]["reportText"] == "type R\nR1 IS OPEN AT PIN 3\n(remark"
    assert len(report["root"]["steps"]) == 5


@pytest.mark.parametrize(
    ("code", "result", "words"),
    [
        ('"', "P", None),
        ("/", "F", None),
        ("?", "T", "aborted"),
        ("*", "E", "error"),
        ("&", "E", "system error"),
        ("!", "T", "cancelled"),
        ("]", "T", "back to diagnose"),
    ],
)
def test_the_code_behind_a_unit_is_its_result(code, result, words):
    report = unit(UNIT.replace('"', code))
    assert (report["result"], misc(report).get("end of the test")) == (result, words)


def test_a_unit_may_be_followed_by_the_way_back_to_the_menu_and_by_another_program():
    told = []
    context = Context(explain=lambda *said: told.append(said))
    again = UNIT.replace("B1", "B2").replace("@31", "@1").replace("JUL-12  14:19:32", "AUG-12  08:00:00")
    first, second = converted(gr228x, f"{UNIT}]31-jul-12  14:32:13\n{again}]31-jul-12  14:32:13", context=context)
    assert [each["root"]["name"] for each in (first, second)] == ["B1.obc", "B2.obc"]
    assert (second["sn"], second["start"]) == ("123", "2012-08-01T08:00:00")
    assert ("not read, as no unit ends", "]31-jul-12  14:32:13", "line 12") in told


@pytest.mark.parametrize(
    ("line", "value", "limits", "unit_of"),
    [
        ("R402=45.131532MEG(500K,)R", 45131532, (5e5,), "Ohm"),
        ("R211=10.636159(8.049,12.855)AR", 10.636159, (8.049, 12.855), "Ohm"),
        ("C500=197.461958N(159.999985N,219.99999N)CS", 1.97461958e-7, (1.59999985e-7, 2.1999999e-7), "F"),
        ("V=62.061187M(-500M,500M)V ", 0.062061187, (-0.5, 0.5), "V"),
        ("I1=-3U(-5U,1E-6)I", -3e-6, (-5e-6, 1e-6), "A"),
        ("L1=1.5E3P(1N,2N)L", 1.5e-9, (1e-9, 2e-9), "H"),
        ("F1=1G(.9G,1.1G)F", 1e9, (9e8, 1.1e9), "Hz"),
        ("V2#1.5(,)V", 1.5, (), "V"),
    ],
)
def test_values_and_limits_have_prefixes(line, value, limits, unit_of):
    (step,) = steps(line)
    number = measured(step)
    assert (number["value"], number["unit"]) == (value, unit_of)
    assert tuple(number[limit] for limit in ("lowLimit", "highLimit") if limit in number) == limits


@pytest.mark.parametrize(
    ("line", "status", "text"),
    [
        ("PS_OFF=(1.6,5.5)V", "D", "type V\nlimits 1.6,5.5"),
        ("SETCR#(,)IS", "D", "type IS"),
        ("V1#2.5(1,2)V", "P", "type V\nlimits 1,2"),
        ("R1=1(0,2)R  RETRY 2", "P", "type R\nRETRY 2"),
        ("(O 397,398,", "F", "397,398"),
        ("(S VCC,GND,N$1(2)", "F", "VCC,GND,N$1(2)"),
        ("(F 90,156 +", "F", "90,156"),
    ],
)
def test_what_a_line_says_besides_a_value_is_text(line, status, text):
    (step,) = steps(line)
    assert (step["status"], step["reportText"]) == (status, text)


def test_only_a_list_goes_on_in_the_next_line():
    first, second = steps("(S 1,2, +", "3,4, +", "5", "R1 IS SHORTED TO V+", "(to +", "R2=1(0,2)R")
    assert first["reportText"] == "1,2, 3,4, 5\nR1 IS SHORTED TO V+\n(to +"
    assert measured(second)["value"] == 1


def test_each_test_of_a_unit_is_a_report():
    reports = converted(gr228x, UNIT + UNIT.replace("14:19", "14:25").replace('"', "/"))
    assert [(each["sn"], each["start"][-8:], each["result"]) for each in reports] == [
        ("123", "14:19:32", "P"),
        ("123", "14:25:32", "F"),
    ]


@pytest.mark.parametrize(
    ("date", "start"),
    [
        ("31-JUL-12  14:19:32", "2012-07-31T14:19:32"),
        ("1-jul-1999 4:19:32", "1999-07-01T04:19:32"),
        ("31-July-70  14:19:32", "1970-07-31T14:19:32"),
        ("30-SEPT-69  14:19:32", "2069-09-30T14:19:32"),
    ],
)
def test_dates_have_names_of_months_and_years_of_two_digits(date, start):
    assert unit(UNIT.replace("@31-JUL-12  14:19:32", f"@{date}"))["start"] == start


def test_fields_that_a_program_writes():
    custom = "WATS_processCode=30\nWATS_comment=a = b\nWATS_shift=day\nWATS_partNumber=P2\nWATS_serialNumber=9\n"
    report = unit(UNIT.replace("(S", f"{custom}(S"))
    assert (report["processCode"], report["uut"]["comment"], report["pn"], report["sn"]) == (30, "a = b", "P2", "123")
    texts = [each["text"] for each in report["miscInfos"]]
    assert texts[:4] == ["P1", "night", "day", "9"]
    assert unit(UNIT.replace(" SN 123", "").replace("(S", f"{custom}(S"))["sn"] == "9"
    assert misc(unit(UNIT.replace("(S", "WATS_processCode=ICT\n(S")))["processCode"] == "ICT"


def test_what_stands_behind_the_time_of_a_unit_is_kept():
    assert unit(UNIT.replace("SN 123", "LOT 7"))["root"]["reportText"] == "LOT 7"


def test_a_log_may_begin_with_a_unit():
    text = UNIT.partition("\n")[2]
    assert gr228x.sniff(text.encode(), "") == gr228x.sniff(UNIT.encode("utf-8-sig"), "") == 0.9
    assert unit(text)["root"]["name"] == "Main"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (UNIT[:-22], "line 2: the unit has no end"),
        (UNIT.replace("@", "x"), "line 2: 'x31-JUL-12  14:19:32 SN 123' belongs to no unit"),
        (UNIT.replace("31-JUL-12  14:19:49", "31-XXX-12  14:19:49"), "line 11: it is no time"),
        (UNIT.replace("@31-JUL", "@31-JUN"), "line 2: it is no time"),
        (
            UNIT.replace('"31-JUL-12  14:19:49\n', UNIT),
            "line 11: a program is loaded before the unit of line 2 has an end",
        ),
        (
            UNIT.replace("D1=", "@31-JUL-12  14:19:33 SN 5"),
            "line 10: a unit begins before the one of line 2 has an end",
        ),
        (UNIT + UNIT.splitlines()[-1], "line 12: a unit ends that has not begun"),
        (UNIT.replace("D1=", 1_000_001 * "D"), "line 10: the line has more than"),
    ],
)
def test_a_log_that_is_damaged_has_a_reason(text, words):
    assert words in refusal(gr228x, text)


def test_a_log_that_is_cut_gives_whole_reports_or_a_reason():
    text = UNIT + UNIT.replace("14:19", "14:25").replace('"', "/") + "]31-jul-12  14:32:13"
    whole = converted(gr228x, text)
    for at in range(len(text)):
        try:
            found = converted(gr228x, text[:at])
        except ConversionError:
            continue
        assert found == whole[: len(re.findall(r'^["/].{19}', text[:at], re.MULTILINE))], f"cut at {at}"


@given(st.text("RESULT OPEN at pin 3 ()=#,.+-*&!?", min_size=1, max_size=20), st.integers(2, 9))
def test_any_line_is_kept_wherever_it_stands(line, at):
    said = line.strip()
    lines = UNIT.replace("(S 1,2 +\n3\n", "(S 1,2\n").splitlines()
    report = unit("\n".join([*lines[:at], line, *lines[at:], ""]))
    if said and not re.fullmatch(r"\([A-Z](\s.*)?|[^=#()\s]+[=#].*", said):
        texts = [
            report["root"].get("reportText", ""),
            *(step.get("reportText", "") for step in report["root"]["steps"]),
        ]
        assert sum(said in text.splitlines() for text in texts) == 1
        assert len(report["root"]["steps"]) == 5


@given(st.text("0123456789.MEGKUNP,()-+", max_size=12))
def test_a_garbled_value_is_a_number_or_text(value):
    made = steps("R0=1(0,2)R", f"R1={value}(1K,2K)R")
    assert len(made) == 2 or f"R1={value}(1K,2K)R" in made[0]["reportText"].splitlines()


def test_results_of_a_real_log_are_those_of_its_codes(shared):
    content = (shared / "corpus/teradyne-gr228x/43420_BIO2_Extended.LOG").read_text("latin-1")
    reports = converted(gr228x, content)
    codes = re.findall(r'^(["/?*&!])\d\d-', content, re.MULTILINE)
    assert [each["result"] for each in reports] == [gr228x.ENDS[code][0] for code in codes]
    numbers = [step for report in reports for step in report["root"]["steps"] if "numericMeas" in step]
    assert len(numbers) == len(re.findall(r"[=#][\d.]+[A-Z]*\(", content))
    assert all(step["status"] == "P" for step in numbers)
