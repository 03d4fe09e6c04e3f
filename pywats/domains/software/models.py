"""Software packages, their files and folders."""

import base64
import binascii
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BeforeValidator, PlainSerializer

from pywats.exchange.wire import Items, NullIs, OpenIntFlag, OpenStrEnum, PyWATSModel, UtcDatetime, named, no_items
from pywats.packages.tags import pairs_of

__all__ = [
    "FileAttribute",
    "Package",
    "PackageFile",
    "PackageFolder",
    "PackageFolderFile",
    "PackageStatus",
    "PackageTag",
    "RepositoryFolderFile",
    "VirtualFolder",
]

_NUMBERED = ("Draft", "Pending", "Released", "Revoked")
_NEWER_WORD = "overwriteonnewpackageversion"


class PackageStatus(OpenStrEnum):
    """Where a package stands. It goes from draft to pending, back or on to released, and from there to revoked.

    Parts of the server write it as a number, from 0 for a draft on; it is read from either.
    """

    DRAFT = "Draft"
    PENDING = "Pending"
    RELEASED = "Released"
    REVOKED = "Revoked"

    @property
    def number(self) -> int | None:
        """The status as a number, ``None`` for one that nobody knows."""
        return _NUMBERED.index(self.value) if self.value in _NUMBERED else None

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        text = str(value) if isinstance(value, int) else value
        if isinstance(text, str) and text.strip() in {"0", "1", "2", "3"}:
            return cls(_NUMBERED[int(text)])
        return super()._missing_(text)


class FileAttribute(OpenIntFlag):
    """What is special about a file of a package."""

    NONE = 0
    EXECUTE_ALWAYS = 1
    EXECUTE_ONCE = 2
    EXECUTE_ONCE_PER_VERSION = 4
    TOP_LEVEL_FILE = 8
    OVERWRITE_NEVER = 16
    OVERWRITE_ON_NEW_VERSION = 32

    @classmethod
    def _missing_(cls, value: object) -> Any:
        if isinstance(value, str) and value.replace("_", "").replace(" ", "").lower() == _NEWER_WORD:
            return cls.OVERWRITE_ON_NEW_VERSION
        return super()._missing_(value)

    @property
    def word(self) -> str | None:
        """The server's word for a single attribute, ``None`` for several and for unknown ones."""
        return _WORDS.get(self)


_WORDS = {
    FileAttribute.NONE: "None",
    FileAttribute.EXECUTE_ALWAYS: "ExecuteAlways",
    FileAttribute.EXECUTE_ONCE: "ExecuteOnce",
    FileAttribute.EXECUTE_ONCE_PER_VERSION: "ExecuteOncePerVersion",
    FileAttribute.TOP_LEVEL_FILE: "TopLevelFile",
    FileAttribute.OVERWRITE_NEVER: "OverwriteNever",
    FileAttribute.OVERWRITE_ON_NEW_VERSION: "OverwriteOnNewPackageVersion",
}


def _from_base64(value: Any) -> Any:
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else value
    except binascii.Error as error:
        raise ValueError(f"it is no base64: {error}") from error


def _tags(value: Any) -> Any:
    """Tags as a list; the web pages' interface has them as an XML document."""
    return [{"key": key, "value": text} for key, text in pairs_of(value)] if isinstance(value, str) else value


Bytes = Annotated[
    bytes,
    BeforeValidator(_from_base64),
    PlainSerializer(lambda value: base64.b64encode(value).decode(), return_type=str, when_used="json-unless-none"),
]


class PackageTag(PyWATSModel):
    """A named value on a package, by which stations find it."""

    key: str | None = named("key", "Key")
    value: str | None = named("value", "Value")


class PackageFile(PyWATSModel):
    """A file of a package as the public list shows it.

    Attributes:
        package_folder_name: the folder that it is in.
        attributes: what is special about it, in the server's words.
    """

    file_id: UUID | None = named("packageFileId", "fileId", "file_id", "id")
    filename: str | None = named("name", "filename", "fileName")
    package_folder_name: str | None = None
    path: str | None = None
    size: int | None = None
    checksum: str | None = None
    created_utc: UtcDatetime | None = named("createdUtc", "created_utc", "created")
    modified_utc: UtcDatetime | None = named("modifiedUtc", "modified_utc", "modified")
    attributes: str | None = None
    description: str | None = named("Description", "description")


