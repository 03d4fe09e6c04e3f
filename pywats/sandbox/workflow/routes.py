"""The routes of workflows."""

from pywats.sandbox.answers import Answer, ok, refusal
from pywats.sandbox.production.store import Unit
from pywats.sandbox.routing import Request, Routes
from pywats.sandbox.workflow.store import RELEASED, STATUSES
from pywats.sandbox.world import World

routes = Routes()


@routes.serve("GET", "/api/Workflow/StartTest", writes=True)
def start_test(world: World, request: Request) -> Answer:
    """Start the test that a unit's workflow has come to; false if there is none."""
    status, unit = _status(request), _unit(world, request)
    if unit is None or not world.workflows.start_test(unit, status):
        return ok(value=False)
    world.units.change(unit, _words("Test started", request))
    return ok(value=True)


@routes.serve("GET", "/api/Workflow/EndTest", writes=True)
def end_test(world: World, request: Request) -> Answer:
    """End the test that a unit's workflow is at; false if there is none, or if it has not begun."""
    status, unit = _status(request), _unit(world, request)
    passed = request.flag("passed") is not False
    if unit is None or not world.workflows.end_test(unit, status, passed=passed):
        return ok(value=False)
    world.units.change(unit, _words(f"Test {'passed' if passed else 'failed'}", request))
    return ok(value=True)


@routes.serve("POST", "/api/internal/Workflow/Initialize")
def initialize(world: World, request: Request) -> Answer:
    """Give a unit a workflow by the definition of its product."""
    unit = world.units.needed(request.needed("SerialNumber"), request.needed("PartNumber"))
    workflow = world.workflows.initialize(unit, _status(request))
    return ok({"Activities": workflow.activities, "Position": workflow.position})


def _unit(world: World, request: Request) -> Unit | None:
    return world.units.find(request.needed("serialNumber"), request.needed("partNumber"))


def _status(request: Request) -> int:
    status = request.number("status")
    if status is not None and status not in STATUSES:
        raise refusal(400, "The status is required to be from 0 (draft) to 3 (revoked).")
    return RELEASED if status is None else status


def _words(what: str, request: Request) -> str:
    operator, station = request.text("operatorName"), request.text("stationName")
    return what + (f" by {operator}" if operator else "") + (f" on {station}" if station else "")
