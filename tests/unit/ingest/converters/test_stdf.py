"""STDF is read in either order of bytes; what later results leave out, the first one says."""

import gzip
import io
import struct
from pathlib import Path

import pytest

from pywats.ingest.converters import Context, Source, stdf
from pywats.ingest.faults import ConversionError


def cn(text):
    return bytes([len(text)]) + text.encode()


class Writer:
    def __init__(self, order):
        self.order = order
        self.data = b""
        self.add((0, 10), "BB", 2 if order == "<" else 1, 4)

    def add(self, kind, form, *values, tail=b""):
        body = struct.pack(self.order + form, *values) + tail
        self.data += struct.pack(self.order + "HBB", len(body), *kind) + body


def file(order="<", **fields):
    made = Writer(order)
    texts = b"".join(map(cn, ("LOT1", "CHIP", "node", "type", "job", "1.0", "", "op")))
    made.add((1, 10), "IIB3sHc", 1000, 86400, 1, b"   ", 0, b" ", tail=texts)
    made.add((5, 10), "BB", 1, 2)
    made.add((20, 10), "", tail=cn("section"))
    first = struct.pack(order + "ff", 1.0, 2.0) + cn("V")
    made.add((15, 10), "IBBBBf", 7, 1, 2, 0, 0xC0, 1.5, tail=cn("U") + cn("") + bytes([0x0E, 0, 0, 0]) + first)
    made.add((15, 10), "IBBBBf", 7, 1, 2, 0x80, 0, 2.5)
    made.add((20, 20), "")
    made.add((15, 20), "IBBB", 8, 1, 2, 0x10)
    made.add((50, 30), "", tail=cn("a note"))
    part = {"flags": 0x08, "x": 3, "y": -32768, "name": "P7", **fields}
    made.add((5, 20), "BBBHHHhhI", 1, 2, part["flags"], 2, 5, 6, part["x"], part["y"], 250, tail=cn(part["name"]))
    made.add((1, 20), "I", 2000)
    return made.data


def convert(data, **options):
    source = Source(io.BytesIO(data), Path("a.stdf"))
    return [report.wire for report in stdf.convert(source, stdf.Options(**options), Context())]


@pytest.mark.parametrize("data", [file("<"), file(">"), gzip.compress(file("<"))], ids=["little", "big", "gzip"])
def test_a_part_becomes_a_report_in_either_order_of_bytes(data):
    assert stdf.sniff(data[:4096], "") == 1.0
    (report,) = convert(data)
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
    assert convert(file(flags=flags))[0]["result"] == result


def test_the_serial_number_is_made_as_the_source_wants_it():
    assert convert(file(), serial_number="{lot}-{part}")[0]["sn"] == "LOT1-P7"
    assert "sn" not in convert(file(), serial_number="{wafer}.{part}")[0]
    assert "sn" not in convert(file(name=""))[0]


def test_times_can_be_in_utc():
    assert convert(file(), times="utc")[0]["start"] == "1970-01-02T00:00:00+00:00"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (file()[:-1], "middle of a record"),
        (file()[:-8], r"\(MRR\) is missing"),
        (gzip.compress(file())[:-20], "compressed"),
        (b"\x02\x00\x00\x0a\x00\x04" + file()[6:], "processor of type 0"),
        (file() + file()[6:], "behind the last one"),
    ],
)
def test_a_damaged_file_has_a_reason(data, words):
    with pytest.raises(ConversionError, match=words):
        convert(data)


@pytest.mark.parametrize(
    ("flags", "words"),
    [(0x00, "failing pins 3\ncycle 9"), (0x01, "failing pins 3"), (0x08, "cycle 9"), (0xFF, ""), (None, "")],
)
def test_a_functional_test_tells_of_its_failure_what_the_tester_knew(flags, words):
    made = Writer("<")
    made.add((1, 10), "IIB3sHc", 1000, 86400, 1, b"   ", 0, b" ", tail=cn("LOT1"))
    made.add((5, 10), "BB", 1, 2)
    said = b"" if flags is None else struct.pack("<BIIII", flags, 9, 0, 0, 3)
    made.add((15, 20), "IBBB", 8, 1, 2, 0x80, tail=said)
    made.add((5, 20), "BBBHHHhhI", 1, 2, 0x08, 1, 5, 6, 0, 0, 0, tail=cn("P7"))
    made.add((1, 20), "I", 2000)
    (report,) = convert(made.data)
    assert report["root"]["steps"][0]["reportText"] == f"test 8\n{words}".strip()


def test_limits_that_change_from_one_part_to_the_next_are_those_of_each():
    made = Writer("<")
    made.add((1, 10), "IIB3sHc", 1000, 86400, 1, b"   ", 0, b" ", tail=cn("LOT1"))
    for low in (1.0, 1.0, 2.0):
        made.add((5, 10), "BB", 1, 1)
        rest = cn("U") + cn("") + bytes([0x0E, 0, 0, 0]) + struct.pack("<ff", low, 9.0) + cn("V")
        made.add((15, 10), "IBBBBf", 7, 1, 1, 0, 0xC0, 3.0, tail=rest)
        made.add((5, 20), "BBBHHHhhI", 1, 1, 0, 1, 5, 6, 0, 0, 0, tail=cn("P"))
    made.add((1, 20), "I", 2000)
    assert [each["root"]["steps"][0]["numericMeas"][0]["lowLimit"] for each in convert(made.data)] == [1.0, 1.0, 2.0]
