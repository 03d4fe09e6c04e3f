"""ATML: what holds the data decides what a step is."""

from datetime import timedelta, timezone
from pathlib import Path

import pytest

from pywats.errors import FormatError
from pywats.reports.formats import atml

FILE = Path(__file__).with_name("atml_601.xml")
OSLO = timezone(timedelta(hours=2))
OLD = FILE.read_text("utf-8")


@pytest.fixture(scope="module")
def report():
    return next(atml.read(FILE, timezone=OSLO))


@pytest.fixture(scope="module")
def steps(report):
    return {step.name: step for step in report.root.walk()}


def test_the_header(report):
    assert (report.sn, report.pn, report.station_name, report.info.operator) == ("SN1", "PN1", "ST-1", "anna")
    assert (report.info.socket_index, report.info.batch_number, report.info.exec_time) == (7, "B9", 2.5)
    assert str(report.id) == "c283b7fe-198a-11ed-8dee-00802f335b81"
    assert report.root.called.wire == {"path": r"C:\widget.seq", "name": "MainSequence"}
    assert (report.result, report.root.status) == ("F", "F")


def test_times_are_those_of_the_station_with_all_their_digits(report):
    assert report.wire["start"] == "2024-05-06T07:08:09.1234567+02:00"
    assert report.start_utc == report.start
    assert next(atml.read(FILE, timezone="kept")).wire["start"] == "2024-05-06T07:08:09.1234567"


def test_a_collection_holds_several_reports():
    first, second = atml.read(FILE)
    assert (first.sn, second.sn, second.pn) == ("SN1", "SN2", "")
    assert second.id == list(atml.read(FILE))[1].id


@pytest.mark.parametrize(
    ("name", "operator", "low", "high"),
    [
        ("percent", "GELE", -105, -90),
        ("no lower limit", "LE", 2, None),
        ("logged", "LOG", None, None),
    ],
)
def test_limits(steps, name, operator, low, high):
    step = steps[name]
    assert (step.comp_op, step.low_limit, step.high_limit) == (operator, low, high)


def test_numbers_may_be_hexadecimal_or_none(steps):
    assert (steps["percent"].value, steps["percent"].unit) == (100, "V")
    assert (steps["not a number"].value, steps["not a number"].status) == ("NaN", "F")


def test_what_any_step_has(steps):
    step = steps["percent"]
    assert (step.group, step.step_type, step.tot_time, step.report_text) == ("S", "NumericLimitTest", 0.5, "warm")
    assert step.ts_guid == "ID#:abc"
    assert steps["broken"].error_message == "no answer"


def test_several_results_are_several_measurements_and_the_others_are_extra_data(steps):
    step = steps["several"]
    assert [(each.name, each.comp_op, each.low_limit, each.high_limit) for each in step.measurements] == [
        ("a", "LT", 2, None),
        ("b", "LTGT", 3, 9),
    ]
    (extra,) = step.additional_results[0].wire["props"]
    assert extra == {"name": "extra", "type": "Number", "value": "3", "comment": "s"}
    assert (steps["Call of Sub"].called.path, steps["Call of Sub"].called.file_name) == (r"C:\sub.seq", "Sub")


def test_texts(steps):
    step = steps["text"]
    assert (step.value, step.limit, step.comp) == ("abc", "ABC", "IGNORECASE")


def test_outcomes(steps):
    assert {name: steps[name].status.value for name in ("plain fail", "stopped", "broken", "left out", "array")} == {
        "plain fail": "F",
        "stopped": "T",
        "broken": "E",
        "left out": "S",
        "array": "D",
    }
    assert steps["plain fail"].value is False
    assert steps["stopped"].report_text == "value 1, EQ 1"


def test_arrays_and_collections_are_additional_data(steps):
    bytes_, inner = steps["array"].additional_results[0].props
    assert [item.value.value for item in bytes_.array.indexes] == ["0xff", "0x01"]
    assert (bytes_.array.dimension, bytes_.array.indexes[1].indexes) == (1, [1])
    assert [(each.name, each.type, each.value) for each in inner.props] == [("flag", "Bool", "true")]


