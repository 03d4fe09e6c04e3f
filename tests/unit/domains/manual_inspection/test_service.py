"""What each method of the manual inspection domain sends, and what it makes of the answers."""

import json
from typing import Any
from uuid import UUID

import pytest

from pywats.domains.manual_inspection.models import (
    DefinitionStatus,
    RepairOnFailed,
    TestSequenceDefinition,
    TestSequenceDefinitionXaml,
    TestSequenceRelation,
)
from pywats.domains.manual_inspection.service import ManualInspectionService
from pywats.errors import InvalidResponseError, NotFoundError, ValidationError
from pywats.service import Async

AT = "/api/internal/ManualInspection"
ONE, TWO = UUID(int=1), UUID(int=2)
STORED = {
    "TestSequenceDefinitionId": str(ONE),
    "VirtualFolderId": str(TWO),
    "Name": "Look",
    "Version": 3,
    "Status": 1,
    "RepairProcessId": str(TWO),
    "IncludeUURMiscInfoInUUT": True,
    "Relations": [{"EntityName": "Product"}],
    "XAML": {"Definition": "<a/>"},
    "NewInTheServer": 7,
}
DRAFT = {
    "Name": "Look",
    "IsGlobal": True,
    "OnFailGotoCleanup": False,
    "OnFailRequireSubmit": True,
    "OnFailRequireRepair": 2,
    "AddChildUnits": False,
    "RepairProcessId": str(TWO),
    "NewInTheServer": 7,
}
RELATION = {
    "TestSequenceDefinitionId": str(ONE),
    "EntitySchema": "Product",
    "EntityName": "Product",
    "EntityKey": "PartNumber",
    "EntityValue": "P/1",
    "Status": 1,
}
STEP = {"definitionId": str(ONE), "id": 4, "result": 1}


@pytest.fixture
def mi(line) -> ManualInspectionService[Async]:
    return ManualInspectionService(line)


def creation(name: str) -> tuple[str, tuple[Any, ...], dict[str, Any], str, Any]:
    more = {"repair_process_id": TWO, "NewInTheServer": 7, "on_fail_require_repair": "required"}
    return name, ("Look", None, True), {"on_fail_require_submit": True, **more}, f"POST {AT}/PostDefinition", DRAFT


