"""Text as real loggers and table programs write it becomes the reports that its reader expects, or says why not."""

import csv
import io

import pytest
from converting import converted, measured, refusal
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pywats.ingest.converters import Context, table
from pywats.ingest.converters.table import rows as rows_of

STEP = {"name": "Test", "value": "Value", "low": "Min", "high": "Max", "status": "Verdict"}
SN = {"serial_number": "SN"}


def convert(content, **options):
    return converted(table, content, **options)


def refused(content, **options):
    return refusal(table, content, **options)


def steps(report):
    return {step["name"]: (step["status"], _value(step)) for step in report["root"]["steps"]}


def _value(step):
    known = any(key in step for key in ("numericMeas", "stringMeas", "booleanMeas"))
    return measured(step).get("value") if known else None


def limits(step):
    found = measured(step)
    return found.get("compOp"), found.get("lowLimit"), found.get("highLimit"), found.get("unit")


LABVIEW = """Prüfprotokoll\t\t\t
Datum:\t31.01.26\t\t
Uhrzeit:\t13:02:03\t\t
Seriennummer:\tSN1\t\t
Prüfer:\tMüller\t\t
\t\t\t
Prüfschritt\tMesswert\tEinheit\tErgebnis
Strom\t1.234,5\tmA\tBestanden
Widerstand\t+Inf\tOhm\tBestanden
LED\tNaN\t\tNicht bestanden
\t\t\t
Gesamtergebnis:\tNicht bestanden\t\t
"""


def test_a_log_of_labview_in_german():
    (report,) = convert(
        LABVIEW.replace("\n", "\r\n").encode("cp1252"),
        context=Context(encoding="cp1252"),
        decimal=",",
        thousands=".",
        head="tab",
        begin="Prüfschritt",
        end="Gesamtergebnis:",
        fields={
            "serial_number": "Seriennummer:",
            "operator": "Prüfer:",
            "date": "Datum:",
            "time": "Uhrzeit:",
            "result": "Gesamtergebnis:",
        },
        dates=["%d.%m.%y %H:%M:%S"],
        results={"Bestanden": "P", "Nicht bestanden": "F"},
        step={"name": "Prüfschritt", "value": "Messwert", "unit": "Einheit", "status": "Ergebnis"},
    )
    assert (report["sn"], report["uut"]["user"], report["result"]) == ("SN1", "Müller", "F")
    assert report["start"] == "2026-01-31T13:02:03"
    assert steps(report) == {"Strom": ("P", 1234.5), "Widerstand": ("P", None), "LED": ("F", None)}
    assert report["root"]["steps"][1]["reportText"] == "value inf Ohm"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    ("first", "options"),
    [
        ("sep=;", {}),
        ('"SEP=;"', {}),
        ("sep=,", {"delimiter": ";"}),
        ("sep=;", {"skip": 1}),
        ("sep=;\nShift report", {"skip": 2}),
    ],
)
def test_a_first_line_for_table_programs_tells_the_delimiter(encoding, first, options):
    content = f"{first}\nSN;U, V;I, A\nA;3,5;\n".encode(encoding)
    told = []
    context = Context(explain=lambda *what: told.append(what))
    (report,) = convert(content, context=context, decimal=",", fields=SN, measures="rest", **options)
    assert (report["sn"], steps(report)) == ("A", {"U, V": ("P", 3.5)})
    assert [each for each in told if each[0] == "delimiter"] == (
        [] if "delimiter" in options else [("delimiter", ";", "line 1")]
    )


def test_such_a_line_that_is_not_the_first_is_a_row():
    assert "the row has 2 cells" in refused("A,B,C\nsep=,\n", measures="rest")
    assert convert("sep=|\n1 2\n", widths=[1, 2], header=False, measures="rest")[0]["root"]["steps"][1]["name"]


FILLED = """Serial;Start;Test;Value
A;2026-01-31 12:00:00;U;1
;;I;2
B;2026-01-31 12:05:00;U;3
;;I;4
B;2026-01-31 12:10:00;U;5
;;I;6
"""
OF_FILLED = {"fields": {"serial_number": "Serial", "start": "Start"}, "step": {"name": "Test", "value": "Value"}}


