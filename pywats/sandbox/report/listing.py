"""Headers of reports as lists show them."""

from typing import Any

from pywats.sandbox.odata_sql import Collection, Property
from pywats.sandbox.store import Values
from pywats.sandbox.times import iso
from pywats.sandbox.world import World


def headers(
    world: World, rest: str, values: Values, properties: list[Property], expanded: list[Collection]
) -> list[dict[str, Any]]:
    """Return the headers of the reports ``r`` that the rest of a query chooses."""
    names = [each.name for each in properties]
    selected = ", ".join(each.sql for each in properties)
    rows = world.reports.rows(f"{selected}, r.time_stamp", rest, values)
    found = [dict(zip(names, row, strict=False)) for row in rows]
    for header in found:
        if "start" in header:
            header["start"] = iso(header["start"])
        if "measuresDeleted" in header:
            header["measuresDeleted"] = False
    for collection in expanded:
        inner = list(collection.properties.values())
        columns = ", ".join(each.sql for each in inner)
        for header, row in zip(found, rows, strict=True):
            elements = world.reports.elements(collection.source, columns, row[-1])
            header[collection.name] = [
                dict(zip((each.name for each in inner), values, strict=True)) for values in elements
            ]
    return found
