"""Payloads of the barcode domain."""

from pywats.exchange.wire import PyWATSModel

__all__ = ["BarcodeIdentifier"]


class BarcodeIdentifier(PyWATSModel):
    """How the server reads barcodes of one kind, or what it read in one.

    Attributes:
        id: given by the server.
        pattern: regular expression that barcodes of this kind match.
        serial_number: regular expression that finds the serial number in a barcode; in an answer, what it found.
        part_number: the same for the part number.
        revision: the same for the revision.
        batch_number: the same for the batch number.
        process: the same for the process code.
        order: patterns with a lower number are tried first.
        description: of this kind of barcodes, such as an example.
    """

    id: int | None = None
    pattern: str | None = None
    serial_number: str | None = None
    part_number: str | None = None
    revision: str | None = None
    batch_number: str | None = None
    process: str | None = None
    order: int | None = None
    description: str | None = None
