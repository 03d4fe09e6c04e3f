"""The routes of processes."""

import uuid

import pytest

from pywats.sandbox import Process

LIST, INTERNAL = "/api/App/Processes", "/api/internal/Process"


def codes(http, **flags):
    reply = http.get(LIST, flags)
    assert reply.status == 200, reply.body
    return [each["code"] for each in reply.json()]


@pytest.fixture
def some(wats):
    for process in wats.processes:
        wats.remove_process(process.code)
    for process in (Process(1, "T"), Process(2, "R", "repair"), Process(3, "W", "wip"), Process(4, "O", active=False)):
        wats.add_process(process)


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize(
    ("flags", "found"),
    [
        ({}, [1, 2, 3]),
        ({"includeTestOperations": "true"}, [1]),
        ({"includeTestOperations": "false"}, [2, 3]),
        ({"includeRepairOperations": "true", "includeWipOperations": "true"}, [2, 3]),
        ({"includeWipOperations": "true", "includeRepairOperations": "false"}, [3]),
        ({"includeInactiveProcesses": "true"}, [1, 2, 3, 4]),
        ({"includeInactiveProcesses": "true", "includeTestOperations": "true"}, [1, 4]),
    ],
)
def test_the_flags_choose_kinds_and_whether_they_are_in_use(http, flags, found):
    assert codes(http, **flags) == found


def test_a_flag_that_is_none_is_refused(http):
    assert http.get(LIST, {"includeTestOperations": "maybe"}).status == 400


@pytest.mark.usefixtures("some")
def test_the_public_list_marks_the_kind_and_has_no_ids(http):
    test, repair, wip = http.get(LIST).json()
    assert [each["isTestOperation"] for each in (test, repair, wip)] == [True, False, False]
    assert [each["isRepairOperation"] for each in (test, repair, wip)] == [False, True, False]
    assert [each["isWipOperation"] for each in (test, repair, wip)] == [False, False, True]
    assert repair["repairOperation"] == {"uutBinding": 1, "bomBinding": 1, "vendorBinding": 1}
    assert test["repairOperation"] is None
    assert not {name for name in repair if name.lower() == "processid"}


@pytest.mark.usefixtures("some")
def test_the_detailed_list_has_ids_that_lead_to_each_process(http):
    everything = http.get(f"{INTERNAL}/GetProcesses").json()
    assert [each["Code"] for each in everything] == [1, 2, 3, 4]
    assert [each["State"] for each in everything] == [1, 1, 1, 0]
    for each in everything:
        assert http.get(f"{INTERNAL}/GetProcess/{each['ProcessID']}").json() == each


def test_repair_operations_say_what_the_validation_allows(http, wats, make_repair):
    wats.add_process(Process(501, "Own", "repair", {"Part": ["Burned"]}, ["Note"]))
    config = http.get(f"{INTERNAL}/GetRepairOperations").json()["501"]
    (category,) = config["Categories"]
    (code,) = category["Failcodes"]
    assert (category["Description"], category["Selectable"]) == ("Part", False)
    assert (code["Description"], code["Selectable"], code["Failcodes"]) == ("Burned", True, [])
    assert [each["Description"] for each in config["MiscInfos"]] == ["Note"]
    failure = {"category": category["Description"], "code": code["Description"]}
    unit = {"idx": 0, "partType": "Main", "pn": "P", "sn": "1", "rev": "A", "failures": [failure]}
    infos = [{"description": "Note", "text": "1"}]
    assert http.submit(make_repair(processCode=501, subUnits=[unit], miscInfos=infos)).status == 200
    unit["failures"] = [{**failure, "code": "Other"}]
    assert http.submit(make_repair(processCode=501, subUnits=[unit], miscInfos=infos)).status == 400


@pytest.mark.usefixtures("some")
def test_one_repair_operation(http):
    ids = {each["Code"]: each["ProcessID"] for each in http.get(f"{INTERNAL}/GetProcesses").json()}
    path = f"{INTERNAL}/GetRepairOperation"
    assert http.get(f"{path}/{ids[2]}").json() == http.get(f"{INTERNAL}/GetRepairOperations").json()["2"]
    assert http.get(f"{path}/{ids[2]}", {"processCode": 1}).json()["Description"] == "R"
    assert http.get(f"{path}/{ids[2]}", {"processCode": 9}).status == 404
    assert http.get(f"{path}/{ids[1]}").json() is None


@pytest.mark.parametrize("name", ["GetProcess", "GetRepairOperation"])
def test_an_id_that_nobody_has(http, name):
    assert http.get(f"{INTERNAL}/{name}/{uuid.uuid4()}").status == 404
    assert http.get(f"{INTERNAL}/{name}/60").status == 400
    assert http.get(f"{INTERNAL}/{name}/{uuid.uuid4()}", Referer="").status == 403