class RepositoryFolderFile(PyWATSModel):
    """The content behind a file of a package; several packages may share it.

    Attributes:
        checksum: of the content, by a method of the server's own.
        version: counts the contents that had this name.
        file_version: what the file says of its own version.
    """

    repository_folder_file_id: UUID | None = named(
        "RepositoryFolderFileId", "repositoryFolderFileId", "repository_folder_file_id"
    )
    name: str | None = named("Name", "name")
    file_modified_date: UtcDatetime | None = named("FileModifiedDate", "fileModifiedDate", "file_modified_date")
    file_size: int | None = named("FileSize", "fileSize", "file_size")
    checksum: Bytes | None = named("Checksum", "checksum")
    valid: bool | None = named("Valid", "valid")
    version: int | None = named("Version", "version")
    file_version: str | None = named("FileVersion", "fileVersion", "file_version")
    description: str | None = named("Description", "description")


class PackageFolderFile(PyWATSModel):
    """A file in a folder of a package."""

    package_folder_file_id: UUID | None = named("PackageFolderFileId", "packageFolderFileId", "package_folder_file_id")
    package_folder_id: UUID | None = named("PackageFolderId", "packageFolderId", "package_folder_id")
    repository_folder_file_id: UUID | None = named(
        "RepositoryFolderFileId", "repositoryFolderFileId", "repository_folder_file_id"
    )
    attributes: Annotated[FileAttribute, NullIs(FileAttribute.NONE)] = named(
        "Attributes", "attributes", default=FileAttribute.NONE
    )
    repository_folder_file: RepositoryFolderFile | None = named(
        "RepositoryFolderFile", "repositoryFolderFile", "repository_folder_file"
    )


class PackageFolder(PyWATSModel):
    """A folder of a package, with its files and folders."""

    package_folder_id: UUID | None = named("PackageFolderId", "packageFolderId", "package_folder_id")
    package_id: UUID | None = named("PackageId", "packageId", "package_id")
    parent_folder_id: UUID | None = named("ParentFolderId", "parentFolderId", "parent_folder_id")
    name: str | None = named("Name", "name")
    modified: UtcDatetime | None = named("Modified", "modified")
    package_folder_files: Items[PackageFolderFile] = no_items(
        "PackageFolderFiles", "packageFolderFiles", "package_folder_files"
    )
    package_folders: "Items[PackageFolder]" = no_items("PackageFolders", "packageFolders", "package_folders")


class Package(PyWATSModel):
    """One version of a software package.

    Attributes:
        install_on_root: its files go straight into the folder for packages, not into one of its own.
        root_directory: where the author of the package would have it installed.
        virtual_folder_id: the folder that it is shown in.
        package_folder: the opposite of ``install_on_root``, in what the web pages' interface answers.
        package_folders: its folders and files, in what the web pages' interface answers.
    """

    package_id: UUID | None = named("packageId", "package_id", "id", "PackageId")
    name: str | None = named("name", "Name")
    description: str | None = named("description", "Description")
    version: int | None = named("version", "Version")
    status: PackageStatus | None = named("status", "Status")
    install_on_root: bool | None = None
    root_directory: str | None = named("rootDirectory", "root_directory", "RootDirectory")
    priority: int | None = named("priority", "Priority")
    virtual_folder_id: UUID | None = named("virtualFolderId", "virtual_folder_id", "VirtualFolderId")
    tags: Annotated[list[PackageTag] | None, BeforeValidator(_tags)] = named("tags", "Tags")
    created_utc: UtcDatetime | None = named("created", "createdUtc", "created_utc", "Created")
    created_by: str | None = named("createdBy", "created_by", "CreatedBy")
    modified_utc: UtcDatetime | None = named("modified", "modifiedUtc", "modified_utc", "Modified")
    modified_by: str | None = named("modifiedBy", "modified_by", "ModifiedBy")
    released_utc: UtcDatetime | None = named("released", "released_utc", "Released")
    released_by: str | None = named("releasedBy", "released_by", "ReleasedBy")
    revoked_utc: UtcDatetime | None = named("revoked", "revoked_utc", "Revoked")
    revoked_by: str | None = named("revokedBy", "revoked_by", "RevokedBy")
    files: list[PackageFile] | None = None
    package_folder: bool | None = named("packageFolder", "package_folder", "PackageFolder")
    package_folders: list[PackageFolder] | None = named("packageFolders", "package_folders", "PackageFolders")


class VirtualFolder(PyWATSModel):
    """A folder that packages are shown in."""

    folder_id: UUID | None = named("id", "folderId", "folder_id")
    parent_id: UUID | None = None
    name: str | None = None
    path: str | None = None
    description: str | None = None
    is_restricted: bool | None = None
