"""Packages, their versions, statuses and tags, and what was downloaded of them."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import orjson

from pywats.packages.tags import document_of, selects
from pywats.sandbox.answers import refusal
from pywats.sandbox.fields import Fields
from pywats.sandbox.product.tags import pairs
from pywats.sandbox.store import USER, Database
from pywats.sandbox.times import TICKS, iso

SCHEMA = """
CREATE TABLE IF NOT EXISTS software_virtual_folder (
    folder_id TEXT PRIMARY KEY,
    parent_id TEXT REFERENCES software_virtual_folder,
    name TEXT NOT NULL,
    description TEXT,
    restricted INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS software_package (
    package_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    description TEXT,
    install_on_root INTEGER NOT NULL DEFAULT 0,
    root_directory TEXT,
    priority INTEGER,
    virtual_folder_id TEXT REFERENCES software_virtual_folder,
    tags TEXT NOT NULL DEFAULT '{}',
    status INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    released INTEGER,
    revoked INTEGER,
    UNIQUE (name, version)
);
CREATE INDEX IF NOT EXISTS software_package_by_folder ON software_package (virtual_folder_id);
CREATE TABLE IF NOT EXISTS software_download (
    package_id TEXT NOT NULL REFERENCES software_package ON DELETE CASCADE,
    size INTEGER NOT NULL,
    at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS software_download_by_package ON software_download (package_id);
"""
DRAFT, PENDING, RELEASED, REVOKED = range(4)
STATUSES: Final = ("Draft", "Pending", "Released", "Revoked")
CLIENT: Final = 1
"""The id of the one client whose downloads are known."""

_WAYS: Final = {(DRAFT, PENDING), (PENDING, DRAFT), (PENDING, RELEASED), (RELEASED, REVOKED)}
_SELECT: Final = (
    "SELECT package_id, name, version, description, install_on_root, root_directory, priority, virtual_folder_id, tags,"
    " status, created, modified, released, revoked FROM software_package "
)
_DETAILS: Final = {
    "name": "name:text",
    "description": "description:text",
    "install_on_root": "installOnRoot:flag",
    "root_directory": "rootDirectory:text",
    "priority": "priority:whole",
    "virtual_folder_id": "virtualFolderId:guid",
}
_MEMBERS: Final = {column: member.partition(":")[0] for column, member in _DETAILS.items()}

Package = dict[str, Any]


class Packages:
    """The packages in the database."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def all(self, status: int | None = None) -> list[Package]:
        """Return all packages of a status, or of any, by name and version."""
        where = "WHERE ? IS NULL OR status = ? ORDER BY name, version"
        return [_package(row) for row in self._database.rows(_SELECT + where, (status, status))]

    def get(self, package_id: str) -> Package | None:
        """Return a package, or ``None``."""
        row = self._database.row(_SELECT + "WHERE package_id = ?", (package_id.lower().strip("{}"),))
        return None if row is None else _package(row)

    def needed(self, package_id: str) -> Package:
        """Return a package, or refuse with 404."""
        package = self.get(package_id)
        if package is None:
            raise refusal(404, f"There is no software package with the id {package_id}.")
        return package

    def draft(self, package_id: str) -> Package:
        """Return a package whose files may be changed, or refuse with 404 or 400."""
        package = self.needed(package_id)
        if package["status"] != STATUSES[DRAFT]:
            raise refusal(400, f"The software package {package['name']} is {package['status']}, and not a draft.")
        return package

    def named(self, name: str, status: int | None = None, version: int | None = None) -> Package | None:
        """Return the highest version of a package with this name, of a status, or this version; or ``None``."""
        where = "WHERE name = :name AND ifnull(status = :status, 1) AND ifnull(version = :version, 1)"
        values = {"name": name, "status": status, "version": version}
        row = self._database.row(f"{_SELECT}{where} ORDER BY version DESC", values)
        return None if row is None else _package(row)

    def tagged(self, name: str, value: str, status: int | None) -> list[Package]:
        """Return the packages that have a tag with this value, whatever its case."""
        found = ((package, {tag["key"]: tag["value"] for tag in package["tags"]}) for package in self.all(status))
        return [package for package, tags in found if name in tags and (tags[name] or "").lower() == value.lower()]

    def selected(self, xpath: str, status: int | None, *, all_versions: bool = True) -> list[Package]:
        """Return the packages whose tags an XPath expression selects."""
        try:
            found = [each for each in self.all(status) if selects(xpath, tags_document(each))]
            selects(xpath, "")
        except ValueError as error:
            raise refusal(400, f"{error}.") from error
        highest = {package["name"]: package for package in found}
        return found if all_versions else list(highest.values())

    def add(self, values: dict[str, Any]) -> Package:
        """Add a draft: a new package, or the next version of one."""
        fields = Fields(values)
        fields.needed("name")
        columns = self._details(fields) | {"tags": _tags(fields)}
        package_id, now = str(uuid.uuid4()), self._now()
        with self._database.transaction():
            last = self._database.value("SELECT max(version) FROM software_package WHERE name = ?", (columns["name"],))
            columns |= {"version": (last or 0) + 1, "created": now, "modified": now}
            names, places = ", ".join(columns), ", ?" * len(columns)
            insert = f"INSERT INTO software_package (package_id, {names}) VALUES (?{places})"  # noqa: S608 - our own names
            self._database.run(insert, (package_id, *columns.values()))
        return self.needed(package_id)

    def change(self, package_id: str, values: dict[str, Any]) -> None:
        """Change a package: all of a draft, else only its status and tags."""
        fields, package = Fields(values), self.needed(package_id)
        details = self._details(fields)
        if package["status"] != STATUSES[DRAFT]:
            changed = [name for column, name in _MEMBERS.items() if details.get(column, package[name]) != package[name]]
            if changed or package["status"] == STATUSES[REVOKED]:
                raise refusal(400, f"Of a package that is {package['status']}, this cannot be changed.")
        other = self.named(details.get("name") or package["name"], version=package["version"])
        if other is not None and other["packageId"] != package["packageId"]:
            raise refusal(409, f"There is another package {other['name']} of version {other['version']}.")
        if "tags" in fields:
            details["tags"] = _tags(fields)
        with self._database.transaction():
            names = "".join(f", {name} = ?" for name in details)
            update = f"UPDATE software_package SET modified = ?{names} WHERE package_id = ?"  # noqa: S608 - our own names
            self._database.run(update, (self._now(), *details.values(), package["packageId"]))
            status = fields.get("status")
            if status is not None and status_of(str(status)) != STATUSES.index(package["status"]):
                self.move(package_id, status_of(str(status)))

    def move(self, package_id: str, status: int) -> Package:
        """Change the status of a package, in the ways that there are."""
        package = self.needed(package_id)
        if (STATUSES.index(package["status"]), status) not in _WAYS:
            raise refusal(400, f"A package cannot go from {package['status']} to {STATUSES[status]}.")
        column = {RELEASED: ", released = :now", REVOKED: ", revoked = :now"}.get(status, "")
        self._database.run(
            f"UPDATE software_package SET status = :status, modified = :now{column} WHERE package_id = :id",  # noqa: S608
            {"status": status, "now": self._now(), "id": package["packageId"]},
        )
        return self.needed(package_id)

    def delete(self, package: Package) -> None:
        """Delete a draft or a revoked package with its files."""
        if package["status"] not in {STATUSES[DRAFT], STATUSES[REVOKED]}:
            raise refusal(400, f"A package that is {package['status']} cannot be deleted.")
        self._database.run("DELETE FROM software_package WHERE package_id = ?", (package["packageId"],))

    def newer(self, ids: Iterable[str]) -> list[Package]:
        """Return the released packages of a higher version than those of these ids."""
        installed = [package for package in map(self.get, ids) if package is not None]
        versions: dict[str, int] = {}
        for package in installed:
            versions[package["name"]] = max(package["version"], versions.get(package["name"], 0))
        found = (self.named(name, RELEASED) for name in versions)
        return [package for package in found if package is not None and package["version"] > versions[package["name"]]]

    def log(self, package_id: str, size: int) -> dict[str, Any]:
        """Note a download."""
        package, now = self.needed(package_id), self._now()
        self._database.run("INSERT INTO software_download VALUES (?, ?, ?)", (package["packageId"], size, now))
        return _download((package["packageId"], size, now, package["name"], package["version"]))

    def downloads(self) -> list[dict[str, Any]]:
        """Return what was downloaded, in the order of time."""
        select = "SELECT package_id, size, at, name, version FROM software_download JOIN software_package"
        return [_download(row) for row in self._database.rows(f"{select} USING (package_id) ORDER BY at")]

    def _details(self, fields: Fields) -> dict[str, Any]:
        details = fields.given(_DETAILS)
        if "name" in details and not details["name"]:
            raise refusal(400, "name is required.")
        if details.get("install_on_root", True) is None:
            details["install_on_root"] = False
        folder = details.get("virtual_folder_id")
        if folder and not self._database.row("SELECT 1 FROM software_virtual_folder WHERE folder_id = ?", (folder,)):
            raise refusal(400, f"There is no virtual folder with the id {folder}.")
        return details

    def _now(self) -> int:
        return int(self._clock() * TICKS)


def status_of(text: str) -> int:
    """Return the number of a status word, or refuse with 400."""
    words = [word.lower() for word in STATUSES]
    if text.lower() not in words:
        raise refusal(400, f"The status is required to be one of {', '.join(STATUSES)}.")
    return words.index(text.lower())


def tags_document(package: Package) -> str:
    """Return the tags of a package as the XML document that the web pages have."""
    return document_of({tag["key"]: tag["value"] for tag in package["tags"]})


def _tags(fields: Fields) -> str:
    tags = pairs(fields.objects("tags"))
    try:
        document_of(tags)
    except ValueError as error:
        raise refusal(400, f"{error}.") from error
    return orjson.dumps(tags).decode()


def _package(row: Sequence[Any]) -> Package:
    created, modified, released, revoked = (None if at is None else iso(at) for at in row[10:14])
    return {
        "packageId": row[0],
        "name": row[1],
        "version": row[2],
        "description": row[3],
        "installOnRoot": bool(row[4]),
        "rootDirectory": row[5],
        "priority": row[6],
        "virtualFolderId": row[7],
        "tags": [{"key": key, "value": value, "change": 0} for key, value in orjson.loads(row[8]).items()],
        "status": STATUSES[row[9]],
        "created": created,
        "createdBy": USER,
        "modified": modified,
        "modifiedBy": USER,
        "released": released,
        "releasedBy": USER if released else None,
        "revoked": revoked,
        "revokedBy": USER if revoked else None,
    }


def _download(row: Sequence[Any]) -> dict[str, Any]:
    return {
        "ClientId": CLIENT,
        "PackageId": row[0],
        "DownloadSize": row[1],
        "Downloaded": iso(row[2]),
        "Name": row[3],
        "Version": row[4],
    }
