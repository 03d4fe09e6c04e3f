"""The routes of assets as the public API has them."""

from typing import Any, Final

from pywats.sandbox.answers import Answer, ok, refusal
from pywats.sandbox.asset import log as asset_log
from pywats.sandbox.asset import store as asset_store
from pywats.sandbox.asset import types as asset_types
from pywats.sandbox.asset.log import Event
from pywats.sandbox.asset.rows import listed
from pywats.sandbox.asset.status import status
from pywats.sandbox.asset.upkeep import LARGEST, Work
from pywats.sandbox.fields import Fields
from pywats.sandbox.odata import problem
from pywats.sandbox.odata_sql import Entity, Sql, condition, order
from pywats.sandbox.routing import Request, Routes
from pywats.sandbox.world import World

routes = Routes()

DEFAULT_ROWS: Final = 1000

_OPTIONS = {"$filter", "$top", "$skip", "$orderby"}


@routes.serve("GET", "/api/Asset")
def get_assets(world: World, request: Request) -> Answer:
    """The assets that a filter selects, by their ids unless told otherwise: a thousand without ``$top``."""
    return _list(world, request, asset_store.ASSET, asset_store.SOURCE, by="", last="a.asset_id")


@routes.serve("PUT", "/api/Asset")
def put_asset(world: World, request: Request) -> Answer:
    """Add or change an asset."""
    return ok(world.assets.save(request.object(), request.caller.name))


@routes.serve("DELETE", "/api/Asset")
def delete_asset(world: World, request: Request) -> Answer:
    """Delete an asset with its log; its parts become parts of its own parent."""
    world.assets.delete(_asset_id(world, request))
    return ok({})


@routes.serve("GET", "/api/Asset/{identifier}")
def get_asset(world: World, request: Request) -> Answer:
    """One asset, by its id or else by its serial number."""
    return ok(world.assets.get(world.assets.identified(request.params["identifier"])))


@routes.serve("GET", "/api/Asset/Status")
def get_status(world: World, request: Request) -> Answer:
    """How near an asset is to the limits of its type. The words are English, whatever language is asked for."""
    request.flag("translate")
    return _status(world, _asset_id(world, request))


@routes.serve("GET", "/api/Asset/SubAssets")
def get_parts(world: World, request: Request) -> Answer:
    """What is a part of an asset: directly, or down to a level; 0 for all."""
    level = request.number("level")
    return ok(world.assets.parts(_asset_id(world, request), 1 if level is None else level))


@routes.serve("PUT", "/api/Asset/State")
def put_state(world: World, request: Request) -> Answer:
    """Say where an asset is or what is being done with it."""
    asset_id = _asset_id(world, request)
    world.assets.set_state(asset_id, _number(request, "state"), request.caller.name)
    return _status(world, asset_id)


@routes.serve("PUT", "/api/Asset/Count")
def put_count(world: World, request: Request) -> Answer:
    """Add uses to the counts of an asset, and of its parts if asked for."""
    asset_id = _asset_id(world, request)
    total, uses = request.number("totalCount"), request.number("incrementBy")
    parts = request.flag("incrementChildren") or False
    if (total is None) == (uses is None):
        raise refusal(400, "Either totalCount or incrementBy is required.")
    if total is not None:
        world.upkeep.count_to(asset_id, total, parts=parts)
    elif uses is not None:
        world.upkeep.count(asset_id, uses, parts=parts)
    return _status(world, asset_id)


@routes.serve("POST", "/api/Asset/ResetRunningCount")
def reset_running_count(world: World, request: Request) -> Answer:
    """Set the running count of an asset to 0."""
    asset_id = _asset_id(world, request)
    world.upkeep.reset(asset_id, request.caller.name, request.text("comment"))
    return _status(world, asset_id)


@routes.serve("PUT", "/api/Asset/SetRunningCount")
def set_running_count(world: World, request: Request) -> Answer:
    """Set the running count of an asset."""
    asset_id = _asset_id(world, request)
    world.upkeep.set_count(asset_id, request.caller.name, "running", _number(request, "runningCount"))
    return _status(world, asset_id)


