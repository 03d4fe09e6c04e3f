"""The routes of software packages as the public API has them."""

from pywats.sandbox.answers import Answer, no_content, ok, refusal
from pywats.sandbox.fields import guid
from pywats.sandbox.multipart import form_file
from pywats.sandbox.routing import Request, Routes
from pywats.sandbox.software.store import status_of
from pywats.sandbox.world import World

routes = Routes()


@routes.serve("GET", "/api/Software/Packages")
def get_packages(world: World, request: Request) -> Answer:
    """All packages."""
    del request
    return ok(world.packages.all())


@routes.serve("POST", "/api/Software/Package")
def post_package(world: World, request: Request) -> Answer:
    """Add a draft, the next version of a package that exists."""
    return ok(world.packages.add(request.object()))


@routes.serve("GET", "/api/Software/Package/{id}")
def get_package(world: World, request: Request) -> Answer:
    """One package."""
    return ok(world.packages.needed(request.params["id"]))


@routes.serve("PUT", "/api/Software/Package/{id}")
def put_package(world: World, request: Request) -> Answer:
    """Change a package; the answer is empty."""
    world.packages.change(request.params["id"], request.object())
    return Answer()


@routes.serve("DELETE", "/api/Software/Package/{id}")
def delete_package(world: World, request: Request) -> Answer:
    """Delete a draft or a revoked package."""
    world.packages.delete(world.packages.needed(request.params["id"]))
    return no_content()


@routes.serve("GET", "/api/Software/PackageByName")
def get_package_by_name(world: World, request: Request) -> Answer:
    """The highest version of a package, or the one asked for."""
    name, status = request.needed("name"), request.text("status")
    found = world.packages.named(name, status_of(status) if status else None, request.number("version"))
    if found is None:
        raise refusal(404, f"There is no such software package {name}.")
    return ok(found)


@routes.serve("DELETE", "/api/Software/PackageByName")
def delete_package_by_name(world: World, request: Request) -> Answer:
    """Delete a version of a package."""
    name, version = request.needed("name"), request.number("version")
    if version is None:
        raise refusal(400, "The query parameter version is required.")
    found = world.packages.named(name, version=version)
    if found is None:
        raise refusal(404, f"There is no software package {name} of version {version}.")
    world.packages.delete(found)
    return no_content()


@routes.serve("GET", "/api/Software/PackagesByTag")
def get_packages_by_tag(world: World, request: Request) -> Answer:
    """The packages that have a tag with a value."""
    name, equals, value = request.needed("tag").partition("=")
    if not equals or not name:
        raise refusal(400, "The query parameter tag is required to be tagName=tagValue.")
    status = request.text("status")
    return ok(world.packages.tagged(name, value, status_of(status) if status else None))


@routes.serve("POST", "/api/Software/PackageStatus/{id}")
def post_package_status(world: World, request: Request) -> Answer:
    """Change the status of a package."""
    return ok(world.packages.move(request.params["id"], status_of(request.needed("status"))))


@routes.serve("GET", "/api/Software/PackageFiles/{id}")
def get_package_files(world: World, request: Request) -> Answer:
    """The files of a package, without their content."""
    return ok(world.package_files.public(world.packages.needed(request.params["id"])["packageId"]))


@routes.serve("POST", "/api/Software/Package/FileAttribute/{id}")
def post_file_attribute(world: World, request: Request) -> Answer:
    """Add an attribute to a file of a draft."""
    file_id = request.params["id"].lower()
    world.packages.draft(world.package_files.package_of("file", file_id))
    world.package_files.add_attribute(file_id, request.needed("attribute"))
    return Answer()


@routes.serve("POST", "/api/Software/Package/UploadZip/{id}")
def post_zip(world: World, request: Request) -> Answer:
    """Put the files of a zip archive into a draft."""
    package = world.packages.draft(request.params["id"])
    file = form_file(request)
    if file.media_type.lower() != "application/zip":
        raise refusal(400, "The file is required to have the content type application/zip.")
    world.package_files.upload(package["packageId"], file.content, clean=request.flag("cleanInstall") or False)
    return Answer()


@routes.serve("GET", "/api/Software/VirtualFolders")
def get_virtual_folders(world: World, request: Request) -> Answer:
    """The folders that packages are shown in."""
    del request
    return ok(world.virtual_folders.all())


@routes.serve("POST", "/api/Software/VirtualFolder")
def post_virtual_folder(world: World, request: Request) -> Answer:
    """Add a folder that packages are shown in."""
    return ok(world.virtual_folders.add(request.object()))


@routes.serve("PUT", "/api/Software/VirtualFolder")
def put_virtual_folder(world: World, request: Request) -> Answer:
    """Change a folder that packages are shown in."""
    return ok(world.virtual_folders.change(request.object()))


@routes.serve("DELETE", "/api/Software/VirtualFolder/{folderId}")
def delete_virtual_folder(world: World, request: Request) -> Answer:
    """Delete an empty folder."""
    folder_id = guid(request.params["folderId"])
    if folder_id is None:
        raise refusal(404, f"There is no virtual folder with the id {request.params['folderId']}.")
    world.virtual_folders.delete(folder_id)
    return no_content()
