"""Yield, computed from the stored test reports.

A unit is a serial number of a part number in one test operation. Its runs are counted by their starts among the
reports that the filter chooses, and it belongs to the group of its first run. It passed in the first pass if its first
run passed, in the second if one of the first two did, and so on, and in the last pass if its last run did. Yields are
percentages.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pywats.sandbox.analytics.wats_filter import Chosen, period_of
from pywats.sandbox.answers import refusal
from pywats.sandbox.times import iso
from pywats.sandbox.world import World

DEFAULT_FILTER = {"topCount": 10, "periodCount": 30, "dateGrouping": 4, "includeCurrentPeriod": True}
"""What an empty filter means: the last thirty days."""
DEFAULT_DIMENSIONS = "unitCount desc;partNumber;testOperation"

_COLUMNS = {
    "partnumber": ("partNumber", "r.part_number"),
    "productname": ("productName", "(SELECT name FROM product AS p WHERE p.part_number = r.part_number)"),
    "stationname": ("stationName", "r.station_name"),
    "location": ("location", "r.location"),
    "purpose": ("purpose", "r.purpose"),
    "revision": ("revision", "r.revision"),
    "testoperation": ("testOperation", "r.process_name"),
    "processcode": ("processCode", "r.process_code"),
    "swfilename": ("swFilename", "r.sw_filename"),
    "swversion": ("swVersion", "r.sw_version"),
    "level": ("level", "NULL"),
    "period": ("period", "r.start"),
    "batchnumber": ("batchNumber", "r.batch_number"),
    "operator": ("operator", "r.user_name"),
    "fixtureid": ("fixtureId", "r.fixture_id"),
    "socketindex": ("socketIndex", "r.test_socket_index"),
    "errorcode": ("errorCode", "r.error_code"),
    "stepcauseduutfailure": ("stepCausedUutFailure", "r.caused_uut_failure"),
    "steppathcauseduutfailure": ("stepPathCausedUutFailure", "r.caused_uut_failure_path"),
    "assetserialnumber": ("assetSerialNumber", "a.serial_number"),
    "miscinfodescription": ("miscInfoDescription", "m.description"),
    "miscinfostring": ("miscInfoString", "m.value"),
}
"""Dimensions: their names and the SQL that reads them."""
_JOINS = {
    "a.": " LEFT JOIN report_asset AS a ON a.time_stamp = r.time_stamp",
    "m.": " LEFT JOIN report_misc AS m ON m.time_stamp = r.time_stamp",
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
_KPIS = {name.lower(): name for name in KPIS}


@dataclass(frozen=True, slots=True)
class Term:
    """One item of the dimensions: a dimension or a KPI, and the direction in which it orders the result."""

    name: str
    sql: str | None
    descending: bool


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
            "testYield": _percent(self.reports_passed, self.reports),
            "retestCount": self.retests,
            "firstUtc": None if self.first is None else iso(self.first),
            "lastUtc": None if self.last is None else iso(self.last),
            "ppmTestYield": _ppm(self.reports_passed, self.reports),
        }
        for name, count in zip(_PASSES, self.passed, strict=True):
            values[f"{name}Count"] = count
            values[f"{name}FailCount"] = self.units - count
            values[f"{name}y"] = _percent(count, self.units)
            values[f"ppm{name.capitalize()}y"] = _ppm(count, self.units)
        return {name: values[name] for name in KPIS}


def terms(dimensions: str) -> list[Term]:
    """Return the items of a ``dimensions`` text, or refuse with 400."""
    found: list[Term] = []
    for item in dimensions.split(";"):
        name, *direction = item.split()[:3] or [""]
        if not name:
            continue
        if [word.lower() for word in direction] not in ([], ["asc"], ["desc"]):
            raise refusal(400, f"The dimension {item.strip()!r} is required to be a name, with asc or desc behind it.")
        descending = [word.lower() for word in direction] == ["desc"]
        if name.lower() in _COLUMNS:
            found.append(Term(*_COLUMNS[name.lower()], descending))
        elif name.lower() in _KPIS:
            found.append(Term(_KPIS[name.lower()], None, descending))
        else:
            known = ", ".join([each for each, _ in _COLUMNS.values()] + list(KPIS))
            raise refusal(400, f"The dimension {name!r} is unknown or not supported; known: {known}.")
    return found


def yields(world: World, chosen: Chosen, items: Sequence[Term], *, all_kpis: bool = False) -> list[dict[str, Any]]:
    """Return a row for each combination of the dimensions' values: these, and the KPIs asked for."""
    dimensions = [item for item in items if item.sql]
    wanted = [item.name for item in items if not item.sql]
    groups = _grouped(_reports(world, chosen, dimensions), dimensions, chosen)
    rows: list[dict[str, Any]] = []
    for key, group in groups.items():
        if group.units < (chosen.min_count or 0):
            continue
        kpis = group.kpis()
        rows.append(dict(zip((each.name for each in dimensions), key, strict=True)) | kpis)
    for item in reversed(items):
        rows.sort(key=lambda row, name=item.name: _order_key(row[name]), reverse=item.descending)  # type: ignore[misc]
    hidden = set(KPIS) - set(wanted) if wanted and not all_kpis else set[str]()
    limit = len(rows) if chosen.top_count is None else max(chosen.top_count, 0)
    return [{name: value for name, value in row.items() if name not in hidden} for row in rows[:limit]]


def _reports(world: World, chosen: Chosen, dimensions: Sequence[Term]) -> list[tuple[Any, ...]]:
    columns = [str(each.sql) for each in dimensions]
    joins = "".join(join for alias, join in _JOINS.items() if any(column.startswith(alias) for column in columns))
    selected = ", ".join(
        ("r.serial_number", "r.part_number", "r.process_code", "r.start", "r.result", "r.time_stamp", *columns)
    )
    limit = "" if chosen.max_count is None else f" LIMIT {max(chosen.max_count, 0)}"
    rest = f"{joins} WHERE {chosen.where} ORDER BY r.start DESC, r.time_stamp DESC{limit}"
    return list(reversed(world.reports.rows(selected, rest, chosen.values)))


def _grouped(
    rows: Iterable[tuple[Any, ...]], dimensions: Sequence[Term], chosen: Chosen
) -> Mapping[tuple[Any, ...], _Group]:
    """Count reports in the groups of their own values, and units in the group of their first run."""
    groups: dict[tuple[Any, ...], _Group] = {}
    units: dict[tuple[Any, ...], tuple[list[tuple[Any, ...]], dict[int, bool]]] = {}
    period = next((index for index, each in enumerate(dimensions) if each.name == "period"), None)
    for row in rows:
        start, passed, time_stamp = row[3], row[4] == "Passed", row[5]
        key = row[6:]
        if period is not None:
            key = (*key[:period], period_of(start, chosen.grouping), *key[period + 1 :])
        groups.setdefault(key, _Group()).add_report(start, passed=passed)
        homes, runs = units.setdefault(row[:3], ([], {}))
        runs[time_stamp] = passed
        if len(runs) == 1 and key not in homes:  # a report with several misc infos has several groups
            homes.append(key)
    for homes, runs in units.values():
        for key in homes:
            groups[key].add_unit(list(runs.values()))
    return groups


def _order_key(value: Any) -> tuple[int, Any]:
    return (0, 0) if value is None else (1, value)


def _percent(count: int, total: int) -> float | None:
    return 100.0 * count / total if total else None


def _ppm(count: int, total: int) -> float | None:
    return 1_000_000.0 * (total - count) / total if total else None
