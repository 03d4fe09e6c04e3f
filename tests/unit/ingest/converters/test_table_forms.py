"""Texts as testers write them: sections, several units, fixed widths, keys and values, regular expressions."""

import gzip
import io
from pathlib import Path

import pytest

from pywats.ingest.converters import Context, ConversionError, Source, table


def convert(text, *, name="file.txt", explain=None, timezone=None, **options):
    data = text if isinstance(text, bytes) else text.encode()
    context = Context(explain=explain, timezone=timezone)
    source = Source(io.BytesIO(data), Path(name))
    return [report.wire for report in table.convert(source, table.Options(**options), context)]


def refusal(text, **options):
    with pytest.raises(ConversionError) as caught:
        convert(text, **options)
    return str(caught.value)


def measured(step):
    return next((step[kind][0] for kind in ("numericMeas", "stringMeas", "booleanMeas") if kind in step), {})


def values(report):
    return {step["name"]: measured(step).get("value") for step in report["root"]["steps"]}


STEP = {"name": "Test", "value": "Value"}
SEVERAL = """Station=FCT-1
Serial=A
Test;Value
U;1
END
Result=pass
Serial=B
Test;Value
U;2
V;3
END
Result=fail
"""
OF_SEVERAL = {
    "unit": "Serial=",
    "head": "=",
    "begin": "Test;",
    "end": "END",
    "fields": {"serial_number": "Serial", "station": "Station", "result": "Result"},
    "step": STEP,
}


def test_several_units_in_one_file_each_with_keys_before_and_behind_its_table():
    first, second = convert(SEVERAL, **OF_SEVERAL)
    assert (first["sn"], first["machineName"], first["result"], values(first)) == ("A", "FCT-1", "P", {"U": 1.0})
    assert (second["sn"], second["machineName"], second["result"]) == ("B", "FCT-1", "F")
    assert values(second) == {"U": 2.0, "V": 3.0}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            SEVERAL.replace("END\nResult=pass\n", ""),
            "line 5: no line of the unit that begins in line 2 begins with 'END'",
        ),
        (SEVERAL.removesuffix("END\nResult=fail\n"), "no line of the unit that begins in line 7 begins with 'END'"),
        (SEVERAL.replace("Serial=", "SN="), "line 3: a table begins before the first unit"),
        ("Station=1\n", "no line begins with 'Serial='"),
        (
            SEVERAL.replace("Test;Value\nU;1\n", ""),
            "begins in line 2 begins with 'Test;', where the table should begin",
        ),
    ],
)
def test_a_unit_that_lacks_its_table_or_end_is_refused(text, words):
    assert words in refusal(text, **OF_SEVERAL)


def test_two_values_of_a_key_are_an_error_where_one_is_wanted():
    two = SEVERAL.replace("Station=FCT-1\n", "Lot=1\nLot=2\n")
    assert len(convert(two, **OF_SEVERAL)) == 2
    without = {name: value for name, value in OF_SEVERAL.items() if name != "unit"}
    assert "'Serial' has two values" in refusal(SEVERAL, **without)
    assert "line 1, Lot, and line 2" in refusal(two, **OF_SEVERAL | {"misc": ["Lot"]})


def test_a_table_that_begins_again_and_tables_with_other_columns():
    rows = "[T]\nTest;Value\nU;1\n"
    (report,) = convert(f"{rows[4:]}{rows[4:]}V;2\n", step=STEP)
    assert [step["name"] for step in report["root"]["steps"]] == ["U", "U", "V"]
    text = "Test;Value\nU;1\nend\nnote\nTest;Max;Value\nV;3;2\nend\n"
    (report,) = convert(text, begin="Test;", end="end", step=STEP)
    assert values(report) == {"U": 1.0, "V": 2.0}
    (report,) = convert("SN: 7\n[Data]\nU 1\n[Data]\nV 2\n", head=":", begin="[Data]", header=False, delimiter="space",
                        fields={"serial_number": "SN"}, step={"name": 1, "value": 2})  # fmt: skip
    assert (report["sn"], values(report)) == ("7", {"U": 1.0, "V": 2.0})


