"""Reports of TestStand: every kind of step by its content, loops, errors, and nothing of the engine's own callbacks."""

import io
from pathlib import Path

import pytest

from pywats.errors import FormatError
from pywats.ingest.converters import Context, Options, Source, teststand
from pywats.ingest.faults import ConversionError


def prop(name, kind, *inner):
    value = inner[0] if inner and kind in {"String", "Number", "Boolean"} else None
    content = f"<Value>{value}</Value>" if value is not None else "".join(inner)
    return f"<Prop Name='{name}' Type='{kind}'>{content}</Prop>"


def array(name, *objects):
    values = "".join(f"<Value ID='[{at}]'>{each}</Value>" for at, each in enumerate(objects))
    return f"<Prop Name='{name}' Type='Array'>{values}</Prop>"


def step(name, status, *content, ts=""):
    ts = prop("TS", "Obj", prop("StepName", "String", name), prop("StepId", "String", f"ID#:{name}"), ts)
    return f"<Prop Type='TEResult'>{prop('Status', 'String', status)}{''.join(content)}{ts}</Prop>"


def limits(**given):
    return prop("Limits", "Obj", *(prop(name, "Number", value) for name, value in given.items()))


def report(*steps, result="Passed"):
    called = prop("SequenceCall", "Obj", array("ResultList", *steps), prop("Sequence", "String", "MainSequence"))
    main = f"<Prop Type='TEResult'>{prop('TS', 'Obj', called)}</Prop>"
    unit = prop("UUT", "Obj", prop("SerialNumber", "String", "SN1"))
    return f"<Report Type='UUT' UUTResult='{result}'>{unit}{main}</Report>"


def convert(*reports):
    text = f"<?xml version='1.0'?><Reports>{''.join(reports)}</Reports>"
    source = Source(io.BytesIO(text.encode()), Path("a.xml"))
    return [each.wire for each in teststand.convert(source, Options(), Context())]


def only(*content, status="Passed", result="Passed"):
    (found,) = convert(report(step("S", status, *content), result=result))
    (made,) = found["root"]["steps"]
    return made


def number(value, comp, **given):
    return (prop("Numeric", "Number", value), prop("Comp", "String", comp), limits(**given))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (number("1.5", "GELE", Low="1", High="2"), {"value": 1.5, "compOp": "GELE", "lowLimit": 1.0, "highLimit": 2.0}),
        (number("0x10", "EQ", Low="0x10"), {"value": 16.0, "compOp": "EQ", "lowLimit": 16.0}),
        (number("4.9e-005", "LT", Low="1"), {"value": 4.9e-05, "compOp": "LT", "lowLimit": 1.0}),
        (number("5", "EQT", Low="4", High="6"), {"value": 5.0, "compOp": "GELE", "lowLimit": 4.0, "highLimit": 6.0}),
        (number("5", "LOG", Low="4", High="6"), {"value": 5.0, "compOp": "LOG"}),
    ],
)
def test_a_number_is_compared_as_the_step_compared_it(content, expected):
    (measured,) = only(*content)["numericMeas"]
    assert {name: measured[name] for name in measured if name not in {"unit", "status"}} == expected


def test_texts_passes_programs_and_messages():
    text = prop("Limits", "Obj", prop("String", "String", "ok"))
    said = only(prop("String", "String", "OK"), prop("Comp", "String", "IgnoreCase"), text)["stringMeas"]
    assert said == [{"compOp": "IGNORECASE", "status": "P", "value": "OK", "limit": "ok"}]
    assert only(prop("PassFail", "Boolean", "True"))["booleanMeas"] == [{"status": "P"}]
    assert only(prop("ExitCode", "Number", "3"))["callExe"] == {"exitCode": 3.0}
    assert only(prop("ButtonHit", "Number", "1"))["messagePopup"]["button"] == 1
    assert only(status="Custom")["reportText"] == "status Custom"