VERSIONS = {
    "2.02": ("http://www.ieee.org/ATML/2007/TestResults", "http://www.ieee.org/ATML/2006/Common"),
    "5.00": ("urn:IEEE-1636.1:2011:01:TestResults", "urn:IEEE-1671:2010:Common"),
    "6.01": ("urn:IEEE-1636.1:2013:TestResults", "urn:IEEE-1671:2010:Common"),
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("collected", [True, False])
def test_all_versions(version, collected):
    results, common = VERSIONS[version]
    if version == "2.02" and collected:
        return
    inside = '<tr:ResultSet name="M"><tr:Outcome value="Passed"/></tr:ResultSet>'
    unit = "<tr:UUT><c:SerialNumber>S</c:SerialNumber></tr:UUT>"
    content = f'<tr:TestResults xmlns:tr="{results}" xmlns:c="{common}">{inside}{unit}</tr:TestResults>'
    if collected:
        content = f'<q:TestResultsCollection xmlns:q="{results}Collection">{content}</q:TestResultsCollection>'
    assert [report.sn for report in atml.read(content.encode())] == ["S"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('value="0x64"', 'value="much"', "'much'; a number is needed"),
        ('value="5"/>', 'value="x"/>', "'x'; a number is needed"),
        ('Outcome value="Failed"', 'Outcome value="Great"', "'Great', which is no outcome"),
        ("<c:SerialNumber>SN1</c:SerialNumber>", "", "no UUT with a SerialNumber"),
        ('startDateTime="2024', 'startDateTime="at 2024', "startDateTime"),
        ("tr:ResultSet", "tr:Results", "no ResultSet"),
        ("urn:IEEE-1636.1:2013:TestResultsCollection", "urn:x", "no ATML"),
    ],
)
def test_an_error_names_the_line(old, new, words):
    with pytest.raises(FormatError, match=words) as caught:
        list(atml.read(OLD.replace(old, new).encode()))
    assert caught.value.position.startswith("line ")


SPACES = (
    'xmlns:tr="urn:IEEE-1636.1:2011:TestResults" xmlns:c="urn:IEEE-1671:2010:Common" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:ts="www.ni.com/TestStand/ATMLTestResults/2.0"'
)
UNIT = "<tr:UUT><c:SerialNumber>S</c:SerialNumber></tr:UUT>"


def document(*steps, root='<tr:Outcome value="Passed"/>', beside=UNIT):
    results = f'<tr:ResultSet name="M">{root}{"".join(steps)}</tr:ResultSet>'
    return f"<tr:TestResults {SPACES}>{results}{beside}</tr:TestResults>".encode()


def only(*content, outcome='<tr:Outcome value="Passed"/>', kind="Test"):
    (report,) = atml.read(document(f'<tr:{kind} name="T">{outcome}{"".join(content)}</tr:{kind}>'))
    (step,) = report.wire["root"]["steps"]
    return step


def result(datum, limits="", *, name="r", own=""):
    limits = f"<tr:TestLimits><tr:Limits>{limits}</tr:Limits></tr:TestLimits>" if limits else ""
    return f'<tr:TestResult name="{name}">{own}<tr:TestData>{datum}</tr:TestData>{limits}</tr:TestResult>'


def datum(kind, value):
    return f'<c:Datum xsi:type="c:{kind}" value="{value}"/>'


LOGGED = '<tr:Outcome value="Passed"/>'


@pytest.mark.parametrize(
    ("said", "key", "value"),
    [
        (datum("double", "1.5E3"), "numericMeas", 1500.0),
        (datum("integer", "-3"), "numericMeas", -3),
        (datum("unsignedLong", "0xFF"), "numericMeas", 255),
        (datum("hexadecimal", "FF"), "numericMeas", 255),
        (datum("hexadecimal", "x10"), "numericMeas", 16),
        (datum("hexadecimal", "b1"), "numericMeas", 177),
        (datum("octal", "17"), "numericMeas", 15),
        (datum("binary", "0b101"), "numericMeas", 5),
        (datum("dateTime", "2024-05-06T07:08:09"), "stringMeas", "2024-05-06T07:08:09"),
        (datum("string", "1.5"), "stringMeas", "1.5"),
        ('<c:Datum xsi:type="c:complex" real="1.5" imaginary="-2"/>', "stringMeas", "1.5-2i"),
        ('<c:Datum xsi:type="ts:TS_enum"><ts:EnumValue>On</ts:EnumValue></c:Datum>', "stringMeas", "On"),
    ],
)
def test_a_value_is_what_its_type_says(said, key, value):
    assert only(result(said, own=LOGGED))[key][0]["value"] == value


@pytest.mark.parametrize("kind", ["double", "hexadecimal", "octal"])
def test_a_value_that_is_none_of_its_type_has_a_place(kind):
    with pytest.raises(FormatError, match=r"line 1, TestResult: is '9z'; a number is needed"):
        only(result(datum(kind, "9z"), own=LOGGED))


