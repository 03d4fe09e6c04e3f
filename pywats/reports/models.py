"""Test reports (UUT) and repair reports (UUR) as the server's JSON format has them.

The header, its parts and the sub units have fields. The steps and whatever else a report holds stay as decoded JSON, so
that a report is written as it was read.
"""

from functools import cache
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

import pydantic
from pydantic import Field, SerializationInfo, SerializerFunctionWrapHandler, TypeAdapter, model_serializer
from pydantic_core import from_json

from pywats.reports.instant import ReportTime
from pywats.wire import OpenStrEnum, PyWATSModel, named

__all__ = [
    "AnyReport",
    "MiscInfo",
    "Report",
    "ReportInfo",
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


class MiscInfo(WATSBase):
    """A named text or number."""

    id: str | None = None
    description: str | None = None
    string_value: str | None = named("text", "string_value")
    numeric_value: float | int | None = named("numeric", "numeric_value")


class ReportInfo(WATSBase):
    """What test and repair reports have in common besides the header.

    Attributes:
        exec_time: in seconds.
    """

    operator: str | None = named("user", "operator")
    comment: str | None = None
    exec_time: float | None = None


class UUTInfo(ReportInfo):
    """How a test was run.

    Attributes:
        socket_index: of the fixture; -1 if there is only one.
        referenced_by_uurs: repair reports that refer to this test; only in reports from the server.
    """

    fixture_id: str | None = None
    socket_index: int | None = named("testSocketIndex", "socket_index")
    error_code: int | None = None
    error_message: str | None = None
    batch_number: str | None = named("batchSN", "batch_number")
    batch_fail_count: int | None = None
    batch_loop_index: int | None = None
    step_id_caused_uut_failure: int | None = named("stepIdCausedUUTFailure", "step_id_caused_uut_failure")
    referenced_by_uurs: list[Json] | None = named("refUURs", "referencedByUURs", "referenced_by_uurs")


class UURInfo(ReportInfo):
    """What was repaired.

    Attributes:
        process_code: of the test that failed; the report's own is that of the repair.
        ref_uut: id of the test report that failed.
        parent: id of the repair of the unit that this one is a part of.
    """

    process_code: int | None = None
    process_name: str | None = None
    ref_uut: UUID | None = named("refUUT", "ref_uut")
    confirm_date: ReportTime | None = None
    finalize_date: ReportTime | None = None
    parent: UUID | None = None
    children: list[UUID] | None = None


class UUTSubUnit(WATSBase):
    """A part of the tested unit."""

    pn: str | None = None
    rev: str | None = None
    sn: str | None = None
    part_type: str | None = None


class UURSubUnit(UUTSubUnit):
    """A part of the repaired unit, or the unit itself (``idx`` 0), with what was wrong with it."""

    idx: int | None = None
    parent_idx: int | None = None
    position: int | None = None
    replaced_idx: int | None = None
    failures: list[Json] | None = None


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
    process_name: str | None = None
    result: ReportStatus | None = None
    station_name: str | None = named("machineName", "station_name")
    location: str | None = None
    purpose: str | None = None
    start: ReportTime | None = None
    start_utc: ReportTime | None = named("startUTC", "start_utc")
    misc_infos: list[MiscInfo] | None = Field(default_factory=list[MiscInfo])
    assets: list[Json] | None = None
    asset_stats: list[Json] | None = None
    binary_data: list[Json] | None = None
    additional_data: list[Json] | None = None
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
    root: Json | None = None


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