def test_what_stands_in_the_first_row_of_a_group_alone_holds_for_the_rows_below():
    reports = convert(FILLED, fill=["Serial", "Start"], **OF_FILLED)
    assert [(each["sn"], each["start"][14:16], *steps(each).values()) for each in reports] == [
        ("A", "00", ("P", 1.0), ("P", 2.0)),
        ("B", "05", ("P", 3.0), ("P", 4.0)),
        ("B", "10", ("P", 5.0), ("P", 6.0)),
    ]


def test_nothing_is_filled_behind_what_begins_anew():
    first, second = convert(FILLED.replace("B;2026-01-31 12:05:00", "B;").replace("B;2026-01-31 12:10:00", ";"),
                            fill=["Serial", "Start"], **OF_FILLED)  # fmt: skip
    assert (first["start"], second["sn"], len(second["root"]["steps"])) == ("2026-01-31T12:00:00", "B", 4)
    assert "start" not in second, "the start of A is not that of B"


def test_rows_of_limits_fill_nothing():
    content = "SN,Lot,U\nUSL,,3\n,L1,2\nA,,4\n"
    options = {"fields": {"serial_number": "SN", "batch": "Lot"}, "fill": ["Lot", "SN"], "measures": "rest"}
    for row in ("USL", 1):
        first, second = convert(content, limits={"high": row}, **options)
        assert "sn" not in first
        assert (second["sn"], second["uut"]["batchSN"], second["result"]) == ("A", "L1", "F")


def test_what_is_filled_ends_with_the_unit_and_goes_on_in_its_next_table():
    page = "page\nSN;Test;Value\n"
    content = f"UNIT\n{page}A;U;1\nend\n{page};I;2\nend\nUNIT\n{page};U;3\nend\n"
    options = {"fields": SN, "step": {"name": "Test", "value": "Value"}, "fill": ["SN"]}
    first, second = convert(content, unit="UNIT", begin="SN;", end="end", **options)
    assert (first["sn"], steps(first)) == ("A", {"U": ("P", 1.0), "I": ("P", 2.0)})
    assert "sn" not in second


def test_a_column_to_fill_that_is_none_is_refused():
    assert refused(FILLED, fill=["Seral"], **OF_FILLED).startswith("line 1: there is no column Seral; there are: Se")
    assert "there is no column 9" in refused(FILLED, fill=[9], **OF_FILLED)


