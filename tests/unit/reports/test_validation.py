"""All that the server would refuse is said at once, each with its place."""

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pywats.errors import ValidationError
from pywats.reports import check, for_posting, read_report, validate
from pywats.reports.binary import Attachment
from pywats.reports.making import new_uur, new_uut
from pywats.reports.measurements import NumericMeasurement
from pywats.reports.models import UURReport, UUTReport
from pywats.reports.problem import Problem, in_words
from pywats.reports.step import LoopInfo
from pywats.reports.steps import GenericStep, NumericStep, SequenceCall, SequenceCallInfo

STATION = ("ICT-1", "Oslo", "Production")
START = datetime(2026, 1, 5, 8, tzinfo=UTC)


@pytest.fixture
def report() -> UUTReport:
    return new_uut("anna", "P", "A", "S", 60, STATION, START)


@pytest.fixture
def repair(report) -> UURReport:
    return new_uur(
        report,
        (),
        operator="ben",
        part_number=None,
        serial_number=None,
        revision="",
        repair_code=500,
        station=STATION,
        comment=None,
    )


def said(report, **known) -> list[str]:
    return [str(problem) for problem in validate(report, **known)]


def test_a_report_without_faults(report, repair):
    report.root.passed("x")
    assert said(report) == said(repair) == []
    check(report)


def test_all_that_is_missing_is_said_at_once():
    bare = UUTReport(pn="", sn="S" * 101, type="T")
    del bare.wire["root"], bare.wire["result"]
    bare.wire["id"] = "7"
    assert said(bare) == [
        "report: id is '7'; a GUID is needed",
        "report: pn is empty",
        "report: sn has 101 characters; 100 are the most",
        "report: rev is missing",
        "report: process_code is missing",
        "report: result is missing",
        "report: station_name is missing",
        "report: location is missing",
        "report: purpose is missing",
        "report: start is missing",
        "report: info is missing: UUTInfo(operator=...)",
        "report: root is missing",
    ]
    with pytest.raises(ValidationError, match="the report cannot be sent:\nreport: id is '7'"):
        check(bare)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"result": "S"}, "report: result is 'S'; it must be one of P, F, E, T"),
        ({"result": "F"}, "report: result is F, and the status of the root is P"),
        ({"processCode": 2**15}, "report: process_code is 32768; it must be from -32768 to 32767"),
        ({"processCode": "60"}, "report: process_code is '60'; a whole number is needed"),
        ({"pn": "a\nb"}, "report: the part number 'a\\nb' has control characters"),
        ({"sn": " a"}, "report: the serial number ' a' has blanks around it"),
        ({"sn": "\ud800"}, "report: sn is '\\ud800', which is no valid Unicode"),
        ({"origin": "X"}, "report: origin is given; the server fills it in: leave it out"),
        ({"start": "2026-01-05T08:00:00"}, "report: start is 2026-01-05T08:00:00 without a time zone"),
        ({"start": "soon"}, "report: start is 'soon'; a date and time"),
        ({"start": "1969-01-05T08:00:00Z"}, "report: start is 1969-01-05T08:00:00Z; the server has no years"),
        ({"startUTC": "2026-01-05T08:00:01Z"}, "report: start_utc 2026-01-05T08:00:01Z is not the instant of start"),
        ({"miscInfos": [{"description": "d"}]}, "report / misc_infos[0]: it has neither string_value nor numeric"),
        ({"miscInfos": [{"description": "d", "numeric": 0.5}]}, "report / misc_infos[0]: numeric_value is 0.5"),
        ({"miscInfos": [7]}, "report / misc_infos[0]: it is 7; an object is needed"),
        ({"miscInfos": 7}, "report: misc_infos is 7; a list is needed"),
        ({"subUnits": [{"pn": "P", "sn": "S"}]}, "report / sub_units[0]: part_type is missing"),
        ({"assets": [{"assetSN": ""}]}, "report / assets[0]: sn is empty"),
        ({"additionalData": [{"name": "d", "props": None}]}, "report / additional_data[0]: props is missing"),
        ({"additionalData": [{"name": "d", "props": [{}]}]}, "report / additional_data[0] / props[0]: name is missing"),
        ({"binaryData": [{"name": "a", "contentType": "b", "data": "aGk="}]}, "report: binary_data is for repairs"),
        ({"uut": {"user": ""}}, "report / info: operator is empty"),
        ({"uut": {"user": "a", "execTime": math.inf}}, "report / info: exec_time is inf; leave it out"),
        ({"uut": 7}, "report / info: it is 7; an object is needed"),
    ],
)
def test_a_fault_in_the_header(report, change, message):
    report.wire.update(change)
    assert [each for each in said(report) if each.startswith(message)]


