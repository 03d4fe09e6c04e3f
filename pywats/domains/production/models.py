"""Units, their phases, changes, verification and batches, and serial numbers."""

from typing import Annotated

from pydantic import BeforeValidator

from pywats.domains.product.models import Product, ProductRevision
from pywats.exchange.wire import (
    Items,
    NullIs,
    OpenIntEnum,
    OpenIntFlag,
    PyWATSModel,
    Setting,
    UtcDatetime,
    named,
    no_items,
)

__all__ = [
    "ProductionBatch",
    "SerialNumber",
    "SerialNumberIdentifier",
    "SerialNumberRange",
    "SerialNumberType",
    "Unit",
    "UnitChange",
    "UnitPhase",
    "UnitPhaseFlag",
    "UnitVerification",
    "UnitVerificationGrade",
]

PASSED = "passed"
UNTESTED = "unknown"


class UnitPhaseFlag(OpenIntFlag):
    """Where a unit is in its life."""

    UNKNOWN = 1
    UNDER_PRODUCTION = 2
    PRODUCTION_REPAIR = 4
    SERVICE_REPAIR = 8
    FINALIZED = 16
    SCRAPPED = 32
    EXTENDED_TEST = 64
    CUSTOMIZATION = 128
    REPAIRED = 256
    MISSING = 512
    IN_STORAGE = 1024
    SHIPPED = 2048


class SerialNumberIdentifier(OpenIntEnum):
    """What the numbers of a type are."""

    SERIAL_NUMBER = 0
    MAC_ADDRESS = 1
    IMEI = 2


def _text(value: object) -> object:
    return str(value) if isinstance(value, int) else value


Flag = Annotated[bool, NullIs(False)]
Code = Annotated[str | None, BeforeValidator(_text)]
Identifier = Annotated[SerialNumberIdentifier, NullIs(SerialNumberIdentifier.SERIAL_NUMBER)]


class Unit(PyWATSModel):
    """One serial number of a product.

    Attributes:
        parent_serial_number: of the unit that it is built into.
        serial_date: when it was made.
        xml_data: user-defined values as an XML document; ``tags`` holds the same values.
        unit_phase: the name of the phase; the server tells it.
        process_code: of the operation that the unit is in or comes from.
        sub_units: what is built into it.
    """

    serial_number: str | None = None
    part_number: str | None = None
    revision: str | None = None
    parent_serial_number: str | None = None
    batch_number: str | None = None
    serial_date: UtcDatetime | None = None
    current_location: str | None = None
    xml_data: str | None = None
    unit_phase_id: UnitPhaseFlag | None = None
    unit_phase: str | None = None
    process_code: Code = None
    tags: Items[Setting] = no_items()
    product_revision: ProductRevision | None = None
    product: Product | None = None
    sub_units: Items["Unit"] = no_items()


class UnitChange(PyWATSModel):
    """What a unit became by a change; the unit is named as it was before."""

    id: int | None = None
    unit_serial_number: str | None = None
    new_parent_serial_number: str | None = None
    new_part_number: str | None = None
    new_revision: str | None = None
    new_unit_phase_id: UnitPhaseFlag | None = None


class UnitPhase(PyWATSModel):
    """A phase as the server defines it."""

    phase_id: UnitPhaseFlag = named("UnitPhaseId", "unitPhaseId", "phase_id", default=...)
    code: str | None = named("Code", "code")
    name: str | None = named("Name", "name")
    description: str | None = named("Description", "description")


class ProductionBatch(PyWATSModel):
    """Units that are made together."""

    batch_number: str | None = None
    batch_size: int | None = None


class UnitVerification(PyWATSModel):
    """How a unit fared in one process that its verification rule asks for.

    Attributes:
        status: of the last run: ``Passed``, ``Failed``, …, or ``Unknown`` without any.
        total_count: how often it was tested.
        non_passed_count: how often it did not pass.
        repair_count: how often it was repaired.
    """

    process_code: int | None = None
    process_name: str | None = None
    process_index: int | None = None
    status: str | None = None
    start_utc: UtcDatetime | None = None
    station_name: str | None = None
    total_count: int | None = None
    non_passed_count: int | None = None
    repair_count: int | None = None

    @property
    def reason(self) -> str | None:
        """Why this process holds the unit back, for people; ``None`` if it does not."""
        status = (self.status or UNTESTED).lower()
        if status == PASSED:
            return None
        name = self.process_name or "a process without a name"
        process = name if self.process_code is None else f"{name} ({self.process_code})"
        if status == UNTESTED:
            return f"{process}: not tested yet"
        counts = f", {self.non_passed_count} of {self.total_count} runs did not pass" if self.total_count else ""
        station = f", last on {self.station_name}" if self.station_name else ""
        return f"{process}: {status}{counts}{station}"


class UnitVerificationGrade(PyWATSModel):
    """Whether a unit went through its processes as its verification rule asks for."""

    status: str | None = None
    grade: str | None = None
    all_processes_executed_in_correct_order: Flag = False
    all_processes_passed_first_run: Flag = False
    all_processes_passed_any_run: Flag = False
    all_processes_passed_last_run: Flag = False
    no_repairs: Flag = False
    results: Items[UnitVerification] = no_items()

    @property
    def ready(self) -> bool:
        """Whether nothing holds the unit back: it passed the last run of each process, in the right order."""
        return not self.reasons

    @property
    def reasons(self) -> list[str]:
        """What holds the unit back, a line for each, for a station's screen; empty if it is ready."""
        found = [result.reason for result in self.results]
        reasons = [reason for reason in found if reason]
        if not reasons and not self.all_processes_passed_last_run:
            reasons.append("not every process passed in its last run")
        if not reasons and not self.all_processes_executed_in_correct_order:
            reasons.append("the processes were not executed in their order")
        return reasons


class SerialNumberType(PyWATSModel):
    """A kind of numbers that the server hands out.

    Attributes:
        format: how a number is written.
        reg_ex: what each number matches.
    """

    name: str | None = None
    description: str | None = None
    format: str | None = None
    reg_ex: str | None = None
    identifier: Identifier = SerialNumberIdentifier.SERIAL_NUMBER
    identifier_name: str | None = None


class SerialNumber(PyWATSModel):
    """A number of some type, and what became of it.

    Attributes:
        taken: when it was taken; ``None`` while it is free or reserved.
        reference_sn: serial number of what it was taken for.
        reference_pn: part number of what it was taken for.
        station_name: of the station that took or reserved it.
    """

    serial_number: str = named("id", "ID", "serialNumber", "SerialNumber", "SN", "serial_number", default=...)
    taken: UtcDatetime | None = named("taken", "Taken")
    state: str | None = named("state", "State")
    reference_sn: str | None = named("refSN", "RefSN", "reference_sn")
    reference_pn: str | None = named("refPN", "RefPN", "reference_pn")
    station_name: str | None = named("stationName", "StationName", "station_name")


class SerialNumberRange(PyWATSModel):
    """Numbers of a type that follow each other without a gap, and how many of them are free, taken and reserved."""

    type: str | None = None
    identifier: Identifier = SerialNumberIdentifier.SERIAL_NUMBER
    identifier_name: str | None = None
    start_address: str | None = None
    end_address: str | None = None
    total: int | None = None
    free: int | None = None
    taken: int | None = None
    reserved: int | None = None