def test_a_table_that_begins_again_before_its_end_is_refused_as_the_one_before_was_cut():
    text = "Test;Value\nU;1\nTest;Value\nU;2\nEND\n"
    assert refusal(text, begin="Test;", end="END", step=STEP).startswith("line 3: a table begins before a line begins")


KEYS = "Serial number : S1\nDate : 2026-01-31\nTime : 12:00:00\nSupply [V] : 3.31\nLamp : ok\nResult : PASS\n"
OF_KEYS = {"serial_number": "Serial number", "date": "Date", "time": "Time", "result": "Result"}


def test_keys_and_values_alone_are_one_report():
    titles = r"(?P<name>.+) \[(?P<unit>.+)\]"
    (report,) = convert(KEYS, head=":", fields=OF_KEYS, measures="rest", titles=titles)
    assert (report["sn"], report["start"], report["result"]) == ("S1", "2026-01-31T12:00:00", "P")
    supply, lamp = report["root"]["steps"]
    assert (supply["name"], measured(supply)["value"], measured(supply)["unit"]) == ("Supply", 3.31, "V")
    assert (lamp["name"], measured(lamp)) == ("Lamp", {"status": "P"})
    (report,) = convert(KEYS, head=":", fields=OF_KEYS, measures=[{"column": "Supply [V]", "high": 3.3}], misc="rest")
    assert report["root"]["steps"][0]["status"] == "F"
    assert [(each["description"], each["text"]) for each in report["miscInfos"]] == [("Lamp", "ok")]


def test_a_value_without_a_key_is_none():
    (report,) = convert("Serial=A\n=1\nU=2\n", head="=", fields={"serial_number": "Serial"}, measures="rest")
    assert values(report) == {"U": 2.0}


def test_keys_and_values_alone_may_have_an_end_and_several_units():
    text = "Serial number : S1\nU : 1\n---\nSerial number : S2\nU : 2\n---\n"
    options = {"head": ":", "unit": "Serial", "end": "---", "fields": {"serial_number": "Serial number"}}
    assert [values(each) for each in convert(text, measures="rest", **options)] == [{"U": 1.0}, {"U": 2.0}]
    assert "where it should end: the file is not complete" in refusal(text[:-4], measures="rest", **options)


def test_keys_of_a_table_program_have_quotes_and_trailing_delimiters():
    text = '"Serial; number";"A;1";;;\nType;B;;;\nTest;Value;;;\nU;1;;;\n'
    fields = {"serial_number": "Serial; number", "part_number": "Type"}
    (report,) = convert(text, head=";", begin="Test", fields=fields, step=STEP)
    assert (report["sn"], report["pn"], values(report)) == ("A;1", "B", {"U": 1.0})


def test_the_name_of_the_file_tells_what_the_file_does_not():
    options = {"file_name": r"(?P<serial>\w+)_(?P<type>\w+)\.txt", "step": STEP}
    fields = {"serial_number": "serial", "part_number": "type"}
    (report,) = convert("Test;Value\nU;1\n", name="S1_P2.txt", fields=fields, **options)
    assert (report["sn"], report["pn"]) == ("S1", "P2")
    (report,) = convert("Test;Value\nU;1\n", name="other.txt", fields=fields, **options)
    assert "sn" not in report


WIDTHS = "Test          Value  Unit\nSupply rail   3.31   V\nLamp          ok\n"


def test_columns_of_fixed_width():
    (report,) = convert(WIDTHS, widths=[14, 7, 5], step={**STEP, "unit": "Unit"})
    assert values(report) == {"Supply rail": 3.31, "Lamp": None}
    assert measured(report["root"]["steps"][0])["unit"] == "V"


def test_what_stands_between_cells_may_be_longer():
    text = "Test\t|Value\t|\nU\t|1\t|\n"
    (report,) = convert(text, delimiter="\t|", step=STEP)
    assert values(report) == {"U": 1.0}


