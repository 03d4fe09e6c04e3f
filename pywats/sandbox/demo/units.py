"""What became of the units of the demonstration: built in, finished, or given up."""

from collections.abc import Sequence
from typing import Any

from pywats.sandbox.production.phases import FINALIZED, read
from pywats.sandbox.world import World


def seed_units(world: World, reports: Sequence[dict[str, Any]]) -> None:
    """Finish the units whose last run passed, scrap those that were given up, and build in what reports name."""
    last = {(report["sn"], report["pn"]): report for report in reports if report["type"] == "T"}
    for (serial_number, part_number), report in last.items():
        passed = report["result"] == "P"
        comment = f"{report['processName']} {'passed' if passed else 'failed too often'}"
        unit = world.units.needed(serial_number, part_number)
        world.units.change(unit, comment, phase=FINALIZED if passed else read("Scrapped"))
    for (serial_number, part_number), report in last.items():
        parent = world.units.needed(serial_number, part_number)
        for part in report.get("subUnits", ()):
            world.box_builds.add(parent, world.units.needed(part["sn"], part["pn"]))
