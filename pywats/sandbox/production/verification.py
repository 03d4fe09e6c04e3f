"""Verification of a unit: how it fared in the processes that its rule asks for, and the grade that makes.

The rule is the tag `RULE_TAG` of the unit's revision, else of its product: codes or names of test operations in their
order, with semicolons between them. Without a tag it asks for the test operations of which the product has reports, by
their codes. A product without both has nothing to verify.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from pywats.sandbox.process.store import Process, Processes
from pywats.sandbox.product.store import Products
from pywats.sandbox.production.store import Unit
from pywats.sandbox.store import Database
from pywats.sandbox.times import iso

RULE_TAG = "UnitVerification"
"""The tag of a product or a revision that holds its rule."""
PASSED = "Passed"
UNTESTED = "Unknown"


@dataclass(frozen=True, slots=True)
class _Runs:
    """The runs of a unit in one process: start, result and station of each, oldest first."""

    rows: list[tuple[int, str, str]]
    repairs: int

    @property
    def last(self) -> str:
        return self.rows[-1][1] if self.rows else UNTESTED

    @property
    def first_passed(self) -> bool:
        return bool(self.rows) and self.rows[0][1] == PASSED

    @property
    def any_passed(self) -> bool:
        return any(result == PASSED for _, result, _ in self.rows)


class Verification:
    """Grades units by their reports."""

    def __init__(self, database: Database, products: Products, processes: Processes) -> None:
        self._database = database
        self._products = products
        self._processes = processes

    def grade(self, unit: Unit, revision: str | None = None) -> dict[str, Any] | None:
        """Return how a unit fared, by the rule of its revision or of another one; ``None`` without a rule.

        It is ``A`` if every process passed at its first run, in the right order and without repairs; ``B`` if every
        last run passed, in the right order and without repairs; ``C`` if every last run passed; and else ``D``.
        """
        rule = self._rule(unit.part_number, revision or unit.revision)
        if not rule:
            return None
        repairs = self._repairs(unit)
        runs = [_Runs(self._runs(unit, process.code), repairs.count(process.code)) for process in rule]
        lasts = [each.rows[-1][0] for each in runs if each.rows]
        ordered = len(lasts) == len(rule) and lasts == sorted(lasts)
        first = all(each.first_passed for each in runs)
        last = all(each.last == PASSED for each in runs)
        untouched = not repairs
        status = PASSED if last else UNTESTED if all(each.last in {PASSED, UNTESTED} for each in runs) else "Failed"
        grade = "D" if not last else "C" if not (ordered and untouched) else "A" if first else "B"
        return {
            "status": status,
            "grade": grade,
            "allProcessesExecutedInCorrectOrder": ordered,
            "allProcessesPassedFirstRun": first,
            "allProcessesPassedAnyRun": all(each.any_passed for each in runs),
            "allProcessesPassedLastRun": last,
            "noRepairs": untouched,
            "results": [_result(index, *pair) for index, pair in enumerate(zip(rule, runs, strict=True), start=1)],
        }

    def _rule(self, part_number: str, revision: str) -> list[Process]:
        tag = self._products.tag
        named = tag(RULE_TAG, part_number, revision) or tag(RULE_TAG, part_number)
        if named:
            known = {text: process for process in self._processes for text in (str(process.code), process.name)}
            return [known[word.strip()] for word in named.split(";") if word.strip() in known]
        rows = self._database.rows(
            "SELECT DISTINCT process_code FROM report WHERE part_number = ? AND type = 'T' ORDER BY process_code",
            (part_number,),
        )
        return [process for (code,) in rows if (process := self._processes.get(code)) is not None]

    def _runs(self, unit: Unit, code: int) -> list[tuple[int, str, str]]:
        rows = self._database.rows(
            "SELECT start, result, station_name FROM report WHERE type = 'T' AND serial_number = ? AND part_number = ?"
            " AND process_code = ? ORDER BY start, time_stamp",
            (unit.serial_number, unit.part_number, code),
        )
        return [(start, result, station) for start, result, station in rows]

    def _repairs(self, unit: Unit) -> list[int | None]:
        """The test operations after which the unit was repaired, one for each repair."""
        rows = self._database.rows(
            "SELECT body FROM report JOIN report_body USING (time_stamp)"
            " WHERE type = 'R' AND serial_number = ? AND part_number = ?",
            (unit.serial_number, unit.part_number),
        )
        codes = [orjson.loads(body)["uur"].get("processCode") for (body,) in rows]
        return [None if code is None else int(code) for code in codes]


def _result(index: int, process: Process, runs: _Runs) -> dict[str, Any]:
    return {
        "processCode": process.code,
        "processName": process.name,
        "processIndex": index,
        "status": runs.last,
        "startUtc": iso(runs.rows[-1][0]) if runs.rows else None,
        "stationName": runs.rows[-1][2] if runs.rows else None,
        "totalCount": len(runs.rows),
        "nonPassedCount": sum(result != PASSED for _, result, _ in runs.rows),
        "repairCount": runs.repairs,
    }
