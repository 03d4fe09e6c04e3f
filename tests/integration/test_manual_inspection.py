"""Every method of the manual inspection domain on both faces, over a real socket."""

import ast
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from pywats import (
    AuthorizationError,
    ConflictError,
    DefinitionStatus,
    NotFoundError,
    RepairOnFailed,
    TestSequenceDefinition,
    ValidationError,
    pyWATS,
)
from pywats.domains.manual_inspection.service import ManualInspectionService
from pywats.sandbox import Sandbox
from workers.face import method

DO = "manual_inspection"


async def made(either, name: str = "Look / at #1") -> TestSequenceDefinition:
    return await either(f"{DO}.create_definition", name, "look closely")


async def released(either, name: str) -> TestSequenceDefinition:
    definition = await made(either, name)
    await either(f"{DO}.move_to_pending", definition.test_sequence_definition_id)
    return await either(f"{DO}.release_inspection", definition.test_sequence_definition_id)


async def test_a_definition_is_stored_and_found(either):
    repair = next(each for each in await either("process.get_processes_detailed") if each.code == 500)
    for name in ("create_definition", "create_inspection"):
        begun = datetime.now(UTC)
        stored = await either(
            f"{DO}.{name}",
            name,
            "look closely",
            True,
            True,
            True,
            RepairOnFailed.REQUIRED,
            True,
            repair_process_id=repair.process_id,
            LogDescription=True,
        )
        assert (stored.name, stored.version, stored.status) == (name, 1, DefinitionStatus.DRAFT)
        assert (stored.is_global, stored.on_fail_goto_cleanup, stored.on_fail_require_submit) == (True, True, True)
        assert (stored.on_fail_require_repair, stored.add_child_units) == (RepairOnFailed.REQUIRED, True)
        assert (stored.repair_process_id, stored.log_description) == (repair.process_id, True)
        assert begun <= stored.created <= datetime.now(UTC)
        for read in ("get_definition", "get_inspection"):
            assert await either(f"{DO}.{read}", stored.test_sequence_definition_id) == stored
    everywhere = await either(f"{DO}.list_definitions", True)
    assert [each.name for each in everywhere] == ["create_definition", "create_inspection"]
    assert await either(f"{DO}.list_definitions") == []


async def test_some_fields_are_changed_and_the_others_stay(either):
    stored = await made(either)
    changed = await either(
        f"{DO}.update_definition", stored.test_sequence_definition_id, log_operator=False, Name="New"
    )
    assert (changed.name, changed.log_operator, changed.description) == ("New", False, "look closely")
    assert changed.created == stored.created
    assert changed.modified is not None
    await made(either, "Other")
    with pytest.raises(ConflictError, match="Other"):
        await either(f"{DO}.update_definition", stored.test_sequence_definition_id, Name="Other")


async def test_a_release_puts_the_earlier_version_out_of_use(either):
    first = await released(either, "Look")
    assert (first.status, first.released_by) == (DefinitionStatus.RELEASED, "sandbox")
    copies = [
        await either(f"{DO}.{name}", first.test_sequence_definition_id)
        for name in ("copy_definition", "copy_inspection")
    ]
    assert [(copy.name, copy.version, copy.status) for copy in copies] == [
        ("Look", 2, DefinitionStatus.DRAFT),
        ("Look", 3, DefinitionStatus.DRAFT),
    ]
    identity = copies[1].test_sequence_definition_id
    for name, status in (
        ("move_to_pending", 1),
        ("move_to_draft", 0),
        ("move_to_pending", 1),
        ("release_inspection", 2),
    ):
        assert (await either(f"{DO}.{name}", identity)).status == status
    earlier = await either(f"{DO}.get_definition", first.test_sequence_definition_id)
    assert (earlier.status, earlier.revoked_by) == (DefinitionStatus.REVOKED, "sandbox")
    assert (await either(f"{DO}.revoke_inspection", identity)).status is DefinitionStatus.REVOKED
    with pytest.raises(ConflictError, match="revoked"):
        await either(f"{DO}.move_to_draft", identity)


