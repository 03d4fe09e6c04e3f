"""Definitions of manual inspections: versions, statuses, and their steps as a document."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from pywats.sandbox.answers import refusal
from pywats.sandbox.fields import Fields
from pywats.sandbox.process.store import Processes
from pywats.sandbox.store import Database
from pywats.sandbox.times import TICKS, iso

SCHEMA = """
CREATE TABLE IF NOT EXISTS mi_definition (
    definition_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    status INTEGER NOT NULL,
    is_global INTEGER NOT NULL,
    members TEXT NOT NULL,
    xaml TEXT,
    UNIQUE (name, version)
);
"""
DRAFT, PENDING, RELEASED, REVOKED = range(4)
USER = "sandbox"
"""Who makes and releases definitions, as far as the sandbox knows."""

_MEMBERS: Mapping[str, tuple[str, ...]] = {
    "VirtualFolderId": ("guid", "VirtualFolderId", "parentId"),
    "Description": ("text", "Description"),
    "OnFailGotoCleanup": ("flag", "OnFailGotoCleanup"),
    "OnFailRequireSubmit": ("flag", "OnFailRequireSubmit"),
    "OnFailRequireRepair": ("whole", "OnFailRequireRepair"),
    "LogOperator": ("flag", "LogOperator"),
    "LogDescription": ("flag", "LogDescription"),
    "CreateUnsubmittedReportOnFailedStep": ("flag", "CreateUnsubmittedReportOnFailedStep"),
    "RepairProcessId": ("guid", "RepairProcessId", "processId"),
    "AddChildUnits": ("flag", "AddChildUnits"),
    "IncludeUURMiscInfoInUUT": ("flag", "IncludeUURMiscInfoInUUT"),
    "LoadPreviousMiscInfo": ("flag", "LoadPreviousMiscInfo"),
}
"""The type of each member, and the names it goes by in the bodies of new and of changed definitions."""

_DEFAULTS: Mapping[str, Any] = {"flag": False, "whole": 0, "guid": None, "text": None}
_MOVES = {DRAFT: {PENDING}, PENDING: {DRAFT, RELEASED}, RELEASED: {REVOKED}, REVOKED: set[int]()}
_WORDS = ("draft", "pending", "released", "revoked")
_STAMPS = ("Created", "CreatedBy", "Modified", "ModifiedBy", "Released", "ReleasedBy", "Revoked", "RevokedBy")
_SELECT = (
    "SELECT definition_id, name, version, status, is_global, members,"
    " (SELECT count(*) FROM mi_instance AS i WHERE i.definition_id = d.definition_id) FROM mi_definition AS d "
)

Definition = dict[str, Any]


class Definitions:
    """The definitions in the database."""

    def __init__(self, database: Database, processes: Processes, *, clock: Callable[[], float]) -> None:
        self._database = database
        self._processes = processes
        self._clock = clock

    def all(self, *, is_global: bool) -> list[Definition]:
        """Return the definitions that are for all products, or the others, by name and version."""
        rows = self._database.rows(_SELECT + "WHERE is_global = ? ORDER BY name, version", (is_global,))
        return list(map(_definition, rows))

    def get(self, definition_id: str) -> Definition:
        """Return a definition, or refuse with 404."""
        row = self._database.row(_SELECT + "WHERE definition_id = ?", (definition_id,))
        if row is None:
            raise refusal(404, f"There is no manual inspection with the id {definition_id}.")
        return _definition(row)

    def add(self, values: Mapping[str, Any]) -> Definition:
        """Add a draft: the first version of its name, or the next."""
        fields = Fields(values)
        name = fields.needed("Name", longest=100)
        members = self._members(fields) | self._stamps("Created")
        return self._insert(name, members, is_global=fields.flag("IsGlobal") or False, xaml=None)

    def change(self, values: Mapping[str, Any]) -> Definition:
        """Replace what a definition says, and move it to another status where that may be."""
        fields = Fields(values)
        definition_id = fields.guid("id", "TestSequenceDefinitionId")
        if definition_id is None:
            raise refusal(400, "id is required.")
        stored = self.get(definition_id)
        name, before = fields.needed("Name", longest=100), stored["Status"]
        after = fields.whole("Status")
        after = before if after is None else after
        if after not in _MOVES:
            raise refusal(400, "Status is required to be from 0 to 3.")
        if after not in {before, *_MOVES[before]}:
            raise refusal(409, f"A {_WORDS[before]} manual inspection cannot become {_WORDS[after]}.")
        stamps = {name: stored[name] for name in _STAMPS} | self._stamps("Modified")
        if after != before and after in {RELEASED, REVOKED}:
            stamps |= self._stamps(_WORDS[after].title())
        with self._database.transaction():
            if after == RELEASED:
                self._revoke_others(name, definition_id)
            self._write(definition_id, self._members(fields) | stamps, status=after)
            self._rename(stored, name)
            is_global = fields.flag("IsGlobal") or False
            self._database.run(
                "UPDATE mi_definition SET is_global = ? WHERE definition_id = ?", (is_global, definition_id)
            )
        return self.get(definition_id)

    def copy(self, definition_id: str) -> Definition:
        """Add a draft that says the same as a definition, as the next version of its name."""
        stored = self.get(definition_id)
        members = {name: stored[name] for name in _MEMBERS} | self._stamps("Created")
        return self._insert(stored["Name"], members, is_global=stored["IsGlobal"], xaml=self.xaml(definition_id))

    def delete(self, definition_id: str) -> None:
        """Delete a definition that was never begun."""
        if self.get(definition_id)["InstancesCount"]:
            raise refusal(409, "A manual inspection that was begun cannot be deleted.")
        self._database.run("DELETE FROM mi_definition WHERE definition_id = ?", (definition_id,))

    def xaml(self, definition_id: str) -> str | None:
        """Return the document with the steps of a definition."""
        self.get(definition_id)
        xaml: str | None = self._database.value(
            "SELECT xaml FROM mi_definition WHERE definition_id = ?", (definition_id,)
        )
        return xaml

    def set_xaml(self, definition_id: str, xaml: str) -> None:
        """Store the document with the steps of a draft."""
        if self.get(definition_id)["Status"] != DRAFT:
            raise refusal(409, "Only the steps of a draft can be changed.")
        self._database.run("UPDATE mi_definition SET xaml = ? WHERE definition_id = ?", (xaml, definition_id))

    def _insert(self, name: str, members: dict[str, Any], *, is_global: bool, xaml: str | None) -> Definition:
        definition_id = str(uuid.uuid4())
        latest = self._database.value("SELECT max(version) FROM mi_definition WHERE name = ?", (name,)) or 0
        self._database.run(
            "INSERT INTO mi_definition VALUES (?, ?, ?, ?, ?, ?, ?)",
            (definition_id, name, latest + 1, DRAFT, is_global, orjson.dumps(members).decode(), xaml),
        )
        return self.get(definition_id)

    def _members(self, fields: Fields) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for member, (kind, *names) in _MEMBERS.items():
            value = getattr(fields, kind)(*names)
            default = True if member == "LogOperator" else _DEFAULTS[kind]
            found[member] = default if value is None else value
        if found["OnFailRequireRepair"] not in {0, 1, 2}:
            raise refusal(400, "OnFailRequireRepair is required to be from 0 to 2.")
        repair = found["RepairProcessId"]
        if repair is not None and not self._is_repair(repair):
            raise refusal(400, f"There is no repair operation with the id {repair}.")
        return found

    def _is_repair(self, process_id: str) -> bool:
        process = self._processes.by_id(process_id)
        return process is not None and process.kind == "repair"

    def _stamps(self, what: str) -> dict[str, Any]:
        return {what: iso(int(self._clock() * TICKS)), f"{what}By": USER}

    def _revoke_others(self, name: str, definition_id: str) -> None:
        find = _SELECT + "WHERE name = ? AND status = ? AND definition_id <> ?"
        for other in map(_definition, self._database.rows(find, (name, RELEASED, definition_id))):
            members = {member: other[member] for member in (*_MEMBERS, *_STAMPS)}
            self._write(other["TestSequenceDefinitionId"], members | self._stamps("Revoked"), status=REVOKED)

    def _rename(self, stored: Definition, name: str) -> None:
        if name == stored["Name"]:
            return
        if self._database.row("SELECT 1 FROM mi_definition WHERE name = ?", (name,)):
            raise refusal(409, f"There is a manual inspection {name} already.")
        self._database.run(
            "UPDATE mi_definition SET name = ? WHERE definition_id = ?", (name, stored["TestSequenceDefinitionId"])
        )

    def _write(self, definition_id: str, members: dict[str, Any], *, status: int) -> None:
        self._database.run(
            "UPDATE mi_definition SET members = ?, status = ? WHERE definition_id = ?",
            (orjson.dumps(members).decode(), status, definition_id),
        )


def _definition(row: tuple[Any, ...]) -> Definition:
    definition_id, name, version, status, is_global, members, count = row
    return {
        "TestSequenceDefinitionId": definition_id,
        "Name": name,
        "Version": version,
        "Status": status,
        "IsGlobal": bool(is_global),
        "CreatedBySite": None,
        **dict.fromkeys(_STAMPS),
        **orjson.loads(members),
        "Relations": None,
        "InstancesCount": count,
        "XAML": None,
    }