@routes.serve("PUT", "/api/Asset/SetTotalCount")
def set_total_count(world: World, request: Request) -> Answer:
    """Set the total count of an asset."""
    asset_id = _asset_id(world, request)
    world.upkeep.set_count(asset_id, request.caller.name, "total", _number(request, "totalCount"))
    return _status(world, asset_id)


@routes.serve("POST", "/api/Asset/Calibration")
def post_calibration(world: World, request: Request) -> Answer:
    """Note that an asset was calibrated."""
    return _record(world, request, "calibration")


@routes.serve("POST", "/api/Asset/Calibration/External")
def post_external_calibration(world: World, request: Request) -> Answer:
    """Note when an asset was calibrated elsewhere, and when it is due again."""
    return _record_external(world, request, "calibration")


@routes.serve("POST", "/api/Asset/Maintenance")
def post_maintenance(world: World, request: Request) -> Answer:
    """Note that an asset had maintenance."""
    return _record(world, request, "maintenance")


@routes.serve("POST", "/api/Asset/Maintenance/External")
def post_external_maintenance(world: World, request: Request) -> Answer:
    """Note when an asset had maintenance elsewhere, and when it is due again."""
    return _record_external(world, request, "maintenance")


@routes.serve("GET", "/api/Asset/Log")
def get_log(world: World, request: Request) -> Answer:
    """The entries of the log that a filter selects, the newest first unless told otherwise."""
    return _list(world, request, asset_log.LOG, asset_log.SOURCE, by="l.date DESC, ", last="l.log_id DESC")


@routes.serve("POST", "/api/Asset/Message")
def post_message(world: World, request: Request) -> Answer:
    """Add a message to the log of an asset."""
    fields = Fields(request.object())
    asset_id = _asset_id(world, request)
    content, user = fields.needed("content"), fields.text("user") or request.caller.name
    world.asset_log.write(asset_id, Event.MESSAGE, world.assets.now(), user, comment=content)
    return ok({})


@routes.serve("GET", "/api/Asset/Types")
def get_types(world: World, request: Request) -> Answer:
    """The types of assets that a filter selects, by name unless told otherwise."""
    return _list(world, request, asset_types.TYPE, asset_types.SOURCE, by="", last="t.name")


@routes.serve("PUT", "/api/Asset/Types")
def put_type(world: World, request: Request) -> Answer:
    """Add or change a type of assets."""
    return ok(world.asset_types.save(request.object()))


def _asset_id(world: World, request: Request) -> str:
    return world.assets.find(request.text("id"), request.text("serialNumber"))


def _number(request: Request, name: str) -> int:
    value = request.number(name)
    if value is None:
        raise refusal(400, f"The query parameter {name} is required.")
    return value


def _status(world: World, asset_id: str) -> Answer:
    return ok(status(world.assets.get(asset_id), world.assets.now()))


def _record(world: World, request: Request, work: Work) -> Answer:
    asset_id, when = _asset_id(world, request), request.instant("dateTime")
    world.upkeep.record(asset_id, request.caller.name, work, when, request.text("comment"))
    return _status(world, asset_id)


def _record_external(world: World, request: Request, work: Work) -> Answer:
    asset_id, done, due = _asset_id(world, request), request.instant("fromDate"), request.instant("toDate")
    world.upkeep.record(asset_id, request.caller.name, work, done, request.text("comment"), due)
    return _status(world, asset_id)


def _list(world: World, request: Request, entity: Entity, source: str, *, by: str, last: str) -> Answer:
    for name in request.query:
        if name.startswith("$") and name not in _OPTIONS:
            raise problem(f"The query option '{name}' is not supported.")
    text, asked = request.text("$filter"), request.text("$orderby")
    where = condition(entity, text) if text else Sql("1")
    terms = f"{order(entity, asked)}, " if asked else by
    limit = world.page(request.number("$top"), DEFAULT_ROWS, LARGEST)
    values: list[Any] = [*where.values, limit, request.number("$skip") or 0]
    rest = f"{source} WHERE {where.text} ORDER BY {terms}{last} LIMIT ? OFFSET ?"
    return ok(listed(world.database, entity, rest, values))
