"""Definitions of manual inspections, their relations to products, and what became of them for a unit."""

from typing import Annotated
from uuid import UUID

from pydantic import AliasChoices, AliasGenerator, ConfigDict
from pydantic.alias_generators import to_camel, to_pascal

from pywats.exchange.wire import NullIs, OpenIntEnum, PyWATSModel, UtcDatetime, named

__all__ = [
    "DefinitionStatus",
    "MiSequence",
    "RelationConflict",
    "RepairOnFailed",
    "TestSequenceDefinition",
    "TestSequenceDefinitionXaml",
    "TestSequenceInstance",
    "TestSequenceProcessRelation",
    "TestSequenceRelation",
    "TestSequenceSiteRelation",
]


class DefinitionStatus(OpenIntEnum):
    """How far a definition is; only a released one is used."""

    DRAFT = 0
    PENDING = 1
    RELEASED = 2
    REVOKED = 3


class RepairOnFailed(OpenIntEnum):
    """Whether a failed inspection asks for a repair."""

    DISABLED = 0
    OPTIONAL = 1
    REQUIRED = 2


Flag = Annotated[bool, NullIs(False)]
Logged = Annotated[bool, NullIs(True)]
Count = Annotated[int, NullIs(0)]
Repair = Annotated[RepairOnFailed, NullIs(RepairOnFailed.DISABLED)]


def _either_case(name: str) -> AliasChoices:
    return AliasChoices(to_pascal(name), to_camel(name))


class PascalModel(PyWATSModel):
    """A payload whose names begin with a capital letter on the wire."""

    __test__ = False  # the vendor's names begin as those of pytest's tests do

    model_config = ConfigDict(
        alias_generator=AliasGenerator(validation_alias=_either_case, serialization_alias=to_pascal),
        populate_by_name=True,
    )


class TestSequenceProcessRelation(PascalModel):
    """A process that a relation is limited to."""

    test_sequence_process_relation_id: UUID | None = None
    test_sequence_relation_id: UUID | None = None
    process_id: UUID | None = None


class TestSequenceSiteRelation(PascalModel):
    """A site that a relation is limited to."""

    test_sequence_site_relation_id: UUID | None = None
    test_sequence_relation_id: UUID | None = None
    site_id: UUID | None = None
    site_code: str | None = None


class TestSequenceRelation(PascalModel):
    """What a definition is for, such as a part number.

    Attributes:
        entity_schema: where the entity belongs, such as ``Product``.
        entity_name: the kind of thing.
        entity_key: its property that is compared, such as ``PartNumber``.
        entity_value: what the property must be.
        product_name: of the product with this part number.
    """

    test_sequence_relation_id: UUID | None = None
    test_sequence_definition_id: UUID | None = None
    entity_schema: str | None = None
    entity_name: str | None = None
    entity_key: str | None = None
    entity_value: str | None = None
    status: int | None = None
    product_name: str | None = None
    process_relations: list[TestSequenceProcessRelation] | None = named(
        "TestSequenceProcessRelations", "testSequenceProcessRelations"
    )
    site_relations: list[TestSequenceSiteRelation] | None = named(
        "TestSequenceSiteRelations", "testSequenceSiteRelations"
    )


class TestSequenceDefinitionXaml(PascalModel):
    """The steps of a definition as a Windows Workflow document."""

    test_sequence_definition_id: UUID | None = named(
        "TestSequenceDefinitionId", "testSequenceDefinitionId", "definitionId", "DefinitionId"
    )
    definition: str | None = named("Definition", "definition", "XAML", "Xaml", "xaml")


class TestSequenceDefinition(PascalModel):
    """One version of a manual inspection.

    Attributes:
        is_global: for all products, whatever the relations say.
        on_fail_goto_cleanup: a failed step ends the inspection with its cleanup steps.
        on_fail_require_submit: a failed step ends in a report.
        on_fail_require_repair: whether a failed inspection asks for a repair.
        repair_process_id: the repair operation of such a repair.
        instances_count: how often it was begun.
        xaml: its steps, where the server sends them.
    """

    test_sequence_definition_id: UUID | None = None
    virtual_folder_id: UUID | None = None
    name: str | None = None
    version: int | None = None
    description: str | None = None
    created: UtcDatetime | None = None
    created_by: str | None = None
    created_by_site: str | None = None
    modified: UtcDatetime | None = None
    modified_by: str | None = None
    released: UtcDatetime | None = None
    released_by: str | None = None
    revoked: UtcDatetime | None = None
    revoked_by: str | None = None
    status: DefinitionStatus | None = None
    is_global: Flag = False
    on_fail_goto_cleanup: Flag = False
    on_fail_require_submit: Flag = False
    on_fail_require_repair: Repair = RepairOnFailed.DISABLED
    log_operator: Logged = True
    log_description: Flag = False
    create_unsubmitted_report_on_failed_step: Flag = False
    repair_process_id: UUID | None = None
    add_child_units: Flag = False
    include_uur_misc_info_in_uut: Flag = named("IncludeUURMiscInfoInUUT", "includeUURMiscInfoInUUT", default=False)
    load_previous_misc_info: Flag = False
    relations: list[TestSequenceRelation] | None = None
    instances_count: Count = 0
    xaml: TestSequenceDefinitionXaml | str | None = named("XAML", "xaml", "Xaml")


class RelationConflict(PascalModel):
    """A relation that another definition has as well."""

    test_sequence_definition_id: UUID | None = named("TestSequenceDefinitionId", "testSequenceDefinitionId", "id", "Id")
    test_sequence_relation_id: UUID | None = None
    name: str | None = None
    version: int | None = None
    entity_name: str | None = None
    entity_value: str | None = None
    status: DefinitionStatus | None = None


class MiSequence(PascalModel):
    """A definition as the list of an operator shows it."""

    test_sequence_definition_id: UUID | None = None
    name: str | None = None
    version: int | None = None
    status: DefinitionStatus | None = None


class TestSequenceInstance(PascalModel):
    """A manual inspection that was begun for a unit."""

    test_sequence_instance_id: UUID | None = None
    test_sequence_definition_id: UUID | None = None
    unit_id: UUID | None = None
    serial_number: str | None = None
    part_number: str | None = None
    revision: str | None = None
    created: UtcDatetime | None = None
    last_event_time: UtcDatetime | None = None
