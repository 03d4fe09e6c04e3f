"""Payloads of assets, and when one warns or alarms."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.domains.asset.models import (
    Asset,
    AssetAlarmState,
    AssetLog,
    AssetLogType,
    AssetState,
    AssetType,
    IntervalMode,
)

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
OK, WARNING, ALARM = AssetAlarmState.OK, AssetAlarmState.WARNING, AssetAlarmState.ALARM


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@pytest.mark.parametrize("state", [6, "6", "Scrapped", "SCRAPPED", "scrapped"])
def test_a_state_is_read_from_its_number_and_from_its_word(state):
    assert Asset.from_wire({"serialNumber": "F", "state": state}).state is AssetState.SCRAPPED


def test_a_state_that_nobody_knows_is_kept():
    assert Asset.from_wire({"serialNumber": "F", "state": 9}).to_wire()["state"] == 9
    assert Asset.from_wire({"serialNumber": "F", "state": "Lost"}).to_wire()["state"] == "Lost"


def test_an_asset_of_nulls_is_a_usual_one():
    nulls = dict.fromkeys(["state", "tags", "assetChildren", "assetLog", "assetType", "typeId", "runningCount"])
    assert Asset.from_wire({"serialNumber": "F", **nulls}) == Asset(serial_number="F")
    assert AssetType.from_wire({"typeName": "T", "isReadonly": None}) == AssetType(type_name="T")


def test_what_a_server_adds_is_kept_and_sent_back():
    stored = {
        "serialNumber": "F",
        "state": 1,
        "ClientId": 5,
        "tags": [{"key": "k", "value": "v", "x": 1}],
        "assetChildren": [{"serialNumber": "G", "state": 2, "new": 1, "tags": [], "assetChildren": [], "assetLog": []}],
        "assetType": {"typeName": "T", "isReadonly": True, "more": [1]},
        "assetLog": [{"logId": 1, "type": 8, "property": "location", "value": "Oslo", "y": None}],
        "new": {"a": 1},
    }
    assert Asset.from_wire(stored).model_dump(mode="json", by_alias=True, exclude_unset=True) == {
        **stored,
        "assetChildren": stored["assetChildren"],
    }


def test_the_log_tells_what_was_changed():
    entry = AssetLog.from_wire({"logId": 3, "type": 2, "property": "location", "value": "Oslo"})
    assert (entry.log_type, entry.property_name, entry.value) == (AssetLogType.UPDATE, "location", "Oslo")
    assert AssetLogType["CREATED"] is AssetLogType.REGISTER
    assert AssetLogType(7).value == 7


@pytest.mark.parametrize(
    ("kind", "asset", "state"),
    [
        ({}, {"running_count": 5, "total_count": 5}, OK),
        ({"running_count_limit": 100}, {"running_count": 99}, OK),
        ({"running_count_limit": 100}, {"running_count": 100}, ALARM),
        ({"running_count_limit": 100}, {"running_count": None}, OK),
        ({"running_count_limit": 0}, {"running_count": 100}, OK),
        ({"running_count_limit": -1}, {"running_count": 100}, OK),
        ({"total_count_limit": 100, "warning_threshold": 80}, {"total_count": 79}, OK),
        ({"total_count_limit": 100, "warning_threshold": 80}, {"total_count": 80}, WARNING),
        ({"total_count_limit": 100, "alarm_threshold": 90}, {"total_count": 90}, ALARM),
        ({"total_count_limit": 100, "alarm_threshold": 120}, {"total_count": 119}, OK),
        ({"total_count_limit": 100, "warning_threshold": 0, "alarm_threshold": 0}, {"total_count": 99}, OK),
        ({"total_count_limit": 100, "running_count_limit": 10}, {"total_count": 10, "running_count": 10}, ALARM),
        ({"calibration_interval": 10}, {}, OK),
        ({"calibration_interval": 10}, {"last_calibration_date": ago(9.9)}, OK),
        ({"calibration_interval": 10}, {"last_calibration_date": ago(10)}, ALARM),
        ({"calibration_interval": 10, "warning_threshold": 90}, {"last_calibration_date": ago(9)}, WARNING),
        ({"calibration_interval": 10}, {"last_calibration_date": ago(10), "next_calibration_date": ago(-1)}, OK),
        ({"calibration_interval": 100, "warning_threshold": 29}, {"last_calibration_date": ago(29)}, WARNING),
        (
            {"warning_threshold": 29},
            {"last_calibration_date": ago(29), "next_calibration_date": ago(-71)},
            WARNING,
        ),
        ({"calibration_interval": 1e12}, {"last_calibration_date": ago(9999)}, OK),
        ({"maintenance_interval": 1.5}, {"last_maintenance_date": ago(1.5)}, ALARM),
        ({"maintenance_interval": IntervalMode.UNLIMITED}, {"next_maintenance_date": ago(1)}, OK),
        ({"maintenance_interval": IntervalMode.EXTERNAL}, {"last_maintenance_date": ago(999)}, OK),
        ({"maintenance_interval": IntervalMode.EXTERNAL}, {"next_maintenance_date": ago(0)}, ALARM),
        ({"maintenance_interval": IntervalMode.EXTERNAL}, {"next_maintenance_date": ago(-1)}, OK),
        (
            {"calibration_interval": -2, "warning_threshold": 50},
            {"last_calibration_date": ago(5), "next_calibration_date": ago(-5)},
            WARNING,
        ),
        ({"calibration_interval": 10}, {"last_calibration_date": ago(-1)}, OK),
        ({}, {"last_calibration_date": ago(1), "next_calibration_date": ago(2)}, ALARM),
    ],
)
def test_the_nearest_limit_decides(kind, asset, state):
    described = AssetType(type_name="T", **kind)
    assert described.alarm_state(Asset(serial_number="F", **asset), NOW) is state


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(1, 1000), st.integers(1, 100))
def test_more_uses_never_make_an_asset_better(count: int, more: int, limit: int, threshold: int):
    kind = AssetType(type_name="T", running_count_limit=limit, warning_threshold=threshold)
    before, after = (
        kind.alarm_state(Asset(serial_number="F", running_count=uses), NOW) for uses in (count, count + more)
    )
    assert before <= after
