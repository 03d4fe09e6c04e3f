"""Every method of the barcode domain on both faces, over a real socket."""

import pytest

from pywats import BarcodeIdentifier, NotFoundError, ValidationError

PATTERN = BarcodeIdentifier(
    pattern="^SN:",
    serial_number="SN:([^;]+)",
    part_number="(?<=PN:)[^;]+",
    process="(?<code>[0-9]+)$",
    order=2,
    description="SN:1234;PN:WIDGET;60",
)


async def test_an_identifier_is_stored_changed_and_deleted(either):
    stored = await either("barcode.save_barcode_identifier", PATTERN)
    assert stored.id
    assert stored.model_dump(exclude={"id"}) == PATTERN.model_dump(exclude={"id"})
    stored.order = 1
    assert (await either("barcode.save_barcode_identifier", stored)).order == 1
    assert await either("barcode.get_barcode_identifiers") == [stored]
    assert await either("barcode.delete_barcode_identifier", stored.id) is True
    assert await either("barcode.get_barcode_identifiers") == []
    with pytest.raises(NotFoundError):
        await either("barcode.delete_barcode_identifier", stored.id)


async def test_a_barcode_is_read_by_the_first_identifier_that_it_matches(either):
    later = BarcodeIdentifier(pattern=".", serial_number=".*", order=9)
    for identifier in (later, PATTERN):
        await either("barcode.save_barcode_identifier", identifier)
    found = await either("barcode.identify_barcode", "SN:12 34;PN:A/B#1;60")
    assert (found.serial_number, found.part_number, found.process) == ("12 34", "A/B#1", "60")
    assert (found.revision, found.batch_number) == (None, None)
    assert (await either("barcode.identify_barcode", "other")).serial_number == "other"


async def test_a_barcode_that_matches_nothing_is_read_in_the_default_format(either):
    found = await either("barcode.identify_barcode", "1234/WIDGET/A//60")
    assert (found.serial_number, found.part_number, found.revision, found.process) == ("1234", "WIDGET", "A", "60")
    assert found.batch_number is None


async def test_a_pattern_that_cannot_be_read_is_refused(either):
    with pytest.raises(ValidationError, match="no regular expression"):
        await either("barcode.save_barcode_identifier", BarcodeIdentifier(pattern="("))
