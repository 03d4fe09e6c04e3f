"""What a converter holds of a large file grows with its largest report, not with the file."""

import io
import tracemalloc
from pathlib import Path

import pytest
from specimens import SPECIMENS

from pywats.ingest.converters import Context, Source
from pywats.ingest.converters.registry import find

BY_LINES = {"spea", "teradyne-gr228x", "teradyne-spectrum"}
SIZE = 200_000


class Repeated(io.RawIOBase):
    """A file that holds a content again and again, and is nowhere."""

    def __init__(self, content, times):
        self._content = content
        self._size = len(content) * times
        self._at = 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=io.SEEK_SET):
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def readinto(self, into):
        begin = self._at % len(self._content)
        data = self._content[begin : begin + min(len(into), self._size - self._at)]
        into[: len(data)] = data
        self._at += len(data)
        return len(data)


@pytest.mark.parametrize("specimen", [each for each in SPECIMENS if each.converter in BY_LINES], ids=str)
def test_reports_are_made_one_by_one(specimen):
    converter = find(specimen.converter)
    times = SIZE // len(specimen.content)
    content = specimen.content.rstrip() + b"\n"
    source = Source(io.BufferedReader(Repeated(content, times)), Path("large"))
    reports = converter.convert(source, converter.Options(), Context())
    next(reports)
    assert source.file.tell() < SIZE / 2
    tracemalloc.start()
    try:
        assert sum(1 for _ in reports) == times * specimen.reports - 1
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < SIZE / 2
