"""Workflows of units: a row of activities that a unit goes through one by one.

The definition is the tag `WORKFLOW_TAG` of the unit's revision, else of its product: kinds of activities with
semicolons between them, such as ``Test;Repair;Test``. A unit gets its own workflow when it is initialized, one for each
status of the definition, and is at the first activity then. Only tests can be started and ended here; a workflow that
comes to another activity stays there until it is initialized anew.
"""

from dataclasses import dataclass

import orjson

from pywats.sandbox.answers import refusal
from pywats.sandbox.product.store import Products
from pywats.sandbox.production.store import Unit
from pywats.sandbox.store import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS unit_workflow (
    unit_id INTEGER NOT NULL REFERENCES unit ON DELETE CASCADE,
    status INTEGER NOT NULL,
    activities TEXT NOT NULL,
    position INTEGER NOT NULL DEFAULT 0,
    started INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (unit_id, status)
);
"""

WORKFLOW_TAG = "Workflow"
"""The tag of a product or a revision that lists the activities."""
TEST = "Test"
STATUSES = range(4)
RELEASED = 2


@dataclass(frozen=True, slots=True)
class Workflow:
    """How far a unit has come."""

    activities: list[str]
    position: int
    started: bool

    @property
    def is_at_test(self) -> bool:
        """Whether the activity it has come to is a test."""
        return self.position < len(self.activities) and self.activities[self.position] == TEST


class Workflows:
    """The workflows of the units in the database."""

    def __init__(self, database: Database, products: Products) -> None:
        self._database = database
        self._products = products

    def initialize(self, unit: Unit, status: int) -> Workflow:
        """Give a unit a workflow, at its first activity; refuse with 400 where its product has none."""
        activities = self._definition(unit)
        if not activities:
            raise refusal(400, f"The product {unit.part_number} has no workflow.")
        insert = "INSERT OR REPLACE INTO unit_workflow (unit_id, status, activities) VALUES (?, ?, ?)"
        self._database.run(insert, (unit.unit_id, status, orjson.dumps(activities).decode()))
        return Workflow(activities, 0, started=False)

    def get(self, unit: Unit, status: int) -> Workflow | None:
        """Return the workflow of a unit, or ``None``."""
        row = self._database.row(
            "SELECT activities, position, started FROM unit_workflow WHERE unit_id = ? AND status = ?",
            (unit.unit_id, status),
        )
        return None if row is None else Workflow(orjson.loads(row[0]), row[1], bool(row[2]))

    def start_test(self, unit: Unit, status: int) -> bool:
        """Start the test that a unit has come to; ``False`` if it is at no test, or that has begun already."""
        workflow = self.get(unit, status)
        if workflow is None or not workflow.is_at_test or workflow.started:
            return False
        self._set(unit, status, workflow.position, started=True)
        return True

    def end_test(self, unit: Unit, status: int, *, passed: bool) -> bool:
        """End the test that a unit is at: passed, it goes on; failed, it waits to be tested again.

        ``False`` if it is at no test, or that has not begun.
        """
        workflow = self.get(unit, status)
        if workflow is None or not workflow.is_at_test or not workflow.started:
            return False
        self._set(unit, status, workflow.position + passed, started=False)
        return True

    def _set(self, unit: Unit, status: int, position: int, *, started: bool) -> None:
        self._database.run(
            "UPDATE unit_workflow SET position = ?, started = ? WHERE unit_id = ? AND status = ?",
            (position, started, unit.unit_id, status),
        )

    def _definition(self, unit: Unit) -> list[str]:
        tag = self._products.tag
        named = tag(WORKFLOW_TAG, unit.part_number, unit.revision) or tag(WORKFLOW_TAG, unit.part_number)
        return [name.strip() for name in named.split(";")] if named else []
