"""The header of a report: what of it is kept in columns, to be filtered, ordered and shown in lists."""

from collections.abc import Iterator, Mapping
from pathlib import PureWindowsPath
from typing import Any

from pywats.sandbox.fields import guid, is_array, is_object
from pywats.sandbox.odata_sql import Collection, Entity, Property, by_name
from pywats.sandbox.times import ticks

SCHEMA = """
CREATE TABLE IF NOT EXISTS report (
    time_stamp INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    serial_number TEXT NOT NULL,
    part_number TEXT NOT NULL,
    process_code INTEGER NOT NULL,
    start INTEGER NOT NULL,
    revision TEXT,
    result TEXT NOT NULL,
    batch_number TEXT,
    user_name TEXT,
    station_name TEXT,
    location TEXT,
    purpose TEXT,
    process_name TEXT,
    comment TEXT,
    execution_time REAL,
    sw_filename TEXT,
    sw_version TEXT,
    test_socket_index INTEGER,
    fixture_id TEXT,
    error_code INTEGER,
    error_message TEXT,
    receive_count INTEGER NOT NULL,
    report_size INTEGER NOT NULL,
    caused_uut_failure TEXT,
    caused_uut_failure_path TEXT,
    referenced_uut TEXT,
    run INTEGER,
    passed_in_run INTEGER
);
CREATE INDEX IF NOT EXISTS report_by_start ON report (start, time_stamp);
CREATE INDEX IF NOT EXISTS report_by_type ON report (type, start, time_stamp);
CREATE INDEX IF NOT EXISTS report_by_unit ON report (serial_number, part_number, process_code, start);
CREATE INDEX IF NOT EXISTS report_by_part ON report (part_number, start);
CREATE INDEX IF NOT EXISTS report_by_reference ON report (referenced_uut) WHERE referenced_uut IS NOT NULL;
CREATE TABLE IF NOT EXISTS report_unit (
    time_stamp INTEGER NOT NULL REFERENCES report ON DELETE CASCADE,
    part_type TEXT,
    serial_number TEXT,
    part_number TEXT,
    revision TEXT
);
CREATE INDEX IF NOT EXISTS report_unit_by_report ON report_unit (time_stamp);
CREATE TABLE IF NOT EXISTS report_misc (
    time_stamp INTEGER NOT NULL REFERENCES report ON DELETE CASCADE,
    description TEXT,
    value TEXT
);
CREATE INDEX IF NOT EXISTS report_misc_by_report ON report_misc (time_stamp);
CREATE INDEX IF NOT EXISTS report_misc_by_value ON report_misc (description, value);
CREATE TABLE IF NOT EXISTS report_asset (
    time_stamp INTEGER NOT NULL REFERENCES report ON DELETE CASCADE,
    serial_number TEXT,
    running_count INTEGER,
    running_count_exceeded INTEGER,
    total_count INTEGER,
    total_count_exceeded INTEGER,
    days_since_maintenance REAL,
    maintenance_days_overdue REAL,
    days_since_calibration REAL,
    calibration_days_overdue REAL,
    message TEXT
);
CREATE INDEX IF NOT EXISTS report_asset_by_report ON report_asset (time_stamp);
CREATE TABLE IF NOT EXISTS report_attachment (
    time_stamp INTEGER NOT NULL REFERENCES report ON DELETE CASCADE,
    id TEXT,
    step_id INTEGER,
    filename TEXT
);
CREATE INDEX IF NOT EXISTS report_attachment_by_report ON report_attachment (time_stamp);
"""

RESULTS = {"P": "Passed", "F": "Failed", "E": "Error", "T": "Terminated"}
"""The words for results, as lists and filters use them."""

