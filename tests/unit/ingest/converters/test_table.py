"""Text with rows becomes reports as the options say, and what is unclear is an error with its line."""

import io
from pathlib import Path

import pytest
from pydantic import ValidationError

from pywats.ingest.converters import Context, Source, table
from pywats.ingest.faults import ConversionError

STEP = {"name": "Test", "value": "Value", "low": "Min", "high": "Max", "unit": "Unit", "status": "Result"}
ROWS = "SN;Test;Min;Value;Max;Unit;Result\n1;U;3,2;3,3;3,4;V;ok\n1;V;;1.5;;;ok\n2;U;3,2;3,5;3,4;V;\n"


def convert(text, context=None, **options):
    data = text if isinstance(text, bytes) else text.encode()
    source = Source(io.BytesIO(data), Path("file.csv"))
    return [report.wire for report in table.convert(source, table.Options(**options), context or Context())]


def refusal(text, **options):
    with pytest.raises(ConversionError) as caught:
        convert(text, **options)
    return str(caught.value)


def measured(step):
    return next(step[kind][0] for kind in ("numericMeas", "stringMeas", "booleanMeas") if kind in step)


def test_a_row_for_each_measurement():
    first, second = convert(ROWS, decimal=",", fields={"serial_number": "SN"}, step=STEP)
    voltage, version = first["root"]["steps"]
    assert (first["sn"], first["result"]) == ("1", "P")
    assert measured(voltage) == {
        "compOp": "GELE",
        "status": "P",
        "unit": "V",
        "value": 3.3,
        "lowLimit": 3.2,
        "highLimit": 3.4,
    }
    assert measured(version)["value"] == "1.5"  # with a decimal comma this is no number
    assert (second["sn"], second["result"], second["root"]["steps"][0]["status"]) == ("2", "F", "F")


@pytest.mark.parametrize(
    ("said", "separators", "value"),
    [
        ("1,234,567.5", {"thousands": ","}, 1234567.5),
        ("1.234,5", {"decimal": ",", "thousands": "."}, 1234.5),
        ("12 345", {"thousands": " "}, 12345.0),
        ("-1'000.25", {"thousands": "'"}, -1000.25),
        ("1,23", {"thousands": ","}, "1,23"),
        ("1,234", {}, "1,234"),
    ],
)
def test_numbers_may_have_separators_of_thousands(said, separators, value):
    (report,) = convert(f"Test;Value\nU;{said}\n", step={"name": "Test", "value": "Value"}, **separators)
    assert measured(report["root"]["steps"][0])["value"] == value


def test_the_two_separators_differ():
    with pytest.raises(ValidationError, match="must be different"):
        table.Options(decimal=",", thousands=",")


UNITS = """SN,Time,U,Version,Self test
LSL,,3.2,,
USL,,3.4,,
Unit,,V,,
A,2026-01-31 12:00:00,3.3,1.0b,pass
B,2026-01-31 12:01:00,3.5,,fail
"""


def test_a_row_for_each_unit_with_rows_of_limits():
    first, second = convert(
        UNITS,
        fields={"serial_number": "SN", "start": "Time"},
        measures="rest",
        limits={"low": "LSL", "high": "USL", "unit": "Unit"},
    )
    assert [measured(step).get("value") for step in first["root"]["steps"]] == [3.3, "1.0b", None]
    assert measured(first["root"]["steps"][0])["unit"] == "V"
    assert (first["result"], first["start"]) == ("P", "2026-01-31T12:00:00")
    assert [step["status"] for step in second["root"]["steps"]] == ["F", "F"]


