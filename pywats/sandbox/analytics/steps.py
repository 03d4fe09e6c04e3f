"""The steps and measurements of stored reports, read from their bodies when somebody asks.

The reports that a filter chooses are read some hundreds at a time, so that memory does not grow with them. Of a loop
the iterations count and not its summary, which would count them twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from pywats.query.paths import PILCROW
from pywats.sandbox.analytics.wats_filter import Chosen
from pywats.sandbox.fields import is_object
from pywats.sandbox.report.header import objects, steps
from pywats.sandbox.times import iso
from pywats.sandbox.world import World

MOST_REPORTS = 10_000
"""So many reports are looked into unless the filter says otherwise; the newest count."""
WORDS = {"P": "Passed", "F": "Failed", "E": "Error", "T": "Terminated", "D": "Done", "S": "Skipped"}
BAD = frozenset("FET")
"""Statuses of steps that did not go well."""

_CHUNK = 500
_COLUMNS = ("uuid", "serial_number", "part_number", "revision", "station_name", "result", "start")


@dataclass(frozen=True, slots=True)
class Measure:
    """One measurement of a step.

    Attributes:
        value: a number, a text, or for a pass/fail measurement its status.
        limits: a pair as the report has them; for texts the first is the text compared with.
    """

    name: str | None
    value: Any
    unit: str | None
    operator: str | None
    limits: tuple[Any, Any]
    status: str

    @property
    def number(self) -> float | None:
        """The value, if it is a number."""
        return self.value if isinstance(self.value, (int, float)) else None


@dataclass(frozen=True, slots=True)
class Step:
    """One step, as it was executed in one report."""

    path: str
    name: str
    kind: str
    group: str
    status: str
    time: float | None
    caused_failure: bool
    has_bad_below: bool
    measures: Sequence[Measure]


@dataclass(frozen=True, slots=True)
class Tested:
    """A report with its steps."""

    uuid: str
    serial_number: str
    part_number: str
    revision: str
    station_name: str
    result: str
    start: int
    steps: Sequence[Step]

    @property
    def start_utc(self) -> str:
        """When it began, as the server writes it."""
        return iso(self.start)

    @property
    def culprit(self) -> Step | None:
        """The step that made the unit fail: the deepest said to have, or else the first bad one with none below it."""
        if self.result == "Passed":
            return None
        blamed = [step for step in self.steps if step.caused_failure]
        if blamed:
            return max(blamed, key=lambda step: step.path.count(PILCROW))
        return next((step for step in self.steps if step.status in BAD and not step.has_bad_below), None)


def tested(world: World, chosen: Chosen) -> Iterator[Tested]:
    """Go through the test reports that a filter chooses, the newest first."""
    limit = MOST_REPORTS if chosen.max_count is None else max(chosen.max_count, 0)
    rest = f"WHERE {chosen.where} ORDER BY r.start DESC, r.time_stamp DESC LIMIT {limit}"
    ids = [time_stamp for (time_stamp,) in world.reports.rows("r.time_stamp", rest, chosen.values)]
    selected = ", ".join(f"r.{column}" for column in _COLUMNS) + ", b.body"
    of = (
        "JOIN report_body AS b ON b.time_stamp = r.time_stamp"
        " WHERE r.time_stamp IN (SELECT value FROM json_each(?)) ORDER BY r.start DESC, r.time_stamp DESC"
    )
    for begin in range(0, len(ids), _CHUNK):
        for *columns, body in world.reports.rows(selected, of, (orjson.dumps(ids[begin : begin + _CHUNK]).decode(),)):
            known: dict[str, Any] = dict(zip(_COLUMNS, columns, strict=True))
            yield Tested(**known, steps=list(_steps(orjson.loads(body)["root"])))


def _steps(root: dict[str, Any]) -> Iterator[Step]:
    for step, above in steps(root):
        loop = step.get("loop")
        if is_object(loop) and any(value is not None for value in loop.values()) and loop.get("idx") is None:
            continue
        skipped = step["status"] == "S"
        yield Step(
            PILCROW.join(str(each.get("name")) for each in (*above, step)),
            step["name"],
            step["stepType"],
            step["group"],
            step["status"],
            step.get("totTime"),
            step.get("causedUUTFailure") is True,
            any(child["status"] in BAD for child in objects(step, "steps")),
            () if skipped else list(_measures(step)),
        )


def _measures(step: Mapping[str, Any]) -> Iterator[Measure]:
    for each in objects(step, "numericMeas"):
        limits = (each.get("lowLimit"), each.get("highLimit"))
        yield Measure(each.get("name"), each["value"], each.get("unit"), each.get("compOp"), limits, each["status"])
    for each in objects(step, "stringMeas"):
        yield Measure(
            each.get("name"), each.get("value"), None, each.get("compOp"), (each.get("limit"), None), each["status"]
        )
    for each in objects(step, "booleanMeas"):
        yield Measure(each.get("name"), WORDS[each["status"]], None, None, (None, None), each["status"])
