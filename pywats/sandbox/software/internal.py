"""The routes of software packages that serve the server's own web pages."""

import mimetypes
from typing import Any

from pywats.sandbox.answers import Answer, ok, refusal
from pywats.sandbox.fields import Fields, guid
from pywats.sandbox.routing import Request, Routes
from pywats.sandbox.software.store import CLIENT, RELEASED, REVOKED, STATUSES, tags_document
from pywats.sandbox.world import World

routes = Routes()


@routes.serve("GET", "/api/internal/Software/isConnected")
def is_connected(world: World, request: Request) -> Answer:
    """Whether software distribution is there."""
    del world, request
    return ok(True)


@routes.serve("GET", "/api/internal/Software/GetPackage")
def get_package(world: World, request: Request) -> Answer:
    """One package with its folders and files, or null."""
    package = world.packages.get(_guid(request, "packageId"))
    return ok(None if package is None else _shown(package, world.package_files.tree(package["packageId"])))


@routes.serve("GET", "/api/internal/Software/GetPackageByName")
def get_package_by_name(world: World, request: Request) -> Answer:
    """The highest version of a package with a status, or null."""
    package = world.packages.named(request.needed("packageName"), _needed_status(request))
    return ok(None if package is None else _shown(package))


@routes.serve("GET", "/api/internal/Software/GetPackagesByTag")
def get_packages_by_tag(world: World, request: Request) -> Answer:
    """The packages whose tags an XPath expression selects."""
    found = world.packages.selected(request.needed("tags"), _needed_status(request))
    return ok([_shown(package) for package in found])


@routes.serve("GET", "/api/internal/Software/GetPackageHistory")
def get_package_history(world: World, request: Request) -> Answer:
    """The packages whose tags an XPath expression selects, the highest versions or all."""
    every = request.flag("allVersions") or False
    found = world.packages.selected(request.needed("tags"), _status(request), all_versions=every)
    return ok([_shown(package) for package in found])


@routes.serve("GET", "/api/internal/Software/GetAvailablePackages")
def get_available_packages(world: World, request: Request) -> Answer:
    """The released packages that are newer than the installed ones."""
    return ok([_shown(package) for package in world.packages.newer(_ids(request, "installedPackages"))])


@routes.serve("GET", "/api/internal/Software/GetRevokedPackages")
def get_revoked_packages(world: World, request: Request) -> Answer:
    """The ids of those of the installed packages that were revoked."""
    request.flag("includeRevokedOnly")
    found = (world.packages.get(package_id) for package_id in _ids(request, "installedPackages"))
    return ok([each["packageId"] for each in found if each is not None and each["status"] == STATUSES[REVOKED]])


@routes.serve("GET", "/api/internal/Software/GetSoftwareEntityDetails")
def get_entities(world: World, request: Request) -> Answer:
    """A package with its folders and files side by side, or null."""
    package = world.packages.get(_guid(request, "packageId"))
    return ok(None if package is None else {**package, "entities": world.package_files.entities(package["packageId"])})


@routes.serve("GET", "/api/internal/Software/GetPackageDownloadHistory")
def get_downloads(world: World, request: Request) -> Answer:
    """What a client has downloaded; there is one client."""
    client = request.number("clientId")
    if client is None:
        raise refusal(400, "The query parameter clientId is required.")
    return ok(world.packages.downloads() if client == CLIENT else [])


@routes.serve("GET", "/api/internal/Software/Log", writes=True)
def log_download(world: World, request: Request) -> Answer:
    """Note that a package was downloaded."""
    size = request.needed("downloadSize")
    if not size.isascii() or not size.isdigit() or len(size) > 18:  # noqa: PLR2004 - int64
        raise refusal(400, "The query parameter downloadSize is required to be a whole number.")
    return ok(world.packages.log(_guid(request, "packageId"), int(size)))


@routes.serve("GET", "/api/internal/Software/File/{id}")
def get_file(world: World, request: Request) -> Answer:
    """What is known of a file, or null."""
    return ok(world.package_files.describe(request.params["id"].lower()))


