"""Every method of the software domain on both faces, over a real socket; packages are installed for real."""

import ast
import asyncio
import hashlib
import io
import os
import stat
import zipfile
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from waiting import PATIENCE

from pywats import (
    AuthorizationError,
    ConflictError,
    FileAttribute,
    InstallError,
    NotFoundError,
    Package,
    PackageStatus,
    PackageTag,
    ServerError,
    ValidationError,
)
from pywats import ConnectionError as LostConnection
from pywats.domains.software.installer import PackageInstaller, PackageManifest
from pywats.domains.software.service import SoftwareService
from workers.face import method

FILES = {"app/main.seq": b"main", "app/sub/\xe6.bin": bytes(range(256)), "app/setup.cmd": b"echo"}
TAGS = [PackageTag(key="Line", value="One"), PackageTag(key="Site", value="O'slo")]


def packed(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for path, content in files.items():
            made.writestr(zipfile.ZipInfo(path, (2026, 1, 5, 8, 0, 0)), content)
    return file.getvalue()


async def released(either, files: dict[str, bytes] | None = None, name: str = "Widget", **options) -> Package:
    """A released package with these files."""
    attributes = options.pop("attributes", {})
    package = await either("software.create_package", name, tags=TAGS, **options)
    await either("software.upload_zip", package.package_id, packed(FILES if files is None else files))
    for file in await either("software.get_package_files", package.package_id):
        for attribute in attributes.get(f"{file.package_folder_name}/{file.filename}", ()):
            await either("software.update_file_attribute", file.file_id, attribute)
    await either("software.submit_for_review", package.package_id)
    await either("software.release_package", package.package_id)
    return await either("software.get_package", package.package_id)


def contents(root: Path) -> dict[str, bytes]:
    paths = [path for path in root.rglob("*") if path.is_file() and ".pywats" not in path.parts]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture
def manifest(tmp_path: Path) -> PackageManifest:
    return PackageManifest(tmp_path / "packages.json")


@pytest.fixture
def installer(either, manifest) -> PackageInstaller:
    return PackageInstaller(either.api.software, manifest)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "packages"


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, manifest: PackageManifest) -> None:
    """Let the manifest of the machine be that of the test."""
    monkeypatch.setenv("WATS_PACKAGE_MANIFEST", str(manifest.path))


# Packages


async def test_a_package_is_made_changed_and_found(either):
    made = await either("software.create_package", "A/B #1?", "d", True, "C:\\Tests", 3, TAGS)
    assert (made.name, made.version, made.status, made.install_on_root) == ("A/B #1?", 1, PackageStatus.DRAFT, True)
    assert [(tag.key, tag.value) for tag in made.tags] == [("Line", "One"), ("Site", "O'slo")]
    assert made.created_utc.tzinfo is not None
    made.description, made.priority = "e", 4
    assert await either("software.update_package", made) is None, "the server says nothing"
    found = await either("software.get_package", made.package_id)
    assert (found.description, found.priority, found.root_directory) == ("e", 4, "C:\\Tests")
    shown = await either("software.get_package_internal", made.package_id)
    assert (shown.name, shown.status, shown.package_folder, shown.package_folders) == ("A/B #1?", "Draft", False, [])
    assert shown.tags[1].value == "O'slo"


async def test_packages_are_found_by_name_and_tags(either):
    first, second = await released(either), await released(either)
    draft = await either("software.create_package", "Widget", tags=TAGS)
    versions = [each.version for each in await either("software.get_packages")]
    assert versions == [1, 2, 3]
    assert (await either("software.get_package_by_name", "Widget")).version == 3
    assert (await either("software.get_package_by_name", "Widget", PackageStatus.RELEASED, 1)) == first
    assert (await either("software.get_released_package", "Widget")).version == 2
    assert (await either("software.get_package_by_name_internal", "Widget")).version == 2
    assert (await either("software.get_package_by_name_internal", "Widget", "Draft")).version == 3
    by_tag = await either("software.get_packages_by_tag", "Site", "O'SLO", PackageStatus.RELEASED)
    assert by_tag == [first, second]
    assert len(await either("software.get_packages_by_tag", "Site", "O'slo")) == 3
    assert await either("software.get_packages_by_tag", "site", "O'slo") == []
    by_tags = await either("software.get_packages_by_tags", {"Line": "One", "Site": "O'slo"})
    assert [each.version for each in by_tags] == [1, 2]
    xpath = "//*[Line[.='Two' or .='One']]"
    drafts = await either("software.get_packages_by_tag_internal", xpath, PackageStatus.DRAFT)
    assert [each.package_id for each in drafts] == [draft.package_id]
    assert [each.version for each in await either("software.get_package_history", xpath)] == [3]
    assert [each.version for each in await either("software.get_package_history", xpath, 2, True)] == [1, 2]
    present, missing = await either("software.get_packages_batch", [first.package_id, uuid4()])
    assert (present.unwrap(), missing.is_failure) == (first, True)


