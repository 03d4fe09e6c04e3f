"""The public routes of analytics."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pywats.sandbox.analytics import equipment, repairs
from pywats.sandbox.analytics.dimensions import asked
from pywats.sandbox.analytics.equipment import Bounds, effectiveness, execution_times
from pywats.sandbox.analytics.measurements import aggregated, measurements, most_failed_paths, paths_of
from pywats.sandbox.analytics.repairs import dynamic_repair, repair_history
from pywats.sandbox.analytics.step_analysis import step_analysis, top_failed
from pywats.sandbox.analytics.steps import Tested, tested
from pywats.sandbox.analytics.wats_filter import LAST_DAYS, chosen
from pywats.sandbox.analytics.yields import yields
from pywats.sandbox.answers import Answer, ok, refusal
from pywats.sandbox.fields import Fields
from pywats.sandbox.report.header import PROPERTIES
from pywats.sandbox.report.listing import headers
from pywats.sandbox.routing import Request, Routes
from pywats.sandbox.world import World

routes = Routes()

VERSION = "2026.3.0.0"
"""The version of the server whose operations the sandbox has."""
TOP = 10
"""So many rows are given where only the first of an order count, unless the filter says otherwise."""
DEFAULT_HEADERS = 1000

_BY_PRODUCT = "partNumber;productName;testOperation"
_BY_GROUP = "productGroup"
_OF_HEADER_QUERY = (
    *("serialNumber", "partNumber", "revision", "batchNumber", "stationName", "testOperation", "status"),
    *("dateFrom", "dateTo"),
)

Values = dict[str, Any]


def filter_of(request: Request) -> Values:
    """Return the filter in a request's body; no body is an empty one."""
    values = request.object() if request.body.strip() else {}
    return {name: value for name, value in values.items() if value is not None}


def filter_of_ids(world: World, request: Request) -> Values:
    """Return the filter that a query means: days up to now, and product group and level by their ids; empty is any."""
    days = request.number("days", least=1)
    if days is None:
        raise refusal(400, "The query parameter days is required.")
    return {
        **LAST_DAYS,
        "periodCount": days,
        **_places(world, request.needed("productGroupId"), request.needed("levelId")),
    }


def _places(world: World, group_id: str, level_id: str) -> Values:
    groups = {str(each["productGroupId"]): each["productGroupName"] for each in world.groups.all()}
    levels = {str(level_id): name for level_id, _, name in world.levels.all()}
    found: Values = {}
    for what, name, given, known in (
        ("product group", "productGroup", group_id, groups),
        ("level", "level", level_id, levels),
    ):
        if given and given not in known:
            raise refusal(400, f"There is no {what} with the id {given}.")
        if given:
            found[name] = known[given]
    return found


def top_failed_of(world: World, values: Mapping[str, Any]) -> list[Values]:
    """Return the steps that failed most; an empty filter means the last thirty days."""
    choice = chosen(world, values or LAST_DAYS)
    return top_failed(tested(world, choice), TOP if choice.top_count is None else choice.top_count)


def top_failed_by_ids(world: World, request: Request) -> list[Values]:
    """Return the same for one product in one operation, which a query names."""
    code, count = request.needed("processCode"), request.number("count")
    process = world.processes.get(int(code)) if code.isascii() and code.isdigit() else None
    if process is None:
        raise refusal(400, f"processCode {code!r} is not a process of this server.")
    values = {**filter_of_ids(world, request), "partNumber": request.needed("partNumber")}
    return top_failed_of(world, {**values, "testOperation": process.name, "topCount": TOP if count is None else count})


# The server


@routes.serve("GET", "/api/App/Version")
def get_version(world: World, request: Request) -> Answer:
    """The version of the server, as a text."""
    del world, request
    return ok(VERSION)


@routes.serve("GET", "/api/App/Levels")
def get_levels(world: World, request: Request) -> Answer:
    """All levels."""
    del request
    return ok([{"levelId": level_id, "levelName": name} for level_id, _, name in world.levels.all()])


@routes.serve("GET", "/api/App/ProductGroups")
def get_product_groups(world: World, request: Request) -> Answer:
    """All product groups, of the administration and of restriction."""
    return ok(world.groups.all(filters=request.flag("includeFilters") or False))


@routes.serve("GET", "/api/App/CommonUserSettings")
def get_user_settings(world: World, request: Request) -> Answer:
    """What a user may see."""
    user = world.users.by_name(request.needed("UserName"))
    emails, roles = ([each["value"] for each in user[name]] for name in ("emails", "roles"))
    settings = {"fullName": user["displayName"], "cultureCode": None, "email": emails[0] if emails else None}
    return ok({**settings, "roles": roles, "levels": user["levels"], "productGroups": user["productGroups"]})


