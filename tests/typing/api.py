"""Checked by mypy and pyright, never run: the client as a user writes it, on both faces."""

import asyncio
import concurrent.futures
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, assert_type
from uuid import UUID

from pywats import (
    Asset,
    AssetLog,
    AssetState,
    AssetType,
    AsyncPyWATS,
    BarcodeIdentifier,
    BomItem,
    ClientRegistration,
    Event,
    MeasurementData,
    OeeAnalysisResult,
    Outbox,
    Package,
    ProcessInfo,
    Product,
    ProductRevision,
    ProductState,
    RepairOperationConfig,
    ReportHeader,
    Result,
    ScimToken,
    ScimUser,
    SerialNumber,
    Station,
    StepPath,
    SubmitResult,
    TestSequenceDefinition,
    Ticket,
    TicketStatus,
    Unit,
    UnitChange,
    UnitFlowResult,
    UnitPhaseFlag,
    UURReport,
    UUTReport,
    WATSFilter,
    YieldData,
    as_completed,
    pyWATS,
    split_results,
    unwrap_all,
    wait,
)
from pywats.domains.product.box_build import BoxBuildTemplate
from pywats.domains.product.service import ProductService
from pywats.domains.report.service import ReportService
from pywats.domains.rootcause.service import RootCauseService
from pywats.domains.software.installer import InstallResult, PackageInstaller, PackageManifest
from pywats.domains.software.service import SoftwareService
from pywats.exchange.saving import Saved
from pywats.models import ProductRevisionRelation
from pywats.query import odata
from workers import Async, AsyncStream, Blocking, BlockingStream


def blocking(api: pyWATS) -> None:
    assert_type(api.product, ProductService[Blocking])
    assert_type(api.product.get_product("X"), Product | None)
    assert_type(api.barcode.identify_barcode("X"), BarcodeIdentifier | None)
    assert_type(api.export.iter_export("X"), BlockingStream[bytes])
    assert_type(api.system.register_client("X", "X"), ClientRegistration)
    assert_type(api.auth.get_token.submit(), concurrent.futures.Future[str | None])
    assert_type(api.product.get_product.submit("X"), concurrent.futures.Future[Product | None])
    assert_type(api.product.get_products(), list[Product])
    assert_type(api.product.create_product("X", state="inactive", xml_data="<Root/>"), Product | None)
    assert_type(api.product.is_active(Product(part_number="X")), bool)
    assert_type(api.product.get_revisions("X"), list[ProductRevision])
    assert_type(api.product.delete_product("X"), dict[str, Any])
    assert_type(api.product.save_vendor("ACME", country="NO"), dict[str, Any] | None)
    assert_type(api.product.iter_products(page_size=3), BlockingStream[Product])

    template = api.product.get_box_build_template("X", "A")
    assert_type(template, BoxBuildTemplate[Blocking])
    assert_type(template.add_subunit("Y", "1", quantity=2).save(), BoxBuildTemplate[Blocking])
    assert_type(template.set_quantity("Y", "1", 3).reload(), BoxBuildTemplate[Blocking])
    assert_type(template.subunits, list[ProductRevisionRelation])
    started = api.product.get_box_build_template.submit("X", "A")
    assert_type(started, concurrent.futures.Future[BoxBuildTemplate[Blocking]])

    assert_type(api.report, ReportService[Blocking])
    assert_type(api.report.get_report(UUID(int=1)), UUTReport | UURReport | None)
    assert_type(api.report.get_report_json("id"), bytes | None)
    assert_type(api.report.submit_report_json(b"{}"), SubmitResult)
    assert_type(api.report.submit_report({"type": "T"}), str)
    assert_type(api.report.query_uut_headers(top=3, skip=3), list[ReportHeader])
    for header in api.report.iter_uut_headers(WATSFilter(part_number="X", last="7d"), page_size=1000):
        assert_type(header, ReportHeader)
        assert_type(header.start_utc, datetime | None)
    assert_type(api.asset.get_asset("1"), Asset | None)
    assert_type(api.asset.increment_count.submit("1", amount=2), concurrent.futures.Future[bool])
    assert_type(api.asset.is_in_alarm(Asset(serial_number="F")), bool)
    assert_type(api.asset.get_assets_by_alarm_state("alarm", top=3), list[Asset])
    assert_type(api.asset.iter_asset_log("type eq 4"), BlockingStream[AssetLog])
    assert_type(api.asset.download_file("1", "a.pdf"), bytes | None)

    assert_type(api.production.get_unit("S", "P"), Unit | None)
    assert_type(api.production.create_units.submit([Unit(serial_number="S")]), concurrent.futures.Future[list[Unit]])
    assert_type(api.production.take_serial_numbers("MAC", only_in_sequence=True), list[str])
    assert_type(api.production.find_serial_numbers("MAC", "00", "FF"), list[SerialNumber])
    assert_type(api.production.iter_unit_changes(page_size=3), BlockingStream[UnitChange])
    assert_type(api.production.get_units_batch([("S", "P")]), list[Result[Unit]])
    check = api.production.verify_unit("S", "P")
    assert_type(check.reasons if check else None, list[str] | None)
    assert_type(api.workflow.end_test("S", "P", passed=False, status="draft"), bool)

    assert_type(api.rootcause, RootCauseService[Blocking])
    assert_type(api.rootcause.get_tickets(TicketStatus.OPEN | TicketStatus.ON_HOLD), list[Ticket])
    assert_type(api.rootcause.upload_attachment(b"", "a.png"), UUID)


