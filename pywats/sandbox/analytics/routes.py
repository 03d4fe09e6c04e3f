"""The routes of analytics that the sandbox has: the version, and yield by any dimensions."""

from pywats.sandbox.analytics.wats_filter import chosen
from pywats.sandbox.analytics.yields import DEFAULT_DIMENSIONS, DEFAULT_FILTER, terms, yields
from pywats.sandbox.answers import Answer, ok
from pywats.sandbox.routing import Request, Routes
from pywats.sandbox.world import World

routes = Routes()

VERSION = "2026.3.0.0"
"""The version of the server whose operations the sandbox has."""


@routes.serve("GET", "/api/App/Version")
def get_version(world: World, request: Request) -> Answer:
    """The version of the server, as a text."""
    del world, request
    return ok(VERSION)


@routes.serve("POST", "/api/App/DynamicYield", writes=False)
def post_dynamic_yield(world: World, request: Request) -> Answer:
    """Yield by the dimensions asked for; an empty filter means the ten greatest of the last thirty days."""
    values = request.object() if request.body.strip() else {}
    asked = request.text("dimensions") or values.pop("dimensions", None) or ""
    values = {name: value for name, value in values.items() if name.lower() != "dimensions" and value is not None}
    if not asked and not values:
        values = dict(DEFAULT_FILTER)
    items = terms(asked if isinstance(asked, str) and asked else DEFAULT_DIMENSIONS)
    return ok(yields(world, chosen(values, world.clock(), world.groups.part_numbers), items, all_kpis=not asked))
