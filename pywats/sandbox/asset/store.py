"""Assets as they are kept and as they are shown: what they are, and which are parts of which."""

import uuid
from collections.abc import Callable
from typing import Any

import orjson

from pywats.sandbox.answers import refusal
from pywats.sandbox.asset.log import AssetLog, Event
from pywats.sandbox.asset.rows import listed
from pywats.sandbox.asset.types import AssetTypes
from pywats.sandbox.fields import Fields
from pywats.sandbox.odata_sql import Entity, Property, by_name
from pywats.sandbox.product import tags as asset_tags
from pywats.sandbox.store import Database
from pywats.sandbox.times import TICKS

SCHEMA = """
CREATE TABLE IF NOT EXISTS asset (
    asset_id TEXT PRIMARY KEY,
    serial_number TEXT NOT NULL UNIQUE,
    type_id TEXT NOT NULL REFERENCES asset_type,
    parent_id TEXT REFERENCES asset,
    name TEXT,
    part_number TEXT,
    revision TEXT,
    client_id INTEGER,
    state INTEGER NOT NULL DEFAULT 1,
    description TEXT,
    location TEXT,
    first_seen INTEGER,
    last_seen INTEGER,
    last_maintenance INTEGER,
    maintenance_due INTEGER,
    last_calibration INTEGER,
    calibration_due INTEGER,
    total_count INTEGER NOT NULL DEFAULT 0,
    running_count INTEGER NOT NULL DEFAULT 0,
    xml_data TEXT,
    tags TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS asset_by_parent ON asset (parent_id);
CREATE INDEX IF NOT EXISTS asset_by_type ON asset (type_id);
"""

DAY = 86_400 * TICKS
STATES = range(7)

_LONGEST = 100


def _next(what: str) -> str:
    """The SQL of a date: the one that was set, or else the interval of the type after the last one."""
    interval = f"t.{what}_interval"
    after = f"CASE WHEN {interval} > 0 THEN a.last_{what} + CAST({interval} * {DAY} AS INTEGER) END"
    return f"coalesce(a.{what}_due, {after})"


ASSET = Entity(
    "Asset",
    by_name(
        Property("assetId", "a.asset_id"),
        Property("parentAssetId", "a.parent_id"),
        Property("assetName", "a.name"),
        Property("serialNumber", "a.serial_number"),
        Property("parentSerialNumber", "p.serial_number"),
        Property("partNumber", "a.part_number"),
        Property("revision", "a.revision"),
        Property("typeId", "a.type_id", "guid"),
        Property("state", "a.state", "whole"),
        Property("description", "a.description"),
        Property("location", "a.location"),
        Property("firstSeenDate", "a.first_seen", "instant"),
        Property("lastSeenDate", "a.last_seen", "instant"),
        Property("lastMaintenanceDate", "a.last_maintenance", "instant"),
        Property("nextMaintenanceDate", _next("maintenance"), "instant"),
        Property("lastCalibrationDate", "a.last_calibration", "instant"),
        Property("nextCalibrationDate", _next("calibration"), "instant"),
        Property("totalCount", "a.total_count", "whole"),
        Property("runningCount", "a.running_count", "whole"),
        Property("xmlData", "a.xml_data"),
    ),
)
"""What a query of assets may name."""
SOURCE = (
    "FROM asset AS a JOIN asset_type AS t ON t.type_id = a.type_id LEFT JOIN asset AS p ON p.asset_id = a.parent_id"
)

_ALWAYS = {
    "serial_number": "serialNumber:text",
    "type_id": "typeId:guid",
    "name": "assetName:text",
    "part_number": "partNumber:text",
    "revision": "revision:text",
    "client_id": "ClientId:whole",
    "state": "state:whole",
    "description": "description:text",
    "location": "location:text",
    "first_seen": "firstSeenDate:instant",
    "last_seen": "lastSeenDate:instant",
}
_AT_FIRST = {
    "last_maintenance": "lastMaintenanceDate:instant",
    "maintenance_due": "nextMaintenanceDate:instant",
    "last_calibration": "lastCalibrationDate:instant",
    "calibration_due": "nextCalibrationDate:instant",
    "total_count": "totalCount:whole",
    "running_count": "runningCount:whole",
}
_NOT_NULL = {"state": 1, "total_count": 0, "running_count": 0}


