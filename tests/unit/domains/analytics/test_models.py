"""What the payloads of analytics read and write."""

from datetime import UTC, datetime

import pydantic
import pytest

from pywats.domains.analytics.models import (
    AlarmLog,
    AlarmType,
    MeasurementData,
    ProcessInfo,
    StepAnalysisRow,
    TopFailedStep,
    UnitFlowFilter,
    UnitFlowLink,
    UnitFlowNode,
    UnitFlowResult,
    UnitFlowUnit,
)
from pywats.reports.evaluation import CompOp, StepType


def test_a_measurement_is_read_by_the_names_of_either_source():
    said = {"id": "x", "limit1": 1, "limit2": 2, "startUtc": "2026-01-05T08:00:00", "stepPath": "A¶B", "new": 1}
    found = MeasurementData.from_wire(said)
    assert (found.report_id, found.limit_low, found.limit_high) == ("x", 1, 2)
    assert found.timestamp == datetime(2026, 1, 5, 8, tzinfo=UTC)
    assert found.step_path_display == "A/B"
    assert found.model_extra == {"new": 1}
    assert MeasurementData(report_id="x", timestamp=found.timestamp).to_wire() == {
        "reportId": "x",
        "startUtc": "2026-01-05T08:00:00Z",
    }


def test_figures_without_failures_have_their_names():
    row = StepAnalysisRow.from_wire({"limit1Wof": 1, "cpkWof": 2, "sigmaHigh3": 3, "sigmaLow3Wof": 4, "var": 5})
    assert (row.limit1_wof, row.cpk_wof, row.sigma_high_3, row.sigma_low_3_wof, row.var) == (1, 2, 3, 4, 5)
    assert row.to_wire() == {"limit1Wof": 1, "cpkWof": 2, "sigmaHigh3": 3, "sigmaLow3Wof": 4, "var": 5}
    assert TopFailedStep().step_path_display is None


def test_kinds_of_steps_and_comparisons_are_enumerations_that_take_any_text():
    row = StepAnalysisRow.from_wire({"stepType": "ET_NLT", "compOperator": "GELE"})
    assert (row.step_type, row.comp_operator) == ("ET_NLT", CompOp.GELE)
    assert row.to_wire() == {"stepType": "ET_NLT", "compOperator": "GELE"}
    assert TopFailedStep.from_wire({"stepType": "Action"}).step_type is StepType.ACTION


@pytest.mark.parametrize(
    ("said", "kind"), [(2, AlarmType.YIELD_VOLUME), ("2", AlarmType.YIELD_VOLUME), ("Yield Volume", AlarmType(2))]
)
def test_the_type_of_an_alarm_is_a_number_or_a_word(said, kind):
    assert AlarmLog.from_wire({"type": said}).type is kind


def test_a_type_of_alarm_that_nobody_knows_is_kept():
    assert AlarmLog.from_wire({"type": 9}).to_wire() == {"type": 9}
    assert AlarmLog.from_wire({"type": 9}).alarm_type_name == "UNKNOWN_9"


def test_an_alarm_has_its_odd_names_and_its_percentages():
    log = AlarmLog.from_wire(
        {"assetname": "DMM", "serialnumber": "7", "typeid": 3, "processCode": 60, "fpy": 0.95, "fpyTrend": -0.5}
    )
    assert (log.asset_name, log.asset_serial_number, log.type_id, log.process_code) == ("DMM", "7", "3", "60")
    assert (log.fpy_percent, log.fpy_trend_percent) == (95.0, -50.0)
    assert (AlarmLog().alarm_type_name, AlarmLog().fpy_percent, AlarmLog().fpy_trend_percent) == (None, None, None)
    assert log.to_wire()["serialnumber"] == "7"


def test_null_is_no_and_no_items():
    assert ProcessInfo.from_wire({"isTestOperation": None}).is_test_operation is False
    assert UnitFlowResult.from_wire({"nodes": None}).nodes == []


def test_the_flow_is_read_by_the_names_of_either_source():
    assert UnitFlowNode.from_wire({"id": 3, "yield": 90}).yield_percent == 90
    assert UnitFlowLink.from_wire({"source": "a", "target": 2}).source_id == "a"
    unit = UnitFlowUnit.from_wire({"unitId": 4, "isLastPassed": True, "resultHistories": ["FP"], "nodePath": ["ICT"]})
    assert (unit.unit_id, unit.is_last_passed, unit.result_histories, unit.node_path) == (4, True, ["FP"], ["ICT"])


def test_a_filter_of_the_flow_needs_a_zone():
    with pytest.raises(pydantic.ValidationError, match="timezone"):
        UnitFlowFilter(date_from=datetime(2026, 1, 5))  # noqa: DTZ001 - the mistake
    wanted = UnitFlowFilter(date_from=datetime(2026, 1, 5, tzinfo=UTC), process_codes=[10], split_by="location")
    assert wanted.to_wire() == {"dateFrom": "2026-01-05T00:00:00Z", "processCodes": [10], "splitBy": "location"}
