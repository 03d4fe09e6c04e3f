"""Figures that the server computes from its reports, and what it knows beside them."""

from typing import Annotated, Generic, TypeVar

from pydantic import AwareDatetime, BeforeValidator

from pywats.exchange.wire import Items, NullIs, OpenIntEnum, PyWATSModel, UtcDatetime, named, no_items
from pywats.query.paths import display_path
from pywats.reports.evaluation import CompOp, StepType

__all__ = [
    "AggregatedMeasurement",
    "AlarmLog",
    "AlarmType",
    "CommonUserSettings",
    "ConnectionExecutionTimeAnalysis",
    "ConnectionExecutionTimeDimension",
    "ConnectionExecutionTimeReport",
    "ConnectionExecutionTimeStats",
    "LevelInfo",
    "MeasurementData",
    "MeasurementListItem",
    "OeeAnalysisResult",
    "ProcessType",
    "RepairHistoryRecord",
    "RepairStatistics",
    "StepAnalysisRow",
    "StepStatusItem",
    "TopFailedStep",
    "UnitFlowFilter",
    "UnitFlowLink",
    "UnitFlowNode",
    "UnitFlowResult",
    "UnitFlowUnit",
    "YieldData",
    "YieldDataType",
]

Measured = TypeVar("Measured", bound="WithStepPath")
Flag = Annotated[bool, NullIs(False)]


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, (int, float)) else value


Text = Annotated[str, BeforeValidator(_as_text)]
"""A text that some servers write as a number."""
Id = str | int
"""What a node of the flow is known by."""


class AlarmType(OpenIntEnum):
    """What an alarm watches."""

    REPORT = 1
    YIELD_VOLUME = 2
    SERIAL_NUMBER = 3
    MEASUREMENT = 4
    ASSET = 5


class YieldDataType(OpenIntEnum):
    """Which yield is meant."""

    FIRST_PASS = 1
    FINAL = 2
    ROLLED = 3


class ProcessType(OpenIntEnum):
    """What a process is for."""

    TEST = 1
    REPAIR = 2
    CALIBRATION = 3


class WithStepPath(PyWATSModel):
    """Something that belongs to a step.

    Attributes:
        step_path: as the server writes it, its names separated by a pilcrow.
    """

    step_name: str | None = None
    step_path: str | None = None

    @property
    def step_path_display(self) -> str | None:
        """The path with slashes."""
        return None if self.step_path is None else display_path(self.step_path)


class YieldData(PyWATSModel):
    """How many units passed, for one combination of the dimensions that were asked for.

    Dimensions that were not asked for are ``None``; others that a server knows are in ``model_extra``. A unit passed in
    the first pass (``fp``) if its first run passed, in the second (``sp``) if one of the first two did, in the third
    (``tp``) likewise, and in the last pass (``lp``) if its last run did. Yields (``fpy`` to ``lpy``) are percentages.
    """

    part_number: str | None = None
    revision: str | None = None
    product_name: str | None = None
    product_group: str | None = None
    station_name: str | None = None
    test_operation: str | None = None
    period: str | None = None
    unit_count: int | None = None
    fp_count: int | None = None
    sp_count: int | None = None
    tp_count: int | None = None
    lp_count: int | None = None
    fpy: float | None = None
    spy: float | None = None
    tpy: float | None = None
    lpy: float | None = None
    retest_count: int | None = None
    first_utc: UtcDatetime | None = None
    last_utc: UtcDatetime | None = None


class ProcessInfo(PyWATSModel):
    """An operation type, as this domain lists it; `pywats.ProcessInfo` is that of the process domain."""

    code: int | None = None
    name: str | None = None
    description: str | None = None
    is_test_operation: Flag = False
    is_repair_operation: Flag = False
    is_wip_operation: Flag = False
    process_index: int | None = None
    state: int | None = None


