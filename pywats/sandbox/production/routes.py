"""The routes of units and batches as the public API has them."""

from pywats.sandbox.answers import Answer, no_content, ok, refusal
from pywats.sandbox.fields import Fields
from pywats.sandbox.odata_sql import Collection, Entity, Property, Sql, by_name, condition, order
from pywats.sandbox.production import phases
from pywats.sandbox.production.batches import LONGEST
from pywats.sandbox.production.store import Unit
from pywats.sandbox.routing import Request, Routes
from pywats.sandbox.world import World

routes = Routes()

DEFAULT_ROWS = 100
MAX_ROWS = 1000
MAX_CHANGES = 100_000

UNIT = Entity(
    "Unit",
    by_name(
        Property("serialNumber", "u.serial_number"),
        Property("partNumber", "u.part_number"),
        Property("revision", "u.revision"),
        Property("batchNumber", "u.batch_number"),
        Property("serialDate", "u.serial_date", "instant"),
        Property("currentLocation", "u.location"),
        Property("unitPhaseId", "u.phase", "whole"),
        Property("processCode", "CAST(u.process_code AS TEXT)"),
    ),
    {
        "subunits": Collection(
            "subUnits",
            "FROM unit AS e WHERE e.parent_id = u.unit_id",
            by_name(
                Property("serialNumber", "e.serial_number"),
                Property("partNumber", "e.part_number"),
                Property("revision", "e.revision"),
            ),
        )
    },
)
"""What a query of units may name."""


def unit_of(world: World, request: Request, serial: str = "serialNumber", part: str = "partNumber") -> Unit:
    """Return the unit that a query names, or refuse with 404; the part number may be left out."""
    return world.units.needed(request.needed(serial), request.text(part))


@routes.serve("GET", "/api/Production/Unit/{serialNumber}/{partNumber}")
def get_unit(world: World, request: Request) -> Answer:
    """One unit with its product and its sub units."""
    unit = world.units.needed(request.params["serialNumber"], request.params["partNumber"])
    return ok(world.units.shown(unit, full=True))


@routes.serve("GET", "/api/Production/Unit/Query")
def query_units(world: World, request: Request) -> Answer:
    """The units that a filter selects."""
    text, by = request.text("$filter"), request.text("$orderby")
    where = condition(UNIT, text) if text else Sql("1")
    terms = order(UNIT, by) + ", " if by else ""
    limit = world.page(request.number("$top"), DEFAULT_ROWS, MAX_ROWS)
    rest = f"WHERE {where.text} ORDER BY {terms}u.serial_number, u.part_number LIMIT ? OFFSET ?"
    found = world.units.query(rest, (*where.values, limit, request.number("$skip") or 0))
    return ok([world.units.shown(unit) for unit in found])


@routes.serve("PUT", "/api/Production/Units")
def put_units(world: World, request: Request) -> Answer:
    """Add or change units; those that are refused leave the others alone, and the answer counts them."""
    return ok(world.units.save_all(request.objects()))


@routes.serve("POST", "/api/Production/Unit")
def post_unit(world: World, request: Request) -> Answer:
    """Add one unit, which must be new."""
    values = request.object()
    fields = Fields(values)
    if fields.text("parentSerialNumber"):
        raise refusal(400, "parentSerialNumber is not taken here; use AddChildUnit.")
    serial_number, part_number = fields.needed("serialNumber"), fields.needed("partNumber")
    if world.units.find(serial_number, part_number):
        raise refusal(409, f"There is a unit {serial_number} of {part_number} already.")
    world.units.save(values)
    return ok(None)


@routes.serve("PUT", "/api/Production/Unit")
def put_unit(world: World, request: Request) -> Answer:
    """Change one unit; its phase, process and parent stay as they are."""
    values = request.object()
    fields = Fields(values)
    world.units.needed(fields.needed("serialNumber"), fields.needed("partNumber"))
    batch = fields.text("batchNumber")
    if batch and not world.batches.find(None, batch):
        raise refusal(400, f"There is no batch {batch}.")
    own_operations = {"unitphaseid", "processcode", "parentserialnumber"}
    world.units.save({name: value for name, value in values.items() if name.lower() not in own_operations})
    return ok(None)


@routes.serve("DELETE", "/api/Production/Unit")
def delete_unit(world: World, request: Request) -> Answer:
    """Delete a unit."""
    world.units.delete(unit_of(world, request))
    return no_content()


@routes.serve("PUT", "/api/Production/ChangeUnit")
def change_unit(world: World, request: Request) -> Answer:
    """Make a unit one of another product or revision."""
    unit = unit_of(world, request)
    part_number, revision = request.needed("newPartNumber"), request.needed("newRevision")
    world.units.check_revision(part_number, revision)
    if part_number != unit.part_number and world.units.find(unit.serial_number, part_number):
        raise refusal(409, f"There is a unit {unit.serial_number} of {part_number} already.")
    world.units.change(unit, part_number=part_number, revision=revision)
    return ok(None)


