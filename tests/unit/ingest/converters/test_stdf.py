"""STDF is read in either order of bytes, compressed or not; what is damaged or not whole has a reason and a place."""

import bz2
import gzip
import io
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest
from converting import converted, refusal
from datalog import Datalog, cn

from pywats.ingest.converters import Context, Source, stdf, unpacking
from pywats.ingest.converters.registry import candidates
from pywats.ingest.faults import ConversionError


def file(order="<", **given):
    made = Datalog(order).pir(2).add((20, 10), "", tail=cn("section"))
    made.ptr(7, 1.5, site=2, tail=made.told("U", 1.0, 2.0, "V"))
    made.ptr(7, 2.5, site=2, flags=0x80, parameters=0).add((20, 20), "")
    made.add((15, 20), "IBBB", 8, 1, 2, 0x10).add((50, 30), "", tail=cn("a note"))
    made.prr(**{"name": "P7", "site": 2, "flags": 0x08, "hard": 5, "soft": 6, "x": 3, "took": 250, **given})
    return made.mrr()


def zipped(*contents, method=zipfile.ZIP_DEFLATED):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for number, content in enumerate(contents):
            archive.writestr(f"{number}.stdf", content)
    return target.getvalue()


CHUNK = file("<")
PACKED = {
    "little": file("<"),
    "big": file(">"),
    "gzip": gzip.compress(file("<")),
    "gzip in pieces": gzip.compress(CHUNK[:50]) + gzip.compress(b"") + gzip.compress(CHUNK[50:]) + bytes(700),
    "bzip2": bz2.compress(file("<")),
    "zip": zipped(file(">")),
    "zip, stored": zipped(file("<"), method=zipfile.ZIP_STORED),
}


@pytest.mark.parametrize("data", PACKED.values(), ids=PACKED)
def test_a_part_becomes_a_report_in_either_order_of_bytes(data):
    assert stdf.sniff(data[:4096], "") == 1.0
    (report,) = converted(stdf, data)
    section, skipped = report["root"]["steps"]
    passed, failed = (step["numericMeas"][0] for step in section["steps"])
    assert (report["sn"], report["pn"], report["start"]) == ("P7", "CHIP", "1970-01-02T00:00:00")
    assert (report["result"], section["status"], skipped["status"]) == ("F", "F", "S")
    assert passed == {
        "compOp": "GELE",
        "status": "P",
        "unit": "V",
        "value": 1.5,
        "lowLimit": 1.0,
        "highLimit": 2.0,
    }
    assert (failed["compOp"], failed["status"], failed["lowLimit"]) == ("GTLT", "F", 1.0)
    assert report["root"]["reportText"] == "a note"
    assert {"description": "X", "text": "3"} in report["miscInfos"]
    assert not any(info["description"] == "Y" for info in report["miscInfos"])


@pytest.mark.parametrize(("flags", "result"), [(0, "P"), (0x08, "F"), (0x04, "T"), (0x10, "F")])
def test_the_result_follows_the_flags_of_the_part(flags, result):
    assert converted(stdf, file(flags=flags))[0]["result"] == result


def test_the_serial_number_is_made_as_the_source_wants_it():
    assert converted(stdf, file(), serial_number="{lot}-{part}")[0]["sn"] == "LOT1-P7"
    assert "record 10, byte" in refusal(stdf, file(), serial_number="{wafer}.{part}")
    assert "{y} (Y_COORD)" in refusal(stdf, file(), serial_number="{x}.{y}")
    assert "{part} (PART_ID)" in refusal(stdf, file(name=""))


def test_times_can_be_in_utc():
    assert converted(stdf, file(), times="utc")[0]["start"] == "1970-01-02T00:00:00+00:00"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (file()[:-1], r"record 11, byte \d+: it ends in the middle of a record: MRR has 4 bytes, 3 are there"),
        (file()[:-6], r"record 11, byte \d+: .* 2 of the 4 bytes of its header are there"),
        (file()[:-8], r"record 10, byte \d+: the last record \(MRR\) is missing"),
        (b"\x02\x00\x00\x0a\x00\x04" + file()[6:], "processor of type 0"),
        (b"\x02\x00\x00\x0a\x02\x03" + file()[6:], "STDF of version 3"),
        (file() + file()[6:], r"behind the last one \(MRR\)$"),
        (file() + file(), "another datalog; put each into a file of its own"),
        (file()[:-8] + file(), r"another lot begins before the last record"),
        (file()[:-8] + bytes(4) + file()[-8:], r"record 11, byte \d+: zeros stand where a record should"),
        (gzip.compress(file())[:-20], "compressed, and damaged"),
        (gzip.compress(file()) + b"garbage", "compressed, and damaged"),
        (gzip.compress(file()[:-8]), "is missing"),
        (bz2.compress(file())[:-5], "compressed, and damaged"),
        (bz2.compress(file())[:60] + bz2.compress(file())[70:], "compressed, and damaged"),
        (zipped(file())[:-5], "compressed, and damaged"),
        (zipped(file(), file()), "holds 2 files"),
        (zipped(file(), method=zipfile.ZIP_LZMA), r"in a way that is not read \(method 14\)"),
        (zipped(), "does not begin as STDF of version 4"),
    ],
    ids=lambda value: value if isinstance(value, str) else "data",
)
def test_a_damaged_file_has_a_reason(data, words):
    with pytest.raises(ConversionError, match=words):
        converted(stdf, data)


def test_zeros_behind_the_end_are_a_disk_that_fills_its_blocks():
    assert converted(stdf, file() + bytes(1_000_001)) == converted(stdf, file())