class LevelInfo(PyWATSModel):
    """A level of the organisation; stations belong to it."""

    level_id: int | None = None
    level_name: str | None = None


class ProductGroup(PyWATSModel):
    """A product group, as this domain lists it; `pywats.ProductGroup` is that of the product domain."""

    product_group_id: int | None = None
    product_group_name: str | None = None


class CommonUserSettings(PyWATSModel):
    """A user, and what he may see."""

    full_name: str | None = None
    culture_code: str | None = None
    email: str | None = None
    roles: Items[str] = no_items()
    levels: Items[str] = no_items()
    product_groups: Items[str] = no_items()


class StepAnalysisRow(WithStepPath):
    """How a step went and what it measured, over the reports that a filter chooses.

    Figures that end in ``_wof`` leave out measurements that failed. ``cp_lower`` and ``cp_upper`` are the capabilities
    towards one limit; ``sigma_low_3`` and ``sigma_high_3`` lie three standard deviations to either side of the mean.
    """

    step_type: StepType | None = None
    step_group: str | None = None
    step_count: int | None = None
    step_passed_count: int | None = None
    step_done_count: int | None = None
    step_skipped_count: int | None = None
    step_failed_count: int | None = None
    step_error_count: int | None = None
    step_terminated_count: int | None = None
    step_other_count: int | None = None
    step_failed_error_terminated_count: int | None = None
    step_caused_uut_failed_error_terminated: int | None = None
    step_caused_uut_failed: int | None = None
    step_caused_uut_error: int | None = None
    step_caused_uut_terminated: int | None = None
    limit1: float | None = None
    limit1_wof: float | None = None
    limit2: float | None = None
    limit2_wof: float | None = None
    comp_operator: CompOp | None = None
    step_time_avg: float | None = None
    step_time_max: float | None = None
    step_time_min: float | None = None
    measure_name: str | None = None
    measure_count: int | None = None
    measure_count_wof: int | None = None
    min: float | None = None
    min_wof: float | None = None
    max: float | None = None
    max_wof: float | None = None
    avg: float | None = None
    avg_wof: float | None = None
    stdev: float | None = None
    stdev_wof: float | None = None
    var: float | None = None
    var_wof: float | None = None
    cpk: float | None = None
    cpk_wof: float | None = None
    cp: float | None = None
    cp_wof: float | None = None
    cp_lower: float | None = None
    cp_lower_wof: float | None = None
    cp_upper: float | None = None
    cp_upper_wof: float | None = None
    sigma_high_3: float | None = None
    sigma_high_3_wof: float | None = None
    sigma_low_3: float | None = None
    sigma_low_3_wof: float | None = None


class TopFailedStep(WithStepPath):
    """A step, and how often it failed."""

    step_type: StepType | None = None
    step_group: str | None = None
    part_number: str | None = None
    revision: str | None = None
    product_group: str | None = None
    fail_count: int | None = None
    total_count: int | None = None
    fail_rate: float | None = None
    first_fail_date: UtcDatetime | None = None
    last_fail_date: UtcDatetime | None = None


class RepairStatistics(PyWATSModel):
    """Repairs for one combination of the dimensions that were asked for; the others are ``None``."""

    part_number: str | None = None
    revision: str | None = None
    product_group: str | None = None
    product_name: str | None = None
    unit_type: str | None = None
    repair_operation: str | None = None
    station_name: str | None = None
    test_operation: str | None = None
    period: str | None = None
    level: str | None = None
    location: str | None = None
    purpose: str | None = None
    operator: str | None = None
    misc_info_description: str | None = None
    misc_info_string: str | None = None
    repair_category: str | None = None
    repair_type: str | None = None
    component_ref: str | None = None
    component_number: str | None = None
    component_revision: str | None = None
    component_vendor: str | None = None
    component_description: str | None = None
    function_block: str | None = None
    referenced_step: str | None = None
    referenced_step_path: str | None = None
    test_period: str | None = None
    test_level: str | None = None
    test_station_name: str | None = None
    test_location: str | None = None
    test_purpose: str | None = None
    test_operator: str | None = None
    batch_number: str | None = None
    sw_filename: str | None = None
    sw_version: str | None = None
    repair_report_count: int | None = None
    repair_count: int | None = None
    total_count: int | None = None
    repair_rate: float | None = None
    fail_code: str | None = None
    repair_code: str | None = None


