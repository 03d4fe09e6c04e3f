"""The routes of the files of assets, which serve the server's own web pages."""

from pywats.sandbox.answers import Answer, ok, refusal
from pywats.sandbox.fields import is_array
from pywats.sandbox.routing import Request, Routes
from pywats.sandbox.world import World

routes = Routes()


@routes.serve("GET", "/api/internal/Blob/Asset")
def get_file(world: World, request: Request) -> Answer:
    """A file of an asset, byte by byte."""
    content = world.asset_files.get(_asset_id(world, request), request.needed("filename"))
    return Answer(200, content, "application/octet-stream")


@routes.serve("POST", "/api/internal/Blob/Asset")
def post_file(world: World, request: Request) -> Answer:
    """Store the body as a file of an asset."""
    asset_id, name = _asset_id(world, request), request.needed("filename")
    if not name:
        raise refusal(400, "The query parameter filename is empty.")
    world.asset_files.save(asset_id, name, request.body)
    return ok({})


@routes.serve("GET", "/api/internal/Blob/Asset/List/{assetId}")
def list_files(world: World, request: Request) -> Answer:
    """The names of the files of an asset."""
    return ok(world.asset_files.names(world.assets.find(request.params["assetId"])))


@routes.serve("DELETE", "/api/internal/Blob/Assets")
def delete_files(world: World, request: Request) -> Answer:
    """Delete the files of an asset that the body names."""
    names = request.json()
    if not is_array(names) or not names or not all(isinstance(name, str) for name in names):
        raise refusal(400, "The request body is required to be a JSON array of file names.")
    world.asset_files.delete(_asset_id(world, request), names)
    return ok({})


def _asset_id(world: World, request: Request) -> str:
    return world.assets.find(request.needed("assetId"))
