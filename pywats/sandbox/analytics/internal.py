"""The routes of analytics that serve the server's own web pages."""

from collections.abc import Mapping
from typing import Any

import orjson

from pywats.sandbox.analytics.measurements import executions, measurement_list
from pywats.sandbox.analytics.routes import filter_of, filter_of_ids, top_failed_by_ids, top_failed_of
from pywats.sandbox.analytics.step_analysis import step_statuses
from pywats.sandbox.analytics.steps import tested
from pywats.sandbox.analytics.unit_flow import Flow, serial_numbers
from pywats.sandbox.analytics.wats_filter import LAST_DAYS, chosen, chosen_alarms
from pywats.sandbox.answers import Answer, ok, refusal
from pywats.sandbox.fields import Fields, is_array, is_object
from pywats.sandbox.routing import Request, Routes
from pywats.sandbox.world import World

routes = Routes()

DEFAULT_LOGS = 1000


@routes.serve("POST", "/api/internal/App/TopFailed", writes=False)
def post_top_failed(world: World, request: Request) -> Answer:
    """The steps that failed most."""
    return ok(top_failed_of(world, filter_of(request)))


@routes.serve("GET", "/api/internal/App/TopFailed")
def get_top_failed(world: World, request: Request) -> Answer:
    """The same by ids."""
    return ok(top_failed_by_ids(world, request))


@routes.serve("POST", "/api/internal/App/StepStatusList", writes=False)
def post_step_status_list(world: World, request: Request) -> Answer:
    """How chosen steps went."""
    return ok(step_statuses(_executions(world, request, filter_of(request))))


@routes.serve("GET", "/api/internal/App/StepStatusList")
def get_step_status_list(world: World, request: Request) -> Answer:
    """The same by ids."""
    return ok(step_statuses(_executions(world, request, filter_of_ids(world, request))))


@routes.serve("POST", "/api/internal/App/MeasurementList", writes=False)
def post_measurement_list(world: World, request: Request) -> Answer:
    """What chosen steps measured."""
    return ok(measurement_list(_executions(world, request, filter_of(request))))


@routes.serve("GET", "/api/internal/App/MeasurementList")
def get_measurement_list(world: World, request: Request) -> Answer:
    """The same by ids."""
    return ok(measurement_list(_executions(world, request, filter_of_ids(world, request))))


def _executions(world: World, request: Request, values: Mapping[str, Any]) -> Any:
    reports = tested(world, chosen(world, values or LAST_DAYS))
    return executions(reports, request.needed("stepFilters"), request.needed("sequenceFilters"))


@routes.serve("POST", "/api/internal/UnitFlow", writes=False)
def post_unit_flow(world: World, request: Request) -> Answer:
    """The flow of units."""
    return ok(Flow(world, filter_of(request)).result())


@routes.serve("POST", "/api/internal/UnitFlow/SN", writes=False)
def post_serial_numbers(world: World, request: Request) -> Answer:
    """The serial numbers of units by their ids."""
    ids = request.json()
    if not is_array(ids) or not all(isinstance(each, int) for each in ids):
        raise refusal(400, "The request body is required to be a JSON array of whole numbers.")
    return ok(serial_numbers(world, ids))


@routes.serve("POST", "/api/internal/UnitFlow/SplitBy", writes=False)
def post_unit_flow_split(world: World, request: Request) -> Answer:
    """The flow with operations told apart by one more dimension."""
    values = filter_of(request)
    Fields(values).needed("splitBy")
    return ok(Flow(world, values).result())


@routes.serve("POST", "/api/internal/UnitFlow/UnitOrder", writes=False)
def post_unit_order(world: World, request: Request) -> Answer:
    """The units given, with their places in that order."""
    del world
    return ok([{**unit, "orders": [place]} for place, unit in enumerate(request.objects(), start=1)])


@routes.serve("GET", "/api/internal/UnitFlow/Nodes")
def get_unit_flow_nodes(world: World, request: Request) -> Answer:
    """The operations of a flow."""
    return ok(_flow(world, request).nodes())


@routes.serve("GET", "/api/internal/UnitFlow/Links")
def get_unit_flow_links(world: World, request: Request) -> Answer:
    """The ways between the operations of a flow."""
    return ok(_flow(world, request).links())


@routes.serve("GET", "/api/internal/UnitFlow/Units")
def get_unit_flow_units(world: World, request: Request) -> Answer:
    """The units of a flow."""
    return ok(_flow(world, request).units())


def _flow(world: World, request: Request) -> Flow:
    try:
        values = orjson.loads(request.needed("filter"))
    except orjson.JSONDecodeError as error:
        raise refusal(400, f"The query parameter filter is not JSON: {error}") from error
    if not is_object(values):
        raise refusal(400, "The query parameter filter is required to be a JSON object.")
    return Flow(world, values)


@routes.serve("POST", "/api/internal/Trigger/GetAlarmAndNotificationLogs", writes=False)
def post_alarm_logs(world: World, request: Request) -> Answer:
    """The alarms and notifications that went off, all or those of the types named."""
    choice = chosen_alarms(world, filter_of(request))
    types = (request.text("includeTypes") or "").split(",")
    wanted = [int(each) for each in types if each.strip().isdecimal()]
    where = f"{choice.where} AND r.type IN (SELECT value FROM json_each(?))" if wanted else choice.where  # noqa: S608
    values = (*choice.values, *([orjson.dumps(wanted).decode()] if wanted else []))
    limit = world.page(choice.top_count, DEFAULT_LOGS, 2**31)
    return ok(world.alarms.logs(where, values, max(limit, 0)))