class RepairHistoryRecord(PyWATSModel):
    """One failure that was repaired."""

    serial_number: str | None = None
    part_number: str | None = None
    revision: str | None = None
    report_id: str | None = None
    repair_date: UtcDatetime | None = None
    fail_step_name: str | None = None
    fail_step_path: str | None = None
    fail_code: str | None = None
    repair_code: str | None = None
    symptom: str | None = None
    cause: str | None = None
    action: str | None = None


class MeasurementData(WithStepPath):
    """One measured value."""

    serial_number: str | None = None
    part_number: str | None = None
    revision: str | None = None
    report_id: str | None = named("reportId", "report_id", "id")
    value: float | None = None
    limit_low: float | None = named("limitLow", "limit_low", "limit1")
    limit_high: float | None = named("limitHigh", "limit_high", "limit2")
    unit: str | None = None
    status: str | None = None
    timestamp: UtcDatetime | None = named("startUtc", "timestamp", "start_utc")


class AggregatedMeasurement(WithStepPath):
    """One measurement, summed up over the reports that a filter chooses."""

    part_number: str | None = None
    revision: str | None = None
    count: int | None = None
    min: float | None = None
    max: float | None = None
    avg: float | None = None
    stdev: float | None = None
    variance: float | None = named("var", "variance")
    limit_low: float | None = named("limitLow", "limit_low", "limit1")
    limit_high: float | None = named("limitHigh", "limit_high", "limit2")
    cpk: float | None = None
    cp: float | None = None
    cp_lower: float | None = None
    cp_upper: float | None = None
    unit: str | None = None


class MeasurementSeries(PyWATSModel, Generic[Measured]):
    """What the server answers for one measurement path."""

    measurement_path: str | None = None
    measurements: Items[Measured] = no_items()

    def rows(self) -> list[Measured]:
        """The measurements, each with the path where it does not say it itself."""
        for each in self.measurements:
            each.step_path = each.step_path or self.measurement_path
        return self.measurements


class OeeAnalysisResult(PyWATSModel):
    """Overall equipment effectiveness and its factors."""

    oee: float | None = None
    availability: float | None = None
    performance: float | None = None
    quality: float | None = None
    total_time: float | None = None
    run_time: float | None = None
    down_time: float | None = None
    planned_production_time: float | None = None
    total_count: int | None = None
    good_count: int | None = None
    reject_count: int | None = None
    ideal_cycle_time: float | None = None
    actual_cycle_time: float | None = None
    period: str | None = None
    part_number: str | None = None
    station_name: str | None = None


class ConnectionExecutionTimeReport(PyWATSModel):
    """One test run and its times, in seconds."""

    id: str | None = named("id", "uuid")
    serial_number: str | None = None
    part_number: str | None = None
    product_name: str | None = None
    revision: str | None = None
    test_operation: str | None = None
    sw_filename: str | None = None
    sw_version: str | None = None
    status: str | None = None
    station_name: str | None = None
    location: str | None = None
    purpose: str | None = None
    socket_index: int | None = None
    operator: str | None = None
    period: str | None = None
    start_utc: UtcDatetime | None = None
    end_utc: UtcDatetime | None = None
    connection_time: float | None = None
    execution_time: float | None = None
    connection_and_execution_time: float | None = None
    step_caused_uut_failure: str | None = None
    step_path_caused_uut_failure: str | None = None