CELLS = st.text(st.sampled_from("abc1"), min_size=1, max_size=3)
RUNS = st.lists(st.tuples(CELLS, CELLS, st.lists(CELLS, min_size=1, max_size=4)), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(RUNS)
def test_a_table_in_which_repeated_cells_are_left_out_gives_the_same(runs):
    whole, short = io.StringIO(newline=""), io.StringIO(newline="")
    for target in (whole, short):
        target.write("Serial;Lot;Test\n")
    before = ("", "")
    for serial, lot, names in runs:
        for name in names:
            csv.writer(whole, delimiter=";").writerow([serial, lot, name])
            said = ("", "") if (serial, lot) == before else ("", lot) if serial == before[0] else (serial, lot)
            csv.writer(short, delimiter=";").writerow([*said, name])
            before = (serial, lot)
    options = {"fields": {"serial_number": "Serial", "batch": "Lot"}, "step": {"name": "Test"}}
    assert convert(short.getvalue(), fill=["Serial", "Lot"], **options) == convert(whole.getvalue(), **options)


TRANSPOSED = """Serial;;;;A1;A2;A3;
Date;;;;31.01.2026;31.01.2026;31.01.2026;
Time;;;;13:02;13:05;13:08;
Parameter;Unit;Min;Max;;;;
Supply;V;3,2;3,4;3,31;3,5;3,3;
Ripple;mV;;20;12;14;;
Result;;;;i.O.;n.i.O.;i.O.;
"""
OF_TRANSPOSED = {
    "transposed": True,
    "decimal": ",",
    "fields": {"serial_number": "Serial", "date": "Date", "time": "Time", "result": "Result"},
    "dates": ["%d.%m.%Y %H:%M"],
    "measures": "rest",
    "limits": {"unit": 1, "low": 2, "high": 3},
    "results": {"i.O.": "P", "n.i.O.": "F"},
    "comment": "Parameter",
}


def test_a_table_with_a_column_for_each_unit():
    told = []
    reports = convert(TRANSPOSED, context=Context(explain=lambda *what: told.append(what)), **OF_TRANSPOSED)
    assert [(each["sn"], each["start"][11:16], each["result"]) for each in reports] == [
        ("A1", "13:02", "P"),
        ("A2", "13:05", "F"),
        ("A3", "13:08", "P"),
    ]
    supply, ripple = reports[0]["root"]["steps"]
    assert (limits(supply), limits(ripple)[::3]) == (("GELE", 3.2, 3.4, "V"), ("LE", "mV"))
    assert steps(reports[1])["Supply"] == ("F", 3.5)
    assert ("Supply", "number 3,5", "line 5, column 6") in told
    assert ("Supply: low limit", "3,2", "line 5, column 3") in told
    assert ("result", "n.i.O.", "line 7, column 6") in told
    assert ("result", "F", "column 6") in told


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (TRANSPOSED.replace("14;;", "14;OL;"), "line 6, column 7: 'OL' is no number"),
        (TRANSPOSED.replace(";14;;", ";14"), "line 6: the row has 6 cells, the table 7 columns"),
        (TRANSPOSED.replace("14;;", "14;;7"), "line 6: the row has 8 cells, the table 7 columns"),
        (TRANSPOSED.replace("Serial", "SN"), "column 1: there is no column Serial; there are: SN, Date"),
        (TRANSPOSED.replace("Date", "Serial"), "column 1: two columns are called 'Serial'"),
        (TRANSPOSED.replace("13:05", "noon"), "line 2, column 6: start is '31.01.2026 noon', not a time"),
    ],
)
def test_what_is_wrong_in_a_transposed_table_is_named_with_its_own_line_and_column(content, words):
    assert refused(content, **OF_TRANSPOSED).startswith(words)


def test_lines_of_a_transposed_table_may_be_shorter_if_that_is_said():
    reports = convert("SN,A,B\n[Power]\nU,1\nI,2,3\n", transposed=True, ragged=True, fields=SN, measures="rest")
    assert [steps(each) for each in reports] == [{"U": ("P", 1.0), "I": ("P", 2.0)}, {"I": ("P", 3.0)}]


def test_cells_of_a_transposed_table_may_hold_several_values_and_be_filled():
    told = []
    reports = convert(
        "SN,A/1,B/2\nLot,L,\nU,1,2\n",
        context=Context(explain=lambda *what: told.append(what)),
        transposed=True,
        fill=["Lot"],
        split={"SN": "(?P<serial>.*)/(?P<socket>.*)"},
        fields={"serial_number": "serial", "socket": "socket", "batch": "Lot"},
        measures=[{"column": "U"}],
    )
    assert [(each["sn"], each["uut"]["testSocketIndex"], each["uut"]["batchSN"]) for each in reports] == [
        ("A", 1, "L"),
        ("B", 2, "L"),
    ]
    assert ("socket", "2", "line 1, column 3") in told


def test_a_transposed_table_that_is_too_large_to_be_held_is_refused(monkeypatch):
    monkeypatch.setattr(rows_of, "_MOST_HELD", 1000)
    words = refused("SN,A,B\n" + "U,1,2\n" * 10, transposed=True, fields=SN, measures="rest")
    assert words.startswith("line 6: a transposed table is held whole, and this one takes more than 1000 bytes")


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1)))
def test_a_table_gives_the_same_whichever_way_it_lies(units):
    titles = ["SN", *(f"m{number}" for number in range(1, len(units[0])))]
    written = []
    for lines in ([titles, *units], zip(titles, *units, strict=True)):
        target = io.StringIO(newline="")
        csv.writer(target, delimiter=";", lineterminator="\n").writerows(lines)
        written.append(target.getvalue())
    options = {"delimiter": ";", "fields": SN, "measures": "rest"}
    assert convert(written[1], transposed=True, **options) == convert(written[0], **options)


