"""The shop floor of the demonstration: its stations, its assets, and what people are looking into."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pywats.sandbox.store import USER
from pywats.sandbox.times import instant, iso
from pywats.sandbox.world import World

STATIONS = (("STATION-01", "Oslo"), ("STATION-02", "Oslo"), ("STATION-03", "Drammen"))
"""Names and places of the stations."""
FIXTURES = {"STATION-01": "FIX-01", "STATION-02": "FIX-02", "STATION-03": "FIX-03"}
"""The fixture of each station, by its serial number."""

_TYPES: tuple[dict[str, Any], ...] = (
    {"typeName": "Test fixture", "runningCountLimit": 1000, "maintenanceInterval": 60, "warningThreshold": 80},
    {"typeName": "Multimeter", "calibrationInterval": 365, "warningThreshold": 95},
)
_ASSETS = (
    # serial number, name, type, days since the last calibration, days since the last maintenance, uses before
    ("FIX-01", "Fixture of station 1", "Test fixture", None, 20, 520),
    ("FIX-02", "Fixture of station 2", "Test fixture", None, 55, 100),
    ("FIX-03", "Fixture of station 3", "Test fixture", None, 70, 40),
    ("DMM-01", "Multimeter of station 1", "Multimeter", 100, None, 0),
    ("DMM-02", "Multimeter of station 2", "Multimeter", 358, None, 0),
    ("DMM-03", "Multimeter of station 3", "Multimeter", 369, None, 0),
)
"""One of each is in order, one is due soon, and one is overdue."""


def seed_stations(world: World) -> None:
    """Register the stations as clients, each at the level of its place."""
    for name, location in STATIONS:
        level_id = world.levels.make(["Norway", location])
        world.clients.register(name, "python", name, location, "Production")
        world.clients.ping(name)
        client = world.clients.find(name, None) or {}
        world.clients.change({"clientId": client["clientId"], "clientGroupId": level_id})
        world.clients.tell(name, {"version": "1.0", "status": "Online", "pendingTotal": 0})


def seed_assets(world: World, today: datetime) -> None:
    """Store fixtures and instruments, some of them near or past their next calibration or maintenance."""

    def ago(days: int) -> str:
        return iso(instant(today - timedelta(days=days)))

    types = {each["typeName"]: world.asset_types.save(each)["typeId"] for each in _TYPES}
    places = dict(STATIONS)
    for serial_number, name, kind, calibrated, maintained, uses in _ASSETS:
        values: dict[str, Any] = {
            "serialNumber": serial_number,
            "assetName": name,
            "typeId": types[kind],
            "location": places[f"STATION-{serial_number[-2:]}"],
            "state": 1,
            "firstSeenDate": ago(400),
            "runningCount": uses,
            "totalCount": uses,
        }
        if calibrated is not None:
            values["lastCalibrationDate"] = ago(calibrated)
        if maintained is not None:
            values["lastMaintenanceDate"] = ago(maintained)
        world.assets.save(values, USER)


def seed_tickets(world: World, reports: Sequence[dict[str, Any]]) -> None:
    """Open a ticket about the latest failed runs of two products, and one that is solved about an earlier one."""
    failed = [report for report in reports if report["result"] == "F"]
    for part_number, status in (("CTRL-BOARD", 1), ("WIDGET-002", 2), ("PSU-24V", 8)):
        report = next((each for each in reversed(failed) if each["pn"] == part_number), None)
        if report is None:
            continue
        ticket = world.tickets.add(
            {
                "subject": f"{part_number} fails in {report['processName']}",
                "priority": 2 if status == 1 else 1,
                "reportUuid": report["id"],
                "team": "Test engineering",
                "update": {"updateType": 0, "content": f"Unit {report['sn']} failed at {report['machineName']}."},
            }
        )
        if status != 1:
            world.tickets.change(
                {
                    "ticketId": ticket["ticketId"],
                    "status": status,
                    "assignee": USER,
                    "progress": "Limits compared with those of the last revision.",
                }
            )