async def test_a_package_goes_its_ways_and_no_others(either):
    package = await either("software.create_package", "Widget")
    for name, status in (
        ("submit_for_review", "Pending"),
        ("return_to_draft", "Draft"),
        ("submit_for_review", "Pending"),
        ("release_package", "Released"),
        ("revoke_package", "Revoked"),
    ):
        assert await either(f"software.{name}", package.package_id) is True
        assert (await either("software.get_package", package.package_id)).status == status
    with pytest.raises(ValidationError, match="cannot go from Revoked to Released"):
        await either("software.release_package", package.package_id)


async def test_drafts_and_revoked_packages_are_deleted(either):
    package = await released(either)
    with pytest.raises(ValidationError, match="cannot be deleted"):
        await either("software.delete_package", package.package_id)
    await either("software.revoke_package", package.package_id)
    assert await either("software.delete_package", package.package_id) is True
    assert await either("software.get_package", package.package_id) is None
    for _ in range(3):
        await either("software.create_package", "Gadget")
    assert await either("software.delete_package_by_name", "Gadget", 1) is True
    assert await either("software.delete_package_by_name", "Gadget") is True
    assert [each.version for each in await either("software.get_packages")] == [2]
    with pytest.raises(NotFoundError):
        await either("software.delete_package_by_name", "Gadget", 7)


async def test_two_packages_do_not_become_the_same(either):
    await either("software.create_package", "Widget")
    gadget = await either("software.create_package", "Gadget")
    gadget.name = "Widget"
    with pytest.raises(ConflictError, match="another package"):
        await either("software.update_package", gadget)


# Files and folders


async def test_files_go_up_are_listed_and_come_down(either, wats_sandbox, tmp_path):
    package = await either("software.create_package", "Widget")
    wats_sandbox.clear_requests()
    assert await either("software.upload_zip", package.package_id, packed(FILES)) is True
    sent = wats_sandbox.requests[0]
    assert sent.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert "cleanInstall" not in sent.raw_path
    files = {each.filename: each for each in await either("software.get_package_files", package.package_id)}
    assert {name: each.package_folder_name for name, each in files.items()} == {
        "main.seq": "app",
        "setup.cmd": "app",
        "æ.bin": "app/sub",
    }
    assert (
        await either("software.update_file_attribute", files["setup.cmd"].file_id, FileAttribute.EXECUTE_ONCE) is True
    )
    shown = await either("software.get_package_internal", package.package_id)
    (app,) = shown.package_folders
    stored = {each.repository_folder_file.name: each for each in app.package_folder_files}
    assert stored["setup.cmd"].attributes is FileAttribute.EXECUTE_ONCE
    main = stored["main.seq"]
    assert await either("software.download_file", main.repository_folder_file_id) == b"main"
    await either("software.save_file", main.repository_folder_file_id, tmp_path / "main")
    assert (tmp_path / "main").read_bytes() == b"main"
    assert (await either("software.get_file", main.repository_folder_file_id))["Name"] == "main.seq"
    checksum = hashlib.sha256(b"main").hexdigest()
    found = await either("software.check_file", package.package_id, app.package_folder_id, "main.seq", checksum, 0)
    assert found == {"exists": True, "repositoryFolderFileId": str(main.repository_folder_file_id)}
    details = await either("software.get_software_entity_details", package.package_id)
    assert {each["name"] for each in details["entities"]} == {"app", "sub", *files}
    assert await either("software.upload_zip", package.package_id, packed({"only/x": b""}), clean_install=True) is True
    assert [each.filename for each in await either("software.get_package_files", package.package_id)] == ["x"]