# Yield


@routes.serve("POST", "/api/App/DynamicYield", writes=False)
def post_dynamic_yield(world: World, request: Request) -> Answer:
    """Yield by the dimensions asked for; an empty filter means the ten greatest of the last thirty days."""
    values, dimensions = asked(filter_of(request), request.text("dimensions"))
    if not dimensions and not values:
        values = {**LAST_DAYS, "topCount": TOP}
    named = dimensions or "unitCount desc;partNumber;testOperation"
    return ok(yields(world, chosen(world, values), named, all_kpis=not dimensions))


@routes.serve("POST", "/api/App/VolumeYield", writes=False)
def post_volume_yield(world: World, request: Request) -> Answer:
    """Volume and yield of products in operations."""
    return _yields(world, filter_of(request), _BY_PRODUCT)


@routes.serve("GET", "/api/App/VolumeYield")
def get_volume_yield(world: World, request: Request) -> Answer:
    """The same by ids."""
    return _yields(world, filter_of_ids(world, request), _BY_PRODUCT)


@routes.serve("POST", "/api/App/WorstYield", writes=False)
def post_worst_yield(world: World, request: Request) -> Answer:
    """The products in operations with the lowest yield."""
    return _yields(world, filter_of(request), f"fpy;unitCount desc;{_BY_PRODUCT}", top=TOP)


@routes.serve("GET", "/api/App/WorstYield")
def get_worst_yield(world: World, request: Request) -> Answer:
    """The same by ids."""
    return _yields(world, filter_of_ids(world, request), f"fpy;unitCount desc;{_BY_PRODUCT}", top=TOP)


@routes.serve("POST", "/api/App/WorstYieldByProductGroup", writes=False)
def post_worst_yield_by_product_group(world: World, request: Request) -> Answer:
    """The product groups with the lowest yield."""
    return _yields(world, filter_of(request), f"fpy;unitCount desc;{_BY_GROUP}", top=TOP)


@routes.serve("POST", "/api/App/HighVolume", writes=False)
def post_high_volume(world: World, request: Request) -> Answer:
    """The products in operations with the most units."""
    return _yields(world, filter_of(request), f"unitCount desc;{_BY_PRODUCT}", top=TOP)


@routes.serve("GET", "/api/App/HighVolume")
def get_high_volume(world: World, request: Request) -> Answer:
    """The same by ids."""
    return _yields(world, filter_of_ids(world, request), f"unitCount desc;{_BY_PRODUCT}", top=TOP)


@routes.serve("POST", "/api/App/HighVolumeByProductGroup", writes=False)
def post_high_volume_by_product_group(world: World, request: Request) -> Answer:
    """The product groups with the most units."""
    return _yields(world, filter_of(request), f"unitCount desc;{_BY_GROUP}", top=TOP)


def _yields(world: World, values: Values, dimensions: str, *, top: int | None = None) -> Answer:
    values, _ = asked(values, None)
    choice = chosen(world, {"topCount": top, **(values or LAST_DAYS)})
    return ok(yields(world, choice, dimensions, all_kpis=True, least_units=1))


# Failures, steps and measurements


@routes.serve("POST", "/api/App/TopFailed", writes=False)
def post_top_failed(world: World, request: Request) -> Answer:
    """The steps that failed most."""
    return ok(top_failed_of(world, filter_of(request)))


@routes.serve("GET", "/api/App/TopFailed")
def get_top_failed(world: World, request: Request) -> Answer:
    """The same by ids."""
    return ok(top_failed_by_ids(world, request))


@routes.serve("POST", "/api/App/TestStepAnalysis", writes=False)
def post_test_step_analysis(world: World, request: Request) -> Answer:
    """Statistics of steps and measurements: of first runs in the last thirty days, unless told otherwise."""
    values = filter_of(request)
    _need_operation(values)
    return ok(step_analysis(tested(world, chosen(world, {"run": 1, **_since(values, 30)}))))


@routes.serve("POST", "/api/App/Measurements", writes=False)
def post_measurements(world: World, request: Request) -> Answer:
    """Measured values by their paths."""
    return ok(measurements(*_measured(world, request)))


@routes.serve("POST", "/api/App/AggregatedMeasurements", writes=False)
def post_aggregated_measurements(world: World, request: Request) -> Answer:
    """Statistics of measurements by their paths."""
    return ok(aggregated(*_measured(world, request)))


