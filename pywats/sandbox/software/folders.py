"""The folders that packages are shown in."""

import uuid
from typing import Any

from pywats.sandbox.answers import refusal
from pywats.sandbox.fields import Fields
from pywats.sandbox.store import Database

_SELECT = "SELECT folder_id, parent_id, name, description, restricted FROM software_virtual_folder "


class VirtualFolders:
    """The virtual folders in the database; their table is made with that of the packages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[dict[str, Any]]:
        """Return all folders by name."""
        return [_folder(row) for row in self._database.rows(_SELECT + "ORDER BY name, folder_id")]

    def add(self, values: dict[str, Any]) -> dict[str, Any]:
        """Add a folder."""
        return self._save(str(uuid.uuid4()), Fields(values))

    def change(self, values: dict[str, Any]) -> dict[str, Any]:
        """Change a folder."""
        fields = Fields(values)
        folder_id = fields.guid("id")
        if folder_id is None:
            raise refusal(400, "id is required.")
        self._needed(folder_id)
        above = fields.guid("parentId")
        while above is not None:
            if above == folder_id:
                raise refusal(409, "A folder cannot be in itself.")
            above = self._needed(above)["parentId"]
        return self._save(folder_id, fields)

    def delete(self, folder_id: str) -> None:
        """Delete a folder in which nothing is."""
        self._needed(folder_id)
        for table, column in (("software_virtual_folder", "parent_id"), ("software_package", "virtual_folder_id")):
            if self._database.row(f"SELECT 1 FROM {table} WHERE {column} = ?", (folder_id,)):  # noqa: S608 - our own names
                raise refusal(409, f"The folder {folder_id} is not empty.")
        self._database.run("DELETE FROM software_virtual_folder WHERE folder_id = ?", (folder_id,))

    def _save(self, folder_id: str, fields: Fields) -> dict[str, Any]:
        name, parent = fields.needed("name"), fields.guid("parentId")
        if parent is not None:
            self._needed(parent)
        twin = "SELECT folder_id FROM software_virtual_folder WHERE name = ? AND parent_id IS ? AND folder_id <> ?"
        if self._database.row(twin, (name, parent, folder_id)):
            raise refusal(409, f"There is a folder {name} already.")
        restricted = fields.flag("isRestricted") or False
        self._database.run(
            "INSERT INTO software_virtual_folder VALUES (?, ?, ?, ?, ?) ON CONFLICT (folder_id) DO UPDATE SET"
            " parent_id = excluded.parent_id, name = excluded.name, description = excluded.description,"
            " restricted = excluded.restricted",
            (folder_id, parent, name, fields.text("description"), restricted),
        )
        return self._needed(folder_id)

    def _needed(self, folder_id: str) -> dict[str, Any]:
        row = self._database.row(_SELECT + "WHERE folder_id = ?", (folder_id,))
        if row is None:
            raise refusal(404, f"There is no virtual folder with the id {folder_id}.")
        return _folder(row)


def _folder(row: tuple[Any, ...]) -> dict[str, Any]:
    return {
        "id": row[0],
        "parentId": row[1],
        "name": row[2],
        "description": row[3],
        "isRestricted": bool(row[4]),
    }
