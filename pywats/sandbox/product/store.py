"""Products and their revisions, as they are kept and as they are shown."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from pywats.sandbox.answers import refusal
from pywats.sandbox.fields import Fields
from pywats.sandbox.product import tags as product_tags
from pywats.sandbox.store import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS product_category (
    category_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT
);
CREATE TABLE IF NOT EXISTS product (
    product_id TEXT PRIMARY KEY,
    part_number TEXT NOT NULL UNIQUE,
    name TEXT,
    description TEXT,
    non_serial INTEGER NOT NULL DEFAULT 0,
    state INTEGER NOT NULL DEFAULT 1,
    xml_data TEXT,
    tags TEXT NOT NULL DEFAULT '{}',
    category_id TEXT REFERENCES product_category ON DELETE SET NULL
);
CREATE TABLE IF NOT EXISTS product_revision (
    revision_id TEXT PRIMARY KEY,
    product_id TEXT NOT NULL REFERENCES product ON DELETE CASCADE,
    revision TEXT NOT NULL,
    name TEXT,
    description TEXT,
    state INTEGER NOT NULL DEFAULT 1,
    xml_data TEXT,
    tags TEXT NOT NULL DEFAULT '{}',
    UNIQUE (product_id, revision)
);
CREATE INDEX IF NOT EXISTS product_by_category ON product (category_id);
"""

_PRODUCT = {
    "name": "name:text",
    "description": "description:text",
    "non_serial": "nonSerial:flag",
    "state": "state:whole",
}
_REVISION = {"name": "name:text", "description": "description:text", "state": "state:whole"}
_DEFAULTS = {"non_serial": False, "state": 1}
_SELECT = (
    "SELECT p.product_id, p.part_number, p.name, p.description, p.non_serial, p.state, p.xml_data, p.tags,"
    " p.category_id, c.name FROM product AS p LEFT JOIN product_category AS c ON c.category_id = p.category_id "
)
_SELECT_REVISION = (
    "SELECT r.revision_id, r.product_id, r.revision, r.name, r.description, r.state, r.xml_data, r.tags, p.part_number"
    " FROM product_revision AS r JOIN product AS p ON p.product_id = r.product_id "
)
_STATES = {0, 1}
_LONGEST = 100


