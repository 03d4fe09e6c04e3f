"""Files are moved whole, over nothing, and only if they are the ones that were read."""

import errno
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from pywats.ingest.files.moves import COPY, ChangedError, beside, digest, free_name, move, stamp, write_whole


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "in" / "report.json"
    path.parent.mkdir()
    path.write_bytes(b"content")
    return path


@pytest.fixture(params=["rename", "copy"])
def way(request, monkeypatch):
    """Within a file system, or to another one."""
    if request.param == "copy":
        plain = Path.replace

        def across(self, target):
            if self.suffix != COPY:
                raise OSError(errno.EXDEV, "Invalid cross-device link")
            return plain(self, target)

        monkeypatch.setattr(Path, "replace", across)
    return request.param


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.usefixtures("way")
def test_a_file_is_moved_with_its_bytes_and_time_into_a_folder_that_is_made(file, tmp_path):
    before = stamp(file)
    target = tmp_path / "new" / "deep" / "report.json"
    move(file, target, before)
    assert not file.exists()
    assert (target.read_bytes(), target.stat().st_mtime_ns) == (b"content", before.mtime_ns)
    assert names(target.parent) == ["report.json"]


@pytest.fixture
def elsewhere(file):
    """A folder on a file system that is really another one."""
    shared = Path("/dev/shm")
    if not shared.is_dir() or shared.stat().st_dev == file.stat().st_dev:
        pytest.skip("needs a second file system at /dev/shm")
    with tempfile.TemporaryDirectory(dir=shared) as folder:
        yield Path(folder)


def test_a_file_is_moved_to_a_file_system_that_is_really_another_one(file, elsewhere):
    target = elsewhere / "done" / "report.json"
    move(file, target, stamp(file))
    assert (target.read_bytes(), names(target.parent)) == (b"content", ["report.json"])
    assert not file.exists()


class KilledError(BaseException):
    """Nothing catches it, as nothing catches the end of the process."""