async def test_folders_of_a_draft(either):
    package = await either("software.create_package", "Widget")
    made = await either("software.create_package_folder", package.package_id, {"name": "app"})
    assert made["name"] == "app"
    changed = await either("software.update_package_folder", {"id": made["id"], "name": "application"})
    assert changed["name"] == "application"
    await either("software.upload_zip", package.package_id, packed({"application/x": b"", "application/y": b""}))
    ids = [each.file_id for each in await either("software.get_package_files", package.package_id)]
    assert await either("software.delete_package_folder_files", ids) == {"deleted": 2}
    assert (await either("software.delete_package_folder", made["id"]))["name"] == "application"
    assert (await either("software.get_package_internal", package.package_id)).package_folders == []
    await either("software.create_package_folder", package.package_id, {"name": "twice"})
    with pytest.raises(ConflictError, match="twice"):
        await either("software.create_package_folder", package.package_id, {"name": "twice"})


async def test_virtual_folders(either):
    made = await either("software.create_virtual_folder", "Lines")
    inner = await either("software.create_virtual_folder", "One", str(made.folder_id), "d", True)
    assert (inner.parent_id, inner.description, inner.is_restricted) == (made.folder_id, "d", True)
    changed = await either("software.update_virtual_folder", str(inner.folder_id), "Two", str(made.folder_id))
    assert (changed.name, changed.is_restricted) == ("Two", False)
    assert [each.name for each in await either("software.get_virtual_folders")] == ["Lines", "Two"]
    package = await either("software.create_package", "Widget", virtual_folder_id=inner.folder_id)
    assert package.virtual_folder_id == inner.folder_id
    with pytest.raises(ConflictError, match="not empty"):
        await either("software.delete_virtual_folder", str(made.folder_id))
    await either("software.delete_package", package.package_id)
    assert await either("software.delete_virtual_folder", str(inner.folder_id)) is True
    assert [each.name for each in await either("software.get_virtual_folders")] == ["Lines"]


async def test_what_is_not_there_is_none_or_nothing(either):
    unknown = uuid4()
    for name in ("get_package", "get_package_internal", "get_software_entity_details", "get_file", "download_file"):
        assert await either(f"software.{name}", unknown) is None
    for name in ("get_package_by_name", "get_released_package", "get_package_by_name_internal"):
        assert await either(f"software.{name}", "nothing") is None
    assert await either("software.get_packages") == []
    assert await either("software.get_revoked_packages", [unknown]) == []
    assert await either("software.get_available_packages", [unknown]) == []
    for name in ("submit_for_review", "delete_package", "get_package_files", "delete_package_folder"):
        with pytest.raises(NotFoundError):
            await either(f"software.{name}", unknown)


async def test_the_server_knows_what_was_downloaded(either, wats_sandbox):
    assert await either("software.is_connected") is True
    package = await either("software.create_package", "Widget")
    noted = await either("software.log_download", package.package_id, 2**40)
    assert noted["DownloadSize"] == 2**40
    (entry,) = await either("software.get_package_download_history", 1)
    assert entry["PackageId"] == str(package.package_id)
    wats_sandbox.clear_requests()
    wats_sandbox.fail("GET /api/internal/Software/Log*", reset="after")
    with pytest.raises(LostConnection):
        await either("software.log_download", package.package_id, 1)
    assert len(wats_sandbox.requests) == 1, "a GET with effects is not repeated"
    assert len(await either("software.get_package_download_history", 1)) == 2


@pytest.mark.parametrize("name", ["create_package", "upload_zip", "create_virtual_folder", "create_package_folder"])
async def test_what_adds_is_sent_once_although_the_answer_is_lost(either, wats_sandbox, name):
    package = await either("software.create_package", "Widget")
    arguments = {"upload_zip": (package.package_id, packed(FILES)), "create_package_folder": (package.package_id, {})}
    wats_sandbox.clear_requests()
    wats_sandbox.fail("POST /api/*", reset="after")
    with pytest.raises(LostConnection):
        await either(f"software.{name}", *arguments.get(name, ("Gadget",)))
    assert len(wats_sandbox.requests) == 1


@pytest.mark.parametrize(
    ("status", "kind"), [(400, ValidationError), (403, AuthorizationError), (409, ConflictError), (500, ServerError)]
)
async def test_errors_of_the_server_have_their_types(either, wats_sandbox, status, kind):
    for name, path in (
        ("get_packages", "/api/Software/Packages"),
        ("is_connected", "/api/internal/Software/isConnected"),
    ):
        wats_sandbox.fail(f"GET {path}", status=status)
        with pytest.raises(kind) as caught:
            await either.of(either.api.with_options(retry=None), f"software.{name}")
        assert (caught.value.status, caught.value.path) == (status, path)


