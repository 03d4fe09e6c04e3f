"""New reports, without steps or failures."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from pywats.errors import ValidationError
from pywats.reports.models import UURReport, UUTReport
from pywats.reports.units import UURInfo, UUTInfo
from pywats.station import Station

StationTexts = tuple[str | None, str | None, str | None]


def station_texts(station: Station | None, name: str | None, location: str | None, purpose: str | None) -> StationTexts:
    """Name, location and purpose: those given, or else the station's; nothing is made up."""
    if station is None:
        return name, location, purpose
    return (
        station.name if name is None else name,
        station.location if location is None else location,
        station.purpose if purpose is None else purpose,
    )


def new_uut(
    operator: str,
    part_number: str,
    revision: str,
    serial_number: str,
    operation: int,
    station: StationTexts,
    start: datetime | None,
) -> UUTReport:
    """A test report that begins now, or when it is told to."""
    name, location, purpose = station
    report = UUTReport(
        pn=part_number,
        sn=serial_number,
        rev=revision,
        process_code=operation,
        station_name=name,
        location=location,
        purpose=purpose,
        info=UUTInfo(operator=operator),
    )
    report.start = report.clock() if start is None else start
    report.start_utc = report.start.astimezone(UTC)
    return report


def new_uur(
    of: UUTReport | UUID | str | None,
    operations: Iterable[int | None],
    *,
    operator: str | None,
    part_number: str | None,
    serial_number: str | None,
    revision: str,
    repair_code: int,
    station: StationTexts,
    comment: str | None,
) -> UURReport:
    """A report of a repair that is done now; the first operation that is given counts.

    Raises:
        ValidationError: the part number, the serial number or the test operation is not known.
    """
    test: UUID | None = None
    operation = next((code for code in operations if code is not None), None)
    if isinstance(of, UUTReport):
        test, operation = of.id, of.process_code if operation is None else operation
        part_number, serial_number, revision = part_number or of.pn, serial_number or of.sn, revision or of.rev or ""
    elif of is not None:
        test = of if isinstance(of, UUID) else _guid(of)
        part_number = part_number or (str(of) if test is None else None)
    needed = {"part_number": part_number, "serial_number": serial_number, "test_operation_code": operation}
    missing = [key for key, value in needed.items() if value is None]
    if part_number is None or serial_number is None or missing:
        raise ValidationError(f"a repair report needs {', '.join(missing)}, or the test report, which has them")
    name, location, purpose = station
    start = datetime.now().astimezone()
    report = UURReport(
        pn=part_number,
        sn=serial_number,
        rev=revision,
        process_code=repair_code,
        station_name=name,
        location=location,
        purpose=purpose,
        start=start,
        start_utc=start.astimezone(UTC),
        info=UURInfo(
            operator=operator,
            comment=comment,
            process_code=operation,
            ref_uut=test,
            confirm_date=start.astimezone(UTC),
            finalize_date=start.astimezone(UTC),
        ),
    )
    report.get_main_unit()
    return report


def _guid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
