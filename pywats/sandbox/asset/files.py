"""The files that are kept with assets."""

from collections.abc import Sequence

from pywats.sandbox.answers import refusal
from pywats.sandbox.store import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS asset_file (
    asset_id TEXT NOT NULL REFERENCES asset ON DELETE CASCADE,
    name TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (asset_id, name)
);
"""


class AssetFiles:
    """The files in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def names(self, asset_id: str) -> list[str]:
        """Return the names of the files of an asset."""
        find = "SELECT name FROM asset_file WHERE asset_id = ? ORDER BY name"
        return [name for (name,) in self._database.rows(find, (asset_id,))]

    def get(self, asset_id: str, name: str) -> bytes:
        """Return a file, or refuse with 404."""
        find = "SELECT content FROM asset_file WHERE asset_id = ? AND name = ?"
        content: bytes | None = self._database.value(find, (asset_id, name))
        if content is None:
            raise refusal(404, f"The asset has no file {name}.")
        return content

    def save(self, asset_id: str, name: str, content: bytes) -> None:
        """Store a file, in place of one of its name."""
        self._database.run("INSERT OR REPLACE INTO asset_file VALUES (?, ?, ?)", (asset_id, name, content))

    def delete(self, asset_id: str, names: Sequence[str]) -> None:
        """Delete files by their names: all of them, or none if one is not there."""
        missing = sorted(set(names) - set(self.names(asset_id)))
        if missing:
            raise refusal(404, f"The asset has no file {missing[0]}.")
        with self._database.transaction():
            for name in names:
                self._database.run("DELETE FROM asset_file WHERE asset_id = ? AND name = ?", (asset_id, name))