@routes.serve("PUT", "/api/Production/UnitTag")
def put_tag(world: World, request: Request) -> Answer:
    """Give a unit a tag, or another value for it."""
    key = request.text("key")
    if key is None or len(key) > LONGEST:
        raise refusal(400, f"key is required to have from 1 to {LONGEST} characters.")
    world.units.set_tag(unit_of(world, request), key, request.needed("value"))
    return ok(None)


@routes.serve("PUT", "/api/Production/SetUnitPhase")
def set_phase(world: World, request: Request) -> Answer:
    """Put a unit into a phase, given by its id or its name."""
    phase = phases.read(request.needed("phase"))
    world.units.change(unit_of(world, request), request.text("comment"), phase=phase)
    return ok(None)


@routes.serve("PUT", "/api/Production/SetUnitProcess")
def set_process(world: World, request: Request) -> Answer:
    """Put a unit into a process, given by its name or its code; an empty name takes it out of any."""
    named = request.text("processName") or request.text("processCode")
    if named is None and "processname" not in request.query:
        raise refusal(400, "The query parameter processName is required.")
    code = None if named is None else world.units.process_code(named)
    world.units.change(unit_of(world, request), request.text("comment"), process_code=code)
    return ok(None)


@routes.serve("GET", "/api/Production/Units/Changes")
def get_changes(world: World, request: Request) -> Answer:
    """The changes of units that nobody has deleted yet, oldest first."""
    most, top = request.number("maxCount"), request.number("$top")
    if most is None and top is None:
        raise refusal(400, "The query parameter maxCount is required.")
    asked = min(number for number in (most, top) if number is not None)
    limit = world.page(asked, None, MAX_CHANGES)
    skip = request.number("$skip") or 0
    return ok(world.units.changes(request.text("serialNumber"), request.text("partNumber"), limit, skip))


@routes.serve("DELETE", "/api/Production/Units/Changes/{id}")
def delete_change(world: World, request: Request) -> Answer:
    """Delete a change that is dealt with."""
    text = request.params["id"]
    if not text.isascii() or not text.isdigit() or not world.units.delete_change(int(text[:18])):
        raise refusal(404, f"There is no unit change {text}.")
    return no_content()


@routes.serve("GET", "/api/Production/UnitVerification")
def get_verification(world: World, request: Request) -> Answer:
    """How a unit fared in the processes that its rule asks for; null without a rule, or without the unit."""
    serial_number, part_number = request.needed("serialNumber"), request.text("partNumber")
    unit = world.units.find(serial_number, part_number) if part_number else unit_of(world, request)
    return ok(None if unit is None else world.verification.grade(unit, request.text("revision")))


@routes.serve("POST", "/api/Production/AddChildUnit")
def add_child(world: World, request: Request) -> Answer:
    """Build a unit into another."""
    parent = unit_of(world, request, "parentSerialNumber", "parentPartNumber")
    child = unit_of(world, request, "childSerialNumber", "childPartNumber")
    part_number, revision = request.text("checkPartNumber") or "", request.text("checkRevision") or ""
    world.box_builds.add(parent, child, part_number=part_number, revision=revision)
    return ok(None)


@routes.serve("POST", "/api/Production/RemoveChildUnit")
def remove_child(world: World, request: Request) -> Answer:
    """Take a unit out of another."""
    parent = unit_of(world, request, "parentSerialNumber", "parentPartNumber")
    world.box_builds.remove(parent, unit_of(world, request, "childSerialNumber", "childPartNumber"))
    return ok(None)


@routes.serve("GET", "/api/Production/CheckChildUnits")
def check_children(world: World, request: Request) -> Answer:
    """Whether a unit has just what its box build lists."""
    return ok(world.box_builds.check(unit_of(world, request, "parentSerialNumber", "parentPartNumber")))


@routes.serve("GET", "/api/Production/Batches")
def get_batches(world: World, request: Request) -> Answer:
    """Batches: all, those with units of a product, or one."""
    return ok(world.batches.find(request.text("partNumber"), request.text("batchId")))


@routes.serve("PUT", "/api/Production/Batch")
def put_batch(world: World, request: Request) -> Answer:
    """Add or change a batch."""
    return ok(world.batches.save(request.object()))


@routes.serve("PUT", "/api/Production/Batches")
def put_batches(world: World, request: Request) -> Answer:
    """Add or change batches: all of them, or none if one is refused."""
    with world.database.transaction():
        return ok([world.batches.save(each) for each in request.objects()])
