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


def report(*steps, result="Passed", unit="", main="", more=""):
    called = prop("SequenceCall", "Obj", array("ResultList", *steps), prop("Sequence", "String", "MainSequence"))
    main = f"<Prop Type='TEResult'>{main}{prop('TS', 'Obj', called, prop('StartTime', 'Number', '100.5'))}</Prop>"
    unit = prop("UUT", "Obj", prop("SerialNumber", "String", "SN1"), unit)
    return f"<Report Type='UUT' UUTResult='{result}'>{unit}{more}{main}</Report>"


def convert(*reports):
    text = f"<?xml version='1.0'?><Reports>{''.join(reports)}</Reports>"
    source = Source(io.BytesIO(text.encode()), Path("a.xml"))
    return [each.wire for each in teststand.convert(source, Options(), Context())]


def only(*content, status="Passed", result="Passed", ts=""):
    (found,) = convert(report(step("S", status, *content, ts=ts), result=result))
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


@pytest.mark.parametrize(
    ("said", "value"),
    [("0c17", 15.0), ("0XfF", 255.0), ("1e-005", 1e-5)],
)
def test_numbers_may_have_another_base(said, value):
    assert only(*number(said, "LOG"))["numericMeas"][0]["value"] == value


@pytest.mark.parametrize("said", ["1.#INF", "-1.#IND", "1.#QNAN", "-NAN"])
def test_old_versions_write_what_is_no_number_as_c_does(said):
    step = only(*number(said, "GELE", Low="1", High="2"), status="Failed")
    assert (step["status"], "numericMeas" in step) == ("F", False)


@pytest.mark.parametrize(
    ("comp", "low", "high", "expected"),
    [
        ("GELE", "-INF", "5", ("LE", 5.0, None)),
        ("GTLT", "1", "INF", ("GT", 1.0, None)),
        ("LTGT", "-INF", "5", ("GT", 5.0, None)),
        ("LEGE", "1", "INF", ("LE", 1.0, None)),
        ("GELE", "NAN", "5", ("LOG", None, None)),
    ],
)
def test_an_infinite_limit_is_none(comp, low, high, expected):
    (measured,) = only(*number("3", comp, Low=low, High=high))["numericMeas"]
    assert (measured["compOp"], measured.get("lowLimit"), measured.get("highLimit")) == expected


def test_numbers_are_shown_as_the_station_showed_them():
    shown = "<Prop Name='Numeric' Type='Number' NumFmt='%$.2f'><Value>1.5</Value></Prop>"
    assert only(shown)["numericMeas"][0]["valueFormat"] == "%.2f"


def test_a_tolerance_and_its_nominal_value_are_kept():
    raw = prop("RawLimits", "Obj", prop("Nominal", "Number", "5"), prop("Low", "Number", "20"))
    step = only(*number("5", "EQT", Low="4", High="6"), raw)
    assert step["numericMeas"][0]["compOp"] == "GELE"
    kept = {each["name"]: each.get("value") for each in step["additionalResults"][0]["props"]}
    assert kept == {"Comp": "EQT", "RawLimits": None}


def test_raw_limits_that_say_the_same_are_not_repeated():
    raw = prop("RawLimits", "Obj", prop("Low", "Number", "4"), prop("High", "Number", "6"))
    assert "additionalResults" not in only(*number("5", "GELE", Low="4", High="6"), raw)


def test_an_empty_limit_of_a_text_is_one():
    wanted = prop("Limits", "Obj", prop("String", "String", ""))
    said = only(prop("String", "String", ""), prop("Comp", "String", "CaseSensit"), wanted)
    assert said["stringMeas"] == [{"compOp": "CASESENSIT", "status": "P", "value": "", "limit": ""}]


def test_a_text_without_limits_is_kept():
    assert only(prop("String", "String", "v1.2"))["stringMeas"][0]["value"] == "v1.2"


def test_what_a_type_of_step_adds_is_kept_and_what_is_empty_is_not():
    own = (
        prop("Offset", "Number", "0.25"),
        prop("Note", "String", ""),
        prop("Common", "Obj", prop("Lot", "String", "L")),
    )
    (kept,) = only(*number("1", "LOG"), *own, ts=prop("Server", "String", "PC7"))["additionalResults"]
    assert kept["name"] == "Results"
    assert [(each["name"], each.get("value")) for each in kept["props"]] == [
        ("Comp", "LOG"),
        ("Offset", "0.25"),
        ("Common", None),
        ("Server", "PC7"),
    ]


