"""How units flow through operations, computed from the stored test reports.

A node is an operation, told apart by one more dimension if that is asked for. Runs of a unit in one node, one after the
other, are one visit; two visits in a row are a link. A unit passed in a node if its last run there did. Times are in
seconds: of a node the mean time that its runs took, of a link the mean time from the end of a visit to the next.
"""

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson

from pywats.sandbox.analytics.wats_filter import Chosen, chosen
from pywats.sandbox.analytics.yields import percent
from pywats.sandbox.answers import refusal
from pywats.sandbox.fields import Fields, is_array
from pywats.sandbox.times import TICKS, iso
from pywats.sandbox.world import World

SPLITS = {
    "partNumber": "r.part_number",
    "revision": "r.revision",
    "stationName": "r.station_name",
    "location": "r.location",
    "purpose": "r.purpose",
    "operator": "r.user_name",
    "batchNumber": "r.batch_number",
    "fixtureId": "r.fixture_id",
    "socketIndex": "r.test_socket_index",
    "swFilename": "r.sw_filename",
    "swVersion": "r.sw_version",
}
"""What operations can be told apart by."""
_PLACES = {"location": "r.location", "purpose": "r.purpose"}
_LETTERS = {"Passed": "P", "Failed": "F", "Error": "E", "Terminated": "T"}

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class _Run:
    """One test run."""

    serial_number: str
    part_number: str
    revision: str
    code: int
    operation: str
    station_name: str
    start: int
    time: float
    result: str
    number: int
    split: Any

    @property
    def node(self) -> str:
        return str(self.code) if self.split is None else f"{self.code}/{self.split}"

    @property
    def name(self) -> str:
        return self.operation if self.split is None else f"{self.operation} / {self.split}"

    @property
    def end(self) -> int:
        return self.start + round(self.time * TICKS)


@dataclass(slots=True)
class _Visit:
    """The runs of a unit in one node, one after the other."""

    runs: list[_Run]

    @property
    def last(self) -> _Run:
        return self.runs[-1]


@dataclass(slots=True)
class _Unit:
    """A unit and its way."""

    visits: list[_Visit] = field(default_factory=list[_Visit])

    def add(self, run: _Run) -> None:
        if self.visits and self.visits[-1].last.node == run.node:
            self.visits[-1].runs.append(run)
        else:
            self.visits.append(_Visit([run]))

    @property
    def runs(self) -> list[_Run]:
        return [run for visit in self.visits for run in visit.runs]

    @property
    def last(self) -> _Run:
        return self.visits[-1].last


class Flow:
    """The flow of the units that a filter chooses."""

    def __init__(self, world: World, values: Mapping[str, Any]) -> None:
        self._fields = Fields(values)
        units: dict[tuple[str, str], _Unit] = {}
        for run in self._runs(world, values):
            units.setdefault((run.serial_number, run.part_number), _Unit()).add(run)
        passed, failed = (self._fields.flag(name) is not False for name in ("includePassed", "includeFailed"))
        self._units = [unit for unit in units.values() if (passed if unit.last.result == "Passed" else failed)]
        self._shown, self._hidden = (_names(self._fields, name) for name in ("showList", "hideList"))
        self._expanded = self._fields.flag("expandOperations") or False

    def _runs(self, world: World, values: Mapping[str, Any]) -> Iterable[_Run]:
        fields = self._fields
        choice: Chosen = chosen(world, values)
        terms, bound = [choice.where], list(choice.values)
        for name, column in _PLACES.items():
            if (value := fields.text(name)) is not None:
                terms.append(f"{column} = ?")
                bound.append(value)
        for name, column in (("serialNumbers", "r.serial_number"), ("processCodes", "r.process_code")):
            if (wanted := fields.get(name)) is not None:
                terms.append(f"{column} IN (SELECT value FROM json_each(?))")  # noqa: S608 - our own names
                bound.append(orjson.dumps(wanted if is_array(wanted) else [wanted]).decode())
        split = fields.text("splitBy")
        if split is not None and split.lower() not in {name.lower() for name in SPLITS}:
            raise refusal(400, f"splitBy is required to be one of {', '.join(SPLITS)}.")
        column = next((sql for name, sql in SPLITS.items() if name.lower() == (split or "").lower()), "NULL")
        selected = (
            "r.serial_number, r.part_number, r.revision, r.process_code,"  # noqa: S608
            " coalesce(r.process_name, r.process_code), r.station_name, r.start, coalesce(r.execution_time, 0),"
            " r.result, (SELECT min(x.time_stamp) FROM report AS x WHERE x.type = 'T'"
            f" AND x.serial_number = r.serial_number AND x.part_number = r.part_number), {column}"
        )
        rest = f"WHERE {' AND '.join(terms)} ORDER BY r.start, r.time_stamp"
        return (_Run(*row) for row in world.reports.rows(selected, rest, bound))

    def result(self) -> dict[str, Any]:
        """Return nodes, links and units in one object."""
        return {
            "nodes": self.nodes(),
            "links": self.links(),
            "units": self.units(),
            "totalUnits": len(self._units),
        }

    def nodes(self) -> list[dict[str, Any]]:
        """Return the operations in the order in which units first came to them, and if asked for their stations."""
        found: list[dict[str, Any]] = []
        for runs in self._by(lambda run: run.node).values():
            node = self._node(runs, {"id": runs[0].node, "name": runs[0].name, "level": 0})
            found.append({**node, "isExpanded": self._expanded})
            if self._expanded:
                stations = _grouped(runs, lambda run: run.station_name)
                found += [
                    self._node(of, {"id": f"{node['id']}@{name}", "name": name, "level": 1, "parentId": node["id"]})
                    for name, of in stations.items()
                ]
        return found

    def _node(self, runs: Sequence[_Run], about: dict[str, Any]) -> dict[str, Any]:
        first = runs[0]
        last = {(run.serial_number, run.part_number): run for run in runs}
        passed = sum(run.result == "Passed" for run in last.values())
        stations = {run.station_name for run in runs}
        return {
            **about,
            "processCode": first.code,
            "processName": first.operation,
            "stationName": first.station_name if len(stations) == 1 else None,
            "unitCount": len(last),
            "passCount": passed,
            "failCount": len(last) - passed,
            "yieldPercent": percent(passed, len(last)),
            "avgTime": statistics.fmean(run.time for run in runs),
            "isVisible": self._is_visible(first),
        }

    def links(self) -> list[dict[str, Any]]:
        """Return the ways between operations, those that most units took first."""
        ways: dict[tuple[str, str], list[tuple[_Visit, _Visit]]] = {}
        for unit in self._units:
            for pair in zip(unit.visits, unit.visits[1:], strict=False):
                ways.setdefault((pair[0].last.node, pair[1].last.node), []).append(pair)
        found = [self._link(source, target, pairs) for (source, target), pairs in ways.items()]
        return sorted(found, key=lambda link: -link["unitCount"])

    def _link(self, source: str, target: str, pairs: Sequence[tuple[_Visit, _Visit]]) -> dict[str, Any]:
        units = {(before.last.serial_number, before.last.part_number): before.last.result for before, _ in pairs}
        passed = sum(result == "Passed" for result in units.values())
        before, after = pairs[0][0].last, pairs[0][1].last
        return {
            "id": f"{source}>{target}",
            "sourceId": source,
            "targetId": target,
            "sourceName": before.name,
            "targetName": after.name,
            "unitCount": len(units),
            "passCount": passed,
            "failCount": len(units) - passed,
            "avgTime": statistics.fmean((there.runs[0].start - here.last.end) / TICKS for here, there in pairs),
            "isVisible": self._is_visible(before) and self._is_visible(after),
        }

    def units(self) -> list[dict[str, Any]]:
        """Return the units with their ways, in the order in which they came, or as ``unitOrder`` says."""
        found = [_unit(unit) for unit in self._units]
        order = self._fields.text("unitOrder")
        return _ordered(found, order) if order else found

    def _by(self, key: Callable[[_Run], K]) -> dict[K, list[_Run]]:
        runs = sorted((run for unit in self._units for run in unit.runs), key=lambda run: run.start)
        return _grouped(runs, key)

    def _is_visible(self, run: _Run) -> bool:
        names = {run.node, run.name, str(run.code), run.operation}
        return not (self._shown and not self._shown & names) and not self._hidden & names