def _measured(world: World, request: Request) -> tuple[Sequence[Tested], Sequence[str]]:
    """The reports and the paths: an empty filter means the last seven days, no paths mean the most failed steps."""
    values = filter_of(request)
    if values:
        _need_operation(values)
    reports = list(tested(world, chosen(world, values or {**LAST_DAYS, "periodCount": 7})))
    paths = paths_of(request.text("measurementPaths") or "")
    return reports, paths or most_failed_paths(reports)


def _need_operation(values: Mapping[str, Any]) -> None:
    fields = Fields(values)
    for name in ("partNumber", "testOperation"):
        fields.needed(name)


def _since(values: Values, days: int) -> Values:
    """The filter with so many days up to now, unless it has dates of its own."""
    fields = Fields(values)
    dated = any(fields.get(name) is not None for name in ("dateFrom", "dateTo", "periodCount"))
    return values if dated else {**LAST_DAYS, "periodCount": days, **values}


# Repairs


@routes.serve("POST", "/api/App/DynamicRepair", writes=False)
def post_dynamic_repair(world: World, request: Request) -> Answer:
    """Repairs by the dimensions asked for; an empty filter means the ten most frequent of the last thirty days."""
    values, dimensions = asked(filter_of(request), request.text("dimensions"))
    if not dimensions and not values:
        values = {**LAST_DAYS, "topCount": TOP}
    choice = chosen(world, values, "R")
    return ok(dynamic_repair(world, choice, dimensions or repairs.DEFAULT_DIMENSIONS, all_kpis=not dimensions))


@routes.serve("GET", "/api/App/RelatedRepairHistory")
def get_related_repair_history(world: World, request: Request) -> Answer:
    """The repaired failures of a revision."""
    values: Values = {"partNumber": request.needed("partNumber"), "revision": request.needed("revision")}
    code = request.number("repairOperationCode")
    if code is not None:
        process = world.processes.get(code)
        if process is None or process.kind != "repair":
            raise refusal(400, f"repairOperationCode {code} is not a repair operation of this server.")
        values["testOperation"] = process.name
    return ok(repair_history(world, chosen(world, values, "R"), request.number("testOperationCode")))


# Reports


@routes.serve("POST", "/api/App/UutReport", writes=False)
def post_uut_report(world: World, request: Request) -> Answer:
    """Headers of test reports."""
    return _headers(world, filter_of(request), "T")


@routes.serve("GET", "/api/App/UutReport")
def get_uut_report(world: World, request: Request) -> Answer:
    """The same, by a query."""
    values = {name: request.text(name) for name in _OF_HEADER_QUERY}
    places = _places(world, request.text("productGroupId") or "", request.text("levelId") or "")
    return _headers(world, {**values, **places}, "T")


@routes.serve("POST", "/api/App/UurReport", writes=False)
def post_uur_report(world: World, request: Request) -> Answer:
    """Headers of repair reports."""
    return _headers(world, filter_of(request), "R")


@routes.serve("POST", "/api/App/SerialNumberHistory", writes=False)
def post_serial_number_history(world: World, request: Request) -> Answer:
    """Headers of the reports of units, tests and repairs."""
    return _headers(world, filter_of(request), "T", "R")


def _headers(world: World, values: Values, *kinds: Literal["T", "R"]) -> Answer:
    choices = [chosen(world, values, kind) for kind in kinds]
    where = " OR ".join(f"({choice.where})" for choice in choices)
    bound = [value for choice in choices for value in choice.values]
    limit = world.page(choices[0].top_count, DEFAULT_HEADERS, 2**31)
    rest = f"WHERE {where} ORDER BY r.start DESC, r.time_stamp DESC LIMIT {max(limit, 0)}"
    return ok(headers(world, rest, bound, list(PROPERTIES), []))


# Times


@routes.serve("POST", "/api/App/ConnectionAndExecutionTime", writes=False)
def post_connection_and_execution_time(world: World, request: Request) -> Answer:
    """How long tests and the pauses before them took."""
    return ok(execution_times(world, chosen(world, filter_of(request)), Bounds.of(request)))


@routes.serve("POST", "/api/App/OeeAnalysis", writes=False)
def post_oee_analysis(world: World, request: Request) -> Answer:
    """Overall equipment effectiveness."""
    values, available = filter_of(request), equipment.span(request.needed("availableTime"))
    target = request.number("targetOutput", least=1)
    fields = Fields(values)
    about = {name: fields.text(name) for name in ("partNumber", "stationName")}
    return ok(effectiveness(world, chosen(world, values), Bounds.of(request), available, target) | about)