def test_a_file_that_is_packed_with_bzip2_is_known_by_its_name_when_its_beginning_tells_nothing():
    assert candidates(bz2.compress(bytes(range(256)) * 2000)[:4096], "lot.stdf.bz2").names == ("stdf",)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, zipped], ids=["gzip", "bzip2", "zip"])
@pytest.mark.parametrize("unit", [b"\x0a\0\x32\x1e\x09" + b"x" * 9, bytes(2) + b"\xb4\0"], ids=["texts", "unknown"])
def test_a_small_file_that_unpacks_to_a_large_one_is_refused(pack, unit, monkeypatch):
    monkeypatch.setattr(unpacking, "ALWAYS", 500_000)
    made = Datalog().pir().prr()
    made.data += unit * (500_000 // len(unit))
    assert refusal(stdf, pack(made.mrr())).startswith("it unpacks to more than 500000 bytes")


def test_what_a_small_file_unpacks_to_is_never_held_whole():
    """A megabyte of gzip can hold a gigabyte: here are a few kilobytes that hold many."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    begin = packer.compress(Datalog().pir().data) + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress((b"\xff\xff\x32\x1e" + b"\xff" * 0xFFFF) * 40) + packer.flush(zlib.Z_FULL_FLUSH)
    tracemalloc.start()
    try:
        assert "it unpacks to more than 16777216 bytes" in refusal(stdf, begin + piece * 50)
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


def test_records_of_any_length_are_read_whatever_pieces_the_file_is_read_in():
    class Slow(io.BytesIO):
        def read(self, size=-1):
            return super().read(min(size, 70_001) if size > 0 else size)

    made = Datalog()
    for number in range(40):
        made.add((180, number), "", tail=bytes([number]) * (0xFFFF if number % 3 else 9)).pir().ptr(number, number)
        made.prr(f"P{number}")
    data = made.mrr()
    assert len(data) > 3 * 4 * 0xFFFF
    source = Source(Slow(data), Path("a.stdf"))
    slowly = [report.wire for report in stdf.convert(source, stdf.Options(), Context())]
    assert slowly == converted(stdf, data)
    assert [report["root"]["steps"][0]["numericMeas"][0]["value"] for report in slowly] == list(range(40))


def test_texts_that_are_not_ascii_are_utf_8_or_latin_1_unless_the_source_tells():
    def station(said, **given):
        made = Datalog(lot=("LOT1", "CHIP")).pir().prr().mrr().replace(b"LOT1", said)
        return next(stdf.convert(Source(io.BytesIO(made), Path("a")), stdf.Options(), Context(**given))).wire["uut"]

    assert station(b"\xc2\xb5ab")["batchSN"] == "µab"
    assert station(b"\xb5abc")["batchSN"] == "µabc"
    assert station(b"\x83\x57ab", encoding="cp932")["batchSN"] == "ジab"
    with pytest.raises(ConversionError, match="record 2, byte 6: the record MIR has a text that is none in ascii"):
        station(b"\xb5abc", encoding="ascii")


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        ((5, 10), b"\x01", "PIR is too short"),
        ((15, 10), b"\x07\0\0\0\x01", "PTR is too short"),
        ((15, 10), b"\x07\0\0\0\x01\x01\0\xc0\0\0", "PTR ends in the middle of a number"),
        ((15, 10), b"\x07\0\0\0\x01\x01\0\xc0\0\0\0\0\x05abc", "a text: 5 bytes are told, 3 are there"),
        ((15, 15), b"\x07\0\0\0\x01\x01\0\xc0\0\0\x02\0\0\0\0\0", "a list of 2 numbers: 8 bytes are told, 4 are there"),
        ((15, 15), b"\x07\0\0\0\x01\x01\0\xc0\x09\0\0\0\0", "a list of 9 states: 5 bytes are told, 1 are there"),
        ((15, 20), b"\x07\0\0\0\x01\x01\0\0" + bytes(26) + b"\0\0\0\0\x20\0\0", "a field of bits: 4 bytes are told"),
        ((10, 30), b"\x01\x01P\x07\0", "TSR is too short"),
        ((1, 40), b"\x01\x01\x02\0\0\0\0\0P\x09ab", "HBR ends in the middle of a text"),
        ((1, 80), b"\x01\x01\x05\x01", "SDR ends in the middle of a list of 5 numbers"),
        ((50, 10), b"\x02\0\x01\x05", "GDR is too short"),
        ((50, 10), b"\x01\0\x2a\x05", "GDR has a field of type 42"),
    ],
)
def test_a_record_whose_lengths_do_not_hold_is_refused_with_its_place(kind, body, words):
    made = Datalog().pir().add(kind, "", tail=body).prr().mrr()
    said = refusal(stdf, made)
    assert said.startswith("record 4, byte ")
    assert words in said


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (Datalog(lot=()).pir(), "a part begins before the lot does"),
        (Datalog().pir().pir(), "begins at head 1, site 1, before the last one ended"),
        (Datalog().prr(), "a part ends at head 1, site 1 that has not begun"),
        (Datalog().ptr(1, 1.0, site=3), "outside of a part (head 1, site 3)"),
        (Datalog().ptr(1, 1.0, site=3, tail=cn("U")), "outside of a part (head 1, site 3)"),
        (Datalog().pir(), "the lot ends before its part at head 1, site 1 does"),
    ],
)
def test_records_in_an_order_that_makes_no_sense_are_refused(made, words):
    assert words in refusal(stdf, made.mrr())
