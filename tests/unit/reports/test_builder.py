"""A test report is built step by step; what failed is handed up."""

import copy
import gc
import weakref
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from pywats.errors import ValidationError
from pywats.reports.chart import decimated
from pywats.reports.clock import Clock
from pywats.reports.evaluation import CompOp
from pywats.reports.measurements import StepStatus
from pywats.reports.models import ReportStatus, UURReport, UUTReport
from pywats.reports.steps import GenericStep, MultiNumericStep, NumericStep, SequenceCall

START = datetime(2026, 1, 5, 8, tzinfo=UTC)


class Time:
    """A clock that goes on by a second each time it is read."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def report() -> UUTReport:
    report = UUTReport(pn="P", sn="S")
    report.clock = Time()
    return report


@pytest.fixture
def root(report) -> SequenceCall:
    return report.root


def test_a_number_is_compared_by_the_limits_it_is_given(root):
    step = root.numeric("3V3", 3.31, "V", low=3.2, high=3.4)
    assert step.wire == {
        "group": "M",
        "stepType": "ET_NLT",
        "name": "3V3",
        "status": "P",
        "numericMeas": [
            {"compOp": "GELE", "status": "P", "unit": "V", "value": 3.31, "lowLimit": 3.2, "highLimit": 3.4}
        ],
    }
    assert root.steps == [step]
    assert root.numeric("only", 1).comp_op is CompOp.LOG
    assert root.numeric("most", 1, high=2).low_limit == 2
    assert root.numeric("least", 1, low=2).status is StepStatus.Failed
    assert root.numeric("not", 1, low=2, comp_op="NE").status is StepStatus.Passed


def test_a_failure_is_handed_up_to_the_report(report):
    with report.root.sequence("Power") as power:
        assert power.passed("Self test").status is StepStatus.Passed
        assert report.result is ReportStatus.Passed
        power.string("Firmware", "1.2", limit="1.3")
        assert report.result is ReportStatus.Failed
    assert [power.status, report.root.status] == ["F", "F"]
    report.root.sequence("Later").passed("x")
    assert report.root.steps[1].status is StepStatus.Passed
    power.action("Cable", status="E")
    assert [power.status, report.root.status, report.result] == ["E", "E", "E"]
    power.passed("y", False)
    assert report.result is ReportStatus.Error


def test_a_step_that_was_reached_from_above_hands_up_as_well(report):
    report.root.sequence("Power")
    sequence = report.root.steps[0]
    assert isinstance(sequence, SequenceCall)
    sequence.passed("x", False)
    assert report.result is ReportStatus.Failed
    assert sequence.steps[0].place() == "root / Power / x"


def test_done_and_skipped_steps_leave_their_sequence_passed(report):
    report.root.action("a", status="D")
    report.root.numeric("b", 1, high=0, status="Skipped")
    assert report.result is ReportStatus.Passed
    assert report.root.steps[1].wire["numericMeas"][0]["status"] == "S"


def test_a_pass_that_is_given_yields_to_a_comparison_that_fails_but_not_in_an_import(report):
    assert report.root.numeric("a", 1, high=0, status="P").status is StepStatus.Failed
    assert report.root.numeric("b", 1, high=2, status="F").status is StepStatus.Failed
    imported = UUTReport(pn="P", sn="S")
    imported.mode = "import"
    with imported.root.sequence("Power") as power:
        power.numeric("a", 1, high=0, status="P")
        power.numeric("b", 1, high=0, status="F")
        power.multi_numeric("c").add("d", 1, high=0, status="P")
    assert [step.status for step in power.steps] == ["P", "F", "P"]
    assert [power.status, imported.root.status, imported.result] == ["P", "P", "P"]


@pytest.mark.parametrize("status", ["E", "Terminated", StepStatus.Done])
def test_a_step_that_ended_otherwise_tells_its_value_as_text(root, status):
    step = root.numeric("a", 1.5, "V", low=1, status=status)
    assert type(step) is GenericStep
    assert step.report_text == "value 1.5 V, GE 1"
    assert root.numeric("b", 1.5, status=status, report_text="mine").report_text == "mine\nvalue 1.5"
    assert root.passed("c", status=status).report_text is None


def test_several_measurements_make_one_step(report):
    rails = report.root.multi_numeric("Rails", group="S")
    rails.add("3V3", 3.31, "V", low=3.2)
    assert report.result is ReportStatus.Passed
    rails.add("5V", 4, "V", low=4.9)
    assert rails.status is StepStatus.Failed
    assert report.result is ReportStatus.Failed
    (step,) = report.root.steps
    assert isinstance(step, MultiNumericStep)
    assert [(each.name, each.value, each.status) for each in step.measurements] == [("3V3", 3.31, "P"), ("5V", 4, "F")]
    texts = report.root.multi_string("Texts")
    texts.add("a", "x", limit="X", comp_op=CompOp.IGNORECASE)
    flags = report.root.multi_passed("Flags")
    flags.add("a")
    flags.add("b", value=False)
    assert [texts.status, flags.status] == ["P", "F"]
    with pytest.raises(ValidationError, match="root / Rails / x: status is 'E'; a measurement can only pass, fail"):
        rails.add("x", 1, status="E")


def test_every_kind_of_step(root, tmp_path):
    path = tmp_path / "log.txt"
    path.write_text("hello")
    root.call_exe("Flash", np.int32(0))
    root.message("Look", 1, "fine")
    root.action("Wait", step_type="NI_Wait")
    root.attach(path)
    root.attach(path, name="Log", content_type="text/x-log")
    root.chart("Ripple", [1, 2.5], x=[0, 1], x_unit="s")
    root.multi_string("Texts").add("a", "b")
    root.multi_passed("Flags").add("a")
    names = [(type(step).__name__, step.name, step.step_type) for step in root.steps]
    assert names == [
        ("CallExeStep", "Flash", "CallExecutable"),
        ("MessagePopUpStep", "Look", "MessagePopup"),
        ("GenericStep", "Wait", "NI_Wait"),
        ("GenericStep", "log.txt", "WATS_AttachFile"),
        ("GenericStep", "Log", "WATS_AttachFile"),
        ("ChartStep", "Ripple", "WATS_XYGMNLT"),
        ("MultiStringStep", "Texts", "ET_MSVT"),
        ("MultiBooleanStep", "Flags", "ET_MPFT"),
    ]
    assert root.steps[4].attachment.get_bytes() == b"hello"
    assert root.steps[5].chart_info.series[0].wire == {
        "dataType": "XYG",
        "name": "Ripple",
        "xdata": "0;1",
        "ydata": "1;2.5",
    }


def test_a_loop_is_a_summary_and_its_iterations(report):
    with report.root.loop("Gain") as gain:
        for value in (1, 3, 2):
            gain.numeric(value, "dB", high=2)
    summary, *iterations = report.root.steps
    assert summary.wire["loop"] == {"num": 3, "endingIndex": 2, "passed": 2, "failed": 1}
    assert [step.wire["loop"] for step in iterations] == [{"idx": 0}, {"idx": 1}, {"idx": 2}]
    assert summary.wire["numericMeas"] == iterations[-1].wire["numericMeas"]
    assert summary.wire["numericMeas"][0] is not iterations[-1].wire["numericMeas"][0]
    assert {step.name for step in report.root.steps} == {"Gain"}
    assert report.result is ReportStatus.Failed


def test_a_loop_may_be_of_any_kind(report):
    with report.root.loop("a") as loop:
        with loop.sequence() as inner:
            inner.passed("x", False)
        with loop.sequence() as inner:
            inner.passed("x")
    with report.root.loop("b") as loop:
        loop.string("x", limit="y")
    with report.root.loop("c") as loop:
        loop.passed()
        loop.action()
    with report.root.loop("empty"):
        pass
    loops = [step.wire.get("loop") for step in report.root.steps if step.wire.get("loop", {}).get("idx") is None]
    assert loops == [
        {"num": 2, "endingIndex": 1, "passed": 1, "failed": 1},
        {"num": 1, "endingIndex": 0, "passed": 0, "failed": 1},
        {"num": 2, "endingIndex": 1, "passed": 2, "failed": 0},
        None,
    ]


def test_a_with_takes_the_time_and_notes_errors(report):
    power = report.root.sequence("Power")
    with pytest.raises(ZeroDivisionError), report, power:
        raise ZeroDivisionError("x" * 300)
    assert power.start == START + timedelta(seconds=2)
    assert power.tot_time == 1
    assert power.status is StepStatus.Error
    assert power.error_message == f"ZeroDivisionError: {'x' * 300}"[:200]
    assert report.result is ReportStatus.Error
    assert report.info.exec_time == 3


def test_an_interruption_terminates(report):
    with pytest.raises(KeyboardInterrupt), report.root.sequence("Power"):
        raise KeyboardInterrupt
    assert report.result is ReportStatus.Terminated


def test_times_that_are_given_stay(report):
    with report.root.sequence("Power", start=START, tot_time=7.5) as power:
        pass
    assert (power.start, power.tot_time) == (START, 7.5)


def test_values_of_numpy_and_decimals_are_plain_numbers(root):
    values = [
        np.float32(3.31),
        np.float16(0.1),
        np.float64(3.31),
        np.int64(7),
        np.array([2.5]),
        np.array(np.float32(0.2)),
        Decimal("3.31"),
        Fraction(1, 4),
        2**70,
    ]
    written = [root.numeric(str(index), value).value for index, value in enumerate(values)]
    assert written == [3.31, 0.1, 3.31, 7, 2.5, 0.2, 3.31, 0.25, float(2**70)]
    assert {type(value) for value in written} == {int, float}
    assert root.passed("flag", np.bool_(False)).status is StepStatus.Failed
    assert root.string("text", np.str_("a")).wire["stringMeas"][0]["value"] == "a"
    root.chart("c", {"a": np.array([0.1, 0.2], dtype=np.float32)}, x=np.arange(2))
    assert root.steps[-1].chart_info.series[0].wire["ydata"] == "0.1;0.2"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda power: power.numeric("x", float("nan")), "value is nan, and the server takes finite numbers only"),
        (lambda power: power.numeric("x", 1, low=float("inf")), "low is inf"),
        (lambda power: power.numeric("x", "1"), "value is '1', of type str; a number is needed"),
        (lambda power: power.numeric("x", True), "value is True, of type bool; a number is needed"),
        (lambda power: power.numeric("x", None), "value is None"),
        (lambda power: power.numeric("x", np.array([1, 2])), "one real number is needed"),
        (lambda power: power.numeric("x", 1j), "a number is needed"),
        (lambda power: power.numeric("x", 1, 7), "unit is 7"),
        (lambda power: power.numeric("x", 1, comp_op="EQ"), "EQ compares with one limit"),
        (lambda power: power.numeric("x", 1, status="Pasd"), "status is 'Pasd'; it must be one of Passed, Failed"),
        (lambda power: power.action("x", status="?"), "status is '?'"),
        (lambda power: power.string("x", 7), "value is 7, of type int; a text is needed"),
        (lambda power: power.passed("x", "yes"), "value is 'yes', of type str; True or False is needed"),
        (lambda power: power.call_exe("x", "0"), "exit code is '0'"),
        (lambda power: power.action("x", start=datetime(2026, 1, 5)), "start is 2026-01-05T00:00:00 without a"),  # noqa: DTZ001
        (lambda power: power.action("x", error_code=1.5), "error_code is 1.5"),
        (lambda power: power.action("x", error_code=2**31), "error_code is 2147483648; it must be from"),
        (lambda power: power.action("x", start="now"), "start is 'now'"),
        (lambda power: power.chart("x", [1, float("nan")]), r"series x\[1\] is nan"),
        (lambda power: power.chart("x", [1], x=[1, 2]), "series x has 1 points, and x has 2"),
        (lambda power: power.chart("x", 7), "a list of numbers is needed"),
        (lambda power: power.chart("x", range(10_001)), "10001 points; 10000 are the most; with max_points="),
        (lambda power: power.chart("x", [1], max_points=1), "max_points is 1"),
        (lambda power: power.chart("x", {str(index): [1] for index in range(11)}), "11 series; 10 are the most"),
    ],
)
def test_what_is_wrong_is_said_with_the_place_and_adds_nothing(report, call, said):
    power = report.root.sequence("Power")
    before = report.to_wire()
    with pytest.raises(ValidationError, match=said) as caught:
        call(power)
    assert str(caught.value).startswith("root / Power / x: ")
    assert report.wire == before


def test_an_option_that_no_step_has_is_named(root):
    with pytest.raises(TypeError, match="a step has no colour; it can be given id, group"):
        root.action("x", colour="red")
    assert "steps" not in root.wire


def test_a_long_curve_keeps_the_ends_of_each_stretch(root):
    ys = [0.0] * 20_000
    ys[777], ys[15_000] = 9.0, -9.0
    step = root.chart("Noise", ys, max_points=100)
    series = step.chart_info.series[0]
    assert len(series.xs) == len(series.ys) <= 100
    assert {(777.0, 9.0), (15_000.0, -9.0)} <= set(zip(series.xs, series.ys, strict=True))
    assert series.xs == sorted(series.xs)
    assert decimated([1, 2, 3], [5, 5, 5], 2) == ([1], [5])


def test_programs_written_for_the_vendors_client_find_their_names(report):
    root = report.get_root_sequence_call()
    power = root.add_sequence_call("Power", "power.seq", "1.0", "C:/power.seq")
    assert power.wire["seqCall"] == {"path": "C:/power.seq", "name": "power.seq", "version": "1.0"}
    power.add_numeric_step(name="a", value=1, unit="V", comp_op=CompOp.GELE, low_limit=0, high_limit=2)
    power.add_string_step(name="b", value="x", comp_op=CompOp.EQ, limit="x")
    power.add_boolean_step(name="c", status="F")
    power.add_pass_fail_step(name="d", value=True)
    power.add_multi_numeric_step(name="e").add_measurement(name="m", value=1, low_limit=2)
    power.add_multi_string_step(name="f").add_measurement(name="m", value="x", limit="x")
    power.add_multi_boolean_step(name="g").add_measurement(name="m", status="F")
    power.add_chart_step(name="h", series={"y": [1]})
    power.add_generic_step(name="i", step_type="NI_Wait")
    power.add_action_step(name="j")
    assert "".join(step.status for step in power.steps) == "PPFPFPFPPP"
    assert isinstance(power.steps[0], NumericStep)
    assert power.find_step("e") == power.steps[4]
    assert root.find_step("e") == power.steps[4]
    assert root.find_step("nowhere") is None
    assert root.count_steps() == 11
    assert [step.name for step in root.get_failed_steps()] == ["Power", "c", "e", "g"]


def test_what_else_a_report_holds(report):
    report.add_misc_info("Firmware", "1.2")
    report.add_misc_info("Count", np.int16(7))
    report.add_misc_info("Big", 40_000)
    report.add_misc_info("Half", 0.5)
    report.add_sub_unit("PCBA", "S1", "P1", "A", position=1)
    report.add_asset("FIX-1", 3)
    report.add_additional_data("Station", {"os": "x", "cpus": 2, "ok": True, "more": {"a": [1, 2]}})
    assert [info.wire for info in report.misc_infos] == [
        {"description": "Firmware", "text": "1.2"},
        {"description": "Count", "numeric": 7},
        {"description": "Big", "text": "40000"},
        {"description": "Half", "text": "0.5"},
    ]
    assert report.assets[0].wire == {"assetSN": "FIX-1", "usageCount": 3}
    properties = report.additional_data[0].props
    assert [(each.name, each.type, each.value) for each in properties] == [
        ("os", "String", "x"),
        ("cpus", "Number", "2"),
        ("ok", "Bool", "True"),
        ("more", "Obj", None),
    ]
    array = properties[3].props[0].array
    assert [(index.text, index.indexes, index.value.value) for index in array.indexes] == [
        ("[0]", [0], "1"),
        ("[1]", [1], "2"),
    ]


def test_a_repair_has_units_and_failures(tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(b"\x89PNG")
    repair = UURReport(pn="P", sn="S", rev="A")
    repair.add_failure("Component", "Burned Component", com_ref="U1", comment="hot")
    board = repair.add_sub_unit("PCBA", "S1", "P1")
    repair.add_failure("Solder", "Bad Solder Joint", idx=board.idx)
    repair.attach(path)
    assert [(unit.idx, unit.pn, unit.parent_idx) for unit in repair.sub_units] == [(0, "P", None), (1, "P1", 0)]
    assert [failure.code for failure in repair.failures()] == ["Burned Component", "Bad Solder Joint"]
    assert repair.binary_data[0].content_type == "image/png"
    with pytest.raises(ValidationError, match="no unit has idx 7"):
        repair.add_failure("a", "b", idx=7)


def test_a_copy_goes_on_by_itself(report):
    report.root.passed("a")
    twin = copy.deepcopy(report)
    twin.root.passed("b", False)
    assert [report.result, twin.result] == ["P", "F"]
    assert len(report.root.steps) == 1


def test_a_built_report_is_freed_without_the_collector():
    gc.collect()
    gc.disable()
    try:
        report = UUTReport(pn="P", sn="S")
        with report.root.sequence("Power") as power, power.loop("Gain") as gain:
            gain.numeric(1, high=0)
        gone = weakref.ref(report)
        del report, power, gain
        assert gone() is None
    finally:
        gc.enable()


def test_the_clock_goes_on_and_has_a_zone():
    clock = Clock()
    first, second = clock(), clock()
    assert second >= first
    assert first.utcoffset() is not None
