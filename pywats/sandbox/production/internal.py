"""The routes of units that serve the server's own web pages."""

from typing import Any

import orjson

from pywats.sandbox.answers import Answer, ok, refusal
from pywats.sandbox.product.tags import settings
from pywats.sandbox.production import phases
from pywats.sandbox.production.routes import unit_of
from pywats.sandbox.production.store import Unit
from pywats.sandbox.routing import Request, Routes
from pywats.sandbox.times import iso
from pywats.sandbox.world import World

routes = Routes()


@routes.serve("GET", "/api/internal/Mes/GetUnitPhases")
def get_phases(world: World, request: Request) -> Answer:
    """All phases."""
    del world, request
    return ok(phases.every())


@routes.serve("GET", "/api/internal/Production/isConnected")
def is_connected(world: World, request: Request) -> Answer:
    """True: who gets here is connected."""
    del world, request
    return ok(value=True)


@routes.serve("GET", "/api/internal/Production/GetSites")
def get_sites(world: World, request: Request) -> Answer:
    """The places that units and reports name."""
    del request
    rows = world.database.rows(
        "SELECT location FROM unit UNION SELECT location FROM report ORDER BY 1",
    )
    return ok([{"SiteCode": place, "Name": place} for (place,) in rows if place])


@routes.serve("POST", "/api/internal/Production/CreateUnit")
def create_unit(world: World, request: Request) -> Answer:
    """Add a unit, which must be new."""
    serial_number, part_number = request.needed("serialNumber"), request.needed("partNumber")
    if world.units.find(serial_number, part_number):
        raise refusal(409, f"There is a unit {serial_number} of {part_number} already.")
    values = {
        "serialNumber": serial_number,
        "partNumber": part_number,
        "revision": request.needed("revision"),
        "batchNumber": request.text("batchNumber"),
        "unitPhaseId": request.number("unitPhase"),
    }
    world.units.save({name: value for name, value in values.items() if value is not None})
    return ok(_shown(world, unit_of(world, request)))


@routes.serve("GET", "/api/internal/Production/GetUnit")
@routes.serve("GET", "/api/internal/Production/GetUnitInfo")
def get_unit(world: World, request: Request) -> Answer:
    """One unit with its product, revision and process."""
    unit = unit_of(world, request)
    more = {
        "Product": world.products.get(unit.part_number),
        "ProductRevision": world.products.get_revision(unit.part_number, unit.revision),
        "Process": _process(world, unit),
    }
    return ok({**_shown(world, unit), **more})


@routes.serve("GET", "/api/internal/Production/GetUnitHierarchy")
def get_hierarchy(world: World, request: Request) -> Answer:
    """A unit with all that is built into it."""
    return ok(_tree(world, unit_of(world, request), 0))


@routes.serve("GET", "/api/internal/Production/GetUnitContents")
def get_contents(world: World, request: Request) -> Answer:
    """What a unit of a revision consists of, with the units that are there."""
    return ok(world.box_builds.contents(unit_of(world, request), request.needed("revision")))


@routes.serve("GET", "/api/internal/Production/GetUnitPhase")
def get_phase(world: World, request: Request) -> Answer:
    """The phase that a unit is in."""
    return ok(phases.shown(unit_of(world, request).phase))


@routes.serve("GET", "/api/internal/Production/GetUnitProcess")
def get_process(world: World, request: Request) -> Answer:
    """The process that a unit is in, or null."""
    return ok(_process(world, unit_of(world, request)))


@routes.serve("GET", "/api/internal/Production/GetUnitStateHistory")
def get_history(world: World, request: Request) -> Answer:
    """The phases, processes and results that a unit went through; none for an unknown one."""
    unit = world.units.find(request.needed("serialNumber"), request.needed("partNumber"))
    return ok([] if unit is None else world.units.history(unit))


@routes.serve("POST", "/api/internal/Production/AddChildUnit")
def add_child(world: World, request: Request) -> Answer:
    """Build a unit into another."""
    for name in ("checkPartNumber", "checkRevision", "cultureCode"):
        request.needed(name)
    child = unit_of(world, request, "childSerialNumber", "childPartNumber")
    parent = world.box_builds.add(
        unit_of(world, request),
        child,
        part_number=request.needed("checkPartNumber"),
        revision=request.needed("checkRevision"),
        check_phase=request.flag("checkPhase") is not False,
    )
    return ok(_tree(world, parent, 0))


@routes.serve("POST", "/api/internal/Production/RemoveChildUnit")
def remove_child(world: World, request: Request) -> Answer:
    """Take a unit out of another."""
    child = unit_of(world, request, "childSerialNumber", "childPartNumber")
    return ok(_tree(world, world.box_builds.remove(unit_of(world, request), child), 0))


@routes.serve("POST", "/api/internal/Production/RemoveAllChildUnits")
def remove_all(world: World, request: Request) -> Answer:
    """Take all units out of another."""
    with world.database.transaction():
        return ok(_tree(world, world.box_builds.remove_all(unit_of(world, request)), 0))


@routes.serve("GET", "/api/internal/Production/CheckChildUnits")
def check_children(world: World, request: Request) -> Answer:
    """Whether a unit has just what its box build lists."""
    request.needed("CultureCode")
    return ok(world.box_builds.check(unit_of(world, request, "ParentSerialNumber", "ParentPartNumber")))


def _shown(world: World, unit: Unit) -> dict[str, Any]:
    parent = world.units.of_id(unit.parent_id)
    return {
        "SerialNumber": unit.serial_number,
        "PartNumber": unit.part_number,
        "Revision": unit.revision,
        "ParentSerialNumber": None if parent is None else parent.serial_number,
        "BatchSN": unit.batch_number,
        "SerialDate": iso(unit.serial_date),
        "CurrentLocation": unit.location,
        "XMLData": unit.xml_data,
        "UnitPhaseId": unit.phase,
        "ProcessCode": unit.process_code,
        "LastResult": unit.last_result,
        "Settings": settings(orjson.loads(unit.tags)),
    }


def _tree(world: World, unit: Unit, level: int) -> dict[str, Any]:
    children = [_tree(world, child, level + 1) for child in world.units.children(unit)]
    return {**_shown(world, unit), "Level": level, "Children": children}


def _process(world: World, unit: Unit) -> dict[str, Any] | None:
    process = world.processes.get(unit.process_code)
    if process is None:
        return None
    return {
        "Code": process.code,
        "Name": process.name,
        "IsTestOperation": process.kind == "test",
        "IsRepairOperation": process.kind == "repair",
        "IsWIPOperation": process.kind == "wip",
    }