def _unit(unit: _Unit) -> dict[str, Any]:
    first, last, runs = unit.visits[0].runs[0], unit.last, unit.runs
    return {
        "serialNumber": last.serial_number,
        "partNumber": last.part_number,
        "revision": last.revision,
        "status": last.result,
        "startTime": iso(first.start),
        "endTime": iso(last.end),
        "totalTime": (last.end - first.start) / TICKS,
        "nodePath": [visit.last.name for visit in unit.visits],
        "currentNode": last.name,
        "unitId": first.number,
        "isLastPassed": last.result == "Passed",
        "hasPassed": any(run.result == "Passed" for run in runs),
        "hasFailed": any(run.result != "Passed" for run in runs),
        "hasRetest": len(runs) > len({run.node for run in runs}),
        "resultHistories": ["".join(_LETTERS[run.result] for run in visit.runs) for visit in unit.visits],
    }


def serial_numbers(world: World, unit_ids: Sequence[int]) -> list[str]:
    """Return the serial numbers of the units of these ids, in their order; ids that are not there are left out."""
    wanted = orjson.dumps(list(unit_ids)).decode()
    rest = "JOIN json_each(?) AS wanted ON wanted.value = r.time_stamp ORDER BY wanted.key"
    return [number for (number,) in world.reports.rows("r.serial_number", rest, (wanted,))]


def _ordered(units: list[dict[str, Any]], order: str) -> list[dict[str, Any]]:
    """Order units by one of their members, with ``desc`` behind its name downwards."""
    name, *direction = order.split()
    wanted = next((each for unit in units for each in unit if each.lower() == name.lower()), None)
    if direction not in ([], ["asc"], ["desc"]) or (units and wanted is None):
        raise refusal(400, "unitOrder is required to be a member of the units, with asc or desc behind it.")
    key = wanted or name
    with_value = [unit for unit in units if unit.get(key) is not None]
    rest = [unit for unit in units if unit.get(key) is None]
    try:
        return sorted(with_value, key=lambda unit: unit[key], reverse=direction == ["desc"]) + rest
    except TypeError:
        raise refusal(400, f"Units cannot be ordered by {key}.") from None


def _grouped(runs: Iterable[_Run], key: Callable[[_Run], K]) -> dict[K, list[_Run]]:
    groups: dict[K, list[_Run]] = {}
    for run in runs:
        groups.setdefault(key(run), []).append(run)
    return groups


def _names(fields: Fields, name: str) -> set[str]:
    value = fields.get(name)
    if value is None:
        return set()
    if not is_array(value):
        raise refusal(400, f"{name} is required to be an array.")
    return {str(each) for each in value}
