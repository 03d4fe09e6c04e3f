"""Processes, and what a repair operation asks for."""

from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

from pydantic import Field

from pywats.exchange.wire import Items, NullIs, OpenIntEnum, PyWATSModel, named, no_items

__all__ = [
    "FailureCodeInfo",
    "ProcessInfo",
    "RepairBinding",
    "RepairCategory",
    "RepairMiscInfo",
    "RepairOperation",
    "RepairOperationConfig",
    "RepairType",
]


class RepairBinding(OpenIntEnum):
    """Whether a repair report needs a thing, such as the test report that found the failure."""

    REQUIRED = 0
    OPTIONAL = 1
    NEVER = 2


class RepairType(OpenIntEnum):
    """What a failure was, or what was done about it."""

    DEFAULT = 0
    AUTOMATIC_PROCESS = 1
    SCRAPPED = 2
    NO_FAILURE_FOUND = 3
    COMPONENT = 4
    DESIGN = 5
    MANUAL_PROCESS = 6
    REPLACED = 7


Flag = Annotated[bool, NullIs(False)]
Selectable = Annotated[bool, NullIs(True)]
Number = Annotated[int, NullIs(0)]
Kind = Annotated[RepairType, NullIs(RepairType.DEFAULT)]
Optional = Annotated[RepairBinding, NullIs(RepairBinding.OPTIONAL)]
Never = Annotated[RepairBinding, NullIs(RepairBinding.NEVER)]


class RepairOperation(PyWATSModel):
    """What the public list of processes says about a repair operation."""

    uut_binding: RepairBinding | None = None
    bom_binding: RepairBinding | None = None
    vendor_binding: RepairBinding | None = None
    image_constraint: RepairBinding | None = None
    repair_type: RepairType | None = None


class ProcessInfo(PyWATSModel):
    """A process: what is done to a unit, such as a test or a repair.

    Attributes:
        code: the number that reports refer to.
        name: compared with regard to case in reports.
        is_wip_operation: work in progress that has no reports.
        process_id: in the detailed list only.
        process_index: its place in lists.
        state: as the server numbers it.
        properties: as the server keeps them, in a text.
        repair_operation: in the public list only.
    """

    code: int | None = named("code", "Code")
    name: str | None = named("name", "Name")
    description: str | None = named("description", "Description")
    is_test_operation: Flag = named("isTestOperation", "IsTestOperation", default=False)
    is_repair_operation: Flag = named("isRepairOperation", "IsRepairOperation", default=False)
    is_wip_operation: Flag = named("isWipOperation", "IsWIPOperation", "IsWipOperation", default=False)
    process_id: UUID | None = named("ProcessID", "processID", "processId", "ProcessId")
    process_index: int | None = named("processIndex", "ProcessIndex")
    state: int | None = named("state", "State")
    properties: str | None = named("Properties", "properties")
    repair_operation: RepairOperation | None = named("repairOperation", "RepairOperation")


class FailureCodeInfo(PyWATSModel):
    """A failure code as a repair report names it.

    Attributes:
        category: the description of its category.
        code: its description.
        failure_type: what a failure of this code counts as.
    """

    category: str
    code: str
    guid: UUID
    failure_type: RepairType = RepairType.DEFAULT
    selectable: bool = True


class RepairCategory(PyWATSModel):
    """A category of failure codes, or a failure code: a code is one that has no codes of its own.

    Attributes:
        selectable: an operator may choose it.
        image_constraint: whether a failure needs an image.
    """

    guid: UUID = Field(alias="GUID")
    description: str = Field(alias="Description")
    selectable: Selectable = named("Selectable", "selectable", default=True)
    sort_order: Number = named("SortOrder", "sortOrder", default=0)
    failure_type: Kind = named("FailureType", "failureType", default=RepairType.DEFAULT)
    image_constraint: RepairBinding | None = named("ImageConstraint", "imageConstraint")
    status: Annotated[int, NullIs(1)] = named("Status", "status", default=1)
    fail_codes: Items["RepairCategory"] = no_items("Failcodes", "FailCodes", "failcodes", "failCodes")

    def codes(self) -> Iterator["RepairCategory"]:
        """Go through the codes of this category and of those inside it."""
        for each in self.fail_codes:
            if each.fail_codes:
                yield from each.codes()
            else:
                yield each


class RepairMiscInfo(PyWATSModel):
    """A named value that a repair report may carry.

    Attributes:
        valid_regex: what a value must match.
        allowed_values: what a value must be one of, if there are any.
    """

    guid: UUID | None = named("GUID", "guid")
    description: str | None = named("Description", "description")
    input_mask: str | None = named("InputMask", "inputMask")
    valid_regex: str | None = named("ValidRegex", "validRegex")
    status: int | None = named("Status", "status")
    sort_order: int | None = named("SortOrder", "sortOrder")
    allowed_values: Items[str] = no_items("AllowedValues", "allowedValues")


class RepairOperationConfig(PyWATSModel):
    """What reports of a repair operation need and may say.

    Attributes:
        uut_required: whether a repair needs the test report that found the failure.
        comp_ref_mask: what a component reference must match.
        bom_required: whether a failed component must be in the bill of material.
        vendor_required: whether a failed component's vendor must be named.
    """

    description: str = Field(alias="Description")
    uut_required: Optional = named("UUTRequired", "uutRequired", default=RepairBinding.OPTIONAL)
    comp_ref_mask: str | None = named("CompRefMask", "compRefMask")
    comp_ref_mask_description: str | None = named("CompRefMaskDescription", "compRefMaskDescription")
    bom_constraint: str | None = named("BomConstraint", "bomConstraint")
    bom_required: Optional = named("BOMRequired", "bomRequired", default=RepairBinding.OPTIONAL)
    vendor_required: Never = named("VendorRequired", "vendorRequired", default=RepairBinding.NEVER)
    categories: Items[RepairCategory] = no_items("Categories", "categories")
    misc_infos: Items[RepairMiscInfo] = no_items("MiscInfos", "miscInfos")

    @property
    def failure_codes(self) -> list[FailureCodeInfo]:
        """The failure codes of all categories."""
        return [
            FailureCodeInfo(
                category=category.description,
                code=code.description,
                guid=code.guid,
                failure_type=code.failure_type,
                selectable=code.selectable,
            )
            for category in self.categories
            for code in category.codes()
        ]

    def get_fail_code_by_name(self, name: str) -> FailureCodeInfo | None:
        """The first failure code of this name, or ``None``."""
        return next((each for each in self.failure_codes if each.code == name), None)

    def validate_fail_code(self, category: str, code: str) -> bool:
        """Whether the category has this failure code."""
        return any((each.category, each.code) == (category, code) for each in self.failure_codes)
