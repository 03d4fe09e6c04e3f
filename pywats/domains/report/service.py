"""The report domain: sending reports, getting them back, and finding them by their headers."""

import functools
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from pywats.concurrency.crew import work_through
from pywats.concurrency.result import Result
from pywats.domains.report.headers import expanded, identity, is_of, is_uut, odata_of, sub_units, time_stamp
from pywats.domains.report.models import ReportType, SubmitResult
from pywats.domains.report.receipt import confirmed
from pywats.errors import ValidationError
from pywats.exchange.answer import Answer
from pywats.exchange.call import Call, body, maybe_by, query, raw_or_none, url
from pywats.exchange.paging import Cursor, Page, check_page, walk
from pywats.exchange.saving import Saved, Target
from pywats.progress import Progress
from pywats.query import odata
from pywats.query.filters import (
    WATSFilter,
    build_date_range_filter,
    build_part_number_filter,
    build_recent_filter,
    build_serial_filter,
    build_subunit_part_filter,
    build_subunit_serial_filter,
    build_today_filter,
)
from pywats.reports.header import ReportHeader
from pywats.reports.identity import json_id, new_id, xml_id
from pywats.reports.making import new_uur, new_uut, station_texts
from pywats.reports.models import Report, UURReport, UUTReport, read_report
from pywats.reports.posting import for_posting
from pywats.reports.validation import check
from pywats.service import Async, Face, Service, each_found, method, stream
from pywats.station import Station

Json = Mapping[str, Any]
Headers = list[ReportHeader]
Query = tuple[tuple[str, str], ...]

LARGEST_PAGE: Final = 10_000
DETAIL_LEVELS: Final = range(8)
_HEADERS: Final = "/api/Report/Query/Header"
_JSON: Final = "application/json"
_XML: Final = "application/xml"


