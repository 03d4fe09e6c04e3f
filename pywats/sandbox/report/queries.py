"""The routes that list the headers of reports."""

from pywats.sandbox.answers import Answer, ok, refusal
from pywats.sandbox.odata import problem
from pywats.sandbox.odata_sql import Collection, Property, Sql, condition, order
from pywats.sandbox.report.header import COLLECTIONS, HEADER, PROPERTIES
from pywats.sandbox.report.listing import headers
from pywats.sandbox.routing import Request, Routes
from pywats.sandbox.world import World

routes = Routes()

DEFAULT_ROWS = 10
MAX_ROWS = 10_000

_OPTIONS = {"$filter", "$top", "$skip", "$orderby", "$select", "$expand"}
_ORDERS = frozenset(("start", "uuid", "serialnumber", "timestamp"))
_KINDS = {"u": "T", "t": "T", "r": "R"}
_MISC = ("uuid", "serialNumber", "partNumber", "start", "result", "processCode", "processName")


@routes.serve("GET", "/api/Report/Query/Header")
def query_header(world: World, request: Request) -> Answer:
    """The headers that a filter selects, the newest starts first: ten of them unless told otherwise."""
    for name in request.query:
        if name.startswith("$") and name not in _OPTIONS:
            raise problem(f"The query option '{name}' is not supported.")
    conditions = [Sql("1")]
    if kind := request.text("reportType"):
        if kind.lower() not in _KINDS:
            raise refusal(400, "reportType is required to be U or R.")
        conditions.append(Sql("r.type = ?", (_KINDS[kind.lower()],)))
    if text := request.text("$filter"):
        conditions.append(condition(HEADER, text))
    by = request.text("$orderby")
    terms = order(HEADER, by, _ORDERS) if by else "r.start DESC"
    limit = world.page(request.number("$top"), DEFAULT_ROWS, MAX_ROWS)
    where = " AND ".join(each.text for each in conditions)
    values = [value for each in conditions for value in each.values]
    rest = f"WHERE {where} ORDER BY {terms}, r.time_stamp DESC LIMIT ? OFFSET ?"
    properties, expanded = _selected(request), _expanded(request)
    return ok(headers(world, rest, [*values, limit, request.number("$skip") or 0], properties, expanded))


@routes.serve("GET", "/api/Report/Query/HeaderByMiscInfo")
def query_header_by_misc_info(world: World, request: Request) -> Answer:
    """Headers of reports with a misc info of this description and value, the newest starts first."""
    description, value = request.text("description"), request.text("data") or request.text("stringValue")
    code, serial_number = request.number("processCode"), request.text("serialNumber")
    if description is None and value is None and serial_number is None:
        raise refusal(400, "description, data or serialNumber is required.")
    misc = next(each for each in COLLECTIONS if each.name == "miscInfo")
    rest = (
        "WHERE r.type = 'T' AND r.time_stamp IN (SELECT time_stamp FROM report_misc"
        " WHERE (:description IS NULL OR description = :description) AND (:value IS NULL OR value = :value))"
        " AND (:code IS NULL OR r.process_code = :code) AND (:number IS NULL OR r.serial_number = :number)"
        " ORDER BY r.start DESC, r.time_stamp DESC LIMIT :limit"
    )
    limit = world.page(request.number("$top"), MAX_ROWS, MAX_ROWS)
    wanted = {"description": description, "value": value, "code": code, "number": serial_number, "limit": limit}
    properties = [HEADER.property(name) for name in _MISC]
    found = headers(world, rest, wanted, properties, [misc])
    for header in found:
        header["miscData"] = header.pop("miscInfo")
    return ok(found)


def _selected(request: Request) -> list[Property]:
    text = request.text("$select")
    if text is None or text.strip() == "*":
        return list(PROPERTIES)
    return [HEADER.property(name.strip()) for name in text.split(",")]


def _expanded(request: Request) -> list[Collection]:
    text = request.text("$expand")
    names = text.split(",") if text else []
    for name in names:
        if name.strip().lower() not in HEADER.collections:
            raise problem(f"Could not find a property named '{name.strip()}' on type '{HEADER.name}' to expand.")
    return [HEADER.collections[name.strip().lower()] for name in names]