class ConnectionExecutionTimeStats(PyWATSModel):
    """Least, greatest, mean and median times, in seconds."""

    category: str | None = None
    min_connection_time: float | None = None
    max_connection_time: float | None = None
    avg_connection_time: float | None = None
    median_connection_time: float | None = None
    min_execution_time: float | None = None
    max_execution_time: float | None = None
    avg_execution_time: float | None = None
    median_execution_time: float | None = None
    min_connection_and_execution_time: float | None = None
    max_connection_and_execution_time: float | None = None
    avg_connection_and_execution_time: float | None = None
    median_connection_and_execution_time: float | None = None


class ConnectionExecutionTimeDimension(PyWATSModel):
    """The times for each value of one dimension."""

    dimension: str | None = None
    statistics: Items[ConnectionExecutionTimeStats] = no_items()


class ConnectionExecutionTimeAnalysis(ConnectionExecutionTimeStats):
    """The times of all reports, of each report, and by dimensions."""

    reports: Items[ConnectionExecutionTimeReport] = no_items()
    dimension_statistics: Items[ConnectionExecutionTimeDimension] = no_items()


class UnitFlowNode(PyWATSModel):
    """An operation that units go through."""

    id: Id | None = None
    name: str | None = None
    process_code: int | None = None
    process_name: str | None = None
    station_name: str | None = None
    location: str | None = None
    purpose: str | None = None
    unit_count: int | None = None
    pass_count: int | None = None
    fail_count: int | None = None
    yield_percent: float | None = named("yieldPercent", "yield_percent", "yield")
    avg_time: float | None = None
    is_expanded: bool | None = None
    is_visible: bool | None = None
    level: int | None = None
    parent_id: Id | None = None


class UnitFlowLink(PyWATSModel):
    """A way from one operation to the next."""

    id: Id | None = None
    source_id: Id | None = named("sourceId", "source_id", "source")
    target_id: Id | None = named("targetId", "target_id", "target")
    source_name: str | None = None
    target_name: str | None = None
    unit_count: int | None = None
    pass_count: int | None = None
    fail_count: int | None = None
    avg_time: float | None = None
    is_visible: bool | None = None


class UnitFlowUnit(PyWATSModel):
    """A unit, and its way through the operations."""

    serial_number: str | None = None
    part_number: str | None = None
    revision: str | None = None
    status: str | None = None
    start_time: UtcDatetime | None = None
    end_time: UtcDatetime | None = None
    total_time: float | None = None
    node_path: list[str] | None = None
    current_node: str | None = None
    source: int | None = None
    target: int | None = None
    unit_id: int | None = None
    is_old: bool | None = None
    is_last: bool | None = None
    is_last_passed: bool | None = None
    has_passed: bool | None = None
    has_failed: bool | None = None
    has_retest: bool | None = None
    orders: list[int] | None = None
    result_histories: list[str] | None = None


class UnitFlowFilter(PyWATSModel):
    """Which units to follow; what is not given does not restrict.

    Attributes:
        split_by: tell operations apart by this, too, such as ``stationName``.
        show_list: operations to show, by their ids; the others are hidden.
        hide_list: operations to hide.
    """

    part_number: str | None = None
    revision: str | None = None
    serial_number: str | None = None
    serial_numbers: list[str] | None = None
    station_name: str | None = None
    location: str | None = None
    purpose: str | None = None
    date_from: AwareDatetime | None = None
    date_to: AwareDatetime | None = None
    process_codes: list[int] | None = None
    include_passed: bool | None = None
    include_failed: bool | None = None
    split_by: str | None = None
    unit_order: str | None = None
    show_list: list[str] | None = None
    hide_list: list[str] | None = None
    expand_operations: bool | None = None


class UnitFlowResult(PyWATSModel):
    """The operations, the ways between them, and the units on these."""

    nodes: Items[UnitFlowNode] = no_items()
    links: Items[UnitFlowLink] = no_items()
    units: Items[UnitFlowUnit] = no_items()
    total_units: int | None = None


