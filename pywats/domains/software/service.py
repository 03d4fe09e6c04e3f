"""The software domain: packages, their files, folders and history, and what is installed here."""

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

from pywats.concurrency.result import Result
from pywats.domains.software.installer import InstallProgress, InstallResult, PackageInstaller, to_its_end
from pywats.domains.software.models import (
    FileAttribute,
    Package,
    PackageFile,
    PackageFolderFile,
    PackageStatus,
    PackageTag,
    VirtualFolder,
)
from pywats.errors import ValidationError
from pywats.exchange.answer import Answer
from pywats.exchange.call import Call, checked, maybe, nothing, query, url
from pywats.exchange.saving import Saved, Target
from pywats.packages import archive
from pywats.packages.manifest import PackageManifest
from pywats.packages.tags import xpath_of
from pywats.progress import Progress
from pywats.service import Async, Face, Service, each_found, found, method

R = TypeVar("R")
Row = dict[str, Any]
Ids = Sequence[UUID | str]

_PUBLIC: Final = "/api/Software"
_INTERNAL: Final = "/api/internal/Software"


class SoftwareService(Service[Face]):
    """Software packages for test stations: made, reviewed, released, installed and revoked.

    Methods marked as internal use the interface of the server's own web pages, which may change with any release.
    """

    domain = "software"

    # Finding packages

    @method
    async def get_packages(self) -> list[Package]:
        """Return all versions of all packages."""
        return await self._list(f"{_PUBLIC}/Packages", Package)

    @method
    async def get_package(self, package_id: UUID | str) -> Package | None:
        """Return one version of a package, or ``None``."""
        return await self._find(url(_PUBLIC + "/Package/{}", package_id), Package)

    @method
    async def get_packages_batch(
        self: "SoftwareService[Async]",
        package_ids: Sequence[UUID | str],
        max_concurrent: int = 10,
        progress: Progress = False,
    ) -> list[Result[Package]]:
        """Return the result of ``get_package`` for each id, in order; one that is missing is a ``Failure``."""
        return await each_found(self.get_package, package_ids, "package", max_concurrent, progress)

    @method
    async def get_package_by_name(
        self, name: str, status: PackageStatus | None = None, version: int | None = None
    ) -> Package | None:
        """Return a package, or ``None``: the highest version unless one is given, of any status unless one is given."""
        wanted = query(name=name, status=_word(status), version=version)
        return await self._find(f"{_PUBLIC}/PackageByName", Package, wanted)

    @method
    async def get_released_package(self: "SoftwareService[Async]", name: str) -> Package | None:
        """Return the highest released version of a package, or ``None``."""
        return await self.get_package_by_name(name, PackageStatus.RELEASED)

    @method
    async def get_packages_by_tag(self, tag: str, value: str, status: PackageStatus | None = None) -> list[Package]:
        """Return the packages that have a tag with this value; case counts in the name and not in the value."""
        wanted = query(tag=f"{tag}={value}", status=_word(status))
        return await self._list(f"{_PUBLIC}/PackagesByTag", Package, wanted)

    @method
    async def get_packages_by_tags(
        self: "SoftwareService[Async]",
        tags: Mapping[str, str],
        status: PackageStatus | str = PackageStatus.RELEASED,
    ) -> list[Package]:
        """Return the packages that have all of these tags with these values (internal)."""
        try:
            xpath = xpath_of(tags)
        except ValueError as error:
            raise ValidationError(f"tags: {error}") from error
        return await self.get_packages_by_tag_internal(xpath, status)

    @method
    async def get_packages_by_tag_internal(
        self, xpath: str, status: PackageStatus | str = PackageStatus.RELEASED
    ) -> list[Package]:
        """Return the packages whose tags an XPath selects, such as ``//*[Line[.='1' or .='Any']]`` (internal)."""
        wanted = query(tags=xpath, status=_known(status).number)
        return await self._list(f"{_INTERNAL}/GetPackagesByTag", Package, wanted, internal=True)

    @method
    async def get_package_history(
        self, tags: str, status: int | None = None, all_versions: bool | None = None
    ) -> list[Package]:
        """Return the packages whose tags an XPath expression selects, on request with all their versions (internal).

        Args:
            tags: the expression.
            status: as a number, from 0 for drafts to 3 for revoked ones.
            all_versions: not only the highest ones.
        """
        wanted = query(tags=tags, status=None if status is None else _known(status).number, allVersions=all_versions)
        return await self._list(f"{_INTERNAL}/GetPackageHistory", Package, wanted, internal=True)

    @method
    async def get_package_internal(self, package_id: UUID | str) -> Package | None:
        """Return one version of a package with its folders and files, or ``None`` (internal)."""
        return await self._find(f"{_INTERNAL}/GetPackage", Package, query(packageId=package_id), internal=True)

    @method
    async def get_package_by_name_internal(
        self, name: str, status: PackageStatus | str = PackageStatus.RELEASED
    ) -> Package | None:
        """Return the highest version of a package with a status, or ``None`` (internal)."""
        wanted = query(packageName=name, status=_known(status).number)
        return await self._find(f"{_INTERNAL}/GetPackageByName", Package, wanted, internal=True)

    @method
    async def get_software_entity_details(self, package_id: UUID | str) -> Row | None:
        """Return what the web pages show of a package's folders and files, or ``None`` (internal)."""
        path = f"{_INTERNAL}/GetSoftwareEntityDetails"
        return await self._find(path, Row, query(packageId=package_id), internal=True)

    # Making packages

    @method
    async def create_package(
        self,
        name: str,
        description: str | None = None,
        install_on_root: bool = False,
        root_directory: str | None = None,
        priority: int | None = None,
        tags: Sequence[PackageTag] | None = None,
        *,
        virtual_folder_id: UUID | str | None = None,
    ) -> Package | None:
        """Make a draft, the next version if there is a package of this name; return it as stored."""
        package = checked(
            Package,
            {
                "name": name,
                "description": description,
                "install_on_root": install_on_root,
                "root_directory": root_directory,
                "priority": priority,
                "tags": None if tags is None else list(tags),
                "virtual_folder_id": virtual_folder_id,
            },
        )
        return await self._write("POST", f"{_PUBLIC}/Package", package, maybe(Package), repeatable=False)

    @method
    async def update_package(self, package: Package) -> Package | None:
        """Store a package, known by its id; return it as stored where the server says so.

        All of a draft can be changed; of a package that is pending or released, only the status and the tags.
        """
        path = url(_PUBLIC + "/Package/{}", _id_of(package))
        return await self._put(path, package, Package)

    @method
    async def delete_package(self, package_id: UUID | str) -> bool:
        """Delete a draft or a revoked package."""
        return await self._delete(url(_PUBLIC + "/Package/{}", package_id))

    @method
    async def delete_package_by_name(self: "SoftwareService[Async]", name: str, version: int | None = None) -> bool:
        """Delete a version of a package, the highest unless told otherwise; it must be a draft or revoked.

        Raises:
            NotFoundError: there is no such package.
        """
        if version is None:
            highest = found(await self.get_package_by_name(name), f"package {name!r}")
            version = highest.version
        return await self._delete(f"{_PUBLIC}/PackageByName", query(name=name, version=version))

    @method
    async def submit_for_review(self, package_id: UUID | str) -> bool:
        """Make a draft pending."""
        return await self._change_status(package_id, PackageStatus.PENDING)

    @method
    async def return_to_draft(self, package_id: UUID | str) -> bool:
        """Make a pending package a draft again."""
        return await self._change_status(package_id, PackageStatus.DRAFT)

    @method
    async def release_package(self, package_id: UUID | str) -> bool:
        """Release a pending package, so that stations install it."""
        return await self._change_status(package_id, PackageStatus.RELEASED)

    @method
    async def revoke_package(self, package_id: UUID | str) -> bool:
        """Revoke a released package, so that stations take it away."""
        return await self._change_status(package_id, PackageStatus.REVOKED)

    async def _change_status(self, package_id: UUID | str, status: PackageStatus) -> bool:
        path = url(_PUBLIC + "/PackageStatus/{}", package_id)
        await self._post(path, query(status=status), nothing)
        return True

    # Files

    @method
    async def get_package_files(self, package_id: UUID | str) -> list[PackageFile]:
        """Return the files of a package, without their content."""
        return await self._list(url(_PUBLIC + "/PackageFiles/{}", package_id), PackageFile)

    @method
    async def upload_zip(self, package_id: UUID | str, zip_content: bytes, clean_install: bool = False) -> bool:
        """Put the files of a zip archive into a draft; each must be in a folder.

        Args:
            package_id: of the package.
            zip_content: the archive.
            clean_install: delete all files and folders that the package had; otherwise they are merged.
        """
        await to_its_end(_check_zip, zip_content)
        path, wanted = url(_PUBLIC + "/Package/UploadZip/{}", package_id), query(cleanInstall=clean_install or None)
        await self._upload(path, zip_content, "package.zip", nothing, wanted, media_type="application/zip")
        return True

    @method
    async def update_file_attribute(self, file_id: UUID | str, attributes: FileAttribute | str) -> bool:
        """Give a file of a package one attribute.

        Args:
            file_id: of the file, as ``get_package_files`` has it.
            attributes: one member of `FileAttribute`, or its name in any case.
        """
        path, wanted = url(_PUBLIC + "/Package/FileAttribute/{}", file_id), query(attribute=_attribute(attributes))
        await self._post(path, wanted, nothing)
        return True

    @method
    async def get_file(self, file_id: UUID | str) -> Row | None:
        """Return what the server knows of a stored file, or ``None`` (internal)."""
        return await self._find(url(_INTERNAL + "/File/{}", file_id), Row, internal=True)

    @method
    async def download_file(self, repository_folder_file_id: UUID | str) -> bytes | None:
        """Return the bytes of a stored file, or ``None`` (internal)."""
        path, wanted = f"{_INTERNAL}/DownloadFile", query(repositoryFolderFileId=repository_folder_file_id)
        return await self._file(path, wanted, internal=True)

    @method
    async def save_file(
        self, repository_folder_file_id: UUID | str, to: Target, *, progress: Progress = False
    ) -> Saved | None:
        """Save a stored file while it arrives, at a path or into a file object, or return ``None`` (internal)."""
        wanted = query(repositoryFolderFileId=repository_folder_file_id)
        return await self._save(f"{_INTERNAL}/DownloadFile", wanted, to, progress, internal=True)

    @method
    async def check_file(
        self,
        package_id: UUID | str,
        parent_folder_id: UUID | str,
        file_path: str,
        checksum: str,
        file_date_epoch: int,
    ) -> Row | None:
        """Return whether the server has a file with this content already (internal)."""
        wanted = query(
            packageId=package_id,
            parentFolderId=parent_folder_id,
            filePath=file_path,
            checksum=checksum,
            fileDateEpoch=file_date_epoch,
        )
        return await self._find(f"{_INTERNAL}/CheckFile", Row, wanted, internal=True)

    # Folders

    @method
    async def create_package_folder(self, package_id: UUID | str, folder_data: Mapping[str, Any]) -> Row | None:
        """Add a folder to a draft: ``name``, and ``parentId`` of the one around it; return it as stored (internal)."""
        path, wanted = f"{_INTERNAL}/PostPackageFolder", query(packageId=package_id)
        return await self._write("POST", path, folder_data, maybe(Row), wanted, internal=True, repeatable=False)

    @method
    async def update_package_folder(self, folder_data: Mapping[str, Any]) -> Row | None:
        """Change a folder of a draft, known by its ``id``; return it as stored (internal)."""
        return await self._write("POST", f"{_INTERNAL}/UpdatePackageFolder", folder_data, maybe(Row), internal=True)

    @method
    async def delete_package_folder(self, package_folder_id: UUID | str) -> Row | None:
        """Delete a folder of a draft with all that is in it (internal)."""
        wanted = query(packageFolderId=package_folder_id)
        return await self._post(f"{_INTERNAL}/DeletePackageFolder", wanted, maybe(Row), internal=True)

    @method
    async def delete_package_folder_files(self, file_ids: Ids) -> Row | None:
        """Delete files of a draft (internal)."""
        if not file_ids:
            raise ValidationError("file_ids is empty; name at least one file")
        wanted = query(packageFolderFileIds=list(file_ids))
        return await self._post(f"{_INTERNAL}/DeletePackageFolderFiles", wanted, maybe(Row), internal=True)

    @method
    async def get_virtual_folders(self) -> list[VirtualFolder]:
        """Return the folders that packages are shown in."""
        return await self._list(f"{_PUBLIC}/VirtualFolders", VirtualFolder)

    @method
    async def create_virtual_folder(
        self, name: str, parent_id: str | None = None, description: str = "", is_restricted: bool = False
    ) -> VirtualFolder | None:
        """Add a folder that packages are shown in; return it as stored. Newer servers only."""
        folder = _folder(name, parent_id, description, is_restricted)
        return await self._write("POST", f"{_PUBLIC}/VirtualFolder", folder, maybe(VirtualFolder), repeatable=False)

    @method
    async def update_virtual_folder(
        self,
        folder_id: str,
        name: str,
        parent_id: str | None = None,
        description: str = "",
        is_restricted: bool = False,
    ) -> VirtualFolder | None:
        """Change a folder that packages are shown in; return it as stored. Newer servers only."""
        folder = {"id": folder_id, **_folder(name, parent_id, description, is_restricted)}
        return await self._put(f"{_PUBLIC}/VirtualFolder", folder, VirtualFolder)

    @method
    async def delete_virtual_folder(self, folder_id: str) -> bool:
        """Delete a folder that packages are shown in. Newer servers only."""
        return await self._delete(url(_PUBLIC + "/VirtualFolder/{}", folder_id))

    # What stations have

    @method
    async def is_connected(self) -> bool:
        """Whether the server's software distribution is there (internal)."""
        call = Call(verb="GET", path=f"{_INTERNAL}/isConnected", read=_is_there, internal=True)
        return await self._line.send(call)

    @method
    async def log_download(self, package_id: UUID | str, download_size: int) -> Row | None:
        """Note in the server's history that a package was downloaded; never sent twice (internal)."""
        if download_size < 0:
            raise ValidationError(f"download_size is {download_size}; it must be 0 or more")
        wanted = query(packageId=package_id, downloadSize=download_size)
        path = f"{_INTERNAL}/Log"
        return await self._line.send(
            Call(verb="GET", path=path, query=wanted, read=maybe(Row), internal=True, repeatable=False)
        )

    @method
    async def get_package_download_history(self, client_id: int) -> list[Row]:
        """Return what a client has downloaded: packages, sizes and times (internal)."""
        path, wanted = f"{_INTERNAL}/GetPackageDownloadHistory", query(clientId=client_id)
        return await self._list(path, Row, wanted, internal=True)

    @method
    async def get_revoked_packages(
        self, installed_packages: Ids, include_revoked_only: bool | None = None
    ) -> list[str]:
        """Return the ids of those packages that were revoked (internal)."""
        if not installed_packages:
            return []
        wanted = query(installedPackages=list(installed_packages), includeRevokedOnly=include_revoked_only)
        return await self._list(f"{_INTERNAL}/GetRevokedPackages", str, wanted, internal=True)

    @method
    async def get_available_packages(
        self, installed_packages: Ids | None = None, *, manifest: PackageManifest | None = None
    ) -> list[Package]:
        """Return newer versions of the packages that are installed here, or of those that are named (internal).

        Args:
            installed_packages: ids; those of the manifest unless given.
            manifest: what is installed; that of this machine unless given.
        """
        ids = list(installed_packages or ())
        if installed_packages is None:
            ids = list(await to_its_end(lambda: _manifest(manifest).installed_ids))
        if not ids:
            return []
        path, wanted = f"{_INTERNAL}/GetAvailablePackages", query(installedPackages=ids)
        return await self._list(path, Package, wanted, internal=True)

    @method
    async def check_for_updates(
        self: "SoftwareService[Async]", *, manifest: PackageManifest | None = None
    ) -> list[Package]:
        """Return newer versions of what is installed here, and note them in the manifest."""
        manifest = _manifest(manifest)
        newer = await self.get_available_packages(manifest=manifest)
        await to_its_end(_note, newer, manifest)
        return newer

    @method
    async def install(
        self: "SoftwareService[Async]",
        package: Package,
        root_path: str | Path,
        progress: InstallProgress | None = None,
        *,
        manifest: PackageManifest | None = None,
    ) -> InstallResult:
        """Install a released package; ``PackageInstaller.install`` says how.

        Args:
            package: as the server gave it.
            root_path: the folder for packages.
            progress: told after each file.
            manifest: what is installed; that of this machine unless given.
        """
        return await PackageInstaller(self, _manifest(manifest)).install(package, root_path, progress)

    @method
    async def install_many(
        self: "SoftwareService[Async]",
        packages: Sequence[Package],
        root_path: str | Path,
        progress: InstallProgress | None = None,
        *,
        manifest: PackageManifest | None = None,
    ) -> list[InstallResult]:
        """Install packages one after the other; one that fails says so in its result, and the others go on."""
        return await PackageInstaller(self, _manifest(manifest)).install_many(packages, root_path, progress)

    @method
    async def cleanup_revoked(
        self: "SoftwareService[Async]", root_path: str | Path, *, manifest: PackageManifest | None = None
    ) -> list[str]:
        """Take away what is installed in a folder and was revoked; return the ids of what went."""
        manifest = _manifest(manifest)
        here = [each.package_id for each in await to_its_end(manifest.in_folder, root_path)]
        revoked = {each.lower() for each in await self.get_revoked_packages(here)}
        gone = [package_id for package_id in here if package_id.lower() in revoked]
        for package_id in gone:
            await PackageInstaller(self, manifest).uninstall(package_id)
        return gone

    async def _post(
        self, path: str, wanted: tuple[tuple[str, str], ...], read: Callable[[Answer], R], *, internal: bool = False
    ) -> R:
        """POST a query without a body."""
        return await self._line.send(Call(verb="POST", path=path, query=wanted, read=read, internal=internal))


