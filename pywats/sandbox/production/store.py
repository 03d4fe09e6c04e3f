"""Units, as they are kept and as they are shown, and the changes that others are told of."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from pywats.sandbox.answers import Refusal, refusal
from pywats.sandbox.fields import Fields
from pywats.sandbox.process.store import Processes
from pywats.sandbox.product import tags as product_tags
from pywats.sandbox.product.store import Products
from pywats.sandbox.production import phases
from pywats.sandbox.production.batches import LONGEST, Batches
from pywats.sandbox.store import Database
from pywats.sandbox.times import TICKS, NoOffsetError, iso, ticks

SCHEMA = """
CREATE TABLE IF NOT EXISTS unit (
    unit_id INTEGER PRIMARY KEY AUTOINCREMENT,
    serial_number TEXT NOT NULL,
    part_number TEXT NOT NULL,
    revision TEXT NOT NULL,
    parent_id INTEGER REFERENCES unit ON DELETE SET NULL,
    batch_number TEXT REFERENCES production_batch,
    serial_date INTEGER NOT NULL,
    location TEXT,
    tags TEXT NOT NULL DEFAULT '{}',
    xml_data TEXT,
    phase INTEGER NOT NULL,
    process_code INTEGER,
    last_result TEXT,
    last_start INTEGER,
    UNIQUE (serial_number, part_number)
);
CREATE INDEX IF NOT EXISTS unit_by_parent ON unit (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS unit_by_batch ON unit (batch_number) WHERE batch_number IS NOT NULL;
CREATE TABLE IF NOT EXISTS unit_change (
    change_id INTEGER PRIMARY KEY AUTOINCREMENT,
    serial_number TEXT NOT NULL,
    part_number TEXT NOT NULL,
    new_parent TEXT,
    new_part TEXT NOT NULL,
    new_revision TEXT NOT NULL,
    new_phase INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS unit_change_by_unit ON unit_change (serial_number);
CREATE TABLE IF NOT EXISTS unit_state (
    unit_id INTEGER NOT NULL REFERENCES unit ON DELETE CASCADE,
    time INTEGER NOT NULL,
    phase INTEGER NOT NULL,
    process_code INTEGER,
    result TEXT,
    comment TEXT
);
CREATE INDEX IF NOT EXISTS unit_state_by_unit ON unit_state (unit_id);
"""

_COLUMNS = (
    "unit_id, serial_number, part_number, revision, parent_id, batch_number, serial_date, location, tags, xml_data,"
    " phase, process_code, last_result, last_start"
)
_TOLD = {"parent_id", "part_number", "revision", "phase"}
"""What others are told of when it changes."""
_STATE = {"phase", "process_code", "last_result", "last_start"}


@dataclass(frozen=True, slots=True)
class Unit:
    """One row of the table of units."""

    unit_id: int
    serial_number: str
    part_number: str
    revision: str
    parent_id: int | None
    batch_number: str | None
    serial_date: int
    location: str | None
    tags: str
    xml_data: str | None
    phase: int
    process_code: int | None
    last_result: str | None
    last_start: int | None

    @property
    def label(self) -> str:
        """The unit's name in a sentence."""
        return f"{self.serial_number} of {self.part_number}"


class Units:
    """The units in the database."""

    def __init__(
        self,
        database: Database,
        products: Products,
        processes: Processes,
        batches: Batches,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._products = products
        self._processes = processes
        self._batches = batches
        self._clock = clock

    def now(self) -> int:
        """Return the present instant."""
        return int(self._clock() * TICKS)

    def find(self, serial_number: str, part_number: str) -> Unit | None:
        """Return a unit, or ``None``."""
        return self._one("serial_number = ? AND part_number = ?", serial_number, part_number)

    def of_id(self, unit_id: int | None) -> Unit | None:
        """Return the unit of an id, or ``None``."""
        return None if unit_id is None else self._one("unit_id = ?", unit_id)

    def needed(self, serial_number: str, part_number: str | None) -> Unit:
        """Return a unit, or refuse with 404; without a part number the one of this serial number."""
        if part_number:
            found = self.find(serial_number, part_number)
            if found is None:
                raise refusal(404, f"There is no unit {serial_number} of {part_number}.")
            return found
        units = self._all("serial_number = ?", serial_number)
        if not units:
            raise refusal(404, f"There is no unit {serial_number}.")
        if len(units) > 1:
            raise refusal(409, f"Several products have a unit {serial_number}; the part number is required.")
        return units[0]

    def children(self, unit: Unit) -> list[Unit]:
        """Return what is built into a unit, by itself and not into its parts."""
        return self._all("parent_id = ?", unit.unit_id)

    def query(self, rest: str, values: Sequence[Any]) -> list[Unit]:
        """Return the units that the rest of a query over ``unit AS u`` selects."""
        return [Unit(*row) for row in self._database.search(f"SELECT {_COLUMNS} FROM unit AS u {rest}", values)]  # noqa: S608 - our own names

    def serial_numbers(self, part_number: str, revision: str | None = None) -> list[str]:
        """Return the serial numbers of the units of a product, or of one revision."""
        find = (
            "SELECT serial_number FROM unit WHERE part_number = :part AND (:revision IS NULL OR revision = :revision)"
        )
        rows = self._database.rows(find, {"part": part_number, "revision": revision})
        return [serial_number for (serial_number,) in rows]

    def add(self, serial_number: str, part_number: str, revision: str, **columns: Any) -> Unit:
        """Add a unit, under production unless told otherwise; others are told of it."""
        values = {"serial_date": self.now(), "phase": phases.UNDER_PRODUCTION, **columns}
        values |= {"serial_number": serial_number, "part_number": part_number, "revision": revision}
        marks = ", ".join("?" * len(values))
        insert = f"INSERT INTO unit ({', '.join(values)}) VALUES ({marks})"  # noqa: S608 - our own names
        unit = self._stored(self._database.insert(insert, tuple(values.values())))
        self._tell(unit, unit)
        self._note(unit, None)
        return unit

    def change(self, unit: Unit, comment: str | None = None, **columns: Any) -> Unit:
        """Change what is given of a unit; others are told, and its history notes it."""
        changed = {name: value for name, value in columns.items() if getattr(unit, name) != value}
        if changed:
            names = ", ".join(f"{name} = ?" for name in changed)
            update = f"UPDATE unit SET {names} WHERE unit_id = ?"  # noqa: S608 - our own names
            self._database.run(update, (*changed.values(), unit.unit_id))
        after = self._stored(unit.unit_id)
        if _TOLD & changed.keys():
            self._tell(unit, after)
        if _STATE & changed.keys() or comment:
            self._note(after, comment)
        return after

    def delete(self, unit: Unit) -> None:
        """Delete a unit; one with units in it is refused with 409."""
        if self.children(unit):
            raise refusal(409, f"The unit {unit.label} has sub units; take them out first.")
        self._database.run("DELETE FROM unit WHERE unit_id = ?", (unit.unit_id,))

    def join(self, child: Unit, parent: Unit, comment: str | None = None) -> Unit:
        """Make a unit a part of another; one that would be a part of itself is refused with 409."""
        above: Unit | None = parent
        while above is not None:
            if above.unit_id == child.unit_id:
                raise refusal(409, f"The unit {child.label} cannot be a part of itself.")
            above = self.of_id(above.parent_id)
        return self.change(child, comment, parent_id=parent.unit_id)

    def save(self, values: dict[str, Any]) -> bool:
        """Add a unit, or change the one of its serial number and part number; return whether it is new."""
        fields = Fields(values)
        serial_number = fields.needed("serialNumber", longest=LONGEST)
        part_number = fields.needed("partNumber", longest=LONGEST)
        unit = self.find(serial_number, part_number)
        with self._database.transaction():
            if unit is None:
                revision = fields.needed("revision", longest=LONGEST)
                self.check_revision(part_number, revision)
                unit, new = self.add(serial_number, part_number, revision, **self._read(fields, None)), True
            else:
                unit, new = self.change(unit, **self._read(fields, unit)), False
            parent = fields.text("parentSerialNumber")
            if parent:
                self.join(unit, self.needed(parent, None))
        return new

    def save_all(self, many: Iterable[dict[str, Any]]) -> dict[str, Any]:
        """Save many units; return how many were added, changed and refused, and why."""
        counts = {True: 0, False: 0}
        errors: list[dict[str, Any]] = []
        for values in many:
            try:
                counts[self.save(values)] += 1
            except Refusal as error:
                fields = Fields(values)
                serial_number = fields.get("serialNumber")
                errors.append({"serialNumber": serial_number, "message": f"{serial_number}: {error.words}"})
        return {
            "insertCount": counts[True],
            "updateCount": counts[False],
            "errorCount": len(errors),
            "errors": errors,
        }

    def check_revision(self, part_number: str, revision: str) -> None:
        """Refuse with 400 a revision that does not exist, or whose product has no units."""
        product = self._products.get(part_number)
        if product is None:
            raise refusal(400, f"There is no product {part_number}.")
        if product["nonSerial"]:
            raise refusal(400, f"The product {part_number} has no units; it is marked as non-serial.")
        if self._products.get_revision(part_number, revision) is None:
            raise refusal(400, f"There is no revision {revision} of the product {part_number}.")

    def set_tag(self, unit: Unit, key: str, value: str) -> None:
        """Give a unit a tag, or another value for it."""
        tags = {**orjson.loads(unit.tags), key: value}
        self.change(unit, tags=orjson.dumps(tags).decode(), xml_data=product_tags.to_xml(tags))

    def _read(self, fields: Fields, unit: Unit | None) -> dict[str, Any]:
        """What a save says of a unit beside its name and its parent."""
        columns = fields.given({"location": "currentLocation:text", "batch_number": "batchNumber:text"})
        if columns.get("batch_number"):
            self._batches.ensure(columns["batch_number"])
        revision = fields.text("revision", longest=LONGEST)
        if unit is not None and revision:
            self.check_revision(unit.part_number, revision)
            columns["revision"] = revision
        phase = fields.whole("unitPhaseId")
        if phase is not None:
            columns["phase"] = phases.checked(phase)
        process = fields.get("processCode")
        if process is not None:
            columns["process_code"] = self.process_code(str(process))
        date = fields.text("serialDate")
        if date is not None:
            columns["serial_date"] = _instant(date)
        xml_data = fields.text("xmlData")
        if xml_data and (unit is None or xml_data != unit.xml_data):
            columns |= {"xml_data": xml_data, "tags": orjson.dumps(product_tags.from_xml(xml_data)).decode()}
        return columns

    def process_code(self, text: str) -> int:
        """Return the code of a process by its code or its name, or refuse with 400."""
        for process in self._processes:
            if text in {str(process.code), process.name}:
                return process.code
        raise refusal(400, f"There is no process {text}.")

    def changes(self, serial: str | None, part: str | None, limit: int, skip: int) -> list[dict[str, Any]]:
        """Return the changes that nobody has deleted, oldest first."""
        rows = self._database.rows(
            "SELECT change_id, serial_number, new_parent, new_part, new_revision, new_phase FROM unit_change"
            " WHERE (:serial IS NULL OR serial_number = :serial) AND (:part IS NULL OR part_number = :part)"
            " ORDER BY change_id LIMIT :limit OFFSET :skip",
            {"serial": serial, "part": part, "limit": limit, "skip": skip},
        )
        names = ("id", "unitSerialNumber", "newParentSerialNumber", "newPartNumber", "newRevision", "newUnitPhaseId")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def delete_change(self, change_id: int) -> bool:
        """Delete a change; return whether there was one."""
        return self._database.run("DELETE FROM unit_change WHERE change_id = ?", (change_id,)) > 0

    def history(self, unit: Unit) -> list[dict[str, Any]]:
        """Return the phases, processes and results that a unit went through, oldest first."""
        rows = self._database.rows(
            "SELECT time, phase, process_code, result, comment FROM unit_state WHERE unit_id = ? ORDER BY rowid",
            (unit.unit_id,),
        )
        return [
            {
                "time": iso(time),
                "unitPhaseId": phase,
                "unitPhase": phases.name_of(phase),
                "processCode": code,
                "processName": self.process_name(code),
                "result": result,
                "comment": comment,
            }
            for time, phase, code, result, comment in rows
        ]

    def process_name(self, code: int | None) -> str | None:
        """Return the name of a process, or ``None``."""
        process = self._processes.get(code)
        return None if process is None else process.name

    def shown(self, unit: Unit, *, full: bool = False) -> dict[str, Any]:
        """Return a unit as the public API shows it; ``full``: with its product and its revision."""
        parent = self.of_id(unit.parent_id)
        return {
            "serialNumber": unit.serial_number,
            "partNumber": unit.part_number,
            "revision": unit.revision,
            "parentSerialNumber": None if parent is None else parent.serial_number,
            "batchNumber": unit.batch_number,
            "serialDate": iso(unit.serial_date),
            "currentLocation": unit.location,
            "xmlData": unit.xml_data,
            "unitPhaseId": unit.phase,
            "unitPhase": phases.name_of(unit.phase),
            "processCode": None if unit.process_code is None else str(unit.process_code),
            "tags": product_tags.settings(orjson.loads(unit.tags)),
            "productRevision": self._products.get_revision(unit.part_number, unit.revision) if full else None,
            "product": self._products.get(unit.part_number) if full else None,
            "subUnits": [self.shown(child) for child in self.children(unit)],
        }

    def _tell(self, before: Unit, after: Unit) -> None:
        parent = self.of_id(after.parent_id)
        self._database.run(
            "INSERT INTO unit_change (serial_number, part_number, new_parent, new_part, new_revision, new_phase)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                before.serial_number,
                before.part_number,
                None if parent is None else parent.serial_number,
                after.part_number,
                after.revision,
                after.phase,
            ),
        )

    def _note(self, unit: Unit, comment: str | None) -> None:
        state = (unit.unit_id, self.now(), unit.phase, unit.process_code, unit.last_result, comment)
        self._database.run("INSERT INTO unit_state VALUES (?, ?, ?, ?, ?, ?)", state)

    def _one(self, where: str, *values: Any) -> Unit | None:
        return next(iter(self._all(where, *values)), None)

    def _all(self, where: str, *values: Any) -> list[Unit]:
        select = f"SELECT {_COLUMNS} FROM unit WHERE {where} ORDER BY unit_id"  # noqa: S608 - our own names
        return [Unit(*row) for row in self._database.rows(select, values)]

    def _stored(self, unit_id: int) -> Unit:
        unit = self.of_id(unit_id)
        if unit is None:  # pragma: no cover - it was just written under the same lock
            raise LookupError(unit_id)
        return unit


def _instant(text: str) -> int:
    try:
        return ticks(text)
    except NoOffsetError:
        return ticks(f"{text}Z")
    except ValueError as error:
        raise refusal(400, f"serialDate is required to be a date and time: {error}.") from error
