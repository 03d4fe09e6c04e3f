"""Files come into place all together or not at all, wherever it is broken off."""

import itertools
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pywats.errors import InstallError
from pywats.packages.manifest import InstalledFile, InstalledPackage, PackageManifest
from pywats.packages.site import WORK, Site, sha256_of

OLD = {"app/a.txt": "a1", "app/gone.txt": "g1", "mine.txt": "m"}
NEW = {"app/a.txt": "a2", "app/deep/b.txt": "b2", "mine.txt": "m"}


class Crash(BaseException):
    """The process dies here."""


def package(version: int) -> InstalledPackage:
    files = [InstalledFile("app/a.txt", "", 0, "", "")]
    return InstalledPackage(f"id-{version}", "Widget", version, "Released", "r", "t", 0, False, "", files)


def contents(root: Path) -> dict[str, str]:
    paths = [path for path in root.rglob("*") if path.is_file() and WORK not in path.parts]
    return {path.relative_to(root).as_posix(): path.read_text() for path in paths}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, text in OLD.items():
        (tmp_path / "root" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "root" / path).write_text(text)
    PackageManifest(tmp_path / "packages.json").upsert(package(1))
    return tmp_path / "root"


@pytest.fixture
def manifest(root: Path) -> PackageManifest:
    return PackageManifest(root.parent / "packages.json")


def exchange(root: Path, manifest: PackageManifest) -> None:
    site = Site(root, manifest)
    try:
        site.open()
        for path in ("app/a.txt", "app/deep/b.txt"):
            site.new(path).write_text(NEW[path])
        site.exchange(["app/a.txt", "app/deep/b.txt"], ["app/gone.txt"], gone=[package(1)], come=[package(2)])
    finally:
        site.close()


def test_files_and_manifest_change_together(root, manifest):
    exchange(root, manifest)
    assert contents(root) == NEW
    assert manifest.all == [package(2)]
    assert [path.name for path in (root / WORK).iterdir()] == ["lock"]


def test_what_is_not_exchanged_is_thrown_away(root, manifest):
    site = Site(root, manifest)
    site.open()
    site.new("app/x.txt").write_text("x")
    site.close()
    site.close()
    assert contents(root) == OLD
    assert [path.name for path in (root / WORK).iterdir()] == ["lock"]


def fail_at(patch: pytest.MonkeyPatch, number: int, error: BaseException) -> None:
    """Let the n-th renaming or removal of a file or folder fail; who is dead by then does none of the later ones."""
    steps = itertools.count(1)

    def failing(original: Callable[..., object]) -> Callable[..., object]:
        def step(self: Path, *args: object) -> object:
            at = next(steps)
            if at == number or (at > number and isinstance(error, Crash)):
                raise error
            return original(self, *args)

        return step

    for name in ("replace", "unlink", "rmdir"):
        patch.setattr(Path, name, failing(getattr(Path, name)))


def dies(act: Callable[[Path, PackageManifest], None], root: Path, manifest: PackageManifest, at: int) -> bool:
    """Let a process die at the n-th step of what it does; returns whether it got that far."""
    with pytest.MonkeyPatch.context() as patch:
        fail_at(patch, at, Crash())
        try:
            act(root, manifest)
        except Crash:
            return True
    return False


def recover(root: Path, manifest: PackageManifest) -> None:
    site = Site(root, manifest)
    try:
        site.open()
    finally:
        site.close()


def test_after_a_crash_at_any_point_the_next_one_finds_the_old_or_the_new(root, manifest):
    for at in itertools.count(1):
        died = dies(exchange, root, manifest, at)
        recover(root, manifest)
        assert (contents(root), manifest.all) in ((OLD, [package(1)]), (NEW, [package(2)]))
        assert not (root / WORK / "journal.json").exists()
        if contents(root) == NEW:
            break
        assert died
        assert not (root / "app" / "deep").exists()
    assert at > 6


def test_a_crash_while_a_crash_is_undone_changes_nothing(root, manifest):
    for first in range(2, 8):
        for second in itertools.count(1):
            assert dies(exchange, root, manifest, first)
            died = dies(recover, root, manifest, second)
            recover(root, manifest)
            assert (contents(root), manifest.all) == (OLD, [package(1)])
            if not died:
                break


@pytest.mark.parametrize("at", range(1, 8))
def test_an_error_at_any_point_is_undone_at_once(root, manifest, monkeypatch, at):
    with monkeypatch.context() as patch:
        fail_at(patch, at, OSError(28, "the disk is full"))
        with pytest.raises((OSError, InstallError), match="full"):
            exchange(root, manifest)
    assert (contents(root), manifest.all) == (OLD, [package(1)])
    assert [path.name for path in (root / WORK).iterdir() if path.suffix != ".part"] == ["lock"]


def test_one_at_a_time(root, manifest):
    site = Site(root, manifest)
    site.open()
    other = Site(root, manifest)
    with pytest.raises(InstallError, match="something else is being installed"):
        other.open()
    other.close()
    site.close()
    recover(root, manifest)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a permission there")
def test_a_link_leads_nowhere_else(root, manifest):
    outside = root.parent / "outside"
    outside.mkdir()
    (root / "link").symlink_to(outside)
    (root / "app" / "a.txt").unlink()
    (root / "app" / "a.txt").symlink_to(outside / "secret")
    (outside / "secret").write_text("s")
    site = Site(root, manifest)
    site.open()
    with pytest.raises(InstallError, match="leads 'link/x' out of"):
        site.new("link/x")
    site.new("app/a.txt").write_text("a2")
    site.exchange(["app/a.txt"], [], gone=[], come=[])
    site.close()
    assert (root / "app" / "a.txt").read_text() == "a2"
    assert (outside / "secret").read_text() == "s"


def test_our_own_folder_is_not_installed_into(root, manifest):
    site = Site(root, manifest)
    site.open()
    with pytest.raises(InstallError, match="is used while"):
        site.new(".PYWATS/journal.json")
    site.close()


def test_a_broken_journal_is_told_and_nothing_is_touched(root, manifest):
    (root / WORK).mkdir()
    (root / WORK / "journal.json").write_text("{")
    with pytest.raises(InstallError, match="cannot be read"):
        recover(root, manifest)
    assert contents(root) == OLD


def test_a_journal_names_only_what_it_needs(root, manifest):
    assert dies(exchange, root, manifest, 3)
    journal = json.loads((root / WORK / "journal.json").read_bytes())
    assert (journal["put"], journal["removed"]) == (["app/a.txt", "app/deep/b.txt"], ["app/gone.txt"])
    assert (journal["folders"], journal["gone"]) == (["app/deep"], ["id-2"])


def test_checksums(root):
    assert sha256_of(root / "mine.txt") == "62c66a7a5dd70c3146618063c344e531e6d4b59e379808443ce962b3abd63c5a"
    assert sha256_of(root / "none") is None
    assert sha256_of(root / "mine.txt" / "none") is None