SECTIONS = """Lot: L7  Tester: T1
== Power ==
  100 supply   1.00 V < 2.00 V < 3.00 V
  101 ripple   1.00 V < 4.00 V < 3.00 V (F)
== Digital ==
  200 scan  Failing Pins: 0

Bin: 5
"""
OF_SECTIONS = {
    "head": [r"^Lot: (?P<lot>\S+) +Tester: (?P<tester>\S+)", r"^Bin: (?P<bin>\d+)"],
    "row": [
        r"== (?P<group>.+) ==",
        r" +\d+ (?P<name>\S+) +(?P<low>\S+) V < +(?P<value>\S+) V < +(?P<high>\S+) (?P<unit>V)(?P<mark> \(F\))?",
        r" +\d+ (?P<name>\S+) +Failing Pins: (?P<value>\d+)(?P<mark> \(F\))?",
    ],
    "fields": {"batch": "lot", "station": "tester", "error_code": "bin"},
    "results": {"(F)": "F"},
    "step": {
        **{name: name for name in ("name", "value", "low", "high", "unit")},
        "status": "mark",
        "sequence": "group",
    },
}


def test_lines_of_several_forms_with_headings():
    (report,) = convert(SECTIONS, **OF_SECTIONS)
    assert (report["machineName"], report["uut"]["errorCode"], report["result"]) == ("T1", 5, "F")
    power, digital = report["root"]["steps"]
    assert (power["name"], power["status"], digital["name"], digital["status"]) == ("Power", "F", "Digital", "P")
    assert [step["status"] for step in power["steps"]] == ["P", "F"]
    assert measured(power["steps"][0])["highLimit"] == 3.0


def test_a_line_of_no_form_is_refused_as_it_might_be_a_failure():
    assert refusal(SECTIONS.replace("(F)", "(A)"), **OF_SECTIONS).startswith("line 4: '  101 ripple ")


def test_the_datalog_of_a_semiconductor_tester(shared):
    (path,) = (shared / "corpus" / "catalyst-datalog").iterdir()
    number = r"[-.\d]+"
    mark = rf"\S+ +(?P<mark>\([FA]\))? +<=? +(?P<high>{number}) +\S+ *"
    options = {
        "unit": "Lot:",
        "head": [
            r"^Lot: (?P<lot>\S+) +Tester: (?P<tester>\S+) +Program: (?P<program>\S+)",
            r"^Device: (?P<device>\d+) +Station: \d+ +Site: (?P<site>\d+) +Date: (?P<date>.*\d)",
            r"^Bin: +(?P<bin>\d+)",
        ],
        "row": [
            rf" +\d+ (?P<name>.{{18}}) +\S+ +(?P<low>{number}) +(?P<unit>\S+) <=? +(?P<value>{number}) +{mark}",
            r" +\d+ (?P<name>.{18}) .*?Failing Pins: +(?P<value>\d+) *(?P<mark>\(F\))? *",
        ],
        "comment": ["Wafer: ", "End of Wafer", "Sequencer: ", "       Pattern: ", "          "],
        "fields": {"serial_number": "device", "batch": "lot", "station": "tester", "start": "date", "socket": "site"},
        "dates": ["%a %b %d %H:%M:%S %Y"],
        "results": {"(F)": "F", "(A)": "F"},
        "step": {"name": "name", "value": "value", "low": "low", "high": "high", "unit": "unit", "status": "mark"},
    }
    text = gzip.decompress(path.read_bytes())
    reports = convert(text, **options)
    assert len(reports) == text.count(b"\nLot: ")
    assert sum(len(report["root"]["steps"]) for report in reports) == len(
        [line for line in text.splitlines() if line[:7].strip().isdigit()]
    )
    assert {report["result"] for report in reports} == {"P", "F"}
    assert (reports[0]["start"], reports[0]["sn"]) == ("2002-12-02T08:54:45", "1")


UNITS = """SN;U [V];U min;U max;U ok;Temp (°C) 10..30;LED
A;3,31;3,2;3,4;ja;21;1
B;3,5;3,2;3,4;nein;35;0
"""


