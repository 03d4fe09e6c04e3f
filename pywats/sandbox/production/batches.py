"""Batches: units that are made together."""

from typing import Any

from pywats.sandbox.answers import refusal
from pywats.sandbox.fields import Fields
from pywats.sandbox.store import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS production_batch (
    batch_number TEXT PRIMARY KEY,
    batch_size INTEGER
);
"""

LONGEST = 100
"""Characters of a serial number, a part number, a revision or a batch number."""


class Batches:
    """The batches in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ensure(self, number: str) -> None:
        """Make sure that a batch exists."""
        self._database.run("INSERT OR IGNORE INTO production_batch (batch_number) VALUES (?)", (number,))

    def save(self, values: dict[str, Any]) -> dict[str, Any]:
        """Add or change a batch; return it as it is stored."""
        fields = Fields(values)
        number = fields.needed("batchNumber", longest=LONGEST)
        size = fields.whole("batchSize")
        if size is not None and size < 0:
            raise refusal(400, "batchSize is required to be at least 0.")
        self.ensure(number)
        if "batchSize" in fields:
            self._database.run("UPDATE production_batch SET batch_size = ? WHERE batch_number = ?", (size, number))
        return self.find(None, number)[0]

    def find(self, part_number: str | None, number: str | None) -> list[dict[str, Any]]:
        """Return batches: all, those with units of a product, or the one of a number."""
        rows = self._database.rows(
            "SELECT batch_number, batch_size FROM production_batch AS b"
            " WHERE (:number IS NULL OR batch_number = :number)"
            " AND (:part IS NULL OR EXISTS"
            " (SELECT 1 FROM unit WHERE unit.batch_number = b.batch_number AND part_number = :part))"
            " ORDER BY batch_number",
            {"number": number, "part": part_number},
        )
        return [{"batchNumber": name, "batchSize": size} for name, size in rows]
