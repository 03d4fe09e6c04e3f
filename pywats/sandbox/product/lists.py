"""Vendors and product categories."""

import uuid
from collections.abc import Iterable
from typing import Any

import orjson

from pywats.sandbox.answers import refusal
from pywats.sandbox.fields import Fields
from pywats.sandbox.store import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS vendor (
    vendor_id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    more TEXT NOT NULL
);
"""


class Vendors:
    """The vendors in the database: a name, an id, and whatever else was given."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[dict[str, Any]]:
        """Return all vendors by name."""
        rows = self._database.rows("SELECT vendor_id, name, more FROM vendor ORDER BY name")
        return [_vendor(row) for row in rows]

    def save(self, values: dict[str, Any]) -> dict[str, Any]:
        """Add a vendor, or change the one of its id or name; return it."""
        fields = Fields(values)
        name = fields.needed("VendorName", "name")
        same: str | None = self._database.value("SELECT vendor_id FROM vendor WHERE name = ?", (name,))
        vendor_id = fields.text("vendorId") or same or str(uuid.uuid4())
        if same not in {None, vendor_id}:
            raise refusal(409, f"There is a vendor {name} already.")
        more = {key: value for key, value in values.items() if key.lower() not in {"name", "vendorname", "vendorid"}}
        self._database.run(
            "INSERT INTO vendor VALUES (?, ?, ?) ON CONFLICT (vendor_id) DO UPDATE SET name = excluded.name,"
            " more = excluded.more",
            (vendor_id, name, orjson.dumps(more).decode()),
        )
        return _vendor((vendor_id, name, orjson.dumps(more)))

    def add_missing(self, vendors: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Add the vendors whose names are new; return all."""
        with self._database.transaction():
            for values in vendors:
                name = Fields(values).needed("VendorName", "name")
                if not self._database.row("SELECT 1 FROM vendor WHERE name = ?", (name,)):
                    self.save(values)
        return self.all()

    def delete(self, vendor_id: str) -> bool:
        """Delete a vendor by id; return whether there was one."""
        return self._database.run("DELETE FROM vendor WHERE vendor_id = ?", (vendor_id,)) > 0

    def delete_named(self, vendors: Iterable[dict[str, Any]]) -> None:
        """Delete vendors by name."""
        with self._database.transaction():
            for values in vendors:
                name = Fields(values).needed("VendorName", "name")
                self._database.run("DELETE FROM vendor WHERE name = ?", (name,))


class Categories:
    """The product categories in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[dict[str, Any]]:
        """Return all categories by name."""
        rows = self._database.rows("SELECT category_id, name, description FROM product_category ORDER BY name")
        return [{"ProductCategoryId": row[0], "Name": row[1], "Description": row[2]} for row in rows]

    def save(self, categories: Iterable[dict[str, Any]]) -> None:
        """Add or change categories by their ids or names; what is not mentioned stays."""
        with self._database.transaction():
            for values in categories:
                fields = Fields(values)
                name = fields.needed("Name")
                same = self._database.value("SELECT category_id FROM product_category WHERE name = ?", (name,))
                category_id = fields.guid("ProductCategoryId", "categoryId") or same or str(uuid.uuid4())
                self._database.run(
                    "INSERT INTO product_category VALUES (?, ?, ?) ON CONFLICT (category_id)"
                    " DO UPDATE SET name = excluded.name, description = excluded.description",
                    (category_id, name, fields.text("Description")),
                )


def _vendor(row: tuple[Any, ...]) -> dict[str, Any]:
    return {**orjson.loads(row[2]), "vendorId": row[0], "name": row[1], "VendorName": row[1]}
