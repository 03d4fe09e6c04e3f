"""What definitions of manual inspections are for: relations to products, units, batches and stations."""

import uuid
from collections.abc import Mapping
from typing import Any

import orjson

from pywats.sandbox.answers import refusal
from pywats.sandbox.fields import Fields
from pywats.sandbox.manual_inspection.definitions import RELEASED, Definitions
from pywats.sandbox.product.store import Products
from pywats.sandbox.store import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS mi_relation (
    relation_id TEXT PRIMARY KEY,
    definition_id TEXT NOT NULL REFERENCES mi_definition ON DELETE CASCADE,
    entity_schema TEXT,
    entity_name TEXT NOT NULL,
    entity_key TEXT,
    entity_value TEXT,
    status INTEGER,
    limits TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS mi_relation_by_definition ON mi_relation (definition_id);
"""
_COLUMNS = "relation_id, definition_id, entity_schema, entity_name, entity_key, entity_value, status, limits"
_SAME = (
    "o.entity_schema IS r.entity_schema AND o.entity_name = r.entity_name AND o.entity_key IS r.entity_key"
    " AND o.entity_value IS r.entity_value"
)
_LIMITS = {
    "TestSequenceProcessRelations": "TestSequenceProcessRelationId",
    "TestSequenceSiteRelations": "TestSequenceSiteRelationId",
}
"""The lists of what a relation is limited to, and the id of an element of each."""

Relation = dict[str, Any]


class InspectionRelations:
    """The relations of definitions in the database."""

    def __init__(self, database: Database, definitions: Definitions, products: Products) -> None:
        self._database = database
        self._definitions = definitions
        self._products = products

    def of(self, definition_id: str) -> list[Relation]:
        """Return the relations of a definition."""
        self._definitions.get(definition_id)
        select = f"SELECT {_COLUMNS} FROM mi_relation WHERE definition_id = ? ORDER BY rowid"  # noqa: S608 - our own names
        return [self._relation(row) for row in self._database.rows(select, (definition_id,))]

    def add(self, values: Mapping[str, Any]) -> Relation:
        """Add a relation; a definition has each once."""
        fields = Fields(values)
        definition_id = fields.guid("TestSequenceDefinitionId")
        if definition_id is None:
            raise refusal(400, "TestSequenceDefinitionId is required.")
        self._definitions.get(definition_id)
        return self._save(str(uuid.uuid4()), definition_id, fields)

    def change(self, values: Mapping[str, Any]) -> Relation:
        """Replace what a relation says."""
        fields = Fields(values)
        relation_id = fields.guid("TestSequenceRelationId")
        if relation_id is None:
            raise refusal(400, "TestSequenceRelationId is required.")
        return self._save(relation_id, str(self.get(relation_id)["TestSequenceDefinitionId"]), fields)

    def get(self, relation_id: str) -> Relation:
        """Return a relation, or refuse with 404."""
        select = f"SELECT {_COLUMNS} FROM mi_relation WHERE relation_id = ?"  # noqa: S608 - our own names
        row = self._database.row(select, (relation_id,))
        if row is None:
            raise refusal(404, f"There is no relation with the id {relation_id}.")
        return self._relation(row)

    def delete(self, relation_ids: list[str]) -> None:
        """Delete relations: all of them, or none if one is not there."""
        with self._database.transaction():
            for relation_id in relation_ids:
                self.get(relation_id)
                self._database.run("DELETE FROM mi_relation WHERE relation_id = ?", (relation_id,))

    def copy(self, source: str, target: str) -> None:
        """Give a definition the relations of another."""
        for relation in self.of(source):
            new = {name: [_without(each, key) for each in relation[name]] for name, key in _LIMITS.items()}
            self._save(str(uuid.uuid4()), target, Fields({**relation, **new}))

    def conflicts(self, definition_id: str) -> list[tuple[Relation, dict[str, Any]]]:
        """Return the relations that released definitions of other names share with a definition, and those."""
        own = self._definitions.get(definition_id)
        rows = self._database.rows(
            "SELECT o.relation_id, o.definition_id FROM mi_relation AS r JOIN mi_relation AS o"  # noqa: S608 - our own names
            f" ON {_SAME} JOIN mi_definition AS d ON d.definition_id = o.definition_id"
            " WHERE r.definition_id = ? AND d.status = ? AND d.name <> ? ORDER BY o.rowid",
            (definition_id, RELEASED, own["Name"]),
        )
        return [(self.get(relation), self._definitions.get(other)) for relation, other in rows]

    def _save(self, relation_id: str, definition_id: str, fields: Fields) -> Relation:
        columns = (
            fields.text("EntitySchema"),
            fields.needed("EntityName", longest=100),
            fields.text("EntityKey"),
            fields.text("EntityValue"),
        )
        same = (
            "SELECT 1 FROM mi_relation WHERE definition_id = ? AND relation_id <> ? AND entity_schema IS ?"
            " AND entity_name = ? AND entity_key IS ? AND entity_value IS ?"
        )
        if self._database.row(same, (definition_id, relation_id, *columns)):
            raise refusal(409, "The manual inspection has this relation already.")
        limits = {name: _limits(fields.objects(name), key, relation_id) for name, key in _LIMITS.items()}
        self._database.run(
            f"INSERT OR REPLACE INTO mi_relation ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own names
            (relation_id, definition_id, *columns, fields.whole("Status"), orjson.dumps(limits).decode()),
        )
        return self.get(relation_id)

    def _relation(self, row: tuple[Any, ...]) -> Relation:
        relation_id, definition_id, schema, name, key, value, status, limits = row
        is_product = (key or name).lower() == "partnumber"
        return {
            "TestSequenceRelationId": relation_id,
            "TestSequenceDefinitionId": definition_id,
            "EntitySchema": schema,
            "EntityName": name,
            "EntityKey": key,
            "EntityValue": value,
            "Status": status,
            **orjson.loads(limits),
            "ProductName": self._products.name_of(value or "") if is_product else None,
        }


def _limits(values: list[dict[str, Any]], key: str, relation_id: str) -> list[dict[str, Any]]:
    ids = [Fields(each).guid(key) or str(uuid.uuid4()) for each in values]
    return [{**each, key: own, "TestSequenceRelationId": relation_id} for each, own in zip(values, ids, strict=True)]


def _without(value: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: each for name, each in value.items() if name != key}
