"""Whatever a tester leaves out, moves or garbles: no number is misread, and no value is lost."""

import re
from math import inf, isfinite
from typing import Any

import pytest
from converting import children, converted, measured
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pywats.ingest.converters import ConversionError, saki, sigmaquest, soundcheck, takaya, viscom, xjtag

GARBAGE = st.text("0123456789.,-+eExX _'\u0663\xb2", min_size=1, max_size=12).filter(lambda text: text.strip())
NUMBERS = st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 4))
PLAIN = re.compile(r"[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][+-]?[0-9]{1,3})?")


def number_of(text: str) -> float | None:
    """Return the number that a garbled text still is to a reader, if it is one that a report can hold: a finite one."""
    said = text.strip()
    number = float(said.replace(",", ".")) if PLAIN.fullmatch(said) else inf
    return number if isfinite(number) else None


def said_or_refused(module: Any, content: str, **options: Any) -> dict[str, Any] | None:
    """Return the only report, or nothing if the content is refused."""
    try:
        (report,) = converted(module, content, **options)
    except ConversionError:
        return None
    return report


ATD = "@\n* PASS *\nModel:M\nDATE 20/4/2023 13:02:39\n@\n* GROUP No.1 *\n* PASS *\nSerial No.:S\n{titles}\n{row}\n@\n"
MEASURED = "Test_Value_1_(Char)"
TABS = {
    "Step_number": "000001",
    "Parts": "R1",
    "Comment": "c7",
    "H-pin": "12",
    "Net_name": "GND",
    "Judgement": "PASS",
    "Ref._Value_(Char)": "4.7",
    MEASURED: "4.6",
    "Function": "OP",
    "Access_probe": "( +, -)",
    "Humidity": "41",
    "Rack_No.": "r3",
}
ATDX_ROW = {
    "Order": "1",
    "Parts": "R1",
    "Comment": "c7",
    "Reference": "4.7",
    "Func": "LE",
    "Test.Base(Test1)": "4.6",
    "Test.Base(Test2)": "",
    "Judge": "PASS",
    "Netname-H-pin": "GND",
    "M.Aux": "ICOP",
}


@given(st.permutations(list(TABS)[1:]), st.sets(st.sampled_from(["Comment", "Humidity", "H-pin", "Rack_No."])))
@settings(max_examples=60)
def test_columns_of_atd_may_stand_anywhere_or_be_missing(order: list[str], missing: set[str]) -> None:
    titles = ["Group_No.", "Step_number", *(title for title in order if title not in missing)]
    cells = [{**TABS, "Group_No.": "01"}[title] for title in titles]
    (report,) = converted(takaya, ATD.format(titles="\t".join(titles), row="\t".join(cells)))
    (step,) = children(report["root"], "Group 1")
    assert (step["name"], step["status"], measured(step)["value"]) == ("R1", "P", 4.6)
    text = step["reportText"]
    assert all(cell in text for title, cell in TABS.items() if title not in missing | {"Parts", "Judgement", MEASURED})


@given(st.permutations(list(ATDX_ROW)[1:]), st.sets(st.sampled_from(["Comment", "M.Aux"])), st.sampled_from(";,\t"))
@settings(max_examples=60)
def test_columns_of_atdx_may_stand_anywhere_or_be_missing(order: list[str], missing: set[str], between: str) -> None:
    titles = ["Order", *(title for title in order if title not in missing)]
    rows = between.join(titles) + "\n" + between.join(ATDX_ROW[title] for title in titles) + "\n"
    head = '###"Main header"###\nModel: M\nSerial number: S\nTest Date: 25/05/2025 12:26:55\n###"Group header"###\n'
    (report,) = converted(takaya, f"{head}Group No.: 1 PASS\n---\n{rows}")
    (step,) = children(report["root"], "Group 1")
    assert (measured(step)["value"], measured(step)["lowLimit"], measured(step)["compOp"]) == (4.6, 4.7, "LE")
    assert all(ATDX_ROW[title] in step["reportText"] for title in {"Comment", "M.Aux", "Netname-H-pin"} - missing)


@given(GARBAGE.filter(lambda text: " " not in text.strip()))
@example("1E309")
def test_a_garbled_value_of_takaya_is_the_number_that_it_says_or_a_text(text: str) -> None:
    row = dict(TABS, **{MEASURED: text})
    (report,) = converted(takaya, ATD.format(titles="\t".join(row), row="\t".join(row.values())))
    (step,) = children(report["root"], "Group 1")
    if "numericMeas" in step:
        assert measured(step)["value"] == number_of(text)
    else:
        assert number_of(text) is None


RESULTS = {"Operator:": "Ann", "Lot #:": "L7", "Model:": "M8", "Part #:": "P9"}
OF_A_RESULT = {
    "Margin": "95.5",
    "Unit": "dB",
    "Result": "PASS",
    "Tolerance": "Max",
    "Limits": "100.0",
    "Position": "left",
}