ABOVE = """Shift report,,,,,
Lower limit,,,3.2,,
Upper limit,,,3.4,20,
Units,,,V,mA,
Serial,Date,Time,U,I,Pass/Fail
A1,1/31/2026,1:02:03 PM,3.31,12,Pass
A2,1/31/2026,12:05:03 AM,3.5,12,Fail
Average,,,3.4,12,
"""
OF_ABOVE = {
    "begin": "Serial",
    "fields": {"serial_number": "Serial", "date": "Date", "time": "Time", "result": "Pass/Fail"},
    "dates": ["%m/%d/%Y %I:%M:%S %p"],
    "measures": "rest",
    "limits": {"low": "Lower limit", "high": "Upper limit", "unit": "Units"},
    "comment": "Average",
}


def test_limits_above_the_titles_hold_for_the_rows_below():
    first, second = convert(ABOVE, **OF_ABOVE)
    assert [limits(step) for step in first["root"]["steps"]] == [("GELE", 3.2, 3.4, "V"), ("LE", 20.0, None, "mA")]
    assert (first["start"], second["start"]) == ("2026-01-31T13:02:03", "2026-01-31T00:05:03")
    assert (steps(second)["U"], second["result"]) == (("F", 3.5), "F")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (ABOVE.replace("Upper", "Highest"), "line 5: there is no row whose first cell is 'Upper limit'"),
        (ABOVE.replace("Upper limit,", "Upper limit"), "line 3: the row has 5 cells, the table 6 columns"),
        (ABOVE.replace(",20,", ",20 mA,"), "line 3, column I: high limit is '20 mA', not a number"),
        (ABOVE.replace("Upper limit", "Upper limits"), "line 5: there is no row whose first cell is 'Upper limit'"),
    ],
)
def test_limits_that_are_named_must_be_there(content, words):
    assert refused(content, **OF_ABOVE).startswith(words)


def test_limits_by_a_number_that_no_row_has_are_refused():
    options = {"fields": SN, "measures": "rest"}
    words = refused("SN,U\nA,3\n", limits={"high": 5}, **options)
    assert words == "line 1: there is no row 5, which should hold the high of the columns"
    assert convert("SN,U\n", limits={"high": "USL"}, **options) == [], "there is nothing that they should hold for"


def test_a_field_that_is_no_column_is_refused_where_it_can_be_nothing_else():
    words = refused("SN;Test;Value\nA;U;1\n", fields={"serial_number": "Serial"}, step={"name": "Test"})
    assert words == "line 1: there is no column Serial; there are: SN, Test, Value"
    assert "there is no column 4" in refused("SN;U;I\nA;1;2\n", fields={"operator": 4}, measures="rest")


def test_a_key_that_is_not_there_is_told():
    told = []
    (report,) = convert("SN=A\nU=1\n", context=Context(explain=lambda *what: told.append(what)), head="=",
                        fields={"serial_number": "SN", "operator": "User"}, measures="rest")  # fmt: skip
    assert report["sn"] == "A"
    assert ("not found", "User (operator)", "the head") in told


def test_a_word_whose_opposite_means_something_else_is_none():
    codes = "SN;Err\nA;0\nB;{}\n"
    fields = {"serial_number": "SN", "result": "Err"}
    assert "line 3, column Err: result is '1', which is no word" in refused(
        codes.format(1), fields=fields, results={"0": "P"}
    )
    reports = convert(codes.format(17), fields=fields, results={"0": "P", "else": "F"})
    assert [each["result"] for each in reports] == ["P", "F"]
    reports = convert(codes.format(1), fields=fields, results={"0": "F"})
    assert [each["result"] for each in reports] == ["F", "P"]


