"""Yield, computed from the stored test reports.

A unit is a serial number of a part number in one test operation. Its runs are counted by their starts among the
reports that the filter chooses, and it belongs to the group of its first run. It passed in the first pass if its first
run passed, in the second if one of the first two did, and so on, and in the last pass if its last run did. Yields are
percentages.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pywats.sandbox.analytics.dimensions import LEVEL_OF, Keys, arranged, terms
from pywats.sandbox.analytics.wats_filter import Chosen
from pywats.sandbox.times import iso
from pywats.sandbox.world import World

_COLUMNS = {
    "partNumber": "r.part_number",
    "productName": "(SELECT name FROM product AS p WHERE p.part_number = r.part_number)",
    "productGroup": "r.part_number",
    "stationName": "r.station_name",
    "location": "r.location",
    "purpose": "r.purpose",
    "revision": "r.revision",
    "testOperation": "r.process_name",
    "processCode": "r.process_code",
    "swFilename": "r.sw_filename",
    "swVersion": "r.sw_version",
    "level": LEVEL_OF.format("r"),
    "period": "r.start",
    "batchNumber": "r.batch_number",
    "operator": "r.user_name",
    "fixtureId": "r.fixture_id",
    "socketIndex": "r.test_socket_index",
    "errorCode": "r.error_code",
    "stepCausedUutFailure": "r.caused_uut_failure",
    "stepPathCausedUutFailure": "r.caused_uut_failure_path",
    "assetSerialNumber": "ra.serial_number",
    "assetName": "(SELECT name FROM asset AS x WHERE x.serial_number = ra.serial_number)",
    "miscInfoDescription": "rm.description",
    "miscInfoString": "rm.value",
}
"""Dimensions, and the SQL that reads their raw values."""
_JOINS = {
    "ra.": " LEFT JOIN report_asset AS ra ON ra.time_stamp = r.time_stamp",
    "rm.": " LEFT JOIN report_misc AS rm ON rm.time_stamp = r.time_stamp",
}
_PASSES = ("fp", "sp", "tp", "lp")
KPIS = (
    "unitCount",
    *(f"{each}Count" for each in _PASSES),
    *(f"{each}y" for each in _PASSES),
    "testReportCount",
    "testYieldCount",
    "testYield",
    *(f"{each}FailCount" for each in _PASSES),
    "retestCount",
    "firstUtc",
    "lastUtc",
    *(f"ppm{each.capitalize()}y" for each in _PASSES),
    "ppmTestYield",
)
"""What can be counted."""


@dataclass(slots=True)
class _Group:
    """What is counted for one combination of the dimensions' values."""

    units: int = 0
    passed: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    retests: int = 0
    reports: int = 0
    reports_passed: int = 0
    first: int | None = None
    last: int | None = None

    def add_unit(self, runs: Sequence[bool]) -> None:
        self.units += 1
        self.retests += len(runs) - 1
        for index, hit in enumerate((any(runs[:1]), any(runs[:2]), any(runs[:3]), runs[-1])):
            self.passed[index] += hit

    def add_report(self, start: int, *, passed: bool) -> None:
        self.reports += 1
        self.reports_passed += passed
        self.first = start if self.first is None else min(self.first, start)
        self.last = start if self.last is None else max(self.last, start)

    def kpis(self) -> dict[str, Any]:
        values: dict[str, Any] = {
            "unitCount": self.units,
            "testReportCount": self.reports,
            "testYieldCount": self.reports_passed,
            "testYield": percent(self.reports_passed, self.reports),
            "retestCount": self.retests,
            "firstUtc": None if self.first is None else iso(self.first),
            "lastUtc": None if self.last is None else iso(self.last),
            "ppmTestYield": _ppm(self.reports_passed, self.reports),
        }
        for name, count in zip(_PASSES, self.passed, strict=True):
            values[f"{name}Count"] = count
            values[f"{name}FailCount"] = self.units - count
            values[f"{name}y"] = percent(count, self.units)
            values[f"ppm{name.capitalize()}y"] = _ppm(count, self.units)
        return {name: values[name] for name in KPIS}


def yields(
    world: World, chosen: Chosen, dimensions: str, *, all_kpis: bool = False, least_units: int = 0
) -> list[dict[str, Any]]:
    """Return a row for each combination of the dimensions' values: these, and the KPIs asked for."""
    items = terms(dimensions, _COLUMNS, KPIS)
    names = [item.name for item in items if not item.is_kpi]
    least = max(chosen.min_count or 0, least_units)
    rows = [
        dict(zip(names, key, strict=True)) | group.kpis()
        for key, group in _grouped(world, chosen, names).items()
        if group.units >= least
    ]
    return arranged(rows, items, chosen, KPIS, all_kpis=all_kpis)


def _grouped(world: World, chosen: Chosen, names: Sequence[str]) -> Mapping[tuple[Any, ...], _Group]:
    """Count reports in the groups of their own values, and units in the groups of their first run."""
    groups: dict[tuple[Any, ...], _Group] = {}
    units: dict[tuple[Any, ...], tuple[list[tuple[Any, ...]], dict[int, bool]]] = {}
    keys = Keys(world, chosen.grouping, names)
    for row in _reports(world, chosen, names):
        start, passed, time_stamp = row[3], row[4] == "Passed", row[5]
        homes, runs = units.setdefault(row[:3], ([], {}))
        runs[time_stamp] = passed
        for key in keys.of(row[6:]):
            groups.setdefault(key, _Group()).add_report(start, passed=passed)
            if len(runs) == 1 and key not in homes:  # a report with several misc infos has several groups
                homes.append(key)
    for homes, runs in units.values():
        for key in homes:
            groups[key].add_unit(list(runs.values()))
    return groups


def _reports(world: World, chosen: Chosen, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """The rows of the reports, the oldest first."""
    columns = [_COLUMNS[name] for name in names]
    joins = "".join(join for alias, join in _JOINS.items() if any(alias in column for column in columns))
    selected = ", ".join(
        ("r.serial_number", "r.part_number", "r.process_code", "r.start", "r.result", "r.time_stamp", *columns)
    )
    limit = "" if chosen.max_count is None else f" LIMIT {max(chosen.max_count, 0)}"
    rest = f"{joins} WHERE {chosen.where} ORDER BY r.start DESC, r.time_stamp DESC{limit}"
    yield from reversed(world.reports.rows(selected, rest, chosen.values))


def percent(count: int, total: int) -> float | None:
    """Return a share as a percentage, ``None`` of nothing."""
    return 100.0 * count / total if total else None


def _ppm(count: int, total: int) -> float | None:
    return 1_000_000.0 * (total - count) / total if total else None
