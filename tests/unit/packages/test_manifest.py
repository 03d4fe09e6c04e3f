"""The record of what is installed: it survives, and several processes may use it."""

import os
import threading
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from pywats.errors import ConfigurationError, InstallError, NotFoundError, ValidationError
from pywats.packages import manifest as module
from pywats.packages.manifest import InstalledFile, InstalledPackage, PackageManifest


def package(number: int = 1, name: str = "Widget", root: str = "/root", **more: object) -> InstalledPackage:
    made = InstalledPackage(
        package_id=f"00000000-0000-0000-0000-{number:012}",
        name=name,
        version=number,
        status="Released",
        root_path=str(Path(root).absolute()),
        installed_at="2026-01-05T08:00:00+00:00",
        download_size=3,
        package_folder=True,
        tags="<PackageInfo><Station>S1</Station></PackageInfo>",
        files=[InstalledFile("Widget/app/x", "2026-01-05T08:00:00+00:00", 9, "f", "r", "c", "s")],
    )
    for field, value in more.items():
        setattr(made, field, value)
    return made


@pytest.fixture
def manifest(tmp_path: Path) -> PackageManifest:
    return PackageManifest(tmp_path / "deep" / "packages.json")


def test_a_package_is_stored_and_found(manifest):
    assert (manifest.all, manifest.installed_ids, manifest.get("x"), manifest.get_by_name("Widget")) == (
        [],
        [],
        None,
        None,
    )
    manifest.upsert(package(1))
    manifest.upsert(package(2))
    manifest.upsert(package(1, available_version=2))
    assert manifest.all == [package(1, available_version=2), package(2)]
    assert manifest.get(package(1).package_id.upper()) == package(1, available_version=2)
    assert manifest.get_by_name("Widget") == package(2)
    assert manifest.get_file(package(1).package_id, "Widget\\app\\x") == package(1).files[0]
    assert manifest.get_file(package(1).package_id, "y") is None
    assert manifest.get_file("y", "y") is None
    assert manifest.in_folder("/root") == manifest.all
    assert manifest.in_folder("/other") == []
    assert PackageManifest(str(manifest.path)).all == manifest.all


def test_a_package_is_changed_and_forgotten(manifest):
    manifest.upsert(package(1, files=[]))
    manifest.mark_installed(package(1).package_id, package(1).files, 7)
    manifest.set_available_version(package(1).package_id, 4)
    found = manifest.get(package(1).package_id)
    assert found is not None
    assert (found.files, found.download_size, found.available_version) == (package(1).files, 7, 4)
    assert found.installed_at > package(1).installed_at
    assert manifest.remove(package(1).package_id) is True
    assert manifest.remove(package(1).package_id) is False
    assert manifest.all == []
    for change in (lambda: manifest.mark_installed("x", [], 0), lambda: manifest.set_available_version("x", 1)):
        with pytest.raises(NotFoundError, match="installed package x"):
            change()


def test_packages_are_selected_by_their_tags(manifest):
    manifest.exchange(come=[package(1), package(2, status="Revoked"), package(3, tags="")])
    assert manifest.filter_by_xpath("//*[Station='S1']") == [package(1)]
    assert manifest.filter_by_xpath("//*[Station='S1']", "Revoked") == [package(2, status="Revoked")]
    with pytest.raises(ValidationError, match="cannot be read"):
        manifest.filter_by_xpath("Station")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"packages": [{}]}', '{"packages": 1}', "\ud800"])
def test_what_is_no_manifest_is_left_as_it_is(manifest, content):
    manifest.path.parent.mkdir()
    manifest.path.write_text(content, errors="surrogatepass")
    before = manifest.path.read_bytes()
    for use in (lambda: manifest.all, lambda: manifest.upsert(package(1))):
        with pytest.raises(ConfigurationError, match="is no package manifest"):
            use()
    assert manifest.path.read_bytes() == before


def test_members_of_a_newer_version_are_left_aside(manifest):
    manifest.upsert(package(1))
    manifest.path.write_text(manifest.path.read_text().replace('"name"', '"newer": 1, "name"'))
    assert manifest.all == [package(1)]


def test_what_cannot_be_written_leaves_what_was_there(manifest, monkeypatch):
    manifest.upsert(package(1))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InstallError, match="No space left"):
        manifest.upsert(package(2))
    assert manifest.all == [package(1)]


def test_a_folder_in_its_place_is_one_clear_error(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read"):
        _ = PackageManifest(tmp_path).all
    (tmp_path / "file").touch()
    with pytest.raises(InstallError, match="cannot be written"):
        PackageManifest(tmp_path / "file" / "x.json").upsert(package(1))


def test_changes_from_many_threads_all_count(manifest):
    threads = [threading.Thread(target=manifest.upsert, args=(package(number),)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(manifest.all) == 8


def test_who_waits_too_long_for_the_lock_is_told(manifest, monkeypatch):
    monkeypatch.setattr(module, "_PATIENCE", 0.05)
    with manifest._changing(), pytest.raises(InstallError, match="locked"):
        manifest.upsert(package(1))


def test_a_job_names_a_manifest_by_its_path(manifest):
    reader = TypeAdapter(PackageManifest)
    assert reader.validate_python(str(manifest.path)).path == manifest.path
    assert reader.validate_python(manifest) is manifest
    with pytest.raises(ValueError, match="given by its path"):
        reader.validate_python(5)


def test_the_manifest_of_the_machine(monkeypatch, tmp_path):
    monkeypatch.setenv("WATS_PACKAGE_MANIFEST", str(tmp_path / "mine.json"))
    assert PackageManifest.of_machine().path == tmp_path / "mine.json"
    monkeypatch.delenv("WATS_PACKAGE_MANIFEST")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert PackageManifest.of_machine().path == tmp_path / "pywats" / "packages.json"
    assert "mine" not in repr(PackageManifest.of_machine())