def test_what_the_server_takes_but_is_odd_is_a_warning(report):
    report.sn = "A/B*"
    report.start = datetime.now(UTC) + timedelta(days=1)
    report.start_utc = None
    report.root.numeric("x", 1, low=3, high=2, status="F")
    report.root.passed("x")
    problems = validate(report)
    assert all(problem.warning for problem in problems)
    assert [str(problem).partition(" has ")[0].partition(" is ")[0] for problem in problems] == [
        "report: the serial number 'A/B*'",
        "report: start",
        "root / x[1]: a step before it",
        "root / x: low_limit 3",
    ]
    check(report)


def broken(**members) -> NumericStep:
    step = NumericStep(name="x", measurement=NumericMeasurement(value=1, unit="V"))
    step.wire.update(members)
    return step


def measured(*measures, status="P", kind="numericMeas") -> GenericStep:
    step = GenericStep(name="x", status=status)
    step.wire[kind] = [{"compOp": "LOG", "status": "P", "value": 1, **measure} for measure in measures]
    return step


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (broken(name=""), "root / : name is empty"),
        (broken(name="n" * 101), f"root / {'n' * 101}: name has 101 characters; 100 are the most"),
        (broken(group="X"), "root / x: group is 'X'; it must be one of S, M, C"),
        (broken(status="?"), "root / x: status is '?'; it must be one of P, F, S, D, E, T"),
        (broken(stepType=None), "root / x: step_type is missing"),
        (broken(totTime="1"), "root / x: tot_time is '1'; a number is needed"),
        (broken(causedSeqFailure=1), "root / x: caused_seq_failure is 1; true or false is needed"),
        (broken(reportText=7), "root / x: report_text is 7; a text is needed"),
        (broken(start="2026-01-05T08:00:00"), "root / x: start is 2026-01-05T08:00:00 without a time zone"),
        (broken(id=7), "root: id is missing, and other steps have one"),
        (broken(stringMeas=[{"status": "P", "compOp": "LOG"}]), "root / x: it has measurements of 2 kinds"),
        (broken(steps=[{}]), "root / x: it has steps, but is no sequence"),
        (broken(seqCall={}, steps=7), "root / x: steps is 7; a list is needed"),
        (broken(seqCall={}, steps=[7]), "root / x / steps[0]: it is 7; an object is needed"),
        (broken(chart={}, attachment={}), "root / x: it has a chart and a file; a step has one of them"),
        (broken(attachment={"name": "a", "data": "?"}), "root / x / attachment: data is no base64"),
        (broken(numericMeas=7), "root / x: measurements is 7; a list is needed"),
        (broken(status="F"), "root / x: status is F, and that of its measurement P"),
        (broken(status="E"), "root / x: status is E, and that of its measurement P; a step that ended otherwise"),
        (broken(loop={"idx": 0}), "root / x[0]: it is an iteration, and no summary of its name stands before it"),
        (measured({"status": "D"}, status="D"), "root / x: status of the measurement is D; it can only be P, F or S"),
        (measured({"value": math.nan}), "root / x: value is nan; leave it out, or tell it as a text"),
        (measured({"value": None}), "root / x: value is missing"),
        (measured({"unit": "u" * 21}), "root / x: unit has 21 characters; 20 are the most"),
        (measured({"lowLimit": 1}), "root / x: comp_op is LOG, which compares with nothing"),
        (measured({"compOp": "LT", "highLimit": 1}), "root / x: comp_op is LT, which compares with low_limit alone"),
        (measured({"compOp": "GELE", "lowLimit": 1}), "root / x: comp_op is GELE, which compares with low_limit and"),
        (measured({"compOp": "EQT"}), "root / x: comp_op is EQT, which does not compare numbers"),
        (measured({"compOp": "?"}), "root / x: comp_op is '?'; it must be one of"),
        (measured({"value": "a", "limit": "b"}, kind="stringMeas"), "root / x: comp_op is LOG, and there is a limit"),
        (measured({"value": "a", "compOp": "EQ"}, kind="stringMeas"), "root / x: comp_op is EQ, and there is no limit"),
        (
            measured({"value": "a", "compOp": "GT"}, kind="stringMeas"),
            "root / x: comp_op is GT, which does not compare",
        ),
        (measured({"name": "a"}, {"name": "a"}), "root / x: several measurements are called a; each needs a name"),
        (measured({}, {"name": "a"}), "root / x: a measurement has no name; each of several needs one"),
        (measured({"name": "a"}, {"name": "b"}, status="F"), "root / x: status is F; it is F if, and only if"),
        (measured({"name": "a", "status": "F"}, {"name": "b"}), "root / x: status is P; it is F if, and only if"),
        (measured({"name": "a", "value": "v"}, {"name": "b"}), "root / x / measurements[0]: value is 'v'"),
    ],
)
def test_a_fault_in_a_step(report, step, message):
    report.root.steps.append(step)
    found = said(report)
    assert [each for each in found if each.startswith(message)], found


