"""Reports as the server lists them, in header queries and in analytics."""

from datetime import datetime
from uuid import UUID

from pywats.exchange.wire import PyWATSModel, UtcDatetime, named


class HeaderSubUnit(PyWATSModel):
    """A part of the unit."""

    serial_number: str | None = None
    part_number: str | None = None
    revision: str | None = None
    part_type: str | None = None


class HeaderMiscInfo(PyWATSModel):
    """A named text."""

    description: str | None = None
    value: str | None = None


class HeaderAsset(PyWATSModel):
    """A tool that was used, with its counts and dates when the server processed the report."""

    serial_number: str | None = None
    running_count: int | None = None
    running_count_exceeded: int | None = None
    total_count: int | None = None
    total_count_exceeded: int | None = None
    days_since_maintenance: float | None = None
    maintenance_days_overdue: float | None = None
    days_since_calibration: float | None = None
    calibration_days_overdue: float | None = None


class AttachmentMetadata(PyWATSModel):
    """A file in a report.

    Attributes:
        attachment_id: in a repair report; asks for the file.
        step_id: in a test report: the step that it hangs on; asks for the file.
    """

    attachment_id: UUID | int | None = named("attachmentId", "id", "attachment_id")
    step_id: int | None = None
    file_name: str | None = named("fileName", "filename", "file_name")
    mime_type: str | None = None
    size: int | None = None
    description: str | None = None


class ReportHeader(PyWATSModel):
    """A report as lists show it, without its steps.

    Attributes:
        uuid: id of the report in the server.
        report_type: ``T`` for a test, ``R`` for a repair.
        result: ``Passed``, ``Failed``, ``Error`` or ``Terminated``.
        time_stamp: a number that grows as the server processes reports; it tells what is new, which ``start_utc`` does
            not, as a station that was offline delivers old reports late.
        execution_time: in seconds.
        run: which test run of this serial number in this operation it is.
        receive_count: how often the server received it.
        report_size: in kilobytes.
        sub_units: only if asked for by ``expand``; so ``misc_info``, ``assets``, ``attachments`` and the same of repair
            reports: ``uur_sub_units``, ``uur_misc_info``, ``uur_attachments``.
    """

    uuid: UUID | None = None
    serial_number: str | None = None
    part_number: str | None = None
    revision: str | None = None
    batch_number: str | None = None
    report_type: str | None = None
    station_name: str | None = None
    location: str | None = None
    purpose: str | None = None
    process_code: int | None = None
    process_name: str | None = None
    result: str | None = None
    start_utc: UtcDatetime | None = named("start", "startUtc", "start_utc")
    time_stamp: int | None = None
    operator: str | None = named("userName", "operator")
    comment: str | None = None
    execution_time: float | None = None
    sw_filename: str | None = None
    sw_version: str | None = None
    test_socket_index: int | None = None
    fixture_id: str | None = None
    run: int | None = None
    passed_in_run: int | None = None
    receive_count: int | None = None
    report_size: int | None = None
    measures_deleted: bool | None = None
    caused_uut_failure: str | None = None
    caused_uut_failure_path: str | None = None
    error_code: int | None = None
    error_message: str | None = None
    referenced_uut: UUID | None = None
    test_operation: str | None = None
    root_node_type: str | None = None
    sub_units: list[HeaderSubUnit] | None = None
    uur_sub_units: list[HeaderSubUnit] | None = None
    misc_info: list[HeaderMiscInfo] | None = None
    uur_misc_info: list[HeaderMiscInfo] | None = None
    assets: list[HeaderAsset] | None = None
    attachments: list[AttachmentMetadata] | None = None
    uur_attachments: list[AttachmentMetadata] | None = None

    @property
    def start(self) -> datetime | None:
        """When the test or repair began; the same as ``start_utc``."""
        return self.start_utc