@routes.serve("GET", "/api/internal/Software/DownloadFile")
def download_file(world: World, request: Request) -> Answer:
    """The bytes of a file."""
    content_id = _guid(request, "repositoryFolderFileId")
    found = world.package_files.content(content_id)
    if found is None:
        raise refusal(404, f"There is no stored file with the id {content_id}.")
    name, content = found
    return Answer(200, content, mimetypes.guess_type(name)[0] or "application/octet-stream")


@routes.serve("GET", "/api/internal/Software/CheckFile")
def check_file(world: World, request: Request) -> Answer:
    """Whether a file with this content is stored."""
    world.packages.needed(_guid(request, "packageId"))
    _guid(request, "parentFolderId")
    if not request.needed("fileDateEpoch").removeprefix("-").isdigit():
        raise refusal(400, "The query parameter fileDateEpoch is required to be a whole number.")
    name = request.needed("filePath").replace("\\", "/").rpartition("/")[2]
    return ok(world.package_files.check(name, request.needed("checksum")))


@routes.serve("POST", "/api/internal/Software/PostPackageFolder")
def post_folder(world: World, request: Request) -> Answer:
    """Add a folder to a draft."""
    package = world.packages.draft(_guid(request, "packageId"))
    return ok(world.package_files.add_folder(package["packageId"], request.object()))


@routes.serve("POST", "/api/internal/Software/UpdatePackageFolder")
def update_folder(world: World, request: Request) -> Answer:
    """Give a folder of a draft another name."""
    fields = Fields(request.object())
    folder_id = fields.guid("id") or ""
    world.packages.draft(world.package_files.package_of("folder", folder_id))
    return ok(world.package_files.rename_folder(folder_id, fields.needed("name")))


@routes.serve("POST", "/api/internal/Software/DeletePackageFolder")
def delete_folder(world: World, request: Request) -> Answer:
    """Delete a folder of a draft with all that is in it; the answer shows it."""
    folder_id = _guid(request, "packageFolderId")
    world.packages.draft(world.package_files.package_of("folder", folder_id))
    folder = world.package_files.folder(folder_id)
    world.package_files.delete_folder(folder_id)
    return ok(folder)


@routes.serve("POST", "/api/internal/Software/DeletePackageFolderFiles")
def delete_files(world: World, request: Request) -> Answer:
    """Delete files of drafts, all or none; the answer counts them."""
    ids = _ids(request, "packageFolderFileIds")
    for file_id in ids:
        world.packages.draft(world.package_files.package_of("file", file_id))
    for file_id in ids:
        world.package_files.delete_file(file_id)
    return ok({"deleted": len(ids)})


def _shown(package: dict[str, Any], folders: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A package in the spelling of the web pages."""
    named = {name[0].upper() + name[1:]: value for name, value in package.items() if name != "installOnRoot"}
    return named | {
        "PackageFolder": not package["installOnRoot"],
        "Status": STATUSES.index(package["status"]),
        "Tags": tags_document(package),
        "PackageFolders": folders,
    }


def _guid(request: Request, name: str) -> str:
    found = guid(request.needed(name))
    if found is None:
        raise refusal(400, f"The query parameter {name} is required to be a GUID.")
    return found


def _ids(request: Request, name: str) -> list[str]:
    ids = [guid(part.strip()) for part in request.needed(name).split(",")]
    found = [each for each in ids if each is not None]
    if not found or len(found) < len(ids):
        raise refusal(400, f"The query parameter {name} is required to be GUIDs, separated by commas.")
    return found


def _status(request: Request) -> int | None:
    status = request.number("status")
    if status is not None and status > REVOKED:
        raise refusal(400, "The query parameter status is required to be 0, 1, 2 or 3.")
    return status


def _needed_status(request: Request) -> int:
    request.needed("status")
    status = _status(request)
    return RELEASED if status is None else status
