"""A step is what it holds, whatever its ``stepType`` says."""

import gc
import json
from collections import Counter
from pathlib import Path

import pytest

from pywats.reports.evaluation import CompOp
from pywats.reports.measurements import NumericMeasurement, StepStatus
from pywats.reports.models import UUTReport, read_report
from pywats.reports.step import kind_of
from pywats.reports.steps import (
    CallExeStep,
    ChartStep,
    GenericStep,
    MessagePopUpStep,
    MultiBooleanStep,
    MultiNumericStep,
    MultiStringStep,
    NumericStep,
    PassFailStep,
    SequenceCall,
    Step,
    StringValueStep,
)

NUMBER = {"compOp": "GELE", "status": "P", "value": 1.5, "unit": "V", "lowLimit": 1, "highLimit": 2}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"seqCall": {}}, SequenceCall),
        ({"steps": [{"name": "x"}]}, SequenceCall),
        ({"numericMeas": [NUMBER]}, NumericStep),
        ({"numericMeas": [{**NUMBER, "name": None}], "chart": {}}, NumericStep),
        ({"numericMeas": [{**NUMBER, "name": "only"}]}, MultiNumericStep),
        ({"numericMeas": [NUMBER, NUMBER]}, MultiNumericStep),
        ({"stringMeas": [{"value": "a"}]}, StringValueStep),
        ({"stringMeas": [{"name": "a"}, {"name": "b"}]}, MultiStringStep),
        ({"booleanMeas": [{"status": "P"}]}, PassFailStep),
        ({"booleanMeas": [{"name": "a"}]}, MultiBooleanStep),
        ({"callExe": {"exitCode": 0}}, CallExeStep),
        ({"messagePopup": {"button": 1}}, MessagePopUpStep),
        ({"chart": {"chartType": "Line"}}, ChartStep),
        ({"attachment": {"name": "x"}}, GenericStep),
        ({"numericMeas": [], "stringMeas": None, "steps": []}, GenericStep),
        ({}, GenericStep),
    ],
)
def test_the_kind_follows_from_the_content(content, kind):
    step = Step.from_wire({"name": "x", "stepType": "NI_Wait", **content})
    assert type(step) is kind
    assert step.step_type == "NI_Wait"
    assert step.wire == {"name": "x", "stepType": "NI_Wait", **content}


@pytest.mark.parametrize(
    "kind",
    [
        SequenceCall,
        NumericStep,
        MultiNumericStep,
        StringValueStep,
        MultiStringStep,
        PassFailStep,
        MultiBooleanStep,
        CallExeStep,
        MessagePopUpStep,
        ChartStep,
        GenericStep,
    ],
)
def test_a_new_step_passes_and_stands_in_the_main_group(kind):
    step = kind(name="x")
    assert step.wire.keys() == {"name", "group", "status", "stepType"}
    assert (step.group, step.status) == ("M", StepStatus.Passed)


def test_a_step_with_one_measurement_shows_it():
    step = Step.from_wire({"numericMeas": [NUMBER]})
    assert isinstance(step, NumericStep)
    assert (step.value, step.unit, step.low_limit, step.high_limit) == (1.5, "V", 1, 2)
    assert step.comp_op is CompOp.GELE
    said = Step.from_wire({"stringMeas": [{"compOp": "IgnoreCase", "value": "a", "limit": "A"}]})
    assert isinstance(said, StringValueStep)
    assert (said.value, said.comp, said.limit) == ("a", CompOp.IGNORECASE, "A")
    flag = Step.from_wire({"booleanMeas": [{"status": "F"}]})
    assert isinstance(flag, PassFailStep)
    assert flag.value is False
    for empty in (NumericStep, StringValueStep, PassFailStep):
        assert empty(name="x").value is None


@pytest.mark.parametrize(
    ("text", "operator"), [("IGNORECAS", "IGNORECASE"), ("CASESENIT", "CASESENSIT"), ("log", "LOG")]
)
def test_operators_are_known_in_the_spellings_of_the_field(text, operator):
    assert CompOp(text) is CompOp(operator)


def test_an_operator_that_nobody_knows_stays():
    measurement = NumericMeasurement.from_wire({"compOp": "NEAR", "value": 1})
    assert measurement.comp_op.value == "NEAR"


def test_every_step_of_a_real_report_has_its_kind_and_its_place(shared):
    content = Path(shared, "corpus/wsjf/uut-wsjf-export.json").read_bytes()
    report = read_report(content)
    assert isinstance(report, UUTReport)
    steps = list(report.root.walk())
    assert len(steps) == 185
    assert [step.id for step in steps] == list(range(2, 187))
    kinds = Counter(type(step).__name__ for step in steps)
    assert kinds["SequenceCall"] == 26
    assert kinds["NumericStep"] + kinds["MultiNumericStep"] == 71
    assert kinds["CallExeStep"] == kinds["MessagePopUpStep"] == 4
    waits = [step for step in steps if step.step_type == "NI_Wait"]
    assert all(type(step) is kind_of(step.wire) for step in waits)


def test_a_dropped_report_is_freed_without_the_collector(shared):
    content = Path(shared, "corpus/wsjf/uut-wsjf-export.json").read_bytes()
    read_report(content)
    gc.collect()
    gc.disable()
    try:
        for _ in range(5):
            report = read_report(content)
            assert isinstance(report, UUTReport)
            assert len(list(report.root.walk())) == 185
            del report
            if not (found := gc.collect()):  # other threads may leave some, but not each time
                break
        assert found == 0
    finally:
        gc.enable()


def test_deep_steps_are_read_and_written():
    step = {"name": "leaf"}
    for depth in range(95):
        step = {"name": str(depth), "seqCall": {}, "steps": [step]}
    report = read_report(json.dumps({"type": "T", "pn": "P", "sn": "S", "root": step}))
    assert isinstance(report, UUTReport)
    assert sum(1 for _ in report.root.walk()) == 95
    assert json.loads(report.to_json())["root"] == step
