"""Serial numbers in the server: how they come in, in what order they go out, and what becomes of them."""

from typing import Any

import pytest

from pywats.sandbox import SerialNumberType

NUMBERS, INTERNAL = "/api/Production/SerialNumbers", "/api/internal/Production/SerialNumbers"
KIND, MAC = "Serial Number", "MAC Address"
FORM = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="n.csv"\r\nContent-Type: text/csv\r\n\r\n'
    b"A1\nA2\r\n--x--\r\n"
)
RESERVE = "/api/internal/Production/GetAndReserveNewSerialNumbers"


def upload(http, *numbers: str, kind: str = KIND) -> Any:
    body = "\n".join(("id", *numbers)).encode()
    return http.put(NUMBERS, body, {"serialNumberType": kind, "format": "CSV"}, Content_Type="text/csv")


def take(http, quantity: int, kind: str = KIND, **more: str) -> Any:
    return http.post(f"{NUMBERS}/Take", query={"serialNumberType": kind, "quantity": quantity, "format": "CSV", **more})


def ids(reply: Any) -> list[str]:
    assert reply.status == 200, reply.body
    assert reply.headers["Content-Type"].startswith("text/csv")
    head, *rows = reply.body.decode().split("\r\n")
    assert head == "id,state,generated,taken,refSN,refPN,stationName"
    return [row.split(",")[0] for row in rows if row]


def test_numbers_go_out_in_the_order_of_their_last_digits(http):
    upload(http, "A10", "A9", "B1", "A11", "7")
    assert ids(take(http, 9)) == ["7", "A9", "A10", "A11", "B1"]
    assert ids(take(http, 1)) == []


def test_a_sequence_has_no_gap(http):
    upload(http, "A01", "A02", "A04", "A05", "A06", "B07")
    assert take(http, 4, onlyInSequence="true").status == 400
    assert ids(take(http, 3, onlyInSequence="true")) == ["A04", "A05", "A06"]
    assert ids(take(http, 2, onlyInSequence="true")) == ["A01", "A02"]


def test_an_xml_answer_names_what_was_taken(http):
    upload(http, "A1")
    query = {"serialNumberType": KIND, "quantity": 1, "refSN": "S", "refPN": "P & Q", "stationName": "FCT"}
    reply = http.post(f"{NUMBERS}/Take", query=query)
    assert reply.headers["Content-Type"].startswith("application/xml")
    text = reply.body.decode()
    assert text.startswith('<SerialNumbers serialNumberType="Serial Number"><SN id="A1" state="taken" generated=')
    assert 'refSN="S" refPN="P &amp; Q" stationName="FCT" />' in text


@pytest.mark.parametrize(
    "query", [{"quantity": 0}, {"quantity": "x"}, {"quantity": 100_001}, {}, {"quantity": 1, "format": "pdf"}]
)
def test_a_take_that_makes_no_sense_is_refused(http, query):
    assert http.post(f"{NUMBERS}/Take", query={"serialNumberType": KIND, **query}).status == 400


@pytest.mark.parametrize(
    ("content", "content_type", "query"),
    [
        (b"id,note\nA1,x\nA2,y\n", "text/csv", {}),
        (b"note,ID\nx,A1\ny,A2\n", "text/csv", {"format": "csv"}),
        (b"\xef\xbb\xbfA1\r\n\r\nA2\r\n", "text/csv", {}),
        (b"<SerialNumbers><SN id='A1'/><Other/><SN id='A2'/></SerialNumbers>", "application/xml", {}),
        (b"<SerialNumbers><SN id='A1'/><SN id='A2'/></SerialNumbers>", "", {"format": "XML"}),
        (
            FORM,
            "multipart/form-data; boundary=x",
            {},
        ),
    ],
)
def test_a_file_comes_in_any_form(http, content, content_type, query):
    reply = http.put(NUMBERS, content, {"serialNumberType": KIND, **query}, Content_Type=content_type)
    assert (reply.status, reply.json()) == (200, {"count": 2})
    assert ids(take(http, 9)) == ["A1", "A2"]


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"A1\nA 2\n", "text/csv", 400),
        (b"note,id\nA1\n", "text/csv", 400),
        (b"A1\nA1\n", "text/csv", 409),
        (b"\xff\xfe", "text/csv", 400),
        (b"<Numbers/>", "application/xml", 400),
        (b"<SerialNumbers><SN/></SerialNumbers>", "application/xml", 400),
        (b"<SerialNumbers>", "application/xml", 400),
        (b"A1", "multipart/form-data; boundary=x", 400),
    ],
)
def test_a_file_that_cannot_be_taken_adds_nothing(http, content, content_type, status):
    reply = http.put(NUMBERS, content, {"serialNumberType": KIND}, Content_Type=content_type)
    assert reply.status == status
    assert ids(take(http, 9)) == []