def test_units_of_the_standard_and_others():
    found = [result(f'<c:Datum xsi:type="c:double" value="1" {unit}/>', own=LOGGED) for unit in UNITS]
    assert [only(each)["numericMeas"][0]["unit"] for each in found] == ["V", "widget", "A"]


UNITS = ('standardUnit="V"', 'nonStandardUnit="widget"', 'unit="A"')


def test_limits_that_no_report_has_an_operator_for_are_kept():
    mask = "<c:Mask><c:Expected><c:Datum value='7'/></c:Expected></c:Mask>"
    step = only(result(datum("double", "1"), mask))
    assert step["numericMeas"][0]["compOp"] == "LOG"
    assert [each["name"] for each in step["additionalResults"]] == ["Limits"]


def test_the_limits_of_an_array_are_kept_beside_it():
    array = '<c:IndexedArray xsi:type="c:doubleArray"><c:Element position="[0]" value="1"/></c:IndexedArray>'
    step = only(result(array, '<c:SingleLimit comparator="LT"><c:Datum value="2"/></c:SingleLimit>'))
    assert [each["name"] for each in step["additionalResults"]] == ["Results", "Limits"]


def test_a_tolerance_outside_of_which_a_value_must_be():
    limits = (
        '<c:LimitPair operator="OR"><c:Limit comparator="LT"><c:Datum value="9"/></c:Limit><c:Limit comparator="GT">'
        '<c:Datum value="11"/></c:Limit></c:LimitPair><c:Extension><ts:TSLimitProperties><ts:ThresholdType>DELTA'
        '</ts:ThresholdType><ts:RawLimits><ts:Nominal value="10"/><ts:Low value="1"/><ts:High value="1"/>'
        "</ts:RawLimits></ts:TSLimitProperties></c:Extension>"
    )
    (measured,) = only(result(datum("double", "3"), limits))["numericMeas"]
    assert (measured["compOp"], measured["lowLimit"], measured["highLimit"]) == ("LTGT", 9, 11)


def single(value, limit, name="r", own=""):
    return result(
        datum("double", value),
        f'<c:SingleLimit comparator="LT"><c:Datum value="{limit}"/></c:SingleLimit>',
        name=name,
        own=own,
    )


def outcome(value, qualifier=""):
    return f'<tr:Outcome value="{value}" qualifier="{qualifier}"/>'


def test_measurements_of_one_name_are_told_apart():
    step = only(single(1, 2), single(1, 2))
    assert [each["name"] for each in step["numericMeas"]] == ["r", "r 1"]


@pytest.mark.parametrize(
    ("ended", "second", "status", "told"),
    [
        (outcome("Failed"), single(1, 2), "F", True),
        (outcome("Aborted"), single(1, 2), "T", True),
        (outcome("Passed"), single(1, 2, own=outcome("Aborted")), "P", True),
        (outcome("Passed"), single(3, 2), "F", False),
    ],
)
def test_a_step_fails_if_and_only_if_a_measurement_does(ended, second, status, told):
    step = only(single(1, 2), second, outcome=ended)
    assert (step["status"], "numericMeas" not in step) == (status, told)
    assert step["reportText"].startswith("r: 1, LT 2, P" if told else "status P")


def test_a_long_text_stands_whole_in_the_text_of_the_step():
    step = only(result(f'<c:Datum xsi:type="c:string"><c:Value>{"x" * 300}</c:Value></c:Datum>', own=LOGGED))
    assert (len(step["stringMeas"][0]["value"]), step["reportText"]) == (100, "x" * 300)


@pytest.mark.parametrize(
    ("said", "letter", "note"),
    [
        (outcome("Inconclusive"), "E", "Inconclusive"),
        (outcome("UserDefined", "Retest"), "D", "UserDefined: Retest"),
        (outcome("Failed", "Operator"), "F", "Failed: Operator"),
        (outcome("Failed", "Terminated"), "T", None),
        (outcome("NotStarted"), "S", None),
    ],
)
def test_outcomes_that_reports_have_no_letter_for_are_told(said, letter, note):
    step = only(outcome=said)
    assert (step["status"], step.get("reportText")) == (letter, note)


