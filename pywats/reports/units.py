"""What a report says of the run and of the units: who, when, parts, assets, misc infos, failures."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pywats.reports.binary import BinaryData
from pywats.reports.member import Parts, anything, flag, guid, number, parts, text, time, whole
from pywats.reports.record import Record

__all__ = [
    "AssetStats",
    "MiscInfo",
    "RefUURs",
    "ReportAsset",
    "ReportInfo",
    "SubUnit",
    "UURFailure",
    "UURInfo",
    "UURSubUnit",
    "UUTInfo",
    "UUTSubUnit",
]


class MiscInfo(Record):
    """A named text or number.

    Attributes:
        numeric_value: a whole one of 16 bits; others are written as text.
        typedef: of the repair type.
    """

    id: str | None = text(default=None)
    description: str = text()
    string_value: str | None = text("text", 100, default=None)
    numeric_value: float | None = number("numeric", default=None)
    numeric_format: str | None = text(default=None)
    typedef: str | None = text(longest=30, default=None)


class ReportInfo(Record):
    """What test and repair reports have in common besides the header.

    Attributes:
        exec_time: in seconds.
    """

    operator: str | None = text("user", 100, default=None, needed=True)
    comment: str | None = text(longest=5000, default=None)
    exec_time: float | None = number(default=None)
    exec_time_format: str | None = text(default=None)


class RefUURs(Record):
    """A repair report that refers to a test."""

    id: UUID | None = guid(default=None)
    start: datetime | None = time(default=None)


class UUTInfo(ReportInfo):
    """How a test was run.

    Attributes:
        socket_index: of the fixture; -1 if there is only one.
        referenced_by_uurs: repair reports that refer to this test; only in reports from the server.
    """

    fixture_id: str | None = text(longest=100, default=None)
    socket_index: int | None = whole("testSocketIndex", 16, default=None)
    socket_index_format: str | None = text("testSocketIndexFormat", default=None)
    error_code: int | None = whole(default=None)
    error_code_format: str | None = text(default=None)
    error_message: str | None = text(longest=500, default=None)
    batch_number: str | None = text("batchSN", 100, default=None)
    batch_fail_count: int | None = whole(default=None)
    batch_fail_count_format: str | None = text(default=None)
    batch_loop_index: int | None = whole(default=None)
    batch_loop_index_format: str | None = text(default=None)
    step_id_caused_uut_failure: int | None = whole("stepIdCausedUUTFailure", default=None)
    referenced_by_uurs: Parts[RefUURs] = parts(RefUURs, "refUURs", default=None)


class UURInfo(ReportInfo):
    """What was repaired.

    Attributes:
        process_code: of the test that failed; the report's own is that of the repair.
        ref_uut: id of the test report that failed.
        parent: id of the repair of the unit that this one is a part of.
    """

    process_code: int | None = whole(bits=16, default=None, needed=True)
    process_code_format: str | None = text(default=None)
    process_name: str | None = text(default=None)
    ref_uut: UUID | None = guid("refUUT", default=None)
    confirm_date: datetime | None = time(default=None, needed=True)
    finalize_date: datetime | None = time(default=None, needed=True)
    active: bool | None = flag(default=None)
    parent: UUID | None = guid(default=None)
    children: Any = anything(default=None)


class SubUnit(Record):
    """A part of a unit."""

    pn: str | None = text(longest=100, default=None, needed=True)
    rev: str | None = text(longest=100, default=None)
    sn: str | None = text(longest=100, default=None, needed=True)
    part_type: str | None = text(longest=50, default=None, needed=True)
    position: int | None = whole(bits=16, default=None)


class UUTSubUnit(SubUnit):
    """A part of the tested unit."""


class UURFailure(Record):
    """What was wrong with a part.

    Attributes:
        com_ref: the component on the board, such as ``R12``.
        func_block: the function that the component belongs to.
        ref_step_id: of the step of the test that found it.
    """

    category: str = text()
    code: str = text()
    comment: str | None = text(default=None)
    com_ref: str | None = text(longest=50, default=None)
    func_block: str | None = text(longest=100, default=None)
    ref_step_id: int | None = whole(default=None)
    ref_step_name: str | None = text(default=None)
    art_number: str | None = text(longest=100, default=None)
    art_rev: str | None = text(longest=100, default=None)
    art_vendor: str | None = text(longest=500, default=None)
    art_description: str | None = text(longest=500, default=None)
    attachments: Parts[BinaryData] = parts(BinaryData, default=None)


class UURSubUnit(SubUnit):
    """A part of the repaired unit, or the unit itself (``idx`` 0), with what was wrong with it."""

    idx: int | None = whole(default=None, needed=True)
    parent_idx: int | None = whole(default=None)
    replaced_idx: int | None = whole(default=None)
    failures: Parts[UURFailure] = parts(UURFailure, default=None)


class ReportAsset(Record):
    """An asset that took part, such as a fixture."""

    sn: str = text("assetSN", 100)
    usage_count: int | None = whole(default=None)
    usage_count_format: str | None = text(default=None)


class AssetStats(Record):
    """How far an asset was used up when the server processed the report; only in reports from the server.

    Attributes:
        running_count_exceeded: by how many uses it is beyond its limit; ``total_count_exceeded`` likewise.
        days_since_calibration: with their fraction, as all days here.
    """

    sn: str | None = text("assetSN", default=None)
    running_count: int | None = whole(default=None)
    running_count_exceeded: int | None = whole(default=None)
    total_count: int | None = whole(default=None)
    total_count_exceeded: int | None = whole(default=None)
    days_since_calibration: float | None = number(default=None)
    is_days_since_calibration_unknown: bool | None = flag(default=None)
    calibration_days_overdue: float | None = number(default=None)
    days_since_maintenance: float | None = number(default=None)
    is_days_since_maintenance_unknown: bool | None = flag(default=None)
    maintenance_days_overdue: float | None = number(default=None)
    message: str | None = text(default=None)