def test_enumerations_references_and_objects_without_a_name_keep_their_values():
    kind = "<Prop Name='mode' Type='Enum' TypeName='Mode'><Value>Fast</Value></Prop>"
    objects = array("pins", "<Prop Type='Obj'>" + prop("n", "Number", "1") + "</Prop>")
    mode, pins = only(kind, objects)["additionalResults"][0]["props"]
    assert (mode["type"], mode["value"]) == ("String", "Fast")
    assert [each["name"] for each in pins["props"]] == ["[0]"]


def test_an_array_of_two_dimensions_is_no_curve():
    values = "".join(f"<Value ID='[{at}][0]'>{at}</Value>" for at in range(2))
    step = only(f"<Prop Name='Numeric' Type='Array' LBound='[0][0]' ElementType='Number'>{values}</Prop>")
    assert "chart" not in step
    assert step["additionalResults"][0]["props"][0]["array"]["dimension"] == 2


def measurement(data, status="", unit="", comp="GE", low="0"):
    status = prop("Status", "String", status) if status else ""
    comp = prop("Comp", "String", comp)
    return prop("m", "Obj", prop("Data", "Number", data), status, prop("Units", "String", unit), comp, limits(Low=low))


def test_a_measurement_without_a_status_is_compared():
    made = only(array("Measurement", measurement("1"), measurement("-1")), status="Failed")
    assert [each["status"] for each in made["numericMeas"]] == ["P", "F"]
    assert [each["name"] for each in made["numericMeas"]] == ["m", "m 1"]


def test_one_of_several_that_is_no_number_stands_in_the_text():
    made = only(array("Measurement", measurement("NAN", "Passed", "V"), measurement("1", "Passed")))
    assert [each["value"] for each in made["numericMeas"]] == [1.0]
    assert made["reportText"] == "m: NAN V, GE 0.0, P"


@pytest.mark.parametrize("status", ["Failed", "Error", "Terminated"])
def test_a_step_that_no_measurement_explains_keeps_its_status_and_its_values(status):
    made = only(array("Measurement", measurement("1", "Passed"), measurement("2", "Error")), status=status)
    assert (made["status"], "numericMeas" in made) == (status[0], False)
    assert made["reportText"].splitlines() == ["m: 1, GE 0.0, P", "m: 2, GE 0.0, E"]


def test_a_value_of_a_step_that_broke_stands_beside_its_text():
    made = only(*number("3", "GELE", Low="1", High="2"), prop("ReportText", "String", "hot"), status="Error")
    assert made["reportText"] == "hot\nvalue 3.0, GELE 1.0 2.0"


def test_a_long_message_stands_whole_in_the_text():
    error = prop("Error", "Obj", prop("Occurred", "Boolean", "True"), prop("Msg", "String", "x" * 900))
    made = only(error, status="Error")
    assert len(made["errorMessage"]) == 200
    assert made["reportText"] == "x" * 900
    (found,) = convert(report(main=error, result="Error"))
    assert len(found["uut"]["errorMessage"]) == 500
    assert found["root"]["reportText"] == "x" * 900


def round_of(name, status, index):
    return step(name, status, ts=prop("LoopIndex", "Number", str(index)))


def summary_of(name, status, loops, *told):
    words = zip(("NumPassed", "NumFailed"), told, strict=False)
    return step(name, status, ts=prop("NumLoops", "Number", loops) + "".join(prop(w, "Number", n) for w, n in words))


@pytest.mark.parametrize("summary_first", [True, False])
def test_a_loop_that_is_run_twice_is_two_loops(summary_first):
    parts = [summary_of("L", "Passed", "2"), round_of("L", "Passed", 0), round_of("L", "Passed", 1)]
    parts = parts if summary_first else [*parts[1:], parts[0]]
    (found,) = convert(report(*parts, *parts))
    once = [{"num": 2, "endingIndex": 1, "passed": 2, "failed": 0}, {"idx": 0}, {"idx": 1}]
    assert [each["loop"] for each in found["root"]["steps"]] == once * 2


def test_what_a_loop_counted_is_told_where_its_iterations_are_not():
    (found,) = convert(report(summary_of("L", "Passed", "9", "8", "1"), round_of("L", "Failed", 4)))
    summary, iteration = found["root"]["steps"]
    assert summary["reportText"] == "loops 9, passed 8, failed 1"
    assert (summary["loop"]["num"], iteration["loop"], iteration["reportText"]) == (1, {"idx": 0}, "loop index 4")
    (found,) = convert(report(summary_of("L", "Passed", "9", "8", "1"), step("K", "Passed")))
    assert [("loop" in each, each.get("reportText")) for each in found["root"]["steps"]] == [
        (False, "loops 9, passed 8, failed 1"),
        (False, None),
    ]


