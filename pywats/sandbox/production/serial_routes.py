"""The routes of serial numbers, public ones and those of the server's own web pages."""

from pywats.sandbox.answers import Answer, no_content, ok, refusal
from pywats.sandbox.fields import Fields, is_object
from pywats.sandbox.production.serial_files import file, format_of, to_xml, uploaded
from pywats.sandbox.production.serial_numbers import Choice, shown_type
from pywats.sandbox.routing import Request, Routes
from pywats.sandbox.world import World

routes = Routes()


@routes.serve("GET", "/api/Production/SerialNumbers/Types")
def get_types(world: World, request: Request) -> Answer:
    """The types of serial numbers."""
    del request
    return ok([shown_type(kind) for kind in world.serial_numbers.types()])


@routes.serve("POST", "/api/Production/SerialNumbers/Take")
def take(world: World, request: Request) -> Answer:
    """Take free numbers; fewer if there are not as many."""
    kind, quantity = request.needed("serialNumberType"), request.number("quantity", least=1)
    if quantity is None:
        raise refusal(400, "The query parameter quantity is required.")
    written_as = format_of(request.text("format"))
    taken = world.serial_numbers.take(
        kind,
        quantity,
        in_sequence=request.flag("onlyInSequence") or False,
        ref_sn=request.text("refSN"),
        ref_pn=request.text("refPN"),
        station=request.text("stationName"),
    )
    return file(written_as, kind, taken)


@routes.serve("GET", "/api/Production/SerialNumbers")
def export(world: World, request: Request) -> Answer:
    """A file with the numbers of a type."""
    kind = request.needed("serialNumberType")
    return file(format_of(request.needed("format")), kind, world.serial_numbers.find(kind, _choice(request)))


@routes.serve("PUT", "/api/Production/SerialNumbers")
def upload(world: World, request: Request) -> Answer:
    """Add the numbers of a file to a type: all of them, or none if one is refused."""
    kind = request.needed("serialNumberType")
    return ok({"count": world.serial_numbers.add(kind, uploaded(request))})


@routes.serve("GET", "/api/Production/SerialNumbers/ByRange")
@routes.serve("GET", "/api/internal/Production/SerialNumbers")
def get_by_range(world: World, request: Request) -> Answer:
    """The numbers of a type from one to another."""
    request.needed("startAddress")
    request.needed("endAddress")
    found = world.serial_numbers.find(request.needed("serialNumberType"), _choice(request))
    return ok([number.shown() for number in found])


@routes.serve("GET", "/api/Production/SerialNumbers/ByReference")
def get_by_reference(world: World, request: Request) -> Answer:
    """The numbers that were taken for a serial number, a part number or both."""
    if request.text("refSN") is None and request.text("refPN") is None:
        raise refusal(400, "The query parameter refSN or refPN is required.")
    found = world.serial_numbers.find(request.needed("serialNumberType"), _choice(request))
    return ok([number.shown() for number in found])


@routes.serve("POST", "/api/internal/Production/GetAndReserveNewSerialNumbers")
def reserve(world: World, request: Request) -> Answer:
    """Note which reserved numbers were taken, and reserve new ones; the answer holds an XML document."""
    asked = request.object().get("sn")
    if not is_object(asked):
        raise refusal(400, "sn is required to be an object.")
    fields = Fields(asked)
    kind = fields.needed("serialNumberType")
    with world.database.transaction():
        world.serial_numbers.type(kind)
        world.serial_numbers.report_taken(kind, fields.objects("SN"))
        reserved = world.serial_numbers.reserve(
            kind,
            fields.whole("batchSize") or 0,
            in_sequence=fields.flag("onlyInSequence") or False,
            first=fields.text("fromSerialNumber") or None,
            station=fields.text("stationName") or None,
            receipt=fields.text("receipt") or None,
        )
    return ok({"sn": to_xml(kind, reserved)})


@routes.serve("PUT", "/api/internal/Production/SerialNumbers/Generate")
def generate(world: World, request: Request) -> Answer:
    """Add all addresses of a range to a type of MAC addresses."""
    kind, first, last = (request.needed(name) for name in ("serialNumberType", "startAddress", "endAddress"))
    return ok({"count": world.serial_numbers.generate(kind, first, last)})


@routes.serve("GET", "/api/internal/Production/SerialNumbers/Count")
def count(world: World, request: Request) -> Answer:
    """How many numbers a type has in a range."""
    return ok(len(world.serial_numbers.find(request.needed("serialNumberType"), _choice(request))))


@routes.serve("GET", "/api/internal/Production/SerialNumbers/Ranges")
def get_ranges(world: World, request: Request) -> Answer:
    """The ranges of a type, or of all types."""
    return ok(world.serial_numbers.ranges(request.text("serialNumberType")))


@routes.serve("GET", "/api/internal/Production/SerialNumbers/Statistics")
def get_statistics(world: World, request: Request) -> Answer:
    """How many numbers of a type, or of all, are free, taken and reserved."""
    return ok(world.serial_numbers.statistics(request.text("serialNumberType")))


@routes.serve("PUT", "/api/internal/Production/SerialNumbers/Free")
def free(world: World, request: Request) -> Answer:
    """Make the reserved numbers of ranges free."""
    return ok({"count": world.serial_numbers.free(request.objects())})


@routes.serve("DELETE", "/api/internal/Production/SerialNumbers/Free")
def delete_free(world: World, request: Request) -> Answer:
    """Delete the free numbers of ranges."""
    world.serial_numbers.delete_free(request.objects())
    return no_content()


def _choice(request: Request) -> Choice:
    return Choice(
        first=request.text("startAddress"),
        last=request.text("endAddress"),
        since=request.text("startDate") or request.text("fromDate"),
        until=request.text("endDate") or request.text("toDate"),
        state=request.text("state"),
        ref_sn=request.text("refSN"),
        ref_pn=request.text("refPN"),
    )