def many(api: pyWATS) -> None:
    assert_type(api.batch(api.product.get_product, ["X", "Y"]), list[Result[Product | None]])
    pairs = [("X", "A"), ("X", "B")]
    assert_type(api.batch(api.product.get_revision, pairs, 5, progress=True), list[Result[ProductRevision | None]])
    for number, result in api.batch_iter(api.product.get_product, iter(["X"]), max_concurrent=3):
        assert_type(number, int)
        assert_type(result, Result[Product | None])
    results = api.product.get_products_batch(["X"], max_concurrent=5)
    assert_type(results, list[Result[Product]])
    for each in results:
        assert_type(each.unwrap().part_number, str)
        shown = each.value.part_number if each.is_success else str(each.error)
        shown.upper()
    assert_type(split_results(results), tuple[list[Product], list[Exception]])
    assert_type(unwrap_all(results), list[Product])
    assert_type(api.cache_statistics().hits, int)
    handles = [api.product.get_product.submit("X")]
    assert_type(wait(handles, 3).done, set[concurrent.futures.Future[Product | None]])
    for handle in as_completed(handles):
        assert_type(handle.result(), Product | None)
    assert_type(api.product.iter_products(resume_from="", progress=print).cursor, str | None)


def packages(api: pyWATS) -> None:
    assert_type(api.software, SoftwareService[Blocking])
    assert_type(api.software.get_package("id"), Package | None)
    assert_type(api.software.install(Package(), "tests", print), InstallResult)
    installer = PackageInstaller(api.software, PackageManifest("packages.json"))
    assert_type(installer, PackageInstaller[Blocking])
    assert_type(installer.install(Package(), Path("tests")), InstallResult)
    assert_type(installer.verify("id"), list[str])


def figures(api: pyWATS) -> None:
    assert_type(api.analytics.get_dynamic_yield({"dimensions": "partNumber"}), list[YieldData])
    assert_type(api.analytics.get_version(), str | None)
    assert_type(api.analytics.get_measurements({}, StepPath("Main/Supply")), list[MeasurementData])
    assert_type(api.analytics.get_flow_summary(), dict[str, Any])
    assert_type(api.analytics.get_yield_summary.submit("X"), concurrent.futures.Future[list[YieldData]])


def observing(api: pyWATS) -> None:
    for event in api.events.subscribe(["report"], since=api.events.now()):
        assert_type(event, Event)
        assert_type(event.data, ReportHeader | UnitChange | Ticket)
    assert_type(api.http.download("/x", "x.zip", progress=True).size, int)
    assert_type(api.report.download_certificate("id", "x.pdf"), Saved | None)
    assert_type(api.health().is_good, bool)
    assert_type(api.prometheus(), str)
    assert_type(api.on("call", lambda details: details.seconds), Callable[[], None])


