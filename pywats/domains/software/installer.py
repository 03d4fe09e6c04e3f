"""Installing released packages into a folder, taking them away again, and looking whether they are whole."""

import asyncio
import io
import os
import zipfile
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, ParamSpec, TypeVar, cast
from uuid import UUID

from pywats.domains.software.contents import PackedFile, archived_files, has_folder, listed_files, title
from pywats.domains.software.models import FileAttribute, Package, PackageStatus
from pywats.errors import InstallError, PyWATSError, ValidationError
from pywats.exchange.call import download, query
from pywats.packages import archive
from pywats.packages.manifest import InstalledFile, InstalledPackage, PackageManifest, now_text
from pywats.packages.site import Site, sha256_of
from pywats.packages.tags import document_of
from pywats.service import Async, Face, Service, all_of, found, method
from workers.log import get_logger

if TYPE_CHECKING:
    from pywats.domains.software.service import SoftwareService

__all__ = [
    "InstallProgress",
    "InstallResult",
    "InstalledFile",
    "InstalledPackage",
    "PackageInstaller",
    "PackageManifest",
]

P = ParamSpec("P")
R = TypeVar("R")

InstallProgress = Callable[[str, int, int], object]
"""Told after each file: its path, how many files are done, and how many there are. It runs in a thread of its own."""

log = get_logger(__name__)

_AT_ONCE: Final = 4
_CHUNK: Final = 1 << 20


@dataclass(slots=True)
class InstallResult:
    """What came of an installation.

    Attributes:
        execute_files: the files that are to be executed now, by their attributes; nothing was executed.
        top_level_sequences: the files that a test operator starts.
        bytes_downloaded: of the files that were new or changed.
        files_skipped: files that were there already, or that must not be overwritten.
        error: why it failed, if it did.
    """

    package_id: str
    package_name: str
    version: int
    execute_files: list[Path] = field(default_factory=list[Path])
    top_level_sequences: list[Path] = field(default_factory=list[Path])
    bytes_downloaded: int = 0
    files_skipped: int = 0
    success: bool = True
    error: str | None = None


