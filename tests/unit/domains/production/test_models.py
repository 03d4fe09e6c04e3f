"""Payloads of production."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.domains.production.models import SerialNumberIdentifier, SerialNumberType, Unit, UnitPhase, UnitPhaseFlag


@pytest.mark.parametrize("said", [16, "16", "FINALIZED", "Finalized", "finalized"])
def test_a_phase_is_a_number_or_a_word(said):
    assert Unit.from_wire({"unitPhaseId": said}).unit_phase_id is UnitPhaseFlag.FINALIZED


@given(st.integers(0, 2**31 - 1))
def test_bits_that_nobody_knows_are_kept(number):
    unit = Unit.from_wire({"unitPhaseId": number})
    assert unit.to_wire()["unitPhaseId"] == number
    assert bool(number & 16) == (UnitPhaseFlag.FINALIZED in unit.unit_phase_id)


def test_several_phases_have_their_names_between_bars():
    assert UnitPhaseFlag("under production | Repaired") == UnitPhaseFlag.UNDER_PRODUCTION | UnitPhaseFlag.REPAIRED
    with pytest.raises(ValueError, match="nowhere"):
        UnitPhaseFlag("finalized|nowhere")


def test_a_unit_is_read_with_all_that_belongs_to_it_and_travels_back():
    said = {
        "serialNumber": "S",
        "partNumber": "P",
        "serialDate": "2026-01-05T08:00:00",
        "processCode": 60,
        "tags": None,
        "product": {"partNumber": "P", "new": 1},
        "productRevision": {"revision": "A"},
        "subUnits": [{"serialNumber": "C", "subUnits": [{"serialNumber": "D"}]}],
        "newField": {"x": 1},
    }
    unit = Unit.from_wire(said)
    assert unit.serial_date == datetime(2026, 1, 5, 8, tzinfo=UTC)
    assert (unit.process_code, unit.tags, unit.product.part_number) == ("60", [], "P")
    assert unit.sub_units[0].sub_units[0].serial_number == "D"
    sent = unit.to_wire()
    assert (sent["newField"], sent["product"]["new"], sent["processCode"]) == ({"x": 1}, 1, "60")
    assert Unit.from_wire(sent) == unit


@given(st.integers(0, 2**32), st.integers(-12, 12))
def test_a_date_keeps_its_instant_whatever_its_zone(seconds, hours):
    when = datetime.fromtimestamp(seconds, UTC)
    local = when.astimezone(timezone(timedelta(hours=hours)))
    assert Unit.from_wire({"serialDate": local.isoformat()}).serial_date == when


@pytest.mark.parametrize("name", ["UnitPhaseId", "unitPhaseId", "phase_id"])
def test_a_phase_of_the_server_is_read_in_any_spelling_and_written_in_one(name):
    phase = UnitPhase.from_wire({name: 16, "Code": "F", "name": "Finalized"})
    assert phase.to_wire() == {"UnitPhaseId": 16, "Code": "F", "Name": "Finalized"}


@pytest.mark.parametrize(("said", "number"), [(1, 1), ("1", 1), ("MacAddress", 1), (None, 0), (7, 7)])
def test_what_numbers_a_type_has(said, number):
    kind = SerialNumberType.from_wire({"name": "M", "identifier": said})
    assert kind.identifier == number
    assert isinstance(kind.identifier, SerialNumberIdentifier)
    assert kind.to_wire() == {"name": "M", "identifier": number}
