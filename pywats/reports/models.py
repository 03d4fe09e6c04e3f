"""Test reports (UUT) and repair reports (UUR) as the server's JSON format has them, written as they were read."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self
from uuid import UUID, uuid4

import pydantic
from pydantic_core import CoreSchema, SchemaValidator, core_schema, from_json

from pywats.errors import ValidationError
from pywats.exchange.wire import OpenStrEnum
from pywats.reports.additional_data import AdditionalData, properties_of
from pywats.reports.binary import BinaryData
from pywats.reports.clock import Clock
from pywats.reports.cutting import cut
from pywats.reports.files import saved
from pywats.reports.member import Json, Parts, guid, part, parts, text, time, whole, word
from pywats.reports.record import R, Record, shapes_of
from pywats.reports.scalar import number_of
from pywats.reports.shown import as_html, as_text, repairs_in_words, step_in_words, title
from pywats.reports.step import Step
from pywats.reports.steps import SequenceCall, SequenceCallInfo, is_failure
from pywats.reports.units import (
    AssetStats,
    MiscInfo,
    ReportAsset,
    UURFailure,
    UURInfo,
    UURSubUnit,
    UUTInfo,
    UUTSubUnit,
)

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


SHORT = range(-(2**15), 2**15)
"""Numbers that a misc info may have."""


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
    rev: str | None = text(longest=100, default=None, needed=True, empty=True)
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

    def in_words(self) -> list[str]:
        """What is to be said of it, a line each."""
        return []

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.wire.get('id')}: {title(self.wire)}>"

    def __str__(self) -> str:
        """What it is, how it ended, and what went wrong."""
        return as_text(self.wire, self.in_words())

    def _repr_html_(self) -> str:
        return as_html(self.wire, self.in_words())

    def to_html(self) -> str:
        """A page that needs nothing but itself: what failed, the steps with limits and charts, and all else."""
        from pywats.reports.page import page_of

        return page_of(self)

    def add_misc_info(self, description: str, value: Any) -> MiscInfo:
        """Add a named text or number; a number that is no whole one of 16 bits is written as text."""
        if isinstance(value, str):
            info = MiscInfo(description=description, string_value=value)
        else:
            number = number_of(value)
            short = number in SHORT
            info = MiscInfo(
                description=description,
                numeric_value=int(number) if short else None,
                string_value=None if short else str(number),
            )
        self.misc_infos.append(info)
        return info

    def add_asset(self, sn: str, usage_count: int | None = None) -> ReportAsset:
        """Add an asset that took part, such as a fixture, and how often it was used for this report."""
        asset = ReportAsset(sn=sn, usage_count=usage_count)
        self.assets.append(asset)
        return asset

    def add_additional_data(self, name: str, values: Mapping[str, Any]) -> AdditionalData:
        """Add named values: texts, numbers, truth values, mappings and lists of them."""
        data = AdditionalData(name=name, props=properties_of(values))
        self.additional_data.append(data)
        return data

    def save(self, folder: str | Path) -> Path:
        """Write the report as ``ID.json`` into a folder that is there, whole or not at all; returns the file."""
        return saved(Path(folder), f"{self.id}.json", self.to_json())

    def cut_texts(self) -> list[str]:
        """Shorten the texts that are too long, but for serial and part numbers; returns where."""
        return cut(type(self), self.wire, "report")


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

    def get_root_sequence_call(self) -> SequenceCall:
        """The root of its steps."""
        return self.root

    def add_sub_unit(
        self, part_type: str, sn: str, pn: str, rev: str | None = None, *, position: int | None = None
    ) -> UUTSubUnit:
        """Add a part of the tested unit."""
        unit = UUTSubUnit(part_type=part_type, sn=sn, pn=pn, rev=rev, position=position)
        self.sub_units.append(unit)
        return unit

    def failures(self) -> list[Step]:
        """The steps that failed, ended with an error or were terminated, but for sequences that only say so."""
        return [step for step in (self.root, *self.root.walk()) if is_failure(step)]

    def __enter__(self) -> Self:
        if self.start is None:
            self.start = self.clock()
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        """Note the time that it took, and what went wrong."""
        if self.start is not None:
            if self.info is None:
                self.info = UUTInfo()
            if self.info.exec_time is None:
                self.info.exec_time = max(0.0, (self.clock() - self.start).total_seconds())
        if error is not None:
            self.root.fault(error)

    def in_words(self) -> list[str]:
        """What failed, a line each."""
        return list(map(step_in_words, self.failures()))

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

    def get_main_unit(self) -> UURSubUnit:
        """The repaired unit itself; it is put in if it is not there."""
        found = self.get_sub_unit_by_idx(0)
        if found is None:
            found = UURSubUnit(idx=0, part_type="Main", pn=self.pn, sn=self.sn, rev=self.rev)
            self.sub_units.insert(0, found)
        return found

    def get_sub_unit_by_idx(self, idx: int) -> UURSubUnit | None:
        """The unit with this index, or ``None``."""
        return next((unit for unit in self.sub_units if unit.idx == idx), None)

    def add_sub_unit(
        self,
        part_type: str,
        sn: str,
        pn: str,
        rev: str | None = None,
        *,
        parent_idx: int = 0,
        replaced_idx: int | None = None,
    ) -> UURSubUnit:
        """Add a part of the repaired unit; it gets the next index.

        Args:
            part_type: what it is.
            sn: its serial number.
            pn: its part number.
            rev: its revision.
            parent_idx: index of the unit that it is a part of.
            replaced_idx: index of the unit that it came in for.
        """
        self.get_main_unit()
        unit = UURSubUnit(
            idx=max(unit.idx or 0 for unit in self.sub_units) + 1,
            part_type=part_type,
            sn=sn,
            pn=pn,
            rev=rev,
            parent_idx=parent_idx,
            replaced_idx=replaced_idx,
        )
        self.sub_units.append(unit)
        return unit

    def add_failure(
        self,
        category: str,
        code: str,
        *,
        idx: int = 0,
        comment: str | None = None,
        com_ref: str | None = None,
        func_block: str | None = None,
        ref_step_id: int | None = None,
        ref_step_name: str | None = None,
    ) -> UURFailure:
        """Add what was wrong with the unit of this index, the repaired one itself unless told otherwise.

        Raises:
            ValidationError: there is no unit with this index.
        """
        unit = self.get_main_unit() if idx == 0 else self.get_sub_unit_by_idx(idx)
        if unit is None:
            raise ValidationError(f"report: no unit has idx {idx}; add_sub_unit adds one")
        failure = UURFailure(
            category=category,
            code=code,
            comment=comment,
            com_ref=com_ref,
            func_block=func_block,
            ref_step_id=ref_step_id,
            ref_step_name=ref_step_name,
        )
        unit.failures.append(failure)
        return failure

    def attach(self, path: str | Path, *, content_type: str | None = None) -> BinaryData:
        """Add a file to the report."""
        file = BinaryData.from_file(path, content_type)
        self.binary_data.append(file)
        return file

    def failures(self) -> list[UURFailure]:
        """What was wrong with any of the units."""
        return [failure for unit in self.sub_units for failure in unit.failures]

    def in_words(self) -> list[str]:
        """What was wrong, a line each."""
        return list(repairs_in_words(self.wire))


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
