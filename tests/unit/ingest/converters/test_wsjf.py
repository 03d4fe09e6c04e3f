"""WSJF is read strictly: what a tester meant comes out whole, what it cannot have meant has its reason."""

import codecs
import io
import json
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.ingest.converters import Context, Source, wsjf
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason

REPORT = {"type": "T", "pn": "P", "sn": "Sæ", "unknown": {"deep": [1, None, 2.5, "x"]}}

BEGINNING = b'{"whatever": "' + b"x" * 4096
"""How a large file begins, which may say later that it is a report."""
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def convert(data):
    source = Source(io.BytesIO(data), Path("report.json"))
    return [orjson.loads(body) for body in wsjf.convert(source, wsjf.Options(), Context())]


def refusal(data):
    with pytest.raises(ConversionError) as caught:
        convert(data)
    return caught.value


@pytest.mark.parametrize(
    "data",
    [
        json.dumps(REPORT).encode(),
        json.dumps(REPORT, ensure_ascii=False).encode(),
        json.dumps(REPORT, indent=4).replace("\n", "\r\n").encode("utf-8-sig"),
        codecs.BOM_UTF16_LE + json.dumps(REPORT, ensure_ascii=False).encode("utf-16-le"),
        codecs.BOM_UTF16_BE + json.dumps(REPORT, ensure_ascii=False).encode("utf-16-be"),
    ],
    ids=["ascii", "utf-8", "utf-8 with mark and CRLF", "utf-16 little", "utf-16 big"],
)
def test_one_report_in_every_encoding(data):
    assert convert(data) == [REPORT]
    assert wsjf.sniff(data[:4096], "") > 0.5


def test_a_list_gives_its_reports_in_order():
    assert convert(json.dumps([REPORT, {"sn": "2"}]).encode()) == [REPORT, {"sn": "2"}]


def test_reports_on_a_line_each_are_several():
    lines = b"".join(json.dumps(report).encode() + b"\n" for report in (REPORT, {"sn": "2"}))
    assert convert(lines) == [REPORT, {"sn": "2"}]


def test_a_long_list_is_read_bit_by_bit():
    file = io.BytesIO(json.dumps([REPORT] * 20_000).encode())
    first = next(wsjf.convert(Source(file, Path("report.json")), wsjf.Options(), Context()))
    assert orjson.loads(first) == REPORT
    assert file.tell() < len(file.getvalue()) / 2


@given(st.dictionaries(st.text(), JSON))
def test_whatever_json_can_hold_comes_out_the_same(report):
    report |= {"type": "T"}
    assert convert(json.dumps(report).encode()) == [report]


@pytest.mark.parametrize(
    ("data", "reason", "words"),
    [
        (b" \r\n\t", Reason.EMPTY, "no report"),
        (b"[]", Reason.EMPTY, "no report"),
        (b'{"type": "T", "pn": ', Reason.MALFORMED, "line 1, column 21"),
        (b'{\n "type": "T",\n "pn" "x"}', Reason.MALFORMED, "line 3, column 7"),
        (b'{"a": 1} {"b": 2}', Reason.MALFORMED, "no report"),
        (b'{"name": "x", "version": 1}', Reason.MALFORMED, "no report"),
        (b"42", Reason.MALFORMED, "this is 42"),
        (b"null", Reason.MALFORMED, "this is null"),
        (b'[{"sn": 1}, "text"]', Reason.MALFORMED, r"\[1\]: .* this is \"text\""),
        (b'{"sn": "\xff\xfe"}', Reason.MALFORMED, "byte 8: not UTF-8"),
        (codecs.BOM_UTF16_LE + b"{\0x", Reason.MALFORMED, "not UTF-16"),
        (b'{"value": NaN}', Reason.MALFORMED, "NaN"),
        (b'[{"sn": "1"},\n {"value": NaN}]', Reason.MALFORMED, "line 2, column 2: NaN"),
        (b'{"value": -Infinity}', Reason.MALFORMED, "-Infinity"),
        (b'{"value": 1e999}', Reason.MALFORMED, "1e999"),
        (b'{"sn": "1", "sn": "2"}', Reason.MALFORMED, "'sn' stands twice"),
        (b'{"sn": 123456789012345678901234567890}', Reason.WRONG_VALUE, "64-bit"),
        (b'{"n": ' + b"9" * 5000 + b"}", Reason.MALFORMED, "digits"),
        (b'{"sn": "\\ud800"}', Reason.WRONG_VALUE, "surrogates"),
        (b'{"sn":' * 300 + b"1" + b"}" * 300, Reason.TOO_DEEP, "deep"),
        (b"[" * 100_000, Reason.TOO_DEEP, "deep"),
        (b'{"a":' * 100_000, Reason.TOO_DEEP, "deep"),
    ],
)
def test_what_is_no_report_has_a_reason_and_a_place(data, reason, words):
    error = refusal(data)
    assert error.reason is reason
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(str(error))


@given(st.binary(max_size=200))
def test_any_bytes_give_reports_or_a_reason(data):
    try:
        found = convert(data)
    except ConversionError:
        return
    assert all(isinstance(report, dict) for report in found)


@given(st.integers(0, 120))
def test_a_file_that_is_cut_gives_nothing(length):
    data = json.dumps([REPORT, REPORT]).encode()
    assert refusal(data[: min(length, len(data) - 1)]).reason in {Reason.MALFORMED, Reason.EMPTY}


@pytest.mark.parametrize(
    ("head", "sure"),
    [
        (b"<Reports/>", False),
        (b"", False),
        (b"SN;PN\n1;2", False),
        (b'{"whatever": 1}', False),
        (BEGINNING, True),
        (b'[{"type":"T"', True),
    ],
)
def test_it_claims_json_and_nothing_else(head, sure):
    assert (wsjf.sniff(head, "") > 0) is sure


def test_it_is_surer_of_a_report_than_of_any_json():
    assert wsjf.sniff(json.dumps(REPORT).encode(), "") > wsjf.sniff(BEGINNING, "")