def test_types(wats, http):
    wats.add_serial_number_type(SerialNumberType("Gadget", reg_ex="G.*"))
    wats.add_serial_number_type(SerialNumberType("Gadget", reg_ex=r"G\d", description="new"))
    (kind,) = [each for each in http.get(f"{NUMBERS}/Types").json() if each["name"] == "Gadget"]
    assert kind == {
        "name": "Gadget",
        "description": "new",
        "format": None,
        "regEx": r"G\d",
        "identifier": 0,
        "identifierName": "SerialNumber",
    }
    assert upload(http, "G1", kind="Gadget").status == 200
    assert upload(http, "G10", kind="Gadget").status == 400
    assert upload(http, "G1", kind="Unheard").status == 404


@pytest.mark.parametrize(
    ("first", "last", "status"),
    [
        ("00:00:00:00:00:0A", "00:00:00:00:00:0C", 200),
        ("0000000000FE", "000000000100", 200),
        ("00:00:00:00:00:0C", "00:00:00:00:00:0A", 400),
        ("00:00:00:00:00:00", "00:00:00:FF:FF:FF", 400),
        ("00:00", "00:01", 400),
    ],
)
def test_addresses_are_generated(http, first, last, status):
    query = {"serialNumberType": MAC, "startAddress": first, "endAddress": last}
    assert http.put(f"{INTERNAL}/Generate", query=query).status == status
    if status == 200:
        assert ids(take(http, 9, MAC))[::2] == [first, last]


def test_only_addresses_are_generated(http):
    query = {"serialNumberType": KIND, "startAddress": "1", "endAddress": "2"}
    assert http.put(f"{INTERNAL}/Generate", query=query).status == 400


def reserve(http, **more: Any) -> Any:
    return http.post(RESERVE, {"sn": {"serialNumberType": KIND, "batchSize": 0, "requestType": "Reserve", **more}})


def test_reserved_numbers_are_taken_by_a_later_report_of_them(http):
    upload(http, *(f"A{number}" for number in range(1, 6)))
    reply = reserve(http, batchSize=2, fromSerialNumber="A3", stationName="VAN", receipt="R")
    assert [f'<SN id="A{number}" state="reserved"' in reply.json()["sn"] for number in range(1, 6)] == [
        *(False, False, True, True, False)
    ]
    assert ids(take(http, 9)) == ["A1", "A2", "A5"]
    both = reserve(http, SN=[{"id": "A3", "taken": "2026-01-05T08:00:00"}, {"id": "A1"}])
    assert (both.status, both.message) == (409, "The number A1 of the type Serial Number is not reserved.")
    assert reserve(http, SN=[{"id": "A3", "taken": "2026-01-05T08:00:00"}]).status == 200
    found = http.get(NUMBERS, {"serialNumberType": KIND, "format": "XML", "state": "reserved"}).body.decode()
    assert found.count("<SN ") == 1
    (three,) = http.get(
        f"{NUMBERS}/ByRange", {"serialNumberType": KIND, "startAddress": "A3", "endAddress": "A3"}
    ).json()
    assert (three["state"], three["taken"], three["stationName"]) == ("taken", "2026-01-05T08:00:00Z", "VAN")


@pytest.mark.parametrize(
    "body", [{}, {"sn": "x"}, {"sn": {}}, {"sn": {"serialNumberType": KIND, "SN": [{"id": "1", "taken": "soon"}]}}]
)
def test_a_reservation_that_makes_no_sense_is_refused(http, body):
    assert http.post(RESERVE, body).status == 400


def test_ranges_counts_and_what_is_freed_and_deleted(http):
    upload(http, "A1", "A2", "A3", "A7")
    take(http, 1)
    reserve(http, batchSize=1)
    ranges = http.get(f"{INTERNAL}/Ranges", {"serialNumberType": KIND}).json()
    assert [(each["startAddress"], each["endAddress"], each["total"]) for each in ranges] == [
        ("A1", "A3", 3),
        ("A7", "A7", 1),
    ]
    assert ranges[0] | {"type": KIND, "free": 1, "taken": 1, "reserved": 1} == ranges[0]
    statistics = http.get(f"{INTERNAL}/Statistics").json()
    assert statistics == {"type": None, "total": 4, "free": 2, "taken": 1, "reserved": 1}
    assert http.put(f"{INTERNAL}/Free", ranges[:1]).json() == {"count": 1}
    assert http.delete(f"{INTERNAL}/Free", ranges).status == 204
    assert http.get(f"{INTERNAL}/Count", {"serialNumberType": KIND}).json() == 1
    assert http.put(f"{INTERNAL}/Free", [{"type": KIND}]).status == 400


def test_numbers_are_found_by_when_they_were_made(http):
    upload(http, "A1")
    query = {"serialNumberType": KIND, "startAddress": "A1", "endAddress": "A9"}
    for more, count in (
        ({"startDate": "2000-01-01T00:00:00Z"}, 1),
        ({"startDate": "2999-01-01T00:00:00"}, 0),
        ({"endDate": "2000-01-01T00:00:00Z"}, 0),
    ):
        assert len(http.get(INTERNAL, {**query, **more}).json()) == count
    assert http.get(INTERNAL, {**query, "startDate": "soon"}).status == 400
    assert http.get(f"{NUMBERS}/ByReference", {"serialNumberType": KIND}).status == 400
    assert http.get(NUMBERS, {"serialNumberType": KIND}).status == 400