PROPERTIES = (
    Property("uuid", "r.uuid", "guid"),
    Property("serialNumber", "r.serial_number"),
    Property("partNumber", "r.part_number"),
    Property("reportType", "r.type"),
    Property("start", "r.start", "instant"),
    Property("revision", "r.revision"),
    Property("result", "r.result"),
    Property("batchNumber", "r.batch_number"),
    Property("userName", "r.user_name"),
    Property("stationName", "r.station_name"),
    Property("location", "r.location"),
    Property("purpose", "r.purpose"),
    Property("measuresDeleted", "0", "flag"),
    Property("timeStamp", "r.time_stamp", "whole"),
    Property("processCode", "r.process_code", "whole"),
    Property("processName", "r.process_name"),
    Property("comment", "r.comment"),
    Property("executionTime", "r.execution_time", "number"),
    Property("swFilename", "r.sw_filename"),
    Property("swVersion", "r.sw_version"),
    Property("testSocketIndex", "r.test_socket_index", "whole"),
    Property("fixtureId", "r.fixture_id"),
    Property("errorCode", "r.error_code", "whole"),
    Property("errorMessage", "r.error_message"),
    Property("run", "r.run", "whole"),
    Property("receiveCount", "r.receive_count", "whole"),
    Property("reportSize", "r.report_size", "whole"),
    Property("causedUutFailure", "r.caused_uut_failure"),
    Property("causedUutFailurePath", "r.caused_uut_failure_path"),
    Property("passedInRun", "r.passed_in_run", "whole"),
    Property("referencedUut", "r.referenced_uut", "guid"),
)

_UNITS = (Property("serialNumber", "e.serial_number"), Property("partNumber", "e.part_number"))
_REVISION = Property("revision", "e.revision")
_MISC = by_name(Property("description", "e.description"), Property("value", "e.value"))

ASSET_FIGURES = (
    Property("serialNumber", "e.serial_number"),
    Property("runningCount", "e.running_count", "whole"),
    Property("runningCountExceeded", "e.running_count_exceeded", "whole"),
    Property("totalCount", "e.total_count", "whole"),
    Property("totalCountExceeded", "e.total_count_exceeded", "whole"),
    Property("daysSinceMaintenance", "e.days_since_maintenance", "number"),
    Property("maintenanceDaysOverdue", "e.maintenance_days_overdue", "number"),
    Property("daysSinceCalibration", "e.days_since_calibration", "number"),
    Property("calibrationDaysOverdue", "e.calibration_days_overdue", "number"),
)
"""What is kept of an asset that a report names, as it was when the report was processed."""


def _rows_of(table: str, report_type: str) -> str:
    return f"FROM {table} AS e WHERE e.time_stamp = r.time_stamp AND r.type = '{report_type}'"


COLLECTIONS = (
    Collection(
        "subUnits", _rows_of("report_unit", "T"), by_name(Property("partType", "e.part_type"), *_UNITS, _REVISION)
    ),
    Collection("miscInfo", _rows_of("report_misc", "T"), _MISC),
    Collection("assets", _rows_of("report_asset", "T"), by_name(*ASSET_FIGURES)),
    Collection(
        "attachments",
        _rows_of("report_attachment", "T"),
        by_name(Property("stepId", "e.step_id", "whole"), Property("filename", "e.filename")),
    ),
    Collection("uurSubUnits", _rows_of("report_unit", "R"), by_name(*_UNITS, _REVISION)),
    Collection("uurMiscInfo", _rows_of("report_misc", "R"), _MISC),
    Collection(
        "uurAttachments",
        _rows_of("report_attachment", "R"),
        by_name(Property("id", "e.id", "guid"), Property("filename", "e.filename")),
    ),
)

HEADER = Entity("ReportHeader", by_name(*PROPERTIES), {each.name.lower(): each for each in COLLECTIONS})
"""What a query of headers may name."""