REQUESTS: list[tuple[str, tuple[Any, ...], dict[str, Any], str, Any]] = [
    ("list_definitions", (), {}, f"GET {AT}/GetTestSequenceDefinitions?isGlobalDefinitions=false", None),
    ("list_definitions", (True,), {}, f"GET {AT}/GetTestSequenceDefinitions?isGlobalDefinitions=true", None),
    ("get_definition", (ONE,), {}, f"GET {AT}/GetTestSequenceDefinition?definitionId={ONE}", None),
    ("get_inspection", (str(ONE),), {}, f"GET {AT}/GetTestSequenceDefinition?definitionId={ONE}", None),
    creation("create_definition"),
    creation("create_inspection"),
    ("list_relations", (ONE,), {}, f"GET {AT}/GetRelations/{ONE}", None),
    ("get_relation_conflicts", (ONE,), {}, f"GET {AT}/GetRelationConflictsNew/{ONE}", None),
    ("get_relation_conflicts_legacy", (ONE,), {}, f"GET {AT}/GetRelationConflicts/{ONE}", None),
    (
        "create_relation",
        (ONE, "Product", "Product", "PartNumber", "P/1"),
        {"status": 1},
        f"POST {AT}/PostRelation",
        RELATION,
    ),
    (
        "update_relation",
        ({**RELATION, "TestSequenceRelationId": str(TWO)},),
        {},
        f"PUT {AT}/PutRelation",
        {**RELATION, "TestSequenceRelationId": str(TWO)},
    ),
    (
        "update_relation",
        (TestSequenceRelation(test_sequence_relation_id=TWO, entity_value="x"),),
        {},
        f"PUT {AT}/PutRelation",
        {"TestSequenceRelationId": str(TWO), "EntityValue": "x"},
    ),
    ("delete_relation", ({"TestSequenceRelationId": str(TWO)},), {}, f"PUT {AT}/DeleteRelationNew", [str(TWO)]),
    ("delete_relation", ({"test_sequence_relation_id": TWO},), {}, f"PUT {AT}/DeleteRelationNew", [str(TWO)]),
    (
        "list_sequences",
        (),
        {},
        f"GET {AT}/GetSequences?serialNumber=&partNumber=&revision=&batchNumber=",
        None,
    ),
    (
        "list_sequences",
        (),
        {"part_number": "P/1", "status": "draft", "station_name": "A B"},
        f"GET {AT}/GetSequences?serialNumber=&partNumber=P/1&revision=&batchNumber=&status=0&stationName=A B",
        None,
    ),
    ("update_sequence", (STEP,), {}, f"PUT {AT}/PutSequence", [STEP]),
    (
        "update_sequence",
        ([STEP, STEP],),
        {"submit": True, "return_root_sequence": True},
        f"PUT {AT}/PutSequence?submit=true&returnRootSequence=true",
        [STEP, STEP],
    ),
    ("put_string_test", (STEP,), {}, f"PUT {AT}/PutStringTest", STEP),
    ("delete_sequence", (ONE,), {}, f"DELETE {AT}/DeleteSequence?uuid={ONE}", None),
    ("get_mi_details", (ONE,), {}, f"GET {AT}/GetMiDetailsNew/{ONE}", None),
    ("get_mi_details_legacy", (ONE,), {}, f"GET {AT}/GetMiDetails/{ONE}", None),
    ("validate_misc_info", ({"regex": "a+", "value": "aa"},), {}, f"PUT {AT}/ValidateMiscInfo", {"regex": "a+"}),
    ("get_xaml", (ONE,), {}, f"GET {AT}/GetTestSequenceDefinitionXaml?definitionId={ONE}", None),
    *(
        ("put_xaml", (payload,), {}, f"PUT {AT}/PutTestSequenceDefinitionXaml?definitionId={ONE}", '<a b="c"/>')
        for payload in (
            {"TestSequenceDefinitionId": str(ONE), "Definition": '<a b="c"/>'},
            TestSequenceDefinitionXaml(test_sequence_definition_id=ONE, definition='<a b="c"/>'),
        )
    ),
    ("get_wwf_content", (ONE,), {}, f"GET {AT}/GetWatswwfContent/{ONE}", None),
    ("copy_definition", (ONE,), {}, f"GET {AT}/GetDefinitionCopy/{ONE}", None),
    ("copy_inspection", (ONE,), {}, f"GET {AT}/GetDefinitionCopy/{ONE}", None),
]


@pytest.mark.parametrize(("name", "arguments", "more", "request_line", "body"), REQUESTS)
async def test_a_method_sends_one_request(mi, line, name, arguments, more, request_line, body):
    await getattr(mi, name)(*arguments, **more)
    assert line.sent == [request_line]
    (call,) = line.calls
    assert call.internal
    if body is None:
        assert call.body is None
    elif isinstance(body, dict):
        assert {name: line.json().get(name) for name in body} == body
    else:
        assert line.json() == body


async def test_what_must_not_be_repeated_is_sent_once(mi, line):
    await mi.update_sequence(STEP)
    await mi.update_sequence(STEP, submit=True)
    await mi.copy_definition(ONE)
    assert [call.repeatable for call in line.calls] == [None, False, False]


