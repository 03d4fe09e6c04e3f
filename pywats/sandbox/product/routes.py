"""The routes of products as the public API has them."""

import codecs
from typing import Any

from pywats.sandbox.answers import Answer, no_content, ok, refusal
from pywats.sandbox.odata_sql import Entity, Property, Sql, by_name, condition, order
from pywats.sandbox.routing import Request, Routes
from pywats.sandbox.world import World

routes = Routes()

DEFAULT_ROWS = 1000
MAX_ROWS = 100_000

PRODUCT = Entity(
    "ProductView",
    by_name(
        Property("productId", "p.product_id", "guid"),
        Property("partNumber", "p.part_number"),
        Property("name", "p.name"),
        Property("description", "p.description"),
        Property("nonSerial", "p.non_serial", "flag"),
        Property("state", "p.state", "whole"),
        Property("productCategoryId", "p.category_id", "guid"),
        Property("productCategoryName", "c.name"),
        Property("category", "c.name"),
    ),
)
"""What a query of products may name."""


@routes.serve("GET", "/api/Product")
def get_revision_by_query(world: World, request: Request) -> Answer:
    """One revision, named in the query."""
    return _revision(world, request.needed("partNumber"), request.needed("revision"))


@routes.serve("PUT", "/api/Product")
def put_product(world: World, request: Request) -> Answer:
    """Add or change a product."""
    return ok(world.products.save(request.object()))


@routes.serve("PUT", "/api/Products")
@routes.serve("PUT", "/api/Product/Products")
def put_products(world: World, request: Request) -> Answer:
    """Add or change many products: all of them, or none if one is refused."""
    with world.database.transaction():
        return ok([world.products.save(each) for each in request.objects()])


@routes.serve("GET", "/api/Product/Query")
def query_products(world: World, request: Request) -> Answer:
    """The products that a filter selects: all of them, or a thousand without a filter, unless told otherwise."""
    text = request.text("$filter")
    where = condition(PRODUCT, text) if text else Sql("1")
    by = request.text("$orderby")
    terms = order(PRODUCT, by) + ", " if by else ""
    limit = world.page(request.number("$top"), None if text else DEFAULT_ROWS, MAX_ROWS)
    rest = f"WHERE {where.text} ORDER BY {terms}p.part_number LIMIT ? OFFSET ?"
    found = world.products.query(rest, (*where.values, limit, request.number("$skip") or 0))
    return ok([{**product, "category": product["productCategoryName"]} for product in found])


@routes.serve("PUT", "/api/Product/Revision")
def put_revision(world: World, request: Request) -> Answer:
    """Add or change a revision of a product."""
    return ok(world.products.save_revision(request.object()))


@routes.serve("PUT", "/api/Products/Revisions")
@routes.serve("PUT", "/api/Product/Revisions")
def put_revisions(world: World, request: Request) -> Answer:
    """Add or change many revisions: all of them, or none if one is refused."""
    with world.database.transaction():
        return ok([world.products.save_revision(each) for each in request.objects()])


@routes.serve("GET", "/api/Product/{partNumber}")
def get_product(world: World, request: Request) -> Answer:
    """One product with its revisions and tags."""
    return ok(_product(world, request.params["partNumber"]))


@routes.serve("DELETE", "/api/Product/{partNumber}")
def delete_product(world: World, request: Request) -> Answer:
    """Delete a product; one that has units or reports becomes inactive instead, and the answer names those units."""
    product = _product(world, request.params["partNumber"])
    part_number = str(product["partNumber"])
    serial_numbers = _users(world, part_number)
    if serial_numbers:
        world.products.save({"partNumber": part_number, "state": 0})
        return ok({"serialNumbers": serial_numbers})
    world.products.delete(part_number)
    return no_content()


@routes.serve("GET", "/api/Product/{partNumber}/{revision}")
def get_revision(world: World, request: Request) -> Answer:
    """One revision."""
    return _revision(world, request.params["partNumber"], request.params["revision"])


@routes.serve("DELETE", "/api/Product/{partNumber}/{revision}")
def delete_revision(world: World, request: Request) -> Answer:
    """Delete a revision; one that has units or reports becomes inactive instead."""
    part_number, revision = request.params["partNumber"], request.params["revision"]
    found = world.products.get_revision(part_number, revision)
    if found is None:
        raise refusal(404, f"There is no revision {revision} of the product {part_number}.")
    serial_numbers = _users(world, part_number, revision)
    if serial_numbers:
        world.products.save_revision({**found, "state": 0})
        return ok({"serialNumbers": serial_numbers})
    world.products.delete_revision(part_number, revision)
    return no_content()


@routes.serve("GET", "/api/Product/BOM")
def get_bom(world: World, request: Request) -> Answer:
    """The bill of material of a revision, or null when it has none."""
    part_number, revision = request.needed("partNumber"), request.needed("revision")
    _revision(world, part_number, revision)
    return ok(world.boms.public(part_number, revision))