def test_what_a_skipped_step_holds_does_not_count(report):
    report.root.steps.append(broken(status="S", numericMeas=[{"status": "E", "compOp": "EQ", "value": 1}]))
    assert said(report) == []


def series(**members):
    return {"chartType": "Line", "series": [{"dataType": "XYG", "name": "s", "ydata": "1", **members}]}


@pytest.mark.parametrize(
    ("chart", "message"),
    [
        ({"chartType": "Pie"}, "root / x / chart_info: chart_type is 'Pie'; it must be one of Line, LineLogXY"),
        ({"chartType": "Line", "series": [{}] * 11}, "root / x: the chart has 11 series; 10 are the most"),
        (series(dataType="Y"), "root / x / series s: data_type is 'Y'; it must be XYG"),
        (series(ydata="1,5"), "root / x / series s: ydata must be numbers with a decimal point, joined with ;"),
        (series(xdata="1;2"), "root / x / series s: it has 2 x and 1 y"),
        (series(ydata=";".join("1" * 10_001)), "root / x / series s: it has 10001 points; 10000 are the most"),
        (series(ydata=None), "root / x / chart_info / series[0]: y_data is missing"),
        (series(name="n" * 101), "root / x / chart_info / series[0]: name has 101 characters"),
    ],
)
def test_a_fault_in_a_chart(report, chart, message):
    step = GenericStep(name="x")
    step.wire["chart"] = chart
    report.root.steps.append(step)
    found = said(report)
    assert [each for each in found if each.startswith(message)], found


def looped(name="x", low=None, **loop) -> NumericStep:
    return NumericStep(
        name=name,
        loop_info=LoopInfo(**loop),
        measurement=NumericMeasurement(value=1, unit="", comp_op="LOG" if low is None else "GE", low_limit=low),
    )


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ([looped(count=2, ending_index=1), looped(index=0), looped(index=1)], []),
        (
            [looped(count=2, ending_index=2), looped(index=0), looped(index=1)],
            ["root / x: ending_index is 2; it must be that of the last iteration, 1"],
        ),
        (
            [looped(count=1, ending_index=1), looped(index=0), looped(index=1)],
            ["root / x: count is 1; it must be one more than ending_index, which is 1"],
        ),
        (
            [looped(count=2, ending_index=1), looped(index=1), looped(index=1)],
            ["root / x: two iterations have the same index"],
        ),
        (
            [looped(count=1, ending_index=0), looped(low=1, index=0)],
            ["root / x[0]: its limits (1, None) are not those of the summary, (None, None)"],
        ),
        (
            [looped(count=1, ending_index=0), looped(index=0), looped(count=3, ending_index=0), looped(index=0)],
            ["root / x: count is 3; it must be one more than ending_index, which is 0"],
        ),
        ([looped(count=1)], ["root / x: count is 1; it must be one more than ending_index, which is None"]),
    ],
)
def test_loops_count_right(report, steps, found):
    report.root.steps.extend(steps)
    assert said(report) == found


def test_ids_are_unique_and_on_all_steps(report):
    report.root.id = 1
    report.root.passed("a", id=2)
    report.root.passed("b", id=2)
    assert said(report) == ["root / b: id 2 is that of root / a, too"]


def test_the_root_is_a_sequence(report):
    del report.root.wire["seqCall"]
    assert said(report) == ["root: called is missing: the root is a sequence; SequenceCallInfo() will do"]


