"""From WSJF to a draft: the id, the identity, and what makes two reports equal."""

import hashlib
import uuid

import orjson
import pytest

from pywats.ingest.conversion.draft import draft
from pywats.ingest.conversion.filling import Filling
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason
from pywats.ingest.spool.entry import made_id

SOURCE = hashlib.sha256(b"the file").digest()


def drafted(report, position=0):
    return draft(orjson.dumps(report), source=SOURCE, position=position, filling=Filling())


def test_the_reports_own_id_is_the_key_in_lower_case_and_travels_as_it_stands(make_report):
    text = "1F0E4000-8000-4000-8000-00000000ABCD"
    made = drafted(make_report(id=text))
    assert made.report_id == text.lower()
    assert orjson.loads(made.body)["id"] == text


@pytest.mark.parametrize("text", ["{1f0e4000-8000-4000-8000-00000000abcd}", "1f0e4000800040008000" + "00000000abcd"])
def test_other_spellings_of_a_guid_are_written_the_usual_way(make_report, text):
    made = drafted(make_report(id=text))
    assert orjson.loads(made.body)["id"] == made.report_id == "1f0e4000-8000-4000-8000-00000000abcd"


@pytest.mark.parametrize("text", [None, "", "00000000-0000-0000-0000-000000000000"])
def test_without_an_id_it_comes_from_the_bytes_of_the_file_and_the_place_in_it(make_report, text):
    report = make_report()
    report["id"] = text
    made = drafted(report, position=3)
    assert made.report_id == made_id(SOURCE, 3)
    assert uuid.UUID(made.report_id).version == 5
    assert orjson.loads(made.body)["id"] == made.report_id
    assert drafted(report, position=4).report_id != made.report_id
    assert draft(orjson.dumps(report), source=b"other", position=3, filling=Filling()).report_id != made.report_id


def test_the_identity_is_what_the_server_compares(make_report):
    identity = drafted(make_report(start="1970-01-01T01:00:00.000250+01:00", startUTC=None)).identity
    assert (identity.type, identity.pn, identity.sn, identity.process) == ("T", "WIDGET-001", "SN00001", 60)
    assert identity.start == 250


def test_equal_content_has_equal_digests_whatever_the_id(make_report):
    first, second = drafted(make_report(1)), drafted(make_report(1, id=None))
    assert first.report_id != second.report_id
    assert first.digest == second.digest
    assert drafted(make_report(2)).digest != first.digest


def test_a_repair_refers_to_its_test(make_report):
    about = "{1F0E4000-8000-4000-8000-00000000ABCD}"
    repair = make_report(type="R", root=None, uut=None, uur={"refUUT": about})
    assert drafted(repair).refers_to == "1f0e4000-8000-4000-8000-00000000abcd"
    assert drafted(make_report(uur={"refUUT": about})).refers_to is None
    assert drafted({**repair, "uur": {"refUUT": "none"}}).refers_to is None


@pytest.mark.parametrize(
    ("fields", "reason", "field"),
    [
        ({"type": None}, Reason.MISSING_FIELD, "type"),
        ({"type": "UUT"}, Reason.WRONG_VALUE, "type"),
        ({"type": ["T"]}, Reason.WRONG_VALUE, "type"),
        ({"sn": None}, Reason.MISSING_FIELD, "sn"),
        ({"sn": ""}, Reason.MISSING_FIELD, "sn"),
        ({"sn": 12345}, Reason.WRONG_VALUE, "sn"),
        ({"pn": None}, Reason.MISSING_FIELD, "pn"),
        ({"pn": {"a": 1}}, Reason.WRONG_VALUE, "pn"),
        ({"id": "not a guid"}, Reason.WRONG_VALUE, "id"),
        ({"id": 7}, Reason.WRONG_VALUE, "id"),
    ],
)
def test_what_cannot_be_told_from_others_is_refused_with_the_field(make_report, fields, reason, field):
    with pytest.raises(ConversionError) as caught:
        drafted(make_report(**fields))
    assert (caught.value.reason, caught.value.position) == (reason, field)


@pytest.mark.parametrize("code", [None, "60", 6.5, True, 2**70])
def test_a_process_code_that_is_none_is_for_the_server_to_refuse(make_report, code):
    assert drafted(make_report(processCode=code if code != 2**70 else 2**63)).identity.process is None


@pytest.mark.parametrize("body", [b"{", b"[]", b"3"])
def test_a_converter_that_writes_no_report_is_at_fault(body):
    with pytest.raises(ConversionError) as caught:
        draft(body, source=SOURCE, position=0, filling=Filling())
    assert caught.value.reason is Reason.CONVERTER_FAILED
