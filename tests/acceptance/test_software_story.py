"""A test program comes to a station, is replaced by a better one, and goes when it is revoked."""

import io
import signal
import subprocess
import sys
import zipfile

import pytest
from waiting import PATIENCE

from pywats import (
    AsyncPyWATS,
    FileAttribute,
    InstallError,
    PackageStatus,
    PackageTag,
    PyWATSError,
    ValidationError,
    pyWATS,
)
from pywats.domains.software.installer import PackageInstaller, PackageManifest
from pywats.packages.site import Site

FIRST = {"app/main.seq": b"limits: 4.7 to 5.3", "app/driver.dll": bytes(100_000), "app/station.ini": b"port=COM1"}
SECOND = {**FIRST, "app/main.seq": b"limits: 4.75 to 5.25", "doc/changes.txt": b"narrower"}


def packed(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for path, content in files.items():
            made.writestr(path, content)
    return file.getvalue()


KILLED = """
import os, pathlib, signal, sys
from pywats import Package, PackageStatus, pyWATS
from pywats.domains.software.installer import PackageInstaller, PackageManifest

root, manifest, content, version, last = sys.argv[1:]
replace, steps = pathlib.Path.replace, iter(range(1, 100))

def step(self, target):
    if next(steps) == int(last):
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(self, target)

pathlib.Path.replace = step
package = Package(package_id=f"{int(version):032x}", name="Widget", version=version, status=PackageStatus.RELEASED)
installer = PackageInstaller(pyWATS("http://127.0.0.1:9", "t").software, PackageManifest(manifest))
installer.install_zip(package, content, root)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9 there")
def test_a_station_that_is_killed_while_it_installs_gets_back_what_it_had(tmp_path):
    root, manifest = tmp_path / "tests", PackageManifest(tmp_path / "packages.json")
    (tmp_path / "first.zip").write_bytes(packed(FIRST))
    (tmp_path / "second.zip").write_bytes(packed(SECOND))

    def install(content: str, version: int, last: int = 0) -> int:
        words = [str(root), str(manifest.path), str(tmp_path / content), str(version), str(last)]
        done = subprocess.run([sys.executable, "-c", KILLED, *words], check=False, timeout=PATIENCE)
        return done.returncode

    assert install("first.zip", 1) == 0
    before = {path: path.read_bytes() for path in (root / "Widget").rglob("*") if path.is_file()}
    assert install("second.zip", 2, last=6) == -signal.SIGKILL
    assert (root / ".pywats" / "journal.json").exists()
    site = Site(root, manifest)
    site.open()
    site.close()
    assert {path: path.read_bytes() for path in (root / "Widget").rglob("*") if path.is_file()} == before
    assert [each.version for each in manifest.all] == [1]
    assert install("second.zip", 2) == 0
    assert [each.version for each in manifest.all] == [2]


async def publish(office: AsyncPyWATS, files: dict[str, bytes]) -> int:
    """Make a version, have it reviewed twice, and release it."""
    draft = await office.software.create_package("Widget test", tags=[PackageTag(key="Line", value="One")])
    await office.software.upload_zip(draft.package_id, packed({"app/wrong.txt": b""}))
    await office.software.submit_for_review(draft.package_id)
    with pytest.raises(ValidationError, match="Pending, and not a draft"):
        await office.software.upload_zip(draft.package_id, packed(files))
    await office.software.return_to_draft(draft.package_id)
    await office.software.upload_zip(draft.package_id, packed(files), clean_install=True)
    attributes = {"main.seq": FileAttribute.TOP_LEVEL_FILE, "station.ini": FileAttribute.OVERWRITE_NEVER}
    for file in await office.software.get_package_files(draft.package_id):
        if file.filename in attributes:
            await office.software.update_file_attribute(file.file_id, attributes[file.filename])
    await office.software.submit_for_review(draft.package_id)
    await office.software.release_package(draft.package_id)
    return draft.version


async def test_a_test_program_comes_to_a_station_and_goes(wats_sandbox, tmp_path):
    root, manifest = tmp_path / "tests", PackageManifest(tmp_path / "packages.json")
    server = (wats_sandbox.url, wats_sandbox.token)

    def station(work):
        """What the station does, by a blocking client of its own."""
        with pyWATS(*server) as api:
            return work(api.software, PackageInstaller(api.software, manifest))

    async with AsyncPyWATS(*server) as office:
        assert await publish(office, FIRST) == 1

        def come(software, installer):
            (package,) = software.get_packages_by_tags({"Line": "One"})
            return installer.install(package, root)

        first = station(come)
        folder = root / "Widget test"
        assert first.top_level_sequences == [folder / "app/main.seq"]
        assert (folder / "app/driver.dll").read_bytes() == FIRST["app/driver.dll"]
        (folder / "app/station.ini").write_bytes(b"port=COM7")

        assert await publish(office, SECOND) == 2
        wats_sandbox.fail("GET /api/internal/Software/DownloadFile*", body="half")

        def update(software, installer):
            (newer,) = software.check_for_updates(manifest=manifest)
            with pytest.raises(PyWATSError):
                installer.install(newer, root)
            assert (folder / "app/main.seq").read_bytes() == FIRST["app/main.seq"]
            return installer.install(newer, root)

        second = station(update)
        assert (second.version, second.files_skipped) == (2, 2)
        assert second.bytes_downloaded == len(SECOND["app/main.seq"]) + len(SECOND["doc/changes.txt"])
        assert (folder / "app/main.seq").read_bytes() == SECOND["app/main.seq"]
        assert (folder / "app/station.ini").read_bytes() == b"port=COM7"
        (logged, again) = await office.software.get_package_download_history(1)
        assert (logged["Version"], again["Version"]) == (1, 2)

        revoked = await office.software.get_released_package("Widget test")
        await office.software.revoke_package(revoked.package_id)

        def go(software, installer):
            assert software.cleanup_revoked(root, manifest=manifest) == [str(revoked.package_id)]
            with pytest.raises(InstallError, match="Revoked, and not released"):
                installer.install(revoked, root)

        station(go)
        assert manifest.all == []
        left = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
        assert left == ["app/station.ini"], "the station's own settings stay"
        assert (await office.software.get_released_package("Widget test")).version == 1
        assert (await office.software.get_package(revoked.package_id)).status is PackageStatus.REVOKED
        assert await office.software.delete_package(revoked.package_id)
