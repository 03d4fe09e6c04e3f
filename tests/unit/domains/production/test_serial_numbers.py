"""Serial numbers in the forms that servers use, and the form that a file of them is sent in."""

import csv
import email
import io
import json
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.domains.production.serial_file import parse_serial_numbers, type_in_file
from pywats.domains.production.service import ProductionService
from pywats.errors import InvalidResponseError, ValidationError

XML = (
    '<?xml version="1.0" encoding="utf-8"?><SerialNumbers serialNumberType="MAC"><SN id="1"/>'
    '<SN id="2" taken="2026-01-05T08:00:00Z" refSN="S" refPN="P" stationName="FCT-1" new="x"/></SerialNumbers>'
)
CSV = "id,taken,refSN,refPN,stationName,new\r\n1,,,,,\r\n2,2026-01-05T08:00:00Z,S,P,FCT-1,x\r\n"
ROWS = [
    {"id": "1"},
    {"id": "2", "taken": "2026-01-05T08:00:00Z", "refSN": "S", "refPN": "P", "stationName": "FCT-1", "new": "x"},
]

printable = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)


@pytest.fixture
def production(line) -> ProductionService:
    return ProductionService(line)


@pytest.mark.parametrize(
    "content",
    [
        XML,
        XML.replace("<SerialNumbers", '<SerialNumbers xmlns="http://example.com/x"'),
        CSV,
        "\ufeff" + CSV,
        CSV.replace(",", ";").replace("id;", "Serial Number;"),
        CSV.replace(",", "\t"),
        json.dumps(ROWS),
        json.dumps({"sn": XML}),
        json.dumps(XML),
        json.dumps(CSV),
    ],
)
def test_all_forms_say_the_same(content):
    one, two = parse_serial_numbers(content.encode())
    assert (one.serial_number, one.taken, one.reference_sn) == ("1", None, None)
    assert (two.serial_number, two.reference_sn, two.reference_pn, two.station_name) == ("2", "S", "P", "FCT-1")
    assert two.taken.isoformat() == "2026-01-05T08:00:00+00:00"
    assert two.model_extra == {"new": "x"}


@pytest.mark.parametrize(
    ("content", "numbers"),
    [
        ("", []),
        ("null", []),
        ("{}", []),
        ("[]", []),
        ("<SerialNumbers/>", []),
        ('{"sn": null}', []),
        ('["1", "2"]', ["1", "2"]),
        ('"SN-1"', ["SN-1"]),
        ("1\n2\n", ["1", "2"]),
        ("<SerialNumbers><SN>1</SN><SerialNumber id='2'/><Other/></SerialNumbers>", ["1", "2"]),
    ],
)
def test_short_forms(content, numbers):
    assert [each.serial_number for each in parse_serial_numbers(content)] == numbers


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b"<SerialNumbers><SN", "cannot be read"),
        (b"<Error>no</Error>", "is a Error"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><SerialNumbers/>', "document type"),
        (b"<SerialNumbers><SN taken=''/></SerialNumbers>", "entry 1, id"),
        (b'[{"id": "1"}, {"x": 1}]', "entry 2, id"),
        (b"[7]", "entry 1"),
        (b"[1", "cannot be read"),
        (b'{"error": "no"}', "no member sn"),
        (b'{"sn": 7}', "no array"),
        (b'"there are none"', "'there are none'"),
        (b"name,state\r\nx,free\r\n", "names no column"),
        (b"id\r\n" + b"9" * 200_000, "CSV cannot be read"),
        (b"[" * 100_000, "JSON cannot be read"),
    ],
)
def test_what_is_no_list_of_serial_numbers_is_an_error_that_says_why(content, words):
    with pytest.raises(ValueError, match=words):
        parse_serial_numbers(content)


@given(st.lists(printable, unique=True))
def test_any_numbers_survive_xml_and_csv(numbers):
    root = ET.Element("SerialNumbers")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["id", "taken"])
    for number in numbers:
        ET.SubElement(root, "SN", {"id": number})
        writer.writerow([number, ""])
    for content in (ET.tostring(root), text.getvalue().encode()):
        assert [each.serial_number for each in parse_serial_numbers(content)] == numbers


@pytest.mark.parametrize(
    ("said", "kind"), [(XML.encode(), "application/xml"), (CSV.encode(), "text/csv"), (["1", "2"], "application/json")]
)
async def test_taken_numbers_come_in_any_form(production, line, said, kind):
    line.answer(said, kind=kind)
    assert await production.take_serial_numbers("MAC", 2) == ["1", "2"]