class Products:
    """The products in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, part_number: str) -> dict[str, Any] | None:
        """Return a product with its revisions and tags, or ``None``."""
        row = self._database.row(_SELECT + "WHERE p.part_number = ?", (part_number,))
        if row is None:
            return None
        revisions = self._database.rows(_SELECT_REVISION + "WHERE r.product_id = ? ORDER BY r.rowid", (row[0],))
        return _product(row, [_revision(revision) for revision in revisions])

    def get_revision(self, part_number: str, revision: str) -> dict[str, Any] | None:
        """Return one revision, or ``None``."""
        where = "WHERE p.part_number = ? AND r.revision = ?"
        row = self._database.row(_SELECT_REVISION + where, (part_number, revision))
        return None if row is None else _revision(row)

    def revision_id(self, part_number: str, revision: str) -> str | None:
        """Return the id of a revision, or ``None``."""
        found = self.get_revision(part_number, revision)
        return None if found is None else str(found["productRevisionId"])

    def tag(self, key: str, part_number: str, revision: str | None = None) -> str | None:
        """Return the value of a tag of a product, or of one of its revisions; ``None`` if it is empty or absent."""
        found = self.get(part_number) if revision is None else self.get_revision(part_number, revision)
        tags: list[dict[str, str | None]] = [] if found is None else found["tags"]
        return next((tag["value"] for tag in tags if tag["key"] == key), None) or None

    def query(self, rest: str, values: Sequence[Any]) -> list[dict[str, Any]]:
        """Return the products that the rest of a query over ``product AS p`` selects, with their revisions."""
        rows = self._database.search(_SELECT + rest, values)
        found = [_product(row, []) for row in rows]
        by_id = {product["productId"]: product for product in found}
        some = "" if len(by_id) > 500 else f"WHERE r.product_id IN ({','.join('?' * len(by_id))}) "  # noqa: PLR2004 - bound values
        revisions = self._database.rows(f"{_SELECT_REVISION}{some}ORDER BY r.rowid", tuple(by_id) if some else ())
        for row in revisions:
            if row[1] in by_id:
                by_id[row[1]]["revisions"].append(_revision(row))
        return found

    def save(self, values: dict[str, Any]) -> dict[str, Any]:
        """Add a product or change the one of its id or part number; return it as it is stored.

        What the object does not mention stays as it is; revisions that it lists are saved with it.
        """
        fields = Fields(values)
        part_number = fields.needed("partNumber", longest=_LONGEST)
        with self._database.transaction():
            product_id = self._identify(fields, part_number)
            columns = _checked(fields.given(_PRODUCT))
            columns["part_number"] = part_number
            if "productCategoryId" in fields:
                columns["category_id"] = self._category(fields)
            columns |= self._tags("product", "product_id", product_id, fields)
            self._update("product", "product_id", product_id, columns)
            for revision in fields.objects("revisions"):
                self.save_revision({**revision, "productId": product_id})
        saved = self.get(part_number)
        if saved is None:  # pragma: no cover - it was just written under the same lock
            raise LookupError(part_number)
        return saved

    def save_revision(self, values: dict[str, Any]) -> dict[str, Any]:
        """Add a revision to a product or change the one of its id or name; return it as it is stored."""
        fields = Fields(values)
        revision = fields.needed("revision", longest=_LONGEST)
        with self._database.transaction():
            revision_id = self._identify_revision(fields, revision)
            columns = _checked(fields.given(_REVISION))
            columns["revision"] = revision
            columns |= self._tags("product_revision", "revision_id", revision_id, fields)
            self._update("product_revision", "revision_id", revision_id, columns)
            row = self._database.row(_SELECT_REVISION + "WHERE r.revision_id = ?", (revision_id,))
        if row is None:  # pragma: no cover - it was just written under the same lock
            raise LookupError(revision)
        return _revision(row)

    def ensure(self, part_number: str, revision: str) -> None:
        """Make sure that a product, and a revision unless it is empty, exists: reports bring new ones."""
        find = "SELECT product_id FROM product WHERE part_number = ?"
        product_id = self._database.value(find, (part_number,)) or self._add_product(part_number)
        if revision:
            find = "SELECT 1 FROM product_revision WHERE product_id = ? AND revision = ?"
            if self._database.row(find, (product_id, revision)) is None:
                self._add_revision(product_id, revision)

    def name_of(self, part_number: str) -> str | None:
        """Return the name of a product, or ``None``."""
        name: str | None = self._database.value("SELECT name FROM product WHERE part_number = ?", (part_number,))
        return name

    def delete(self, part_number: str) -> bool:
        """Delete a product with its revisions; return whether there was one."""
        return self._database.run("DELETE FROM product WHERE part_number = ?", (part_number,)) > 0

    def delete_revision(self, part_number: str, revision: str) -> bool:
        """Delete a revision; return whether there was one."""
        revision_id = self.revision_id(part_number, revision)
        return self._database.run("DELETE FROM product_revision WHERE revision_id = ?", (revision_id,)) > 0

    def set_tags(self, table: str, key: str, owner: str, values: Iterable[dict[str, Any]]) -> None:
        """Make these the tags of a product (table ``product``) or a revision (``product_revision``)."""
        tags = product_tags.pairs(values)
        self._update(table, key, owner, {"tags": _json(tags), "xml_data": product_tags.to_xml(tags)})

    def _identify(self, fields: Fields, part_number: str) -> str:
        product_id = fields.guid("productId")
        owner = self._database.value("SELECT product_id FROM product WHERE part_number = ?", (part_number,))
        if product_id is None:
            return owner or self._add_product(part_number)
        if not self._database.row("SELECT 1 FROM product WHERE product_id = ?", (product_id,)):
            raise refusal(404, f"There is no product with the id {product_id}.")
        if owner not in {None, product_id}:
            raise refusal(409, f"The part number {part_number} belongs to another product.")
        return product_id

    def _identify_revision(self, fields: Fields, revision: str) -> str:
        revision_id = fields.guid("productRevisionId")
        product_id = self._owner(fields, revision_id)
        find = "SELECT revision_id FROM product_revision WHERE product_id = ? AND revision = ?"
        same_name: str | None = self._database.value(find, (product_id, revision))
        if revision_id is None:
            return same_name or self._add_revision(product_id, revision)
        if same_name not in {None, revision_id}:
            raise refusal(409, f"The product has another revision {revision}.")
        return revision_id

    def _owner(self, fields: Fields, revision_id: str | None) -> str:
        if revision_id is not None:
            find = "SELECT product_id FROM product_revision WHERE revision_id = ?"
            product_id: str | None = self._database.value(find, (revision_id,))
            if product_id is None:
                raise refusal(404, f"There is no revision with the id {revision_id}.")
            return product_id
        named, part_number = fields.guid("productId"), fields.text("partNumber")
        if named is None and not part_number:
            raise refusal(400, "productId is required.")
        find = "SELECT product_id FROM product WHERE product_id = ? OR (? IS NULL AND part_number = ?)"
        product_id = self._database.value(find, (named, named, part_number))
        if product_id is None:
            raise refusal(404, f"There is no product {named or part_number}.")
        return product_id

    def _category(self, fields: Fields) -> str | None:
        category = fields.guid("productCategoryId")
        if category and not self._database.row("SELECT 1 FROM product_category WHERE category_id = ?", (category,)):
            raise refusal(400, f"There is no product category with the id {category}.")
        return category

    def _tags(self, table: str, key: str, owner: str, fields: Fields) -> dict[str, Any]:
        """The tags and the XML document after what a save says of either; the document is read only if it is new."""
        row = self._database.row(f"SELECT tags, xml_data FROM {table} WHERE {key} = ?", (owner,))  # noqa: S608 - our own names
        stored, document = row or ("{}", None)
        tags: dict[str, str | None] = orjson.loads(stored)
        before = dict(tags)
        xml_data = fields.text("xmlData")
        if xml_data and xml_data != document:
            tags, document = product_tags.from_xml(xml_data), xml_data
            before = dict(tags)
        tags = product_tags.changed(tags, fields.objects("tags"))
        if tags != before:
            document = product_tags.to_xml(tags)
        return {"tags": _json(tags), "xml_data": document}

    def _add_product(self, part_number: str) -> str:
        product_id = str(uuid.uuid4())
        self._database.run("INSERT INTO product (product_id, part_number) VALUES (?, ?)", (product_id, part_number))
        return product_id

    def _add_revision(self, product_id: str, revision: str) -> str:
        revision_id = str(uuid.uuid4())
        insert = "INSERT INTO product_revision (revision_id, product_id, revision) VALUES (?, ?, ?)"
        self._database.run(insert, (revision_id, product_id, revision))
        return revision_id

    def _update(self, table: str, key: str, owner: str, columns: dict[str, Any]) -> None:
        names = ", ".join(f"{name} = ?" for name in columns)
        self._database.run(f"UPDATE {table} SET {names} WHERE {key} = ?", (*columns.values(), owner))  # noqa: S608 - our own names


def _product(row: Sequence[Any], revisions: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "productId": row[0],
        "nonSerial": bool(row[4]),
        "partNumber": row[1],
        "name": row[2],
        "description": row[3],
        "state": row[5],
        "xmlData": row[6],
        "productCategoryId": row[8],
        "productCategoryName": row[9],
        "revisions": revisions,
        "tags": [] if row[7] == "{}" else product_tags.settings(orjson.loads(row[7])),
    }


def _revision(row: Sequence[Any]) -> dict[str, Any]:
    return {
        "productRevisionId": row[0],
        "productId": row[1],
        "revision": row[2],
        "name": row[3],
        "description": row[4],
        "state": row[5],
        "xmlData": row[6],
        "PartNumber": row[8],
        "tags": [] if row[7] == "{}" else product_tags.settings(orjson.loads(row[7])),
    }


def _checked(columns: dict[str, Any]) -> dict[str, Any]:
    if columns.get("state", 1) not in {None, *_STATES}:
        raise refusal(400, "state is required to be 0 (inactive) or 1 (active).")
    return {name: _DEFAULTS.get(name) if value is None else value for name, value in columns.items()}


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