class ReportService(Service[Face]):
    """Reports and their headers.

    A header query gives the newest reports first and, unless told otherwise, ten of them. Methods that begin with
    ``get_`` or ``iter_`` go on until there are no more. Conditions are a `WATSFilter` or OData text, which
    ``pywats.query.odata`` helps to write.
    """

    domain: ClassVar[str] = "report"

    # Making

    def create_uut_report(
        self,
        operator: str,
        part_number: str,
        revision: str,
        serial_number: str,
        operation_type: int,
        *,
        station_name: str | None = None,
        location: str | None = None,
        purpose: str | None = None,
        start_time: datetime | None = None,
    ) -> UUTReport:
        """Return a new test report without steps, which its ``root`` takes; nothing is sent.

        Without name, location or purpose of a station it has those of the client's; without a start it begins now.
        """
        station = station_texts(self._line.station, station_name, location, purpose)
        return new_uut(operator, part_number, revision, serial_number, operation_type, station, start_time)

    def create_uur_report(
        self,
        uut_or_guid_or_pn: UUTReport | UUID | str | None = None,
        test_operation_code_pos: int | None = None,
        *,
        operator: str | None = None,
        part_number: str | None = None,
        serial_number: str | None = None,
        revision: str = "",
        repair_process_code: int = 500,
        test_operation_code: int | None = None,
        station: Station | None = None,
        station_name: str | None = None,
        location: str | None = None,
        purpose: str | None = None,
        comment: str | None = None,
        process_code: int | None = None,
        operation_type: int | None = None,
    ) -> UURReport:
        """Return a new repair report without failures; nothing is sent.

        The first argument is the test report that failed, which tells the unit and the operation, or its id, or a part
        number. ``test_operation_code``, ``operation_type`` and the second argument say the same; ``process_code`` goes
        before ``repair_process_code``. Without a station, or a part of it, it has the client's.

        Raises:
            ValidationError: the part number, the serial number or the test operation is not known.
        """
        return new_uur(
            uut_or_guid_or_pn,
            (test_operation_code_pos, test_operation_code, operation_type),
            operator=operator,
            part_number=part_number,
            serial_number=serial_number,
            revision=revision,
            repair_code=repair_process_code if process_code is None else process_code,
            station=station_texts(station or self._line.station, station_name, location, purpose),
            comment=comment,
        )

    def create_uur_from_uut(
        self, uut_report: UUTReport, operator: str | None = None, comment: str | None = None
    ) -> UURReport:
        """Return a new report of the repair of a unit whose test is at hand; nothing is sent."""
        return self.create_uur_report(uut_report, operator=operator, comment=comment)

    # Sending

    @method
    async def submit_report(self: "ReportService[Async]", report: UUTReport | UURReport | Json) -> str:
        """Send a report; return its id once the server received it and found it valid.

        A mapping without an ``id`` is given one. The same id sent again replaces the report. A model is checked before
        it is sent, and one that came from the server is sent as the server takes it back: see ``for_posting``.

        Raises:
            ValidationError: the server refused the content, and the text is the server's; or a model has faults for
                which it would, and the text has all of them.
        """
        if isinstance(report, Report):
            check(sent := for_posting(report))
            result = await self._submit("/api/Report/WSJF", sent.to_json(), sent.wire["id"], _JSON)
        elif not isinstance(report, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ValidationError(f"a {type(report).__name__} is no report, as a UUTReport or a mapping is")
        else:
            content = body(report if report.get("id") else {**report, "id": new_id()})
            result = await self.submit_report_json(content)
        return str(result.id)

    @method
    async def submit(self: "ReportService[Async]", report: UUTReport | UURReport | Json) -> str:
        """Send a report; the same as ``submit_report``."""
        return await self.submit_report(report)

    @method
    async def submit_report_json(self, body: bytes) -> SubmitResult:
        """Send a report in JSON as it is, byte for byte; return what the server says about it.

        Raises:
            InvalidResponseError: the server confirmed another report than this one.
            ValidationError: it is not a JSON object, or the server refused the content.
        """
        return await self._submit("/api/Report/WSJF", body, _id_in(body, json_id, _JSON), _JSON)

    @method
    async def submit_report_xml(self, xml_content: str | bytes) -> str:
        """Send a report in XML (WSXF, one report); return its id. Raises what ``submit_report_json`` raises."""
        content = xml_content.encode() if isinstance(xml_content, str) else xml_content
        return str((await self._submit("/api/Report/WSXF", content, _id_in(content, xml_id, _XML), _XML)).id)

    async def _submit(self, path: str, content: bytes, sent: str | None, media_type: str) -> SubmitResult:
        def read(answer: Answer) -> SubmitResult:
            return confirmed(answer, sent)

        # A report is stored under its id, so that the same one sent twice is one.
        call = Call(
            verb="POST", path=path, read=read, body=content, content_type=media_type, repeatable=sent is not None
        )
        return await self._line.send(call)

    @method
    async def submit_reports_batch(
        self: "ReportService[Async]",
        reports: Sequence[UUTReport | UURReport | Json],
        max_concurrent: int = 10,
        *,
        progress: Progress = False,
    ) -> list[Result[str]]:
        """Send reports, several at a time; return the result of ``submit_report`` for each, in order."""
        return await work_through(self.submit_report, reports, max_concurrent=max_concurrent, progress=progress)

    # Getting back

    @method
    async def get_report(self, report_id: UUID | str, detail_level: int | None = None) -> UUTReport | UURReport | None:
        """Return a report, or ``None``.

        Args:
            report_id: the ``uuid`` of its header.
            detail_level: from 0, what identifies it, to 7, everything.
        """
        path, wanted = url("/api/Report/Wsjf/{}", report_id), query(detailLevel=_level(detail_level))
        call = Call(verb="GET", path=path, query=wanted, read=maybe_by(read_report), absent=True, long=True)
        return await self._line.send(call)

    @method
    async def get_reports_batch(
        self: "ReportService[Async]",
        report_ids: Sequence[UUID | str],
        max_concurrent: int = 10,
        *,
        detail_level: int | None = None,
        progress: Progress = False,
    ) -> list[Result[UUTReport | UURReport]]:
        """Return the result of ``get_report`` for each id, in order; one that is missing is a ``Failure``."""
        get = functools.partial(self.get_report, detail_level=detail_level)
        return await each_found(get, report_ids, "report", max_concurrent, progress)

    @method
    async def get_report_json(
        self,
        report_id: UUID | str,
        detail_level: int | None = None,
        include_chartdata: bool | None = None,
        include_attachments: bool | None = None,
    ) -> bytes | None:
        """Return a report in JSON as the server writes it, or ``None``. Arguments are those of ``get_report``."""
        wanted = query(
            detailLevel=_level(detail_level), includeChartdata=include_chartdata, includeAttachments=include_attachments
        )
        path = url("/api/Report/Wsjf/{}", report_id)
        return await self._line.send(
            Call(verb="GET", path=path, query=wanted, read=raw_or_none, absent=True, long=True)
        )

    @method
    async def get_report_xml(
        self,
        report_id: UUID | str,
        include_attachments: bool | None = None,
        include_chartdata: bool | None = None,
        include_indexes: bool | None = None,
        detail_level: int | None = None,
    ) -> bytes | None:
        """Return a report in XML (WSXF) as the server writes it, or ``None``."""
        wanted = query(
            detailLevel=_level(detail_level),
            includeAttachments=include_attachments,
            includeChartdata=include_chartdata,
            includeIndexes=include_indexes,
        )
        path = url("/api/Report/Wsxf/{}", report_id)
        return await self._line.send(
            Call(verb="GET", path=path, query=wanted, read=raw_or_none, accept=_XML, absent=True, long=True)
        )

    @method
    async def get_attachment(
        self,
        attachment_id: UUID | str | None = None,
        step_id: int | str | None = None,
        report_id: UUID | str | None = None,
    ) -> bytes | None:
        """Return a file of a report, or ``None``.

        Args:
            attachment_id: of a file in a repair report.
            step_id: of the step that a file of a test report hangs on.
            report_id: of the report; most servers need it.

        Raises:
            ValidationError: neither ``attachment_id`` nor ``step_id`` is given.
        """
        return await self._file("/api/Report/Attachment", _attachment(attachment_id, step_id, report_id))

    @method
    async def get_all_attachments(self, report_id: UUID | str) -> bytes | None:
        """Return all files of a report as a zip archive, or ``None``."""
        return await self._file(url("/api/Report/Attachments/{}", report_id))

    @method
    async def get_certificate(self, report_id: UUID | str) -> bytes | None:
        """Return the certificate of a report's unit as a document, or ``None``."""
        return await self._file(url("/api/Report/Certificate/{}", report_id))

    @method
    async def download_attachment(
        self,
        to: Target,
        attachment_id: UUID | str | None = None,
        step_id: int | str | None = None,
        report_id: UUID | str | None = None,
        *,
        progress: Progress = False,
    ) -> Saved | None:
        """Save a file of a report while it arrives, at a path or into a file object; the rest as ``get_attachment``."""
        return await self._save("/api/Report/Attachment", _attachment(attachment_id, step_id, report_id), to, progress)

    @method
    async def download_all_attachments(
        self, report_id: UUID | str, to: Target, *, progress: Progress = False
    ) -> Saved | None:
        """Save all files of a report as a zip archive while it arrives; ``None`` if there is no such report."""
        return await self._save(url("/api/Report/Attachments/{}", report_id), (), to, progress)

    @method
    async def download_certificate(
        self, report_id: UUID | str, to: Target, *, progress: Progress = False
    ) -> Saved | None:
        """Save the certificate of a report's unit while it arrives; ``None`` if there is no such report."""
        return await self._save(url("/api/Report/Certificate/{}", report_id), (), to, progress)

    # Headers, one page

    @method
    async def query_headers(
        self,
        report_type: ReportType | str = ReportType.UUT,
        expand: Sequence[str] | None = None,
        odata_filter: WATSFilter | str | None = None,
        top: int | None = None,
        orderby: str | None = None,
        skip: int | None = None,
    ) -> Headers:
        """Return one page of headers.

        Args:
            report_type: of tests or of repairs.
            expand: lists to fill: ``subUnits``, ``miscInfo``, ``assets``, ``attachments``; for repairs ``uurSubUnits``,
                ``uurMiscInfo``, ``uurAttachments``.
            odata_filter: condition.
            top: at most so many, up to 10,000; the server gives 10 without it.
            orderby: ``start``, ``timestamp``, ``uuid`` or ``serialNumber``, with ``desc`` after it to turn it round;
                the latest start comes first without it.
            skip: leave out so many first.
        """
        kind = ReportType(report_type)
        headers = await self._page(kind, expand, odata_filter, top=top, orderby=orderby, skip=skip)
        return [header for header in headers if is_of(header, kind)]

    @method
    async def query_uut_headers(
        self: "ReportService[Async]",
        expand: Sequence[str] | None = None,
        odata_filter: WATSFilter | str | None = None,
        top: int | None = None,
        orderby: str | None = None,
        skip: int | None = None,
    ) -> Headers:
        """Return one page of headers of tests; arguments as for ``query_headers``."""
        return await self.query_headers(ReportType.UUT, expand, odata_filter, top, orderby, skip)

    @method
    async def query_uur_headers(
        self: "ReportService[Async]",
        expand: Sequence[str] | None = None,
        odata_filter: WATSFilter | str | None = None,
        top: int | None = None,
        orderby: str | None = None,
        skip: int | None = None,
    ) -> Headers:
        """Return one page of headers of repairs; arguments as for ``query_headers``."""
        return await self.query_headers(ReportType.UUR, expand, odata_filter, top, orderby, skip)

    @method
    async def query_headers_with_subunits(
        self: "ReportService[Async]",
        report_type: ReportType | str = ReportType.UUT,
        odata_filter: WATSFilter | str | None = None,
        top: int | None = None,
        orderby: str | None = None,
    ) -> Headers:
        """Return one page of headers with their sub units; arguments as for ``query_headers``."""
        return await self.query_headers(report_type, sub_units(report_type), odata_filter, top, orderby)

    @method
    async def query_headers_by_misc_info(
        self,
        description: str,
        string_value: str,
        top: int | None = None,
        *,
        serial_number: str | None = None,
        process_code: int | None = None,
    ) -> Headers:
        """Return headers of tests with a misc info of this description and text, at most ``top``."""
        wanted = query(
            description=description, data=string_value, serialNumber=serial_number, processCode=process_code, top_=top
        )
        return (await self._list("/api/Report/Query/HeaderByMiscInfo", ReportHeader, wanted))[:top]

    # Headers, all that there are

    @method
    async def query_headers_by_subunit_part_number(
        self: "ReportService[Async]",
        subunit_part_number: str,
        report_type: ReportType | str = ReportType.UUT,
        top: int | None = None,
    ) -> Headers:
        """Return the headers, newest first, of units with a sub unit of this part number; all, or at most ``top``."""
        condition = build_subunit_part_filter(subunit_part_number, is_uut(report_type))
        return await self._all(report_type, condition, top, sub_units(report_type))

    @method
    async def query_headers_by_subunit_serial(
        self: "ReportService[Async]",
        subunit_serial_number: str,
        report_type: ReportType | str = ReportType.UUT,
        top: int | None = None,
    ) -> Headers:
        """Return the headers, newest first, of units with a sub unit of this serial number; all, or at most ``top``."""
        condition = build_subunit_serial_filter(subunit_serial_number, is_uut(report_type))
        return await self._all(report_type, condition, top, sub_units(report_type))

    @method
    async def get_headers_by_serial(
        self: "ReportService[Async]",
        serial_number: str,
        report_type: ReportType | str = ReportType.UUT,
        top: int | None = None,
    ) -> Headers:
        """Return the headers of a serial number, newest first; all, or at most ``top``."""
        return await self._all(report_type, build_serial_filter(serial_number), top)

    @method
    async def get_headers_by_part_number(
        self: "ReportService[Async]",
        part_number: str,
        report_type: ReportType | str = ReportType.UUT,
        top: int | None = None,
    ) -> Headers:
        """Return the headers of a part number, newest first; all, or at most ``top``."""
        return await self._all(report_type, build_part_number_filter(part_number), top)

    @method
    async def get_headers_by_date_range(
        self: "ReportService[Async]",
        start_date: datetime,
        end_date: datetime,
        report_type: ReportType | str = ReportType.UUT,
    ) -> Headers:
        """Return all headers of reports that began within aware datetimes, the second not included; newest first."""
        return await self._all(report_type, build_date_range_filter(start_date, end_date))

    @method
    async def get_recent_headers(
        self: "ReportService[Async]",
        days: int = 7,
        report_type: ReportType | str = ReportType.UUT,
        top: int | None = None,
    ) -> Headers:
        """Return the headers of the last days, newest first; all, or at most ``top``."""
        return await self._all(report_type, build_recent_filter(days), top)

    @method
    async def get_todays_headers(
        self: "ReportService[Async]",
        report_type: ReportType | str = ReportType.UUT,
        top: int | None = None,
        timezone: str | None = None,
    ) -> Headers:
        """Return the headers of today, newest first; all, or at most ``top``.

        Args:
            report_type: of tests or of repairs.
            top: at most so many.
            timezone: where it is today, such as ``Europe/Oslo``; without it, where this computer is.
        """
        return await self._all(report_type, build_today_filter(timezone=timezone), top)

    @stream
    def iter_headers(
        self,
        filter: WATSFilter | str | None = None,
        *,
        report_type: ReportType | str | None = None,
        page_size: int = 100,
        max_items: int | None = None,
        expand: Sequence[str] | None = None,
        oldest_first: bool = False,
        resume_from: str | None = None,
        progress: Progress = False,
    ) -> AsyncGenerator[Sequence[ReportHeader], None]:
        """Walk over the headers of reports in the order in which the server processed them, each of them once.

        What comes in while the walk goes on is not part of it.

        Args:
            filter: condition.
            report_type: of tests or of repairs only.
            page_size: headers to ask for at a time, up to 10,000.
            max_items: end after so many.
            expand: lists to fill, as for ``query_headers``.
            oldest_first: begin with the report that was processed first instead of last.
            resume_from: the ``cursor`` of an earlier walk in the same order, to go on behind it.
            progress: ``True`` for a bar on a terminal, or a function that is told how many headers were read.
        """
        kind = None if report_type is None else ReportType(report_type)
        limits = _Limits(page_size, max_items, oldest_first, resume_from, progress)
        return self._walk(kind, odata_of(filter, kind), expand, limits)

    @stream
    def iter_uut_headers(
        self,
        filter: WATSFilter | str | None = None,
        *,
        page_size: int = 100,
        max_items: int | None = None,
        expand: Sequence[str] | None = None,
        oldest_first: bool = False,
        resume_from: str | None = None,
        progress: Progress = False,
    ) -> AsyncGenerator[Sequence[ReportHeader], None]:
        """Walk over the headers of tests; arguments as for ``iter_headers``."""
        limits = _Limits(page_size, max_items, oldest_first, resume_from, progress)
        return self._walk(ReportType.UUT, odata_of(filter, ReportType.UUT), expand, limits)

    @stream
    def iter_uur_headers(
        self,
        filter: WATSFilter | str | None = None,
        *,
        page_size: int = 100,
        max_items: int | None = None,
        expand: Sequence[str] | None = None,
        oldest_first: bool = False,
        resume_from: str | None = None,
        progress: Progress = False,
    ) -> AsyncGenerator[Sequence[ReportHeader], None]:
        """Walk over the headers of repairs; arguments as for ``iter_headers``."""
        limits = _Limits(page_size, max_items, oldest_first, resume_from, progress)
        return self._walk(ReportType.UUR, odata_of(filter, ReportType.UUR), expand, limits)

    async def _all(
        self: "ReportService[Async]",
        report_type: ReportType | str,
        condition: str,
        top: int | None = None,
        expand: Sequence[str] | None = None,
    ) -> Headers:
        walked = self.iter_headers(condition, report_type=report_type, page_size=1000, max_items=top, expand=expand)
        return [header async for header in walked]

    async def _walk(
        self,
        kind: ReportType | None,
        condition: str | None,
        expand: Sequence[str] | None,
        limits: "_Limits",
    ) -> AsyncGenerator[Sequence[ReportHeader], None]:
        """Pages by ``timeStamp``: it never changes, and what is new has a greater one than all that was there."""
        end: int | None = None
        oldest_first = limits.oldest_first
        if oldest_first:
            newest = await self._page(kind, None, condition, top=1, orderby="timestamp desc", bulk=True)
            end = newest[0].time_stamp if newest else None

        async def ask(page: Page) -> Headers:
            compare, order = (odata.gt, "timestamp") if oldest_first else (odata.lt, "timestamp desc")
            behind = None if page.after is None else compare("timeStamp", page.after)
            text = odata.and_(condition, behind)
            return await self._page(kind, expand, text, top=page.top, orderby=order, skip=page.skip or None, bulk=True)

        pages = walk(
            ask,
            time_stamp,
            page_size=limits.page_size,
            max_items=limits.max_items,
            start=limits.start,
            progress=limits.progress,
            name=identity,
            wanted=None if kind is None else lambda header: is_of(header, kind),
            beyond=None if end is None else lambda header: (header.time_stamp or 0) > end,
        )
        async with aclosing(pages):
            async for page in pages:
                yield page
                del page  # it is the reader's alone while the next one comes

    async def _page(
        self,
        kind: ReportType | None,
        expand: Sequence[str] | None,
        condition: WATSFilter | str | None,
        *,
        top: int | None,
        orderby: str | None,
        skip: int | None = None,
        bulk: bool = False,
    ) -> Headers:
        if top is not None and not 0 <= top <= LARGEST_PAGE:
            raise ValidationError(f"top is {top}; it must be from 0 to {LARGEST_PAGE}, and iter_headers has no limit")
        wanted = query(
            reportType=kind,
            filter_=odata_of(condition, kind),
            expand_=expanded(expand),
            orderby_=orderby,
            top_=top,
            skip_=skip,
        )
        return await self._list(_HEADERS, ReportHeader, wanted, bulk=bulk)


def _id_in(content: bytes, id_of: Callable[[bytes], str | None], media_type: str) -> str | None:
    try:
        return id_of(content)
    except ValueError as error:
        raise ValidationError(f"this is no report in {media_type}: {error}") from error


def _attachment(attachment_id: UUID | str | None, step_id: int | str | None, report_id: UUID | str | None) -> Query:
    if attachment_id is None and step_id is None:
        raise ValidationError("an attachment is named by its attachment_id, or by the step_id of its step")
    return query(reportId=report_id, attachmentId=attachment_id, stepId=step_id)


class _Limits:
    """How far and in which steps a walk over headers goes; refuses what makes no sense."""

    def __init__(
        self, page_size: int, max_items: int | None, oldest_first: bool, resume_from: str | None, progress: Progress
    ) -> None:
        check_page(page_size, max_items, largest=LARGEST_PAGE)
        self.page_size, self.max_items = page_size, max_items
        self.oldest_first, self.progress = oldest_first, progress
        self.start = Cursor.read(resume_from, "timestamp" if oldest_first else "timestamp desc")


def _level(detail_level: int | None) -> int | None:
    if detail_level is not None and detail_level not in DETAIL_LEVELS:
        raise ValidationError(f"detail_level is {detail_level}; it must be from 0 to {DETAIL_LEVELS[-1]}")
    return detail_level
