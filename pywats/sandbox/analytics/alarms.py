"""Alarms and notifications that went off.

The sandbox has no triggers of its own: a test gives the logs by ``Sandbox.seed``.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from pywats.sandbox.answers import refusal
from pywats.sandbox.fields import Fields
from pywats.sandbox.store import Database
from pywats.sandbox.times import iso, ticks

SCHEMA = """
CREATE TABLE IF NOT EXISTS alarm_log (
    log_id INTEGER PRIMARY KEY AUTOINCREMENT,
    log_date INTEGER NOT NULL,
    type INTEGER NOT NULL,
    part_number TEXT,
    station_name TEXT,
    log TEXT NOT NULL
);
"""
TYPES = range(1, 6)
"""What an alarm can watch: a report, yield and volume, serial numbers, a measurement, an asset."""


class Alarms:
    """The logs in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, log: Mapping[str, Any], now: int) -> None:
        """Add a log; it has the time ``now`` unless it says its own."""
        fields = Fields(log)
        kind, date = fields.whole("type"), fields.text("logDate")
        if kind not in TYPES:
            raise refusal(400, f"type is required to be between {TYPES[0]} and {TYPES[-1]}.")
        when = now if date is None else ticks(date)
        insert = "INSERT INTO alarm_log (log_date, type, part_number, station_name, log) VALUES (?, ?, ?, ?, ?)"
        values = (when, kind, fields.text("partNumber"), fields.text("stationName"), orjson.dumps(log).decode())
        self._database.insert(insert, values)

    def logs(self, where: str, values: tuple[Any, ...], limit: int) -> list[dict[str, Any]]:
        """Return the logs that a condition on ``alarm_log AS r`` chooses, the newest first."""
        select = f"SELECT log_id, log_date, log FROM alarm_log AS r WHERE {where} ORDER BY log_date DESC LIMIT ?"  # noqa: S608 - our own names
        rows = self._database.rows(select, (*values, limit))
        return [{**orjson.loads(log), "logId": log_id, "logDate": iso(date)} for log_id, date, log in rows]