async def test_reserved_numbers_come_as_xml_in_json(production, line):
    line.answer({"sn": XML})
    assert await production.reserve_serial_numbers("MAC", 2) == ["1", "2"]


async def test_no_free_number_is_no_number(production, line):
    line.answer(b"<SerialNumbers/>", kind="application/xml")
    assert await production.take_serial_numbers("MAC") == []


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        (b"<html><body>Log in</body></html>", "text/html", "web page"),
        (b"Something went wrong", "text/plain", "neither XML nor JSON"),
        (b"<SerialNumbers><SN id='1'/>", "application/xml", "cannot be read"),
        (b'{"Message": "no"}', "application/json", "no member sn"),
    ],
)
async def test_an_answer_that_cannot_be_read_is_never_an_empty_list(production, line, said, kind, words):
    for name, arguments in (
        ("take_serial_numbers", ("MAC",)),
        ("find_serial_numbers", ("MAC", "0", "1")),
        ("find_serial_numbers_by_reference", ("MAC", "S")),
    ):
        line.answer(said, kind=kind)
        with pytest.raises(InvalidResponseError, match=words) as caught:
            await getattr(production, name)(*arguments)
        assert caught.value.path == line.calls[-1].path


async def test_numbers_of_an_unknown_type_are_an_error(production, line):
    line.answer({"Message": "no type"}, 404)
    with pytest.raises(Exception, match="no type"):
        await production.find_serial_numbers_in_range("X", "0", "1")


@pytest.mark.parametrize(("said", "count"), [(b"0", 0), (b"12", 12), (b'"12"', 12), (b"null", None)])
async def test_a_count_is_a_bare_number(production, line, said, count):
    line.answer(said)
    assert await production.get_serial_number_count("MAC") == count


async def test_ranges_are_read_and_can_be_sent_back(production, line):
    stored = {"type": "MAC", "identifier": 1, "startAddress": "00", "endAddress": "0F", "total": 16, "reserved": 3}
    line.answer([stored])
    ranges = await production.get_serial_number_ranges("MAC")
    assert (ranges[0].identifier.name, ranges[0].reserved) == ("MAC_ADDRESS", 3)
    line.answer({"count": 3})
    assert await production.free_serial_numbers(ranges) == {"count": 3}
    assert line.json() == [stored]


async def test_numbers_that_were_taken_without_the_server_are_reported_as_they_were_read(production, line):
    await production.reserve_serial_numbers("MAC", 0, taken_entries=parse_serial_numbers(XML))
    entries = line.json()["sn"]["SN"]
    assert [(each["id"], each["takenSpecified"]) for each in entries] == [("1", False), ("2", True)]


# Files


@pytest.mark.parametrize(
    ("content", "content_type", "named", "kind"),
    [
        (CSV.encode(), "text/csv", {"type_name": "MAC"}, "CSV"),
        (XML.encode(), "application/xml", {}, "XML"),
        (XML.encode(), "text/xml; charset=utf-8", {"type_name": "Other"}, "XML"),
    ],
)
async def test_a_file_is_sent_as_a_form_with_its_type_and_format_in_the_query(
    production, line, content, content_type, named, kind
):
    assert await production.import_serial_numbers(content, content_type, **named) is True
    name = named.get("type_name", "MAC")
    assert line.sent == [f"PUT /api/Production/SerialNumbers?serialNumberType={name}&format={kind}"]
    (call,) = line.calls
    assert call.repeatable is False
    message = email.message_from_bytes(f"Content-Type: {call.content_type}\r\n\r\n".encode() + call.body)
    (part,) = message.get_payload()
    assert part.get_content_type() == content_type.partition(";")[0]
    assert part.get_filename() == f"serial-numbers.{kind.lower()}"
    assert part.get_payload(decode=True) == content


@pytest.mark.parametrize(
    "content", [b"", b"no xml", b"<SerialNumbers/>", b"<SerialNumbers", b"<a serialNumberType=''/>"]
)
def test_a_file_that_names_no_type(content):
    assert type_in_file(content) is None


async def test_an_xml_file_that_names_no_type_is_not_sent(production, line):
    with pytest.raises(ValidationError, match="type_name is missing"):
        await production.import_serial_numbers(b"<SerialNumbers/>", "application/xml")
    assert line.calls == []


async def test_an_export_is_the_file_as_it_is(production, line):
    line.answer(CSV.encode(), kind="text/csv")
    assert await production.export_serial_numbers("MAC") == CSV.encode()
    line.answer(b"null")
    assert await production.export_serial_numbers("MAC") is None