def test_any_other_word_is_no_result_where_none_is_wanted():
    (report,) = convert("SN;Version;U\nA;2.1b;3\n", fields=SN, measures="rest", results={"else": "F"})
    assert steps(report) == {"Version": ("P", "2.1b"), "U": ("P", 3.0)}


def test_a_word_in_place_of_a_number_may_stand_for_a_result():
    results = {"OVERRANGE": "F"}
    rows = "Test;Value;Min;Max;Verdict\nR;OVERRANGE;0;5;\n"
    (report,) = convert(rows, step=STEP, results=results)
    assert steps(report) == {"R": ("F", None)}
    assert report["root"]["steps"][0]["reportText"] == "value OVERRANGE\nlow limit 0, high limit 5"
    measures = [{"column": "R", "low": 0, "high": 5}]
    (report,) = convert("SN;R\nA;skipped\n", fields=SN, measures=measures)
    assert steps(report) == {"R": ("S", None)}
    (report,) = convert("SN;R\nA;OVERRANGE\n", fields=SN, measures=measures, results=results)
    assert steps(report) == {"R": ("F", None)}
    assert report["root"]["steps"][0]["reportText"] == "value OVERRANGE\nlow limit 0.0, high limit 5.0"


REPEATED = "SN;Value;Min;Max;Verdict;Value;Min;Max;Verdict\nA;3.31;3.2;3.4;ok;12;;10;ok\n"


def test_limits_may_stand_in_columns_that_are_named_by_their_numbers():
    measures = [
        {"column": 2, "name": "U", "low": {"column": 3}, "high": {"column": 4}, "status": 5},
        {"column": 6, "name": "I", "low": 3, "high": {"column": 8}},
    ]
    (report,) = convert(REPEATED, fields=SN, measures=measures)
    assert [limits(step)[:3] for step in report["root"]["steps"]] == [("GELE", 3.2, 3.4), ("GELE", 3.0, 10.0)]
    assert report["result"] == "F"
    measures[0]["low"] = {"column": 30}
    assert "line 1: there is no column 30" in refused(REPEATED, fields=SN, measures=measures)


INSIDE = r"(?P<value>[<>]?[-\d.]+|\w+) ?(?P<unit>[^ [{]*)( \[(?P<low>\S*) \.\. (?P<high>\S*)\])?( \{(?P<status>\w+)\})?"


def test_a_value_may_hold_its_unit_limits_and_status():
    content = "SN: A\nSupply: 3.31 V [3.2 .. 3.4]\nRipple: 25mV [ .. 20]\nLoad: >9.9 A [0 .. 5] {FAIL}\nEff: 95%\n"
    (report,) = convert(content, head=":", fields=SN, measures="rest", values=INSIDE)
    supply, ripple, load, efficiency = report["root"]["steps"]
    assert (supply["status"], limits(supply)) == ("P", ("GELE", 3.2, 3.4, "V"))
    assert (ripple["status"], limits(ripple)[::3]) == ("F", ("LE", "mV"))
    assert (load["status"], _value(load), load["reportText"]) == ("F", ">9.9", "low limit 0.0, high limit 5.0")
    assert (_value(efficiency), limits(efficiency)[3]) == (95.0, "%")
    assert "line 2, Supply: low limit is 'x', not a number" in refused(
        content.replace("3.2 ", "x "), head=":", fields=SN, measures="rest", values=INSIDE
    )


def test_a_value_of_another_form_is_taken_as_it_is():
    (report,) = convert("SN;U\nA;3.3 V\nB;broken off again\n", fields=SN, measures="rest", values=INSIDE)[1:]
    assert steps(report) == {"U": ("P", "broken off again")}