def test_sequences_stand_only_so_deep_in_each_other(report):
    step = report.root
    for depth in range(101):
        child = SequenceCall(name=str(depth), called=SequenceCallInfo())
        step.steps.append(child)
        step = child
    (found,) = said(report)
    assert found.endswith("sequences stand more than 100 deep in each other")


def test_a_repair_has_units_that_are_told_apart(repair):
    repair.add_sub_unit("PCBA", "S1", "P1", replaced_idx=7)
    repair.sub_units[1].parent_idx = 8
    assert said(repair) == [
        "report / sub_units[1]: parent_idx is 8, and no unit has this idx",
        "report / sub_units[1]: replaced_idx is 7, and no unit has this idx",
    ]
    repair.sub_units = [*repair.sub_units, *repair.sub_units[1:]]
    assert "report: several sub_units have idx 1" in said(repair)
    repair.sub_units = []
    assert said(repair) == ["report: sub_units must hold the repaired unit itself, once, with idx 0"]


def test_a_repair_passed_and_has_its_info(repair):
    repair.result = "F"
    repair.info = None
    assert said(repair) == [
        "report: info is missing: UURInfo(operator=..., process_code=...)",
        "report: result is F; that of a repair is P",
    ]


def test_failures_and_misc_infos_are_compared_with_those_of_the_server(repair):
    codes = [{"category": "Component", "code": "Burned Component"}, {"category": "Solder", "code": "Short Circuit"}]
    repair.add_failure("Component", "Burned Componnent")
    repair.add_failure("Componet", "x")
    repair.add_failure("Component", "Short Circuit")
    repair.add_misc_info("Firmwear", "1")
    assert said(repair) == []
    found = said(repair, fail_codes=codes, misc_infos=["Firmware", "Order"])
    assert [each.partition(": ")[0] for each in found] == [
        "report / misc_infos[0]",
        *(f"report / sub_units[0] / failures[{index}]" for index in range(3)),
    ]
    assert [each.partition(": ")[2] for each in found] == [
        "description 'Firmwear' is not one of this repair operation; did you mean Firmware?",
        "code 'Burned Componnent' is not one of category Component; did you mean Burned Component?",
        "category 'Componet' is not one of this repair operation; did you mean Component?",
        "code 'Short Circuit' is not one of category Component; there is 'Short Circuit' of Solder",
    ]


def test_texts_are_cut_where_it_is_asked_for_but_never_numbers(report):
    report.info.comment = "c" * 5001
    report.sn = "S" * 101
    report.add_sub_unit("PCBA", "S" * 101, "P")
    report.root.sequence("Power").action("x", error_message="e" * 201)
    assert sorted(report.cut_texts()) == [
        "report / info: comment had 5001 characters, and has 5000",
        "root / Power / x: error_message had 201 characters, and has 200",
    ]
    assert report.cut_texts() == []
    assert [str(problem) for problem in validate(report)] == [
        "report: sn has 101 characters; 100 are the most",
        "report / sub_units[0]: sn has 101 characters; 100 are the most",
    ]


def test_what_came_from_the_server_can_be_sent_after_correction(shared):
    for path in sorted(Path(shared, "corpus/wsjf").glob("*.json")):
        report = read_report(path.read_bytes())
        before = report.to_wire()
        ready = for_posting(report)
        assert report.wire == before
        assert validate(ready) == []
        assert for_posting(ready) is ready


def test_a_correction_changes_what_it_must_and_no_more(report):
    report.wire.update(origin="X", productName="W", assetStats=[], refs=None)
    report.info.step_id_caused_uut_failure = 7
    report.root.steps.extend([looped(count=2, ending_index=2), looped(index=0), looped(index=1)])
    report.root.steps.append(measured({"compOp": "Log"}))
    expected = report.to_wire()
    for key in ("origin", "productName"):
        del expected[key]
    del expected["uut"]["stepIdCausedUUTFailure"]
    expected["root"]["steps"][0]["loop"]["endingIndex"] = 1
    expected["root"]["steps"][3]["numericMeas"][0]["compOp"] = "LOG"
    assert for_posting(report).wire == expected


def test_many_problems_are_cut_short():
    lines = in_words([Problem("a", str(number)) for number in range(60)]).splitlines()
    assert (len(lines), lines[-1]) == (51, "... and 10 more")


def test_a_file_must_be_readable(report):
    report.root.steps.append(GenericStep(name="x", attachment=Attachment(name="a", content_type="b", data="?")))
    assert said(report) == ["root / x / attachment: data is no base64; Attachment.from_bytes makes it"]