@pytest.mark.parametrize(
    ("name", "more", "status"),
    [
        ("move_to_pending", {}, 1),
        ("move_to_draft", {}, 0),
        ("release_inspection", {}, 2),
        ("revoke_inspection", {}, 3),
        ("update_definition", {"status": "Revoked"}, 3),
    ],
)
async def test_a_change_sends_the_whole_definition_in_the_names_of_its_body(mi, line, name, more, status):
    line.answer(STORED)
    line.answer({**STORED, "Status": status})
    changed = await getattr(mi, name)(ONE, **more)
    assert changed is not None
    assert changed.status == status
    assert line.sent == [f"GET {AT}/GetTestSequenceDefinition?definitionId={ONE}", f"PUT {AT}/PutDefinitionNew"]
    assert [call.fresh for call in line.calls] == [True, False]
    sent = line.json()
    wanted = {
        "id": str(ONE),
        "parentId": str(TWO),
        "name": "Look",
        "version": 3,
        "status": status,
        "processId": str(TWO),
        "includeUURMiscInfoInUUT": True,
        "miRelations": [{"EntityName": "Product"}],
        "newInTheServer": 7,
    }
    assert {name: sent.get(name) for name in wanted} == wanted
    assert not {name for name in sent if name.lower() == "xaml" or name[0].isupper()}


async def test_fields_are_changed_by_either_of_their_names(mi, line):
    for fields in ({"description": "new", "log_operator": False}, {"Description": "new", "LogOperator": False}):
        line.answer(STORED)
        await mi.update_definition(ONE, **fields)
        assert (line.json()["description"], line.json()["logOperator"], line.json()["name"]) == ("new", False, "Look")
    line.answer(STORED)
    await mi.update_definition(ONE, NewerStill=1)
    assert line.json()["newerStill"] == 1


async def test_what_is_not_there_cannot_be_changed(mi, line):
    line.answer(b"", 404)
    with pytest.raises(NotFoundError, match=f"definition '{ONE}'"):
        await mi.release_inspection(ONE)
    assert len(line.calls) == 1


async def test_arguments_that_make_no_sense_are_named_and_nothing_is_sent(mi, line):
    calls: list[tuple[str, tuple[Any, ...], dict[str, Any], str]] = [
        ("create_definition", ("",), {}, "name is empty"),
        ("create_definition", ("x",), {"on_fail_require_repair": "perhaps"}, "on_fail_require_repair"),
        ("create_definition", ("x",), {"log_operater": True}, "log_operater is no field"),
        ("create_definition", ("x",), {"repair_process_id": "7"}, "repair_process_id"),
        ("update_definition", (ONE,), {"nmae": "x"}, "nmae is no field"),
        ("create_relation", (ONE, "", "x"), {}, "entity_schema is empty"),
        ("create_relation", (ONE, "x", ""), {}, "entity_name is empty"),
        ("update_relation", ({"EntityName": "x"},), {}, "TestSequenceRelationId"),
        ("delete_relation", ({},), {}, "TestSequenceRelationId"),
        ("update_sequence", ([],), {}, "payload is empty"),
        ("put_xaml", ({"Definition": "<a/>"},), {}, "TestSequenceDefinitionId"),
        ("put_xaml", ({"TestSequenceDefinitionId": ONE},), {}, "Definition"),
        ("list_sequences", (), {"status": "perhaps"}, "status"),
        *((name, ("P#1",), {}, "definition_id is 'P#1'") for name in ("get_definition", "list_relations", "get_xaml")),
        *((name, ("P#1",), {}, "definition_id is 'P#1'") for name in ("release_inspection", "get_instances_count")),
        *((name, ("P#1",), {}, "definition_id is 'P#1'") for name in ("get_wwf_content", "copy_inspection")),
        ("get_mi_details", ("P#1",), {}, "unit_id is 'P#1'"),
        ("delete_sequence", ("P#1",), {}, "sequence_id is 'P#1'"),
    ]
    for name, arguments, more, words in calls:
        with pytest.raises(ValidationError, match=words):
            await getattr(mi, name)(*arguments, **more)
    assert line.calls == []


async def test_lists_are_read(mi, line):
    line.answer([STORED, {"Name": "B", "Status": "Released", "OnFailRequireRepair": None}])
    first, second = await mi.list_definitions()
    assert (first.status, first.model_extra) == (DefinitionStatus.PENDING, {"NewInTheServer": 7})
    assert (second.status, second.on_fail_require_repair) == (DefinitionStatus.RELEASED, RepairOnFailed.DISABLED)
    line.answer([{"id": str(ONE), "name": "B", "version": 2}])
    (conflict,) = await mi.get_relation_conflicts(TWO)
    assert (conflict.test_sequence_definition_id, conflict.name, conflict.version) == (ONE, "B", 2)
    line.answer([{"TestSequenceDefinitionId": str(ONE), "EntityValue": "P"}])
    (conflict,) = await mi.get_relation_conflicts_legacy(TWO)
    assert (conflict.test_sequence_definition_id, conflict.entity_value) == (ONE, "P")