@given(st.permutations(list(RESULTS)), st.permutations(list(OF_A_RESULT)), st.sets(st.sampled_from(list(RESULTS))))
@settings(max_examples=60)
def test_columns_of_soundcheck_may_stand_anywhere_or_be_missing(
    unit: list[str], result: list[str], missing: set[str]
) -> None:
    known = [title for title in unit if title not in missing]
    titles = ["Serial #:", *known, "Time: ", "Name", *result]
    cells = ["S1", *(RESULTS[title] for title in known), "7/22/2020 10:22:14 AM", "f0", *map(OF_A_RESULT.get, result)]
    (report,) = converted(soundcheck, "\t".join(titles) + "\n" + "\t".join(map(str, cells)) + "\n")
    (step,) = report["root"]["steps"]
    assert (report["sn"], step["name"], step["status"]) == ("S1", "f0", "P")
    assert (measured(step)["value"], measured(step)["unit"], measured(step)["lowLimit"]) == (95.5, "dB", 100.0)
    assert "Position: left" in step["reportText"]
    said = f"{report}"
    assert all(RESULTS[title] in said for title in known)


@given(GARBAGE)
@example("1E309")
def test_a_garbled_margin_is_the_number_that_it_says_or_refused(text: str) -> None:
    content = f"Serial #:\tTime:\tName\tMargin\tResult\nS\t2020-07-22 10:22:14\tN\t{text}\tPASS\n"
    report = said_or_refused(soundcheck, content)
    if report is not None and "numericMeas" in report["root"]["steps"][0]:
        assert measured(report["root"]["steps"][0])["value"] == number_of(text)
    else:
        assert number_of(text) is None


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=20), st.sampled_from(".,"))
def test_the_points_of_a_curve_are_those_of_its_rows(points: list[tuple[float, float]], decimal: str) -> None:
    titles = "Serial #:\tTime: \tLot #: \tUpper\t\tx data lin\ty data dB\tz data lin\n"
    rows = ["\t".join(f"{point[at]:.4f}".replace(".", decimal) for point in points) for at in (0, 1)]
    content = titles + "".join(f"S\t2021-01-12 09:08:35\tL\t{row}\t\t\n" for row in rows)
    (report,) = converted(soundcheck, content)
    (series,) = report["root"]["steps"][0]["chart"]["series"]
    assert [
        tuple(map(float, each)) for each in zip(series["xdata"].split(";"), series["ydata"].split(";"), strict=True)
    ] == points


@given(GARBAGE)
@example("1E309")
def test_a_garbled_value_of_sigmaquest_is_the_number_that_it_says_or_refused(text: str) -> None:
    value = f'<Result><ValueDouble name="v" lsl="0" usl="0">{text}</ValueDouble></Result>'
    content = (
        f'<UnitReport><TestRun name="r" grade="PASS" start-time="2024-12-10T15:34:53">{value}</TestRun></UnitReport>'
    )
    report = said_or_refused(sigmaquest, content)
    if report is not None and "numericMeas" in report["root"]["steps"][0]:
        assert measured(report["root"]["steps"][0])["value"] == number_of(text)
    else:
        assert number_of(text) is None or "," in text


BEGIN = "<Date><Begin>20250307</Begin></Date><Time><Begin>91305</Begin></Time>"
WINDOW = "<Window><WinID>W3</WinID><PCBNumber>1</PCBNumber><Height>h5</Height></Window>"
FUNCTION = '<testfunction name="F2"><text-output>o6</text-output><result value="Passed"/></testfunction>'
DOCUMENTS = {
    saki: (
        '<Panel barcode="S" startDate="01/02/2024" startTime="08:59:14" result="passed" lane="l1">{}</Panel>',
        ['<Program name="P9" ver="v8"/>', '<Image id="1" result="passed" skew="k7"/>', "<Shift>night</Shift>"],
        ["l1", "P9", "v8", "k7", "night", "Image 1"],
    ),
    viscom: (
        "<ViscomData>{}</ViscomData>",
        [
            f"<GlobalInformation><Inspection>{BEGIN}<Lane>l1</Lane></Inspection></GlobalInformation>",
            "<PCBInformation><SinglePCB><Number>1</Number><Result>PASS</Result><Skew>k7</Skew></SinglePCB></PCBInformation>",
            f"<ComponentInformation>{WINDOW}</ComponentInformation>",
        ],
        ["l1", "k7", "W3", "h5", "2025-03-07T09:13:05"],
    ),
    xjtag: (
        '<testrun datetime="2018-08-10T12:25:32Z">{}</testrun>',
        [
            f'<testgroup name="G4">{FUNCTION}</testgroup>',
            "<testruninfo><result>Passed</result><serial>S</serial><user>U8</user><slot>t1</slot></testruninfo>",
            "<header>h9</header>",
        ],
        ["G4", "F2", "o6", "U8", "t1", "h9"],
    ),
}


@pytest.mark.parametrize("module", DOCUMENTS, ids=lambda module: module.__name__.rpartition(".")[2])
@given(data=st.data())
@settings(max_examples=20)
def test_parts_of_a_document_may_stand_in_any_order(module: Any, data: st.DataObject) -> None:
    around, parts, told = DOCUMENTS[module]
    (report,) = converted(module, around.format("".join(data.draw(st.permutations(parts)))))
    said = f"{report}"
    assert [text for text in told if text not in said] == []
