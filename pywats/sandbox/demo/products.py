"""The products of the demonstration: boards, and the units that they are built into."""

from dataclasses import dataclass

from pywats.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Product:
    """A product of the factory.

    Attributes:
        part_number: of the product.
        name: of the product.
        revisions: that are in use, the newest last.
        daily: units that are made each day.
        failing: share of the test runs that fail.
        parts: what the newest revision is built from: part number and revision.
    """

    part_number: str
    name: str
    revisions: tuple[str, ...]
    daily: int
    failing: float
    parts: tuple[tuple[str, str], ...] = ()


PRODUCTS = (
    Product("CTRL-BOARD", "Controller board", ("C",), 10, 0.10),
    Product("PSU-24V", "Power supply 24 V", ("1.0", "1.1", "2.0"), 7, 0.05),
    Product("SENSOR-T", "Temperature sensor", ("1",), 4, 0.03),
    Product("WIDGET-001", "Widget", ("A", "B"), 5, 0.08, (("CTRL-BOARD", "C"), ("PSU-24V", "2.0"))),
    Product("WIDGET-002", "Widget with display", ("A",), 3, 0.12, (("CTRL-BOARD", "C"), ("SENSOR-T", "1"))),
)
"""Boards first: units are built from what is there."""
VENDORS = ("Borealis Components", "Nordic Passive", "Fjord Sensors")
_BOM = (
    ("RES-10K", "Resistor 10 kOhm 1 %", 12, "R1-R12", "Nordic Passive"),
    ("CAP-100N", "Capacitor 100 nF", 8, "C1-C8", "Nordic Passive"),
    ("MCU-32", "Microcontroller", 1, "U1", "Borealis Components"),
)


def seed_products(world: World) -> None:
    """Store the products with their revisions, bills of material, box builds, groups and vendors."""
    for product in PRODUCTS:
        revisions = [{"revision": each, "name": f"Revision {each}"} for each in product.revisions]
        values = {"partNumber": product.part_number, "name": product.name, "revisions": revisions}
        world.products.save({**values, "tags": [{"key": "Family", "value": "Demo", "change": 1}]})
    for product in PRODUCTS:
        for number, (part_number, revision) in enumerate(product.parts, start=1):
            world.relations.add(
                {
                    "ParentProductRevisionId": world.products.revision_id(product.part_number, product.revisions[-1]),
                    "ProductRevisionId": world.products.revision_id(part_number, revision),
                    "Quantity": 1,
                    "ItemNumber": str(number),
                }
            )
    names = ("number", "description", "quantity", "reference", "vendor")
    lines = [dict(zip(names, line, strict=True)) for line in _BOM]
    world.boms.save_json({"partNumber": "CTRL-BOARD", "revision": "C", "components": lines})
    for group, pattern in (("Boards", "%-%"), ("Widgets", "WIDGET-%")):
        world.groups.save_group({"productGroupName": group})
        world.groups.add_filter(group, pattern, None, exclude=False)
    world.groups.add_filter("Boards", "WIDGET-%", None, exclude=True)
    world.vendors.add_missing([{"VendorName": name} for name in VENDORS])
