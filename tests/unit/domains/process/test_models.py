"""Processes and repair operations as the server writes them."""

from uuid import UUID

import pytest

from pywats.domains.process.models import (
    ProcessInfo,
    RepairBinding,
    RepairCategory,
    RepairOperationConfig,
    RepairType,
)

IDENTITY = str(UUID(int=1))


def test_both_spellings_of_a_process_are_read():
    public = ProcessInfo.from_wire(
        {
            "code": 500,
            "name": "Repair",
            "isRepairOperation": True,
            "repairOperation": {"uutBinding": 0, "bomBinding": "Optional", "vendorBinding": "2", "repairType": 9},
            "new": 1,
        }
    )
    internal = ProcessInfo.from_wire(
        {
            "ProcessID": IDENTITY,
            "Code": 500,
            "Name": "Repair",
            "ProcessIndex": 3,
            "State": 1,
            "Properties": "<x/>",
            "IsTestOperation": None,
            "IsRepairOperation": 1,
            "IsWIPOperation": False,
        }
    )
    assert (public.code, public.name, public.is_repair_operation) == (500, "Repair", True)
    assert (internal.code, internal.name, internal.is_repair_operation) == (500, "Repair", True)
    assert (str(internal.process_id), internal.process_index, internal.state) == (IDENTITY, 3, 1)
    assert internal.is_test_operation is False
    assert public.to_wire()["new"] == 1
    operation = public.repair_operation
    assert operation is not None
    assert operation.uut_binding is RepairBinding.REQUIRED
    assert operation.bom_binding is RepairBinding.OPTIONAL
    assert operation.vendor_binding is RepairBinding.NEVER
    assert operation.repair_type == 9


@pytest.mark.parametrize("kind", list(RepairType))
def test_a_repair_type_is_a_number_or_a_word(kind):
    word = kind.name.title().replace("_", "")
    for written in (kind.value, str(kind.value), kind.name, word):
        category = RepairCategory.from_wire({"GUID": IDENTITY, "Description": "d", "FailureType": written})
        assert category.failure_type is kind


def test_what_is_absent_or_null_has_its_default():
    config = RepairOperationConfig.from_wire({"Description": "d", "BOMRequired": None, "MiscInfos": None})
    assert (config.uut_required, config.bom_required, config.vendor_required) == (1, 1, 2)
    assert (config.categories, config.misc_infos, config.failure_codes) == ([], [], [])


def test_failure_codes_are_found_and_checked_by_name():
    code = {"GUID": IDENTITY, "Description": "Burned"}
    category = {"GUID": IDENTITY, "Description": "Part", "Failcodes": [code]}
    config = RepairOperationConfig.from_wire({"Description": "d", "Categories": [category]})
    found = config.get_fail_code_by_name("Burned")
    assert found is not None
    assert (found.category, found.code) == ("Part", "Burned")
    assert config.get_fail_code_by_name("Part") is None
    assert config.validate_fail_code("Part", "Burned")
    assert not config.validate_fail_code("Burned", "Part")
    assert config.to_wire()["Categories"][0]["Failcodes"][0]["Description"] == "Burned"