def test_rows_of_one_report_may_have_any_column_in_common():
    content = "SN;Run;Test;Value\nA;1;U;3\nA;2;U;4\nA;1;I;5\n"
    options = {"fields": SN, "step": {"name": "Test", "value": "Value"}}
    reports = convert(content, group_by=["serial_number", "Run"], **options)
    assert [steps(each) for each in reports] == [{"U": ("P", 4.0)}, {"U": ("P", 3.0), "I": ("P", 5.0)}]
    assert convert(content, group_by=["serial_number", 2], **options) == reports
    assert "line 1: there is no column Rum" in refused(content, group_by=["Rum"], **options)


@pytest.mark.parametrize(
    ("said", "form", "timezone", "start"),
    [
        ("3852709323.5", "labview", None, "2026-01-31T13:02:03.500000+00:00"),
        ("3852709323.5", "labview", "Europe/Oslo", "2026-01-31T14:02:03.500000+01:00"),
        ("46053.54309027778", "excel", "Europe/Oslo", "2026-01-31T13:02:03"),
    ],
)
def test_times_that_count_from_elsewhere(said, form, timezone, start):
    (report,) = convert(f"Start\n{said}\n", context=Context(timezone=timezone), fields={"start": "Start"}, dates=[form])
    assert report["start"] == start
    assert f"not a number as {form} counts" in refused("Start\nnoon\n", fields={"start": "Start"}, dates=[form])
    assert f"which is no time of {form}" in refused("Start\n1e30\n", fields={"start": "Start"}, dates=[form])
    assert f"which is no time of {form}" in refused("Start\nnan\n", fields={"start": "Start"}, dates=[form])


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("R;0x1F;0x00;0xFF;", ("P", 31.0)),
        ("R;0x1F;0;0x10;", ("F", 31.0)),
        ("R;31;0x00;255;", ("P", 31.0)),
        ("R;0x1F;0x1F;;", ("P", "0x1F")),
        ("R;0x1F;;;", ("P", "0x1F")),
        ("R;0xfffffffffffffff;0;1;fail", ("F", "0xfffffffffffffff")),
    ],
)
def test_a_hexadecimal_number_is_one_where_it_has_two_limits(row, found):
    (report,) = convert(f"Test;Value;Min;Max;Verdict\n{row}\n", step=STEP)
    assert steps(report) == {"R": found}


def test_a_hexadecimal_number_in_a_row_of_a_unit():
    measures = [{"column": "R", "low": 16}, {"column": "Q"}, {"column": "S", "kind": "number"}]
    (report,) = convert("SN;R;Q;S\nA;0x1F;0x1F;0x1F\n", fields=SN, measures=measures)
    assert steps(report) == {"R": ("P", 31.0), "Q": ("P", "0x1F"), "S": ("P", 31.0)}


def test_the_end_of_a_file_of_dos():
    for end in ("\n\x1a", "\n"):
        assert len(convert(f"SN;U\nA;1\nB;2{end}", fields=SN, measures="rest")) == 2
    assert "the last line has no end" in refused("SN;U\nA;1\x1a", fields=SN, measures="rest")


@pytest.mark.parametrize(
    ("options", "place"),
    [
        (
            {"measures": [{"column": "Value", "high": 5}]},
            "column Value: '3,31' is no number, and its limits are numbers",
        ),
        ({"measures": [{"column": "Value", "kind": "number"}]}, "column Value: Value is '3,31', not a number"),
        (
            {"step": {"name": "SN", "value": "Value", "high": "Max"}},
            "column Value: '3,31' is no number, and its limits",
        ),
    ],
)
def test_a_number_with_the_other_decimal_sign_is_told(options, place):
    words = refused("SN;Value;Max\nA;3,31;5\n", **options)
    assert words.startswith(f"line 2, {place}")
    assert words.endswith('; it is one with decimal: ","')


@pytest.mark.parametrize(("said", "number"), [("\u221212.5", -12.5), ("\u22121e-3", -0.001), ("\u2212", "\u2212")])
def test_the_minus_of_a_table_program(said, number):
    (report,) = convert(f"SN;U\nA;{said}\n", fields=SN, measures="rest")
    assert _value(report["root"]["steps"][0]) == number


