"""Headers of reports: which are asked for, and what tells one from another."""

from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache

from pywats.domains.report.models import ReportType
from pywats.errors import ValidationError
from pywats.query.filters import WATSFilter
from pywats.reports.header import ReportHeader


def odata_of(filter: WATSFilter | str | None, kind: ReportType | None) -> str | None:
    """A condition as text.

    Raises:
        ValidationError: it is neither a filter nor a text.
    """
    if isinstance(filter, WATSFilter):
        return filter.to_odata(uur=kind is ReportType.UUR)
    if filter is not None and not isinstance(filter, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValidationError(f"the filter is {filter!r}; it must be a WATSFilter(...), or a condition in OData")
    return filter


def expanded(expand: Sequence[str] | None) -> str | None:
    """What to expand as text.

    Raises:
        ValidationError: it is no list of names.
    """
    if expand is None:
        return None
    texts = all(isinstance(name, str) for name in expand)  # pyright: ignore[reportUnnecessaryIsInstance]
    if isinstance(expand, str | Mapping) or not texts:
        raise ValidationError(f"expand is {expand!r}; it must be a list of names; a filter is given as odata_filter=")
    return ",".join(expand) or None


def is_uut(report_type: ReportType | str) -> bool:
    """Whether tests are asked for."""
    return ReportType(report_type) is ReportType.UUT


def sub_units(report_type: ReportType | str) -> list[str]:
    """What to expand for the sub units."""
    return ["subUnits" if is_uut(report_type) else "uurSubUnits"]


def is_of(header: ReportHeader, kind: ReportType | None) -> bool:
    """Whether the header is of this kind: a server that does not know ``reportType`` lists both."""
    return kind is None or header.report_type is None or _kind(header.report_type) is kind


@lru_cache(maxsize=16)
def _kind(said: str) -> ReportType:
    return ReportType(said)


def time_stamp(header: ReportHeader) -> int | None:
    """What walks go by."""
    return header.time_stamp


def identity(header: ReportHeader) -> Hashable:
    """What tells it from all others."""
    if header.uuid is not None:
        return header.uuid.int  # a UUID compares and hashes in Python
    return header.time_stamp, header.serial_number, header.part_number, header.start_utc