@pytest.mark.parametrize(
    ("root", "letter"),
    [("", "F"), (outcome("NotStarted"), "T"), (outcome("Inconclusive"), "E"), (outcome("Passed"), "P")],
)
def test_a_report_never_passes_by_default(root, letter):
    (report,) = atml.read(document(f'<tr:Test name="T">{outcome("Failed")}</tr:Test>', root=root))
    assert report.wire["result"] == report.wire["root"]["status"] == letter


def looped(name, *properties, inside=False):
    said = "".join(f'<ts:{key} value="{value}"/>' for key, value in properties)
    said = f"<ts:LoopingProperties>{said}</ts:LoopingProperties>" if inside else said
    extension = f"<tr:Extension><ts:TSStepProperties>{said}</ts:TSStepProperties></tr:Extension>"
    return f'<tr:Test name="{name}" testReferenceID="ID#:{name}">{extension}{LOGGED}</tr:Test>'


@pytest.mark.parametrize("inside", [False, True])
def test_a_loop_is_a_summary_and_its_iterations(inside):
    summary = looped("L", ("NumLoops", 2), ("NumPassed", 2), ("NumFailed", 0), inside=inside)
    rounds = [looped("L", ("LoopIndex", index), inside=inside) for index in range(2)]
    (report,) = atml.read(document(summary, *rounds, looped("other")))
    assert [step.get("loop") for step in report.wire["root"]["steps"]] == [
        {"num": 2, "endingIndex": 1, "passed": 2, "failed": 0},
        {"idx": 0},
        {"idx": 1},
        None,
    ]


def test_steps_in_a_test_make_it_a_sequence():
    step = only(f'<tr:Test name="inner">{LOGGED}</tr:Test>', kind="SessionAction")
    assert [each["name"] for each in step["steps"]] == ["inner"]


def test_what_has_no_field_is_kept():
    extension = '<tr:Extension><x:Own xmlns:x="urn:x" colour="red"/></tr:Extension>'
    step = only(
        "<tr:Description>warm up</tr:Description>", extension, '<tr:Indictment><tr:Item name="U7"/></tr:Indictment>'
    )
    assert step["reportText"] == "warm up"
    assert [(each["name"], len(each["props"])) for each in step["additionalResults"]] == [
        ("Properties", 1),
        ("Other", 1),
    ]


def test_messages_are_kept_whole_and_all():
    long = "x" * 300
    events = "".join(f'<tr:Event ID="Error"><tr:Message>{said}</tr:Message></tr:Event>' for said in (long, "next"))
    step = only(f"<tr:Events>{events}</tr:Events>", outcome=outcome("UserDefined", "Error"))
    assert len(step["errorMessage"]) == 200
    (kept,) = step["additionalResults"]
    assert [each["props"][0]["value"] for each in kept["props"]] == [long, "next"]


def test_the_header_keeps_what_has_no_field():
    beside = (
        '<tr:Personnel><tr:SystemOperator ID="7" name="anna"/></tr:Personnel>'
        '<tr:TestProgram name="P" revision="2"/><tr:WorkOrder><c:WorkOrderNumber>W1</c:WorkOrderNumber></tr:WorkOrder>'
    )
    (report,) = atml.read(document(beside=UNIT + beside))
    assert report.wire["uut"]["user"] == "7"
    assert [each["name"] for each in report.wire["additionalData"]] == ["Personnel", "TestProgram", "WorkOrder"]


def test_a_step_took_as_long_as_its_times_say():
    times = 'startDateTime="2024-05-06T07:08:09.5" endDateTime="2024-05-06T07:08:11"'
    (report,) = atml.read(document(f'<tr:Test name="T" {times}>{LOGGED}</tr:Test>'), timezone="kept")
    (step,) = report.wire["root"]["steps"]
    assert (step["start"], step["totTime"]) == ("2024-05-06T07:08:09.5", 1.5)


def test_several_sets_of_results_are_several_reports():
    more = f'<tr:ResultSet name="N">{outcome("Failed")}</tr:ResultSet>'
    first, second = atml.read(document(beside=more + UNIT))
    assert [(each.sn, each.wire["result"]) for each in (first, second)] == [("S", "P"), ("S", "F")]
    assert first.id != second.id


@pytest.mark.parametrize(
    "space",
    [
        "http://www.ieee.org/ATML/2006/TestResults",
        "urn:IEEE-1636.1:2013:TestResults",
        "urn:IEEE-1636.1:2018:TestResults",
    ],
)
def test_other_editions_are_read(space):
    content = document().decode().replace("urn:IEEE-1636.1:2011:TestResults", space)
    assert [report.sn for report in atml.read(content.encode())] == ["S"]