def columns(report: Mapping[str, Any], process_name: str | None) -> dict[str, Any]:
    """Return the column values of a report that passed validation."""
    test = report["type"] == "T"
    more: dict[str, Any] = report["uut" if test else "uur"]
    uut = more if test else {}
    software: dict[str, Any] = report["root"]["seqCall"] if test else {}
    path = _failed_path(report["root"]) if test else []
    return {
        "uuid": guid(report["id"]),
        "type": report["type"],
        "serial_number": report["sn"],
        "part_number": report["pn"],
        "process_code": int(report["processCode"]),
        "start": ticks(report["start"]),
        "revision": report["rev"],
        "result": RESULTS[report["result"]],
        "batch_number": uut.get("batchSN"),
        "user_name": more.get("user"),
        "station_name": report["machineName"],
        "location": report["location"],
        "purpose": report["purpose"],
        "process_name": process_name,
        "comment": more.get("comment"),
        "execution_time": more.get("execTime"),
        "sw_filename": _filename(software),
        "sw_version": software.get("version"),
        "test_socket_index": uut.get("testSocketIndex"),
        "fixture_id": uut.get("fixtureId"),
        "error_code": uut.get("errorCode"),
        "error_message": uut.get("errorMessage"),
        "caused_uut_failure": path[-1] if path else None,
        "caused_uut_failure_path": "/".join(path) or None,
        "referenced_uut": None if test else guid(more.get("refUUT")),
    }


def units(report: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return the rows of the sub units."""
    return [tuple(unit.get(name) for name in ("partType", "sn", "pn", "rev")) for unit in objects(report, "subUnits")]


def misc_infos(report: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return the rows of the misc infos; numbers become text."""
    infos = objects(report, "miscInfos")
    return [(info["description"], str(info["numeric"]) if info.get("text") is None else info["text"]) for info in infos]


def assets(report: Mapping[str, Any], figures: Mapping[str, Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """Return the rows of the assets, with the figures of those that the server knows, by serial number."""
    names = [*(each.name for each in ASSET_FIGURES[1:]), "message"]
    used = [asset["assetSN"] for asset in objects(report, "assets")]
    return [(number, *(figures.get(number, {}).get(name) for name in names)) for number in used]


def attachments(report: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return the rows of the attachments: of steps by their ids, of a repair by the attachments' own."""
    if report["type"] == "T":
        found = [(step.get("id"), step.get("attachment")) for step, _ in steps(report["root"]) if step["status"] != "S"]
        return [(None, step_id, each["name"]) for step_id, each in found if is_object(each)]
    loose = objects(report, "binaryData")
    for unit in objects(report, "subUnits"):
        for failure in objects(unit, "failures"):
            loose += objects(failure, "attachments")
    return [(guid(each.get("id")), None, each.get("name")) for each in loose]


def steps(root: dict[str, Any]) -> Iterator[tuple[dict[str, Any], tuple[Any, ...]]]:
    """Go through a tree of steps, each before those below it, with the chain of steps above it.

    What is below a skipped step is not there: the server ignores it, and nobody has checked it.
    """
    waiting: list[tuple[dict[str, Any], tuple[Any, ...]]] = [(root, ())]
    while waiting:
        step, above = waiting.pop()
        yield step, above
        children = step.get("steps")
        if children and step["status"] != "S":
            chain = (*above, step)
            waiting += [(child, chain) for child in reversed(children)]


def caused_failure(root: dict[str, Any]) -> tuple[dict[str, Any], tuple[Any, ...]] | None:
    """Return the first of the deepest steps that say they caused the failure, with those above it, or ``None``."""
    found: tuple[dict[str, Any], tuple[Any, ...]] | None = None
    for step, above in steps(root):
        if step.get("causedUUTFailure") is True and (found is None or any(each is found[0] for each in above)):
            found = (step, above)
    return found


def _failed_path(root: dict[str, Any]) -> list[str]:
    found = caused_failure(root)
    return [] if found is None else [str(step.get("name")) for step in (*found[1], found[0])]


def _filename(software: Mapping[str, Any]) -> str | None:
    path, name = software.get("path"), software.get("name")
    return (PureWindowsPath(path).name if isinstance(path, str) else None) or name


def objects(value: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the objects in an array member; none when it is null, absent or no array."""
    found = value.get(name)
    return [each for each in found if is_object(each)] if is_array(found) else []
