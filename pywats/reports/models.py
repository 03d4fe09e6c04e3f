"""Test reports (UUT) and repair reports (UUR) as the server's JSON format has them, written as they were read."""

from functools import cache
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

import pydantic
from pydantic import Field, SerializationInfo, SerializerFunctionWrapHandler, TypeAdapter, model_serializer
from pydantic_core import from_json

from pywats.reports.additional_data import AdditionalData
from pywats.reports.binary import BinaryData
from pywats.reports.instant import ReportTime
from pywats.reports.steps import SequenceCall
from pywats.reports.units import (
    AssetStats,
    MiscInfo,
    ReportAsset,
    UURInfo,
    UURSubUnit,
    UUTInfo,
    UUTSubUnit,
)
from pywats.wire import OpenStrEnum, PyWATSModel, named

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

Json = dict[str, Any]

BOM = b"\xef\xbb\xbf"


class ReportStatus(OpenStrEnum):
    """Result of a report."""

    Passed = "P"
    Failed = "F"
    Done = "D"
    Error = "E"
    Terminated = "T"


class WATSBase(PyWATSModel):
    """A part of a report. What was read is written again, ``null`` too; what was never set and is empty is not."""

    @model_serializer(mode="wrap")
    def _write(self, handler: SerializerFunctionWrapHandler, info: SerializationInfo) -> Json:
        written: Json = handler(self)
        for name, field in type(self).model_fields.items():
            if name not in self.model_fields_set and getattr(self, name) in (None, [], {}):
                written.pop(str(field.serialization_alias or name) if info.by_alias else name, None)
        return written


class Report(WATSBase):
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

    id: UUID = Field(default_factory=uuid4)
    pn: str
    sn: str
    rev: str | None = None
    process_code: int | None = None
    process_code_format: str | None = None
    process_name: str | None = None
    result: ReportStatus | None = None
    station_name: str | None = named("machineName", "station_name")
    location: str | None = None
    purpose: str | None = None
    start: ReportTime | None = None
    start_utc: ReportTime | None = named("startUTC", "start_utc")
    misc_infos: list[MiscInfo] | None = Field(default_factory=list[MiscInfo])
    assets: list[ReportAsset] | None = None
    asset_stats: list[AssetStats] | None = None
    binary_data: list[BinaryData] | None = None
    additional_data: list[AdditionalData] | None = None
    origin: str | None = None
    product_name: str | None = None


class UUTReport(Report):
    """A test report: one run of a test on a unit.

    Attributes:
        root: the tree of steps.
    """

    type: Literal["T"] = "T"
    info: UUTInfo | None = named("uut", "info")
    sub_units: list[UUTSubUnit] | None = Field(default_factory=list[UUTSubUnit])
    root: SequenceCall | None = None


class UURReport(Report):
    """A repair report: what was found on a unit and what was done about it."""

    type: Literal["R"] = "R"
    info: UURInfo | None = named("uur", "info")
    sub_units: list[UURSubUnit] | None = Field(default_factory=list[UURSubUnit])


AnyReport = Annotated[UUTReport | UURReport, Field(discriminator="type")]
"""A report of either kind, told apart by ``type``."""


def read_report(content: str | bytes) -> UUTReport | UURReport:
    """The report that a JSON document holds; where ``type`` is missing, its ``uur`` tells what it is.

    Raises:
        pydantic.ValidationError: it is not JSON, or not a report.
    """
    if isinstance(content, bytes):
        content = content.removeprefix(BOM)
    try:
        return _reader().validate_json(content)
    except pydantic.ValidationError as error:
        if error.errors(include_url=False)[0]["type"] != "union_tag_not_found":
            raise
    said: Json = from_json(content)
    return _reader().validate_python({**said, "type": "R" if isinstance(said.get("uur"), dict) else "T"})


@cache
def _reader() -> TypeAdapter[UUTReport | UURReport]:
    return TypeAdapter(AnyReport)
