"""The routes of the server itself, of its clients and of their levels."""

from typing import Any

from pywats.sandbox.analytics.routes import VERSION
from pywats.sandbox.answers import Answer, ok, refusal
from pywats.sandbox.report.export import ORIGIN
from pywats.sandbox.routing import Request, Routes
from pywats.sandbox.times import TICKS, iso
from pywats.sandbox.world import World

routes = Routes()

NAME = "pywats sandbox"
"""The name of the server."""


@routes.serve("GET", "/api/SystemStatus")
def get_system_status(world: World, request: Request) -> Answer:
    """How the server is, as texts."""
    del request
    counts = {"reports": world.reports.count(), "queued": world.reports.queued(), "clients": len(world.clients.all())}
    return ok({"status": "OK", "version": VERSION, **{name: str(count) for name, count in counts.items()}})


@routes.serve("GET", "/api/SystemManager/Clients")
def get_clients(world: World, request: Request) -> Answer:
    """All clients."""
    del request
    return ok(world.clients.all())


@routes.serve("GET", "/api/SystemManager/Client")
def get_client(world: World, request: Request) -> Answer:
    """The client of a name or an identifier."""
    name, identifier = request.text("name"), request.text("identifier")
    if name is None and identifier is None:
        raise refusal(400, "name or identifier is required.")
    found = world.clients.find(name, identifier)
    if found is None:
        raise refusal(404, f"There is no client {name or identifier}.")
    return ok(found)


@routes.serve("PUT", "/api/SystemManager/Client")
def put_client(world: World, request: Request) -> Answer:
    """Change a client."""
    request.flag("moveWithHistory")
    with world.database.transaction():
        world.clients.change(request.object())
    return ok(None)


@routes.serve("GET", "/api/SystemManager/ClientLog/{identifier}")
def get_client_log(world: World, request: Request) -> Answer:
    """The latest log of a client."""
    identifier = request.params["identifier"]
    found = world.clients.log(identifier)
    if found is None:
        raise refusal(404, f"There is no client {identifier}.")
    return ok(found)


@routes.serve("GET", "/api/SystemManager/Level")
def get_level(world: World, request: Request) -> Answer:
    """The id of the level at the end of a path of names, or null."""
    hierarchy = request.texts("hierarchy")
    if not hierarchy:
        raise refusal(400, "The query parameter hierarchy is required.")
    return ok(world.levels.find(hierarchy))


@routes.serve("POST", "/api/SystemManager/Level")
def post_level(world: World, request: Request) -> Answer:
    """Add a path of levels; answers the id of the last."""
    hierarchy: Any = request.json()
    if not isinstance(hierarchy, list) or not hierarchy or not all(isinstance(name, str) for name in hierarchy):  # pyright: ignore[reportUnknownVariableType]
        raise refusal(400, "The request body is required to be a JSON array of names.")
    return ok(world.levels.make(hierarchy))  # pyright: ignore[reportUnknownArgumentType]


@routes.serve("POST", "/api/Client/Register")
def post_register(world: World, request: Request) -> Answer:
    """Register a client; answers its passcode."""
    wanted = [request.needed(name) for name in ("id", "type", "name", "location", "purpose")]
    with world.database.transaction():
        return ok(world.clients.register(*wanted))


@routes.serve("PUT", "/api/Client/Update")
def put_update(world: World, request: Request) -> Answer:
    """Note what the calling client says of itself."""
    with world.database.transaction():
        values = request.object()
        world.clients.tell(_own(request), values)
    return ok(None)


@routes.serve("POST", "/api/internal/Client/Update")
def post_update(world: World, request: Request) -> Answer:
    """Note the settings of the calling client."""
    values = request.object()
    identifier = _own(request)
    with world.database.transaction():
        world.clients.tell(identifier, values)
    client = world.clients.find(None, identifier) or {}
    members = {"ClientId": "clientId", "Name": "name", "Location": "location", "Purpose": "purpose"}
    return ok({member: client[name] for member, name in members.items()} | {"StatusText": client["status"]})


@routes.serve("GET", "/api/internal/Client/Ping")
def get_ping(world: World, request: Request) -> Answer:
    """Note that the calling client lives."""
    if request.caller.client is not None:
        world.clients.ping(request.caller.client)
    return ok({"ServerName": NAME, "ServerTime": iso(int(world.clock() * TICKS))})


@routes.serve("GET", "/api/internal/Client/ServerInfo")
def get_server_info(world: World, request: Request) -> Answer:
    """Which server this is."""
    del world, request
    return ok({"SiteCode": ORIGIN, "Name": NAME, "Version": VERSION})


@routes.serve("GET", "/api/internal/Auth/Disconnect/{id}")
def get_disconnect(world: World, request: Request) -> Answer:
    """Note that a client goes offline."""
    world.clients.disconnect(request.params["id"])
    return ok(None)


def _own(request: Request) -> str:
    if request.caller.client is None:
        raise refusal(403, "Only a registered client may do this, with its own token.")
    return request.caller.client
