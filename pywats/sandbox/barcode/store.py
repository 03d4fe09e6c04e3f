"""Barcode identifiers: regular expressions that tell what a barcode says."""

import re
from typing import Any

from pywats.sandbox.answers import refusal
from pywats.sandbox.fields import Fields
from pywats.sandbox.store import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS barcode_identifier (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    pattern TEXT NOT NULL,
    serial_number TEXT,
    part_number TEXT,
    revision TEXT,
    batch_number TEXT,
    process TEXT,
    order_no INTEGER NOT NULL,
    description TEXT
);
"""

_FOUND = ("serialNumber", "partNumber", "revision", "batchNumber", "process")
_NAMES = ("id", "pattern", *_FOUND, "order", "description")
_COLUMNS = "id, pattern, serial_number, part_number, revision, batch_number, process, order_no, description"
_LONGEST = 500
_DOTNET_GROUP = re.compile(r"\(\?<(?=[A-Za-z_])")


class BarcodeIdentifiers:
    """The barcode identifiers in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[dict[str, Any]]:
        """Return all identifiers in the order in which they are tried."""
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM barcode_identifier ORDER BY order_no, id")  # noqa: S608 - our own names
        return [_shown(row) for row in rows]

    def save(self, values: dict[str, Any]) -> dict[str, Any]:
        """Add an identifier, or change the one of its id; return it."""
        fields = Fields(values)
        identifier_id, pattern = fields.whole("id"), fields.needed("pattern", longest=_LONGEST)
        found = [fields.text(name, longest=_LONGEST) for name in _FOUND]
        for expression in (pattern, *found):
            _compiled(expression or "")
        order, description = fields.whole("order") or 0, fields.text("description")
        row = (pattern, *found, order, description)
        if not identifier_id:  # typed clients send 0 for none
            marks = ", ".join("?" * len(row))
            identifier_id = self._database.insert(
                f"INSERT INTO barcode_identifier ({_COLUMNS.removeprefix('id, ')}) VALUES ({marks})",  # noqa: S608
                row,
            )
        else:
            columns = _COLUMNS.removeprefix("id, ").replace(",", " = ?,")
            update = f"UPDATE barcode_identifier SET {columns} = ? WHERE id = ?"  # noqa: S608 - our own names
            if not self._database.run(update, (*row, identifier_id)):
                raise refusal(404, f"There is no barcode identifier with the id {identifier_id}.")
        return _shown((identifier_id, *row))

    def delete(self, identifier_id: int) -> bool:
        """Delete an identifier; return whether there was one."""
        return self._database.run("DELETE FROM barcode_identifier WHERE id = ?", (identifier_id,)) > 0

    def identify(self, code: str) -> dict[str, Any]:
        """Return what a barcode says by the first identifier that it matches, or else by the default format."""
        for identifier in self.all():
            if _compiled(identifier["pattern"]).search(code):
                found = {name: _found(identifier.get(name), code) for name in _FOUND}
                return _present({**identifier, **found})
        return _present(dict(zip(_FOUND, (part or None for part in code.split("/")), strict=False)))


def _compiled(expression: str) -> re.Pattern[str]:
    """Return a regular expression as the server's language writes them: its named groups lack the P."""
    try:
        return re.compile(_DOTNET_GROUP.sub("(?P<", expression))
    except (re.error, OverflowError, RecursionError) as error:
        raise refusal(400, f"{expression!r} is no regular expression: {error}.") from error


def _found(expression: str | None, code: str) -> str | None:
    """Return what an expression finds: its first group, or all of it when it has none."""
    found = _compiled(expression).search(code) if expression else None
    return None if found is None else found[1 if found.re.groups else 0]


def _shown(row: tuple[Any, ...]) -> dict[str, Any]:
    return _present(dict(zip(_NAMES, row, strict=True)))


def _present(values: dict[str, Any]) -> dict[str, Any]:
    """Return what there is: the answers' schema has no null."""
    return {name: value for name, value in values.items() if value is not None}
