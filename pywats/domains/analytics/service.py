"""The analytics domain: yield, failures, repairs, measurements, times, the flow of units, and alarms."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from pywats.domains.analytics.models import (
    AggregatedMeasurement,
    AlarmLog,
    AlarmType,
    CommonUserSettings,
    ConnectionExecutionTimeAnalysis,
    LevelInfo,
    MeasurementData,
    MeasurementListItem,
    MeasurementSeries,
    OeeAnalysisResult,
    ProcessInfo,
    ProductGroup,
    RepairHistoryRecord,
    RepairStatistics,
    StepAnalysisRow,
    StepStatusItem,
    TopFailedStep,
    UnitFlowLink,
    UnitFlowNode,
    UnitFlowResult,
    UnitFlowUnit,
    YieldData,
)
from pywats.domains.analytics.requests import (
    Body,
    Filter,
    FlowFilter,
    Paths,
    Query,
    by_ids,
    chosen,
    days_back,
    flow_filter,
    flow_query,
    of_units,
    one_or_many,
    paths_apart,
    read_flow,
    reports_by_ids,
    span_of,
    time_bounds,
    top_by_ids,
    xml_filters,
)
from pywats.exchange.answer import Answer
from pywats.exchange.call import Call, many, maybe, query
from pywats.query.dimensions import Dimension
from pywats.query.filters import filter_body
from pywats.reports.header import ReportHeader
from pywats.service import Async, Face, Service, method

M = TypeVar("M")

_FLOW = "/api/internal/UnitFlow"


class AnalyticsService(Service[Face]):
    """Figures that the server computes from its reports.

    Methods marked as internal use the interface of the server's own web pages, which may change with any release.
    """

    domain: ClassVar[str] = "analytics"

    # The server

    @method
    async def get_version(self) -> str | None:
        """Return the server's version, such as ``2025.3.9.824``."""
        return await self._text("/api/App/Version")

    @method
    async def get_processes(
        self,
        include_test_operations: bool | None = None,
        include_repair_operations: bool | None = None,
        include_wip_operations: bool | None = None,
        include_inactive_processes: bool | None = None,
    ) -> list[ProcessInfo]:
        """Return the operation types; unless some are asked for, all that are active."""
        wanted = query(
            includeTestOperations=include_test_operations,
            includeRepairOperations=include_repair_operations,
            includeWipOperations=include_wip_operations,
            includeInactiveProcesses=include_inactive_processes,
        )
        return await self._list("/api/App/Processes", ProcessInfo, wanted)

    @method
    async def get_levels(self) -> list[LevelInfo]:
        """Return the levels of the organisation."""
        return await self._list("/api/App/Levels", LevelInfo)

    @method
    async def get_product_groups(self, include_filters: bool | None = None) -> list[ProductGroup]:
        """Return the product groups, whose names filters take; their own filters, if asked for, are extra fields."""
        return await self._list("/api/App/ProductGroups", ProductGroup, query(includeFilters=include_filters))

    @method
    async def get_user_settings(self, user_name: str) -> CommonUserSettings | None:
        """Return a user's name, culture, roles, levels and product groups, or ``None``."""
        return await self._find("/api/App/CommonUserSettings", CommonUserSettings, query(UserName=user_name))

    # Yield

    @method
    async def get_dynamic_yield(self, filter_data: Filter) -> list[YieldData]:
        """Return yields, a row for each combination of the values of ``filter_data.dimensions``.

        The dimensions travel in the query, where the server reads them, and in the filter. An empty filter means the
        last thirty days.
        """
        wanted = filter_body(filter_data)
        dimensions = query(dimensions=wanted.get("dimensions"))
        return await self._figures("/api/App/DynamicYield", wanted, YieldData, dimensions)

    @method
    async def get_yield_summary(
        self: "AnalyticsService[Async]", part_number: str, revision: str | None = None, days: int = 30
    ) -> list[YieldData]:
        """Return the yield of a product, or of one revision, over the days up to now: a row for each operation."""
        dimensions = [Dimension.PART_NUMBER, *([Dimension.REVISION] if revision else []), Dimension.TEST_OPERATION]
        return await self.get_dynamic_yield(
            {"part_number": part_number, "revision": revision, "dimensions": dimensions, **days_back(days)}
        )

    @method
    async def get_station_yield(self: "AnalyticsService[Async]", station_name: str, days: int = 7) -> list[YieldData]:
        """Return the yield at a station over the days up to now: a row for each product in each operation."""
        dimensions = [Dimension.STATION_NAME, Dimension.PART_NUMBER, Dimension.TEST_OPERATION]
        return await self.get_dynamic_yield({"station_name": station_name, "dimensions": dimensions, **days_back(days)})

    @method
    async def get_volume_yield(
        self, filter_data: Filter | None = None, product_group: str | None = None, level: str | None = None
    ) -> list[YieldData]:
        """Return volume and yield of products in operations."""
        return await self._figures("/api/App/VolumeYield", chosen(filter_data, product_group, level), YieldData)

    @method
    async def get_volume_yield_by_id(
        self, product_group_id: int | str, level_id: int | str, days: int
    ) -> list[YieldData]:
        """Return the same for a product group and a level by their ids, over the days up to now."""
        return await self._list("/api/App/VolumeYield", YieldData, by_ids(product_group_id, level_id, days))

    @method
    async def get_worst_yield(
        self, filter_data: Filter | None = None, product_group: str | None = None, level: str | None = None
    ) -> list[YieldData]:
        """Return the yield of products in operations, the lowest first."""
        return await self._figures("/api/App/WorstYield", chosen(filter_data, product_group, level), YieldData)

    @method
    async def get_worst_yield_by_id(
        self, product_group_id: int | str, level_id: int | str, days: int
    ) -> list[YieldData]:
        """Return the same for a product group and a level by their ids, over the days up to now."""
        return await self._list("/api/App/WorstYield", YieldData, by_ids(product_group_id, level_id, days))

    @method
    async def get_worst_yield_by_product_group(self, filter_data: Filter) -> list[YieldData]:
        """Return the yield of product groups, the lowest first."""
        return await self._figures("/api/App/WorstYieldByProductGroup", filter_body(filter_data), YieldData)

    @method
    async def get_high_volume(
        self, filter_data: Filter | None = None, product_group: str | None = None, level: str | None = None
    ) -> list[YieldData]:
        """Return volume and yield of products in operations, the greatest volume first."""
        return await self._figures("/api/App/HighVolume", chosen(filter_data, product_group, level), YieldData)

    @method
    async def get_high_volume_by_id(
        self, product_group_id: int | str, level_id: int | str, days: int
    ) -> list[YieldData]:
        """Return the same for a product group and a level by their ids, over the days up to now."""
        return await self._list("/api/App/HighVolume", YieldData, by_ids(product_group_id, level_id, days))

    @method
    async def get_high_volume_by_product_group(self, filter_data: Filter) -> list[YieldData]:
        """Return volume and yield of product groups, the greatest volume first."""
        return await self._figures("/api/App/HighVolumeByProductGroup", filter_body(filter_data), YieldData)

    # Failures and steps

    @method
    async def get_top_failed(
        self,
        filter_data: Filter | None = None,
        product_group: str | None = None,
        level: str | None = None,
        part_number: str | None = None,
        revision: str | None = None,
        top_count: int | None = None,
    ) -> list[TopFailedStep]:
        """Return the steps that failed most often."""
        more = {"part_number": part_number, "revision": revision, "top_count": top_count}
        wanted = chosen(filter_data, product_group, level, **more)
        return await self._figures("/api/App/TopFailed", wanted, TopFailedStep)

    @method
    async def get_top_failed_by_id(
        self,
        part_number: str,
        process_code: int | str,
        product_group_id: int | str,
        level_id: int | str,
        days: int,
        count: int = 10,
    ) -> list[TopFailedStep]:
        """Return the same for one product in one operation, by the ids of product group and level."""
        wanted = top_by_ids(part_number, process_code, product_group_id, level_id, days, count)
        return await self._list("/api/App/TopFailed", TopFailedStep, wanted)

    @method
    async def get_top_failed_internal(self, filter_data: Filter, top_count: int | None = None) -> list[TopFailedStep]:
        """Return the steps that failed most often, as the web pages read them (internal)."""
        wanted = chosen(filter_data, None, None, top_count=top_count)
        return await self._figures("/api/internal/App/TopFailed", wanted, TopFailedStep, internal=True)

    @method
    async def get_top_failed_by_product(
        self,
        part_number: str,
        process_code: int | str,
        product_group_id: int | str,
        level_id: int | str,
        days: int,
        count: int = 10,
    ) -> list[TopFailedStep]:
        """Return the same as ``get_top_failed_by_id``, as the web pages read it (internal)."""
        wanted = top_by_ids(part_number, process_code, product_group_id, level_id, days, count)
        return await self._list("/api/internal/App/TopFailed", TopFailedStep, wanted, internal=True)

    @method
    async def get_test_step_analysis(self, filter_data: Filter) -> list[StepAnalysisRow]:
        """Return statistics of each step and each measurement of one product in one operation.

        The server wants ``part_number`` and ``test_operation``. Unless told otherwise it counts the first runs of the
        last thirty days, and at most 10,000 reports.
        """
        return await self._figures("/api/App/TestStepAnalysis", filter_body(filter_data), StepAnalysisRow)

    @method
    async def get_test_step_analysis_for_operation(
        self: "AnalyticsService[Async]",
        part_number: str,
        test_operation: str,
        revision: str | None = None,
        days: int = 30,
        run: int = 1,
        max_count: int = 10000,
    ) -> list[StepAnalysisRow]:
        """Return the same over the days up to now."""
        given = {"part_number": part_number, "test_operation": test_operation, "revision": revision, "run": run}
        return await self.get_test_step_analysis({**given, "last": timedelta(days=days), "max_count": max_count})

    @method
    async def get_step_status_list(
        self, filter_data: Filter, step_filters: str, sequence_filters: str
    ) -> list[StepStatusItem]:
        """Return how steps went, report by report (internal).

        Args:
            filter_data: which reports.
            step_filters: which steps, as XML.
            sequence_filters: which sequences, as XML.
        """
        path, wanted = "/api/internal/App/StepStatusList", xml_filters(step_filters, sequence_filters)
        return await self._figures(path, filter_body(filter_data), StepStatusItem, wanted, internal=True)

    @method
    async def get_step_status_list_by_product(
        self, product_group_id: int | str, level_id: int | str, days: int, step_filters: str, sequence_filters: str
    ) -> list[StepStatusItem]:
        """Return the same for a product group and a level by their ids, over the days up to now (internal)."""
        wanted = by_ids(product_group_id, level_id, days) + xml_filters(step_filters, sequence_filters)
        return await self._list("/api/internal/App/StepStatusList", StepStatusItem, wanted, internal=True)

    # Measurements

    @method
    async def get_measurements(
        self, filter_data: Filter, measurement_paths: Paths | None = None
    ) -> list[MeasurementData]:
        """Return measured values, 10,000 at most, of the paths named; without paths those of the most failed steps.

        Give ``part_number`` and ``test_operation``, or the server may need longer than it has.

        Args:
            filter_data: which reports.
            measurement_paths: ``Group/Step`` or ``Group/Step::Measurement``, joined with ``;`` or as a list, in place
                of those of the filter.
        """
        wanted, named = paths_apart(filter_data, measurement_paths)
        series = await self._figures("/api/App/Measurements", wanted, MeasurementSeries[MeasurementData], named)
        return [row for each in series for row in each.rows()]

    @method
    async def get_aggregated_measurements(
        self, filter_data: Filter, measurement_paths: Paths | None = None
    ) -> list[AggregatedMeasurement]:
        """Return count, mean, deviation and capability of measurements, named as for ``get_measurements``."""
        wanted, named = paths_apart(filter_data, measurement_paths)
        kind = MeasurementSeries[AggregatedMeasurement]
        series = await self._figures("/api/App/AggregatedMeasurements", wanted, kind, named)
        return [row for each in series for row in each.rows()]

    @method
    async def get_measurement_list(
        self, filter_data: Filter, step_filters: str, sequence_filters: str
    ) -> list[MeasurementListItem]:
        """Return measured values and texts (internal); its arguments are those of ``get_step_status_list``."""
        path, wanted = "/api/internal/App/MeasurementList", xml_filters(step_filters, sequence_filters)
        return await self._figures(path, filter_body(filter_data), MeasurementListItem, wanted, internal=True)

    @method
    async def get_measurement_list_by_product(
        self, product_group_id: int | str, level_id: int | str, days: int, step_filters: str, sequence_filters: str
    ) -> list[MeasurementListItem]:
        """Return the same for a product group and a level by their ids, over the days up to now (internal)."""
        wanted = by_ids(product_group_id, level_id, days) + xml_filters(step_filters, sequence_filters)
        return await self._list("/api/internal/App/MeasurementList", MeasurementListItem, wanted, internal=True)

    # Repairs

    @method
    async def get_dynamic_repair(self, filter_data: Filter) -> list[RepairStatistics]:
        """Return counts of repairs, a row for each combination of the values of ``filter_data.dimensions``."""
        wanted = filter_body(filter_data)
        dimensions = query(dimensions=wanted.get("dimensions"))
        return await self._figures("/api/App/DynamicRepair", wanted, RepairStatistics, dimensions)

    @method
    async def get_related_repair_history(
        self,
        part_number: str,
        revision: str,
        repair_operation_code: int | str | None = None,
        test_operation_code: int | str | None = None,
    ) -> list[RepairHistoryRecord]:
        """Return the repaired failures of a revision, all or those of one repair or test operation."""
        wanted = query(
            partNumber=part_number,
            revision=revision,
            repairOperationCode=repair_operation_code,
            testOperationCode=test_operation_code,
        )
        read = one_or_many(RepairHistoryRecord)
        return await self._line.send(Call(verb="GET", path="/api/App/RelatedRepairHistory", query=wanted, read=read))

    # Reports

    @method
    async def get_serial_number_history(self, filter_data: Filter) -> list[ReportHeader]:
        """Return the reports of units by serial, part or batch number, misc value, product group or level."""
        return await self._figures("/api/App/SerialNumberHistory", filter_body(filter_data), ReportHeader)

    @method
    async def get_uut_reports(
        self,
        filter_data: Filter | None = None,
        product_group: str | None = None,
        level: str | None = None,
        part_number: str | None = None,
        revision: str | None = None,
        serial_number: str | None = None,
        status: str | None = None,
        top_count: int | None = None,
    ) -> list[ReportHeader]:
        """Return headers of test reports, the newest first, 1,000 at most unless ``top_count`` says otherwise.

        ``api.report.iter_uut_headers`` walks over any number of them.
        """
        more = {"part_number": part_number, "revision": revision, "serial_number": serial_number, "status": status}
        wanted = chosen(filter_data, product_group, level, **more, top_count=top_count)
        return await self._figures("/api/App/UutReport", wanted, ReportHeader)

    @method
    async def get_uut_reports_by_id(
        self,
        product_group_id: int | str | None = None,
        level_id: int | str | None = None,
        filter_data: Filter | None = None,
    ) -> list[ReportHeader]:
        """Return the same by the ids of product group and level.

        Raises:
            ValidationError: the filter says more than numbers, revision, station, operation, status and dates.
        """
        wanted = reports_by_ids(filter_data, product_group_id, level_id)
        return await self._list("/api/App/UutReport", ReportHeader, wanted)

    @method
    async def get_uur_reports(self, filter_data: Filter) -> list[ReportHeader]:
        """Return headers of repair reports, the newest first, 1,000 at most unless ``top_count`` says otherwise."""
        return await self._figures("/api/App/UurReport", filter_body(filter_data), ReportHeader)

    # Times

    @method
    async def get_connection_and_execution_time(
        self,
        filter_data: Filter,
        min_connection_time: int | None = None,
        max_connection_time: int | None = None,
        min_execution_time: int | None = None,
        max_execution_time: int | None = None,
    ) -> ConnectionExecutionTimeAnalysis | None:
        """Return how long tests and the pauses before them took, in seconds; bounds leave out what lies beyond."""
        bounds = time_bounds(min_connection_time, max_connection_time, min_execution_time, max_execution_time)
        path, read = "/api/App/ConnectionAndExecutionTime", maybe(ConnectionExecutionTimeAnalysis)
        return await self._send(path, filter_body(filter_data), read, bounds)

    @method
    async def get_oee_analysis(
        self,
        filter_data: Filter,
        available_time: timedelta | str | None = None,
        min_connection_time: int | None = None,
        max_connection_time: int | None = None,
        min_execution_time: int | None = None,
        max_execution_time: int | None = None,
        target_output: int | None = None,
    ) -> OeeAnalysisResult | None:
        """Return the overall equipment effectiveness.

        Args:
            filter_data: which reports.
            available_time: how long the equipment was there to be used, which the server must be told. Unless given,
                it is the time that the filter spans. A text is sent as it is.
            min_connection_time: leave out tests with a shorter pause before them, in seconds.
            max_connection_time: leave out those with a longer one.
            min_execution_time: leave out shorter tests.
            max_execution_time: leave out longer ones.
            target_output: how many units were to be made in that time.

        Raises:
            ValidationError: neither ``available_time`` nor a date to begin with is given.
        """
        wanted = filter_body(filter_data)
        bounds = time_bounds(min_connection_time, max_connection_time, min_execution_time, max_execution_time)
        named = query(availableTime=span_of(wanted, available_time), targetOutput=target_output) + bounds
        return await self._send("/api/App/OeeAnalysis", wanted, maybe(OeeAnalysisResult), named)

    # The flow of units

    @method
    async def get_unit_flow(self, filter_data: FlowFilter | None = None) -> UnitFlowResult:
        """Return the operations that units went through, and the ways between them (internal)."""
        return await self._flow("", flow_filter(filter_data))

    @method
    async def get_flow_links(self, filter_data: FlowFilter | None = None) -> list[UnitFlowLink]:
        """Return the ways between operations alone (internal)."""
        return await self._list(f"{_FLOW}/Links", UnitFlowLink, flow_query(filter_data), internal=True)

    @method
    async def get_flow_nodes(self, filter_data: FlowFilter | None = None) -> list[UnitFlowNode]:
        """Return the operations alone (internal)."""
        return await self._list(f"{_FLOW}/Nodes", UnitFlowNode, flow_query(filter_data), internal=True)

    @method
    async def get_flow_units(self, filter_data: FlowFilter | None = None) -> list[UnitFlowUnit]:
        """Return the units alone, each with its way (internal)."""
        return await self._list(f"{_FLOW}/Units", UnitFlowUnit, flow_query(filter_data), internal=True)

    @method
    async def trace_serial_numbers(
        self, serial_numbers: list[str], filter_data: FlowFilter | None = None
    ) -> UnitFlowResult | None:
        """Return the flow of these units, or ``None`` (internal)."""
        flow = await self._flow("", of_units(serial_numbers, filter_data))
        return flow if flow.model_fields_set else None

    @method
    async def get_flow_serial_numbers(self, unit_ids: Sequence[int]) -> list[str]:
        """Return the serial numbers of units by the ids that the flow has for them (internal)."""
        return await self._send(f"{_FLOW}/SN", list(unit_ids), many(str), internal=True) if unit_ids else []

    @method
    async def split_flow_by(self, dimension: str, filter_data: FlowFilter | None = None) -> UnitFlowResult:
        """Return the flow with operations told apart by a dimension, too, such as ``stationName`` (internal)."""
        return await self._flow("/SplitBy", flow_filter(filter_data, split_by=dimension))

    @method
    async def set_unit_order(
        self: "AnalyticsService[Async]", order_by: str, filter_data: FlowFilter | None = None
    ) -> UnitFlowResult:
        """Return the units of the flow in an order, as the server numbers it (internal)."""
        units = await self.get_flow_units(flow_filter(filter_data, unit_order=order_by))
        return await self._flow("/UnitOrder", units)

    @method
    async def set_unit_flow_visibility(
        self,
        show_operations: list[str] | None = None,
        hide_operations: list[str] | None = None,
        filter_data: FlowFilter | None = None,
    ) -> UnitFlowResult:
        """Return the flow with only some operations shown, or some hidden (internal)."""
        return await self._flow("", flow_filter(filter_data, show_list=show_operations, hide_list=hide_operations))

    @method
    async def show_operations(
        self: "AnalyticsService[Async]", operation_ids: list[str], filter_data: FlowFilter | None = None
    ) -> UnitFlowResult:
        """Return the flow with only these operations shown (internal)."""
        return await self.set_unit_flow_visibility(operation_ids, None, filter_data)

    @method
    async def hide_operations(
        self: "AnalyticsService[Async]", operation_ids: list[str], filter_data: FlowFilter | None = None
    ) -> UnitFlowResult:
        """Return the flow without these operations (internal)."""
        return await self.set_unit_flow_visibility(None, operation_ids, filter_data)

    @method
    async def expand_operations(self, expand: bool = True, filter_data: FlowFilter | None = None) -> UnitFlowResult:
        """Return the flow with what is below its operations, or without (internal)."""
        return await self._flow("", flow_filter(filter_data, expand_operations=expand))

    @method
    async def get_bottlenecks(
        self: "AnalyticsService[Async]", filter_data: FlowFilter | None = None, min_yield_threshold: float = 95.0
    ) -> list[UnitFlowNode]:
        """Return the operations whose yield is below a percentage, the lowest first (internal)."""
        nodes = (await self.get_unit_flow(filter_data)).nodes
        low = [(node.yield_percent, node) for node in nodes if node.yield_percent is not None]
        low.sort(key=lambda pair: pair[0])
        return [node for percent, node in low if percent < min_yield_threshold]

    @method
    async def get_flow_summary(
        self: "AnalyticsService[Async]", filter_data: FlowFilter | None = None
    ) -> dict[str, Any]:
        """Return the flow in a few numbers (internal).

        Returns:
            ``total_nodes``, ``total_links``, ``total_units``; ``total_passed`` and ``total_failed``, where a unit
            counts once in each operation; ``avg_yield``, ``min_yield``, ``max_yield`` of the operations, or ``None``.
        """
        flow = await self.get_unit_flow(filter_data)
        yields = [node.yield_percent for node in flow.nodes if node.yield_percent is not None]
        return {
            "total_nodes": len(flow.nodes),
            "total_links": len(flow.links),
            "total_units": len(flow.units) if flow.total_units is None else flow.total_units,
            "total_passed": sum(node.pass_count or 0 for node in flow.nodes),
            "total_failed": sum(node.fail_count or 0 for node in flow.nodes),
            "avg_yield": sum(yields) / len(yields) if yields else None,
            "min_yield": min(yields, default=None),
            "max_yield": max(yields, default=None),
        }

    # Alarms

    @method
    async def get_alarm_logs(
        self,
        alarm_type: AlarmType | None = None,
        top_count: int | None = None,
        date_from: datetime | None = None,
        date_to: datetime | None = None,
        product_group: str | None = None,
        level: str | None = None,
    ) -> list[AlarmLog]:
        """Return the alarms and notifications that went off, all or those of one type (internal)."""
        wanted = chosen(None, product_group, level, top_count=top_count, date_from=date_from, date_to=date_to)
        path, only = "/api/internal/Trigger/GetAlarmAndNotificationLogs", query(includeTypes=alarm_type)
        found = await self._figures(path, wanted, AlarmLog, only, internal=True)
        return [log for log in found if alarm_type is None or log.type == alarm_type]

    async def _send(
        self, path: str, value: object, read: Callable[[Answer], M], wanted: Query = (), *, internal: bool = False
    ) -> M:
        """POST what is asked for; nothing changes, so that it may be sent again."""
        return await self._write("POST", path, value, read, wanted, internal=internal, repeatable=True, asks=True)

    async def _figures(
        self, path: str, wanted: Body, kind: type[M], named: Query = (), *, internal: bool = False
    ) -> list[M]:
        return await self._send(path, wanted, many(kind), named, internal=internal)

    async def _flow(self, path: str, value: object) -> UnitFlowResult:
        return await self._send(f"{_FLOW}{path}", value, read_flow, internal=True)
