"""What a processed report says of units."""

from typing import Any

from pywats.sandbox.production.batches import LONGEST, Batches
from pywats.sandbox.production.store import Unit, Units
from pywats.sandbox.report.header import objects

Report = dict[str, Any]


class ReportedUnits:
    """Keeps the units up with the reports.

    A report adds the units that it names, under production. The unit of a test moves to its process, revision, place
    and batch, unless a later test has moved it already. A repair adds its unit if it is new and leaves one that is
    there alone. Sub units are added if they are new; what is built into what, only a box build says.
    """

    def __init__(self, units: Units, batches: Batches) -> None:
        self._units = units
        self._batches = batches

    def take(self, report: Report, columns: dict[str, Any]) -> None:
        """Note what a processed report says; ``columns`` is what is stored of its header."""
        unit = self._units.find(columns["serial_number"], columns["part_number"])
        if unit is None:
            identity = (columns["serial_number"], columns["part_number"], columns["revision"] or "")
            unit = self._units.add(*identity, serial_date=columns["start"], location=columns["location"])
        if columns["type"] == "T" and (unit.last_start is None or unit.last_start <= columns["start"]):
            self._move(unit, columns)
        for part in objects(report, "subUnits"):
            serial_number, part_number = _name(part.get("sn")), _name(part.get("pn"))
            if serial_number and part_number and self._units.find(serial_number, part_number) is None:
                self._units.add(serial_number, part_number, part.get("rev") or "", serial_date=columns["start"])

    def _move(self, unit: Unit, columns: dict[str, Any]) -> None:
        changed = {
            "process_code": columns["process_code"],
            "last_result": columns["result"],
            "last_start": columns["start"],
            "location": columns["location"],
        }
        if columns["revision"]:
            changed["revision"] = columns["revision"]
        if columns["batch_number"]:
            self._batches.ensure(columns["batch_number"])
            changed["batch_number"] = columns["batch_number"]
        self._units.change(unit, **changed)


def _name(value: object) -> str | None:
    return value if isinstance(value, str) and len(value) <= LONGEST else None
