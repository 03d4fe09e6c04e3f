"""A file that was compressed as a whole is converted as if it were not, and unpacks to no more than it may hold."""

import bz2
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from specimens import SPECIMENS

from pywats.ingest.conversion import content
from pywats.ingest.conversion.content import content_of
from pywats.ingest.conversion.order import Found, Order, convert
from pywats.ingest.converters import unpacking
from pywats.ingest.faults import ConversionError
from pywats.ingest.files.reading import Stamp

PACKED = {".gz": gzip.compress, ".bz2": bz2.compress}
TABLE = b"SN,U,I\n" + b"".join(b"S%d,%d,2\n" % (number, number) for number in range(20_000))
OF_TABLE = {"fields": {"serial_number": "SN"}, "measures": "rest"}
WHOLE = [each for each in SPECIMENS if not each.beside and each.content[:2] not in {unpacking.GZIP, b"BZ", b"PK"}]


@pytest.fixture
def ordered(tmp_path):
    def ordered(name, data, **given):
        path = tmp_path / name
        path.write_bytes(data)
        return Order(path=path, stamp=Stamp.of(path.stat()), **given)

    return ordered


def bodies(order):
    return list(convert(order, Found(converter=order.converter)))


def refused(order):
    with pytest.raises(ConversionError) as caught:
        bodies(order)
    return str(caught.value)


@pytest.mark.parametrize("ending", PACKED)
@pytest.mark.parametrize("specimen", WHOLE, ids=lambda each: f"{each.converter} {each.name}")
def test_a_file_of_any_format_may_be_compressed(specimen, ending, ordered):
    said = {"converter": "auto" if specimen.claimed else specimen.converter, "options": specimen.options}
    whole = bodies(ordered(specimen.name, specimen.content, **said))
    assert bodies(ordered(specimen.name + ending, PACKED[ending](specimen.content), **said)) == whole


def test_the_name_of_the_content_has_not_the_ending_of_the_compression():
    packed = gzip.compress(b"text")
    for name, named in (("a.csv.gz", "a.csv"), ("a.csv.GZ", "a.csv"), ("a.csv", "a.csv"), ("a.gz.csv", "a.gz.csv")):
        source = content_of(io.BytesIO(packed), Path(name))
        assert (source.name, source.file.read()) == (named, b"text")


LEFT = {
    "text": b"text",
    "nothing": b"",
    "packed twice": gzip.compress(gzip.compress(b"text")),
    "an archive": gzip.compress(b"PK\x03\x04"),
}


@pytest.mark.parametrize("data", LEFT.values(), ids=LEFT)
def test_what_is_not_compressed_or_holds_what_is_is_left_as_it_is(data):
    file = io.BytesIO(data)
    source = content_of(file, Path("a.gz"))
    assert (source.file, source.name, file.tell()) == (file, "a.gz", 0)


@pytest.mark.parametrize("said", [{"converter": "csv", "options": OF_TABLE}, {"converter": "auto"}])
@pytest.mark.parametrize("kept", [30, 1000, -9, -1])
def test_a_compressed_file_that_is_cut_gives_nothing(kept, said, ordered):
    order = ordered("a.csv.gz", gzip.compress(TABLE)[:kept], **said)
    assert "it is compressed, and damaged, encrypted or not complete" in refused(order)


def test_a_text_that_was_cut_before_it_was_compressed_gives_nothing(ordered):
    order = ordered("a.csv.gz", gzip.compress(TABLE[:-1]), converter="csv", options=OF_TABLE)
    assert refused(order) == f"byte {len(TABLE) - 1}: the last line has no end: the file is not complete"


def test_nothing_compressed_is_an_empty_file(ordered):
    assert "the file is empty" in refused(ordered("a.csv.gz", gzip.compress(b""), converter="csv"))


@pytest.mark.parametrize("ending", PACKED)
def test_a_file_that_unpacks_to_too_much_is_refused_before_it_is_converted(ending, ordered, monkeypatch):
    monkeypatch.setattr(unpacking, "ALWAYS", 100_000)
    monkeypatch.setattr(content, "_PIECE", 10_000)
    order = ordered(f"a.csv{ending}", PACKED[ending](b"SN,U\n" + b"\n" * 2_000_000), converter="csv", options=OF_TABLE)
    assert "no tester writes what can be packed so tightly" in refused(order)


def test_rows_that_are_read_several_times_are_unpacked_as_often_and_no_more(ordered, monkeypatch):
    made = []
    monkeypatch.setattr(content, "Unpacked", lambda *given: made.append(given) or unpacking.Unpacked(*given))
    options = {"head": "=", "begin": "SN", "end": "END", "fields": {"serial_number": "SN"}, "step": {"name": "Test"}}
    rows = b"".join(b"S%d,t\n" % (number // 4) for number in range(24_000))
    data = b"A=1\nSN,Test\n" + rows + b"END\nB=2\n"
    assert len(bodies(ordered("a.csv.gz", gzip.compress(data), converter="csv", options=options))) == 6_000
    assert len(made) <= 10


READS = st.lists(st.tuples(st.sampled_from([0, 1, 2]), st.integers(0, 700), st.booleans()), max_size=40)


@settings(max_examples=60, deadline=None)
@given(READS, st.binary(min_size=1, max_size=2000), st.sampled_from(sorted(PACKED)))
def test_it_is_read_at_any_place_as_the_content_itself(reads, data, ending):
    source = content_of(io.BytesIO(PACKED[ending](b"x" + data)), Path("a"))
    itself = io.BytesIO(b"x" + data)
    for whence, offset, all_of_it in reads:
        to = offset if whence == 0 else -min(offset, itself.tell() if whence == 1 else len(data))
        assert source.file.seek(to, whence) == itself.seek(to, whence)
        size = -1 if all_of_it else 300
        assert source.file.read(size) == itself.read(size)
        assert source.file.tell() == itself.tell()