async def test_a_count_is_a_bare_number(mi, line):
    line.answer(b"5")
    assert await mi.get_instances_count(ONE) == 5
    assert line.sent == [f"GET {AT}/GetInstancesCount/{ONE}"]
    line.answer(b"")
    with pytest.raises(InvalidResponseError):
        await mi.get_instances_count(ONE)


@pytest.mark.parametrize("said", ["<a/>", {"TestSequenceDefinitionId": str(ONE), "Definition": "<a/>"}])
async def test_the_steps_are_a_text_in_both_shapes(mi, line, said):
    line.answer(said)
    assert await mi.get_xaml(ONE) == "<a/>"


async def test_the_workflow_is_bytes_or_what_json_holds(mi, line):
    line.answer(b"\x00\xff", kind="application/octet-stream")
    assert await mi.get_wwf_content(ONE) == b"\x00\xff"
    line.answer("<a/>")
    assert await mi.get_wwf_content(ONE) == "<a/>"
    line.answer(b"<html></html>", kind="text/html")
    with pytest.raises(InvalidResponseError, match="web page"):
        await mi.get_wwf_content(ONE)


async def test_what_the_server_says_of_a_step_comes_back(mi, line):
    for said in ([STEP], STEP, False, 3, None):
        line.answer(said)
        assert await mi.update_sequence(STEP) == said


@pytest.mark.parametrize("said", [b"", b"null", b"{}"])
async def test_what_is_not_there_is_none(mi, line, said):
    for name in ("get_definition", "copy_definition", "get_mi_details", "get_xaml", "get_wwf_content"):
        for status in (200, 404):
            line.answer(said, status)
            assert await getattr(mi, name)(ONE) is None


async def test_a_relation_that_is_gone_after_a_second_attempt_was_deleted_by_the_first(mi, line):
    line.answer(b"", 404, attempts=2)
    assert await mi.delete_relation({"TestSequenceRelationId": ONE}) is True
    line.answer(b"", 404)
    with pytest.raises(NotFoundError):
        await mi.delete_relation({"TestSequenceRelationId": ONE})


@pytest.mark.parametrize("name", ["list_definitions", "list_sequences"])
async def test_an_answer_that_does_not_parse_is_an_error(mi, line, name):
    line.answer("no list")
    with pytest.raises(InvalidResponseError, match="does not parse"):
        await getattr(mi, name)()


async def test_bodies_have_the_names_of_the_vendors_document(mi, line, shared):
    schemas = json.loads((shared / "wats" / "openapi_internal_v3.json").read_text("utf-8"))["components"]["schemas"]
    models = "Virinco.WATS.Web.Dashboard.Models.Mes."
    known = TestSequenceDefinition.from_wire({key: value for key, value in STORED.items() if key != "NewInTheServer"})
    line.answer(known.to_wire())
    await mi.move_to_draft(ONE)
    # the document has no place for the last one, which an inspection has all the same
    assert set(line.json()) - set(schemas[f"{models}Production.ProductionManagerEntity"]["properties"]) == {
        "onFailGotoCleanup"
    }
    await mi.create_definition("x")
    assert set(line.json()) <= set(schemas[f"{models}MI.TestSequenceDefinition"]["properties"])
    await mi.create_relation(ONE, "a", "b", "c", "d", process_relations=[{"ProcessId": TWO}])
    assert set(line.json()) <= set(schemas[f"{models}MI.TestSequenceRelation"]["properties"])
    (limit,) = line.json()["TestSequenceProcessRelations"]
    assert limit == {"ProcessId": str(TWO)}
