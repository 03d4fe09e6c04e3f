"""The id inside a report that is about to be sent."""

import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.reports.identity import json_id, new_id, same_id, xml_id

ID = "6f9619ff-8b86-d011-b42d-00c04fc964ff"
WSXF = '<Reports xmlns="urn:wsxf"><Report ID="{}" type="UUT"><Step ID="9"/></Report></Reports>'


@given(st.text(), st.integers(), st.lists(st.text()))
def test_the_id_is_found_among_all_else(text: str, number: int, texts: list[str]):
    content = json.dumps({"a": text, "root": {"id": number, "steps": texts}, "id": ID, "b": {"id": "x"}})
    assert json_id(content.encode()) == ID


@pytest.mark.parametrize("content", [b"{}", b'{"id": null}', b'{"id": ""}', b'{"ID": "x"}', b'\xef\xbb\xbf{"a": 1}'])
def test_a_report_may_have_no_id(content):
    assert json_id(content) is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"id": 7}', b"\xff", b"null", b"[" * 100_000])
def test_what_is_no_object_is_refused(content):
    with pytest.raises(ValueError, match=r".+"):
        json_id(content)


@pytest.mark.parametrize("prefix", ["", '<?xml version="1.0" encoding="utf-8"?>\n<!-- <Report ID="no"/> -->'])
def test_the_id_of_an_xml_report(prefix):
    assert xml_id((prefix + WSXF.format(ID)).encode()) == ID
    assert xml_id((prefix + WSXF.format("")).encode()) is None
    assert xml_id(b"<Reports/>") is None
    assert xml_id(WSXF.format(ID).encode("utf-16")) == ID


def test_nothing_behind_the_first_report_is_read():
    assert xml_id(b'<Reports><Report ID="7">' + b"<a>" * 5000 + b"\xff") == "7"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<a>",
        b"{}",
        b'<!DOCTYPE a><Reports><Report ID="x"/></Reports>',
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    ],
)
def test_what_is_no_plain_xml_is_refused(content):
    with pytest.raises(ValueError, match=r".+"):
        xml_id(content)


def test_ids_are_compared_as_ids():
    assert same_id(ID, "{" + ID.upper() + "}")
    assert same_id(ID, ID.replace("-", ""))
    assert not same_id(ID, new_id())
    assert same_id("Report 7", " report 7")
    assert UUID(new_id()).version == 4
