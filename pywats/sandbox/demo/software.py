"""The software packages of the demonstration."""

from pywats.sandbox.report.files import archive
from pywats.sandbox.software.store import DRAFT, PENDING, RELEASED, REVOKED
from pywats.sandbox.world import World

_PACKAGES = (
    ("Board tests", (REVOKED, RELEASED)),
    ("Widget tests", (RELEASED, DRAFT)),
    ("Station setup", (RELEASED,)),
)
"""Names, and what became of each version."""


def seed_software(world: World) -> None:
    """Store packages in several versions and statuses, with files in them."""
    folder = world.virtual_folders.add({"name": "Test software"})
    for name, statuses in _PACKAGES:
        for version, status in enumerate(statuses, start=1):
            package = world.packages.add(
                {
                    "name": name,
                    "description": f"{name}, version {version}",
                    "virtualFolderId": folder["id"],
                    "tags": [{"key": "Station", "value": "Production"}],
                }
            )
            files = {f"{name}/readme.txt": f"{name} {version}\n".encode(), f"{name}/limits.csv": b"Ripple;0;30\n"}
            world.package_files.upload(package["packageId"], archive(files), clean=True)
            for step in range(PENDING, status + 1):
                world.packages.move(package["packageId"], step)