@routes.serve("PUT", "/api/Product/BOM")
def put_bom(world: World, request: Request) -> Answer:
    """Save the bill of material of a revision, given as JSON or as WSBF."""
    content_type = request.headers.get("Content-Type", "").lower()
    if "xml" in content_type or request.body.lstrip()[:1] == b"<":
        world.boms.save_xml(_text(request.body))
    else:
        world.boms.save_json(request.object())
    return ok(None)


@routes.serve("GET", "/api/Product/Groups")
def get_groups(world: World, request: Request) -> Answer:
    """The groups of the product administration."""
    del request
    return ok(world.groups.groups())


@routes.serve("PUT", "/api/Product/Group")
def put_group(world: World, request: Request) -> Answer:
    """Add or change a group of the product administration."""
    return ok(world.groups.save_group(request.object()))


@routes.serve("GET", "/api/Product/ProductGroup")
def get_product_groups(world: World, request: Request) -> Answer:
    """The groups that clients are restricted to."""
    filters = request.flag("includeFilters") or False
    return ok(world.groups.client_groups(request.number("id"), filters=filters))


@routes.serve("POST", "/api/Product/ProductGroup")
def post_product_group(world: World, request: Request) -> Answer:
    """Add a group that clients may be restricted to."""
    return ok(world.groups.add_client_group(request.object()))


@routes.serve("PUT", "/api/Product/ProductGroup")
def put_product_group(world: World, request: Request) -> Answer:
    """Change a group that clients may be restricted to."""
    return ok(world.groups.change_client_group(request.object()))


@routes.serve("DELETE", "/api/Product/ProductGroup/{groupId}")
def delete_product_group(world: World, request: Request) -> Answer:
    """Delete a group that clients may be restricted to."""
    group_id = request.params["groupId"]
    if not group_id.isascii() or not group_id.isdigit() or not world.groups.delete_client_group(int(group_id[:18])):
        raise refusal(404, f"There is no product group with the id {group_id}.")
    return no_content()


@routes.serve("GET", "/api/Product/ProductGroupFilter")
def get_product_group_filters(world: World, request: Request) -> Answer:
    """The filters of product groups."""
    return ok(world.groups.filters(request.number("productGroupId"), request.number("id")))


@routes.serve("POST", "/api/Product/ProductGroupFilter")
def post_product_group_filter(world: World, request: Request) -> Answer:
    """Add a filter to a product group, named in the query."""
    group, part_number = request.needed("productGroup"), request.needed("partNumber")
    exclude = request.flag("exclude") or False
    return ok(world.groups.add_filter(group, part_number, request.text("revision"), exclude=exclude))


@routes.serve("GET", "/api/Product/ProductGroupsByProduct")
def get_product_groups_by_product(world: World, request: Request) -> Answer:
    """The groups that a product belongs to, of those that clients are restricted to."""
    return ok(world.groups.of_product(request.needed("partNumber"), request.text("revision"), client_only=True))


@routes.serve("GET", "/api/Product/Vendors")
def get_vendors(world: World, request: Request) -> Answer:
    """All vendors."""
    del request
    return ok(world.vendors.all())


@routes.serve("PUT", "/api/Product/Vendors")
def put_vendors(world: World, request: Request) -> Answer:
    """Add the vendors of a list that are new, or save one vendor."""
    if request.body.lstrip()[:1] == b"[":
        return ok(world.vendors.add_missing(request.objects()))
    return ok(world.vendors.save(request.object()))


@routes.serve("DELETE", "/api/Product/Vendors")
def delete_vendors(world: World, request: Request) -> Answer:
    """Delete the vendors of a list, by name."""
    world.vendors.delete_named(request.objects())
    return no_content()


@routes.serve("DELETE", "/api/Product/Vendors/{vendorId}")
def delete_vendor(world: World, request: Request) -> Answer:
    """Delete one vendor."""
    vendor_id = request.params["vendorId"]
    if not world.vendors.delete(vendor_id):
        raise refusal(404, f"There is no vendor with the id {vendor_id}.")
    return no_content()


def _product(world: World, part_number: str) -> dict[str, Any]:
    found = world.products.get(part_number)
    if found is None:
        raise refusal(404, f"There is no product {part_number}.")
    return found


def _users(world: World, part_number: str, revision: str | None = None) -> list[str]:
    units, reports = (
        world.units.serial_numbers(part_number, revision),
        world.reports.serial_numbers(part_number, revision),
    )
    return sorted({*units, *reports})


def _revision(world: World, part_number: str, revision: str) -> Answer:
    found = world.products.get_revision(part_number, revision)
    if found is None:
        raise refusal(404, f"There is no revision {revision} of the product {part_number}.")
    return ok(found)


def _text(body: bytes) -> str:
    utf16 = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return body.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise refusal(500, "An error has occurred.", ExceptionMessage="The XML document is not UTF-8.") from error
