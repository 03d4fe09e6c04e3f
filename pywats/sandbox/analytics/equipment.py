"""How equipment is used: the times of tests and of the pauses before them, and overall equipment effectiveness.

The connection time of a test is the pause since the tests before it on the same station and socket ended.
Effectiveness is availability times performance times quality (S. Nakajima, *Introduction to TPM*): availability is the
time spent testing by the time available, performance the least time that so many tests need by the time spent, quality
the share that passed. The least time of one test is the time available by the target output, or without a target the
shortest test that passed.
"""

import re
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pywats.sandbox.analytics.wats_filter import Chosen, period_of
from pywats.sandbox.analytics.yields import percent
from pywats.sandbox.answers import refusal
from pywats.sandbox.routing import Request
from pywats.sandbox.times import TICKS, iso
from pywats.sandbox.world import World

DEFAULT_REPORTS = 1000

_SPAN = re.compile(r"(?a:(?:(\d{1,7})\.)?([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?)")
_PAUSES = (
    "JOIN (SELECT time_stamp, (start - max(stopped) OVER (PARTITION BY station_name, test_socket_index"  # noqa: S608
    f" ORDER BY start, time_stamp ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) / {TICKS}.0 AS pause"
    " FROM (SELECT time_stamp, station_name, test_socket_index, start,"
    f" start + coalesce(execution_time, 0) * {TICKS} AS stopped FROM report WHERE type = 'T')) AS g"
    " ON g.time_stamp = r.time_stamp"
)
_COLUMNS = {
    "id": "r.uuid",
    "serialNumber": "r.serial_number",
    "partNumber": "r.part_number",
    "productName": "(SELECT name FROM product AS p WHERE p.part_number = r.part_number)",
    "revision": "r.revision",
    "testOperation": "r.process_name",
    "swFilename": "r.sw_filename",
    "swVersion": "r.sw_version",
    "status": "r.result",
    "stationName": "r.station_name",
    "location": "r.location",
    "purpose": "r.purpose",
    "socketIndex": "r.test_socket_index",
    "operator": "r.user_name",
    "stepCausedUutFailure": "r.caused_uut_failure",
    "stepPathCausedUutFailure": "r.caused_uut_failure_path",
}
_SUMMED_UP_BY = ("stationName", "partNumber", "testOperation", "operator")
_TIMES = ("connectionTime", "executionTime", "connectionAndExecutionTime")
_FIGURES: dict[str, Callable[[Sequence[float]], float]] = {
    "min": min,
    "max": max,
    "avg": statistics.fmean,
    "median": statistics.median,
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Tests with times beyond these, in seconds, do not count."""

    connection: tuple[int | None, int | None]
    execution: tuple[int | None, int | None]

    @classmethod
    def of(cls, request: Request) -> "Bounds":
        """Read them from a query."""
        number = request.number
        return cls(
            (number("minConnectionTime"), number("maxConnectionTime")),
            (number("minExecutionTime"), number("maxExecutionTime")),
        )

    def sql(self) -> str:
        """Return them as a condition."""
        terms = [
            f"{column} {sign} {limit}"
            for column, pair in (("g.pause", self.connection), ("r.execution_time", self.execution))
            for sign, limit in zip((">=", "<="), pair, strict=True)
            if limit is not None
        ]
        return " AND ".join(["1", *terms])


def execution_times(world: World, chosen: Chosen, bounds: Bounds) -> dict[str, Any]:
    """Return the times of the newest tests, one by one and summed up."""
    limit = DEFAULT_REPORTS if chosen.top_count is None else max(chosen.top_count, 0)
    selected = ", ".join((*_COLUMNS.values(), "r.start", "g.pause", "r.execution_time"))
    rest = f"{_PAUSES} WHERE {chosen.where} AND {bounds.sql()} ORDER BY r.start DESC, r.time_stamp DESC LIMIT {limit}"
    reports: list[dict[str, Any]] = []
    for *columns, start, gap, time in world.reports.rows(selected, rest, chosen.values):
        row = dict(zip(_COLUMNS, columns, strict=True))
        row |= {"startUtc": iso(start), "endUtc": iso(start + round((time or 0) * TICKS))}
        row |= {"period": period_of(start, chosen.grouping)}
        pause = None if gap is None else max(gap, 0.0)
        both = None if pause is None and time is None else (pause or 0) + (time or 0)
        reports.append(row | dict(zip(_TIMES, (pause, time, both), strict=True)))
    return {
        **_summed_up(reports),
        "reports": reports,
        "dimensionStatistics": [{"dimension": name, "statistics": _by(name, reports)} for name in _SUMMED_UP_BY],
    }


def _by(name: str, reports: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    groups: dict[Any, list[dict[str, Any]]] = {}
    for report in reports:
        groups.setdefault(report[name], []).append(report)
    return [{"category": category, **_summed_up(of)} for category, of in groups.items()]


def _summed_up(reports: Sequence[dict[str, Any]]) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for time in _TIMES:
        values = [report[time] for report in reports if report[time] is not None]
        for name, figure in _FIGURES.items():
            found[f"{name}{time[0].upper()}{time[1:]}"] = figure(values) if values else None
    return found


def effectiveness(world: World, chosen: Chosen, bounds: Bounds, available: float, target: int | None) -> dict[str, Any]:
    """Return overall equipment effectiveness and its factors as percentages, and times in seconds."""
    selected = (
        "count(*), coalesce(sum(r.result = 'Passed'), 0), coalesce(sum(r.execution_time), 0.0),"
        " min(CASE WHEN r.result = 'Passed' THEN r.execution_time END)"
    )
    rest = f"{_PAUSES} WHERE {chosen.where} AND {bounds.sql()}"
    ((total, good, spent, shortest),) = world.reports.rows(selected, rest, chosen.values)
    ideal = available / target if target else shortest
    availability = spent / available
    performance = ideal * total / spent if spent and ideal is not None else None
    quality = good / total if total else None
    oee = None if performance is None or quality is None else 100 * availability * performance * quality
    return {
        "oee": oee,
        "availability": 100 * availability,
        "performance": None if performance is None else 100 * performance,
        "quality": percent(good, total),
        "totalTime": available,
        "plannedProductionTime": available,
        "runTime": spent,
        "downTime": max(available - spent, 0.0),
        "totalCount": total,
        "goodCount": good,
        "rejectCount": total - good,
        "idealCycleTime": ideal,
        "actualCycleTime": spent / total if total else None,
    }


def span(text: str) -> float:
    """Return the seconds of a span of time, ``[days.]hours:minutes[:seconds]``, or refuse with 400."""
    found = _SPAN.fullmatch(text.strip())
    days, hours, minutes, seconds = (int(each or 0) for each in found.groups()) if found else (0, 0, 0, 0)
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds()
    if not length:
        raise refusal(400, "availableTime is required to be a span of time, such as 08:00:00 or 1.12:00:00.")
    return length