async def test_relations(either, wats_sandbox):
    wats_sandbox.seed(products=[{"partNumber": "P/1", "name": "Widget"}])
    definition, other = await made(either), await released(either, "Other")
    what = ("Product", "Product", "PartNumber", "P/1")
    relation = await either(f"{DO}.create_relation", definition.test_sequence_definition_id, *what, status=1)
    assert (relation.entity_value, relation.product_name, relation.status) == ("P/1", "Widget", 1)
    assert await either(f"{DO}.list_relations", definition.test_sequence_definition_id) == [relation]
    with pytest.raises(ConflictError, match="already"):
        await either(f"{DO}.create_relation", definition.test_sequence_definition_id, *what)
    assert await either(f"{DO}.get_relation_conflicts", definition.test_sequence_definition_id) == []
    await either(f"{DO}.create_relation", other.test_sequence_definition_id, *what)
    for name in ("get_relation_conflicts", "get_relation_conflicts_legacy"):
        (conflict,) = await either(f"{DO}.{name}", definition.test_sequence_definition_id)
        assert (conflict.test_sequence_definition_id, conflict.name) == (other.test_sequence_definition_id, "Other")
    relation.entity_value = "P/2"
    assert (await either(f"{DO}.update_relation", relation)).entity_value == "P/2"
    changed = await either(f"{DO}.update_relation", {**relation.to_wire(), "EntityValue": "P/3"})
    assert (changed.entity_value, changed.product_name) == ("P/3", None)
    copy = await either(f"{DO}.copy_definition", definition.test_sequence_definition_id)
    copied = await either(f"{DO}.list_relations", copy.test_sequence_definition_id)
    assert [each.entity_value for each in copied] == ["P/3"]
    assert await either(f"{DO}.delete_relation", changed) is True
    assert await either(f"{DO}.list_relations", definition.test_sequence_definition_id) == []
    with pytest.raises(NotFoundError):
        await either(f"{DO}.delete_relation", {"TestSequenceRelationId": str(relation.test_sequence_relation_id)})


async def test_sequences_are_offered_for_what_they_are_for(either):
    for name, part_number in (("A", "P1"), ("B", "P2")):
        definition = await released(either, name)
        what = ("Product", "Product", "PartNumber", part_number)
        await either(f"{DO}.create_relation", definition.test_sequence_definition_id, *what)
    await made(either, "Draft")
    assert [each.name for each in await either(f"{DO}.list_sequences")] == ["A", "B"]
    (only,) = await either(f"{DO}.list_sequences", part_number="P2", station_name="MI-1")
    assert (only.name, only.version, only.status) == ("B", 1, DefinitionStatus.RELEASED)
    assert [each.name for each in await either(f"{DO}.list_sequences", status=DefinitionStatus.DRAFT)] == ["Draft"]


async def test_what_an_operator_does(either, wats_sandbox):
    definition, unit_id = await released(either, "Look"), uuid4()
    identity = definition.test_sequence_definition_id
    assert await either(f"{DO}.get_instances_count", identity) == 0
    assert await either(f"{DO}.get_mi_details", unit_id) is None
    instance = wats_sandbox.begin_inspection(identity, unit_id, "SN1", "P1", "A")
    assert await either(f"{DO}.get_instances_count", identity) == 1
    for name in ("get_mi_details", "get_mi_details_legacy"):
        details = await either(f"{DO}.{name}", unit_id)
        assert (str(details.test_sequence_instance_id), details.unit_id) == (instance, unit_id)
        assert (details.serial_number, details.part_number, details.revision) == ("SN1", "P1", "A")
        assert details.test_sequence_definition_id == identity
    root = {"definitionId": str(identity), "id": 1, "name": "Main"}
    step = {"definitionId": str(identity), "id": 2, "parentId": 1, "name": "Look", "result": 1}
    assert await either(f"{DO}.update_sequence", [root, step]) == [root, step]
    changed = {**step, "result": 2}
    assert await either(f"{DO}.put_string_test", changed) == changed
    assert await either(f"{DO}.update_sequence", root, return_root_sequence=True) == root
    assert await either(f"{DO}.update_sequence", root, submit=True) == [root, changed]
    assert await either(f"{DO}.update_sequence", root) == [root]
    with pytest.raises(ConflictError, match="begun"):
        await either(f"{DO}.delete_sequence", identity)


