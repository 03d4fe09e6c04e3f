"""The routes of products that serve the server's own web pages."""

from pywats.sandbox.answers import Answer, ok, refusal
from pywats.sandbox.fields import guid
from pywats.sandbox.product.bom import Component
from pywats.sandbox.routing import Request, Routes
from pywats.sandbox.world import World

routes = Routes()


@routes.serve("GET", "/api/internal/Product/Bom")
def get_bom(world: World, request: Request) -> Answer:
    """The lines of a revision's bill of material."""
    return ok(world.boms.items(request.needed("partNumber"), request.needed("revision")))


@routes.serve("PUT", "/api/internal/Product/BOM")
def put_bom(world: World, request: Request) -> Answer:
    """Save the lines of a revision's bill of material."""
    if (request.text("format") or "json").lower() != "json":
        raise refusal(400, "The format is required to be json.")
    components = [Component.read(each) for each in request.objects()]
    part_number, revision = request.needed("partNumber"), request.needed("revision")
    if not part_number or not revision:
        raise refusal(400, "partNumber and revision are required.")
    world.boms.save(part_number, revision, components)
    return ok(None)


@routes.serve("GET", "/api/internal/Product/GetProductByPN")
def get_product(world: World, request: Request) -> Answer:
    """One product in the spelling of the web pages, or null."""
    product = world.products.get(request.needed("PN"))
    if product is None:
        return ok(None)
    shown = {_pascal(name): value for name, value in product.items()}
    shown["Revisions"] = [{_pascal(name): value for name, value in each.items()} for each in product["revisions"]]
    return ok(shown)


@routes.serve("GET", "/api/internal/Product/GetGroupsForProduct")
def get_groups(world: World, request: Request) -> Answer:
    """All groups that a product belongs to."""
    return ok(world.groups.of_product(request.needed("partNumber"), client_only=False))


@routes.serve("GET", "/api/internal/Product/GetProductCategories")
def get_categories(world: World, request: Request) -> Answer:
    """All product categories."""
    del request
    return ok(world.categories.all())


@routes.serve("PUT", "/api/internal/Product/PutProductCategories")
def put_categories(world: World, request: Request) -> Answer:
    """Add or change product categories."""
    world.categories.save(request.objects())
    return ok(None)


@routes.serve("GET", "/api/internal/Product/GetProductInfo")
def get_hierarchy(world: World, request: Request) -> Answer:
    """A revision and all that it consists of, as a flat list with levels; empty for an unknown one."""
    revision_id = world.products.revision_id(request.needed("partNumber"), request.needed("revision"))
    return ok([] if revision_id is None else world.relations.tree(revision_id))


@routes.serve("POST", "/api/internal/Product/PostProductRevisionRelation")
def post_relation(world: World, request: Request) -> Answer:
    """Make one revision a part of another."""
    return ok(world.relations.add(request.object()))


@routes.serve("PUT", "/api/internal/Product/PutProductRevisionRelation")
def put_relation(world: World, request: Request) -> Answer:
    """Change a relation of two revisions."""
    return ok(world.relations.change(request.object()))


@routes.serve("DELETE", "/api/internal/Product/DeleteProductRevisionRelation")
def delete_relation(world: World, request: Request) -> Answer:
    """Delete a relation of two revisions."""
    relation_id = guid(request.needed("productRevisionRelationId"))
    if relation_id is None:
        raise refusal(400, "productRevisionRelationId is required to be a GUID.")
    world.relations.delete(relation_id)
    return ok(None)


@routes.serve("GET", "/api/internal/Product/GetProductTags")
def get_product_tags(world: World, request: Request) -> Answer:
    """The tags of a product."""
    product = world.products.get(request.needed("partNumber"))
    return ok([] if product is None else _pairs(product["tags"]))


@routes.serve("PUT", "/api/internal/Product/PutProductTags")
def put_product_tags(world: World, request: Request) -> Answer:
    """Make these the tags of a product."""
    product = world.products.get(request.needed("partNumber"))
    if product is None:
        raise refusal(404, f"There is no product {request.needed('partNumber')}.")
    world.products.set_tags("product", "product_id", product["productId"], request.objects())
    return ok(None)


@routes.serve("GET", "/api/internal/Product/GetRevisionTags")
def get_revision_tags(world: World, request: Request) -> Answer:
    """The tags of a revision."""
    revision = world.products.get_revision(request.needed("partNumber"), request.needed("revision"))
    return ok([] if revision is None else _pairs(revision["tags"]))


@routes.serve("PUT", "/api/internal/Product/PutRevisionTags")
def put_revision_tags(world: World, request: Request) -> Answer:
    """Make these the tags of a revision."""
    part_number, revision = request.needed("partNumber"), request.needed("revision")
    revision_id = world.products.revision_id(part_number, revision)
    if revision_id is None:
        raise refusal(404, f"There is no revision {revision} of the product {part_number}.")
    world.products.set_tags("product_revision", "revision_id", revision_id, request.objects())
    return ok(None)


def _pascal(name: str) -> str:
    return name[0].upper() + name[1:]


def _pairs(settings: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{"key": each["key"], "value": each["value"]} for each in settings]
