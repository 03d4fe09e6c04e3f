"""The manual inspection domain: definitions, what they are for, their steps, and what was done with them."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, TypeVar, cast
from uuid import UUID

from pywats.domains.manual_inspection.models import (
    DefinitionStatus,
    MiSequence,
    RelationConflict,
    RepairOnFailed,
    TestSequenceDefinition,
    TestSequenceDefinitionXaml,
    TestSequenceInstance,
    TestSequenceRelation,
)
from pywats.errors import ValidationError
from pywats.exchange.answer import NOT_FOUND, Answer
from pywats.exchange.arguments import filled, guid, member
from pywats.exchange.call import (
    Call,
    adapter,
    body,
    checked,
    deleted,
    is_nothing,
    maybe,
    maybe_by,
    one,
    parse,
    query,
    url,
)
from pywats.exchange.wire import PyWATSModel
from pywats.service import Async, Face, Service, found, method

M = TypeVar("M", bound=PyWATSModel)
Row = dict[str, Any]
Payload = Mapping[str, Any]

INTERNAL: Final = "/api/internal/ManualInspection"
_ENTITY: Final = {
    "TestSequenceDefinitionId": "id",
    "VirtualFolderId": "parentId",
    "RepairProcessId": "processId",
    "Relations": "miRelations",
}
"""How the body of a change calls what a definition calls otherwise; all else only begins with a small letter."""


class ManualInspectionService(Service[Face]):
    """Manual inspections.

    All of it uses the interface of the server's own web pages, which may change with any release.
    """

    domain: ClassVar[str] = "manual_inspection"

    # Definitions

    @method
    async def list_definitions(self, is_global: bool = False) -> list[TestSequenceDefinition]:
        """Return the definitions that are for all products, or those that are not."""
        path, wanted = f"{INTERNAL}/GetTestSequenceDefinitions", query(isGlobalDefinitions=is_global)
        return await self._list(path, TestSequenceDefinition, wanted, internal=True)

    @method
    async def get_definition(self, definition_id: UUID | str) -> TestSequenceDefinition | None:
        """Return one definition, or ``None``."""
        return await self._definition(definition_id)

    @method
    async def get_inspection(self, definition_id: UUID | str) -> TestSequenceDefinition | None:
        """Return the same as ``get_definition``."""
        return await self._definition(definition_id)

    @method
    async def create_definition(
        self: "ManualInspectionService[Async]",
        /,
        name: str,
        description: str | None = None,
        is_global: bool = False,
        on_fail_goto_cleanup: bool = False,
        on_fail_require_submit: bool = False,
        on_fail_require_repair: RepairOnFailed | int | str = RepairOnFailed.DISABLED,
        add_child_units: bool = False,
        **extra_fields: Any,
    ) -> TestSequenceDefinition | None:
        """Add a definition, which is a draft; return it as stored.

        Args:
            name: of the inspection; a name that is there already gets its next version.
            description: for operators.
            is_global: it is for all products.
            on_fail_goto_cleanup: a failed step ends the inspection with its cleanup steps.
            on_fail_require_submit: a failed step ends in a report.
            on_fail_require_repair: whether a failed inspection asks for a repair.
            add_child_units: operators may add sub-units.
            extra_fields: further fields of ``TestSequenceDefinition``. Others travel by the names given, if those begin
                with a capital letter as the server's do.
        """
        definition = _made(
            TestSequenceDefinition,
            {
                "name": name,
                "description": description,
                "is_global": is_global,
                "on_fail_goto_cleanup": on_fail_goto_cleanup,
                "on_fail_require_submit": on_fail_require_submit,
                "on_fail_require_repair": on_fail_require_repair,
                "add_child_units": add_child_units,
                **extra_fields,
            },
        )
        _check(definition)
        read = maybe(TestSequenceDefinition)
        return await self._write("POST", f"{INTERNAL}/PostDefinition", definition, read, internal=True)

    @method
    async def create_inspection(
        self: "ManualInspectionService[Async]",
        /,
        name: str,
        description: str | None = None,
        is_global: bool = False,
        on_fail_goto_cleanup: bool = False,
        on_fail_require_submit: bool = False,
        on_fail_require_repair: RepairOnFailed | int | str = RepairOnFailed.DISABLED,
        add_child_units: bool = False,
        **extra_fields: Any,
    ) -> TestSequenceDefinition | None:
        """Do the same as ``create_definition``."""
        return await self.create_definition(
            name,
            description,
            is_global,
            on_fail_goto_cleanup,
            on_fail_require_submit,
            on_fail_require_repair,
            add_child_units,
            **extra_fields,
        )

    @method
    async def update_definition(
        self: "ManualInspectionService[Async]", /, definition_id: UUID | str, **fields: Any
    ) -> TestSequenceDefinition | None:
        """Change some fields of a definition and leave the others; return it as stored.

        The definition is read first and sent whole, as the server takes it.

        Raises:
            NotFoundError: there is no such definition.
        """
        return await self._change(definition_id, fields)

    @method
    async def copy_definition(self, definition_id: UUID | str) -> TestSequenceDefinition | None:
        """Have the server make a new version of a definition; return that, or ``None`` if there is none to copy."""
        return await self._line.send(
            Call(
                verb="GET",
                path=url(f"{INTERNAL}/GetDefinitionCopy/{{}}", guid("definition_id", definition_id)),
                read=maybe(TestSequenceDefinition),
                absent=True,
                internal=True,
                repeatable=False,
            )
        )

    @method
    async def copy_inspection(
        self: "ManualInspectionService[Async]", definition_id: UUID | str
    ) -> TestSequenceDefinition | None:
        """Do the same as ``copy_definition``."""
        return await self.copy_definition(definition_id)

    @method
    async def get_instances_count(self, definition_id: UUID | str) -> int:
        """Return how often a definition was begun for a unit."""
        path = url(f"{INTERNAL}/GetInstancesCount/{{}}", guid("definition_id", definition_id))
        return await self._line.send(Call(verb="GET", path=path, read=one(int), internal=True))

    # Statuses

    @method
    async def move_to_pending(
        self: "ManualInspectionService[Async]", definition_id: UUID | str
    ) -> TestSequenceDefinition | None:
        """Say that a draft is complete; return the definition as stored."""
        return await self._change(definition_id, {"status": DefinitionStatus.PENDING})

    @method
    async def move_to_draft(
        self: "ManualInspectionService[Async]", definition_id: UUID | str
    ) -> TestSequenceDefinition | None:
        """Take a pending definition back to be changed; return it as stored."""
        return await self._change(definition_id, {"status": DefinitionStatus.DRAFT})

    @method
    async def release_inspection(
        self: "ManualInspectionService[Async]", definition_id: UUID | str
    ) -> TestSequenceDefinition | None:
        """Bring a pending definition into use, in place of its earlier version; return it as stored."""
        return await self._change(definition_id, {"status": DefinitionStatus.RELEASED})

    @method
    async def revoke_inspection(
        self: "ManualInspectionService[Async]", definition_id: UUID | str
    ) -> TestSequenceDefinition | None:
        """Put a released definition out of use; return it as stored."""
        return await self._change(definition_id, {"status": DefinitionStatus.REVOKED})

    async def _definition(self, definition_id: UUID | str, *, fresh: bool = False) -> TestSequenceDefinition | None:
        path = f"{INTERNAL}/GetTestSequenceDefinition"
        wanted = query(definitionId=guid("definition_id", definition_id))
        return await self._find(path, TestSequenceDefinition, wanted, internal=True, fresh=fresh)

    async def _change(self, definition_id: UUID | str, fields: Payload) -> TestSequenceDefinition | None:
        changes = _known(TestSequenceDefinition, fields)
        stored = found(await self._definition(definition_id, fresh=True), f"definition {str(definition_id)!r}")
        changed = checked(TestSequenceDefinition, {**stored.model_dump(), **changes})
        _check(changed)
        return await self._put(f"{INTERNAL}/PutDefinitionNew", _entity(changed), TestSequenceDefinition, internal=True)

    # Relations

    @method
    async def list_relations(self, definition_id: UUID | str) -> list[TestSequenceRelation]:
        """Return what a definition is for."""
        path = url(f"{INTERNAL}/GetRelations/{{}}", guid("definition_id", definition_id))
        return await self._list(path, TestSequenceRelation, internal=True)

    @method
    async def get_relation_conflicts(self, definition_id: UUID | str) -> list[RelationConflict]:
        """Return the released definitions that are for the same things as this one."""
        path = url(f"{INTERNAL}/GetRelationConflictsNew/{{}}", guid("definition_id", definition_id))
        return await self._list(path, RelationConflict, internal=True)

    @method
    async def get_relation_conflicts_legacy(self, definition_id: UUID | str) -> list[RelationConflict]:
        """Return the same as ``get_relation_conflicts`` with the relations in question; for older servers."""
        path = url(f"{INTERNAL}/GetRelationConflicts/{{}}", guid("definition_id", definition_id))
        return await self._list(path, RelationConflict, internal=True)

    @method
    async def create_relation(
        self,
        /,
        definition_id: UUID | str,
        entity_schema: str,
        entity_name: str,
        entity_key: str | None = None,
        entity_value: str | None = None,
        **extra_fields: Any,
    ) -> TestSequenceRelation | None:
        """Say what a definition is for; return the relation as stored.

        Args:
            definition_id: of the definition.
            entity_schema: where the entity belongs, such as ``Product``.
            entity_name: the kind of thing.
            entity_key: its property that is compared, such as ``PartNumber``.
            entity_value: what the property must be.
            extra_fields: as for ``create_definition``, of ``TestSequenceRelation``.
        """
        relation = _made(
            TestSequenceRelation,
            {
                "test_sequence_definition_id": guid("definition_id", definition_id),
                "entity_schema": filled("entity_schema", entity_schema),
                "entity_name": filled("entity_name", entity_name),
                "entity_key": entity_key,
                "entity_value": entity_value,
                **extra_fields,
            },
        )
        read = maybe(TestSequenceRelation)
        return await self._write("POST", f"{INTERNAL}/PostRelation", relation, read, internal=True)

    @method
    async def update_relation(self, payload: TestSequenceRelation | Payload) -> TestSequenceRelation | None:
        """Store a relation, known by its id; return it as stored."""
        relation = _made(TestSequenceRelation, payload)
        _relation_id(relation)
        return await self._put(f"{INTERNAL}/PutRelation", relation, TestSequenceRelation, internal=True)

    @method
    async def delete_relation(self, payload: TestSequenceRelation | Payload) -> bool:
        """Delete a relation, known by its id."""
        relation_id = _relation_id(_made(TestSequenceRelation, payload))
        await self._line.send(
            Call(
                verb="PUT",
                path=f"{INTERNAL}/DeleteRelationNew",
                read=deleted,
                body=body([relation_id]),
                absent=True,
                internal=True,
            )
        )
        return True

    # Sequences and their steps

    @method
    async def list_sequences(
        self,
        *,
        serial_number: str = "",
        part_number: str = "",
        revision: str = "",
        batch_number: str = "",
        status: DefinitionStatus | int | str | None = None,
        station_name: str | None = None,
    ) -> list[MiSequence]:
        """Return the inspections that an operator may begin for a unit, or all without any of its names."""
        wanted = query(
            serialNumber=serial_number,
            partNumber=part_number,
            revision=revision,
            batchNumber=batch_number,
            status=None if status is None else member("status", status, DefinitionStatus),
            stationName=station_name,
        )
        return await self._list(f"{INTERNAL}/GetSequences", MiSequence, wanted, internal=True)

    @method
    async def update_sequence(
        self,
        payload: Payload | Sequence[Payload],
        *,
        submit: bool | None = None,
        return_root_sequence: bool | None = None,
    ) -> Any:
        """Store the results of one or several steps; return what the server says.

        Args:
            payload: a step or steps, each with ``definitionId`` and ``id``.
            submit: the inspection is done.
            return_root_sequence: the server answers with the step that holds all others.
        """
        steps = [payload] if isinstance(payload, Mapping) else list(payload)
        if not steps:
            raise ValidationError("payload is empty; give at least one step")
        wanted = query(submit=submit, returnRootSequence=return_root_sequence)
        path, repeatable = f"{INTERNAL}/PutSequence", False if submit else None
        return await self._write("PUT", path, steps, _anything, wanted, internal=True, repeatable=repeatable)

    @method
    async def put_string_test(self, payload: Payload) -> Any:
        """Store the result of one step that asks for a text; return what the server says."""
        return await self._write("PUT", f"{INTERNAL}/PutStringTest", payload, _anything, internal=True)

    @method
    async def delete_sequence(self, sequence_id: UUID | str) -> bool:
        """Delete a sequence."""
        wanted = query(uuid=guid("sequence_id", sequence_id))
        return await self._delete(f"{INTERNAL}/DeleteSequence", wanted, internal=True)

    @method
    async def get_mi_details(self, unit_id: UUID | str) -> TestSequenceInstance | None:
        """Return the latest inspection that was begun for a unit, or ``None``."""
        path = url(f"{INTERNAL}/GetMiDetailsNew/{{}}", guid("unit_id", unit_id))
        return await self._find(path, TestSequenceInstance, internal=True)

    @method
    async def get_mi_details_legacy(self, unit_id: UUID | str) -> TestSequenceInstance | None:
        """Return the same as ``get_mi_details``; for older servers."""
        path = url(f"{INTERNAL}/GetMiDetails/{{}}", guid("unit_id", unit_id))
        return await self._find(path, TestSequenceInstance, internal=True)

    @method
    async def validate_misc_info(self, payload: Payload) -> Any:
        """Return what the server says of a value: ``payload`` has ``value`` and the ``regex`` that it must match."""
        path = f"{INTERNAL}/ValidateMiscInfo"
        return await self._write("PUT", path, payload, _anything, internal=True)

    # Workflow documents

    @method
    async def get_xaml(self, definition_id: UUID | str) -> str | None:
        """Return the steps of a definition as a Windows Workflow document, or ``None`` if it has none."""
        path = f"{INTERNAL}/GetTestSequenceDefinitionXaml"
        wanted = query(definitionId=guid("definition_id", definition_id))
        return await self._line.send(
            Call(verb="GET", path=path, query=wanted, read=_xaml, absent=True, internal=True, long=True)
        )

    @method
    async def put_xaml(self, payload: TestSequenceDefinitionXaml | Payload) -> Any:
        """Store the steps of a definition; return what the server says.

        Args:
            payload: ``TestSequenceDefinitionId`` and the document as ``Definition``.
        """
        document = _made(TestSequenceDefinitionXaml, payload)
        if document.test_sequence_definition_id is None or document.definition is None:
            raise ValidationError("payload needs TestSequenceDefinitionId and Definition")
        path, wanted = (
            f"{INTERNAL}/PutTestSequenceDefinitionXaml",
            query(definitionId=document.test_sequence_definition_id),
        )
        return await self._write("PUT", path, document.definition, _anything, wanted, internal=True)

    @method
    async def get_wwf_content(self, definition_id: UUID | str) -> Any:
        """Return the workflow that carries out a definition, or ``None``: bytes, or what a JSON answer holds."""
        path = url(f"{INTERNAL}/GetWatswwfContent/{{}}", guid("definition_id", definition_id))
        return await self._line.send(
            Call(verb="GET", path=path, read=_content, accept="*/*", absent=True, internal=True, long=True)
        )


_anything: Final = maybe_by(cast("Any", adapter(object)).validate_json)
"""Reads any JSON."""


def _xaml(answer: Answer) -> str | None:
    """Reads a document, alone or in an object."""
    said: TestSequenceDefinitionXaml | str | None = maybe_by(adapter(TestSequenceDefinitionXaml | str).validate_json)(
        answer
    )
    document: str | None = said.definition if isinstance(said, TestSequenceDefinitionXaml) else said
    return document


def _content(answer: Answer) -> Any:
    if answer.status == NOT_FOUND or is_nothing(answer):
        return None
    answer.refuse_html()
    is_json = "json" in answer.headers.get("content-type", "").lower()
    return parse(object, answer) if is_json else answer.body


def _made(kind: type[M], fields: M | Payload) -> M:
    """A payload made of fields by their names in Python or on the wire."""
    return fields if isinstance(fields, kind) else checked(kind, _known(kind, cast("Payload", fields)))


def _known(kind: type[PyWATSModel], fields: Payload) -> Row:
    """The fields by their names in Python. A server's own name that is not known here stays.

    Raises:
        ValidationError: a name is neither.
    """
    names = {name.replace("_", ""): name for name in kind.model_fields}
    known: Row = {}
    for name, value in fields.items():
        field = names.get(name.replace("_", "").lower(), name)
        if field not in kind.model_fields and not name[:1].isupper():
            raise ValidationError(f"{name} is no field of {kind.__name__}")
        known[field] = value
    return known


def _check(definition: TestSequenceDefinition) -> None:
    """Refuse what the server is known not to take."""
    filled("name", definition.name or "")
    member("on_fail_require_repair", definition.on_fail_require_repair, RepairOnFailed)
    if definition.status is not None:
        member("status", definition.status, DefinitionStatus)


def _relation_id(relation: TestSequenceRelation) -> UUID:
    if relation.test_sequence_relation_id is None:
        raise ValidationError("payload needs TestSequenceRelationId")
    return relation.test_sequence_relation_id


def _entity(definition: TestSequenceDefinition) -> Row:
    """A definition in the names of the body that a change of it has; the steps have a request of their own."""
    written = {name: value for name, value in definition.to_wire().items() if name != "XAML"}
    return {_ENTITY.get(name, name[:1].lower() + name[1:]): value for name, value in written.items()}
