"""Which converter reads a file: the surest of its content, the next one if that was a mistake, and else none."""

import gzip
import io
import json
import sys
import zipfile

import pytest
from specimens import SPECIMENS

from pywats.ingest.conversion.order import Found, Order, convert
from pywats.ingest.converters import registry
from pywats.ingest.converters.registry import BUILT_IN, CLAIM, find
from pywats.ingest.faults import ConversionError
from pywats.ingest.files.reading import Stamp
from pywats.ingest.reasons import Reason


def packed(*names):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return target.getvalue()


FOREIGN = {
    "empty.txt": b"",
    "blank.txt": b" \n\t\n",
    "letter.txt": b"Dear all,\nthe test of SN 12345 passed; see START;END below.\n\nRegards\n",
    "notes.log": b"@here: FORMAT;mmdd and {@BATCH} are keywords\n[31-JUL-12] it begins\n" * 30,
    "code.py": b'"""A module."""\n\nimport os\n\n\ndef main():\n    return {"sn": 1}\n',
    "code.c": b"#include <stdio.h>\n/* @BTEST */\nint main(void) { return 0; }\n",
    "shell.sh": b"#!/bin/sh\nexec true\n",
    "table.csv": b"Name,Street,City\nAnna,Road 1,Oslo\n",
    "table.tsv": b"Serial\tDate\tName\n1\t2\t3\n",
    "letter.docx": packed("[Content_Types].xml", "word/document.xml"),
    "sheet.xlsx": packed("[Content_Types].xml", "xl/workbook.xml"),
    "old.doc": bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600),
    "paper.pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog>>\nendobj\n",
    "picture.png": bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000") + bytes(50),
    "picture.jpg": bytes.fromhex("ffd8ffe000104a46494600010101006000600000") + bytes(200),
    "picture.gif": b"GIF89a\x01\x00\x01\x00\x80\x00\x00" + bytes(40),
    "program.exe": b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + bytes(300) + b"PE\0\0",
    "program.elf": b"\x7fELF\x02\x01\x01" + bytes(300),
    "data.sqlite": b"SQLite format 3\0" + bytes(100),
    "archive.gz": gzip.compress(b"a letter\n"),
    "archive.zip": packed("a.txt", "run 1.xml"),
    "package.json": json.dumps({"name": "x", "version": "1.0", "type": "module", "scripts": {}}).encode(),
    "settings.json": json.dumps({"editor.fontSize": 12, "root": True}).encode(),
    "list.json": b"[1, 2, 3]",
    "rows.json": json.dumps([{"id": n, "name": "row"} for n in range(200)]).encode(),
    "lines.jsonl": b'{"level": "info", "msg": "started"}\n{"level": "info", "msg": "ended"}\n',
    "page.html": b"<!DOCTYPE html>\n<html><head><title>Report</title></head><body/></html>\n",
    "picture.svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>\n',
    "pom.xml": b'<?xml version="1.0"?><project><modelVersion>4.0.0</modelVersion></project>\n',
    "feed.xml": b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>\n',
    "reports.xml": b'<?xml version="1.0"?><Reports><Report Type="Sales" Name="x"/></Reports>\n',
    "panel.xml": b'<?xml version="1.0"?><Panel name="buttons"/>\n',
    "results.xml": b'<?xml version="1.0"?><TestResults xmlns="urn:other"><Test/></TestResults>\n',
    "random.bin": bytes((7 * n * n + 3 * n) % 251 for n in range(5000)),
}
"""Files of other worlds."""