def test_a_step_of_an_old_version_that_has_no_id_loops_by_its_place():
    parts = [each.replace("StepId", "Old") for each in (summary_of("L", "Passed", "1"), round_of("L", "Passed", 0))]
    (found,) = convert(report(*parts))
    assert [each["loop"].get("idx") for each in found["root"]["steps"]] == [None, 0]


TIME = {
    "StartDate": {"Year": 2024, "Month": 10, "MonthDay": 5},
    "StartTime": {"Hours": 23, "Minutes": 59, "Seconds": 59},
}


def test_steps_began_as_long_after_the_report_as_the_engine_counted():
    times = "".join(
        prop(name, "Obj", *(prop(key, "Number", value) for key, value in parts.items())) for name, parts in TIME.items()
    )
    (found,) = convert(report(step("S", "Passed", ts=prop("StartTime", "Number", "102")), more=times))
    assert (found["start"], found["root"]["start"]) == ("2024-10-05T23:59:59", "2024-10-05T23:59:59")
    assert found["root"]["steps"][0]["start"] == "2024-10-06T00:00:00.500000"


def test_the_unit_keeps_what_has_no_field():
    part = [("Part_Type", "PSU"), ("PartNumber", "P-1"), ("SerialNumber", "77"), ("Revision", "B")]
    odd = [("Part_Type", "PSU"), ("Colour", "red")]
    text = [("Description", "shift"), ("Text", "late"), ("Numeric", "0")]

    def objects(name, *all_values):
        return array(
            name, *(prop("", "Obj", *(prop(*pair[:1], "String", pair[1]) for pair in each)) for each in all_values)
        )

    misc = prop("MiscUUTResult", "Obj", objects("UUT_Part_Info", part, odd), objects("Misc_UUT_Info", text))
    more = prop("UUTLoopIndex", "Number", "43"), prop("BatchLoopIndex", "Number", "2")
    station = prop("StationInfo", "Obj", prop("StationID", "String", "S1"), prop("Rack", "String", "R9"))
    (found,) = convert(
        report(unit="".join((misc, *more)), more=station + prop("Cal", "Obj", prop("due", "String", "x")))
    )
    assert found["subUnits"] == [{"partType": "PSU", "pn": "P-1", "sn": "77", "rev": "B"}]
    assert [(each["description"], each["text"]) for each in found["miscInfos"]] == [
        ("UUTLoopIndex", "43"),
        ("shift", "late"),
    ]
    assert (found["uut"]["batchLoopIndex"], found["machineName"]) == (2, "S1")
    assert {each["name"]: len(each["props"]) for each in found["additionalData"]} == {
        "UUT": 1,
        "StationInfo": 1,
        "Cal": 1,
    }


def test_the_step_that_a_failure_is_blamed_on_is_marked():
    stack = array(
        "CriticalFailureStack", prop("", "Obj", prop("ResultId", "Number", "7"), prop("StepName", "String", "S"))
    )
    blamed = step("S", "Failed", ts=prop("Id", "Number", "7"))
    (found,) = convert(report(blamed, step("T", "Passed"), unit=stack, result="Failed"))
    assert [each.get("causedUUTFailure") for each in found["root"]["steps"]] == [True, None]


def test_an_operation_may_be_told_by_its_name():
    details = prop("UUTOperationTypeDetails", "Obj", prop("OpTypeName", "String", "Final test"))
    (found,) = convert(report(unit=prop("UUTOperationType", "Number", "0") + details))
    assert (found.get("processCode"), found["processName"]) == (None, "Final test")


def test_units_of_a_batch_have_their_sockets():
    sockets = [report(unit=prop("TestSocketIndex", "Number", str(at))) for at in range(3)]
    assert [
        each["uut"]["testSocketIndex"] for each in convert("<Report Type='Batch' Title='Batch Report'/>", *sockets)
    ] == [
        0,
        1,
        2,
    ]
    assert teststand.sniff(b"<Reports><Report Type='Batch' Title='Batch Report'>", "") == 1.0


def test_bytes_that_windows_has_no_characters_for_are_controls():
    text = "<?xml version='1.0' encoding='ISO-8859-1'?><Reports>" + report() + "</Reports>"
    content = text.replace("MainSequence", "Á").encode()
    (found,) = teststand.convert(Source(io.BytesIO(content), Path("a.xml")), Options(), Context())
    assert found.wire["root"]["name"] == "Ã\x81"


def test_windows_writes_more_than_the_encoding_that_it_says():
    text = "<?xml version='1.0' encoding='iso-8859-1'?><Reports>" + report(prop("x", "Obj")) + "</Reports>"
    content = text.replace("MainSequence", "5 € … µ").encode("cp1252")
    (found,) = teststand.convert(Source(io.BytesIO(content), Path("a.xml")), Options(), Context())
    assert found.wire["root"]["name"] == "5 € … µ"