async def test_a_sequence_is_deleted(either):
    definition = await made(either)
    assert await either(f"{DO}.delete_sequence", definition.test_sequence_definition_id) is True
    assert await either(f"{DO}.get_definition", definition.test_sequence_definition_id) is None
    with pytest.raises(NotFoundError):
        await either(f"{DO}.delete_sequence", definition.test_sequence_definition_id)


async def test_misc_infos_are_compared_with_their_patterns(either):
    for value, valid in (("12", True), ("1x", False)):
        said = await either(f"{DO}.validate_misc_info", {"name": "Order", "regex": r"\d+", "value": value})
        assert (said["name"], said["isValid"]) == ("Order", valid)
    with pytest.raises(ValidationError, match="pattern"):
        await either(f"{DO}.validate_misc_info", {"regex": "(", "value": "x"})


async def test_steps_are_stored_as_a_document(either):
    definition = await made(either)
    identity, document = definition.test_sequence_definition_id, '<Sequence name="Å &amp; B">\n</Sequence>'
    assert await either(f"{DO}.get_xaml", identity) is None
    assert await either(f"{DO}.get_wwf_content", identity) is None
    payload = {"TestSequenceDefinitionId": str(identity), "Definition": document}
    assert await either(f"{DO}.put_xaml", payload) is None
    assert await either(f"{DO}.get_xaml", identity) == document
    assert await either(f"{DO}.get_wwf_content", identity) == document.encode()
    copy = await either(f"{DO}.copy_definition", identity)
    assert await either(f"{DO}.get_xaml", copy.test_sequence_definition_id) == document
    await either(f"{DO}.move_to_pending", identity)
    with pytest.raises(ConflictError, match="draft"):
        await either(f"{DO}.put_xaml", payload)


async def test_what_is_not_there(either):
    nothing = uuid4()
    for name in (
        "get_definition",
        "get_inspection",
        "copy_definition",
        "copy_inspection",
        "get_xaml",
        "get_wwf_content",
    ):
        assert await either(f"{DO}.{name}", nothing) is None
    for name in ("get_mi_details", "get_mi_details_legacy"):
        assert await either(f"{DO}.{name}", nothing) is None
    for name in ("release_inspection", "update_definition", "get_instances_count", "list_relations"):
        with pytest.raises(NotFoundError):
            await either(f"{DO}.{name}", nothing)


async def test_what_the_server_refuses_is_said_in_its_words(either):
    with pytest.raises(ValidationError, match="no repair operation"):
        await either(f"{DO}.create_definition", "x", repair_process_id=uuid4())
    with pytest.raises(ValidationError, match="from 0 to 2"):
        await either(f"{DO}.create_definition", "x", on_fail_require_repair=7)
    draft = await made(either)
    with pytest.raises(ConflictError, match="draft manual inspection cannot become released"):
        await either(f"{DO}.release_inspection", draft.test_sequence_definition_id)


def test_who_may_not_write_is_told_so():
    with Sandbox(read_only_token="reader") as wats, pyWATS(wats.url, "reader") as api:
        assert api.manual_inspection.list_definitions() == []
        assert api.manual_inspection.validate_misc_info({"value": "x"})["isValid"] is True
        with pytest.raises(AuthorizationError):
            api.manual_inspection.create_definition("x")
        with pytest.raises(AuthorizationError):
            api.manual_inspection.copy_definition(uuid4())


async def test_requests_name_the_web_page_and_the_vendors_fields(either, wats_sandbox):
    await made(either)
    (sent,) = wats_sandbox.requests
    assert sent.headers.get("Referer", "").rstrip("/") == wats_sandbox.url
    assert b'"Name":' in sent.body
    assert b'"name":' not in sent.body


def test_definitions_stay_in_a_database_file(tmp_path):
    for first in (True, False):
        with Sandbox(db=tmp_path / "wats.db") as wats, pyWATS(wats.url, wats.token) as api:
            if first:
                api.manual_inspection.create_definition("Look")
            assert [each.name for each in api.manual_inspection.list_definitions()] == ["Look"]


def test_every_method_is_called_here():
    declared = {name for name, member in vars(ManualInspectionService).items() if isinstance(member, method)}
    texts = {
        node.value
        for node in ast.walk(ast.parse(Path(__file__).read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert declared - {text.removeprefix(".") for text in texts} == set()