def test_columns_by_number_without_titles():
    (report,) = convert(
        "S1|2.5\n", header=False, fields={"serial_number": 1}, measures=[{"column": 2, "name": "U", "high": 2.0}]
    )
    assert (report["sn"], report["result"]) == ("S1", "F")


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("SN;Ω\nü;1\n".encode("utf-8-sig"), None),
        ("SN;Ω\nü;1\n".encode("utf-16"), None),
        ("SN;Ω\nü;1\n".encode("iso8859-7", "replace"), "iso8859-7"),
        ("SN;W\nü;1\n".encode("cp1252"), "cp1252"),
    ],
)
def test_encodings(data, encoding):
    (report,) = convert(data, Context(encoding=encoding), fields={"serial_number": 1}, measures="rest")
    assert report["sn"] in {"ü", "?"}


def test_how_each_value_was_understood_is_told():
    told = []
    context = Context(explain=lambda *what: told.append(what))
    convert(ROWS, context, decimal=",", fields={"serial_number": "SN"}, step=STEP)
    assert told[:2] == [("delimiter", ";", "line 1"), ("serial_number", "1", "line 2, column SN")]
    assert told[2:6] == [
        ("U", "number 3,3", "line 2, column Value"),
        ("U: low", "3,2", "line 2, column Min"),
        ("U: high", "3,4", "line 2, column Max"),
        ("U: unit", "V", "line 2, column Unit"),
    ]


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (ROWS[:-1], {}, "byte [0-9]+: the last line has no end"),
        (ROWS.replace("ok", "perhaps"), {"step": STEP}, "line 2, column Result|perhaps.*results"),
        (
            ROWS.replace("3,2", "low"),
            {"step": STEP, "decimal": ","},
            "line 2, column Min: low limit is 'low', not a number",
        ),
        ("A;B\n1\n", {"measures": "rest"}, "line 2: the row has 1 cells, the table 2 columns"),
        ("A;A\n1;2\n", {"fields": {"serial_number": "A"}}, "two columns are called 'A'"),
        ("A\n1\n", {"fields": {"start": "A"}}, "line 2, column A: start is '1', not a time"),
        ("A\nICT\n", {"fields": {"process": "A"}}, "no code; give its code in processes"),
        ("A\n1\n", {"begin": "X"}, "no line begins with 'X'"),
        ("A\n1\n", {"end": "X"}, "the file is not complete"),
        ('A,B\n"1,2\n', {"measures": "rest"}, "line 2|unexpected end"),
        ("x\n", {"row": "(?P<a>[0-9]+)"}, "line 1: 'x' is not of the form that row"),
        ("A\n1\n", {"measures": [{"column": "C"}]}, "there is no column C"),
    ],
)
def test_what_is_unclear_is_an_error_with_its_line(text, options, words):
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(refusal(text, **options))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"row": "("}, "regular expression"),
        ({"row": "x"}, "names no columns"),
        ({"step": STEP, "measures": "rest"}, "one of them"),
        ({"fields": {"start": "A", "date": "B"}}, "start, or date"),
        ({"group_by": ["serial_number"]}, "which fields does not"),
        ({"delimeter": ";"}, "Extra inputs"),
    ],
)
def test_options_that_contradict_each_other_are_refused(options, words):
    with pytest.raises(ValidationError, match=words):
        table.Options(**options)


def test_rows_are_read_as_they_are_needed_whatever_ends_their_lines():
    rows = 'SN,U\rA,1\r\nB,2\n\nC,"3\n"\n'
    reports = convert(rows, fields={"serial_number": "SN"}, measures="rest")
    assert [(each["sn"], measured(each["root"]["steps"][0])["value"]) for each in reports] == [
        ("A", 1.0),
        ("B", 2.0),
        ("C", 3.0),
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_rows_in_encodings_of_their_own(encoding):
    rows = "SN,U\nÆ,1\n".encode(encoding)
    context = Context(encoding=encoding if encoding == "utf-16-be" else None)
    (report,) = convert(rows, context, fields={"serial_number": "SN"}, measures="rest")
    assert report["sn"] == "Æ"


def test_what_is_no_text_is_told_with_its_place():
    assert "it is no text in utf-8" in refusal(b"SN,U\n\xff,1\n", measures="rest")
