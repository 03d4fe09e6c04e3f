"""What the system domain sends, and what it makes of the answers."""

import pytest

from pywats.domains.system.models import ClientRegistration, ClientType, SystemClient
from pywats.domains.system.service import SystemService
from pywats.errors import InvalidResponseError

INTERNAL = "/api/internal"


@pytest.fixture
def system(line):
    return SystemService(line)


async def test_a_hierarchy_travels_name_by_name(system, line):
    await system.get_level(["A&B", "C,D"])
    assert line.calls[0].query == (("hierarchy", "A&B"), ("hierarchy", "C,D"))


async def test_a_client_is_stored_with_what_can_be_stored(system, line):
    client = SystemClient(client_id=7, type=ClientType.CLIENT, status="Online", location="Oslo", version="1")
    await system.update_client(client, move_with_history=False)
    assert line.sent == ["PUT /api/SystemManager/Client?moveWithHistory=false"]
    assert line.json() == {"clientId": 7, "location": "Oslo", "type": 5}


@pytest.mark.parametrize(
    "said",
    [
        {"clientId": 7, "name": "FCT-1", "type": 5, "pendingCount": 2, "lastPing": "2026-01-05T08:00:00"},
        {"ClientId": 7, "Name": "FCT-1", "ClientType": 5, "PendingCount": 2, "LastPing": "2026-01-05T08:00:00Z"},
    ],
)
async def test_a_client_is_read_in_both_ways_of_writing(system, line, said):
    line.answer([said])
    (client,) = await system.get_clients()
    assert (client.client_id, client.name, client.type, client.pending_count) == (7, "FCT-1", ClientType.CLIENT, 2)
    assert client.last_ping.utcoffset() is not None


async def test_a_registration_makes_a_token_and_hides_it(system, line):
    line.answer(b'"s3cret"')
    registration = await system.register_client("PC 1", "FCT-1", "Oslo")
    assert line.sent == ["POST /api/Client/Register?id=PC 1&type=python&name=FCT-1&location=Oslo&purpose="]
    assert registration == ClientRegistration("PC 1", "s3cret")
    assert registration.token == "UEMgMTpzM2NyZXQ="
    assert "s3cret" not in repr(registration)


@pytest.mark.parametrize("said", [b"null", b"", b'{"passcode": "s3cret"}', b"s3\x00cret"])
async def test_an_answer_that_is_no_passcode_is_not_shown(system, line, said):
    line.answer(said)
    with pytest.raises(InvalidResponseError) as caught:
        await system.register_client("PC", "PC")
    assert "cret" not in repr(vars(caught.value)) + str(caught.value)


async def test_what_a_client_tells_of_itself(system, line):
    await system.update_client_status("PC", version="1.0", status="Offline", pending_total=2, converters=[{"n": 1}])
    await system.update_client_settings("PC", "Oslo", "Debug", "<x/>")
    assert line.json(0) == {
        "name": "PC",
        "location": "",
        "purpose": "",
        "version": "1.0",
        "status": "Offline",
        "pendingTotal": 2,
        "computer": {},
        "converters": [{"n": 1}],
    }
    assert line.json(1) == {"name": "PC", "location": "Oslo", "purpose": "Debug", "miscinfo": "<x/>"}


async def test_reads_with_an_effect_are_internal_and_sent_once(system, line):
    await system.ping()
    await system.disconnect_client("PC/1")
    assert line.sent == [f"GET {INTERNAL}/Client/Ping", f"GET {INTERNAL}/Auth/Disconnect/PC%2F1"]
    assert {(call.internal, call.repeatable) for call in line.calls} == {(True, False)}