def test_limits_units_and_results_of_a_measurement_stand_in_columns_beside_it_or_in_the_title():
    first, second = convert(
        UNITS.replace("U [V]", "U"),
        decimal=",",
        fields={"serial_number": "SN"},
        measures="rest",
        suffixes={"low": " min", "high": " max", "status": " ok"},
        titles=r"(?P<name>\S+) \((?P<unit>.+)\) (?P<low>\d+)\.\.(?P<high>\d+)",
        results={"ja": "P", "nein": "F"},
    )
    supply, temperature, led = first["root"]["steps"]
    assert {**measured(supply)} == {
        "compOp": "GELE",
        "status": "P",
        "unit": "",
        "value": 3.31,
        "lowLimit": 3.2,
        "highLimit": 3.4,
    }
    assert (temperature["name"], measured(temperature)["unit"], measured(temperature)["highLimit"]) == (
        "Temp",
        "°C",
        30,
    )
    assert led["name"] == "LED"
    assert [step["status"] for step in second["root"]["steps"]] == ["F", "F", "P"]


def test_measures_that_are_listed_name_the_columns_of_their_limits():
    measures = [
        {"column": "U [V]", "name": "supply", "low": "U min", "high": "U max", "status": "U ok", "unit": "V"},
        {"column": "LED", "kind": "pass"},
        {"column": 6, "kind": "text"},
    ]
    _, second = convert(
        UNITS, decimal=",", fields={"serial_number": "SN"}, measures=measures, results={"ja": "P", "nein": "F"}
    )
    supply, led, text = second["root"]["steps"]
    assert (measured(supply)["lowLimit"], supply["status"]) == (3.2, "F")
    assert measured(led) == {"status": "F"}
    assert measured(text)["value"] == "35"


def test_rows_of_limits_by_their_number():
    text = "SN,U,I\n,V,mA\n,3.2,\n,3.4,20\nA,3.3,12\n"
    (report,) = convert(text, fields={"serial_number": "SN"}, measures="rest", limits={"unit": 1, "low": 2, "high": 3})
    assert [measured(step)["unit"] for step in report["root"]["steps"]] == ["V", "mA"]
    assert [measured(step)["compOp"] for step in report["root"]["steps"]] == ["GELE", "LE"]


def test_limits_behind_the_rows_that_they_hold_for_are_refused():
    text = "SN,U\nA,3.3\nLSL,3.2\n"
    words = refusal(text, fields={"serial_number": "SN"}, measures="rest", limits={"low": "LSL"})
    assert words == "line 3: the low of the columns stands behind rows that it should hold for"


def test_each_table_has_limits_of_its_own():
    text = "[1]\nSN,U\nA,3\n[2]\nSN,I\nUSL,2\nB,3\n[3]\nSN,U\nC,3\n[end]\n"
    options = {"fields": {"serial_number": "SN"}, "measures": "rest", "limits": {"high": "USL"}}
    reports = convert(text, begin="SN,", end="[", skip=1, **options)
    assert [(report["sn"], report["result"]) for report in reports] == [("A", "P"), ("B", "F"), ("C", "P")]


def test_what_is_no_number_and_has_limits_is_refused_unless_it_stands_for_no_value():
    options = {"measures": [{"column": "U", "low": 3.2}], "fields": {"serial_number": "SN"}}
    text = "SN,U\nA,OL\n"
    assert refusal(text, **options).startswith("line 2, column U: 'OL' is no number, and its limits are numbers")
    (report,) = convert(text, missing=["OL"], **options)
    assert report["root"]["steps"] == []
    rows = "Test;Value;Max;Status\nU;OL;5;{}\n"
    step = {**STEP, "high": "Max", "status": "Status"}
    assert "line 2, column Value: 'OL' is no number" in refusal(rows.format(""), step=step)
    (report,) = convert(rows.format("fail"), step=step)
    assert report["root"]["steps"][0]["status"] == "F"
    assert report["root"]["steps"][0]["reportText"] == "high limit 5"


