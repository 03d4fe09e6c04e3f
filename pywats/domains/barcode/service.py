"""The barcode domain: reading barcodes, and the patterns by which the server does it."""

from typing import ClassVar, Final

from pywats.domains.barcode.models import BarcodeIdentifier
from pywats.exchange.call import maybe, query, url
from pywats.service import Face, Service, method

_PATH: Final = "/api/BarcodeIdentifiers"


class BarcodeService(Service[Face]):
    """What barcodes say, and the identifiers: patterns by which the server reads them."""

    domain: ClassVar[str] = "barcode"

    @method
    async def identify_barcode(self, code: str) -> BarcodeIdentifier | None:
        """Return what a barcode says: its serial number, part number, revision, batch number and process, or ``None``.

        The first identifier whose pattern the barcode matches is used. Where none does, a server reads
        ``SerialNumber/PartNumber/Revision/BatchNumber/Process``.
        """
        return await self._find(f"{_PATH}/IdentifyBarcode", BarcodeIdentifier, query(code=code))

    @method
    async def get_barcode_identifiers(self) -> list[BarcodeIdentifier]:
        """Return all identifiers."""
        return await self._list(f"{_PATH}/BarcodeIdentifiers", BarcodeIdentifier)

    @method
    async def save_barcode_identifier(self, identifier: BarcodeIdentifier) -> BarcodeIdentifier | None:
        """Add an identifier, or change the one of its ``id``; return it as stored."""
        path, read = f"{_PATH}/BarcodeIdentifier", maybe(BarcodeIdentifier)
        # Without an id it is added; sent twice, it would be there twice.
        return await self._write("PUT", path, identifier, read, repeatable=identifier.id is not None)

    @method
    async def delete_barcode_identifier(self, identifier_id: int) -> bool:
        """Delete an identifier."""
        return await self._delete(url(_PATH + "/BarcodeIdentifier/{}", identifier_id))