def _id_of(package: Package) -> UUID:
    if package.package_id is None:
        raise ValidationError("package.package_id is None; a package is known by its id")
    return package.package_id


def _check_zip(zip_content: bytes) -> None:
    try:
        with archive.opened(io.BytesIO(zip_content)) as opened:
            archive.files_of(opened)
    except ValueError as error:
        raise ValidationError(f"zip_content is not sent: {error}") from error


def _manifest(given: PackageManifest | None) -> PackageManifest:
    return PackageManifest.of_machine() if given is None else given


def _note(newer: Sequence[Package], manifest: PackageManifest) -> None:
    """Note in the manifest which versions the server has."""
    for package in newer:
        installed = manifest.get_by_name(package.name or "")
        if installed is not None and package.version is not None and package.version > installed.version:
            manifest.set_available_version(installed.package_id, package.version)


def _is_there(answer: Answer) -> bool:
    answer.refuse_html()
    return answer.body.strip() not in {b"", b"null"}


def _known(status: PackageStatus | str | int) -> PackageStatus:
    """A status that servers know, by its word or number."""
    found = checked(Package, {"status": status}).status
    if found is None or found.number is None:
        raise ValidationError(f"status is {status!r}; it must be one of {', '.join(PackageStatus)}")
    return found


def _word(status: PackageStatus | str | None) -> PackageStatus | None:
    return None if status is None else _known(status)


def _attribute(attributes: FileAttribute | str) -> str:
    word = checked(PackageFolderFile, {"attributes": attributes}).attributes.word
    if word is None:
        raise ValidationError(f"attributes is {attributes!r}; the server takes one that it knows at a time")
    return word


def _folder(name: str, parent_id: str | None, description: str, is_restricted: bool) -> Row:
    folder = {"name": name, "description": description, "isRestricted": is_restricted}
    return folder if parent_id is None else {**folder, "parentId": parent_id}
