"""The folders and files of packages. Equal contents of the same name are stored once."""

import base64
import hashlib
import io
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from zipfile import ZipInfo

from pywats.packages import archive
from pywats.sandbox.answers import refusal
from pywats.sandbox.fields import Fields
from pywats.sandbox.store import Database
from pywats.sandbox.times import TICKS, instant, iso

SCHEMA = """
CREATE TABLE IF NOT EXISTS software_content (
    content_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    checksum BLOB NOT NULL,
    uploaded INTEGER NOT NULL,
    file_modified INTEGER NOT NULL,
    content BLOB NOT NULL,
    UNIQUE (name, checksum)
);
CREATE TABLE IF NOT EXISTS software_folder (
    folder_id TEXT PRIMARY KEY,
    package_id TEXT NOT NULL REFERENCES software_package ON DELETE CASCADE,
    parent_id TEXT REFERENCES software_folder ON DELETE CASCADE,
    name TEXT NOT NULL,
    modified INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS software_folder_by_package ON software_folder (package_id, parent_id, name);
CREATE INDEX IF NOT EXISTS software_folder_by_parent ON software_folder (parent_id);
CREATE TABLE IF NOT EXISTS software_file (
    file_id TEXT PRIMARY KEY,
    folder_id TEXT NOT NULL REFERENCES software_folder ON DELETE CASCADE,
    content_id TEXT NOT NULL REFERENCES software_content,
    attributes INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS software_file_by_folder ON software_file (folder_id);
"""
ATTRIBUTES: Final = {
    "None": 0,
    "ExecuteAlways": 1,
    "ExecuteOnce": 2,
    "ExecuteOncePerVersion": 4,
    "TopLevelFile": 8,
    "OverwriteNever": 16,
    "OverwriteOnNewPackageVersion": 32,
}
LARGEST: Final = 256 << 20
"""Bytes that the files of an uploaded archive may have together."""

_FILE, _FOLDER = range(2)
_SELECT: Final = (
    "SELECT file_id, folder_id, f.content_id, attributes, c.name, c.version, checksum, uploaded, file_modified,"
    " length(content) FROM software_file AS f JOIN software_content AS c ON c.content_id = f.content_id "
)