async def test_internal_calls_name_the_web_page_they_stand_for(either, wats_sandbox):
    await either("software.is_connected")
    await either("software.get_packages")
    internal, public = wats_sandbox.requests
    assert internal.headers.get("Referer", "").rstrip("/") == wats_sandbox.url
    assert "Referer" not in public.headers


# Installing


async def test_a_package_is_installed_whole(either, root, manifest):
    special = {"app/main.seq": ["TopLevelFile"], "app/setup.cmd": ["ExecuteAlways"]}
    package = await released(either, attributes=special)
    told: list[tuple[str, int, int]] = []
    result = await either("software.install", package, root, lambda *told_: told.append(told_))
    assert (result.success, result.error, result.package_name, result.version) == (True, None, "Widget", 1)
    assert (result.bytes_downloaded, result.files_skipped) == (264, 0)
    assert contents(root) == {f"Widget/{path}": content for path, content in FILES.items()}
    assert result.top_level_sequences == [root / "Widget/app/main.seq"]
    assert result.execute_files == [root / "Widget/app/setup.cmd"]
    assert (root / "Widget/app/main.seq").stat().st_mtime == 1767600000
    assert [(done, of) for _, done, of in told] == [(1, 3), (2, 3), (3, 3)]
    installed = manifest.get(str(package.package_id))
    assert (installed.name, installed.status, installed.root_path) == ("Widget", "Released", str(root))
    file = manifest.get_file(str(package.package_id), "Widget/app/main.seq")
    assert file.checksum == hashlib.sha256(b"main").hexdigest()
    assert manifest.filter_by_xpath("//*[Line='One']") == [installed]
    (logged,) = await either("software.get_package_download_history", 1)
    assert logged["DownloadSize"] == 264


async def test_only_what_is_new_or_changed_is_downloaded(either, root, manifest, wats_sandbox):
    await either("software.install", await released(either), str(root))
    wats_sandbox.clear_requests()
    second = await released(
        either, {**FILES, "app/main.seq": b"main 2", "app/new.txt": b"n"} | {"app/setup.cmd": b"echo"}
    )
    result = await either("software.install", second, str(root))
    assert (result.bytes_downloaded, result.files_skipped) == (7, 2)
    downloads = [each for each in wats_sandbox.requests if "DownloadFile" in each.path]
    assert len(downloads) == 2
    assert (root / "Widget/app/main.seq").read_bytes() == b"main 2"
    assert [each.version for each in manifest.all] == [2]
    again = await either("software.install", second, root)
    assert (again.bytes_downloaded, again.files_skipped) == (0, 4)
    (root / "Widget/app/main.seq").write_bytes(b"damaged")
    assert (await either("software.install", second, root)).bytes_downloaded == 6


async def test_what_a_new_version_does_not_have_goes_unless_the_station_changed_it(either, root):
    await either("software.install", await released(either, {**FILES, "old/x": b"x", "old/y": b"y"}), root)
    (root / "Widget/old/y").write_bytes(b"mine")
    (root / "Widget/mine.txt").write_bytes(b"mine")
    await either("software.install", await released(either), root)
    assert set(contents(root)) == {*(f"Widget/{path}" for path in FILES), "Widget/old/y", "Widget/mine.txt"}


async def test_attributes_say_what_is_overwritten_and_executed(either, root, manifest):
    attributes = {
        "app/never.ini": ["OverwriteNever"],
        "app/version.ini": ["OverwriteOnNewPackageVersion"],
        "app/once.cmd": ["ExecuteOnce"],
        "app/each.cmd": ["ExecuteOncePerVersion"],
    }
    files = dict.fromkeys(attributes, b"1")
    first = await released(either, files, attributes=attributes)
    result = await either("software.install", first, root)
    assert {path.name for path in result.execute_files} == {"once.cmd", "each.cmd"}
    for name in ("never.ini", "version.ini"):
        (root / "Widget/app" / name).write_bytes(b"mine")
    again = await either("software.install", first, root)
    assert again.execute_files == []
    assert (root / "Widget/app/version.ini").read_bytes() == b"mine"
    second = await released(either, dict.fromkeys(attributes, b"2"), attributes=attributes)
    newer = await either("software.install", second, root)
    assert {path.name for path in newer.execute_files} == {"each.cmd"}
    assert (root / "Widget/app/never.ini").read_bytes() == b"mine"
    assert (root / "Widget/app/version.ini").read_bytes() == b"2"
    installer = PackageInstaller(either.api.software, manifest)
    assert await either.of(installer, "verify", second.package_id) == []
    (root / "Widget/app/never.ini").unlink()
    assert await either.of(installer, "verify", second.package_id) == ["Widget/app/never.ini"]