async def awaiting(api: AsyncPyWATS) -> None:
    assert_type(api.product, ProductService[Async])
    assert_type(await api.product.get_product("X"), Product | None)
    both = await asyncio.gather(api.product.get_product("X"), api.production.get_unit("S", "P"))
    assert_type(both, tuple[Product | None, Unit | None])
    assert_type(api.product.get_product.submit("X"), asyncio.Future[Product | None])
    assert_type(await api.product.get_products(), list[Product])
    assert_type(api.product.is_active(Product(part_number="X")), bool)
    assert_type(await api.product.bulk_save_revisions([ProductRevision(revision="A")]), list[ProductRevision])
    assert_type(api.product.iter_products("state eq 1"), AsyncStream[Product])
    assert_type(await api.production.set_unit_phase("S", "P", UnitPhaseFlag.FINALIZED), bool)
    assert_type(await api.production.verify_assembly("S", "P", "A"), dict[str, Any] | None)
    assert_type(api.production.iter_units("revision eq 'A'"), AsyncStream[Unit])
    assert_type(await api.workflow.start_test("S", "P"), bool)
    assert_type(await api.asset.get_asset_types(), list[AssetType])
    assert_type(await api.asset.get_asset_state("1"), AssetState | None)
    assert_type(api.asset.is_in_warning(Asset(serial_number="F")), bool)
    assert_type(api.asset.iter_assets(page_size=3), AsyncStream[Asset])

    template = await api.product.get_box_build_template("X", "A")
    assert_type(template, BoxBuildTemplate[Async])
    template = await template.add_subunit("Y", "1", quantity=2)
    assert_type(await template.clear_all().save(), BoxBuildTemplate[Async])
    started = api.product.get_box_build_template.submit("X", "A")
    assert_type(started, asyncio.Future[BoxBuildTemplate[Async]])

    assert_type(await api.batch(api.product.get_product, ["X", "Y"]), list[Result[Product | None]])
    pairs = [("X", "A"), ("X", "B")]
    assert_type(await api.batch(api.product.get_revision, pairs), list[Result[ProductRevision | None]])
    parts = (product.part_number async for product in api.product.iter_products())
    async for number, result in api.batch_iter(api.product.get_product, parts):
        assert_type(number, int)
        assert_type(result, Result[Product | None])
    results = await api.report.submit_reports_batch([UUTReport(pn="P", sn="S")])
    assert_type(results, list[Result[str]])

    assert_type(await api.report.get_report("id", detail_level=3), UUTReport | UURReport | None)
    assert_type(await api.report.submit(UUTReport(pn="P", sn="S")), str)
    assert_type(await api.report.get_headers_by_serial("S", "UUR", top=3), list[ReportHeader])
    condition = odata.and_(odata.eq("partNumber", "X"), odata.ge("start", datetime.now(UTC)))
    async for header in api.report.iter_headers(condition, oldest_first=True, max_items=3):
        assert_type(header, ReportHeader)
    installer = PackageInstaller(api.software, PackageManifest("packages.json"))
    assert_type(installer, PackageInstaller[Async])
    assert_type(await installer.install_many([Package()], "tests"), list[InstallResult])
    assert_type(await api.analytics.get_dynamic_yield(WATSFilter(dimensions=["partNumber"])), list[YieldData])
    assert_type(await api.analytics.get_unit_flow({"part_number": "X"}), UnitFlowResult)
    assert_type(await api.analytics.get_oee_analysis(WATSFilter(last="8h")), OeeAnalysisResult | None)


async def administrating(api: pyWATS, aio: AsyncPyWATS) -> None:
    assert_type(api.process.get_process(60), ProcessInfo | None)
    assert_type(api.process.get_repair_operation_configs(), dict[int, RepairOperationConfig])
    assert_type(api.scim.iter_users(max_users=3), BlockingStream[ScimUser])
    assert_type(api.scim.get_token(), ScimToken | None)
    assert_type(api.manual_inspection.create_definition("x", log_operator=False), TestSequenceDefinition | None)

    assert_type(await aio.process.get_default_test_code(), int)
    assert_type(aio.scim.iter_users(filter="active eq true"), AsyncStream[ScimUser])
    assert_type(await aio.manual_inspection.release_inspection(UUID(int=1)), TestSequenceDefinition | None)
    assert_type(await aio.manual_inspection.get_xaml("id"), str | None)


def values() -> None:
    assert_type(Product(part_number="X", state=ProductState.ACTIVE).state, ProductState)
    assert_type(Product(part_number="X").revisions, list[ProductRevision])
    BomItem(part_number="X", quantity=2, manufacturer_pn="Y")
    Station("ICT-1", location="Oslo")
    WATSFilter(date_from=date(2026, 1, 5), timezone="Europe/Oslo", yield_value=90, run=-1, status="Passed")


def mistakes(api: pyWATS, aio: AsyncPyWATS) -> None:
    api.product.get_product(part="X")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    api.batch(api.product.get_product, [1, 2])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType,reportCallIssue]
    aio.batch_iter(aio.product.get_revision, ["X"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType,reportCallIssue]
    api.report.iter_headers(page=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    aio.product.get_product("X").part_number  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue,reportUnknownMemberType]  # noqa: B018


def outbox_of_threads(api: pyWATS, report: UUTReport) -> None:
    with Outbox("outbox.db", api) as outbox:
        assert_type(outbox, Outbox[Blocking])
        assert_type(outbox.put(report), str)
        assert_type(outbox.put.submit(b"{}"), concurrent.futures.Future[str])
        assert_type(outbox.flush(1.0), int)


async def outbox_of_coroutines(api: AsyncPyWATS, report: UUTReport) -> None:
    async with Outbox("outbox.db", api) as outbox:
        assert_type(outbox, Outbox[Async])
        assert_type(await outbox.put(report), str)
        assert_type(outbox.put.submit(report), asyncio.Future[str])