class PackageFiles:
    """The folders and files in the database."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def tree(self, package_id: str, parent: str | None = None) -> list[dict[str, Any]]:
        """Return the folders of a package with their files, nested, as the web pages have them."""
        of_parent = "WHERE package_id = ? AND parent_id IS ? ORDER BY name"
        find = f"SELECT folder_id, name, modified FROM software_folder {of_parent}"  # noqa: S608 - our own names
        return [
            {
                "PackageFolderId": folder_id,
                "PackageId": package_id,
                "ParentFolderId": parent,
                "Name": name,
                "Modified": iso(modified),
                "PackageFolders": self.tree(package_id, folder_id),
                "PackageFolderFiles": [_folder_file(row) for row in self._files(folder_id)],
            }
            for folder_id, name, modified in self._database.rows(find, (package_id, parent))
        ]

    def public(self, package_id: str) -> list[dict[str, Any]]:
        """Return the files of a package as the public list has them."""
        return [
            {
                "packageFileId": row[0],
                "name": row[4],
                "packageFolderName": path,
                "attributes": _words(row[3]),
                "Description": None,
            }
            for path, folder_id in self._paths(package_id)
            for row in self._files(folder_id)
        ]

    def entities(self, package_id: str) -> list[dict[str, Any]]:
        """Return the folders and files of a package side by side, as the web pages show them."""
        rows = self._database.rows("SELECT folder_id FROM software_folder WHERE package_id = ?", (package_id,))
        return [self.folder(folder_id) for (folder_id,) in rows] + [
            _entity(row) for (folder_id,) in rows for row in self._files(folder_id)
        ]

    def upload(self, package_id: str, content: bytes, *, clean: bool) -> None:
        """Put the files of a zip archive into a package; ``clean`` deletes all that was there."""
        try:
            with archive.opened(io.BytesIO(content)) as opened, self._database.transaction():
                members = archive.files_of(opened, LARGEST)
                if clean:
                    self._database.run("DELETE FROM software_folder WHERE package_id = ?", (package_id,))
                for path, member in members.items():
                    *folders, name = path.split("/")
                    folder_id = self._ensure(package_id, folders)
                    self._put(folder_id, name, opened.read(member), _modified(member))
        except ValueError as error:
            raise refusal(400, f"The zip file is refused: {error}.") from error

    def add_attribute(self, file_id: str, word: str) -> None:
        """Add an attribute to a file, or take all away."""
        words = {name.lower(): bit for name, bit in ATTRIBUTES.items()}
        if word.lower() not in words:
            raise refusal(400, f"The attribute is required to be one of {', '.join(ATTRIBUTES)}.")
        bit = words[word.lower()]
        new = "attributes | ?" if bit else "?"
        self._database.run(f"UPDATE software_file SET attributes = {new} WHERE file_id = ?", (bit, file_id))  # noqa: S608

    def package_of(self, kind: str, identity: str) -> str:
        """Return the id of the package that a ``file`` or ``folder`` belongs to, or refuse with 404."""
        of_file = "SELECT package_id FROM software_file JOIN software_folder USING (folder_id) WHERE file_id = ?"
        of_folder = "SELECT package_id FROM software_folder WHERE folder_id = ?"
        found: str | None = self._database.value(of_file if kind == "file" else of_folder, (identity,))
        if found is None:
            raise refusal(404, f"There is no {kind} with the id {identity}.")
        return found

    def add_folder(self, package_id: str, values: dict[str, Any]) -> dict[str, Any]:
        """Add a folder to a package."""
        fields = Fields(values)
        name, parent = fields.needed("name"), fields.guid("parentId")
        if parent is not None and self.package_of("folder", parent) != package_id:
            raise refusal(400, f"The folder {parent} belongs to another package.")
        if self._folder(package_id, parent, name) is not None:
            raise refusal(409, f"There is a folder {name} already.")
        return self.folder(self._make(package_id, parent, name))

    def rename_folder(self, folder_id: str, name: str) -> dict[str, Any]:
        """Give a folder another name."""
        update = "UPDATE software_folder SET name = ?, modified = ? WHERE folder_id = ?"
        self._database.run(update, (name, self._now(), folder_id))
        return self.folder(folder_id)

    def folder(self, folder_id: str) -> dict[str, Any]:
        """Return a folder as the web pages show it."""
        find = "SELECT parent_id, name, modified FROM software_folder WHERE folder_id = ?"
        parent, name, modified = self._database.rows(find, (folder_id,))[0]
        return {
            "id": folder_id,
            "type": _FOLDER,
            "parentId": parent,
            "name": name,
            "lastModifiedDate": iso(modified),
        }

    def delete_folder(self, folder_id: str) -> None:
        """Delete a folder with all that is in it."""
        self._database.run("DELETE FROM software_folder WHERE folder_id = ?", (folder_id,))

    def delete_file(self, file_id: str) -> None:
        """Delete a file from its package; the content stays."""
        self._database.run("DELETE FROM software_file WHERE file_id = ?", (file_id,))

    def content(self, content_id: str) -> tuple[str, bytes] | None:
        """Return name and bytes of a stored content, or ``None``."""
        row = self._database.row("SELECT name, content FROM software_content WHERE content_id = ?", (content_id,))
        return None if row is None else (row[0], row[1])

    def describe(self, identity: str) -> dict[str, Any] | None:
        """Return what is known of a content, by its own id or that of a file, or ``None``."""
        row = self._database.row(_SELECT + "WHERE f.file_id = ? OR f.content_id = ?", (identity, identity))
        return None if row is None else _content(row)

    def check(self, name: str, checksum: str) -> dict[str, Any]:
        """Return whether a content of this name and checksum, in hexadecimal or base64, is stored."""
        find = "SELECT content_id, checksum FROM software_content WHERE name = ?"
        forms = {checksum.lower(), checksum}
        found = [
            content_id
            for content_id, stored in self._database.rows(find, (name,))
            if forms & {stored.hex(), base64.b64encode(stored).decode()}
        ]
        return {"exists": bool(found), "repositoryFolderFileId": found[0] if found else None}

    def _files(self, folder_id: str) -> list[tuple[Any, ...]]:
        return self._database.rows(_SELECT + "WHERE folder_id = ? ORDER BY c.name", (folder_id,))

    def _paths(self, package_id: str) -> list[tuple[str, str]]:
        return self._database.rows(
            "WITH RECURSIVE tree (path, folder_id) AS ("
            " SELECT name, folder_id FROM software_folder WHERE package_id = ? AND parent_id IS NULL"
            " UNION ALL SELECT path || '/' || name, f.folder_id FROM tree"
            " JOIN software_folder AS f ON f.parent_id = tree.folder_id)"
            " SELECT path, folder_id FROM tree ORDER BY path",
            (package_id,),
        )

    def _ensure(self, package_id: str, names: Sequence[str]) -> str:
        """Return the id of a folder, made with those around it if need be."""
        parent: str | None = None
        for name in names:
            parent = self._folder(package_id, parent, name) or self._make(package_id, parent, name)
        return str(parent)

    def _folder(self, package_id: str, parent: str | None, name: str) -> str | None:
        find = "SELECT folder_id FROM software_folder WHERE package_id = ? AND parent_id IS ? AND name = ?"
        found: str | None = self._database.value(find, (package_id, parent, name))
        return found

    def _make(self, package_id: str, parent: str | None, name: str) -> str:
        folder_id = str(uuid.uuid4())
        insert = "INSERT INTO software_folder VALUES (?, ?, ?, ?, ?)"
        self._database.run(insert, (folder_id, package_id, parent, name, self._now()))
        return folder_id

    def _put(self, folder_id: str, name: str, content: bytes, modified: int) -> None:
        """Put a file into a folder, in place of one of the same name, whose attributes it keeps."""
        content_id = self._store(name, content, modified)
        present = self._database.value(_SELECT + "WHERE folder_id = ? AND c.name = ?", (folder_id, name))
        if present is not None:
            self._database.run("UPDATE software_file SET content_id = ? WHERE file_id = ?", (content_id, present))
            return
        insert = "INSERT INTO software_file (file_id, folder_id, content_id) VALUES (?, ?, ?)"
        self._database.run(insert, (str(uuid.uuid4()), folder_id, content_id))

    def _store(self, name: str, content: bytes, modified: int) -> str:
        checksum = hashlib.sha256(content).digest()
        find = "SELECT content_id FROM software_content WHERE name = ? AND checksum = ?"
        found: str | None = self._database.value(find, (name, checksum))
        if found is not None:
            return found
        content_id = str(uuid.uuid4())
        self._database.run(
            "INSERT INTO software_content SELECT ?, ?, ifnull(max(version), 0) + 1, ?, ?, ?, ?"
            " FROM software_content WHERE name = ?",
            (content_id, name, checksum, self._now(), modified, content, name),
        )
        return content_id

    def _now(self) -> int:
        return int(self._clock() * TICKS)


def _modified(member: ZipInfo) -> int:
    """When a file of an archive was changed; what is no date is the first that archives know."""
    try:
        return instant(datetime(*member.date_time, tzinfo=UTC))
    except ValueError:
        return instant(datetime(1980, 1, 1, tzinfo=UTC))


def _words(attributes: int) -> str:
    return ", ".join(word for word, bit in ATTRIBUTES.items() if attributes & bit) or "None"


def _content(row: Sequence[Any]) -> dict[str, Any]:
    return {
        "RepositoryFolderFileId": row[2],
        "Name": row[4],
        "Version": row[5],
        "Description": None,
        "Valid": True,
        "Uploaded": iso(row[7]),
        "FileModifiedDate": iso(row[8]),
        "Checksum": base64.b64encode(row[6]).decode(),
        "FileVersion": None,
        "FileSize": row[9],
    }


def _folder_file(row: Sequence[Any]) -> dict[str, Any]:
    return {
        "PackageFolderFileId": row[0],
        "PackageFolderId": row[1],
        "RepositoryFolderFileId": row[2],
        "Attributes": row[3],
        "RepositoryFolderFile": _content(row),
    }


def _entity(row: Sequence[Any]) -> dict[str, Any]:
    return {
        "id": row[0],
        "type": _FILE,
        "parentId": row[1],
        "name": row[4],
        "fileVersion": None,
        "repositoryVersion": row[5],
        "fileSize": row[9],
        "lastModifiedDate": iso(row[8]),
        "uploadedDate": iso(row[7]),
        "attributes": row[3],
        "repositoryFolderFileId": row[2],
        "valid": True,
    }