def test_several_numbers_of_one_step():
    measured = [
        prop("first", "Obj", prop("Data", "Number", "1"), prop("Comp", "String", "GE"), limits(Low="0")),
        prop("", "Obj", prop("Data", "Number", "3"), prop("Status", "String", "Failed")),
    ]
    made = only(array("Measurement", *measured), status="Failed", result="Failed")
    assert [(each["name"], each["status"]) for each in made["numericMeas"]] == [("first", "P"), ("Measurement 1", "F")]
    assert made["status"] == "F"


def test_a_loop_is_a_summary_and_its_iterations():
    rounds = [
        step("L", status, ts=prop("LoopIndex", "Number", str(at))) for at, status in enumerate(("Passed", "Failed"))
    ]
    summary = step("L", "Passed", ts=prop("NumLoops", "Number", "2"))
    (found,) = convert(report(*rounds, summary))
    assert [each["loop"] for each in found["root"]["steps"]] == [
        {"num": 2, "endingIndex": 1, "passed": 1, "failed": 1},
        {"idx": 0},
        {"idx": 1},
    ]


def test_an_error_keeps_its_code_and_message():
    error = prop(
        "Error", "Obj", prop("Occurred", "Boolean", "True"), prop("Code", "Number", "-17"), prop("Msg", "String", "no")
    )
    made = only(error, prop("Numeric", "Number", "1"), status="Error", result="Error")
    assert (made["status"], made["errorCode"], made["errorMessage"]) == ("E", -17, "no")
    assert "numericMeas" not in made


def test_each_unit_of_a_batch_is_a_report():
    assert len(convert("<Report Type='BATCH' UUTResult='Passed'/>", report(), report(result="Terminated"))) == 2


def test_what_is_no_report_has_a_reason():
    with pytest.raises(ConversionError, match="result is 'Running'"):
        convert(report(result="Running"))
    with pytest.raises(FormatError, match="not well-formed"):
        convert("<Report>")


@pytest.mark.parametrize(("said", "value"), [("3,5", 3.5), ("0b101", 5.0), ("-0x10", -16.0), ("1E3", 1000.0)])
def test_numbers_are_those_of_the_stations_language(said, value):
    assert only(*number(said, "LOG"))["numericMeas"][0]["value"] == value


@pytest.mark.parametrize("said", ["NAN", "IND", "INF"])
def test_what_is_no_finite_number_stands_in_the_text(said):
    step = only(*number(said, "GELE", Low="1", High="2"), status="Failed")
    assert "numericMeas" not in step
    assert step["status"] == "F"


def numbers(name, *values):
    items = "".join(f"<Value ID='[{at}]'>{value}</Value>" for at, value in enumerate(values))
    return f"<Prop Name='{name}' Type='Array' LBound='[0]' HBound='[1]' ElementType='Number'>{items}</Prop>"


def test_an_array_that_was_measured_is_a_chart():
    step = only(numbers("Numeric", "1,5", "2"))
    (series,) = step["chart"]["series"]
    assert (step["status"], series["ydata"]) == ("P", "1.5;2.0")


def test_an_array_in_the_additional_results_keeps_its_values():
    step = only(array("AdditionalResults", numbers("points", "1", "2")))
    (kept,) = step["additionalResults"][0]["props"]
    assert (kept["type"], kept["array"]["dimension"], kept["array"]["type"]) == ("Array", 1, "Number")
    assert [(each["indexes"], each["value"]["value"]) for each in kept["array"]["indexes"]] == [([0], "1"), ([1], "2")]


def test_a_summary_of_another_name_makes_no_loop():
    first = step("a", "Passed", ts=prop("NumLoops", "Number", "1"))
    second = step("b", "Passed", ts=prop("LoopIndex", "Number", "0")).replace("ID#:b", "ID#:a")
    (found,) = convert(report(first, second))
    assert [("loop" in each, each["name"]) for each in found["root"]["steps"]] == [(False, "a"), (False, "b")]
