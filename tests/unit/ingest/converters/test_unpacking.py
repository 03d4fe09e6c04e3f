"""Compressed files are read piece by piece; what is wrong with them is told, and a disk's errors stay a disk's."""

import errno
import gzip
import io
import zipfile

import pytest

from pywats.ingest.converters.unpacking import Allowance, archive_of, beginning, member, unpacked
from pywats.ingest.faults import ConversionError


class Failing(io.BytesIO):
    """A file whose disk fails behind its first bytes."""

    def __init__(self, content, number):
        super().__init__(content)
        self._number = number

    def read(self, size=-1):
        if self.tell() >= 4:
            raise OSError(self._number, "failed")
        return super().read(size)


def zipped(name="a", content=b"content"):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), content)
    return target.getvalue()


def test_an_error_of_the_disk_says_nothing_against_the_file():
    content = gzip.compress(b"x" * 100)
    with pytest.raises(OSError, match="failed") as caught:
        unpacked(Failing(content, errno.EIO)).read()
    assert caught.value.errno == errno.EIO
    with pytest.raises(ConversionError, match="compressed, and damaged"):
        unpacked(Failing(content, errno.EINVAL)).read()


def encrypted(content):
    """Say in both headers that the only file is encrypted."""
    made = bytearray(content)
    made[6] |= 1
    made[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(made)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (encrypted(zipped()), "encrypted"),
        (zipped("é").replace("é".encode(), b"\xff\xff"), "can't decode"),
        (zipped().replace(b"PK\x01\x02", b"PK\x01\x03"), "Bad magic number"),
        (zipped().replace(b"content", b"kontent"), "Bad CRC-32"),
        (zipped()[:-1], "not a zip file"),
    ],
    ids=lambda value: value if isinstance(value, str) else "zip",
)
def test_an_archive_that_is_damaged_or_encrypted_has_a_reason(content, words):
    with pytest.raises(ConversionError, match=f"compressed, and damaged, encrypted or not complete: .*{words}"):
        unpacked(io.BytesIO(content)).read()


def test_what_is_in_an_archive_is_limited_together():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in "abc":
            archive.writestr(name, bytes(8_000_000))
    allowance = Allowance(target)
    archive = archive_of(target)
    for name in "ab":
        assert len(member(archive, archive.getinfo(name), allowance).read()) == 8_000_000
    with pytest.raises(ConversionError, match="it unpacks to more than 16777216 bytes"):
        member(archive, archive.getinfo("c"), allowance).read()


def test_a_file_may_unpack_to_a_hundred_times_its_size():
    assert Allowance(io.BytesIO(bytes(1_000_000))).most == 100_000_000


@pytest.mark.parametrize(
    "content", [b"text", gzip.compress(b"text"), zipped(content=b"text")], ids=["plain", "gzip", "zip"]
)
def test_how_a_content_begins_is_known_from_the_first_bytes_of_a_file(content):
    assert beginning(content).startswith(b"text")
    assert beginning(content[:3]) in {b"", content[:3]}
    assert unpacked(io.BytesIO(content)).read() == b"text"
