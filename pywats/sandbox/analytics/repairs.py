"""What was repaired, computed from the stored repair reports: each failure in one is a repair."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from pywats.query.paths import PILCROW
from pywats.sandbox.analytics.dimensions import LEVEL_OF, Keys, arranged, terms
from pywats.sandbox.analytics.wats_filter import Chosen
from pywats.sandbox.report.header import misc_infos, objects, steps
from pywats.sandbox.times import iso
from pywats.sandbox.world import World

DEFAULT_DIMENSIONS = "repairCount desc;repairReportCount desc;partNumber;repairOperation"
KPIS = ("repairReportCount", "repairCount")

_OF_REPAIR = {
    "partNumber": "r.part_number",
    "revision": "r.revision",
    "productName": "(SELECT name FROM product AS p WHERE p.part_number = r.part_number)",
    "productGroup": "r.part_number",
    "repairOperation": "r.process_name",
    "period": "r.start",
    "level": LEVEL_OF.format("r"),
    "stationName": "r.station_name",
    "location": "r.location",
    "purpose": "r.purpose",
    "operator": "r.user_name",
    "testPeriod": "t.start",
    "testLevel": LEVEL_OF.format("t"),
    "testStationName": "t.station_name",
    "testLocation": "t.location",
    "testPurpose": "t.purpose",
    "testOperator": "t.user_name",
    "batchNumber": "t.batch_number",
    "swFilename": "t.sw_filename",
    "swVersion": "t.sw_version",
}
"""Dimensions of the repair and of the test that it refers to, and the SQL that reads their raw values."""
_OF_FAILURE = {
    "repairCode": "code",
    "repairCategory": "category",
    "repairType": "repairType",
    "componentRef": "comRef",
    "componentNumber": "artNumber",
    "componentRevision": "artRev",
    "componentVendor": "artVendor",
    "componentDescription": "artDescription",
    "functionBlock": "funcBlock",
    "referencedStep": "refStepName",
}
"""Dimensions of a failure, and the members that say them."""
_OTHERS = ("unitType", "testOperation", "referencedStepPath", "miscInfoDescription", "miscInfoString")
DIMENSIONS = (*_OF_REPAIR, *_OF_FAILURE, *_OTHERS)


@dataclass(slots=True)
class _Group:
    repairs: int = 0
    reports: set[str] = field(default_factory=set[str])


@dataclass(frozen=True, slots=True)
class Repair:
    """One failure that was repaired."""

    report: Mapping[str, Any]
    unit: Mapping[str, Any]
    failure: Mapping[str, Any]
    columns: Mapping[str, Any]

    @property
    def test_code(self) -> int:
        """The code of the test operation that found it."""
        return int(self.report["uur"]["processCode"])


def dynamic_repair(world: World, chosen: Chosen, dimensions: str, *, all_kpis: bool = False) -> list[dict[str, Any]]:
    """Return a row for each combination of the dimensions' values: these, and the KPIs asked for."""
    items = terms(dimensions, DIMENSIONS, KPIS)
    names = [item.name for item in items if not item.is_kpi]
    keys = Keys(world, chosen.grouping, names)
    groups: dict[tuple[Any, ...], _Group] = {}
    for repair in repairs(world, chosen):
        found = {
            key
            for misc in _misc_infos(repair, names)
            for key in keys.of(tuple(_value(world, repair, misc, name) for name in names))
        }
        for key in found:
            group = groups.setdefault(key, _Group())
            group.repairs += 1
            group.reports.add(repair.columns["uuid"])
    rows = [
        dict(zip(names, key, strict=True)) | {"repairReportCount": len(group.reports), "repairCount": group.repairs}
        for key, group in groups.items()
        if group.repairs >= (chosen.min_count or 0)
    ]
    return arranged(rows, items, chosen, KPIS, all_kpis=all_kpis)


def repair_history(world: World, chosen: Chosen, test_code: int | None) -> list[dict[str, Any]]:
    """Return the repaired failures, the newest first, all or those that a test operation found."""
    return [
        {
            "serialNumber": repair.report["sn"],
            "partNumber": repair.report["pn"],
            "revision": repair.report["rev"],
            "reportId": repair.columns["uuid"],
            "repairDate": iso(repair.columns["start"]),
            "failStepName": repair.failure.get("refStepName"),
            "failStepPath": _step_path(world, repair),
            "failCode": repair.failure["code"],
            "repairCode": repair.failure["code"],
            "cause": repair.failure["category"],
            "action": repair.failure.get("comment"),
        }
        for repair in repairs(world, chosen)
        if test_code in {None, repair.test_code}
    ]


def repairs(world: World, chosen: Chosen) -> Iterator[Repair]:
    """Go through the failures of the repair reports that a filter chooses, the newest report first."""
    names = ("uuid", "start", *_OF_REPAIR)
    selected = ", ".join(("r.uuid", "r.start", *_OF_REPAIR.values(), "b.body"))
    limit = "" if chosen.max_count is None else f" LIMIT {max(chosen.max_count, 0)}"
    rest = (
        "JOIN report_body AS b ON b.time_stamp = r.time_stamp LEFT JOIN report AS t ON t.uuid = r.referenced_uut"
        f" WHERE {chosen.where} ORDER BY r.start DESC, r.time_stamp DESC{limit}"
    )
    for *columns, body in world.reports.rows(selected, rest, chosen.values):
        report = orjson.loads(body)
        for unit in objects(report, "subUnits"):
            for failure in objects(unit, "failures"):
                yield Repair(report, unit, failure, dict(zip(names, columns, strict=True)))


def _misc_infos(repair: Repair, names: list[str]) -> list[tuple[Any, ...]]:
    """The misc infos of the report where they are asked for, and else one that says nothing."""
    asked = "miscInfoDescription" in names or "miscInfoString" in names
    return (misc_infos(repair.report) if asked else []) or [(None, None)]


def _value(world: World, repair: Repair, misc: tuple[Any, ...], name: str) -> Any:
    if name in _OF_REPAIR:
        return repair.columns[name]
    if name in _OF_FAILURE:
        return repair.failure.get(_OF_FAILURE[name])
    if name == "unitType":
        return repair.unit.get("partType")
    if name == "testOperation":
        process = world.processes.get(repair.test_code)
        return process.name if process else None
    return _step_path(world, repair) if name == "referencedStepPath" else misc[name == "miscInfoString"]


def _step_path(world: World, repair: Repair) -> str | None:
    """The path of the step that a failure refers to, from the test report, if that is there."""
    step_id, uuid = repair.failure.get("refStepId"), repair.report["uur"].get("refUUT")
    found = world.reports.get(uuid.lower()) if step_id is not None and uuid else None
    if found is None:
        return None
    for step, above in steps(found[0]["root"]):
        if step.get("id") == step_id:
            return PILCROW.join(str(each.get("name")) for each in (*above, step))
    return None
