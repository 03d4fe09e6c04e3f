"""Bills of material of product revisions, as JSON and in the vendor's XML format WSBF."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from typing import Any

from pywats.sandbox.answers import Refusal, refusal
from pywats.sandbox.fields import Fields
from pywats.sandbox.product.store import Products
from pywats.sandbox.product.tags import parsed
from pywats.sandbox.store import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS bom (
    revision_id TEXT PRIMARY KEY REFERENCES product_revision ON DELETE CASCADE,
    description TEXT
);
CREATE TABLE IF NOT EXISTS bom_item (
    item_id TEXT PRIMARY KEY,
    revision_id TEXT NOT NULL REFERENCES bom ON DELETE CASCADE,
    number TEXT,
    revision TEXT,
    quantity INTEGER,
    description TEXT,
    reference TEXT,
    function_block TEXT,
    manufacturer TEXT,
    manufacturer_pn TEXT,
    vendor TEXT,
    vendor_pn TEXT
);
CREATE INDEX IF NOT EXISTS bom_item_by_revision ON bom_item (revision_id);
"""
_COLUMNS = (
    "number, revision, quantity, description, reference, function_block,"
    " manufacturer, manufacturer_pn, vendor, vendor_pn"
)
_NAMESPACE = "http://wats.virinco.com/schemas/WATS/wsbf"


@dataclass(frozen=True, slots=True)
class Component:
    """One line of a bill of material."""

    number: str | None
    revision: str | None
    quantity: int | None
    description: str | None
    reference: str | None
    function_block: str | None
    manufacturer: str | None = None
    manufacturer_pn: str | None = None
    vendor: str | None = None
    vendor_pn: str | None = None

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> "Component":
        """Return the component that a JSON object describes, by the names of any of the shapes in use."""
        fields = Fields(values)
        return cls(
            number=fields.text("number", "partNumber"),
            revision=fields.text("revision", "rev"),
            quantity=fields.whole("quantity", "qty"),
            description=fields.text("description", "desc"),
            reference=fields.text("reference", "ref", "componentRef", "compRef"),
            function_block=fields.text("functionBlock"),
            manufacturer=fields.text("manufacturer"),
            manufacturer_pn=fields.text("manufacturerPn"),
            vendor=fields.text("vendor"),
            vendor_pn=fields.text("vendorPn"),
        )


class Boms:
    """The bills of material in the database."""

    def __init__(self, database: Database, products: Products) -> None:
        self._database = database
        self._products = products

    def save(
        self, part_number: str, revision: str, components: Iterable[Component], description: str | None = None
    ) -> None:
        """Make this the bill of material of a revision; an unknown product or revision is added."""
        with self._database.transaction():
            self._products.ensure(part_number, revision)
            revision_id = self._products.revision_id(part_number, revision)
            self._database.run("DELETE FROM bom WHERE revision_id = ?", (revision_id,))
            self._database.run("INSERT INTO bom VALUES (?, ?)", (revision_id, description))
            self._database.insert_all(
                f"INSERT INTO bom_item (item_id, revision_id, {_COLUMNS}) VALUES ({', '.join('?' * 12)})",  # noqa: S608 - our own names
                ((str(uuid.uuid4()), revision_id, *astuple(component)) for component in components),
            )

    def save_json(self, values: dict[str, Any]) -> None:
        """Save a bill of material that a JSON object describes."""
        fields = Fields(values)
        components = [Component.read(each) for each in fields.objects("components")]
        part_number, revision = fields.needed("partNumber"), fields.needed("revision", "rev")
        self.save(part_number, revision, components, fields.text("description", "desc"))

    def save_xml(self, text: str) -> None:
        """Save a bill of material in WSBF; the server calls its own mistake what is wrong in it (500)."""
        try:
            self._save_xml(text)
        except Refusal as error:
            raise refusal(500, ExceptionMessage=error.words) from error

    def _save_xml(self, text: str) -> None:
        root = parsed(text)
        name = root.tag.rpartition("}")[2]
        if name != "BOM" or root.tag.partition("}")[0].strip("{ ") not in {_NAMESPACE, name}:
            raise refusal(400, f"The root element is required to be BOM of {_NAMESPACE}.")
        bom = Fields(root.attrib)
        components: list[Component] = []
        for element in root:
            values: dict[str, Any] = {key.lower(): value for key, value in element.attrib.items()}
            if values.get("qty"):
                values["qty"] = _whole(values["qty"])
            components.append(Component.read(values))
        self.save(bom.needed("Partnumber"), bom.needed("Revision"), components, bom.text("Desc"))

    def public(self, part_number: str, revision: str) -> dict[str, Any] | None:
        """Return the bill of material of a revision in its public shape, or ``None`` when it has none."""
        revision_id = self._products.revision_id(part_number, revision)
        bom = self._database.row("SELECT description FROM bom WHERE revision_id = ?", (revision_id,))
        if bom is None:
            return None
        names = ("number", "revision", "quantity", "description", "reference", "functionBlock")
        components = [dict(zip(names, row[1:], strict=False)) for row in self._items(revision_id)]
        return {"partNumber": part_number, "revision": revision, "description": bom[0], "components": components}

    def items(self, part_number: str, revision: str) -> list[dict[str, Any]]:
        """Return the lines of a revision's bill of material as the web pages use them; empty when it has none."""
        revision_id = self._products.revision_id(part_number, revision)
        names = (
            "bomItemId",
            "partNumber",
            "revision",
            "quantity",
            "description",
            "componentRef",
            "functionBlock",
            "manufacturer",
            "manufacturerPn",
            "vendor",
            "vendorPn",
        )
        rows = self._items(revision_id)
        return [dict(zip(names, row, strict=True)) | {"productRevisionId": revision_id} for row in rows]

    def _items(self, revision_id: str | None) -> list[tuple[Any, ...]]:
        select = f"SELECT item_id, {_COLUMNS} FROM bom_item WHERE revision_id = ? ORDER BY rowid"  # noqa: S608 - our own names
        return self._database.rows(select, (revision_id,))


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:  # noqa: PLR2004 - 32 bits
        raise refusal(400, f"Qty is required to be a whole number, not {text!r}.")
    return int(text)