class StepStatusItem(PyWATSModel):
    """How a step went, in one report or in several."""

    step_name: str | None = None
    step_path: str | None = None
    step_type: str | None = None
    step_group: str | None = None
    part_number: str | None = None
    revision: str | None = None
    pass_count: int | None = None
    fail_count: int | None = None
    total_count: int | None = None
    status: str | None = None
    timestamp: UtcDatetime | None = named("startUtc", "timestamp", "start_utc")
    serial_number: str | None = None
    report_id: str | None = named("reportId", "report_id", "id")


class MeasurementListItem(PyWATSModel):
    """One measured value or text."""

    serial_number: str | None = None
    part_number: str | None = None
    revision: str | None = None
    report_id: str | None = named("reportId", "report_id", "id")
    step_name: str | None = None
    step_path: str | None = None
    value: float | None = None
    string_value: str | None = None
    limit_low: float | None = named("limitLow", "limit_low", "limit1")
    limit_high: float | None = named("limitHigh", "limit_high", "limit2")
    unit: str | None = None
    status: str | None = None
    timestamp: UtcDatetime | None = named("startUtc", "timestamp", "start_utc")
    station_name: str | None = None


class AlarmLog(PyWATSModel):
    """An alarm or notification that went off.

    Attributes:
        fpy: a fraction of 1, as all yields and trends of an alarm are.
    """

    log_id: int | None = None
    name: str | None = None
    log_date: UtcDatetime | None = None
    trigger_id: int | None = None
    type: AlarmType | None = None
    state: Text | None = None
    grouping_set: str | None = None
    calculations_string: str | None = None
    client_group_ids: list[int] | None = None
    product_selection_ids: list[int] | None = None
    part_number: str | None = None
    product_name: str | None = None
    process_code: Text | None = None
    process_name: str | None = None
    report_guid: str | None = None
    serial_number: str | None = None
    revision: str | None = None
    station_name: str | None = None
    operator: str | None = None
    result: str | None = None
    start_utc: UtcDatetime | None = None
    fpy: float | None = None
    spy: float | None = None
    tpy: float | None = None
    lpy: float | None = None
    test_yield: float | None = None
    fpy_trend: float | None = None
    spy_trend: float | None = None
    tpy_trend: float | None = None
    lpy_trend: float | None = None
    test_yield_trend: float | None = None
    uut_count: int | None = None
    unit_count: int | None = None
    fp_count: int | None = None
    lp_count: int | None = None
    retest_count: int | None = None
    sequence_count: int | None = None
    sequential_match: int | None = None
    free: int | None = None
    reserved: int | None = None
    serial_number_type: str | None = None
    cp: float | None = None
    cpk: float | None = None
    min: float | None = None
    max: float | None = None
    avg: float | None = None
    stdev: float | None = None
    measurement_path: str | None = None
    asset_name: str | None = named("assetname", "assetName", "asset_name")
    asset_serial_number: str | None = named("serialnumber", "assetSerialNumber", "asset_serial_number")
    type_id: Text | None = named("typeid", "typeId", "type_id")
    asset_state: Text | None = named("assetstate", "assetState", "asset_state")
    bubbled_status: Text | None = named("bubbledstatus", "bubbledStatus", "bubbled_status")
    tags: str | None = None
    is_days_since_calibration_unknown: bool | None = None
    is_days_since_maintenance_unknown: bool | None = None

    @property
    def alarm_type_name(self) -> str | None:
        """What the alarm watches, as a word."""
        return None if self.type is None else self.type.name

    @property
    def fpy_percent(self) -> float | None:
        """The first pass yield as a percentage."""
        return None if self.fpy is None else self.fpy * 100

    @property
    def fpy_trend_percent(self) -> float | None:
        """The trend of the first pass yield as a percentage."""
        return None if self.fpy_trend is None else self.fpy_trend * 100
