"""Test reports (UUT) and repair reports (UUR) as the server's JSON format has them, written as they were read."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, Literal, Self
from uuid import UUID, uuid4

import pydantic
from pydantic_core import CoreSchema, SchemaValidator, core_schema, from_json

from pywats.reports.additional_data import AdditionalData
from pywats.reports.binary import BinaryData
from pywats.reports.clock import Clock
from pywats.reports.member import Json, Parts, guid, part, parts, text, time, whole, word
from pywats.reports.record import R, Record, shapes_of
from pywats.reports.step import Step
from pywats.reports.steps import SequenceCall, SequenceCallInfo
from pywats.reports.units import (
    AssetStats,
    MiscInfo,
    ReportAsset,
    UURInfo,
    UURSubUnit,
    UUTInfo,
    UUTSubUnit,
)
from pywats.wire import OpenStrEnum

__all__ = [
    "AnyReport",
    "MiscInfo",
    "Report",
    "ReportStatus",
    "UURInfo",
    "UURReport",
    "UURSubUnit",
    "UUTInfo",
    "UUTReport",
    "UUTSubUnit",
    "WATSBase",
    "read_report",
]

BOM = b"\xef\xbb\xbf"

WATSBase = Record


class ReportStatus(OpenStrEnum):
    """Result of a report."""

    Passed = "P"
    Failed = "F"
    Done = "D"
    Error = "E"
    Terminated = "T"


def _passed() -> ReportStatus:
    return ReportStatus.Passed


def new_root(name: str = "Main") -> SequenceCall:
    """A root without steps."""
    return SequenceCall(name=name, called=SequenceCallInfo())


class Report(Record):
    """What both kinds of report begin with.

    Attributes:
        id: made here, not by the server: sending it twice stores it once.
        pn: part number.
        sn: serial number.
        rev: revision.
        process_code: of the test or repair operation.
        station_name: of the station that made it.
        start: local time of the station, with its offset.
    """

    id: UUID = guid(default_factory=uuid4, needed=True)
    pn: str = text(longest=100, always=True)
    sn: str = text(longest=100, always=True)
    rev: str | None = text(longest=100, default=None, needed=True)
    process_code: int | None = whole(bits=16, default=None, needed=True)
    process_code_format: str | None = text(default=None)
    process_name: str | None = text(default=None)
    result: ReportStatus | None = word(ReportStatus, default_factory=_passed, needed=True)
    station_name: str | None = text("machineName", 100, default=None, needed=True)
    location: str | None = text(longest=100, default=None, needed=True)
    purpose: str | None = text(longest=100, default=None, needed=True)
    start: datetime | None = time(default=None, needed=True)
    start_utc: datetime | None = time("startUTC", default=None)
    misc_infos: Parts[MiscInfo] = parts(MiscInfo, default=None)
    assets: Parts[ReportAsset] = parts(ReportAsset, default=None)
    asset_stats: Parts[AssetStats] = parts(AssetStats, default=None)
    binary_data: Parts[BinaryData] = parts(BinaryData, default=None)
    additional_data: Parts[AdditionalData] = parts(AdditionalData, default=None)
    origin: str | None = text(default=None)
    product_name: str | None = text(default=None)

    def place(self) -> str:
        """The report."""
        return "report"


class UUTReport(Report):
    """A test report: one run of a test on a unit.

    Attributes:
        root: the tree of steps.
        mode: ``"active"``: statuses are computed and handed up; ``"import"``: those that are given stand.
        clock: gives the time, with its zone.
    """

    type: str = text(default="T", needed=True)
    info: UUTInfo | None = part(UUTInfo, "uut", default=None)
    sub_units: Parts[UUTSubUnit] = parts(UUTSubUnit, default=None)
    root: SequenceCall = part(SequenceCall, default_factory=new_root)

    def __init__(self, **values: Any) -> None:
        self.mode: Literal["active", "import"] = "active"
        self.clock: Callable[[], datetime] = Clock()
        super().__init__(**values)

    @classmethod
    def over(cls, wire: Json) -> Self:
        """A report that is this JSON object, unchecked."""
        report = super().over(wire)
        report.mode = "active"
        report.clock = Clock()
        return report

    @property
    def active(self) -> bool:
        """Whether the statuses of steps are computed and handed up to the report, rather than imported as given."""
        return self.mode == "active"

    def inside(self, part: R) -> R:
        """Its root, which knows the report."""
        if isinstance(part, Step):
            part.above = self
        return part


class UURReport(Report):
    """A repair report: what was found on a unit and what was done about it."""

    type: str = text(default="R", needed=True)
    info: UURInfo | None = part(UURInfo, "uur", default=None)
    sub_units: Parts[UURSubUnit] = parts(UURSubUnit, default=None)


AnyReport = UUTReport | UURReport
"""A report of either kind, told apart by ``type``."""


def read_report(content: str | bytes) -> UUTReport | UURReport:
    """The report that a JSON document holds; where ``type`` is missing, its ``uur`` tells what it is.

    Raises:
        pydantic.ValidationError: it is not JSON, or not a report.
    """
    if isinstance(content, bytes):
        content = content.removeprefix(BOM)
    try:
        wire: Json = _reader().validate_json(content)
    except pydantic.ValidationError as error:
        if error.errors(include_url=False)[0]["type"] != "union_tag_not_found":
            raise
        said: Json = from_json(content)
        wire = _reader().validate_python({**said, "type": "R" if isinstance(said.get("uur"), dict) else "T"})
    return UURReport.over(wire) if wire["type"] == "R" else UUTReport.over(wire)


@cache
def _reader() -> SchemaValidator:
    kinds: dict[str, type[Report]] = {"T": UUTReport, "R": UURReport}
    shapes = {name: shape for kind in kinds.values() for name, shape in shapes_of(kind).items()}
    choices: dict[Any, CoreSchema] = {}
    for tag, kind in kinds.items():
        choices[tag] = core_schema.definition_reference_schema(kind.shape()[0])
    report = core_schema.tagged_union_schema(choices, discriminator="type")
    return SchemaValidator(core_schema.definitions_schema(report, list(shapes.values())))