async def test_a_package_on_the_root_has_no_folder_of_its_own(either, root):
    package = await released(either, install_on_root=True)
    await either("software.install", package, root)
    assert set(contents(root)) == set(FILES)
    other = await released(either, {"app/MAIN.seq": b""}, name="Gadget", install_on_root=True)
    with pytest.raises(InstallError, match="belongs to 'Widget' version 1"):
        await either("software.install", other, root)


@pytest.mark.parametrize("status", [0, 1, 3])
async def test_only_what_is_released_is_installed(either, root, status):
    package = await released(either)
    if status == 3:
        await either("software.revoke_package", package.package_id)
    else:
        package = await either("software.create_package", "Gadget")
        await either("software.upload_zip", package.package_id, packed(FILES))
        if status:
            await either("software.submit_for_review", package.package_id)
    with pytest.raises(InstallError, match="and not released"):
        await either("software.install", package, root)
    assert not root.exists()


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500, "times": None},
        {"reset": "mid-body", "skip": 1},
        {"content": "other bytes"},
        {"content": "longer than what was said", "skip": 2},
        {"body": "half", "skip": 2},
    ],
)
async def test_an_installation_that_fails_leaves_the_one_before(either, root, installer, manifest, wats_sandbox, fault):
    await either.of(installer, "install", await released(either), root)
    before, known = contents(root), manifest.all
    second = await released(either, dict.fromkeys(FILES, b"22222"))
    quick = PackageInstaller(either.api.with_options(retry=None).software, manifest)
    wats_sandbox.fail("GET /api/internal/Software/DownloadFile*", **fault)
    with pytest.raises((InstallError, ServerError, LostConnection)):
        await either.of(quick, "install", second, root)
    assert (contents(root), manifest.all) == (before, known)
    wats_sandbox.clear_faults()
    assert (await either.of(installer, "install", second, root)).success
    assert set(contents(root).values()) == {b"22222"}


async def test_one_that_fails_does_not_keep_others_from_being_installed(either, root):
    good, draft = await released(either), await either("software.create_package", "Draft")
    failed, done = await either("software.install_many", [draft, good], root)
    assert (failed.success, failed.package_name) == (False, "Draft")
    assert "has no files" in failed.error
    assert done.success
    assert set(contents(root)) == {f"Widget/{path}" for path in FILES}


async def test_a_package_is_verified_and_taken_away(either, root, installer, manifest):
    package = await released(either)
    (root / "Widget").mkdir(parents=True)
    (root / "Widget/mine.txt").write_bytes(b"mine")
    await either.of(installer, "install", package, root)
    assert await either.of(installer, "verify", package.package_id) == []
    (root / "Widget/app/main.seq").write_bytes(b"changed")
    (root / "Widget/app/setup.cmd").unlink()
    assert await either.of(installer, "verify", str(package.package_id)) == [
        "Widget/app/main.seq",
        "Widget/app/setup.cmd",
    ]
    assert await either.of(installer, "uninstall", package.package_id) == ["Widget/app/main.seq"]
    assert set(contents(root)) == {"Widget/app/main.seq", "Widget/mine.txt"}
    assert not (root / "Widget/app/sub").exists()
    assert manifest.all == []
    for name in ("verify", "uninstall"):
        with pytest.raises(NotFoundError, match="installed package"):
            await either.of(installer, name, package.package_id)


async def test_stations_follow_what_is_released_and_revoked(either, root, manifest):
    first = await released(either)
    await either("software.install", first, root)
    assert await either("software.check_for_updates") == []
    second = await released(either)
    assert [each.package_id for each in await either("software.get_available_packages")] == [second.package_id]
    assert [each.version for each in await either("software.check_for_updates")] == [2]
    assert manifest.get_by_name("Widget").available_version == 2
    assert await either("software.get_revoked_packages", manifest.installed_ids) == []
    assert await either("software.cleanup_revoked", root) == []
    await either("software.revoke_package", first.package_id)
    assert await either("software.get_revoked_packages", manifest.installed_ids, True) == [str(first.package_id)]
    assert await either("software.cleanup_revoked", root / "other") == []
    assert await either("software.cleanup_revoked", root) == [str(first.package_id)]
    assert (contents(root), manifest.all) == ({}, [])