def test_empty_cells_between_a_key_and_its_value_are_none_of_it():
    content = 'SN,,,A,,\nType,,"P,1",,,\nTest,Value\nU,1\nTOTAL,,,,,FAIL\n'
    fields = {"serial_number": "SN", "part_number": "Type", "result": "TOTAL"}
    (report,) = convert(content, head=",", begin="Test", end="TOTAL", fields=fields, step={"name": "Test"})
    assert (report["sn"], report["pn"], report["result"]) == ("A", "P,1", "F")


def test_lines_of_delimiters_alone_are_none_of_a_transposed_table():
    (report,) = convert("||\nSN||A\n||\nU||1\n", delimiter="||", transposed=True, fields=SN, measures="rest")
    assert (report["sn"], steps(report)) == ("A", {"U": ("P", 1.0)})


def test_the_column_with_the_names_of_steps_must_be_there_even_if_rows_are_ragged():
    words = refused("SN;Test\nA;U\n", ragged=True, fields=SN, step={"name": 3, "value": 9})
    assert words == "line 1: there is no column 3; there are: SN, Test"


def test_a_column_that_is_none_among_those_without_titles():
    assert refused("A;1\n", header=False, fields=SN, measures="rest") == (
        "line 1: there is no column SN; there are: 2 without titles"
    )


def test_a_number_that_may_be_meant_in_two_ways_is_told_so():
    words = refused("SN;U\nA;1,234\n", measures=[{"column": "U", "kind": "number"}])
    assert words.endswith('U is \'1,234\', not a number; it is one with decimal: "," or thousands: ","')
    words = refused("SN;U\nA;1.234.567,5\n", decimal=",", measures=[{"column": "U", "kind": "number"}])
    assert words.endswith('not a number; it is one with thousands: "."')


def test_what_each_measurement_became_is_told():
    told = []
    convert("SN;U;V;LED\nA;3.3;3,3;ok\n", context=Context(explain=lambda *what: told.append(what)), fields=SN,
            measures="rest")  # fmt: skip
    assert [each[:2] for each in told[2:5]] == [("U", "number 3.3"), ("V", "text 3,3"), ("LED", "pass ok")]


@pytest.mark.parametrize("end", ["", "\n"])
def test_the_last_line_may_lack_its_end_if_that_is_said(end):
    (report,) = convert(f"SN;U\nA;1{end}", open_end=True, fields=SN, measures="rest")
    assert steps(report) == {"U": ("P", 1.0)}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"head": ["SN (?P<sn>.*)"], "step": STEP},
            "with head alone there are none; say how the line before them begi",
        ),
        ({"transposed": True, "row": "(?P<a>.)"}, "transposed is for cells in lines"),
        ({"begin": "Test", "comment": ["Te"]}, 'comment "Te" leaves out the line that begin looks for'),
        ({"end": "#end", "comment": "#"}, 'comment "#" leaves out the line that end looks for'),
        ({"measures": "rest", "values": r"(?P<number>\d+)"}, r"its groups are \(\?P<value>...\) and, if need be, unit"),
        ({"measures": "rest", "values": r"(?P<unit>\d+)"}, r"its groups are \(\?P<value>"),
        ({"measures": "rest", "titles": r"(?P<name>.)(?P<max>.)"}, r"its groups are \(\?P<name>"),
        ({"values": r"(?P<value>\d+)"}, "are for measures"),
        ({"fill": [0]}, "fill.0"),
        ({"measures": [{"column": 1, "low": {"colum": 3}}]}, "Extra inputs"),
        ({"fields": SN, "group_by": ["start"]}, 'group_by names "start", which fields does not'),
        ({"dates": ["LabVIEW"]}, "none of epoch, epoch_ms, labview, excel, and no form such as %d.%m.%Y"),
        ({"dates": ["%H:%M"]}, "no year"),
    ],
)
def test_options_that_contradict_each_other_are_refused(options, words):
    with pytest.raises(ValidationError, match=words):
        table.Options(**options)
