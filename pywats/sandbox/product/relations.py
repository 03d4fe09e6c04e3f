"""Box builds: which product revisions consist of which others."""

import uuid
from typing import Any

from pywats.sandbox.answers import refusal
from pywats.sandbox.fields import Fields
from pywats.sandbox.store import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS product_relation (
    relation_id TEXT PRIMARY KEY,
    parent_id TEXT NOT NULL REFERENCES product_revision ON DELETE CASCADE,
    child_id TEXT NOT NULL REFERENCES product_revision ON DELETE CASCADE,
    quantity INTEGER NOT NULL DEFAULT 1,
    item_number TEXT,
    revision_mask TEXT,
    UNIQUE (parent_id, child_id)
);
CREATE INDEX IF NOT EXISTS product_relation_by_child ON product_relation (child_id);
"""
_LARGEST_TREE = 10_000

Relation = dict[str, Any]


class ProductRelations:
    """The relations of product revisions in the database; they never form a circle."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, values: dict[str, Any]) -> Relation:
        """Make one revision a part of another; return the relation."""
        parent, child, columns = self._read(values)
        find = "SELECT 1 FROM product_relation WHERE parent_id = ? AND child_id = ?"
        if self._database.row(find, (parent, child)):
            raise refusal(409, "The revision is a part of this parent already.")
        relation_id = str(uuid.uuid4())
        self._database.run(
            "INSERT INTO product_relation (relation_id, parent_id, child_id, quantity, item_number, revision_mask)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (relation_id, parent, child, *columns),
        )
        return self.get(relation_id)

    def change(self, values: dict[str, Any]) -> Relation:
        """Change a relation: its two revisions, quantity, item number and mask."""
        relation_id = Fields(values).guid("ProductRevisionRelationId")
        if relation_id is None:
            raise refusal(400, "ProductRevisionRelationId is required.")
        self.get(relation_id)
        parent, child, columns = self._read(values)
        find = "SELECT relation_id FROM product_relation WHERE parent_id = ? AND child_id = ?"
        if self._database.value(find, (parent, child)) not in {None, relation_id}:
            raise refusal(409, "The revision is a part of this parent already.")
        self._database.run(
            "UPDATE product_relation SET parent_id = ?, child_id = ?, quantity = ?, item_number = ?, revision_mask = ?"
            " WHERE relation_id = ?",
            (parent, child, *columns, relation_id),
        )
        return self.get(relation_id)

    def get(self, relation_id: str) -> Relation:
        """Return a relation, or refuse with 404."""
        row = self._database.row(
            "SELECT relation_id, parent_id, child_id, quantity, item_number, revision_mask, part_number, revision"
            " FROM product_relation JOIN product_revision ON revision_id = child_id JOIN product USING (product_id)"
            " WHERE relation_id = ?",
            (relation_id,),
        )
        if row is None:
            raise refusal(404, f"There is no product revision relation {relation_id}.")
        return _relation(row)

    def delete(self, relation_id: str) -> None:
        """Delete a relation, or refuse with 404."""
        if not self._database.run("DELETE FROM product_relation WHERE relation_id = ?", (relation_id,)):
            raise refusal(404, f"There is no product revision relation {relation_id}.")

    def tree(self, revision_id: str) -> list[dict[str, Any]]:
        """Return a revision and all that it consists of, each part below what it is a part of, with its level."""
        rows = self._database.rows(
            "WITH RECURSIVE tree (hlevel, revision_id, relation_id, parent_id, path) AS ("
            " SELECT 0, ?, NULL, NULL, ''"
            " UNION ALL"
            " SELECT hlevel + 1, child_id, r.relation_id, r.parent_id, path || printf('/%012d', r.rowid)"
            " FROM tree JOIN product_relation AS r ON r.parent_id = tree.revision_id"
            " LIMIT ?)"
            " SELECT hlevel, t.relation_id, t.parent_id, t.revision_id, l.quantity, l.item_number, l.revision_mask,"
            " part_number, revision, product_id, p.name, v.name, p.non_serial FROM tree AS t"
            " JOIN product_revision AS v ON v.revision_id = t.revision_id JOIN product AS p USING (product_id)"
            " LEFT JOIN product_relation AS l ON l.relation_id = t.relation_id ORDER BY path",
            (revision_id, _LARGEST_TREE),
        )
        return [
            {
                "hlevel": row[0],
                **_relation((*row[1:3], *row[3:9])),
                "PartNumber": row[7],
                "Revision": row[8],
                "ProductId": row[9],
                "ProductName": row[10],
                "RevisionName": row[11],
                "NonSerial": bool(row[12]),
            }
            for row in rows
        ]

    def _read(self, values: dict[str, Any]) -> tuple[str, str, tuple[Any, ...]]:
        fields = Fields(values)
        parent, child = fields.guid("ParentProductRevisionId"), fields.guid("ProductRevisionId")
        for revision_id, name in ((parent, "ParentProductRevisionId"), (child, "ProductRevisionId")):
            if revision_id is None:
                raise refusal(400, f"{name} is required.")
            if not self._database.row("SELECT 1 FROM product_revision WHERE revision_id = ?", (revision_id,)):
                raise refusal(404, f"There is no product revision {revision_id}.")
        if parent is None or child is None:  # pragma: no cover - refused above
            raise refusal(400)
        if any(row["ProductRevisionId"] == parent for row in self.tree(child)):
            raise refusal(409, "A revision cannot be a part of itself.")
        quantity = fields.whole("Quantity")
        quantity = 1 if quantity is None else quantity
        if quantity < 1:
            raise refusal(400, "Quantity is required to be at least 1.")
        return parent, child, (quantity, fields.text("ItemNumber"), fields.text("RevisionMask"))


def _relation(row: tuple[Any, ...]) -> Relation:
    names = (
        "ProductRevisionRelationId",
        "ParentProductRevisionId",
        "ProductRevisionId",
        "Quantity",
        "ItemNumber",
        "RevisionMask",
        "ChildPartNumber",
        "ChildRevision",
    )
    return dict(zip(names, row, strict=True))
