"""The files of a package with the paths at which they are installed."""

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from pywats.domains.software.models import (
    FileAttribute,
    Package,
    PackageFolder,
    PackageFolderFile,
    RepositoryFolderFile,
)
from pywats.errors import InstallError
from pywats.packages.manifest import InstalledFile
from pywats.packages.names import check_distinct, checked_name

Known = dict[UUID | None, tuple[PackageFolder, UUID | None]]
"""Folders by their ids, with the ids of those that they are in."""

_FIRST_YEAR: Final = 1980  # servers write the year 1 for a time that they do not know


@dataclass(slots=True, kw_only=True)
class PackedFile:
    """A file of a package that is to be installed.

    Attributes:
        path: below the folder for packages.
        inside: its path in the package.
        kept: the record of the file that is there and stays as it is.
    """

    path: str
    inside: str
    attributes: FileAttribute = FileAttribute.NONE
    file_id: str = ""
    repo_file_id: str = ""
    server_checksum: str = ""
    size: int | None = None
    modified: datetime | None = None
    kept: InstalledFile | None = None


def has_folder(package: Package) -> bool:
    """Whether a package is installed in a folder of its own."""
    if package.install_on_root is None:
        return package.package_folder is not False
    return not package.install_on_root


def title(package: Package) -> str:
    """A package in words."""
    return f"package {package.name!r} version {package.version}"


def listed_files(package: Package) -> list[PackedFile]:
    """The files that the server lists in the folders of a package.

    Raises:
        InstallError: there are none, or a name would lead somewhere else.
    """
    try:
        files = [
            PackedFile(
                path=_outside(package, path),
                inside=path,
                attributes=file.attributes,
                file_id=_text(file.package_folder_file_id),
                repo_file_id=_text(file.repository_folder_file_id or content.repository_folder_file_id),
                server_checksum=(content.checksum or b"").hex(),
                size=content.file_size,
                modified=_plausible(content.file_modified_date),
            )
            for path, file, content in _listed(package)
        ]
        check_distinct([file.path for file in files])
    except ValueError as error:
        raise InstallError(f"{title(package)} is not installed: {error}") from error
    if not files:
        raise InstallError(f"{title(package)} has no files")
    return files


def archived_files(package: Package, members: Iterable[tuple[str, zipfile.ZipInfo]]) -> list[PackedFile]:
    """The files of an archive, with the attributes that the package lists for them.

    Raises:
        ValueError: a name would lead somewhere else.
    """
    attributes = {path: file.attributes for path, file, _ in _listed(package)}
    return [
        PackedFile(
            path=_outside(package, path),
            inside=path,
            attributes=attributes.get(path, FileAttribute.NONE),
            server_checksum=f"{member.CRC:08x}",
            size=member.file_size,
        )
        for path, member in members
    ]


def _outside(package: Package, path: str) -> str:
    return f"{checked_name(package.name or '')}/{path}" if has_folder(package) else path


def _listed(package: Package) -> Iterator[tuple[str, PackageFolderFile, RepositoryFolderFile]]:
    """The files with their paths in the package."""
    folders = list(_flat(package.package_folders or (), None))
    by_id: Known = {each.package_folder_id: (each, parent) for each, parent in folders if each.package_folder_id}
    for folder, parent in folders:
        way = _way(folder, parent, by_id)
        for file in folder.package_folder_files:
            content = file.repository_folder_file or RepositoryFolderFile()
            yield "/".join((*way, checked_name(content.name or ""))), file, content


def _flat(folders: Iterable[PackageFolder], parent: UUID | None) -> Iterator[tuple[PackageFolder, UUID | None]]:
    """All folders with the ids of those that they are in; servers nest them, or list them side by side."""
    for folder in folders:
        yield folder, parent or folder.parent_folder_id
        yield from _flat(folder.package_folders, folder.package_folder_id)


def _way(folder: PackageFolder, parent: UUID | None, by_id: Known) -> list[str]:
    """The names of the folders that lead to a folder, and its own."""
    names = [checked_name(folder.name or "")]
    while parent in by_id:
        if len(names) > len(by_id):
            raise ValueError(f"the folder {folder.name!r} is in a circle of folders")
        above, parent = by_id[parent]
        names.insert(0, checked_name(above.name or ""))
    return names


def _text(identity: UUID | None) -> str:
    return "" if identity is None else str(identity)


def _plausible(moment: datetime | None) -> datetime | None:
    return None if moment is None or moment.year < _FIRST_YEAR else moment