def test_a_cell_may_hold_several_values():
    text = "SN/Type;Test;Value\nA/B;U;3.31 V [3.2..3.4] PASS\nA/B;Lamp;ok\nA/B;Fan;\n"
    (report,) = convert(
        text,
        split={
            "SN/Type": "(?P<sn>[^/]+)/(?P<type>.+)",
            "Value": r"(?P<value>\S+)( (?P<unit>\S+) \[(?P<low>\S+)\.\.(?P<high>\S+)\] (?P<status>\S+))?",
        },
        fields={"serial_number": "sn", "part_number": "type"},
        step={"name": "Test", **{name: name for name in ("value", "unit", "low", "high", "status")}},
    )
    assert (report["sn"], report["pn"]) == ("A", "B")
    supply, lamp, fan = report["root"]["steps"]
    assert (fan["name"], fan["status"]) == ("Fan", "D")
    assert {**measured(supply)} == {
        "compOp": "GELE",
        "status": "P",
        "unit": "V",
        "value": 3.31,
        "lowLimit": 3.2,
        "highLimit": 3.4,
    }
    assert measured(lamp) == {"status": "P"}
    assert "line 2, column SN/Type: 'A/B' is not of the form that split" in refusal(
        text, split={"SN/Type": "(?P<sn>x)"}, step=STEP
    )


@pytest.mark.parametrize(
    ("said", "options", "start"),
    [
        ("01/31/2026 01:02:03 PM", {"dates": ["%m/%d/%Y %I:%M:%S %p"]}, "2026-01-31T13:02:03"),
        ("1769860800", {"dates": ["epoch"]}, "2026-01-31T12:00:00+00:00"),
        ("1769860800250", {"dates": ["epoch_ms"], "timezone": "Europe/Oslo"}, "2026-01-31T13:00:00.250000+01:00"),
        ("2026-01-31T12:00:00+05:30", {}, "2026-01-31T12:00:00+05:30"),
        ("2026-01-31 12:00:00Z", {}, "2026-01-31T12:00:00+00:00"),
        ("20260131120000 +0100", {"dates": ["%Y%m%d%H%M%S %z"]}, "2026-01-31T12:00:00+01:00"),
        ("31.1.26 12:00", {"dates": ["epoch", "%Y", "%d.%m.%y %H:%M"]}, "2026-01-31T12:00:00"),
    ],
)
def test_times(said, options, start):
    (report,) = convert(f"Start\n{said}\n", fields={"start": "Start"}, **options)
    assert report["start"] == start


@pytest.mark.parametrize(
    ("said", "unit", "seconds"),
    [
        ("12.5", "s", 12.5),
        ("83", "ms", 0.083),
        ("1.5", "min", 90.0),
        ("0:01:23.5", "s", 83.5),
        ("02:00:00", "ms", 7200.0),
        ("1:23", "m:s", 83.0),
        ("12.5 s", "ms", 12.5),
        ("250ms", "s", 0.25),
    ],
)
def test_durations(said, unit, seconds):
    (report,) = convert(f"T\n{said}\n", fields={"seconds": "T"}, durations=unit)
    assert report["uut"]["execTime"] == seconds


def test_a_duration_that_may_mean_two_things_is_refused():
    words = refusal("T\n1:23\n", fields={"seconds": "T"})
    assert words == "line 2, column T: seconds is '1:23': minutes and seconds? Say so with durations: m:s"


def test_an_end_tells_the_duration_or_the_start():
    text = "Start,End,T\n2026-03-29 01:30:00,2026-03-29 03:30:00,\n,2026-01-31 12:00:00,30\n"
    fields = {"start": "Start", "end": "End", "seconds": "T"}
    first, second = convert(text, fields=fields, timezone="Europe/Oslo")
    assert first["uut"]["execTime"] == 3600.0  # the clocks were put forward meanwhile
    assert second["start"] == "2026-01-31T11:59:30"
    assert convert(text, fields=fields)[0]["uut"]["execTime"] == 7200.0
    assert "before start" in refusal("Start,End\n2026-01-31,2026-01-30\n", fields={"start": "Start", "end": "End"})


