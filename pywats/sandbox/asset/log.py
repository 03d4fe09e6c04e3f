"""The log of assets: what happened to them."""

from enum import IntEnum

from pywats.sandbox.odata_sql import Entity, Property, by_name
from pywats.sandbox.store import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS asset_log (
    log_id INTEGER PRIMARY KEY AUTOINCREMENT,
    asset_id TEXT NOT NULL REFERENCES asset ON DELETE CASCADE,
    date INTEGER NOT NULL,
    user TEXT,
    type INTEGER NOT NULL,
    property TEXT,
    value TEXT,
    comment TEXT
);
CREATE INDEX IF NOT EXISTS asset_log_by_asset ON asset_log (asset_id);
CREATE INDEX IF NOT EXISTS asset_log_by_date ON asset_log (date);
"""

LOG = Entity(
    "AssetLog",
    by_name(
        Property("logId", "l.log_id", "whole"),
        Property("assetId", "l.asset_id"),
        Property("serialNumber", "a.serial_number"),
        Property("date", "l.date", "instant"),
        Property("user", "l.user"),
        Property("type", "l.type", "whole"),
        Property("property", "l.property"),
        Property("value", "l.value"),
        Property("comment", "l.comment"),
    ),
)
"""What a query of the log may name."""
SOURCE = "FROM asset_log AS l JOIN asset AS a ON a.asset_id = l.asset_id"


class Event(IntEnum):
    """What an entry is about."""

    MESSAGE = 0
    REGISTER = 1
    UPDATE = 2
    RESET_COUNT = 3
    CALIBRATION = 4
    MAINTENANCE = 5
    STATE_CHANGE = 6


class AssetLog:
    """The log in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(
        self,
        asset_id: str,
        event: Event,
        date: int,
        user: str,
        *,
        changed: str | None = None,
        value: object = None,
        comment: str | None = None,
    ) -> None:
        """Add an entry: who did it, and of a change which property has what value now."""
        self._database.insert(
            "INSERT INTO asset_log (asset_id, date, user, type, property, value, comment) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (asset_id, date, user, int(event), changed, None if value is None else str(value), comment),
        )