class PackageInstaller(Service[Face]):
    """Installs packages, as ``PackageInstaller(api.software, PackageManifest(path))``.

    A package goes into a folder of its own, named after it, unless it says that it is to be installed on the root. Its
    files are written beside and moved into place together, so whatever ends an installation early leaves the one
    before; after a crash the next one brings it back first.
    """

    domain: ClassVar[str] = "software"

    def __init__(self, repository: "SoftwareService[Face]", manifest: PackageManifest) -> None:
        super().__init__(repository._line)  # noqa: SLF001 - both are services on one line, with one face
        self.manifest = manifest
        self._portal = repository._portal  # noqa: SLF001
        self._service = cast("SoftwareService[Async]", repository._aio if self._portal else repository)  # noqa: SLF001
        if self._portal:
            self._aio = PackageInstaller(self._service, manifest)

    @method
    async def install(
        self, package: Package, root_path: Path | str, progress: InstallProgress | None = None
    ) -> InstallResult:
        """Install a released package in place of another version of it; only what is new or changed is downloaded.

        Args:
            package: as the server gave it.
            root_path: the folder for packages.
            progress: told after each file.

        Raises:
            InstallError: it is not released, has a hostile file name or no files, or cannot be written.
            NotFoundError: the server has no such package.
        """
        if package.package_id is None:
            raise ValidationError("package.package_id is None; a package is installed by its id")
        detail = found(await self._service.get_package_internal(package.package_id), f"package {package.package_id}")
        result = await self._place(detail, Path(root_path), listed_files(detail), self._fetch, progress)
        if result.bytes_downloaded:
            try:
                await self._service.log_download(package.package_id, result.bytes_downloaded)
            except PyWATSError as error:
                log.warning("download_not_logged", package_id=str(package.package_id), error=str(error))
        return result

    @method
    async def install_zip(
        self,
        package: Package,
        zip_file: Path | str | bytes,
        root_path: Path | str,
        progress: InstallProgress | None = None,
        *,
        largest: int = archive.LARGEST,
    ) -> InstallResult:
        """Install a released package from a zip archive of its files, without a server.

        Args:
            package: what the archive holds: its id, name, version and status. The attributes of files are those of the
                folders that it lists, if any.
            zip_file: the archive, as it was uploaded, or where it is.
            root_path: the folder for packages.
            progress: told after each file.
            largest: bytes that the files may have together.

        Raises:
            InstallError: it is not released, the archive is hostile or broken, or it cannot be written.
        """
        if package.package_id is None:
            raise ValidationError("package.package_id is None; a package is installed by its id")
        source = io.BytesIO(zip_file) if isinstance(zip_file, bytes) else Path(zip_file)
        with _as_install_errors(f"the archive of {title(package)} is not installed"), archive.opened(source) as opened:
            members = archive.files_of(opened, largest)

            async def unpack(file: PackedFile, target: Path) -> int:
                await to_its_end(_unpack, opened, members[file.inside], target)
                return 0

            files = archived_files(package, members.items())
            return await self._place(package, Path(root_path), files, unpack, progress, at_once=1)

    @method
    async def install_many(
        self: "PackageInstaller[Async]",
        packages: Sequence[Package],
        root_path: Path | str,
        progress: InstallProgress | None = None,
    ) -> list[InstallResult]:
        """Install packages one after the other; one that fails says so in its result, and the others go on."""
        results: list[InstallResult] = []
        for package in packages:
            try:
                results.append(await self.install(package, root_path, progress))
            except PyWATSError as error:
                failed = InstallResult(str(package.package_id), package.name or "", package.version or 0)
                failed.success, failed.error = False, str(error)
                results.append(failed)
        return results

    @method
    async def uninstall(self, package_id: UUID | str) -> list[str]:
        """Take a package away; return the paths of its files that stay, as they were changed or there before it.

        Raises:
            NotFoundError: it is not installed.
        """
        return await to_its_end(_removed, self.manifest, str(package_id))

    @method
    async def verify(self, package_id: UUID | str) -> list[str]:
        """Return the paths of a package's files that are missing or changed; what is never overwritten may change.

        Raises:
            NotFoundError: it is not installed.
        """
        return await to_its_end(_differing, self.manifest, str(package_id))

    async def _place(
        self,
        package: Package,
        root: Path,
        files: list[PackedFile],
        fetch: Callable[[PackedFile, Path], Awaitable[int]],
        progress: InstallProgress | None,
        *,
        at_once: int = _AT_ONCE,
    ) -> InstallResult:
        """Bring files into a folder, and note them in the manifest."""
        if package.status != PackageStatus.RELEASED:
            raise InstallError(f"{title(package)} is {package.status or 'of unknown status'}, and not released")
        site = Site(root, self.manifest)
        done = 0

        async def bring(file: PackedFile) -> int:
            nonlocal done
            size = 0 if file.kept else await fetch(file, await to_its_end(site.new, file.path))
            done += 1
            if progress is not None:
                await to_its_end(progress, file.path, done, len(files))
            return size

        with _as_install_errors(f"{title(package)} is not installed in {root}"):
            try:
                await to_its_end(site.open)
                before = await to_its_end(_decide, self.manifest, package, site.root, files)
                size = sum(await all_of(map(bring, files), at_most=at_once))
                return await to_its_end(_finish, site, package, files, before, size)
            finally:
                await to_its_end(site.close)

    async def _fetch(self, file: PackedFile, target: Path) -> int:
        """Download a file."""
        wanted = query(repositoryFolderFileId=file.repo_file_id)
        body = await self._line.send(download("GET", "/api/internal/Software/DownloadFile", wanted, internal=True))
        size = 0
        try:
            with target.open("wb") as opened:
                async for chunk in body:
                    size += len(chunk)
                    if file.size is not None and size > file.size:
                        break
                    await to_its_end(opened.write, chunk)
        finally:
            await body.aclose()
        if file.size not in {None, size}:
            raise InstallError(f"{file.path!r} came with {size} bytes; the server says that it has {file.size}")
        return size


def _decide(manifest: PackageManifest, package: Package, root: Path, files: list[PackedFile]) -> list[InstalledPackage]:
    """Mark the files that stay as they are; returns what is installed of this package now."""
    here = manifest.in_folder(root)
    before = [each for each in here if each.name == package.name]
    known = {file.path: (file, each.version) for each in before for file in each.files}
    others = {file.path.casefold(): each for each in here if each not in before for file in each.files}
    for file in files:
        owner = others.get(file.path.casefold())
        if owner is not None:
            raise InstallError(f"{file.path!r} belongs to {owner.name!r} version {owner.version}, which is installed")
        checksum = sha256_of(root / file.path)
        if checksum is None:
            continue
        old, version = known.get(file.path, (None, None))
        untouchable = FileAttribute.OVERWRITE_NEVER in file.attributes or (
            FileAttribute.OVERWRITE_ON_NEW_VERSION in file.attributes and version == package.version
        )
        if untouchable or (old is not None and checksum == old.checksum and _has_content_of(old, file)):
            file.kept = _record(file, root / file.path, "" if old is None else old.checksum)
    return before


def _has_content_of(old: InstalledFile, file: PackedFile) -> bool:
    """Whether the server's content behind a file is the one that was installed."""
    same = (old.repo_file_id, old.server_checksum) == (file.repo_file_id, file.server_checksum)
    return same and bool(file.repo_file_id)


