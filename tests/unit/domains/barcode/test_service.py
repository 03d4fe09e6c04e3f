"""What the barcode domain sends."""

from pywats.domains.barcode.models import BarcodeIdentifier
from pywats.domains.barcode.service import BarcodeService

PATH = "/api/BarcodeIdentifiers"


async def test_each_method_sends_one_request(line):
    barcode = BarcodeService(line)
    await barcode.identify_barcode("A/B&1")
    await barcode.get_barcode_identifiers()
    await barcode.delete_barcode_identifier(7)
    assert line.sent == [
        f"GET {PATH}/IdentifyBarcode?code=A/B&1",
        f"GET {PATH}/BarcodeIdentifiers",
        f"DELETE {PATH}/BarcodeIdentifier/7",
    ]


async def test_only_a_change_may_be_repeated(line):
    barcode = BarcodeService(line)
    await barcode.save_barcode_identifier(BarcodeIdentifier(pattern="a"))
    await barcode.save_barcode_identifier(BarcodeIdentifier(id=7, pattern="a"))
    assert line.json(0) == {"pattern": "a"}
    assert line.json(1) == {"id": 7, "pattern": "a"}
    assert [call.repeatable for call in line.calls] == [False, True]