STEPS = {
    "name reserved": (Path, "touch", lambda path, **_: path.name == "report.json"),
    "copied": (shutil, "copyfileobj", lambda *_: True),
    "synced": (os, "fsync", lambda _: True),
    "dated": (os, "utime", lambda *_, **__: True),
    "in its place": (Path, "replace", lambda path, _: path.suffix == COPY),
    "original removed": (Path, "unlink", lambda path, **_: path.parent.name == "in"),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_move_to_another_file_system_that_is_killed_at_any_step_is_finished_by_the_next(
    file, elsewhere, monkeypatch, step, when
):
    owner, name, is_it = STEPS[step]
    plain = getattr(owner, name)

    def killed(*args, **kwargs):
        it = is_it(*args, **kwargs)
        if it and when == "before":
            raise KilledError
        result = plain(*args, **kwargs)
        if it:
            raise KilledError
        return result

    target, somebodys = elsewhere / "report.json", elsewhere / "report.json.part"
    somebodys.write_bytes(b"another program's")
    before = stamp(file)
    with monkeypatch.context() as patched:
        patched.setattr(owner, name, killed)
        with pytest.raises(KilledError):
            move(file, target, before)
    if file.exists():
        move(file, target, before)
    assert (names(elsewhere), names(file.parent)) == (["report.json", "report.json.part"], [])
    assert (target.read_bytes(), somebodys.read_bytes()) == (b"content", b"another program's")


def test_an_original_that_cannot_be_removed_is_copied_once(file, elsewhere, monkeypatch):
    def denied(path, **_):
        if path == file:
            raise PermissionError(13, "Permission denied", str(path))

    before = stamp(file)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", denied)
        for _ in range(3):
            with pytest.raises(PermissionError):
                move(file, elsewhere / "report.json", before)
    assert names(elsewhere) == ["report.json"]
    move(file, elsewhere / "report.json", before)
    assert not file.exists()


@pytest.mark.usefixtures("way")
def test_nothing_is_overwritten(file, tmp_path):
    target = tmp_path / "report.json"
    target.write_bytes(b"older")
    with pytest.raises(FileExistsError):
        move(file, target, stamp(file))
    assert (file.read_bytes(), target.read_bytes()) == (b"content", b"older")


@pytest.mark.usefixtures("way")
def test_a_move_that_a_crash_cut_short_can_be_repeated(file, tmp_path):
    target = tmp_path / "report.json"
    target.touch()  # the name was reserved, then the process ended
    move(file, target, stamp(file))
    assert target.read_bytes() == b"content"


@pytest.mark.usefixtures("way")
def test_a_file_that_is_another_by_now_stays(file, tmp_path):
    seen = stamp(file)
    file.write_bytes(b"a new report")
    with pytest.raises(ChangedError):
        move(file, tmp_path / "report.json", seen)
    assert names(tmp_path) == ["in"]
    assert file.read_bytes() == b"a new report"


def test_a_file_that_is_replaced_at_the_last_moment_is_given_back(file, tmp_path, monkeypatch):
    plain, seen = Path.replace, stamp(file)

    def replaced_just_before(self, target):
        if self == file:
            file.unlink()
            file.write_bytes(b"a new report")
        return plain(self, target)

    monkeypatch.setattr(Path, "replace", replaced_just_before)
    with pytest.raises(ChangedError):
        move(file, tmp_path / "report.json", seen)
    assert names(tmp_path) == ["in"]
    assert file.read_bytes() == b"a new report"


def test_a_file_that_is_replaced_while_it_is_copied_away_stays(file, tmp_path, monkeypatch):
    plain, seen = Path.replace, stamp(file)

    def replace(self, target):
        if self == file:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        file.unlink()
        file.write_bytes(b"a new report")
        return plain(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    move(file, tmp_path / "report.json", seen)
    assert (tmp_path / "report.json").read_bytes() == b"content"
    assert file.read_bytes() == b"a new report"


def test_a_copy_that_fails_leaves_the_file_and_nothing_else(file, tmp_path, monkeypatch):
    def across(*_):
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", across)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        move(file, tmp_path / "report.json", stamp(file))
    assert names(tmp_path) == ["in"]
    assert file.read_bytes() == b"content"


def test_a_file_in_the_place_of_the_folder_is_named(file, tmp_path):
    (tmp_path / "done").touch()
    for work in (lambda target: move(file, target, stamp(file)), lambda target: write_whole(target, b"x")):
        with pytest.raises(NotADirectoryError, match=r"in the place of the folder.*done"):
            work(tmp_path / "done" / "report.json")


def test_free_names_are_numbered_before_the_ending(tmp_path):
    for name in ("a.json", "a.1.json", "b", "c.json.reason.json"):
        (tmp_path / name).touch()
    assert free_name(tmp_path, "a.json").name == "a.2.json"
    assert free_name(tmp_path, "b").name == "b.1"
    assert free_name(tmp_path, "new.json").name == "new.json"
    assert free_name(tmp_path, "c.json").name == "c.json"
    assert free_name(tmp_path, "c.json", companions=[".reason.json"]).name == "c.1.json"
    assert free_name(tmp_path, "d.json", promised=[tmp_path / "d.json"]).name == "d.1.json"


def test_a_broken_link_holds_its_name(tmp_path):
    (tmp_path / "a.json").symlink_to(tmp_path / "nowhere")
    assert free_name(tmp_path, "a.json").name == "a.1.json"


def test_the_longest_names_fit(tmp_path):
    name = "æ" * 125 + ".json"
    assert len(os.fsencode(name)) == 255
    (tmp_path / name).touch()
    numbered = free_name(tmp_path, name)
    numbered.touch()
    companion = beside(numbered, ".reason.json")
    companion.touch()
    assert numbered.suffix == ".json"
    assert companion.name.endswith(".reason.json")


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "new" / "reason.json"
    write_whole(path, b"one")
    write_whole(path, b"two")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(errno.EIO, "I/O error")))
    with pytest.raises(OSError, match="I/O error"):
        write_whole(path, b"three")
    assert path.read_bytes() == b"two"
    assert names(path.parent) == ["reason.json"]


def test_the_digest_of_a_file(file, tmp_path):
    assert digest(file) == hashlib.sha256(b"content").digest()
    assert digest(tmp_path / "none") is None


def test_a_free_name_among_many_is_found_in_a_few_looks(tmp_path, monkeypatch):
    taken = {tmp_path / "result.json", *(tmp_path / f"result.{number}.json" for number in range(1, 100_000))}
    looks = []

    def exists(path):
        looks.append(path)
        return path in taken

    monkeypatch.setattr(os.path, "lexists", exists)
    assert free_name(tmp_path, "result.json") == tmp_path / "result.100000.json"
    assert len(looks) < 50


def test_what_a_crash_left_of_a_file_does_not_stay(tmp_path):
    (tmp_path / "why.json.part").write_bytes(b"{ hal")
    write_whole(tmp_path / "why.json", b"{}")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("why.json", b"{}")]
