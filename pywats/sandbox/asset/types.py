"""Types of assets: the limits that hold for each asset of a type."""

import uuid
from typing import Any

from pywats.sandbox.answers import refusal
from pywats.sandbox.asset.rows import listed
from pywats.sandbox.fields import Fields
from pywats.sandbox.odata_sql import Entity, Property, by_name
from pywats.sandbox.store import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS asset_type (
    type_id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    running_count_limit INTEGER,
    total_count_limit INTEGER,
    maintenance_interval REAL,
    calibration_interval REAL,
    warning_threshold REAL,
    alarm_threshold REAL,
    icon TEXT
);
"""

TYPE = Entity(
    "AssetType",
    by_name(
        Property("typeId", "t.type_id", "guid"),
        Property("typeName", "t.name"),
        Property("runningCountLimit", "t.running_count_limit", "whole"),
        Property("totalCountLimit", "t.total_count_limit", "whole"),
        Property("maintenanceInterval", "t.maintenance_interval", "number"),
        Property("calibrationInterval", "t.calibration_interval", "number"),
        Property("warningThreshold", "t.warning_threshold", "number"),
        Property("alarmThreshold", "t.alarm_threshold", "number"),
        Property("isReadonly", "0", "flag"),
        Property("icon", "t.icon"),
    ),
)
"""What a query of types may name."""
SOURCE = "FROM asset_type AS t"

_COLUMNS = {
    "running_count_limit": "runningCountLimit:whole",
    "total_count_limit": "totalCountLimit:whole",
    "maintenance_interval": "maintenanceInterval:number",
    "calibration_interval": "calibrationInterval:number",
    "warning_threshold": "warningThreshold:number",
    "alarm_threshold": "alarmThreshold:number",
    "icon": "icon:text",
}
_LONGEST = 100
_LONGEST_INTERVAL = 1_000_000  # a date that lies so far ahead can still be written


class AssetTypes:
    """The types of assets in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, type_id: str) -> dict[str, Any] | None:
        """Return a type, or ``None``."""
        return next(iter(listed(self._database, TYPE, f"{SOURCE} WHERE t.type_id = ?", (type_id,))), None)

    def save(self, values: dict[str, Any]) -> dict[str, Any]:
        """Add a type or change the one of its id or name; return it. What the object does not mention stays."""
        fields = Fields(values)
        name, type_id = fields.needed("typeName", longest=_LONGEST), fields.guid("typeId")
        columns = {"name": name, **fields.given(_COLUMNS)}
        for limit in ("runningCountLimit", "totalCountLimit"):
            if (fields.whole(limit) or 0) < 0:
                raise refusal(400, f"{limit} is required to be at least 0.")
        for interval in ("maintenanceInterval", "calibrationInterval"):
            if (fields.number(interval) or 0) > _LONGEST_INTERVAL:
                raise refusal(400, f"{interval} is required to be at most {_LONGEST_INTERVAL} days.")
        same_name: str | None = self._database.value("SELECT type_id FROM asset_type WHERE name = ?", (name,))
        if type_id is not None and self.get(type_id) is None:
            raise refusal(404, f"There is no asset type with the id {type_id}.")
        if type_id is not None and same_name not in {None, type_id}:
            raise refusal(409, f"There is another asset type {name}.")
        with self._database.transaction():
            key = type_id or same_name or self._add(name)
            changes = ", ".join(f"{column} = ?" for column in columns)
            self._database.run(f"UPDATE asset_type SET {changes} WHERE type_id = ?", (*columns.values(), key))  # noqa: S608 - our own names
        return listed(self._database, TYPE, f"{SOURCE} WHERE t.type_id = ?", (key,))[0]

    def _add(self, name: str) -> str:
        type_id = str(uuid.uuid4())
        self._database.run("INSERT INTO asset_type (type_id, name) VALUES (?, ?)", (type_id, name))
        return type_id
