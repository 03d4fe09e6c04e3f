"""Rows of the database as the JSON objects that answers carry."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pywats.sandbox.odata import Type
from pywats.sandbox.odata_sql import Entity
from pywats.sandbox.store import Database
from pywats.sandbox.times import iso

_SHOWN: Mapping[Type, Callable[[Any], Any]] = {"instant": iso, "flag": bool}


def listed(database: Database, entity: Entity, rest: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """Return what the rest of a query, from its ``FROM`` on, selects of an entity, with all properties of that."""
    properties = list(entity.properties.values())
    shown = [(each.name, _SHOWN.get(each.type)) for each in properties]
    rows = database.search(f"SELECT {', '.join(each.sql for each in properties)} {rest}", values)
    return [
        {
            name: show(value) if show is not None and value is not None else value
            for (name, show), value in zip(shown, row, strict=True)
        }
        for row in rows
    ]