def _finish(
    site: Site, package: Package, files: list[PackedFile], before: list[InstalledPackage], size: int
) -> InstallResult:
    """Move the files into place and say what came of it."""
    records: list[InstalledFile] = []
    for file in files:
        staged = site.new(file.path)
        if not file.kept and file.modified is not None:
            os.utime(staged, (file.modified.timestamp(), file.modified.timestamp()))
        records.append(file.kept or _record(file, staged, sha256_of(staged) or ""))
    now = InstalledPackage(
        package_id=str(package.package_id),
        name=package.name or "",
        version=package.version or 0,
        status=PackageStatus.RELEASED.value,
        root_path=str(site.root),
        installed_at=now_text(),
        download_size=size,
        package_folder=has_folder(package),
        tags=document_of({tag.key: tag.value for tag in package.tags or () if tag.key}),
        files=records,
    )
    stays = {file.path for file in files}
    stale = [path for each in before for path in _untouched(each) if path not in stays]
    site.exchange([file.path for file in files if not file.kept], stale, gone=before, come=[now])
    top = [file for file in files if FileAttribute.TOP_LEVEL_FILE in file.attributes]
    return InstallResult(
        package_id=now.package_id,
        package_name=now.name,
        version=now.version,
        execute_files=[site.root / file.path for file in files if _is_due(file, now, before)],
        top_level_sequences=[site.root / file.path for file in top],
        bytes_downloaded=size,
        files_skipped=sum(file.kept is not None for file in files),
    )


def _is_due(file: PackedFile, now: InstalledPackage, before: list[InstalledPackage]) -> bool:
    """Whether a file is to be executed after this installation."""
    versions = {each.version for each in before for old in each.files if old.path == file.path}
    return (
        FileAttribute.EXECUTE_ALWAYS in file.attributes
        or (FileAttribute.EXECUTE_ONCE in file.attributes and not versions)
        or (FileAttribute.EXECUTE_ONCE_PER_VERSION in file.attributes and now.version not in versions)
    )


def _record(file: PackedFile, path: Path, checksum: str) -> InstalledFile:
    modified = file.modified or datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return InstalledFile(
        path=file.path,
        modified_utc=modified.astimezone(UTC).isoformat(),
        attributes=int(file.attributes),
        file_id=file.file_id,
        repo_file_id=file.repo_file_id,
        checksum=checksum,
        server_checksum=file.server_checksum,
    )


def _untouched(package: InstalledPackage) -> list[str]:
    """The paths of the files that are as they were installed."""
    root = Path(package.root_path)
    return [file.path for file in package.files if file.checksum and sha256_of(root / file.path) == file.checksum]


def _removed(manifest: PackageManifest, package_id: str) -> list[str]:
    """Take a package away; returns the paths that stay."""
    package = _installed(manifest, package_id)
    site = Site(Path(package.root_path), manifest)
    with _as_install_errors(f"{package.name!r} version {package.version} is not removed"):
        try:
            site.open()
            gone = _untouched(package)
            site.exchange([], gone, gone=[package], come=[])
        finally:
            site.close()
    return [file.path for file in package.files if file.path not in gone and (site.root / file.path).exists()]


def _differing(manifest: PackageManifest, package_id: str) -> list[str]:
    package = _installed(manifest, package_id)
    with _as_install_errors(f"{package.name!r} version {package.version} cannot be read"):
        return [file.path for file in package.files if not _is_whole(file, Path(package.root_path) / file.path)]


def _is_whole(file: InstalledFile, path: Path) -> bool:
    """Whether a file is as it was installed; what is never overwritten is the station's own to change."""
    checksum = sha256_of(path)
    is_own = FileAttribute.OVERWRITE_NEVER in FileAttribute(file.attributes)
    return checksum is not None and (is_own or file.checksum in {"", checksum})


def _installed(manifest: PackageManifest, package_id: str) -> InstalledPackage:
    return found(manifest.get(package_id), f"installed package {package_id}")


def _unpack(opened: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    with opened.open(member) as source, target.open("wb") as file:
        while chunk := source.read(_CHUNK):
            file.write(chunk)


@contextmanager
def _as_install_errors(what: str) -> Generator[None]:
    """Tell what the operating system or an archive refuses as an ``InstallError``."""
    try:
        yield
    except PyWATSError:
        raise
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise InstallError(f"{what}: {error}") from error


async def to_its_end(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function in a thread, and see it end also when the caller is cancelled meanwhile."""
    task = asyncio.ensure_future(asyncio.to_thread(function, *args, **kwargs))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            try:
                await asyncio.wait({task})
            except asyncio.CancelledError:
                continue
        if not task.cancelled():
            task.exception()  # it was seen; the cancellation goes before
        raise
