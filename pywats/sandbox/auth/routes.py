"""The routes that make tokens."""

from pywats.sandbox.answers import Answer, ok
from pywats.sandbox.routing import Request, Routes
from pywats.sandbox.world import World

routes = Routes()


@routes.serve("GET", "/api/Auth/GetToken")
def get_token(world: World, request: Request) -> Answer:
    """A new token of the caller, as a text; null if there is one already that is not to be replaced."""
    return ok(world.tokens.make(request.caller, "", reset=request.flag("reset") or False))


@routes.serve("GET", "/api/Auth/GetToken/{identifier}")
def get_token_by_identifier(world: World, request: Request) -> Answer:
    """The same for a token of its own name."""
    identifier = request.params["identifier"]
    return ok(world.tokens.make(request.caller, identifier, reset=request.flag("reset") or False))