def outcome(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    found = Found(converter="auto")
    try:
        return list(convert(Order(path=path, stamp=Stamp.of(path.stat())), found)), found
    except ConversionError as error:
        return error, found


@pytest.mark.parametrize("name", FOREIGN)
def test_no_converter_claims_a_file_of_another_world(name, tmp_path):
    for converter in BUILT_IN:
        assert find(converter).sniff(FOREIGN[name][:4096], name) < CLAIM, converter
    if name not in {"package.json", "settings.json"}:  # which have words of a report, and which the server refuses
        error, _ = outcome(tmp_path, name, FOREIGN[name])
        wanted = Reason.UNRECOGNISED if FOREIGN[name] else Reason.EMPTY
        assert error.reason is wanted, error
        assert str(error).startswith("no converter recognises this file") or not FOREIGN[name]


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_converter_claims_its_own_files_only(name):
    for specimen in SPECIMENS:
        grade = find(name).sniff(specimen.content[:4096], "file")
        own = specimen.converter == name and specimen.claimed
        assert grade >= CLAIM if own and not specimen.name.endswith(".xjlog") else own or grade < CLAIM, specimen


@pytest.mark.parametrize("specimen", [each for each in SPECIMENS if each.claimed], ids=str)
def test_a_file_finds_its_converter_whatever_its_name(specimen, tmp_path):
    path = specimen.write(tmp_path)
    if not specimen.beside and not specimen.name.endswith(".xjlog"):
        path = path.rename(tmp_path / "file.dat")
    found = Found(converter="auto")
    assert len(list(convert(Order(path=path, stamp=Stamp.of(path.stat())), found))) == specimen.reports
    assert (found.converter, found.said) == (specimen.converter, "")


OWN = """
from pywats.ingest.converters import ConversionError, Options, Reason
from pywats.ingest.converters.building import new_test

SUFFIXES = ()


def sniff(head, name):
    return {grade} if head.startswith(b"OWN") else 0.0


def convert(source, options, context):
    content = source.file.read()
    if b"{wrong}" in content:
        raise ConversionError(Reason.MALFORMED, "not by {name}")
    yield new_test(serial_number="{name}", part_number="P", start="2026-01-31T12:00:00")
    if b"later" in content:
        raise ConversionError(Reason.MALFORMED, "too late for {name}")
"""


@pytest.fixture
def two(tmp_path, monkeypatch):
    """Two converters that both claim a file."""
    monkeypatch.syspath_prepend(tmp_path)
    for name, grade, wrong in (("surer", 0.9, "second"), ("other", 0.7, "neither")):
        (tmp_path / f"own_{name}.py").write_text(OWN.format(name=name, grade=grade, wrong=wrong))
    points = {name: registry.EntryPoint(name, f"own_{name}", registry.GROUP) for name in ("other", "surer")}
    monkeypatch.setattr(registry, "_installed", lambda: points)
    registry.find.cache_clear()
    yield
    registry.find.cache_clear()
    for name in points:
        sys.modules.pop(f"own_{name}", None)


@pytest.mark.usefixtures("two")
def test_of_two_that_claim_a_file_the_surer_reads_it_and_the_log_says_so(tmp_path):
    (body,), found = outcome(tmp_path, "a", b"OWN file")
    assert (json.loads(body)["sn"], found.converter) == ("surer", "surer")
    assert found.said == "surer (0.90) and other (0.70) claim it; the first is the surest"


@pytest.mark.usefixtures("two")
def test_a_file_that_only_looks_like_the_format_is_left_to_the_next(tmp_path):
    (body,), found = outcome(tmp_path, "a", b"OWN file of the second")
    assert (json.loads(body)["sn"], found.converter) == ("other", "other")


@pytest.mark.usefixtures("two")
def test_if_none_of_those_that_claim_it_reads_it_the_surest_says_why(tmp_path):
    error, found = outcome(tmp_path, "a", b"OWN second, neither")
    assert (str(error), found.converter) == ("not by surer", "surer")


@pytest.mark.usefixtures("two")
def test_a_converter_that_gave_reports_is_not_replaced(tmp_path):
    error, found = outcome(tmp_path, "a", b"OWN later")
    assert (str(error), found.converter) == ("too late for surer", "surer")


def test_a_file_that_has_but_the_name_of_a_format_is_told_what_it_lacks(tmp_path):
    error, _ = outcome(tmp_path, "a.stdf", b"text")
    assert (error.reason, str(error)) == (Reason.MALFORMED, "the file does not begin as STDF of version 4 does")