async def test_a_package_is_installed_from_an_archive_without_a_server(either, root, installer, wats_sandbox, tmp_path):
    package = Package(package_id=UUID(int=7), name="Widget", version=3, status=PackageStatus.RELEASED)
    wats_sandbox.clear_requests()
    result = await either.of(installer, "install_zip", package, packed(FILES), root)
    assert (result.version, result.bytes_downloaded) == (3, 0)
    assert contents(root) == {f"Widget/{path}": content for path, content in FILES.items()}
    assert await either.of(installer, "verify", UUID(int=7)) == []
    (tmp_path / "a.zip").write_bytes(packed({"app/x": b"x"}))
    newer = Package(package_id=UUID(int=8), name="Widget", version=4, status=PackageStatus.RELEASED)
    await either.of(installer, "install_zip", newer, tmp_path / "a.zip", root)
    assert contents(root) == {"Widget/app/x": b"x"}
    assert wats_sandbox.requests == []


def linked() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        member = zipfile.ZipInfo("app/link")
        member.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(member, "/etc/passwd")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (packed({"/etc/x": b""}), "no name"),
        (packed({"app/../../x": b""}), "no name"),
        (packed({"C:/x/y": b""}), "Windows"),
        (linked(), "is a link"),
        (packed({"app/zeros": bytes(1 << 21)}), "unpacks to 2097152 bytes"),
        (packed({"app/x": b"hello"}).replace(b"PK\x01\x02", b"PK\x01\x03"), "zip archive"),
        (b"", "zip archive"),
    ],
)
async def test_a_hostile_archive_leaves_nothing_behind(either, root, installer, manifest, content, words):
    package = Package(package_id=UUID(int=7), name="Widget", version=3, status=PackageStatus.RELEASED)
    with pytest.raises(InstallError, match=words):
        await either.of(installer, "install_zip", package, content, root, largest=1 << 20)
    assert (contents(root), manifest.all) == ({}, [])
    assert contents(root.parent) == {}


async def test_an_archive_that_is_not_there_is_one_clear_error(either, root, installer):
    package = Package(package_id=UUID(int=7), name="Widget", version=3, status=PackageStatus.RELEASED)
    with pytest.raises(InstallError, match=r"none\.zip"):
        await either.of(installer, "install_zip", package, root / "none.zip", root)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_that_cannot_be_written_is_one_clear_error(either, root):
    root.mkdir()
    root.chmod(0o500)
    with pytest.raises(InstallError, match="Permission denied"):
        await either("software.install", await released(either), root)


async def test_a_file_in_the_way_is_one_clear_error_and_stays(either, root, manifest):
    root.mkdir()
    (root / "Widget").write_bytes(b"a file")
    with pytest.raises(InstallError, match="Widget"):
        await either("software.install", await released(either), root)
    assert (contents(root), manifest.all) == ({"Widget": b"a file"}, [])


async def test_whoever_is_cancelled_leaves_the_one_before(wats_async_api, wats_sandbox, root, manifest):
    async def call(name, *args, **kwargs):
        return await getattr(wats_async_api.software, name.removeprefix("software."))(*args, **kwargs)

    first = await released(call)
    await wats_async_api.software.install(first, root)
    before = contents(root)
    second = await released(call, dict.fromkeys(FILES, b"22222"))
    wats_sandbox.fail("GET /api/internal/Software/DownloadFile*", hang=True, skip=1)
    begun, loop = asyncio.Event(), asyncio.get_running_loop()
    task = asyncio.create_task(
        wats_async_api.software.install(second, root, lambda *_: loop.call_soon_threadsafe(begun.set))
    )
    async with asyncio.timeout(PATIENCE):
        await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (contents(root), [each.version for each in manifest.all]) == (before, [1])
    assert [path.name for path in (root / ".pywats").iterdir()] == ["lock"]


def test_every_method_is_called_here():
    declared = {name for name, member in vars(SoftwareService).items() if isinstance(member, method)}
    declared |= {name for name, member in vars(PackageInstaller).items() if isinstance(member, method)}
    tree = ast.parse(Path(__file__).read_text(encoding="utf-8"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert declared - {text.removeprefix("software.") for text in texts} == set()
