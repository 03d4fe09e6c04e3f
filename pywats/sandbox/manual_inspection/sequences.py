"""What operators do with manual inspections: which they may begin, which were begun, and the results of steps."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from pywats.sandbox.answers import refusal
from pywats.sandbox.fields import Fields
from pywats.sandbox.manual_inspection.definitions import Definitions
from pywats.sandbox.store import Database
from pywats.sandbox.times import TICKS, iso

SCHEMA = """
CREATE TABLE IF NOT EXISTS mi_instance (
    instance_id TEXT PRIMARY KEY,
    definition_id TEXT NOT NULL REFERENCES mi_definition,
    unit_id TEXT NOT NULL,
    serial_number TEXT NOT NULL,
    part_number TEXT NOT NULL,
    revision TEXT NOT NULL,
    created INTEGER NOT NULL,
    last_event INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS mi_step (
    definition_id TEXT NOT NULL REFERENCES mi_definition ON DELETE CASCADE,
    step_id INTEGER NOT NULL,
    parent_id INTEGER,
    members TEXT NOT NULL,
    PRIMARY KEY (definition_id, step_id)
);
"""
RESULTS = range(7)
"""What the result of a step may be."""

Step = dict[str, Any]


class Sequences:
    """The inspections of operators in the database."""

    def __init__(self, database: Database, definitions: Definitions, *, clock: Callable[[], float]) -> None:
        self._database = database
        self._definitions = definitions
        self._clock = clock

    def offered(self, names: Mapping[str, str], status: int) -> list[dict[str, Any]]:
        """Return the definitions of a status for what has these names; all of them without any name.

        Args:
            names: what is inspected, by the lower-case key of a relation, such as ``partnumber``.
            status: of the definitions.
        """
        given = {key: value for key, value in names.items() if value}
        wanted = ["1"] if not given else ["is_global = 1"]
        values: list[Any] = [status]
        for key, value in given.items():
            wanted.append(
                "EXISTS (SELECT 1 FROM mi_relation AS r WHERE r.definition_id = d.definition_id"
                " AND tolower(coalesce(r.entity_key, r.entity_name)) = ? AND r.entity_value = ?)"
            )
            values += [key, value]
        rows = self._database.rows(
            "SELECT definition_id, name, version, status FROM mi_definition AS d"  # noqa: S608 - our own names
            f" WHERE status = ? AND ({' OR '.join(wanted)}) ORDER BY name, version",
            values,
        )
        names_of = ("TestSequenceDefinitionId", "Name", "Version", "Status")
        return [dict(zip(names_of, row, strict=True)) for row in rows]

    def begin(self, definition_id: str, unit_id: str, serial_number: str, part_number: str, revision: str) -> str:
        """Begin an inspection for a unit, as an operator does; return its id."""
        self._definitions.get(definition_id)
        instance_id, now = str(uuid.uuid4()), self._now()
        self._database.run(
            "INSERT INTO mi_instance VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (instance_id, definition_id, unit_id, serial_number, part_number, revision, now, now),
        )
        return instance_id

    def latest(self, unit_id: str) -> dict[str, Any] | None:
        """Return the latest inspection of a unit, or ``None``."""
        row = self._database.row("SELECT * FROM mi_instance WHERE unit_id = ? ORDER BY rowid DESC", (unit_id,))
        if row is None:
            return None
        instance_id, definition_id, unit, serial_number, part_number, revision, created, last_event = row
        return {
            "TestSequenceInstanceId": instance_id,
            "TestSequenceDefinitionId": definition_id,
            "UnitId": unit,
            "SerialNumber": serial_number,
            "PartNumber": part_number,
            "Revision": revision,
            "Created": iso(created),
            "LastEventTime": iso(last_event),
        }

    def save_steps(self, steps: Iterable[Step], *, submit: bool = False) -> list[Step]:
        """Store the results of steps of one definition; return all of its steps. Once submitted, they are forgotten."""
        saved: set[str] = set()
        with self._database.transaction():
            for step in steps:
                saved.add(self._save_step(Fields(step), step))
            if len(saved) != 1:
                raise refusal(400, "The steps are required to be of one definition.")
            (definition_id,) = saved
            rows = self._database.rows(
                "SELECT members FROM mi_step WHERE definition_id = ? ORDER BY step_id", (definition_id,)
            )
            if submit:
                self._database.run("DELETE FROM mi_step WHERE definition_id = ?", (definition_id,))
            self._database.run(
                "UPDATE mi_instance SET last_event = ? WHERE definition_id = ?", (self._now(), definition_id)
            )
        return [orjson.loads(members) for (members,) in rows]

    def _save_step(self, fields: Fields, step: Step) -> str:
        definition_id, step_id = fields.guid("definitionId"), fields.whole("id")
        if definition_id is None or step_id is None:
            raise refusal(400, "definitionId and id are required.")
        self._definitions.get(definition_id)
        result = fields.whole("result")
        if result is not None and result not in RESULTS:
            raise refusal(400, f"result is required to be from 0 to {RESULTS[-1]}.")
        self._database.run(
            "INSERT OR REPLACE INTO mi_step VALUES (?, ?, ?, ?)",
            (definition_id, step_id, fields.whole("parentId"), orjson.dumps(step).decode()),
        )
        return definition_id

    def _now(self) -> int:
        return int(self._clock() * TICKS)
