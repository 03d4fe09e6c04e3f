"""Archives are looked at before anything is unpacked."""

import io
import stat
import zipfile
from pathlib import Path

import pytest

from pywats.packages import archive


def packed(*names: str, content: bytes = b"x", method: int = zipfile.ZIP_DEFLATED, mode: int = 0) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        for name in names:
            member = zipfile.ZipInfo(name)
            member.compress_type = method
            member.external_attr = mode << 16
            made.writestr(member, content)
    return file


def files(source: io.BytesIO, **options: int) -> list[str]:
    with archive.opened(source) as opened:
        return list(archive.files_of(opened, **options))


def test_the_files_of_an_archive_have_clean_paths():
    assert files(packed("app/", "app/main.seq", "app\\sub\\x.txt")) == ["app/main.seq", "app/sub/x.txt"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (packed(), "no files"),
        (packed("app/"), "no files"),
        (packed("main.seq"), "is in no folder"),
        (packed("/etc/passwd"), "no name"),
        (packed("app/../../x"), "no name"),
        (packed("C:/x/y"), "Windows"),
        (packed("app/x", "APP/X"), "the same name"),
        (packed("app/x", "app/x/y"), "folder"),
        (packed("app/x", mode=stat.S_IFLNK | 0o777), "is a link"),
        (packed("app/x", mode=stat.S_IFIFO | 0o777), "no plain file"),
        (packed("app/x", method=zipfile.ZIP_BZIP2), "packed in another way"),
        (io.BytesIO(b"PK not at all"), "no zip archive"),
        (io.BytesIO(), "no zip archive"),
    ],
)
def test_a_hostile_or_broken_archive_is_refused(source, words):
    with pytest.raises(ValueError, match=words):
        files(source)


def test_an_archive_that_unpacks_to_too_much_is_refused_unread():
    bomb = packed("app/zeros", content=bytes(1 << 20))
    assert len(bomb.getvalue()) < 3000
    with pytest.raises(ValueError, match="unpacks to 1048576 bytes; 1000 are allowed"):
        files(bomb, largest=1000)


def test_an_archive_of_too_many_files_is_refused(monkeypatch):
    monkeypatch.setattr(archive, "MOST_FILES", 2)
    with pytest.raises(ValueError, match="3 files"):
        files(packed("a/1", "a/2", "a/3"))


def test_an_encrypted_file_is_refused():
    content = bytearray(packed("app/x").getvalue())
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    with pytest.raises(ValueError, match="encrypted"):
        files(io.BytesIO(bytes(content)))


def test_a_file_that_is_not_what_it_says_is_found_when_it_is_read():
    content = bytearray(packed("app/x", content=b"hello", method=zipfile.ZIP_STORED).getvalue())
    content[content.index(b"hello")] ^= 1
    with pytest.raises(ValueError, match="CRC"), archive.opened(io.BytesIO(bytes(content))) as opened:
        opened.read(archive.files_of(opened)["app/x"])


def test_what_cannot_be_found_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError), archive.opened(Path(tmp_path / "none.zip")):
        pass
