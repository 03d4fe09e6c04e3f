"""The routes of barcodes."""

from pywats.sandbox.answers import Answer, ok, refusal
from pywats.sandbox.routing import Request, Routes
from pywats.sandbox.world import World

routes = Routes()


@routes.serve("GET", "/api/BarcodeIdentifiers/BarcodeIdentifiers")
def get_identifiers(world: World, request: Request) -> Answer:
    """All identifiers."""
    del request
    return ok(world.barcodes.all())


@routes.serve("PUT", "/api/BarcodeIdentifiers/BarcodeIdentifier")
def put_identifier(world: World, request: Request) -> Answer:
    """Add an identifier, or change the one of its id."""
    return ok(world.barcodes.save(request.object()))


@routes.serve("DELETE", "/api/BarcodeIdentifiers/BarcodeIdentifier/{id}")
def delete_identifier(world: World, request: Request) -> Answer:
    """Delete an identifier."""
    identifier_id = request.params["id"]
    if not identifier_id.isascii() or not identifier_id.isdigit() or not world.barcodes.delete(int(identifier_id[:18])):
        raise refusal(404, f"There is no barcode identifier with the id {identifier_id}.")
    return ok(None)


@routes.serve("GET", "/api/BarcodeIdentifiers/IdentifyBarcode")
def identify_barcode(world: World, request: Request) -> Answer:
    """What a barcode says."""
    return ok(world.barcodes.identify(request.needed("code")))