@pytest.mark.parametrize(
    ("text", "options", "found"),
    [
        ("1,5;2,5;3,5\n2,5;3,5;4,5\n", {"decimal": ","}, {"column 1": 1.5, "column 2": 2.5, "column 3": 3.5}),
        ("A, long;B\n1,5;2\n", {"decimal": ","}, {"A, long": 1.5, "B": 2.0}),
        ('"A;x","B"\n"1","2"\n', {}, {"A;x": 1.0, "B": 2.0}),
        ("A|B\n1|2\n", {}, {"A": 1.0, "B": 2.0}),
        ("A\tB, C, D\n1\t2\n", {}, {"A": 1.0, "B, C, D": 2.0}),
        ("A\n1\n", {}, {"A": 1.0}),
        ("A;B;\n1;2\n", {}, {"A": 1.0, "B": 2.0}),
        ("A;B\n1;2;;\n", {}, {"A": 1.0, "B": 2.0}),
        ("A;A\n1;2\n", {}, {"A": 2.0}),
    ],
)
def test_what_stands_between_cells_is_found(text, options, found):
    header = not text[0].isdigit()
    assert values(convert(text, measures="rest", header=header, **options)[0]) == found


def test_a_cell_may_have_several_lines():
    (report,) = convert('Test,Value,Text\r\nU,1,"two\r\nlines, ""quoted"""\r\n', step={**STEP, "text": "Text"})
    assert report["root"]["steps"][0]["reportText"] == 'two\nlines, "quoted"'


@pytest.mark.parametrize(("said", "status"), [(">=", "P"), ("<", "F"), ("GE", "P"), ("==", "F"), ("!=", "P")])
def test_operators_by_name_or_sign_with_one_limit(said, status):
    (report,) = convert(f"Test;Value;Op;Limit\nU;3;{said};2\n", step={**STEP, "operator": "Op", "limit": "Limit"})
    assert report["root"]["steps"][0]["status"] == status
    assert measured(report["root"]["steps"][0])["lowLimit"] == 2.0


def test_rows_of_one_report_must_agree_on_its_result():
    text = "SN;Test;Value;Result\nA;U;1;pass\nA;V;2;fail\n"
    words = refusal(text, fields={"serial_number": "SN", "result": "Result"}, step=STEP)
    assert words == (
        "line 3, column Result: result is 'fail', but 'pass' in another row of the same report (line 2, column Result)"
    )
    text = text.replace(";pass", ";")
    (report,) = convert(text, fields={"serial_number": "SN", "result": "Result"}, step=STEP)
    assert report["result"] == "F"


def test_a_column_of_steps_that_is_none_is_refused_with_those_that_there_are():
    words = refusal("Test;Value;Max\nU;1;2\n", step={**STEP, "high": "Mx"})
    assert words == "line 1: there is no column Mx; there are: Test, Value, Max"


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"A,B\n1,\0\0\n", "line 2, column 3: a NUL character"),
        ("A,B\n1,2\n".encode("utf-16-le"), "line 1, column 2: a NUL character"),
        (b"A\n" + b"x" * 2_000_000 + b"\n", "line 2: the line has more than 1048576 characters"),
        (b'A\n"' + b"x" * 200_000 + b'"\n', "line 2: field larger than field limit"),
        (b'A\nx\n"' + b"x\n" * 70_000, "line 3: field larger than field limit"),
        (b"A,B\n" + b'"\n",' * 400_000 + b"\n", "line 2: the row has more than 1048576 characters"),
        (b"A\n1\n\xff\n", "line 3, byte 4: it is no text in utf-8"),
        (b"A\r\n" + b"//\r\n" * 100_000 + b"x\xff\r\n", "line 100002, byte 400004: it is no text in utf-8"),
    ],
)
def test_what_is_damaged_or_too_long_is_refused_with_its_place(data, place):
    assert refusal(data, measures="rest", comment="//").startswith(place)