class Assets:
    """The assets in the database; what is a part of what never forms a circle."""

    def __init__(self, database: Database, types: AssetTypes, log: AssetLog, clock: Callable[[], float]) -> None:
        self._database = database
        self._types = types
        self._log = log
        self._clock = clock

    def now(self) -> int:
        """Return the present instant."""
        return int(self._clock() * TICKS)

    def find(self, asset_id: str | None, serial_number: str | None = None) -> str:
        """Return the id of the asset of an id or a serial number, or of both; refuse with 404 if there is none."""
        if asset_id is None and serial_number is None:
            raise refusal(400, "id or serialNumber is required.")
        find = "SELECT asset_id FROM asset WHERE "
        by_id = self._database.value(find + "asset_id = ?", (asset_id,))
        by_number = self._database.value(find + "serial_number = ?", (serial_number,))
        for given, name, found in ((asset_id, "id", by_id), (serial_number, "serial number", by_number)):
            if given is not None and found is None:
                raise refusal(404, f"There is no asset with the {name} {given}.")
        if by_id and by_number and by_id != by_number:
            raise refusal(400, "id and serialNumber name different assets.")
        return str(by_id or by_number)

    def identified(self, identifier: str) -> str:
        """Return the id of the asset that has this id or, if none does, this serial number; or refuse with 404."""
        known = self._database.row("SELECT 1 FROM asset WHERE asset_id = ?", (identifier,))
        return identifier if known else self.find(None, identifier)

    def get(self, asset_id: str) -> dict[str, Any]:
        """Return an asset with its type, its tags and its parts."""
        shown = self._shown("WHERE a.asset_id = ?", asset_id)[0]
        shown["assetChildren"] = self._shown("WHERE a.parent_id = ? ORDER BY a.asset_id", asset_id)
        shown["assetType"] = self._types.get(shown["typeId"])
        return shown

    def parts(self, asset_id: str, level: int) -> list[dict[str, Any]]:
        """Return what is a part of an asset, and of its parts, down to a level; 0 for all."""
        ids = orjson.dumps(self.below(asset_id, level)).decode()
        among = "JOIN json_each(?) AS part ON part.value = a.asset_id ORDER BY part.key"
        return self._shown(among, ids)

    def below(self, asset_id: str, level: int = 0) -> list[str]:
        """Return the ids of what is a part of an asset, level by level down to one; 0 for all."""
        rows = self._database.rows(
            "WITH RECURSIVE tree (asset_id, depth) AS (SELECT ?, 0 UNION ALL"
            " SELECT a.asset_id, depth + 1 FROM tree JOIN asset AS a ON a.parent_id = tree.asset_id"
            " WHERE ? = 0 OR depth < ?)"
            " SELECT asset_id FROM tree WHERE depth > 0 ORDER BY depth, asset_id",
            (asset_id, level, level),
        )
        return [row[0] for row in rows]

    def save(self, values: dict[str, Any], user: str) -> dict[str, Any]:
        """Add an asset or change the one of its id or serial number; return it as it is stored.

        What the object does not mention stays as it is. Counts and dates of calibration and maintenance are taken from
        it only when the asset is new.
        """
        fields = Fields(values)
        serial_number = fields.needed("serialNumber", longest=_LONGEST)
        with self._database.transaction():
            asset_id = self._identify(fields, serial_number)
            columns = fields.given(_ALWAYS if asset_id else _ALWAYS | _AT_FIRST)
            columns = {name: _NOT_NULL.get(name) if value is None else value for name, value in columns.items()}
            self._check(columns)
            if asset_id is None:
                asset_id = self._add(serial_number, str(columns["type_id"]))
                columns.setdefault("first_seen", self.now())
                self._database.run(*_update(columns, asset_id))
                self._log.write(asset_id, Event.REGISTER, self.now(), user)
            else:
                self._change(asset_id, columns, user)
            self._move(asset_id, fields, user)
            self._tag(asset_id, fields)
        return self.get(asset_id)

    def delete(self, asset_id: str) -> None:
        """Delete an asset with its log and files; its parts become parts of its own parent."""
        with self._database.transaction():
            parent = self._database.value("SELECT parent_id FROM asset WHERE asset_id = ?", (asset_id,))
            self._database.run("UPDATE asset SET parent_id = ? WHERE parent_id = ?", (parent, asset_id))
            self._database.run("DELETE FROM asset WHERE asset_id = ?", (asset_id,))

    def set_state(self, asset_id: str, state: int, user: str) -> None:
        """Say where an asset is or what is being done with it."""
        self._check({"state": state})
        with self._database.transaction():
            self._change(asset_id, {"state": state}, user)

    def _shown(self, where: str, value: str) -> list[dict[str, Any]]:
        found = listed(self._database, ASSET, f"{SOURCE} {where}", (value,))
        for asset in found:
            del asset["xmlData"]
            find = "SELECT client_id, tags FROM asset WHERE asset_id = ?"
            client_id, tags = self._database.rows(find, (asset["assetId"],))[0]
            asset |= {"ClientId": client_id, "tags": asset_tags.settings(orjson.loads(tags))}
            asset |= {"assetChildren": [], "assetType": None, "assetLog": []}
        return found

    def _identify(self, fields: Fields, serial_number: str) -> str | None:
        """The id of the asset that is to be changed, or ``None`` for a new one."""
        asset_id = fields.text("assetId") or None
        owner: str | None = self._database.value("SELECT asset_id FROM asset WHERE serial_number = ?", (serial_number,))
        if asset_id is None:
            return owner
        if owner not in {None, asset_id}:
            raise refusal(409, f"The serial number {serial_number} belongs to another asset.")
        return self.find(asset_id)

    def _check(self, columns: dict[str, Any]) -> None:
        if "state" in columns and columns["state"] not in STATES:
            raise refusal(400, f"state is required to be from {STATES[0]} to {STATES[-1]}.")
        for name in ("total_count", "running_count"):
            if columns.get(name, 0) < 0:
                raise refusal(400, f"{_AT_FIRST[name].partition(':')[0]} is required to be at least 0.")
        if "serial_number" in columns:
            type_id = columns.get("type_id")
            if type_id is None:
                raise refusal(400, "typeId is required.")
            if self._types.get(type_id) is None:
                raise refusal(400, f"There is no asset type with the id {type_id}.")

    def _add(self, serial_number: str, type_id: str) -> str:
        asset_id = str(uuid.uuid4())
        insert = "INSERT INTO asset (asset_id, serial_number, type_id) VALUES (?, ?, ?)"
        self._database.run(insert, (asset_id, serial_number, type_id))
        return asset_id

    def _change(self, asset_id: str, columns: dict[str, Any], user: str) -> None:
        """Write columns of an asset, and into its log each that is new."""
        names = ", ".join(columns)
        before = self._database.row(f"SELECT {names} FROM asset WHERE asset_id = ?", (asset_id,)) or ()  # noqa: S608 - our own names
        self._database.run(*_update(columns, asset_id))
        for (column, value), old in zip(columns.items(), before, strict=True):
            if value != old:
                event = Event.STATE_CHANGE if column == "state" else Event.UPDATE
                name = _ALWAYS[column].partition(":")[0]
                self._log.write(asset_id, event, self.now(), user, changed=name, value=value)

    def _move(self, asset_id: str, fields: Fields, user: str) -> None:
        """Make an asset a part of the one that ``fields`` name; of none if they say null."""
        if "parentAssetId" not in fields and "parentSerialNumber" not in fields:
            return
        named, number = fields.text("parentAssetId") or None, fields.text("parentSerialNumber") or None
        parent = self.find(named, number) if named or number else None
        if parent is not None and parent in {asset_id, *self.below(asset_id)}:
            raise refusal(409, "An asset cannot be a part of itself.")
        move = "UPDATE asset SET parent_id = :parent WHERE asset_id = :asset AND parent_id IS NOT :parent"
        if self._database.run(move, {"parent": parent, "asset": asset_id}):
            self._log.write(asset_id, Event.UPDATE, self.now(), user, changed="parentAssetId", value=parent)

    def _tag(self, asset_id: str, fields: Fields) -> None:
        stored = orjson.loads(self._database.value("SELECT tags FROM asset WHERE asset_id = ?", (asset_id,)))
        tags = asset_tags.changed(stored, fields.objects("tags"))
        if tags != stored:
            columns = {"tags": orjson.dumps(tags).decode(), "xml_data": asset_tags.to_xml(tags)}
            self._database.run(*_update(columns, asset_id))


def _update(columns: dict[str, Any], asset_id: str) -> tuple[str, tuple[Any, ...]]:
    names = ", ".join(f"{name} = ?" for name in columns)
    return f"UPDATE asset SET {names} WHERE asset_id = ?", (*columns.values(), asset_id)  # noqa: S608 - our own names
